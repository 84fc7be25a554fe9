# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timestamps of reports: UTC, to the second, as 2026-11-25T07:00:30Z. Pure."""

from __future__ import annotations

from datetime import date, datetime, timezone

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_LENGTH = len("2026-12-31T00:00:00Z")


def stamp(moment: datetime) -> str:
    """Return a time as a timestamp. Timestamps sort in the order of time."""
    text = moment.astimezone(timezone.utc).strftime(_FORMAT)
    return text.rjust(_LENGTH, "0")  # strftime does not pad years before 1000


def parsed(text: str) -> datetime:
    """Return the time of a timestamp; raises ValueError."""
    return datetime.strptime(text, _FORMAT).replace(tzinfo=timezone.utc)


def parsed_or_none(text: str) -> datetime | None:
    """Return the time of a timestamp, ``None`` if there is no such time: the schema accepts a 31st of February."""
    try:
        return parsed(text)
    except ValueError:
        return None


def age(text: str, now: datetime) -> int:
    """Return the seconds from a timestamp to ``now``, 0 if it is in the future."""
    return max(0, int((now - parsed(text)).total_seconds()))


def day(text: str) -> date:
    """Return the date of a text such as ``2026-12-01``; raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%d").date()
