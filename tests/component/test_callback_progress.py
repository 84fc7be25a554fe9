# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run over many clients is told in a few lines, and what fails is told in full."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from component.client_folder import ClientFolder
from component.estate import Estate
from simulator.pytest_plugin import MakeSimulator

NAMES = [f"client{number:02d}" for number in range(12)]
ESTATE = Estate(NAMES)
CHOSEN = {"ANSIBLE_STDOUT_CALLBACK": "ringme.pbx.progress", "ANSIBLE_FORKS": "4"}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, make_simulator: MakeSimulator) -> ClientFolder:
    folder = ClientFolder(tmp_path / "shop", make_simulator(ESTATE.seed()))
    folder.write({**ESTATE.files(), NAMES[3]: ESTATE.file(NAMES[3]).replace("904", "999")})
    return folder


def _told(output: str, task: str) -> list[str]:
    return re.findall(rf"^(?:ringme\.pbx\.client : )?{task}: (.*)$", output, re.MULTILINE)


@pytest.mark.smoke
def test_one_line_in_place_of_thousands(folder: ClientFolder) -> None:
    ran = folder.run("apply", env=CHOSEN).check(2)
    output = ran.run.stdout
    assert _told(output, "Settings") == ["12 of 12 clients, 11 changed, 1 failed"]
    assert _told(output, "Bundles") == ["12 of 12 clients, 11 changed, 1 failed"]
    assert "ok: [" not in output and "changed: [" not in output and "skipping: [" not in output
    assert "fatal: [client03]" in ran.run.output and "FLEET  12 clients" in output
    before_report = output.partition("TASK [Report]")[0]
    assert len(before_report.splitlines()) < 60
    recap = output.partition("PLAY RECAP")[2].split("\n", 1)[1].split()
    assert recap[0] == "client03" and recap.count(":") == 1
    assert output.rstrip().endswith("\n12 hosts: 11 changed, 1 failed, 0 unreachable")


def test_lines_come_while_a_task_lasts(folder: ClientFolder) -> None:
    ran = folder.run("apply", "--check", env={**CHOSEN, "RINGME_PROGRESS_INTERVAL": "0"}).check(2)
    counts = [int(line.split()[0]) for line in _told(ran.run.stdout, "Settings")]
    assert counts == [*range(1, 13), 12]


def test_waves_count_on(folder: ClientFolder) -> None:
    ran = folder.run("onboard", "-e", "ringme_wave=6", "-e", "ringme_wave_failures=100", env=CHOSEN).check(2)
    assert _told(ran.run.stdout, "Settings") == ["6 of 12 clients, 5 changed, 1 failed", "12 of 12 clients, 6 changed, 1 failed"]
    assert ran.run.stdout.count("6 of 12 clients done, 5 changed, 1 failed") == 1


def test_differences_and_everything_are_shown_to_those_who_ask(folder: ClientFolder) -> None:
    ran = folder.run("apply", "--check", "--diff", env=CHOSEN).check(2)
    assert ran.run.stdout.count("changed: [client00]") == 3 and "+++ after: client 901 settings" in ran.run.stdout
    assert "ok: [client00]" not in ran.run.stdout
    ran = folder.run("apply", "--check", "-v", env=CHOSEN).check(2)
    assert "ok: [client00]" in ran.run.stdout
    assert ran.run.stdout.partition("PLAY RECAP")[2].count(" : ok=") == 12
