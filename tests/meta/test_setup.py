# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The set-up finds a working Python, is silent when it is up to date, and recovers after interruption and moving."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

FIND = ROOT / "tools" / "find-python"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# Creates an "environment" with two commands that record their arguments.
PYTHON = """\
case "$*" in
    --version) echo "Python 3.99.0" ;;
    "-m venv --clear .venv")
        echo "venv" >>calls
        rm -rf .venv && mkdir -p .venv/bin
        for name in python uv; do
            printf '#!/bin/sh\\ncase "$*" in *"config get"*|"-I -c "*) exit 0;; esac\\n' >.venv/bin/$name
            printf 'echo "%s $*" >>calls\\n' $name >>.venv/bin/$name
            chmod +x .venv/bin/$name
        done ;;
esac"""


def find(path: Path, *versions: str) -> subprocess.CompletedProcess[str]:
    """Search for a Python with only this folder and the system's on PATH."""
    env = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path)}
    return subprocess.run([FIND, *versions], env=env, capture_output=True, text=True, check=False)


def tool(folder: Path, name: str, script: str) -> Path:
    """An executable file."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_shim_that_fails_is_skipped(tmp_path: Path) -> None:
    shims = tmp_path / "manager" / "shims"
    real = tmp_path / "manager" / "versions" / f"{VERSION}.1" / "bin"
    shims.mkdir(parents=True)
    real.mkdir(parents=True)
    tool(shims, f"python{VERSION}", "echo command not found >&2; exit 127")
    (real / f"python{VERSION}").symlink_to(os.path.realpath(sys.executable))
    assert find(shims, VERSION).stdout.strip() == os.path.realpath(sys.executable)


def test_a_python_of_another_version_or_without_venv_is_skipped(tmp_path: Path) -> None:
    tool(tmp_path, "python3.99", f'exec "{sys.executable}" "$@"')
    tool(tmp_path, "python3.98", "exit 0")
    done = find(tmp_path, "3.99", "3.98")
    assert done.returncode == 1
    assert not done.stdout
    assert "python3-venv" in done.stderr


def test_the_first_available_version_wins(tmp_path: Path) -> None:
    (tmp_path / f"python{VERSION}").symlink_to(os.path.realpath(sys.executable))
    assert find(tmp_path, "3.99", VERSION).stdout.strip() == os.path.realpath(sys.executable)


@pytest.fixture(name="clone")
def _clone(tmp_path: Path) -> Path:
    """A clone in a folder whose name has a space, with the files that the set-up reads."""
    clone = tmp_path / "some where" / "any name"
    (clone / "tools").mkdir(parents=True)
    (clone / "tools" / "setup").symlink_to(ROOT / "tools" / "setup")
    for path in (*ROOT.glob("requirements*.txt"), ROOT / "constraints.txt"):
        (clone / path.name).symlink_to(path)
    return clone


def set_up(clone: Path, stage: str = "demo", status: int = 0) -> str:
    """Run the set-up with a Python that only records its arguments; return the output."""
    python = tool(clone.parent, "python", PYTHON)
    env = {**os.environ, "BASE_PYTHON": str(python)}
    command = ["sh", clone / "tools" / "setup", stage]
    done = subprocess.run(command, env=env, cwd=clone.parent, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def calls(clone: Path) -> list[str]:
    """The called commands without arguments: "venv" creates an environment, "uv" installs."""
    return [line.split()[0] for line in (clone / "calls").read_text(encoding="utf-8").splitlines()]


def test_an_environment_that_is_up_to_date_is_kept(clone: Path) -> None:
    assert "Setting up .venv with Python 3.99.0" in set_up(clone)
    assert calls(clone) == ["venv", "python", "uv"]
    assert set_up(clone) == ""
    assert calls(clone) == ["venv", "python", "uv", "uv"]


def test_the_demo_installs_less_than_the_tests(clone: Path) -> None:
    set_up(clone)
    last = (clone / "calls").read_text(encoding="utf-8").splitlines()[-1]
    assert "--requirement requirements-demo.txt --constraint constraints.txt" in last


def test_an_unknown_stage_is_an_error(clone: Path) -> None:
    assert "usage: setup demo|test" in set_up(clone, "everything", 2)
    assert not (clone / "calls").exists()


@pytest.mark.parametrize("gone", [".venv/.clone", ".venv/bin/python"])
def test_an_incomplete_or_broken_environment_is_created_again(clone: Path, gone: str) -> None:
    set_up(clone)
    (clone / gone).unlink()
    (clone / ".venv" / "half-installed").touch()
    set_up(clone)
    assert calls(clone) == ["venv", "python", "uv"] * 2
    assert not (clone / ".venv" / "half-installed").exists()


def test_a_moved_clone_gets_a_new_environment(clone: Path) -> None:
    set_up(clone)
    link = Path(".cache/collections/ansible_collections/ringme/pbx")
    assert (clone / link).resolve() == clone
    assert not os.path.isabs(os.readlink(clone / link))
    moved = clone.rename(clone.with_name("moved"))
    assert (moved / link).resolve() == moved
    set_up(moved)
    assert calls(moved) == ["venv", "python", "uv"] * 2
