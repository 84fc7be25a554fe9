# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a response contains, nothing crashes, the response is ignored, and the result is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from simulator import Simulator, assert_contract
from support.component.resource_runner import SEED, Runner, touched
from support.component.scenarios import CHANGING, READING, Scenario

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12)
)
# The names that are looked for, so that the nonsense gets past the first look.
NAMES = (
    "id",
    "name",
    "type",
    "status",
    "geo_list",
    "hold_music",
    "timezone",
    "bundle_list",
    "bundle_id",
    "extension_id",
    "registered",
    "registrations",
    "registration_id",
    "real_address",
    "device",
    "message",
    "record_enabled",
)
keys = st.sampled_from(NAMES) | st.text(max_size=6)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6), max_leaves=12
)
SEEDED = st.fixed_dictionaries({}, optional={
    "id": st.sampled_from([801, "801", 31456, None]), "bundle_id": st.sampled_from([31456, "31456", 33002, None, 0]),
    "bundle_list": st.lists(scalars, max_size=3), "registered": scalars,
    "registrations": st.lists(documents, max_size=3),
    "extension_id": st.sampled_from([31456, 32486, "31456", None]), "timezone": scalars, "geo_list": scalars,
})  # fmt: skip
bodies = documents | SEEDED
KINDS = ("bad_answer", "not_found", "conflict", "refused", "forbidden", "authentication")
bounded = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@pytest.fixture(scope="module", name="shared")
def _shared() -> Iterator[Simulator]:
    """One simulator for all examples; the state is replaced for each."""
    with Simulator(SEED) as simulator:
        yield simulator
        assert_contract(simulator)


def disturbed(shared: Simulator, scenario: Scenario, number: int, **fault: Any) -> None:
    """Run with a fault that always strikes from the number-th request on, and hold the result to the truth."""
    shared.load(SEED)
    shared.faults.clear()
    scenario.prepare(shared.state)
    before, runner = shared.snapshot(), Runner(shared, {"access_token": _token(shared)})
    shared.faults.add(at=range(number, number + 50), **fault)
    promised = runner(scenario.resource, scenario.args, check=True)
    assert not promised.writes and not touched(before, shared.snapshot())
    shared.faults.clear()
    shared.faults.add(at=range(number, number + 50), **fault)
    ran = runner(scenario.resource, scenario.args)
    if not ran.writes:
        assert not touched(before, shared.snapshot())
        # A list that cannot read its objects again before the first write has an error for each of them.
        outcomes = ran.result.get("outcomes") or [] if ran.kind == "some_failed" else []
        kinds = [outcome["error"]["kind"] for outcome in outcomes if outcome["error"]] or [ran.kind]
        assert not ran.failed or {*kinds} <= {*KINDS}, ran.result
    changed = touched(before, shared.snapshot())
    assert ran.changed or not changed
    if number == 1 and ran.failed:
        assert ran.result["error"]["method"] in ("GET", None)
        assert not ran.writes or scenario.resource.name != "client_settings"
    assert ran.result["requests"] is not None and isinstance(ran.result["changed"], bool)
    runner.close()


def _token(shared: Simulator) -> str:
    return shared.world.tokens.issue(shared.world.store.applications["demo-application"], None).text


@bounded
@given(scenario=st.sampled_from((*CHANGING, *READING)), number=st.integers(1, 3), body=bodies)
def test_any_json(shared: Simulator, scenario: Scenario, number: int, body: Any) -> None:
    disturbed(shared, scenario, number, kind="wrong_shape", body=body)


@bounded
@given(scenario=st.sampled_from(CHANGING), number=st.integers(2, 4), body=bodies)
def test_any_json_after_the_write_was_carried_out(
    shared: Simulator, scenario: Scenario, number: int, body: Any
) -> None:
    disturbed(shared, scenario, number, kind="wrong_shape", body=body, when="after")


@bounded
@given(
    scenario=st.sampled_from((*CHANGING, *READING)),
    number=st.integers(1, 3),
    text=st.text(max_size=60),
    status=st.sampled_from([200, 201, 204, 400, 403, 404, 409, 418]),
)
@example(next(scenario for scenario in CHANGING if scenario.name == "bundles-create"), 3, "", 404)
def test_any_text_with_any_status(shared: Simulator, scenario: Scenario, number: int, text: str, status: int) -> None:
    disturbed(shared, scenario, number, kind="status", status=status, response="text", message=text)


@bounded
@given(
    scenario=st.sampled_from((*CHANGING, *READING)),
    number=st.integers(1, 3),
    message=scalars,
    code=scalars,
    status=st.sampled_from([400, 401, 403, 404, 422]),
)
def test_any_error_body(
    shared: Simulator, scenario: Scenario, number: int, message: Any, code: Any, status: int
) -> None:
    disturbed(shared, scenario, number, kind="status", status=status, message=message, api_status=code)


@pytest.mark.parametrize("scenario", READING, ids=lambda scenario: scenario.name)
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html"},
        {"kind": "malformed"},
        {"kind": "wrong_shape"},
        {"kind": "wrong_shape", "body": None},
        {"kind": "status", "status": 204, "response": "empty"},
    ],
    ids=["html", "malformed", "wrong-shape", "null", "empty"],
)
def test_reading_never_returns_a_state_from_nonsense(
    simulator: Simulator, runner: Runner, scenario: Scenario, fault: dict[str, Any]
) -> None:
    scenario.prepare(simulator.state)
    simulator.faults.add(**fault)
    ran = runner(scenario.resource, scenario.args)
    assert ran.kind == "bad_answer"
    assert ran.msg.startswith(scenario.reads[0])
    assert set(ran.result) == {"msg", "error", "changed", "requests", "quota"}


def test_the_first_bytes_are_quoted_without_secrets(simulator: Simulator, runner: Runner) -> None:
    page = '{"password": "hunter2-hunter2", "conference_pin": "4711", "x": '
    simulator.faults.add("status", status=200, response="text", message=page)
    ran = runner(READING[0].resource, READING[0].args)
    assert ran.kind == "bad_answer"
    assert "the response begins" in ran.msg and "password" in ran.msg and "hunter2" not in ran.msg
