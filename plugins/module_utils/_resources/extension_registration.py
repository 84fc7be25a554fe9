# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live SIP registrations of one extension (reference section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._api import Api, ClientId
from .._engine.base import Options, StateResource
from .._engine.common_options import CLIENT_ID, check_client_id
from .._engine.read_back import read_back, write_and_read
from .._engine.references import ONE_EXTENSION, Reference, resolve
from .._model.errors import NotFoundError
from .._model.extension_numbers import Names
from .._model.objects import Registration, RegistrationInfo
from .._model.plan import Change, FieldChange, Plan
from .._model.registration_selectors import Selectors
from .registrations.absent_option import ABSENCE, check_absence


@dataclass(frozen=True)
class ParsedAbsence:
    """What the options say."""

    client_id: ClientId
    extension: Reference
    selectors: Selectors


@dataclass(frozen=True)
class DesiredAbsence:
    """The same with the extension's id; ``names`` says how to call it."""

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
        """Whether the registration is to go."""
        return self.selectors.matches(entry)


class ExtensionRegistration(StateResource[ParsedAbsence, DesiredAbsence, RegistrationInfo]):
    """One DELETE of all, or one per selected registration."""

    name = "extension_registration"
    key = "registration"
    arguments = {
        "client_id": CLIENT_ID,
        **ABSENCE,
        "state": {"type": "str", "choices": ["absent"], "default": "absent"},
    }
    rules = ONE_EXTENSION
    not_applied_hint = "The API answered that it removed the registration, yet still lists it: try again in a minute"

    def parse(self, options: Options) -> ParsedAbsence:
        """Compile the selectors."""
        absence = check_absence(options)
        return ParsedAbsence(check_client_id(options), absence.extension, absence.selectors)

    def resolve(self, api: Api, parsed: ParsedAbsence) -> DesiredAbsence:
        """Read the client's extensions if the extension is named by number."""
        ids, names = resolve(api, parsed.client_id, [parsed.extension])
        return DesiredAbsence(ids[parsed.extension], parsed.selectors, names)

    def observe(self, api: Api, desired: DesiredAbsence) -> RegistrationInfo:
        """One GET."""
        return api.registration(desired.extension_id)

    def plan(self, desired: DesiredAbsence, observed: RegistrationInfo) -> Plan:
        """One change for all, or one per selected registration; expired ones are nothing to do."""
        going = [entry for entry in observed.live if desired.matches(entry)]
        if not going:
            return Plan()
        groups = [[entry] for entry in going] if desired.selective else [going]
        return Plan(
            tuple(
                Change(
                    self.name,
                    desired.address,
                    "delete",
                    (FieldChange("registrations", [entry.lasting() for entry in group], []),),
                    reversible=False,
                    key=group[0].registration_id if desired.selective else None,
                    extension_id=desired.extension_id,
                    extension=desired.names.number(desired.extension_id),
                )
                for group in groups
            )
        )

    def predict(self, desired: DesiredAbsence, observed: RegistrationInfo) -> RegistrationInfo:
        """What stays; the flag falls with the last live registration."""
        if not self.plan(desired, observed):
            return observed
        rest = tuple(entry for entry in observed.live if not desired.matches(entry))
        return RegistrationInfo(desired.extension_id, bool(rest), rest)

    def apply(self, api: Api, desired: DesiredAbsence, observed: RegistrationInfo, plan: Plan) -> RegistrationInfo:
        """The DELETE requests, then one GET to read back."""
        going = {entry.registration_id for entry in observed.live if desired.matches(entry)}
        for change in plan:
            gone = {change.key} if change.key is not None else going
            self._delete(api, desired, change.key, gone)
        state = read_back(lambda: self.observe(api, desired))
        if any(desired.matches(entry) for entry in state.live if entry.registration_id not in going):
            api.run.warn(
                f"extension {desired.names.describe(desired.extension_id)}: a device that was removed registered again at once; to keep it away, "
                "change the SIP password or block its address"
            )
        return state

    def missed(self, desired: DesiredAbsence, observed: RegistrationInfo, state: RegistrationInfo, plan: Plan) -> Plan:
        """What is left of the registrations that were there: a device that registers anew gets a new id and is no failure."""
        going = {entry.registration_id for entry in observed.live if desired.matches(entry)}
        left = tuple(entry for entry in state.live if entry.registration_id in going)
        return self.plan(desired, RegistrationInfo(desired.extension_id, bool(left), left))

    def shown(self, desired: DesiredAbsence, state: RegistrationInfo) -> dict[str, Any]:
        """The RegInfo with the live registrations only, and the extension's number where it is known."""
        live = RegistrationInfo(state.extension_id, bool(state.live), state.live)
        return {"extension": desired.names.number(state.extension_id), **live.as_dict()}

    def managed(self, desired: DesiredAbsence, state: RegistrationInfo) -> tuple[str, dict[str, Any]]:
        """The live registrations that the selectors mean, without what changes by itself."""
        meant = [entry.lasting() for entry in state.live if desired.matches(entry)]
        return desired.address, {"registrations": meant}

    def _delete(self, api: Api, desired: DesiredAbsence, key: str | None, gone: set[str]) -> None:
        def write() -> RegistrationInfo:
            try:
                if key is None:
                    api.delete_registrations(desired.extension_id)
                else:
                    api.delete_registration(desired.extension_id, key)
            except NotFoundError:
                pass  # expired or removed meanwhile: the extension exists, it was just read
            return RegistrationInfo(desired.extension_id, False, ())

        write_and_read(
            api.run,
            write,
            read=lambda: self.observe(api, desired),
            reached=lambda state: not any(entry.registration_id in gone for entry in state.live),
        )
