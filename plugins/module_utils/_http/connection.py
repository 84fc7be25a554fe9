# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that record when a request is sent, and that end every exchange at its deadline.

The timeout of the library limits each wait for data, so a server that sends a byte now and then could block a request
for ever: in the status line, the headers, between chunks, after the body. Here a deadline and a number of bytes limit
the whole exchange. Only :mod:`.transport` uses this file.
"""

from __future__ import annotations

import http.client
import io
import threading
import time
from typing import Any

try:
    from requests.adapters import HTTPAdapter
except ImportError:  # pragma: no cover - exercised by a test that runs a Python without requests
    HTTPAdapter = object  # type: ignore[assignment,misc]


class TooManyBytesError(Exception):
    """The server sends more bytes than the exchange allows. Not an OSError: libraries would handle that."""


class Exchange(threading.local):
    """The current exchange of this thread, started by :meth:`begin`.

    ``sent`` is whether the first byte of the request may have been sent. Before that, the server cannot act on it.
    """

    sent = False
    _deadline = 0.0
    _bytes = 0

    def begin(self, seconds: float, most: int) -> None:
        """Begin an exchange of at most ``seconds``, with a response of at most ``most`` bytes on the wire."""
        self.sent = False
        self._deadline = time.monotonic() + seconds
        self._bytes = most

    def remaining(self) -> float:
        """Return the remaining seconds; raises TimeoutError if there are none."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds

    def take(self, count: int) -> None:
        """Count received bytes; raises TooManyBytesError above the limit."""
        self._bytes -= count
        if self._bytes < 0:
            raise TooManyBytesError


class _Reader(io.RawIOBase):
    """Reads a socket within the limits of an exchange. ``raw`` is the library's reader, which keeps the socket open."""

    def __init__(self, raw: Any, sock: Any, exchange: Exchange) -> None:
        self._raw, self._sock, self._exchange = raw, sock, exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._exchange.remaining())
        count: int | None = self._raw.readinto(buffer)
        self._exchange.take(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class BoundedAdapter(HTTPAdapter):
    """A pool of connections that apply the limits of ``exchange`` and set ``sent``."""

    def __init__(self, exchange: Exchange, pool_maxsize: int) -> None:
        self._exchange = exchange
        super().__init__(pool_maxsize=pool_maxsize)
        self._bind(self.poolmanager)

    def proxy_manager_for(self, proxy: str) -> Any:  # type: ignore[override]  # requests has no type here
        """Return the pools for connections through a proxy."""
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy)
        if not known:
            self._bind(manager)
        return manager

    def _bind(self, manager: Any) -> None:
        """Make the pools create bounded connections of each kind: plain, TLS and SOCKS."""
        manager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": _bounded(pool.ConnectionCls, self._exchange)})
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }


def _bounded(connection: Any, exchange: Exchange) -> type:
    """Return a subclass of ``connection`` that applies the limits of the exchange of its thread."""

    class Response(http.client.HTTPResponse):
        """A response, including a proxy's response to CONNECT, that is read within the limits."""

        def __init__(self, sock: Any, debuglevel: int = 0, method: str | None = None, url: str | None = None) -> None:
            super().__init__(sock, debuglevel, method, url)
            self.fp: Any = io.BufferedReader(_Reader(self.fp.detach(), sock, exchange))

    class Connection(connection):  # type: ignore[misc]  # the class is a parameter
        """A connection that sets ``sent``. Data that sets up the connection, for example to a proxy, does not count."""

        response_class = Response
        _connecting = False

        def connect(self) -> None:
            self._connecting = True
            try:
                super().connect()
            finally:
                self._connecting = False

        def _new_conn(self) -> Any:
            self.timeout = exchange.remaining()
            sock = super()._new_conn()
            sock.settimeout(exchange.remaining())  # for the handshakes with the proxy and TLS
            return sock

        def send(self, data: Any) -> None:
            if self.sock is None:
                self.connect()
            if not self._connecting:
                exchange.sent = True
            super().send(data)

    return Connection
