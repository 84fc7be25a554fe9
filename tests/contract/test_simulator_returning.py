# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dropped devices that register again after some seconds (the switch ``reregister``)."""

from __future__ import annotations

from typing import Any

import pytest
from contract.caller import BLOCK, MAIN, SALES, Caller
from simulator import Simulator
from simulator.state import Store

LATER = 600
PATH = f"/extension/{MAIN}/registration/"
"""The extension of the default seed that has two registrations."""


@pytest.fixture(autouse=True)
def _later(simulator: Simulator) -> None:
    simulator.switches["reregister"] = LATER


def listed(caller: Caller) -> list[tuple[str, str]]:
    """Id and device of what is registered."""
    info = caller.get(PATH)
    assert info["registered"] == bool(info["registrations"])
    return [(entry["registration_id"], entry["device"]) for entry in info["registrations"]]


def wait(caller: Caller) -> None:
    """Until every device that was dropped is back."""
    caller.simulator.state.pass_time(LATER)


def test_all_come_back_under_new_ids(caller: Caller) -> None:
    """The same devices at the same addresses; the request that first sees them has changed nothing."""
    before = caller.get(PATH)["registrations"]
    assert caller.delete(PATH).status_code == 204
    assert not listed(caller) and not caller.simulator.state.registered(MAIN)
    wait(caller)
    after = caller.get(PATH)["registrations"]
    for name in ("device", "real_address", "contact_address"):
        assert [entry[name] for entry in after] == [entry[name] for entry in before]
    assert not {entry["registration_id"] for entry in after} & {entry["registration_id"] for entry in before}
    assert [entry.applied for entry in caller.simulator.journal][-3:] == [True, False, False]


def test_one_comes_back_next_to_the_one_that_stayed(caller: Caller) -> None:
    """And again under another id when it is dropped again."""
    (stays, gone), seen = listed(caller), set[str]()
    for _unused in range(3):
        assert caller.delete(PATH + gone[0]).status_code == 204
        assert listed(caller) == [stays]
        wait(caller)
        assert len(listed(caller)) == 2 and listed(caller)[0] == stays and listed(caller)[1][1] == gone[1]
        seen.add(gone[0])
        gone = listed(caller)[1]
        assert gone[0] not in seen
        assert caller.delete(PATH + next(iter(seen))).status_code == 404


def test_each_has_its_own_time(caller: Caller) -> None:
    """Counted from its own DELETE, with the number that held then."""
    simulator = caller.simulator
    first, second = listed(caller)
    simulator.switches["reregister"] = 0
    caller.delete(PATH + first[0])
    simulator.switches["reregister"] = 3600
    caller.delete(PATH + second[0])
    simulator.switches["reregister"] = "never"
    wait(caller)
    assert [device for _id, device in listed(caller)] == [first[1]]


def test_expired_entries_give_way(caller: Caller) -> None:
    """Where dropped registrations stay listed, they are gone once the devices are back."""
    caller.simulator.switches["registration_after_delete"] = "listed"
    caller.delete(PATH)
    info = caller.get(PATH)
    assert info["registered"] is False and len(info["registrations"]) == 2
    wait(caller)
    assert len(listed(caller)) == 2


@pytest.mark.parametrize("way", ["state", "registered", "snapshot", "block"])
def test_whoever_looks_sees_them(caller: Caller, way: str) -> None:
    """The window of tests and the block query as well as the extension's own path."""
    state = caller.simulator.state
    look: dict[str, Any] = {
        "state": lambda: state.registrations(MAIN),
        "registered": lambda: state.registered(MAIN),
        "snapshot": lambda: caller.simulator.snapshot()["registrations"].get(MAIN),
        "block": lambda: caller.get(f"{BLOCK}?extension_id={MAIN}&extension_id={SALES}")[0]["registrations"],
    }
    caller.delete(PATH)
    assert not look[way]()
    wait(caller)
    assert look[way]()


def test_what_ends_the_returning(caller: Caller) -> None:
    """Registrations that a test sets, a deleted extension, another seed."""
    simulator = caller.simulator
    caller.delete(PATH)
    simulator.state.set_registrations(MAIN, [{"device": "Mine"}])
    caller.delete(f"/extension/{SALES}/registration/")
    assert caller.delete(f"/client/@me/extension/{SALES}").status_code == 204
    wait(caller)
    assert [device for _id, device in listed(caller)] == ["Mine"]
    caller.delete(PATH)
    simulator.load(None)
    caller.renew()
    wait(caller)
    assert len(listed(caller)) == 2
    assert not _waiting(simulator.world.store)


def test_a_deleted_client_takes_its_devices_along(caller_of: Any) -> None:
    """Nothing is left that could return to an extension that is gone."""
    dealer = caller_of("dealer-application")
    store = dealer.simulator.world.store
    assert dealer.delete(PATH).status_code == 204 and _waiting(store)
    assert dealer.delete("/client/801").status_code == 204 and not _waiting(store)
    wait(dealer)
    assert dealer.send("GET", PATH).status_code == 404


def _waiting(store: Store) -> int:
    return len(store._returns)
