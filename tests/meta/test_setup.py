# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The set-up finds a Python that runs, is silent when nothing is to be done, and survives interruption and moving."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

FIND = ROOT / "tools" / "find-python"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# Makes an "environment" of two commands that write down how they were called.
PYTHON = """\
case "$*" in
    --version) echo "Python 3.99.0" ;;
    "-m venv --clear .venv")
        echo "venv" >>calls
        rm -rf .venv && mkdir -p .venv/bin
        for name in python uv; do
            printf '#!/bin/sh\\ncase "$*" in *"config get"*|"-I -c "*) exit 0;; esac\\necho "%s $*" >>calls\\n' $name >.venv/bin/$name
            chmod +x .venv/bin/$name
        done ;;
esac"""


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


@pytest.fixture(name="clone")
def _clone(tmp_path: Path) -> Path:
    """A clone in a folder whose name has a space, with what the set-up reads."""
    clone = tmp_path / "some where" / "any name"
    (clone / "tools").mkdir(parents=True)
    (clone / "tools" / "setup").symlink_to(ROOT / "tools" / "setup")
    for path in (*ROOT.glob("requirements*.txt"), ROOT / "constraints.txt"):
        (clone / path.name).symlink_to(path)
    return clone


def set_up(clone: Path, stage: str = "demo", status: int = 0) -> str:
    """Run the set-up with a Python that only notes what it should do; returns what it prints."""
    python = tool(clone.parent, "python", PYTHON)
    env = {**os.environ, "BASE_PYTHON": str(python)}
    command = ["sh", clone / "tools" / "setup", stage]
    done = subprocess.run(command, env=env, cwd=clone.parent, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def calls(clone: Path) -> list[str]:
    """What was called, without the arguments: "venv" makes an environment, "uv" installs."""
    return [line.split()[0] for line in (clone / "calls").read_text(encoding="utf-8").splitlines()]


def test_fresh_is_silent_and_begins_nothing_again(clone: Path) -> None:
    assert "Setting up .venv with Python 3.99.0" in set_up(clone)
    assert calls(clone) == ["venv", "python", "uv"]
    assert set_up(clone) == ""
    assert calls(clone) == ["venv", "python", "uv", "uv"]


def test_the_demo_asks_for_less_than_the_tests(clone: Path) -> None:
    set_up(clone)
    last = (clone / "calls").read_text(encoding="utf-8").splitlines()[-1]
    assert "--requirement requirements-demo.txt --constraint constraints.txt" in last


def test_an_unknown_stage_is_refused(clone: Path) -> None:
    assert "usage: setup demo|test" in set_up(clone, "everything", 2)
    assert not (clone / "calls").exists()


@pytest.mark.parametrize("gone", [".venv/.clone", ".venv/bin/python"])
def test_what_was_interrupted_or_broken_is_begun_again(clone: Path, gone: str) -> None:
    set_up(clone)
    (clone / gone).unlink()
    (clone / ".venv" / "half-installed").touch()
    set_up(clone)
    assert calls(clone) == ["venv", "python", "uv"] * 2
    assert not (clone / ".venv" / "half-installed").exists()


def test_a_moved_clone_is_noticed_and_the_collection_still_linked(clone: Path) -> None:
    set_up(clone)
    link = Path(".cache/collections/ansible_collections/ringme/pbx")
    assert (clone / link).resolve() == clone
    assert not os.path.isabs(os.readlink(clone / link))
    moved = clone.rename(clone.with_name("moved"))
    assert (moved / link).resolve() == moved
    set_up(moved)
    assert calls(moved) == ["venv", "python", "uv"] * 2
