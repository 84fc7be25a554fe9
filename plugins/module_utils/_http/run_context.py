# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one run of a module: write lock, retry budget, request counts, quota, warnings. No I/O."""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._model.errors import ReadOnlyError
from .._model.text import message
from .circuit_breaker import Breaker
from .retry import RetryBudget

READING = "GET"
TOKEN = "token"
"""The counter of token requests: they change nothing at the PBX."""
# Responses take time, so the calculated ends of one quota window (an hour) differ by up to this many seconds.
_SAME_WINDOW = 60.0


@dataclass(frozen=True)
class Quota:
    """The hourly quota of the last response (reference section 0.3); ``reset_seconds`` is a duration, not a time."""

    limit: int | None
    remaining: int | None
    reset_seconds: int | None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Quota | None:
        """Read the ``X-RateLimit-*`` headers (lower-case names); ``None`` if there are none."""
        found = [_number(headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset")]
        return None if found == [None, None, None] else cls(*found)

    def as_dict(self) -> dict[str, Any]:
        """Return ``quota`` for a result."""
        return {"limit": self.limit, "remaining": self.remaining, "reset_seconds": self.reset_seconds}


def _number(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


@dataclass
class RunContext:
    """One run of a module: one item of a loop. Threads can share it and change it through its methods.

    ``lock`` is why the run may not write ("check mode", "read_only"), or ``None``. ``secrets`` are values of this run
    (tokens) that must not be shown; it only grows. ``wrote`` is whether the API applied, or may have applied, a write;
    it never becomes false again. ``breaker`` is shared with other runs over the same connection. ``state_folder`` is
    the folder of files that outlive the run (``None``: no such files), ``origin`` the API that they belong to.
    """

    budget: RetryBudget
    lock: str | None = None
    state_folder: str | None = None
    origin: str = ""
    requests: dict[str, int] = field(default_factory=lambda: {READING: 0, "POST": 0, "PUT": 0, "DELETE": 0, TOKEN: 0})
    quota: Quota | None = None
    wrote: bool = False
    breaker: Breaker = field(default_factory=Breaker, repr=False)
    warnings: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)
    _owner: int = field(default_factory=threading.get_ident, init=False, repr=False, compare=False)
    _in_order: int = field(default=0, init=False, repr=False, compare=False)
    _hidden: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)
    _window_end: float | None = field(default=None, init=False, repr=False, compare=False)

    def check_allowed(self, method: str, path: str) -> None:
        """Raise :class:`ReadOnlyError` for a write under a lock. Called before a socket is opened."""
        if method != READING and self.lock:
            raise ReadOnlyError(
                f"{method} {path} was not sent: {self.lock} forbids requests that could change anything",
                method=method,
                path=path,
                hint=f"To apply changes, run without {self.lock}",
            )

    def count(self, counter: str) -> None:
        """Count a request that is sent."""
        with self._guard:
            self.requests[counter] += 1

    def afford(self, wait: float) -> bool:
        """Subtract ``wait`` seconds from the budget if it allows them; return whether it does."""
        with self._guard:
            return self.budget.take(wait)

    def note_write(self) -> None:
        """Record that the API applied, or may have applied, a write."""
        self.wrote = True

    def note_quota(self, quota: Quota | None, now: float) -> None:
        """Record the quota of a response; ``now`` is its arrival in seconds, always on the same clock.

        Concurrent responses overtake each other: the lowest ``remaining`` of a window counts, and late responses from
        the previous window are ignored. If the end of a window is unknown, the last response counts.
        """
        if quota is None:
            return
        end = None if quota.reset_seconds is None else now + quota.reset_seconds
        with self._guard:
            if self._supersedes(quota, end):
                self.quota, self._window_end = quota, end

    def _supersedes(self, quota: Quota, end: float | None) -> bool:
        kept = self.quota
        if kept is None or end is None or self._window_end is None:
            return True
        if abs(end - self._window_end) > _SAME_WINDOW:
            return end > self._window_end
        if quota.remaining is None or kept.remaining is None:
            return kept.remaining is None
        return quota.remaining <= kept.remaining

    def hide(self, values: Iterable[str]) -> None:
        """Add values that must not be shown."""
        fresh = [value for value in values if value not in self.secrets]
        if fresh:
            with self._guard:
                self.secrets.update(fresh)

    def hidden(self) -> frozenset[str]:
        """Return the current secrets. Each response has them, so the set is rebuilt only after it grows."""
        if len(self._hidden) != len(self.secrets):
            with self._guard:
                self._hidden = frozenset(self.secrets)
        return self._hidden

    def warn(self, text: str) -> None:
        """Add a warning for the user, once; the text is cleaned here.

        Warnings of the thread that began the run keep their order. Those of other threads are sorted in between: their
        order is random.
        """
        text = message(text)
        with self._guard:
            if text in self.warnings:
                return
            if threading.get_ident() == self._owner:
                self.warnings.append(text)
                self._in_order = len(self.warnings)
            else:
                insort(self.warnings, text, self._in_order)

    def facts(self) -> dict[str, Any]:
        """Return the keys ``requests`` and ``quota`` of a result."""
        with self._guard:
            return {"requests": dict(self.requests), "quota": self.quota.as_dict() if self.quota else None}
