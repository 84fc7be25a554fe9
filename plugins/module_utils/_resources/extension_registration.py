# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live SIP registrations of one extension (reference section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .._api import ClientId
from .._engine.base import Options, StateResource
from .._engine.common_options import CLIENT_ID, check_client_id
from .._engine.directory_cache import CachedApi
from .._engine.read_back import read_back
from .._engine.references import ONE_EXTENSION, Reference, resolve
from .._model.extension_numbers import Names
from .._model.objects import Registration, RegistrationInfo
from .._model.plan import Change, FieldChange, Plan
from .._model.registration_selectors import Selectors
from .registrations.absent_option import ABSENCE, check_absence
from .registrations.remover import STILL_LISTED, Removal, delete


@dataclass(frozen=True)
class ParsedAbsence:
    """The options, checked."""

    client_id: ClientId
    extension: Reference
    selectors: Selectors


@dataclass(frozen=True)
class DesiredAbsence:
    """The same with the id of the extension; ``names`` has its number."""

    extension_id: int
    selectors: Selectors
    names: Names = field(default_factory=Names)

    @property
    def address(self) -> str:
        """The object's name in results."""
        return f"registration/{self.names.label(self.extension_id)}"

    @property
    def selective(self) -> bool:
        """Whether any selector is given."""
        return self.selectors.selective

    def matches(self, entry: Registration) -> bool:
        """Whether the registration has to be removed."""
        return self.selectors.matches(entry)


class ExtensionRegistration(StateResource[ParsedAbsence, DesiredAbsence, RegistrationInfo, Removal]):
    """One DELETE of all, or one for each selected registration."""

    name = "extension_registration"
    key = "registration"
    arguments = {
        "client_id": CLIENT_ID,
        **ABSENCE,
        "state": {"type": "str", "choices": ["absent"], "default": "absent"},
    }
    rules = ONE_EXTENSION
    not_applied_hint = STILL_LISTED

    def parse(self, options: Options) -> ParsedAbsence:
        """Check the selectors."""
        absence = check_absence(options)
        return ParsedAbsence(check_client_id(options), absence.extension, absence.selectors)

    def resolve(self, api: CachedApi, parsed: ParsedAbsence) -> DesiredAbsence:
        """Read the client's extensions if the option has a number."""
        ids, names = resolve(api, parsed.client_id, [parsed.extension])
        return DesiredAbsence(ids[parsed.extension], parsed.selectors, names)

    def observe(self, api: CachedApi, desired: DesiredAbsence) -> RegistrationInfo:
        """One GET."""
        return api.registration(desired.extension_id)

    def plan(self, desired: DesiredAbsence, observed: RegistrationInfo) -> Plan[Removal, RegistrationInfo]:
        """One change for all, or one for each selected registration; an expired one needs no change."""
        going = [entry for entry in observed.live if desired.matches(entry)]
        if not going:
            return Plan((), (), observed)
        rest = tuple(entry for entry in observed.live if entry not in going)
        removals = (
            Removal(
                desired.extension_id, frozenset(entry.registration_id for entry in group), all=not desired.selective
            )
            for group in _groups(desired, going)
        )
        predicted = RegistrationInfo(desired.extension_id, bool(rest), rest)
        return Plan(self._changes(desired, going), tuple(removals), predicted)

    def apply(self, api: CachedApi, desired: DesiredAbsence, plan: Plan[Removal, RegistrationInfo]) -> RegistrationInfo:
        """The DELETE requests, then one GET to read back."""
        for removal in plan.steps:
            delete(api, removal)
        state = read_back(lambda: self.observe(api, desired))
        removed = _removed(plan)
        if any(desired.matches(entry) for entry in state.live if entry.registration_id not in removed):
            api.run.warn(
                f"extension {desired.names.describe(desired.extension_id)}: a removed device has registered again. To "
                "keep it away, change the SIP password or block its address"
            )
        return state

    def remaining(
        self, desired: DesiredAbsence, plan: Plan[Removal, RegistrationInfo], state: RegistrationInfo
    ) -> tuple[Change, ...]:
        """The registrations that are still live. A device that registers again has another id: not a failure."""
        removed = _removed(plan)
        return self._changes(desired, [entry for entry in state.live if entry.registration_id in removed])

    def shown(self, desired: DesiredAbsence, state: RegistrationInfo) -> dict[str, Any]:
        """The RegInfo with the live registrations only, and the extension's number where it is known."""
        live = RegistrationInfo(state.extension_id, bool(state.live), state.live)
        return {"extension": desired.names.number(state.extension_id), **live.as_dict()}

    def managed(self, desired: DesiredAbsence, state: RegistrationInfo) -> tuple[str, dict[str, Any]]:
        """The live registrations that the selectors match, without what changes automatically."""
        matching = [entry.lasting() for entry in state.live if desired.matches(entry)]
        return desired.address, {"registrations": matching}

    def _changes(self, desired: DesiredAbsence, going: Sequence[Registration]) -> tuple[Change, ...]:
        return tuple(
            Change(
                self.name,
                desired.address,
                "delete",
                (FieldChange("registrations", [entry.lasting() for entry in group], []),),
                reversible=False,
                extension_id=desired.extension_id,
                extension=desired.names.number(desired.extension_id),
            )
            for group in _groups(desired, going)
        )


def _groups(desired: DesiredAbsence, going: Sequence[Registration]) -> list[list[Registration]]:
    """Return the registrations by the request that removes them."""
    return [[entry] for entry in going] if desired.selective or not going else [list(going)]


def _removed(plan: Plan[Removal, RegistrationInfo]) -> frozenset[str]:
    return frozenset(registration_id for removal in plan.steps for registration_id in removal.ids)
