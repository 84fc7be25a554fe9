# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module drift_report: options, files, verdict."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils import _atomic_file
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import EnvironmentProblemError
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import MASK
from ansible_collections.ringme.pbx.plugins.plugin_utils._report import resource
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.resource import RENDERINGS, DriftReport
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host, Part
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import problems
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    NIGHT,
    SCANNER,
    bundles,
    host,
    registrations,
    settings,
    side_effect,
)

DEFAULTS = {name: entry.get("default") for name, entry in DriftReport.arguments.items()}
DRIFTED = host(settings=settings({"a": 1}, {"a": 2}))
CLEAN = host(settings=settings({"a": 1}))
WAIVERS = "waivers:\n  - {address: settings, reason: OPS-311, owner: anna, expires: %s}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(
    *hosts: Host, now: datetime = NIGHT, check_mode: bool = False, resource: Any = None, **options: Any
) -> TaskResult:
    found = resource or DriftReport(hosts, clock=lambda: now)
    return execute(found, {**DEFAULTS, "console": "none", **options}, check_mode=check_mode, connections=Connections())


def failure(outcome: TaskResult) -> str:
    assert outcome.failed
    return str(outcome.result["msg"])


def read(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def test_without_any_file() -> None:
    outcome = run(CLEAN)
    assert not outcome.failed and outcome.result["changed"] is False
    assert {
        "verdict": "clean",
        "exit_code": 0,
        "failing": {},
        "files": {},
        "reported_at": "2026-11-25T03:00:00Z",
    }.items() <= outcome.result.items()


def test_all_files() -> None:
    paths = {name: f"out/{name}" for name in RENDERINGS}
    outcome = run(DRIFTED, **paths, ledger="ledger.json")
    assert failure(outcome).startswith("1 client is not clean: romashka: ~ settings: a 2 -> 1. Apply the client files")
    assert outcome.result["error"]["kind"] == "drift" and outcome.result["changed"] is True
    assert outcome.result["files"] == {**paths, "ledger": "ledger.json"}
    assert sorted(os.listdir("out")) == sorted(RENDERINGS)
    assert not problems(read("out/json")) and list(read("ledger.json")["clients"]) == ["romashka"]


def test_not_to_fail() -> None:
    outcome = run(DRIFTED, fail=False)
    assert not outcome.failed and outcome.result["failing"] == {"romashka": "~ settings: a 2 -> 1"}


def test_several_clients_fail() -> None:
    assert failure(run(DRIFTED, host("b", settings=None))).startswith(
        "2 clients are not clean: b: ? NOT CHECKED: nothing was compared; and 1 more"
    )


def test_a_run_that_ended_early() -> None:
    assert failure(run(resource=DriftReport([CLEAN], truncated=True))).startswith("the run was interrupted")


def test_check_mode_writes_nothing() -> None:
    outcome = run(CLEAN, json="out/drift.json", ledger="ledger.json", check_mode=True)
    assert outcome.result["changed"] is True
    assert os.listdir() == []


def test_the_same_again_changes_nothing() -> None:
    resource = DriftReport([CLEAN], clock=lambda: NIGHT)
    assert run(resource=resource, ledger="ledger.json").result["changed"] is True
    assert run(resource=resource, ledger="ledger.json").result["changed"] is False


def test_the_report_before() -> None:
    run(DRIFTED, json="drift.json", fail=False)
    later = NIGHT + timedelta(days=1)
    run(DRIFTED, json="other.json", previous="drift.json", now=later, fail=False)
    run(DRIFTED, json="drift.json", now=later, fail=False)
    assert [read(path)["totals"]["oldest"]["age_seconds"] for path in ("other.json", "drift.json")] == [86400, 86400]
    run(DRIFTED, json="drift.json", previous="none", now=later, fail=False)
    assert read("drift.json")["run"]["previous"] is None
    assert not run(CLEAN, previous="missing.json").failed


def test_the_ledger_determines_causes() -> None:
    run(CLEAN, ledger="ledger.json")
    assert run(DRIFTED, ledger="ledger.json", fail=False).result["totals"]["changes"]["out_of_band"] == 1


@pytest.mark.parametrize("option", ["previous", "ledger", "reports"])
def test_invalid_files(option: str) -> None:
    Path("bad.json").write_text("{", encoding="utf-8")
    outcome = run(CLEAN, json="drift.json", **{option: ["bad.json"] if option == "reports" else "bad.json"})
    assert ": not JSON" in failure(outcome) and os.listdir() == ["bad.json"]


def test_reports() -> None:
    run(DRIFTED, json="one.json", fail=False)
    outcome = run(resource=DriftReport(clock=lambda: NIGHT + timedelta(hours=5)), reports=["one.json"], max_age=5.0)
    assert "romashka" in failure(outcome)
    late = run(resource=DriftReport(clock=lambda: NIGHT + timedelta(hours=7)), reports=["one.json"], max_age=5.0)
    assert "is 7 hours old; the limit (max_age) is 5 hours" in failure(late)
    assert "there is no report two.json" in failure(run(CLEAN, reports=["two.json"]))


@pytest.mark.parametrize("check_mode", [True, False])
def test_whether_all_files_can_be_written_is_known_before_the_first_is(
    monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    """The check at the start of a run relies on it: after the changes it is too late."""

    def refuse(path: str) -> None:
        if path == "ledger.json":
            raise EnvironmentProblemError(f"{path} cannot be written: no permission in its folder")

    monkeypatch.setattr(resource, "check_writable", refuse)
    outcome = run(CLEAN, check_mode=check_mode, json="drift.json", ledger="ledger.json")
    assert "ledger.json cannot be written" in failure(outcome)
    assert not os.path.exists("drift.json")


def test_a_report_is_as_old_as_the_end_of_its_run() -> None:
    run(CLEAN, json="one.json", started=f"{NIGHT - timedelta(hours=5):%Y-%m-%dT%H:%M:%SZ}")
    assert read("one.json")["run"]["started"] < read("one.json")["run"]["finished"]
    later = DriftReport(clock=lambda: NIGHT + timedelta(minutes=30))
    assert not run(resource=later, reports=["one.json"], max_age=1.0).failed


def test_waivers() -> None:
    Path("w.yml").write_text(WAIVERS % "2026-12-01", encoding="utf-8")
    assert run(DRIFTED, waivers="w.yml").result["verdict"] == "clean"
    Path("w.yml").write_text(WAIVERS % "2026-11-24", encoding="utf-8")
    outcome = run(DRIFTED, waivers="w.yml", fail=False)
    assert outcome.warnings == [
        "w.yml:2: the waiver of anna (OPS-311) expired on 2026-11-24: its differences are no longer waived"
    ]
    assert outcome.result["exit_code"] == 2


def test_no_text_makes_a_line_of_a_message() -> None:
    hostile = (WAIVERS % "2026-11-24").replace("OPS-311", '"x\\e[2J\\nall clean"')
    Path("w.yml").write_text(hostile, encoding="utf-8")
    outcome = run(host("a\x1b[2J\nall clean", settings=settings({"a": 1}, {"a": 2})), waivers="w.yml")
    for text in (failure(outcome), *outcome.warnings):
        assert "all clean" in text and text.isprintable()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"waivers: 5\n", "the waivers file is not valid: w.yml:1:10: "),
        (b"waivers: [1, 2]\n", "w.yml:1:14: waivers[1]"),
        (b"waivers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]\n", "; and 1 more, see findings"),
        (b"\xe4", "cannot read the waivers file w.yml: not UTF-8"),
        (None, "cannot read the waivers file w.yml: No such file"),
    ],
)
def test_invalid_waivers(text: bytes | None, said: str) -> None:
    if text is not None:
        Path("w.yml").write_bytes(text)
    outcome = run(CLEAN, waivers="w.yml", json="drift.json")
    assert said in failure(outcome) and not Path("drift.json").exists()
    assert text is None or text == b"\xe4" or outcome.result["findings"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"json": "a", "html": "./a"}, "is the same file as html"),
        ({"json": "a", "ledger": "x/../a"}, "ledger: is the same file as json"),
        ({"markdown": "w.yml", "waivers": "w.yml"}, "waivers: is the same file as markdown"),
        ({"results": {"x": "ringme.pbx.client_info"}}, "is not a module with results for a report"),
        ({"results": {"x": None}}, "is not a module with results for a report"),
        ({"fail_on": {"not_checked": "a lot"}}, "'a lot' is not a valid share"),
        ({"fail_on": {"not_checked": "101%"}}, "is not a valid share"),
        ({"fail_on": {"not_checked": "nan"}}, "is not a valid share"),
        ({"fail_on": {"not_checked": "-0.1"}}, "is not a valid share"),
        ({"started": "today"}, "'today' is not a valid time"),
    ],
)
def test_invalid_options(options: dict[str, Any], said: str) -> None:
    assert said in failure(run(CLEAN, **options))


@pytest.mark.parametrize(("text", "share"), [("0.5", 0.5), ("50%", 0.5), (" 5 % ", 0.05), ("1", 1.0), ("0", 0.0)])
def test_options(text: str, share: float) -> None:
    run(
        CLEAN,
        json="a.json",
        fail_on={"not_checked": text, "severity": "high", "pending": False},
        started="2026-11-25T01:00:00Z",
    )
    assert read("a.json")["fail_on"] == {"severity": "high", "not_checked": share, "pending": False}
    assert read("a.json")["run"]["started"] == "2026-11-25T01:00:00Z"


@pytest.mark.parametrize("path", ["folder", "file/x.json"])
def test_places_that_cannot_be_written(path: str) -> None:
    os.mkdir("folder")
    Path("file").write_text("old", encoding="utf-8")
    outcome = run(CLEAN, markdown="a.md", json=path)
    assert "cannot be" in failure(outcome) and not Path("a.md").exists()


def test_a_failure_while_writing_leaves_the_old_files(monkeypatch: pytest.MonkeyPatch) -> None:
    run(CLEAN, json="drift.json")
    before = Path("drift.json").read_bytes()

    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_atomic_file.os, "fsync", full)
    assert "No space left" in failure(run(DRIFTED, json="drift.json"))
    assert Path("drift.json").read_bytes() == before and os.listdir() == ["drift.json"]


def test_masks_stay() -> None:
    effects = [side_effect("201", "conference_pin", MASK, MASK, "bundle/101", widening=True)]
    run(
        host(bundles=bundles({"101": ["201"]}, {}, side_effects=effects)),
        json="drift.json",
        ledger="l.json",
        fail=False,
    )
    assert [(item["before"], item["after"]) for item in read("drift.json")["clients"][0]["changes"]][1] == (MASK, MASK)
    assert MASK not in Path("l.json").read_text(encoding="utf-8")


def test_half_signs_can_be_written() -> None:
    hostile = {**SCANNER, "device": "x\ud83d"}
    given = Host(
        "a\udce4", "801", "clients/a\udce4.yml", (Part("client_registrations", registrations({"205": [hostile]})),)
    )
    outcome = run(given, **{name: f"out-{name}" for name in RENDERINGS}, ledger="l.json", fail=False)
    assert not outcome.failed and not problems(read("out-json"))


@pytest.mark.parametrize(("form", "count"), [("none", 0), ("progress", 1)])
def test_the_console_output(form: str, count: int) -> None:
    resource = DriftReport([CLEAN], 5, clock=lambda: NIGHT)
    outcome = run(resource=resource, console=form)
    assert len(resource.lines(outcome.result)) == count
    table = DriftReport([DRIFTED], clock=lambda: NIGHT)
    assert table.lines({}) == []
    run(resource=table, console="table")
    assert table.lines({})
    without = DriftReport()
    run(resource=without, console="table")
    assert without.lines({}) == []


def test_by_default_the_least_severe_difference_fails() -> None:
    low = host(settings=settings({"hold_music": 1}, {"hold_music": 2}))
    options = DriftReport.arguments["fail_on"]["options"]
    assert {name: entry["default"] for name, entry in options.items()} == {
        "severity": "low",
        "not_checked": "0",
        "pending": True,
    }
    assert failure(run(low, fail_on={name: entry["default"] for name, entry in options.items()}))
    assert failure(run(low))
