# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bad day: every fault at every request.

The object is as before or as wanted, the result says which, and no write is repeated.

What is sent again: a GET; a write that the server turned away unread (401, 429, 503 with Retry-After).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from simulator import Simulator
from simulator.faults import KINDS
from support.component.resource_runner import Ran, Runner, touched
from support.component.scenarios import AT_CLIENT, CHANGING, CLIENT_INFO, SETTINGS, Scenario

LATE = 1.0
"""Seconds after which these runs give a response up; "slow" never ends while they wait."""

# name: the fault; "when: after" is a request that was applied although its response is lost or invalid.
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "500-after": {"kind": "status", "status": 500, "when": "after"},
    "502-html": {"kind": "status", "status": 502, "response": "html"},
    "503": {"kind": "unavailable"},
    "503-after": {"kind": "unavailable", "when": "after"},
    "503-seconds": {"kind": "unavailable", "retry_after": 3},
    "503-date": {"kind": "unavailable", "retry_after": "date:3"},
    "504-empty-after": {"kind": "status", "status": 504, "response": "empty", "when": "after"},
    "400": {"kind": "status", "status": 400, "message": "Nothing is right today"},
    "400-html": {"kind": "status", "status": 400, "response": "html"},
    "403": {"kind": "status", "status": 403, "api_status": "access_denied"},
    "409": {"kind": "status", "status": 409},
    "418-text": {"kind": "status", "status": 418, "response": "text"},
    "302": {"kind": "status", "status": 302, "response": "html"},
    "reset": {"kind": "reset"},
    "reset-after": {"kind": "reset", "when": "after"},
    "slow": {"kind": "slow", "seconds": 3600},
    "slow-after": {"kind": "slow", "seconds": 3600, "when": "after"},
    "truncated": {"kind": "truncated"},
    "truncated-chunked": {"kind": "truncated", "cut": "chunked"},
    "html": {"kind": "html"},
    "html-after": {"kind": "html", "when": "after"},
    "malformed": {"kind": "malformed"},
    "malformed-after": {"kind": "malformed", "when": "after"},
    "wrong-shape": {"kind": "wrong_shape"},
    "wrong-shape-list": {"kind": "wrong_shape", "body": []},
    "wrong-shape-null-after": {"kind": "wrong_shape", "body": None, "when": "after"},
    "wrong-shape-empty": {"kind": "wrong_shape", "body": {}},
    "expired-token": {"kind": "expired_token"},
    "429": {"kind": "rate_limit"},
    "429-seconds": {"kind": "rate_limit", "retry_after": 2},
    "429-date": {"kind": "rate_limit", "retry_after": "date:2"},
    "429-too-long": {"kind": "rate_limit", "retry_after": 600},
    "quota": {"kind": "quota", "reset": 1800},
}
FASTER = {"kind": "slow", "seconds": 0.05}

SCENARIOS = [
    scenario
    for scenario in CHANGING
    if scenario.name.removeprefix("settings-").removeprefix("bundle-").removeprefix("registration-")
    in ("different", "create", "create-report", "shrink", "delete", "all", "by-id")
]


def _cases() -> Iterator[Any]:
    for scenario in SCENARIOS:
        requests = len(scenario.reads + scenario.writes)
        for index, name in enumerate(FAULTS):
            for number in range(1, requests + 1) if requests <= 4 else (requests // 2, requests - 1):
                # After the first scenario each fault strikes every second request: which one, changes with the fault.
                left_out = scenario is not SCENARIOS[0] and (index + number) % 2
                marks = [pytest.mark.exhaustive] if left_out else []
                yield pytest.param(scenario, name, number, id=f"{scenario.name}-{name}-at-{number}", marks=marks)


def turned_away(fault: Mapping[str, Any]) -> bool:
    """Whether a write that met the fault was not processed, so that it can be sent again."""
    return fault["kind"] in ("rate_limit", "quota", "expired_token") or "retry_after" in fault


def repeated_writes(ran: Ran, fault: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Writes that were sent twice without leave. After a DELETE a POST is another one: the bundle is rebuilt."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for entry in ran.writes:
        if entry.fault and turned_away(fault):
            continue
        if entry.method == "DELETE":
            seen = Counter({key: count for key, count in seen.items() if key[0] != "POST"})
        seen[(entry.method, entry.path, repr(entry.body))] += 1
    return [key for key, count in seen.items() if count > 1]


@pytest.mark.parametrize(("scenario", "name", "number"), list(_cases()))
def test_old_or_new_and_said_so(
    simulator: Simulator, runner: Runner, scenario: Scenario, name: str, number: int
) -> None:
    fault = FAULTS[name]
    scenario.prepare(simulator.state)
    before = simulator.snapshot()
    args = {**scenario.args, "timeout": LATE} if fault["kind"] == "slow" else scenario.args
    # With the same options, so that the token is there: on a busy machine its response could be late as well.
    clean = runner(scenario.resource, args, check=True)
    assert not clean.failed
    simulator.faults.add(at=number, **fault)

    ran = runner(scenario.resource, args)
    assert sum(entry.fault is not None for entry in ran.entries) == 1, "the fault did not strike"
    is_old, is_new = not touched(before, simulator.snapshot()), scenario.end(simulator.state) == scenario.wanted
    assert is_old != is_new, "neither the old state nor the new one"
    if ran.failed:
        assert ran.kind not in (None, "arguments", "error"), ran.result
        assert ran.result["error"]["method"] is None or ran.result["error"]["method"] in ran.msg
        assert is_old or ran.changed, "it was changed, and the result does not say so"
        assert not ran.changed or ran.writes
        if is_new:
            assert "was not applied" not in ran.msg
    else:
        assert is_new and ran.changed
        assert ran.essence == clean.essence
    assert repeated_writes(ran, fault) == []
    assert ran.tokens <= 1 and all(wait <= 60 for wait in ran.waits)

    again = runner(scenario.resource, scenario.args)
    assert not again.failed, again.result
    assert again.changed == is_old
    assert scenario.end(simulator.state) == scenario.wanted
    last = runner(scenario.resource, scenario.args)
    assert not last.failed and not last.changed and not last.writes


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_slow_response_in_time_changes_nothing(simulator: Simulator, runner: Runner, scenario: Scenario) -> None:
    scenario.prepare(simulator.state)
    simulator.faults.add(**FASTER)
    ran = runner(scenario.resource, scenario.args)
    assert not ran.failed and ran.changed
    assert tuple(ran.sent) == scenario.reads + scenario.writes


def test_every_kind_of_fault_is_tried() -> None:
    assert {fault["kind"] for fault in FAULTS.values()} == set(KINDS)
    assert {"settings", "bundle", "registration"} == {scenario.name.split("-")[0] for scenario in SCENARIOS}


# What exactly the user gets, by the example of the settings: GET, then PUT.
OUTCOMES: Mapping[str, tuple[str | None, str | None]] = {
    # fault: (kind of failure at the GET, kind of failure at the PUT), None where the run succeeds
    "500": (None, "server"),
    "500-after": (None, None),
    "502-html": (None, "server"),
    "503": (None, "server"),
    "503-after": (None, None),
    "503-seconds": (None, None),
    "503-date": (None, None),
    "504-empty-after": (None, None),
    "400": ("refused", "refused"),
    "400-html": ("refused", "refused"),
    "403": ("forbidden", "forbidden"),
    "409": ("refused", "refused"),
    "418-text": ("refused", "refused"),
    "302": ("bad_answer", "bad_answer"),
    "reset": (None, "answer_lost"),
    "reset-after": (None, None),
    "slow": (None, "answer_lost"),
    "slow-after": (None, None),
    "truncated": (None, None),
    "truncated-chunked": (None, None),
    "html": ("bad_answer", "not_applied"),
    "html-after": ("bad_answer", None),
    "malformed": ("bad_answer", "not_applied"),
    "malformed-after": ("bad_answer", None),
    "wrong-shape": ("bad_answer", "not_applied"),
    "wrong-shape-list": ("bad_answer", "not_applied"),
    "wrong-shape-null-after": ("bad_answer", None),
    "wrong-shape-empty": ("bad_answer", "not_applied"),
    "expired-token": (None, None),
    "429": (None, None),
    "429-seconds": (None, None),
    "429-date": (None, None),
    "429-too-long": ("quota", "quota"),
    "quota": ("quota", "quota"),
}


@pytest.mark.parametrize("number", [1, 2], ids=["get", "put"])
@pytest.mark.parametrize("name", FAULTS)
def test_outcome_for_the_settings(simulator: Simulator, runner: Runner, name: str, number: int) -> None:
    fault = FAULTS[name]
    runner(CLIENT_INFO, {})
    simulator.faults.add(at=number, **fault)
    ran = runner(SETTINGS, {"hold_music": 12, **({"timeout": LATE} if fault["kind"] == "slow" else {})})
    assert ran.kind == OUTCOMES[name][number - 1], ran.result
    assert simulator.state.client(801).settings["hold_music"] == (11 if ran.failed else 12)
    if ran.failed:
        error = ran.result["error"]
        assert error["hint"] and error["hint"].rstrip(". ") in ran.msg
        if ran.kind != "not_applied":
            assert f"{error['method']} {error['path']}" == ran.sent[number - 1]
            assert ran.msg.startswith(ran.sent[number - 1])
        assert error["status"] is None or f"HTTP {error['status']}" in ran.msg
        assert ran.kind != "bad_answer" or "begins" in ran.msg or error["status"] == 302
    if number == 2:
        put = len([line for line in ran.sent if line == f"PUT {AT_CLIENT}"])
        assert put == (2 if turned_away(fault) and not ran.failed else 1)
