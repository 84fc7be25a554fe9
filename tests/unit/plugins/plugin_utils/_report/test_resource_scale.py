# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of thousands: the work for a report grows linearly with the clients."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, execute
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.resource import RENDERINGS, DriftReport
from ansible_collections.ringme.pbx.tests.unit.helpers.effort import growth
from ansible_collections.ringme.pbx.tests.unit.helpers.results import night_of_a_fleet


def test_twice_the_clients_are_twice_the_work(tmp_path: Path) -> None:
    """The benchmark measures the time for 2,000 clients."""

    def nights_of(clients: int) -> Callable[[], None]:
        hosts = night_of_a_fleet(clients)
        options = {name: entry.get("default") for name, entry in DriftReport.arguments.items()}
        options |= {name: str(tmp_path / f"{name}{clients}") for name in (*RENDERINGS, "ledger")}

        def nights() -> None:
            for _night in range(2):  # the second reads what the first has left
                outcome = execute(DriftReport(hosts), options, check_mode=False, connections=Connections())
                assert outcome.result["totals"]["clients"]["drift"] == -(-clients // 10)

        return nights

    assert growth(nights_of, 40) < 2.1
