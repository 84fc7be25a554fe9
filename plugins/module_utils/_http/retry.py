# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retries: which failed request is repeated, and when (reference sections 0.2 and 0.3).

Pure: the caller passes the time and the random number. The rules:

* no connection, 429, and 503 with Retry-After: the request was not executed, so any method is repeated;
* a lost response and any other 5xx: only GET is repeated; after a write, reading back shows the result;
* a wait that the server requires is kept if the budget of the run allows it; otherwise it is an error with the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

FIRST_BACKOFF = 0.5
"""Longest first wait in seconds if the server requires none. It doubles with each further try."""
LONGEST_BACKOFF = 20.0

_PASSING_STATUS = frozenset({500, 502, 503, 504})


@dataclass(frozen=True)
class FailedTry:
    """A try that failed: whether the request may have been ``sent``, the HTTP ``status``, and the required ``wait``.

    ``wait`` is in seconds; ``None`` if the server requires none.
    """

    sent: bool
    status: int | None = None
    wait: float | None = None


@dataclass(frozen=True)
class Repeat:
    """Repeat the request after ``wait`` seconds."""

    wait: float


@dataclass
class RetryBudget:
    """The seconds that all waits of one run may take in total."""

    seconds: float

    def take(self, wait: float) -> bool:
        """Subtract ``wait`` if the budget allows it; return whether it does."""
        if wait > self.seconds:
            return False
        self.seconds -= wait
        return True


def next_try(method: str, tried: int, tries: int, failed: FailedTry, jitter: float) -> Repeat | None:
    """Return the repetition after try number ``tried`` of ``tries``, if any; ``jitter`` is random, in [0, 1)."""
    if tried >= tries or not _repeatable(method, failed):
        return None
    if failed.wait is not None:
        return Repeat(failed.wait + jitter)
    return Repeat(jitter * min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(tried - 1, 10)))


def not_executed(failed: FailedTry) -> bool:
    """Return whether the API certainly did not execute the request, so that any method may be repeated."""
    return not failed.sent or failed.status == 429 or (failed.status == 503 and failed.wait is not None)


def _repeatable(method: str, failed: FailedTry) -> bool:
    if not_executed(failed):
        return True
    return method == "GET" and (failed.status is None or failed.status in _PASSING_STATUS)


def required_wait(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Return the wait in seconds that a response requires, or ``None``.

    ``Retry-After`` (seconds or an HTTP date; ``now`` is in seconds since the epoch) has precedence. A 429 for an
    exhausted quota has the seconds in ``X-RateLimit-Reset`` (reference section 0.3). Header names are lower case.
    """
    after = retry_after(headers.get("retry-after"), now)
    if after is not None or status != 429:
        return after
    return (
        _seconds(headers.get("x-ratelimit-reset")) if headers.get("x-ratelimit-remaining", "").strip() == "0" else None
    )


def retry_after(value: str | None, now: float) -> float | None:
    """Read a ``Retry-After`` header in either form; a date in the past is 0, an invalid value ``None``."""
    if value is None:
        return None
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    try:
        moment = parsedate_to_datetime(value.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return max(0.0, (moment - datetime.fromtimestamp(now, timezone.utc)).total_seconds())
    except (TypeError, ValueError, IndexError, ArithmeticError):  # OverflowError: a number that is too large
        return None


def _seconds(value: str | None) -> float | None:
    text = (value or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
