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
from dataclasses import replace
from typing import Any

from ansible import context
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.ringme.pbx.plugins.module_utils.files.findings import DOUBLED_CLIENT, FileFinding
from ansible_collections.ringme.pbx.plugins.module_utils.files.folder import shown_path
from ansible_collections.ringme.pbx.plugins.plugin_utils.client_hosts import ClientHost, ClientHosts, no_template

BLOCKED = "ringme_blocked"
"""The group of clients that no run touches, because something is wrong with their files."""


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads the folders, and puts what they hold into the inventory."""

    NAME = "ringme.pbx.clients"

    def verify_file(self, path: str) -> bool:
        """Whether the source is one for this plugin, by its name."""
        return bool(super().verify_file(path)) and path.endswith(("ringme.yml", "ringme.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the source file, then the client files; raises AnsibleParserError where a folder cannot be read."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        base = os.path.dirname(os.path.abspath(path))
        folders = [os.path.join(base, os.path.expanduser(folder)) for folder in self.get_option("path")]
        keeps, key = self.get_option("cache"), self.get_cache_key(path)
        known = self._known(key) if keeps and cache else {}
        hosts = ClientHosts(loader, known)
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
        for finding in others:
            self.display.warning(f"{finding.told()}. {finding.hint}")
        if not found:
            self.display.warning(f"there are no client files in {', '.join(shown_path(folder) for folder in folders)}")
        self.inventory.add_group(BLOCKED)
        earlier = self.inventory.groups["all"].vars.get("ringme_clients_path") or []
        self.inventory.set_variable("all", "ringme_clients_path", [*earlier, *folders])
        if context.CLIARGS.get("start_at_task"):  # a playbook that must not leave anything out has no other way to know
            self.inventory.add_group("ringme_start_at_task")
        for host in found:
            self._add(host)

    def _known(self, key: str) -> dict[str, Any]:
        """Return the results of earlier checks; none where the cache cannot be read, and then everything is checked."""
        try:
            found = self._cache.get(key)
        except (AnsibleError, LookupError, OSError, TypeError, ValueError) as error:
            self.display.warning(f"the cache cannot be read, so all client files are checked: {error}")
            return {}
        return dict(found) if isinstance(found, Mapping) else {}

    def _add(self, host: ClientHost) -> None:
        known = self.inventory.get_host(host.name)
        earlier: dict[str, Any] = dict(known.vars) if known is not None and "client_file" in known.vars else {}
        findings = (*_doubled(host, earlier), *host.findings)
        if earlier:
            self.inventory.remove_host(known)
        self.inventory.add_host(host.name)
        always = {
            "client_file": earlier.get("client_file", no_template(shown_path(host.path))),
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
        if findings or earlier:
            self._block(replace(host, findings=findings), earlier, always)
            return
        for name, value in {**always, **host.variables}.items():
            self.inventory.set_variable(host.name, name, value)
        for tag in host.tags:
            self.inventory.add_child(self.inventory.add_group(to_safe_group_name(tag)), host.name)
        self._construct(host.name)

    def _block(self, host: ClientHost, earlier: dict[str, Any], always: dict[str, str]) -> None:
        """Block a host; ``earlier`` are the variables of the host of this name that another file has become before."""
        texts = [earlier["client_blocked"]] if "client_blocked" in earlier else []
        findings = [*earlier.get("client_findings", ()), *(finding.as_dict() for finding in host.findings)]
        facts = no_template({"client_blocked": "; ".join([*texts, host.blocked]), "client_findings": findings})
        for name, value in {**always, **facts}.items():
            self.inventory.set_variable(host.name, name, value)
        self.inventory.add_child(BLOCKED, host.name)

    def _construct(self, name: str) -> None:
        strict = self.get_option("strict")
        variables = self.inventory.get_host(name).get_vars()
        self._set_composite_vars(self.get_option("compose"), variables, name, strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict)


def _doubled(host: ClientHost, earlier: dict[str, Any]) -> list[FileFinding]:
    """Return the finding on a host that another file has become before; none where that is among its findings already."""
    if not earlier or any(
        found.rule == DOUBLED_CLIENT and f"{earlier['client_file']}:" in found.message for found in host.findings
    ):
        return []
    message = f"the host {host.name} is in {earlier['client_file']} too"
    return [FileFinding(DOUBLED_CLIENT, shown_path(host.path), 1, 1, message, "Give one of the files another name")]
