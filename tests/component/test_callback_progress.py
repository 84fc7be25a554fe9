# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run over many clients prints a few lines, and what fails is printed in full."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from simulator.pytest_plugin import MakeSimulator
from support.component.client_folder import ClientFolder
from support.component.dealer_clients import DealerClients

NAMES = [f"client{number:02d}" for number in range(6)]
CLIENTS = DealerClients(NAMES)
CHOSEN = {"ANSIBLE_STDOUT_CALLBACK": "ringme.pbx.progress"}
FORKS = ("--forks", "4")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, make_simulator: MakeSimulator) -> ClientFolder:
    """All but the second client are there."""
    folder = ClientFolder(tmp_path / "shop", make_simulator(CLIENTS.seed()))
    folder.write({**CLIENTS.files(), NAMES[1]: CLIENTS.file(NAMES[1]).replace("902", "999")})
    return folder


def _lines_of(output: str, task: str) -> list[str]:
    return re.findall(rf"^(?:ringme\.pbx\.client : )?{task}: (.*)$", output, re.MULTILINE)


@pytest.mark.smoke
def test_one_line_in_place_of_thousands(folder: ClientFolder) -> None:
    ran = folder.run("apply", *FORKS, env=CHOSEN).check(2)
    output = ran.run.stdout
    assert _lines_of(output, "Settings") == ["6 of 6 clients, 5 changed, 1 failed"]
    assert _lines_of(output, "Bundles") == ["6 of 6 clients, 5 changed, 1 failed"]
    assert "ok: [" not in output and "changed: [" not in output and "skipping: [" not in output
    assert "fatal: [client01]" in ran.run.output and "FLEET  6 clients" in ran.run.stderr
    before_report = output.partition("TASK [Report]")[0]
    assert len(before_report.splitlines()) < 60
    recap = output.partition("PLAY RECAP")[2].split("\n", 1)[1].split()
    assert recap[0] == "client01" and recap.count(":") == 1
    assert output.rstrip().endswith("\n6 hosts: 5 changed, 1 failed, 0 unreachable")


def test_lines_come_while_a_task_lasts_and_waves_count_on(folder: ClientFolder) -> None:
    waves = ("-e", "ringme_wave=3", "-e", "ringme_wave_failures=100")
    ran = folder.run("onboard", *waves, *FORKS, env={**CHOSEN, "RINGME_PROGRESS_INTERVAL": "0"}).check(2)
    lines = _lines_of(ran.run.stdout, "Settings")
    assert [int(line.split()[0]) for line in lines] == [1, 2, 3, 3, 4, 5, 6, 6]
    assert [lines[3], lines[7]] == ["3 of 6 clients, 2 changed, 1 failed", "6 of 6 clients, 3 changed, 1 failed"]
    assert ran.run.stderr.count("3 of 6 clients done, 2 changed, 1 failed") == 1


def test_differences_and_everything_are_shown_to_those_who_ask(folder: ClientFolder) -> None:
    two = ("--limit", ":".join(NAMES[:2]))
    ran = folder.run("apply", "--check", "--diff", *two, env=CHOSEN).check(2)
    assert ran.run.stdout.count("changed: [client00]") == 3 and "+++ after: client 901 settings" in ran.run.stdout
    assert "ok: [client00]" not in ran.run.stdout
    ran = folder.run("apply", "--check", "-v", *two, env=CHOSEN).check(2)
    assert "ok: [client00]" in ran.run.stdout
    assert ran.run.stdout.partition("PLAY RECAP")[2].count(" : ok=") == 2
