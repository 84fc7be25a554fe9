# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API: how another process sees the journal and turns the knobs."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from contract.caller import BUNDLE, CLIENT, MAIN, SALES, TIMEOUT, Caller
from simulator import Simulator


def control(simulator: Simulator, method: str, path: str, body: Any = None, expected: int = 200) -> Any:
    """A call of the control API."""
    response = requests.request(method, f"{simulator.url}/_simulator/{path}", json=body, timeout=TIMEOUT)
    assert response.status_code == expected, response.text
    return response.json()


def test_control_journal(caller: Caller) -> None:
    """What another process sees; the control API itself is not journalled."""
    caller.put(CLIENT, geo_list="BY")
    entries = control(caller.simulator, "GET", "journal")
    assert [(entry["method"], entry["status"], entry["applied"]) for entry in entries] == [
        ("POST", 200, False),
        ("PUT", 200, True),
    ]
    assert entries[0]["body"]["client_secret"] == "***" and entries[1]["body"] == {"geo_list": "BY"}
    control(caller.simulator, "DELETE", "journal")
    assert control(caller.simulator, "GET", "journal") == []


def test_control_switches(simulator: Simulator) -> None:
    """A PATCH is all or nothing."""
    assert control(simulator, "PATCH", "switches", {"bundle_post": "add", "ids_as": "string"})["bundle_post"] == "add"
    assert (
        "allowed: int, string"
        in control(simulator, "PATCH", "switches", {"bundle_post": "replace", "ids_as": "float"}, 400)["error"]
    )
    assert simulator.switches["bundle_post"] == "add" and control(simulator, "GET", "switches")["ids_as"] == "string"


def test_control_faults(caller: Caller) -> None:
    """Scheduled, seen and cleared from outside."""
    control(caller.simulator, "POST", "faults", {"kind": "status", "status": 500, "at": [1]})
    assert caller.send("GET", "/user/").status_code == 500
    assert control(caller.simulator, "GET", "faults")[0]["fired"] == 1
    assert "the kinds are" in control(caller.simulator, "POST", "faults", {"kind": "quake"}, 400)["error"]
    assert control(caller.simulator, "DELETE", "faults") == [] == caller.simulator.faults.as_list()


def test_control_state_and_reset(caller: Caller) -> None:
    """Changes behind the API's back, and the way back to the seed."""
    simulator = caller.simulator
    before = control(simulator, "GET", "snapshot")
    control(
        simulator,
        "POST",
        "state",
        [
            {"do": "set_client", "args": [801], "values": {"geo_list": "*"}},
            {"do": "set_bundle", "args": [MAIN, [SALES]]},
            {"do": "set_phone", "args": [SALES], "values": {"hold_music": None}},
            {"do": "set_extension", "args": [SALES], "values": {"label": "Changed"}},
            {
                "do": "set_registrations",
                "args": [SALES, [{"real_address": "sip:192.0.2.1:5060"}]],
                "values": {"registered": False},
            },
            {"do": "add_extension", "args": [801, "777", 50000]},
        ],
    )
    assert caller.get(CLIENT)["geo_list"] == "*" and caller.get(BUNDLE)["bundle_list"] == [SALES]
    assert (
        caller.get(f"/extension/{SALES}/phone/")["hold_music"] is None
        and caller.get("/client/@me/extension/@777")["id"] == 50000
    )
    info = caller.get(f"/extension/{SALES}/registration/")
    assert info["registered"] is False and info["registrations"][0]["real_address"] == "sip:192.0.2.1:5060"
    assert control(simulator, "GET", "snapshot") != before
    control(simulator, "POST", "reset")
    assert control(simulator, "GET", "snapshot") == before and control(simulator, "GET", "journal") == []


@pytest.mark.parametrize(
    "body",
    [
        {"do": "explode"},
        {"do": "set_client", "args": [99]},
        {"do": "set_client", "args": [801], "values": {"colour": "red"}},
        {"do": "set_client", "args": [801], "values": {"geo_list": 5}},
        {"do": "set_client", "args": [801], "values": {"id": 5}},
        {"do": "set_extension", "args": [MAIN], "values": {"name": "x"}},
        {"do": "set_bundle", "args": [99, []]},
        {"do": "set_registrations", "args": [MAIN, [{"colour": "red"}]]},
        {"do": "add_extension", "args": [801, "101", MAIN]},
        {"do": "set_application", "args": ["unknown"]},
        {"do": "set_application", "args": ["demo-application"], "values": {"colour": "red"}},
        5,
        "text",
    ],
)
def test_control_refuses_wrong_edits(simulator: Simulator, body: Any) -> None:
    """With a text, and without a change."""
    before = simulator.snapshot()
    assert control(simulator, "POST", "state", body, 400)["error"]
    assert simulator.snapshot() == before


def test_control_quota_tokens_and_contract(caller: Caller) -> None:
    """The remaining knobs."""
    simulator = caller.simulator
    assert control(simulator, "PATCH", "quota", {"limit": 50, "remaining": 1, "reset": 60}) == {
        "limit": 50,
        "remaining": 1,
        "reset": 60,
    }
    assert [caller.send("GET", "/user/").status_code for _unused in range(2)] == [200, 429]
    control(simulator, "PATCH", "quota", {"remaining": 50, "reset": None})
    assert "quota" in control(simulator, "PATCH", "quota", {"colour": 1}, 400)["error"]
    assert control(simulator, "DELETE", "tokens") == {"ended": 1} and caller.send("GET", "/user/").status_code == 401
    assert control(simulator, "GET", "contract") == []
    caller.send("PUT", CLIENT, json={"name": "x"})
    assert "additionalProperties" in control(simulator, "GET", "contract")[0]["request"][0]
    simulator.contract_checked = False


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "nothing", 404), ("PUT", "journal", 405), ("POST", "faults", 400)]
)
def test_control_errors(simulator: Simulator, method: str, path: str, status: int) -> None:
    """Unknown paths, wrong methods, no body."""
    assert control(simulator, method, path, None, status)["error"] and len(simulator.journal) == 0
