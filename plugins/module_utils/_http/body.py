# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of an answer as it arrives: decoded piece by piece, never beyond a size. Pure."""

from __future__ import annotations

import zlib

OBJECT = 1024 * 1024
"""Bytes that the answer with one object may have, and an answer of which no body is used."""
LIST = 16 * 1024 * 1024
"""Bytes that a list may have: 20,000 extensions on one page, if the server does not cut pages."""

_GZIP = 16 + zlib.MAX_WBITS
_PLAIN = ("", "identity")


class UnusableBodyError(Exception):
    """The body cannot be read; the text says why, as a part of a sentence."""


class Body:
    """Takes the pieces of a body and gives it back decoded, at most ``most`` bytes of it."""

    def __init__(self, encoding: str, most: int) -> None:
        """``encoding`` is the header Content-Encoding. Raises UnusableBodyError for one that was not asked for."""
        name = encoding.strip().lower()
        if name not in (*_PLAIN, "gzip", "x-gzip"):
            raise UnusableBodyError(f"the answer is encoded as {name[:20]!r}, and gzip was asked for")
        self._most = most
        self._decoder = None if name in _PLAIN else zlib.decompressobj(_GZIP)
        self._fed = False
        self._found = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take a piece; raises UnusableBodyError where the body is too large or broken."""
        self._fed = self._fed or bool(piece)
        while piece and self._decoder is not None:
            # One byte more than there is room for shows that there is too much, and bounds what is decoded at a time.
            try:
                self._add(self._decoder.decompress(piece, self._most - len(self._found) + 1))
            except zlib.error:
                raise UnusableBodyError("the answer is not the gzip data that it claims to be") from None
            piece = self._decoder.unconsumed_tail
            if self._decoder.eof:
                piece = self._decoder.unused_data
                if piece:  # another member
                    self._decoder = zlib.decompressobj(_GZIP)
        if self._decoder is None:
            self._add(piece)

    def end(self) -> bytes:
        """Return the whole body; raises UnusableBodyError where its end is missing."""
        if self._decoder is not None and self._fed and not self._decoder.eof:
            raise UnusableBodyError("the answer was cut off")
        return bytes(self._found)

    def _add(self, piece: bytes) -> None:
        self._found += piece
        if len(self._found) > self._most:
            raise UnusableBodyError(
                f"the answer is larger than {self._most // OBJECT} MiB, the most that is expected here"
            )
