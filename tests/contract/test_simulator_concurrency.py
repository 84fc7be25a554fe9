# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many requests in flight at once: faults strike exactly, the journal is correct, the rules of bundles hold."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest
import requests
from contract.caller import Caller
from simulator import Simulator
from simulator.journal import Entry

AT_ONCE = 8
PHONES = range(1000001, 1000033)
SEED = {"generate": {"clients": 1, "extensions": len(PHONES), "applications": True}}
APPLICATION = "generated-100001"


@pytest.fixture(name="callers")
def _callers(make_simulator: Callable[..., Simulator]) -> Iterator[list[Caller]]:
    """Eight connections of one user to a client with 32 phones and no bundle."""
    simulator = make_simulator(SEED)
    callers = [Caller(simulator, APPLICATION) for _unused in range(AT_ONCE)]
    simulator.clear_journal()
    yield callers
    for caller in callers:
        caller.close()


def together(callers: Sequence[Caller], work: Callable[[int, Caller], None]) -> None:
    """Let all start at the same moment; an exception of any fails the test."""
    barrier, failures = threading.Barrier(len(callers)), []

    def one(number: int, caller: Caller) -> None:
        try:
            barrier.wait(10)
            work(number, caller)
        except BaseException as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=one, args=entry) for entry in enumerate(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures and not any(thread.is_alive() for thread in threads), failures


def post(caller: Caller, main: int, members: Sequence[int]) -> requests.Response:
    """POST of a bundle."""
    return caller.bundle(list(members), main)


def delete(caller: Caller, main: int) -> requests.Response:
    """DELETE of a bundle."""
    return caller.delete(f"/client/@me/extensions_bundle/{main}")


def bundles(simulator: Simulator) -> dict[int, list[int]]:
    """Every bundle; fails where an extension is in two, or a main one is a member."""
    with simulator.world.store.lock:
        found: dict[int, list[int]] = simulator.snapshot()["bundles"]
        assert all(simulator.state.main_of(member) == main for main, members in found.items() for member in members)
    members = Counter(member for bundle in found.values() for member in bundle)
    assert all(count == 1 for count in members.values()), members
    assert not members.keys() & found.keys()
    return found


# --- faults and journal ---


def test_a_fault_hits_the_nth_request_of_many_in_flight(callers: list[Caller]) -> None:
    """Each ordinal is struck once, although every request overlaps seven others."""
    simulator = callers[0].simulator
    fault = simulator.faults.add("status", status=503, method="GET", path="/extensions_bundle/", at=[3, 40, 41, 80])
    simulator.faults.add("slow", seconds=0.02, path="/extensions_bundle/")  # keeps all eight in flight
    statuses: list[int] = []

    def work(number: int, caller: Caller) -> None:
        statuses.extend(
            caller.send("GET", f"/client/@me/extensions_bundle/{phone}").status_code for phone in PHONES[:10]
        )

    together(callers, work)
    assert Counter(statuses) == {200: 76, 503: 4}
    assert (fault.seen, fault.fired) == (80, 4)
    assert Counter(entry.fault for entry in simulator.journal) == {"slow": 76, "status": 4}


def test_a_held_up_request_moves_behind_those_that_overtook_it(callers: list[Caller]) -> None:
    """Its entry is there from the beginning, and gets its index when it goes on."""
    simulator = callers[0].simulator
    simulator.faults.add("slow", seconds=3600, method="PUT", at=1)
    slow = threading.Thread(target=callers[0].put, args=("/client/@me/client/",), kwargs={"timezone": "Europe/Minsk"})
    slow.start()
    while not simulator.journal:
        time.sleep(0.01)
    callers[1].put("/client/@me/client/", timezone="UTC")
    assert [(entry.index, entry.status) for entry in simulator.journal] == [(1, None), (2, 200)]
    simulator.faults.clear()
    slow.join()
    assert [(entry.index, entry.body["timezone"]) for entry in simulator.journal] == [(2, "UTC"), (3, "Europe/Minsk")]
    assert simulator.state.client(100001).settings["timezone"] == "Europe/Minsk"


# --- the rules of bundles ---


def test_a_member_that_eight_want_goes_to_one(callers: list[Caller]) -> None:
    """One POST wins, the others get the error that it is linked."""
    simulator, wanted = callers[0].simulator, PHONES[-1]
    for _unused in range(10):
        responses: dict[int, requests.Response] = {}

        def work(number: int, caller: Caller, responses: dict[int, requests.Response] = responses) -> None:
            responses[PHONES[number]] = post(caller, PHONES[number], [wanted])

        together(callers, work)
        winners = [main for main, response in responses.items() if response.status_code == 201]
        assert len(winners) == 1 and bundles(simulator) == {winners[0]: [wanted]}
        refused = [response for response in responses.values() if response.status_code == 400]
        assert len(refused) == 7 and all(
            "associated with another" in response.json()["message"] for response in refused
        )
        assert delete(callers[0], winners[0]).status_code == 200


def test_two_that_want_each_other(callers: list[Caller]) -> None:
    """Never both main and member, whoever comes first."""
    simulator, seen = callers[0].simulator, set()
    for _unused in range(10):

        def work(number: int, caller: Caller) -> None:
            pair, side = divmod(number, 2)
            one, other = PHONES[2 * pair + side], PHONES[2 * pair + 1 - side]
            seen.add(post(caller, one, [other]).status_code)

        together(callers, work)
        found = bundles(simulator)
        assert len(found) == 4
        for main in found:
            delete(callers[0], main)
    assert seen == {201, 400}


def test_what_is_released_is_free_at_once(callers: list[Caller]) -> None:
    """By DELETE and by a POST without it: the very next request may link it, among seven others that do the same."""

    def work(number: int, caller: Caller) -> None:
        one, other, moving, staying = PHONES[4 * number : 4 * number + 4]
        assert post(caller, one, [moving, staying]).status_code == 201
        for _unused in range(5):
            assert post(caller, other, [moving]).status_code == 400
            assert post(caller, one, [staying]).status_code == 201
            assert post(caller, other, [moving]).status_code == 201
            assert post(caller, one, [staying, moving]).status_code == 400
            assert delete(caller, other).status_code == 200
            assert post(caller, one, [staying, moving]).status_code == 201
        assert delete(caller, one).status_code == 200
        assert post(caller, moving, [one, other, staying]).status_code == 201

    together(callers, work)
    found = bundles(callers[0].simulator)
    assert found == {PHONES[4 * n + 2]: [PHONES[4 * n + k] for k in (0, 1, 3)] for n in range(AT_ONCE)}


@pytest.mark.parametrize("post_means", ["replace", "add"])
def test_a_storm_ends_as_its_journal_says(callers: list[Caller], post_means: str) -> None:
    """Random writes to ten phones, some delayed: applied one by one in the journal's order, they give this state."""
    simulator = callers[0].simulator
    simulator.switches["bundle_post"] = post_means
    simulator.faults.add("slow", seconds=0.01, when="before", at=list(range(1, 400, 5)))
    few = PHONES[:10]

    def work(number: int, caller: Caller) -> None:
        dice = random.Random(number)
        for _unused in range(40):
            if dice.random() < 0.3:
                assert delete(caller, dice.choice(few)).status_code == 200
            else:
                response = post(caller, dice.choice(few), dice.sample(few, dice.randint(1, 3)))
                assert response.status_code in (201, 400)
            bundles(simulator)

    together(callers, work)
    indices = [entry.index for entry in simulator.journal]
    assert indices == sorted(set(indices)) and len(indices) == AT_ONCE * 40
    replayed: dict[int, list[int]] = {}
    for entry in simulator.journal:
        assert entry.status == _replay(replayed, entry, add=post_means == "add"), (entry, replayed)
    assert {main: sorted(members) for main, members in replayed.items()} == bundles(simulator)
    assert {201, 400} <= {entry.status for entry in simulator.journal if entry.method == "POST"}


def _replay(state: dict[int, list[int]], entry: Entry, *, add: bool) -> int:
    """Do to a plain model of the rules what a request asks for; returns the status that it has to get."""
    main = int(entry.path.rpartition("/")[2])
    if entry.method == "DELETE":
        state.pop(main, None)
        return 200
    wanted = list(entry.body["bundle_list"])
    others = {member for other, members in state.items() if other != main for member in members}
    if main in others or main in wanted or others & set(wanted) or state.keys() & set(wanted):
        return 400
    state[main] = sorted({*state.get(main, []), *wanted}) if add else wanted
    return 201
