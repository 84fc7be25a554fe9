#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: client_file
short_description: Write the live state of a client as its client file
description:
  - Writes what the PBX knows of a client in the form of a client file, which the inventory plugin P(ringme.pbx.clients#inventory) reads. A run that
    compares the file with the PBX finds nothing to change.
  - Numbers stand for extensions wherever a number means one extension only, everything is sorted, and nothing is written that the server
    computes. The same state gives the same bytes.
  - What only an earlier file of the client knows is kept, as C(client_tags), C(client_registrations), C(client_api) and C(client_vars).
    Encrypted values stay encrypted. Secrets in the open become variables, and a warning names them.
attributes:
  diff_mode:
    support: full
options:
  path:
    description:
      - The file to write. Folders on the way are made.
    type: path
    required: true
  client:
    description:
      - The client, as RV(ringme.pbx.client_info#module:client) returns it.
    type: dict
    required: true
  settings:
    description:
      - Its settings, as RV(ringme.pbx.client_info#module:settings) returns them. A value that M(ringme.pbx.client_settings) would refuse
        is left out with a warning.
    type: dict
    required: true
  bundles:
    description:
      - Its bundles, as RV(ringme.pbx.extensions_bundle_info#module:client_bundles) returns them.
    type: list
    elements: dict
    required: true
  existing:
    description:
      - The file that describes the client until now, to keep what the PBX does not know. It may be the same as O(path).
    type: path
  overwrite:
    description:
      - Whether a file that is there already and says something else is replaced. Otherwise that is an error.
    type: bool
    default: false
seealso:
  - module: ringme.pbx.client_info
  - module: ringme.pbx.extensions_bundle_info
  - plugin: ringme.pbx.clients
    plugin_type: inventory
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
extends_documentation_fragment:
  - ringme.pbx.attributes
  - ringme.pbx.attributes.local
"""

EXAMPLES = r"""
- name: Read the client
  ringme.pbx.client_info:
    client_id: 801
  register: live

- name: Read its bundles
  ringme.pbx.extensions_bundle_info:
    client_id: 801
  register: bundles

- name: Write the file
  ringme.pbx.client_file:
    path: exported/romashka.yml
    client: "{{ live.client }}"
    settings: "{{ live.settings }}"
    bundles: "{{ bundles.client_bundles }}"
    existing: clients/romashka.yml
"""

RETURN = r"""
file:
  description:
    - The file, as O(path) names it.
  type: str
  returned: success or conflict
  sample: exported/romashka.yml
kept:
  description:
    - The keys that were taken over from O(existing).
  type: list
  elements: str
  returned: success or conflict
  sample: [client_id, client_registrations, client_tags]
placeholders:
  description:
    - The variables that stand in the file for secrets that O(existing) holds in the open. Put them into a vault.
  type: list
  elements: str
  returned: success or conflict
  sample: [vault_romashka_application_secret]
diff:
  description:
    - The text of the file before and after.
  type: dict
  returned: success or conflict
  contains:
    before:
      description: The text before, empty where there was no file.
      type: str
      returned: always
    after:
      description: The text after.
      type: str
      returned: always
    before_header:
      description: The path.
      type: str
      returned: always
    after_header:
      description: The path.
      type: str
      returned: always
error:
  description:
    - What went wrong, for programs. RV(ignore:msg) says it for people.
    - Options that Ansible itself refuses, by name or type, are told in RV(ignore:msg) alone.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(invalid_files) (the file says something else, or O(existing) cannot be used), V(environment) (a file cannot be
          read or written) or V(options).
      type: str
      returned: on failure
    status:
      description: V(null), as nothing was asked of the API.
      type: int
      returned: on failure
    api_status:
      description: V(null), as nothing was asked of the API.
      type: str
      returned: on failure
    method:
      description: V(null), as nothing was asked of the API.
      type: str
      returned: on failure
    path:
      description: V(null), as nothing was asked of the API.
      type: str
      returned: on failure
    hint:
      description: What to do next.
      type: str
      returned: on failure
  sample:
    kind: invalid_files
    status: null
    api_status: null
    method: null
    path: null
    hint: Mend the files; nothing was asked of the API
"""

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import run_module
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_file import ClientFileExport


def main() -> None:
    """Hand the resource over."""
    run_module(ClientFileExport())


if __name__ == "__main__":
    main()
