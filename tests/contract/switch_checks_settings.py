# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the switches of clients, extensions and phones."""

from __future__ import annotations

from typing import Any

import requests
from contract.caller import CLIENT, MAIN, MENU, SALES, Caller
from contract.switch_checks import covers


def new_extension(caller: Caller, **values: Any) -> requests.Response:
    """The response to the creation of an extension."""
    return caller.send("POST", "/client/@me/extension/", json={"name": "104", "type": "phone", **values})


@covers("extension_len_as", "int", "string")
def _extension_len_as(caller: Caller, value: str) -> None:
    assert caller.get(CLIENT)["extension_len"] == (3 if value == "int" else "3")


@covers("call_interactive", "absent", "present")
def _call_interactive(caller: Caller, value: str) -> None:
    response = caller.put(CLIENT, call_interactive_url="https://example.net/", call_interactive_out_call=True)
    assert response.get("call_interactive_url") == ("https://example.net/" if value == "present" else None)
    assert len(response) == (32 if value == "present" else 28)


@covers("geo_list_default", "null", "empty")
def _geo_list_default(caller: Caller, value: str) -> None:
    default = None if value == "null" else ""
    assert caller.get(CLIENT)["geo_list"] == default and caller.get(f"/extension/{SALES}/phone/")["geo_list"] == default


@covers("geo_list_empty_put", "default", "400")
def _geo_list_empty_put(caller: Caller, value: str) -> None:
    caller.put(CLIENT, geo_list="BY")
    assert caller.send("PUT", CLIENT, json={"geo_list": ""}).status_code == (200 if value == "default" else 400)
    assert caller.simulator.state.client(801).settings["geo_list"] == (None if value == "default" else "BY")
    assert caller.put(CLIENT, geo_list=None)["geo_list"] is None


@covers("geo_list_order", "given", "sorted", "reversed")
def _geo_list_order(caller: Caller, value: str) -> None:
    expected = {"given": "RU BY US", "sorted": "BY RU US", "reversed": "US RU BY"}[value]
    assert caller.put(CLIENT, geo_list="RU BY US")["geo_list"] == expected
    assert caller.put(f"/extension/{SALES}/phone/", geo_list="RU BY US")["geo_list"] == expected


@covers("per_page_default", "unlimited", 2)
def _per_page_default(caller: Caller, value: Any) -> None:
    assert len(caller.get("/client/@me/extension/")) == (7 if value == "unlimited" else 2)
    assert len(caller.get("/client/@me/extension/?per_page=5")) == 5
    assert len(caller.get("/client/@me/extension/?page=2")) == (0 if value == "unlimited" else 2)


@covers("per_page_maximum", "unlimited", 3)
def _per_page_maximum(caller: Caller, value: Any) -> None:
    sizes = [len(caller.get(f"/client/@me/extension/?per_page=5&page={page}")) for page in (1, 2, 3, 4)]
    assert sizes == ([5, 2, 0, 0] if value == "unlimited" else [3, 3, 1, 0])
    assert len(caller.get("/client/@me/extension/")) == (7 if value == "unlimited" else 3)
    assert len(caller.get("/client/@me/extension/?per_page=2")) == 2


@covers("page_parameter", "honoured", "ignored")
def _page_parameter(caller: Caller, value: str) -> None:
    first, second = (caller.get(f"/client/@me/extension/?per_page=2&page={page}") for page in (1, 2))
    assert (first == second) == (value == "ignored")


@covers("page_zero", "first", "400")
def _page_zero(caller: Caller, value: str) -> None:
    response = caller.send("GET", "/client/@me/extension/?per_page=2&page=0")
    assert response.status_code == (200 if value == "first" else 400)
    assert value == "400" or response.json() == caller.get("/client/@me/extension/?per_page=2&page=1")


@covers("newer_extension_fields", "present", "absent")
def _newer_extension_fields(caller: Caller, value: str) -> None:
    path = f"/client/@me/extension/{MAIN}"
    assert len(caller.get(path)) == (21 if value == "present" else 16)
    assert caller.put(path, caller_id_group_id=3).get("caller_id_group_id") == (3 if value == "present" else None)
    newer = {"ani": None, "client_public_caller_id_number": None, "rfc_public_caller_id_number": False}
    assert (newer.items() <= caller.get("/client/@me/extension/")[0].items()) == (value == "present")


@covers("extension_group_zero", "null", "zero", "400")
def _extension_group_zero(caller: Caller, value: str) -> None:
    path, none = f"/client/@me/extension/{MAIN}", 0 if value == "zero" else None
    assert caller.get(path)["extension_group_id"] == none
    assert caller.put(path, extension_group_id=14)["extension_group_id"] == 14
    response = caller.send("PUT", path, json={"extension_group_id": 0})
    assert response.status_code == (400 if value == "400" else 200)
    assert caller.get(path)["extension_group_id"] == (14 if value == "400" else none)
    assert caller.send("PUT", path, json={"extension_group_id": False}).status_code == 400


@covers("extension_alias", "served", "404")
def _extension_alias(caller: Caller, value: str) -> None:
    for path in ("/client/@me/extension/@101", "/extension/@101/phone/", "/client/@me/extensions_bundle/@101"):
        assert caller.send("GET", path).status_code == (200 if value == "served" else 404)


@covers("extension_not_found", "none", "extension_not_found")
def _extension_not_found(caller: Caller, value: str) -> None:
    for path in (
        "/client/@me/extension/99",
        "/extension/99/phone/",
        "/extension/99/registration/",
        "/client/801/extensions_bundle/99",
    ):
        response = caller.send("GET", path)
        assert response.status_code == 404 and response.json().get("status") == (None if value == "none" else value)


@covers("new_extension_status", "blocked", "active")
def _new_extension_status(caller: Caller, value: str) -> None:
    assert new_extension(caller).json()["status"] == value
    assert new_extension(caller, name="105", status="active").json()["status"] == "active"


@covers("duplicate_extension", "400", "409")
def _duplicate_extension(caller: Caller, value: str) -> None:
    assert new_extension(caller, name="0003*101").status_code == int(value)


@covers("phone_password", "present", "absent")
def _phone_password(caller: Caller, value: str) -> None:
    shown = caller.get(f"/extension/{MAIN}/phone/").get("password")
    assert shown == (caller.simulator.state.phone(MAIN)["password"] if value == "present" else None)


@covers("phone_other_type", "404", "400")
def _phone_other_type(caller: Caller, value: str) -> None:
    assert caller.send("GET", f"/extension/{MENU}/phone/").status_code == int(value)


@covers("phone_label", "separate", "shared")
def _phone_label(caller: Caller, value: str) -> None:
    assert caller.put(f"/extension/{SALES}/phone/", label="Desk")["label"] == "Desk"
    assert caller.get(f"/client/@me/extension/{SALES}")["label"] == ("Desk" if value == "shared" else "Sales")
