# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registrations of one client held against a policy, and without those that are not to be (reference section 3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._api import Api
from .._engine.base import Consequences, Options, StateResource
from .._engine.change_outcomes import ON_ERROR, ChangeOutcome, settle
from .._engine.common_options import BLOCKED_IN_CHECK, CLIENT_ID, CONCURRENCY
from .._engine.references import EXTENSION_IDS, EXTENSIONS
from .._model.errors import RingmeError
from .._model.limits import exceeded
from .._model.objects import RegistrationInfo
from .._model.plan import Change, FieldChange, Plan
from .._model.registration_policy import Verdict
from .registrations.absent_option import ABSENCES
from .registrations.options import (
    AUDITED,
    COMPLIANT,
    RULES,
    DesiredRegistrations,
    ParsedRegistrations,
    parse_registrations,
    resolve_registrations,
)
from .registrations.reader import RegistrationReader
from .registrations.remover import RegistrationRemover, Removal


@dataclass(frozen=True)
class RegistrationsState:
    """The registrations of the extensions that are read and, after a run, what became of each change, and what came back."""

    infos: Mapping[int, RegistrationInfo]
    outcomes: tuple[ChangeOutcome, ...] = ()
    came_back: tuple[tuple[int, Verdict], ...] = ()


class ClientRegistrations(StateResource[ParsedRegistrations, DesiredRegistrations, RegistrationsState]):
    """The list of extensions, one GET for each hundred of them, and one DELETE for each registration that goes.

    ``sleep`` is how it waits before it looks again.
    """

    name = "client_registrations"
    key = "registrations"
    arguments = {
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
    rules = {"mutually_exclusive": [("extension_ids", "extensions")], "required_one_of": [(*RULES, "absent")]}

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep

    def parse(self, options: Options) -> ParsedRegistrations:
        """Check the policy, the selection and what is named in ``absent``."""
        return parse_registrations(options)

    def resolve(self, api: Api, parsed: ParsedRegistrations) -> DesiredRegistrations:
        """Read the client's extensions."""
        desired = resolve_registrations(api, parsed)
        if parsed.terms.judges and not desired.checked:
            api.run.warn(
                f"client {parsed.terms.client_id} has no phones that the application can see: nothing was checked"
            )
        if parsed.terms.judges and parsed.terms.removes and not parsed.terms.policy.can_remove:
            api.run.warn(
                "with these rules nothing is ever removed: a device alone is no reason unless min_rules is set to 1, "
                "and min_rules counts allowed_networks, allowed_devices and max_registrations where they are given"
            )
        return desired

    def observe(self, api: Api, desired: DesiredRegistrations) -> RegistrationsState:
        """One GET for each hundred extensions."""
        return RegistrationsState(self._reader(api, desired).read(desired.read))

    def plan(self, desired: DesiredRegistrations, observed: RegistrationsState) -> Plan:
        """One change for each registration that goes, sorted by extension."""
        return Plan(tuple(removal.change for removal in self._removals(desired, observed)))

    def predict(self, desired: DesiredRegistrations, observed: RegistrationsState) -> RegistrationsState:
        """What stays; the flag of an extension falls with its last live registration."""
        infos = dict(observed.infos)
        for extension_id in dict.fromkeys(removal.extension_id for removal in self._removals(desired, observed)):
            verdicts = desired.judge(extension_id, infos[extension_id])
            rest = tuple(verdict.entry for verdict in verdicts if not verdict.goes)
            infos[extension_id] = RegistrationInfo(extension_id, bool(rest), rest)
        return RegistrationsState(infos)

    def consequences(
        self, api: Api, desired: DesiredRegistrations, observed: RegistrationsState, plan: Plan
    ) -> Consequences:
        """What is wrong, whether it is mended or not, and the limit that the plan exceeds."""
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

    def apply(
        self, api: Api, desired: DesiredRegistrations, observed: RegistrationsState, plan: Plan
    ) -> RegistrationsState:
        """The DELETE requests, one GET for each hundred extensions that had any, and after ``verify_for`` another.

        Raises SomeFailedError that says of each change what became of it.
        """
        removals = self._removals(desired, observed)
        reader = self._reader(api, desired)
        outcomes, infos = RegistrationRemover(reader, desired.terms.on_error).remove(removals)
        settle(outcomes)
        if desired.terms.verify_for:
            self._sleep(desired.terms.verify_for)
            infos = _look_again(reader, list(infos), outcomes)
        back = self._back(desired, infos)
        if back:
            who = desired.names.describe_all(dict.fromkeys(extension_id for extension_id, dummy in back))
            api.run.warn(
                f"after the removal {len(back)} registrations that are to go are there again, of extension {who}; to keep "
                "a device away, change the SIP password or block its address"
            )
        return RegistrationsState({**observed.infos, **infos}, tuple(outcomes), back)

    def missed(
        self, desired: DesiredRegistrations, observed: RegistrationsState, state: RegistrationsState, plan: Plan
    ) -> Plan:
        """Nothing: what is left of the plan failed in ``apply``, and a device that registers anew is no failure."""
        return Plan()

    def shown(self, desired: DesiredRegistrations, state: RegistrationsState) -> list[dict[str, Any]]:
        """The RegInfo of every extension that is read with its number, and its health where it is checked."""
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
        """The live registrations of every extension that is read by number, without what changes by itself."""
        live: dict[str, list[dict[str, str]]] = {}
        for extension_id in desired.read:
            entries = [entry.lasting() for entry in state.infos[extension_id].live]
            live.setdefault(desired.names.label(extension_id), []).extend(entries)
        return f"client {desired.terms.client_id} registrations", live

    def compared(
        self, desired: DesiredRegistrations, observed: RegistrationsState, target: RegistrationsState
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Only the extensions of which something goes."""
        header, before = self.managed(desired, observed)
        after = self.managed(desired, target)[1]
        differing = sorted(label for label in before if before[label] != after[label])
        return (
            header,
            {"registrations": {label: before[label] for label in differing}},
            {"registrations": {label: after[label] for label in differing}},
        )

    def report(self, desired: DesiredRegistrations, state: RegistrationsState) -> dict[str, Any]:
        """What became of each change, and what came back."""
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

    def _reader(self, api: Api, desired: DesiredRegistrations) -> RegistrationReader:
        return RegistrationReader(api, desired.names, desired.terms.at_a_time)

    def _removals(self, desired: DesiredRegistrations, observed: RegistrationsState) -> list[Removal]:
        return [
            Removal(self._change(desired, extension_id, verdict), extension_id, verdict.entry.registration_id)
            for extension_id in desired.read
            for verdict in desired.judge(extension_id, observed.infos[extension_id])
            if verdict.goes
        ]

    def _change(self, desired: DesiredRegistrations, extension_id: int, verdict: Verdict) -> Change:
        return Change(
            self.name,
            desired.address(extension_id),
            "delete",
            (FieldChange("registrations", [verdict.entry.lasting()], []),),
            reversible=False,
            key=verdict.entry.registration_id,
            extension_id=extension_id,
            extension=desired.names.number(extension_id),
        )

    def _back(
        self, desired: DesiredRegistrations, infos: Mapping[int, RegistrationInfo]
    ) -> tuple[tuple[int, Verdict], ...]:
        """Return what would have to be removed again from the extensions of which something was removed."""
        return tuple(
            (extension_id, verdict)
            for extension_id in desired.read
            if extension_id in infos
            for verdict in desired.judge(extension_id, infos[extension_id])
            if verdict.goes
        )


def _checked(desired: DesiredRegistrations) -> list[int]:
    """Return the extensions that are held against the policy, sorted by number."""
    return [extension_id for extension_id in desired.read if extension_id in desired.checked]


def _look_again(
    reader: RegistrationReader, extension_ids: Sequence[int], outcomes: Sequence[ChangeOutcome]
) -> dict[int, RegistrationInfo]:
    """Read once more; an error says that the removals stand."""
    try:
        return reader.read(extension_ids)
    except RingmeError as error:
        again = error.reworded(
            f"all {len(outcomes)} registrations were removed, but looking again failed ({error.what.rstrip('. ')})",
            "Run again: it will look anew",
        )
        again.facts = {**error.facts, "outcomes": [outcome.as_dict() for outcome in outcomes]}
        raise again from None
