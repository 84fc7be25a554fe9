# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults during the change of a whole client: every fault at every request of a list with every kind of change.

Each bundle is in its old or its desired state, and the result reports which. Where it is in neither, or where the state
is unknown, the result says so and has the request that restores the old members. The next run completes the changes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from component.test_resources_faults import FAULTS as BAD_DAYS
from component.test_resources_faults import turned_away
from simulator.faults import Fault, Faults
from simulator.switches import TABLE
from support.component.bundle_client import (
    AFTER,
    ARGS,
    BEFORE,
    MOVES,
    PARTS,
    TOGETHER,
    BundleClient,
    Bundles,
    id_of,
    number_of,
)
from support.component.resource_runner import Ran

FULL = os.environ.get("RINGME_TEST_ALL") == "1"
"""Whether every fault strikes every request under every switch, which takes minutes."""

FAULTS: Mapping[str, Mapping[str, Any]] = {
    **BAD_DAYS,
    "401": {"kind": "status", "status": 401},
    "404": {"kind": "status", "status": 404},
}
# Faults at a write: not applied, or applied without a response that says so.
SEVERAL = ("500", "500-after", "400", "403", "404", "reset", "reset-after", "html", "html-after", "429-too-long")

# Elsewhere one of each: applied without a response, refused, lost, not a response of the API, not found.
SHORT = ("500-after", "400", "reset", "html", "404")

_MATTERS = ("ids_as", "validation_error", "extension_not_found", "unauthorized_body")
_WITHOUT_EFFECT = ("bundle_empty_post", "bundle_main_deleted", "bundle_overwrites_more")
SWITCHES: Mapping[str, Mapping[str, Any]] = {
    "usual": {},
    **{
        f"{switch.name}={value}": {switch.name: value}
        for switch in TABLE
        if (switch.name.startswith("bundle_") and switch.name not in _WITHOUT_EFFECT) or switch.name in _MATTERS
        for value in switch.values
        if value != switch.default
    },
    "adds-and-refuses-repeating": {"bundle_post": "add", "bundle_repost_member": "400"},
    "adds-without-a-body": {"bundle_post": "add", "bundle_post_code": "204", "bundle_delete_code": "204"},
    "everything-is-404": {"bundle_get_absent": "404", "bundle_get_member": "404", "bundle_delete_absent": "404"},
    "adds-and-everything-is-404": {
        "bundle_post": "add",
        "bundle_get_absent": "404",
        "bundle_get_member": "404",
        "bundle_delete_absent": "404",
    },
    "adds-and-odd-shapes": {
        "bundle_post": "add",
        "bundle_members_as": "object",
        "bundle_order": "reversed",
        "bundle_delete_body": "untied",
        "ids_as": "string",
    },
}
THOROUGH = ("usual",)
"""Under these every fault is tried always, at reads as well."""
DOUBLE = ("usual", "bundle_post=add", "bundle_repost_member=400", "adds-and-everything-is-404")
"""These decide how many requests a change takes, and what is known after it."""


class Script(Faults):
    """Faults that a function picks: it sees the number of the REST request, its method and its path."""

    def __init__(self, pick: Callable[[int, str, str], Mapping[str, Any] | None]) -> None:
        super().__init__()
        self._pick, self._number = pick, 0
        self.struck: list[tuple[str, str]] = []

    def strike(self, method: str, path: str) -> Fault | None:
        """The fault for this request; the token endpoint is left alone."""
        if path == "/oauth/token":
            return None
        self._number += 1
        options = self._pick(self._number, method, path)
        if options is None:
            return None
        self.struck.append((method, path))
        made = Faults()
        return made.add(**options)


class Days:
    """Runs under some switches: the run without faults, and the result of each run with one."""

    def __init__(self, switches: Mapping[str, Any], mains: Sequence[str] = tuple(AFTER), **more: Any) -> None:
        self.client = BundleClient(switches=switches)
        self.args = {**ARGS, "bundles": [entry for entry in ARGS["bundles"] if entry["extension"] in mains], **more}
        self.moves = [main for main in MOVES if main in mains]
        self.after = {**BEFORE, **{main: AFTER[main] for main in self.moves}}
        self.promised = self.client.run(self.args, check=True)
        assert not self.promised.failed and not self.promised.writes, self.promised.result
        self.clean = self.client.run(self.args)
        assert not self.clean.failed, self.clean.result
        assert self.client.bundles() == self.after
        if (
            switches
        ):  # the run without faults checks the requests against the contract, and so do the runs without switches
            self.client.simulator.pipeline.contract = None
        self.requests = [(entry.method, entry.path) for entry in self.clean.entries if entry.is_api]
        self.writes = [number for number, (method, _path) in enumerate(self.requests, 1) if method != "GET"]
        self.first_write = self.writes[0]
        self.writing = range(self.first_write, len(self.requests) + 1)
        habits = self.client.simulator.switches
        self.one_post_is_not_enough = "add" in habits["bundle_post"] or habits["bundle_repost_member"] == "400"
        self.struck_once: set[tuple[int, str]] = set()
        """The first faults after which no bundle is written a second time, so that no second fault can strike."""
        self._finishes: set[tuple[tuple[str, ...], ...]] = set()

    def __call__(self, pick: Callable[[int, str, str], Mapping[str, Any] | None]) -> tuple[Ran, Script]:
        """Run with faults from the first state on; the faults are over afterwards."""
        self.client.restore()
        script = Script(pick)
        usual = self.client.simulator.world.faults
        self.client.simulator.world.faults = script
        try:
            ran = self.client.run(self.args)
        finally:
            self.client.simulator.world.faults = usual
        return ran, script

    def finishes(self) -> None:
        """A run without faults reaches the desired state from here, and a further one changes nothing.

        Both depend on nothing but the state, so each state is tried once.
        """
        state = tuple(self.client.bundles().values())
        if state in self._finishes:
            return
        second = self.client.run(self.args)
        assert not second.failed, second.result
        assert self.client.bundles() == self.after
        assert second.changed == (state != tuple(self.after[main] for main in BEFORE))
        if not self._finishes:  # it starts from the same state each time
            third = self.client.run(self.args)
            assert not third.failed and not third.changed and not third.writes
        self._finishes.add(state)

    @staticmethod
    def wrote(ran: Ran, main: str) -> bool:
        """Whether a write was sent to the bundle of this main extension."""
        return any(entry.path.endswith(f"/extensions_bundle/{id_of(main)}") for entry in ran.writes)

    def restore_by_hand(self, outcomes: Sequence[Mapping[str, Any]]) -> None:
        """Send the ``restore`` requests of a result; after that each bundle has its old members.

        Where the API adds, or refuses members that are there already, one POST is not sufficient: there the bundle is
        removed first. The order in which bundles can be restored is found by trying.
        """
        waiting = [outcome for outcome in outcomes if outcome["restore"]]
        while waiting:
            left = [outcome for outcome in waiting if not self._restored(outcome)]
            assert len(left) < len(waiting), f"none of {left} does"
            waiting = left

    def _restored(self, outcome: Mapping[str, Any]) -> bool:
        restore, main = outcome["restore"], outcome["extension"]
        self.client.send(restore)
        if self.one_post_is_not_enough and self.client.bundles()[main] != BEFORE[main]:
            self.client.send({"method": "DELETE", "path": restore["path"], "body": None})
            self.client.send(restore)
        return self.client.bundles()[main] == BEFORE[main]


def outcomes_of(ran: Ran) -> dict[str, Mapping[str, Any]]:
    """The outcome of each planned bundle change, by the number of its main extension."""
    found = {outcome["extension"]: outcome for outcome in ran.result.get("outcomes", ())}
    assert not found or list(found) == [change["extension"] for change in ran.result["changes"]]
    return found


def hold(days: Days, ran: Ran, faults: Sequence[Mapping[str, Any]]) -> Bundles:
    """Assert that every bundle is what the result says; returns the bundles."""
    now = days.client.bundles()
    assert ran.result["requests"] is not None
    assert ran.tokens <= sum(fault.get("kind") == "expired_token" or fault.get("status") == 401 for fault in faults)
    if not ran.failed:
        assert now == days.after
        # A GET that returns 404 means that there is no bundle, so other requests reach the same state.
        assert ran.essence == days.clean.essence or any(fault.get("status") == 404 for fault in faults)
        assert {outcome["status"] for outcome in ran.result["outcomes"]} == {"verified"}
        return now
    outcomes = outcomes_of(ran)
    if not outcomes:  # it ended before the first write
        assert ran.kind not in (None, "some_failed", "arguments", "error"), ran.result
        assert now == BEFORE and not ran.writes and not ran.changed
        return now
    assert ran.kind == "some_failed"
    if all(fault.get("status") != 404 for fault in faults):
        assert set(outcomes) == set(days.moves)
        assert ran.result["changes"] == days.promised.result["changes"]
    for main, outcome in outcomes.items():
        _hold_one(main, outcome, now[main], ran.msg)
    assert all(now[main] == BEFORE[main] for main in BEFORE if main not in days.moves)
    assert ran.changed or now == BEFORE
    for pair in TOGETHER:
        statuses = {outcomes[main]["status"] for main in pair if main in outcomes}
        assert "verified" not in statuses or statuses == {"verified"}, "one half of what belongs together was left"
    return now


def _hold_one(main: str, outcome: Mapping[str, Any], now: tuple[str, ...], msg: str) -> None:
    old, new, status = BEFORE[main], AFTER[main], outcome["status"]
    where = f"{outcome['address']} has {now}, and the result says {outcome}"
    assert outcome["address"] == f"bundle/{main}"
    if status == "verified":
        assert now == new, where
        assert outcome["error"] is None and outcome["restore"] is None
        return
    if status != "not_reached":
        assert outcome["error"]["msg"], where
    if outcome["restore"]:
        assert status == "failed" and outcome["error"]["kind"] == "partial"
        assert f"{outcome['restore']['method']} {outcome['restore']['path']}" in msg, "a message must not leave it out"
        assert all(str(member) in msg for member in (outcome["restore"]["body"] or {}).get("bundle_list", ()))
    elif status == "failed" and "not known" in outcome["error"]["msg"]:
        assert now in (old, new), where
    elif outcome["error"] and "not rolled back: the bundle now has " in outcome["error"]["msg"]:
        # A GET said 404, which means no bundle. That there was one shows later: a run undoes only its own changes.
        assert outcome["action"] == "create" and f"({', '.join(f'{one} (id {id_of(one)})' for one in now)})" in msg, (
            where
        )
    else:
        assert now == old, where


def sent_again(ran: Ran) -> list[str]:
    """POST requests that were sent again although it was unknown whether they were applied.

    After another write to the same bundle it is another one. A DELETE is allowed again: a second one has no effect.
    """
    last: dict[str, tuple[str, str, str | None]] = {}
    found = []
    for entry in ran.writes:
        before, this = last.get(entry.path), (entry.method, repr(entry.body), entry.fault)
        if entry.method == "POST" and before is not None and before[2] is not None and before[:2] == this[:2]:
            found.append(f"{entry.method} {entry.path} {entry.body}")
        last[entry.path] = this
    return found


def _strike(number: int, fault: Mapping[str, Any]) -> Callable[[int, str, str], Mapping[str, Any] | None]:
    return lambda count, method, path: fault if count == number else None


def _cases() -> Iterator[Any]:
    for name in SWITCHES:
        for fault in FAULTS if FULL or name in THOROUGH else SEVERAL if name in DOUBLE else SHORT:
            yield pytest.param(name, fault, id=f"{name}-{fault}")


@pytest.fixture(scope="module", name="days")
def _days() -> Iterator[Callable[..., Days]]:
    """Gives the days under some switches; the run without faults happens once."""
    kept: dict[str, Days] = {}

    def get(name: str, mains: Sequence[str] = tuple(AFTER), **more: Any) -> Days:
        key = f"{name} {mains} {more}"
        if key not in kept:
            kept[key] = Days(SWITCHES[name], mains, **more)
        return kept[key]

    yield get
    for one in kept.values():
        one.client.runner.close()


def parts(days: Callable[..., Days], name: str, **more: Any) -> list[Days]:
    """Return the days of the parts of the list, or of the whole list in ``make test-all``.

    A run with the whole list costs three times as much, and shows only one thing more: that bundles of different parts
    leave each other alone, which does not depend on the switch.
    """
    return [days(name, mains, **more) for mains in ([tuple(AFTER)] if FULL else PARTS)]


@pytest.mark.parametrize(("name", "fault"), list(_cases()))
def test_old_or_new_and_said_so(days: Callable[..., Days], name: str, fault: str) -> None:
    # The faults share the requests: each strikes every second one, and every fourth one under the other switches.
    thorough = FULL or name in THOROUGH
    tried = [(bad, 1 if FULL else 2 if thorough else 4) for bad in parts(days, name)]
    if thorough and fault in SHORT and not FULL:
        tried.append((days(name), 4))
    for index, (bad, step) in enumerate(tried):
        # What is read before the first write is read in the same way for each part.
        first = (1 if thorough and not index else bad.first_write) + (list(FAULTS).index(fault) + index) % step
        for number in range(first, len(bad.requests) + 1, step):
            ran, script = bad(_strike(number, FAULTS[fault]))
            assert script.struck == [bad.requests[number - 1]], "it was struck somewhere else"
            hold(bad, ran, [FAULTS[fault]])
            assert turned_away(FAULTS[fault]) or fault == "401" or sent_again(ran) == [], number
            bad.restore_by_hand(list(outcomes_of(ran).values()) if ran.failed else [])
            bad.finishes()


# --- two faults in a row: the write, and the rollback

SECOND = ("500", "400", "reset", "reset-after", "html", "403")


class Twice:
    """The write of that number fails, and so do the next writes to bundles that were written before."""

    def __init__(self, number: int, first: Mapping[str, Any], then: Mapping[str, Any], most: int) -> None:
        self._number, self._first, self._then, self._most = number, first, then, most
        self._written: set[str] = set()
        self.hit = 0
        self.offered = 0

    def __call__(self, count: int, method: str, path: str) -> Mapping[str, Any] | None:
        """The fault for this request."""
        if method == "GET":
            return None
        again = path in self._written
        self._written.add(path)
        if count == self._number:
            return self._first
        if count > self._number and again:
            self.offered += 1
            if self.hit < self._most:
                self.hit += 1
                return self._then
        return None


def _pairs() -> Iterator[Any]:
    for name in DOUBLE:
        whole = FULL or name == "usual"
        for first in ("500", "400", "reset-after", "html") if whole else ("400", "html"):
            for then in SECOND if whole else ("500", "400", "reset-after"):
                yield pytest.param(name, first, then, id=f"{name}-{first}-{then}")


@pytest.mark.parametrize(("name", "first", "then"), list(_pairs()))
def test_the_rollback_fails_too(days: Callable[..., Days], name: str, first: str, then: str) -> None:
    restored = 0
    for bad, number in ((part, number) for part in parts(days, name) for number in part.writes):
        if (number, first) in bad.struck_once:
            continue
        for most in (1, 9) if FULL or name == "usual" else (2,):
            twice = Twice(number, FAULTS[first], FAULTS[then], most)
            ran, _script = bad(twice)
            if not twice.offered:
                bad.struck_once.add((number, first))
            hold(bad, ran, [FAULTS[first], FAULTS[then]])
            outcomes = list(outcomes_of(ran).values()) if ran.failed else []
            restored += sum(bool(outcome["restore"]) for outcome in outcomes)
            bad.restore_by_hand(outcomes)
            bad.finishes()
            if twice.offered <= most:
                break  # more faults would strike no more
    if name == "usual" and first in ("500", "400") and then in ("500", "400", "reset", "403"):
        assert restored, "nothing was ever lost, so nothing was proved"


@pytest.mark.parametrize("kind", ["500", "reset", "403", "401", "quota", "html"])
@pytest.mark.parametrize("name", ["usual", "bundle_post=add"])
def test_the_api_goes_away(days: Callable[..., Days], name: str, kind: str) -> None:
    lost = 0
    for bad, number in ((part, number) for part in parts(days, name) for number in part.writing):
        ran, _script = bad(lambda count, method, path, number=number: FAULTS[kind] if count >= number else None)
        assert ran.failed
        hold_all_but_tokens(bad, ran)
        outcomes = list(outcomes_of(ran).values())
        lost += sum(bool(outcome["restore"]) for outcome in outcomes)
        bad.restore_by_hand(outcomes)
        bad.finishes()
    assert lost, "nothing was ever lost, so nothing was proved"


def hold_all_but_tokens(days: Days, ran: Ran) -> None:
    """As :func:`hold`; each request that is refused may ask for one token, since it cannot know that all will be."""
    hold(days, ran, [{"status": 401}] * len(ran.entries))


# --- stopping at the first failure


@pytest.mark.parametrize("fault", ["500", "400", "403", "404", "reset", "reset-after", "html"])
@pytest.mark.parametrize("name", ["usual", "bundle_post=add"])
def test_stop_begins_nothing_after_a_failure(days: Callable[..., Days], name: str, fault: str) -> None:
    stopped = 0
    for bad, number in ((part, number) for part in parts(days, name, on_error="stop") for number in part.writing):
        ran, _script = bad(_strike(number, FAULTS[fault]))
        hold(bad, ran, [FAULTS[fault]])
        if not ran.failed:
            continue
        outcomes = outcomes_of(ran)
        struck = next(index for index, entry in enumerate(ran.entries) if entry.fault)
        begun = {entry.path for entry in ran.entries[: struck + 1] if entry.is_write}
        later = {entry.path for entry in ran.entries[struck + 1 :] if entry.is_write}
        assert later <= begun, "something new was begun after the failure"
        unreached = [main for main, outcome in outcomes.items() if outcome["status"] == "not_reached"]
        stopped += len(unreached)
        assert all(not bad.wrote(ran, main) for main in unreached)
        bad.restore_by_hand(list(outcomes.values()))
        bad.finishes()
    assert stopped or fault == "reset-after"  # whose writes are settled by reading


def test_continue_applies_all_that_does_not_depend_on_the_failure(days: Callable[..., Days]) -> None:
    bad = days("usual")
    for main in MOVES:
        path = f"/extensions_bundle/{50_000 + int(main)}"
        ran, _script = bad(
            lambda count, method, where, path=path: FAULTS["403"] if method != "GET" and path in where else None
        )
        hold(bad, ran, [FAULTS["403"]])
        together = next((pair for pair in TOGETHER if main in pair), (main,))
        for other, outcome in outcomes_of(ran).items():
            if other not in together:
                assert outcome["status"] == "verified"
            else:
                assert outcome["status"] in (("failed",) if other == main else ("compensated", "not_reached"))
        bad.restore_by_hand(list(outcomes_of(ran).values()))
        bad.finishes()


# --- eight at a time: the fault strikes any of the writes


@pytest.mark.parametrize("fault", SEVERAL if FULL else SHORT)
@pytest.mark.parametrize("name", ["usual", "bundle_post=add", "adds-and-everything-is-404"])
def test_eight_at_a_time(days: Callable[..., Days], name: str, fault: str) -> None:
    bad = days(name, concurrency=8)
    for number in range(1, len(bad.requests) + 1, 1 if FULL else 3):
        ran, script = bad(_strike(number, FAULTS[fault]))
        assert len(script.struck) == 1
        hold(bad, ran, [FAULTS[fault]])
        assert turned_away(FAULTS[fault]) or sent_again(ran) == []
        bad.restore_by_hand(list(outcomes_of(ran).values()) if ran.failed else [])
        bad.finishes()


def test_the_order_is_removals_shrinks_growths(days: Callable[..., Days]) -> None:
    good = days("usual")
    order = [(method, number_of(int(path.rpartition("/")[2]))) for method, path in good.requests if method != "GET"]
    assert set(order[:2]) == {("DELETE", "104"), ("DELETE", "106")}  # 106 and 105 exchange members
    assert set(order[2:5]) == {("POST", main) for main in ("102", "105", "110")}
    assert set(order[5:]) == {("POST", main) for main in ("101", "103", "105", "106", "107", "109")}
    assert len(order) == 11
