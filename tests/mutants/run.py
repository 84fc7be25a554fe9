# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds the faults of faults.yml, one at a time, in a copy of the clone, and finds the cheapest tier that fails.

``make mutants`` runs it. A test that fails with the fault must pass without it, or the fault counts as not caught.
Tests that reach the limit of their tier count as failed: a fault that makes tests hang is caught. The limit is CPU
time, so that the load of the machine does not decide; a run that only waits is ended after ten times as long.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import queue
import re
import resource
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.md"
LIMITS = {"unit": 300, "component": 300, "static": 300, "playbook": 600, "docs": 600, "tools": 900}
"""The tiers from cheap to costly, and how many seconds of CPU time one process of each may take."""
IN_PROCESS = ("tests/component/test_resources_*.py", "tests/component/test_client_registrations.py")
COSTLY = {"playbook": "tests/component/test_*.py", "docs": "tests/docs", "tools": "tests/tools"}
SHARED = (".venv", ".cache/home", ".cache/pythons", ".cache/venvs")
"""What copies of the clone take from it, so that nothing is installed twice."""
LINK = ".cache/collections/ansible_collections/ringme/pbx"
NOTHING = 5
"""How pytest ends when it has found no test."""
SURVIVED, CAUGHT_OTHERWISE = "survived", "fails without the fault, too"
PROCESSES = multiprocessing.get_context("forkserver")
LIBRARIES = (
    "pytest",
    "hypothesis",
    "hypothesis.strategies",
    "jinja2",
    "requests",
    "yaml",
    "ansible.module_utils.basic",
)
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/[^\[\s]+(?:\[.*?\](?= - |$))?)", re.MULTILINE)
_HEADER = (HERE / "run.py").read_text(encoding="utf-8").splitlines()[:3]


@dataclass(frozen=True)
class Fault:
    """One fault: ``before`` becomes ``after`` in ``file``, and ``tier`` is expected to catch it."""

    id: str
    fault: str
    file: str
    before: str
    after: str
    tier: str
    tests: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The file with the fault."""
        good = (ROOT / self.file).read_text(encoding="utf-8")
        if good.count(self.before) != 1:
            raise LookupError(f"{self.id}: the text is in {self.file} {good.count(self.before)} times, not once")
        return good.replace(self.before, self.after)


@dataclass(frozen=True)
class Found:
    """The tier that caught a fault, and the first test that failed."""

    tier: str
    test: str = ""


class Clone:
    """A copy of the clone, in which faults are seeded one after the other."""

    def __init__(self, folder: Path, tests_from: Path) -> None:
        self.root = folder
        self._serial = 0
        _copy(ROOT, folder, lambda name: tests_from == ROOT or not name.startswith("tests/"))
        if tests_from != ROOT:
            _copy(tests_from, folder, lambda name: name.startswith("tests/") or name == "pyproject.toml")
        for name in SHARED:
            (ROOT / name).mkdir(parents=True, exist_ok=True)
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).symlink_to(ROOT / name)
        link = folder / LINK  # as the set-up makes it: mypy looks there
        link.parent.mkdir(parents=True)
        link.symlink_to(folder)
        subprocess.run(("git", "init", "-q"), cwd=folder, check=True)
        subprocess.run(("git", "add", "-A"), cwd=folder, check=True)

    def find(self, fault: Fault, tiers: Sequence[str]) -> Found:
        """Return the first of the tiers that fails with the fault."""
        self._put(fault.file, fault.text)
        doubtful = ""
        for tier, command in self._commands(fault, tiers):
            failed = self._fails(tier, command)
            if failed is None:
                continue
            self._put(fault.file, (ROOT / fault.file).read_text(encoding="utf-8"))
            if self._fails(tier, _again(command, failed)) is None:
                return Found(tier, failed)
            doubtful = failed
            self._put(fault.file, fault.text)
        self._put(fault.file, (ROOT / fault.file).read_text(encoding="utf-8"))
        return Found(CAUGHT_OTHERWISE, doubtful) if doubtful else Found(SURVIVED)

    def _put(self, name: str, text: str) -> None:
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        self._serial += 1  # Python recompiles a file only when its time, in whole seconds, or its size differs
        os.utime(path, (1_000_000_000 + self._serial,) * 2)

    def mirrored(self, file: str) -> list[Path]:
        """Return the unit tests of a file."""
        folder, stem = self.root / "tests/unit" / Path(file).parent, Path(file).stem
        return sorted(folder.glob(f"test_{stem}.py")) + sorted(folder.glob(f"test_{stem}_*.py"))

    def _commands(self, fault: Fault, tiers: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        """Yield commands, each with its tier, from cheap to costly."""
        own = self.mirrored(fault.file)
        named = [self.root / test for test in fault.tests if (self.root / test.partition("::")[0]).exists()]
        units = [path for path in named if path.is_relative_to(self.root / "tests/unit")]
        python = fault.file.startswith("plugins/")
        for tier in tiers:
            if tier == "unit":
                for paths in (own, units, [self.root / "tests/unit"] if python else []):
                    if paths:
                        yield tier, self.pytest(paths)
            elif tier == "component" and python:
                yield tier, self.pytest([path for pattern in IN_PROCESS for path in sorted(self.root.glob(pattern))])
            elif tier in COSTLY:
                folder = self.root / COSTLY[tier].split("/test_", 1)[0]
                chosen = [path for path in named if path.is_relative_to(folder)]
                if all(test.startswith("tests/unit") for test in fault.tests):
                    in_process = {path for pattern in IN_PROCESS for path in self.root.glob(pattern)}
                    chosen = [path for path in sorted(self.root.glob(COSTLY[tier])) if path not in in_process]
                if chosen:
                    yield tier, self.pytest(chosen)
            elif tier == "static" and python:
                yield tier, ["mypy", f"{LINK}/{'/'.join(fault.file.split('/')[:2])}"]

    def pytest(self, paths: Sequence[Path]) -> list[str]:
        """Return the command that runs these tests until one fails."""
        names = [str(path.relative_to(self.root)) for path in paths]
        return ["pytest", "-x", "-q", "--tb=no", "-n0", *names]

    def _fails(self, tier: str, command: Sequence[str]) -> str | None:
        """Run a command; returns what failed, or ``None`` where nothing did."""
        output = self.root / ".cache" / "output"
        process = PROCESSES.Process(target=_module, args=(command, str(self.root), str(output), LIMITS[tier]))
        process.start()
        process.join(10 * LIMITS[tier])
        if process.exitcode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.join()
        if process.exitcode in (-signal.SIGKILL, -signal.SIGXCPU):
            return "the limit of its time"
        if process.exitcode == 0:
            return None
        text = output.read_text(encoding="utf-8", errors="replace")
        if process.exitcode == NOTHING:
            raise LookupError(f"no test was found: {' '.join(command)}\n{text}")
        failed = _FAILED.search(text)
        return failed[1] if failed else (text.strip().splitlines() or ["no output"])[-1]


def _module(command: Sequence[str], folder: str, output: str, limit: int) -> None:
    """Run a module of Python with its arguments, as ``python -m`` does, in a fork that has the libraries already."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    os.chdir(folder)
    sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    sys.path[:] = [folder, *(entry for entry in sys.path if entry != str(HERE))]
    sys.argv[:] = command
    from hypothesis import Phase, settings  # here: only the fork needs it, and it has been loaded there

    settings.register_profile("mutants", phases=(Phase.explicit, Phase.generate))  # that a test fails is enough
    settings.load_profile("mutants")
    code: Any = 1
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)  # pylint: disable=protected-access


def _copy(origin: Path, folder: Path, wanted: Any) -> None:
    listed = subprocess.run(("git", "ls-files", "-z"), cwd=origin, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if wanted(name) and (origin / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(origin / name, folder / name)


def _again(command: Sequence[str], failed: str) -> list[str]:
    """Return the command for the test that failed, or the same command where something else did."""
    if not failed.startswith("tests/"):
        return list(command)
    return [*(part for part in command if not part.startswith("tests/")), failed]


def read_faults() -> list[Fault]:
    """Return the faults of the list."""
    entries = yaml.safe_load((HERE / "faults.yml").read_text(encoding="utf-8"))
    return [Fault(**{**entry, "tests": tuple(entry.get("tests", ()))}) for entry in entries]


def write_results(faults: Sequence[Fault], found: dict[str, Found], column: str) -> None:
    """Put what was found into a column of the table, and keep the rest of it."""
    known = {}
    for line in RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            known[cells[0].strip("`")] = {"before": cells[2], "now": cells[3]}
    lines = ["<!--", *(line.removeprefix("# ") for line in _HEADER), "-->", ""]
    lines += ["# Which tier of the tests catches which fault", ""]
    lines += ["`tests/mutants/run.py --write` writes this table; `make mutants` checks that nothing survives."]
    lines += [
        "*Before* are the tests of commit 2bb3eed: in their costly tiers only the plausible tests were run.",
        "An empty cell was not measured.",
        "",
    ]
    lines += ["| id | fault | before | now |", "| --- | --- | --- | --- |"]
    for fault in faults:
        cells = known.get(fault.id, {"before": "", "now": ""})
        if fault.id in found:
            cells[column] = found[fault.id].tier
        lines.append(f"| `{fault.id}` | {fault.fault} | {cells['before']} | {cells['now']} |")
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Seed the faults; returns 1 if one survives that the list says is caught, or cannot be seeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="ID", action="append", help="only this fault; can be given more than once")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="number of parallel faults (default: the cores)"
    )
    parser.add_argument("--tiers", default=",".join(LIMITS), help="only these tiers (default: %(default)s)")
    parser.add_argument(
        "--tests-from", type=Path, default=ROOT, metavar="FOLDER", help="run the tests of another clone"
    )
    parser.add_argument("--write", action="store_true", help=f"write the table {RESULTS.relative_to(ROOT)}")
    options = parser.parse_args()
    PROCESSES.set_forkserver_preload(list(LIBRARIES))
    everything = read_faults()
    faults = [fault for fault in everything if not options.only or fault.id in options.only]
    tests_from = options.tests_from.resolve()
    found: dict[str, Found] = {}
    problems: list[str] = [
        f"{name}: unknown fault" for name in options.only or () if name not in {f.id for f in faults}
    ]
    clones: queue.SimpleQueue[Clone] = queue.SimpleQueue()

    def one(fault: Fault) -> None:
        clone = clones.get()
        try:
            found[fault.id] = clone.find(fault, options.tiers.split(","))
            print(f"{fault.id}: {found[fault.id].tier} {found[fault.id].test}", flush=True)
        except LookupError as problem:
            problems.append(str(problem))
        finally:
            clones.put(clone)

    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(options.jobs) as pool:
        for number in range(options.jobs):
            clones.put(Clone(Path(folder) / str(number) / "ansible_collections/ringme/pbx", tests_from))
        list(pool.map(one, faults))
    if options.write:
        write_results(everything, found, "now" if tests_from == ROOT else "before")
    for tier in (*LIMITS, SURVIVED, CAUGHT_OTHERWISE):
        ids = [fault.id for fault in faults if fault.id in found and found[fault.id].tier == tier]
        if ids:
            print(f"{tier:10} {len(ids):4}  {', '.join(ids) if tier not in LIMITS else ''}".rstrip())
    for problem in problems:
        print(f"NOT APPLICABLE: {problem}")
    bad = [
        fault for fault in faults if fault.id in found and found[fault.id].tier not in LIMITS and fault.tier in LIMITS
    ]
    print(f"{len(found) - len(bad)} passed, {len(bad) + len(problems)} failed")
    return 1 if bad or problems else 0


if __name__ == "__main__":
    sys.exit(main())
