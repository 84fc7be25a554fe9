# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that note when a request leaves, and that end an exchange at its deadline whatever the server sends.

A timeout of the library bounds each wait for data, so a server that sends one byte now and then holds a request for ever:
in the status line, the headers, between chunks, behind the body. Here the deadline of the exchange bounds every read, and
so does a number of bytes. Used by :mod:`.transport` only, where requests is installed.
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
    """The server sends more than the exchange admits. No error of the socket, so that no library takes it for one."""


class Exchange(threading.local):
    """The exchange that this thread is in. :meth:`begin` starts it.

    ``left`` is whether the first byte of the request may have left: before that, the server cannot have acted on it.
    """

    sent = False
    _deadline = 0.0
    _bytes = 0

    def begin(self, seconds: float, most: int) -> None:
        """Begin an exchange that may take ``seconds``, and whose answer may take ``most`` bytes on the wire."""
        self.sent = False
        self._deadline = time.monotonic() + seconds
        self._bytes = most

    def remaining(self) -> float:
        """Return the seconds that are left; raises TimeoutError where there are none."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds

    def take(self, count: int) -> None:
        """Note that ``count`` bytes came; raises TooMuch where they are too many."""
        self._bytes -= count
        if self._bytes < 0:
            raise TooManyBytesError


class _Reader(io.RawIOBase):
    """Reads a socket within the limits of an exchange. ``raw`` is the library's own reader, which keeps the socket open."""

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
    """A pool of connections whose reads are bounded by ``exchange``, and which tell it when a request leaves."""

    def __init__(self, exchange: Exchange, pool_maxsize: int) -> None:
        self._exchange = exchange
        super().__init__(pool_maxsize=pool_maxsize)
        self._bind(self.poolmanager)

    def proxy_manager_for(self, proxy: str) -> Any:  # type: ignore[override]  # requests gives no more
        """Return the pools for connections through a proxy."""
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy)
        if not known:
            self._bind(manager)
        return manager

    def _bind(self, manager: Any) -> None:
        """Have the pools make connections of ours, whichever kind they make: plain, TLS, or through SOCKS."""
        manager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": _bounded(pool.ConnectionCls, self._exchange)})
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }


def _bounded(connection: Any, exchange: Exchange) -> type:
    """Return a kind of connection that keeps to the exchange of its thread."""

    class Response(http.client.HTTPResponse):
        """An answer, also a proxy's to CONNECT, that is read within the limits."""

        def __init__(self, sock: Any, debuglevel: int = 0, method: str | None = None, url: str | None = None) -> None:
            super().__init__(sock, debuglevel, method, url)
            self.fp: Any = io.BufferedReader(_Reader(self.fp.detach(), sock, exchange))

    class Connection(connection):  # type: ignore[misc]  # whichever it is
        """A connection that notes when a request leaves. What is sent to set it up, to a proxy for instance, is none."""

        response_class = Response
        _being_made = False

        def connect(self) -> None:
            self._being_made = True
            try:
                super().connect()
            finally:
                self._being_made = False

        def _new_conn(self) -> Any:
            self.timeout = exchange.remaining()
            sock = super()._new_conn()
            sock.settimeout(exchange.remaining())  # for what follows: a handshake with the proxy, TLS
            return sock

        def send(self, data: Any) -> None:
            if self.sock is None:
                self.connect()
            if not self._being_made:
                exchange.sent = True
            super().send(data)

    return Connection
