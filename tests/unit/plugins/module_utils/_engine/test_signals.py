# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals wait for the end of a step, and are delivered then."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.signals import held


class Ended(BaseException):
    """What a handler raises."""


@pytest.fixture(name="received", params=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM])
def _received(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal whose handler raises."""

    def handler(number: int, _frame: object) -> None:
        raise Ended(number)

    before = signal.signal(request.param, handler)
    yield request.param
    signal.signal(request.param, before)


def test_it_is_delivered_after_the_step(received: signal.Signals) -> None:
    done = []
    with pytest.raises(Ended) as caught, held() as hold:  # noqa: PT012 (the signal arrives within the step)
        assert not hold.ending
        signal.raise_signal(received)
        done.append(hold.ending)
    assert done == [True]
    assert caught.value.args == (received,)
    with pytest.raises(Ended):
        signal.raise_signal(received)  # the former handler is back


def test_a_second_one_is_delivered_at_once(received: signal.Signals) -> None:
    done = []
    with pytest.raises(Ended), held():  # noqa: PT012 (the signal arrives within the step)
        signal.raise_signal(received)
        done.append("first")
        signal.raise_signal(received)
        done.append("second")
    assert done == ["first"]


def test_one_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held() as hold:
            signal.raise_signal(signal.SIGHUP)
        assert not hold.ending
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_thread_holds_nothing_back() -> None:
    found = []

    def work() -> None:
        with held() as hold:
            found.append(hold.ending)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]
