# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The closing line counts the tests in the reports; a run without tests has failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.closing import close

PASSED = '<testcase classname="tests.unit.test_a" name="a" time="1.5" />'
FAILED = '<testcase classname="tests.unit.test_a" name="b" time="0.5"><failure message="x">y</failure></testcase>'
ERROR = '<testcase classname="tests.unit.test_a" name="c" time="0.1"><error message="x">y</error></testcase>'
SKIPPED = (
    '<testcase classname="tests.unit.test_a" name="d" time="0"><skipped message="no browser">y</skipped></testcase>'
)


def _report(folder: Path, name: str, *found: str) -> None:
    text = f'<testsuites><testsuite name="pytest" tests="{len(found)}">{"".join(found)}</testsuite></testsuites>'
    (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("found", "status", "seconds", "line", "result"),
    [
        ([PASSED, PASSED], 0, 10, "2 passed, 0 failed", 0),
        ([PASSED, SKIPPED], 0, 10, "1 passed, 0 failed", 0),
        ([PASSED, FAILED, ERROR], 0, 10, "1 passed, 2 failed", 1),
        ([PASSED, FAILED], 1, 10, "1 passed, 1 failed", 1),
        ([PASSED], 1, 10, "1 passed, 1 failed", 1),
        ([SKIPPED], 0, 10, "0 passed, 1 failed", 1),
        ([], 0, 10, "0 passed, 1 failed", 1),
        ([PASSED], 0, 100.5, "1 passed, 1 failed", 1),
    ],
)
def test_closing_line(tmp_path: Path, found: list[str], status: int, seconds: float, line: str, result: int) -> None:
    if found:
        _report(tmp_path, "a.xml", *found)
    lines, ended = close(tmp_path, status, seconds, 100)
    assert (lines[-1], ended) == (line, result)


def test_reports_are_summed_up(tmp_path: Path) -> None:
    _report(tmp_path, "a.xml", PASSED, FAILED)
    _report(tmp_path, "b.xml", PASSED)
    lines, _result = close(tmp_path, 0, 1)
    assert lines[-1] == "2 passed, 1 failed"
    assert "FAILED: tests/unit/test_a.py::b" in lines


def test_skipped_and_slow_tests_are_listed(tmp_path: Path) -> None:
    _report(tmp_path, "a.xml", PASSED, SKIPPED, FAILED)
    lines, _result = close(tmp_path, 0, 1)
    assert "NOT RUN: tests/unit/test_a.py::d: no browser" in lines
    assert lines[lines.index("the slowest:") + 1].split() == ["1.5", "s", "tests/unit/test_a.py::a"]
