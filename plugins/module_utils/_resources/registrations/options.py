# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of client_registrations, and their check and lookup (reference section 3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._api import ClientId
from ..._engine.base import Options
from ..._engine.bounded_search import bounded_search
from ..._engine.change_outcomes import ON_ERROR
from ..._engine.common_options import (
    BLOCKED_IN_CHECK,
    CLIENT_ID,
    CONCURRENCY,
    check_client_id,
    check_concurrency,
    reports_blocked,
)
from ..._engine.directory_cache import CachedApi
from ..._engine.references import (
    EXTENSION_IDS,
    EXTENSIONS,
    Reference,
    check_extensions,
    check_selection,
    resolve,
)
from ..._model.errors import ConflictError, OptionError
from ..._model.extension_numbers import Directory, Names
from ..._model.limits import Limit, check_limit
from ..._model.objects import PHONE_TYPE, RegistrationInfo
from ..._model.registration_policy import RegistrationPolicy, Verdict
from ..._model.registration_selectors import Selectors, judge
from .absent_option import ABSENCES, Absence, check_absences

AUDITED, COMPLIANT = "audited", "compliant"
EVERYONE = "*"
RULES = ("allowed_networks", "allowed_devices", "max_registrations", "must_register")

_REMOVALS = Limit(30, percent=True, always=False)
_LONGEST_WAIT = 86400.0

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "client_id": CLIENT_ID,
    "extensions": EXTENSIONS,
    "extension_ids": EXTENSION_IDS,
    "allowed_networks": {"type": "raw"},
    "allowed_devices": {"type": "list", "elements": "str"},
    "max_registrations": {"type": "int"},
    "must_register": {"type": "list", "elements": "str"},
    "absent": ABSENCES,
    "state": {"type": "str", "choices": [AUDITED, COMPLIANT], "default": AUDITED},
    "min_rules": {"type": "int"},
    "max_removals": {"type": "str"},
    "blocked_in_check": BLOCKED_IN_CHECK,
    "verify_for": {"type": "float", "default": 0.0},
    "on_error": ON_ERROR,
    "concurrency": CONCURRENCY,
}
ARGUMENT_RULES: Mapping[str, Any] = {
    "mutually_exclusive": [("extension_ids", "extensions")],
    "required_one_of": [(*RULES, "absent")],
}


@dataclass(frozen=True)
class RegistrationOptions:
    """The options without the extensions.

    ``judges`` is whether there is a policy, ``removes`` whether registrations that violate it are removed.
    """

    client_id: ClientId
    policy: RegistrationPolicy
    judges: bool
    removes: bool
    max_removals: Limit
    lenient: bool
    verify_for: float
    on_error: str
    at_a_time: int


@dataclass(frozen=True)
class ParsedRegistrations:
    """The options, checked. ``None`` means all phones in ``named``, and all checked extensions in ``must_register``."""

    terms: RegistrationOptions
    named: tuple[Reference, ...] | None
    must_register: tuple[Reference, ...] | None
    absent: tuple[Absence, ...]


@dataclass(frozen=True)
class DesiredRegistrations:
    """The same with ids.

    ``read`` are the extensions whose registrations are read, sorted by number, and ``checked`` those of them that are
    compared with the policy. ``absent`` has the selectors of registrations to remove regardless of the policy.
    """

    terms: RegistrationOptions
    read: tuple[int, ...]
    checked: frozenset[int]
    must_register: frozenset[int]
    absent: Mapping[int, Sequence[Selectors]]
    names: Names

    def address(self, extension_id: int) -> str:
        """Return the object's name in results."""
        return f"registration/{self.names.label(extension_id)}"

    def judge(self, extension_id: int, info: RegistrationInfo) -> tuple[Verdict, ...]:
        """Return a verdict on each live registration; the policy applies to checked extensions only."""
        policy = self.terms.policy if extension_id in self.checked else RegistrationPolicy()
        return judge(info, self.absent.get(extension_id, ()), policy, self.terms.removes)


def parse_registrations(options: Options) -> ParsedRegistrations:
    """Check the options; raises OptionError."""
    absent = options.get("absent")
    judges = absent is None or any(options.get(name) is not None for name in RULES)
    terms = RegistrationOptions(
        check_client_id(options),
        RegistrationPolicy.check(options, bounded_search),
        judges,
        options["state"] == COMPLIANT,
        check_limit("max_removals", options.get("max_removals"), _REMOVALS),
        reports_blocked(options),
        _check_wait(options["verify_for"]),
        options["on_error"],
        check_concurrency(options),
    )
    named, must = check_selection(options), _check_must(options.get("must_register"))
    if named is not None and not judges:
        option = "extension_ids" if options.get("extension_ids") is not None else "extensions"
        raise OptionError(
            option,
            "selects extensions for a policy, but only absent is set",
            hint=f"Omit it, or set one of {', '.join(RULES)}",
        )
    return ParsedRegistrations(terms, named, must, check_absences("absent", absent or ()))


def resolve_registrations(api: CachedApi, parsed: ParsedRegistrations) -> DesiredRegistrations:
    """Read the client's extensions; raises ConflictError for a named one that is not a phone, or not checked."""
    client_id, named, must = parsed.terms.client_id, parsed.named, parsed.must_register
    references = [*(named or ()), *(must or ()), *(absence.extension for absence in parsed.absent)]
    if not parsed.terms.judges and not references:
        return DesiredRegistrations(parsed.terms, (), frozenset(), frozenset(), {}, Names())
    everyone = parsed.terms.judges and named is None
    # For all phones the directory must be current: an earlier run may not have seen all.
    directory = api.directory(client_id, current=everyone)
    ids, names = resolve(api, client_id, references, always=True)
    _refuse(
        [_other_type(reference, ids[reference], directory, names) for reference in references],
        "Name extensions of type phone only",
    )
    if everyone:
        checked = frozenset(extension.id for extension in directory.extensions if extension.type == PHONE_TYPE)
    else:
        checked = frozenset(ids[reference] for reference in named or ())
    _refuse(
        [_unchecked(reference, ids[reference], checked, names) for reference in must or ()],
        "Add it to extensions, or remove it from must_register",
    )
    required = checked if must is None else frozenset(ids[reference] for reference in must)
    absent: dict[int, list[Selectors]] = {}
    for absence in parsed.absent:
        absent.setdefault(ids[absence.extension], []).append(absence.selectors)
    read = checked | absent.keys()
    in_order = sorted(read, key=lambda number: (len(names.label(number)), names.label(number), number))
    return DesiredRegistrations(parsed.terms, tuple(in_order), checked, required, absent, names)


def _check_wait(value: float) -> float:
    if not 0 <= value <= _LONGEST_WAIT:  # also true for NaN
        raise OptionError("verify_for", f"{value} is out of range", hint=f"Set seconds from 0 to {_LONGEST_WAIT:.0f}")
    return value


def _check_must(values: Sequence[str] | None) -> tuple[Reference, ...] | None:
    """Return the extensions that must be registered: ``None`` for all that are checked."""
    if values is None:
        return ()
    if not values:
        raise OptionError("must_register", "is empty", hint='Omit it, or set ["*"] for each checked extension')
    if EVERYONE in values:
        if len(values) > 1:
            raise OptionError("must_register", '"*" already means each checked extension', hint='Set ["*"] alone')
        return None
    return check_extensions("must_register", values, numbers=True)


def _refuse(problems: Sequence[str | None], hint: str) -> None:
    """Raise ConflictError with all problems."""
    found = [problem for problem in problems if problem]
    if found:
        raise ConflictError("; ".join(found), hint=hint)


def _other_type(reference: Reference, extension_id: int, directory: Directory, names: Names) -> str | None:
    extension = directory.by_id(extension_id)
    if extension is None or extension.type == PHONE_TYPE:
        return None
    return f"{reference.option}: extension {names.describe(extension_id)} is of type {extension.type}, not a phone"


def _unchecked(reference: Reference, extension_id: int, checked: Collection[int], names: Names) -> str | None:
    if extension_id in checked:
        return None
    return f"{reference.option}: extension {names.describe(extension_id)} is not among the checked extensions"
