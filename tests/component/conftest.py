# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the component tests. Every request and response is checked against the contract after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from simulator import Simulator
from simulator.pytest_plugin import MakeSimulator, make_simulator
from support.component.resource_runner import SEED, Runner

__all__ = ["make_simulator", "runner", "simulator"]


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the user of this machine has set reaches a test."""
    for name in ("API_URL", "APPLICATION_ID", "APPLICATION_SECRET", "ACCESS_TOKEN", "TOKEN_CACHE", "READ_ONLY"):
        monkeypatch.delenv(f"RINGME_{name}", raising=False)


@pytest.fixture
def simulator(make_simulator: MakeSimulator) -> Simulator:  # pylint: disable=redefined-outer-name
    """A fresh simulator with the default seed."""
    return make_simulator(SEED)


@pytest.fixture
def runner(simulator: Simulator) -> Iterator[Runner]:  # pylint: disable=redefined-outer-name
    """Runs resources against a fresh simulator with the default seed."""
    made = Runner(simulator)
    yield made
    made.close()
