# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS on loopback: who is trusted, and what a failure in TLS proves."""

from __future__ import annotations

import socket
import ssl
import warnings
from pathlib import Path

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ConnectionFailedError, ResponseLostError
from ansible_collections.ringme.pbx.tests.unit.helpers import server
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Clock, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.server import Server, serving

pytest.importorskip("cryptography", reason="certificates are made with cryptography")

from ansible_collections.ringme.pbx.tests.unit.helpers.certificates import Authority  # isort: skip

GOOD = server.sends(server.response(b'{"id": 1}'))


@pytest.fixture(name="authority")
def _authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def context_of(authority: Authority, *, clients: bool = False, address: str = "127.0.0.1") -> ssl.SSLContext:
    """What a server shows, and whether it wants certificates of clients."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = authority.issue("server", address)
    context.load_cert_chain(certificate, key)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.path)
    return context


def send(found: Server, method: str = "GET", **settings: object) -> Response:
    """Send one request by HTTPS."""
    clock = Clock()
    options = {"retries": 2, "timeout": server.PATIENCE, **settings}
    origin = f"https://127.0.0.1:{found.port}"
    transport = Transport(ConnectionSettings(origin, **options), clock=clock, sleep=clock.sleep)  # type: ignore[arg-type]
    try:
        return transport.send(run_of(), method, "/x", bearer="t", body={} if method != "GET" else None)
    finally:
        transport.close()


def test_the_named_authority_is_trusted(authority: Authority) -> None:
    with serving(GOOD, context=context_of(authority)) as found:
        assert send(found, ca_path=str(authority.path)).json() == {"id": 1}


def test_the_authority_of_the_environment_is_trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
    with serving(GOOD, context=context_of(authority)) as found:
        assert send(found).ok


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_is_not_trusted(authority: Authority, method: str) -> None:
    with serving(GOOD, GOOD, context=context_of(authority)) as found:
        with pytest.raises(ConnectionFailedError, match=r"TLS handshake failed .*certificate") as caught:
            send(found, method)
    assert "ca_path" in caught.value.msg
    assert not found.requests


def test_another_host_is_not_trusted(authority: Authority) -> None:
    with serving(GOOD, GOOD, context=context_of(authority, address="192.0.2.1")) as found:
        with pytest.raises(ConnectionFailedError, match="TLS handshake failed"):
            send(found, ca_path=str(authority.path))
    assert not found.requests


def test_checking_can_be_switched_off(authority: Authority) -> None:
    with serving(GOOD, context=context_of(authority)) as found, warnings.catch_warnings():
        warnings.simplefilter("error")  # the library's words would come past the task
        assert send(found, validate_certs=False).ok


@pytest.mark.parametrize("together", [True, False])
def test_a_client_certificate(authority: Authority, tmp_path: Path, together: bool) -> None:
    certificate, key = authority.issue("client")
    options = {"client_cert": str(certificate), "client_key": str(key)}
    if together:
        both = tmp_path / "both.pem"
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
        options = {"client_cert": str(both)}
    with serving(GOOD, context=context_of(authority, clients=True)) as found:
        assert send(found, ca_path=str(authority.path), **options).ok


def test_without_the_client_certificate_that_is_wanted(authority: Authority) -> None:
    with serving(GOOD, GOOD, context=context_of(authority, clients=True)) as found:
        with pytest.raises((ConnectionFailedError, ResponseLostError)):
            send(found, "POST", ca_path=str(authority.path))
    assert not found.requests


def test_a_port_without_tls() -> None:
    with serving(greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as found:
        with pytest.raises(ConnectionFailedError, match="TLS handshake failed") as caught:
            send(found)
    assert "TLS port" in caught.value.msg


def garbles(connection: socket.socket, _request: bytes) -> None:
    """Break the TLS stream below the encryption, after the request was read."""
    with socket.socket(fileno=connection.detach()) as raw:
        raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)


def breaks_off(connection: socket.socket, _request: bytes) -> None:
    """End the TCP connection without a word in TLS, after the request was read."""
    socket.socket(fileno=connection.detach()).close()


@pytest.mark.parametrize("behaviour", [garbles, breaks_off, server.resets])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_after_which_tls_breaks_is_sent_once(
    authority: Authority, behaviour: server.Behaviour, method: str
) -> None:
    with serving(behaviour, GOOD, context=context_of(authority)) as found, pytest.raises(ResponseLostError) as caught:
        send(found, method, ca_path=str(authority.path))
    assert found.lines == [f"{method} /api/ver1.0/x"]
    assert caught.value.details.hint


def test_reading_is_repeated_when_tls_breaks(authority: Authority) -> None:
    with serving(garbles, GOOD, context=context_of(authority)) as found:
        assert send(found, ca_path=str(authority.path)).json() == {"id": 1}
    assert len(found.requests) == 2
