# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of the results of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host, Part
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.timestamps import stamp
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    NIGHT,
    QUOTA,
    SCANNER,
    Nights,
    built,
    bundles,
    failed,
    file_finding,
    finding,
    host,
    only,
    registrations,
    result,
    settings,
    side_effect,
)


def test_a_client() -> None:
    client = only(built(host(settings=settings({"a": 1}), bundles=bundles({}), registrations=registrations())).report)
    assert client == {
        "key": "romashka", "client_id": "801", "file": "clients/romashka.yml", "status": "clean", "reason": None,
        "plan_id": client["plan_id"], "checked": stamp(NIGHT), "compared": ["bundles", "registrations", "settings"],
        "not_compared": [], "requests": {"GET": 9, "POST": 0, "PUT": 0, "DELETE": 0, "token": 3}, "quota": QUOTA,
        "registered_phones": 1, "blocked": [], "changes": [], "findings": [],
    }  # fmt: skip


def test_parts_that_were_not_compared() -> None:
    client = only(built(host(settings={"skipped": True}, bundles=failed("server"), registrations=None)).report)
    assert client["compared"] == []
    assert client["not_compared"] == [
        {"part": "bundles", "reason": "it failed"},
        {"part": "registrations", "reason": "nothing was compared"},
    ]
    assert client["registered_phones"] is None


def test_a_part_of_which_one_task_failed() -> None:
    parts = (Part("extensions_bundle", result()), Part("extensions_bundle", failed("server")))
    client = only(built(Host("a", parts=parts)).report)
    assert (client["compared"], [item["part"] for item in client["not_compared"]]) == ([], ["bundles"])


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        (None, None),
        ("x", None),
        ({"limit": -1}, None),
        ({"remaining": 5}, {"limit": None, "remaining": 5, "reset_seconds": None}),
    ],
)
def test_the_quota(quota: Any, expected: Any) -> None:
    assert only(built(host(settings={**settings({}), "quota": quota})).report)["quota"] == expected


def test_the_last_quota_counts() -> None:
    given = host(settings=settings({}, quota={"limit": 1}), bundles=bundles({}, quota=None))
    assert only(built(given).report)["quota"]["limit"] == 1


@pytest.mark.parametrize("listed", [None, "x", [None, {}, {"registered": "yes"}]])
def test_registered_phones(listed: Any) -> None:
    expected = 0 if isinstance(listed, list) else None
    assert only(built(host(registrations=registrations(registrations=listed))).report)["registered_phones"] == expected


def test_lines_of_the_file() -> None:
    asked = []

    def locate(file: str, address: str, name: str | None) -> int:
        asked.append((file, address, name))
        return 7

    effects = [side_effect("201", "hold_music", 1, 2, "bundle/101"), side_effect("201", "status", 1, 2, "bundle/999")]
    given = host(bundles=bundles({"101": ["201"]}, {}, side_effects=effects))
    client = only(built(given, locate=locate).report)
    assert [item["source"] for item in client["changes"]] == [{"file": "clients/romashka.yml", "line": 7}] * 3
    assert [(address, name) for _file, address, name in asked] == [
        ("bundle/101", "members"), ("bundle/101", "members"), ("extension/201", "status"),
    ]  # fmt: skip
    assert only(built(given).report)["changes"][0]["source"]["line"] == 1
    without = Host("a", parts=given.parts, findings=(file_finding(),))
    client = only(built(without, locate=locate).report)
    assert [item["source"] for item in client["changes"]] == [None] * 3
    assert client["findings"][0]["source"] == {"file": "clients/romashka.yml", "line": 4}


def test_the_ids_of_plans() -> None:
    drifted = {"settings": settings({"a": 1}, {"a": 2})}
    one, two = built(host("a", **drifted), host("b", settings=settings({"a": 1}))), built(host("a", **drifted))
    assert one.report["clients"][0]["plan_id"] == two.report["clients"][0]["plan_id"]
    assert one.report["fleet_id"] != two.report["fleet_id"]
    other = built(host("a", settings=settings({"a": 1}, {"a": 3})))
    assert other.report["clients"][0]["plan_id"] != two.report["clients"][0]["plan_id"]


def test_the_order_of_hosts_says_nothing() -> None:
    hosts = [
        host(key, settings=settings({"a": 1}, {"a": 2}), registrations=registrations({"205": [SCANNER]}))
        for key in "abc"
    ]
    assert built(*hosts).report == built(*reversed(hosts)).report


def test_a_host_that_is_given_twice_counts_once() -> None:
    twice = built(host(settings=None), host(settings=settings({"a": 1}))).report
    assert (twice["totals"]["clients"]["total"], only(twice)["status"]) == (1, "clean")


def test_nothing_but_skipped_parts() -> None:
    client = only(built(host(settings={"skipped": True}, bundles={"skipped": True})).report)
    assert (client["status"], client["compared"], client["checked"]) == ("clean", [], stamp(NIGHT))


def test_the_run() -> None:
    nights = Nights(mode="apply")
    first = nights.run(host(settings=settings({"a": 1})))
    second = nights.run(host(settings=settings({"a": 1})))
    assert (first["mode"], first["run"]["previous"], second["run"]["previous"]) == (
        "apply",
        None,
        first["run"]["finished"],
    )
    assert first["fleet_id"] == second["fleet_id"]


def test_a_limited_run_judges_the_whole_fleet() -> None:
    """The other clients stay, with their differences and the time of their last check, without applied changes."""
    nights = Nights()
    aster, betula = host("aster", settings=settings({"a": 1}, {"a": 2})), host("betula", settings=settings({"a": 1}))
    first = nights.run(aster, betula)
    limited = nights.run(betula, limited=True)
    assert nights.built is not None and nights.built.judgement.failing.keys() == {"aster"}
    assert (limited["verdict"], limited["exit_code"], limited["kept"]) == ("drift", 2, ["aster"])
    checked = {client["key"]: client["checked"] for client in limited["clients"]}
    assert checked == {"aster": first["run"]["finished"], "betula": limited["run"]["finished"]}
    (change,) = limited["clients"][0]["changes"]
    assert not change["new"] and change["age_seconds"] == 86400 and limited["totals"]["clients"]["total"] == 2
    assert (
        limited["run"]["requests"] == limited["clients"][1]["requests"] and limited["resolved"] == [] == first["kept"]
    )
    again = nights.run(betula, limited=True)
    assert again["kept"] == ["aster"] and again["clients"][0]["checked"] == first["run"]["finished"]
    whole = nights.run(host("aster", settings=settings({"a": 1})))
    assert (whole["verdict"], whole["kept"], [client["key"] for client in whole["clients"]]) == ("clean", [], ["aster"])


def test_a_limited_run_keeps_no_more_than_the_previous_report() -> None:
    assert built(host("betula", settings=settings({"a": 1})), limited=True).report["kept"] == []
    nights = Nights()
    applied = Part("client_settings", settings({"a": 1}, {"a": 2}), written=True)
    nights.run(Host("aster", parts=(applied,)), mode="apply", truncated=True)
    report = nights.run(host("betula", settings=settings({"a": 1})), limited=True)
    assert report["totals"]["applied"] == 0 and report["truncated"] and report["verdict"] == "error"


def test_a_report_without_clients_is_not_clean() -> None:
    nothing = built()
    assert (nothing.report["verdict"], nothing.report["exit_code"], nothing.judgement.failing) == ("error", 1, {})


def test_sections_from_group_variables_name_their_file() -> None:
    elsewhere = {"client_settings": ("group_vars/all.yml", 3), "client_registrations": ("group_vars/all.yml", 7)}
    given = host(
        settings=settings({"a": 1}, {"a": 2}),
        bundles=bundles({"101": ["201"]}, {}),
        registrations=registrations(findings=[finding()]),
    )
    client = only(built(replace(given, origins=elsewhere)).report)
    places = {
        item["address"].split("/")[0]: f"{item['source']['file']}:{item['source']['line']}"
        for item in (*client["changes"], *client["findings"])
    }
    assert places == {
        "settings": "group_vars/all.yml:3",
        "registration": "group_vars/all.yml:7",
        "bundle": "clients/romashka.yml:1",
    }
