# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny PBX with many phones behind the requester's interface: who is registered, and what removing does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import Requester
from ansible_collections.ringme.pbx.plugins.module_utils._http.body import OBJECT
from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import RunContext
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import RingmeError
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import NOTHING, response_of
from ansible_collections.ringme.pbx.tests.unit.helpers.options import module_options

BLOCK = "GET /extension/registration/"
LIST = ["GET /client/@me/extension/"] * 2
NETWORKS = {"allowed_networks": ["192.0.2.0/24"]}
STRICT = {**NETWORKS, "allowed_devices": ["^Yealink"], "state": "compliant"}
BAD = "203.0.113.77"
"""An address outside of NETWORKS."""

Fault = Callable[[str, str, int], "RingmeError | tuple[int, Any] | None"]
"""Gets method, path and the number of the request, and may fail or response in place of the PBX."""


def entry(
    identifier: str, device: str = "Yealink SIP-T46G", address: str = "192.0.2.7", expires: Any = 600
) -> dict[str, Any]:
    """One registration on the wire; an IPv6 address comes in brackets."""
    return {
        "registration_id": identifier, "device": device, "real_address": f"sip:{address}:5060",
        "contact_address": "sip:000*7@10.0.0.5:5062", "expires": expires,
    }  # fmt: skip


@dataclass
class Phones(Requester):
    """Client ``@me`` with an extension for each id of ``registered``; its number is 100 + id or in ``numbers``.

    All but ``others`` are phones. ``registered`` lists the registrations of each, which are live unless the id is in
    ``expired``. ``omitted`` are left out of block responses; ``gone`` are not found at all. ``returning``: a removed
    device registers again immediately, with a new id. ``stubborn``: a removal gets a response and is not applied.
    ``lists_removed``: the last removed one stays in the list as expired. ``refuses_block`` is the status for refused
    blocks. ``fault`` may fail any request; with ``late`` the request is applied nevertheless.
    """

    registered: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    others: dict[int, str] = field(default_factory=dict)
    expired: set[int] = field(default_factory=set)
    omitted: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    returning: bool = False
    stubborn: bool = False
    lists_removed: bool = False
    numbers: Mapping[int, str] = field(default_factory=dict)
    refuses_block: Callable[[list[int]], int | None] = lambda requested: None
    fault: Fault = lambda method, path, count: None
    late: bool = False
    journal: list[str] = field(default_factory=list)
    blocks: list[list[int]] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def send(
        self,
        run: RunContext,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
        most: int = OBJECT,
    ) -> Response:
        """Response as the API would."""
        run.check_allowed(method, path)
        run.count(method)
        with self._guard:
            self.journal.append(f"{method} {path}")
            found = self.fault(method, path, len(self.journal))
            if isinstance(found, RingmeError):
                if method != "GET":
                    run.note_write()
                if self.late:
                    self._respond(method, path, query)
                raise found
            status, reply = found or self._respond(method, path, query)
        response = response_of(NOTHING if reply is None else reply, status, method=method, path=path)
        if method != "GET" and (response.ok or status >= 500):
            run.note_write()
        if not response.ok:
            raise response.error()
        return response

    def close(self) -> None:
        """Nothing is open."""

    @property
    def writes(self) -> list[str]:
        """The requests that were no GET."""
        return [line for line in self.journal if not line.startswith("GET")]

    def live(self) -> dict[int, list[str]]:
        """The ids of the live registrations, by extension."""
        return {
            number: [] if number in self.expired else sorted(item["registration_id"] for item in entries)
            for number, entries in self.registered.items()
        }

    def _respond(self, method: str, path: str, query: Sequence[tuple[str, str]]) -> tuple[int, Any]:
        if path == "/client/@me/extension/":
            return 200, self._extensions() if ("page", "1") in query else []
        if path == "/extension/registration/":
            requested = [int(value) for name, value in query if name == "extension_id"]
            self.blocks.append(requested)
            status = self.refuses_block(requested)
            if status:
                return status, {"message": "too many"}
            return 200, [self._info(number) for number in requested if number not in self.omitted | self.gone]
        parts = path.strip("/").split("/")
        number = int(parts[1])
        if number in self.gone or number not in self.registered:
            return 404, {"message": "Not found"}
        return (200, self._info(number)) if method == "GET" else self._delete(number, parts[3])

    def _extensions(self) -> list[dict[str, Any]]:
        return [
            {
                "id": number,
                "name": f"000*{self.numbers.get(number, 100 + number)}",
                "type": self.others.get(number, "phone"),
                "status": "active",
            }
            for number in self.registered
        ]

    def _info(self, number: int) -> dict[str, Any]:
        entries = self.registered[number]
        live = bool(entries) and number not in self.expired
        return {"extension_id": number, "registered": live, "registrations": entries}

    def _delete(self, number: int, identifier: str) -> tuple[int, Any]:
        entries = self.registered[number]
        found = [item for item in entries if item["registration_id"] == identifier]
        if not found or number in self.expired:
            return 404, {"message": "Not found"}
        if not self.stubborn:
            again = [{**item, "registration_id": f"{identifier}-again"} for item in found] if self.returning else []
            self.registered[number] = [item for item in entries if item not in found] + again
            if self.lists_removed and not self.registered[number]:
                self.registered[number] = found
                self.expired.add(number)
        return 204, None


def run_client_registrations(
    pbx: Phones, *, check_mode: bool = False, slept: list[float] | None = None, **given: Any
) -> TaskResult:
    """Run the module on this PBX, without waiting."""
    resource = ClientRegistrations(sleep=([] if slept is None else slept).append)
    options = module_options(resource, **given)
    return execute(resource, options, check_mode=check_mode, connections=Connections(lambda _settings: pbx))


def office(**more: Any) -> Phones:
    """Three phones, one of them with an intruder, one offline, one with an expired registration; and a menu."""
    registered = {
        1: [entry("a1"), entry("a2", "friendly-scanner", BAD)],
        2: [],
        3: [entry("c1", "friendly-scanner", BAD)],
        4: [],
    }
    return Phones(registered, others={4: "ivr"}, expired={3}, **more)


def crowd(intruders: int, friends: int = 0, **more: Any) -> Phones:
    """One phone each."""
    foreign = {number: [entry(f"x{number}", "scanner", BAD)] for number in range(1, intruders + 1)}
    own = {number: [entry(f"y{number}")] for number in range(intruders + 1, intruders + friends + 1)}
    return Phones({**foreign, **own}, **more)


def statuses(outcome: TaskResult) -> list[str]:
    """What became of each change."""
    return [item["status"] for item in outcome.result["outcomes"]]
