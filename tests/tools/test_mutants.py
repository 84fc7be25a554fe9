# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests find: seeded faults, and random ones in the pure folders."""

from __future__ import annotations

import sys

import pytest
from support import tool
from support.environment import for_tool
from support.stage import ROOT

pytestmark = [pytest.mark.exhaustive, pytest.mark.timeout(0)]
FOLDER = ROOT / "tests" / "mutants"


def test_seeded_faults() -> None:
    tool.run("mutants", sys.executable, FOLDER / "run.py", env=for_tool("mutants"), timeout=4 * 3600)


def test_random_faults() -> None:
    tool.run("mutants-random", sys.executable, FOLDER / "random_mutants.py", env=for_tool("mutants"), timeout=2 * 3600)
