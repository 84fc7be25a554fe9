# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a task over many clients has come, and what the recap lists."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils.run_progress import Progress, Recap, is_state_task


class Clock:
    """Seconds that only a test lets pass."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


def test_a_line_comes_when_the_interval_is_over(clock: Clock) -> None:
    progress = Progress(clock)
    progress.begin_play("Apply", 1500)
    progress.begin_task("Settings", 5.0)
    clock.now = 4.9
    assert progress.count("a", True, False) is None
    clock.now = 5.0
    assert progress.count("b", False, False) == "Settings: 2 of 1,500 clients, 1 changed, 0 failed"
    clock.now = 9.9
    assert progress.count("c", False, True) is None
    assert progress.end_task() == "Settings: 3 of 1,500 clients, 1 changed, 1 failed"
    assert progress.end_task() is None and not progress.counting


def test_other_tasks_are_not_counted_but_their_failures_are(clock: Clock) -> None:
    progress = Progress(clock)
    progress.begin_play("Apply", 3)
    progress.begin_task(None, 0.0)
    assert progress.count("a", False, True) is None and progress.end_task() is None
    progress.begin_task("Settings", 0.0)
    assert progress.count("b", True, False) == "Settings: 2 of 3 clients, 1 changed, 1 failed"


def test_clients_of_earlier_waves_are_done(clock: Clock) -> None:
    progress = Progress(clock)
    progress.begin_play("Onboard", 4)
    progress.begin_task("Settings", 0.0)
    progress.count("a", True, False)
    progress.count("b", False, True)
    progress.begin_play("Onboard", 4)
    progress.begin_task("Settings", 0.0)
    assert progress.count("c", True, False) == "Settings: 3 of 4 clients, 1 changed, 1 failed"
    progress.begin_play("Another", 2)
    progress.begin_task("Settings", 0.0)
    assert progress.count("a", False, False) == "Settings: 1 of 2 clients, 0 changed, 0 failed"


@pytest.mark.parametrize(
    ("action", "resolved", "counted"),
    [
        ("ringme.pbx.client_settings", None, True), ("client_settings", "ringme.pbx.client_settings", True),
        ("ringme.pbx.client_info", None, False), ("client_settings", None, False),
        ("debug", "ansible.builtin.debug", False),
    ],
)  # fmt: skip
def test_which_tasks_are_counted(action: str, resolved: str | None, counted: bool) -> None:
    assert is_state_task(SimpleNamespace(action=action, resolved_action=resolved)) is counted


def test_the_recap_lists_what_failed_and_counts_all() -> None:
    counts = {
        "a": {"changed": 2, "failures": 0, "unreachable": 0},
        "b": {"changed": 0, "failures": 1, "unreachable": 0},
        "c": {"changed": 1, "failures": 0, "unreachable": 1},
    }
    recap = Recap(SimpleNamespace(processed=dict.fromkeys(counts, 1), summarize=counts.__getitem__, custom={"x": 1}))
    assert recap.processed == {"b": 1, "c": 1} and recap.custom == {"x": 1}
    assert recap.line() == "3 hosts: 2 changed, 1 failed, 1 unreachable"
    assert Recap(SimpleNamespace(processed={})).line() is None
