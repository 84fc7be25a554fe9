# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns client files into hosts; see the documentation below."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: clients
short_description: A folder of client files becomes hosts
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
description:
  - Each file of a folder describes one client of the PBX and becomes one host with the name of the file.
    C(romashka.yml) becomes C(romashka).
  - The keys of a file are variables of its host, with the names that the role P(ringme.pbx.client#role) uses. Each
    entry of C(client_tags) is a group. The variables in C(client_vars) become variables of the host.
  - Values can be encrypted with C(!vault) and contain templates, as in C(host_vars). Files can be encrypted as a whole.
    C(ansible-inventory) without a vault password keeps values encrypted, so that AWX can import them. A playbook
    without it blocks the clients that need it.
  - Values that the inventory itself uses must not be templates, because their values are not known yet. These are
    C(client_id), C(client_tags), and every value that O(compose), O(groups) and O(keyed_groups) use.
  - A name is either a host or a group. If a file has the same name as a tag, or as a group that O(groups) or
    O(keyed_groups) creates, all clients concerned are blocked.
  - Every file is checked as a whole before the first API request. A finding on a file blocks its client. The host is
    then in the group C(ringme_blocked), with C(client_blocked) (the findings with file, line and column),
    C(client_findings) (the same as data) and C(client_file), and without the other variables of its file. The playbooks
    of this collection fail such a host with that text.
  - Hosts are local. Ansible opens no connection, and the plugin sends no request.
options:
  plugin:
    description: Marks the source file as one for this plugin.
    type: str
    required: true
    choices: [ringme.pbx.clients]
  path:
    description:
      - One or more folders of client files, relative to the source file.
    type: list
    elements: str
    default: [clients]
notes:
  - The name of the source file must end in C(ringme.yml) or C(ringme.yaml).
  - With O(cache=true), the cache contains the results of the checks, by the size and time of each file. Values are
    always read from the files, so that they are up to date and the cache contains no secret. Files with encrypted
    values are checked every time.
  - O(compose), O(groups) and O(keyed_groups) ignore blocked clients.
extends_documentation_fragment:
  - constructed
  - inventory_cache
"""

EXAMPLES = r"""
# clients.ringme.yml, next to the folder clients
---
plugin: ringme.pbx.clients
---
# with groups by time zone, and with cached results of the checks
plugin: ringme.pbx.clients
path: [clients, pilots]
keyed_groups:
  - key: client_settings.timezone | default('UTC')
    prefix: zone
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ringme.pbx/checks
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible import context
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.inventory.group import to_safe_group_name
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.cross_file_checks import InventoryNames
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    DUPLICATE_CLIENT,
    REFUSED_VALUE,
    SHARED_NAME,
    UNKNOWN_KEY,
    WRONG_TEMPLATE,
    FileFinding,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import shown_path
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.inventory_source import check_source
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.reserved_names import BLOCKED_GROUP, reserved
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.template_checks import used_paths
from ansible_collections.ringme.pbx.plugins.plugin_utils.client_inventory import ClientHost, ClientHosts, no_template
from ansible_collections.ringme.pbx.plugins.plugin_utils.targets import remember_inventory

_OTHER_SOURCE = "another inventory source"
_AS_ANSIBLE_HAS_THEM = ("all", "ungrouped", BLOCKED_GROUP)


@dataclass
class _Draft:
    """A client before it is added to the inventory: ``made`` is an inventory with this client only, ``None`` if
    blocked.

    ``groups`` are the names of the groups that it has, or would have.
    """

    host: ClientHost
    made: InventoryData | None
    groups: frozenset[str]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads the folders, and adds their clients to the inventory."""

    NAME = "ringme.pbx.clients"

    inventory: Any

    def verify_file(self, path: str) -> bool:
        """Whether the name of the source is one for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(("ringme.yml", "ringme.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the source file, then the client files; raises AnsibleParserError if a folder cannot be read."""
        super().parse(inventory, loader, path, cache)
        remember_inventory(inventory)
        self._read_config_data(path)
        base = os.path.dirname(os.path.abspath(path))
        folders = [os.path.join(base, os.path.expanduser(folder)) for folder in self.get_option("path")]
        caching, key = self.get_option("cache"), self.get_cache_key(path)
        results = self._cached_results(key) if caching and cache else {}
        # Without this option, the program is not ansible-playbook.
        hosts = ClientHosts(loader, results, self._names(), decrypted_later="start_at_task" not in context.CLIARGS)
        try:
            found, others = hosts.read(folders)
        except OSError as error:
            where = shown_path(str(error.filename or folders[0]))
            raise AnsibleParserError(
                f"{path}: the folder of client files {where} cannot be read: {error.strerror}. "
                "Create it, or set path to another folder"
            ) from error
        if caching:
            self._cache[key] = results
        for finding in [*(item for item in check_source(path) if item.rule == UNKNOWN_KEY), *others]:
            self.display.warning(f"{finding.text()}. {finding.hint}")
        if not found:
            self.display.warning(f"no client files in {', '.join(shown_path(folder) for folder in folders)}")
        everything = self.inventory.groups["all"]
        everything.set_variable("ringme_clients_path", [*(everything.vars.get("ringme_clients_path") or []), *folders])
        self.inventory.add_group(BLOCKED_GROUP)
        drafts = [self._draft(host) for host in found]
        self._check_groups(drafts)
        earlier = frozenset(self.inventory.hosts)
        for draft in drafts:
            self._block_others(draft, earlier)
            self._add(draft)

    def _names(self) -> InventoryNames:
        """Return the names that the inventory has from other sources."""
        hosts = {name: str(host.vars.get("client_file", _OTHER_SOURCE)) for name, host in self.inventory.hosts.items()}
        groups = {name: _OTHER_SOURCE for name in self.inventory.groups if name not in _AS_ANSIBLE_HAS_THEM}
        return InventoryNames(_group_of, hosts, groups)

    def _cached_results(self, key: str) -> dict[str, Any]:
        """Return the cached results of checks; none if the cache cannot be read, so that all files are checked."""
        try:
            found = self._cache.get(key)
        except (AnsibleError, LookupError, OSError, TypeError, ValueError) as error:
            self.display.warning(f"the cache cannot be read, so all client files are checked: {error}")
            return {}
        return dict(found) if isinstance(found, Mapping) else {}

    def _draft(self, host: ClientHost) -> _Draft:
        """Build an inventory of one client, with its groups and variables; problems with them become a finding."""
        tags = frozenset(_group_of(tag) for tag in host.tags)
        if host.findings:
            return _Draft(host, None, tags)
        problem = self._unknown(host)
        if problem is not None:
            return _Draft(replace(host, findings=(problem,)), None, tags)
        made = InventoryData()
        made.current_source = self.inventory.current_source
        made.add_host(host.name)
        client = made.hosts[host.name]
        for name, value in {**_always(host), **host.variables}.items():
            client.set_variable(name, value)
        for tag in host.tags:
            made.groups[made.add_group(to_safe_group_name(tag))].add_host(client)
        problem = self._construct(host, made)
        if problem is not None:
            return _Draft(replace(host, findings=(problem,)), None, tags)
        return _Draft(host, made, frozenset(made.groups) - {"all", "ungrouped"})

    def _unknown(self, host: ClientHost) -> FileFinding | None:
        """Return the finding on an unknown value that compose, groups or keyed_groups use."""
        for option, expression in self._expressions():
            scalar = host.unknown(used_paths(expression), vaults=not self.loader._vault.secrets)
            if scalar is not None:
                what = "encrypted, no vault password is set" if scalar.vault else "a template"
                message = f"the value is {what}, but {option} of the inventory uses it"
                place, hint = scalar.place, "Write the value itself, or remove it from the option of the inventory"
                return FileFinding(WRONG_TEMPLATE, shown_path(host.path), place.line, place.column, message, hint)
        return None

    def _expressions(self) -> list[tuple[str, str]]:
        """Return the expressions of the source file, each with its option."""
        found: list[tuple[str, Any]] = []
        for option in ("compose", "groups"):
            values = self.get_option(option)
            found += (
                [(f"{option}.{name}", text) for name, text in values.items()] if isinstance(values, Mapping) else []
            )
        keyed = self.get_option("keyed_groups")
        for index, entry in enumerate(keyed if isinstance(keyed, list) else ()):
            if isinstance(entry, Mapping):
                found.append((f"keyed_groups[{index}].key", entry.get("key")))
        return [(option, str(text)) for option, text in found]

    def _construct(self, host: ClientHost, made: InventoryData) -> FileFinding | None:
        """Apply compose, groups and keyed_groups to the inventory of one client; raises AnsibleError if strict."""
        shown, strict, usual = shown_path(host.path), self.get_option("strict"), self.inventory
        groups = self.get_option("groups") or {}
        if host.name in {to_safe_group_name(str(name)) for name in groups}:
            return _shared(shown, f"host {host.name} has the same name as a group in groups of the inventory")
        self.inventory = made
        try:
            # Before ansible-core 2.19, the neighbours of a used value would be templated as well.
            client = made.hosts[host.name]
            self._set_composite_vars(self.get_option("compose"), no_template(client.get_vars()), host.name, strict)
            self._add_host_to_composed_groups(groups, no_template(client.get_vars()), host.name, strict, False)
            self._add_host_to_keyed_groups(
                self.get_option("keyed_groups"), no_template(client.get_vars()), host.name, strict, False
            )
        except Exception as error:  # the other files must still be read
            if strict and isinstance(error, AnsibleError):
                raise
            message = f"compose, groups or keyed_groups of the inventory failed for this client: {type(error).__name__}"
            return FileFinding(
                REFUSED_VALUE, shown, 1, 1, message, "Run ansible-inventory with strict: true to see why"
            )
        finally:
            self.inventory = usual
        return None

    def _check_groups(self, drafts: list[_Draft]) -> None:
        """Block clients that have a group with the name of a host, and those hosts."""
        hosts: dict[str, list[_Draft]] = {}
        for draft in drafts:
            hosts.setdefault(draft.host.name, []).append(draft)
        wrong: list[tuple[_Draft, str]] = []
        for draft in drafts:
            for name in sorted(draft.groups) if draft.made else ():
                why = reserved(name)
                if why is not None:
                    wrong.append((draft, f"group {name} of this client {why}"))
                elif name in hosts or name in self.inventory.hosts:
                    wrong.append((draft, f"group {name} of this client has the same name as a host"))
                    shown = shown_path(draft.host.path)
                    wrong += [
                        (other, f"host {name} has the same name as a group of {shown}") for other in hosts.get(name, ())
                    ]
        for draft, message in wrong:
            finding = _shared(shown_path(draft.host.path), message)
            if finding not in draft.host.findings:
                draft.host, draft.made = replace(draft.host, findings=(*draft.host.findings, finding)), None

    def _block_others(self, draft: _Draft, earlier: frozenset[str]) -> None:
        """Block clients of ``earlier`` sources that have a group or a name in conflict with this client."""
        shown, name = shown_path(draft.host.path), draft.host.name
        group = self.inventory.groups.get(name)
        wrong = (
            [
                (member, f"group {name} of this client has the same name as the host of {shown}")
                for member in group.hosts
            ]
            if group
            else []
        )
        wrong += [
            (self.inventory.hosts[own], f"host {own} has the same name as a group of {shown}")
            for own in sorted(draft.groups & earlier)
        ]
        for host, message in wrong:
            if "client_file" in host.vars:
                self._block(host.name, [_shared(str(host.vars["client_file"]), message)], dict(host.vars))
        if group and not (group.hosts or group.child_groups or group.vars):
            del self.inventory.groups[name]  # otherwise patterns would match it instead of the host

    def _add(self, draft: _Draft) -> None:
        """Add a client to the inventory. Uses objects, because a name can be that of a group."""
        host, known = draft.host, self.inventory.hosts.get(draft.host.name)
        earlier: dict[str, Any] = dict(known.vars) if known is not None and "client_file" in known.vars else {}
        findings = [*_doubled(host, earlier), *host.findings]
        if findings or earlier or draft.made is None:
            self._block(host.name, findings, {**_always(host), **earlier})
            return
        self.inventory.add_host(host.name)
        client = self.inventory.hosts[host.name]
        for name, value in draft.made.hosts[host.name].vars.items():
            if name not in ("inventory_file", "inventory_dir"):
                client.set_variable(name, value)
        for name, group in draft.made.groups.items():
            own = self.inventory.groups[self.inventory.add_group(name)]
            if client.name in {member.name for member in group.hosts}:
                own.add_host(client)
        for name, group in draft.made.groups.items():
            for child in group.child_groups:
                self.inventory.groups[name].add_child_group(self.inventory.groups[child.name])

    def _block(self, name: str, findings: list[FileFinding], earlier: dict[str, Any]) -> None:
        """Add a blocked host of this name; ``earlier`` are the variables of the host that it replaces."""
        known = self.inventory.hosts.get(name)
        if known is not None and "client_file" in known.vars:
            self.inventory.remove_host(known)
        self.inventory.add_host(name)
        client = self.inventory.hosts[name]
        texts = [
            text for text in (earlier.get("client_blocked"), ClientHost(name, "", tuple(findings)).blocked) if text
        ]
        data = [*earlier.get("client_findings", ()), *(finding.as_dict() for finding in findings)]
        facts = no_template({"client_blocked": "; ".join(texts), "client_findings": data})
        for key, value in {**{key: earlier[key] for key in _ALWAYS}, **facts}.items():
            client.set_variable(key, value)
        self.inventory.groups[BLOCKED_GROUP].add_host(client)


_ALWAYS = ("client_file", "ansible_connection", "ansible_python_interpreter")


def _group_of(tag: str) -> str:
    return str(to_safe_group_name(tag, silent=True))


def _always(host: ClientHost) -> dict[str, Any]:
    """Return the variables of every client, blocked or not."""
    values = (no_template(shown_path(host.path)), "local", sys.executable)
    return dict(zip(_ALWAYS, values, strict=True))


def _shared(shown: str, message: str) -> FileFinding:
    return FileFinding(
        SHARED_NAME, shown, 1, 1, message, "Rename the file, the tag or the group: a name is either a host or a group"
    )


def _doubled(host: ClientHost, earlier: dict[str, Any]) -> list[FileFinding]:
    """Return the finding on a host of two files, unless it already has that finding."""
    if not earlier or any(
        found.rule == DUPLICATE_CLIENT and f"{earlier['client_file']}:" in found.message for found in host.findings
    ):
        return []
    message = f"host {host.name} is also described in {earlier['client_file']}"
    return [FileFinding(DUPLICATE_CLIENT, shown_path(host.path), 1, 1, message, "Rename one of the files")]
