# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a tool as a test: its whole output is kept in .cache/logs, and a failure shows what matters of it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.environment import CACHE, for_tool
from support.stage import ROOT

LOGS = CACHE / "logs"
_TAIL = 60
_EARLIER = 20
# Where a tool names what went wrong, perhaps long before its end.
_SIGN = re.compile(r"(fatal: |failed: |\[?ERROR\]?: |FATAL: |FAILED |E  |\S+: error: |CRITICAL|WARNING: )")
# What pip prints while ansible-test installs its requirements explains no failure.
_NOISE = re.compile(
    r"(Looking in |Collecting |Processing |Requirement already |Installing |Using cached |Successfully installed "
    r"|\s+(Downloading |Using cached |━)|WARNING: Location |\s*$)"
)


def run(
    name: str,
    *command: str | Path,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    timeout: float = 900,
    unwanted: Sequence[str] = (),
) -> str:
    """Run a command and return its output (stdout and stderr as they came).

    ``name``: of the log file and of the home folder. Raises AssertionError where the command does not end with 0 or
    takes longer than ``timeout`` seconds, or where a line of its output matches a pattern of ``unwanted``. Nothing
    that it started in its process group outlives it.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    with log.open("w+", encoding="utf-8", errors="replace") as output:
        with subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env=dict(for_tool(name) if env is None else env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                how = f"exit status {process.wait(timeout)}"
            except subprocess.TimeoutExpired:
                how = f"more than {timeout:g} s"
            finally:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
        output.seek(0)
        text = output.read()
    lines = text.splitlines()
    found = [line for line in lines if any(re.search(pattern, line) for pattern in unwanted)]
    if how != "exit status 0" or found:
        complaint = [
            f"{' '.join(map(str, command))}: {how}",
            f"the whole output is in {log.relative_to(ROOT)}",
            *found[:10],
        ]
        raise AssertionError("\n".join([*complaint, *_excerpt(lines)]))
    return text


def _excerpt(lines: list[str]) -> list[str]:
    """The end of an output, and lines before it that look like errors."""
    kept = [line for line in lines if not _NOISE.match(line)]
    signs = [line for line in kept[:-_TAIL] if _SIGN.match(line) and "...ignoring" not in line][:_EARLIER]
    return [line[:300] for line in [*signs, *kept[-_TAIL:]]]
