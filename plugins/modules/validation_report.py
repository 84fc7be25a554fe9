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
  - Checks every client file of a folder, on its own and against the others, and fails if there are findings. Reports
    all findings at once, each with its rule, file, line and column.
  - Values that the other modules of this collection reject before their first request are reported here with the same
    messages.
  - Sends no request and needs no password. Values that are encrypted with C(!vault), and the results of templates, are
    not checked. Files that are encrypted as a whole are listed in RV(unchecked).
  - Also checks the source files of the inventory, those in O(sources) and those next to each folder. An empty folder is
    a finding.
  - The last line of the output says what was checked and what was not.
attributes:
  diff_mode:
    support: none
    details:
      - The only file that the module writes is a report.
options:
  path:
    description:
      - One or more folders of client files, or single client files.
      - The inventory plugin sets the variable C(ringme_clients_path) of every host to these folders.
    type: list
    elements: path
    required: true
  sources:
    description:
      - The sources of the inventory, as in C(ansible_inventory_sources). Those of P(ringme.pbx.clients#inventory) are
        checked, and a folder of client files among them is a finding; all others are ignored.
    type: list
    elements: path
    default: []
  sarif:
    description:
      - The file to which the findings are written in the format SARIF 2.1.0, which Git platforms show next to the lines
        of a change.
    type: path
  findings:
    description:
      - Further findings, in the format of the variable C(client_findings) of blocked hosts. With the vault password,
        the inventory plugin can check files that are encrypted as a whole.
      - Findings on values that cannot be decrypted are ignored.
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
    - The number of files that were checked.
  type: int
  returned: success or findings
  sample: 12
encrypted:
  description:
    - The number of these files that have encrypted values.
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
    - Files that were not checked because they are encrypted as a whole.
  type: list
  elements: str
  returned: success or findings
  sample: [clients/vasilek.yml]
findings:
  description:
    - All findings, sorted by file, line and column.
  type: list
  elements: dict
  returned: success or findings
  contains:
    rule:
      description: The rule, V(FIL-001) to V(FIL-014) for files, V(BND-002) for bundles that contradict each other.
      type: str
      returned: always
    severity:
      description: V(critical), V(high), V(medium) or V(low).
      type: str
      returned: always
    file:
      description: The file, relative to the current folder if it is below that.
      type: str
      returned: always
    line:
      description: The line, starting at 1.
      type: int
      returned: always
    column:
      description: The column in characters, starting at 1.
      type: int
      returned: always
    message:
      description: The problem.
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
    - The SARIF file.
  type: str
  returned: when O(sarif) is given
  sample: findings.sarif
error:
  description:
    - The failure, for programs. RV(ignore:msg) is the text for people.
    - Options that Ansible itself rejects, by name or type, are reported in RV(ignore:msg) only.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(invalid_files) (there are findings), V(environment) (the report cannot be written) or V(options).
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
    hint: Fix the client files. No API request was sent
"""

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import run_module
from ansible_collections.ringme.pbx.plugins.module_utils._resources.validation_report import ValidationReport


def main() -> None:
    """Run the module."""
    run_module(ValidationReport())


if __name__ == "__main__":
    main()
