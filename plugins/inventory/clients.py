# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes hosts of client files; see the documentation below."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: clients
short_description: A folder of client files becomes hosts
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
description:
  - Each file of a folder describes one client of the PBX and becomes one host, named like the file. C(romashka.yml) becomes C(romashka).
  - The keys of a file are variables of its host, under the names that the role P(ringme.pbx.client#role) takes. Each entry of
    C(client_tags) is a group. The variables in C(client_vars) become variables of the host by their own names.
  - Values may be encrypted with C(!vault) and hold templates, as in C(host_vars). Files may be encrypted as a whole.
    For C(ansible-inventory) without a vault password, values stay encrypted, so that AWX can import them. A playbook without it blocks the
    clients that need it.
  - What the inventory itself uses has to be written out, because templates are not known yet. That is C(client_id), C(client_tags), and
    every value that O(compose), O(groups) and O(keyed_groups) use.
  - A name is either a host or a group. Where a file and a tag, or a group that O(groups) or O(keyed_groups) makes, have the same name,
    all clients concerned are blocked.
  - Every file is checked as a whole before anything is asked of the API. What is wrong with it, or contradicts another file, blocks its client.
    The host is in the group C(ringme_blocked) then, with C(client_blocked) (what is wrong, with file, line and column), C(client_findings)
    (the same as data) and C(client_file), and without what its file says. The playbooks of this collection fail such a host with that text.
  - Hosts are local, so nothing is connected to. No request is sent.
options:
  plugin:
    description: Marks the source file as one for this plugin.
    type: str
    required: true
    choices: [ringme.pbx.clients]
  path:
    description:
      - The folder of client files, or several, relative to the source file.
    type: list
    elements: str
    default: [clients]
notes:
  - The source file's name has to end in C(ringme.yml) or C(ringme.yaml).
  - With O(cache=true), what is kept are the results of the checks, by the size and time of each file. Values are read from the files every
    time, so that they are never out of date and no secret gets into the cache. Files with encrypted values are always checked anew.
  - In O(compose), O(groups) and O(keyed_groups), blocked clients do not take part.
extends_documentation_fragment:
  - constructed
  - inventory_cache
"""

EXAMPLES = r"""
# clients.ringme.yml, beside the folder clients
---
plugin: ringme.pbx.clients
---
# groups by time zone as well, and the checks kept between runs
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

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    DOUBLED_CLIENT,
    REFUSED_VALUE,
    SHARED_NAME,
    UNKNOWN_KEY,
    WRONG_TEMPLATE,
    FileFinding,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import InventoryNames, shown_path
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.inventory_source import check_source
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.reserved_names import BLOCKED_GROUP, reserved
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.template_checks import used_paths
from ansible_collections.ringme.pbx.plugins.plugin_utils.client_inventory import ClientHost, ClientHosts, no_template
from ansible_collections.ringme.pbx.plugins.plugin_utils.targets import note

_OTHER_SOURCE = "another inventory source"
_AS_ANSIBLE_HAS_THEM = ("all", "ungrouped", BLOCKED_GROUP)


@dataclass
class _Draft:
    """A client before it gets into the inventory: ``made`` is an inventory of it alone, ``None`` where it is blocked.

    ``groups`` are the names of the groups that it has, or would have.
    """

    host: ClientHost
    made: InventoryData | None
    groups: frozenset[str]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads the folders, and puts what they hold into the inventory."""

    NAME = "ringme.pbx.clients"

    inventory: Any

    def verify_file(self, path: str) -> bool:
        """Whether the source is one for this plugin, by its name."""
        return bool(super().verify_file(path)) and path.endswith(("ringme.yml", "ringme.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the source file, then the client files; raises AnsibleParserError where a folder cannot be read."""
        super().parse(inventory, loader, path, cache)
        note(inventory)
        self._read_config_data(path)
        base = os.path.dirname(os.path.abspath(path))
        folders = [os.path.join(base, os.path.expanduser(folder)) for folder in self.get_option("path")]
        keeps, key = self.get_option("cache"), self.get_cache_key(path)
        known = self._known(key) if keeps and cache else {}
        hosts = ClientHosts(
            loader, known, self._names(), for_later="start_at_task" not in context.CLIARGS
        )  # no playbook runs
        try:
            found, others = hosts.read(folders)
        except OSError as error:
            where = shown_path(str(error.filename or folders[0]))
            raise AnsibleParserError(
                f"{path}: the folder of client files {where} cannot be read: {error.strerror}. "
                "Make it, or name another one as path"
            ) from error
        if keeps:
            self._cache[key] = known
        for finding in [*(item for item in check_source(path) if item.rule == UNKNOWN_KEY), *others]:
            self.display.warning(f"{finding.told()}. {finding.hint}")
        if not found:
            self.display.warning(f"there are no client files in {', '.join(shown_path(folder) for folder in folders)}")
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
        """Return what the inventory holds already, from other sources."""
        hosts = {name: str(host.vars.get("client_file", _OTHER_SOURCE)) for name, host in self.inventory.hosts.items()}
        groups = {name: _OTHER_SOURCE for name in self.inventory.groups if name not in _AS_ANSIBLE_HAS_THEM}
        return InventoryNames(_group_of, hosts, groups)

    def _known(self, key: str) -> dict[str, Any]:
        """Return the results of earlier checks; none where the cache cannot be read, and then everything is checked."""
        try:
            found = self._cache.get(key)
        except (AnsibleError, LookupError, OSError, TypeError, ValueError) as error:
            self.display.warning(f"the cache cannot be read, so all client files are checked: {error}")
            return {}
        return dict(found) if isinstance(found, Mapping) else {}

    def _draft(self, host: ClientHost) -> _Draft:
        """Make an inventory of one client, with its groups and variables; what is wrong with them is a finding."""
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
        """Return the finding on a value that compose, groups or keyed_groups use, and that nobody knows yet."""
        for option, expression in self._expressions():
            scalar = host.unknown(used_paths(expression), vaults=not self.loader._vault.secrets)
            if scalar is not None:
                what = "encrypted, and no vault password was given" if scalar.vault else "a template"
                message = f"the value is {what}, and {option} of the inventory uses it"
                place, hint = scalar.place, "Write the value out, or take it out of the inventory's option"
                return FileFinding(WRONG_TEMPLATE, shown_path(host.path), place.line, place.column, message, hint)
        return None

    def _expressions(self) -> list[tuple[str, str]]:
        """Return the expressions of the source file, each with the option that it is in."""
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
        """Let compose, groups and keyed_groups work on the inventory of one client; raises AnsibleError where strict."""
        shown, strict, usual = shown_path(host.path), self.get_option("strict"), self.inventory
        groups = self.get_option("groups") or {}
        if host.name in {to_safe_group_name(str(name)) for name in groups}:
            return _shared(shown, f"the host {host.name} has the name of a group in groups of the inventory")
        self.inventory = made
        try:
            # Templates are no part of what is used: before ansible-core 2.19 a neighbour of a value would be templated all the same.
            client = made.hosts[host.name]
            self._set_composite_vars(self.get_option("compose"), no_template(client.get_vars()), host.name, strict)
            self._add_host_to_composed_groups(groups, no_template(client.get_vars()), host.name, strict, False)
            self._add_host_to_keyed_groups(
                self.get_option("keyed_groups"), no_template(client.get_vars()), host.name, strict, False
            )
        except Exception as error:  # one file must not keep the others from being read
            if strict and isinstance(error, AnsibleError):
                raise
            message = f"compose, groups or keyed_groups of the inventory fail for this client: {type(error).__name__}"
            return FileFinding(
                REFUSED_VALUE, shown, 1, 1, message, "Run ansible-inventory with strict: true to see why"
            )
        finally:
            self.inventory = usual
        return None

    def _check_groups(self, drafts: list[_Draft]) -> None:
        """Block the clients of which a group has the name of a host, and those hosts."""
        hosts: dict[str, list[_Draft]] = {}
        for draft in drafts:
            hosts.setdefault(draft.host.name, []).append(draft)
        wrong: list[tuple[_Draft, str]] = []
        for draft in drafts:
            for name in sorted(draft.groups) if draft.made else ():
                why = reserved(name)
                if why is not None:
                    wrong.append((draft, f"the group {name} of this client {why}"))
                elif name in hosts or name in self.inventory.hosts:
                    wrong.append((draft, f"the group {name} of this client has the name of a host"))
                    shown = shown_path(draft.host.path)
                    wrong += [
                        (other, f"the host {name} has the name of a group of {shown}") for other in hosts.get(name, ())
                    ]
        for draft, message in wrong:
            finding = _shared(shown_path(draft.host.path), message)
            if finding not in draft.host.findings:
                draft.host, draft.made = replace(draft.host, findings=(*draft.host.findings, finding)), None

    def _block_others(self, draft: _Draft, earlier: frozenset[str]) -> None:
        """Block clients of ``earlier`` sources: in a group that has the name of this host, or with the name of one of its groups."""
        shown, name = shown_path(draft.host.path), draft.host.name
        group = self.inventory.groups.get(name)
        wrong = (
            [(member, f"the group {name} of this client has the name of the host of {shown}") for member in group.hosts]
            if group
            else []
        )
        wrong += [
            (self.inventory.hosts[own], f"the host {own} has the name of a group of {shown}")
            for own in sorted(draft.groups & earlier)
        ]
        for host, message in wrong:
            if "client_file" in host.vars:
                self._block(host.name, [_shared(str(host.vars["client_file"]), message)], dict(host.vars))
        if group and not (group.hosts or group.child_groups or group.vars):
            del self.inventory.groups[name]  # else it would stand for the host in patterns

    def _add(self, draft: _Draft) -> None:
        """Put a client into the inventory. By objects: a name could be that of a group."""
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
        """Make a host of this name that is blocked; ``earlier`` are the variables of the one that it replaces."""
        known = self.inventory.hosts.get(name)
        if known is not None and "client_file" in known.vars:
            self.inventory.remove_host(known)
        self.inventory.add_host(name)
        client = self.inventory.hosts[name]
        texts = [
            text for text in (earlier.get("client_blocked"), ClientHost(name, "", tuple(findings)).blocked) if text
        ]
        told = [*earlier.get("client_findings", ()), *(finding.as_dict() for finding in findings)]
        facts = no_template({"client_blocked": "; ".join(texts), "client_findings": told})
        for key, value in {**{key: earlier[key] for key in _ALWAYS}, **facts}.items():
            client.set_variable(key, value)
        self.inventory.groups[BLOCKED_GROUP].add_host(client)


_ALWAYS = ("client_file", "ansible_connection", "ansible_python_interpreter")


def _group_of(tag: str) -> str:
    return str(to_safe_group_name(tag, silent=True))


def _always(host: ClientHost) -> dict[str, Any]:
    """Return the variables that every client has, blocked or not."""
    values = (no_template(shown_path(host.path)), "local", sys.executable)
    return dict(zip(_ALWAYS, values))


def _shared(shown: str, message: str) -> FileFinding:
    return FileFinding(
        SHARED_NAME, shown, 1, 1, message, "Rename the file, the tag or the group: a name is either a host or a group"
    )


def _doubled(host: ClientHost, earlier: dict[str, Any]) -> list[FileFinding]:
    """Return the finding on a host that another file has become before; none where that is among its findings already."""
    if not earlier or any(
        found.rule == DOUBLED_CLIENT and f"{earlier['client_file']}:" in found.message for found in host.findings
    ):
        return []
    message = f"the host {host.name} is in {earlier['client_file']} too"
    return [FileFinding(DOUBLED_CLIENT, shown_path(host.path), 1, 1, message, "Give one of the files another name")]
