# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failing clients, exit codes and totals."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.verdict import NEVER, FailOn
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    SCANNER,
    Nights,
    built,
    bundles,
    failed,
    file_finding,
    finding,
    host,
    outcome,
    registrations,
    settings,
)

CLEAN = settings({"a": 1})
LIMIT = {"rule": "max_removals", "actual": 7, "limit": 5, "override": "max_removals: 7"}
BY_STATUS = {
    "clean": host("clean", settings=CLEAN),
    "drift": host("drift", settings=settings({"hold_music": 1}, {"hold_music": 2})),
    "blocked": host("blocked", bundles=bundles({}, blocked=[LIMIT])),
    "forbidden": Host("forbidden", blocked="it is not YAML", findings=(file_finding(),)),
    "error": host("error", settings=failed("server")),
    "not_applied": host("not_applied", bundles=failed("some_failed", bundles({"1": ["2"]}, {})), written=True),
    "not_checked": host("not_checked", settings=None),
}


def code(*names: str, truncated: bool = False, **fail_on: Any) -> int:
    found = built(*(BY_STATUS[name] for name in names), fail_on=FailOn(**fail_on), truncated=truncated)
    assert found.report["exit_code"] == found.judgement.exit_code
    assert found.report["fail_on"] == FailOn(**fail_on).as_dict()
    return found.judgement.exit_code


@pytest.mark.parametrize(
    ("names", "expected", "verdict"),
    [
        ([], 1, "error"),
        (["clean"], 0, "clean"),
        (["drift", "clean"], 2, "drift"),
        (["drift", "blocked"], 3, "blocked"),
        (["drift", "forbidden"], 3, "blocked"),
        (["drift", "blocked", "error"], 1, "error"),
        (["drift", "blocked", "not_checked"], 1, "error"),
        (["not_applied", "blocked"], 1, "error"),
    ],
)
def test_the_worst_counts(names: list[str], expected: int, verdict: str) -> None:
    assert code(*names) == expected
    assert built(*(BY_STATUS[name] for name in names)).report["verdict"] == verdict


@pytest.mark.parametrize(
    ("live", "least", "expected"),
    [
        ({"hold_music": 2}, "low", 2),
        ({"hold_music": 2}, "medium", 0),
        ({"timezone": "UTC"}, "medium", 2),
        ({"timezone": "UTC"}, "high", 0),
        ({"name": "x"}, "high", 2),
        ({"name": "x"}, "critical", 0),
        ({"geo_list": ["*"]}, "critical", 2),
        ({"geo_list": ["*"]}, NEVER, 0),
    ],
)
def test_the_least_severity(live: dict[str, Any], least: str, expected: int) -> None:
    wanted = {"hold_music": 1, "timezone": "Asia/Omsk", "name": "y", "geo_list": ["RU"]}
    found = built(host(settings=settings(wanted, live)), fail_on=FailOn(severity=least))
    assert found.judgement.exit_code == expected
    assert found.report["verdict"] == "drift"  # whatever fails a run


def test_never_is_about_differences_alone() -> None:
    assert code("drift", severity=NEVER) == 0
    assert [code(name, severity=NEVER) for name in ("blocked", "forbidden", "error", "not_checked", "not_applied")] == [
        3,
        3,
        1,
        1,
        1,
    ]


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.24, 1), (0.25, 0), (1.0, 0)])
@pytest.mark.parametrize("name", ["error", "not_checked"])
def test_the_share_that_need_not_be_compared(name: str, share: float, expected: int) -> None:
    others = [host(f"c{number}", settings=CLEAN) for number in range(3)]
    found = built(BY_STATUS[name], *others, fail_on=FailOn(not_checked=share))
    assert found.judgement.exit_code == expected
    assert set(found.judgement.failing) == ({name} if expected else set())
    assert found.report["verdict"] == "error"


def test_the_tolerated_share_does_not_cover_failed_changes() -> None:
    assert code("not_applied", not_checked=1.0) == 1
    failing = built(BY_STATUS["not_applied"], fail_on=FailOn(not_checked=1.0)).judgement.failing
    assert failing == {"not_applied": '+ bundle/1: members [] -> ["2"]; ? FAILED: it failed'}


def test_drift_of_partly_compared_clients_counts() -> None:
    both = host(settings=settings({"a": 1}, {"a": 2}), bundles=failed("server"))
    assert built(both, fail_on=FailOn(not_checked=1.0)).judgement.exit_code == 2
    assert built(both).judgement.failing == {"romashka": "~ settings: a 2 -> 1; ? NOT CHECKED: bundles: it failed"}


def test_pending_changes() -> None:
    nights = Nights(fail_on=FailOn(pending=False))
    nights.run(host(settings=settings({"geo_list": ["BY"]})))
    waiting = settings({"geo_list": ["RU"]}, {"geo_list": ["BY"]})
    for _night in range(2):
        report = nights.run(host(settings=waiting))
        assert (report["verdict"], report["exit_code"]) == ("pending", 0)
    assert nights.run(host(settings=settings({"geo_list": ["RU"]}, {"geo_list": ["*"]})))["exit_code"] == 2
    assert nights.run(host(settings=waiting), fail_on=FailOn())["exit_code"] == 2


def test_an_unknown_cause_is_not_pending() -> None:
    nights = Nights(fail_on=FailOn(pending=False))
    for _night in range(3):
        assert nights.run(host(settings=settings({"geo_list": ["RU"]}, {"geo_list": ["*"]})))["exit_code"] == 2


def test_a_run_that_ended_early() -> None:
    assert code("clean", truncated=True) == 1
    assert code("clean", truncated=True, not_checked=1.0) == 0
    assert built(BY_STATUS["clean"], truncated=True).report["verdict"] == "error"
    assert built(BY_STATUS["clean"], truncated=True).judgement.failing == {}


def test_fewer_clients_than_expected() -> None:
    assert built(BY_STATUS["clean"], expected=2).report["truncated"] is True
    assert built(BY_STATUS["clean"], expected=1).report["truncated"] is False


def test_why_clients_fail() -> None:
    failing = built(*BY_STATUS.values()).judgement.failing
    assert (
        failing["blocked"]
        == "? BLOCKED: max_removals: the plan has 7, the limit is 5 (override: -e client_bundles_max_removals=7)"
    )
    assert failing["forbidden"] == "? NOT CHECKED: it is not YAML"
    assert failing["not_checked"] == "? NOT CHECKED: nothing was compared"
    assert failing["drift"] == "~ settings: hold_music 2 -> 1"
    assert "clean" not in failing


def test_totals() -> None:
    done = bundles({"101": ["201"]}, {}, outcomes=[outcome("bundle/101")])
    report = built(
        *BY_STATUS.values(),
        host("applied", bundles=done, written=True),
        host("policy", registrations=registrations({"205": [SCANNER]}, findings=[finding()])),
    ).report
    totals = report["totals"]
    assert totals["clients"] == {
        "total": 9,
        "clean": 2,
        "pending": 0,
        "drift": 2,
        "blocked": 2,
        "error": 2,
        "not_checked": 1,
    }
    assert totals["changes"] == {"out_of_band": 1, "pending": 0, "conflict": 0, "side_effect": 0, "unknown": 2}
    assert totals["resources"] == {"client_bundles": 1, "client_registrations": 1, "client_settings": 1}
    assert totals["severity"] == {"critical": 2, "high": 2, "medium": 0, "low": 1}
    assert (totals["findings"], totals["waived"], totals["applied"], totals["new"], totals["resolved"]) == (
        2,
        0,
        1,
        5,
        0,
    )
    assert report["history"][-1] == {
        name: value for name, value in totals.items() if name not in ("oldest", "not_checked_share")
    } | {"finished": report["run"]["finished"], "kept": 0}
