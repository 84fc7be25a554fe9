# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Safety limits: how much one run may change before it looks like an accident. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import BlockedError, OptionError

ENOUGH = 10
"""From so many existing objects on, a per cent and the defaults mean something."""
_SHOWN_CHANGES = 200


@dataclass(frozen=True)
class Limit:
    """A number, or a per cent of what exists. ``always`` is whether it holds for few objects too."""

    amount: int
    percent: bool = False
    always: bool = True

    def most(self, existing: int) -> float | None:
        """Return how many of ``existing`` objects it admits, or ``None`` where it does not apply."""
        if not self.always and existing < ENOUGH:
            return None
        return self.amount * existing / 100 if self.percent else float(self.amount)


def check_limit(option: str, value: Any, default: Limit) -> Limit:
    """Return a limit from ``5``, ``"5"`` or ``"30%"``; raises OptionError for anything else."""
    if value is None:
        return default
    match = re.fullmatch(r"\s*([0-9]{1,9})\s*(%?)\s*", str(value))
    if match is None or (match[2] and int(match[1]) > 100):
        raise OptionError(option, f"{value!r} is no limit", hint='Give a number such as 5, or a per cent such as "30%"')
    return Limit(int(match[1]), percent=bool(match[2]), always=not match[2])


@dataclass(frozen=True)
class Blocked:
    """A limit that a plan exceeds: the rule's name, what is and what may be, and the option that lets this plan through."""

    rule: str
    actual: int
    limit: int
    override: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``blocked`` in a result."""
        return {"rule": self.rule, "actual": self.actual, "limit": self.limit, "override": self.override}


def exceeded(rule: str, what: str, limit: Limit, actual: int, existing: int) -> list[Blocked]:
    """Return the verdict on ``actual`` changes of ``existing`` objects: empty where they may pass.

    ``rule`` is also the name of the option that sets the limit; ``what`` says what is counted.
    """
    most = limit.most(existing)
    if most is None or actual <= most:
        return []
    percent = f", that is {limit.amount} % of {existing}" if limit.percent else ""
    reason = f"{rule} admits {int(most)} {what}{percent}, and the plan has {actual}"
    return [Blocked(rule, actual, int(most), f"{rule}: {actual}", reason)]


def refuse(blocked: Sequence[Blocked], plan: Iterable[str]) -> None:
    """Raise BlockedError with the whole plan, every exceeded limit and what lets it through, if there are any."""
    if not blocked:
        return
    steps = list(plan)
    shown = "; ".join(steps[:_SHOWN_CHANGES])
    rest = f"; and {len(steps) - _SHOWN_CHANGES} more, all in changes" if len(steps) > _SHOWN_CHANGES else ""
    reasons = "; ".join(item.reason for item in blocked)
    raise BlockedError(
        f"this task changed nothing: {reasons}. The plan: {shown}{rest}",
        hint=f"Look at the plan; if it is meant, run once with {' and '.join(item.override for item in blocked)}",
    )
