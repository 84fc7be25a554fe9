# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same for many objects at a time: order, bounds, and how it ends."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._engine import concurrency
from ansible_collections.ringme.pbx.plugins.module_utils._engine.concurrency import MOST, each
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import NotFoundError

PATIENCE = 60.0


class Work:
    """Keeps what was begun, and how many ran at a time at most."""

    def __init__(self, failing: Iterable[int] = (), pauses: Iterable[int] = ()) -> None:
        self.failing, self.pauses = set(failing), set(pauses)
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.most = 0
        self._running = 0
        self._lock = threading.Lock()

    def __call__(self, item: int) -> str:
        with self._lock:
            self.begun.append(item)
            self._running += 1
            self.most = max(self.most, self._running)
        if item in self.pauses:
            time.sleep(0.001)
        with self._lock:
            self._running -= 1
            self.ended.append(item)
        if item in self.failing:
            raise NotFoundError(str(item))
        return f"done {item}"


COUNTS = st.integers(0, 40)
PAUSES = st.sets(st.integers(0, 39), max_size=12)


@given(count=COUNTS, at_a_time=st.integers(-1, 40), pauses=PAUSES)
def test_results_come_in_the_order_of_the_items(count: int, at_a_time: int, pauses: set[int]) -> None:
    work = Work(pauses=pauses)
    assert each(work, iter(range(count)), at_a_time) == [f"done {item}" for item in range(count)]
    assert sorted(work.begun) == list(range(count))
    assert work.most <= max(at_a_time, 1)


@given(count=st.integers(1, 40), at_a_time=st.integers(1, 12), data=st.data(), pauses=PAUSES)
def test_an_error_ends_it(count: int, at_a_time: int, data: st.DataObject, pauses: set[int]) -> None:
    failing = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=4))
    work = Work(failing, pauses)
    with pytest.raises(NotFoundError) as caught:
        each(work, range(count), at_a_time)
    assert caught.value.what == str(min(failing & set(work.begun)))
    assert sorted(work.ended) == sorted(work.begun)  # nothing runs on behind the back
    if at_a_time == 1:
        assert work.begun == list(range(min(failing) + 1))


@pytest.mark.parametrize("at_a_time", [2, 8, MOST])
def test_so_many_run_at_a_time(at_a_time: int) -> None:
    together = threading.Barrier(at_a_time, timeout=PATIENCE)
    ranks = each(lambda item: together.wait(), range(3 * at_a_time), at_a_time)
    assert sorted(ranks) == sorted([*range(at_a_time)] * 3)


def test_one_at_a_time_needs_no_thread() -> None:
    for items, at_a_time in ((range(3), 1), (range(1), 8)):
        assert set(each(lambda item: threading.get_ident(), items, at_a_time)) == {threading.get_ident()}
    assert each(lambda item: item, [], 8) == []


@pytest.fixture(name="ended")
def _ended(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What says in there that nothing new may begin."""
    event = threading.Event()
    monkeypatch.setattr(concurrency, "threading", SimpleNamespace(Event=lambda: event))
    return event


def test_nothing_begins_after_an_error_though_an_earlier_item_still_runs(ended: threading.Event) -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 1:
            raise NotFoundError("1")
        assert ended.wait(PATIENCE)
        time.sleep(0.05)  # long enough for the other thread to begin all the rest, if it would

    with pytest.raises(NotFoundError):
        each(work, range(500), 2)
    assert sorted(begun) == [0, 1]


def test_of_two_errors_the_first_in_the_order_of_the_items_is_raised() -> None:
    later = threading.Event()

    def work(item: int) -> None:
        if item == 0:
            assert later.wait(PATIENCE)
            raise NotFoundError("earlier item")
        later.set()
        raise NotFoundError("later item")

    with pytest.raises(NotFoundError, match="earlier item"):
        each(work, range(2), 2)


@pytest.fixture(name="interruptible")
def _interruptible() -> Iterator[None]:
    """A process that was started in the background may ignore the signal; here the first one interrupts."""
    handled: list[int] = []

    def handle(number: int, _frame: Any) -> None:
        handled.append(number)
        if len(handled) == 1:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, handle)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_it_too(ended: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    waiting, wait = threading.Event(), concurrency.wait

    def waits(*arguments: Any, **options: Any) -> Any:
        waiting.set()
        return wait(*arguments, **options)

    monkeypatch.setattr(concurrency, "wait", waits)
    before = threading.active_count()

    def work(item: int) -> None:
        begun.append(item)
        if item == 5:
            assert waiting.wait(PATIENCE)  # an interrupt is lost where Python makes threads
            # The first may come before the main thread sleeps, and does not wake it then.
            for _attempt in range(1000):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                if ended.wait(PATIENCE / 1000):
                    break
        if item >= 5:
            assert ended.wait(PATIENCE)

    with pytest.raises(KeyboardInterrupt):
        each(work, range(200), 2)
    assert 5 in begun and len(begun) <= 7
    assert threading.active_count() == before


def test_an_interrupt_inside_the_work_is_no_error_of_the_work() -> None:
    def work(item: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        each(work, range(10), 4)


@settings(max_examples=5)
@given(count=st.integers(900, 1000))
def test_threads_are_gone_afterwards(count: int) -> None:
    before = threading.active_count()
    each(Work(), range(count), 8)
    assert threading.active_count() == before
