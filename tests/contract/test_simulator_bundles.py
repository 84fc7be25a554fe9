# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles: constraints, the 16 overwritten values, spreading edits, and what removal does not do."""

from __future__ import annotations

from typing import Any

import pytest
from contract.caller import ACCOUNTING, BUNDLE, DIRECTOR, MAIN, MENU, QUEUE, SALES, WAREHOUSE, Caller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulator import Simulator
from simulator.fields import EXTENSION, PHONE, SYNCHRONISED_EXTENSION, SYNCHRONISED_PHONE

# Section 4 of the API reference, written out: the tables of the simulator must say the same.
PHONE_VALUES = {
    "record_transfer": True,
    "ringback_sound": 13,
    "geo_list": "BY",
    "record_enabled": False,
    "hold_music": 13,
    "announce_sound_upon_outgoing_call": 12,
    "announce_sound_upon_incoming_call": 13,
    "conference_pin": "9999",
    "conference_announce_caller_name": False,
    "conference_end_on_exit": False,
    "record_format": "wav",
    "record_stereo": True,
    "incoming_limit": 9,
}
EXTENSION_VALUES = {"status": "blocked", "dial_rule_id": 7, "dial_rule_limit": 42}
PHONES = (MAIN, SALES, WAREHOUSE, ACCOUNTING, DIRECTOR)


def synchronised(simulator: Simulator, extension_id: int) -> dict[str, Any]:
    """The 16 values of one extension."""
    phone, extension = simulator.state.phone(extension_id), simulator.state.extension(extension_id)
    return {**{name: phone[name] for name in PHONE_VALUES}, **{name: extension[name] for name in EXTENSION_VALUES}}


def test_sixteen_fields_are_synchronised() -> None:
    """13 of the phone, 3 of the extension."""
    assert set(SYNCHRONISED_PHONE) == set(PHONE_VALUES) and len(PHONE_VALUES) == 13
    assert set(SYNCHRONISED_EXTENSION) == set(EXTENSION_VALUES)


def test_joining_overwrites_the_members(caller: Caller) -> None:
    """All 16 values come from the main extension; everything else of the member stays."""
    simulator = caller.simulator
    simulator.state.set_phone(MAIN, **PHONE_VALUES)
    simulator.state.set_extension(MAIN, **EXTENSION_VALUES)
    before = simulator.snapshot()
    assert caller.bundle([SALES, WAREHOUSE]).status_code == 201
    for member in (SALES, WAREHOUSE):
        assert synchronised(simulator, member) == {**PHONE_VALUES, **EXTENSION_VALUES}
        untouched = {name: value for name, value in simulator.state.phone(member).items() if name not in PHONE_VALUES}
        assert untouched == {name: before["phones"][member][name] for name in untouched}
        assert simulator.state.extension(member)["label"] == before["extensions"][member]["label"]
    assert simulator.snapshot()["phones"][DIRECTOR] == before["phones"][DIRECTOR]


@pytest.mark.parametrize("source", [MAIN, SALES, WAREHOUSE])
def test_edits_spread_from_any_member(caller: Caller, source: int) -> None:
    """A synchronised value changes everywhere, any other value only where it was changed."""
    caller.bundle([SALES, WAREHOUSE])
    caller.put(f"/extension/{source}/phone/", **PHONE_VALUES, append_to_cid_name_on_transfer="via")
    caller.put(f"/client/@me/extension/{source}", **EXTENSION_VALUES, label="Changed")
    for extension in (MAIN, SALES, WAREHOUSE):
        assert synchronised(caller.simulator, extension) == {**PHONE_VALUES, **EXTENSION_VALUES}
        assert (caller.simulator.state.extension(extension)["label"] == "Changed") == (extension == source)
        assert (caller.simulator.state.phone(extension)["append_to_cid_name_on_transfer"] == "via") == (
            extension == source
        )
    assert synchronised(caller.simulator, DIRECTOR) != {**PHONE_VALUES, **EXTENSION_VALUES}


def test_removal_restores_nothing_and_ends_the_spreading(caller: Caller) -> None:
    """After DELETE the values stay, and edits stay where they are made."""
    caller.bundle([SALES])
    shared = synchronised(caller.simulator, MAIN)
    assert caller.delete(BUNDLE).status_code == 200
    assert synchronised(caller.simulator, SALES) == shared
    caller.put(f"/extension/{MAIN}/phone/", hold_music=13)
    assert caller.simulator.state.phone(SALES)["hold_music"] == shared["hold_music"] != 13


def test_replacing_drops_a_member_without_restoring_it(caller: Caller) -> None:
    """A POST of another list unties those it does not name, and keeps their values."""
    caller.bundle([SALES, WAREHOUSE])
    shared = synchronised(caller.simulator, MAIN)
    assert caller.bundle([WAREHOUSE, DIRECTOR]).json() == {"bundle_id": MAIN, "bundle_list": [WAREHOUSE, DIRECTOR]}
    assert caller.simulator.state.main_of(SALES) is None and synchronised(caller.simulator, SALES) == shared


def test_an_equal_list_changes_nothing(caller: Caller) -> None:
    """Also in another order."""
    caller.bundle([SALES, WAREHOUSE])
    before = caller.simulator.snapshot()
    assert caller.bundle([WAREHOUSE, SALES]).json()["bundle_list"] == [SALES, WAREHOUSE]
    assert not caller.simulator.journal[-1].applied and caller.simulator.snapshot() == before


@pytest.mark.parametrize(
    ("main", "body", "part"),
    [
        (MAIN, {"bundle_list": [MENU]}, "not of type phone"),
        (MAIN, {"bundle_list": [SALES, QUEUE]}, "not of type phone"),
        (MENU, {"bundle_list": [SALES]}, "not of type phone"),
        (MAIN, {"bundle_list": [ACCOUNTING]}, "is a main extension"),
        (MAIN, {"bundle_list": [DIRECTOR]}, "associated with another"),
        (DIRECTOR, {"bundle_list": [SALES]}, "associated with another"),
        (MAIN, {"bundle_list": [MAIN]}, "with itself"),
        (MAIN, {"bundle_list": [99]}, "no extension 99"),
        (MAIN, {"bundle_list": [41003]}, "no extension 41003"),
        (MAIN, {"bundle_list": [SALES, SALES]}, "twice"),
        (MAIN, {"bundle_list": []}, "must not be empty"),
        (MAIN, {"bundle_list": None}, "required"),
        (MAIN, {"bundle_list": {"id": SALES}}, "must be a list"),
        (MAIN, {"bundle_list": [str(SALES)]}, "list of extension ids"),
        (MAIN, {"bundle_list": [True]}, "list of extension ids"),
        (MAIN, {"bundle_list": [1.5]}, "list of extension ids"),
        (MAIN, {"bundle_list": [-1]}, "list of extension ids"),
        (MAIN, {"bundle_list": [[SALES]]}, "list of extension ids"),
        (MAIN, {}, "required"),
        (MAIN, {"extension_id": [SALES]}, "required"),
        (MAIN, [SALES], "JSON object"),
    ],
)
def test_constraints(caller: Caller, main: int, body: Any, part: str) -> None:
    """A list that breaks a documented rule is refused as a whole."""
    caller.simulator.contract_checked = False
    caller.simulator.state.set_bundle(ACCOUNTING, [DIRECTOR])
    before = caller.simulator.snapshot()
    response = caller.send("POST", f"/client/@me/extensions_bundle/{main}", json=body)
    assert response.status_code == 400 and part in response.json()["message"]
    assert caller.simulator.snapshot() == before and not caller.simulator.journal[-1].applied


def test_only_phones_have_bundles(caller: Caller) -> None:
    """GET and DELETE of another type are refused like POST."""
    for method in ("GET", "DELETE"):
        assert caller.send(method, f"/client/@me/extensions_bundle/{MENU}").status_code == 400


def test_deleting_extensions(caller: Caller) -> None:
    """A deleted member leaves its bundle; a deleted main one dissolves it."""
    caller.bundle([SALES, WAREHOUSE])
    assert caller.delete(f"/client/@me/extension/{SALES}").status_code == 204
    assert caller.get(BUNDLE)["bundle_list"] == [WAREHOUSE]
    assert caller.delete(f"/client/@me/extension/{MAIN}").status_code == 204
    assert caller.simulator.state.main_of(WAREHOUSE) is None and caller.send("GET", BUNDLE).status_code == 404


def test_set_bundle_behind_the_back(simulator: Simulator) -> None:
    """The mutator moves members, and copies no values: that is drift to be found."""
    simulator.state.set_bundle(MAIN, [SALES, WAREHOUSE])
    assert simulator.state.phone(SALES)["hold_music"] == 12
    simulator.state.set_bundle(DIRECTOR, [SALES, MAIN])
    assert simulator.state.bundle(DIRECTOR) == [SALES, MAIN] and simulator.state.bundle(MAIN) == []
    assert simulator.state.main_of(WAREHOUSE) is None and simulator.state.main_of(MAIN) == DIRECTOR
    with pytest.raises(LookupError):
        simulator.state.set_bundle(MAIN, [MAIN])


Step = tuple[str, int, Any]
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("POST"), st.sampled_from(PHONES), st.lists(st.sampled_from((*PHONES, MENU)), max_size=4)),
    st.tuples(st.just("DELETE"), st.sampled_from(PHONES), st.none()),
    st.tuples(st.just("phone"), st.sampled_from(PHONES), st.sampled_from([11, 12, 13, None])),
    st.tuples(st.just("status"), st.sampled_from(PHONES), st.sampled_from(["active", "blocked"])),
    st.tuples(st.just("remove"), st.sampled_from(PHONES), st.none()),
)


@pytest.fixture(scope="module")
def shared_caller() -> Any:
    """One simulator for all examples; each example loads the seed again."""
    with Simulator() as simulator:
        caller = Caller(simulator)
        yield caller
        caller.close()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=12), semantics=st.sampled_from(["replace", "add"]))
def test_invariants_hold_after_any_steps(shared_caller: Caller, steps: list[Step], semantics: str) -> None:
    """Links always agree, no one is both main and member, and a bundle's 16 values are always equal."""
    caller, simulator = shared_caller, shared_caller.simulator
    simulator.load(None)
    simulator.switches["bundle_post"] = semantics
    caller.renew()
    for kind, extension, value in steps:
        if kind == "POST":
            response = caller.bundle(value, extension)
            assert response.status_code in (201, 400, 404)
            if response.status_code == 201:
                assert set(value) <= set(simulator.state.bundle(extension))
                assert semantics == "add" or set(simulator.state.bundle(extension)) == set(value)
        elif kind == "DELETE":
            caller.delete(f"/client/@me/extensions_bundle/{extension}")
        elif kind == "phone":
            caller.send("PUT", f"/extension/{extension}/phone/", json={"hold_music": value})
        elif kind == "status":
            caller.send("PUT", f"/client/@me/extension/{extension}", json={"status": value})
        else:
            caller.delete(f"/client/@me/extension/{extension}")
        _check_invariants(simulator)


def _check_invariants(simulator: Simulator) -> None:
    extensions = simulator.world.store.extensions
    for extension in extensions.values():
        assert not (extension.members and extension.main_id)
        assert len(set(extension.members)) == len(extension.members)
        for member in extension.members:
            assert extensions[member].main_id == extension.id and extensions[member].type == "phone"
            assert synchronised(simulator, member) == synchronised(simulator, extension.id)
        assert extension.main_id is None or extension.id in extensions[extension.main_id].members
    assert not [entry for entry in simulator.journal if entry.crash or entry.response_errors]


def test_sparse_storage_is_invisible(caller: Caller) -> None:
    """Writing a default over another value is a change like any other; writing an equal value is none."""
    for table, path in ((PHONE, f"/extension/{MAIN}/phone/"), (EXTENSION, f"/client/@me/extension/{MAIN}")):
        for name in ("hold_music", "dial_rule_id"):
            if name in table:
                assert caller.put(path, **{name: None})[name] is None and caller.simulator.journal[-1].applied
                assert caller.put(path, **{name: None})[name] is None and not caller.simulator.journal[-1].applied
