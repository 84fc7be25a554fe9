# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module validation_report: all findings of all folders, reported and written before the task fails."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import DESCRIPTIONS
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._optional import Library
from ansible_collections.ringme.pbx.plugins.module_utils._regular_file import read_text
from ansible_collections.ringme.pbx.plugins.module_utils._resources import validation_report
from ansible_collections.ringme.pbx.plugins.module_utils._resources.validation_report import ValidationReport
from ansible_collections.ringme.pbx.plugins.module_utils._version import VERSION

REPORT = ValidationReport()
GOOD = "client_id: {id}\nclient_settings:\n  timezone: Europe/Moscow\n"
MISSPELT = "client_id: 801\nclient_settings:\n  time_zone: Europe/Moscow\n"
UNSEEN = "Rename it so that it ends in .yml or .yaml, or move it to another folder"
ENCRYPTED = "$ANSIBLE_VAULT;1.1;AES256\n3031\n"
KNOWN = {
    "rule": "FIL-005", "severity": "high", "file": "clients/z.yml", "line": 2, "column": 3, "message": "known before",
    "hint": "Fix it",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _write(**files: str) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/") + ".yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _run(*paths: str, check: bool = False, sarif: str | None = None, findings: Any = ()) -> TaskResult:
    options = {"path": list(paths or ["clients"]), "sources": [], "sarif": sarif, "findings": list(findings)}
    return execute(REPORT, options, check_mode=check, connections=Connections())


def _places(outcome: TaskResult) -> list[str]:
    return [f"{item['file']}:{item['line']}:{item['column']} {item['rule']}" for item in outcome.result["findings"]]


def _log(path: str = "out.sarif") -> list[tuple[str, str, str]]:
    (run,) = json.loads(Path(path).read_text(encoding="utf-8"))["runs"]
    return [
        (
            entry["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            entry["level"],
            entry["message"]["text"],
        )
        for entry in run["results"]
    ]


def test_nothing_wrong() -> None:
    _write(clients__a=GOOD.format(id=801), clients__b=GOOD.format(id=802))
    outcome = _run()
    assert outcome.result == {
        "files": 2, "encrypted": 0, "sources": [], "unchecked": [], "findings": [], "changed": False,
    }  # fmt: skip
    assert (outcome.failed, outcome.warnings, REPORT.lines(outcome.result)) == (False, [], ["Checked: 2 client files"])


def test_without_time_zones_and_jinja2_it_says_what_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    _write(clients__a=GOOD.format(id=801))
    monkeypatch.setattr(validation_report, "has_timezones", lambda: False)
    monkeypatch.setattr(validation_report, "JINJA2", Library("Jinja2", "it is missing"))
    assert [text.partition(":")[0] for text in _run().warnings] == [
        "time zones were not checked",
        "templates were not checked",
    ]


def test_an_unexpected_exception_is_a_finding_of_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str) -> str:
        if path.endswith("a.yml"):
            raise RuntimeError(GOOD)
        return read_text(path)

    _write(clients__a=GOOD.format(id=801), clients__b=MISSPELT)
    monkeypatch.setattr(validation_report, "read_text", broken)
    outcome = _run()
    assert _places(outcome) == ["clients/a.yml:1:1 FIL-001", "clients/b.yml:3:3 FIL-005"]
    assert outcome.result["findings"][0]["message"] == "the file cannot be checked: unexpected RuntimeError"


def test_one_finding() -> None:
    _write(clients__a=MISSPELT)
    outcome = _run()
    assert outcome.failed
    (finding,) = outcome.result["findings"]
    assert finding == {
        "rule": "FIL-005", "severity": "high", "file": "clients/a.yml", "line": 3, "column": 3,
        "message": "client_settings.time_zone: unknown key", "hint": "Did you mean timezone?",
    }  # fmt: skip
    assert outcome.result["msg"] == (
        "1 finding in client files: clients/a.yml:3:3: client_settings.time_zone: unknown key (FIL-005). "
        "Fix the client files. No API request was sent."
    )
    assert outcome.result["error"]["kind"] == "invalid_files"
    assert (outcome.result["changed"], outcome.result["files"]) == (False, 1)
    assert REPORT.lines(outcome.result) == [
        "clients/a.yml:3:3: client_settings.time_zone: unknown key (FIL-005). Did you mean timezone?",
        "Checked: 1 client file",
    ]


def test_all_folders_and_files_by_themselves_and_against_each_other() -> None:
    _write(clients__a=MISSPELT, pilots__b=GOOD.format(id=801), single=GOOD.format(id=0), pilots__c=GOOD.format(id=803))
    (Path("pilots") / "notes.cfg").touch()
    outcome = _run("clients", "pilots", "single.yml")
    assert outcome.result["files"] == 4
    assert _places(outcome) == [
        "clients/a.yml:1:12 FIL-009",
        "clients/a.yml:3:3 FIL-005",
        "pilots/b.yml:1:12 FIL-009",
        "pilots/notes.cfg:1:1 FIL-011",
        "single.yml:1:12 FIL-007",
    ]
    assert outcome.result["msg"].startswith(
        "5 findings in client files: clients/a.yml:1:12: client 801 is also described in pilots/b.yml:1"
    )
    assert "; and 4 more, each in findings." in outcome.result["msg"]


@pytest.mark.parametrize(("name", "reason"), [("nowhere", "No such file or directory"), ("a.yml/b", "Not a directory")])
def test_a_folder_that_is_not_there(name: str, reason: str) -> None:
    _write(a=GOOD.format(id=801), clients__a=MISSPELT)
    outcome = _run(name, "clients")
    assert outcome.failed
    assert _places(outcome) == sorted([f"{name}:1:1 FIL-001", "clients/a.yml:3:3 FIL-005"])
    assert f"the folder of client files cannot be read: {reason}" in str(outcome.result["findings"])


def test_a_path_that_is_not_a_file() -> None:
    _write(clients__a=GOOD.format(id=801))
    (Path("clients") / "b.yml").symlink_to("nowhere.yml")
    outcome = _run()
    assert _places(outcome) == ["clients/b.yml:1:1 FIL-001"]
    assert outcome.result["files"] == 2


def test_an_empty_folder_is_said() -> None:
    Path("clients").mkdir()
    outcome = _run()
    assert (outcome.failed, outcome.result["files"]) == (True, 0)
    assert _places(outcome) == ["clients:1:1 FIL-011"]


def test_files_that_are_encrypted_as_a_whole_are_listed() -> None:
    _write(clients__a=ENCRYPTED, clients__b=GOOD.format(id=801))
    outcome = _run()
    assert not outcome.failed
    assert (outcome.result["files"], outcome.result["unchecked"]) == (1, ["clients/a.yml"])
    assert outcome.warnings == ["clients/a.yml is encrypted as a whole: only the inventory can check it"]


class TestKnownFindings:
    """What the inventory has found, which may decrypt what this module cannot."""

    def test_they_are_merged(self) -> None:
        _write(clients__a=MISSPELT)
        outcome = _run(findings=[KNOWN, KNOWN, *_run().result["findings"]])
        assert _places(outcome) == ["clients/a.yml:3:3 FIL-005", "clients/z.yml:2:3 FIL-005"]
        assert outcome.result["findings"][1] == KNOWN

    def test_a_missing_password_is_not_a_finding_here(self) -> None:
        _write(clients__a=ENCRYPTED)
        outcome = _run(findings=[{**KNOWN, "rule": "FIL-003"}])
        assert (outcome.failed, outcome.result["findings"]) == (False, [])

    def test_a_hint_may_be_missing(self) -> None:
        _write(clients__a=GOOD.format(id=801))
        known = {name: value for name, value in KNOWN.items() if name != "hint"}
        outcome = _run(findings=[known], sarif="out.sarif")
        assert outcome.result["findings"] == [{**known, "hint": None}]
        assert REPORT.lines(outcome.result)[:1] == ["clients/z.yml:2:3: known before (FIL-005)"]
        assert _log() == [("clients/z.yml", "error", "known before")]

    @pytest.mark.parametrize(
        "broken",
        [
            {"rule": "DRF-001"}, {"line": "first"}, {"line": None}, {"line": 0}, {"column": 0}, {"column": -1}, {},
        ],
    )  # fmt: skip
    def test_an_invalid_finding_is_refused(self, broken: dict[str, Any]) -> None:
        outcome = _run(findings=[{**KNOWN, **broken} if broken else {"msg": "failed"}], sarif="out.sarif")
        assert outcome.result["error"]["kind"] == "options"
        assert outcome.result["msg"] == (
            "findings: an item is not a valid finding. Set it to the value of client_findings."
        )  # fmt: skip
        assert not Path("out.sarif").exists()


class TestSarif:
    """The log is written whatever is found, and only where it says something else than before."""

    def test_with_findings(self) -> None:
        _write(clients__a=MISSPELT)
        (Path("clients") / "notes.cfg").touch()
        outcome = _run(sarif="logs/out.sarif")
        assert (outcome.failed, outcome.result["changed"], outcome.result["sarif"]) == (True, True, "logs/out.sarif")
        assert _log("logs/out.sarif") == [
            ("clients/a.yml", "error", "client_settings.time_zone: unknown key. Did you mean timezone?"),
            ("clients/notes.cfg", "warning", _run().result["findings"][1]["message"] + f". {UNSEEN}"),
        ]
        driver = json.loads(Path("logs/out.sarif").read_text(encoding="utf-8"))["runs"][0]["tool"]["driver"]
        assert driver["version"] == VERSION
        assert [rule["shortDescription"]["text"] for rule in driver["rules"]] == [
            DESCRIPTIONS["FIL-005"],
            DESCRIPTIONS["FIL-011"],
        ]

    def test_without_findings(self) -> None:
        _write(clients__a=GOOD.format(id=801))
        outcome = _run(sarif="out.sarif")
        assert (outcome.failed, outcome.result["changed"]) == (False, True)
        assert _log() == []

    def test_again_nothing_changes(self) -> None:
        _write(clients__a=MISSPELT)
        first, before = _run(sarif="out.sarif"), os.stat("out.sarif").st_ino
        again = _run(sarif="out.sarif")
        assert (first.result["changed"], again.result["changed"]) == (True, False)
        assert again.failed
        assert os.stat("out.sarif").st_ino == before
        _write(clients__a=GOOD.format(id=801))
        assert _run(sarif="out.sarif").result["changed"] is True
        assert _run(sarif="out.sarif").result["changed"] is False

    @pytest.mark.parametrize(("text", "failed"), [(MISSPELT, True), (GOOD.format(id=801), False)])
    def test_check_mode_writes_nothing(self, text: str, failed: bool) -> None:
        _write(clients__a=text)
        outcome = _run(sarif="out.sarif", check=True)
        assert (outcome.failed, outcome.result["changed"]) == (failed, not failed)
        assert not Path("out.sarif").exists()

    def test_a_log_that_cannot_be_written(self) -> None:
        _write(clients__a=MISSPELT)
        Path("out.sarif").mkdir()
        outcome = _run(sarif="out.sarif")
        assert outcome.result["error"]["kind"] == "environment"
        assert outcome.result["msg"].startswith("out.sarif cannot be read: Is a directory")

    def test_low_severity_is_a_note(self) -> None:
        _write(clients__a=GOOD.format(id=801))
        _run(findings=[{**KNOWN, "severity": "low"}], sarif="out.sarif")
        assert _log() == [("clients/z.yml", "note", "known before. Fix it")]

    def test_names_that_are_no_text(self) -> None:
        _write(clients__a=MISSPELT)
        os.rename(b"clients/a.yml", b"clients/a\xff\n.yml")
        Path(os.fsdecode(b"clients/\xfe.cfg")).touch()
        outcome = _run(sarif="out.sarif")
        assert {item["file"] for item in outcome.result["findings"]} == {
            "clients/a\ufffd\ufffd.yml",
            "clients/\ufffd.cfg",
        }
        assert len(REPORT.lines(outcome.result)) - 1 == len(_log()) == 3
        assert all(line.isprintable() for line in REPORT.lines(outcome.result))


def test_no_path() -> None:
    outcome = execute(
        REPORT, {"path": [], "sources": [], "sarif": None, "findings": []}, check_mode=False, connections=Connections()
    )  # fmt: skip
    assert outcome.result["error"]["kind"] == "options"
    assert outcome.result["msg"] == "path: is empty. Set the folder of client files."


def test_no_value_of_a_file_is_reported() -> None:
    secret = "canary-5ecret"
    _write(
        clients__a=f'client_id: 801\nclient_api: {{application_secret: "{secret}", api_url: "ftp://u:{secret}@x"}}\n',
        clients__b=f"client_id: [{secret}\n",
        clients__c=f"client_id: 803\nclient_api:\n  application_secret:{secret}\n",
        clients__d=f"client_id: 804\nclient_api:\n  application_secret: [{secret}]\n  timeout: {secret}\n",
        clients__e=f"client_id: 805\nclient_api: {secret}\n",
        clients__f=f"client_id: 806\nclient_api:\n  access_token: !{secret}\n",
    )
    outcome = _run(sarif="out.sarif")
    named = {item["file"] for item in outcome.result["findings"]}
    assert named == {f"clients/{letter}.yml" for letter in "abcdef"}
    assert secret not in f"{outcome.result} {outcome.warnings} {REPORT.lines(outcome.result)}"
    assert secret not in Path("out.sarif").read_text(encoding="utf-8")
