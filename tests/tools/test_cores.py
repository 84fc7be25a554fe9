# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tests on other versions of ansible-core and of Python than those of the virtual environment.

``make test`` takes the oldest of each: the smoke tests and the unit tests of what runs on the controller on the oldest
ansible-core, and the unit tests of what modules import on the oldest Python that runs modules. ``make test-all`` takes
all. ansible-test lets what modules import see nothing of ansible-core but ``module_utils``; an import of everything
there is sufficient.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support import matrix, tool
from support.environment import BIN, find_python, for_tool
from support.matrix import Core

OLDEST, *NEWER = matrix.read_matrix()
CORES = [OLDEST, *(pytest.param(core, marks=pytest.mark.exhaustive) for core in NEWER)]
FIRST, *LATER = matrix.targets()
PYTHONS = [FIRST, *(pytest.param(python, marks=pytest.mark.exhaustive) for python in LATER)]
PLUGINS = "tests/unit/plugins"
ON_CONTROLLER = [f"{PLUGINS}/{name}" for name in ("action", "callback", "inventory", "plugin_utils")]
IN_MODULES = [f"{PLUGINS}/module_utils", f"{PLUGINS}/modules"]
FEWER = "--hypothesis-profile=ansible-test"


def _pytest(core: Core, python: str | None, name: str, *arguments: str) -> None:
    """Run tests with an ansible-core of the matrix; all of them pass, and there are some."""
    if python is None or find_python(python) is None or not core.here():
        pytest.skip(f"ansible-core {core.core} on Python {python or ', '.join(core.controller)}: not on this machine")
    bin_folder = matrix.venv(core, python)
    name = f"{name}-{core.core}-py{python}"
    command = (bin_folder / "python", "-m", "pytest", "-q", "--tb=short", *arguments)
    tool.run(name, *command, env=for_tool(name, first=bin_folder))


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.core)
def test_on_the_controller(core: Core) -> None:
    _pytest(core, matrix.controllers().get(core.core), "unit", *ON_CONTROLLER, FEWER)


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.core)
def test_smoke(core: Core) -> None:
    _pytest(core, matrix.controllers().get(core.core), "smoke", "tests/component", "-m", "smoke")


@pytest.mark.parametrize("python", PYTHONS)
def test_in_modules(python: str) -> None:
    core = OLDEST if python in OLDEST.target else NEWER[-1]
    _pytest(core, python, "modules", *IN_MODULES, FEWER)


def test_imports_of_modules(tree: Path) -> None:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    units = (BIN / "ansible-test", "units", "--venv", "--python", python, "--color", "no")
    output = tool.run("units", *units, f"{PLUGINS}/module_utils/test_imports.py", cwd=tree)
    assert " passed" in output
