# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the tests of the documentation import their helpers, which lie beside them; keeps the user's environment out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

pytest_plugins = ["simulator.pytest_plugin"]


@pytest.fixture(autouse=True)
def _no_connection_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The argument specs fall back to RINGME_* variables: what a snippet lacks must not come from the user."""
    for name in [name for name in os.environ if name.startswith("RINGME_")]:
        monkeypatch.delenv(name)
