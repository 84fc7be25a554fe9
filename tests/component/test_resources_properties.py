# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random clients, random wishes: check mode promises what the run does to the whole state, and twice is once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator import Simulator, assert_contract
from simulator.fields import SYNCHRONISED_EXTENSION, SYNCHRONISED_PHONE
from support.component.direct_transport import DirectRunner
from support.component.resource_runner import SEED, touched
from support.component.scenarios import (
    ACCOUNTING,
    BUNDLE,
    CLIENT_INFO,
    DIRECTOR,
    MAIN,
    REGISTRATION,
    REGISTRATIONS,
    SALES,
    SETTINGS,
    WAREHOUSE,
    bundle_up,
)

from ansible_collections.ringme.pbx.plugins.module_utils._model.addresses import address_of
from ansible_collections.ringme.pbx.plugins.module_utils._model.fields import CLIENT_RESETTABLE

bounded = settings(max_examples=60, deadline=None, derandomize=True, database=None)

COUNTRIES = ("RU", "BY", "KZ", "US", "NO", "GB")
PHONES = (MAIN, SALES, WAREHOUSE, ACCOUNTING, DIRECTOR)
WIRE = {"geo_list": lambda codes: " ".join(sorted(codes))}
"""How the options that are not plain look in the simulator."""


@pytest.fixture(scope="module", name="shared")
def _shared() -> Iterator[Simulator]:
    """One simulator for all examples; the state is replaced for each."""
    with Simulator(SEED) as simulator:
        yield simulator
        assert_contract(simulator)


ids = st.integers(1, 10**9)
geo_lists = st.one_of(st.just(["*"]), st.lists(st.sampled_from(COUNTRIES), min_size=1, unique=True))
OPTIONS = {
    "dial_rule_id": ids,
    "disk_space_notify_email": st.sampled_from(["a@example.net", "b@example.org"]),
    "disk_space_notify_threshold": st.integers(0, 100),
    "geo_list": geo_lists,
    "hold_music": ids,
    "sip_network_permission_id": ids,
    "timezone": st.sampled_from(["UTC", "Europe/Moscow", "Asia/Yekaterinburg"]),
    "call_interactive_out_call": st.booleans(),
    "call_interactive_url": st.sampled_from(["https://example.net/a", "https://example.net/b?c=d"]),
    "call_interactive_method": st.sampled_from(["GET", "POST"]),
    "call_interactive_timeout": st.integers(0, 600),
}
some_settings = st.fixed_dictionaries({}, optional=OPTIONS)
# A client that has some values set, others at their defaults.
some_wish = st.tuples(some_settings, st.sets(st.sampled_from(sorted(CLIENT_RESETTABLE)))).map(
    lambda both: {**both[0], "reset": sorted(both[1] - both[0].keys())}
)


def on_the_wire(values: Mapping[str, Any]) -> dict[str, Any]:
    """Options as the simulator stores them."""
    return {name: WIRE.get(name, lambda value: value)(value) for name, value in values.items()}


@bounded
@given(has=some_settings, wish=some_wish)
def test_settings(shared: Simulator, has: dict[str, Any], wish: dict[str, Any]) -> None:
    shared.load(SEED)
    shared.switches["call_interactive"] = "present"
    shared.state.set_client(801, **on_the_wire(has))
    runner = DirectRunner(shared)
    before = shared.snapshot()
    wanted = on_the_wire({name: value for name, value in wish.items() if name != "reset"}) | dict.fromkeys(
        wish["reset"]
    )
    was = before["clients"][801]
    differs = {name for name, value in wanted.items() if _meaning(name, was[name]) != _meaning(name, value)}

    promised = runner(SETTINGS, wish, check=True)
    assert not touched(before, shared.snapshot())
    done = runner(SETTINGS, wish)
    assert not done.failed, done.result
    assert done.essence == promised.essence
    assert {field["name"] for change in promised.result["changes"] for field in change["fields"]} == differs
    after = shared.snapshot()
    assert {place.rpartition("/")[2] for place in touched(before, after)} == differs
    assert all(_meaning(name, after["clients"][801][name]) == _meaning(name, value) for name, value in wanted.items())
    assert promised.result["client"] == runner(CLIENT_INFO, {}).result["client"]
    assert [set(entry.body) for entry in done.writes] == ([differs] if differs else [])
    again = runner(SETTINGS, wish)
    assert not again.changed and not again.writes and len(again.sent) == 1
    runner.close()


def _meaning(name: str, value: Any) -> Any:
    return sorted(value.split()) if name == "geo_list" and value else value


@bounded
@given(has=some_settings)
def test_what_client_info_returns_is_what_client_settings_accepts(shared: Simulator, has: dict[str, Any]) -> None:
    shared.load(SEED)
    shared.switches["call_interactive"] = "present"
    shared.state.set_client(801, **on_the_wire(has))
    runner = DirectRunner(shared)
    read = runner(CLIENT_INFO, {}).result["settings"]
    assert not runner(SETTINGS, read).changed
    shared.load(SEED)
    runner.forget()
    assert not runner(SETTINGS, read).failed
    assert runner(CLIENT_INFO, {}).result["settings"] == read
    runner.close()


phones = st.fixed_dictionaries(
    {},
    optional={
        "hold_music": st.sampled_from([11, 12]),
        "record_enabled": st.booleans(),
        "geo_list": st.sampled_from(["RU", "BY RU", "RU BY", "*"]),
        "conference_pin": st.sampled_from(["4711", "1234"]),
        "incoming_limit": st.integers(0, 5),
        "record_format": st.sampled_from(["mp3", "wav"]),
    },
)
extensions = st.fixed_dictionaries(
    {}, optional={"status": st.sampled_from(["active", "blocked"]), "dial_rule_limit": st.integers(0, 5)}
)
others = st.lists(st.sampled_from(PHONES[1:]), unique=True)


@bounded
@given(
    has=others,
    wants=others,
    append=st.booleans(),
    phone=st.tuples(*[phones] * 5),
    own=st.tuples(*[extensions] * 5),
    post=st.sampled_from(["replace", "add"]),
)
def test_bundles(
    shared: Simulator,
    has: list[int],
    wants: list[int],
    append: bool,
    phone: tuple[Any, ...],
    own: tuple[Any, ...],
    post: str,
) -> None:
    shared.load(SEED)
    shared.switches["bundle_post"] = post
    for number, phone_values, own_values in zip(PHONES, phone, own, strict=True):
        shared.state.set_phone(number, **phone_values)
        shared.state.set_extension(number, **own_values)
    bundle_up(shared.state, MAIN, has)
    before, runner = shared.snapshot(), DirectRunner(shared)
    wish: dict[str, Any] = {"bundle_list": wants, "append": append} if wants else {"state": "absent"}
    target = sorted({*wants, *has} if wants and append else wants)

    promised = runner(BUNDLE, {"extension_id": MAIN, **wish}, check=True)
    assert not promised.failed and not touched(before, shared.snapshot())
    done = runner(BUNDLE, {"extension_id": MAIN, **wish})
    assert not done.failed, done.result
    assert done.essence == promised.essence
    assert sorted(shared.state.bundle(MAIN)) == target
    assert done.changed == (sorted(has) != target)
    after = shared.snapshot()
    lost = {(loss["extension_id"], loss["field"]) for loss in promised.result["side_effects"]}
    assert lost == _overwritten(before, after)
    for loss in promised.result["side_effects"]:
        kind = "phones" if loss["field"] in SYNCHRONISED_PHONE else "extensions"
        for moment, snapshot in (("before", before), ("after", after)):
            value = snapshot[kind][loss["extension_id"]][loss["field"]]
            shown = value.split() if loss["field"] == "geo_list" and value else value
            shown = "********" if loss["field"] == "conference_pin" and value else shown
            assert (sorted(loss[moment]) if isinstance(loss[moment], list) else loss[moment]) == (
                sorted(shown) if isinstance(shown, list) else shown
            )
    again = runner(BUNDLE, {"extension_id": MAIN, **wish})
    assert not again.changed and not again.writes and len(again.sent) == 1
    runner.close()


def _overwritten(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[tuple[int, str]]:
    """The synchronised values that differ in meaning between two snapshots."""
    return {
        (number, name)
        for kind, names in (("phones", SYNCHRONISED_PHONE), ("extensions", SYNCHRONISED_EXTENSION))
        for number in PHONES
        for name in names
        if _meaning(name, before[kind][number][name]) != _meaning(name, after[kind][number][name])
    }


addresses = st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(lambda address: f"[{address}]"))
devices = st.fixed_dictionaries({
    "real_address": st.one_of(
        st.tuples(addresses, st.integers(1, 65535)).map(lambda pair: f"sip:{pair[0]}:{pair[1]}"),
        st.sampled_from(["sip:198.51.100.7:5060", "sip:[2001:db8::7]:5060"]),
    ),
    "device": st.sampled_from(["Yealink SIP-T46G 28.72", "Yealink SIP-T42S", "Zoiper 5.6.4", "Zo(i)per", ""]),
})  # fmt: skip
selectors = st.fixed_dictionaries({}, optional={
    "device": st.sampled_from(["^Yealink", "Zoiper", "T4[26]", "."]),
    "address": st.lists(st.sampled_from(["198.51.100.0/24", "2001:db8::/32", "0.0.0.0/0", "::/0"]), min_size=1,
                        unique=True),
})  # fmt: skip


rules = st.fixed_dictionaries({}, optional={
    "allowed_networks": st.sampled_from([["198.51.100.0/24", "2001:db8::/32"], {"all": ["0.0.0.0/0"]}]),
    "allowed_devices": st.sampled_from([["^Yealink"], ["Zoiper", "T42"]]),
    "max_registrations": st.integers(1, 2),
    "must_register": st.just(["*"]),
})  # fmt: skip


@bounded
@given(
    has=st.lists(devices, max_size=5),
    policy=rules,
    named=st.lists(selectors, min_size=1, max_size=2),
    state=st.sampled_from(["audited", "compliant"]),
    elsewhere=st.booleans(),
)
def test_a_policy_and_registrations_that_are_named(
    shared: Simulator,
    has: list[dict[str, Any]],
    policy: dict[str, Any],
    named: list[dict[str, Any]],
    state: str,
    elsewhere: bool,
) -> None:
    """What is named and breaks the policy is one change and one request."""
    shared.load(SEED)
    live = [{**entry, "registration_id": f"uloc-{index:08x}-0001-001"} for index, entry in enumerate(has)]
    shared.state.set_registrations(MAIN, live, registered=bool(live))
    ways = ({"extension_id": MAIN}, {"extension": "101"})
    absent = [{**way, **wish} for way, wish in zip(ways, named, strict=False)]
    args = {**policy, "state": state, "absent": absent, "max_removals": "100%", "min_rules": 1}
    if elsewhere and policy:
        args["extensions"] = ["201"]
    before, runner = shared.snapshot(), DirectRunner(shared)

    promised = runner(REGISTRATIONS, args, check=True)
    assert not promised.failed and not touched(before, shared.snapshot())
    done = runner(REGISTRATIONS, args)
    assert not done.failed, done.result
    assert done.essence == promised.essence
    assert len(done.writes) == len({entry.path for entry in done.writes}) == len(promised.result["changes"])
    left = {entry["registration_id"] for entry in shared.state.registrations(MAIN) if shared.state.registered(MAIN)}
    gone = {entry["registration_id"] for entry in live} - left
    assert gone == {entry.path.rsplit("/", 1)[-1] for entry in done.writes if f"/{MAIN}/" in entry.path}
    if not policy or state == "audited":
        assert {change["extension_id"] for change in done.result["changes"]} <= {MAIN}
    again = runner(REGISTRATIONS, args)
    assert not again.changed and not again.writes
    runner.close()


@bounded
@given(has=st.lists(devices, max_size=5), live=st.booleans(), wish=selectors, pick=st.none() | st.integers(0, 4))
def test_registrations(
    shared: Simulator, has: list[dict[str, Any]], live: bool, wish: dict[str, Any], pick: int | None
) -> None:
    shared.load(SEED)
    shared.switches["bundle_post"] = "replace"
    named = [{**entry, "registration_id": f"uloc-{index:08x}-0001-001"} for index, entry in enumerate(has)]
    shared.state.set_registrations(MAIN, named, registered=live and bool(named))
    args = {"extension_id": MAIN, **wish}
    if pick is not None and pick < len(named):
        args["registration_id"] = named[pick]["registration_id"]
    before, runner = shared.snapshot(), DirectRunner(shared)

    promised = runner(REGISTRATION, args, check=True)
    assert not promised.failed and not touched(before, shared.snapshot())
    done = runner(REGISTRATION, args)
    assert not done.failed, done.result
    assert done.essence == promised.essence
    after = {entry["registration_id"] for entry in shared.state.registrations(MAIN)}
    gone = [entry for entry in named if entry["registration_id"] not in after]
    said = [entry for change in promised.result["changes"] for field in change["fields"] for entry in field["before"]]
    shown = sorted((entry["device"], entry["real_address"]) for entry in said)
    assert shown == sorted((entry["device"], entry["real_address"]) for entry in gone)
    assert done.changed == bool(gone)
    assert live or not gone
    if set(wish) == {"address"} and wish["address"] == ["0.0.0.0/0"] and pick is None and live:
        versions = [address.version for entry in gone if (address := address_of(entry["real_address"]))]
        assert versions == [4] * len(gone)
    again = runner(REGISTRATION, args)
    assert not again.changed and not again.writes and len(again.sent) == 1
    runner.close()
