# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the contract tests: a simulator, and callers that hold a token."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from contract.caller import Caller
from simulator import Simulator
from simulator.pytest_plugin import make_simulator, simulator

__all__ = ["caller", "caller_of", "make_simulator", "simulator"]


@pytest.fixture
def caller_of(
    simulator: Simulator,
) -> Iterator[Callable[..., Caller]]:  # pylint: disable=redefined-outer-name
    """A factory: the caller of an application of the default seed, at any simulator."""
    callers: list[Caller] = []

    def make(application: str = "demo-application", at: Simulator = simulator) -> Caller:
        callers.append(Caller(at, application))
        return callers[-1]

    yield make
    for made in callers:
        made.close()


@pytest.fixture
def caller(caller_of: Callable[..., Caller]) -> Caller:  # pylint: disable=redefined-outer-name
    """The user of client 801."""
    return caller_of()
