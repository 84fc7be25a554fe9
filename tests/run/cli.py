# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of the test run.

It ends in one line "N passed, N failed" over the individual results of all parts; the exit status is 0 only when nothing
failed. Full logs are in .cache/logs.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from types import FrameType

from run import parts as table
from run.console import Console
from run.model import Part
from run.runner import Runner


def select(names: list[str], parts: list[Part]) -> list[Part]:
    """The parts that are called so or belong to a group that is; all of them if there are no names.

    Raises ValueError for a name that is neither.
    """
    if not names:
        return parts
    known = {part.name for part in parts} | {group for part in parts for group in part.groups}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no part or group is called {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    wanted = {part.name for part in parts if part.name in names or set(part.groups) & set(names)}
    for part in parts:
        if part.needs and part.name not in names and not set(part.needs) <= wanted:
            wanted.discard(part.name)
        elif part.needs and set(part.needs) <= wanted:
            wanted.add(part.name)
    return [part for part in parts if part.name in wanted]


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tests/run", description="Run the tests of the project.")
    parser.add_argument(
        "names", nargs="*", metavar="PART", help="parts or groups to run; 'list' names them; default: all"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=min(4, cores()),
        metavar="N",
        help="parts to run at a time (default: %(default)s)",
    )
    return parser.parse_args()


def main() -> int:
    """Run what was asked for; returns the exit status."""
    options = arguments()
    parts = table.all_parts()
    if options.names == ["list"]:
        for part in parts:
            print(f"{part.name:16} {part.about}" + (f"  [{', '.join(part.groups)}]" if part.groups else ""))
        return 0
    try:
        chosen = select(options.names, parts)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    console = Console(chosen)
    runner = Runner(chosen, max(1, options.jobs))

    def interrupt(number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt(number)

    signal.signal(signal.SIGTERM, interrupt)
    start = time.monotonic()
    try:
        runner.run(console.started, console.finished)
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        runner.stop()
        console.interrupted()
        return 130
    return console.summary(time.monotonic() - start)
