# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client with many bundles, and one list that changes them in every way at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator import Simulator

from ansible_collections.ringme.pbx.plugins.module_utils._http.retry import RetryBudget
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import RunContext
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import RingmeError
from support.component.direct_transport import DirectRunner, Restorer, direct_simulator
from support.component.resource_runner import DEMO, Ran
from support.component.scenarios import BUNDLES

CONNECTION: Mapping[str, Any] = {**DEMO, "token_cache": "none", "timeout": 10.0, "retries": 1, "retry_budget": 0.0}
CLIENT, PREFIX, FIRST_ID = 901, "0009", 50_000
Bundles = dict[str, tuple[str, ...]]
"""The members of each main extension, by number; no entry, and an empty one, mean no bundle."""


def id_of(number: str) -> int:
    """The API's id of an extension; never to be mistaken for the number."""
    return FIRST_ID + int(number)


def number_of(extension_id: int) -> str:
    """The number of an extension."""
    return str(extension_id - FIRST_ID)


def seed(
    phones: Iterable[str],
    bundles: Mapping[str, Iterable[str]],
    others: Mapping[str, str] | None = None,
    blocked: Iterable[str] = (),
) -> dict[str, Any]:
    """A seed with one client: ``others`` are extensions of other types, ``blocked`` are some of the phones."""
    stopped = frozenset(blocked)
    extensions: list[dict[str, Any]] = [
        {"id": id_of(number), "number": number, **({"status": "blocked"} if number in stopped else {})}
        for number in phones
    ]
    extensions += [{"id": id_of(number), "number": number, "type": kind} for number, kind in (others or {}).items()]
    return {
        "applications": [
            {
                "id": "demo-application",
                "secret": "demo-secret-0123456789abcdef",
                "client_id": CLIENT,
                "rate_limit": 10**9,
            }
        ],
        "clients": [
            {
                "id": CLIENT,
                "prefix": PREFIX,
                "extension_len": 3,
                "extensions": sorted(extensions, key=lambda entry: entry["id"]),
                "bundles": {id_of(main): [id_of(member) for member in bundles[main]] for main in bundles},
            }
        ],
    }


BEFORE: Bundles = {
    "101": ("111",),
    "102": ("121", "122"),
    "103": ("131",),
    "104": ("141",),
    "105": ("151", "152"),
    "106": ("161",),
    "107": (),
    "108": ("181",),
    "109": ("191", "192"),
    "110": ("201", "202"),
}
AFTER: Bundles = {
    "101": ("111", "113"),  # grows
    "102": ("121",),  # lets 122 go,
    "103": ("122", "131"),  # which moves here
    "104": (),  # ends, and its main one
    "107": ("104",),  # joins a bundle that begins
    "105": ("151", "161"),  # 152 and 161
    "106": ("152",),  # change places
    "108": ("181",),  # stays
    "109": ("192", "193"),  # one for another
    "110": ("201",),  # shrinks
}
TOGETHER = (("102", "103"), ("104", "107"), ("105", "106"))
"""The bundles that pass extensions on to each other."""
PARTS = (("101", "102", "103", "108"), ("104", "107", "110"), ("105", "106", "109"))
"""The bundles in three lists that share no extension; each has a pair that belongs together, and others."""
PHONES = sorted({*BEFORE, *(member for side in (BEFORE, AFTER) for members in side.values() for member in members)})
MOVES = tuple(main for main in AFTER if BEFORE[main] != AFTER[main])

LIST: list[dict[str, Any]] = [
    {"extension": main, "members": list(members)} if members else {"extension": main, "state": "absent"}
    for main, members in AFTER.items()
]
ARGS: Mapping[str, Any] = {"bundles": LIST, "side_effects": "ignore", "concurrency": 1}


class BundleClient:
    """The client in a simulator without sockets, and the way back to its first state."""

    def __init__(self, client_seed: Mapping[str, Any] | None = None, switches: Mapping[str, Any] | None = None) -> None:
        self.simulator: Simulator = direct_simulator(client_seed or seed(PHONES, BEFORE))
        self.simulator.switches.update(switches or {})
        self.runner = DirectRunner(self.simulator)
        self.restore = Restorer(self.simulator)

    def run(self, args: Mapping[str, Any] | None = None, *, check: bool = False, loop: bool = False) -> Ran:
        """Run client_bundles."""
        return self.runner(BUNDLES, ARGS if args is None else args, check=check, loop=loop)

    def bundles(self, mains: Iterable[str] = tuple(BEFORE)) -> Bundles:
        """The members that each main extension has now."""
        state = self.simulator.state
        return {main: tuple(sorted(number_of(member) for member in state.bundle(id_of(main)))) for main in mains}

    def send(self, request: Mapping[str, Any]) -> bool:
        """Send one request outside of a run; return whether it was accepted."""
        settings = ConnectionSettings.from_options({**CONNECTION, "api_url": self.simulator.url})
        run = RunContext(RetryBudget(0.0))
        try:
            self.runner._connect(settings).send(run, request["method"], request["path"], body=request["body"])
        except RingmeError:
            return False
        return True
