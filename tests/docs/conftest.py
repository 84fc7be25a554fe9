# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the tests of the documentation import the helpers in this folder; hides the user's environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

pytest_plugins = ["simulator.pytest_plugin"]


@pytest.fixture(autouse=True)
def _no_connection_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove RINGME_* variables: argument specs fall back to them, and would hide that a snippet lacks an option."""
    for name in [name for name in os.environ if name.startswith("RINGME_")]:
        monkeypatch.delenv(name)
