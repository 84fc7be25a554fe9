# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums up a test run: what failed, the slowest tests, and the one closing line "N passed, N failed".

usage: closing.py STATUS SECONDS [LIMIT]

STATUS: exit status of the run, SECONDS: its duration, LIMIT: the longest duration that is allowed. Reads the JUnit
reports in .cache/reports, which a run writes from scratch. Ends with 1 where a test failed, none ran, the run itself
failed, or it took longer than the limit.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from junitparser import JUnitXml
from junitparser.junitparser import TestCase as Case

REPORTS = Path(__file__).resolve().parents[2] / ".cache" / "reports"
SLOWEST = 15


def cases(folder: Path) -> list[Case]:
    """All test cases of the reports in a folder."""
    return [case for path in sorted(folder.glob("*.xml")) for suite in JUnitXml.fromfile(str(path)) for case in suite]


def _name(case: Case) -> str:
    return f"{(case.classname or '').replace('.', '/')}.py::{case.name}"


def close(folder: Path, status: int, seconds: float, limit: float | None = None) -> tuple[list[str], int]:
    """Return the lines to print, the last one being the sum, and the exit status."""
    found = cases(folder)
    skipped = [case for case in found if case.is_skipped]
    bad = [case for case in found if not case.is_passed and not case.is_skipped]
    passed = len(found) - len(skipped) - len(bad)
    lines = [f"FAILED: {_name(case)}" for case in bad]
    lines += [f"NOT RUN: {_name(case)}: {case.result[0].message}" for case in skipped]
    failed = len(bad)
    if not failed and not passed:
        lines.append("FAILED: nothing was run")
        failed += 1
    elif not failed and status:
        lines.append(f"FAILED: the run ended with {status}")
        failed += 1
    late = limit is not None and seconds > limit
    if late:
        lines.append(f"FAILED: the run took longer than {limit:.0f} s")
        failed += 1
    if late or found:
        slow = sorted(found, key=lambda case: -(case.time or 0))[:SLOWEST]
        lines += ["the slowest:", *(f"{case.time or 0:8.1f} s  {_name(case)}" for case in slow)]
    minutes, rest = divmod(round(seconds), 60)
    lines += [f"{len(found)} tests in {minutes} min {rest} s, {len(skipped)} of them not run"]
    return [*lines, f"{passed} passed, {failed} failed"], int(failed > 0)


def main(arguments: Sequence[str]) -> int:
    """Print the end of a run; returns the exit status."""
    status, seconds, *limit = arguments
    lines, result = close(REPORTS, int(status), float(seconds), float(limit[0]) if limit else None)
    print(*lines, sep="\n")
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
