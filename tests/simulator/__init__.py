# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of the RingMe PBX API: faithful to the documentation, with a switch for every open question.

``python tests/simulator`` serves it as a process; in a test::

    from simulator import Simulator

    with Simulator(switches={"bundle_post": "add"}) as simulator:
        ...

It is an API to test against, never a source of truth about the real service.
"""

from __future__ import annotations

from simulator.contract import Contract, assert_contract
from simulator.server import Simulator

__all__ = ["Contract", "Simulator", "assert_contract"]
