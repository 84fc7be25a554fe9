# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny PBX behind the requester's interface: extensions, phones and bundles, also as they are not documented."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import Requester
from ansible_collections.ringme.pbx.plugins.module_utils._http.body import OBJECT
from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import RunContext
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import RingmeError
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle import ExtensionsBundle
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import NOTHING, response_of
from ansible_collections.ringme.pbx.tests.unit.helpers.options import module_options


@dataclass
class Pbx(Requester):
    """Client ``@me`` with extensions of ids 1 to 9 and numbers 101 to 109; 8 is a queue, 9 does not exist.

    ``names`` are the extensions that exist, ``values`` further fields of some of them as the API shows them.

    ``adds``: POST adds instead of replacing. ``hides``: no bundle is a 404. ``mute``: the response to a write has no
    body. Without ``names_main`` GET of a member responds as if it were in no bundle.
    ``echoes``: POST returns what was sent. ``strict``: POST refuses members that are in the bundle already.
    ``fault`` may fail any request, or respond instead; ``late_faults``: a failed request is applied nevertheless.
    """

    bundles: dict[int, set[int]] = field(default_factory=dict)
    adds: bool = False
    hides: bool = False
    mute: bool = False
    echoes: bool = False
    strict: bool = False
    names_main: bool = True
    phones: dict[int, dict[str, Any]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=lambda: {number: f"000*10{number}" for number in range(1, 9)})
    values: dict[int, dict[str, Any]] = field(default_factory=dict)
    fault: Callable[[str, int, int], RingmeError | tuple[int, Any] | None] = lambda method, number, count: None
    late_faults: bool = False
    journal: list[str] = field(default_factory=list)

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
        """Respond as the API would."""
        run.check_allowed(method, path)
        run.requests[method] += 1
        if path.endswith("/extension/"):
            return self._list(run, path, dict(query)["page"])
        kind, number = (
            path.strip("/").split("/")[-2:] if not path.endswith("/phone/") else ("phone", path.split("/")[2])
        )
        self.journal.append(f"{method} {kind}/{number}")
        found = self.fault(method, int(number), len(self.journal))
        if isinstance(found, RingmeError):
            run.wrote = run.wrote or method != "GET"
            if self.late_faults:
                self._respond(method, kind, int(number), body or {})
            raise found
        status, reply = found or self._respond(method, kind, int(number), body or {})
        response = response_of(NOTHING if reply is None else reply, status, method=method, path=path)
        run.wrote = run.wrote or (method != "GET" and response.ok)
        if not response.ok:
            raise response.error()
        return response

    def close(self) -> None:
        """Nothing is open."""

    @property
    def writes(self) -> list[str]:
        """The requests that were no GET."""
        return [line for line in self.journal if not line.startswith("GET")]

    @property
    def lists(self) -> int:
        """How often the list of extensions was read."""
        return self.journal.count("GET extension/, page 1")

    def _list(self, run: RunContext, path: str, page: str) -> Response:
        self.journal.append(f"GET extension/, page {page}")
        found = [self._extension(number) for number in self.names] if page == "1" else []
        return response_of(found, method="GET", path=path)

    def _extension(self, number: int) -> dict[str, Any]:
        kind = "queue" if number == 8 else "phone"
        return {
            "id": number, "name": self.names[number], "type": kind, "status": "active", **self.values.get(number, {}),
        }  # fmt: skip

    def _respond(self, method: str, kind: str, number: int, body: Mapping[str, Any]) -> tuple[int, Any]:
        if number not in self.names:
            return 404, {"message": "Not found"}
        if kind == "extension":
            return 200, self._extension(number)
        if kind == "phone":
            return 200, {"password": "x", "geo_list": None, **self.phones.get(number, {})}
        return self._bundle(method, number, body)

    def _bundle(self, method: str, number: int, body: Mapping[str, Any]) -> tuple[int, Any]:
        if method == "GET":
            main = next(
                (main for main, members in self.bundles.items() if self.names_main and number in members), number
            )
            if main not in self.bundles and self.hides:
                return 404, {"message": "Not found"}
            return 200, self._shown(main)
        if method == "DELETE":
            self.bundles.pop(number, None)
            return (204, None) if self.mute else (200, self._shown(number))
        wanted = set(body["bundle_list"])
        elsewhere = {member for main, members in self.bundles.items() if main != number for member in {main, *members}}
        if self.strict:
            elsewhere |= self.bundles.get(number, set())
        if wanted & elsewhere or not wanted <= self.names.keys() - {8} or not wanted:
            return 400, {"message": "wrong members"}
        self.bundles[number] = (self.bundles.get(number, set()) if self.adds else set()) | wanted
        shown = {"bundle_id": number, "bundle_list": sorted(wanted)} if self.echoes else self._shown(number)
        return (201, None) if self.mute else (201, shown)

    def _shown(self, main: int) -> dict[str, Any]:
        return {"bundle_id": main, "bundle_list": sorted(self.bundles.get(main, ()), reverse=True)}


def run(
    pbx: Pbx, *, check_mode: bool = False, connections: Connections | None = None, **given_options: Any
) -> TaskResult:
    """Run extensions_bundle for extension 1, if no other is named; ``connections`` may be those of earlier runs."""
    resource = ExtensionsBundle()
    main = {} if "extension" in given_options else {"extension_id": 1}
    options = module_options(resource, **{**main, **given_options})
    kept = connections or Connections(lambda _settings: pbx)
    return execute(resource, options, check_mode=check_mode, connections=kept)
