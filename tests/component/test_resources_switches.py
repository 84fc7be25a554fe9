# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation leaves open must not matter: the same results under every value of every switch.

The matrix is made from the simulator's own table, so a new switch, or a new value of one, is tried without a word here.
Where a result has to differ, EXPECTED says how, and nothing else may.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulator import Simulator
from simulator.switches import BY_NAME, TABLE, Switch, Switches
from support.component.direct_transport import DirectRunner
from support.component.resource_runner import SEED, Ran, Runner, touched
from support.component.scenarios import CHANGING, MAIN, READING, REFUSED, UNCHANGED, Scenario

SCENARIOS = (*CHANGING, *UNCHANGED, *READING, *REFUSED)
NUMBERS = {"integer": (1, 0), "limit": (1, 2, 3, 100), "names": (("hold_music", "geo_list"), ("client.timezone",))}

# Switches that no request of this collection comes by.
UNASKED = {
    "empty_put": "a PUT always names a field",
    "put_read_only_names": "only writable fields are sent",
    "put_unknown_names": "only known fields are sent",
    "missing_slash": "paths are sent as documented",
    "dealer_client_paths": "dealer paths are not used",
    "page_zero": "pages are counted from 1",
    "string_limits": "limits are sent as numbers",
    "geo_list_empty_put": "the provider's default is asked for with null",
    "per_page_default": "every list request names its page length",
    "extension_alias": "extensions are named by id",
    "new_extension_status": "no extension is created",
    "duplicate_extension": "no extension is created",
    "phone_other_type": "the type is looked up before the phone is read",
    "registration_delete_none": "all registrations are dropped only where there are some",
    "registration_delete_unknown": "only registrations that were just listed are dropped",
    "bundle_delete_absent": "only a bundle that was just read is removed",
    "bundle_empty_post": "an empty list is never sent",
    "bundle_main_deleted": "no extension is deleted",
    "oauth_limits": "one token serves all requests",
    "journal_size": "it limits what the tests themselves see",
    "token_reissue": "one token serves all requests",
    "bundle_get_member": "tried by the tests of conflicts",
    "phone_password": "the password is never looked at",
    "phone_label": "the label is never looked at",
}

# (switch, value): beginning of the scenario's name -> the kind with which its run has to fail, the object untouched.
EXPECTED: dict[tuple[str, Any], dict[str, str]] = {
    ("stubborn_fields", ("geo_list", "hold_music")): dict.fromkeys(
        ("settings-absent", "settings-different", "settings-reset", "settings-every"), "not_applied"
    ),
    ("stubborn_fields", ("client.timezone",)): {"settings-different": "not_applied"},
    ("token_lifetime", 0): {"": "authentication"},
    ("bad_credentials", "403_html"): {"refused-credentials": "bad_answer"},
    ("registration_block_limit", 1): dict.fromkeys(
        ("info-registrations-of-two", "info-registrations-by-number", "refused-block"), "refused"
    ),
    ("registration_other_type", "404"): {"registration-other-type": "not_found"},
}

# (switch, value): keys of results that only such a deployment has.
ADDED = {("call_interactive", "present"): "call_interactive_"}

# (switch, value): beginning of the names of scenarios that such a deployment makes pointless.
POINTLESS: dict[tuple[str, Any], str | tuple[str, ...]] = {
    ("reregister", "at_once"): ("registration-", "policy-"),  # tried below: what was removed is back
    ("registration_query_unknown_id", "empty"): "refused-block",  # it has a response for ids that do not exist
}


def values_of(switch: Switch) -> Iterator[Any]:
    """The values to try besides the default."""
    for value in switch.values or NUMBERS[switch.kind]:
        if switch.parse(value) != switch.default:
            yield switch.parse(value)


MATRIX = [(switch.name, value) for switch in TABLE if switch.name not in UNASKED for value in values_of(switch)]


class Seen:
    """What one scenario gave: check, run, run again, and the state in the end."""

    def __init__(self, simulator: Simulator, scenario: Scenario) -> None:
        simulator.load(SEED)
        scenario.prepare(simulator.state)
        before = _lasting(simulator)
        runner = DirectRunner(simulator, scenario.connection or DirectRunner(simulator).connection)
        self.name = scenario.name
        self.check = self._run(runner, scenario, check=True)
        self.untouched_by_check = not touched(before, _lasting(simulator)) and not self.check.writes
        self.run = self._run(runner, scenario)
        self.after = _lasting(simulator)
        self.touched = touched(before, self.after)
        self.again = self._run(runner, scenario)
        self.touched_again = touched(self.after, _lasting(simulator))
        runner.close()

    @staticmethod
    def _run(runner: Runner, scenario: Scenario, *, check: bool = False) -> Ran:
        return runner(scenario.resource, scenario.args, check=check)

    @property
    def essence(self) -> list[dict[str, Any]]:
        """What must not depend on the switches; of failures only their kind, since they quote the API."""
        return [{"kind": ran.kind} if ran.failed else ran.essence for ran in (self.check, self.run, self.again)]


def _lasting(simulator: Simulator) -> dict[str, Any]:
    """A snapshot without the expired registrations, which are not part of the state."""
    whole = simulator.snapshot()
    return {**whole, "registrations": {key: info for key, info in whole["registrations"].items() if info["registered"]}}


@pytest.fixture(scope="module")
def usual() -> dict[str, tuple[Seen, frozenset[str]]]:
    """What every scenario gives under the default switches, and which switches the simulator looked at meanwhile."""
    looked: set[str] = set()

    class Watched(Switches):
        """Switches that write down what is asked of them."""

        def __getitem__(self, name: str) -> Any:
            looked.add(name)
            return super().__getitem__(name)

    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.world.Switches", Watched)
        with Simulator() as simulator:
            for scenario in SCENARIOS:
                looked.clear()
                seen = Seen(simulator, scenario)
                found[scenario.name] = (seen, frozenset(looked))
    return found


@pytest.mark.parametrize("scenario", REFUSED, ids=lambda scenario: scenario.name)
def test_a_refusal_is_typed_and_touches_nothing(simulator: Simulator, scenario: Scenario) -> None:
    seen = Seen(simulator, scenario)
    assert seen.run.failed and seen.check.failed
    assert seen.run.kind == seen.check.kind == scenario.fails
    assert seen.run.msg == seen.check.msg
    assert not seen.run.changed
    assert not seen.touched
    assert tuple(seen.run.sent) == scenario.reads
    assert not seen.run.writes


@pytest.mark.parametrize(("name", "value"), MATRIX, ids=str)
def test_result_and_state_do_not_depend_on_it(
    usual: dict[str, tuple[Seen, frozenset[str]]], simulator: Simulator, name: str, value: Any
) -> None:
    simulator.switches[name] = value
    concerned = [scenario for scenario in SCENARIOS if name in usual[scenario.name][1]]
    assert concerned, f"no scenario comes by the switch {name}: add one, or say in UNASKED why"
    for scenario in concerned:
        default, seen = usual[scenario.name][0], Seen(simulator, scenario)
        assert seen.untouched_by_check, seen.name
        kind = next(
            (kind for start, kind in EXPECTED.get((name, value), {}).items() if seen.name.startswith(start)), None
        )
        if kind is not None:
            assert seen.run.kind == kind, (seen.name, seen.run.result)
            assert not seen.touched or kind == "not_applied", seen.name
        elif not scenario.name.startswith(POINTLESS.get((name, value), "-")):
            _same(seen, default, ADDED.get((name, value)))


def _same(seen: Seen, default: Seen, added: str | None = None) -> None:
    assert _without(seen.essence, added) == default.essence, seen.name
    assert seen.after == default.after, seen.name
    assert seen.touched == default.touched, seen.name
    assert not seen.touched_again, seen.name


def _without(value: Any, prefix: str | None) -> Any:
    """A result without what begins with the prefix."""
    if isinstance(value, list):
        return [
            _without(item, prefix)
            for item in value
            if not (prefix and isinstance(item, str) and item.startswith(prefix))
        ]
    if isinstance(value, dict):
        return {key: _without(item, prefix) for key, item in value.items() if not (prefix and key.startswith(prefix))}
    return value


def test_a_device_that_comes_back_is_reported(simulator: Simulator) -> None:
    simulator.switches["reregister"] = "at_once"
    for scenario in CHANGING:
        if scenario.name.startswith("registration"):
            old = {entry["registration_id"] for entry in simulator.state.registrations(MAIN)}
            seen = Seen(simulator, scenario)
            assert not seen.run.failed and seen.run.changed, seen.run.result
            assert seen.run.essence["changes"] == seen.check.essence["changes"]
            if "registration_id" in scenario.args:
                assert not seen.run.outcome.warnings  # the device is back, but not under the id that was to go
                assert not seen.again.changed
            else:
                assert "has registered again" in seen.run.outcome.warnings[0]
                assert seen.again.changed
            assert old & {entry["registration_id"] for entry in seen.run.result["registration"]["registrations"]} <= old
            assert seen.run.result["registration"]["registered"]


def test_a_value_that_does_not_stick_is_named_with_both_values(simulator: Simulator, runner: Runner) -> None:
    simulator.switches["stubborn_fields"] = ["hold_music"]
    found = runner(CHANGING[1].resource, {"hold_music": 12, "timezone": "UTC"})
    assert found.kind == "not_applied"
    assert "hold_music: 11 -> 12" in found.msg
    assert "timezone" not in found.msg
    assert found.changed
    assert found.sent == ["GET /client/@me/client/", "PUT /client/@me/client/", "GET /client/@me/client/"]
    assert simulator.state.client(801).settings["timezone"] == "UTC"


def test_what_no_request_comes_by_is_said_once_and_truly(usual: dict[str, tuple[Seen, frozenset[str]]]) -> None:
    looked = frozenset().union(*(names for _seen, names in usual.values()))
    silent = {"bundle_get_member", "phone_password", "phone_label", "token_reissue", "oauth_limits", "journal_size"}
    assert not (looked & UNASKED.keys()) - silent
    assert not UNASKED.keys() - BY_NAME.keys()


MILD = [
    (name, value)
    for name, value in MATRIX
    if (name, value) not in {**EXPECTED, **ADDED, **POINTLESS} and name != "page_parameter"
]


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    chosen=st.dictionaries(st.sampled_from(sorted({name for name, _value in MILD})), st.integers(0, 9), min_size=2),
    scenario=st.sampled_from(SCENARIOS),
)
def test_nor_on_several_at_once(
    usual: dict[str, tuple[Seen, frozenset[str]]], simulator: Simulator, chosen: dict[str, int], scenario: Scenario
) -> None:
    for name in list(simulator.switches):
        del simulator.switches[name]
    for name, pick in chosen.items():
        values = [value for mild, value in MILD if mild == name]
        simulator.switches[name] = values[pick % len(values)]
    default, seen = usual[scenario.name][0], Seen(simulator, scenario)
    assert seen.untouched_by_check
    _same(seen, default)
