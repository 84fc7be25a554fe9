# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundles of one client as the API reference describes them (section 4), in a few lines of their own.

A model independent of the simulator, and fast enough for many thousands of clients: it replaces the requester, so
neither bytes nor tokens are needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import specification
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import RunContext
from support.component.scenarios import BUNDLES

Members = tuple[int, ...]
_PATH = re.compile(r"/client/@me/(extension|extensions_bundle)/([0-9]*)|/extension/([0-9]+)/phone/")
_DEFAULTS = {
    name: spec.get("default")
    for name, spec in specification(BUNDLES)["argument_spec"].items()
    if spec.get("default") is not None
}
Disturb = Callable[[int, str, str], "tuple[int, Any] | None"]


@dataclass(frozen=True)
class Habits:
    """How the API behaves where the documentation is silent."""

    adds: bool = False
    refuses_repeating: bool = False
    absent_is_404: bool = False
    member_shows: str = "own_empty"
    ids_as_text: bool = False


@dataclass(frozen=True)
class Write:
    """One POST or DELETE, and what it did to the members of the main extension."""

    method: str
    main: int
    before: Members
    after: Members
    status: int


@dataclass
class Pbx:
    """``extensions`` by id: number, type and values; ``bundles``: members by main; ``disturb`` replaces responses."""

    extensions: Mapping[int, Mapping[str, Any]]
    bundles: dict[int, Members]
    habits: Habits = Habits()
    writes: list[Write] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    disturb: Disturb | None = None
    after: bool = False

    # Replaces a connection

    def close(self) -> None:
        """Nothing is open."""

    def send(
        self,
        run: RunContext,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
        most: int = 0,
    ) -> Response:
        """Serve a request, or raise the error of its response."""
        run.check_allowed(method, path)
        run.count(method)
        self.requests.append((method, path))
        instead = self.disturb(len(self.requests), method, path) if self.disturb else None
        if instead is None:
            status, found = self._served(method, path, dict(query), body)
        else:
            status, found = instead[0], instead[1]
            if self.after and status < 300:
                self._served(method, path, dict(query), body)  # applied, but the response says otherwise
        if method != "GET" and (status < 300 or status >= 500):
            run.note_write()
        response = Response(method, path, status, {"content-type": "application/json"}, json.dumps(found).encode())
        if not response.ok:
            raise response.error()
        return response

    # The API

    def _served(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> tuple[int, Any]:
        match = _PATH.fullmatch(path)
        assert match is not None, path
        if match[3]:
            return 200, {"geo_list": "RU", "hold_music": None, **self.extensions[int(match[3])].get("phone", {})}
        if match[1] == "extension":
            if match[2]:
                known = int(match[2]) in self.extensions
                return (200, self._extension(int(match[2]))) if known else (404, {"message": "no such extension"})
            page, size = int(query["page"]), int(query["per_page"])
            listed = sorted(self.extensions)[(page - 1) * size : page * size]
            return 200, [self._extension(number) for number in listed]
        main = int(match[2])
        if main not in self.extensions:
            return 404, {"message": "no such extension"}
        if self.extensions[main]["type"] != "phone":
            return 400, {"message": "not a phone"}
        return self._read(main) if method == "GET" else self._write(method, main, body)

    def _extension(self, number: int) -> dict[str, Any]:
        own = self.extensions[number]
        values = {name: own.get(name) for name in ("dial_rule_id", "dial_rule_limit")}
        shown = str(number) if self.habits.ids_as_text else number
        return {
            "id": shown,
            "name": f"0009*{own['number']}",
            "type": own["type"],
            "status": own.get("status", "active"),
            **values,
        }

    def _owner(self, number: int) -> int | None:
        return next((main for main, members in self.bundles.items() if number in members), None)

    def _read(self, main: int) -> tuple[int, Any]:
        owner = self._owner(main)
        if owner is not None and self.habits.member_shows == "main":
            main = owner
        elif (owner is not None and self.habits.member_shows == "404") or (
            owner is None and not self.bundles.get(main) and self.habits.absent_is_404
        ):
            return 404, {"message": "Record not found"}
        return 200, self._bundle(main)

    def _bundle(self, main: int) -> dict[str, Any]:
        members = reversed(self.bundles.get(main, ()))
        return {
            "bundle_id": main,
            "bundle_list": [str(number) if self.habits.ids_as_text else number for number in members],
        }

    def _write(self, method: str, main: int, body: Mapping[str, Any] | None) -> tuple[int, Any]:
        before = self.bundles.get(main, ())
        if method == "DELETE":
            self.bundles.pop(main, None)
            self.writes.append(Write(method, main, before, (), 204))
            return 204, None
        wanted = tuple(sorted((body or {})["bundle_list"]))
        problem = self._problem(main, before, wanted)
        if problem:
            self.writes.append(Write(method, main, before, before, 400))
            return 400, {"message": problem}
        after = tuple(sorted({*before, *wanted})) if self.habits.adds else wanted
        self.bundles[main] = after
        self.writes.append(Write(method, main, before, after, 201))
        return 201, self._bundle(main)

    def _problem(self, main: int, before: Members, wanted: Members) -> str | None:
        if not wanted or len(set(wanted)) != len(wanted) or main in wanted or self._owner(main) is not None:
            return "the list or its main extension cannot be used"
        for number in wanted:
            known = self.extensions.get(number)
            if known is None or known["type"] != "phone" or self.bundles.get(number):
                return f"{number} cannot be a member"
            if self._owner(number) not in (None, main):
                return f"{number} is in another bundle"
            if number in before and self.habits.refuses_repeating:
                return f"{number} is a member already"
        return None


def carry_out(pbx: Pbx, args: Mapping[str, Any], *, check: bool = False) -> TaskResult:
    """Run client_bundles against it; the options are as Ansible would have validated them."""
    options = {
        **_DEFAULTS,
        "api_url": "http://127.0.0.1:1",
        "access_token": "a-token",
        "token_cache": "none",
        "concurrency": 1,
        **args,
    }
    connections = Connections(lambda settings: pbx)  # type: ignore[arg-type,return-value]
    return execute(BUNDLES, options, check_mode=check, connections=connections)
