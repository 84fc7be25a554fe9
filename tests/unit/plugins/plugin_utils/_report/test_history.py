# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""First seen, new and resolved items over several runs."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.history import HISTORY, Earlier, part_of
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.timestamps import stamp
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    NIGHT,
    SCANNER,
    Nights,
    bundles,
    failed,
    file_finding,
    finding,
    host,
    only,
    outcome,
    registrations,
    settings,
)

FIRST = stamp(NIGHT)
CLEAN = host(settings=settings({"geo_list": ["RU"]}))
DRIFTED = host(settings=settings({"geo_list": ["RU"]}, {"geo_list": ["*"]}))
DAY = 86400


def items(report: Any) -> list[tuple[str, int, bool]]:
    return [
        (item["first_seen"], item["age_seconds"], item["new"])
        for client in report["clients"]
        for item in (*client["changes"], *client["findings"])
    ]


def test_ages() -> None:
    nights = Nights()
    assert items(nights.run(DRIFTED)) == [(FIRST, 0, True)]
    assert items(nights.run(DRIFTED)) == [(FIRST, DAY, False)]
    report = nights.run(DRIFTED)
    assert items(report) == [(FIRST, 2 * DAY, False)]
    assert report["totals"]["oldest"] == {
        "client": "romashka",
        "address": "settings",
        "first_seen": FIRST,
        "age_seconds": 2 * DAY,
    }
    assert report["run"]["previous"] == stamp(NIGHT.replace(day=26))


def test_another_value_of_the_same_field_is_as_old() -> None:
    nights = Nights()
    nights.run(DRIFTED)
    assert items(nights.run(host(settings=settings({"geo_list": ["RU"]}, {"geo_list": ["BY"]})))) == [
        (FIRST, DAY, False)
    ]


def test_a_resolved_item_is_reported_once() -> None:
    nights = Nights()
    nights.run(DRIFTED)
    report = nights.run(CLEAN)
    (gone,) = report["resolved"]
    assert (gone["client"], gone["address"], gone["what"], gone["first_seen"]) == (
        "romashka",
        "settings",
        "geo_list",
        FIRST,
    )
    assert report["totals"]["resolved"] == 1
    assert nights.run(CLEAN)["resolved"] == []
    assert items(nights.run(DRIFTED))[0][2] is True  # and is new again


def test_applied_changes_are_resolved() -> None:
    nights = Nights()
    waiting = bundles({"101": ["201"]}, {})
    nights.run(host(bundles=waiting))
    report = nights.run(host(bundles={**waiting, "outcomes": [outcome("bundle/101")]}, written=True))
    assert [item["what"] for item in report["resolved"]] == ["members"]
    assert report["totals"]["applied"] == 1 and report["totals"]["new"] == 0
    assert items(nights.run(host(bundles=waiting)))[0][2] is True


@pytest.mark.parametrize("given", [None, failed("connection"), {"stdout": "x"}])
def test_unchecked_clients_keep_their_ages(given: Any) -> None:
    nights = Nights()
    nights.run(DRIFTED)
    for _night in range(2):
        report = nights.run(host(settings=given))
        assert (report["resolved"], items(report), report["totals"]["new"]) == ([], [], 0)
        assert only(report)["checked"] == FIRST
        assert [item["what"] for item in report["carried"]["romashka"]["known"]] == ["geo_list"]
    report = nights.run(DRIFTED)
    assert items(report) == [(FIRST, 3 * DAY, False)]
    assert report["carried"] == {}


def test_one_part_was_not_compared() -> None:
    nights = Nights()
    both = {"settings": settings({"a": 1}, {"a": 2}), "bundles": bundles({"101": ["201"]}, {})}
    nights.run(host(**both))
    report = nights.run(host(settings=settings({"a": 1}), bundles=failed("server")))
    assert [item["what"] for item in report["resolved"]] == ["a"]
    assert [item["what"] for item in report["carried"]["romashka"]["known"]] == ["members"]
    assert items(nights.run(host(**both))) == [(stamp(NIGHT.replace(day=27)), 0, True), (FIRST, 2 * DAY, False)]


def test_a_run_over_a_few_clients() -> None:
    nights = Nights()
    other = host("vasilek", settings=settings({"geo_list": ["RU"]}, {"geo_list": ["*"]}))
    nights.run(DRIFTED, other)
    for _night in range(2):
        report = nights.run(other)
        assert set(report["carried"]) == {"romashka"} and report["carried"]["romashka"]["checked"] == FIRST
        assert report["resolved"] == []
    assert {age for _first, age, _new in items(nights.run(DRIFTED, other))} == {3 * DAY}


def test_findings() -> None:
    nights = Nights()
    broken = host(registrations=registrations({"205": [SCANNER]}, findings=[finding()]))
    nights.run(broken)
    assert items(nights.run(broken)) == [(FIRST, DAY, False)] * 2
    assert [item["what"] for item in nights.run(host(registrations=registrations()))["resolved"]] in (
        ["REG-001", "registrations"],
        ["registrations", "REG-001"],
    )


@pytest.mark.parametrize("after", [CLEAN, host(settings={"skipped": True})])
def test_a_file_that_was_fixed(after: Host) -> None:
    nights = Nights()
    blocked = Host("romashka", None, "clients/romashka.yml", (), "it is not YAML", (file_finding(),))
    nights.run(blocked)
    assert items(nights.run(blocked)) == [(FIRST, DAY, False)]
    report = nights.run(after)
    assert [item["what"] for item in report["resolved"]] == ["VAL-006"]
    assert report["carried"] == {}


def test_clocks_that_go_backwards() -> None:
    nights = Nights()
    nights.run(DRIFTED, days=-2)
    report = nights.run(DRIFTED)
    assert items(report) == [(FIRST, 0, False)]
    assert [entry["finished"] for entry in report["history"]] == [report["run"]["finished"]]
    assert [entry["finished"] for entry in nights.run(DRIFTED)["history"]] == sorted(
        entry["finished"] for entry in nights.built.report["history"]
    )


def test_the_history() -> None:
    nights = Nights()
    for night in range(HISTORY + 3):
        report = nights.run(DRIFTED)
        assert len(report["history"]) == min(night + 1, HISTORY)
    times = [entry["finished"] for entry in report["history"]]
    assert times == sorted(set(times)) and times[-1] == report["run"]["finished"]
    nights.now = nights.now.replace(hour=1)
    assert len(nights.run(DRIFTED, days=0)["history"]) == HISTORY
    assert len({entry["finished"] for entry in nights.run(DRIFTED)["history"]}) == HISTORY


def test_a_run_that_is_reported_again_replaces_its_entry() -> None:
    nights = Nights()
    nights.run(DRIFTED, days=0)
    assert len(nights.run(DRIFTED)["history"]) == 1


def test_items_not_compared_for_long_are_dropped() -> None:
    nights = Nights()
    nights.run(DRIFTED, days=399)
    assert set(nights.run()["carried"]) == {"romashka"}
    nights.now = NIGHT.replace(year=2028)
    assert nights.run()["carried"] == {}


def test_clients_never_compared_are_dropped_too() -> None:
    nights = Nights()
    half = host(settings=settings({"a": 1}, {"a": 2}), bundles=None)
    nights.run(half, host("vasilek", settings=None))
    report = nights.run()
    assert report["carried"] == {"romashka": {"checked": None, "known": report["carried"]["romashka"]["known"]}}
    nights.now = NIGHT.replace(year=2028)
    assert nights.run()["carried"] == {}


def test_nothing_is_known() -> None:
    assert Earlier.of(None) == Earlier()
    assert Earlier().resolved([]) == [] and Earlier().carried([], NIGHT) == {}


@pytest.mark.parametrize(
    ("address", "part"),
    [("settings", "settings"), ("bundle/101", "bundles"), ("phone/1", "bundles"), ("extension/1", "bundles"),
     ("registration/1", "registrations"), ("file", "file"), ("", "file"), ("x/settings", "file")],
)  # fmt: skip
def test_parts(address: str, part: str) -> None:
    assert part_of(address) == part
