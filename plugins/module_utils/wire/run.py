# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run of a module may do and has done: the write lock, the waiting budget, counts, quota, warnings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.errors import ReadOnlyError
from .retry import RetryBudget

READING = "GET"
TOKEN = "token"
"""The key under which token requests are counted: they change nothing at the PBX."""


@dataclass(frozen=True)
class Quota:
    """The hourly quota as the last answer told it (reference section 0.3); ``reset_seconds`` is a span, not a time."""

    limit: int | None
    remaining: int | None
    reset_seconds: int | None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Quota | None:
        """Read the ``X-RateLimit-*`` headers (lower-case names); ``None`` when there are none."""
        found = [_number(headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset")]
        return None if found == [None, None, None] else cls(*found)

    def as_dict(self) -> dict[str, Any]:
        """Return ``quota`` for a result."""
        return {"limit": self.limit, "remaining": self.remaining, "reset_seconds": self.reset_seconds}


def _number(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


@dataclass
class Run:
    """One run of a module: one item of a loop.

    ``lock`` says why nothing may be written ("check mode", "read_only"), or is ``None``. ``secrets`` are values that
    came up on the way (tokens) and must not be shown. ``wrote`` is whether a write was, or may have been, carried out.
    """

    budget: RetryBudget
    lock: str | None = None
    requests: dict[str, int] = field(default_factory=lambda: {READING: 0, "POST": 0, "PUT": 0, "DELETE": 0, TOKEN: 0})
    quota: Quota | None = None
    wrote: bool = False
    warnings: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def admit(self, method: str, path: str) -> None:
        """Let a request pass, or raise :class:`ReadOnlyError` for a write under a lock. Called before any socket opens."""
        if method != READING and self.lock:
            raise ReadOnlyError(
                f"{method} {path} was stopped: {self.lock} admits no request that could change anything",
                method=method,
                path=path,
                hint="Nothing was sent",
            )

    def warn(self, text: str) -> None:
        """Add a warning for the user, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def facts(self) -> dict[str, Any]:
        """Return the keys ``requests`` and ``quota`` of a result."""
        return {"requests": dict(self.requests), "quota": self.quota.as_dict() if self.quota else None}
