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


@pytest.mark.parametrize("way", WAYS)
def test_prune_is_announced(way: str, simulator: Simulator) -> None:
    bundles: dict[str, Any] = {"client_id": "801", "bundles": [], "allow_empty": True}
    tasks = [
        {"name": "Quiet", "ringme.pbx.client_bundles": {**bundles, "prune": False}},
        {"name": "Loud", "ringme.pbx.client_bundles": {**bundles, "prune": "{{ on }}"}},
    ]
    for task in tasks:
        task.update({"vars": {"ringme_in_process": WAYS[way], "on": True}})
    run = run_playbook(tasks, simulator_url=simulator.url).check()
    quiet, loud = (run.stdout.index(f"TASK [{name}]") for name in ("Quiet", "Loud"))
    said = f"client_bundles: {resource('client_bundles').announcements['prune']}\n"
    assert said not in run.stdout[quiet:loud]
    assert run.stdout[loud:].index(said) < run.stdout[loud:].index("ok: [")
    assert run.one("Loud")["requests"]["GET"] > run.one("Quiet")["requests"]["GET"]
