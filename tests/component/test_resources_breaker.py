# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API that stops responding in the middle of a long run: the rest is not reached, and what has begun is settled."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from support.component.bundle_client import BundleClient, seed
from support.component.scenarios import SETTINGS

MAINS = [str(number) for number in range(101, 141)]
MEMBERS = [str(number + 100) for number in range(101, 141)]
LIST: dict[str, Any] = {
    "bundles": [{"extension": main, "members": [member]} for main, member in zip(MAINS, MEMBERS, strict=True)],
    "side_effects": "ignore",
    "max_changes": 100,
    "retries": 3,
    "retry_budget": 600.0,
}


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize(
    "fault", [{"kind": "reset"}, {"kind": "status", "status": 500}], ids=lambda fault: fault["kind"]
)
def test_a_list(fault: dict[str, Any], concurrency: int) -> None:
    """The writes of 20 bundles come through, and then nothing does."""
    client = BundleClient(seed([*MAINS, *MEMBERS], {}))
    reads = len(client.run(LIST, check=True).entries)
    client.simulator.faults.add(**fault, at=list(range(reads + 20, reads + 2000)))
    ran = client.run({**LIST, "concurrency": concurrency})
    found = Counter(entry["status"] for entry in ran.result["outcomes"])
    assert ran.failed
    assert found["not_reached"] >= 40 - 20 - 5 - concurrency
    assert found["failed"] <= 5 + concurrency
    assert len(ran.entries) <= reads + 20 + 3 * 3 * (5 + concurrency)
    assert sum("max_failures is 5" in text for text in ran.outcome.warnings) == 1
    assert len(ran.outcome.result["outcomes"]) == 40


def test_without_a_limit_every_change_is_tried() -> None:
    client = BundleClient(seed([*MAINS, *MEMBERS], {}))
    client.simulator.faults.add("status", status=500, method="POST")
    ran = client.run({**LIST, "max_failures": 0})
    assert Counter(entry["status"] for entry in ran.result["outcomes"]) == {"failed": 40}


def test_the_items_of_a_loop() -> None:
    client = BundleClient(seed(MAINS, {}))
    client.simulator.faults.add("reset")
    kinds = [client.runner(SETTINGS, {"timezone": "UTC", "retries": 1}, loop=number > 0).kind for number in range(8)]
    assert kinds == ["answer_lost"] * 5 + ["not_reached"] * 3
    client.simulator.faults.clear()
    assert not client.runner(SETTINGS, {"timezone": "UTC", "retries": 1}).failed
