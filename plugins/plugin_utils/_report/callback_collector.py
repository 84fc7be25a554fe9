# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects the results of a run task by task, for the callback.

Only this file knows the objects that Ansible passes to callbacks. One host can handle several clients, so results are
collected by client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible import context
from ansible.release import __version__ as _core

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import is_template
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute

from .hosts import host_of
from .resource import DriftReport
from .results import (
    RESOURCES,
    Host,
    Part,
    parts_of,
    plain,
)

_COLLECTION = "ringme.pbx."
REPORT = f"{_COLLECTION}drift_report"
_TASKS_ARE_FINAL = tuple(map(int, _core.split(".")[:2])) >= (2, 21)
"""Whether the task of a result has the options of the run.

Before ansible-core 2.21, its fields have them, which are deprecated since.
"""
_HIDDEN = "no_log hides what the task returned"


@dataclass
class _Seen:
    """The results of one host: the parts by client, and why there are none."""

    variables: Mapping[str, Any]
    parts: dict[str | None, list[Part]] = field(default_factory=dict)
    problem: str | None = None

    @property
    def is_client(self) -> bool:
        return bool(self.parts) or "client_file" in self.variables or "client_id" in self.variables


@dataclass
class Collector:
    """Results by host.

    ``applied`` is whether any task applied changes, ``reported`` whether a task has made the report.
    """

    applied: bool = False
    reported: bool = False
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def started(self, host: Any) -> None:
        """Add a host."""
        if host.get_name() not in self._seen:
            self._seen[host.get_name()] = _Seen(dict(host.get_vars()))

    def returned(self, result: Any) -> None:
        """Add the result of a task; the items of a loop were added one by one before it."""
        data = plain(_attribute(result, "result"))
        if _action(result) == REPORT:
            self.reported = self.reported or ("verdict" in data and not _in_check_mode(result))
        if not isinstance(data.get("results"), list) or not data["results"]:
            self.item(result)

    def item(self, result: Any) -> None:
        """Add one result of a state module, successful or not."""
        host, action = _attribute(result, "host"), _action(result)
        self.started(host)
        resource = action[len(_COLLECTION) :] if action.startswith(_COLLECTION) else ""
        if resource not in RESOURCES:
            return
        seen, written = self._seen[host.get_name()], not _in_check_mode(result)
        self.applied = self.applied or written
        data = plain(_attribute(result, "result"))
        seen.parts.setdefault(_client_id(seen, result, data), []).extend(_parts(resource, data, written))

    def failed(self, result: Any) -> None:
        """Add the failure of a host."""
        host, task = _attribute(result, "host"), _attribute(result, "task")
        self.started(host)
        self.returned(result)
        data = _attribute(result, "result")
        text = _HIDDEN if "censored" in data else str(data.get("msg") or "the task has no message")
        self._seen[host.get_name()].problem = f"the task {task.get_name()} failed before anything was compared: {text}"

    def hosts(self) -> list[Host]:
        """Return the clients with results, sorted by name."""
        found = []
        for name, seen in sorted(self._seen.items()):
            if not seen.is_client:
                continue
            clients = _of_one(seen.parts) or {_host_client_id(seen.variables): []}
            for client_id, parts in clients.items():
                key = name if len(clients) == 1 or client_id is None else f"{name}/{client_id}"
                found.append(host_of(key, client_id, seen.variables, parts, seen.problem))
        return found


def make_report(hosts: list[Host], options: Mapping[str, Any], truncated: bool) -> tuple[TaskResult, list[str]]:
    """Write the report of these clients; returns the result and the console output."""
    report = DriftReport(hosts, truncated=truncated, limited=bool(context.CLIARGS.get("subset")))
    whole = {**{name: entry.get("default") for name, entry in DriftReport.arguments.items()}, **options}
    outcome = execute(report, whole, check_mode=False, connections=Connections())
    return outcome, report.lines(outcome.result)


def _action(result: Any) -> str:
    task = _attribute(result, "task")
    return str(getattr(task, "resolved_action", None) or task.action)


def _client_id(seen: _Seen, result: Any, data: Any) -> str | None:
    """Return the client of a result: the option of the task, else the variable of the host.

    The task has the options of this item; some results contain them as well.
    """
    invocation = data.get("invocation") if isinstance(data, Mapping) else None
    invoked = invocation.get("module_args") if isinstance(invocation, Mapping) else None
    for args in (invoked, _field(result, "args")):
        client_id = args.get("client_id") if isinstance(args, Mapping) else None
        if client_id is not None and not is_template(client_id):
            return str(client_id)
    return _host_client_id(seen.variables)


def _host_client_id(variables: Mapping[str, Any]) -> str | None:
    """Return the client of a host; ``None`` if its file cannot be used, or if its id is a template, which only tasks
    render.
    """
    client_id = variables.get("client_id", "@me")
    return None if "client_blocked" in variables or is_template(client_id) else str(client_id)


def _of_one(parts: Mapping[str | None, list[Part]]) -> Mapping[str | None, list[Part]]:
    """Return the parts by client; parts of an unknown client belong to the known one, if there is only one."""
    known = [client_id for client_id in parts if client_id is not None]
    return {known[0]: [part for found in parts.values() for part in found]} if len(known) == 1 else parts


def _parts(resource: str, item: Any, written: bool) -> list[Part]:
    if isinstance(item, Mapping) and "censored" in item:
        return [Part(resource, None, written, _HIDDEN)]
    if isinstance(item, Mapping) and item.get("unreachable"):
        return [Part(resource, None, written, f"the host is unreachable: {item.get('msg')}")]
    return parts_of(resource, item, written)


def _in_check_mode(result: Any) -> bool:
    value = _field(result, "check_mode")
    return bool(context.CLIARGS.get("check") if value is None else value)


def _field(result: Any, name: str) -> Any:
    """Return the value of a task keyword for this result."""
    if _TASKS_ARE_FINAL:
        return getattr(_attribute(result, "task"), name, None)
    return (_attribute(result, "task_fields") or {}).get(name)


def _attribute(result: Any, name: str) -> Any:
    """Return an attribute; before ansible-core 2.19, only its private name exists."""
    found = getattr(result, name, None)
    return getattr(result, f"_{name}") if found is None else found
