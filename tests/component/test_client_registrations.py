# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole client's registrations against the simulator: open questions, bad days, both ways of running."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from simulator import Simulator, assert_contract
from support.component.resource_runner import Ran, Runner
from support.component.scenarios import MAIN, SALES, WAREHOUSE
from support.playbook import run_playbook

from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations

RESOURCE = ClientRegistrations(sleep=lambda seconds: None)
POLICY = {
    "allowed_networks": {"office": ["198.51.100.0/24"], "vpn": ["2001:db8::/32"]},
    "allowed_devices": ["^Yealink", "^Grandstream"],
    "max_registrations": 1,
    "must_register": ["101", "301"],
}
STRICT = {**POLICY, "state": "compliant"}
DELETE = f"DELETE /extension/{MAIN}/registration/uloc-572b0ffb-6d47-002"
BLOCK = "GET /extension/registration/"
LIST = ["GET /client/@me/extension/"] * 2
SECOND = "uloc-572b1000-6d47-002"
"""An intruder of the bad days, on another extension."""

OPEN_QUESTIONS = [
    ("registration_expires", "seconds"),
    ("registration_expires", "date"),
    ("registration_expires", "epoch"),
    ("registration_block_of_one", "array"),
    ("registration_block_limit", 2),
    ("registration_block_limit", 1),
    ("registration_query_unknown_id", "empty"),
    ("registration_query_unknown_id", "404"),
    ("registration_delete_unknown", "204"),
    ("registration_after_delete", "listed"),
    ("registration_other_type", "404"),
    ("delete_answer", "200"),
    ("ids_as", "string"),
    ("per_page_maximum", 2),
]


def remaining(simulator: Simulator, extension_id: int = MAIN) -> list[str]:
    """The ids of the live registrations."""
    state = simulator.state
    return [item["registration_id"] for item in state.registrations(extension_id) if state.registered(extension_id)]


@pytest.mark.parametrize(("switch", "value"), OPEN_QUESTIONS)
def test_the_same_whatever_the_api_does(simulator: Simulator, runner: Runner, switch: str, value: Any) -> None:
    simulator.switches[switch] = value
    promised = runner(RESOURCE, STRICT, check=True)
    done = runner(RESOURCE, STRICT)
    assert not promised.failed and not done.failed, (promised.result, done.result)
    assert [entry.path.rsplit("/", 1)[-1] for entry in done.writes] == ["uloc-572b0ffb-6d47-002"]
    assert remaining(simulator) == ["uloc-572b0ffb-6d47-001"]
    for same in ("changes", "diff", "findings", "blocked"):
        assert promised.result[same] == done.result[same], same
    assert [found["rule"] for found in done.result["findings"]] == ["REG-001", "REG-002", "REG-003", "REG-004"]
    health = [shown["health"] for shown in done.result["registrations"]]
    assert health == ["compliant", "compliant", "stale_only", "offline", "offline"]
    assert [item["status"] for item in done.result["outcomes"]] == ["verified"]
    assert not runner(RESOURCE, STRICT).changed


def test_requests_exactly(runner: Runner) -> None:
    assert runner(RESOURCE, POLICY).sent == [*LIST, BLOCK]
    runner.forget()
    assert runner(RESOURCE, {**STRICT, "verify_for": 3}).sent == [*LIST, BLOCK, DELETE, BLOCK, BLOCK]
    assert runner(RESOURCE, STRICT, loop=True).sent == [*LIST, BLOCK]
    assert runner(RESOURCE, {"max_registrations": 2, "extensions": ["101"]}, loop=True).sent == [BLOCK]


@pytest.mark.parametrize("unit", ["seconds", "date", "epoch"])
def test_the_one_that_expires_last_stays(simulator: Simulator, runner: Runner, unit: str) -> None:
    simulator.switches["registration_expires"] = unit
    leases = {"b": 900, "a": 3000, "c": 1800}
    simulator.state.set_registrations(
        MAIN, [{"registration_id": name, "expires": lease} for name, lease in leases.items()]
    )
    ran = runner(RESOURCE, {"max_registrations": 1, "state": "compliant"})
    assert not ran.failed
    assert remaining(simulator) == ["a"]
    assert len(ran.writes) == 2


def test_a_device_that_comes_back(simulator: Simulator, runner: Runner) -> None:
    simulator.switches["reregister"] = "at_once"
    ran = runner(RESOURCE, {**STRICT, "verify_for": 1})
    assert not ran.failed
    (back,) = ran.result["came_back"]
    assert (back["extension"], back["device"], back["rules"]) == (
        "101",
        "Zoiper 5.6.4",
        ["REG-001", "REG-002", "REG-003"],
    )
    assert back["real_address"] == "sip:203.0.113.9:5060"
    assert len(ran.outcome.warnings) == 1
    assert ran.result["registrations"][0]["health"] == "violation"


def test_an_extension_of_another_client(runner: Runner) -> None:
    ran = runner(RESOURCE, {**STRICT, "extension_ids": [41001]})
    assert (ran.kind, ran.writes) == ("not_found", [])


# --- what is named goes whatever the policy says ---

NAMED = {**STRICT, "absent": [{"extension": "101", "device": "^Zoiper"}]}
"""The one that breaks the policy."""


@pytest.mark.parametrize(("switch", "value"), OPEN_QUESTIONS)
def test_what_is_named_and_breaks_the_policy_whatever_the_api_does(
    simulator: Simulator, runner: Runner, switch: str, value: Any
) -> None:
    simulator.switches[switch] = value
    promised = runner(RESOURCE, NAMED, check=True)
    done = runner(RESOURCE, NAMED)
    assert not promised.failed and not done.failed, (promised.result, done.result)
    assert [entry.path.rsplit("/", 1)[-1] for entry in done.writes] == ["uloc-572b0ffb-6d47-002"]
    for same in ("changes", "diff", "findings", "blocked"):
        assert promised.result[same] == done.result[same], same
    assert len(done.result["changes"]) == 1
    assert not runner(RESOURCE, NAMED).changed


def test_requests_for_a_list_alone_exactly(runner: Runner) -> None:
    args = {"absent": [{"extension": "101", "address": ["203.0.113.9"]}]}
    assert runner(RESOURCE, args).sent == [*LIST, BLOCK, DELETE, BLOCK]
    assert runner(RESOURCE, args, loop=True).sent == [BLOCK]
    assert runner(RESOURCE, {**POLICY, "extensions": ["101", "301"], **args}, loop=True).sent == [BLOCK]
    assert runner(RESOURCE, {"absent": []}).sent == []


# --- bad days ---

FAULTS: dict[str, dict[str, Any]] = {
    **{str(status): {"kind": "status", "status": status} for status in (400, 401, 403, 404, 500, 502, 503)},
    **{f"{status}-after": {"kind": "status", "status": status, "when": "after"} for status in (500, 503)},
    "429": {"kind": "rate_limit", "retry_after": 600},
    "reset": {"kind": "reset"},
    "reset-after": {"kind": "reset", "when": "after"},
    "truncated": {"kind": "truncated"},
    "html": {"kind": "html"},
    "html-after": {"kind": "html", "when": "after"},
    "slow": {"kind": "slow", "seconds": 3600},
    "slow-after": {"kind": "slow", "seconds": 3600, "when": "after"},
}
REQUESTS = 7
"""Two for the list of extensions, a block, two removals, a block to read back, and another to look again."""


def _intrude(simulator: Simulator) -> None:
    known = simulator.state.registrations(SALES)
    simulator.state.set_registrations(SALES, [*known, {"registration_id": SECOND, "real_address": "sip:203.0.113.9:9"}])


def _cases() -> Iterator[Any]:
    for name in FAULTS:
        for on_error in ("continue", "stop"):
            left_out = on_error == "stop" and name not in ("500", "403", "reset-after", "html")
            marks = [pytest.mark.exhaustive] if left_out else []
            for number in range(1, REQUESTS + 1):
                yield pytest.param(name, number, on_error, id=f"{name}-at-{number}-{on_error}", marks=marks)


@pytest.mark.parametrize(("name", "number", "on_error"), list(_cases()))
def test_each_is_there_or_gone_and_the_result_says_which(
    simulator: Simulator, runner: Runner, name: str, number: int, on_error: str
) -> None:
    fault = FAULTS[name]
    _intrude(simulator)
    args = {**STRICT, "on_error": on_error, "concurrency": 1, "verify_for": 1, "retries": 1}
    clean = runner(RESOURCE, args, check=True)
    assert len(clean.result["changes"]) == 2 and not clean.writes
    runner.forget()
    simulator.faults.add(at=number, **fault)
    ran = runner(RESOURCE, {**args, "timeout": 1.0} if fault["kind"] == "slow" else args)
    assert sum(entry.fault is not None for entry in ran.entries) == 1, "the fault did not strike"
    _hold(ran, simulator, "after" in name or name in ("truncated", "html"))

    simulator.faults.clear()
    again = runner(RESOURCE, args)
    assert not again.failed, again.result
    assert (remaining(simulator), len(remaining(simulator, SALES))) == (["uloc-572b0ffb-6d47-001"], 1)
    assert not runner(RESOURCE, args).changed


def _hold(ran: Ran, simulator: Simulator, may_have_been_done: bool) -> None:
    gone = [
        "uloc-572b0ffb-6d47-002" not in remaining(simulator),
        SECOND not in remaining(simulator, SALES),
    ]
    paths = [entry.path for entry in ran.writes if not (entry.fault and entry.status in (401, 429))]
    assert len(paths) == len(set(paths)), "a removal was repeated"
    if "outcomes" not in ran.result:
        assert ran.failed and not any(gone) and not ran.writes and not ran.changed
        return
    statuses = [item["status"] for item in ran.result["outcomes"]]
    assert ran.changed or not any(gone)
    for status, is_gone in zip(statuses, gone, strict=True):
        if status == "verified":
            assert is_gone
        elif status in ("not_applied", "not_reached"):
            assert not is_gone
    if not ran.failed:
        assert statuses == ["verified", "verified"]
    if not may_have_been_done and ran.failed:
        assert statuses != ["verified", "verified"] or "reading them again failed" in ran.msg


# --- both ways of running ---


@pytest.mark.parametrize("in_process", [True, False], ids=["in-process", "as-module"])
def test_in_both_ways(in_process: bool) -> None:
    tasks = [
        {"name": name, "ringme.pbx.client_registrations": {**NAMED, "verify_for": 0.1}, "check_mode": name == "check"}
        for name in ("check", "run", "again")
    ]
    with Simulator() as simulator:
        run = run_playbook(tasks, simulator_url=simulator.url, extra_vars={"ringme_in_process": in_process}).check()
        assert_contract(simulator)
        check, done, again = (run.one(name) for name in ("check", "run", "again"))
        assert remaining(simulator) == ["uloc-572b0ffb-6d47-001"]
        assert remaining(simulator, WAREHOUSE) == []
        assert len(simulator.writes()) == 1
    assert [result["changed"] for result in (check, done, again)] == [True, True, False]
    for same in ("changes", "diff", "findings", "blocked"):
        assert check[same] == done[same], same
    assert [item["status"] for item in done["outcomes"]] == ["verified"]
    assert (check["outcomes"], again["outcomes"], done["came_back"]) == ([], [], [])
    assert [shown["health"] for shown in done["registrations"]] == [
        "compliant", "compliant", "stale_only", "offline", "offline",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "in_process",
    [pytest.param(True, id="in-process"), pytest.param(False, id="as-module", marks=pytest.mark.exhaustive)],
)
def test_the_role_reports_once_what_it_removes_once(in_process: bool) -> None:
    """A device that is named and that violates the policy as well; the tests of the modules compare both ways."""
    role = {"name": "The role", "ansible.builtin.include_role": {"name": "ringme.pbx.client"}}
    shown = []
    with Simulator() as simulator:
        for args in (["--check"], [], []):
            run = run_playbook(
                [{**role, "vars": {"client_id": "801", "client_registrations": NAMED}}],
                simulator_url=simulator.url,
                extra_vars={"ringme_in_process": in_process},
                args=args,
            ).check()
            shown.append([change for entry in run.results for change in entry["result"].get("changes", [])])
            assert len(simulator.writes()) == (0 if args else 1)
        assert_contract(simulator)
        assert remaining(simulator) == ["uloc-572b0ffb-6d47-001"]
    promised, done, again = shown
    assert promised == done and len(done) == 1 and again == []
    assert (done[0]["address"], done[0]["action"]) == ("registration/101", "delete")
