# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which request is repeated, and after how long."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._http.retry import (
    FIRST_BACKOFF,
    LONGEST_BACKOFF,
    FailedTry,
    Repeat,
    RetryBudget,
    next_try,
    required_wait,
    retry_after,
)

NOW = 1_800_000_000.0
WRITES = st.sampled_from(["POST", "PUT", "DELETE", "PATCH", "get", ""])
JITTER = st.floats(0, 1, exclude_max=True)
WAITS = st.none() | st.floats(0, 10**6)
STATUS = st.none() | st.integers(400, 599)
FAILED = st.builds(FailedTry, sent=st.booleans(), status=STATUS, wait=WAITS)
TRIES = st.integers(1, 5000)


@given(method=WRITES, status=STATUS, wait=WAITS, tried=TRIES, tries=TRIES, jitter=JITTER)
def test_a_write_that_may_have_arrived_is_never_repeated(
    method: str, status: int | None, wait: float | None, tried: int, tries: int, jitter: float
) -> None:
    refused_before_anything_was_done = status == 429 or (status == 503 and wait is not None)
    if not refused_before_anything_was_done:
        assert next_try(method, tried, tries, FailedTry(True, status, wait), jitter) is None


@given(method=WRITES | st.just("GET"), tried=st.integers(1, 50), jitter=JITTER)
def test_what_never_left_is_repeated_for_any_method(method: str, tried: int, jitter: float) -> None:
    assert next_try(method, tried, tried + 1, FailedTry(False), jitter) is not None


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("failed", "reading_only"),
    [
        (FailedTry(True, 429), False),
        (FailedTry(True, 429, 3.0), False),
        (FailedTry(True, 503, 3.0), False),
        (FailedTry(True, 503), True),
        (FailedTry(True, 500), True),
        (FailedTry(True, 502), True),
        (FailedTry(True, 504), True),
        (FailedTry(True), True),
    ],
)
def test_repeated(method: str, failed: FailedTry, reading_only: bool) -> None:
    assert (next_try(method, 1, 2, failed, 0.5) is not None) == (method == "GET" or not reading_only)


@given(status=st.sampled_from([400, 401, 403, 404, 405, 409, 422, 431, 451, 501, 505]), wait=WAITS, jitter=JITTER)
def test_a_final_response_is_not_requested_again(status: int, wait: float | None, jitter: float) -> None:
    assert next_try("GET", 1, 9, FailedTry(True, status, wait), jitter) is None


@given(method=WRITES | st.just("GET"), tries=TRIES, more=st.integers(0, 9), failed=FAILED, jitter=JITTER)
def test_tries_are_counted(method: str, tries: int, more: int, failed: FailedTry, jitter: float) -> None:
    assert next_try(method, tries + more, tries, failed, jitter) is None


@given(tried=TRIES, wait=WAITS, jitter=JITTER)
def test_waits(tried: int, wait: float | None, jitter: float) -> None:
    again = next_try("GET", tried, tried + 1, FailedTry(True, 503, wait), jitter)
    assert isinstance(again, Repeat)
    if wait is not None:
        assert wait <= again.wait <= wait + 1  # the server's word is kept, and the jitter spreads the herd behind it
    else:
        assert 0 <= again.wait <= min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** min(tried - 1, 9))


@given(seconds=st.floats(0, 100), waits=st.lists(st.floats(0, 50)))
def test_all_waits_together_stay_within_the_budget(seconds: float, waits: list[float]) -> None:
    budget = RetryBudget(seconds)
    taken = [wait for wait in waits if budget.take(wait)]
    assert sum(taken) <= seconds + 1e-9
    assert budget.seconds >= 0
    assert all(wait <= seconds for wait in taken)


@given(tries=st.integers(1, 30), seconds=st.floats(0, 60), data=st.data())
def test_a_whole_run_waits_no_longer_than_its_budget(tries: int, seconds: float, data: st.DataObject) -> None:
    budget, waited, tried = RetryBudget(seconds), 0.0, 0
    while True:
        tried += 1
        again = next_try("GET", tried, tries, data.draw(FAILED), data.draw(JITTER))
        if again is None or not budget.take(again.wait):
            break
        waited += again.wait
    assert tried <= tries
    assert waited <= seconds + 1e-9


class TestRetryAfter:
    """Seconds or an HTTP date."""

    @given(st.integers(0, 999_999_999))
    def test_seconds(self, seconds: int) -> None:
        assert retry_after(f" {seconds} ", NOW) == seconds

    @given(st.integers(-(10**8), 10**8))
    def test_date(self, ahead: int) -> None:
        moment = datetime.fromtimestamp(NOW + ahead, timezone.utc)
        assert retry_after(format_datetime(moment, usegmt=True), NOW) == max(0, ahead)

    def test_date_without_zone_is_utc(self) -> None:
        assert retry_after("Fri, 15 Jan 2027 08:01:40 -0000", NOW) == 100

    @pytest.mark.parametrize(
        "text",
        ["", "soon", "-1", "1.5", "1e3", "١", "9" * 10, "Fri, 32 Jan 2027 08:01:40 GMT",
         "Fri, 15 Jan 2027 08:01:40 +9999",
         "Fri, 15 Jan 99999 08:01:40 GMT", "0x10", "1,2", "Jan", ",", "\0",
         "Fri, 15 Jan 99999999999999999999 08:01:40 GMT", "Fri, 99999999999999999999 Jan 2027 08:01:40 GMT",
         "Fri, 15 Jan 2027 99999999999999999999:01:40 GMT", "Fri, 15 Jan 2027 08:01:40 +99999999999999999999"],
    )  # fmt: skip
    def test_unreadable(self, text: str) -> None:
        assert retry_after(text, NOW) is None

    @given(
        st.text()
        | st.from_regex(
            r"[A-Z][a-z]{2}, [0-9]{1,20} Jan [0-9]{4,24} [0-9]{1,20}:[0-9]{1,2}:[0-9]{1,20} [-+A-Z0-9]{0,24}"
        )
    )
    def test_any_text_is_a_span_or_nothing(self, text: str) -> None:
        found = retry_after(text, NOW)
        assert found is None or found >= 0

    def test_absent(self) -> None:
        assert retry_after(None, NOW) is None


class TestNamedWait:
    """Retry-After first; the reset of a used-up quota for 429 alone."""

    RESET = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1860"}

    @pytest.mark.parametrize(
        ("status", "headers", "expected"),
        [
            (429, {}, None),
            (429, RESET, 1860),
            (429, {**RESET, "x-ratelimit-remaining": " 0 "}, 1860),
            (429, {**RESET, "x-ratelimit-remaining": "5"}, None),
            (429, {"x-ratelimit-reset": "1860"}, None),
            (429, {"x-ratelimit-remaining": "0"}, None),
            (429, {**RESET, "retry-after": "7"}, 7),
            (429, {**RESET, "retry-after": "soon"}, 1860),
            (503, RESET, None),
            (503, {"retry-after": "7"}, 7),
            (200, {"retry-after": "7"}, 7),
        ],
    )
    def test_sources(self, status: int, headers: dict[str, str], expected: float | None) -> None:
        assert required_wait(status, headers, NOW) == expected
