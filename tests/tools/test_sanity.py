# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test sanity.

Tests that read only the files run once, on the newest ansible-core. Those that depend on ansible-core or on Python run
on the oldest and the newest of them, and cheap ones on all. ``make test-all`` runs everything on each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from support import matrix, tool
from support.environment import BIN, find_python, for_tool
from support.matrix import Core

NEWEST = matrix.read_matrix()[-1]
OLDER = matrix.read_matrix()[:-1]
# ansible-core 2.18 to 2.21 have 23 to 25 sanity tests for a collection; fewer mean that it did not see the files.
LEAST = 20
LINTERS = ("changelog", "pep8", "pslint", "pylint", "shellcheck", "yamllint")
OF_PYTHON = ("compile", "import")
# Tests of their own run antsibull-changelog, pylint, and the imports, which the oldest Python is most likely to refuse.
ELSEWHERE = ("changelog", "pylint", "import")


def _tests(option: str, names: Iterable[str]) -> list[str]:
    return [word for name in names for word in (option, name)]


def _run(core: Core, tree: Path, name: str, *arguments: str) -> int:
    """Run sanity tests of an ansible-core over a copy of the project; returns how many there were."""
    assert not list((tree / "tests" / "sanity").glob("ignore*.txt")), "fix what a sanity ignore file would hide"
    python = matrix.controllers().get(core.core)
    if python is None:
        pytest.skip(f"ansible-core {core.core}: none of Python {', '.join(core.controller)} is on this machine")
    bin_folder = BIN if core is NEWEST else matrix.venv(core, python)
    command = (bin_folder / "ansible-test", "sanity", "--local", "--color", "no", "--truncate", "0", *arguments)
    output = tool.run(name, *command, cwd=tree, env=for_tool(name, first=bin_folder))
    return sum(line.startswith("Running sanity test ") for line in output.splitlines())


def _python(core: Core) -> list[str]:
    """The option for the Python on which an ansible-core is tried."""
    return ["--python", matrix.controllers().get(core.core, "")]


def test_pylint(tree: Path) -> None:
    """What is published; undefined names and the like in the tests are found by ruff, and by running them."""
    assert _run(NEWEST, tree, "sanity-pylint", "--test", "pylint", "plugins/") == 1


def test_everything_else_on_the_newest_core(tree: Path) -> None:
    assert _run(NEWEST, tree, f"sanity-{NEWEST.core}", *_tests("--skip-test", ELSEWHERE), *_python(NEWEST)) >= LEAST - 1


def test_oldest_core(tree: Path) -> None:
    skipped = (*LINTERS, *OF_PYTHON)
    options = [*_tests("--skip-test", skipped), *_python(OLDER[0])]
    assert _run(OLDER[0], tree, f"sanity-{OLDER[0].core}", *options) >= LEAST - len(skipped)


def test_oldest_python(tree: Path) -> None:
    python = matrix.targets()[0]
    if find_python(python) is None:
        pytest.skip(f"Python {python} is not on this machine")
    options = [*_tests("--test", OF_PYTHON), "--python", python]
    assert _run(NEWEST, tree, f"sanity-py{python}", *options) == len(OF_PYTHON)


@pytest.mark.parametrize("core", OLDER[1:], ids=lambda core: core.core)
def test_what_depends_on_the_core(tree: Path, core: Core) -> None:
    assert _run(core, tree, f"sanity-{core.core}", "--test", "validate-modules", *_python(core)) == 1


@pytest.mark.exhaustive
@pytest.mark.parametrize("core", matrix.read_matrix(), ids=lambda core: core.core)
def test_everything_on_each_core(tree: Path, core: Core) -> None:
    assert _run(core, tree, f"sanity-whole-{core.core}") >= LEAST
