# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When to stop asking an API that fails at everything.

Of a thousand changes, each would otherwise wait for its own timeouts. One breaker serves all runs over one connection, as
the items of a loop are. It forbids to begin anything new; what has begun goes on, because a bundle that is half set must
be finished or rolled back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .._model.errors import (
    AuthenticationError,
    BadResponseError,
    ConnectionFailedError,
    NotReachedError,
    QuotaError,
    ResponseLostError,
    RingmeError,
    ServerError,
)

MOST = 5
"""Failures in a row, where nothing else is set."""
PAUSE = 10.0
"""Seconds after the last failure, after which runs may try again: somebody may repeat a task until it succeeds."""
# Failures that say something of the API or the way to it. Others are about the one object that was asked for.
_GENERAL = (ConnectionFailedError, ResponseLostError, ServerError, BadResponseError, AuthenticationError, QuotaError)


class Breaker:
    """Counts failures of one kind in a row, and is open after ``most`` of them; 0 means never. Threads may share it.

    Writes are counted by themselves as well: an API that refuses every write, and answers when it is asked about them, is
    no better.
    """

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._guard = threading.Lock()
        self._rows = {"all": 0, "writes": 0}
        self._kind = ""
        self._cause = ""
        self._since = 0.0

    @property
    def open(self) -> bool:
        """Whether nothing new may begin."""
        return 0 < self._most <= max(self._rows.values())

    def refuse(self) -> None:
        """Raise NotReachedError where a run must not begin. After a pause runs may, until the next failure."""
        with self._guard:
            if not self.open:
                return
            if self._clock() - self._since >= PAUSE:
                self._rows = {name: min(count, self._most - 1) for name, count in self._rows.items()}
                return
            raise NotReachedError(
                f"not begun: {self._told()}. The last failure: {self._cause.rstrip('. ')}",
                hint="Fix the cause and run again. Completed changes are not repeated; max_failures sets the limit",
            )

    def note(self, error: RingmeError | None, *, write: bool) -> str | None:
        """Note how a request ended; returns what to warn of where this opened the breaker."""
        if error is not None and error.repeated:
            return None
        failure = error if isinstance(error, _GENERAL) else None
        with self._guard:
            was_open = self.open
            if failure is None or failure.kind != self._kind:
                self._rows.update({"all": 0, "writes": 0} if write or failure else {"all": 0})
            if failure is None:
                return None
            self._kind, self._cause, self._since = failure.kind, failure.what, self._clock()
            self._rows["all"] += 1
            self._rows["writes"] += write
            return f"{self._told()}, so nothing new is begun" if self.open and not was_open else None

    def _told(self) -> str:
        return f"{max(self._rows.values())} requests in a row failed in the same way ({self._kind}; max_failures is {self._most})"
