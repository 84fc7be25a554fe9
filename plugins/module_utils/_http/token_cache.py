# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token cache: shares tokens between tasks and forks, one file per host and application in a private folder.

The folder has mode 0700, the files 0600. A file that belongs to another user, is a link, is readable by others or is
not valid is ignored. With a lock per file only one of many forks requests a token; the others wait for it.
An error here never fails a run: without a usable folder every process requests its own token.
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
"""Seconds before its expiry from which a token is no longer used; at most half of its life."""
LOCK_PATIENCE = 10.0
"""Seconds to wait for another process that holds the lock. A token request takes less, unless the process hangs."""
_FORMAT = 1


@dataclass(frozen=True)
class Token:
    """A token, its expiry in seconds since the epoch, and its life in seconds."""

    text: str = field(repr=False)
    expires_at: float
    life: float = 3600.0

    def usable(self, now: float) -> bool:
        """Whether the token stays valid for :data:`EXPIRY_MARGIN` or half of its life, whichever is shorter."""
        return self.expires_at - min(EXPIRY_MARGIN, self.life / 2) > now


class TokenCache:
    """The cache file of one application at one host. Its name is a hash without the secret.

    ``problem`` is the error of the last lock or store, a predicate for a message about the folder; "" for none.
    """

    def __init__(self, folder: str, origin: str, application_id: str, application_secret: str) -> None:
        """Determine the path of the file; does no I/O."""
        digest = hashlib.sha256(f"{origin}\0{application_id}".encode()).hexdigest()[:40]
        self.folder = folder
        self._path = os.path.join(folder, f"{digest}.json")
        self._lock = f"{self._path}.lock"
        self._secret = application_secret
        self.problem = ""

    def load(self, now: float) -> Token | None:
        """Return the stored token if the file is private, the secret is the same, and the token is still valid."""
        try:
            # Without O_NONBLOCK a named pipe in this place would block for ever.
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
        """Write the token atomically; return whether that succeeded."""
        salt = secrets.token_hex(16)
        stored = {
            "format": _FORMAT,
            "access_token": token.text,
            "expires_at": token.expires_at,
            "life": token.life,
            "salt": salt,
            "proof": self._proof(salt),
        }
        name = None
        try:
            descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")  # mkstemp makes 0600 files
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(stored, file)
            os.replace(name, self._path)
        except OSError as problem:
            self._unusable(problem.strerror or "the file is not writable")
            if name:
                with contextlib.suppress(OSError):
                    os.unlink(name)
            return False
        return True

    @contextlib.contextmanager
    def locked(self, patience: float = LOCK_PATIENCE, sleep: Callable[[float], None] = time.sleep) -> Iterator[bool]:
        """Hold the lock of this file; yields whether it was acquired. Creates the folder.

        A process that holds it for longer than ``patience`` (it is stopped or hangs) loses it: the lock file is
        replaced, so that only one task is delayed.
        """
        self.problem = ""
        descriptor = self._open_lock()
        try:
            held = descriptor is not None and self._wait_for(descriptor, patience, sleep)
            if descriptor is not None and not held and not self.problem:
                self._replace_lock(descriptor)
                os.close(descriptor)
                descriptor = self._open_lock()
                held = descriptor is not None and self._wait_for(descriptor, patience, sleep)
                self._report_replaced(patience)
            yield held
        finally:
            if descriptor is not None:
                os.close(descriptor)  # releases the lock

    def _open_lock(self) -> int | None:
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            if _is_private(os.lstat(self.folder), folder=True):
                return os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            self._unusable("it is not a folder of your own, or others can read it")
        except OSError as problem:
            self._unusable(problem.strerror or "the lock file cannot be opened")
        return None

    def _replace_lock(self, descriptor: int) -> None:
        """Remove the lock file, if it is still the one of ``descriptor``."""
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), os.lstat(self._lock)):
                os.unlink(self._lock)

    def _wait_for(self, descriptor: int, patience: float, sleep: Callable[[float], None]) -> bool:
        waited, pause = 0.0, 0.005
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if waited >= patience:
                    return False
            except OSError as problem:  # a file system without locks: do not wait
                self._unusable(problem.strerror or "the file system does not support locks")
                return False
            sleep(pause)
            waited += pause
            pause = min(pause * 1.5, 0.1)

    def _report_replaced(self, patience: float) -> None:
        if not self.problem:
            self.problem = f"was locked by another process for more than {patience:g} s; the lock was replaced"

    def _unusable(self, reason: str) -> None:
        self.problem = (
            f"is not usable ({reason}), so every task requests its own token; "
            "set token_cache to a folder of your own with mode 0700, or to none"
        )

    def _trusted(self, stored: Any) -> Token | None:
        """Return the token of an entry that was stored with the same secret: a wrong secret must not use the cache."""
        if stored["format"] != _FORMAT or not hmac.compare_digest(stored["proof"], self._proof(stored["salt"])):
            return None
        text, expires_at, life = stored["access_token"], float(stored["expires_at"]), float(stored.get("life", 3600))
        return (
            Token(text, expires_at, life) if isinstance(text, str) and text.isascii() and text.isprintable() else None
        )

    def _proof(self, salt: str) -> str:
        return hmac.new(bytes.fromhex(salt), self._secret.encode(), "sha256").hexdigest()


def _is_private(status: os.stat_result, *, folder: bool = False) -> bool:
    kind = stat.S_ISDIR(status.st_mode) if folder else stat.S_ISREG(status.st_mode)
    return kind and status.st_uid == os.geteuid() and not status.st_mode & 0o077
