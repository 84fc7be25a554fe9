# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing the same for many objects at a time, over one session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

MOST = 32
"""As many requests at a time as the connection pool keeps connections."""


def each(work: Callable[[A], B], items: Iterable[A], at_a_time: int) -> list[B]:
    """Return what ``work`` returns for every item, in the order of the items.

    The first error, in the order of the items, ends it: what has not begun is not begun any more, and what runs is waited for.
    """
    waiting = list(items)
    workers = min(at_a_time, len(waiting))
    if workers <= 1:
        return [work(item) for item in waiting]
    with ThreadPoolExecutor(workers) as pool:
        tasks = [pool.submit(work, item) for item in waiting]
        try:
            return [task.result() for task in tasks]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
