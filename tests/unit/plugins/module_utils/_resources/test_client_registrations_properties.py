# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is registered, and whatever the policy says: check mode promises what is done, and once is enough."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import TaskResult
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import RingmeError, ServerError
from ansible_collections.ringme.pbx.tests.unit.helpers.phones import Phones, entry
from ansible_collections.ringme.pbx.tests.unit.helpers.phones import run_client_registrations as run
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import json_values

OWN, FOREIGN = ["192.0.2.7", "[2001:db8::1]"], ["203.0.113.77", "[2001:db9::1]"]
DEVICES = ["Yealink", "scanner", ""]
ENTRIES = st.lists(
    st.builds(
        entry,
        st.just(""),
        st.sampled_from(DEVICES),
        st.sampled_from([*OWN, *FOREIGN, "nowhere"]),
        st.integers(0, 9) | st.none() | st.sampled_from(["2026-11-22 10:00:00", "2026-11-22 10:00:01", "soon"]),
    ),
    max_size=4,
)
POLICIES = st.fixed_dictionaries(
    {"allowed_networks": st.just({"own": ["192.0.2.0/24", "2001:db8::/32"]})},
    optional={
        "allowed_devices": st.just(["^Yealink"]),
        "max_registrations": st.integers(1, 3),
        "must_register": st.just(["*"]),
        "min_rules": st.integers(1, 3),
    },
)

ABSENT = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "device": st.sampled_from(["^scanner", "Yealink"]),
            "address": st.sampled_from([["203.0.113.0/24", "2001:db9::/32"], ["0.0.0.0/0"]]),
            "registration_id": st.sampled_from(["uloc-1-0", "uloc-2-1"]),
        },
    ).flatmap(
        lambda selectors: st.sampled_from([{"extension": "101"}, {"extension_id": 1}, {"extension": "102"}]).map(
            lambda extension: {**extension, **selectors}
        )
    ),
    max_size=3,
)
"""What is named whatever the policy says: of the first two extensions, so that it often breaks the policy as well."""


@st.composite
def clients(draw: st.DrawFn) -> Phones:
    """A few phones, some of them with expired registrations, some of them left out of block answers."""
    registered = {}
    for number in range(1, draw(st.integers(1, 4)) + 1):
        found = draw(ENTRIES)
        names = draw(st.permutations([f"uloc-{number}-{index}" for index in range(len(found))]))
        registered[number] = [{**item, "registration_id": name} for item, name in zip(found, names, strict=False)]
    numbers = st.sets(st.sampled_from(sorted(registered)))
    return Phones(registered, expired=draw(numbers), omitted=draw(numbers))


def clean(pbx: Phones, policy: dict[str, Any], **more: Any) -> TaskResult:
    """Make the client compliant, without a limit."""
    return run(pbx, **{"state": "compliant", "max_removals": 1000, **policy, **more})


def gone(before: Phones, after: Phones) -> set[str]:
    """The ids that were live, and no longer are."""
    left = {name for names in after.live().values() for name in names}
    return {name for names in before.live().values() for name in names} - left


def named(pbx: Phones, absent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those entries whose extension there is."""
    return [item for item in absent if item.get("extension_id", 0) or int(item["extension"]) - 100 in pbx.registered]


@given(pbx=clients(), policy=POLICIES, absent=st.none() | ABSENT, state=st.sampled_from(["compliant", "audited"]))
def test_check_mode_promises_what_is_done_and_once_is_enough(
    pbx: Phones, policy: dict[str, Any], absent: list[dict[str, Any]] | None, state: str
) -> None:
    policy = {**policy, "state": state}
    if absent is not None:
        policy["absent"] = named(pbx, absent)
    before = copy.copy(pbx)
    before.registered = copy.deepcopy(pbx.registered)
    promised = clean(pbx, policy, check_mode=True)
    assert pbx.writes == []
    done = clean(pbx, policy)
    assert not promised.failed and not done.failed, (promised.result, done.result)
    for same in ("changed", "changes", "diff", "findings", "blocked", "registrations"):
        assert promised.result[same] == done.result[same], same
    assert len(pbx.writes) == len(set(pbx.writes)) == len(done.result["changes"]) == len(done.result["outcomes"])
    assert {line.rsplit("/", 1)[-1] for line in pbx.writes} == gone(before, pbx)
    wires = {item["registration_id"]: item for entries in before.registered.values() for item in entries}
    removed = sorted(
        (item["device"], item["real_address"]) for name, item in wires.items() if name in gone(before, pbx)
    )
    shown = [change["fields"][0]["before"][0] for change in done.result["changes"]]
    assert sorted((item["device"], item["real_address"]) for item in shown) == removed
    again = clean(pbx, policy)
    assert (again.result["changed"], again.result["changes"], again.result["outcomes"]) == (False, [], [])
    assert len(pbx.writes) == len(done.result["changes"])


@given(pbx=clients(), policy=POLICIES, absent=ABSENT)
def test_what_is_named_goes_in_the_same_plan_as_in_a_run_before(
    pbx: Phones, policy: dict[str, Any], absent: list[dict[str, Any]]
) -> None:
    twin = copy.copy(pbx)
    twin.registered, twin.journal, twin.blocks = copy.deepcopy(pbx.registered), [], []
    at_once = clean(pbx, {**policy, "absent": named(pbx, absent)})
    first = clean(twin, {"absent": named(twin, absent)})
    then = clean(twin, policy)
    assert pbx.live() == twin.live()
    assert sorted(pbx.writes) == sorted(twin.writes)
    assert len(at_once.result["changes"]) == len(first.result["changes"]) + len(then.result["changes"])


@given(pbx=clients(), policy=POLICIES)
def test_whoever_belongs_there_stays(pbx: Phones, policy: dict[str, Any]) -> None:
    live = {number: [] if number in pbx.expired else list(entries) for number, entries in pbx.registered.items()}
    clean(pbx, policy)
    left = {item["registration_id"] for entries in pbx.registered.values() for item in entries}
    for entries in live.values():
        devices = ["Yealink"] if "allowed_devices" in policy else DEVICES
        known = [
            item for item in entries if item["device"] in devices and any(own in item["real_address"] for own in OWN)
        ]
        stay = [item for item in known if item["registration_id"] in left]
        assert len(stay) >= min(len(known), policy.get("max_registrations", len(known)))
        for item in entries:
            foreign = any(place in item["real_address"] for place in FOREIGN)
            crowded = len(entries) > policy.get("max_registrations", len(entries))
            if item["registration_id"] not in left:
                scanner = item["device"] == "scanner" and "allowed_devices" in policy
                assert foreign + scanner + crowded >= policy.get("min_rules", 1)
                assert foreign or crowded or policy.get("min_rules") == 1


@given(pbx=clients(), policy=POLICIES, stale=ENTRIES)
def test_expired_registrations_change_nothing(pbx: Phones, policy: dict[str, Any], stale: list[dict[str, Any]]) -> None:
    listed = Phones(
        {**pbx.registered, 9: [{**item, "registration_id": "old"} for item in stale]}, expired={*pbx.expired, 9}
    )
    empty = Phones({**pbx.registered, 9: []}, expired=set(pbx.expired))
    for number in pbx.expired:
        empty.registered[number] = []
    one, other = clean(listed, policy, check_mode=True).result, clean(empty, policy, check_mode=True).result
    for same in ("changes", "diff", "findings", "blocked", "changed"):
        assert one[same] == other[same], same
    assert [line for line in listed.writes if "/9/" in line] == []


@given(
    pbx=clients(),
    policy=POLICIES,
    broken=st.sets(st.integers(3, 20)),
    late=st.booleans(),
    on_error=st.sampled_from(["continue", "stop"]),
)
def test_the_result_says_what_became_of_each(
    pbx: Phones, policy: dict[str, Any], broken: set[int], late: bool, on_error: str
) -> None:
    def fault(method: str, path: str, count: int) -> RingmeError | None:
        return ServerError(f"{method} {path}: 500", status=500) if count in broken else None

    before = copy.copy(pbx)
    before.registered = copy.deepcopy(pbx.registered)
    pbx.fault, pbx.late = fault, late
    outcome = clean(pbx, policy, on_error=on_error, concurrency=1)
    removed = gone(before, pbx)
    assert len(pbx.writes) == len(set(pbx.writes))
    if "outcomes" not in outcome.result:
        assert (outcome.failed, removed, pbx.writes) == (True, set(), [])
    else:
        statuses = [item["status"] for item in outcome.result["outcomes"]]
        assert outcome.failed is any(status != "verified" for status in statuses)
        assert statuses.count("verified") <= len(removed) <= len(statuses) - statuses.count("not_reached")
    pbx.fault = lambda method, path, count: None
    assert not clean(pbx, policy).failed
    assert clean(pbx, policy).result["changed"] is False


@given(answer=json_values() | st.lists(json_values(), max_size=3), request=st.integers(1, 6))
def test_a_malformed_response_is_an_error_or_the_state_that_it_has(answer: Any, request: int) -> None:
    def fault(method: str, path: str, count: int) -> tuple[int, Any] | None:
        return (200, answer) if count == request and method == "GET" else None

    pbx = Phones({1: [entry("a1")], 2: [entry("b1", "scanner", "203.0.113.77")]}, fault=fault)
    outcome = clean(pbx, {"allowed_networks": ["192.0.2.0/24"], "allowed_devices": ["^Yealink"]}, concurrency=1)
    assert set(pbx.writes) <= {"DELETE /extension/2/registration/b1"}
    if outcome.failed:
        assert outcome.result["error"]["kind"] in ("bad_answer", "not_found", "some_failed")
    assert pbx.live()[1] == ["a1"]
