# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API under ``/_simulator/``: how another process reads the journal and turns the knobs.

It is not part of the simulated service: never journalled, never faulted, without authorization (loopback only).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulator.pipeline import Pipeline, WebHandler
from simulator.seed import SeedError
from simulator.view import State
from simulator.world import World

PREFIX = "/_simulator"
MUTATORS = (
    "set_client",
    "set_extension",
    "set_phone",
    "set_bundle",
    "set_registrations",
    "set_application",
    "add_extension",
    "remove_extension",
)
_QUOTA = ("limit", "remaining", "reset")


def owns(path: str) -> bool:
    """Whether *path* belongs to the control API."""
    return path == PREFIX or path.startswith(PREFIX + "/")


def refuse(failure: web.HTTPException) -> web.Response:
    """An unknown control path or method."""
    return web.json_response({"error": failure.reason}, status=failure.status)


def contract_errors(world: World) -> list[dict[str, Any]]:
    """Every request in the journal that broke the contract, whose response broke it, or that crashed the simulator."""
    return [
        {
            "index": entry.index,
            "method": entry.method,
            "path": entry.path,
            "request": entry.contract_errors,
            "response": entry.response_errors,
            "crash": entry.crash,
        }
        for entry in world.journal
        if entry.contract_errors or entry.response_errors or entry.crash
    ]


class Control:
    """The actions behind the control paths; each takes the parsed body and returns plain data."""

    def __init__(self, world: World, pipeline: Pipeline) -> None:
        self._world = world
        self._pipeline = pipeline
        self._state = State(world.store)

    def health(self, _body: Any) -> Any:
        """Alive, and how large."""
        store = self._world.store
        return {
            "status": "ok",
            "clients": len(store.clients),
            "extensions": len(store.extensions),
            "requests": len(self._world.journal),
            "validates": self._pipeline.contract is not None,
        }

    def journal(self, _body: Any) -> Any:
        """The journal, oldest first."""
        return [entry.as_dict() for entry in self._world.journal]

    def clear_journal(self, _body: Any) -> Any:
        """Forget the journal."""
        self._world.journal.clear()
        return {}

    def switches(self, _body: Any) -> Any:
        """The switches as they stand."""
        return dict(self._world.switches)

    def set_switches(self, body: Any) -> Any:
        """Set switches: all, or none when one of them is wrong."""
        self._world.switches.check(body)
        self._world.switches.update(body)
        return dict(self._world.switches)

    def faults(self, _body: Any) -> Any:
        """The schedule of faults."""
        return self._world.faults.as_list()

    def add_fault(self, body: Any) -> Any:
        """Schedule one fault: the arguments of Faults.add."""
        self._world.faults.add(**body)
        return self._world.faults.as_list()

    def clear_faults(self, _body: Any) -> Any:
        """Forget the schedule."""
        self._world.faults.clear()
        return []

    def edit_state(self, body: Any) -> Any:
        """Change state behind the API's back: ``{"do": NAME, "args": [...], "values": {...}}`` or a list of these."""
        for step in body if isinstance(body, list) else [body]:
            if step.get("do") not in MUTATORS:
                raise ValueError(f"do: one of {', '.join(MUTATORS)}")
            getattr(self._state, step["do"])(*step.get("args", []), **step.get("values", {}))
        return {"revision": self._world.store.revision}

    def snapshot(self, _body: Any) -> Any:
        """The whole state."""
        return self._world.store.snapshot()

    def contract(self, _body: Any) -> Any:
        """All that broke the contract so far."""
        return contract_errors(self._world)

    def reset(self, _body: Any) -> Any:
        """The seed again; faults and journal forgotten."""
        self._world.load(self._world.seed)
        self._world.faults.clear()
        self._world.journal.clear()
        return {}

    def quota(self, body: Any) -> Any:
        """The hourly quota; a PATCH sets limit, remaining or reset."""
        for name, value in (body or {}).items():
            if name not in _QUOTA or not ((value is None and name == "reset") or isinstance(value, int)):
                raise ValueError(f"quota: {', '.join(_QUOTA)}, each a number")
            setattr(self._world.quota, name, value)
        return {name: getattr(self._world.quota, name) for name in _QUOTA}

    def kill_tokens(self, _body: Any) -> Any:
        """End every token before its time."""
        return {"ended": self._world.tokens.kill_all()}


def add_routes(app: web.Application, world: World, pipeline: Pipeline) -> None:
    """Register the control paths."""
    actions = Control(world, pipeline)
    for method, path, action in (
        ("GET", "health", actions.health),
        ("GET", "journal", actions.journal),
        ("DELETE", "journal", actions.clear_journal),
        ("GET", "switches", actions.switches),
        ("PATCH", "switches", actions.set_switches),
        ("GET", "faults", actions.faults),
        ("POST", "faults", actions.add_fault),
        ("DELETE", "faults", actions.clear_faults),
        ("POST", "state", actions.edit_state),
        ("GET", "snapshot", actions.snapshot),
        ("GET", "contract", actions.contract),
        ("POST", "reset", actions.reset),
        ("GET", "quota", actions.quota),
        ("PATCH", "quota", actions.quota),
        ("DELETE", "tokens", actions.kill_tokens),
    ):
        app.router.add_route(method, f"{PREFIX}/{path}", _web_handler(action))


def _web_handler(action: Callable[[Any], Any]) -> WebHandler:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            raw = await request.read()
            return web.json_response(action(json.loads(raw) if raw else None))
        except (ValueError, TypeError, LookupError, AttributeError, SeedError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return serve
