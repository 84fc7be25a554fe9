# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy for the live registrations of an extension, and the findings of violations. Pure.

An invalid address or a missing device name is a finding, but never a reason to remove a registration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from .addresses import Network, check_networks, within
from .errors import OptionError
from .findings import (
    FOREIGN_DEVICE,
    FOREIGN_NETWORK,
    OFFLINE,
    TOO_MANY,
    Finding,
    Rule,
)
from .objects import Registration, RegistrationInfo
from .regular_expressions import Expression, Search, plain_search
from .text import quoted

COMPLIANT, VIOLATION, IS_OFFLINE, STALE_ONLY = "compliant", "violation", "offline", "stale_only"

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LONGEST = 18
_INTRUDER = "If this device is expected, allow it. Otherwise remove it and change the SIP password of the extension"


@dataclass(frozen=True)
class Allowed:
    """The networks that registrations may come from; ``names`` are their names in findings."""

    networks: tuple[Network, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The violated rules of a live registration, the rules that could not be checked, and whether to remove it."""

    entry: Registration
    broken: tuple[Rule, ...] = ()
    unclear: tuple[Rule, ...] = ()
    goes: bool = False

    @property
    def rank(self) -> int:
        """The priority if only some may stay, 0 first: compliant, then violations, then unchecked ones.

        A registration that could not be checked does not take the place of another.
        """
        return 2 if self.unclear else 1 if self.broken else 0


@dataclass(frozen=True)
class RegistrationPolicy:
    """The rules; ``None`` for a rule that is not set.

    ``min_rules`` is the number of violated rules for a removal. Without it one is sufficient, except the device alone:
    a device can send any User-Agent.
    """

    allowed: Allowed | None = None
    devices: tuple[Expression, ...] | None = None
    most: int | None = None
    min_rules: int | None = None

    @classmethod
    def check(cls, options: Mapping[str, Any], search: Search = plain_search) -> RegistrationPolicy:
        """Check the options ``allowed_networks``, ``allowed_devices``, ``max_registrations`` and ``min_rules``."""
        networks, devices = options.get("allowed_networks"), options.get("allowed_devices")
        return cls(
            None if networks is None else check_allowed_networks("allowed_networks", networks),
            None if devices is None else _check_expressions("allowed_devices", devices, search),
            _check_count("max_registrations", options.get("max_registrations")),
            _check_count("min_rules", options.get("min_rules")),
        )

    @property
    def can_remove(self) -> bool:
        """Whether a registration that violates all rules would be removed."""
        rules = {FOREIGN_NETWORK: self.allowed, FOREIGN_DEVICE: self.devices, TOO_MANY: self.most}
        return self._suffices(tuple(rule for rule, value in rules.items() if value is not None))

    def judge(self, info: RegistrationInfo) -> tuple[Verdict, ...]:
        """Return a verdict on each live registration, in the order of the list.

        The newest compliant one violates no rule, so it is never removed.
        """
        verdicts = [self._check_entry(entry) for entry in info.live]
        newest_first = sorted(range(len(verdicts)), key=lambda at: _age(verdicts[at].entry), reverse=True)
        in_rank = sorted(newest_first, key=lambda at: verdicts[at].rank)
        first = len(in_rank) if self.most is None else self.most
        for at in in_rank[first:]:
            if not verdicts[at].unclear:
                verdicts[at] = replace(verdicts[at], broken=(*verdicts[at].broken, TOO_MANY))
        return tuple(replace(verdict, goes=self._suffices(verdict.broken)) for verdict in verdicts)

    def findings(self, info: RegistrationInfo, address: str, who: str, must_register: bool) -> list[Finding]:
        """Return the violations of an extension in stable order; ``who`` is its name in messages.

        They contain no value that changes automatically: no id, no expiry and no port.
        """
        found = [finding for verdict in self.judge(info) for finding in self._violations(verdict, address, who)]
        found.sort(key=lambda finding: (finding.rule.id, finding.message))
        if self.most is not None and len(info.live) > self.most:
            found.append(_too_many(len(info.live), self.most, address, who))
        if must_register and not info.registered:
            found.append(_offline(address, who))
        return found

    def health(self, info: RegistrationInfo) -> str:
        """Return compliant, violation, offline, or stale_only if all listed registrations have expired."""
        if not info.registered:
            return STALE_ONLY if info.registrations else IS_OFFLINE
        crowded = self.most is not None and len(info.live) > self.most
        return VIOLATION if crowded or any(verdict.rank for verdict in self.judge(info)) else COMPLIANT

    def _check_entry(self, entry: Registration) -> Verdict:
        """Return the verdict on one registration, regardless of the others."""
        broken: list[Rule] = []
        unclear: list[Rule] = []
        if self.allowed is not None and not within(entry.address, self.allowed.networks):
            (unclear if entry.address is None else broken).append(FOREIGN_NETWORK)
        if self.devices is not None and not any(expression.matches(entry.device) for expression in self.devices):
            (broken if entry.device.strip() else unclear).append(FOREIGN_DEVICE)
        return Verdict(entry, tuple(broken), tuple(unclear))

    def _suffices(self, broken: Sequence[Rule]) -> bool:
        if self.min_rules is None:
            return any(rule is not FOREIGN_DEVICE for rule in broken)
        return len(broken) >= self.min_rules

    def _violations(self, verdict: Verdict, address: str, who: str) -> list[Finding]:
        device, origin = verdict.entry.device, verdict.entry.address
        seen = {"device": device, "address": str(origin) if origin else None}
        named = f"{device!r}" if device.strip() else "a device without a name"
        place = str(origin) if origin else "an invalid address"
        found = []
        if self.allowed is not None and FOREIGN_NETWORK in (*verdict.broken, *verdict.unclear):
            names = list(self.allowed.names)
            networks = ", ".join(names)
            problem = (
                f", which is not in an allowed network ({networks})"
                if origin
                else f"; the allowed networks ({networks}) cannot be checked"
            )
            message = f"extension {who}: {named} is registered from {place}{problem}"
            found.append(Finding(FOREIGN_NETWORK, address, message, _INTRUDER, evidence={**seen, "networks": names}))
        if FOREIGN_DEVICE in (*verdict.broken, *verdict.unclear):
            message = f"extension {who}: {named}, registered from {place}, does not match allowed_devices"
            found.append(Finding(FOREIGN_DEVICE, address, message, _INTRUDER, evidence=seen))
        return found


def check_allowed_networks(option: str, value: Any) -> Allowed:
    """Return the networks of a list, or of a dictionary of names and lists; raises OptionError with the place."""
    if isinstance(value, Mapping):
        if not value:
            raise OptionError(option, "is empty and would allow no address", hint=_LEAVE_OUT)
        sets = {str(name): _networks(f"{option}.{name}", networks) for name, networks in value.items()}
        return Allowed(tuple(network for networks in sets.values() for network in networks), tuple(sets))
    networks = _networks(option, value)
    return Allowed(networks, tuple(str(network) for network in networks))


_LEAVE_OUT = "Remove the option, or list the allowed values"


def _networks(option: str, value: Any) -> tuple[Network, ...]:
    if not isinstance(value, (list, tuple)):
        raise OptionError(
            option,
            f"{quoted(value)} is not a list of networks",
            hint='Set a list such as ["198.51.100.0/24", "2001:db8::/32"], or a dictionary of names and lists',
        )
    if not value:
        raise OptionError(option, "is empty and would allow no address", hint=_LEAVE_OUT)
    for index, text in enumerate(value):
        if not isinstance(text, str):
            raise OptionError(
                f"{option}[{index}]",
                f"{quoted(text)} is not a valid network",
                hint="Write it in quotes, as 198.51.100.0/24",
            )
    return check_networks(option, value)


def _check_expressions(option: str, texts: Sequence[str], search: Search) -> tuple[Expression, ...]:
    """Return compiled expressions; raises OptionError with the index of the first invalid one."""
    if not texts:
        raise OptionError(option, "is empty and would allow no device", hint=_LEAVE_OUT)
    return tuple(Expression.check(f"{option}[{index}]", text, search) for index, text in enumerate(texts))


def _check_count(option: str, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise OptionError(option, f"{value} is out of range", hint="Set a number of at least 1, or remove the option")
    return value


def expiry(value: int | str | None) -> int | float | None:
    """Return the expiry of a registration as a number that increases with time; ``None`` if it is not valid.

    Documented as a UTC date; the API also returns the remaining seconds (reference section 3). Within one response, all
    values have the same form.
    """
    if value is None or isinstance(value, int):
        return value
    text = value.strip()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= _LONGEST else None
    try:
        moment = datetime.fromisoformat(re.sub(r"\s*(Z|UTC)$", "+00:00", text, flags=re.IGNORECASE))
    except ValueError:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)) - _EPOCH).total_seconds()


def _age(entry: Registration) -> tuple[bool, int | float, str]:
    """Return the sort key of a registration; newer ones are greater. With the same expiry, a greater id is newer."""
    expires = expiry(entry.expires)
    return expires is not None, expires or 0, entry.registration_id


def _too_many(live: int, most: int, address: str, who: str) -> Finding:
    return Finding(
        TOO_MANY,
        address,
        f"extension {who}: {live} devices are registered; max_registrations allows {most}",
        "Find the device that is not expected, or increase max_registrations",
        evidence={"registered": live, "max_registrations": most},
    )


def _offline(address: str, who: str) -> Finding:
    return Finding(
        OFFLINE,
        address,
        f"extension {who}: no device is registered; must_register requires one",
        "Check the phone, its power, its network and its SIP account",
        evidence={"registered": 0},
    )
