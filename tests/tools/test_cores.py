# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tests on other versions of ansible-core and of Python than those of the virtual environment.

``make test`` takes the oldest of each: the unit and the smoke tests on the oldest ansible-core and the oldest Python that
runs it, and the unit tests of what modules import on the oldest Python that runs modules, there by ansible-test, which
lets them import nothing else of ansible-core. ``make test-all`` takes all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support import matrix, tool
from support.environment import BIN, find_python, for_tool
from support.matrix import Core

OLDEST, *NEWER = matrix.read_matrix()
CORES = [OLDEST, *(pytest.param(core, marks=pytest.mark.exhaustive) for core in NEWER)]
FIRST, *LATER = matrix.targets()
PYTHONS = [FIRST, *(pytest.param(python, marks=pytest.mark.exhaustive) for python in LATER)]


def _pytest(core: Core, name: str, *arguments: str) -> None:
    """Run tests with an ansible-core of the matrix; all of them pass, and there are some."""
    python = matrix.controllers().get(core.core)
    if python is None:
        pytest.skip(f"ansible-core {core.core}: none of Python {', '.join(core.controller)} is on this machine")
    bin_folder = matrix.venv(core, python)
    name = f"{name}-{core.core}-py{python}"
    command = (bin_folder / "python", "-m", "pytest", "-q", "--tb=short", *arguments)
    tool.run(name, *command, env=for_tool(name, first=bin_folder))


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.core)
def test_unit(core: Core) -> None:
    _pytest(core, "unit", "tests/unit", "--hypothesis-profile=ansible-test")


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.core)
def test_smoke(core: Core) -> None:
    _pytest(core, "smoke", "tests/component", "-m", "smoke")


@pytest.mark.parametrize("python", PYTHONS)
def test_ansible_test_units(tree: Path, python: str) -> None:
    if find_python(python) is None:
        pytest.skip(f"Python {python} is not on this machine")
    command = (BIN / "ansible-test", "units", "--venv", "--python", python, "--color", "no")
    output = tool.run(f"units-py{python}", *command, cwd=tree, env=for_tool("units"))
    assert " passed" in output
