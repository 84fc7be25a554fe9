# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: ``pytest_plugins = ["simulator.pytest_plugin"]`` in a conftest, with ``tests/`` on ``sys.path``.

Every request that a test sends through these is checked against the OpenAPI document when the test ends. A test that
sends something else on purpose says so: ``simulator.contract_checked = False``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.contract import assert_contract
from simulator.server import Simulator

MakeSimulator = Callable[..., Simulator]


@pytest.fixture
def make_simulator() -> Iterator[MakeSimulator]:
    """A factory with the arguments of Simulator; what it makes is started, and stopped at the end of the test."""
    running: list[Simulator] = []

    def make(*args: Any, **kwargs: Any) -> Simulator:
        running.append(Simulator(*args, **kwargs).start())
        return running[-1]

    yield make
    for simulator in running:
        simulator.stop()
    for simulator in running:
        if simulator.contract_checked:
            assert_contract(simulator)


@pytest.fixture
def simulator(make_simulator: MakeSimulator) -> Simulator:  # pylint: disable=redefined-outer-name
    """A fresh simulator with the default seed."""
    return make_simulator()
