# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the virtual environment of the project and keeps it fresh.

usage: setup.py demo|test

Started by tools/setup with the Python that the environment is to have; needs nothing but the standard library. Silent
and quick when nothing is to be done. An installation that was interrupted is thrown away and begun again, two that
run at the same time wait for each other, and a moved clone is noticed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = CACHE / "logs" / "setup.log"
LINK = CACHE / "collections" / "ansible_collections" / "ringme" / "pbx"
UNFINISHED = VENV / ".unfinished"

# Each stage holds the ones before it.
STAGES = ("demo", "test")
ABOUT = {"demo": "about 20 seconds", "test": "about a minute"}


class SetupError(Exception):
    """The environment cannot be made; the text says why and what to do."""


def requirements(stage: str) -> Path:
    """The requirement file of a stage."""
    return ROOT / f"requirements-{stage}.txt"


def constraints(version: str) -> Path:
    """The frozen versions for a Python: ansible-core 2.21 and its company need 3.12."""
    return ROOT / ("constraints-py311.txt" if version == "3.11" else "constraints.txt")


def python_version() -> str:
    """Two-part version of the Python in the environment, or "" if there is none that runs."""
    try:
        done = subprocess.run(
            [PYTHON, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def digest(stage: str, version: str) -> str:
    """Changes whenever the environment has to be looked at again for this stage."""
    parts = [str(VENV), version, constraints(version).read_text(encoding="utf-8")]
    parts += [
        path.read_text(encoding="utf-8")
        for path in [ROOT / "requirements.txt", *(requirements(name) for name in STAGES[: STAGES.index(stage) + 1])]
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def stamp(stage: str) -> Path:
    """The file that holds the digest of what was installed."""
    return VENV / f".ready-{stage}"


def is_ready(stage: str, version: str) -> bool:
    """Whether nothing is to be done."""
    if not version or UNFINISHED.exists():
        return False
    try:
        return stamp(stage).read_text(encoding="utf-8") == digest(stage, version)
    except OSError:
        return False


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Two commands started at the same time must not install into one environment."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "setup.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(*command: str | Path) -> None:
    """Run a step with its output in the log; a failure shows the end of it."""
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(map(str, command))}\n")
        log.flush()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        tail = "\n".join("    " + line for line in LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
        raise SetupError(
            f"setting up failed (exit status {done.returncode}):\n{tail}\n"
            f"The whole log is in {LOG.relative_to(ROOT)}. The next make begins again."
        )


def make_venv() -> str:
    """Make the environment if there is none that works; returns its Python version."""
    version = python_version()
    if version and not UNFINISHED.exists():
        return version
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()
    run(sys.executable, "-m", "venv", VENV)
    return python_version()


def install(stage: str) -> None:
    """Bring the environment to a stage."""
    version = make_venv()
    if not version:
        raise SetupError("the Python in the new virtual environment does not run; see .cache/logs/setup.log")
    UNFINISHED.touch()
    run(
        PYTHON,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar",
        "off",
        "--requirement",
        requirements(stage),
        "--constraint",
        constraints(version),
    )
    for name in STAGES[: STAGES.index(stage) + 1]:
        stamp(name).write_text(digest(name, version), encoding="utf-8")
    UNFINISHED.unlink()


def link_collection() -> None:
    """Let Ansible find the clone as ringme.pbx, wherever it lies and whatever its folder is called."""
    target = os.path.relpath(ROOT, LINK.parent)
    if LINK.is_symlink() and os.readlink(LINK) == target:
        return
    LINK.parent.mkdir(parents=True, exist_ok=True)
    fresh = LINK.with_name(f".pbx-{os.getpid()}")
    fresh.symlink_to(target, target_is_directory=True)
    fresh.replace(LINK)


def main(stage: str) -> None:
    """Bring everything to a stage, saying so only if there is something to do."""
    link_collection()
    if is_ready(stage, python_version()):
        return
    with only_one():
        if is_ready(stage, python_version()):
            return
        LOG.parent.mkdir(parents=True, exist_ok=True)
        LOG.write_text("", encoding="utf-8")
        version = python_version() if PYTHON.exists() and not UNFINISHED.exists() else ""
        print(
            f"Setting up .venv for {stage} with Python {version or '%d.%d' % sys.version_info[:2]}"
            f" ({ABOUT[stage]}) ...",
            file=sys.stderr,
            flush=True,
        )
        start = time.monotonic()
        install(stage)
        print(f"Set up in {time.monotonic() - start:.0f} s.", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STAGES:
        sys.exit(f"usage: setup.py {'|'.join(STAGES)}")
    try:
        main(sys.argv[1])
    except SetupError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
