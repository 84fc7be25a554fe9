# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waived items do not fail a run; nothing else changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.waivers import Waiver, apply_waivers, read_waivers
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    NIGHT,
    SCANNER,
    Nights,
    built,
    bundles,
    finding,
    host,
    only,
    registrations,
    settings,
)

TODAY = NIGHT.date()
DRIFTED = {
    "settings": settings({"geo_list": ["RU"], "timezone": "UTC"}, {"geo_list": ["*"], "timezone": "Asia/Omsk"}),
    "registrations": registrations({"205": [SCANNER]}, findings=[finding()]),
}


def waiver(days: int = 1, line: int = 2, **selected: Any) -> Waiver:
    return Waiver(line, "OPS-311", "anna", TODAY + timedelta(days=days), **selected)


def covered(*waivers: Waiver, key: str = "romashka") -> list[str]:
    client = only(built(host(key, **DRIFTED), waivers=waivers).report)
    return [
        str(item.get("rule") or item["field"]) for item in (*client["changes"], *client["findings"]) if item["waiver"]
    ]


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ({"address": "settings"}, ["geo_list", "timezone"]),
        ({"address": "settings", "field": "timezone"}, ["timezone"]),
        ({"address": "registration/*"}, ["registrations", "REG-001"]),
        ({"address": "registration/20?"}, ["registrations", "REG-001"]),
        ({"address": "Settings"}, []),
        ({"rule": "REG-001"}, ["REG-001"]),
        ({"rule": "REG-002"}, []),
        ({"address": "*", "rule": "REG-001", "client": "rom*"}, ["REG-001"]),
        ({"address": "settings", "client": "vasilek"}, []),
        ({"address": "settings", "client": "romash?a"}, ["geo_list", "timezone"]),
    ],
)
def test_covered_items(selected: dict[str, str], expected: list[str]) -> None:
    assert covered(waiver(**selected)) == expected


def test_by_id() -> None:
    chosen = only(built(host(**DRIFTED)).report)["changes"][0]["id"]
    assert covered(waiver(change=chosen[:12])) == covered(waiver(change=chosen)) == ["geo_list"]
    assert covered(waiver(change=chosen), key="other") == []


def test_brackets_mean_themselves() -> None:
    assert covered(waiver(client="a[1]", address="*"), key="a[1]")
    assert not covered(waiver(client="a[1]", address="*"), key="a1")


def test_the_first_that_holds_counts() -> None:
    first, second = waiver(address="settings", field="timezone"), waiver(line=3, address="settings")
    never = waiver(line=4, address="settings")
    found = built(host(**DRIFTED), waivers=[first, second, never])
    assert found.waivers.used == (first, second)
    assert found.report["waivers"]["unused"] == [never.as_dict()]


def test_two_in_one_line() -> None:
    both = [waiver(address="settings"), waiver(rule="REG-009")]
    found = built(host(**DRIFTED), waivers=both).waivers
    assert (found.used, found.unused) == ((both[0],), (both[1],))


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (1, True)])
def test_the_last_day_counts(days: int, holds: bool) -> None:
    given = waiver(days, address="*")
    found = built(host(**DRIFTED), waivers=[given])
    assert (found.judgement.exit_code == 0) is holds
    assert (given in found.waivers.expired) is not holds
    assert found.report["waivers"]["expired"] == ([] if holds else [given.as_dict()])


def test_waived_items_are_counted_and_do_not_fail() -> None:
    found = built(host(**DRIFTED), waivers=[waiver(address="*")])
    totals = found.report["totals"]
    assert (totals["waived"], totals["findings"], totals["new"], totals["oldest"]) == (4, 0, 0, None)
    assert set(totals["changes"].values()) == set(totals["severity"].values()) == {0}
    assert (found.report["verdict"], found.judgement.failing) == ("clean", {})
    assert only(found.report)["status"] == "clean"
    assert only(found.report)["changes"][0]["waiver"] == {"reason": "OPS-311", "owner": "anna", "expires": "2026-11-26"}


def test_a_waiver_keeps_the_age() -> None:
    nights = Nights()
    nights.run(host(**DRIFTED))
    nights.run(host(**DRIFTED), waivers=[waiver(address="*")])
    report = nights.run(host(**DRIFTED))
    assert report["totals"]["oldest"]["age_seconds"] == 2 * 86400
    assert (report["totals"]["new"], report["resolved"]) == (0, [])


def test_a_waiver_that_came_with_another_report() -> None:
    shard = built(host(**DRIFTED), waivers=[waiver(address="*")]).report
    nights = Nights(reports=[shard])
    assert only(nights.run())["status"] == "clean"
    assert only(nights.run())["status"] == "clean"
    report = nights.run()
    assert only(report)["status"] == "drift"
    assert report["totals"]["waived"] == 0
    assert shard["clients"][0]["changes"][0]["waiver"] is not None  # the given report is unchanged


def test_side_effects_of_waived_changes_count() -> None:
    effect = {
        "extension": "201",
        "field": "status",
        "before": "blocked",
        "after": "active",
        "widening": True,
        "caused_by": "bundle/101",
    }
    given = host(bundles=bundles({"101": ["201"]}, {}, side_effects=[effect]))
    assert built(given, waivers=[waiver(address="bundle/101")]).judgement.exit_code == 2


def test_of_nothing() -> None:
    found = apply_waivers([], [], date(2026, 1, 1))
    assert found.as_dict() == {"used": [], "unused": [], "expired": []}


def test_waivers_of_a_file() -> None:
    waivers, findings = read_waivers(
        "w.yml", "waivers:\n  - {address: '*', reason: r, owner: o, expires: 2026-12-01}\n"
    )
    assert not findings
    assert built(host(**DRIFTED), waivers=waivers).judgement.exit_code == 0
