# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documented announcements are printed before the task's first request, in both ways of running."""

from __future__ import annotations

from typing import Any

import pytest
from documents import MODULES, manuals, resource
from simulator import Simulator
from support.playbook import run_playbook

WAYS = {"in-process": True, "as a module": False}
NOWHERE = "http://127.0.0.1:9"
ANNOUNCED = [(module, option) for module in MODULES for option in resource(module).announcements]


def test_something_is_announced() -> None:
    assert ("client_bundles", "prune") in ANNOUNCED


@pytest.mark.parametrize(("module", "option"), ANNOUNCED)
def test_announcements_are_documented(module: str, option: str) -> None:
    assert "The task displays a message before it starts" in " ".join(manuals()[module].options[option]["description"])


def test_prune_is_announced(simulator: Simulator) -> None:
    bundles: dict[str, Any] = {"client_id": "801", "bundles": [], "allow_empty": True}
    said = f"client_bundles: {resource('client_bundles').announcements['prune']}\n"
    tasks = [
        {
            "name": f"{name} {way}",
            "ringme.pbx.client_bundles": {**bundles, **more},
            "vars": {"ringme_in_process": in_process, "on": True},
            "ignore_errors": True,
        }
        for way, in_process in WAYS.items()
        # Nothing listens at this address, so the announcement comes before the first request, or not at all.
        for name, more in (
            ("Quiet", {"prune": False}),
            ("Loud", {"prune": "{{ on }}"}),
            ("Alone", {"prune": True, "api_url": NOWHERE}),
        )
    ]
    run = run_playbook(tasks, simulator_url=simulator.url).check()
    # It goes to stderr, because stdout belongs to the callback that prints the results.
    assert run.stderr.count(said) == 2 * len(WAYS)
    assert said not in run.stdout
    for way in WAYS:
        assert run.one(f"Alone {way}")["error"]["kind"] == "connection"
        assert run.one(f"Loud {way}")["requests"]["GET"] > run.one(f"Quiet {way}")["requests"]["GET"]
