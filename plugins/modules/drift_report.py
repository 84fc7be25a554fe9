#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drift_report
short_description: One report of what differs between clients and their files
description:
  - Takes what the modules of this collection have returned for all hosts of the play, also for those that failed, and makes one report of it.
    It says of each client whether it is as its file says, what differs, since when and why, and what nobody could look at.
  - The report can be written as JSON, Markdown, HTML, JUnit, SARIF and for Prometheus. All are renderings of the same data.
    JSON Schema C(report.schema.json) in the role P(ringme.pbx.client#role) describes them.
  - A client that was not compared is never clean, and a report in which one is missing says so first.
  - Runs on the controller, whatever the connection of the host is. Run it once for all hosts, with C(run_once=true), when all
    comparisons are done. With C(serial) or another strategy than V(ansible.builtin.linear), hosts that were not reached yet are
    not compared.
attributes:
  action:
    details:
      - It always runs in the worker process, because only there the results of all hosts are known.
  async:
    support: none
  diff_mode:
    support: none
    details:
      - What is written is a report.
  idempotent:
    support: none
    details:
      - A report tells when it was made.
options:
  results:
    description:
      - The registered variables that hold results, each with the module that gave them.
      - The default is what the role P(ringme.pbx.client#role) registers.
    type: dict
    default:
      client_settings_result: client_settings
      client_bundles_result: client_bundles
      client_registrations_result: client_registrations
  hosts:
    description:
      - The hosts to report. The default are all hosts of the play, also those that have failed. With an empty list, only O(reports) are.
    type: list
    elements: str
  mode:
    description:
      - Whether the results are those of a nightly comparison (V(drift)), of the plan of a change (V(plan)), or of a run that has carried
        changes out (V(apply)). In check mode nothing counts as carried out.
    type: str
    choices: [plan, drift, apply]
    default: drift
  json:
    description: Where to write the report as JSON. It is also O(previous) for the next one.
    type: path
  markdown:
    description: Where to write it as Markdown, for a pull request. It stays below 60,000 characters and begins with the comment C(ringme-report).
    type: path
  html:
    description: Where to write it as one HTML page that needs no other file.
    type: path
  junit:
    description: Where to write it as JUnit XML, with a suite for each client and a case for each object.
    type: path
  sarif:
    description: Where to write it as SARIF 2.1.0, with the lines of the client files.
    type: path
  prometheus:
    description: Where to write it in the text format of Prometheus. The name has to end in C(.prom) for the node exporter.
    type: path
  previous:
    description:
      - The JSON of the report before, from which it is known since when something differs. V(none) stands for no such report.
      - The default is the file that O(json) names, as it was before. A file that does not exist is no error.
    type: path
  ledger:
    description:
      - A file that keeps what each client's file and the PBX last agreed on. Only with it can be told whether the PBX was changed by somebody
        else or the file has changed since. It is read and written.
    type: path
  waivers:
    description:
      - A YAML file of accepted differences. Its key C(waivers) has a list. Each entry names at least one of C(change) (the id, or its first 12
        signs or more), C(rule) and C(address), perhaps C(client) and C(field), and always C(reason), C(owner) and C(expires), the last
        day on which it holds. C(*) and C(?) in C(client) and C(address) stand for any text and any sign.
      - What is waived stays in the report and is counted, and fails nothing. A waiver that is over is a warning.
    type: path
  reports:
    description:
      - JSON reports of other runs that become part of this one. Of a client that several of them know, the last run counts.
    type: list
    elements: path
    default: []
  max_age:
    description: How many hours old O(reports) may be. An older one is an error.
    type: float
  started:
    description: When the run began, in UTC, as V(2026-11-25T07:00:00Z). The default is now.
    type: str
  fail_on:
    description: What fails the task. By default, everything does that is not clean.
    type: dict
    suboptions:
      severity:
        description: The least severity that fails it. With V(never), no difference does; clients that were not compared, or are blocked, do.
        type: str
        choices: [low, medium, high, critical, never]
        default: low
      not_checked:
        description: The share of clients that need not have been compared, as V(0.05) or V(5%).
        type: str
        default: '0'
      pending:
        description: Whether differences fail it that only wait to be applied.
        type: bool
        default: true
  fail:
    description: Whether the task fails where O(fail_on) says so. Otherwise RV(exit_code) and RV(failing) tell.
    type: bool
    default: true
  console:
    description: What a person is shown at the end, a table of what is not clean (V(table)), one line on how far the run has come (V(progress)), or V(none).
    type: str
    choices: [table, progress, none]
    default: table
seealso:
  - plugin: ringme.pbx.drift_report
    plugin_type: callback
  - module: ringme.pbx.client_settings
  - module: ringme.pbx.client_bundles
  - module: ringme.pbx.client_registrations
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
requirements:
  - Jinja2 on the controller, which ansible-core brings along
extends_documentation_fragment:
  - ringme.pbx.attributes
  - ringme.pbx.attributes.local
"""

EXAMPLES = r"""
- name: Report what the role has compared
  ringme.pbx.drift_report:
    json: reports/drift.json
    html: reports/drift.html
    ledger: reports/ledger.json
    waivers: waivers.yml
    fail_on:
      severity: high
      not_checked: 5%
  run_once: true

- name: Report comparisons of your own
  ringme.pbx.drift_report:
    results:
      our_settings: client_settings
      our_bundle: extensions_bundle
    markdown: plan.md
    mode: plan
  run_once: true

- name: Make one report of two runs
  ringme.pbx.drift_report:
    hosts: []
    reports: [east/drift.json, west/drift.json]
    html: drift.html
"""

RETURN = r"""
verdict:
  description:
    - The worst that is true of any client, V(clean), V(pending), V(drift), V(blocked) or V(error), whatever O(fail_on) says.
      V(error) stands for clients that were not compared as well.
  type: str
  returned: when a report was made
  sample: drift
exit_code:
  description:
    - What O(fail_on) makes of it, V(0) (nothing fails), V(2) (differences), V(3) (a client is blocked by its file or by a limit) or V(1) (a client
      was not compared).
  type: int
  returned: when a report was made
  sample: 2
failing:
  description: The hosts that fail, each with all that it fails for in one text.
  type: dict
  returned: when a report was made
  sample: {"romashka": "~ settings: geo_list [\"*\"] -> [\"BY\", \"RU\"]"}
totals:
  description: The totals of the report, as its JSON Schema describes them.
  type: dict
  returned: when a report was made
  contains:
    clients:
      description: How many clients there are, as C(total) and by status.
      type: dict
      returned: always
    changes:
      description: Changes by cause, without those that are waived or carried out.
      type: dict
      returned: always
    severity:
      description: Changes and findings by severity, without those that are waived or carried out.
      type: dict
      returned: always
    resources:
      description: Changes by resource, without those that are waived or carried out.
      type: dict
      returned: always
    findings:
      description: Findings that are not waived.
      type: int
      returned: always
    waived:
      description: Changes and findings that are waived.
      type: int
      returned: always
    applied:
      description: Changes that the run has carried out and read back.
      type: int
      returned: always
    new:
      description: Changes and findings that the report before did not tell of.
      type: int
      returned: always
    resolved:
      description: Changes and findings of the report before that were looked for in vain.
      type: int
      returned: always
    not_checked_share:
      description: The share of clients that were not compared in every part, from 0 to 1.
      type: float
      returned: always
    oldest:
      description: What has lasted longest, with C(client), C(address), C(first_seen) and C(age_seconds), or V(null).
      type: dict
      returned: always
waivers:
  description: The waivers that are C(used), C(unused) and C(expired), each with its line in the file.
  type: dict
  returned: when a report was made
  contains:
    used:
      description: Those that silence something.
      type: list
      elements: dict
      returned: always
    unused:
      description: Those that nothing matches.
      type: list
      elements: dict
      returned: always
    expired:
      description: Those whose date is over.
      type: list
      elements: dict
      returned: always
files:
  description: The files that were written (or in check mode would be), by rendering.
  type: dict
  returned: when a report was made
  sample: {"json": "reports/drift.json", "html": "reports/drift.html"}
reported_at:
  description: When the report was made, in UTC. It is what O(started) of a later task takes.
  type: str
  returned: when a report was made
  sample: "2026-11-25T07:00:30Z"
findings:
  description: What is wrong with the file of O(waivers), with C(rule), C(severity), C(file), C(line), C(column), C(message) and C(hint).
  type: list
  elements: dict
  returned: when the waivers cannot be used
error:
  description:
    - What went wrong, for programs. RV(ignore:msg) says it for people.
    - Options that Ansible itself refuses, by name or type, are told in RV(ignore:msg) alone.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(drift) (the report was made, and O(fail_on) fails it), V(environment) (a file cannot be read or written), V(invalid_files) (a report, a
          ledger or the waivers cannot be used) or V(options).
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
    kind: drift
    status: null
    api_status: null
    method: null
    path: null
    hint: Apply the files, or export the live state into them, or waive the difference
"""
