# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content and severity of changes, side effects and findings."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.items import items_of_host
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host, Part
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    SCANNER,
    bundles,
    change,
    failed,
    file_finding,
    finding,
    host,
    outcome,
    registrations,
    result,
    settings,
    side_effect,
)


def changes_of(*args: Any, **results: Any) -> list[dict[str, Any]]:
    return items_of_host(host(*args, **results))[0]


def test_each_field_is_a_change() -> None:
    found = changes_of(
        settings=settings({"geo_list": ["RU"], "timezone": "UTC"}, {"geo_list": ["*"], "timezone": "Asia/Omsk"})
    )
    assert [(item["address"], item["field"], item["before"], item["after"]) for item in found] == [
        ("settings", "geo_list", ["*"], ["RU"]),
        ("settings", "timezone", "Asia/Omsk", "UTC"),
    ]
    assert {item["cause"] for item in found} == {"unknown"}


def test_members_are_listed_once() -> None:
    (found,) = changes_of(bundles=bundles({"101": ["201"]}, {"101": ["201", "301"]}))
    assert (found["field"], found["before"], found["after"], found["action"]) == (
        "members",
        ["201", "301"],
        ["201"],
        "update",
    )
    named_by_id = result([change("extensions_bundle", "bundle/31456", {"bundle_list": ([], [1])}, "create")])
    assert [item["field"] for item in items_of_host(Host("a", parts=(Part("extensions_bundle", named_by_id),)))[0]] == [
        "bundle_list"
    ]


def test_each_registration_is_a_change() -> None:
    both = change(
        "extension_registration", "registration/205", {"registrations": ([SCANNER, {"device": "x"}], [])}, "delete"
    )
    found = items_of_host(Host("a", parts=(Part("extension_registration", result([both])),)))[0]
    assert [item["before"] for item in found] == [[SCANNER], [{"device": "x"}]]
    assert {item["cause"] for item in found} == {"out_of_band"}
    assert {item["severity"] for item in found} == {"high"}


@pytest.mark.parametrize(
    ("name", "live", "desired", "severity"),
    [
        ("geo_list", ["*"], ["RU"], "critical"),
        ("geo_list", ["BY", "RU"], ["RU"], "critical"),
        ("geo_list", [], ["RU"], "high"),
        ("geo_list", 5, ["RU"], "critical"),
        ("geo_list", [{}], ["RU"], "critical"),
        ("dial_rule_id", 5, 6, "critical"),
        ("sip_network_permission_id", 5, 6, "critical"),
        ("hold_music", 1, 2, "low"),
        ("disk_space_notify_email", "a", "b", "low"),
        ("timezone", "UTC", "Asia/Omsk", "medium"),
        ("name", "a", "b", "high"),
    ],
)
def test_severity(name: str, live: Any, desired: Any, severity: str) -> None:
    (found,) = changes_of(settings=settings({name: desired}, {name: live}))
    assert found["severity"] == severity


def test_a_registration_is_as_bad_as_the_worst_finding_about_it() -> None:
    findings = [
        finding(rule="REG-002", severity="medium"),
        finding(rule="REG-001", severity="critical"),
        finding("206", severity="x"),
    ]
    found = changes_of(
        registrations=registrations({"205": [SCANNER], "206": [SCANNER], "207": [SCANNER]}, findings=findings)
    )
    assert [item["severity"] for item in found] == ["critical", "high", "high"]


def test_side_effects_name_their_change() -> None:
    effects = [
        side_effect("201", "dial_rule_id", 6, 5, "bundle/101", widening=True),
        side_effect("201", "hold_music", 1, 2, "bundle/101"),
        side_effect("201", "status", "blocked", "active", "bundle/999"),
    ]
    cause, one, two, lost = changes_of(bundles=bundles({"101": ["201"]}, {}, side_effects=effects))
    assert (one["caused_by"], two["caused_by"], lost["caused_by"]) == (cause["id"], cause["id"], None)
    assert {one["address"], two["address"], lost["address"]} == {"extension/201", "phone/201"}
    assert all(item["address"].split("/")[0] == item["resource"] for item in (one, two, lost))
    assert [(item["severity"], item["widening"], item["cause"]) for item in (one, two)] == [
        ("critical", True, "side_effect"),
        ("low", False, "side_effect"),
    ]


@pytest.mark.parametrize(
    ("name", "before", "after", "severity"),
    [
        ("status", "active", "blocked", "high"),
        ("incoming_limit", 5, 1, "high"),
        ("incoming_limit", "x", 1, "high"),
        ("incoming_limit", 1, 5, "low"),
        ("record_format", "mp3", "wav", "low"),
    ],
)
def test_a_side_effect_that_takes_a_service_away_is_high(name: str, before: Any, after: Any, severity: str) -> None:
    effect = side_effect("201", name, before, after, "bundle/101")
    assert changes_of(bundles=bundles({"101": ["201"]}, {}, side_effects=[effect]))[1]["severity"] == severity


def test_side_effects_share_the_fate_of_their_change() -> None:
    effects = [side_effect("201", "hold_music", 1, 2, "bundle/101")]
    done = bundles({"101": ["201"]}, {}, side_effects=effects, outcomes=[outcome("bundle/101")])
    assert [item["result"]["status"] for item in changes_of(bundles=done, written=True)] == ["verified", "verified"]


def test_findings() -> None:
    given = [
        finding(),
        finding("206", "REG-003", "strange", hint=None, evidence=5),
        finding("207", file="f.yml", line=3),
    ]
    found = items_of_host(host(registrations=registrations(findings=given)))[1]
    assert [item["severity"] for item in found] == ["critical", "high", "critical"]
    assert [item["source"] for item in found] == [None, None, {"file": "f.yml", "line": 3}]
    assert (found[1]["hint"], found[1]["evidence"]) == (None, {})


def test_findings_of_the_file() -> None:
    (found,) = items_of_host(Host("a", findings=(file_finding(), file_finding(), {"x": 1})))[1]
    assert (found["address"], found["rule"], found["source"]) == (
        "file",
        "VAL-006",
        {"file": "clients/romashka.yml", "line": 4},
    )


@pytest.mark.parametrize("line", [0, -1, True, "4", None, 1.5, []])
def test_invalid_lines(line: Any) -> None:
    (found,) = items_of_host(Host("a", findings=({**file_finding(), "line": line},)))[1]
    assert found["source"] is None


@pytest.mark.parametrize(
    ("given", "written", "expected"),
    [
        (bundles({"101": ["201"]}, {}), False, ("planned", None)),
        (settings({"a": 1}, {"a": 2}), True, ("verified", None)),
        (bundles({"101": ["201"]}, {}, outcomes=[outcome("bundle/101")]), True, ("verified", None)),
        (
            bundles({"101": ["201"]}, {}, outcomes=[outcome("bundle/101", "compensated", "half way")]),
            True,
            ("compensated", "half way"),
        ),
        (bundles({"101": ["201"]}, {}, outcomes=[outcome("bundle/101", "odd")]), True, ("failed", None)),
        (bundles({"101": ["201"]}, {}, outcomes=[{**outcome("bundle/101"), "status": []}]), True, ("failed", None)),
        (failed("not_applied", settings({"a": 1}, {"a": 2})), True, ("not_applied", "it failed")),
        (failed("read_only", settings({"a": 1}, {"a": 2})), True, ("not_reached", "it failed")),
        (failed("blocked", settings({"a": 1}, {"a": 2})), True, ("not_reached", "it failed")),
        (failed("server", settings({"a": 1}, {"a": 2}), msg=""), True, ("failed", None)),
    ],
)
def test_results_of_changes(given: dict[str, Any], written: bool, expected: tuple[str, str | None]) -> None:
    (found,) = items_of_host(Host("a", parts=(Part("client_bundles", given, written),)))[0]
    assert (found["result"]["status"], found["result"]["message"]) == expected


def test_a_task_in_check_mode_has_applied_nothing() -> None:
    (found,) = changes_of(bundles=bundles({"101": ["201"]}, {}), written=True)
    assert found["result"]["status"] == "planned"


def test_each_registration_has_its_own_outcome() -> None:
    other = {**SCANNER, "device": "Yealink"}
    outcomes = [outcome("registration/205"), outcome("registration/205", "failed", "refused")]
    given = failed("some_failed", registrations({"205": [SCANNER, other]}, outcomes=outcomes, findings=[finding()]))
    changes, findings = items_of_host(host(registrations=given, written=True))
    assert [item["result"]["status"] for item in changes] == ["verified", "failed"]
    assert len(findings) == 1  # as long as not everything is done


def test_a_fixed_object_has_no_finding() -> None:
    extra = {"findings": [finding(), finding("206")], "outcomes": [outcome("registration/205")]}
    changes, findings = items_of_host(host(registrations=registrations({"205": [SCANNER]}, **extra), written=True))
    assert [item["result"]["status"] for item in changes] == ["verified"]
    assert [item["address"] for item in findings] == ["registration/206"]


def test_a_registration_that_came_back_is_still_a_finding() -> None:
    extra = {"findings": [finding()], "outcomes": [outcome("registration/205")], "came_back": [{"extension": "205"}]}
    assert len(items_of_host(host(registrations=registrations({"205": [SCANNER]}, **extra), written=True))[1]) == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], [None]),
        (["x", 5, {"name": []}, {"name": 5}, {"name": None}, {"before": 1}], [None]),
        ([{"name": "a"}, {"name": {}}], ["a"]),
    ],
)
def test_invalid_fields(fields: list[Any], expected: list[Any]) -> None:
    given = result([{**change("client_settings", "settings", {}), "fields": fields, "action": ["x"]}])
    found = changes_of(settings=given)
    assert [item["field"] for item in found] == expected
    assert {item["action"] for item in found} == {"update"}
