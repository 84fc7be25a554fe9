# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run may do and has done."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._http.retry import RetryBudget
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import (
    READING,
    TOKEN,
    Quota,
    RunContext,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ReadOnlyError
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, reply, run_of, transport_of
from ansible_collections.ringme.pbx.tests.unit.plugins.module_utils._http.threads import SlowBudget, at_once

NAMES = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "get", "GET ", "token", ""]
METHODS = st.sampled_from(NAMES) | st.text()


@given(method=METHODS, path=st.text(), lock=st.sampled_from(["check mode", "read_only"]))
def test_under_a_lock_nothing_but_get_passes(method: str, path: str, lock: str) -> None:
    run = run_of(lock=lock)
    if method == "GET":
        run.check_allowed(method, path)
        return
    with pytest.raises(ReadOnlyError) as caught:
        run.check_allowed(method, path)
    assert lock in caught.value.what
    assert (caught.value.details.method, caught.value.details.path) == (method, path)


@given(method=METHODS, path=st.text(), lock=st.sampled_from(["", None]))
def test_without_a_lock_everything_passes(method: str, path: str, lock: str | None) -> None:
    run_of(lock=lock).check_allowed(method, path)


def test_a_warning_is_given_once() -> None:
    run = run_of()
    for text in ("a", "b", "a"):
        run.warn(text)
    assert run.warnings == ["a", "b"]


def test_facts_are_the_same_keys_from_the_start() -> None:
    run = run_of()
    counts = {"GET": 0, "POST": 0, "PUT": 0, "DELETE": 0, "token": 0}
    assert run.facts() == {"requests": counts, "quota": None}
    run.requests[READING] += 2
    run.requests[TOKEN] += 1
    run.quota = Quota(5000, 4210, 1860)
    assert run.facts() == {
        "requests": {**counts, "GET": 2, "token": 1},
        "quota": {"limit": 5000, "remaining": 4210, "reset_seconds": 1860},
    }  # fmt: skip
    run.facts()["requests"]["GET"] = 99
    assert run.requests[READING] == 2


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"x-ratelimit-limit": "soon"}, None),
        ({"x-ratelimit-limit": "5000"}, Quota(5000, None, None)),
        ({"x-ratelimit-limit": " 5000 ", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}, Quota(5000, 0, 12)),
        ({"x-ratelimit-limit": "-1", "x-ratelimit-remaining": "1.5", "x-ratelimit-reset": "٣"}, None),
    ],
)
def test_quota(headers: dict[str, str], expected: Quota | None) -> None:
    assert Quota.read(headers) == expected


@given(st.dictionaries(st.sampled_from(["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]), st.text()))
def test_odd_quota_headers_are_no_error(headers: dict[str, str]) -> None:
    quota = Quota.read(headers)
    assert quota is None or all(value is None or value >= 0 for value in quota.as_dict().values())


HOUR = 3600
ANSWERS = [Quota(5000, remaining, 1800 - (5000 - remaining)) for remaining in range(4990, 4994)]


@pytest.mark.parametrize("order", list(itertools.permutations(ANSWERS)))
def test_of_responses_that_overtake_each_other_the_lowest_counts(order: tuple[Quota, ...]) -> None:
    run = run_of()
    for number, quota in enumerate(order):
        run.note_quota(quota, 1000.0 + number)
    assert run.quota == ANSWERS[0]


@pytest.mark.parametrize(
    ("kept", "new", "passed", "expected"),
    [
        (Quota(5000, 3, 5), Quota(5000, 4999, HOUR - 2), 7, "new"),
        (Quota(5000, 3, 5), Quota(5000, 4999, HOUR), 0, "new"),
        (Quota(5000, 4999, HOUR - 2), Quota(5000, 3, 1), 4, "kept"),
        (Quota(5000, 4000, 2400), Quota(5000, 3999, 400), 2000, "new"),
        (Quota(5000, 4000, 2400), Quota(5000, 4001, 2402), 20, "kept"),
        (Quota(5000, 4000, 2400), Quota(5000, 4000, 2399), 1, "new"),
        (Quota(5000, 4000, 2400), Quota(5000, None, 2390), 10, "kept"),
        (Quota(5000, None, 2400), Quota(5000, 4000, 2390), 10, "new"),
        (Quota(5000, 4000, None), Quota(5000, 4001, 2390), 10, "new"),
        (Quota(5000, 4000, 2400), Quota(5000, 4001, None), 10, "new"),
        (Quota(5000, 4000, 2400), None, 10, "kept"),
        (None, None, 0, "kept"),
    ],
)
def test_a_window_ends(kept: Quota | None, new: Quota | None, passed: float, expected: str) -> None:
    run = run_of()
    run.note_quota(kept, 1000.0)
    run.note_quota(new, 1000.0 + passed)
    assert run.quota == {"kept": kept, "new": new}[expected]


def test_secrets_are_collected_and_no_representation_shows_them() -> None:
    run = run_of()
    run.hide([SECRET])
    first = run.hidden()
    run.hide([SECRET])
    assert run.hidden() is first, "nothing new, so nothing is built"
    assert first == {SECRET}
    run.secrets.add("other")
    assert run.hidden() == {SECRET, "other"}
    assert first == {SECRET}
    assert SECRET not in repr(run)


def test_warnings_of_threads_have_one_order() -> None:
    run = run_of()

    def in_threads(*texts: str) -> None:
        for text in texts:  # one after the other: this order would show if it counted
            thread = threading.Thread(target=run.warn, args=(text,))
            thread.start()
            thread.join()

    run.warn("z, first of all")
    in_threads("d", "b", "c", "b", "a")
    run.warn("y, then this")
    run.warn("x, and this")
    in_threads("f", "b", "e")
    assert run.warnings == ["z, first of all", "a", "b", "c", "d", "y, then this", "x, and this", "e", "f"]


class Slow:
    """What takes its time where a thread may be interrupted, so that without a lock every collision happens."""

    class Counts(dict[str, int]):
        """Counts that are read slowly."""

        def __getitem__(self, key: str) -> int:
            found = super().__getitem__(key)
            time.sleep(0.001)
            return found

    class Texts(list[str]):
        """Texts that are searched slowly."""

        def __contains__(self, text: object) -> bool:
            found = super().__contains__(text)
            time.sleep(0.001)
            return found

    class Judged(RunContext):
        """A run that compares slowly."""

        def _supersedes(self, quota: Quota, end: float | None) -> bool:
            found = super()._supersedes(quota, end)
            time.sleep(0.001 * (quota.remaining or 0))
            return found


def test_no_count_is_lost() -> None:
    run = run_of()
    run.requests = Slow.Counts(run.requests)
    at_once([lambda: [run.count(READING) for _number in range(10)]] * 8)
    assert dict(run.requests) == {"GET": 80, "POST": 0, "PUT": 0, "DELETE": 0, "token": 0}


def test_no_second_is_taken_twice() -> None:
    run = RunContext(SlowBudget(20.0))
    given = at_once([lambda: [run.afford(1.0) for _number in range(5)]] * 8)
    assert sum(sum(responses) for responses in given) == 20  # type: ignore[arg-type]
    assert run.budget.seconds == 0.0


def test_equal_warnings_of_threads_come_once() -> None:
    run = run_of()
    run.warnings = Slow.Texts()
    at_once([lambda: [run.warn(text) for text in "cab"]] * 8)
    assert run.warnings == ["a", "b", "c"]


def test_the_lowest_quota_stays_whoever_is_slow() -> None:
    run = Slow.Judged(RetryBudget(0.0))
    at_once([lambda left=left: run.note_quota(Quota(5000, left, 1800), 1000.0) for left in range(10, 18)])
    assert run.quota == Quota(5000, 10, 1800)


def test_what_may_have_been_written_stays_written() -> None:
    """Between looking and setting it back another thread may have written: so nothing ever sets it back."""
    values = []

    class Watched(RunContext):
        """Notes what ``wrote`` becomes."""

        def __setattr__(self, name: str, value: Any) -> None:
            if name == "wrote":
                values.append(value)
            super().__setattr__(name, value)

    run = Watched(RetryBudget(60.0))
    transport, _pool = transport_of(reply(400), reply(200), reply(201), reply(404), reply(500), retries=1)
    for method in ("PUT", "GET", "POST", "PUT", "DELETE"):
        transport.send(run, method, "/x", bearer="t")
    assert values == [False, True, True]
    assert run.wrote
