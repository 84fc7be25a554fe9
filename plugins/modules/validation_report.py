#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: validation_report
short_description: Check folders of client files
description:
  - Checks every client file of a folder, by itself and against the others, and fails if anything is wrong with any of them. All findings are
    told at once, each with its rule, file, line and column.
  - What the other modules of this collection refuse before their first request is found here in the same words.
  - No request is sent, and no password is needed. What is encrypted with C(!vault), and what a template gives, cannot be checked.
    Files that are encrypted as a whole are listed in RV(unchecked).
  - The source files of the inventory are checked as well, those in O(sources) and those beside each folder. An empty folder is a finding.
  - The last line on the screen says what was checked and what was not.
attributes:
  diff_mode:
    support: none
    details:
      - What is written is a report of what is in the files.
options:
  path:
    description:
      - The folder of client files, or several. A file stands for itself.
      - The inventory plugin gives them to every host as the variable C(ringme_clients_path).
    type: list
    elements: path
    required: true
  sources:
    description:
      - The sources of the inventory, as Ansible has them in C(ansible_inventory_sources). Those of P(ringme.pbx.clients#inventory) are
        checked, and a folder of client files among them is a finding; all others are passed over.
    type: list
    elements: path
    default: []
  sarif:
    description:
      - Where to write the findings in the form SARIF 2.1.0, which platforms for Git show beside the lines of a change.
    type: path
  findings:
    description:
      - Further findings, as the inventory plugin gives them to blocked hosts in C(client_findings). It can look into files that are
        encrypted as a whole, if it was given the password.
      - Findings on values that could not be decrypted are left out.
    type: list
    elements: dict
    default: []
seealso:
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
- name: Check the client files
  ringme.pbx.validation_report:
    path: clients
    sarif: findings.sarif
"""

RETURN = r"""
files:
  description:
    - How many files were checked.
  type: int
  returned: success or findings
  sample: 12
encrypted:
  description:
    - How many of them have values that only the vault password opens.
  type: int
  returned: success or findings
  sample: 2
sources:
  description:
    - The source files of the inventory that were checked.
  type: list
  elements: str
  returned: success or findings
  sample: [clients.ringme.yml]
unchecked:
  description:
    - Files that are encrypted as a whole, so that nothing in them was checked.
  type: list
  elements: str
  returned: success or findings
  sample: [clients/vasilek.yml]
findings:
  description:
    - All that is wrong, sorted by place.
  type: list
  elements: dict
  returned: success or findings
  contains:
    rule:
      description: The rule that is broken, V(FIL-001) to V(FIL-014) for files, V(BND-002) for bundles that contradict each other.
      type: str
      returned: always
    severity:
      description: V(critical), V(high), V(medium) or V(low).
      type: str
      returned: always
    file:
      description: The file, from the current folder where it lies below that.
      type: str
      returned: always
    line:
      description: The line, from 1 on.
      type: int
      returned: always
    column:
      description: The column in characters, from 1 on.
      type: int
      returned: always
    message:
      description: What is wrong.
      type: str
      returned: always
    hint:
      description: What to do, or V(null).
      type: str
      returned: always
  sample:
    - {rule: FIL-005, severity: high, file: clients/romashka.yml, line: 4, column: 3,
       message: "client_settings.time_zone: unknown key", hint: "Did you mean timezone?"}
sarif:
  description:
    - The file that was written.
  type: str
  returned: when O(sarif) is given
  sample: findings.sarif
error:
  description:
    - What went wrong, for programs. RV(ignore:msg) says it for people.
    - Options that Ansible itself refuses, by name or type, are told in RV(ignore:msg) alone.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(invalid_files) (there are findings), V(environment) (the report cannot be written) or V(options).
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
from ansible_collections.ringme.pbx.plugins.module_utils._resources.validation_report import ValidationReport


def main() -> None:
    """Hand the resource over."""
    run_module(ValidationReport())


if __name__ == "__main__":
    main()
