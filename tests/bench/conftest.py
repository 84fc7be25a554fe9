# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the tests of the benchmark import it. Its folder comes last, because its names are common ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from support.playbook import run_playbook

sys.path.append(str(Path(__file__).resolve().parent))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server for all tests."""
    from server import server  # pylint: disable=import-outside-toplevel

    with server(tmp_path_factory.mktemp("bench")) as found:
        yield found


@pytest.fixture
def _loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playbooks of this process come from a loaded one: for tests in which their figures mean nothing."""
    monkeypatch.setattr("plays.run_playbook", run_playbook)
