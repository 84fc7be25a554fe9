# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writable settings of one client (reference section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._api import ClientId
from .._engine.base import Options, StateResource
from .._engine.common_options import CLIENT_ID, check_client_id
from .._engine.directory_cache import CachedApi
from .._engine.read_back import write_and_read
from .._model.errors import ConflictError, OptionError
from .._model.fields import CLIENT_RESETTABLE, CLIENT_SETTINGS
from .._model.objects import Client
from .._model.plan import Change, FieldChange, Plan, compare

ADDRESS = "settings"

Body = Mapping[str, Any]
"""The body of a PUT."""


@dataclass(frozen=True)
class DesiredSettings:
    """The managed fields, normalised; ``None`` asks for the provider's default."""

    client_id: ClientId
    values: Mapping[str, Any]


class ClientSettings(StateResource[DesiredSettings, DesiredSettings, Client, Body]):
    """PUT of exactly the fields that differ."""

    name = "client_settings"
    key = "client"
    arguments = {
        "client_id": CLIENT_ID,
        **{name: row.argument() for name, row in CLIENT_SETTINGS.items()},
        "reset": {"type": "list", "elements": "str", "choices": sorted(CLIENT_RESETTABLE)},
    }
    not_applied_hint = (
        "Check the value in the web interface, and ask the provider whether a client's user can change this setting"
    )

    def parse(self, options: Options) -> DesiredSettings:
        """Check the options. An omitted option is not managed."""
        given = {
            name: row.check(options[name]) for name, row in CLIENT_SETTINGS.items() if options.get(name) is not None
        }
        for name in options.get("reset") or ():
            if name in given:
                raise OptionError("reset", f"{name} is also set", hint=f"Remove {name} from reset or from the task")
            given[name] = None
        return DesiredSettings(check_client_id(options), given)

    def resolve(self, api: CachedApi, parsed: DesiredSettings) -> DesiredSettings:
        """The settings name no extension."""
        return parsed

    def observe(self, api: CachedApi, desired: DesiredSettings) -> Client:
        """One GET."""
        return api.client(desired.client_id)

    def plan(self, desired: DesiredSettings, observed: Client) -> Plan[Body, Client]:
        """One change with all fields that differ. Raises ConflictError for a field that the deployment lacks."""
        _refuse_absent(desired, observed)
        fields = _differing(desired.values, observed)
        predicted = Client({**observed.values, **{item.name: item.after for item in fields}})
        if not fields:
            return Plan((), (), predicted)
        body = {item.name: CLIENT_SETTINGS[item.name].write(item.after) for item in fields}
        return Plan((Change(self.name, ADDRESS, "update", fields),), (body,), predicted)

    def apply(self, api: CachedApi, desired: DesiredSettings, plan: Plan[Body, Client]) -> Client:
        """One PUT; its response is the read-back if it has the managed fields."""
        state = plan.predicted
        for body in plan.steps:
            state = write_and_read(
                api.run,
                write=partial(api.update_client, desired.client_id, body),
                read=lambda: api.client(desired.client_id),
                reached=lambda found: (
                    desired.values.keys() <= found.values.keys() and not _missing(desired, plan, found)
                ),
            )
        return state

    def remaining(self, desired: DesiredSettings, plan: Plan[Body, Client], state: Client) -> tuple[Change, ...]:
        """The managed fields that do not have the predicted values."""
        _refuse_absent(desired, state)
        fields = _missing(desired, plan, state)
        return (Change(self.name, ADDRESS, "update", fields),) if fields else ()

    def shown(self, desired: DesiredSettings, state: Client) -> dict[str, Any]:
        """All fields of the client."""
        return dict(state.values)

    def managed(self, desired: DesiredSettings, state: Client) -> tuple[str, dict[str, Any]]:
        """The managed fields."""
        return f"client {desired.client_id} settings", {name: state.values[name] for name in desired.values}


def _refuse_absent(desired: DesiredSettings, state: Client) -> None:
    absent = sorted(desired.values.keys() - state.values.keys())
    if absent:
        raise ConflictError(
            f"the clients of this deployment have no {', '.join(absent)}",
            hint="Omit the option: only some deployments have the field",
        )


def _missing(desired: DesiredSettings, plan: Plan[Body, Client], state: Client) -> tuple[FieldChange, ...]:
    return _differing({name: plan.predicted.values[name] for name in desired.values}, state)


def _differing(values: Mapping[str, Any], state: Client) -> tuple[FieldChange, ...]:
    """Return the fields that differ; a value that the API has under another name of the same meaning does not."""
    live = state.values
    same = {
        name for name, value in values.items() if name in live and CLIENT_SETTINGS[name].kind.same(live[name], value)
    }
    return compare({name: value for name, value in values.items() if name not in same}, live)
