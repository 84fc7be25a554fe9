# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a drift report of any playbook; see the documentation below."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: drift_report
type: aggregate
short_description: A drift report of any playbook
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
description:
  - Collects the results of the state modules of this collection in a playbook, and writes the report of
    M(ringme.pbx.drift_report) at its end, even if hosts have failed or are unreachable.
  - The report of an interrupted run is marked as C(truncated).
  - A run without results of the state modules leaves the report unchanged.
  - With C(--limit), the other clients of the previous report stay in the report, each with the time of its last check.
  - It writes no report for a playbook that writes the report itself, such as C(ringme.pbx.drift).
  - It changes neither results nor the exit code of the run. C(ansible-playbook ringme.pbx.gate) turns a report into an
    exit code.
  - A host that handles several clients appears as one client of the report for each of them, named C(host/client_id).
requirements:
  - enabled in ansible.cfg, as C(callbacks_enabled = ringme.pbx.drift_report)
options:
  path:
    description:
      - The folder of the report files C(drift.json), C(drift.md), C(drift.html), C(drift.xml), C(drift.sarif) and
        C(ringme.prom).
      - It must not be the folder of C(ringme.pbx.drift), whose report contains all clients.
    type: path
    default: reports/playbook
    ini:
      - {section: callback_ringme_drift_report, key: path}
    env:
      - {name: RINGME_REPORT_PATH}
  ledger:
    description:
      - The file with the values on which each client file and the PBX last agreed. The default is C(ledger.json) in
        O(path). Set V(none) to use no such file.
    type: path
    ini:
      - {section: callback_ringme_drift_report, key: ledger}
    env:
      - {name: RINGME_REPORT_LEDGER}
  waivers:
    description: The file of accepted differences, as for M(ringme.pbx.drift_report).
    type: path
    ini:
      - {section: callback_ringme_drift_report, key: waivers}
    env:
      - {name: RINGME_REPORT_WAIVERS}
  console:
    description: Whether to print a table of the clients that are not clean at the end.
    type: bool
    default: true
    ini:
      - {section: callback_ringme_drift_report, key: console}
    env:
      - {name: RINGME_REPORT_CONSOLE}
seealso:
  - module: ringme.pbx.drift_report
"""

import atexit
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.callback_collector import Collector, make_report
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.resource import NONE, TABLE

_NAMES = {
    "json": "drift.json",
    "markdown": "drift.md",
    "html": "drift.html",
    "junit": "drift.xml",
    "sarif": "drift.sarif",
    "prometheus": "ringme.prom",
}


class CallbackModule(CallbackBase):
    """Collects results, and writes the report at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "ringme.pbx.drift_report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: Any = None, options: Any = None) -> None:
        super().__init__(display, options)
        self._collector = Collector()
        self._open = True
        self._process = os.getpid()
        atexit.register(self._interrupted)  # an interrupt ends the run without a call of the callbacks

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Add the host."""
        self._collector.started(host)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Add the result."""
        self._collector.returned(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Add the result."""
        self._collector.returned(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Add the result of an item."""
        self._collector.item(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        """Add the result of an item."""
        self._collector.item(result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Add the result of an item."""
        self._collector.item(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Add the result, and the failure of the host."""
        self._collector.failed(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Add the failure of the host."""
        self._collector.failed(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write the report."""
        self._report(truncated=False)

    def _interrupted(self) -> None:
        """Write the report of an interrupted run; forked workers write nothing."""
        if os.getpid() == self._process:
            self._report(truncated=True)

    def _report(self, truncated: bool) -> None:
        hosts = self._collector.hosts()
        if not self._open or not any(host.parts for host in hosts) or self._collector.reported:
            return
        self._open = False
        outcome, lines = make_report(hosts, self._wanted(), truncated)
        for text in outcome.warnings:
            self._display.warning(text)
        if "verdict" not in outcome.result:
            self._display.warning(f"cannot write the drift report: {outcome.result['msg']}")
        for line in lines:
            self._display.display(line, stderr=True)  # stdout belongs to the stdout callback

    def _wanted(self) -> dict[str, Any]:
        folder = self.get_option("path")
        ledger = self.get_option("ledger") or os.path.join(folder, "ledger.json")
        return {
            **{name: os.path.join(folder, file) for name, file in _NAMES.items()},
            "ledger": None if ledger == NONE else ledger,
            "waivers": self.get_option("waivers"),
            "mode": "apply" if self._collector.applied else "drift",
            "console": TABLE if self.get_option("console") else NONE,
        }
