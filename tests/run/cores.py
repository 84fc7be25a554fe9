# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The supported versions of ansible-core: on which Pythons they can be tried here, and where they are installed."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from run.environment import find_python, for_part
from run.model import CACHE, ROOT, PartError

MATRIX = ROOT / "tests" / "matrix.yml"
# What the component tests need besides ansible-core, pinned like the development set.
_REQUIREMENTS = ("aiohttp", "hypothesis", "jsonschema-rs", "pytest", "pyyaml", "requests")
# ansible-core has its own opinion on these.
_UNPINNED = {"resolvelib"}


@dataclass(frozen=True)
class Core:
    """One row of the matrix."""

    core: str
    release: str
    controller: tuple[str, ...]
    target: tuple[str, ...]

    def here(self) -> list[str]:
        """The Pythons of this machine on which this ansible-core runs, oldest first."""
        return [version for version in self.controller if find_python(version)]

    def missing(self) -> list[str]:
        """Supported controller Pythons that are not on this machine."""
        return [version for version in self.controller if not find_python(version)]


def read_matrix(path: Path = MATRIX) -> list[Core]:
    """The rows, oldest ansible-core first."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["cores"]
    return [Core(row["core"], row["release"], tuple(row["controller"]), tuple(row["target"])) for row in rows]


def controllers() -> dict[str, str]:
    """On which Python each ansible-core is tried: the oldest ones on the oldest Python, the newest ones on the newest.

    Together they cover all Pythons of this machine that may be a controller; a core that none supports is left out.
    """
    cores = read_matrix()
    chosen = {}
    for index, core in enumerate(cores):
        here = core.here()
        if here:
            chosen[core.core] = here[round(index * (len(here) - 1) / max(1, len(cores) - 1))]
    return chosen


def targets() -> list[str]:
    """All Pythons on which a module may run, oldest first."""
    versions = {version for core in read_matrix() for version in core.target}
    return sorted(versions, key=lambda version: [int(part) for part in version.split(".")])


def _constraints(python: str) -> list[str]:
    path = ROOT / ("constraints-py311.txt" if python == "3.11" else "constraints.txt")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"[A-Za-z]", line)]
    return [line for line in lines if line.split("==")[0].lower() not in _UNPINNED]


def venv(core: Core, python: str) -> Path:
    """The virtual environment with this ansible-core on this Python, made if need be; returns its bin folder."""
    folder = CACHE / "venvs" / f"{core.core}-py{python}"
    base = find_python(python)
    if base is None:
        raise PartError(f"Python {python} is not on this machine")
    wanted = [f"ansible-core=={core.release}", *_REQUIREMENTS]
    constraints = _constraints(python)
    stamp = folder / ".ready"
    digest = hashlib.sha256("\0".join([str(folder), str(base), *wanted, *constraints]).encode()).hexdigest()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
            return folder / "bin"
        shutil.rmtree(folder, ignore_errors=True)
        frozen = folder.parent / f"{folder.name}.txt"
        frozen.write_text("\n".join(constraints) + "\n", encoding="utf-8")
        _run(base, "-m", "venv", folder)
        _run(
            folder / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--constraint",
            frozen,
            *wanted,
        )
        stamp.write_text(digest, encoding="utf-8")
    return folder / "bin"


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        command, env=for_part("venvs"), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()[-6:]
        raise PartError("\n".join([f"{' '.join(map(str, command))}: exit status {done.returncode}", *lines]))
