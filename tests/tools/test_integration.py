# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test integration: the targets, against a simulator of their own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml
from simulator import Simulator
from simulator.seed import read_seed
from support import tool
from support.environment import BIN

_RUNNING = re.compile(r"^Running (\S+) integration test role", re.MULTILINE)


def targets(tree: Path) -> set[str]:
    """The names of all targets that are tests."""
    aliases = (tree / "tests" / "integration" / "targets").glob("*/aliases")
    return {path.parent.name for path in aliases if "hidden" not in path.read_text(encoding="utf-8").splitlines()}


def run_targets(output: str) -> set[str]:
    """The names of the targets whose own tasks were run.

    A target of the name of a role of the collection would run that role instead.
    """
    return {name for name in _RUNNING.findall(output) if f"\nTASK [{name} : " in output}


def test_targets(tree: Path, simulator: Simulator, tmp_path: Path) -> None:
    application = read_seed(None)["applications"][0]
    config = {
        "ringme_api_url": simulator.url,
        "ringme_application_id": application["id"],
        "ringme_application_secret": application["secret"],
    }
    path = tree / "tests" / "integration" / "integration_config.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    # ansible-test starts playbooks through a shebang line, which cannot contain a space.
    link = tmp_path / "venv"
    link.symlink_to(BIN.parent, target_is_directory=True)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = (
        link / "bin" / "python",
        BIN / "ansible-test",
        "integration",
        "--local",
        "--python",
        python,
        "--color",
        "no",
    )
    output = tool.run("integration", *command, cwd=tree)
    assert run_targets(output) == targets(tree)


def test_a_role_of_the_collection_is_not_a_target() -> None:
    output = "\nRunning client integration test role\n\nTASK [ringme.pbx.client : x] **\n"
    assert run_targets(output) == set()
    assert run_targets(output + "\nTASK [client : x] **\n") == {"client"}
