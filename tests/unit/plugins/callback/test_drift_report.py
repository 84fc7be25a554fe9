# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback that reports any playbook: which events it gathers, and when it writes."""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible import context

from ansible_collections.ringme.pbx.plugins.callback import drift_report as callback
from ansible_collections.ringme.pbx.plugins.callback.drift_report import CallbackModule
from ansible_collections.ringme.pbx.tests.unit.helpers.callbacks import returned
from ansible_collections.ringme.pbx.tests.unit.helpers.results import settings

CHANGED = settings({"hold_music": 1}, {"hold_music": 2})


class Plugin(CallbackModule):
    """The callback with its options, and with lists in place of the display."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.given: dict[str, Any] = {"path": str(folder), "ledger": None, "waivers": None, "console": False}
        self.shown: list[str] = []
        self.warned: list[str] = []
        self._display = SimpleNamespace(display=self._show, warning=self.warned.append)

    def _show(self, line: str, stderr: bool) -> None:
        assert stderr, "stdout belongs to the stdout callback"
        self.shown.append(line)

    def get_option(self, k: str, hostvars: Any = None) -> Any:
        """Return an option."""
        return self.given[k]

    @property
    def report(self) -> dict[str, Any] | None:
        """The report, if there is one."""
        path = Path(self.given["path"]) / "drift.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


@pytest.fixture(name="at_exit")
def _at_exit(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """The functions that run at the end of the process."""
    registered: list[Callable[[], None]] = []
    monkeypatch.setattr(atexit, "register", registered.append)
    monkeypatch.setattr(context, "CLIARGS", {"check": True})
    return registered


@pytest.fixture(name="plugin")
def _plugin(at_exit: list[Callable[[], None]], tmp_path: Path) -> Plugin:  # pylint: disable=unused-argument
    return Plugin(tmp_path)


@pytest.mark.parametrize(
    "event",
    [
        "v2_runner_on_ok", "v2_runner_on_skipped", "v2_runner_on_failed", "v2_runner_item_on_ok",
        "v2_runner_item_on_skipped", "v2_runner_item_on_failed",
    ],
)  # fmt: skip
def test_every_event_with_a_result_is_gathered(plugin: Plugin, event: str) -> None:
    getattr(plugin, event)(returned(CHANGED))
    plugin.v2_playbook_on_stats(None)
    assert plugin.report is not None and plugin.warned == []
    (client,) = plugin.report["clients"]
    assert [item["field"] for item in client["changes"]] == ["hold_music"]
    assert plugin.report["mode"] == "drift" and not plugin.report["truncated"]


def test_unreachable_and_starting_hosts_are_clients_without_results(plugin: Plugin) -> None:
    plugin.v2_runner_on_unreachable(returned({"unreachable": True, "msg": "no route"}))
    plugin.v2_runner_on_start(returned({}, name="vasilek").host, None)
    plugin.v2_playbook_on_stats(None)
    assert plugin.report is not None
    reasons = {client["key"]: (client["status"], client["reason"]) for client in plugin.report["clients"]}
    assert "no route" in reasons["romashka"][1]
    assert {status for status, reason in reasons.values()} == {"not_checked"} and len(reasons) == 2


def test_an_interrupted_run_is_reported_by_its_own_process_only(
    plugin: Plugin, at_exit: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin.v2_runner_on_ok(returned(CHANGED))
    (interrupted,) = at_exit
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 1)  # a worker that was forked from it
        interrupted()
    assert plugin.report is None
    interrupted()
    assert plugin.report is not None and plugin.report["truncated"] and plugin.report["verdict"] == "error"


def test_a_run_is_reported_once(plugin: Plugin, at_exit: list[Callable[[], None]]) -> None:
    plugin.v2_runner_on_ok(returned(CHANGED))
    plugin.v2_playbook_on_stats(None)
    (Path(plugin.given["path"]) / "drift.json").unlink()
    at_exit[0]()
    assert plugin.report is None


def test_a_run_without_clients_and_one_that_reports_itself_are_left_alone(plugin: Plugin) -> None:
    plugin.v2_playbook_on_stats(None)
    plugin.v2_runner_on_ok(returned(CHANGED))
    plugin.v2_runner_on_ok(returned({"verdict": "clean"}, "drift_report", check_mode=False))
    plugin.v2_playbook_on_stats(None)
    assert plugin.report is None and plugin.shown == plugin.warned == []


def test_a_run_that_compared_nothing_leaves_the_report_as_it_is(plugin: Plugin) -> None:
    plugin.v2_runner_on_ok(returned({"msg": "hello"}, "ansible.builtin.debug"))
    plugin.v2_runner_on_failed(returned({"failed": True, "msg": "no"}, "ansible.builtin.command"))
    plugin.v2_playbook_on_stats(None)
    assert plugin.report is None and not any(Path(plugin.given["path"]).iterdir())


def test_its_default_path_is_not_that_of_the_playbook_drift() -> None:
    options = yaml.safe_load(callback.DOCUMENTATION)["options"]
    assert options["path"]["default"] == "reports/playbook"


def test_a_missing_report_is_a_warning(plugin: Plugin) -> None:
    plugin.given["waivers"] = "/no/such/waivers.yml"
    plugin.v2_runner_on_ok(returned(CHANGED))
    plugin.v2_playbook_on_stats(None)
    assert plugin.report is None
    assert len(plugin.warned) == 1 and "/no/such/waivers.yml" in plugin.warned[0]


@pytest.mark.parametrize(("ledger", "written"), [(None, True), ("none", False)])
def test_the_ledger_is_next_to_the_report_unless_it_is_none(plugin: Plugin, ledger: str | None, written: bool) -> None:
    plugin.given |= {"ledger": ledger, "console": True}
    plugin.v2_runner_on_ok(returned(settings({"hold_music": 1})))
    plugin.v2_playbook_on_stats(None)
    assert (Path(plugin.given["path"]) / "ledger.json").exists() is written
    assert plugin.shown[0] == "FLEET  1 client: 1 clean"
