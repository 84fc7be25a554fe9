# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a packaged playbook is about to do: all of its tasks, for clients only, each by its own file, as one run.

The only place that decides on which hosts the playbooks act, and which variables may steer them. It is asked before the first task.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ansible import context
from ansible.errors import AnsibleLookupError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.vault import AnsibleVaultError
from ansible.vars.manager import VariableManager

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import ENCRYPTED
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.schema import client_file_schema
from ansible_collections.ringme.pbx.plugins.module_utils._regular_file import read_bytes

IDENTITY = ("client_id", "client_file", "client_api", "extension_len")
"""What says which client a host is, and where: it comes from the client's file and from nowhere else."""

STEERING = frozenset({
    "ringme_clients_path", "ringme_export_clients", "ringme_export_overwrite", "ringme_export_path", "ringme_fail_on", "ringme_hosts",
    "ringme_in_process", "ringme_report_max_age", "ringme_report_mode", "ringme_report_path", "ringme_reports", "ringme_sarif",
    "ringme_waivers", "ringme_wave", "ringme_wave_failures",
})  # fmt: skip
"""The variables that steer a run of a playbook."""

INTERNAL = frozenset({
    "client_bundles_result", "client_export_overwrite", "client_export_path", "client_failure", "client_file_result", "client_live",
    "client_live_bundles", "client_registrations_result", "client_report", "client_report_result", "client_report_start",
    "client_settings_result", "ringme_apply_report", "ringme_apply_results", "ringme_apply_start", "ringme_beside", "ringme_drift_files",
    "ringme_checked_paths", "ringme_checked_waivers",
    "ringme_export_default", "ringme_export_ids", "ringme_first_wave", "ringme_gate", "ringme_in_order", "ringme_last_wave",
    "ringme_report_folder", "ringme_reported", "ringme_waivers_check", "ringme_waivers_file", "ringme_wave_clients",
})  # fmt: skip
"""The variables that the playbooks set themselves: one from outside would replace what a run has found out."""

_ROLE = frozenset({"client_blocked", "client_blocked_in_check", "client_findings"})
_KNOWN = STEERING | INTERNAL | _ROLE | frozenset(client_file_schema()["properties"])
_PREFIXES = ("client_", "ringme_")
_FOR_TESTS = frozenset({"molecule-idempotence-notest", "molecule-notest", "notest"})
"""Tags that Molecule skips in every run. No task of the playbooks has them."""

Variables = Callable[[str], Mapping[str, Any]]

_read: list[Any] = []


def note(inventory: Any) -> None:
    """Keep the inventory of this process, which the inventory plugin is filling: before the first task, nothing else leads to it."""
    _read[:] = [getattr(inventory, "__wrapped__", inventory)]


def fleet(loader: Any) -> tuple[InventoryManager, Variables]:
    """Return the inventory of this process within ``--limit``, and what returns the variables of a host; without client files it is empty."""
    manager = InventoryManager(loader=loader, sources=list(context.CLIARGS.get("inventory") or ()), parse=False)
    if _read:
        manager._inventory = _read[0]
    manager.subset(context.CLIARGS.get("subset"))
    variables = VariableManager(loader=loader, inventory=manager)

    def of_host(name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = variables.get_vars(host=manager.get_host(name), include_hostvars=False)
        return found

    return manager, of_host


def is_limited(extra: Mapping[str, Any]) -> bool:
    """Return whether the run was started for some hosts only, by ``--limit`` or the variable ringme_hosts."""
    return bool(context.CLIARGS.get("subset")) or extra.get("ringme_hosts", "all") != "all"


def check_whole() -> None:
    """Raise AnsibleLookupError where an option or setting would leave out tasks of the playbook."""
    options = context.CLIARGS
    given = {
        "--tags": list(options.get("tags") or ["all"]) != ["all"],
        "--skip-tags": bool(set(options.get("skip_tags") or ()) - _FOR_TESTS),
        "--start-at-task": bool(options.get("start_at_task")),
    }
    for option, used in given.items():
        if used:
            setting = {"--tags": " and ANSIBLE_RUN_TAGS", "--skip-tags": " and ANSIBLE_SKIP_TAGS"}.get(option, "")
            raise AnsibleLookupError(
                f"{option} would leave out tasks, and this playbook runs as a whole or not at all: run it without {option}{setting}"
            )


def check_local(variables: Variables, extra: Mapping[str, Any]) -> None:
    """Raise AnsibleLookupError where a playbook on the controller would be kept from its work."""
    check_whole()
    if context.CLIARGS.get("subset"):
        raise AnsibleLookupError(
            "--limit would leave out what this playbook does for all clients together: run it without --limit"
        )
    for name in IDENTITY:
        if name in extra:
            raise AnsibleLookupError(
                f"-e {name}: {name} comes from the file of each client and from nowhere else: leave it out"
            )
    try:
        check_names(extra, variables("localhost"))
    except AnsibleVaultError as error:
        hint = (
            "give the vault password (--vault-password-file), or run the playbook without the inventory (-i localhost,)"
        )
        raise AnsibleLookupError(f"a file of variables cannot be decrypted: {hint}") from error


def leave_out_encrypted(loader: Any) -> None:
    """Let files of variables that are encrypted as a whole count as empty, where no vault password was given.

    For playbooks that need no secret: Ansible reads the variables of all hosts for them too, and would fail.
    """
    if loader._vault.secrets:
        return
    for source in context.CLIARGS.get("inventory") or ():
        base = source if os.path.isdir(source) else os.path.dirname(os.path.abspath(source))
        for above, _folders, names in (
            found for kind in ("group_vars", "host_vars") for found in os.walk(os.path.join(base, kind))
        ):
            for path in (os.path.join(above, name) for name in names):
                try:
                    if read_bytes(path).startswith(ENCRYPTED.encode()):
                        loader._FILE_CACHE[path] = {}
                except OSError:
                    continue  # Ansible says what is wrong with it


def check_names(extra: Mapping[str, Any], others: Mapping[str, Any]) -> None:
    """Raise AnsibleLookupError for variables, ``extra`` ones and ``others``, that nothing reads, or that a playbook sets itself."""
    for name in sorted({*extra, *others}):
        where = "-e " if name in extra else ""
        if name in extra and name in INTERNAL:
            raise AnsibleLookupError(f"{where}{name}: the playbook sets {name} itself: leave it out")
        near = (
            get_close_matches(name, _KNOWN - INTERNAL, 1, 0.85)
            if name.startswith(_PREFIXES) and name not in _KNOWN
            else []
        )
        if near:
            raise AnsibleLookupError(f"{where}{name}: unknown variable; did you mean {near[0]}?")
    for given in (extra, others):
        value = given.get("ringme_fail_on")
        if isinstance(value, str) and not value.lstrip().startswith("{") and "=" not in value:
            example = """-e '{"ringme_fail_on": {"severity": "never"}}'"""
            raise AnsibleLookupError(f"ringme_fail_on: a mapping is expected, not {value!r}: write {example}")


def foreign_identity(own: Mapping[str, Any], effective: Mapping[str, Any]) -> str | None:
    """Return what is wrong where a variable from elsewhere hides one that identifies a client, ``None`` where none does.

    ``own`` are the variables that the inventory plugin has made of the client's file, ``effective`` those that a task would see.
    Hosts that do not come from a client file have no identity of this kind.
    """
    if "client_file" not in own:
        return None
    for name in IDENTITY:
        if (
            name in own
            and name in effective
            and effective[name] != own[name]
            and str(effective[name]) != str(own[name])
        ):
            return (
                f"{own['client_file']}: {name} comes from the client's file and from nowhere else, and another value hides it: "
                f"remove {name} from -e, host_vars, vars and set_fact"
            )
    return None


def check_clients(hosts: Sequence[Any], variables: Variables, extra: Mapping[str, Any]) -> None:
    """Raise AnsibleLookupError where the variables of the hosts, by ``variables(name)``, do not make one run of clients."""
    seen: dict[str, tuple[Any, str]] = {}
    for host in hosts:
        where = host.vars["client_file"]
        for name in sorted(STEERING & host.vars.keys()):
            raise AnsibleLookupError(
                f"{where}: {name} steers the whole run and cannot come from one client: remove it from client_vars, or use -e"
            )
        effective = variables(host.name)
        check_names(extra, effective)
        problem = foreign_identity(host.vars, effective)
        if problem:
            raise AnsibleLookupError(problem)
        for name in STEERING & effective.keys():
            value, first = seen.setdefault(name, (effective[name], host.name))
            if value != effective[name]:
                raise AnsibleLookupError(
                    f"{name} steers the whole run, and {first} and {host.name} have different values of it: "
                    "set it in group_vars/all.yml or with -e, and not for some clients"
                )


def targets(inventory: Any, patterns: list[str], variables: Variables, extra: Mapping[str, Any]) -> list[str]:
    """Return the clients that a run is about, as ``hosts`` of a play; raises AnsibleLookupError where it must not begin.

    ``inventory`` is Ansible's InventoryManager, ``variables`` returns those of a host, ``extra`` are those of ``-e``.
    """
    check_whole()
    check_names(extra, {})
    matched = inventory.get_hosts(patterns) if patterns else []
    hosts = [host for host in matched if "client_file" in host.vars]
    if not hosts:
        raise AnsibleLookupError(
            "there are no clients: no host of this run comes from a client file. Check the folder of client files, "
            f"-i (as in -i clients.ringme.yml), --limit and ringme_hosts ({', '.join(patterns)})"
        )
    check_clients(hosts, variables, extra)
    return patterns if len(hosts) == len(matched) else [host.name for host in hosts]
