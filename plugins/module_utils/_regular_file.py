# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads regular files only: a pipe can block for ever, and a device can exceed the memory."""

from __future__ import annotations

import errno
import os
import stat

LARGEST = 5_000_000
"""The most bytes of a file that a person writes."""


def read_bytes(path: str, largest: int | None = None) -> bytes:
    """Return the bytes of a regular file, also through links; raises OSError for anything else, and for a larger file.

    Neither reads nor waits in that case.
    """
    _check(os.stat(path), path, largest)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        _check(found, path, largest)  # the path can point to another file by now
        return file.read() if largest is None else file.read(largest)


def text_in(content: bytes) -> str:
    """Decode UTF-8 and remove the byte order mark; raises UnicodeDecodeError."""
    return content.decode("utf-8-sig")


def read_text(path: str) -> str:
    """Return the text of a regular file of at most :data:`LARGEST` bytes; raises OSError or UnicodeDecodeError."""
    return text_in(read_bytes(path, LARGEST))


def _check(found: os.stat_result, path: str, largest: int | None) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "It is not a regular file", path)
    if largest is not None and found.st_size > largest:
        raise OSError(errno.EFBIG, f"It has {found.st_size} bytes, and the limit is {largest}", path)
