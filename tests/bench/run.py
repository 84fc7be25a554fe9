# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the speed that the project promises ("make bench"): whole processes, ratios within one run.

Prints a table and writes .cache/bench/bench.json. Ends with 1 if a target is missed, with 130 when interrupted, and
with 2 when nothing could be measured. The simulator and the playbook at hand are stopped in every case.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from types import FrameType

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

# Only now can these be found, because the line above adds their folder.

from items import FULL, QUICK, Item, Size, counts, hosts, loops, throughput  # noqa: E402
from plays import BenchError, Plays  # noqa: E402
from server import server  # noqa: E402
from whole import memory, report, whole_client  # noqa: E402

ROOT = TESTS.parent
REPORT = ROOT / ".cache" / "bench" / "bench.json"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def main(arguments: Sequence[str]) -> int:
    """Measure; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the speed of ringme.pbx.")
    parser.add_argument(
        "--quick", action="store_true", help="small numbers, no repetitions: under a minute, less exact"
    )
    parser.add_argument("--no-gate", action="store_true", help="end with 0 although a target is missed")
    parser.add_argument("--output", type=Path, default=REPORT, help="where the figures go as JSON")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    options = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    started, load = time.monotonic(), os.getloadavg()[0]
    if load > (os.cpu_count() or 1) / 2:
        print(f"This machine is busy (load {load:.1f}): the figures will be worse than it can do.\n", file=sys.stderr)
    try:
        items = list(_measure(QUICK if options.quick else FULL))
    except KeyboardInterrupt:
        print("\nInterrupted; everything is stopped.", file=sys.stderr)
        return 130
    except (BenchError, RuntimeError, subprocess.TimeoutExpired) as problem:
        print(f"\nNothing was measured: {problem}", file=sys.stderr)
        return 2
    missed = [item.name for item in items if item.met is False]
    print(f"\nAll in {time.monotonic() - started:.0f} s on {_machine()}.", end=" ")
    print(f"Missed: {'; '.join(missed)}." if missed else "Every target is met.")
    _write(options.output, items, quick=options.quick, load=load)
    if options.readme:
        _write_readme(ROOT / "README.md", items)
    return 1 if missed and not options.no_gate else 0


def _measure(size: Size) -> Iterator[Item]:
    """Measure everything, and print each line as soon as it is known."""
    print(f"{'':52} {'figure':>17} {'':11} {'target':>17}")
    with tempfile.TemporaryDirectory(prefix="bench-") as name, server(Path(name)) as running:
        plays = Plays(running, Path(name))
        parts = (
            throughput(running, size),
            counts(plays),
            whole_client(running, Path(name), size),
            loops(plays, size),
            hosts(plays, running, size),
            memory(running, Path(name), size),
            report(running, Path(name), size),
        )
        for part in parts:
            for item in part:
                print(line(item), flush=True)
                yield item


def line(item: Item) -> str:
    """Return the line of the table for people."""
    sign = "" if item.exact else "<= " if item.most else ">= "
    target = "" if item.target is None else f"{sign}{item.target}"
    verdict = {None: "", True: "ok", False: "MISSED"}[item.met]
    note = f"  ({item.note})" if item.note else ""
    return f"{item.name:52} {item.figure!s:>17} {item.unit:11} {target:>17}  {verdict}{note}".rstrip()


def _write(path: Path, items: Sequence[Item], *, quick: bool, load: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        "quick": quick,
        "machine": {
            "cpus": os.cpu_count(),
            "system": platform.system(),
            "architecture": platform.machine(),
            "load": round(load, 1),
        },
        "python": platform.python_version(),
        "ansible_core": version("ansible-core"),
        "met": all(item.met is not False for item in items),
        "items": [item.as_dict() for item in items],
    }
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _write_readme(path: Path, items: Sequence[Item]) -> None:
    """Put the table between its marks."""
    before, mark, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _table, end, after = rest.partition(END)
    if not (mark and end):
        raise SystemExit(f"{path.name} has no {BEGIN} ... {END}")
    rows = [f"| {item.name} | {f'{item.figure} {item.unit}'.strip()} | {_promise(item)} |" for item in items]
    table = "\n".join(["| | measured | target |", "| --- | --- | --- |", *rows])
    text = f"{before}{BEGIN}\nOn {_machine()}:\n\n{table}\n{END}{after}"
    path.write_text(text, encoding="utf-8")


def _promise(item: Item) -> str:
    if item.target is None:
        return ""
    return str(item.target) if item.exact else f"at {'most' if item.most else 'least'} {item.target}"


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, ansible-core {version('ansible-core')}"


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
