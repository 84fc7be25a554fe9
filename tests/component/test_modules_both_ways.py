# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module through ansible-playbook, in-process and as a module of its own: the same results and requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from simulator import Simulator, assert_contract
from simulator.journal import Entry
from support.component.resource_runner import OF_THE_WAY
from support.component.scenario_playbooks import Case, inventory, plays, prepare, seed_for, statuses
from support.component.scenarios import BUNDLES, CHANGING, READING, REGISTRATIONS, UNCHANGED, Scenario
from support.playbook import PlaybookRun, run_playbook

STATE = {scenario.name: scenario for scenario in (*CHANGING, *UNCHANGED)}
INFO = {scenario.name: scenario for scenario in READING if scenario.name != "info-registrations"}
"""All but the one whose response holds the registrations of all cases at once."""
ALL = {**STATE, **INFO}
NUMBERS = {name: number for number, name in enumerate(ALL, 1)}

# The in-process tests of the resources cover the other cases. These are every module, and every module that changes
# something from an absent, an equal and a different state.
CHOSEN = (
    "settings-absent", "settings-equal", "settings-different",
    "bundle-create-report", "bundle-equal", "bundle-shrink",
    "registration-never", "registration-expired", "registration-by-address",
    "bundles-create-report", "bundles-equal", "bundles-move",
    "policy-audited", "policy-nothing-broken", "policy-compliant",
    "info-client", "info-extensions-filtered", "info-bundles-by-id", "info-registrations-of-two",
)  # fmt: skip
# Those that do something, one for every module.
EVERY_MODULE = (
    "settings-different", "bundle-create-report", "registration-by-address", "bundles-move", "policy-compliant",
    "info-client", "info-extensions-filtered", "info-bundles-by-id", "info-registrations-of-two",
)  # fmt: skip
# A module takes half a second, the same work in the worker process a fraction of it: as modules only these are run. The
# targets of the integration tests run every module as one, too.
AS_MODULES = ("settings-different", "bundles-move", "policy-compliant", "info-client")


@dataclass(frozen=True)
class Done:
    """A playbook over cases that has ended."""

    run: PlaybookRun
    entries: list[Entry]
    ends: dict[str, Any]

    def essence(self, case: Case, step: str) -> dict[str, Any]:
        """What must be the same in both ways: all but the simulator's address, the quota, and what passes with time."""
        return _comparable(self.run.one(step, host=case.host))


_OWN = ("expires", "quota", "api_url", "token", "token_cache")


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items() if key not in _OWN}
    return [_comparable(item) for item in value] if isinstance(value, list) else value


def case_of(name: str, diff: bool) -> Case:
    """The case with its own number: the same in both ways, whichever others run with it."""
    return Case(ALL[name], diff, 2 * NUMBERS[name] + diff)


def perform(cases: Sequence[Case], in_process: bool) -> Done:
    """Run one playbook over all cases, in one of the two ways."""
    with Simulator(seed_for(cases)) as simulator:
        prepare(simulator, cases)
        run = run_playbook(
            plays(cases, vars={"ringme_in_process": in_process}),
            simulator_url=simulator.url,
            inventory=inventory(cases),
            args=("--forks", "2"),
            env={"RINGME_APPLICATION_ID": None, "RINGME_APPLICATION_SECRET": None},
            extra_vars={"ansible_inject_invocation": True},
            timeout=400,
        )
        assert_contract(simulator)
        ends = {case.host: case.scenario.end(case.state(simulator.state)) for case in cases}
        return Done(run.check(), list(simulator.journal), ends)


def _parameters() -> Iterator[Any]:
    for name in ALL:
        for diff in (True, False) if name in STATE else (False,):
            as_module = name in CHOSEN and (diff or name in INFO or name in EVERY_MODULE)
            for in_process in (True, False) if as_module else (True,):
                smoke = name in (EVERY_MODULE if in_process else AS_MODULES)
                usual = (diff or name in INFO) and name in (CHOSEN if in_process else AS_MODULES)
                marks = pytest.mark.exhaustive if not usual else pytest.mark.smoke if smoke else ()
                way = "in-process" if in_process else "as-module"
                yield pytest.param(
                    name, diff, in_process, id=f"{name}-{'diff' if diff else 'plain'}-{way}", marks=marks
                )


@pytest.fixture(scope="module", name="performed")
def _performed(request: pytest.FixtureRequest) -> Callable[[bool], Done]:
    """Gives the playbook of one way, run once over what the tests that were chosen need."""
    chosen = [
        item.callspec.params
        for item in request.session.items  # type: ignore[attr-defined]
        if getattr(item, "originalname", "") == test_as_the_contract_says.__name__
    ]
    kept: dict[bool, Done] = {}

    def get(in_process: bool) -> Done:
        if in_process not in kept:
            # What runs as a module is compared with what runs in-process.
            wanted = {(one["name"], one["diff"]): None for one in chosen if in_process or not one["in_process"]}
            kept[in_process] = perform([case_of(*which) for which in wanted], in_process)
        return kept[in_process]

    return get


@pytest.mark.parametrize(("name", "diff", "in_process"), list(_parameters()))
def test_as_the_contract_says(performed: Callable[[bool], Done], name: str, diff: bool, in_process: bool) -> None:
    case = case_of(name, diff)
    done = performed(in_process)
    _hold(done, case, case.scenario)
    if not in_process:
        for step in case.steps:
            assert done.essence(case, step) == performed(True).essence(case, step), step


def _hold(done: Done, case: Case, scenario: Scenario) -> None:
    """Assert of one case what tests of the resources assert in their own process."""
    results = [done.run.one(step, host=case.host) for step in case.steps]
    assert [statuses(done.run, step, case.host) for step in case.steps] == [["ok"]] * len(results), results
    promised, ran, again = results[0], results[1], results[-1]
    assert _promise(promised) == _promise(ran)
    assert ran["changed"] is promised["changed"] is bool(scenario.writes)
    assert again["changed"] is False
    assert case.sent(done.entries) == case.expected()
    if scenario.wanted is not None:
        assert done.ends[case.host] == scenario.wanted
    assert ran["invocation"]["module_args"]["application_secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    if scenario.name in STATE:
        assert {"diff", "changes", "quota", "requests", scenario.resource.key} <= ran.keys()
        assert bool(ran["changes"]) is ran["changed"]
        assert again["changes"] == []
        assert again["diff"]["before"] == again["diff"]["after"]
        if scenario.resource in (BUNDLES, REGISTRATIONS):  # of a whole client only what differs is shown
            assert again["diff"]["after"] == {scenario.resource.key: {}}
        else:
            after = {key: value for key, value in ran["diff"]["after"].items() if key != "side_effects"}
            assert again["diff"]["after"] == after


def _promise(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what a run costs more than check mode."""
    return {key: value for key, value in _comparable(result).items() if key not in OF_THE_WAY}


def test_every_module_is_run_in_both_ways() -> None:
    for names in (CHOSEN, EVERY_MODULE):
        assert {ALL[name].resource.name for name in names} == {scenario.resource.name for scenario in ALL.values()}
    assert all(ALL[name].writes for name in EVERY_MODULE if name in STATE)
    assert {*AS_MODULES} < {*EVERY_MODULE} < {*CHOSEN}
    for prefix in ("settings", "bundle", "bundles", "registration", "policy"):
        chosen = [ALL[name] for name in CHOSEN if name.startswith(f"{prefix}-")]
        assert len(chosen) == 3 and any(scenario.writes for scenario in chosen) and not all(s.writes for s in chosen)
