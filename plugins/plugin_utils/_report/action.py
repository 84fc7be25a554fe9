# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin of the report: collects the registered results of all hosts of a play, failed ones included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import shown_path
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import is_template
from ansible_collections.ringme.pbx.plugins.plugin_utils.resource_action import ResourceAction, file_variables
from ansible_collections.ringme.pbx.plugins.plugin_utils.targets import is_limited

from .hosts import host_of
from .resource import ROLE_RESULTS, DriftReport
from .results import (
    Host,
    Part,
    is_written,
    parts_of,
)

try:
    from ansible._internal._datatag._tags import Origin
except ImportError:  # ansible-core 2.18 stores the place in the value
    Origin = None

_SECTIONS = ("client_settings", "client_bundles", "client_registrations")
_FAILED = "the host failed before anything was compared; see the output of the run"
_NOT_A_CLIENT = "client_id is not set, so the host is not a client"


class ReportAction(ResourceAction):
    """Base of the action plugin."""

    _supports_async = False

    resource = DriftReport()

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Collect the registered results of the hosts and report them; returns the task's result."""
        variables = task_vars or {}
        hosts = list(self._hosts(variables))
        played = len(variables.get("ansible_play_hosts_all", ()))
        expected = played if hosts and self._task.args.get("mode") == "apply" else 0
        self.resource = DriftReport(
            hosts, expected, dry=self._task.check_mode, limited=bool(hosts) and is_limited(variables)
        )
        return super().run(tmp, variables)

    def _in_process(self, task_vars: Mapping[str, Any]) -> bool:
        return True

    def _hosts(self, task_vars: Mapping[str, Any]) -> Iterator[Host]:
        """Yield the hosts of the option hosts, or all hosts of the play, with their current results."""
        args = self._task.args
        named = args.get("hosts")
        played = task_vars.get("ansible_play_hosts_all", ())
        results = args.get("results") or ROLE_RESULTS
        if isinstance(results, Mapping):
            alive = frozenset(task_vars.get("ansible_play_hosts", ()))
            written = is_written(str(args.get("mode")), self._task.check_mode)
            for name in played if named is None else named.split(",") if isinstance(named, str) else named:
                yield _host(task_vars["hostvars"], str(name).strip(), results, written, str(name).strip() in alive)


def _host(hostvars: Any, name: str, results: Mapping[str, Any], written: bool, alive: bool) -> Host:
    """Return a host with its registered results; ``alive`` is whether it has not failed in the play."""
    variables = hostvars.raw_get(name)
    if not isinstance(variables, Mapping):
        return Host(name, problem="the inventory does not have this host")
    parts: list[Part] = []
    for variable, module in results.items():
        resource = str(module).rsplit(".", 1)[-1]
        found = variable in variables
        parts += parts_of(resource, variables[variable], written) if found else [Part(resource, None)]
    blocked = variables.get("client_blocked") is not None
    problem = None if alive else _FAILED
    if not blocked and "client_id" not in variables and results == ROLE_RESULTS:
        parts, problem = [], _NOT_A_CLIENT
    client_id = None if blocked else _client_id(hostvars, name, variables)
    return host_of(name, client_id, variables, parts, problem, _origins(variables, file_variables(hostvars, name)))


def _origins(known: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """Return file and line of the sections that are not in the client's file."""
    found = {name: _origin(known[name]) for name in _SECTIONS if name in known and name not in own}
    return {name: place for name, place in found.items() if place is not None}


def _origin(value: Any) -> tuple[str, int] | None:
    """Return file and line of a value, ``None`` if Ansible does not know them."""
    if Origin is None:
        path, line = (*getattr(value, "ansible_pos", ()), None, None)[:2]
    else:
        tag = Origin.get_tag(value)
        path, line = getattr(tag, "path", None), getattr(tag, "line_num", None)
    return (shown_path(path), line) if isinstance(path, str) and isinstance(line, int) and line > 0 else None


def _client_id(hostvars: Any, name: str, known: Mapping[str, Any]) -> str | None:
    """Return the client of a host, by default @me as for the modules; ``None`` if its template cannot be rendered."""
    value = known.get("client_id", "@me")
    if is_template(value):
        try:
            value = hostvars[name]["client_id"]
        except (AnsibleError, KeyError):
            return None
    return None if value is None else str(value)
