# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Safety limits: how much one run may change. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import BlockedError, OptionError
from .text import quoted

ENOUGH = 10
"""Percentages and defaults apply from this number of existing objects."""
_SHOWN_CHANGES = 10


@dataclass(frozen=True)
class Limit:
    """A number, or a percentage of the existing objects. ``always`` is whether it applies below :data:`ENOUGH`."""

    amount: int
    percent: bool = False
    always: bool = True

    def most(self, existing: int) -> float | None:
        """Return how many of ``existing`` objects it allows, or ``None`` if it does not apply."""
        if not self.always and existing < ENOUGH:
            return None
        return self.amount * existing / 100 if self.percent else float(self.amount)


def check_limit(option: str, value: Any, default: Limit) -> Limit:
    """Return a limit from ``5``, ``"5"`` or ``"30%"``; raises OptionError for anything else."""
    if value is None:
        return default
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*(%?)\s*", str(value))
    if match is None or (match[2] and int(match[1]) > 100):
        raise OptionError(
            option,
            f"{quoted(value)} is not a valid limit",
            hint='Set a number such as 5, or a percentage such as "30%"',
        )
    return Limit(int(match[1]), percent=bool(match[2]), always=not match[2])


@dataclass(frozen=True)
class Blocked:
    """A limit that a plan exceeds: the name of the rule, both numbers, and the option that allows this plan."""

    rule: str
    actual: int
    limit: int
    override: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``blocked`` in a result."""
        return {"rule": self.rule, "actual": self.actual, "limit": self.limit, "override": self.override}


def exceeded(rule: str, what: str, limit: Limit, actual: int, existing: int) -> list[Blocked]:
    """Check ``actual`` changes of ``existing`` objects; return an empty list if the limit allows them.

    ``rule`` is also the name of the option that sets the limit; ``what`` is the plural of the counted objects.
    """
    most = limit.most(existing)
    if most is None or actual <= most:
        return []
    percent = f" ({limit.amount} % of {existing})" if limit.percent else ""
    reason = f"the plan has {actual} {what}; {rule} allows {int(most)}{percent}"
    return [Blocked(rule, actual, int(most), f"{rule}: {actual}", reason)]


def refuse(blocked: Sequence[Blocked], plan: Iterable[str]) -> None:
    """Raise BlockedError with the plan, every exceeded limit and the options that allow the plan, if there are any."""
    if not blocked:
        return
    steps = list(plan)
    shown = "; ".join(steps[:_SHOWN_CHANGES])
    rest = f"; and {len(steps) - _SHOWN_CHANGES} more (all are in changes)" if len(steps) > _SHOWN_CHANGES else ""
    reasons = "; ".join(item.reason for item in blocked)
    raise BlockedError(
        f"{reasons}. Nothing was changed. The plan: {shown}{rest}",
        hint=f"Review the plan. To apply it anyway, run once with {' and '.join(item.override for item in blocked)}",
    )
