# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smallest possible resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Options, StateResource
from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import Change, Plan, compare

State = dict[str, Any]


class Thing(StateResource[State, State, State, State]):
    """A resource of one field, on /thing."""

    name = "thing"
    key = "thing"
    arguments = {"value": {"type": "int"}}

    def parse(self, options: Options) -> State:
        return {"value": options["value"]}

    def resolve(self, api: CachedApi, parsed: State) -> State:
        return parsed

    def observe(self, api: CachedApi, desired: State) -> State:
        return dict(api._get("/thing").json())

    def plan(self, desired: State, observed: State) -> Plan[State, State]:
        changes = tuple(self._changes(desired, observed))
        return Plan(changes, (desired,) if changes else (), {**observed, **desired})

    def apply(self, api: CachedApi, desired: State, plan: Plan[State, State]) -> State:
        state = plan.predicted
        for body in plan.steps:
            state = dict(api._send("PUT", "/thing", body).json())
        return state

    def remaining(self, desired: State, plan: Plan[State, State], state: State) -> Iterator[Change]:
        return self._changes({name: plan.predicted[name] for name in desired}, state)

    def shown(self, desired: State, state: State) -> State:
        return state

    def managed(self, desired: State, state: State) -> tuple[str, State]:
        return "thing", {name: state.get(name) for name in desired}

    def _changes(self, values: State, state: State) -> Iterator[Change]:
        fields = compare(values, state)
        if fields:
            yield Change(self.name, "thing", "update", fields)
