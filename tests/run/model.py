# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the test run is made of: parts, their steps, and how results are counted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
LOGS = CACHE / "logs"


@dataclass(frozen=True)
class Tally:
    """How many individual results there were. Skipped ones are shown but sum up to nothing."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    @property
    def ran(self) -> int:
        """Results that say something."""
        return self.passed + self.failed

    def __str__(self) -> str:
        text = f"{self.passed} passed"
        if self.failed:
            text += f", {self.failed} failed"
        if self.skipped:
            text += f", {self.skipped} skipped"
        return text


@dataclass(frozen=True)
class Finished:
    """A command that has ended: its exit status (None: it took too long and was ended) and everything it printed."""

    status: int | None
    output: str


Count = Callable[[Finished], Tally]


def one(finished: Finished) -> Tally:
    """The command is a single check."""
    return Tally(passed=1) if finished.status == 0 else Tally(failed=1)


def none(finished: Finished) -> Tally:
    """The command only prepares: it counts when it fails."""
    return Tally() if finished.status == 0 else Tally(failed=1)


@dataclass(frozen=True)
class Step:
    """One command of a part."""

    name: str
    command: tuple[str | Path, ...]
    count: Count = one
    cwd: Path = ROOT
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 900.0
    # Removed before the command starts, so that an old report is never taken for its result.
    report: Path | None = None


@dataclass(frozen=True)
class Notice:
    """Something that could not be run here; shown at once and again at the end."""

    text: str


class PartError(Exception):
    """A part cannot be run; the text says why. It counts as one failure."""


# Yields the steps one after the other. What stands between two yields prepares the next; a finally clause cleans up.
Steps = Generator[Step | Notice, None, None]
Build = Callable[[], Steps]


@dataclass(frozen=True)
class Part:
    """One entry of the test run."""

    name: str
    about: str
    build: Build
    groups: tuple[str, ...] = ()
    # Parts that have to be over before this one starts, as far as they are selected.
    after: tuple[str, ...] = ()
    # Parts without which this one has nothing to say: it is left out unless all of them are selected too.
    needs: tuple[str, ...] = ()
