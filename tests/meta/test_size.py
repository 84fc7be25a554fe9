# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files stay small: a module is documentation and a call, and no file has two ideas."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest
from repository import PLUGINS

LONGEST = 330
MEDIAN = 25
_DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN", "RETURNS", "DOCUMENTATION_FRAGMENT"}


def _documentation_lines(tree: ast.Module) -> set[int]:
    """The lines of documentation blocks and docstrings."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if names & _DOCUMENTATION:
                lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def logic_lines(text: str) -> int:
    """Lines that are neither documentation nor comment nor blank."""
    documentation = _documentation_lines(ast.parse(text))
    return sum(
        1
        for number, line in enumerate(text.splitlines(), 1)
        if number not in documentation and line.strip() and not line.lstrip().startswith("#")
    )


FILES = [path for path in sorted(PLUGINS.rglob("*.py")) if path.stat().st_size]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PLUGINS)))
def test_file_is_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    length = len(text.splitlines()) - len(_documentation_lines(ast.parse(text)))
    assert length <= LONGEST


def test_modules_are_documentation_and_a_call() -> None:
    lengths = {path.stem: logic_lines(path.read_text(encoding="utf-8")) for path in (PLUGINS / "modules").glob("*.py")}
    assert lengths
    assert statistics.median(lengths.values()) <= MEDIAN, lengths


def test_logic_lines_are_counted() -> None:
    text = '# c\n"""Doc\nstring."""\nDOCUMENTATION = r"""\na\n"""\n\nimport a\n\n\n'
    text += 'def f():\n    """Doc."""\n    return 1\n'
    assert logic_lines(text) == 3
