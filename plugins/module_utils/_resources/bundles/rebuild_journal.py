# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The old members of bundles that are being written, on disk, for the run after one that was killed between two
requests.

A rebuild takes more than one request (reference section 4), and the bundle is missing in between. There is one file for
each bundle in the folder of the tokens (folder 0700, file 0600), with ids and no secrets. The process that writes has a
lock on it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._http.run_context import RunContext
from ..._model.bundle_change import Members
from ..._model.errors import ConflictError
from ..._model.extension_numbers import Names

_FORMAT = 1
_SUFFIX = ".rebuild.json"
_LARGEST = 1024 * 1024


@dataclass(frozen=True)
class Rebuild:
    """An unfinished write of the bundle of ``main`` from the members ``old`` to ``target``."""

    main: int
    old: Members
    target: Members

    def settled(self, live: Members) -> bool:
        """Whether the ``live`` members are the old or the new ones."""
        return live in (self.old, self.target)

    def overtaken(self, live: Members) -> bool:
        """Whether another run or person has changed the bundle since: it has members that are in neither list."""
        return bool(set(live) - {*self.old, *self.target})

    def kept(self, live: Members) -> Members:
        """Return the members that count as the present ones: the old ones if the write is incomplete."""
        return live if self.settled(live) or self.overtaken(live) else self.old


class Rebuilds:
    """The files of one API. Threads may share it. Without a ``folder`` no file is written.

    ``find`` and ``among`` raise ConflictError if another process is writing the bundle.
    """

    def __init__(self, folder: str | None, origin: str) -> None:
        """Name the folder; does no I/O."""
        self._folder = folder
        self._origin = origin
        self._held: dict[int, int] = {}

    @classmethod
    def of(cls, run: RunContext) -> Rebuilds:
        """Return the files of a run's API."""
        return cls(run.state_folder, run.origin)

    def find(self, main: int) -> Rebuild | None:
        """Return the unfinished rebuild of a bundle."""
        return self._read(self._path(main)) if self._folder else None

    def among(self, mains: Iterable[int]) -> dict[int, Rebuild]:
        """Return the unfinished rebuilds of these bundles, by main extension. Does not read those of other clients."""
        names: frozenset[str] = frozenset()
        if self._folder:
            with contextlib.suppress(OSError):
                names = frozenset(name for name in os.listdir(self._folder) if name.endswith(_SUFFIX))
        found = (
            {main: self.find(main) for main in mains if os.path.basename(self._path(main)) in names} if names else {}
        )
        return {main: rebuild for main, rebuild in found.items() if rebuild is not None}

    def keep(self, run: RunContext, rebuild: Rebuild) -> bool:
        """Write the file, and return whether it was written: not if there is one with older members that still count.

        Warns if the folder cannot be used.
        """
        if not self._folder or rebuild.main in self._held:
            return False
        earlier = self.find(rebuild.main)
        if earlier is not None and earlier.kept(rebuild.old) != rebuild.old:
            return False
        path, name = self._path(rebuild.main), None
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            if not _is_private(os.lstat(self._folder), folder=True):
                raise PermissionError(f"{self._folder} is not a folder of your own with mode 0700")
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")  # 0600
            os.write(descriptor, self._text(rebuild))
            os.fsync(descriptor)
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.replace(name, path)
        except OSError as problem:
            if name:
                with contextlib.suppress(OSError):
                    os.unlink(name)
            run.warn(
                f"cannot keep the old members of a bundle on disk while it is written ({problem}). Set token_cache to "
                "a folder of your own with mode 0700"
            )
            return False
        self._held[rebuild.main] = descriptor
        return True

    def holds(self, main: int) -> bool:
        """Whether :meth:`keep` has written the file of this bundle, and it still exists."""
        return main in self._held

    def forget(self, main: int) -> None:
        """Remove the file: the bundle is settled."""
        if self._folder:
            with contextlib.suppress(OSError):
                os.unlink(self._path(main))
        self.release(main)

    def release(self, main: int) -> None:
        """Keep the file for the next run."""
        descriptor = self._held.pop(main, None)
        if descriptor is not None:
            os.close(descriptor)

    def _path(self, main: int) -> str:
        digest = hashlib.sha256(f"{self._origin}\0{main}".encode()).hexdigest()[:40]
        return os.path.join(self._folder or "", f"{digest}{_SUFFIX}")

    def _text(self, rebuild: Rebuild) -> bytes:
        stored = {
            "format": _FORMAT,
            "origin": self._origin,
            "extension_id": rebuild.main,
            "old": rebuild.old,
            "target": rebuild.target,
        }
        return json.dumps(stored).encode()

    def _read(self, path: str) -> Rebuild | None:
        """Return the rebuild of a file that is private and belongs to this API."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        with open(descriptor, "rb") as file:
            try:
                if not _is_private(os.fstat(descriptor)):
                    return None
                stored = json.loads(file.read(_LARGEST))
                rebuild = self._trusted(stored)
            except (OSError, ValueError, KeyError, TypeError, RecursionError):
                return None
            if rebuild is not None and rebuild.main not in self._held:
                _refuse_in_progress(descriptor, rebuild.main)
            return rebuild

    def _trusted(self, stored: Mapping[str, Any]) -> Rebuild | None:
        if stored["format"] != _FORMAT or stored["origin"] != self._origin:
            return None
        old, target = (tuple(sorted(int(member) for member in stored[name])) for name in ("old", "target"))
        return Rebuild(int(stored["extension_id"]), old, target)


def warn_unfinished(run: RunContext, rebuild: Rebuild, live: Members, names: Names) -> None:
    """Warn that a killed run left a bundle unfinished, and how this run continues."""
    what, old = (
        f"an earlier run was killed while it wrote the bundle of {names.describe(rebuild.main)}",
        names.describe_all(rebuild.old),
    )
    if rebuild.overtaken(live):
        run.warn(f"{what}; its old members {old} are not restored, because another run or person has changed it since")
    elif not rebuild.settled(live):
        run.warn(f"{what}. This run continues from its old members {old}")


def _refuse_in_progress(descriptor: int, main: int) -> None:
    """Raise ConflictError where another process holds the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConflictError(
            f"another run is writing the bundle of the extension with id {main}",
            hint="Run again when it has ended",
        ) from None
    except OSError:
        pass  # a file system without locks


def _is_private(status: os.stat_result, *, folder: bool = False) -> bool:
    kind = stat.S_ISDIR(status.st_mode) if folder else stat.S_ISREG(status.st_mode)
    return kind and status.st_uid == os.geteuid() and not status.st_mode & 0o077
