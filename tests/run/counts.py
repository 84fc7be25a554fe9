# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counters: how many individual results a command of a given kind had.

All of them count a command that failed without naming a failed result, and one that ran nothing, as a failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from run.model import Count, Finished, Tally

_MOLECULE_STEP = re.compile(r"(?P<scenario>[\w-]+) [>➜] (?P<action>[\w-]+)\]?:? Executed: (?P<result>\w+)")


def settle(finished: Finished, tally: Tally) -> Tally:
    """Hold the counted results against the exit status."""
    if not tally.ran or (finished.status != 0 and not tally.failed):
        return tally + Tally(failed=1)
    return tally


def read_junit(path: Path) -> Tally:
    """Sum of one JUnit report."""
    tally = Tally()
    for case in ElementTree.parse(path).iter("testcase"):  # noqa: S314 - written by our own command a moment ago
        if case.find("failure") is not None or case.find("error") is not None:
            tally += Tally(failed=1)
        elif case.find("skipped") is not None:
            tally += Tally(skipped=1)
        else:
            tally += Tally(passed=1)
    return tally


def junit(path: Path) -> Count:
    """Counts by the JUnit report at this path."""

    def count(finished: Finished) -> Tally:
        try:
            tally = read_junit(path)
        except (OSError, ElementTree.ParseError):
            return Tally(failed=1)
        return settle(finished, tally)

    return count


def junit_folder(folder: Path, at_least: int = 1) -> Count:
    """Counts by all JUnit reports in a folder; fewer passed results than at_least are a failure of their own."""

    def count(finished: Finished) -> Tally:
        tally = Tally()
        try:
            for path in sorted(folder.glob("*.xml")):
                tally += read_junit(path)
        except (OSError, ElementTree.ParseError):
            return Tally(failed=1)
        tally = settle(finished, tally)
        return tally if tally.ran >= at_least else tally + Tally(failed=1)

    return count


def molecule(steps: Iterable[tuple[str, str]]) -> Count:
    """One result for each step, which is a scenario and an action; a step that was not reached failed."""
    wanted = frozenset(steps)

    def count(finished: Finished) -> Tally:
        found = _MOLECULE_STEP.finditer(finished.output)
        good = wanted & {(match["scenario"], match["action"]) for match in found if match["result"] == "Successful"}
        return settle(finished, Tally(passed=len(good), failed=len(wanted) - len(good)))

    return count


def clean(*unwanted: str) -> Count:
    """A single check that also fails when its output has a line that matches one of the patterns."""
    patterns = [re.compile(pattern) for pattern in unwanted]

    def count(finished: Finished) -> Tally:
        dirty = any(pattern.search(line) for line in finished.output.splitlines() for pattern in patterns)
        return Tally(failed=1) if dirty or finished.status != 0 else Tally(passed=1)

    return count
