# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a task is not a plain local one, the module itself is executed, with the same result.

Every task has an interpreter of its own that writes its name down when it is used, which it is for modules only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from simulator import Simulator, assert_contract
from support.component.resource_runner import SEED
from support.playbook import PlaybookRun, run_playbook

PLUGINS = Path(__file__).parent / "plugins"
PLUGIN_FOLDERS = {
    "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS / "connection"),
    "ANSIBLE_BECOME_PLUGINS": str(PLUGINS / "become"),
}
BECOME = {"become": True, "become_method": "myself"}
HERE, THERE = "localhost", "bastion"

# name: (keywords of the task, its host, whether it stays in the worker process)
TASKS: Mapping[str, tuple[Mapping[str, Any], str, bool]] = {
    "plain": ({}, HERE, True),
    "switched-on": ({"vars": {"ringme_in_process": True}}, HERE, True),
    "switched-off": ({"vars": {"ringme_in_process": False}}, HERE, False),
    "switched-off-by-text": ({"vars": {"ringme_in_process": "no"}}, HERE, False),
    "switched-off-by-template": (
        {"vars": {"ringme_in_process": "{{ inventory_hostname != 'localhost' }}"}},
        HERE,
        False,
    ),
    "async": ({"async": 60, "poll": 1}, HERE, False),
    "become": (BECOME, HERE, False),
    "become-by-variable": ({"vars": {"ansible_become": True, "ansible_become_method": "myself"}}, HERE, False),
    "local-by-full-name": ({"connection": "ansible.builtin.local"}, HERE, True),
    "delegated-there": ({"delegate_to": THERE}, HERE, False),
    "elsewhere": ({}, THERE, False),
    "elsewhere-switched-on": ({"vars": {"ringme_in_process": True}}, THERE, False),
    "delegated-here": ({"delegate_to": HERE}, THERE, True),
    "delegated-here-become": ({"delegate_to": HERE, **BECOME}, THERE, False),
    "local-connection-there": (
        {"connection": "local"},
        THERE,
        False,
    ),  # the host's own variable goes before the keyword
}
# What the unit tests of the adapter show for a made-up task, and what is two of the others at once.
EXHAUSTIVE = (
    "switched-off",
    "switched-off-by-text",
    "elsewhere-switched-on",
    "delegated-here-become",
    "local-connection-there",
)
CHANGE = {"ringme.pbx.client_settings": {"timezone": "UTC", "geo_list": ["BY", "RU"]}, "check_mode": True}


@dataclass(frozen=True)
class Finished:
    """The playbook over all tasks, and which interpreters were used."""

    run: PlaybookRun
    used: list[str]
    writes: int


@pytest.fixture(scope="module", name="finished")
def _finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    chosen = {"plain"} | {
        item.callspec.params["name"]
        for item in request.session.items  # type: ignore[attr-defined]
        if getattr(item, "originalname", "") == test_the_way_is_chosen_and_the_result_is_the_same.__name__
    }
    folder = tmp_path_factory.mktemp("interpreters")
    log = folder / "used"
    log.touch()
    tasks: dict[str, list[dict[str, Any]]] = {HERE: [], THERE: []}
    for name, (keywords, host, _in_process) in TASKS.items():
        if name not in chosen:
            continue
        own = {"ansible_python_interpreter": str(_interpreter(folder, name, log))}
        tasks[host].append({"name": name, **CHANGE, **keywords, "vars": {**own, **keywords.get("vars", {})}})
    tasks[HERE] += _fire_and_collect(_interpreter(folder, "fired", log))
    plays = [{"name": host, "hosts": host, "gather_facts": False, "tasks": tasks[host]} for host in (HERE, THERE)]
    with Simulator(SEED) as simulator:
        run = run_playbook(
            plays, simulator_url=simulator.url, inventory={HERE: {}, THERE: {"ansible_connection": "elsewhere"}},
            env={**PLUGIN_FOLDERS, "ANSIBLE_ASYNC_DIR": str(folder / "jobs")},
        )  # fmt: skip
        assert_contract(simulator)
        yield Finished(run, log.read_text(encoding="utf-8").split(), len(simulator.writes()))


def _interpreter(folder: Path, name: str, log: Path) -> Path:
    script = folder / f"python-{name}"
    script.write_text(f'#!/bin/sh\necho {name} >> "{log}"\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script


def _fire_and_collect(interpreter: Path) -> list[dict[str, Any]]:
    """A task that is started, and asked for later."""
    return [
        {
            "name": "fire", "ringme.pbx.client_info": {}, "async": 60, "poll": 0, "register": "fired",
            "vars": {"ansible_python_interpreter": str(interpreter)},
        },
        {
            "name": "collect", "ansible.builtin.async_status": {"jid": "{{ fired.ansible_job_id }}"}, "register": "job",
            "until": "job is finished", "retries": 60, "delay": 0.5,
        },
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.exhaustive if name in EXHAUSTIVE else pytest.mark.smoke) for name in TASKS],
)
def test_the_way_is_chosen_and_the_result_is_the_same(finished: Finished, name: str) -> None:
    result = finished.run.one(name)
    in_process = TASKS[name][2]
    assert (name in finished.used) is not in_process, finished.run.output
    assert _essence(result) == _essence(finished.run.one("plain"))
    assert result["changed"] is True
    assert result["client"]["timezone"] == "UTC"
    assert finished.writes == 0


@pytest.mark.smoke
def test_in_the_background(finished: Finished) -> None:
    assert finished.used.count("fired") >= 1
    assert finished.run.one("fire")["ansible_job_id"]
    collected = finished.run.of("collect")[-1]
    assert collected["client"]["id"] == 801 and collected["client"]["timezone"] == "Europe/Moscow"


def _essence(result: dict[str, Any]) -> dict[str, Any]:
    ignored = (
        "requests",
        "quota",
        "ansible_job_id",
        "finished",
        "started",
        "results_file",
        "failed",
        "stdout",
        "stderr",
        "stdout_lines",
        "stderr_lines",
        "invocation",
    )
    return {key: value for key, value in result.items() if key not in ignored}
