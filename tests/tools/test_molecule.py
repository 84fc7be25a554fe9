# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The molecule scenarios of the role and the playbooks. They share one simulator, which the first one starts."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from pathlib import Path

import yaml
from support import tool
from support.environment import BIN, for_tool
from support.stage import ROOT
from support.warm import bin_folder

FOLDER = ROOT / "extensions" / "molecule"
_STEP = re.compile(r"(?P<scenario>[\w-]+) [>➜] (?P<action>[\w-]+)\]?:? Executed: (?P<result>\w+)")


def wanted_steps(folder: Path = FOLDER) -> set[tuple[str, str]]:
    """The actions of every scenario, but create and destroy, which "default" does for all."""
    shared = yaml.safe_load((folder / "config.yml").read_text(encoding="utf-8"))["scenario"]["test_sequence"]
    steps = {("default", "create"), ("default", "destroy")}
    for path in sorted(folder.glob("*/molecule.yml")):
        own = yaml.safe_load(path.read_text(encoding="utf-8"))["scenario"].get("test_sequence", shared)
        steps |= {(path.parent.name, action) for action in own if action not in ("create", "destroy")}
    return steps


def test_scenarios(tmp_path: Path) -> None:
    env = for_tool("molecule", first=bin_folder(), MOLECULE_EPHEMERAL_DIRECTORY=str(tmp_path))
    try:
        output = tool.run("molecule", BIN / "molecule", "test", "--all", env=env)
    finally:
        # The simulator is not a child of molecule; it would outlive one that was ended.
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((tmp_path / "simulator.pid").read_text(encoding="utf-8")), signal.SIGTERM)
    done = {(step["scenario"], step["action"]) for step in _STEP.finditer(output) if step["result"] == "Successful"}
    assert wanted_steps() - done == set()


def test_every_scenario_is_wanted() -> None:
    assert {scenario for scenario, _action in wanted_steps()} == {
        path.parent.name for path in FOLDER.glob("*/converge.yml")
    }
