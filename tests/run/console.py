# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees of a test run: one line per part, the end of a failed part's log, and the sum."""

from __future__ import annotations

import re
import sys
from typing import TextIO

from run.model import ROOT, Part, Tally
from run.runner import Outcome

_TAIL = 40
_SIGNS = 20
# Where a tool names what went wrong, perhaps long before its end.
_SIGN = re.compile(r"(fatal: |failed: |\[?ERROR\]?: |FATAL: |FAILED |E  |\S+: error: |CRITICAL|WARNING: )")
# What pip has to say while ansible-test installs its requirements explains no failure.
_NOISE = re.compile(
    r"(Looking in |Collecting |Processing |Requirement already |Installing |Using cached |Successfully installed "
    r"|\s+(Downloading |Using cached |━)|WARNING: Location |\s*$)"
)


class Console:
    """Prints the progress of a run and its end."""

    def __init__(self, parts: list[Part], stream: TextIO = sys.stdout) -> None:
        self._total = len(parts)
        self._width = max((len(part.name) for part in parts), default=0)
        self._stream = stream
        self._outcomes: list[Outcome] = []
        self._running: list[str] = []

    def _print(self, text: str = "") -> None:
        print(text, file=self._stream, flush=True)

    def started(self, part: Part) -> None:
        """A part begins."""
        self._running.append(part.name)
        self._print(f"  ....  {part.name:{self._width}}  {part.about}")

    def finished(self, outcome: Outcome) -> None:
        """A part is over: its result, and when it failed the end of its log."""
        self._running.remove(outcome.part.name)
        self._outcomes.append(outcome)
        word = "ok" if outcome.ok else "FAIL"
        if outcome.ok and not outcome.tally.ran:
            word = "SKIP"
        count = f"{len(self._outcomes)}/{self._total}"
        self._print(
            f"  {word:4}  {outcome.part.name:{self._width}}  {str(outcome.tally):38} {outcome.seconds:6.1f} s  {count}"
        )
        for notice in outcome.notices:
            self._print(f"        {'':{self._width}}  NOT RUN: {notice}")
        if not outcome.ok:
            self._failure(outcome)

    def _failure(self, outcome: Outcome) -> None:
        lines = outcome.log.read_text(encoding="utf-8", errors="replace").splitlines()
        lines = [line for line in lines if not _NOISE.match(line)]
        for line in [line for line in lines[:-_TAIL] if _SIGN.match(line) and "...ignoring" not in line][:_SIGNS]:
            self._print(f"      ! {line[:300]}")
        for line in lines[-_TAIL:]:
            self._print(f"      | {line[:300]}")
        self._print(f"      + failed: {', '.join(outcome.failed_steps)}; whole log: {_relative(outcome)}")

    def interrupted(self) -> None:
        """The run was ended from outside."""
        self._print(
            f"interrupted while running {', '.join(self._running) or 'nothing'}; everything started was stopped"
        )

    def summary(self, seconds: float) -> int:
        """The end of the run, its last line being the sum; returns the exit status."""
        total = sum((outcome.tally for outcome in self._outcomes), Tally())
        self._print()
        for outcome in self._outcomes:
            for notice in outcome.notices:
                self._print(f"NOT RUN ({outcome.part.name}): {notice}")
        for outcome in self._outcomes:
            if not outcome.ok:
                self._print(
                    f"FAILED: {outcome.part.name} ({', '.join(outcome.failed_steps)}), see {_relative(outcome)}"
                )
        missing = self._total - len(self._outcomes)
        if missing:
            self._print(f"FAILED: {missing} parts were not run")
        if total.skipped:
            self._print(f"{total.skipped} skipped inside the parts")
        minutes, rest = divmod(round(seconds), 60)
        self._print(f"{len(self._outcomes)} parts in {minutes} min {rest} s")
        failed = total.failed + missing + (0 if total.ran else 1)
        self._print(f"{total.passed} passed, {failed} failed")
        return 1 if failed else 0


def _relative(outcome: Outcome) -> str:
    try:
        return str(outcome.log.relative_to(ROOT))
    except ValueError:
        return str(outcome.log)
