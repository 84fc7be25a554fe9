# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny PBX behind the requester's interface: extensions, phones and bundles, with the behaviours that are not documented."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils.model.errors import RingmeError
from ansible_collections.ringme.pbx.plugins.module_utils.resources.engine import Connections, Outcome, execute
from ansible_collections.ringme.pbx.plugins.module_utils.resources.extensions_bundle import ExtensionsBundle
from ansible_collections.ringme.pbx.plugins.module_utils.wire.answer import Answer
from ansible_collections.ringme.pbx.plugins.module_utils.wire.auth import Requester
from ansible_collections.ringme.pbx.plugins.module_utils.wire.run import Run
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import NOTHING, answer_of
from ansible_collections.ringme.pbx.tests.unit.helpers.options import options_of


@dataclass
class Pbx(Requester):
    """Client ``@me`` with extensions of ids 1 to 9; 8 is a queue, 9 does not exist.

    ``adds``: POST adds instead of replacing. ``hides``: no bundle is a 404. ``mute``: writes are answered without a
    body. ``echoes``: POST answers with what was sent. ``strict``: POST refuses members that are in the bundle already.
    ``fault`` may fail or answer instead of any request;
    ``late_faults``: a failed request was carried out nevertheless.
    """

    bundles: dict[int, set[int]] = field(default_factory=dict)
    adds: bool = False
    hides: bool = False
    mute: bool = False
    echoes: bool = False
    strict: bool = False
    phones: dict[int, dict[str, Any]] = field(default_factory=dict)
    fault: Callable[[str, int, int], RingmeError | tuple[int, Any] | None] = lambda method, number, count: None
    late_faults: bool = False
    journal: list[str] = field(default_factory=list)

    def send(
        self,
        run: Run,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Answer as the API would."""
        run.admit(method, path)
        run.requests[method] += 1
        kind, number = (
            path.strip("/").split("/")[-2:] if not path.endswith("/phone/") else ("phone", path.split("/")[2])
        )
        self.journal.append(f"{method} {kind}/{number}")
        found = self.fault(method, int(number), len(self.journal))
        if isinstance(found, RingmeError):
            run.wrote = run.wrote or method != "GET"
            if self.late_faults:
                self._answer(method, kind, int(number), body or {})
            raise found
        status, reply = found or self._answer(method, kind, int(number), body or {})
        answer = answer_of(NOTHING if reply is None else reply, status, method=method, path=path)
        run.wrote = run.wrote or (method != "GET" and answer.ok)
        if not answer.ok:
            raise answer.error()
        return answer

    def close(self) -> None:
        """Nothing is open."""

    @property
    def writes(self) -> list[str]:
        """The requests that were no GET."""
        return [line for line in self.journal if not line.startswith("GET")]

    def _answer(self, method: str, kind: str, number: int, body: Mapping[str, Any]) -> tuple[int, Any]:
        if not 1 <= number <= 8:
            return 404, {"message": "Not found"}
        if kind == "extension":
            return 200, {
                "id": number,
                "name": f"000*10{number}",
                "type": "queue" if number == 8 else "phone",
                "status": "active",
            }
        if kind == "phone":
            return 200, {"password": "x", "geo_list": None, **self.phones.get(number, {})}
        return self._bundle(method, number, body)

    def _bundle(self, method: str, number: int, body: Mapping[str, Any]) -> tuple[int, Any]:
        if method == "GET":
            main = next((main for main, members in self.bundles.items() if number in members), number)
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
        if wanted & elsewhere or not wanted <= set(range(1, 8)) or not wanted:
            return 400, {"message": "wrong members"}
        self.bundles[number] = (self.bundles.get(number, set()) if self.adds else set()) | wanted
        shown = {"bundle_id": number, "bundle_list": sorted(wanted)} if self.echoes else self._shown(number)
        return (201, None) if self.mute else (201, shown)

    def _shown(self, main: int) -> dict[str, Any]:
        return {"bundle_id": main, "bundle_list": sorted(self.bundles.get(main, ()), reverse=True)}


def run(pbx: Pbx, *, check_mode: bool = False, **given_options: Any) -> Outcome:
    """Run extensions_bundle for main extension 1."""
    resource = ExtensionsBundle()
    options = options_of(resource, **{"extension_id": 1, **given_options})
    return execute(resource, options, check_mode=check_mode, connections=Connections(lambda _settings: pbx))
