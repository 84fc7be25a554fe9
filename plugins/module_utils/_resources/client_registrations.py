# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registrations of one client: compared with a policy, and removed if they violate it (reference section 3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._engine.base import Consequences, Options, StateResource
from .._engine.change_outcomes import ChangeOutcome, settle
from .._engine.directory_cache import CachedApi
from .._model.errors import RingmeError
from .._model.limits import exceeded
from .._model.objects import Registration, RegistrationInfo
from .._model.plan import Change, FieldChange, Plan
from .._model.registration_policy import Verdict
from .registrations.options import (
    ARGUMENT_RULES,
    ARGUMENTS,
    DesiredRegistrations,
    ParsedRegistrations,
    parse_registrations,
    resolve_registrations,
)
from .registrations.reader import RegistrationReader
from .registrations.remover import RegistrationRemover, Removal


@dataclass(frozen=True)
class RegistrationsState:
    """The registrations that were read and, after a run, the outcome of each change and the registrations that are
    back.
    """

    infos: Mapping[int, RegistrationInfo]
    outcomes: tuple[ChangeOutcome, ...] = ()
    came_back: tuple[tuple[int, Verdict], ...] = ()


RegistrationsPlan = Plan[Removal, RegistrationsState]


class ClientRegistrations(StateResource[ParsedRegistrations, DesiredRegistrations, RegistrationsState, Removal]):
    """The list of extensions, one GET for each hundred of them, and one DELETE for each registration to remove.

    ``sleep`` waits before the registrations are read again.
    """

    name = "client_registrations"
    key = "registrations"
    arguments = ARGUMENTS
    rules = ARGUMENT_RULES

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep

    def parse(self, options: Options) -> ParsedRegistrations:
        """Check the policy, the selection and ``absent``."""
        return parse_registrations(options)

    def resolve(self, api: CachedApi, parsed: ParsedRegistrations) -> DesiredRegistrations:
        """Read the client's extensions."""
        desired = resolve_registrations(api, parsed)
        if parsed.terms.judges and not desired.checked:
            api.run.warn(
                f"no phones of client {parsed.terms.client_id} are visible to the application. "
                "No registration was checked"
            )
        if parsed.terms.judges and parsed.terms.removes and not parsed.terms.policy.can_remove:
            api.run.warn(
                "these rules never remove a registration: allowed_devices alone is not sufficient. Set min_rules: 1, "
                "or add allowed_networks or max_registrations"
            )
        return desired

    def observe(self, api: CachedApi, desired: DesiredRegistrations) -> RegistrationsState:
        """One GET for each hundred extensions."""
        return RegistrationsState(self._reader(api, desired).read(desired.read))

    def plan(self, desired: DesiredRegistrations, observed: RegistrationsState) -> RegistrationsPlan:
        """One change for each registration to remove, sorted by extension."""
        changes: list[Change] = []
        removals: list[Removal] = []
        infos = dict(observed.infos)
        for extension_id in desired.read:
            verdicts = desired.judge(extension_id, observed.infos[extension_id])
            going = [verdict.entry for verdict in verdicts if verdict.goes]
            if not going:
                continue
            changes += [self._change(desired, extension_id, entry) for entry in going]
            removals += [Removal(extension_id, frozenset({entry.registration_id})) for entry in going]
            rest = tuple(verdict.entry for verdict in verdicts if not verdict.goes)
            infos[extension_id] = RegistrationInfo(extension_id, bool(rest), rest)
        return Plan(tuple(changes), tuple(removals), RegistrationsState(infos))

    def consequences(
        self, api: CachedApi, desired: DesiredRegistrations, observed: RegistrationsState, plan: RegistrationsPlan
    ) -> Consequences:
        """All violations, also those that the plan removes, and the limit that the plan exceeds."""
        policy, findings = desired.terms.policy, []
        for extension_id in _checked(desired):
            who, must = desired.names.label(extension_id), extension_id in desired.must_register
            findings += policy.findings(observed.infos[extension_id], desired.address(extension_id), who, must)
        live = sum(len(info.live) for info in observed.infos.values())
        limit = desired.terms.max_removals
        return Consequences(
            {"findings": [finding.as_dict() for finding in findings]},
            blocked=tuple(exceeded("max_removals", "removals", limit, len(plan.changes), live)),
            lenient=desired.terms.lenient,
        )

    def apply(self, api: CachedApi, desired: DesiredRegistrations, plan: RegistrationsPlan) -> RegistrationsState:
        """The DELETE requests, one GET for each hundred extensions that had any, and after ``verify_for`` another.

        Raises SomeFailedError with the outcome of each change.
        """
        reader = self._reader(api, desired)
        outcomes, infos = RegistrationRemover(reader, desired.terms.on_error).remove(plan.changes, plan.steps)
        settle(outcomes)
        if desired.terms.verify_for:
            self._sleep(desired.terms.verify_for)
            infos = _read_again(reader, list(infos), outcomes)
        back = self._back(desired, infos)
        if back:
            owners = dict.fromkeys(extension_id for extension_id, _verdict in back)
            what = "removed registration" if len(back) == 1 else "removed registrations"
            who = f"extension{'' if len(owners) == 1 else 's'} {desired.names.describe_all(owners)}"
            api.run.warn(
                f"{len(back)} {what} of {who} {'is' if len(back) == 1 else 'are'} back. To keep a device away, change "
                "the SIP password or block its address"
            )
        return RegistrationsState({**plan.predicted.infos, **infos}, tuple(outcomes), back)

    def remaining(
        self, desired: DesiredRegistrations, plan: RegistrationsPlan, state: RegistrationsState
    ) -> tuple[Change, ...]:
        """None: ``apply`` has verified each removal, and a device that registers again is not a failure."""
        return ()

    def shown(self, desired: DesiredRegistrations, state: RegistrationsState) -> list[dict[str, Any]]:
        """The RegInfo of each extension that was read with its number, and its health if it is checked."""
        policy = desired.terms.policy
        return [
            {
                "extension": desired.names.number(extension_id),
                **state.infos[extension_id].as_dict(),
                "health": policy.health(state.infos[extension_id]) if extension_id in desired.checked else None,
            }
            for extension_id in desired.read
        ]

    def managed(self, desired: DesiredRegistrations, state: RegistrationsState) -> tuple[str, dict[str, Any]]:
        """The live registrations of each extension by number, without what changes automatically."""
        live: dict[str, list[dict[str, str]]] = {}
        for extension_id in desired.read:
            entries = [entry.lasting() for entry in state.infos[extension_id].live]
            live.setdefault(desired.names.label(extension_id), []).extend(entries)
        return f"client {desired.terms.client_id} registrations", live

    def compared(
        self, desired: DesiredRegistrations, observed: RegistrationsState, target: RegistrationsState
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Only the extensions that lose a registration."""
        header, before = self.managed(desired, observed)
        after = self.managed(desired, target)[1]
        differing = sorted(label for label in before if before[label] != after[label])
        return (
            header,
            {"registrations": {label: before[label] for label in differing}},
            {"registrations": {label: after[label] for label in differing}},
        )

    def report(self, desired: DesiredRegistrations, state: RegistrationsState) -> dict[str, Any]:
        """The outcome of each change, and the registrations that are back."""
        return {
            "outcomes": [outcome.as_dict() for outcome in state.outcomes],
            "came_back": [
                {
                    "extension_id": extension_id,
                    "extension": desired.names.number(extension_id),
                    "device": verdict.entry.device,
                    "real_address": verdict.entry.real_address,
                    "rules": [rule.id for rule in verdict.broken],
                }
                for extension_id, verdict in state.came_back
            ],
        }

    def _reader(self, api: CachedApi, desired: DesiredRegistrations) -> RegistrationReader:
        return RegistrationReader(api, desired.names, desired.terms.at_a_time)

    def _change(self, desired: DesiredRegistrations, extension_id: int, entry: Registration) -> Change:
        return Change(
            self.name,
            desired.address(extension_id),
            "delete",
            (FieldChange("registrations", [entry.lasting()], []),),
            reversible=False,
            extension_id=extension_id,
            extension=desired.names.number(extension_id),
        )

    def _back(
        self, desired: DesiredRegistrations, infos: Mapping[int, RegistrationInfo]
    ) -> tuple[tuple[int, Verdict], ...]:
        """Return the registrations that violate the policy again, of the extensions that lost one."""
        return tuple(
            (extension_id, verdict)
            for extension_id in desired.read
            if extension_id in infos
            for verdict in desired.judge(extension_id, infos[extension_id])
            if verdict.goes
        )


def _checked(desired: DesiredRegistrations) -> list[int]:
    """Return the extensions that are compared with the policy, sorted by number."""
    return [extension_id for extension_id in desired.read if extension_id in desired.checked]


def _read_again(
    reader: RegistrationReader, extension_ids: Sequence[int], outcomes: Sequence[ChangeOutcome]
) -> dict[int, RegistrationInfo]:
    """Read once more; an error says that the removals are complete."""
    try:
        return reader.read(extension_ids)
    except RingmeError as error:
        again = error.reworded(
            f"all {len(outcomes)} registrations were removed, but reading them again failed ({error.what})",
            "Run again to check whether they are back",
        )
        again.facts = {**error.facts, "outcomes": [outcome.as_dict() for outcome in outcomes]}
        raise again from None
