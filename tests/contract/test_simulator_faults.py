# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of fault, when it strikes, and whether the request was applied."""

from __future__ import annotations

import email.utils
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from contract.caller import BUNDLE, CLIENT, SALES, TIMEOUT, Caller, credentials
from simulator import Simulator
from simulator.faults import KINDS, FaultError, parse_fault


def put(caller: Caller) -> requests.Response:
    """A write that changes something."""
    return caller.send("PUT", CLIENT, json={"geo_list": "BY"})


def applied(caller: Caller) -> bool:
    """Whether that write took effect; the journal must agree with the state."""
    entry = caller.simulator.writes()[-1]
    took: bool = caller.simulator.state.client(801).settings["geo_list"] == "BY"
    assert entry.applied == took
    return took


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({}, "application/json", '"message"'),
        ({"response": "html"}, "text/html", "<html>"),
        ({"response": "text", "message": "try later"}, "text/plain", "try later"),
        ({"response": "empty"}, "", ""),
    ],
)
@pytest.mark.parametrize("status", [400, 409, 500, 502, 503])
@pytest.mark.parametrize("when", ["before", "after"])
def test_status(caller: Caller, status: int, when: str, options: dict[str, Any], kind: str, text: str) -> None:
    """Any code with any sort of body, before or after the request took effect."""
    caller.simulator.faults.add("status", status=status, when=when, path="/client/@me/client/", **options)
    response = put(caller)
    assert response.status_code == status and text in response.text and bool(response.text) == bool(text)
    assert response.headers.get("Content-Type", "").startswith(kind)
    assert applied(caller) == (when == "after")
    assert caller.simulator.journal[-1].fault == "status" and caller.simulator.journal[-1].status == status


@pytest.mark.parametrize("when", ["before", "after"])
def test_reset(caller: Caller, when: str) -> None:
    """The connection breaks without a response."""
    caller.simulator.faults.add("reset", when=when)
    with pytest.raises(requests.ConnectionError):
        put(caller)
    assert applied(caller) == (when == "after") and caller.simulator.journal[-1].status is None


def test_a_reset_is_a_reset(simulator: Simulator) -> None:
    """Not an orderly end: the peer gets an error, not an empty response."""
    simulator.contract_checked = False
    simulator.faults.add("reset")
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=TIMEOUT) as connection:
        connection.sendall(b"GET /api/ver1.0/user/ HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(100)


@pytest.mark.parametrize("when", ["before", "after"])
def test_slow(caller: Caller, when: str) -> None:
    """The response is late; a client that gives up cannot know whether the request took effect."""
    faults, journal = caller.simulator.faults, caller.simulator.journal
    slow = faults.add("slow", when=when, seconds=3600)
    while not slow.fired:  # a request that is given up before it arrives counts for nothing
        with pytest.raises(requests.Timeout):
            caller.send("PUT", CLIENT, json={"geo_list": "BY"}, timeout=0.1)
    while when == "after" and not journal[-1].applied:
        time.sleep(0.01)
    assert applied(caller) == (when == "after")
    faults.clear()
    faults.add("slow", when=when, seconds=0.1)
    started = time.monotonic()
    assert caller.get("/user/")["client_id"] == 801 and time.monotonic() - started >= 0.1


@pytest.mark.parametrize("cut", ["length", "chunked"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_truncated(caller: Caller, cut: str, when: str) -> None:
    """The head promises more than comes, in both framings, compressed or not."""
    caller.simulator.faults.add("truncated", cut=cut, when=when)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        put(caller)
    assert applied(caller)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        caller.send("GET", CLIENT, headers={"Accept-Encoding": "identity"})


@pytest.mark.parametrize(
    ("kind", "when", "took"),
    [
        ("html", "before", False),
        ("html", "after", True),
        ("malformed", "before", False),
        ("malformed", "after", True),
    ],
)
def test_success_that_is_no_json(caller: Caller, kind: str, when: str, took: bool) -> None:
    """200, and a body that cannot be the resource."""
    caller.simulator.faults.add(kind, when=when)
    response = put(caller)
    assert response.status_code == 200 and applied(caller) == took
    with pytest.raises(requests.exceptions.JSONDecodeError):
        response.json()
    assert response.headers["Content-Type"].startswith("text/html" if kind == "html" else "application/json")


@pytest.mark.parametrize("body", [[], {}, None, 7, "text", [1, 2], {"bundle_list": 5}])
def test_wrong_shape(caller: Caller, body: Any) -> None:
    """200 with JSON that is something else; any JSON can be given."""
    caller.simulator.faults.add("wrong_shape", body=body)
    assert caller.get(BUNDLE) == body
    caller.simulator.faults.clear()
    caller.simulator.faults.add("wrong_shape")
    assert caller.get(BUNDLE) == {"result": ["unexpected"]}


def test_expired_token(caller: Caller) -> None:
    """A living token dies; a new one works."""
    caller.simulator.faults.add("expired_token", at=2)
    assert caller.get("/user/")["client_id"] == 801
    assert caller.send("GET", "/user/").status_code == 401
    assert caller.send("GET", "/user/").status_code == 401, "the token stays dead"
    caller.renew()
    assert caller.get("/user/")["client_id"] == 801


def test_expired_token_leaves_the_others_alone(caller: Caller, caller_of: Callable[..., Caller]) -> None:
    """Only the token of the struck request dies."""
    other = caller_of()
    caller.simulator.faults.add("expired_token", at=1)
    assert caller.send("GET", "/user/").status_code == 401 and other.send("GET", "/user/").status_code == 200


@pytest.mark.parametrize(("kind", "status"), [("rate_limit", 429), ("unavailable", 503)])
@pytest.mark.parametrize("retry_after", [None, 7, 0.5, "date:30", "soon"])
def test_retry_after(caller: Caller, kind: str, status: int, retry_after: Any) -> None:
    """Seconds, a date, nonsense, or none at all."""
    caller.simulator.faults.add(kind, retry_after=retry_after)
    started = time.time()
    response = put(caller)
    ended = time.time()
    value = response.headers.get("Retry-After")
    assert response.status_code == status and not applied(caller)
    if retry_after == "date:30":
        assert value is not None and value.endswith("GMT")
        assert started + 29 <= email.utils.parsedate_to_datetime(value).timestamp() <= ended + 30
    else:
        assert value == (None if retry_after is None else str(retry_after))


def test_quota_fault(caller: Caller) -> None:
    """One response as if the hour's requests were used up."""
    caller.simulator.faults.add("quota", at=1, reset=1800)
    response = caller.send("GET", "/user/")
    assert response.status_code == 429 and response.json()["status"] == "rate_limit_exceeded"
    assert (response.headers["X-RateLimit-Remaining"], response.headers["X-RateLimit-Reset"]) == ("0", "1800")
    assert caller.send("GET", "/user/").headers["X-RateLimit-Remaining"] != "0"


def codes(caller: Caller, count: int, path: str = "/user/") -> list[int]:
    """The codes of some equal requests."""
    return [caller.send("GET", path).status_code for _unused in range(count)]


def test_schedule_by_number(caller: Caller) -> None:
    """``at`` counts matching requests from 1; ``times`` caps the strikes."""
    faults = caller.simulator.faults
    faults.add("status", at=2)
    faults.add("status", status=500, at=[4, 5])
    assert codes(caller, 6) == [200, 503, 200, 500, 500, 200]
    faults.clear()
    faults.add("status", times=2)
    assert codes(caller, 4) == [503, 503, 200, 200]


def test_schedule_by_method_and_path(caller: Caller) -> None:
    """Only what matches counts and is struck."""
    caller.simulator.faults.add("status", method="put", path=r"/client/[^/]+/client/$", at=2)
    assert codes(caller, 2, CLIENT) == [200, 200]
    assert [put(caller).status_code for _unused in range(3)] == [200, 503, 200]
    assert caller.simulator.faults.as_list() == [
        {"kind": "status", "method": "put", "path": r"/client/[^/]+/client/$", "at": 2, "seen": 3, "fired": 1}
    ]


def test_the_token_endpoint_is_struck_only_by_its_path(caller: Caller) -> None:
    """Without a path a fault leaves the token endpoint alone."""
    url, form = caller.simulator.url + "/oauth/token", credentials(caller.simulator)
    caller.simulator.faults.add("status")
    assert requests.post(url, form, timeout=TIMEOUT).status_code == 200
    caller.simulator.faults.add("status", status=500, path="/oauth/token", at=1)
    caller.simulator.faults.add("reset", path="/oauth/token", at=2)
    caller.simulator.faults.add("html", path="/oauth/token", at=3)
    assert requests.post(url, form, timeout=TIMEOUT).status_code == 500
    with pytest.raises(requests.ConnectionError):
        requests.post(url, form, timeout=TIMEOUT)
    assert "<html>" in requests.post(url, form, timeout=TIMEOUT).text
    assert [entry.fault for entry in caller.simulator.token_requests()[-3:]] == ["status", "reset", "html"]


def test_six_token_requests_at_once(simulator: Simulator) -> None:
    """With the switch on, the seventh open token request is refused."""
    simulator.switches["oauth_limits"] = "on"
    simulator.faults.add("slow", path="/oauth/token", seconds=3600, times=6)
    got: list[int] = []

    def ask() -> None:
        response = requests.post(simulator.url + "/oauth/token", credentials(simulator), timeout=TIMEOUT)
        got.append(response.status_code)

    threads = [threading.Thread(target=ask) for _unused in range(6)]
    for thread in threads:
        thread.start()
    while len(simulator.journal) < 6:
        time.sleep(0.01)
    ask()
    simulator.faults.clear()
    for thread in threads:
        thread.join()
    assert got == [429] + [200] * 6


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"kind": "earthquake"}, "the kinds are: status, reset"),
        ({"kind": "status", "colour": "red"}, "unknown options colour"),
        ({"kind": "status", "when": "never"}, "not one of before, after"),
        ({"kind": "truncated", "cut": "half"}, "not one of length, chunked"),
        ({"kind": "status", "status": 7}, "not an HTTP status"),
        ({"kind": "status", "path": "("}, "cannot be read"),
    ],
)
def test_wrong_faults_are_refused(simulator: Simulator, arguments: dict[str, Any], part: str) -> None:
    """A fault that would never strike as meant is an error at once."""
    with pytest.raises(FaultError, match=part):
        simulator.faults.add(**arguments)
    assert simulator.faults.as_list() == []


def test_parse_fault() -> None:
    """The form of the command line; a pattern can contain commas."""
    assert parse_fault("kind=status,status=503,path=/client/[0-9]{1,3}/,at=1+3,method=PUT") == {
        "kind": "status",
        "status": 503,
        "path": "/client/[0-9]{1,3}/",
        "at": [1, 3],
        "method": "PUT",
    }
    assert parse_fault("kind=rate_limit,retry_after=2.5")["retry_after"] == 2.5
    assert parse_fault("kind=rate_limit,retry_after=date:9")["retry_after"] == "date:9"
    for text in ("status=503", "kind", "kind=status,at=x", "colour=red,kind=status"):
        with pytest.raises(FaultError):
            parse_fault(text)


def test_every_kind_has_a_test() -> None:
    """A new kind needs one."""
    tested = {
        "status",
        "reset",
        "slow",
        "truncated",
        "html",
        "malformed",
        "wrong_shape",
        "expired_token",
        "rate_limit",
        "unavailable",
        "quota",
    }
    assert tested == set(KINDS)


def test_faults_do_not_disturb_the_rest(caller: Caller) -> None:
    """After a cut connection the simulator serves on, and nothing crashed."""
    for kind in ("reset", "truncated"):
        caller.simulator.faults.add(kind, times=1)
        with pytest.raises(requests.RequestException):
            caller.send("GET", f"/client/@me/extension/{SALES}")
    assert caller.get("/user/")["client_id"] == 801
    assert not [entry for entry in caller.simulator.journal if entry.crash]
