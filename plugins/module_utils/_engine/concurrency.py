# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same work for many objects, concurrently over one session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, CancelledError, ThreadPoolExecutor, wait
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

MOST = 32
"""Most concurrent requests: the connections of the pool."""


def each(work: Callable[[A], B], items: Iterable[A], at_a_time: int) -> list[B]:
    """Return what ``work`` returns for each item, in the order of the items.

    After an error no other item starts, and those that run are waited for. Of several errors the first in the order of
    the items is raised.
    """
    waiting = list(items)
    workers = min(at_a_time, len(waiting))
    if workers <= 1:
        return [work(item) for item in waiting]
    ended = threading.Event()

    def one(item: A) -> B:
        if ended.is_set():
            raise CancelledError
        try:
            return work(item)
        except BaseException:
            ended.set()
            raise

    pool = ThreadPoolExecutor(workers)
    try:
        tasks = [pool.submit(one, item) for item in waiting]
        wait(tasks, return_when=FIRST_EXCEPTION)
    finally:
        ended.set()
        pool.shutdown(wait=True, cancel_futures=True)
    for error in (task.exception() for task in tasks if not task.cancelled()):
        if error is not None and not isinstance(error, CancelledError):
            raise error
    return [task.result() for task in tasks]
