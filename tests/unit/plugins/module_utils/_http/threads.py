# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that collide, and what makes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ansible_collections.ringme.pbx.plugins.module_utils._http.retry import RetryBudget
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import RingmeError

T = TypeVar("T")


def at_once(works: Iterable[Callable[[], T]]) -> list[T | RingmeError]:
    """Run each work in a thread of its own, all from the same moment, and return what they return or raise.

    Raises all other errors.
    """
    listed = list(works)
    start = threading.Barrier(len(listed))
    found: dict[int, T | RingmeError] = {}
    crashes: list[Exception] = []

    def one(number: int) -> None:
        try:
            start.wait(60)
            found[number] = listed[number]()
        except RingmeError as error:
            found[number] = error
        except Exception as crash:  # pylint: disable=broad-exception-caught
            crashes.append(crash)

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(len(listed))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if crashes:
        raise crashes[0]
    return [found[number] for number in range(len(listed))]


class SlowBudget(RetryBudget):
    """A budget that is paid slowly, so that without a lock two threads spend the same second."""

    def __setattr__(self, name: str, value: Any) -> None:
        time.sleep(0.002)
        super().__setattr__(name, value)
