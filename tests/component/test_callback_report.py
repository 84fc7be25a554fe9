# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback makes the report of anybody's playbook, also of one that fails or is interrupted."""

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

from component.client_folder import DEALER
from component.estate import Estate
from simulator import Simulator
from simulator.pytest_plugin import MakeSimulator
from support.playbook import PlaybookRun, playbook_environment, run_playbook

ESTATE = Estate(["aster", "betula", "dalia"])
HOSTS = {name: {"client_id": ESTATE.id_of(name)} for name in ESTATE.names}
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
# The callback of the tests, which tells what every task returned, works beside it.
ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "collect_results,ringme.pbx.drift_report"}


@pytest.fixture(name="pbx")
def _pbx(make_simulator: MakeSimulator) -> Simulator:
    return make_simulator(ESTATE.seed())


def _run(
    pbx: Simulator, folder: Path, tasks: Sequence[Mapping[str, Any]], *args: str, env: Mapping[str, str] | None = None, **more: Any
) -> PlaybookRun:
    variables = {**DEALER, **ENABLED, "RINGME_REPORT_PATH": str(folder / "reports"), **(env or {})}
    return run_playbook(tasks, simulator_url=pbx.url, inventory=more.pop("inventory", HOSTS), args=args, env=variables, **more)


def _report(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "reports" / "drift.json").read_text(encoding="utf-8")))


def _statuses(folder: Path) -> dict[str, str]:
    return {client["key"]: client["status"] for client in _report(folder)["clients"]}


@pytest.mark.smoke
@pytest.mark.parametrize("in_process", [True, False])
def test_any_playbook(pbx: Simulator, tmp_path: Path, in_process: bool) -> None:
    """A plan, its run, and a night after which somebody has clicked."""
    more = {"extra_vars": {"ringme_in_process": in_process}}
    _run(pbx, tmp_path, [SETTINGS, BUNDLES], "--check", **more).check(0)
    report = _report(tmp_path)
    assert report["mode"] == "drift" and report["verdict"] == "drift" and report["totals"]["changes"]["unknown"] == 9
    _run(pbx, tmp_path, [SETTINGS, BUNDLES], **more).check(0)
    report = _report(tmp_path)
    assert report["mode"] == "apply" and report["verdict"] == "clean" and report["totals"]["applied"] == 9
    pbx.state.set_client(901, geo_list="*")
    ran = _run(pbx, tmp_path, [SETTINGS, BUNDLES], "--check", **more).check(0)
    aster = next(client for client in _report(tmp_path)["clients"] if client["key"] == "aster")
    assert aster["client_id"] == "901"
    assert [(item["field"], item["cause"]) for item in aster["changes"]] == [("geo_list", "out_of_band")]
    assert "FLEET  3 clients: 2 clean, 1 drifted" in ran.stdout


def test_hosts_that_fail_before_any_result_are_not_checked(pbx: Simulator, tmp_path: Path) -> None:
    fail = {"name": "Stop", "ansible.builtin.fail": {"msg": "not today"}, "when": "inventory_hostname == 'betula'"}
    hosts = {**HOSTS, "dalia": {**HOSTS["dalia"], "ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}}
    foreign = {"name": "Foreign", "ansible.builtin.command": "true", "changed_when": True}
    ran = _run(pbx, tmp_path, [fail, foreign, SETTINGS], "--check", inventory=hosts)
    assert ran.rc in (2, 4)
    assert _statuses(tmp_path) == {"aster": "drift", "betula": "not_checked", "dalia": "not_checked"}
    report = _report(tmp_path)
    reasons = {client["key"]: client["reason"] for client in report["clients"]}
    assert "the task Stop failed before anything was compared: not today" in str(reasons["betula"])
    assert report["verdict"] == "error" and report["exit_code"] == 1 and not report["truncated"]


def test_one_host_that_looks_after_several_clients(pbx: Simulator, tmp_path: Path) -> None:
    task = {**SETTINGS, "loop": [901, 902], "ringme.pbx.client_settings": {"client_id": "{{ item }}", "geo_list": ["RU"]}}
    _run(pbx, tmp_path, [task], "--check", inventory={"localhost": {}}).check(0)
    assert _statuses(tmp_path) == {"localhost/901": "drift", "localhost/902": "drift"}


def test_what_no_log_hides_is_not_compared(pbx: Simulator, tmp_path: Path) -> None:
    _run(pbx, tmp_path, [{**SETTINGS, "no_log": True}], "--check").check(0)
    assert set(_statuses(tmp_path).values()) == {"not_checked"}
    assert "no_log hides" in str(_report(tmp_path)["clients"][0]["reason"])


def test_other_playbooks_and_those_that_report_themselves_are_left_alone(pbx: Simulator, tmp_path: Path) -> None:
    _run(pbx, tmp_path, [{"name": "Foreign", "ansible.builtin.debug": {"msg": "x"}}], inventory={"localhost": {}}).check(0)
    assert not (tmp_path / "reports").exists()
    own = {"name": "Own", "ringme.pbx.drift_report": {"results": {"found": "client_settings"}, "fail": False}, "run_once": True}
    _run(pbx, tmp_path, [{**SETTINGS, "register": "found"}, own], "--check").check(0)
    # In check mode the task has written nothing, so the callback does.
    assert (tmp_path / "reports").exists()
    (tmp_path / "reports" / "drift.json").unlink()
    _run(pbx, tmp_path, [{**SETTINGS, "register": "found", "check_mode": True}, own]).check(0)
    assert not (tmp_path / "reports" / "drift.json").exists()


def test_a_report_that_cannot_be_written_is_a_warning(pbx: Simulator, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("x", encoding="utf-8")
    ran = _run(pbx, tmp_path, [SETTINGS], "--check").check(0)
    assert "there is no drift report: " in " ".join(ran.output.split())


def test_options_in_ansible_cfg(pbx: Simulator, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    config = (
        "[callback_ringme_drift_report]\npath = own\nledger = none\nconsole = false\n"
    )
    (home / "ansible.cfg").write_text(config, encoding="utf-8")
    env: dict[str, Any] = {"RINGME_REPORT_PATH": None}
    ran = _run(pbx, tmp_path, [SETTINGS], "--check", env=env, home=home, cwd=tmp_path).check(0)
    own = home / "own"  # relative to the file that names it
    assert (own / "drift.html").exists() and not (own / "ledger.json").exists()
    assert "FLEET" not in ran.stdout


@pytest.mark.parametrize("first", [True, False], ids=["nothing-before", "a-report-before"])
def test_an_interrupt_leaves_a_truncated_report(pbx: Simulator, tmp_path: Path, first: bool) -> None:
    """Of what was compared until then. What was not reached is not clean."""
    if not first:
        _run(pbx, tmp_path, [SETTINGS], "--check").check(0)
    started = tmp_path / "started"
    wait = {"name": "Wait", "ansible.builtin.shell": f"touch {started}; sleep 60", "when": "inventory_hostname == 'aster'"}
    plays = [{"name": "All", "hosts": "all", "gather_facts": False, "check_mode": True,
              "tasks": [SETTINGS, {**wait, "check_mode": False}, BUNDLES]}]  # fmt: skip
    (tmp_path / "play.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": HOSTS, "vars": local}}), encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    env = {**DEALER, "ANSIBLE_CALLBACKS_ENABLED": "ringme.pbx.drift_report", "RINGME_REPORT_PATH": str(tmp_path / "reports")}
    command = [sys.executable, "-m", "ansible", "playbook", "-i", str(tmp_path / "hosts.json"), str(tmp_path / "play.yml")]
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
            end = time.monotonic() + 60
            while not started.exists():
                assert time.monotonic() < end and process.poll() is None
                time.sleep(0.1)
            os.killpg(process.pid, signal.SIGINT)
            output = process.communicate(timeout=60)[0]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    report = _report(tmp_path)
    assert report["truncated"] and report["verdict"] == "error" and report["exit_code"] == 1, output
    assert {client["key"] for client in report["clients"]} == set(ESTATE.names)
