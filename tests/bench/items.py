# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured, and what it has to reach."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from load import load
from plays import FORKS, Cost, Plays
from server import APPLICATION, FIRST_CLIENT, Server, bundle, unbundled

Measure = Callable[[int], Cost]


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Items of loops, hosts, repetitions, seconds of load, seconds for all repetitions; for whole clients the bundles of
    one task, repetitions, and the bundles of the largest task; and the clients of a report.
    """

    bundles: int
    uris: int
    hosts: int
    module_hosts: int
    repeats: int
    load_seconds: float
    patience: float
    whole: int = 1000
    whole_repeats: int = 7
    heavy: int = 5000
    fleet: int = 2000


FULL = Size(bundles=200, uris=20, hosts=100, module_hosts=41, repeats=3, load_seconds=3, patience=170.0)
QUICK = Size(
    bundles=60,
    uris=5,
    hosts=30,
    module_hosts=11,
    repeats=1,
    load_seconds=1,
    patience=30.0,
    whole=100,
    whole_repeats=1,
    heavy=500,
    fleet=200,
)


@dataclass(frozen=True)
class Item:
    """One line of the table. ``target`` is the least figure, with ``most`` the largest, with ``exact`` the only right
    one; None informs."""

    name: str
    figure: float | str
    unit: str
    target: float | str | None = None
    exact: bool = False
    most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        if self.exact or isinstance(self.figure, str) or isinstance(self.target, str):
            return self.figure == self.target
        return self.figure <= self.target if self.most else self.figure >= self.target

    def as_dict(self) -> dict[str, Any]:
        """Return the line for the JSON file."""
        return {**asdict(self), "met": self.met}


def per_item(many: Sequence[float], one: Sequence[float], items: int) -> float:
    """Return the seconds that each further item takes: what a process needs to start falls out."""
    return max((statistics.median(many) - statistics.median(one)) / (items - 1), 1e-6)


def compared(measures: Mapping[str, tuple[Measure, int]], size: Size) -> dict[str, Cost]:
    """Return the cost of an item by name. Repetitions take turns, so that a slow minute of the machine strikes all."""
    taken: dict[tuple[str, int], list[Cost]] = {}
    started = time.monotonic()
    for repetition in range(size.repeats):
        if repetition and (time.monotonic() - started) * (repetition + 1) / repetition > size.patience / 2:
            break
        for name, (measure, items) in measures.items():
            for count in (1, items):
                taken.setdefault((name, count), []).append(measure(count))
    return {
        name: Cost(
            per_item([cost.wall for cost in taken[name, items]], [cost.wall for cost in taken[name, 1]], items),
            per_item([cost.cpu for cost in taken[name, items]], [cost.cpu for cost in taken[name, 1]], items),
        )
        for name, (dummy, items) in measures.items()
    }


def ratio(name: str, slow: Cost, fast: Cost, target: float) -> Item:
    """Return how many times faster, on the clock and in processor time (which other load affects less)."""
    return Item(
        name,
        round(slow.wall / fast.wall, 1),
        "times",
        target,
        note=f"{slow.cpu / fast.cpu:.0f} times less processor time",
    )


def loops(plays: Plays, size: Size) -> Iterator[Item]:
    """Measure a loop over unchanged bundles against the same loop over one GET of ansible.builtin.uri."""
    found = compared({"bundle": (plays.loop_of_bundles, size.bundles), "uri": (plays.loop_of_uri, size.uris + 1)}, size)
    yield Item("unchanged bundle, item of a loop", round(found["bundle"].wall * 1000, 1), "ms")
    yield Item("one GET by ansible.builtin.uri, item of a loop", round(found["uri"].wall * 1000, 1), "ms")
    yield ratio("loop: faster than ansible.builtin.uri", found["uri"], found["bundle"], 30)


def hosts(plays: Plays, server: Server, size: Size) -> Iterator[Item]:
    """Measure one unchanged bundle per host, in the worker processes against executed modules."""
    tokens: list[int] = []

    def in_process(count: int) -> Cost:
        cost = plays.hosts(count, in_process=True)
        if count > 1:
            tokens.append(sum(1 for entry in server.journal() if entry["path"] == "/oauth/token"))
        return cost

    found = compared(
        {
            "in process": (in_process, size.hosts),
            "module": (lambda count: plays.hosts(count, in_process=False), size.module_hosts),
        },
        size,
    )
    where = f"{size.hosts} hosts, {FORKS} forks"
    yield Item(f"unchanged bundle per host, {where}", round(found["in process"].wall * 1000, 1), "ms")
    yield Item("the same, executed as a module", round(found["module"].wall * 1000, 1), "ms")
    yield ratio("hosts: faster than as a module", found["module"], found["in process"], 10)
    yield Item(f"token requests, {where}", max(tokens), "", 1, exact=True)


def counts(plays: Plays) -> Iterator[Item]:
    """Count the requests of one task in each situation, by the client or extension that it is about."""
    tasks, expected = [], []
    for number, (name, module, options, wanted) in enumerate(_situations(), 100):
        client = FIRST_CLIENT + number
        tasks.append({"name": name, f"ringme.pbx.{module}": options(number)})
        expected.append(
            (name, (f"/client/{client}/", *(f"/extension/{extension}/" for extension in _extensions(number))), wanted)
        )
    journal = plays.counted(tasks)
    for name, about, wanted in expected:
        mine = Counter(entry["method"] for entry in journal if any(part in entry["path"] for part in about))
        yield Item(f"requests, {name}", shown(mine), "", wanted, exact=True)


def _situations() -> list[tuple[str, str, Callable[[int], dict[str, Any]], str]]:
    def given(number: int) -> dict[str, Any]:
        return asdict(bundle(0, client=number))

    def settings(number: int, zone: str) -> dict[str, Any]:
        return {"client_id": FIRST_CLIENT + number, "timezone": zone}

    def grown(number: int, side_effects: str) -> dict[str, Any]:
        known = given(number)
        members = [*known["bundle_list"], unbundled(number)]
        return {**known, "bundle_list": members, "side_effects": side_effects}

    def registration(number: int, device: str) -> dict[str, Any]:
        return {"extension_id": given(number)["extension_id"], "device": device}

    return [
        ("settings unchanged", "client_settings", lambda number: settings(number, "Europe/Moscow"), "1 GET"),
        ("settings changed", "client_settings", lambda number: settings(number, "UTC"), "1 GET + 1 PUT"),
        ("bundle unchanged", "extensions_bundle", given, "1 GET"),
        (
            "bundle grown, side effects ignored",
            "extensions_bundle",
            lambda number: grown(number, "ignore"),
            # The bundle, two pages of extensions, seven other bundles, the new member, and the bundle before the write.
            "12 GET + 1 POST",
        ),
        # In addition: the phones of the main one and of the new member.
        (
            "bundle grown, side effects reported",
            "extensions_bundle",
            lambda number: grown(number, "report"),
            "14 GET + 1 POST",
        ),
        ("registration unchanged", "extension_registration", lambda number: registration(number, "^Other$"), "1 GET"),
        (
            "registration removed",
            "extension_registration",
            lambda number: registration(number, "."),
            "2 GET + 1 DELETE",
        ),
    ]


def _extensions(number: int) -> tuple[int, ...]:
    return (bundle(0, client=number).extension_id, unbundled(number))


def shown(found: Mapping[str, int]) -> str:
    """Return counts of requests as "2 GET + 1 POST"."""
    return " + ".join(f"{found[method]} {method}" for method in ("GET", "POST", "PUT", "DELETE") if found.get(method))


def throughput(server: Server, size: Size) -> Iterator[Item]:
    """Measure how many requests the simulator serves."""
    one = bundle(0)
    url = f"{server.url}/api/ver1.0/client/{one.client_id}/extensions_bundle/{one.extension_id}"
    found = [load(url, APPLICATION["token"], size.load_seconds) for dummy in range(size.repeats)]
    rate = statistics.median(run.rate for run in found)
    yield Item("simulator, GET of a bundle, 8 connections", round(rate), "requests/s", 1500, note=found[0].tool)
