# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helpers of the tests: tools that fail are failures, and warm commands of Ansible behave like cold ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import matrix, stage, tool
from support.environment import for_tool
from support.playbook import playbook_environment, run_playbook
from support.warm import bin_folder

DEBUG = {"name": "Say", "ansible.builtin.debug": {"msg": "{{ lookup('env', 'HOME') }}"}}


def _tool(code: str, **more: object) -> str:
    """Run it under a unique name, and so with its own log, because these tests run in parallel."""
    return tool.run(f"self-test-{os.getpid()}", sys.executable, "-c", code, env=dict(os.environ), **more)  # type: ignore[arg-type]


def test_a_tool_returns_its_output() -> None:
    assert _tool("import sys; print('a', flush=True); print('b', file=sys.stderr)").splitlines() == ["a", "b"]


@pytest.mark.parametrize(
    ("code", "more", "complaint"),
    [
        ("print('because of this'); raise SystemExit(3)", {}, "exit status 3(?s:.)*because of this"),
        ("print('ERROR: early'); print('x\\n' * 500); raise SystemExit(1)", {}, "ERROR: early"),
        ("print('a WARNING')", {"unwanted": [r"\bWARNING\b"]}, "a WARNING"),
        ("import time; time.sleep(600)", {"timeout": 0.2}, "more than 0.2 s"),
    ],
)
def test_a_tool_that_fails_is_a_failure(code: str, more: dict[str, object], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        _tool(code, **more)


def test_a_tool_leaves_nothing_running() -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"
    child = int(_tool(code))
    _wait(lambda: not Path(f"/proc/{child}/cwd").exists())


def test_tools_do_not_get_the_environment_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANSIBLE_STRATEGY", "RINGME_API_URL", "PYTHONPATH", "PYTEST_ADDOPTS"):
        monkeypatch.setenv(name, "x")
    env = for_tool("self-test", ADDED="y")
    assert not {"ANSIBLE_STRATEGY", "RINGME_API_URL", "PYTHONPATH", "PYTEST_ADDOPTS"} & set(env)
    assert env["ADDED"] == "y"
    assert env["HOME"] != os.environ["HOME"]


def test_a_copy_has_the_files_that_git_knows(tmp_path: Path) -> None:
    tree = stage.copy(tmp_path)
    assert tree.parts[-3:] == ("ansible_collections", "ringme", "pbx")
    assert (tree / "galaxy.yml").is_file()
    assert not (tree / ".cache").exists()
    assert (tree / ".git").is_dir()


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (["3.11", "3.12", "3.13"], {"2.18": "3.11", "2.19": "3.12", "2.20": "3.13", "2.21": "3.13"}),
        (["3.11"], {"2.18": "3.11", "2.19": "3.11"}),
        (["3.14"], {"2.20": "3.14", "2.21": "3.14"}),
        ([], {}),
    ],
)
def test_every_core_runs_on_a_python_that_it_supports(
    monkeypatch: pytest.MonkeyPatch, here: list[str], expected: dict[str, str]
) -> None:
    monkeypatch.setattr(matrix, "find_python", lambda version: Path(version) if version in here else None)
    assert matrix.controllers() == expected


def test_a_warm_playbook_is_a_separate_process(tmp_path: Path) -> None:
    for name in ("one", "two"):
        ran = run_playbook([DEBUG], simulator_url=None, home=tmp_path / name, env={"RINGME_X": name}).check()
        assert ran.one("Say")["msg"] == str(tmp_path / name)
    assert run_playbook([{"name": "Fail", "ansible.builtin.fail": {}}], simulator_url=None).rc == 2
    assert run_playbook([DEBUG], simulator_url=None, args=("--no-such-option",)).rc == 2


def test_settings_apply_to_one_command_only(tmp_path: Path) -> None:
    shown = [
        run_playbook([DEBUG], simulator_url=None, env=env).stdout
        for env in ({}, {"ANSIBLE_STDOUT_CALLBACK": "minimal"}, {})
    ]
    assert ["PLAY RECAP" in text for text in shown] == [True, False, True]
    config = tmp_path / "ansible.cfg"
    config.write_text("[defaults]\nstdout_callback = minimal\n", encoding="utf-8")
    assert "PLAY RECAP" not in run_playbook([DEBUG], simulator_url=None, env={"ANSIBLE_CONFIG": str(config)}).stdout


def test_killing_a_warm_command_ends_its_children(tmp_path: Path) -> None:
    """The inventory script is a child of the command; workers have their own sessions."""
    mark = tmp_path / "pids"
    script = tmp_path / "inventory.sh"
    script.write_text(f"#!/bin/sh\necho $$ $PPID >{mark}.new; mv {mark}.new {mark}; exec sleep 600\n", encoding="utf-8")
    script.chmod(0o755)
    command = [bin_folder() / "ansible-inventory", "--inventory", script, "--list"]
    with subprocess.Popen(command, env=playbook_environment(tmp_path, None), stdout=subprocess.DEVNULL) as process:
        try:
            _wait(lambda: mark.exists() or process.poll() is not None)
        finally:
            process.kill()
    pids = mark.read_text(encoding="utf-8").split()
    _wait(lambda: not any(Path(f"/proc/{pid}/cwd").exists() for pid in pids))


def _wait(condition: Callable[[], bool]) -> None:
    """Wait for a condition, up to a minute on a busy machine."""
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)
