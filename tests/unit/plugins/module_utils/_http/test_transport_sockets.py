# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport over real sockets on loopback: what only a socket shows."""

from __future__ import annotations

import gzip
import json
import socket
import threading

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    BadResponseError,
    ConnectionFailedError,
    ResponseLostError,
)
from ansible_collections.ringme.pbx.tests.unit.helpers import server
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, Clock, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.server import Server, serving

PATH = "/api/ver1.0/x"


def send(found: Server | str, method: str = "GET", **settings: object) -> Response:
    """Send one request through a transport of its own, without waiting between tries."""
    origin = found if isinstance(found, str) else found.origin
    clock = Clock()
    options = {"retries": 2, "timeout": server.PATIENCE, **settings}
    transport = Transport(ConnectionSettings(origin, **options), clock=clock, sleep=clock.sleep)  # type: ignore[arg-type]
    try:
        return transport.send(run_of(), method, "/x", bearer=SECRET, body={"a": 1} if method != "GET" else None)
    finally:
        transport.close()


def test_one_connection_serves_many_requests() -> None:
    with serving(*[server.sends(server.response(b'{"id": 1}'))] * 3) as found:
        transport = Transport(ConnectionSettings(found.origin))
        for _number in range(3):
            assert transport.send(run_of(), "GET", "/x", bearer="t").json() == {"id": 1}
        transport.close()
    assert found.connections == 1
    assert found.lines == [f"GET {PATH}"] * 3


def test_the_body_is_json_and_the_token_a_header() -> None:
    with serving(server.sends(server.response(status="201 Created"))) as found:
        assert send(found, "POST").status == 201
    head, body = found.requests[0].split(b"\r\n\r\n")
    assert body == b'{"a": 1}'
    assert f"Authorization: Bearer {SECRET}".encode() in head.split(b"\r\n")
    assert b"Accept-Encoding: gzip" in head.split(b"\r\n")


def test_gzip() -> None:
    packed = gzip.compress(b'{"id": 1}')
    with serving(server.sends(server.response(packed, "200 OK", "Content-Encoding: gzip"))) as found:
        assert send(found).json() == {"id": 1}


def test_chunks() -> None:
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"id\r\n4\r\n": 1\r\n1\r\n}\r\n0\r\n\r\n'
    with serving(server.sends(chunked)) as found:
        assert send(found).json() == {"id": 1}


BROKEN = {
    "reset": server.resets,
    "closed without response": server.sends_and_closes(),
    "truncated body": server.sends_and_closes(server.response(b'{"id": 1, "name": "x"}')[:-5]),
    "truncated chunks": server.sends_and_closes(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"id"'),
    "no HTTP": server.sends_and_closes(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "broken gzip": server.sends(server.response(b"\x1f\x8bxxxxxxxxxxxx", "200 OK", "Content-Encoding: gzip")),
}


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN)
def test_a_broken_response_to_reading_is_requested_again(behaviour: server.Behaviour) -> None:
    with serving(behaviour, server.sends(server.response(b'{"id": 1}'))) as found:
        assert send(found).json() == {"id": 1}
    assert found.lines == [f"GET {PATH}"] * 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN)
def test_a_write_whose_response_is_lost_is_sent_once(behaviour: server.Behaviour, method: str) -> None:
    with serving(behaviour, server.sends(server.response())) as found, pytest.raises(ResponseLostError) as caught:
        send(found, method)
    assert found.lines == [f"{method} {PATH}"]
    assert f"{method} /x" in caught.value.what
    assert SECRET not in caught.value.msg


def test_a_kept_connection_that_the_server_closed_is_no_trouble() -> None:
    closed = threading.Event()

    def responds_and_closes(connection: socket.socket, request: bytes) -> None:
        server.sends_and_closes(server.response())(connection, request)
        closed.set()

    with serving(responds_and_closes, server.sends(server.response(status="201 Created"))) as found:
        transport = Transport(ConnectionSettings(found.origin))
        transport.send(run_of(), "GET", "/x", bearer="t")
        assert closed.wait(10)  # a request that crosses the closing on its way is lost, and no trouble of another kind
        assert transport.send(run_of(), "POST", "/x", bearer="t").status == 201
        transport.close()
    assert found.lines == [f"GET {PATH}", f"POST {PATH}"]


def test_html_is_no_state() -> None:
    with (
        serving(server.sends(server.response(b"<html>Log in</html>"))) as found,
        pytest.raises(BadResponseError, match="Log in"),
    ):
        send(found).json()


def test_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for method in ("GET", "POST"):
        with pytest.raises(ConnectionFailedError, match=f"no connection to http://127.0.0.1:{port}"):
            send(f"http://127.0.0.1:{port}", method)


def test_silence_ends() -> None:
    with serving(server.is_silent) as found, pytest.raises(ResponseLostError, match=r"no response within 0.2 s"):
        send(found, timeout=0.2, retries=1)


def test_a_trickle_ends() -> None:
    """A timeout between two bytes would let a slow server hold a run for ever."""
    gone = threading.Event()
    with serving(server.drips(0.05, gone)) as found:
        with pytest.raises(ResponseLostError, match=r"no response within 0.3 s"):
            send(found, timeout=0.3, retries=1)
        assert gone.wait(server.PATIENCE)


def test_a_trickle_that_leads_elsewhere_ends() -> None:
    """The body of a redirect is bounded like any other."""

    def leads_on(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 300\r\n\r\n")
        server.drips(0.05, gone)(connection, request)

    gone = threading.Event()
    with serving(leads_on) as found:
        with pytest.raises(ResponseLostError, match=r"no response within 0.3 s"):
            send(found, timeout=0.3, retries=1)
        assert gone.wait(server.PATIENCE)


def test_a_redirect_keeps_its_message() -> None:
    moved = server.response(b'{"message": "moved"}', "302 Found", "Location: /login")
    with serving(server.sends(moved)) as found:
        assert send(found).message_and_code() == ("moved", None)


def test_a_body_of_many_blocks() -> None:
    body = json.dumps({"id": 1, "name": "x" * 300_000}).encode()
    with serving(server.sends(server.response(gzip.compress(body), "200 OK", "Content-Encoding: gzip"))) as found:
        assert send(found).body == body


def test_a_truncated_head_is_no_state() -> None:
    """urllib3 accepts an incomplete head; the missing body reveals it."""
    truncated = server.sends_and_closes(b"HTTP/1.1 200 OK\r\nContent-Le")
    with serving(truncated, truncated) as found:
        with pytest.raises(BadResponseError):
            send(found).json()
        assert send(found, "POST").json_or_none() is None


def test_a_stalled_body_ends() -> None:
    stalled = server.response(b'{"id": 1}')[:-3]
    with serving(server.sends(stalled)) as found, pytest.raises(ResponseLostError, match=r"no response within 0.2 s"):
        send(found, timeout=0.2, retries=1)


class TestProxy:
    """A proxy gets the request; one that breaks afterwards proves nothing."""

    def test_plain(self) -> None:
        with serving(server.sends(server.response(b'{"id": 1}'))) as proxy:
            response = send("http://127.0.0.1:9", proxy=f"http://user:{SECRET}@127.0.0.1:{proxy.port}")
        assert response.json() == {"id": 1}
        assert proxy.lines == [f"GET http://127.0.0.1:9{PATH}"]

    @pytest.mark.parametrize("behaviour", [server.resets, server.sends_and_closes()], ids=["reset", "closed"])
    def test_a_write_that_went_through_a_proxy_is_sent_once(self, behaviour: server.Behaviour) -> None:
        with serving(behaviour, server.sends(server.response())) as proxy, pytest.raises(ResponseLostError):
            send("http://127.0.0.1:9", "POST", proxy=f"http://127.0.0.1:{proxy.port}")
        assert proxy.lines == [f"POST http://127.0.0.1:9{PATH}"]

    def test_a_tunnel_that_is_refused(self) -> None:
        refusal = server.sends_and_closes(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        with serving(refusal, refusal) as proxy, pytest.raises(ConnectionFailedError, match="407 Proxy Auth") as caught:
            send("https://pbx.example.org", "POST", proxy=f"http://user:{SECRET}@127.0.0.1:{proxy.port}")
        assert proxy.lines == ["CONNECT pbx.example.org:443"] * 2
        assert SECRET not in caught.value.msg

    def test_no_proxy_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with pytest.raises(ConnectionFailedError, match="no connection") as caught:
            send("https://pbx.example.org", "POST", proxy=f"http://user:{SECRET}@127.0.0.1:{port}")
        assert "proxy" in caught.value.msg
        assert SECRET not in caught.value.msg
