#!/usr/bin/python
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drift_report
short_description: Report the differences between clients and their files
description:
  - Makes one report of the results of this collection's modules for all hosts of the play, failed ones included. The
    report shows for each client whether it matches its file, what differs, since when and why, and what could not be
    compared.
  - The report can be written as JSON, Markdown, HTML, JUnit, SARIF and for Prometheus. All are renderings of the same
    data. The JSON Schema C(report.schema.json) in the role P(ringme.pbx.client#role) describes these data.
  - All renderings list clients and differences in the same order - the worst severity first, then clients that failed,
    are blocked or were not checked, then applied changes, waived ones and clean clients.
  - A client that was not compared is never clean, and its report begins with a warning.
  - Runs on the controller, regardless of the connection of the host. Run it once for all hosts, with C(run_once=true),
    after all comparisons. With C(serial), or a strategy other than V(ansible.builtin.linear), the remaining hosts are
    not compared yet.
attributes:
  action:
    details:
      - It always runs in the worker process, the only place where the results of all hosts are known.
  async:
    support: none
  diff_mode:
    support: none
    details:
      - The module writes a report.
  idempotent:
    support: none
    details:
      - A report contains the time of the run.
options:
  results:
    description:
      - The registered variables with results, each with the module that returned them.
      - The default is the variables that the role P(ringme.pbx.client#role) registers.
    type: dict
    default:
      client_settings_result: client_settings
      client_bundles_result: client_bundles
      client_registrations_result: client_registrations
  hosts:
    description:
      - The hosts to report. The default is all hosts of the play, failed ones included. With an empty list, only
        O(reports) are used.
    type: list
    elements: str
  mode:
    description:
      - Whether the results come from a nightly comparison (V(drift)), from the plan of a change (V(plan)), or from a
        run that has applied changes (V(apply)). In check mode, no change counts as applied.
    type: str
    choices: [plan, drift, apply]
    default: drift
  json:
    description: The path of the report as JSON. It is also O(previous) of the next report.
    type: path
  markdown:
    description: The path of the report as Markdown, for a pull request. It has fewer than 60,000 bytes and begins with
      the comment C(ringme-report).
    type: path
  html:
    description: The path of the report as one self-contained HTML page.
    type: path
  junit:
    description: The path of the report as JUnit XML, with a suite for each client and a case for each object.
    type: path
  sarif:
    description: The path of the report as SARIF 2.1.0, with the lines of the client files.
    type: path
  prometheus:
    description: The path of the report in the text format of Prometheus. For the node exporter, the name must end in
      C(.prom).
    type: path
  previous:
    description:
      - The previous report as JSON, which determines since when a difference is present. Set V(none) to use no previous
        report.
      - The default is the existing file at O(json). A missing file is not an error.
    type: path
  ledger:
    description:
      - The file with the values on which each client file and the PBX last agreed. It is required to distinguish
        changes at the PBX from changes of the file. It is read and written.
    type: path
  waivers:
    description:
      - A YAML file of accepted differences, with a list under the key C(waivers). Each entry requires at least one of
        C(change) (the id, or at least its first 12 characters), C(rule) and C(address), allows C(client) and C(field),
        and requires C(reason), C(owner) and C(expires), the last day of the waiver. In C(client) and C(address), C(*)
        matches any text and C(?) any character.
      - A waived difference stays in the report and is counted, but does not fail the task. An expired waiver is a
        warning.
    type: path
  reports:
    description:
      - JSON reports of other runs to merge into this one. For a client in several reports, the most recent one counts.
        One in which the client is V(not_checked) counts only if there is no other.
    type: list
    elements: path
    default: []
  max_age:
    description: The maximum age of O(reports) in hours. An older report is an error.
    type: float
  started:
    description: The start of the run in UTC, as V(2026-11-25T07:00:00Z). The default is now.
    type: str
  fail_on:
    description: What fails the task. By default, everything that is not clean does.
    type: dict
    suboptions:
      severity:
        description: The lowest severity that fails the task. With V(never), only clients that were not compared or are
          blocked fail it.
        type: str
        choices: [low, medium, high, critical, never]
        default: low
      not_checked:
        description: The tolerated share of clients that were not compared, as V(0.05) or V(5%).
        type: str
        default: '0'
      pending:
        description: Whether differences that only wait to be applied fail the task.
        type: bool
        default: true
  fail:
    description: Whether the task fails according to O(fail_on). With V(false), see RV(exit_code) and RV(failing).
    type: bool
    default: true
  console:
    description: The output at the end - a table of the clients that are not clean (V(table)), one line on the progress
      of the run (V(progress)), or V(none).
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
  - Jinja2 on the controller, which ansible-core requires
extends_documentation_fragment:
  - ringme.pbx.attributes
  - ringme.pbx.attributes.local
"""

EXAMPLES = r"""
- name: Report the comparisons of the role
  ringme.pbx.drift_report:
    json: reports/drift.json
    html: reports/drift.html
    ledger: reports/ledger.json
    waivers: waivers.yml
    fail_on:
      severity: high
      not_checked: 5%
  run_once: true

- name: Report your own comparisons
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
    - The worst status of all clients, V(clean), V(pending), V(drift), V(blocked) or V(error), independent of
      O(fail_on). A client that was not compared is an V(error) too.
  type: str
  returned: when a report was made
  sample: drift
exit_code:
  description:
    - The result according to O(fail_on), V(0) (nothing fails), V(2) (differences), V(3) (a client is blocked by its
      file or by a limit) or V(1) (incomplete, because a client was not compared, a change was not applied, the run
      was interrupted, or there is no client).
  type: int
  returned: when a report was made
  sample: 2
failing:
  description: The failing clients, each with all its reasons in one text.
  type: dict
  returned: when a report was made
  sample: {"romashka": "~ settings: geo_list [\"*\"] -> [\"BY\", \"RU\"]"}
totals:
  description: The totals of the report, described by its JSON Schema.
  type: dict
  returned: when a report was made
  contains:
    clients:
      description: The number of clients, as C(total) and by status.
      type: dict
      returned: always
    changes:
      description: Changes by cause, without waived and applied ones.
      type: dict
      returned: always
    severity:
      description: Changes and findings by severity, without waived and applied ones.
      type: dict
      returned: always
    resources:
      description: Changes by resource, without waived and applied ones.
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
      description: Changes that the run has applied and read back.
      type: int
      returned: always
    new:
      description: Changes and findings that are not in the previous report.
      type: int
      returned: always
    resolved:
      description: Changes and findings of the previous report that are no longer present.
      type: int
      returned: always
    not_checked_share:
      description: The share of clients of which at least one part was not compared, from 0 to 1.
      type: float
      returned: always
    oldest:
      description: The open change or finding that was seen first, with C(client), C(address), C(first_seen) and
        C(age_seconds), or V(null).
      type: dict
      returned: always
waivers:
  description: The waivers that are C(used), C(unused) and C(expired), each with its line in the file.
  type: dict
  returned: when a report was made
  contains:
    used:
      description: Waivers that match a change or finding.
      type: list
      elements: dict
      returned: always
    unused:
      description: Waivers that match nothing.
      type: list
      elements: dict
      returned: always
    expired:
      description: Waivers past their last day.
      type: list
      elements: dict
      returned: always
files:
  description: The files that were written (or would be, in check mode), by rendering.
  type: dict
  returned: when a report was made
  sample: {"json": "reports/drift.json", "html": "reports/drift.html"}
reported_at:
  description: When the report was made, in UTC. A later task can use it as O(started).
  type: str
  returned: when a report was made
  sample: "2026-11-25T07:00:30Z"
findings:
  description: The problems of the file O(waivers), with C(rule), C(severity), C(file), C(line), C(column), C(message)
    and C(hint).
  type: list
  elements: dict
  returned: when the waivers file is not valid
error:
  description:
    - The error, for programs. RV(ignore:msg) is the message for people.
    - Options that Ansible itself rejects, by name or type, appear in RV(ignore:msg) only.
  type: dict
  returned: on failure
  contains:
    kind:
      description:
        - V(drift) (the report was made, and fails according to O(fail_on)), V(environment) (a file cannot be read or
          written), V(invalid_files) (a report, a ledger or the waivers file is not valid) or V(options).
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
    kind: drift
    status: null
    api_status: null
    method: null
    path: null
    hint: Apply the client files, export the live state into them, or add a waiver
"""
