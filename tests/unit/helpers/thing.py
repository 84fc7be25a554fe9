# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smallest resource that there can be."""

from __future__ import annotations

from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._api import Api
from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Options, StateResource
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import Change, Plan, compare

State = dict[str, Any]


class Thing(StateResource[State, State, State]):
    """A resource of one field, on /thing."""

    name = "thing"
    key = "thing"
    arguments = {"value": {"type": "int"}}

    def parse(self, options: Options) -> State:
        return {"value": options["value"]}

    def resolve(self, api: Api, parsed: State) -> State:
        return parsed

    def observe(self, api: Api, desired: State) -> State:
        return dict(api._get("/thing").json())

    def plan(self, desired: State, observed: State) -> Plan:
        fields = compare(desired, observed)
        return Plan((Change(self.name, "thing", "update", fields),) if fields else ())

    def predict(self, desired: State, observed: State) -> State:
        return {**observed, **desired}

    def apply(self, api: Api, desired: State, observed: State, plan: Plan) -> State:
        return dict(api._send("PUT", "/thing", desired).json())

    def shown(self, desired: State, state: State) -> State:
        return state

    def managed(self, desired: State, state: State) -> tuple[str, State]:
        return "thing", {name: state.get(name) for name in desired}
