# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The set-up finds a Python that runs, is silent when fresh, and survives interruption and moving."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from repository import ROOT

FIND = ROOT / "tools" / "find-python"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def find(path: Path, *versions: str) -> subprocess.CompletedProcess[str]:
    """Look for a Python with nothing but this folder and the system's on PATH."""
    env = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path)}
    return subprocess.run([FIND, *versions], env=env, capture_output=True, text=True, check=False)


def tool(folder: Path, name: str, script: str) -> Path:
    """An executable file."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_shim_that_refuses_is_passed_over(tmp_path: Path) -> None:
    shims = tmp_path / "manager" / "shims"
    real = tmp_path / "manager" / "versions" / f"{VERSION}.1" / "bin"
    shims.mkdir(parents=True)
    real.mkdir(parents=True)
    tool(shims, f"python{VERSION}", "echo command not found >&2; exit 127")
    (real / f"python{VERSION}").symlink_to(os.path.realpath(sys.executable))
    assert find(shims, VERSION).stdout.strip() == os.path.realpath(sys.executable)


def test_a_python_of_another_version_or_without_venv_is_passed_over(tmp_path: Path) -> None:
    tool(tmp_path, "python3.99", f'exec "{sys.executable}" "$@"')
    tool(tmp_path, "python3.98", "exit 0")
    done = find(tmp_path, "3.99", "3.98")
    assert done.returncode == 1
    assert not done.stdout
    assert "python3-venv" in done.stderr


def test_the_first_version_that_is_there_wins(tmp_path: Path) -> None:
    (tmp_path / f"python{VERSION}").symlink_to(os.path.realpath(sys.executable))
    assert find(tmp_path, "3.99", VERSION).stdout.strip() == os.path.realpath(sys.executable)


@pytest.fixture(name="setup")
def _setup(tmp_path: Path) -> ModuleType:
    """The set-up script, working on a clone in a folder whose name has a space."""
    clone = tmp_path / "some where" / "any name"
    (clone / "tools").mkdir(parents=True)
    for path in [*ROOT.glob("requirements*.txt"), *ROOT.glob("constraints*.txt"), ROOT / "tools" / "setup.py"]:
        target = clone / path.relative_to(ROOT)
        target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("setup_under_test", clone / "tools" / "setup.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(name="steps")
def _steps(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that the set-up runs; making the environment works, installing does nothing."""
    steps: list[list[str]] = []

    def run(*command: str | Path) -> None:
        steps.append([str(word) for word in command])
        if "venv" in steps[-1]:
            setup.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            setup.PYTHON.symlink_to(os.path.realpath(sys.executable))

    monkeypatch.setattr(setup, "run", run)
    return steps


def test_fresh_is_silent(setup: ModuleType, steps: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    setup.main("test")
    assert [("venv" in step, "install" in step) for step in steps] == [(True, False), (False, True)]
    assert "Setting up" in capsys.readouterr().err
    setup.main("test")
    setup.main("demo")
    assert len(steps) == 2
    assert not capsys.readouterr().err


def test_the_demo_asks_for_less_than_the_tests(setup: ModuleType, steps: list[list[str]]) -> None:
    setup.main("demo")
    assert str(setup.ROOT / "requirements-demo.txt") in steps[-1]
    setup.main("test")
    assert str(setup.ROOT / "requirements-test.txt") in steps[-1]
    assert len(steps) == 3


def test_changed_requirements_are_installed(setup: ModuleType, steps: list[list[str]]) -> None:
    setup.main("demo")
    with (setup.ROOT / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("left-pad\n")
    setup.main("demo")
    assert [step for step in steps if "install" in step][1:]
    assert len([step for step in steps if "venv" in step]) == 1


def test_what_was_interrupted_is_begun_again(setup: ModuleType, steps: list[list[str]]) -> None:
    setup.main("demo")
    setup.UNFINISHED.touch()
    (setup.VENV / "half-installed").touch()
    setup.main("demo")
    assert len([step for step in steps if "venv" in step]) == 2
    assert not (setup.VENV / "half-installed").exists()
    assert not setup.UNFINISHED.exists()


def test_a_failed_installation_is_noticed_the_next_time(
    setup: ModuleType, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = setup.run

    def fail(*command: str | Path) -> None:
        if "install" in command:
            raise setup.SetupError("no network")
        good(*command)

    monkeypatch.setattr(setup, "run", fail)
    with pytest.raises(setup.SetupError):
        setup.main("demo")
    monkeypatch.setattr(setup, "run", good)
    setup.main("demo")
    assert len([step for step in steps if "venv" in step]) == 2


def test_the_collection_is_linked_wherever_the_clone_lies(setup: ModuleType, steps: list[list[str]]) -> None:
    setup.main("demo")
    assert steps
    assert setup.LINK.resolve() == setup.ROOT
    assert not os.path.isabs(os.readlink(setup.LINK))
    moved = setup.ROOT.with_name("moved")
    setup.ROOT.rename(moved)
    link = moved / setup.LINK.relative_to(setup.ROOT)
    assert link.resolve() == moved


def test_the_steps_of_a_failed_set_up_are_shown(setup: ModuleType) -> None:
    setup.LOG.parent.mkdir(parents=True)
    with pytest.raises(setup.SetupError, match="exit status 4(?s:.)*because of this"):
        setup.run("sh", "-c", "echo because of this; exit 4")
