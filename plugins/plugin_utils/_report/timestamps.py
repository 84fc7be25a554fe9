# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments as reports write them: UTC, to the second. Pure."""

from __future__ import annotations

from datetime import date, datetime, timezone

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def stamp(moment: datetime) -> str:
    """Return a moment as a text that sorts as it passes."""
    return (
        moment.astimezone(timezone.utc).strftime(_FORM).rjust(len("2026-12-31T00:00:00Z"), "0")
    )  # early years come without zeros


def parsed(text: str) -> datetime:
    """Return the moment of such a text; raises ValueError."""
    return datetime.strptime(text, _FORM).replace(tzinfo=timezone.utc)


def age(text: str, now: datetime) -> int:
    """Return the seconds from then to now; none where a clock was wrong."""
    return max(0, int((now - parsed(text)).total_seconds()))


def day(text: str) -> date:
    """Return the date of a text such as ``2026-12-01``; raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%d").date()
