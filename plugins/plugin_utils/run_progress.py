# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the progress of a task over many clients, for the callback progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import RESOURCES

_COLLECTION = "ringme.pbx."


def is_state_task(task: Any) -> bool:
    """Whether a task runs a state module of this collection."""
    action = str(getattr(task, "resolved_action", None) or task.action)
    return action.startswith(_COLLECTION) and action[len(_COLLECTION) :] in RESOURCES


@dataclass
class Progress:
    """Counts hosts, and returns a line whenever the interval has passed. ``clock`` returns seconds.

    With ``serial``, the hosts of earlier batches count as done, and those that failed there as failed.
    """

    clock: Callable[[], float]
    _play: str | None = None
    _total: int = 0
    _earlier: set[str] = field(default_factory=set)
    _batch: set[str] = field(default_factory=set)
    _failed: set[str] = field(default_factory=set)
    _task: str | None = None
    _interval: float = 0.0
    _printed: float = 0.0
    _done: set[str] = field(default_factory=set)
    _changed: int = 0

    @property
    def counting(self) -> bool:
        """Whether progress is printed for the current task."""
        return self._task is not None

    def begin_play(self, name: str, total: int) -> None:
        """Begin a play over ``total`` hosts, or its next batch."""
        if name != self._play:
            self._earlier, self._failed = set(), set()
        self._earlier |= self._batch if name == self._play else set()
        self._play, self._total, self._batch = name, total, set()

    def begin_task(self, name: str | None, interval: float) -> None:
        """Begin a task; ``name`` is ``None`` for a task without progress."""
        self._task, self._interval, self._printed = name, interval, self.clock()
        self._done, self._changed = set(), 0

    def count(self, host: str, changed: bool, failed: bool) -> str | None:
        """Count a host that has completed the task; returns a line if the interval has passed."""
        self._batch.add(host)
        if failed:
            self._failed.add(host)
        if self._task is None:
            return None
        self._done.add(host)
        self._changed += changed
        if self.clock() - self._printed < self._interval:
            return None
        self._printed = self.clock()
        return self._line()

    def end_task(self) -> str | None:
        """End the task; returns its last line, ``None`` if no host was counted."""
        line = self._line() if self._task is not None and self._done else None
        self._task = None
        return line

    def _line(self) -> str:
        done = len(self._done | self._failed | self._earlier)
        total, failed = max(self._total, done), len(self._failed)
        return f"{self._task}: {done:,} of {total:,} clients, {self._changed:,} changed, {failed:,} failed"


class Recap:
    """The statistics of a run that list only the failed and unreachable hosts; all hosts are counted."""

    def __init__(self, stats: Any) -> None:
        self._stats = stats
        self._hosts = {host: stats.summarize(host) for host in stats.processed}
        self.processed = {
            host: 1 for host, counts in self._hosts.items() if counts["failures"] or counts["unreachable"]
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stats, name)

    def line(self) -> str | None:
        """Return the counts of all hosts, ``None`` without hosts."""
        if not self._hosts:
            return None
        counts = {name: self._count(name) for name in ("changed", "failures", "unreachable")}
        text = f"{counts['changed']:,} changed, {counts['failures']:,} failed, {counts['unreachable']:,} unreachable"
        return f"{len(self._hosts):,} host{'' if len(self._hosts) == 1 else 's'}: {text}"

    def _count(self, name: str) -> int:
        return sum(1 for counts in self._hosts.values() if counts[name])
