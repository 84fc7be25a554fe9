# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of thousands: the report of a night is made in seconds."""

from __future__ import annotations

import time
from pathlib import Path

from ansible_collections.ringme.pbx.plugins.module_utils.report.collected import Host
from ansible_collections.ringme.pbx.plugins.module_utils.report.drift_report import RENDERINGS, DriftReport
from ansible_collections.ringme.pbx.plugins.module_utils.resources.engine import Connections, execute
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    SCANNER,
    bundles,
    finding,
    host,
    registrations,
    settings,
    side_effect,
)

CLIENTS, SECONDS = 2000, 20  # of a processor that also measures coverage
WANTED = {str(number): [str(number + 100)] for number in range(101, 121)}


def _client(number: int) -> Host:
    drifted = number % 10 == 0
    effects = [side_effect("209", name, 1, 2, "bundle/109") for name in ("hold_music", "dial_rule_id", "status")]
    return host(
        f"client{number:04d}",
        settings=settings({"geo_list": ["RU"], "timezone": "UTC"}, {"geo_list": ["*"]} if drifted else {}),
        bundles=bundles(WANTED, {**WANTED, "109": []} if drifted else WANTED, side_effects=effects if drifted else []),
        registrations=registrations({"205": [SCANNER]} if drifted else {}, findings=[finding()] if drifted else []),
    )


def test_two_thousand_clients(tmp_path: Path) -> None:
    hosts = [_client(number) for number in range(CLIENTS)]
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
