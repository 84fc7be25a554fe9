# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin as users run it: ansible-inventory in a folder of their own, offline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from support.playbook import playbook_environment
from support.warm import bin_folder

PASSWORD = "right-password"
SECRET = "canary-5ecret"
# Coverage counts from the root of the clone; elsewhere it would only take time.
_NO_COVERAGE = {"COVERAGE_PROCESS_CONFIG": None, "COVERAGE_PROCESS_START": None}


def _vault(text: str) -> str:
    return VaultLib([("default", VaultSecret(PASSWORD.encode()))]).encrypt(text).decode()


FILES = {
    "romashka": "client_id: 801\nclient_tags: [moscow]\nclient_vars: {own: '{{ 1 + 1 }}'}\nclient_api:\n"
    "  application_secret: !vault |\n" + "".join(f"    {line}\n" for line in _vault(SECRET).splitlines()),
    "vasilek": "client_id: 802\nclient_settings: {timezone: Asia/Omsk}\nclient_tags: [urals, pilots]\n",
    "whole": _vault(f"client_id: 803\nclient_tags: [moscow]\nclient_vars: {{pin: {SECRET}}}\n"),
    "broken": f"client_id: 804\nclient_tags: [moscow]\nclient_vars: {{pin: {SECRET}}}\nclient_tag: 1\n",
}
SOURCE = """\
plugin: ringme.pbx.clients
keyed_groups:
  - {key: client_settings.timezone | default('UTC'), prefix: zone}
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: checks
"""


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """A folder outside the clone, with a HOME and the file of the password next to it."""
    folder = tmp_path / "shop"
    (folder / "clients").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (folder / "clients.ringme.yml").write_text(SOURCE, encoding="utf-8")
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    for name, text in FILES.items():
        (folder / "clients" / f"{name}.yml").write_text(text, encoding="utf-8")
    return folder


def _run(folder: Path, *args: str, source: str = "clients.ringme.yml") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(bin_folder() / "ansible-inventory"), "-i", source, *args],
        cwd=folder,
        env=playbook_environment(folder.parent / "home", None, env={"ANSIBLE_CACHE_PLUGIN": None, **_NO_COVERAGE}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _listed(folder: Path, *args: str) -> tuple[dict[str, Any], str]:
    """The parsed response of --list, and all that was said."""
    ran = _run(folder, "--list", *args)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout, object_hook=_unmarked), ran.stdout + ran.stderr


def _unmarked(found: dict[str, Any]) -> Any:
    """A text that is not a template. ansible-core marks it in its output; newer versions mark more of them."""
    return found["__ansible_unsafe"] if found.keys() == {"__ansible_unsafe"} else found


def test_the_graph(folder: Path) -> None:
    ran = _run(folder, "--graph", "--vault-password-file", "password")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.split("\n") == [
        "@all:", "  |--@ungrouped:", "  |--@ringme_blocked:", "  |  |--broken", "  |--@moscow:", "  |  |--romashka",
        "  |  |--whole", "  |--@zone_UTC:", "  |  |--romashka", "  |  |--whole", "  |--@urals:", "  |  |--vasilek",
        "  |--@pilots:", "  |  |--vasilek", "  |--@zone_Asia_Omsk:", "  |  |--vasilek", "",
    ]  # fmt: skip


@pytest.mark.smoke
def test_with_and_without_the_password(folder: Path) -> None:
    """Without it, an encrypted value stays one: what AWX imports so is used later, with the password."""
    with_it, _said = _listed(folder, "--vault-password-file", "password")
    without, said = _listed(folder, "--export")
    assert SECRET not in said
    known, unknown = with_it["_meta"]["hostvars"], without["_meta"]["hostvars"]
    assert known.keys() == unknown.keys() == FILES.keys()
    assert with_it["ringme_blocked"]["hosts"] == ["broken"]
    assert sorted(without["ringme_blocked"]["hosts"]) == ["broken", "whole"]
    assert sorted(with_it["moscow"]["hosts"]) == ["romashka", "whole"]
    assert without["moscow"]["hosts"] == ["romashka"]
    assert known["whole"]["pin"] == SECRET
    assert {**known["vasilek"], "ringme_clients_path": None} == {**unknown["vasilek"], "ringme_clients_path": None}
    assert unknown["whole"]["client_blocked"] == (
        "clients/whole.yml:1:1: the file is encrypted as a whole, and no vault password is set (FIL-003)"
    )
    assert unknown["romashka"]["client_api"]["application_secret"]["__ansible_vault"].startswith(
        "$ANSIBLE_VAULT;1.1;AES256"
    )
    assert unknown["whole"].keys() == {
        "ansible_connection", "ansible_python_interpreter", "client_blocked", "client_file", "client_findings",
    }  # fmt: skip
    assert unknown["whole"]["ansible_python_interpreter"] == sys.executable
    assert without["all"]["vars"]["ringme_clients_path"] == [str(folder / "clients")]
    kept = "".join(path.read_text(encoding="utf-8") for path in (folder / "checks").iterdir())
    assert "vasilek.yml" in kept and SECRET not in kept and "whole.yml" not in kept


def test_one_host(folder: Path) -> None:
    ran = _run(folder, "--host", "vasilek")
    found = json.loads(ran.stdout)
    assert (found["client_id"], found["client_settings"]) == (802, {"timezone": "Asia/Omsk"})
    assert found["client_file"] == "clients/vasilek.yml"


def test_templates_are_seen_by_a_task_as_what_they_mean(folder: Path) -> None:
    command = [str(bin_folder() / "ansible"), "romashka", "-i", "clients.ringme.yml", "-m", "debug"]
    ran = subprocess.run(
        [*command, "-a", "msg={{ own }}-{{ client_api.application_secret }}", "--vault-password-file", "password"],
        cwd=folder,
        env=playbook_environment(folder.parent / "home", None, env=_NO_COVERAGE),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert f'"msg": "2-{SECRET}"' in ran.stdout, ran.stdout + ran.stderr


def test_a_folder_that_is_not_there_is_said(folder: Path) -> None:
    (folder / "clients").rename(folder / "customers")
    ran = _run(folder, "--list")
    said = " ".join(ran.stderr.split())
    assert "the folder of client files clients cannot be read: No such file or directory" in said
    assert "Create it, or set path to another folder" in said
    (folder / "clients.ringme.yml").write_text("plugin: ringme.pbx.clients\npath: customers\n", encoding="utf-8")
    assert _listed(folder)[0]["_meta"]["hostvars"].keys() == FILES.keys()
