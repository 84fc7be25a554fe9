# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which failed request may be sent again, and after how long (reference sections 0.2 and 0.3).

Pure: the clock and the random number are handed in. The rules:

* no connection, 429 and 503 with Retry-After: nothing was done, so any method may be repeated;
* a lost answer and other 5xx: only GET is repeated; what a write did is settled by reading;
* a wait that the server named is waited for if the budget of the run allows it, and is an error that says when otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

FIRST_BACKOFF = 0.5
"""Seconds: upper end of the first wait where the server named none. It doubles with each further try."""
LONGEST_BACKOFF = 20.0

_PASSING_STATUS = frozenset({500, 502, 503, 504})


@dataclass(frozen=True)
class FailedTry:
    """Why a try failed. ``left`` is whether the request may have reached the server; ``status`` is the HTTP code, if any.

    ``wait`` is the wait that the server named, in seconds.
    """

    sent: bool
    status: int | None = None
    wait: float | None = None


@dataclass(frozen=True)
class Repeat:
    """Send the request again after ``wait`` seconds."""

    wait: float


@dataclass
class RetryBudget:
    """The seconds that all waiting of one run may take together."""

    seconds: float

    def take(self, wait: float) -> bool:
        """Take ``wait`` from the budget if it is there, and return whether it was."""
        if wait > self.seconds:
            return False
        self.seconds -= wait
        return True


def next_try(method: str, tried: int, tries: int, failed: FailedTry, jitter: float) -> Repeat | None:
    """Return whether to repeat after the ``tried``-th of ``tries`` tries; ``jitter`` is a random number in [0, 1)."""
    if tried >= tries or not _repeatable(method, failed):
        return None
    if failed.wait is not None:
        return Repeat(failed.wait + jitter)
    return Repeat(jitter * min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(tried - 1, 10)))


def not_executed(failed: FailedTry) -> bool:
    """Return whether the request certainly was not carried out, so that any method may be sent again."""
    return not failed.sent or failed.status == 429 or (failed.status == 503 and failed.wait is not None)


def _repeatable(method: str, failed: FailedTry) -> bool:
    if not_executed(failed):
        return True
    return method == "GET" and (failed.status is None or failed.status in _PASSING_STATUS)


def named_wait(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Return the wait in seconds that an answer names, or ``None``.

    ``Retry-After`` (seconds or an HTTP date; ``now`` is the time as seconds since the epoch) goes first. A 429 for a
    used-up quota names it in ``X-RateLimit-Reset``, which is in seconds (reference section 0.3). ``headers`` must have
    lower-case names.
    """
    after = retry_after(headers.get("retry-after"), now)
    if after is not None or status != 429:
        return after
    return (
        _seconds(headers.get("x-ratelimit-reset")) if headers.get("x-ratelimit-remaining", "").strip() == "0" else None
    )


def retry_after(value: str | None, now: float) -> float | None:
    """Read a ``Retry-After`` header in either form; a date in the past is 0, anything unreadable ``None``."""
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
    except (TypeError, ValueError, IndexError, ArithmeticError):  # of a number that is too large, an OverflowError
        return None


def _seconds(value: str | None) -> float | None:
    text = (value or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
