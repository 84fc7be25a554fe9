# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the tests that run tools over the whole project."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulator.pytest_plugin import make_simulator, simulator
from support import stage

__all__ = ["make_simulator", "simulator", "tree"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the project in a folder called ansible_collections/ringme/pbx."""
    return stage.copy(tmp_path)
