# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation says is announced comes before the task's first request, in both ways of running."""

from __future__ import annotations

from typing import Any

import pytest
from documents import MODULES, manuals, resource
from simulator import Simulator

from support.playbook import run_playbook

WAYS = {"in-process": True, "as a module": False}
ANNOUNCED = [(module, option) for module in MODULES for option in resource(module).announcements]


def test_something_is_announced() -> None:
    assert ("client_bundles", "prune") in ANNOUNCED


@pytest.mark.parametrize(("module", "option"), ANNOUNCED)
def test_announcements_are_documented(module: str, option: str) -> None:
    assert "Before it starts, the task says so" in " ".join(manuals()[module].options[option]["description"])


def test_prune_is_announced(simulator: Simulator) -> None:
    bundles: dict[str, Any] = {"client_id": "801", "bundles": [], "allow_empty": True}
    tasks = [
        {
            "name": f"{name} {way}",
            "ringme.pbx.client_bundles": {**bundles, "prune": prune},
            "vars": {"ringme_in_process": in_process, "on": True},
        }
        for way, in_process in WAYS.items()
        for name, prune in (("Quiet", False), ("Loud", "{{ on }}"))
    ]
    run = run_playbook(tasks, simulator_url=simulator.url).check()
    starts = [run.stdout.index(f"TASK [{task['name']}]") for task in tasks]
    printed = {
        task["name"]: run.stdout[start:end] for task, start, end in zip(tasks, starts, [*starts[1:], len(run.stdout)])
    }
    said = f"client_bundles: {resource('client_bundles').announcements['prune']}\n"
    for way in WAYS:
        quiet, loud = f"Quiet {way}", f"Loud {way}"
        assert said not in printed[quiet]
        assert printed[loud].index(said) < printed[loud].index("ok: [")
        assert run.one(loud)["requests"]["GET"] > run.one(quiet)["requests"]["GET"]
