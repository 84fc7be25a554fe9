# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of thousands: the report of a night is made in seconds."""

from __future__ import annotations

import time
from pathlib import Path

from ansible_collections.ringme.pbx.plugins.module_utils.report.drift_report import RENDERINGS, DriftReport
from ansible_collections.ringme.pbx.plugins.module_utils.resources.engine import Connections, execute
from ansible_collections.ringme.pbx.tests.unit.helpers.results import night_of_a_fleet

CLIENTS, SECONDS = 2000, 20  # of a processor that also measures coverage


def test_two_thousand_clients(tmp_path: Path) -> None:
    hosts = night_of_a_fleet(CLIENTS)
    options = {name: entry.get("default") for name, entry in DriftReport.arguments.items()}
    paths = {name: str(tmp_path / name) for name in RENDERINGS}
    for _night in range(2):  # the second reads what the first has left
        began = time.process_time()
        outcome = execute(
            DriftReport(hosts),
            {**options, **paths, "ledger": str(tmp_path / "ledger.json")},
            check_mode=False,
            connections=Connections(),
        )
        took = time.process_time() - began
        assert outcome.result["totals"]["clients"]["drift"] == CLIENTS // 10
        assert took < SECONDS
