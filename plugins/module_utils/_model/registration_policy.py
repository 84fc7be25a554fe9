# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is expected of the live registrations of an extension, and what is said of those that differ. Pure.

Only what can be read is held against a registration: an address or a device that cannot is a finding, and never a
reason to remove anything.
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

COMPLIANT, VIOLATION, IS_OFFLINE, STALE_ONLY = "compliant", "violation", "offline", "stale_only"

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LONGEST = 18
_INTRUDER = "If it is meant to be there, allow it; otherwise remove it and change the SIP password of the extension"


@dataclass(frozen=True)
class Allowed:
    """The networks that registrations may come from. ``names`` is how findings call them."""

    networks: tuple[Network, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What one live registration breaks, what could not be told for want of readable values, and whether it goes."""

    entry: Registration
    broken: tuple[Rule, ...] = ()
    unclear: tuple[Rule, ...] = ()
    goes: bool = False

    @property
    def rank(self) -> int:
        """Where it stands when only some may stay: the blameless first, then those that break a rule.

        What could not be judged comes last, so that it takes the place of nobody.
        """
        return 2 if self.unclear else 1 if self.broken else 0


@dataclass(frozen=True)
class RegistrationPolicy:
    """The rules; ``None`` for one that is not given.

    ``min_rules`` is how many a registration has to break to be removed. Without it one is enough, but not the device
    alone: a User-Agent is a claim, not a proof.
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
        """Whether a registration that breaks all the rules would be removed."""
        given = {FOREIGN_NETWORK: self.allowed, FOREIGN_DEVICE: self.devices, TOO_MANY: self.most}
        return self._suffices(tuple(rule for rule, value in given.items() if value is not None))

    def judge(self, info: RegistrationInfo) -> tuple[Verdict, ...]:
        """Return a verdict on each live registration, in the order in which they are listed.

        The newest blameless one breaks nothing, so it always stays.
        """
        verdicts = [self._look_at(entry) for entry in info.live]
        newest_first = sorted(range(len(verdicts)), key=lambda at: _age(verdicts[at].entry), reverse=True)
        in_rank = sorted(newest_first, key=lambda at: verdicts[at].rank)
        first = len(in_rank) if self.most is None else self.most
        for at in in_rank[first:]:
            if not verdicts[at].unclear:
                verdicts[at] = replace(verdicts[at], broken=(*verdicts[at].broken, TOO_MANY))
        return tuple(replace(verdict, goes=self._suffices(verdict.broken)) for verdict in verdicts)

    def findings(self, info: RegistrationInfo, address: str, who: str, must_register: bool) -> list[Finding]:
        """Return what is wrong with an extension, in stable order; ``who`` is the extension in words.

        Nothing in it changes by itself: no id, no expiry and no port.
        """
        found = [finding for verdict in self.judge(info) for finding in self._blame(verdict, address, who)]
        found.sort(key=lambda finding: (finding.rule.id, finding.message))
        if self.most is not None and len(info.live) > self.most:
            found.append(_too_many(len(info.live), self.most, address, who))
        if must_register and not info.registered:
            found.append(_offline(address, who))
        return found

    def health(self, info: RegistrationInfo) -> str:
        """Return compliant, violation, offline, or stale_only where all that is listed has expired."""
        if not info.registered:
            return STALE_ONLY if info.registrations else IS_OFFLINE
        crowded = self.most is not None and len(info.live) > self.most
        return VIOLATION if crowded or any(verdict.rank for verdict in self.judge(info)) else COMPLIANT

    def _look_at(self, entry: Registration) -> Verdict:
        """Return the verdict on a registration by itself, whatever else is registered."""
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

    def _blame(self, verdict: Verdict, address: str, who: str) -> list[Finding]:
        device, origin = verdict.entry.device, verdict.entry.address
        seen = {"device": device, "address": str(origin) if origin else None}
        named = f"{device!r}" if device.strip() else "a device that does not give its name"
        place = str(origin) if origin else "an address that cannot be read"
        found = []
        if self.allowed is not None and FOREIGN_NETWORK in (*verdict.broken, *verdict.unclear):
            names = list(self.allowed.names)
            verb = "is in none of" if origin else "cannot be shown to be in"
            message = f"extension {who}: {named} is registered from {place}, which {verb} {', '.join(names)}"
            found.append(Finding(FOREIGN_NETWORK, address, message, _INTRUDER, evidence={**seen, "networks": names}))
        if FOREIGN_DEVICE in (*verdict.broken, *verdict.unclear):
            message = f"extension {who}: {named}, registered from {place}, is none of the allowed devices"
            found.append(Finding(FOREIGN_DEVICE, address, message, _INTRUDER, evidence=seen))
        return found


def check_allowed_networks(option: str, value: Any) -> Allowed:
    """Return the networks of a dictionary of names and lists, or of a list; raises OptionError that says where."""
    if isinstance(value, Mapping):
        if not value:
            raise OptionError(option, "is empty, so it would allow no address", hint=_LEAVE_OUT)
        sets = {str(name): _networks(f"{option}.{name}", networks) for name, networks in value.items()}
        return Allowed(tuple(network for networks in sets.values() for network in networks), tuple(sets))
    networks = _networks(option, value)
    return Allowed(networks, tuple(str(network) for network in networks))


_LEAVE_OUT = "Leave the rule out, or list what is allowed"


def _networks(option: str, value: Any) -> tuple[Network, ...]:
    if not isinstance(value, (list, tuple)):
        raise OptionError(
            option,
            f"{value!r} is no list of networks",
            hint='Write a list such as ["198.51.100.0/24", "2001:db8::/32"], or names with a list each',
        )
    if not value:
        raise OptionError(option, "is empty, so it would allow no address", hint=_LEAVE_OUT)
    for index, text in enumerate(value):
        if not isinstance(text, str):
            raise OptionError(
                f"{option}[{index}]", f"{text!r} is not a network", hint="Write it in quotes, as 198.51.100.0/24"
            )
    return check_networks(option, value)


def _check_expressions(option: str, texts: Sequence[str], search: Search) -> tuple[Expression, ...]:
    """Return compiled expressions; raises OptionError with the index of the first that is none."""
    if not texts:
        raise OptionError(option, "is empty, so it would allow no device", hint=_LEAVE_OUT)
    return tuple(Expression.check(f"{option}[{index}]", text, search) for index, text in enumerate(texts))


def _check_count(option: str, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise OptionError(option, f"{value} is out of range", hint="Give a number from 1 on, or leave it out")
    return value


def expiry(value: int | str | None) -> int | float | None:
    """Return when a registration expires, as a number that grows with time; ``None`` where that cannot be read.

    Documented as a UTC date and seen as seconds that are left (reference section 3): within one answer, either can be
    compared.
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
    """Sort a registration: the newer, the greater. Where the expiry does not tell, a greater id is newer."""
    expires = expiry(entry.expires)
    return expires is not None, expires or 0, entry.registration_id


def _too_many(live: int, most: int, address: str, who: str) -> Finding:
    return Finding(
        TOO_MANY,
        address,
        f"extension {who}: {live} devices are registered, allowed is {most}",
        "If that is meant, raise max_registrations; otherwise find out which device does not belong there",
        evidence={"registered": live, "max_registrations": most},
    )


def _offline(address: str, who: str) -> Finding:
    return Finding(
        OFFLINE,
        address,
        f"extension {who}: no device is registered, although one has to be",
        "Look at the phone, its power, its network and its SIP account",
        evidence={"registered": 0},
    )
