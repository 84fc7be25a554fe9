# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tiers of the test run. "make test" and its like start them in the virtual environment that "make setup" makes.

Every session runs pytest, with one worker for each core of the machine, and leaves JUnit reports in .cache/reports;
tests/support/closing.py sums them up. What follows "--" goes to pytest.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

nox.options.sessions = ["test"]
nox.options.default_venv_backend = "none"

ROOT = Path(__file__).resolve().parent
REPORTS = ROOT / ".cache" / "reports"
COVERAGE = ROOT / ".cache" / "coverage"
# In-process tests: coverage is measured here, where it costs little.
IN_PROCESS = ("tests/unit", "tests/component/in_process")
# Long ones come first: xdist hands tests out in this order, and its workers are to end at about the same time.
OTHERS = ("tools", "component", "docs", "browser", "bench", "contract", "meta")
"""Of tests/; what IN_PROCESS names is left out."""


def _pytest(session: nox.Session, name: str, *arguments: str, env: dict[str, str] | None = None) -> None:
    """Run pytest with one worker for each core; the session goes on after failures, which the closing line counts."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = ("--numprocesses", str(cores), "--dist", "worksteal") if cores > 1 else ()
    report = REPORTS / f"{name}.xml"
    command = ("python", "-m", "pytest", "-q", "--tb=short", *workers, f"--junitxml={report}", *arguments)
    # 1: tests failed, 5: there were none; both show in the report.
    session.run(*command, env=env, success_codes=[0, 1, 5])
    if not report.exists():
        session.error(f"pytest wrote no report {report.name}")


def _whole(session: nox.Session, env: dict[str, str]) -> None:
    shutil.rmtree(COVERAGE, ignore_errors=True)
    COVERAGE.mkdir(parents=True)
    measured = env | {"COVERAGE_FILE": str(COVERAGE / "data")}
    _pytest(session, "in-process", *IN_PROCESS, "--cov", "--cov-report=", env=measured)
    ignored = [f"--ignore={path}" for path in IN_PROCESS]
    _pytest(session, "others", *(f"tests/{name}" for name in OTHERS), *ignored, env=env)


@nox.session
def test(session: nox.Session) -> None:
    """Everything that finds a fault in the usual case: what CI runs."""
    if session.posargs:
        _pytest(session, "chosen", *session.posargs)
    else:
        _whole(session, {})


@nox.session(name="test-all")
def test_all(session: nox.Session) -> None:
    """Everything on every supported ansible-core and Python, whole matrices, many examples, and the seeded faults."""
    everything = {"RINGME_TEST_ALL": "1"}
    _whole(session, everything)
    _pytest(session, "mutants", "tests/mutants", env=everything)


@nox.session(name="test-quick")
def test_quick(session: nox.Session) -> None:
    """The unit tests, types, and lint of what changed since the last commit."""
    _pytest(session, "quick", "tests/unit", "tests/tools/test_lint.py", "-k", "not ansible_lint and not licences")
