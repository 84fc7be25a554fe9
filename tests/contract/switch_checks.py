# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The register of switch checks: what a switch promises, and under which values that was seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contract.caller import Caller

Check = Callable[[Caller, Any], None]
COVERED: dict[str, tuple[Check, tuple[Any, ...]]] = {}


def covers(name: str, *values: Any) -> Callable[[Check], Check]:
    """Register a check that is run under each of the values."""

    def register(check: Check) -> Check:
        COVERED[name] = (check, values)
        return check

    return register
