# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The circuit breaker: stops new requests to an API that fails repeatedly.

Without it, each of a thousand changes would wait for its own timeouts. All runs over one connection, such as the items
of a loop, share one breaker. It stops new objects only: a partly written bundle must be finished or rolled back.
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
"""Default of ``max_failures``: consecutive failures."""
PAUSE = 10.0
"""Seconds without a request after which runs try again: a playbook may repeat a task until it succeeds."""
# Failures of the API or of the connection. Others concern only the requested object.
_GENERAL = (ConnectionFailedError, ResponseLostError, ServerError, BadResponseError, AuthenticationError, QuotaError)


class Breaker:
    """Counts consecutive failures of one kind and opens after ``most`` of them; 0 means never. Threads can share it.

    Writes also have their own count: an API may fail at every write and still respond to every read.
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
        """Whether the breaker stops new objects."""
        return 0 < self._most <= max(self._rows.values())

    def refuse(self) -> None:
        """Raise NotReachedError while the breaker is open. After :data:`PAUSE` it closes until the next failure."""
        with self._guard:
            if not self.open:
                return
            if self._clock() - self._since >= PAUSE:
                self._rows = {name: min(count, self._most - 1) for name, count in self._rows.items()}
                return
            raise NotReachedError(
                f"skipped: {self._reason()}. The last failure: {self._cause}",
                hint="Fix the cause and run again. Completed changes are not repeated; max_failures sets the limit",
            )

    def note(self, error: RingmeError | None, *, write: bool) -> str | None:
        """Count the result of a request; return a warning if this opened the breaker."""
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
            return f"{self._reason()}; remaining objects are skipped" if self.open and not was_open else None

    def _reason(self) -> str:
        count = max(self._rows.values())
        return f"{count} consecutive requests failed with the same error ({self._kind}; max_failures is {self._most})"
