# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Returns the hosts that a packaged playbook acts on; see the documentation below."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: targets
short_description: The hosts of a playbook of this collection
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
description:
  - Returns the clients of a run, which are the hosts that the inventory plugin P(ringme.pbx.clients#inventory) creates
    from client files. Other hosts of the inventory are ignored.
  - The playbooks of this collection use it as their C(hosts), so that it runs before their first task. It fails if
    C(--tags), C(--skip-tags) or C(--start-at-task) would skip tasks, if there are no clients, if another variable hides
    the C(client_id), the C(client_file) or the C(client_api) of a client file, if one client file sets a variable that
    controls the whole run, and if the name of a variable is close to a known one.
options:
  _terms:
    description: The pattern of the hosts, within C(--limit). The default is C(all).
    type: list
    elements: str
  local:
    description:
      - Whether the playbook runs on the controller, for all clients together. Returns V(localhost), and also fails with
        C(--limit).
    type: bool
    default: false
seealso:
  - plugin: ringme.pbx.clients
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Act on clients only
  hosts: "{{ query('ringme.pbx.targets', 'moscow') }}"
  connection: local
  gather_facts: false
  tasks:
    - name: Read the client
      ringme.pbx.client_info:
        client_id: "{{ client_id }}"
"""

RETURN = r"""
_raw:
  description: The names of the hosts, or the pattern itself where it matches clients only.
  type: list
  elements: str
"""

from typing import Any

from ansible import context
from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

from ansible_collections.ringme.pbx.plugins.plugin_utils.core_version import check_core
from ansible_collections.ringme.pbx.plugins.plugin_utils.targets import (
    check_local,
    fleet,
    leave_out_encrypted,
    targets,
)


class LookupModule(LookupBase):
    """Reads the inventory of the run."""

    def run(self, terms: Any, variables: Any = None, local: bool = False) -> list[str]:
        """Return the hosts; raises AnsibleLookupError if the run must not start."""
        check_core()
        patterns = [
            str(pattern) for term in terms or ["all"] for pattern in ([term] if isinstance(term, str) else term)
        ]
        # No task runs with these options, with or without an inventory.
        if any(context.CLIARGS.get(name) for name in ("syntax", "listtasks", "listtags")):
            return ["localhost"] if local else patterns
        extra = load_extra_vars(self._loader)
        inventory, variables_of = fleet(self._loader)
        if local:
            leave_out_encrypted(self._loader)
            check_local(variables_of, extra)
            return ["localhost"]
        return targets(inventory, [text for text in patterns if text.strip()], variables_of, extra)
