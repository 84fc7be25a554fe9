# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every result of a playbook to a file, one JSON object a line, for ``support.playbook``."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: collect_results
    type: aggregate
    short_description: Write every result to a file
    description:
      - Writes one JSON object a line for every result of a task or of an item of its loop, and one with the statistics.
      - The file is named by the environment variable C(COLLECT_RESULTS_FILE).
"""


class CallbackModule(CallbackBase):
    """Sees what any callback sees: results whose censored values are already gone."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "collect_results"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, record: dict[str, Any]) -> None:
        with open(os.environ["COLLECT_RESULTS_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(record, default=str) + "\n")

    def _collect(self, outcome: Any, status: str, *, item: bool = False, ignored: bool = False) -> None:
        result = dict(outcome._result)  # the one name that every supported ansible-core knows
        label = next((result[key] for key in ("_ansible_item_label", "item") if key in result), None) if item else None
        self._write(
            {
                "task": outcome._task.name,
                "action": outcome._task.action,
                "host": outcome._host.get_name(),
                "status": status,
                "per_item": item,
                "item": label,
                "ignored": ignored,
                "time": time.monotonic(),
                "result": {key: value for key, value in result.items() if not key.startswith("_ansible_")},
            }
        )

    def v2_runner_on_ok(self, result: Any) -> None:
        """Keep the result of a task that went well; of a loop, its summary."""
        self._collect(result, "ok")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Keep the result of a task that failed."""
        self._collect(result, "failed", ignored=bool(ignore_errors))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Keep the result of a host that could not be reached."""
        self._collect(result, "unreachable")

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Keep the result of a task that was skipped."""
        self._collect(result, "skipped")

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Keep the result of one item."""
        self._collect(result, "ok", item=True)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Keep the result of one item that failed."""
        self._collect(result, "failed", item=True)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        """Keep the result of one item that was skipped."""
        self._collect(result, "skipped", item=True)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Keep the counts of every host, as in the recap."""
        self._write({"stats": {host: stats.summarize(host) for host in stats.processed}})
