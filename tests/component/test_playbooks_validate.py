# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook validate: every finding of every file in one run, each at its place, without a request or a password."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from simulator import Simulator
from support.component.client_folder import CLEAN, VAULT, VAULT_PASSWORD, ClientFolder, Ran, encrypted, vaulted
from support.component.faulty_client_files import BETWEEN, SECRET, TWELVE, Expected
from support.playbook import APPLICATION

OFFLINE = {"RINGME_API_URL": None, **dict.fromkeys(APPLICATION)}
"""No credentials, and nothing that says where the API is."""


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, simulator: Simulator) -> ClientFolder:
    return ClientFolder(tmp_path / "shop", simulator)


def _validate(folder: ClientFolder, *args: str, **keywords: Any) -> Ran:
    """Run it as in the job of a pull request; it sends no request, not even for a token."""
    ran = folder.run("validate", *args, env=OFFLINE, **keywords)
    assert not folder.simulator.journal
    return ran


def _agrees(findings: Sequence[dict[str, Any]], expected: Sequence[Expected]) -> None:
    found = [(item["file"], item["line"], item["column"], item["rule"]) for item in findings]
    assert found == [item[:4] for item in expected]
    for item, wanted in zip(findings, expected, strict=True):
        assert wanted.words in f"{item['message']} ({item['rule']}). {item['hint']}"


def _lines(ran: Ran) -> list[str]:
    return [line for line in ran.run.output.splitlines() if line.startswith("clients/")]


def test_twelve_defects_are_twelve_findings_in_one_run(folder: ClientFolder) -> None:
    folder.write({**CLEAN, **TWELVE.files})
    ran = _validate(folder, "-e", "ringme_sarif=reports/findings.sarif", "-vvv").check(2)
    expected = TWELVE.expected
    assert len(expected) == 12
    result = ran.run.one("Check")
    _agrees(result["findings"], expected)
    assert result["files"] == len(CLEAN) + len(TWELVE.files)
    assert "12 findings in client files: clients/astra.yml:7:3: " in result["msg"]

    lines = _lines(ran)
    assert [line.split(": ")[0] for line in lines] == [f"{item.file}:{item.line}:{item.column}" for item in expected]
    assert all(f"({item.rule})" in line for item, line in zip(expected, lines, strict=True))
    assert SECRET not in ran.run.output

    report = (folder.path / "reports" / "findings.sarif").read_text(encoding="utf-8")
    assert SECRET not in report
    places = []
    for item in json.loads(report)["runs"][0]["results"]:
        where = item["locations"][0]["physicalLocation"]
        region = where["region"]
        places.append((where["artifactLocation"]["uri"], region["startLine"], region["startColumn"], item["ruleId"]))
    assert places == [item[:4] for item in expected]


def test_what_files_contradict_each_other_in(folder: ClientFolder) -> None:
    """Also within bundles; and files and folders that cannot become clients are reported, not ignored."""
    folder.write({**CLEAN, **BETWEEN.files})
    (folder.path / "clients" / "moscow").mkdir()
    (folder.path / "clients" / "zinnia.yaml.j2").touch()
    (folder.path / "clients" / "README.md").touch()
    others = [
        Expected("clients/moscow", 1, 1, "FIL-011", "moscow is a folder"),
        Expected("clients/zinnia.yaml.j2", 1, 1, "FIL-011", "zinnia.yaml.j2 is not a client file"),
    ]
    ran = _validate(folder).check(2)
    _agrees(ran.run.one("Check")["findings"], sorted([*BETWEEN.expected, *others]))


def test_without_findings_it_ends_with_0(folder: ClientFolder) -> None:
    """Without the password a vault is not a finding; an error in the rest of such a file is. SARIF goes empty."""
    own = f"client_id: 803\nclient_api:\n  application_id: lilia\n  application_secret: {vaulted('known to some')}\n"
    files = {**CLEAN, "lilia": own, "whole": encrypted("client_id: 804\n")}
    folder.write(files)
    for name, text in {"vault.yml": encrypted("vault_x: 1\n"), "main.yml": "ringme_sarif: findings.sarif\n"}.items():
        (folder.path / "group_vars" / "all").mkdir(parents=True, exist_ok=True)
        (folder.path / "group_vars" / "all" / name).write_text(text, encoding="utf-8")
    ran = _validate(folder).check(0)
    assert _lines(ran) == []
    assert (
        "Checked: 3 client files, 1 with encrypted values (not checked), clients.ringme.yml. "
        "Not checked, because encrypted as a whole: clients/whole.yml"
    ) in ran.run.output.splitlines()
    result = ran.run.one("Check")
    assert (result["files"], result["findings"], result["unchecked"]) == (3, [], ["clients/whole.yml"])
    assert "clients/whole.yml is encrypted as a whole" in ran.output
    sarif = folder.path / "findings.sarif"
    assert json.loads(sarif.read_text(encoding="utf-8"))["runs"][0]["results"] == []

    before = sarif.stat().st_mtime_ns
    folder.write({**files, "lilia": f"{own}  time_out: 5\n"})
    ran = _validate(folder, "--check", "-e", "ringme_sarif=findings.sarif").check(2)
    assert [line.split(" ")[0] for line in _lines(ran)] == [f"clients/lilia.yml:{len(own.splitlines()) + 1}:3:"]
    assert sarif.stat().st_mtime_ns == before, "check mode wrote a file"


def test_with_the_password_more_is_found(folder: ClientFolder) -> None:
    """The inventory looks into a file that is encrypted as a whole, and its findings are reported with the others."""
    whole = encrypted(f"client_id: 804\nclient_vars: {{note: {SECRET}}}\nclient_tgas: [moscow]\n")
    folder.write({**CLEAN, "astra": TWELVE.files["astra"], "whole": whole})
    (folder.path.parent / "password").write_text(VAULT_PASSWORD, encoding="utf-8")
    ran = _validate(folder, *VAULT).check(2)
    _agrees(
        ran.run.one("Check")["findings"],
        [*TWELVE.expected[:3], Expected("clients/whole.yml", 3, 1, "FIL-005", "client_tgas: unknown key")],
    )
    assert SECRET not in ran.run.output


def test_files_next_to_the_client_files_are_checked_too(folder: ClientFolder) -> None:
    """The source file that Ansible cannot read, the waivers, and a folder that is given as an inventory."""
    folder.write({**CLEAN, "a b": "client_id: 1\n"})
    (folder.path / "clients.ringme.yml").write_text(
        "plugin: ringme.pbx.clients\nkeyed_group: []\npath: [clients, nowhere]\n", encoding="utf-8"
    )
    (folder.path / "waivers.yml").write_text(
        "waivers:\n  - {reson: x, owner: y, expires: 2026-12-31, rule: REG-001}\n", encoding="utf-8"
    )
    ran = _validate(folder, inventory=Path("clients")).check(2)
    misspelt = "keyed_group: unknown key (FIL-005). Did you mean keyed_groups?"
    _agrees(ran.run.one("Check")["findings"], [
        Expected("clients", 1, 1, "FIL-011", "-i clients.ringme.yml"),
        Expected("clients.ringme.yml", 2, 1, "FIL-005", misspelt),
        Expected("clients.ringme.yml", 3, 17, "FIL-001", "folder nowhere does not exist"),
        Expected("clients/a b.yml", 1, 1, "FIL-011", "'a b' is not a valid host name"),
        Expected("waivers.yml", 2, 5, "FIL-006", "required key waivers[0].reason is missing"),
        Expected("waivers.yml", 2, 6, "FIL-005", "waivers[0].reson: unknown key"),
    ])  # fmt: skip
    assert "Checked: 3 client files, clients.ringme.yml" in ran.output


def test_it_needs_no_inventory(folder: ClientFolder) -> None:
    folder.write({**CLEAN, **BETWEEN.files})
    ran = _validate(folder, inventory=Path("localhost,")).check(2)
    _agrees(ran.run.one("Check")["findings"], BETWEEN.expected)
    ran = _validate(folder, inventory=Path("localhost,"), extra_vars={"ringme_clients_path": ["clients/vasilek.yml"]})
    assert ran.check(0).run.one("Check")["files"] == 1


def test_folders_without_clients(folder: ClientFolder) -> None:
    """A check that checked nothing has not passed."""
    ran = _validate(folder).check(2)
    assert "clients:1:1: no client files in this folder (FIL-011)" in ran.output
    shutil.rmtree(folder.path / "clients")
    ran = _validate(folder).check(2)
    assert "clients:1:1: the folder of client files cannot be read: No such file or directory (FIL-001)" in ran.output


@pytest.mark.parametrize(
    "args",
    [("--limit", "romashka"), ("--tags", "none"), ("--skip-tags", "some"), ("--start-at-task", "Check")],
    ids=lambda args: args[0],
)
def test_no_part_of_the_files_can_be_left_out(folder: ClientFolder, args: Sequence[str]) -> None:
    folder.write({**CLEAN, "astra": TWELVE.files["astra"]})
    ran = _validate(folder, *args)
    assert ran.run.rc != 0
    problem = "is not supported" if args[0] == "--limit" else "would skip tasks"
    assert f"{args[0]} {problem}" in ran.output
