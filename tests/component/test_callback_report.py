# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback makes the report of any playbook, also of one that fails or is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator import Simulator
from simulator.pytest_plugin import MakeSimulator
from support.component.client_folder import DEALER
from support.component.dealer_clients import DealerClients
from support.playbook import PlaybookRun, playbook_environment, run_playbook

CLIENTS = DealerClients(["aster", "betula", "dalia", "erica"])
HOSTS = {name: {"client_id": CLIENTS.id_of(name)} for name in CLIENTS.names[:3]}
SETTINGS: dict[str, Any] = {
    "name": "Settings",
    "ringme.pbx.client_settings": {"client_id": "{{ client_id }}", "geo_list": ["RU", "BY"], "timezone": "Asia/Omsk"},
}
BUNDLES: dict[str, Any] = {
    "name": "Bundles",
    "ringme.pbx.client_bundles": {
        "client_id": "{{ client_id }}",
        "bundles": [{"extension": "101", "members": ["102"]}],
        "side_effects": "ignore",
    },
}
# The callback of the tests, which records the result of every task, is enabled too.
ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "collect_results,ringme.pbx.drift_report"}


@pytest.fixture(name="pbx")
def _pbx(make_simulator: MakeSimulator) -> Simulator:
    return make_simulator(CLIENTS.seed())


def _run(
    pbx: Simulator,
    folder: Path,
    tasks: Sequence[Mapping[str, Any]],
    *args: str,
    env: Mapping[str, str] | None = None,
    **more: Any,
) -> PlaybookRun:
    variables = {**DEALER, **ENABLED, "RINGME_REPORT_PATH": str(folder / "reports"), **(env or {})}
    return run_playbook(
        tasks, simulator_url=pbx.url, inventory=more.pop("inventory", HOSTS), args=args, env=variables, **more
    )


def _report(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "reports" / "drift.json").read_text(encoding="utf-8")))


def _statuses(folder: Path) -> dict[str, str]:
    return {client["key"]: client["status"] for client in _report(folder)["clients"]}


@pytest.mark.smoke
def test_any_playbook(pbx: Simulator, tmp_path: Path) -> None:
    """A plan, its run, and a run after a change by hand."""
    _run(pbx, tmp_path, [SETTINGS, BUNDLES], "--check").check(0)
    report = _report(tmp_path)
    assert report["mode"] == "drift" and report["verdict"] == "drift" and report["totals"]["changes"]["unknown"] == 9
    _run(pbx, tmp_path, [SETTINGS, BUNDLES]).check(0)
    report = _report(tmp_path)
    assert report["mode"] == "apply" and report["verdict"] == "clean" and report["totals"]["applied"] == 9
    pbx.state.set_client(901, geo_list="*")
    ran = _run(pbx, tmp_path, [SETTINGS, BUNDLES], "--check").check(0)
    aster = next(client for client in _report(tmp_path)["clients"] if client["key"] == "aster")
    assert aster["client_id"] == "901"
    assert [(item["field"], item["cause"]) for item in aster["changes"]] == [("geo_list", "out_of_band")]
    assert "FLEET  3 clients: 2 clean, 1 drifted" in ran.stderr and "FLEET" not in ran.stdout


@pytest.mark.exhaustive
def test_tasks_that_run_as_modules(pbx: Simulator, tmp_path: Path) -> None:
    """Their results are the same as in-process, as the tests of the modules show."""
    one, variables = {"aster": HOSTS["aster"]}, {"ringme_in_process": False}
    _run(pbx, tmp_path, [SETTINGS, BUNDLES], "--check", inventory=one, extra_vars=variables).check(0)
    report = _report(tmp_path)
    assert report["mode"] == "drift" and report["verdict"] == "drift" and report["totals"]["changes"]["unknown"] == 3
    assert _statuses(tmp_path) == {"aster": "drift"}


def test_what_was_not_compared_is_not_clean(pbx: Simulator, tmp_path: Path) -> None:
    """Hosts that fail before any result, values that no_log hides, and a host with several clients (a row for each)."""
    hosts = {
        **HOSTS,
        "dalia": {**HOSTS["dalia"], "ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1},
        "hidden": {"client_id": CLIENTS.id_of("erica")},
        "office": {},
    }
    fail = {"name": "Stop", "ansible.builtin.fail": {"msg": "not today"}, "when": "inventory_hostname == 'betula'"}
    foreign = {"name": "Foreign", "ansible.builtin.command": "true", "changed_when": True}
    several = {"client_id": "{{ item }}", "geo_list": ["RU"]}
    tasks = {
        "aster:betula:dalia": [fail, foreign, SETTINGS],
        "hidden": [{**SETTINGS, "no_log": True}],
        "office": [{**SETTINGS, "loop": [901, 902], "ringme.pbx.client_settings": several}],
    }
    plays = [{"name": names, "hosts": names, "gather_facts": False, "tasks": tasks[names]} for names in tasks]
    ran = _run(pbx, tmp_path, plays, "--check", inventory=hosts)
    assert ran.rc in (2, 4)
    assert _statuses(tmp_path) == {
        "aster": "drift",
        "betula": "not_checked",
        "dalia": "not_checked",
        "hidden": "not_checked",
        "office/901": "drift",
        "office/902": "drift",
    }
    report = _report(tmp_path)
    reasons = {client["key"]: str(client["reason"]) for client in report["clients"]}
    assert "the task Stop failed before anything was compared: not today" in reasons["betula"]
    assert "no_log hides" in reasons["hidden"]
    assert report["verdict"] == "error" and report["exit_code"] == 1 and not report["truncated"]


def test_other_playbooks_and_those_that_report_themselves_are_left_alone(pbx: Simulator, tmp_path: Path) -> None:
    _run(
        pbx, tmp_path, [{"name": "Foreign", "ansible.builtin.debug": {"msg": "x"}}], inventory={"localhost": {}}
    ).check(0)
    assert not (tmp_path / "reports").exists()
    own = {
        "name": "Own",
        "ringme.pbx.drift_report": {"results": {"found": "client_settings"}, "fail": False},
        "run_once": True,
    }
    one = {"aster": HOSTS["aster"]}
    _run(pbx, tmp_path, [{**SETTINGS, "register": "found"}, own], "--check", inventory=one).check(0)
    # In check mode the task has written nothing, so the callback does.
    assert (tmp_path / "reports").exists()
    (tmp_path / "reports" / "drift.json").unlink()
    _run(pbx, tmp_path, [{**SETTINGS, "register": "found", "check_mode": True}, own], inventory=one).check(0)
    assert not (tmp_path / "reports" / "drift.json").exists()


def test_a_report_that_cannot_be_written_is_a_warning(pbx: Simulator, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("x", encoding="utf-8")
    ran = _run(pbx, tmp_path, [SETTINGS], "--check", inventory={"aster": HOSTS["aster"]}).check(0)
    assert "cannot write the drift report: " in " ".join(ran.output.split())


def test_options_in_ansible_cfg(pbx: Simulator, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    config = "[callback_ringme_drift_report]\npath = own\nledger = none\nconsole = false\n"
    (home / "ansible.cfg").write_text(config, encoding="utf-8")
    env: dict[str, Any] = {"RINGME_REPORT_PATH": None}
    one = {"aster": HOSTS["aster"]}
    ran = _run(pbx, tmp_path, [SETTINGS], "--check", env=env, home=home, cwd=tmp_path, inventory=one).check(0)
    own = home / "own"  # relative to the file that names it
    assert (own / "drift.html").exists() and not (own / "ledger.json").exists()
    assert "FLEET" not in ran.stdout


@pytest.mark.parametrize(
    "first",
    [pytest.param(True, id="nothing-before", marks=pytest.mark.exhaustive), pytest.param(False, id="a-report-before")],
)
def test_an_interrupt_leaves_a_truncated_report(pbx: Simulator, tmp_path: Path, first: bool) -> None:
    """Of what was compared until then. What was not reached is not clean."""
    if not first:
        _run(pbx, tmp_path, [SETTINGS], "--check").check(0)
    started = tmp_path / "started"
    wait = {
        "name": "Wait",
        "ansible.builtin.shell": f"touch {started}; sleep 600",
        "when": "inventory_hostname == 'aster'",
    }
    plays = [{"name": "All", "hosts": "all", "gather_facts": False, "check_mode": True,
              "tasks": [SETTINGS, {**wait, "check_mode": False}, BUNDLES]}]  # fmt: skip
    (tmp_path / "play.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": HOSTS, "vars": local}}), encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    env = {
        **DEALER,
        "ANSIBLE_CALLBACKS_ENABLED": "ringme.pbx.drift_report",
        "RINGME_REPORT_PATH": str(tmp_path / "reports"),
    }
    command = [
        sys.executable,
        "-m",
        "ansible",
        "playbook",
        "-i",
        str(tmp_path / "hosts.json"),
        str(tmp_path / "play.yml"),
    ]
    with subprocess.Popen(
        command,
        env=playbook_environment(home, pbx.url, env=env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    ) as process:
        try:
            while not started.exists():
                assert process.poll() is None
                time.sleep(0.1)
            os.killpg(process.pid, signal.SIGINT)
            output = process.communicate()[0]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    report = _report(tmp_path)
    assert report["truncated"] and report["verdict"] == "error" and report["exit_code"] == 1, output
    assert {client["key"] for client in report["clients"]} == set(HOSTS)
