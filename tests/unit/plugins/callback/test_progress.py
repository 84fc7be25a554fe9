# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback that shows progress: what it counts, and what it leaves to the default callback."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible import context
from ansible.plugins.callback.default import CallbackModule as DefaultCallback

from ansible_collections.ringme.pbx.plugins.callback.progress import CallbackModule
from ansible_collections.ringme.pbx.tests.unit.helpers.callbacks import returned

EVENTS = ("ok", "skipped", "failed", "unreachable")


class Plugin(CallbackModule):
    """The callback in a task over four clients, with a line after each of them."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self._display = SimpleNamespace(display=self.shown.append, verbosity=0, warning=self.shown.append)
        self._progress.begin_play("Apply", 4)
        self._progress.begin_task("Settings", 0.0)


@pytest.fixture(name="plugin")
def _plugin(monkeypatch: pytest.MonkeyPatch) -> Plugin:
    """The callback; each output of the default callback is one word."""
    monkeypatch.setattr(context, "CLIARGS", {"check": False, "diff": False})

    def show(event: str) -> Any:
        return lambda self, result, *_more: self.shown.append(f"{event} {result.host.get_name()}")

    for event in EVENTS:
        monkeypatch.setattr(DefaultCallback, f"v2_runner_on_{event}", show(event))
    return Plugin()


@pytest.mark.parametrize(
    ("event", "result", "shown"),
    [
        ("ok", {"changed": False}, ["Settings: 1 of 4 clients, 0 changed, 0 failed"]),
        ("ok", {"changed": True}, ["Settings: 1 of 4 clients, 1 changed, 0 failed"]),
        ("skipped", {}, ["Settings: 1 of 4 clients, 0 changed, 0 failed"]),
        ("failed", {}, ["failed romashka", "Settings: 1 of 4 clients, 0 changed, 1 failed"]),
        ("unreachable", {}, ["unreachable romashka", "Settings: 1 of 4 clients, 0 changed, 1 failed"]),
    ],
)
def test_each_host_is_counted(plugin: Plugin, event: str, result: dict[str, Any], shown: list[str]) -> None:
    getattr(plugin, f"v2_runner_on_{event}")(returned(result))
    assert plugin.shown == shown


@pytest.mark.parametrize("event", EVENTS)
def test_with_more_verbosity_everything_is_shown(plugin: Plugin, event: str) -> None:
    plugin._display.verbosity = 1
    getattr(plugin, f"v2_runner_on_{event}")(returned({"changed": False}))
    assert plugin.shown[0] == f"{event} romashka"


@pytest.mark.parametrize(
    ("diff", "counting", "shown"), [(True, True, True), (False, True, False), (False, False, True)]
)
def test_a_change_is_printed_if_requested(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch, diff: bool, counting: bool, shown: bool
) -> None:
    monkeypatch.setattr(context, "CLIARGS", {"check": False, "diff": diff})
    if not counting:
        plugin._progress.begin_task(None, 0.0)
    plugin.v2_runner_on_ok(returned({"changed": True}))
    assert ("ok romashka" in plugin.shown) is shown
