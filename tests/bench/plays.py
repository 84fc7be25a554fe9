# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks whose whole process is timed, each checked to have done what it is timed for."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cold import run_playbook
from server import APPLICATION, Server, bundle
from support.playbook import PlaybookRun

FORKS = 10
LIMIT = 120.0
"""Seconds after which a playbook is stopped."""

_RECAP = re.compile(r"^\S+\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


class BenchError(Exception):
    """A playbook did not do what the benchmark measures."""


@dataclass(frozen=True)
class Cost:
    """Seconds that a playbook took: on the clock, and of processors (its forks and modules included)."""

    wall: float
    cpu: float


class Plays:
    """The playbooks, against one server."""

    def __init__(self, server: Server, work: Path) -> None:
        self._server = server
        self._work = work
        self._runs = 0

    def loop_of_bundles(self, items: int) -> Cost:
        """Return the cost of a loop over that many unchanged bundles."""
        task = {
            "name": "Bundles",
            "ringme.pbx.extensions_bundle": {name: f"{{{{ item.{name} }}}}" for name in asdict(bundle(0))},
            "loop": "{{ bundles }}",
            "loop_control": {"label": "{{ item.extension_id }}"},
        }
        return self._timed([task], items, bundles=items)

    def loop_of_uri(self, items: int) -> Cost:
        """Return the cost of a loop over that many GET requests by ansible.builtin.uri."""
        path = "/client/{{ item.client_id }}/extensions_bundle/{{ item.extension_id }}"
        task = {
            "name": "Requests",
            "ansible.builtin.uri": {
                "url": f"{self._server.url}/api/ver1.0{path}",
                "headers": {"Authorization": f"Bearer {APPLICATION['token']}"},
            },
            "loop": "{{ bundles }}",
            "loop_control": {"label": "{{ item.extension_id }}"},
        }
        return self._timed([task], items, bundles=items)

    def hosts(self, count: int, *, in_process: bool) -> Cost:
        """Return the cost of one unchanged bundle on each of that many hosts."""
        task = {
            "name": "Bundle",
            "ringme.pbx.extensions_bundle": {name: f"{{{{ {name} }}}}" for name in asdict(bundle(0))},
            "vars": {"ringme_in_process": in_process},
        }
        inventory = {f"client{number:03d}": asdict(bundle(0, client=number)) for number in range(count)}
        return self._timed([task], count, inventory=inventory)

    def counted(self, tasks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Run the tasks once and return the server's journal."""
        self._server.clear()
        self._run(tasks).check()
        return self._server.journal()

    def _timed(
        self, tasks: Sequence[Mapping[str, Any]], requests: int, *, inventory: Any = None, bundles: int = 0
    ) -> Cost:
        self._server.clear()
        started, used = time.perf_counter(), _cpu_of_children()
        run = self._run(tasks, inventory, bundles)
        cost = Cost(time.perf_counter() - started, _cpu_of_children() - used)
        hosts = [[int(number) for number in found] for found in _RECAP.findall(run.stdout)]
        if run.rc or len(hosts) != len(inventory or [1]) or any(host != [1, 0, 0, 0] for host in hosts):
            raise BenchError(f"a playbook did not end as it should:\n{run.output[-3000:]}")
        sent = [entry for entry in self._server.journal() if entry["path"] != "/oauth/token"]
        if len(sent) != requests or {(entry["method"], entry["status"]) for entry in sent} != {("GET", 200)}:
            raise BenchError(f"{len(sent)} requests reached the server, not {requests} GET")
        return cost

    def _run(self, tasks: Sequence[Mapping[str, Any]], inventory: Any = None, bundles: int = 0) -> PlaybookRun:
        self._runs += 1
        return run_playbook(
            tasks,
            simulator_url=self._server.url,
            env={"RINGME_APPLICATION_ID": APPLICATION["id"], "RINGME_APPLICATION_SECRET": APPLICATION["secret"]},
            # Not in the task: a worker sends its task with every item's result, so a list there costs its square.
            extra_vars={"bundles": [asdict(bundle(number)) for number in range(bundles)]},
            args=["--forks", str(FORKS)],
            inventory=inventory,
            home=self._work / f"home{self._runs}",  # a fresh one: every run has to ask for its token
            collect=False,
            timeout=LIMIT,
        )


def _cpu_of_children() -> float:
    """Return the processor seconds of all processes that have ended; the simulator is not among them, it runs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
