# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios side by side in one playbook: every case is a host with a client of its own, and none disturbs another.

A dealer's application serves all of them. The client and the extensions of the case of number n are those of the
default seed with n * STEP added to their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator import Simulator
from simulator.journal import Entry
from simulator.view import State
from simulator.wire import API

from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Resource
from support.component.resource_runner import SEED
from support.component.scenarios import Scenario
from support.playbook import PlaybookRun

STEP = 100_000
STEPS = ("check", "run", "again")
DEALER = {"application_id": "dealer-application", "application_secret": "dealer-secret-0123456789abcd"}
_EXTENSION_OPTIONS = ("extension_id", "extension_ids", "bundle_list")


@dataclass(frozen=True)
class Case:
    """A scenario, with or without diff mode, for a client of its own."""

    scenario: Scenario
    diff: bool
    number: int

    @property
    def offset(self) -> int:
        """What is added to all ids."""
        return self.number * STEP

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of its tasks, in their order; reading is not done a third time."""
        return STEPS if hasattr(self.scenario.resource, "key") else STEPS[:2]

    @property
    def host(self) -> str:
        """The name of its host."""
        return f"{self.scenario.name}-{'diff' if self.diff else 'plain'}"

    @property
    def client_id(self) -> int:
        """The id of its client."""
        return 801 + self.offset

    @property
    def args(self) -> dict[str, Any]:
        """The options of the scenario with the ids of this case."""
        args = self._moved(self.scenario.args)
        return {**args, "client_id": str(self.client_id)} if "client_id" in self.scenario.resource.arguments else args

    def state(self, state: State) -> Any:
        """The simulator's state, seen and edited with the ids of the default seed."""
        return _Shifted(state, self.offset)

    def expected(self) -> list[str]:
        """The requests of check, run and run again, in this order."""
        reads = self.scenario.reads
        again = self.scenario.again if "again" in self.steps else ()
        return [self._path(line) for line in (*reads, *reads, *self.scenario.writes, *again)]

    def sent(self, entries: Sequence[Entry]) -> list[str]:
        """The requests among ``entries`` that were about this case."""
        own = {str(number + self.offset) for number in (801, *(extension["id"] for extension in _CLIENT["extensions"]))}
        return [
            f"{entry.method} {entry.path.removeprefix(API)}"
            for entry in entries
            if entry.is_api and own & {*entry.path.split("/"), *(value for _name, value in entry.query)}
        ]

    def _moved(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The options with their ids moved, those of a list of bundles too; numbers are the same in every client."""
        moved = {name: self._shift(value) if name in _EXTENSION_OPTIONS else value for name, value in args.items()}
        return {**moved, "bundles": [self._moved(entry) for entry in args["bundles"]]} if "bundles" in args else moved

    def _shift(self, value: Any) -> Any:
        return [item + self.offset for item in value] if isinstance(value, list) else value + self.offset

    def _path(self, line: str) -> str:
        parts = line.replace("@me", "801").split("/")
        return "/".join(str(int(part) + self.offset) if part.isdigit() else part for part in parts)


class _Shifted:
    """Passes every call on with the ids moved, and moves the ids in a bundle back."""

    def __init__(self, state: State, offset: int) -> None:
        self._state, self._offset = state, offset

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._state, name)

        def call(number: int, *members: Sequence[int], **values: Any) -> Any:
            moved = [[member + self._offset for member in given] for given in members]
            found = method(number + self._offset, *moved, **values)
            return [member - self._offset for member in found] if name == "bundle" else found

        return call


_CLIENT: Mapping[str, Any] = next(client for client in SEED["clients"] if client["id"] == 801)


def _client(offset: int) -> dict[str, Any]:
    moved = [{**extension, "id": extension["id"] + offset} for extension in _CLIENT["extensions"]]
    return {**_CLIENT, "id": 801 + offset, "extensions": moved}


def seed_for(cases: Sequence[Case]) -> dict[str, Any]:
    """The default seed with a client more for every case."""
    return {**SEED, "clients": [*SEED["clients"], *(_client(case.offset) for case in cases)]}


def prepare(simulator: Simulator, cases: Sequence[Case]) -> None:
    """Bring every case to its starting point."""
    for case in cases:
        case.scenario.prepare(case.state(simulator.state))


def plays(cases: Sequence[Case], **play: Any) -> list[dict[str, Any]]:
    """A play for each module and diff mode that checks, runs and runs again on all of its hosts."""
    made = []
    for diff in (True, False):
        for resource in {case.scenario.resource: None for case in cases}:
            own = [case for case in cases if case.scenario.resource is resource and case.diff == diff]
            if not own:
                continue
            made.append({
                "name": f"{resource.name} {'with' if diff else 'without'} diff",
                "hosts": [case.host for case in own], "gather_facts": False, "diff": diff,
                "module_defaults": {"group/ringme.pbx.api": DEALER},
                "tasks": [_task(resource, step) for step in own[0].steps], **play,
            })  # fmt: skip
    return made


def _task(resource: Resource[Any], step: str) -> dict[str, Any]:
    options = {name: f"{{{{ options.{name} | default(omit) }}}}" for name in resource.arguments}
    return {"name": step, f"ringme.pbx.{resource.name}": options, "check_mode": step == "check", "ignore_errors": True}


def statuses(run: PlaybookRun, task: str, host: str | None = None) -> list[str]:
    """How a task ended (ok, failed, skipped), of a loop its items; newer cores keep that out of the results."""
    found = [entry for entry in run.results if entry["task"] == task and host in (None, entry["host"])]
    return [entry["status"] for entry in found if entry["per_item"]] or [entry["status"] for entry in found]


def inventory(cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """A host for every case, with its options as a variable."""
    return {case.host: {"options": case.args} for case in cases}
