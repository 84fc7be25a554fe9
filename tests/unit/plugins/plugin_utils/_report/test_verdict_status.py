# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of each client, and its reason."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host, Part
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.status import is_unchecked
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.verdict import sentences, settle_status
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    SCANNER,
    Nights,
    built,
    bundles,
    failed,
    file_finding,
    finding,
    host,
    only,
    outcome,
    registrations,
    settings,
    side_effect,
)

CLEAN = settings({"a": 1})
DRIFTED = settings({"a": 1}, {"a": 2})
LIMIT = {"rule": "max_removals", "actual": 7, "limit": 5, "override": "max_removals: 7"}
LIMITED = "max_removals: the plan has 7, the limit is 5 (override: -e client_bundles_max_removals=7)"
BLOCKED = bundles({"101": ["201"]}, {}, blocked=[LIMIT])


def status(*hosts: Host, **options: Any) -> tuple[str, str | None]:
    client = only(built(*hosts, **options).report)
    return client["status"], client["reason"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (host(settings=CLEAN, bundles=bundles({})), ("clean", None)),
        (host(settings=DRIFTED), ("drift", None)),
        (host(registrations=registrations(findings=[finding()])), ("drift", None)),
        (host(settings={"skipped": True}), ("clean", None)),
        (host(settings=None), ("not_checked", "nothing was compared")),
        (Host("romashka"), ("not_checked", "nothing was compared")),
        (Host("romashka", problem="no such host"), ("not_checked", "no such host")),
        (
            Host("romashka", parts=(Part("client_settings", None),), problem="it failed before"),
            ("not_checked", "it failed before"),
        ),
        (Host("romashka", blocked="it is not YAML", findings=(file_finding(),)), ("blocked", "it is not YAML")),
        (Host("romashka", parts=(Part("client_settings", CLEAN),), blocked="no"), ("blocked", "no")),
        (host(settings=failed("forbidden")), ("error", "settings: it failed")),
        (host(settings={"stdout": "x"}), ("error", "settings: the result is not one of client_settings")),
        (host(settings=CLEAN, bundles=None), ("error", "bundles: nothing was compared")),
        (
            host(settings=failed("server"), bundles=failed("quota", msg="none left")),
            ("error", "settings: it failed; bundles: none left"),
        ),
        (host(settings=failed("read_only", DRIFTED), written=True), ("error", "settings: it failed")),
        (host(bundles=failed("conflict", {"findings": [finding(rule="BND-002")]})), ("blocked", "bundles: it failed")),
        (host(bundles=failed("conflict")), ("error", "bundles: it failed")),
        (
            host(settings=failed("server"), bundles=failed("options", {"findings": [finding()]})),
            ("error", "settings: it failed; bundles: it failed"),
        ),
        (host(bundles=BLOCKED), ("blocked", LIMITED)),
        (host(bundles=failed("blocked", BLOCKED)), ("blocked", LIMITED)),
        (host(bundles=failed("blocked", bundles({"1": ["2"]}, {}))), ("blocked", "it failed")),
        (host(bundles=failed("blocked", bundles({"1": ["2"]}, {}), msg="")), ("blocked", "the plan exceeds a limit")),
        (host(bundles=failed("some_failed", bundles({"1": ["2"]}, {}))), ("error", "it failed")),
        (host(bundles=failed("partial", bundles({"1": ["2"]}, {}), msg="")), ("error", "partial")),
    ],
)
def test_status(given: Host, expected: tuple[str, str | None]) -> None:
    assert status(given) == expected


def test_each_limit_is_listed_once() -> None:
    planned, stopped = Part("client_bundles", BLOCKED), Part("client_bundles", failed("blocked", BLOCKED), True)
    client = only(built(Host("romashka", parts=(planned, stopped))).report)
    assert (client["blocked"], client["reason"]) == ([LIMIT], LIMITED)


def test_pending() -> None:
    nights = Nights()
    nights.run(host(settings=CLEAN, bundles=bundles({})))
    effects = [side_effect("201", "hold_music", 1, 2, "bundle/101")]
    waiting = {"bundles": bundles({"101": ["201"]}, {}, side_effects=effects)}
    assert only(nights.run(host(**waiting)))["status"] == "pending"
    assert only(nights.run(host(**waiting, settings=DRIFTED)))["status"] == "drift"
    assert only(nights.run(host(**waiting, registrations=registrations(findings=[finding()]))))["status"] == "drift"


def test_a_side_effect_without_a_cause_does_not_wait() -> None:
    nights = Nights()
    nights.run(host(bundles=bundles({})))
    effects = [side_effect("201", "hold_music", 1, 2, "bundle/999")]
    assert only(nights.run(host(bundles=bundles({}, side_effects=effects))))["status"] == "drift"


def test_applied_changes_are_clean() -> None:
    done = host(settings=DRIFTED, bundles=bundles({"1": ["2"]}, {}, outcomes=[outcome("bundle/1")]), written=True)
    assert status(done) == ("clean", None)


@pytest.mark.parametrize(
    "results",
    [{"settings": None}, {"settings": CLEAN, "bundles": None}, {"settings": failed("server")}, {"settings": {}}],
)
def test_parts_that_were_not_compared_are_never_clean(results: dict[str, Any]) -> None:
    found = built(host(**results))
    client = only(found.report)
    assert client["status"] in ("error", "not_checked") and client["not_compared"] and client["checked"] is None
    assert is_unchecked(client)
    assert found.report["totals"]["clients"]["clean"] == 0
    assert found.report["totals"]["not_checked_share"] == 1.0


def test_without_a_host_the_entry_alone_counts() -> None:
    client = only(built(host(settings=CLEAN, bundles=failed("server", msg="no"))).report)
    settle_status(client)
    assert (client["status"], client["reason"]) == ("error", "bundles: no")


def test_sentences() -> None:
    effects = [side_effect("201", "hold_music", 1, 2, "bundle/101")]
    given = host(
        settings=settings({"geo_list": ["RU"], "name": "Ромашка"}, {"geo_list": ["*"], "name": "x"}),
        bundles=bundles({"101": ["201"]}, {"102": ["202"]}, side_effects=effects),
        registrations=registrations({"205": [SCANNER]}, findings=[finding()]),
    )
    client = only(built(given).report)
    client["changes"][0]["field"] = None
    assert sentences([*client["changes"], *client["findings"]]) == [
        '~ settings: update, name "x" -> "Ромашка"',
        '+ bundle/101: members [] -> ["201"]',
        '- bundle/102: members ["202"] -> []',
        "» phone/201: hold_music 1 -> 2",
        (
            '- registration/205: registrations [{"device": "friendly-scanner", "real_address": '
            '"sip:203.0.113.77:5060", "contact_address": "sip:10.0.0.7"}] -> []'
        ),
        "! registration/205: extension 205: it breaks REG-001 (REG-001, critical)",
    ]
