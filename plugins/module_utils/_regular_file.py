# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads regular files and nothing else: a pipe would never end, and a device may hold more than the memory."""

from __future__ import annotations

import errno
import os
import stat

LARGEST = 5_000_000
"""A file that a person writes has at most so many bytes."""


def read_bytes(path: str, largest: int | None = None) -> bytes:
    """Return the bytes of a regular file, which may be behind links; raises OSError for anything else, and for a larger file.

    Nothing is read then, and nothing is waited for.
    """
    _check(os.stat(path), path, largest)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        _check(found, path, largest)  # it may be another one by now
        return file.read() if largest is None else file.read(largest)


def text_in(content: bytes) -> str:
    """Return the text of a file's bytes, without a byte order mark; raises UnicodeDecodeError."""
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
