# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the progress of a run over many clients; see the documentation below."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: progress
type: stdout
short_description: Progress of a run over many clients
version_added: 0.1.0
author:
  - The ringme.pbx contributors (@ringme)
description:
  - Prints progress and failures only; successful clients produce no output. Every few seconds, one line shows how many
    clients a task has completed, how many it has changed, and how many have failed. Everything else is as with
    C(ansible.builtin.default).
  - Failures, warnings and, with C(--diff), differences are always printed. C(-v) prints everything.
  - The recap lists the hosts that failed or are unreachable, and counts all hosts.
  - In a play with C(serial), the clients of earlier waves count as done.
requirements:
  - chosen in ansible.cfg, as C(stdout_callback = ringme.pbx.progress)
options:
  interval:
    description: Seconds between two lines of progress. The last line of a task is always printed.
    type: float
    default: 5.0
    ini:
      - {section: callback_ringme_progress, key: interval}
    env:
      - {name: RINGME_PROGRESS_INTERVAL}
extends_documentation_fragment:
  - default_callback
  - result_format_callback
seealso:
  - plugin: ringme.pbx.drift_report
    plugin_type: callback
"""

import time
from typing import Any

from ansible import context
from ansible.plugins.callback.default import CallbackModule as DefaultCallback

from ansible_collections.ringme.pbx.plugins.plugin_utils.run_progress import Progress, Recap, is_state_task


class CallbackModule(DefaultCallback):
    """The default callback without the lines of successful hosts."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "ringme.pbx.progress"

    def __init__(self) -> None:
        super().__init__()
        self._progress = Progress(time.monotonic)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Count the clients of the play, or of its next batch."""
        self._end_task()
        variables = play.get_variable_manager().get_vars(play=play)
        self._progress.begin_play(play.get_name(), len(variables.get("ansible_play_hosts_all", ())))
        super().v2_playbook_on_play_start(play)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Print the last line of the previous task."""
        self._end_task()
        self._progress.begin_task(task.get_name() if is_state_task(task) else None, float(self.get_option("interval")))
        super().v2_playbook_on_task_start(task, is_conditional)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Count the host, and print its result only with -v or --diff."""
        if self._in_full(result):
            super().v2_runner_on_ok(result)
        else:
            self._handle_warnings(_data(result))
        self._count(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Print the result of an item under the same conditions."""
        if self._in_full(result):
            super().v2_runner_item_on_ok(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Count the host."""
        if self._display.verbosity:
            super().v2_runner_on_skipped(result)
        self._count(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        """Print the result of an item under the same conditions."""
        if self._display.verbosity:
            super().v2_runner_item_on_skipped(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Print the failure, and count the host."""
        super().v2_runner_on_failed(result, ignore_errors)
        self._count(result, failed=True)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Print the failure, and count the host."""
        super().v2_runner_on_unreachable(result)
        self._count(result, failed=True)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Print the last line of the last task, and the recap of the failed hosts."""
        self._end_task()
        if self._display.verbosity:
            super().v2_playbook_on_stats(stats)
            return
        recap = Recap(stats)
        super().v2_playbook_on_stats(recap)
        self._show(recap.line())

    def _in_full(self, result: Any) -> bool:
        changed = bool(_data(result).get("changed"))
        return bool(self._display.verbosity) or (
            changed and (bool(context.CLIARGS.get("diff")) or not self._progress.counting)
        )

    def _count(self, result: Any, failed: bool = False) -> None:
        host = result.host if hasattr(result, "host") else result._host
        self._show(self._progress.count(host.get_name(), bool(_data(result).get("changed")), failed))

    def _end_task(self) -> None:
        self._show(self._progress.end_task())

    def _show(self, line: str | None) -> None:
        if line is not None:
            self._display.display(line)


def _data(result: Any) -> dict[str, Any]:
    return dict(result.result if hasattr(result, "result") else result._result)
