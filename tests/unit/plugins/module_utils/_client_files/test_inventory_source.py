# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Source files of the inventory: which are checked, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.plugins.doc_fragments import constructed, inventory_cache

from ansible_collections.ringme.pbx.plugins.inventory import clients
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.inventory_source import (
    SCHEMA,
    all_sources,
    check_source,
    folders_as_sources,
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clients").mkdir()


def _reported(text: str | bytes) -> list[tuple[str, int, int, str]]:
    Path("x.ringme.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(item.rule.id, item.line, item.column, item.message) for item in check_source("x.ringme.yml")]


def test_the_options_are_those_of_the_plugin() -> None:
    texts = (
        clients.DOCUMENTATION,
        constructed.ModuleDocFragment.DOCUMENTATION,
        inventory_cache.ModuleDocFragment.DOCUMENTATION,
    )
    options = {name: option for text in texts for name, option in yaml.safe_load(text)["options"].items()}
    assert SCHEMA["properties"].keys() == options.keys()
    assert (
        SCHEMA["properties"]["keyed_groups"]["items"]["properties"].keys()
        == options["keyed_groups"]["suboptions"].keys()
    )


@pytest.mark.parametrize(
    "text",
    [
        "plugin: ringme.pbx.clients\n", "plugin: ringme.pbx.clients\npath: [clients]\nstrict: true\ncache: 'yes'\n",
        "plugin: ringme.pbx.clients\npath: ~\n".replace("~", "clients"),
        "plugin: ringme.pbx.clients\nkeyed_groups: [{key: a, prefix: b, trailing_separator: false}]\ncompose: {a: b}\n",
    ],
)  # fmt: skip
def test_nothing_wrong(text: str) -> None:
    assert _reported(text) == []


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("plugin: ringme.pbx.clients\nkeyed_group: []\n", ("FIL-005", 2, 1, "keyed_group: unknown key")),
        (
            "plugin: ringme.pbx.clients\nkeyed_groups: [{kye: a}]\n",
            ("FIL-005", 2, 17, "keyed_groups[0].kye: unknown key"),
        ),
        ("plugin: ringme.pbx.client\n", ("FIL-007", 1, 9, "plugin: unsupported value")),
        ("plugin: ringme.pbx.clients\npath: [clients, nowhere]\n", ("FIL-001", 2, 17, "folder nowhere does not exist")),
        ("path: clients\n", ("FIL-006", 1, 1, "required key plugin is missing")),
        (
            "plugin: [\n",
            ("FIL-002", 1, 9, "not valid YAML: while parsing a flow node, did not find expected node content"),
        ),
        ("", ("FIL-002", 1, 1, "the file is empty")),
        ("- a\n", ("FIL-007", 1, 1, "the file contains no options")),
        (b"\xe4", ("FIL-001", 1, 1, "the file cannot be read: it is not UTF-8")),
    ],
)
def test_what_is_wrong(text: str | bytes, reported: tuple[str, int, int, str]) -> None:
    assert _reported(text) == [reported]
    assert all("client_id" not in str(item.hint) for item in check_source("x.ringme.yml"))


def test_a_source_that_is_not_there() -> None:
    assert [item.message for item in check_source("no.ringme.yml")] == [
        "the file cannot be read: No such file or directory"
    ]


def test_which_sources_are_checked(tmp_path: Path) -> None:
    for name in ("clients.ringme.yml", "hosts.ini", "b.ringme.yaml", "else/c.ringme.yml"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    given = ["hosts.ini", str(tmp_path / "clients.ringme.yml"), "else/c.ringme.yml", "clients"]
    assert sorted(Path(path).name for path in all_sources(["clients", "none/x"], given)) == [
        "b.ringme.yaml",
        "c.ringme.yml",
        "clients.ringme.yml",
    ]
    assert all_sources(["/nowhere/x"], []) == []
    assert [item.file for item in folders_as_sources(["clients"], [*given, "else"])] == ["clients"]
