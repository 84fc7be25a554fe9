# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing registrations of a client: which go, what stops it, what becomes of each, and which come back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    AuthenticationError,
    ForbiddenError,
    QuotaError,
    RingmeError,
    ServerError,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import lost
from ansible_collections.ringme.pbx.tests.unit.helpers.phones import BAD, STRICT, Phones, crowd, entry, office, statuses
from ansible_collections.ringme.pbx.tests.unit.helpers.phones import run_client_registrations as run

# --- removing ---


def test_the_intruder_goes() -> None:
    pbx = office()
    predicted = run(pbx, check_mode=True, **STRICT)
    assert pbx.writes == []
    done = run(pbx, **STRICT)
    assert pbx.writes == ["DELETE /extension/1/registration/a2"]
    assert pbx.blocks[-1] == [1]
    assert pbx.live() == {1: ["a1"], 2: [], 3: [], 4: []}
    lasting = {key: entry("a2", "friendly-scanner", BAD)[key] for key in ("device", "real_address", "contact_address")}
    assert done.result["changes"] == predicted.result["changes"] == [{
        "resource": "client_registrations", "address": "registration/101", "extension_id": 1, "extension": "101",
        "action": "delete", "fields": [{"name": "registrations", "before": [lasting], "after": []}],
        "reversible": False,
    }]  # fmt: skip
    assert done.result["diff"] == predicted.result["diff"]
    assert list(done.result["diff"]["before"]["registrations"]) == ["101"]
    assert len(done.result["diff"]["before"]["registrations"]["101"]) == 2
    assert len(done.result["diff"]["after"]["registrations"]["101"]) == 1
    assert done.result["diff"]["before_header"] == "client @me registrations"
    assert predicted.result["changed"] is done.result["changed"] is True
    assert predicted.result["registrations"] == done.result["registrations"]
    assert [shown["health"] for shown in done.result["registrations"]] == ["compliant", "offline", "stale_only"]
    assert predicted.result["findings"] == done.result["findings"] != []
    assert (predicted.result["outcomes"], statuses(done)) == ([], ["verified"])
    again = run(pbx, **STRICT)
    assert (again.result["changed"], again.result["findings"], len(pbx.writes)) == (False, [], 1)


def test_one_request_for_each_and_one_block_to_read_back() -> None:
    pbx = crowd(3, 2)
    pbx.registered[1].append(entry("x0", "scanner", BAD))
    outcome = run(pbx, **STRICT)
    assert sorted(pbx.writes) == [
        f"DELETE /extension/{number}/registration/x{name}" for number, name in ((1, 0), (1, 1), (2, 2), (3, 3))
    ]
    assert pbx.blocks == [[1, 2, 3, 4, 5], [1, 2, 3]]
    assert statuses(outcome) == ["verified"] * 4
    assert [change["extension"] for change in outcome.result["changes"]] == ["101", "101", "102", "103"]
    assert [item["extension"] for item in outcome.result["outcomes"]] == ["101", "101", "102", "103"]
    assert outcome.result["requests"]["DELETE"] == 4


@pytest.mark.parametrize(("min_rules", "gone"), [(None, []), (1, ["a1"]), (2, [])])
def test_a_device_alone_is_not_sufficient_by_default(min_rules: int | None, gone: list[str]) -> None:
    pbx = Phones({1: [entry("a1", "Zoiper")]})
    options = {"allowed_devices": ["^Yealink"], "state": "compliant"}
    outcome = run(pbx, **options, **({"min_rules": min_rules} if min_rules else {}))
    assert [line.rsplit("/", 1)[-1] for line in pbx.writes] == gone
    assert [found["rule"] for found in outcome.result["findings"]] == ["REG-002"]
    assert bool(outcome.warnings) is not bool(gone)


def test_removing_two_of_three_alike() -> None:
    pbx = Phones({1: [entry(name) for name in ("a1", "a2", "a3")]})
    outcome = run(pbx, max_registrations=1, state="compliant")
    assert pbx.live() == {1: ["a3"]}
    assert len(outcome.result["diff"]["before"]["registrations"]["101"]) == 3
    assert len(outcome.result["diff"]["after"]["registrations"]["101"]) == 1


def test_what_stays_listed_as_expired_is_removed() -> None:
    outcome = run(crowd(2, lists_removed=True), **STRICT)
    assert (outcome.failed, statuses(outcome)) == (False, ["verified", "verified"])
    assert [shown["health"] for shown in outcome.result["registrations"]] == ["stale_only", "stale_only"]


def test_removed_meanwhile_is_not_a_failure() -> None:
    def gone(method: str, path: str, count: int) -> tuple[int, Any] | None:
        if method == "DELETE":
            pbx.registered[1] = [entry("a1")]
        return None

    pbx = office(fault=gone)
    outcome = run(pbx, **STRICT)
    assert (outcome.failed, statuses(outcome)) == (False, ["verified"])


# --- limits ---


@pytest.mark.parametrize(
    ("intruders", "friends", "limit", "blocked"),
    [
        (3, 7, None, None),
        (4, 6, None, 3),
        (9, 0, None, None),
        (10, 0, None, 3),
        (2, 8, "10%", 1),
        (9, 0, "10%", None),
        (2, 0, "1", 1),
        (2, 0, 2, None),
        (1, 0, 0, 0),
        (10, 0, "100%", None),
    ],
)
def test_max_removals(intruders: int, friends: int, limit: Any, blocked: int | None) -> None:
    options = {**STRICT, "max_removals": limit}
    pbx = crowd(intruders, friends)
    outcome = run(pbx, **options)
    assert outcome.failed is (blocked is not None)
    if blocked is None:
        assert (outcome.result["blocked"], len(pbx.writes)) == ([], intruders)
        return
    verdict = {
        "rule": "max_removals", "actual": intruders, "limit": blocked, "override": f"max_removals: {intruders}"
    }  # fmt: skip
    assert (outcome.result["blocked"], outcome.result["error"]["kind"]) == ([verdict], "blocked")
    assert len(outcome.result["changes"]) == intruders
    assert len(outcome.result["findings"]) == 2 * intruders
    assert verdict["override"] in outcome.result["msg"] and "registration/101" in outcome.result["msg"]
    assert outcome.result["changed"] is False
    assert pbx.writes == []
    let_through = run(pbx, **{**options, "max_removals": intruders})
    assert (let_through.failed, len(pbx.writes)) == (False, intruders)


def test_a_limit_in_check_mode() -> None:
    pbx = crowd(10)
    assert run(pbx, check_mode=True, **STRICT).failed
    outcome = run(pbx, check_mode=True, **STRICT, blocked_in_check="report")
    assert (outcome.failed, outcome.result["changed"], len(outcome.result["blocked"])) == (False, True, 1)
    assert run(pbx, **STRICT, blocked_in_check="report").failed
    assert pbx.writes == []


def test_expired_registrations_are_no_part_of_the_per_cent() -> None:
    pbx = crowd(4, 6)
    pbx.expired = {5, 6}
    assert not run(pbx, **STRICT).failed  # 8 are live: too few for a per cent to mean anything


def test_an_audit_is_never_blocked() -> None:
    assert run(crowd(20), **{**STRICT, "state": "audited"}).result["blocked"] == []


def test_read_only() -> None:
    pbx = office()
    outcome = run(pbx, **STRICT, read_only=True)
    assert (outcome.failed, outcome.result["error"]["kind"], pbx.writes) == (True, "read_only", [])
    assert not run(pbx, **{**STRICT, "state": "audited"}, read_only=True).failed


# --- failures ---


def at(what: str, error: Any) -> Any:
    """A fault at every request whose line contains this."""
    return lambda method, path, count: error if what in f"{method} {path}" else None


REFUSED = ForbiddenError("DELETE: refused", status=403, hint="Ask the provider", method="DELETE", path="/x")


def test_one_failure_does_not_end_the_others() -> None:
    pbx = crowd(3, fault=at("DELETE /extension/2/", REFUSED))
    outcome = run(pbx, **STRICT)
    assert outcome.failed
    assert statuses(outcome) == ["verified", "failed", "verified"]
    assert pbx.live() == {1: [], 2: ["x2"], 3: []}
    assert pbx.blocks[-1] == [1, 3]
    error = outcome.result["outcomes"][1]["error"]
    assert (error["kind"], error["status"], error["hint"]) == ("forbidden", 403, "Ask the provider")
    assert (outcome.result["error"]["kind"], outcome.result["changed"]) == ("some_failed", True)
    assert "1 of 3" in outcome.result["msg"] and "registration/102" in outcome.result["msg"]
    pbx.fault = lambda method, path, count: None
    assert statuses(run(pbx, **STRICT)) == ["verified"]
    assert pbx.live() == {1: [], 2: [], 3: []}


def test_stop_begins_nothing_new() -> None:
    pbx = crowd(3, fault=at("DELETE /extension/2/", REFUSED))
    outcome = run(pbx, **STRICT, on_error="stop", concurrency=1)
    assert statuses(outcome) == ["verified", "failed", "not_reached"]
    assert pbx.writes == ["DELETE /extension/1/registration/x1", "DELETE /extension/2/registration/x2"]


@pytest.mark.parametrize("error", [QuotaError("none left", status=429), AuthenticationError("who?", status=401)])
def test_what_all_others_would_share_stops_the_run(error: RingmeError) -> None:
    pbx = crowd(3, fault=at("DELETE /extension/1/", error))
    outcome = run(pbx, **STRICT, concurrency=1)
    assert statuses(outcome) == ["failed", "not_reached", "not_reached"]
    assert len(pbx.writes) == 1
    assert len(pbx.blocks) == 1


def test_a_removal_that_does_not_stick() -> None:
    outcome = run(office(stubborn=True), **STRICT)
    assert (outcome.failed, statuses(outcome)) == (True, ["not_applied"])
    assert outcome.result["outcomes"][0]["error"]["kind"] == "not_applied"


@pytest.mark.parametrize("problem", [lost("DELETE"), ServerError("DELETE: 502", status=502)])
@pytest.mark.parametrize("late", [True, False])
def test_a_lost_response_is_settled_by_reading(problem: RingmeError, late: bool) -> None:
    pbx = office(fault=at("DELETE", problem), late=late)
    outcome = run(pbx, **STRICT)
    assert len(pbx.writes) == 1
    assert outcome.failed is not late
    assert statuses(outcome) == (["verified"] if late else ["failed"])
    assert outcome.result["changed"] is True
    if late:
        assert "the change was applied" in outcome.warnings[0]
    else:
        assert "not applied" in outcome.result["msg"]


def test_reading_back_fails() -> None:
    def fault(method: str, path: str, count: int) -> RingmeError | None:
        return ServerError("GET: 503", status=503) if len(pbx.writes) == 2 and method == "GET" else None

    pbx = crowd(2, fault=fault)
    outcome = run(pbx, **STRICT)
    assert statuses(outcome) == ["failed", "failed"]
    assert "accepted the removal, but reading back failed" in outcome.result["msg"]
    assert outcome.result["changed"] is True


def test_an_extension_that_is_missing_after_the_removal() -> None:
    def fault(method: str, path: str, count: int) -> None:
        if method == "DELETE" and "/1/" in path:
            pbx.gone.add(1)

    pbx = crowd(2, fault=fault)
    outcome = run(pbx, **STRICT)
    assert sorted(statuses(outcome)) == ["failed", "verified"]
    assert outcome.result["outcomes"][0]["error"]["kind"] == "not_found"


# --- coming back ---


def test_back_at_once() -> None:
    slept: list[float] = []
    outcome = run(office(returning=True), slept=slept, **STRICT)
    assert (outcome.failed, statuses(outcome), slept) == (False, ["verified"], [])
    assert outcome.result["came_back"] == [{
        "extension_id": 1, "extension": "101", "device": "friendly-scanner", "real_address": f"sip:{BAD}:5060",
        "rules": ["REG-001", "REG-002"],
    }]  # fmt: skip
    assert "101 (id 1)" in outcome.warnings[0] and "SIP password" in outcome.warnings[0]
    assert outcome.result["registrations"][0]["health"] == "violation"


@pytest.mark.parametrize("returns", [True, False])
def test_looking_again_later(returns: bool) -> None:
    pbx = crowd(2, 1)

    class Slept(list[float]):
        def append(self, seconds: float) -> None:
            super().append(seconds)
            if returns:
                pbx.registered[2] = [entry("new", "scanner", BAD), entry("own")]

    slept = Slept()
    outcome = run(pbx, slept=slept, **STRICT, verify_for=2.5)
    assert slept == [2.5]
    assert pbx.blocks == [[1, 2, 3], [1, 2], [1, 2]]
    assert [item["extension"] for item in outcome.result["came_back"]] == (["102"] if returns else [])
    assert bool(outcome.warnings) is returns
    assert [shown["health"] for shown in outcome.result["registrations"]] == [
        "offline", "violation" if returns else "offline", "compliant",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("check_mode", "given_options"),
    [(True, STRICT), (False, {**STRICT, "allowed_networks": ["0.0.0.0/0"]}), (False, {**STRICT, "state": "audited"})],
)
def test_no_wait_where_nothing_was_removed(check_mode: bool, given_options: dict[str, Any]) -> None:
    slept: list[float] = []
    pbx = crowd(1)
    outcome = run(pbx, check_mode=check_mode, slept=slept, **given_options, verify_for=9)
    assert (outcome.failed, slept, outcome.result["came_back"], len(pbx.blocks)) == (False, [], [], 1)


def test_no_wait_after_a_failure() -> None:
    slept: list[float] = []
    assert run(crowd(2, fault=at("DELETE /extension/2/", REFUSED)), slept=slept, **STRICT, verify_for=9).failed
    assert slept == []


def test_reading_again_fails() -> None:
    slept: list[float] = []
    pbx = crowd(2, fault=lambda *_request: ServerError("GET: 503", status=503) if slept else None)
    outcome = run(pbx, slept=slept, **STRICT, verify_for=9)
    assert outcome.failed
    assert outcome.result["msg"].startswith(
        "all 2 registrations were removed, but reading them again failed (GET: 503)"
    )
    assert statuses(outcome) == ["verified", "verified"]
    assert (outcome.result["error"]["kind"], outcome.result["changed"]) == ("server", True)
