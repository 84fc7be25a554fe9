# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid requests: the response is an error with a message, never a crash."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests
from contract.caller import CLIENT, MAIN, TIMEOUT, Caller, refused
from simulator import Simulator, assert_contract


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD"])
def test_wrong_methods(caller: Caller, method: str) -> None:
    """405 with the methods that there are."""
    response = caller.send(method, CLIENT)
    caller.simulator.contract_checked = False
    assert response.status_code == 405 and response.headers["Allow"] == "GET, PUT"
    assert method == "HEAD" or "not allowed" in response.json()["message"]
    assert not caller.simulator.journal[-1].applied


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/client/@me/nothing/",
        f"/extension/{MAIN}",
        f"/client/@me/extension/{MAIN}/",
        "/extension//phone/",
    ],
)
def test_unknown_paths(caller: Caller, path: str) -> None:
    """404 with a body, also without a token."""
    caller.simulator.contract_checked = False
    assert refused(caller.send("GET", path)) == (404, None, "Not found")
    assert refused(requests.get(caller.simulator.api_url + path, timeout=TIMEOUT))[0] == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"[" * 100000, "application/json", 400),
        (b'{"hold_music": NaN}', "application/json", 400),
        (b'{"hold_music": 1e999}', "application/json", 400),
        (b'{"hold_music": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b'{"geo_list": "\\ud800"}', "application/json", 400),
        (b'{"timezone": "\\u0000"}', "application/json", 400),
        (b"geo_list=BY", "application/x-www-form-urlencoded", 415),
        (b"<a/>", "text/xml", 415),
        (b'{"geo_list": "BY"}', "text/plain", 200),
        (b'{"geo_list": "BY"}', "application/json; charset=utf-8", 200),
        (b'{"geo_list": "BY"}', "", 200),
        (b"{}" + b" " * 2_000_000, "application/json", 413),
    ],
)
def test_invalid_bodies(caller: Caller, body: bytes, kind: str, status: int) -> None:
    """Unreadable bodies are refused in words; a wrong content type is forgiven when the JSON is good."""
    caller.simulator.contract_checked = False
    response = caller.send("PUT", CLIENT, data=body, headers={"Content-Type": kind})
    assert response.status_code == status and response.headers["Content-Type"] == "application/json"
    assert not caller.simulator.journal[-1].crash
    assert caller.get("/user/")["client_id"] == 801


@pytest.mark.parametrize(
    "values",
    [
        {"geo_list": "ru"},
        {"geo_list": "RU, BY"},
        {"geo_list": "RU BY "},
        {"geo_list": ["RU"]},
        {"geo_list": 7},
        {"geo_list": "* RU"},
        {"hold_music": 0},
        {"hold_music": -1},
        {"hold_music": "11"},
        {"hold_music": True},
        {"hold_music": 1.5},
        {"hold_music": 2**60},
        {"hold_music": 10**400},
        {"hold_music": 1e300},
        {"disk_space_notify_threshold": 101},
        {"disk_space_notify_threshold": -1},
        {"disk_space_notify_email": "invalid"},
        {"timezone": None},
        {"timezone": ""},
        {"timezone": "Europe/ Moscow"},
        {"timezone": 3},
    ],
)
def test_wrong_values(caller: Caller, values: dict[str, Any]) -> None:
    """One wrong value refuses the whole PUT; the contract says the same of each."""
    caller.simulator.contract_checked = False
    before = caller.simulator.snapshot()
    response = caller.send("PUT", CLIENT, json={"dial_rule_id": 7, **values})
    assert response.status_code == 400 and next(iter(values)) in response.json()["message"]
    assert caller.simulator.snapshot() == before
    assert caller.simulator.journal[-1].contract_errors


@pytest.mark.parametrize(
    "query",
    ["page=-1", "per_page=0", "page=x", "per_page=-1", "per_page=", "status=dead", "type=Phone", "page=99999999999"],
)
def test_wrong_queries(caller: Caller, query: str) -> None:
    """400 for parameters that make no sense."""
    caller.simulator.contract_checked = False
    assert caller.send("GET", f"/client/@me/extension/?{query}").status_code == 400
    assert caller.simulator.journal[-1].contract_errors


def test_garbage_on_the_wire(simulator: Simulator) -> None:
    """Bytes that are not HTTP get a 400 of the HTTP library, and the simulator lives on."""
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=TIMEOUT) as connection:
        connection.sendall(b"\x00\x01\x02 garbage\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.0 400") or connection.recv(100) == b""
    assert Caller(simulator).get("/user/")["client_id"] == 801


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Encoding: gzip\r\nContent-Length: 7", b"garbage"),
        (b"Transfer-Encoding: chunked", b"zz\r\nnot a chunk\r\n"),
    ],
)
def test_bodies_that_break_their_own_framing(caller: Caller, headers: bytes, body: bytes) -> None:
    """A body that cannot be unpacked is a 400, and no traceback."""
    caller.simulator.contract_checked = False
    with socket.create_connection(("127.0.0.1", caller.simulator.port), timeout=TIMEOUT) as connection:
        connection.sendall(
            b"PUT /api/ver1.0/client/@me/client/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + headers
            + b"\r\n\r\n"
            + body
        )
        assert connection.recv(100).split()[1] == b"400"
    assert caller.get("/user/")["client_id"] == 801


def test_a_client_that_leaves_in_the_middle(caller: Caller) -> None:
    """Half a body and a closed connection: nothing is applied, nothing breaks."""
    caller.simulator.contract_checked = False
    with socket.create_connection(("127.0.0.1", caller.simulator.port), timeout=TIMEOUT) as connection:
        connection.sendall(
            b"PUT /api/ver1.0/client/@me/client/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
            b"Authorization: " + caller.authorization.encode() + b'\r\n\r\n{"geo_list": "BY"'
        )
    assert caller.get(CLIENT)["geo_list"] is None
    assert not [entry for entry in caller.simulator.journal if entry.applied or entry.crash]


def test_a_crash_is_reported(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the simulator itself fail, the test that met it fails as well."""

    def fail() -> None:
        raise ZeroDivisionError("seeded")

    monkeypatch.setattr(type(caller.simulator.quota), "take", lambda *_unused: fail())
    assert caller.send("GET", "/user/").status_code == 500
    with pytest.raises(AssertionError, match="seeded"):
        assert_contract(caller.simulator)
    caller.simulator.contract_checked = False
