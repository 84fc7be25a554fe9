# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates YAML snippets: plays, tasks, roles, inventories, variables.

Every part of a snippet must be known, and is checked against the specs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from ansible.playbook.block import Block
from ansible.playbook.handler import Handler
from ansible.playbook.play import Play
from ansible.playbook.task import Task
from documents import (
    COLLECTION,
    INVENTORIES,
    MODULES,
    PLAYBOOKS,
    ROLES,
    connection_spec,
    environment_names,
    foreign_options,
    role_spec,
    specification,
)
from options import is_template, meaning_problems, spec_problems

GROUP = f"group/{COLLECTION}.api"
VARIABLES = frozenset(
    {
        *("ringme_in_process", "ringme_hosts", "ringme_wave", "ringme_wave_failures", "ringme_sarif"),
        *("ringme_export_clients", "ringme_export_path", "ringme_export_overwrite"),
        *("ringme_report_path", "ringme_report_mode", "ringme_report_max_age", "ringme_reports"),
        *("ringme_fail_on", "ringme_waivers"),
    }
)
"""The variables of the collection that belong to no role, without the internal ones of playbooks."""
_FILE_KEYS = frozenset({"client_tags", "client_vars", "extension_len"})
"""The keys of client files that the role does not take."""

_PLAY_KEYS = frozenset(Play.fattributes)
_BLOCK_KEYS = frozenset(Block.fattributes)
_TASK_KEYS = frozenset(Task.fattributes) | frozenset(Handler.fattributes)
_TASK_LISTS = ("tasks", "pre_tasks", "post_tasks", "handlers")
_INCLUDE_ROLE = ("ansible.builtin.include_role", "ansible.builtin.import_role")
_FREE_FORM = ("ansible.builtin.set_fact", "ansible.builtin.include_vars", "ansible.builtin.add_host")
_INVENTORY_KEYS = frozenset({"hosts", "vars", "children"})


def document_problems(document: Any) -> list[str]:
    """Return what is wrong with a YAML document; an empty list if nothing is."""
    return list(_document(document))


def variable_problems(variables: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the variables of a file of group_vars or host_vars."""
    return list(_variables(variables))


def client_file_problems(text: str) -> list[str]:
    """Return the findings of the validation for the text of a client file."""
    from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import read_client_file

    return [finding.text() for finding in read_client_file("client.yml", text).findings]


def _document(document: Any) -> Iterator[str]:
    if isinstance(document, list) and document and all(isinstance(entry, Mapping) for entry in document):
        for entry in document:
            if "hosts" in entry:
                yield from _play(entry)
            elif "import_playbook" in entry or "ansible.builtin.import_playbook" in entry:
                yield from _import(entry)
            else:
                yield from _task(entry)
    elif isinstance(document, Mapping) and str(document.get("plugin", "")).startswith(f"{COLLECTION}."):
        yield from _known(str(document["plugin"]), INVENTORIES, "inventory plugin")
    elif isinstance(document, Mapping) and document.keys() & _FILE_KEYS:
        yield from client_file_problems(yaml.safe_dump(document))
    elif isinstance(document, Mapping) and document and all(_is_group(group) for group in document.values()):
        for name, group in document.items():
            yield from _group(name, group)
    elif isinstance(document, Mapping) and "collections" in document:
        names = [entry.get("name") if isinstance(entry, Mapping) else entry for entry in document["collections"]]
        if COLLECTION not in names:
            yield f"requirements without {COLLECTION}"
    elif isinstance(document, Mapping) and any(_is_ours(name) for name in document):
        yield from _variables(document)
    else:
        yield f"not recognised as plays, tasks, an inventory or variables: {str(document)[:60]}"


def _play(play: Mapping[str, Any]) -> Iterator[str]:
    for name in play:
        if name not in _PLAY_KEYS:
            yield f"{name} is not a keyword of a play"
    yield from _shared_keywords(play)
    for key in _TASK_LISTS:
        for task in play.get(key) or ():
            yield from _task(task)
    for role in play.get("roles") or ():
        name = role if isinstance(role, str) else role.get("role", role.get("name"))
        given = {} if isinstance(role, str) else role.get("vars", {})
        yield from _variables({name: value for name, value in given.items() if name.startswith("ringme_")})
        yield from _role(str(name), {**play.get("vars", {}), **given})


def _import(entry: Mapping[str, Any]) -> Iterator[str]:
    name = str(entry.get("import_playbook") or entry.get("ansible.builtin.import_playbook"))
    if name.startswith(f"{COLLECTION}."):
        yield from _known(name, PLAYBOOKS, "playbook")
    yield from _variables(entry.get("vars") or {})


def _task(task: Mapping[str, Any]) -> Iterator[str]:
    yield from _shared_keywords(task)
    if "block" in task:
        for name in task:
            if name not in _BLOCK_KEYS:
                yield f"{name} is not a keyword of a block"
        for key in ("block", "rescue", "always"):
            for inner in task.get(key) or ():
                yield from _task(inner)
        return
    actions = [name for name in task if name not in _TASK_KEYS and not name.startswith("with_")]
    if len(actions) != 1:
        yield f"task {task.get('name')!r} has {len(actions)} actions: {', '.join(actions)}"
        return
    action, options = actions[0], task[actions[0]] or {}
    if isinstance(task.get("args"), Mapping) and isinstance(options, Mapping):
        options = {**options, **task["args"]}
    if action.startswith(f"{COLLECTION}."):
        yield from _known(action, MODULES, "module")
        if action.split(".")[-1] in MODULES:
            yield from (f"{action}: {text}" for text in _module(action.split(".")[-1], options))
    elif action in _INCLUDE_ROLE:
        entry = str(options.get("tasks_from", "main")).removesuffix(".yml")
        yield from _role(str(options.get("name")), task.get("vars", {}), entry)
    elif "." not in action:
        yield f"{action} is not a full name of a module"
    elif action not in _FREE_FORM and isinstance(options, Mapping):
        unknown = set(options) - foreign_options(action)
        yield from (f"{action}: unknown option {name}" for name in sorted(unknown))


def _module(name: str, options: Any) -> list[str]:
    return spec_problems(specification(name), options) or meaning_problems(name, options)


def _shared_keywords(owner: Mapping[str, Any]) -> Iterator[str]:
    defaults = owner.get("module_defaults") or {}
    for name, options in defaults.items() if isinstance(defaults, Mapping) else ():
        if name == GROUP:
            yield from (f"{name}: {text}" for text in spec_problems({"argument_spec": connection_spec()}, options))
        elif name.startswith(f"{COLLECTION}."):
            yield from _known(name, MODULES, "module")
            written_out = isinstance(options, Mapping) and name.split(".")[-1] in MODULES
            unknown = set(options) - set(specification(name.split(".")[-1])["argument_spec"]) if written_out else ()
            if not isinstance(options, Mapping) and not is_template(options):
                yield f"{name}: not a dictionary"
            yield from (f"{name}: unknown option {option}" for option in sorted(unknown))
        elif name.startswith("group/ringme"):
            yield f"{name} is not an action group of the collection"
    environment = owner.get("environment") or {}
    for name in environment if isinstance(environment, Mapping) else ():
        if name.startswith("RINGME_") and name not in environment_names():
            yield f"no option falls back to {name}"
    if isinstance(owner.get("vars"), Mapping):
        yield from _variables({name: value for name, value in owner["vars"].items() if name.startswith("ringme_")})


def _role(name: str, variables: Mapping[str, Any], entry: str = "main") -> Iterator[str]:
    if not name.startswith(f"{COLLECTION}."):
        return
    yield from _known(name, ROLES, "role")
    role = name.split(".")[-1]
    if role in ROLES:
        ours = {key: value for key, value in variables.items() if _is_ours(key) and not key.startswith("ringme_")}
        try:
            spec = role_spec(role, entry)
        except KeyError:
            yield f"{name} has no documented entry point {entry}"
            return
        yield from (f"{name}: {text}" for text in _role_problems(spec, ours))


def _role_problems(spec: Mapping[str, Any], variables: Mapping[str, Any]) -> Iterator[str]:
    yield from spec_problems({"argument_spec": spec}, variables)
    # The modules must accept what the role passes to them.
    for module, options in _role_modules(variables):
        yield from (f"{module}: {text}" for text in _module(module, options))


def _role_modules(variables: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the modules that the role runs for these variables, each with its options."""
    settings, bundles = variables.get("client_settings") or {}, variables.get("client_bundles")
    if isinstance(settings, Mapping) and settings:
        yield "client_settings", settings
    if bundles is not None:
        prefix = "client_bundles_"
        options = {name.removeprefix(prefix): value for name, value in variables.items() if name.startswith(prefix)}
        yield "client_bundles", {**options, "bundles": bundles}
    registrations = variables.get("client_registrations") or {}
    if isinstance(registrations, Mapping) and registrations:
        yield "client_registrations", registrations


def _variables(variables: Mapping[str, Any]) -> Iterator[str]:
    """Check variables of hosts: a name with our prefix must belong to a role or to the collection."""
    known = {name: role for role in ROLES for name in role_spec(role)}
    for name in variables:
        if _is_ours(name) and name not in known and name not in VARIABLES:
            yield f"no role and nothing else knows the variable {name}"
    for role in sorted({known[name] for name in variables if name in known}):
        own = {name: value for name, value in variables.items() if known.get(name) == role}
        yield from _role_problems(role_spec(role), own)


def _group(name: str, group: Mapping[str, Any] | None) -> Iterator[str]:
    for host in ((group or {}).get("hosts") or {}).values():
        yield from _variables(host or {})
    yield from _variables((group or {}).get("vars") or {})
    for inner, content in ((group or {}).get("children") or {}).items():
        yield from _group(inner, content)


def _is_group(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and set(value) <= _INVENTORY_KEYS


def _is_ours(name: str) -> bool:
    return not is_template(name) and name.startswith(("client_", "ringme_"))


def _known(name: str, names: tuple[str, ...], kind: str) -> Iterator[str]:
    if name.removeprefix(f"{COLLECTION}.") not in names:
        yield f"there is no {kind} {name}"
