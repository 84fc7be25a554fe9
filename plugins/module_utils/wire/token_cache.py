# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens shared between tasks and forks: one file per host and application, in a folder of the user's own.

The folder is 0700 and the files 0600; what belongs to somebody else, is a link, can be read by others or does not parse
is passed over. A lock per file makes sure that of many forks only one asks for a token and the others wait for it.
Nothing here ever fails a run: without a usable folder every process gets its own token.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

EXPIRY_MARGIN = 60.0
"""Seconds before its end from which a token is no longer handed out."""
LOCK_PATIENCE = 30.0
"""Seconds to wait for another process that holds the lock, before going on without it."""
_FORMAT = 1


@dataclass(frozen=True)
class Token:
    """A token and the moment of its end, in seconds since the epoch."""

    text: str = field(repr=False)
    expires_at: float

    def usable(self, now: float) -> bool:
        """Whether the token is good for at least another minute."""
        return self.expires_at - EXPIRY_MARGIN > now


class TokenCache:
    """The cache file of one application at one host. File names are hashes; the secret never becomes part of one."""

    def __init__(self, folder: str, origin: str, application_id: str, application_secret: str) -> None:
        """Name the file; does no I/O."""
        digest = hashlib.sha256(f"{origin}\0{application_id}".encode()).hexdigest()[:40]
        self.folder = folder
        self._path = os.path.join(folder, f"{digest}.json")
        self._secret = application_secret

    def load(self, now: float) -> Token | None:
        """Return the stored token if it may be trusted, was got with the same secret, and is still good."""
        try:
            # Without O_NONBLOCK, a pipe that somebody put there would hold us for ever.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            with open(os.open(self._path, flags), encoding="utf-8") as file:
                if not _is_private(os.fstat(file.fileno())):
                    return None
                stored = json.load(file)
            token = self._trusted(stored)
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None
        return token if token is not None and token.usable(now) else None

    def store(self, token: Token) -> bool:
        """Write the token in one step; returns whether that was possible."""
        salt = secrets.token_hex(16)
        stored = {
            "format": _FORMAT,
            "access_token": token.text,
            "expires_at": token.expires_at,
            "salt": salt,
            "proof": self._proof(salt),
        }
        name = None
        try:
            descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")  # mkstemp makes 0600 files
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(stored, file)
            os.replace(name, self._path)
        except OSError:
            if name:
                with contextlib.suppress(OSError):
                    os.unlink(name)
            return False
        return True

    @contextlib.contextmanager
    def locked(self, patience: float = LOCK_PATIENCE, sleep: Callable[[float], None] = time.sleep) -> Iterator[bool]:
        """Hold the lock of this file; yields whether it could be had. Makes the folder."""
        descriptor = self._open_lock()
        try:
            yield descriptor is not None and _wait_for(descriptor, patience, sleep)
        finally:
            if descriptor is not None:
                os.close(descriptor)  # releases the lock

    def _open_lock(self) -> int | None:
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            if not _is_private(os.lstat(self.folder), folder=True):
                return None
            return os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            return None

    def _trusted(self, stored: Any) -> Token | None:
        """Return the token of a stored entry made with the same secret: a wrong secret must not profit from the cache."""
        if stored["format"] != _FORMAT or not hmac.compare_digest(stored["proof"], self._proof(stored["salt"])):
            return None
        text, expires_at = stored["access_token"], float(stored["expires_at"])
        return Token(text, expires_at) if isinstance(text, str) and text.isascii() and text.isprintable() else None

    def _proof(self, salt: str) -> str:
        return hmac.new(bytes.fromhex(salt), self._secret.encode(), "sha256").hexdigest()


def _is_private(status: os.stat_result, *, folder: bool = False) -> bool:
    kind = stat.S_ISDIR(status.st_mode) if folder else stat.S_ISREG(status.st_mode)
    return kind and status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _wait_for(descriptor: int, patience: float, sleep: Callable[[float], None]) -> bool:
    waited, pause = 0.0, 0.005
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if waited >= patience:
                return False
        except OSError:
            return False  # a file system without locks: waiting would not help
        sleep(pause)
        waited += pause
        pause = min(pause * 1.5, 0.1)
