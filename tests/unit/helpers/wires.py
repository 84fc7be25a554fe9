# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets that play back what a server sends, piece by piece, in a time of their own."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from urllib3.connection import HTTPConnection

from ansible_collections.ringme.pbx.plugins.module_utils._http import connection as module


@dataclass
class Wire:
    """A socket: every piece takes ``pause`` seconds to come, and at the end the server closes."""

    pieces: Iterator[bytes]
    pause: float = 0.0
    sent: bytearray = field(default_factory=bytearray)
    read: int = 0
    now: float = 0.0
    timeout: float = 0.0

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def sendall(self, data: Any) -> None:
        self.sent += data

    def settimeout(self, seconds: float) -> None:
        self.timeout = seconds

    def gettimeout(self) -> float:
        return self.timeout

    def setsockopt(self, *_options: Any) -> None:
        """Nothing to set."""

    def shutdown(self, _how: int) -> None:
        """Nothing to shut."""

    def close(self) -> None:
        """The next connection goes on where this one ended."""

    def receive(self, buffer: Any) -> int:
        """Take the next piece, or raise TimeoutError where it does not come in time."""
        if self.pause > self.timeout:
            self.now += self.timeout
            raise TimeoutError("timed out")
        self.now += self.pause
        piece = next(self.pieces, b"")[: len(buffer)]
        buffer[: len(piece)] = piece
        self.read += len(piece)
        return len(piece)


class _Reader(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive(buffer)


def lay(monkeypatch: pytest.MonkeyPatch, pieces: Iterable[bytes], pause: float = 0.0) -> Wire:
    """Connect the next connections to a server that sends these pieces, each of at most 8,192 bytes."""
    wire = Wire(iter(pieces), pause)
    monkeypatch.setattr(HTTPConnection, "_new_conn", lambda _connection: wire)
    monkeypatch.setattr(module.time, "monotonic", lambda: wire.now)
    return wire
