# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing members where POST adds instead of replacing: DELETE and POST, and what happens when one of them fails."""

from __future__ import annotations

from typing import Any

import pytest
from simulator import Simulator
from support.component.resource_runner import Ran, Runner
from support.component.scenarios import ACCOUNTING, AT_BUNDLE, BUNDLE, DIRECTOR, MAIN, SALES, WAREHOUSE, bundle_up

GET, POST, DELETE = f"GET {AT_BUNDLE}", f"POST {AT_BUNDLE}", f"DELETE {AT_BUNDLE}"
OLD = [SALES, WAREHOUSE]


@pytest.fixture(name="adding")
def _adding(simulator: Simulator) -> Simulator:
    """A simulator whose POST adds, with a bundle of two."""
    simulator.switches["bundle_post"] = "add"
    bundle_up(simulator.state, MAIN, OLD)
    return simulator


def shrink(runner: Runner, target: list[int], **more: Any) -> Ran:
    """Ask for exactly these members."""
    return runner(BUNDLE, {"extension_id": MAIN, "bundle_list": target, "side_effects": "ignore", **more})


@pytest.mark.parametrize("code", ["200", "204"])
@pytest.mark.parametrize(
    "target", [[WAREHOUSE], [WAREHOUSE, ACCOUNTING], [ACCOUNTING]], ids=["shrink", "swap", "replace"]
)
def test_the_bundle_is_removed_and_set_again(adding: Simulator, runner: Runner, target: list[int], code: str) -> None:
    adding.switches["bundle_delete_code"] = code
    ran = shrink(runner, target)
    assert not ran.failed, ran.result
    writes = next(index for index, line in enumerate(ran.sent) if line == POST)
    assert ran.sent[writes - 1 :] == [GET, POST, GET, DELETE, GET, POST]
    assert adding.state.bundle(MAIN) == target
    assert ran.result["bundle"]["bundle_list"] == target
    assert [entry.body for entry in ran.writes] == [{"bundle_list": target}, None, {"bundle_list": target}]
    assert not shrink(runner, target).changed


def test_growing_needs_no_removal(adding: Simulator, runner: Runner) -> None:
    ran = shrink(runner, [*OLD, ACCOUNTING])
    assert ran.sent[-2:] == [GET, POST]
    assert adding.state.bundle(MAIN) == [*OLD, ACCOUNTING]


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 400}, {"kind": "status", "status": 500}, {"kind": "reset"}, {"kind": "html"},
     {"kind": "rate_limit", "retry_after": 600}],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)  # fmt: skip
def test_the_old_list_is_put_back(adding: Simulator, runner: Runner, fault: dict[str, Any]) -> None:
    adding.faults.add(method="POST", path="extensions_bundle", at=2, **fault)
    ran = shrink(runner, [WAREHOUSE, ACCOUNTING])
    assert ran.kind == "partial"
    assert f"the members {WAREHOUSE}, {ACCOUNTING} could not be set" in ran.msg
    assert f"the old members {SALES}, {WAREHOUSE} were restored" in ran.msg
    assert ran.changed
    assert sorted(adding.state.bundle(MAIN)) == OLD
    assert [entry.method for entry in ran.writes] == ["POST", "DELETE", "POST", "POST"]
    assert ran.writes[-1].body == {"bundle_list": OLD}

    again = shrink(runner, [WAREHOUSE, ACCOUNTING])
    assert not again.failed and again.changed
    assert adding.state.bundle(MAIN) == [WAREHOUSE, ACCOUNTING]


def test_the_cause_is_reported(adding: Simulator, runner: Runner) -> None:
    adding.faults.add("status", method="POST", path="extensions_bundle", at=2, status=500)
    ran = shrink(runner, [WAREHOUSE])
    assert "HTTP 500" in ran.msg and "reading back shows that the change was not applied" in ran.msg
    assert ran.result["error"]["hint"] == "Fix the cause and run again"


def test_both_facts_and_the_way_back_when_that_fails_too(adding: Simulator, runner: Runner) -> None:
    adding.faults.add("status", method="POST", path="extensions_bundle", at=[2, 3], status=503)
    ran = shrink(runner, [WAREHOUSE])
    assert ran.kind == "partial"
    assert f"the members {WAREHOUSE} could not be set" in ran.msg
    assert "rollback failed" in ran.msg and f"Its old members are {SALES}, {WAREHOUSE}" in ran.msg
    assert "may be missing" in ran.msg
    assert f'Restore it with {POST} {{"bundle_list": {OLD}}}' in ran.msg
    assert ran.changed
    assert adding.state.bundle(MAIN) == []
    assert ran.result["diff"]["before"] == {"bundle_list": OLD}
    assert ran.result["restore"] == {
        "method": "POST", "path": AT_BUNDLE, "body": {"bundle_list": OLD},
    }  # fmt: skip

    again = shrink(runner, [WAREHOUSE])
    assert not again.failed and again.changed
    assert adding.state.bundle(MAIN) == [WAREHOUSE]


def test_a_response_lost_on_the_way_is_settled_by_reading(adding: Simulator, runner: Runner) -> None:
    adding.faults.add("reset", method="POST", path="extensions_bundle", at=2, when="after")
    ran = shrink(runner, [WAREHOUSE])
    assert not ran.failed, ran.result
    assert adding.state.bundle(MAIN) == [WAREHOUSE]
    assert "reading back shows that the change was applied" in ran.outcome.warnings[0]


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 500}, {"kind": "status", "status": 403}, {"kind": "reset"}],
    ids=["500", "403", "reset"],
)
def test_nothing_is_lost_when_the_removal_fails(adding: Simulator, runner: Runner, fault: dict[str, Any]) -> None:
    adding.faults.add(method="DELETE", at=1, **fault)
    ran = shrink(runner, [WAREHOUSE, ACCOUNTING])
    assert ran.kind == "partial"
    assert f"DELETE {AT_BUNDLE}" in ran.msg and f"the old members {SALES}, {WAREHOUSE} were restored" in ran.msg
    assert ran.changed  # the first POST had added a member, which a second removal took out again
    assert sorted(adding.state.bundle(MAIN)) == OLD
    assert [entry.method for entry in ran.writes] == ["POST", "DELETE", "DELETE", "POST"]
    again = shrink(runner, [WAREHOUSE, ACCOUNTING])
    assert not again.failed
    assert adding.state.bundle(MAIN) == [WAREHOUSE, ACCOUNTING]


def test_check_mode_promises_the_same_as_where_post_replaces(adding: Simulator, runner: Runner) -> None:
    args = {"extension_id": MAIN, "bundle_list": [WAREHOUSE]}
    promised = runner(BUNDLE, args, check=True)
    assert promised.sent == [GET]
    assert adding.state.bundle(MAIN) == OLD
    assert runner(BUNDLE, args).essence == promised.essence


@pytest.mark.parametrize("semantics", ["replace", "add"])
@pytest.mark.parametrize(
    "target", [[SALES, WAREHOUSE, ACCOUNTING], [WAREHOUSE], [WAREHOUSE, ACCOUNTING]], ids=["grow", "shrink", "swap"]
)
def test_members_that_must_not_be_named_again(
    simulator: Simulator, runner: Runner, semantics: str, target: list[int]
) -> None:
    simulator.switches["bundle_post"] = semantics
    simulator.switches["bundle_repost_member"] = "400"
    bundle_up(simulator.state, MAIN, OLD)
    ran = shrink(runner, target)
    assert not ran.failed, ran.result
    # The old list shows whether the API refuses repeated members; only then is the bundle removed.
    assert [entry.method for entry in ran.writes] == ["POST", "POST", "DELETE", "POST"]
    assert [entry.body for entry in ran.writes if entry.body] == [{"bundle_list": ids} for ids in (target, OLD, target)]
    assert simulator.state.bundle(MAIN) == target
    assert not shrink(runner, target).changed


def test_a_member_of_another_bundle_is_found_before_a_write(simulator: Simulator, runner: Runner) -> None:
    bundle_up(simulator.state, MAIN, OLD)
    bundle_up(simulator.state, DIRECTOR, [ACCOUNTING])  # and a GET of the member does not show it
    ran = shrink(runner, [*OLD, ACCOUNTING])
    assert ran.kind == "conflict" and not ran.writes
    assert "bundle_list[2]: 401 is in the bundle of 402 at the PBX; list that bundle without 401" in ran.msg
    assert sorted(simulator.state.bundle(MAIN)) == OLD
