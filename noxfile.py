# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The test runs, the linters and the formatter. The Makefile starts them in the virtual environment of "make setup".

The test sessions run pytest, with one worker for each core of the machine, and write JUnit reports to .cache/reports;
tests/support/closing.py sums them up. Arguments after "--" go to pytest.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

nox.options.sessions = ["test"]
nox.options.default_venv_backend = "none"

ROOT = Path(__file__).resolve().parent
REPORTS = ROOT / ".cache" / "reports"
COVERAGE = ROOT / ".cache" / "coverage"
# Coverage is measured for tests that run the code in their own process.
MEASURED = ["tests/unit"]
# Slow tests first: xdist distributes tests in this order, and its workers should end at about the same time.
OTHERS = [f"tests/{name}" for name in ("tools", "component", "docs", "browser", "bench", "contract", "meta")]


def _pytest(session: nox.Session, name: str, *arguments: str, env: dict[str, str] | None = None) -> None:
    """Run pytest with one worker for each core; the session continues after failures, which the closing line counts."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = ("--numprocesses", str(cores), "--dist", "worksteal") if cores > 1 else ()
    report = REPORTS / f"{name}.xml"
    command = (sys.executable, "-m", "pytest", "-q", "--tb=short", *workers, f"--junitxml={report}", *arguments)
    # 1: tests failed, which the report shows. Any other status, also that there were no tests, ends the session.
    session.run(*command, env=env, success_codes=[0, 1], external=True)
    if not report.exists():
        session.error(f"pytest wrote no report {report.name}")


def _whole(session: nox.Session, env: dict[str, str], *coverage: str) -> None:
    """Run all tests: those that measure coverage, then the others, which check the coverage."""
    shutil.rmtree(COVERAGE, ignore_errors=True)
    COVERAGE.mkdir(parents=True)
    measured = env | {"COVERAGE_FILE": str(COVERAGE / "data")}
    _pytest(session, "measured", *MEASURED, "--cov", "--cov-report=", *coverage, env=measured)
    _pytest(session, "others", *OTHERS, env=env)


@nox.session
def test(session: nox.Session) -> None:
    """Everything that finds a fault in the usual case: what CI runs."""
    if session.posargs:
        _pytest(session, "chosen", *session.posargs)
    else:
        # Lines only, with sys.monitoring: a tenth of the cost of the tracer that branches need before Python 3.14.
        _whole(session, {"COVERAGE_CORE": "sysmon"} if sys.version_info >= (3, 12) else {})


@nox.session(name="test-all")
def test_all(session: nox.Session) -> None:
    """Everything on every supported ansible-core and Python, whole matrices, many examples, and the seeded faults."""
    _whole(session, {"RINGME_TEST_ALL": "1"}, "--cov-branch")


@nox.session(name="test-quick")
def test_quick(session: nox.Session) -> None:
    """The unit tests, types, and lint."""
    _pytest(session, "quick", "tests/unit", "tests/tools/test_lint.py::test_types", "--hypothesis-profile=ansible-test")
    session.notify("lint", [])


@nox.session
def lint(session: nox.Session) -> None:
    """The fast checks of style, YAML and wording. They change nothing."""
    # What a run leaves in an ignored folder is not part of the project.
    listed = str(session.run("git", "ls-files", "-z", silent=True, external=True)).split("\0")
    files = [f"./{name}" for name in listed if name and Path(name).is_file()]
    for command in (
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("codespell_lib", *files),
        ("yamllint", "--strict", "."),
    ):
        session.run(sys.executable, "-m", *command, external=True)


@nox.session(name="format")
def format_(session: nox.Session) -> None:
    """Format the Python files and apply the fixes that keep the meaning."""
    for command in (("ruff", "check", "--fix-only"), ("ruff", "format")):
        session.run(sys.executable, "-m", *command, external=True)
