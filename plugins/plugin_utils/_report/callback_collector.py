# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has returned, gathered task by task: for the callback, which sees results as they come in.

The only place that knows what Ansible hands to callbacks. Hosts are kept apart by client, because one host may look after several.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible import context
from ansible.release import __version__ as _core

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import is_template
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute

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
"""Whether the task of a result has the options with which it ran. Before ansible-core 2.21 its fields have them, which are deprecated since."""
_HIDDEN = "no_log hides what the task returned"


@dataclass
class _Seen:
    """What is known of one host: the parts by client, and why there are none."""

    variables: Mapping[str, Any]
    parts: dict[str | None, list[Part]] = field(default_factory=dict)
    problem: str | None = None

    @property
    def is_client(self) -> bool:
        return bool(self.parts) or "client_file" in self.variables or "client_id" in self.variables


@dataclass
class Gathered:
    """Results by host. ``applied`` is whether any task was more than a comparison, ``reported`` whether a task has made the report."""

    applied: bool = False
    reported: bool = False
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def started(self, host: Any) -> None:
        """Take note of a host."""
        if host.get_name() not in self._seen:
            self._seen[host.get_name()] = _Seen(dict(host.get_vars()))

    def returned(self, result: Any) -> None:
        """Take note of the result of a task; the items of a loop have come before it, one by one."""
        data = plain(_attribute(result, "result"))
        if _action(result) == REPORT:
            self.reported = self.reported or ("verdict" in data and not _in_check_mode(result))
        if not isinstance(data.get("results"), list) or not data["results"]:
            self.item(result)

    def item(self, result: Any) -> None:
        """Take note of one result of a state module, whatever it says."""
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
        """Take note of a host that cannot go on."""
        host, task = _attribute(result, "host"), _attribute(result, "task")
        self.started(host)
        self.returned(result)
        data = _attribute(result, "result")
        text = _HIDDEN if "censored" in data else str(data.get("msg") or "it says nothing")
        self._seen[host.get_name()].problem = f"the task {task.get_name()} failed before anything was compared: {text}"

    def hosts(self) -> list[Host]:
        """Return the clients that were seen, by name."""
        found = []
        for name, seen in sorted(self._seen.items()):
            if not seen.is_client:
                continue
            clients = _of_one(seen.parts) or {_given_id(seen.variables): []}
            for client_id, parts in clients.items():
                key = name if len(clients) == 1 or client_id is None else f"{name}/{client_id}"
                found.append(_host(key, client_id, tuple(parts), seen))
        return found


def make_report(hosts: list[Host], options: Mapping[str, Any], truncated: bool) -> tuple[TaskResult, list[str]]:
    """Write the report of these clients; returns what came of it, and the lines for people."""
    report = DriftReport(hosts, truncated=truncated, limited=bool(context.CLIARGS.get("subset")))
    whole = {**{name: entry.get("default") for name, entry in DriftReport.arguments.items()}, **options}
    outcome = execute(report, whole, check_mode=False, connections=Connections())
    return outcome, report.lines(outcome.result)


def _action(result: Any) -> str:
    task = _attribute(result, "task")
    return str(getattr(task, "resolved_action", None) or task.action)


def _client_id(seen: _Seen, result: Any, data: Any) -> str | None:
    """Return the client that a result is about: as the task named it, or else as the host is called.

    The fields of a task hold its options as they were for this item; where they do not, some results tell their options.
    """
    invocation = data.get("invocation") if isinstance(data, Mapping) else None
    told = invocation.get("module_args") if isinstance(invocation, Mapping) else None
    for args in (told, _field(result, "args")):
        given = args.get("client_id") if isinstance(args, Mapping) else None
        if given is not None and not is_template(given):
            return str(given)
    return _given_id(seen.variables)


def _given_id(variables: Mapping[str, Any]) -> str | None:
    """Return the client of a host; ``None`` where its file cannot be used, or its id is a template that only tasks render."""
    given = variables.get("client_id", "@me")
    return None if "client_blocked" in variables or is_template(given) else str(given)


def _of_one(parts: Mapping[str | None, list[Part]]) -> Mapping[str | None, list[Part]]:
    """Return the parts by client; those of which nobody knows the client belong to the only one that is known."""
    known = [client_id for client_id in parts if client_id is not None]
    return {known[0]: [part for found in parts.values() for part in found]} if len(known) == 1 else parts


def _parts(resource: str, item: Any, written: bool) -> list[Part]:
    if isinstance(item, Mapping) and "censored" in item:
        return [Part(resource, None, written, _HIDDEN)]
    if isinstance(item, Mapping) and item.get("unreachable"):
        return [Part(resource, None, written, f"the host was not reached: {item.get('msg')}")]
    return parts_of(resource, item, written)


def _host(key: str, client_id: str | None, parts: tuple[Part, ...], seen: _Seen) -> Host:
    file, blocked = seen.variables.get("client_file"), seen.variables.get("client_blocked")
    findings = seen.variables.get("client_findings")
    return Host(
        key,
        client_id,
        str(file) if isinstance(file, str) else None,
        parts,
        None if blocked is None else str(blocked),
        tuple(plain([item for item in findings if isinstance(item, Mapping)])) if isinstance(findings, list) else (),
        seen.problem,
    )


def _in_check_mode(result: Any) -> bool:
    value = _field(result, "check_mode")
    return bool(context.CLIARGS.get("check") if value is None else value)


def _field(result: Any, name: str) -> Any:
    """Return a keyword of the task as it was for this result."""
    if _TASKS_ARE_FINAL:
        return getattr(_attribute(result, "task"), name, None)
    return (_attribute(result, "task_fields") or {}).get(name)


def _attribute(result: Any, name: str) -> Any:
    """Return an attribute that ansible-core before 2.19 has under a private name only."""
    found = getattr(result, name, None)
    return getattr(result, f"_{name}") if found is None else found
