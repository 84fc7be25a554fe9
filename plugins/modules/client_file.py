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
  - Writes the live state of a client as a client file, which the inventory plugin P(ringme.pbx.clients#inventory)
    reads. A run that compares the file with the PBX finds nothing to change.
  - Extensions are named by number if the number is unique. Everything is sorted, and values that the server computes
    are left out. The same state gives the same bytes.
  - Sections that only an earlier file of the client contains are preserved, such as C(client_tags),
    C(client_registrations), C(client_api) and C(client_vars). Encrypted values stay encrypted. Secrets in plain text
    become variables, and a warning names them.
attributes:
  diff_mode:
    support: full
options:
  path:
    description:
      - The file to write. Missing folders are created.
    type: path
    required: true
  client:
    description:
      - The client, as RV(ringme.pbx.client_info#module:client) returns it.
    type: dict
    required: true
  settings:
    description:
      - Its settings, as RV(ringme.pbx.client_info#module:settings) returns them. A value that
        M(ringme.pbx.client_settings) rejects is left out with a warning.
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
      - The file that describes the client so far, to preserve the sections that the PBX does not have. It can be the
        same as O(path).
    type: path
  overwrite:
    description:
      - Whether to overwrite a file that exists with other contents. Otherwise that is an error.
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
    - The keys that were preserved from O(existing).
  type: list
  elements: str
  returned: success or conflict
  sample: [client_id, client_registrations, client_tags]
placeholders:
  description:
    - The variables in the file that replace secrets that are in plain text in O(existing). Define them in a vault file.
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
    - The failure, for programs. RV(ignore:msg) is the text for people.
    - Options that Ansible itself rejects, by name or type, are reported in RV(ignore:msg) only.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(invalid_files) (the file exists with other contents, or O(existing) cannot be used), V(environment) (a file
          cannot be read or written) or V(options).
      type: str
      returned: on failure
    status:
      description: V(null), because no API request was sent.
      type: int
      returned: on failure
    api_status:
      description: V(null), because no API request was sent.
      type: str
      returned: on failure
    method:
      description: V(null), because no API request was sent.
      type: str
      returned: on failure
    path:
      description: V(null), because no API request was sent.
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
    hint: Fix the file, then export again
"""

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import run_module
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_file import ClientFileExport


def main() -> None:
    """Run the module."""
    run_module(ClientFileExport())


if __name__ == "__main__":
    main()
