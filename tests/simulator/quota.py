# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hourly quota (API reference, section 0.3), and the separate limits of the token endpoint."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

DEFAULT_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of the counter after a request, as the X-RateLimit headers show it."""

    limit: int
    remaining: int
    reset: int
    allowed: bool = True

    def headers(self) -> dict[str, str]:
        """The three headers; Reset counts in seconds from now."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class Quota:
    """Requests per clock hour, one counter for each account (a client or a dealer), over all its applications."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._reset: int | None = None
        self._hour = self._now()
        self._base = 0
        self._used: dict[str, int] = {}

    @staticmethod
    def _now() -> int:
        return int(time.time()) // 3600

    @property
    def reset(self) -> int:
        """Seconds until the counters start again: the rest of the clock hour, or the number that was set."""
        return self._reset if self._reset is not None else 3600 - int(time.time()) % 3600

    @reset.setter
    def reset(self, seconds: int | None) -> None:
        self._reset = seconds

    @property
    def remaining(self) -> int:
        """What is left for the account that used most. Setting it sets every account."""
        return max(0, self.limit - self._base - max(self._used.values(), default=0))

    @remaining.setter
    def remaining(self, value: int) -> None:
        self._used.clear()
        self._base = self.limit - value

    def take(self, account: str, personal_limit: int | None = None) -> Reading:
        """Count one request; the reading says whether it passes. A refused request is not counted.

        A personal limit of an application is compared with the account's common counter.
        """
        hour = self._now()
        if hour != self._hour:
            self._hour, self._base = hour, 0
            self._used.clear()
        limit = self.limit if personal_limit is None else min(self.limit, personal_limit)
        used = self._base + self._used.get(account, 0)
        if used >= limit:
            return Reading(limit, 0, self.reset, False)
        self._used[account] = self._used.get(account, 0) + 1
        return Reading(limit, limit - used - 1, self.reset)

    def idle(self) -> Reading:
        """The headers of a response to a request that belongs to no account."""
        return Reading(self.limit, max(0, self.limit - self._base), self.reset)


class Throttle:
    """The token endpoint's own limits: 20 requests in a second, 6 requests at the same time."""

    def __init__(self, per_window: int = 20, at_once: int = 6, window: float = 1.0) -> None:
        self.per_window = per_window
        self.at_once = at_once
        self.window = window
        self._times: deque[float] = deque()
        self._open = 0

    def enter(self) -> bool:
        """Whether one more request passes; pair with leave()."""
        now = time.monotonic()
        while self._times and self._times[0] <= now - self.window:
            self._times.popleft()
        self._open += 1
        if len(self._times) >= self.per_window or self._open > self.at_once:
            return False
        self._times.append(now)
        return True

    def leave(self) -> None:
        """A request is over."""
        self._open -= 1
