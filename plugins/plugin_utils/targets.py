# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a packaged playbook: all of its tasks run, for clients only, each with its own file.

Decides on which hosts the playbooks act, and which variables are allowed to control them, before the first task.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ansible import constants, context
from ansible.errors import AnsibleLookupError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.vault import AnsibleVaultError
from ansible.vars.manager import VariableManager

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import (
    ENCRYPTED,
    shown_path,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.schema import client_file_schema
from ansible_collections.ringme.pbx.plugins.module_utils._regular_file import read_bytes

IDENTITY = ("client_id", "client_file", "client_api", "extension_len")
"""The variables that identify a client. Only the client file sets them."""

RUN_VARIABLES = frozenset({
    "ringme_clients_path", "ringme_export_clients", "ringme_export_overwrite", "ringme_export_path", "ringme_fail_on",
    "ringme_hosts", "ringme_in_process", "ringme_report_max_age", "ringme_report_mode", "ringme_report_path",
    "ringme_reports", "ringme_sarif", "ringme_waivers", "ringme_wave", "ringme_wave_failures",
})  # fmt: skip
"""The variables that control a run of a playbook."""

INTERNAL = frozenset({
    "client_bundles_result", "client_export_overwrite", "client_export_path", "client_failure", "client_file_result",
    "client_live", "client_live_bundles", "client_registrations_result", "client_report", "client_report_result",
    "client_report_start", "client_settings_result", "ringme_apply_report", "ringme_apply_results",
    "ringme_apply_start", "ringme_base_folder", "ringme_drift_files", "ringme_checked_paths", "ringme_checked_waivers",
    "ringme_export_default", "ringme_export_ids", "ringme_first_wave", "ringme_gate", "ringme_in_order",
    "ringme_last_wave", "ringme_report_folder", "ringme_reported", "ringme_waivers_check", "ringme_waivers_file",
    "ringme_wave_clients",
})  # fmt: skip
"""The variables that the playbooks set: a value from elsewhere would hide results of the run."""

_ROLE = frozenset({"client_blocked", "client_blocked_in_check", "client_findings"})
_KNOWN = RUN_VARIABLES | INTERNAL | _ROLE | frozenset(client_file_schema()["properties"])
_PREFIXES = ("client_", "ringme_")
_FOR_TESTS = frozenset({"molecule-idempotence-notest", "molecule-notest", "notest"})
"""Tags that Molecule skips in every run. No task of the playbooks has them."""

Variables = Callable[[str], Mapping[str, Any]]

_inventory: list[Any] = []


def remember_inventory(inventory: Any) -> None:
    """Keep the inventory that the inventory plugin fills: before the first task, nothing else refers to it."""
    _inventory[:] = [getattr(inventory, "__wrapped__", inventory)]


def fleet(loader: Any) -> tuple[InventoryManager, Variables]:
    """Return the inventory of this process within ``--limit``, and a function for the variables of a host.

    The inventory is empty without client files.
    """
    manager = InventoryManager(loader=loader, sources=list(context.CLIARGS.get("inventory") or ()), parse=False)
    if _inventory:
        manager._inventory = _inventory[0]
    manager.subset(context.CLIARGS.get("subset"))
    variables = VariableManager(loader=loader, inventory=manager)

    def of_host(name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = variables.get_vars(host=manager.get_host(name), include_hostvars=False)
        return found

    return manager, of_host


def is_limited(extra: Mapping[str, Any]) -> bool:
    """Return whether the run is limited to some hosts, by ``--limit`` or the variable ringme_hosts."""
    return bool(context.CLIARGS.get("subset")) or extra.get("ringme_hosts", "all") != "all"


def packaged_playbook() -> tuple[str | None, tuple[str, ...]]:
    """Return the packaged playbook of this run and the values of ``-i``; ``None`` if it is another playbook."""
    playbooks: Sequence[object] = context.CLIARGS.get("args") or ()
    if len(playbooks) != 1 or not str(playbooks[0]).startswith("ringme.pbx."):
        return None, ()
    sources = [str(source) for source in context.CLIARGS.get("inventory") or ()]
    if sources == [str(source) for source in constants.DEFAULT_HOST_LIST]:
        return str(playbooks[0]), ()
    return str(playbooks[0]), tuple(source if "," in source else shown_path(source) for source in sources)


def check_whole() -> None:
    """Raise AnsibleLookupError if an option or setting would skip tasks of the playbook."""
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
                f"{option} would skip tasks, but this playbook must run as a whole: run it without {option}{setting}"
            )


def check_local(variables: Variables, extra: Mapping[str, Any]) -> None:
    """Raise AnsibleLookupError if an option or a variable would change the work of a playbook on the controller."""
    check_whole()
    if context.CLIARGS.get("subset"):
        raise AnsibleLookupError(
            "--limit is not supported, because this playbook works for all clients together: run it without --limit"
        )
    for name in IDENTITY:
        if name in extra:
            raise AnsibleLookupError(f"-e {name}: not allowed; only client files set it. Remove it")
    try:
        check_names(extra, variables("localhost"))
    except AnsibleVaultError as error:
        hint = (
            "set the vault password (--vault-password-file), or run the playbook without the inventory (-i localhost,)"
        )
        raise AnsibleLookupError(f"a variables file cannot be decrypted: {hint}") from error


def leave_out_encrypted(loader: Any) -> None:
    """Treat files of variables that are encrypted as a whole as empty, if there is no vault password.

    This is for playbooks that need no secret: Ansible reads the variables of all hosts for them as well, and would
    fail.
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
                    continue  # Ansible reports the problem


def check_names(extra: Mapping[str, Any], others: Mapping[str, Any]) -> None:
    """Raise AnsibleLookupError for variables that are unknown or set by a playbook; ``extra`` are those of -e."""
    for name in sorted({*extra, *others}):
        where = "-e " if name in extra else ""
        if name in extra and name in INTERNAL:
            raise AnsibleLookupError(f"{where}{name}: the playbook sets this variable: remove it")
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
            raise AnsibleLookupError(f"ringme_fail_on: expected a mapping, but the value is {value!r}: write {example}")


def foreign_identity(own: Mapping[str, Any], effective: Mapping[str, Any]) -> str | None:
    """Return a message if another variable hides one that identifies a client, otherwise ``None``.

    ``own`` are the variables of the client file, ``effective`` those that a task would get. Hosts that do not come from
    a client file have no identity.
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
                f"{own['client_file']}: another value hides {name}, which only the client file can set: "
                f"remove {name} from -e, host_vars, vars and set_fact"
            )
    return None


def check_clients(hosts: Sequence[Any], variables: Variables, extra: Mapping[str, Any]) -> None:
    """Raise AnsibleLookupError if the variables of the hosts, by ``variables(name)``, contradict each other."""
    seen: dict[str, tuple[Any, str]] = {}
    for host in hosts:
        where = host.vars["client_file"]
        for name in sorted(RUN_VARIABLES & host.vars.keys()):
            raise AnsibleLookupError(
                f"{where}: {name} controls the whole run, so one client cannot set it: "
                "remove it from client_vars, or use -e"
            )
        effective = variables(host.name)
        check_names(extra, effective)
        problem = foreign_identity(host.vars, effective)
        if problem:
            raise AnsibleLookupError(problem)
        for name in RUN_VARIABLES & effective.keys():
            value, first = seen.setdefault(name, (effective[name], host.name))
            if value != effective[name]:
                raise AnsibleLookupError(
                    f"{name} controls the whole run, but {first} and {host.name} have different values of it: "
                    "set it in group_vars/all.yml or with -e"
                )


def targets(inventory: Any, patterns: list[str], variables: Variables, extra: Mapping[str, Any]) -> list[str]:
    """Return the clients of a run as ``hosts`` of a play; raises AnsibleLookupError if the run must not start.

    ``inventory`` is Ansible's InventoryManager, ``variables`` returns those of a host, ``extra`` are those of ``-e``.
    """
    check_whole()
    check_names(extra, {})
    matched = inventory.get_hosts(patterns) if patterns else []
    hosts = [host for host in matched if "client_file" in host.vars]
    if not hosts:
        raise AnsibleLookupError(
            "no clients found: no host of this run comes from a client file. Check the folder of client files, "
            f"-i (as in -i clients.ringme.yml), --limit and ringme_hosts ({', '.join(patterns)})"
        )
    check_clients(hosts, variables, extra)
    return patterns if len(hosts) == len(matched) else [host.name for host in hosts]
