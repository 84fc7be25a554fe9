# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs M(ringme.pbx.drift_report) in the worker process, the only place where the results of all hosts are known."""

from __future__ import annotations

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.action import ReportAction


class ActionModule(ReportAction):
    """Passes the results of the hosts to the report."""
