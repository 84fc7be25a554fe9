# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All bundles of a client in one task, compared with plain requests that do the same GETs: time, requests and memory.

Also the report of one run over many clients.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from child import PER_PAGE
from items import Item, Size, shown
from plays import LIMIT, BenchError
from server import APPLICATION, LARGE, LARGEST, PATIENCE, Server, Whole
from support.playbook import collections_path

CONCURRENCY = 8
MOST_TIMES, MOST_MEMORY = 1.5, 300
MOST_SECONDS = 10
"""For the report of a fleet."""
CHILD = Path(__file__).with_name("child.py")


@dataclass(frozen=True)
class Ran:
    """What a child process measured (see child.py), and the requests that reached the server."""

    seconds: float
    cpu: float
    peak: float
    sent: Counter[tuple[str, str]]

    @property
    def methods(self) -> Counter[str]:
        """How many requests of each method."""
        return sum((Counter({method: count}) for (method, _target), count in self.sent.items()), Counter[str]())


class Children:
    """Starts clients of one server, each in an interpreter of its own: none shares a lock with the server."""

    def __init__(self, server: Server, work: Path) -> None:
        self._server = server
        self._work = work
        self._playbooks = 0

    def bare(self, client: Whole, count: int) -> Ran:
        """Read the client's extensions and that many of its bundles with requests alone."""
        return self._run("bare", {"client_id": client.client_id, "mains": client.mains(count)})

    def module(self, client: Whole, count: int) -> Ran:
        """Keep that many unchanged bundles of the client."""
        job = {"client_id": client.client_id, "bundles": client.bundles(count)}
        return self._run("module", {**job, "collections": str(collections_path())})

    def playbook(self, client: Whole, count: int, *, in_process: bool = True) -> Ran:
        """Do the same by a playbook."""
        task = {
            "name": "Bundles",
            "ringme.pbx.client_bundles": {
                "client_id": client.client_id,
                "bundles": "{{ bundles }}",
                "concurrency": CONCURRENCY,
            },
            "vars": {"ringme_in_process": in_process},
            "register": "done",
            "failed_when": "done is failed or done is changed",
        }
        return self._playbook([task], {"bundles": client.bundles(count)})

    def empty_playbook(self) -> Ran:
        """Start Ansible, and do nothing."""
        return self._playbook([], {})

    def report(self, clients: int) -> Ran:
        """Write the report of that many clients, in every rendering."""
        folder = self._work / f"report{clients}"
        folder.mkdir(exist_ok=True)
        return self._run("report", {"clients": clients, "folder": str(folder), "collections": str(collections_path())})

    def _playbook(self, tasks: list[dict[str, Any]], extra_vars: Mapping[str, Any]) -> Ran:
        self._playbooks += 1
        credentials = {name: APPLICATION[name] for name in ("id", "secret")}
        job = {
            "tasks": tasks,
            "extra_vars": extra_vars,
            "env": {f"RINGME_APPLICATION_{name.upper()}": value for name, value in credentials.items()},
            "home": str(self._work / f"whole{self._playbooks}"),
            "timeout": LIMIT,
        }
        return self._run("playbook", job)

    def _run(self, what: str, job: Mapping[str, Any]) -> Ran:
        self._server.clear()
        given = {"url": self._server.url, "token": APPLICATION["token"], "concurrency": CONCURRENCY, **job}
        status, output, errors = _child([sys.executable, str(CHILD), what], json.dumps(given))
        if status:
            raise BenchError(f"{what} did not end as it should:\n{errors[-3000:]}")
        entries = [entry for entry in self._server.journal() if entry["path"] != "/oauth/token"]
        if failed := [entry for entry in entries if entry["status"] != 200 or entry["applied"]]:
            raise BenchError(f"{what}: {len(failed)} requests failed or changed something")
        sent = Counter((entry["method"], _target(entry)) for entry in entries)
        return Ran(**json.loads(output), sent=sent)


def _target(entry: Mapping[str, Any]) -> str:
    return f"{entry['path']} {sorted(map(tuple, entry['query']))}"


def _child(command: list[str], text: str) -> tuple[int, str, str]:
    # A session of its own: Ctrl-C reaches this process alone, which then stops the child by its pid; a playbook's child
    # stops the playbook in turn.
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(text, timeout=LIMIT + PATIENCE)
        except BaseException:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
        return process.returncode, output, errors


def wanted_requests(client: Whole, count: int) -> str:
    """Return the requests that a task may send: pages of the extension list, the empty one behind them, the mains."""
    return f"{-(-client.phones // PER_PAGE) + 1 + count} GET"


def whole_client(server: Server, work: Path, size: Size) -> Iterator[Item]:
    """Measure a task over many unchanged bundles: in the module, compared with plain requests, and as a playbook."""
    children, count = Children(server, work), size.whole
    ours, theirs = [], []
    for _repeat in range(size.whole_repeats):  # in turns, so that a slow moment of the machine strikes both
        ours.append(children.module(LARGE, count))
        theirs.append(children.bare(LARGE, count))
        if ours[-1].sent != theirs[-1].sent:
            raise BenchError("the module and plain requests did not send the same")
    yield Item(
        f"requests, {count:,} unchanged bundles in one task",
        shown(ours[-1].methods),
        "",
        wanted_requests(LARGE, count),
        exact=True,
    )
    own, least = (statistics.median(run.seconds for run in runs) for runs in (ours, theirs))
    yield Item(f"{count:,} unchanged bundles in one task, time in the module", round(own, 2), "s")
    yield Item(f"the same GETs without the collection, {CONCURRENCY} threads", round(least, 2), "s")
    cpu = statistics.median(run.cpu for run in ours) / statistics.median(run.cpu for run in theirs)
    note = f"{cpu:.2f} times the processor time"
    overhead = "whole client: overhead factor compared with plain requests"
    yield Item(overhead, round(own / least, 2), "times", MOST_TIMES, most=True, note=note)
    runs = max(1, size.whole_repeats // 2)
    whole = statistics.median(children.playbook(LARGE, count).seconds for dummy in range(runs))
    empty = statistics.median(children.empty_playbook().seconds for dummy in range(runs))
    yield Item("the same as a whole playbook", round(whole, 2), "s", note=f"{whole - empty:.2f} s without start-up")
    yield Item("start-up: an empty playbook", round(empty, 2), "s")


def memory(server: Server, work: Path, size: Size) -> Iterator[Item]:
    """Measure the most memory of any process of one task about the largest client."""
    children, count = Children(server, work), size.heavy
    ways: dict[str, Callable[[], Ran]] = {
        "alone": lambda: children.module(LARGEST, count),
        "in a playbook": lambda: children.playbook(LARGEST, count),
        "as a module": lambda: children.playbook(LARGEST, count, in_process=False),
    }
    for way, run in ways.items():
        found = run()
        if shown(found.methods) != wanted_requests(LARGEST, count):
            raise BenchError(f"{shown(found.methods)} reached the server, not {wanted_requests(LARGEST, count)}")
        yield Item(f"peak memory, {count:,} bundles, {way}", round(found.peak), "MiB", MOST_MEMORY, most=True)


def report(server: Server, work: Path, size: Size) -> Iterator[Item]:
    """Measure the report of a night: read the one before, compare, and write every rendering."""
    ran = Children(server, work).report(size.fleet)
    name = f"report of {size.fleet:,} clients, 10 % drifted"
    yield Item(f"{name}, every rendering", round(ran.seconds, 1), "s", MOST_SECONDS, most=True)
    yield Item(f"peak memory, {name}", round(ran.peak), "MiB", MOST_MEMORY, most=True)
