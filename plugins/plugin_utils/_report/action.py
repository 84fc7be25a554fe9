# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the report: takes what the hosts of a play have registered, also of those that failed, and reports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import shown_path
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import is_template
from ansible_collections.ringme.pbx.plugins.plugin_utils.resource_action import ResourceAction, file_variables
from ansible_collections.ringme.pbx.plugins.plugin_utils.targets import is_limited

from .resource import ROLE_RESULTS, DriftReport
from .results import (
    Host,
    Part,
    carried_out,
    parts_of,
    plain,
)

try:
    from ansible._internal._datatag._tags import Origin
except ImportError:  # ansible-core 2.18 keeps the place with the value
    Origin = None

_SECTIONS = ("client_settings", "client_bundles", "client_registrations")
_FAILED = "the host failed before anything was compared; the output of the run says why"

_NOBODY = "client_id is not set, so the host is not a client"


class ReportAction(ResourceAction):
    """Base of the action plugin."""

    _supports_async = False

    resource = DriftReport()

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Collect what the hosts have registered, and report it; returns the task's result."""
        given = task_vars or {}
        hosts = list(self._hosts(given))
        played = len(given.get("ansible_play_hosts_all", ()))
        expected = played if hosts and self._task.args.get("mode") == "apply" else 0
        self.resource = DriftReport(
            hosts, expected, dry=self._task.check_mode, limited=bool(hosts) and is_limited(given)
        )
        return super().run(tmp, given)

    def _in_process(self, task_vars: Mapping[str, Any]) -> bool:
        return not self.resource.missing

    def _run_module(self, task_vars: Mapping[str, Any] | None) -> dict[str, Any]:
        library = self.resource.missing
        name = library.name if library else "a library"
        return {"failed": True, "msg": f"the report needs {name} on the controller: install it beside ansible-core"}

    def _hosts(self, task_vars: Mapping[str, Any]) -> Iterator[Host]:
        """Yield the hosts that the task names, or all of the play, as they stand now."""
        args = self._task.args
        named = args.get("hosts")
        played = task_vars.get("ansible_play_hosts_all", ())
        results = args.get("results") or ROLE_RESULTS
        if isinstance(results, Mapping):
            alive = frozenset(task_vars.get("ansible_play_hosts", ()))
            written = carried_out(str(args.get("mode")), self._task.check_mode)
            for name in played if named is None else named.split(",") if isinstance(named, str) else named:
                yield _host(task_vars["hostvars"], str(name).strip(), results, written, str(name).strip() in alive)


def _host(hostvars: Any, name: str, results: Mapping[str, Any], written: bool, alive: bool) -> Host:
    """Return a host with what it has registered; ``alive`` is whether it still takes part in the play."""
    known = hostvars.raw_get(name)
    if not isinstance(known, Mapping):
        return Host(name, problem="the inventory has no such host")
    parts: list[Part] = []
    for variable, module in results.items():
        resource = str(module).rsplit(".", 1)[-1]
        parts += parts_of(resource, known[variable], written) if variable in known else [Part(resource, None)]
    findings = known.get("client_findings")
    blocked = known.get("client_blocked")
    nobody = blocked is None and "client_id" not in known and results == ROLE_RESULTS
    file = known.get("client_file")
    return Host(
        name,
        None if blocked is not None else _client_id(hostvars, name, known),
        str(file) if isinstance(file, str) else None,
        () if nobody else tuple(parts),
        None if blocked is None else str(blocked),
        tuple(plain([item for item in findings if isinstance(item, Mapping)])) if isinstance(findings, list) else (),
        _NOBODY if nobody else None if alive else _FAILED,
        _origins(known, file_variables(hostvars, name)),
    )


def _origins(known: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """Return where the sections come from that are not in the client's file."""
    found = {name: _origin(known[name]) for name in _SECTIONS if name in known and name not in own}
    return {name: place for name, place in found.items() if place is not None}


def _origin(value: Any) -> tuple[str, int] | None:
    """Return file and line of a value, ``None`` where Ansible does not know them."""
    if Origin is None:
        path, line = (*getattr(value, "ansible_pos", ()), None, None)[:2]
    else:
        tag = Origin.get_tag(value)
        path, line = getattr(tag, "path", None), getattr(tag, "line_num", None)
    return (shown_path(path), line) if isinstance(path, str) and isinstance(line, int) and line > 0 else None


def _client_id(hostvars: Any, name: str, known: Mapping[str, Any]) -> str | None:
    """Return the client of a host, @me as for the modules where none is named; ``None`` where its template cannot be rendered."""
    value = known.get("client_id", "@me")
    if is_template(value):
        try:
            value = hostvars[name]["client_id"]
        except (AnsibleError, KeyError):
            return None
    return None if value is None else str(value)
