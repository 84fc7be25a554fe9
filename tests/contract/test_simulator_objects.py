# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of a dealer, extensions that come and go, registrations that are dropped, and the window on the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract.caller import BLOCK, CLIENT, MAIN, SALES, WAREHOUSE, Caller, refused

CallerOf = Callable[..., Caller]
NEW = {"name": "Fialka", "dealer_id": 7, "domain_id": 1, "email": "office@fialka.example"}


@pytest.fixture
def dealer(caller_of: CallerOf) -> Caller:
    """The dealer of all clients."""
    return caller_of("dealer-application")


def test_the_life_of_a_client(dealer: Caller) -> None:
    """Created, changed, seen on both levels, deleted."""
    created = dealer.send("POST", "/client/", json={**NEW, "extension_len": 4, "timezone": "UTC"})
    assert created.status_code == 201 and created.json()["extension_len"] == 4 and created.json()["status"] == "active"
    path = f"/client/{created.json()['id']}"
    assert created.json() in dealer.get("/client/") and len(dealer.get("/client/?per_page=2&page=2")) == 2
    changed = dealer.put(path, status="blocked", sbc_mode="yes", name="Fialka 2")
    assert (changed["status"], changed["sbc_mode"], changed["name"], changed["timezone"]) == (
        "blocked",
        "yes",
        "Fialka 2",
        "UTC",
    )
    assert dealer.get(f"{path}/client/")["name"] == "Fialka 2" and "status" not in dealer.get(f"{path}/client/")
    extension = dealer.send("POST", f"{path}/extension/", json={"name": "1001", "type": "phone"}).json()
    assert extension["name"] == f"{changed['prefix']}*1001"
    assert dealer.delete(path).status_code == 204 and dealer.send("GET", path).status_code == 404
    assert dealer.send("GET", f"/extension/{extension['id']}/phone/").status_code == 404


@pytest.mark.parametrize("name", NEW)
def test_what_a_new_client_needs(dealer: Caller, name: str) -> None:
    """Four names are required."""
    dealer.simulator.contract_checked = False
    response = dealer.send("POST", "/client/", json={key: value for key, value in NEW.items() if key != name})
    assert refused(response) == (400, None, f"{name} is required")


@pytest.mark.parametrize("extension_len", [1, 5, "3", None])
def test_wrong_lengths(dealer: Caller, extension_len: Any) -> None:
    """Two, three or four digits."""
    dealer.simulator.contract_checked = False
    assert dealer.send("POST", "/client/", json={**NEW, "extension_len": extension_len}).status_code == 400


def test_a_dealer_keeps_to_its_own(dealer: Caller, caller_of: CallerOf) -> None:
    """No client of another dealer, no client user on this level."""
    dealer.simulator.load(
        {
            "clients": [{"id": 1, "prefix": "1"}, {"id": 2, "prefix": "2", "dealer": {"dealer_id": 8}}],
            "applications": [
                {"id": "dealer-application", "secret": "s", "dealer_id": 7},
                {"id": "demo-application", "secret": "s", "client_id": 1},
            ],
        }
    )
    dealer.renew()
    assert [client["id"] for client in dealer.get("/client/")] == [1]
    assert refused(dealer.send("GET", "/client/2"))[:2] == (403, "access_denied")
    assert refused(dealer.send("POST", "/client/", json={**NEW, "dealer_id": 8}))[:2] == (403, "access_denied")
    assert refused(dealer.send("PUT", "/client/1", json={"dealer_id": 8}))[:2] == (403, "access_denied")
    assert refused(caller_of().send("GET", "/client/1"))[:2] == (403, "access_denied")


def test_limits(caller: Caller) -> None:
    """The path is known, the names are not."""
    assert caller.get("/client/@me/limit/")["client_id"] == 801


def test_the_life_of_an_extension(caller: Caller) -> None:
    """The bare number gets the prefix; a deleted one is gone, a new one of that name has a new id."""
    first = caller.send(
        "POST", "/client/@me/extension/", json={"name": "104", "type": "phone", "label": "New", "dial_rule_id": 5}
    )
    assert first.status_code == 201 and first.json()["name"] == "0003*104" and first.json()["dial_rule_id"] == 5
    path = f"/client/@me/extension/{first.json()['id']}"
    assert caller.get(path) == first.json() == caller.get("/client/@me/extension/@104")
    assert caller.put(path, label=None, status="active")["label"] is None
    assert caller.delete(path).status_code == 204 and caller.send("GET", path).status_code == 404
    again = caller.send("POST", "/client/@me/extension/", json={"name": "0003*104", "type": "fax"})
    assert again.status_code == 201 and caller.send("GET", f"/extension/{again.json()['id']}/phone/").status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        {"type": "phone"},
        {"name": "104"},
        {"name": 104, "type": "phone"},
        {"name": "1040", "type": "phone"},
        {"name": "10a", "type": "phone"},
        {"name": "0004*104", "type": "phone"},
        {"name": "104", "type": "toaster"},
        {"name": "104", "type": "phone", "status": "asleep"},
        {"name": "104", "type": "phone", "dial_rule_id": "5"},
        {"name": "101", "type": "phone"},
    ],
)
def test_wrong_extensions(caller: Caller, values: dict[str, Any]) -> None:
    """Nothing is created."""
    caller.simulator.contract_checked = False
    before = caller.simulator.snapshot()
    assert caller.send("POST", "/client/@me/extension/", json=values).status_code == 400
    assert caller.simulator.snapshot() == before


def test_filters_and_pages(caller: Caller) -> None:
    """By type and status, ascending by id, and an empty page after the last one."""
    ids = [extension["id"] for extension in caller.get("/client/@me/extension/")]
    assert ids == sorted(ids) and len(ids) == 7
    assert [e["id"] for e in caller.get("/client/@me/extension/?type=phone&status=blocked")] == [33001]
    assert [e["type"] for e in caller.get("/client/@me/extension/?type=queue")] == ["queue"]
    assert caller.get("/client/@me/extension/?type=unheard_of") == []
    pages = [caller.get(f"/client/@me/extension/?type=phone&per_page=2&page={page}") for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0] and [e["id"] for page in pages for e in page] == ids[:5]


def test_dropping_one_registration_of_two(caller: Caller) -> None:
    """The other one stays, and the extension stays registered."""
    assert caller.delete(f"/extension/{MAIN}/registration/uloc-572b0ffb-6d47-002").status_code == 204
    info = caller.get(f"/extension/{MAIN}/registration/")
    assert info["registered"] and [entry["registration_id"] for entry in info["registrations"]] == [
        "uloc-572b0ffb-6d47-001"
    ]
    assert caller.delete(f"/extension/{MAIN}/registration/uloc-572b0ffb-6d47-002").status_code == 404
    assert caller.delete(f"/extension/{MAIN}/registration/uloc-572b0ffb-6d47-001").status_code == 204
    assert caller.get(f"/extension/{MAIN}/registration/")["registered"] is False


def test_expired_registrations_are_listed_and_cannot_be_dropped(caller: Caller) -> None:
    """``registered`` is the truth, the length of the list is not."""
    info = caller.get(f"/extension/{WAREHOUSE}/registration/")
    assert info["registered"] is False and len(info["registrations"]) == 1
    assert caller.delete(f"/extension/{WAREHOUSE}/registration/").status_code == 204
    assert not caller.simulator.journal[-1].applied and caller.get(f"/extension/{WAREHOUSE}/registration/") == info


def test_blocks(caller: Caller) -> None:
    """Order of the query, each id once; without ids everything that the user sees, IPv6 in brackets."""
    block = caller.send("GET", f"{BLOCK}?extension_id={SALES}&extension_id={MAIN}&extension_id={SALES}").json()
    caller.simulator.contract_checked = False
    assert [info["extension_id"] for info in block] == [SALES, MAIN]
    assert block[0]["registrations"][0]["real_address"] == "sip:[2001:db8::5]:5060"
    assert len(caller.get(BLOCK)) == 7


def test_the_window_on_the_state(caller: Caller) -> None:
    """What tests change shows in the API, and what they read are copies."""
    state = caller.simulator.state
    state.set_client(801, geo_list="RU", name="Other", status="active")
    state.set_phone(SALES, record_stereo=True)
    assert caller.get(CLIENT)["name"] == "Other" and caller.get(f"/extension/{SALES}/phone/")["record_stereo"] is True
    state.client(801).settings["geo_list"] = "*"
    state.bundle(MAIN).append(5)
    state.extension(MAIN)["label"] = "x"
    assert (state.client(801).settings["geo_list"], state.bundle(MAIN), state.extension(MAIN)["label"]) == (
        "RU",
        [],
        "Reception",
    )
    state.add_extension(801, "105", 60000)
    assert state.main_of(60000) is None and state.registered(60000) is False and state.registrations(60000) == []
    state.remove_extension(60000)
    for unknown in (lambda: state.extension(60000), lambda: state.client(9), lambda: state.add_extension(9, "1", 2)):
        with pytest.raises(LookupError):
            unknown()


def test_lists_follow_every_change(caller: Caller) -> None:
    """Pages of a filtered list, after each kind of change to it."""
    state, blocked = caller.simulator.state, "/client/@me/extension/?type=phone&status=blocked&per_page=2&page=1"

    def ids() -> list[int]:
        return [entry["id"] for entry in caller.get(blocked)]

    before = ids()
    caller.put(f"/client/@me/extension/{SALES}", status="blocked")
    assert ids() == sorted([*before, SALES])
    state.set_extension(SALES, status="active")
    assert ids() == before
    state.set_extension(WAREHOUSE, status="blocked")
    state.add_extension(801, "177", 1000)
    state.set_extension(1000, status="blocked")
    assert ids() == [1000, WAREHOUSE]
    state.remove_extension(1000)
    assert ids() == sorted([*before, WAREHOUSE])
