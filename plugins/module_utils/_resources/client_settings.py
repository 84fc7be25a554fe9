# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writable settings of one client (reference section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._api import Api, ClientId
from .._engine.base import Options, StateResource
from .._engine.common_options import CLIENT_ID, check_client_id
from .._engine.read_back import write_and_read
from .._model.errors import ConflictError, OptionError
from .._model.fields import CLIENT_RESETTABLE, CLIENT_SETTINGS
from .._model.objects import Client
from .._model.plan import Change, Plan, compare

ADDRESS = "settings"


@dataclass(frozen=True)
class DesiredSettings:
    """The managed fields, normalised; ``None`` asks for the provider's default."""

    client_id: ClientId
    values: Mapping[str, Any]


class ClientSettings(StateResource[DesiredSettings, DesiredSettings, Client]):
    """PUT of exactly the fields that differ."""

    name = "client_settings"
    key = "client"
    arguments = {
        "client_id": CLIENT_ID,
        **{name: row.argument() for name, row in CLIENT_SETTINGS.items()},
        "reset": {"type": "list", "elements": "str", "choices": sorted(CLIENT_RESETTABLE)},
    }
    not_applied_hint = (
        "Not every setting may be changed by a client's user: ask the provider whether this one may, and compare the value "
        "with what the web interface shows"
    )

    def parse(self, options: Options) -> DesiredSettings:
        """Check the options; an omitted one is not managed."""
        given = {
            name: row.check(options[name]) for name, row in CLIENT_SETTINGS.items() if options.get(name) is not None
        }
        for name in options.get("reset") or ():
            if name in given:
                raise OptionError(
                    "reset", f"{name} is set and reset at once", hint=f"Remove {name} from one of the two"
                )
            given[name] = None
        return DesiredSettings(check_client_id(options), given)

    def resolve(self, api: Api, parsed: DesiredSettings) -> DesiredSettings:
        """Nothing is named by number."""
        return parsed

    def observe(self, api: Api, desired: DesiredSettings) -> Client:
        """One GET."""
        return api.client(desired.client_id)

    def plan(self, desired: DesiredSettings, observed: Client) -> Plan:
        """One change with all fields that differ. Raises ConflictError for a field that the deployment lacks."""
        absent = sorted(desired.values.keys() - observed.values.keys())
        if absent:
            raise ConflictError(
                f"the clients of this deployment have no {', '.join(absent)}",
                hint="Leave the option out: the field exists on some deployments only",
            )
        fields = compare(_wanted(desired, observed), observed.values)
        return Plan((Change(self.name, ADDRESS, "update", fields),) if fields else ())

    def predict(self, desired: DesiredSettings, observed: Client) -> Client:
        """The observed client with the managed fields as desired."""
        return Client({**observed.values, **_wanted(desired, observed)})

    def apply(self, api: Api, desired: DesiredSettings, observed: Client, plan: Plan) -> Client:
        """One PUT; its answer is the read-back if it carries the managed fields."""
        body = {item.name: CLIENT_SETTINGS[item.name].write(item.after) for change in plan for item in change.fields}
        return write_and_read(
            api.run,
            write=lambda: api.update_client(desired.client_id, body),
            read=lambda: api.client(desired.client_id),
            reached=lambda state: (
                desired.values.keys() <= state.values.keys() and not compare(_wanted(desired, state), state.values)
            ),
        )

    def shown(self, desired: DesiredSettings, state: Client) -> dict[str, Any]:
        """All fields of the client."""
        return dict(state.values)

    def managed(self, desired: DesiredSettings, state: Client) -> tuple[str, dict[str, Any]]:
        """The managed fields."""
        return f"client {desired.client_id} settings", {name: state.values[name] for name in desired.values}


def _wanted(desired: DesiredSettings, state: Client) -> dict[str, Any]:
    """Return the managed fields; one that the API has under another name of the same meaning is as it has it."""
    live = state.values
    return {
        name: live[name] if name in live and CLIENT_SETTINGS[name].kind.same(live[name], value) else value
        for name, value in desired.values.items()
    }
