# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every resource from every state: check mode promises exactly what the run does, and the second run does nothing."""

from __future__ import annotations

import pytest
from simulator import Simulator
from support.component.resource_runner import Ran, Runner, touched
from support.component.scenarios import (
    BUNDLES,
    CHANGING,
    INFO_RESOURCES,
    LIST,
    READING,
    REGISTRATIONS,
    STATE_RESOURCES,
    UNCHANGED,
    Scenario,
)


def by_name(scenario: Scenario) -> str:
    """The id of a parameter."""
    return scenario.name


def run(runner: Runner, scenario: Scenario, *, check: bool = False) -> Ran:
    """Run the scenario once."""
    return runner(scenario.resource, scenario.args, check=check)


@pytest.mark.parametrize("scenario", CHANGING, ids=by_name)
def test_what_differs_is_changed_once_and_as_promised(simulator: Simulator, runner: Runner, scenario: Scenario) -> None:
    scenario.prepare(simulator.state)
    before = simulator.snapshot()

    promised = run(runner, scenario, check=True)
    assert not promised.failed, promised.result
    assert promised.changed
    assert tuple(promised.sent) == scenario.reads
    assert not touched(before, simulator.snapshot())

    done = run(runner, scenario)
    assert not done.failed, done.result
    assert tuple(done.sent) == scenario.reads + scenario.writes
    assert done.essence == promised.essence
    assert not done.outcome.warnings
    after = simulator.snapshot()
    assert scenario.end(simulator.state) == scenario.wanted
    assert [place for place in touched(before, after) if not place.startswith(scenario.touches)] == []

    again = run(runner, scenario)
    assert not again.failed, again.result
    assert not again.changed
    assert again.result["changes"] == []
    _nothing_differs(scenario, again, done)
    assert not again.writes
    assert tuple(again.sent) == scenario.again
    assert touched(after, simulator.snapshot()) == set()
    key = scenario.resource.key
    assert again.essence[key] == done.essence[key]


def _nothing_differs(scenario: Scenario, again: Ran, done: Ran) -> None:
    """Compare the diff of the run that found everything in place with that of the previous run."""
    diff, last = again.result["diff"], done.result["diff"]
    assert diff["before"] == diff["after"]
    if scenario.resource in (BUNDLES, REGISTRATIONS):  # of a whole client only what differs is shown
        assert diff["after"] == {scenario.resource.key: {}} and last["after"] != diff["after"]
    else:
        assert diff["after"] == {key: value for key, value in last["after"].items() if key != "side_effects"}


@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
@pytest.mark.parametrize("scenario", UNCHANGED, ids=by_name)
def test_what_is_equal_costs_only_reading(
    simulator: Simulator, runner: Runner, scenario: Scenario, check: bool
) -> None:
    scenario.prepare(simulator.state)
    before = simulator.snapshot()
    found = run(runner, scenario, check=check)
    assert not found.failed, found.result
    assert not found.changed
    assert found.result["changes"] == []
    assert found.result["diff"]["before"] == found.result["diff"]["after"]
    assert tuple(found.sent) == scenario.reads
    assert len(found.sent) == 1 or found.sent[:2] == list(LIST)  # numbers cost the list of the extensions
    assert found.result["requests"] == {"GET": len(found.sent), "POST": 0, "PUT": 0, "DELETE": 0, "token": 1}
    assert not touched(before, simulator.snapshot())


@pytest.mark.parametrize("scenario", READING, ids=by_name)
def test_reading_is_the_same_in_check_mode_and_writes_nothing(
    simulator: Simulator, runner: Runner, scenario: Scenario
) -> None:
    scenario.prepare(simulator.state)
    before = simulator.snapshot()
    looked, read = run(runner, scenario, check=True), run(runner, scenario)
    assert not read.failed, read.result
    assert not read.changed
    assert tuple(read.sent) == tuple(looked.sent) == scenario.reads
    assert not read.writes
    assert read.essence == looked.essence
    assert not touched(before, simulator.snapshot())


@pytest.mark.parametrize("scenario", CHANGING, ids=by_name)
def test_results_count_their_requests(simulator: Simulator, runner: Runner, scenario: Scenario) -> None:
    scenario.prepare(simulator.state)
    done = run(runner, scenario)
    counted = dict.fromkeys(("GET", "POST", "PUT", "DELETE"), 0)
    for line in done.sent:
        counted[line.split()[0]] += 1
    assert done.result["requests"] == {**counted, "token": 1}
    assert done.tokens == 1
    assert done.result["quota"]["limit"] == simulator.quota.limit
    assert done.result["quota"]["remaining"] == simulator.quota.limit - len(done.sent)
    assert 0 < done.result["quota"]["reset_seconds"] <= 3600
    assert run(runner, scenario).result["requests"]["token"] == 0


def test_every_resource_is_tried_absent_equal_and_different() -> None:
    for resource in STATE_RESOURCES:
        assert sum(scenario.resource is resource for scenario in CHANGING) >= 3
        assert sum(scenario.resource is resource for scenario in UNCHANGED) >= 3
    assert {scenario.resource for scenario in READING} == set(INFO_RESOURCES)


def test_everything_sent_is_compressed_and_authorized(simulator: Simulator, runner: Runner) -> None:
    for scenario in CHANGING:
        run(runner, scenario)
    entries = simulator.requests()
    assert len(entries) > 30
    assert {entry.headers.get("Accept-Encoding") for entry in entries} == {"gzip"}
    assert {entry.headers.get("Authorization", "").split()[0] for entry in entries} == {"Bearer"}
    assert len({entry.headers["Authorization"] for entry in entries}) == 1
    assert all("client_secret" not in dict(entry.query) for entry in simulator.journal)
