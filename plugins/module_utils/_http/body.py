# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a response, decoded chunk by chunk up to a limit. Pure."""

from __future__ import annotations

import zlib

OBJECT = 1024 * 1024
"""Largest response in bytes with one object, or whose body is not used."""
LIST = 16 * 1024 * 1024
"""Largest response in bytes with a list: 20,000 extensions on one page, if the server does not limit pages."""

_GZIP = 16 + zlib.MAX_WBITS
_PLAIN = ("", "identity")


class UnusableBodyError(Exception):
    """The body cannot be read. The text is the reason, a clause for a message."""


class Body:
    """Decodes the chunks of a body, at most ``most`` bytes in total."""

    def __init__(self, encoding: str, most: int) -> None:
        """``encoding`` is the header Content-Encoding. Raises UnusableBodyError for one that was not requested."""
        name = encoding.strip().lower()
        if name not in (*_PLAIN, "gzip", "x-gzip"):
            raise UnusableBodyError(f"the response is encoded as {name[:20]!r} instead of gzip")
        self._most = most
        self._decoder = None if name in _PLAIN else zlib.decompressobj(_GZIP)
        self._fed = False
        self._found = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Add a chunk; raises UnusableBodyError if the body is too large or corrupt."""
        self._fed = self._fed or bool(chunk)
        while chunk and self._decoder is not None:
            # One byte more than the limit detects a body that is too large, and bounds what is decoded at a time.
            try:
                self._add(self._decoder.decompress(chunk, self._most - len(self._found) + 1))
            except zlib.error:
                raise UnusableBodyError("the response is not valid gzip data") from None
            chunk = self._decoder.unconsumed_tail
            if self._decoder.eof:
                chunk = self._decoder.unused_data
                if chunk:  # another gzip member
                    self._decoder = zlib.decompressobj(_GZIP)
        if self._decoder is None:
            self._add(chunk)

    def end(self) -> bytes:
        """Return the whole body; raises UnusableBodyError if it is truncated."""
        if self._decoder is not None and self._fed and not self._decoder.eof:
            raise UnusableBodyError("the response is incomplete")
        return bytes(self._found)

    def _add(self, chunk: bytes) -> None:
        self._found += chunk
        if len(self._found) > self._most:
            raise UnusableBodyError(
                f"the response is larger than {self._most // OBJECT} MiB, the limit for this request"
            )
