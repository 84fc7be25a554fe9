# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator without sockets: its own routes, switches, journal, contract and faults, called from the transport.

Only the exchange of bytes is left out, so a request takes a fraction of a millisecond, and thousands of bad days can be
tried. Retries, tokens, locks and everything above them are the real ones. What a broken connection, half a response and
a late one mean for a client is proved with sockets elsewhere; here they are lost responses.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulator import Simulator
from simulator.app import ROUTES
from simulator.journal import Entry
from simulator.pipeline import Handler
from simulator.resources import oauth
from simulator.wire import API, Call, Response

from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import TOKEN_PATH, Transport
from support.component.resource_runner import Runner

_LOST = ("reset", "truncated", "slow")
"""Faults after which no usable response comes."""

_ROUTES = tuple(
    (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", API + path)), handler)
    for method, path, handler in ROUTES
)


@lru_cache(maxsize=1000)
def _route(method: str, path: str) -> tuple[Handler, Mapping[str, str]]:
    for served, pattern, handler in _ROUTES:
        found = pattern.fullmatch(path) if served == method else None
        if found:
            return handler, found.groupdict()
    raise AssertionError(f"the collection sent {method} {path}, which no route serves")


class DirectTransport(Transport):
    """A transport whose exchanges are calls of a simulator that does not listen."""

    def __init__(self, settings: ConnectionSettings, simulator: Simulator, waits: list[float]) -> None:
        super().__init__(settings, sleep=waits.append, jitter=lambda: 0.0)
        self._simulator = simulator
        self._one = threading.Lock()

    def _exchange(self, method: str, path: str, prepared: Any, most: int) -> tuple[int, dict[str, str], bytes]:
        raw = prepared.body or b""
        url = urlsplit(prepared.url)
        call = Call(
            method,
            url.path,
            parse_qsl(url.query),
            dict(prepared.headers),  # a look-up in the library's own type costs ten times as much
            raw.encode() if isinstance(raw, str) else raw,
            target=url.path,
        )
        with self._one:
            response = self._response(call)
        if response is None:
            raise self._lost("the response is incomplete", "Look at the network", method, path)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return response.status, {**headers, "content-type": response.content_type}, response.render()

    def _response(self, call: Call) -> Response | None:
        world = self._simulator.world
        entry = world.journal.begin(call)
        fault = world.faults.strike(call.method, call.path)
        entry.fault = fault.kind if fault else None
        response: Response | None = None
        if fault is not None and fault.kind == "expired_token":
            world.tokens.kill(call.bearer())
            fault = None
        if fault is None or fault.when == "after":
            response = self._applied(call, entry)
        if fault is not None:
            if fault.kind in _LOST:
                return None
            response = fault.replacement(world.quota) or response or Response(503)
        if response is not None:
            entry.status = response.status
        return response

    def _applied(self, call: Call, entry: Entry) -> Response:
        pipeline = self._simulator.pipeline
        if call.path == TOKEN_PATH:
            return pipeline._apply(call, entry, lambda call: oauth.token(self._simulator.world, call))
        handler, call.params = _route(call.method, call.path)
        return pipeline._apply(call, entry, lambda call: pipeline._authorized(call, handler))


class DirectRunner(Runner):
    """Runs resources against a simulator that does not listen."""

    def _transport(self, settings: ConnectionSettings) -> Transport:
        return DirectTransport(settings, self.simulator, self._waits)


def direct_simulator(seed: Mapping[str, Any], *, validate: bool = True) -> Simulator:
    """A simulator that is never started; its port is a name only."""
    return Simulator(seed, validate=validate, port=1)


class Restorer:
    """Restores the state that a simulator has now, at the cost of a copy."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._kept = copy.deepcopy(_mutable(simulator))

    def __call__(self) -> None:
        """Restore the state; tokens stay alive, journal and faults are forgotten."""
        self._simulator.faults.clear()
        self._simulator.clear_journal()
        with self._simulator.world.store.lock:
            store = self._simulator.world.store
            for extension_id, (members, main_id, values, phone) in self._kept.items():
                extension = store.extensions[extension_id]
                extension.members, extension.main_id = list(members), main_id
                for own, kept in ((extension.values, values), (extension.phone, phone)):
                    own.clear()
                    own.update(kept)
            store.revision += 1


def _mutable(simulator: Simulator) -> dict[int, tuple[Any, ...]]:
    return {
        extension.id: (extension.members, extension.main_id, extension.values, extension.phone)
        for extension in simulator.world.store.extensions.values()
    }
