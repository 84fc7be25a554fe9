# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small server on loopback for what only a socket shows: resets, truncation, delays, TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, bytes], None]
"""What to do with a connection after a whole request was read from it."""


@dataclass
class Server:
    """The port it listens on, and the requests that arrived, with head and body."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def origin(self) -> str:
        """Scheme, host and port for plain HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        """The first lines of the requests, without the version."""
        return [request.split(b" HTTP/", 1)[0].decode() for request in self.requests]


def response(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> bytes:
    """The bytes of a response with Content-Length."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def sends(*parts: bytes) -> Behaviour:
    """Send these bytes and wait for the next request."""

    def behave(connection: socket.socket, _request: bytes) -> None:
        for part in parts:
            connection.sendall(part)

    return behave


def sends_and_closes(*parts: bytes) -> Behaviour:
    """Send these bytes and close."""

    def behave(connection: socket.socket, _request: bytes) -> None:
        for part in parts:
            connection.sendall(part)
        connection.close()

    return behave


def resets(connection: socket.socket, _request: bytes) -> None:
    """Close with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


PATIENCE = 60.0
"""Seconds after which what hangs ends."""


def drips(pause: float, gone: threading.Event) -> Behaviour:
    """Send one byte of an endless body after another, slowly, until the client is gone."""

    def behave(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        try:
            for _number in range(int(PATIENCE / pause)):
                connection.sendall(b" ")
                threading.Event().wait(pause)
        except OSError:
            gone.set()
            raise

    return behave


def is_silent(connection: socket.socket, _request: bytes) -> None:
    """Never response; ends when the client goes."""
    connection.recv(1)


@contextlib.contextmanager
def serving(*behaviours: Behaviour, context: ssl.SSLContext | None = None, greeting: bytes = b"") -> Iterator[Server]:
    """Serve one behaviour per request, then close every connection; stops with the block.

    A greeting is sent to every connection before anything is read.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])
    rest = list(behaviours)
    open_ones: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            server.connections += 1
            open_ones.append(connection)
            if greeting:
                connection.sendall(greeting)
            threading.Thread(target=_converse, args=(connection, server, rest, context), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_ones:
            with contextlib.suppress(OSError):
                connection.close()
        thread.join(PATIENCE)


def _converse(connection: socket.socket, server: Server, rest: list[Behaviour], context: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError, ValueError), connection:
        stream = context.wrap_socket(connection, server_side=True) if context else connection
        stream.settimeout(PATIENCE)
        with contextlib.closing(stream):
            while request := _read_request(stream):
                server.requests.append(request)
                if not rest:
                    return
                rest.pop(0)(stream, request)


def _read_request(stream: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = stream.recv(65536)
        if not chunk:
            return b""
        received += chunk
    head, body = received.split(b"\r\n\r\n", 1)
    lengths = [line.split(b":", 1)[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += stream.recv(65536)
    return head + b"\r\n\r\n" + body
