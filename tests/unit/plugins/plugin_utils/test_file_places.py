# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures name the line of the client file, as long as the value comes from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils.file_places import with_places

FILE = """\
client_id: 1012
client_bundles:
  - extension: "101"
    members:
      - "201"
      - "102"
  - {extension: "104", members: ["105"]}
"""
BUNDLES = [{"extension": "101", "members": ["201", "102"]}, {"extension": "104", "members": ["105"]}]


def failed(*options: str | None, **more: Any) -> dict[str, Any]:
    """A failure with findings at these options."""
    texts = "; ".join(f"{option}: something" for option in options)
    return {
        "failed": True,
        "msg": f"findings: {texts}.",
        "findings": [{"option": option} for option in options],
        **more,
    }


@pytest.fixture(name="file")
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "clients" / "kedr.yml"
    path.parent.mkdir()
    path.write_text(FILE, encoding="utf-8")
    return str(path)


def test_the_line_takes_the_place_of_the_option(file: str) -> None:
    options = ("bundles[0].members[1]", "bundles[0]", "bundles[1].extension", "bundles[1].members[0]")
    found = with_places(failed(*options), {"bundles": BUNDLES}, file)
    assert found["msg"] == (
        "findings: clients/kedr.yml:6: something; clients/kedr.yml:3: something; clients/kedr.yml:7: something; "
        "clients/kedr.yml:7: something."
    )
    assert found["findings"] == failed(*options)["findings"]


@pytest.mark.parametrize(
    ("bundles", "option"),
    [
        ([{"extension": "101", "members": ["201", "103"]}], "bundles[0].members[1]"),
        ([{"extension": "101", "members": ["201", "102"]}], "bundles[3].members[1]"),
        ("{{ others }}", "bundles[0].members[1]"),
        (None, "bundles[0].members[1]"),
    ],
)
def test_what_is_not_from_the_file_keeps_its_option(file: str, bundles: Any, option: str) -> None:
    assert with_places(failed(option), {"bundles": bundles}, file) == failed(option)


@pytest.mark.parametrize(
    "result", [{"failed": False, "findings": [{"option": "bundles[0]"}]}, {"failed": True, "msg": "x"}, failed(None)]
)
def test_what_has_no_options_is_left_as_it_is(file: str, result: dict[str, Any]) -> None:
    assert with_places(result, {"bundles": BUNDLES}, file) == result


@pytest.mark.parametrize("text", [None, "$ANSIBLE_VAULT;1.1;AES256\n00\n", "["])
def test_a_file_that_cannot_be_read_names_no_line(file: str, text: str | None) -> None:
    Path(file).unlink()
    if text:
        Path(file).write_text(text, encoding="utf-8")
    assert with_places(failed("bundles[0]"), {"bundles": BUNDLES}, file) == failed("bundles[0]")
    assert with_places(failed("bundles[0]"), {"bundles": BUNDLES}, None) == failed("bundles[0]")
