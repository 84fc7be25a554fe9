# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the switches of registrations and bundles, and of the simulator itself."""

from __future__ import annotations

import re
import time
from typing import Any

from contract.caller import ACCOUNTING, BLOCK, BUNDLE, DIRECTOR, MAIN, MENU, SALES, WAREHOUSE, Caller
from contract.switch_checks import covers


@covers("registration_block_of_one", "object", "array")
def _registration_block_of_one(caller: Caller, value: str) -> None:
    one = caller.get(f"{BLOCK}?extension_id={MAIN}")
    assert isinstance(one, dict) == (value == "object") and isinstance(one, list) == (value == "array")
    several = caller.get(f"{BLOCK}?extension_id={MAIN}&extension_id={SALES}")
    assert [info["extension_id"] for info in several] == [MAIN, SALES] and isinstance(caller.get(BLOCK), list)


@covers("registration_block_limit", "unlimited", 2)
def _registration_block_limit(caller: Caller, value: Any) -> None:
    query = f"{BLOCK}?extension_id={MAIN}&extension_id={SALES}"
    assert len(caller.get(query)) == 2
    response = caller.send("GET", f"{query}&extension_id={WAREHOUSE}")
    assert response.status_code == (200 if value == "unlimited" else 400)


@covers("registration_query_unknown_id", "omitted", "empty", "404")
def _registration_query_unknown_id(caller: Caller, value: str) -> None:
    response = caller.send("GET", f"{BLOCK}?extension_id={MAIN}&extension_id=99&extension_id=41003")
    assert response.status_code == (404 if value == "404" else 200)
    if value != "404":
        ids = [info["extension_id"] for info in response.json()]
        assert ids == ([MAIN] if value == "omitted" else [MAIN, 99, 41003])


@covers("registration_expires", "seconds", "date", "epoch")
def _registration_expires(caller: Caller, value: str) -> None:
    expires = caller.get(f"/extension/{SALES}/registration/")["registrations"][0]["expires"]
    if value == "date":
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", expires)
    else:
        left = expires if value == "seconds" else expires - time.time()
        assert 600 < left <= 700


@covers("registration_delete_unknown", "404", "204")
def _registration_delete_unknown(caller: Caller, value: str) -> None:
    for path in (
        f"/extension/{MAIN}/registration/uloc-0-0-0",
        f"/extension/{WAREHOUSE}/registration/uloc-571f0000-6d47-001",
    ):
        assert caller.delete(path).status_code == int(value)


@covers("registration_delete_none", "204", "404")
def _registration_delete_none(caller: Caller, value: str) -> None:
    for extension in (WAREHOUSE, ACCOUNTING):
        assert caller.delete(f"/extension/{extension}/registration/").status_code == int(value)


@covers("registration_after_delete", "gone", "listed")
def _registration_after_delete(caller: Caller, value: str) -> None:
    assert caller.delete(f"/extension/{MAIN}/registration/").status_code == 204
    info = caller.get(f"/extension/{MAIN}/registration/")
    assert info["registered"] is False and len(info["registrations"]) == (0 if value == "gone" else 2)


@covers("registration_other_type", "empty", "404")
def _registration_other_type(caller: Caller, value: str) -> None:
    response = caller.send("GET", f"/extension/{MENU}/registration/")
    assert response.status_code == (200 if value == "empty" else 404)
    if value == "empty":
        assert response.json() == {"extension_id": MENU, "registered": False, "registrations": []}


@covers("reregister", "never", "at_once", 600)
def _reregister(caller: Caller, value: Any) -> None:
    before = caller.get(f"/extension/{SALES}/registration/")["registrations"]
    assert caller.delete(f"/extension/{SALES}/registration/").status_code == 204
    after = caller.get(f"/extension/{SALES}/registration/")
    if value == 600:
        for passed in (0, 300):
            caller.simulator.state.pass_time(passed)
            after = caller.get(f"/extension/{SALES}/registration/")
            assert after == {"extension_id": SALES, "registered": False, "registrations": []}
        caller.simulator.state.pass_time(300)
        after = caller.get(f"/extension/{SALES}/registration/")
        value = "at_once"
    assert after["registered"] == (value == "at_once") and len(after["registrations"]) == (
        1 if value == "at_once" else 0
    )
    if value == "at_once":
        assert after["registrations"][0]["registration_id"] != before[0]["registration_id"]
        assert after["registrations"][0]["real_address"] == before[0]["real_address"]


@covers("bundle_post", "replace", "add")
def _bundle_post(caller: Caller, value: str) -> None:
    caller.bundle([SALES, WAREHOUSE])
    response = caller.bundle([DIRECTOR])
    expected = [DIRECTOR] if value == "replace" else [SALES, WAREHOUSE, DIRECTOR]
    assert response.json()["bundle_list"] == expected == caller.simulator.state.bundle(MAIN)


@covers("bundle_post_code", "201", "200", "204")
def _bundle_post_code(caller: Caller, value: str) -> None:
    response = caller.bundle([SALES])
    assert (response.status_code, bool(response.content)) == (int(value), value != "204")
    assert caller.get(BUNDLE)["bundle_list"] == [SALES]


@covers("bundle_delete_code", "200", "204")
def _bundle_delete_code(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    response = caller.delete(BUNDLE)
    assert (response.status_code, bool(response.content)) == (int(value), value == "200")
    assert not caller.simulator.state.bundle(MAIN)


@covers("bundle_delete_body", "empty", "untied")
def _bundle_delete_body(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    assert caller.delete(BUNDLE).json() == {"bundle_id": MAIN, "bundle_list": [] if value == "empty" else [SALES]}


@covers("bundle_delete_absent", "200", "404")
def _bundle_delete_absent(caller: Caller, value: str) -> None:
    assert caller.delete(BUNDLE).status_code == int(value)


@covers("bundle_get_absent", "empty", "404")
def _bundle_get_absent(caller: Caller, value: str) -> None:
    response = caller.send("GET", BUNDLE)
    assert response.status_code == (200 if value == "empty" else 404)
    if value == "empty":
        assert response.json() == {"bundle_id": MAIN, "bundle_list": []}


@covers("bundle_get_member", "own_empty", "main", "404")
def _bundle_get_member(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    response = caller.send("GET", f"/client/@me/extensions_bundle/{SALES}")
    assert response.status_code == (404 if value == "404" else 200)
    if value != "404":
        assert response.json() == (
            {"bundle_id": SALES, "bundle_list": []}
            if value == "own_empty"
            else {"bundle_id": MAIN, "bundle_list": [SALES]}
        )


@covers("bundle_members_as", "int", "string", "object")
def _bundle_members_as(caller: Caller, value: str) -> None:
    expected = {"int": SALES, "string": str(SALES), "object": {"id": SALES, "name": "0003*201"}}[value]
    assert caller.bundle([SALES]).json()["bundle_list"] == [expected] == caller.get(BUNDLE)["bundle_list"]


@covers("bundle_order", "given", "sorted", "reversed")
def _bundle_order(caller: Caller, value: str) -> None:
    caller.bundle([WAREHOUSE, DIRECTOR, SALES])
    expected = {
        "given": [WAREHOUSE, DIRECTOR, SALES],
        "sorted": [SALES, WAREHOUSE, DIRECTOR],
        "reversed": [DIRECTOR, WAREHOUSE, SALES],
    }
    assert caller.get(BUNDLE)["bundle_list"] == expected[value]


@covers("bundle_empty_post", "400", "clear")
def _bundle_empty_post(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    assert caller.bundle([]).status_code == (400 if value == "400" else 201)
    assert caller.simulator.state.bundle(MAIN) == ([SALES] if value == "400" else [])


@covers("bundle_repost_member", "accepted", "400")
def _bundle_repost_member(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    assert caller.bundle([SALES, WAREHOUSE]).status_code == (201 if value == "accepted" else 400)
    assert caller.simulator.state.bundle(MAIN) == ([SALES, WAREHOUSE] if value == "accepted" else [SALES])


@covers("bundle_overwrites_more", "no", "yes")
def _bundle_overwrites_more(caller: Caller, value: str) -> None:
    more = value == "yes"
    main, member = f"/extension/{MAIN}/phone/", f"/extension/{SALES}/phone/"
    caller.simulator.state.set_phone(SALES, call_status_id=3)
    assert caller.put(main, call_status_id=4).get("call_status_id") == (4 if more else None)
    caller.bundle([SALES])
    assert caller.simulator.state.phone(SALES)["call_status_id"] == (4 if more else 3)
    caller.put(member, call_status_id=5)
    assert caller.simulator.state.phone(MAIN)["call_status_id"] == (5 if more else None)


@covers("bundle_main_deleted", "dissolve", "refuse")
def _bundle_main_deleted(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    assert caller.delete(f"/client/@me/extension/{MAIN}").status_code == (204 if value == "dissolve" else 400)
    assert caller.simulator.state.main_of(SALES) == (None if value == "dissolve" else MAIN)


@covers("journal_size", 3, 10000)
def _journal_size(caller: Caller, value: int) -> None:
    for _unused in range(6):
        caller.get("/user/")
    assert len(caller.simulator.journal) == min(value, 7) and caller.simulator.journal[-1].index == 7
