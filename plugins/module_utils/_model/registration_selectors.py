# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selection of live registrations of an extension, and which of them to remove. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .addresses import Network, check_networks, within
from .errors import OptionError
from .objects import Registration, RegistrationInfo
from .registration_policy import RegistrationPolicy, Verdict
from .regular_expressions import Expression, Search, plain_search

_LEAVE_OUT = "Remove it to select by other options, or to select all"


@dataclass(frozen=True)
class Selectors:
    """Selects the live registrations of an extension that match all selectors; without a selector, all."""

    registration_ids: tuple[str, ...] | None = None
    device: Expression | None = None
    networks: tuple[Network, ...] | None = None

    @classmethod
    def check(cls, options: Mapping[str, Any], where: str = "", search: Search = plain_search) -> Selectors:
        """Check ``registration_id``, ``device`` and ``address``; raises OptionError for ``where`` and the option."""
        identifiers, device, networks = (options.get(name) for name in ("registration_id", "device", "address"))
        if identifiers is not None and not identifiers:
            raise OptionError(f"{where}registration_id", "is empty", hint=_LEAVE_OUT)
        for index, identifier in enumerate(identifiers or ()):
            if not identifier.strip():
                raise OptionError(f"{where}registration_id[{index}]", "is empty", hint=_LEAVE_OUT)
        if networks is not None and not networks:
            raise OptionError(f"{where}address", "is empty", hint=_LEAVE_OUT)
        return cls(
            None if identifiers is None else tuple(identifiers),
            None if device is None else Expression.check(f"{where}device", device, search),
            None if networks is None else check_networks(f"{where}address", networks),
        )

    @property
    def selective(self) -> bool:
        """Whether any selector is set."""
        return not (self.registration_ids is None and self.device is None and self.networks is None)

    def matches(self, entry: Registration) -> bool:
        """Return whether the registration matches all selectors."""
        matches = (
            self.registration_ids is None or entry.registration_id in self.registration_ids,
            self.device is None or self.device.matches(entry.device),
            self.networks is None or within(entry.address, self.networks),
        )
        return all(matches)


def judge(
    info: RegistrationInfo, absent: Sequence[Selectors], policy: RegistrationPolicy, removes: bool
) -> tuple[Verdict, ...]:
    """Return a verdict on each live registration, in the order of the list.

    Registrations that any of ``absent`` selects are removed. The others are checked as if those were already removed,
    and are removed only if the policy ``removes``: none is removed in the place of one that does not stay.
    """
    selected = [any(selectors.matches(entry) for selectors in absent) for entry in info.live]
    rest = tuple(entry for entry, is_selected in zip(info.live, selected, strict=True) if not is_selected)
    others = iter(policy.judge(replace(info, registrations=rest)))
    verdicts = []
    for is_selected, verdict in zip(selected, policy.judge(info), strict=True):
        if not is_selected:
            verdict = next(others)
        verdicts.append(replace(verdict, goes=is_selected or (removes and verdict.goes)))
    return tuple(verdicts)
