# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs parts, some of them side by side, and keeps their logs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from run.model import LOGS, Finished, Notice, Part, PartError, Step, Tally

_GRACE = 10.0


@dataclass
class Outcome:
    """What became of a part."""

    part: Part
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    notices: list[str] = field(default_factory=list)
    failed_steps: list[str] = field(default_factory=list)
    log: Path = LOGS

    @property
    def ok(self) -> bool:
        """Whether everything passed and something was run, or left out with a notice."""
        return not self.tally.failed and (self.tally.ran > 0 or bool(self.notices))


class Runner:
    """Runs parts with at most a given number at a time. Not to be used twice."""

    def __init__(self, parts: list[Part], jobs: int, logs: Path = LOGS) -> None:
        self._waiting = list(parts)
        self._names = {part.name for part in parts}
        self._jobs = jobs
        self._logs = logs
        self._done: set[str] = set()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Condition()
        self._stopped = False
        self._lanes = 0

    def run(self, started: Callable[[Part], None], finished: Callable[[Outcome], None]) -> None:
        """Run all parts. The two functions are called one at a time, from whatever thread ran the part."""
        self._logs.mkdir(parents=True, exist_ok=True)
        self._lanes = self._jobs
        for dummy in range(self._jobs):
            threading.Thread(target=self._lane, args=(started, finished), daemon=True).start()
        # Not by joining the threads: up to Python 3.12 a join that a signal interrupts takes its thread for ended.
        while self._lanes:
            time.sleep(0.05)

    def stop(self) -> None:
        """End everything that runs; returns when it is over."""
        with self._lock:
            self._stopped = True
            self._waiting.clear()
            self._lock.notify_all()
            running = list(self._running)
        for process in running:
            _end(process)
        # Parts clean up after themselves, for instance by stopping their simulator.
        limit = time.monotonic() + _GRACE
        while self._lanes and time.monotonic() < limit:
            time.sleep(0.05)

    def _lane(self, started: Callable[[Part], None], finished: Callable[[Outcome], None]) -> None:
        try:
            self._work(started, finished)
        finally:
            with self._lock:
                self._lanes -= 1

    def _work(self, started: Callable[[Part], None], finished: Callable[[Outcome], None]) -> None:
        while (part := self._next()) is not None:
            with self._lock:
                started(part)
            outcome = self._run_part(part)
            with self._lock:
                self._done.add(part.name)
                if not self._stopped:
                    finished(outcome)
                self._lock.notify_all()

    def _next(self) -> Part | None:
        """The first part that may start; waits while all that are left depend on running ones."""
        with self._lock:
            while self._waiting:
                for part in self._waiting:
                    if not (set(part.after) & self._names) - self._done:
                        self._waiting.remove(part)
                        return part
                self._lock.wait(0.5)
        return None

    def _run_part(self, part: Part) -> Outcome:
        outcome = Outcome(part, log=self._logs / f"{part.name}.log")
        start = time.monotonic()
        with outcome.log.open("w", encoding="utf-8") as log:
            try:
                with contextlib.closing(part.build()) as steps:
                    for step in steps:
                        if self._stopped:
                            break
                        if isinstance(step, Notice):
                            outcome.notices.append(step.text)
                            print(f"=== not run: {step.text}", file=log, flush=True)
                        else:
                            self._run_step(step, outcome, log.fileno())
            except PartError as error:
                print(f"=== {error}", file=log, flush=True)
                outcome.tally += Tally(failed=1)
                outcome.failed_steps.append(str(error))
            except Exception:  # pylint: disable=broad-exception-caught
                # A mistake in the description of a part must not hide the results of the others.
                traceback.print_exc(file=log)
                outcome.tally += Tally(failed=1)
                outcome.failed_steps.append("preparation")
            if not outcome.tally.ran and not outcome.notices:
                print("=== nothing was run", file=log, flush=True)
                outcome.tally += Tally(failed=1)
                outcome.failed_steps.append("nothing was run")
        outcome.seconds = time.monotonic() - start
        return outcome

    def _run_step(self, step: Step, outcome: Outcome, log: int) -> None:
        if step.report:
            step.report.unlink(missing_ok=True)
        os.write(log, f"=== {step.name}: {' '.join(map(str, step.command))}\n".encode())
        offset = os.fstat(log).st_size
        start = time.monotonic()
        status = self._execute(step, log)
        with outcome.log.open("rb") as written:
            written.seek(offset)
            output = written.read().decode(errors="replace")
        finished = Finished(status, output)
        tally = step.count(finished)
        outcome.tally += tally
        if tally.failed:
            outcome.failed_steps.append(step.name)
        how = "took too long" if status is None else f"exit status {status}"
        os.write(log, f"=== {step.name}: {how}, {tally}, {time.monotonic() - start:.1f} s\n\n".encode())

    def _execute(self, step: Step, log: int) -> int | None:
        """Run the command in a process group of its own; None when it had to be ended."""
        try:
            process = subprocess.Popen(  # pylint: disable=consider-using-with
                [str(word) for word in step.command],
                cwd=step.cwd,
                env=dict(step.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            os.write(log, f"cannot start: {error}\n".encode())
            return 127
        with self._lock:
            self._running.add(process)
            stopped = self._stopped
        try:
            if stopped:
                _end(process)
            return process.wait(step.timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            return None
        finally:
            with self._lock:
                self._running.discard(process)
            # What a command left running in its group must not outlive it.
            _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, then make it."""
    _signal(process, signal.SIGTERM)
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()
