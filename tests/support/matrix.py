# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The supported versions of ansible-core: on which Pythons they can be tried here, and where they are installed."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from filelock import FileLock

from support.environment import BIN, CACHE, find_python
from support.stage import ROOT

MATRIX = ROOT / "tests" / "matrix.yml"
# What the unit and the component tests need besides ansible-core, pinned like the development set.
_REQUIREMENTS = ("aiohttp", "filelock", "hypothesis", "jsonschema-rs", "pytest", "pytest-timeout", "pyyaml", "requests")
# The same for Pythons that only run modules; the development set supports newer ones.
_UNIT = ("hypothesis", "jinja2", "pytest", "pytest-timeout", "pyyaml", "requests")
# ansible-core has its own opinion on these.
_UNPINNED = {"ansible-core", "resolvelib"}


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


def read_matrix(path: Path = MATRIX) -> list[Core]:
    """The rows, oldest ansible-core first."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))["cores"]
    return [Core(row["core"], row["release"], tuple(row["controller"]), tuple(row["target"])) for row in rows]


def controllers() -> dict[str, str]:
    """On which Python each ansible-core is tried: the oldest ones on the oldest Python, the newest ones on the newest.

    Together they cover all Pythons of this machine that can be a controller; a core that none supports is left out.
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


def venv(core: Core, python: str) -> Path:
    """Bring the virtual environment with this ansible-core on this Python up to date; returns its bin folder.

    Where the Python runs modules and not ansible-core itself, its folder of ansible-core is a link: modules take their
    helpers from there. Raises subprocess.CalledProcessError; uv prints why.
    """
    if python in core.controller:
        return _installed(f"{core.core}-py{python}", python, [f"ansible-core=={core.release}", *_REQUIREMENTS])
    bin_folder = _installed(f"{core.core}-py{python}", python, _UNIT, frozen=False)
    (source,) = venv(core, core.here()[0]).parent.glob("lib/*/site-packages/ansible")
    (packages,) = bin_folder.parent.glob("lib/*/site-packages")
    with contextlib.suppress(FileExistsError):
        (packages / "ansible").symlink_to(source, target_is_directory=True)
    return bin_folder


def _installed(name: str, python: str, requirements: Iterable[str], *, frozen: bool = True) -> Path:
    folder = CACHE / "venvs" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    constraints = folder.parent / f"{name}.txt"
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if frozen else []
    kept = [line for line in lines if re.match(r"[a-z]", line) and line.split("==")[0] not in _UNPINNED]
    install = (BIN / "uv", "pip", "install", "--quiet", "--python", folder / "bin" / "python")
    with FileLock(f"{folder}.lock"):
        constraints.write_text("\n".join(kept) + "\n", encoding="utf-8")
        if not (folder / "bin" / "python").exists():
            subprocess.run(
                [BIN / "uv", "venv", "--quiet", "--clear", "--python", find_python(python), folder], check=True
            )
        subprocess.run([*install, "--constraint", constraints, *requirements], check=True)
    return folder / "bin"
