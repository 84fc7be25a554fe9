# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timestamps sort in the order of time."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.timestamps import (
    age,
    day,
    parsed,
    parsed_or_none,
    stamp,
)

NOW = datetime(2026, 11, 25, 7, 0, 30, tzinfo=timezone.utc)
MOMENTS = st.datetimes(timezones=st.just(timezone.utc)).map(lambda moment: moment.replace(microsecond=0))


@given(MOMENTS, MOMENTS)
def test_texts_sort_as_time_passes(one: datetime, other: datetime) -> None:
    assert parsed(stamp(one)) == one
    assert (stamp(one) < stamp(other)) == (one < other)
    assert len(stamp(one)) == 20


def test_other_zones() -> None:
    assert stamp(NOW.astimezone(timezone(timedelta(hours=3)))) == "2026-11-25T07:00:30Z"


def test_age() -> None:
    assert age("2026-11-25T07:00:00Z", NOW) == 30
    assert age("2026-11-25T08:00:00Z", NOW) == 0


def test_day() -> None:
    assert day("2026-12-01") == date(2026, 12, 1)


@pytest.mark.parametrize(
    "text", ["", "2026-11-31T07:00:00Z", "2026-11-25T07:00:00Z\n", "2026-11-25 07:00", "2026-11-25T25:00:00Z"]
)
def test_invalid_times(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not match format|unconverted data|day is out of range"):
        parsed(text)
    assert parsed_or_none(text) is None


@pytest.mark.parametrize("text", ["", "2026-02-30", "tomorrow", "2026-12-01 "])
def test_invalid_days(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not match format|unconverted data|day is out of range"):
        day(text)
