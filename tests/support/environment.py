# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment in which tests run tools: the same on every machine, whatever the user has set."""

from __future__ import annotations

import ast
import configparser
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from support.stage import ROOT

BIN = Path(sys.executable).parent
CACHE = ROOT / ".cache"
COLLECTIONS = CACHE / "collections"

# Settings of the user that would change what is tested.
_DROPPED = (
    "ANSIBLE_",
    "MOLECULE_",
    "MYPY",
    "NOX_",
    "PYTEST_",
    "PYTHON",
    "COV_CORE_",
    "COVERAGE_",
    "RINGME_",
    "VIRTUAL_ENV",
    "XDG_",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "MAKE",
    "MFLAGS",
)
# ansible-core 2.18 and 2.19, and 2.20 and later look for these names before they download.
_BOOTSTRAP = ("get_pip_24_2.py", "get_pip_25_2.py")


def for_tool(name: str, *, first: Path = BIN, **more: str) -> dict[str, str]:
    """Return the environment of a tool, with a home folder that lives in .cache and is kept between runs.

    ``first`` is the folder that leads PATH (the bin folder of a virtual environment), ``more`` is added at the end.
    """
    env = {key: value for key, value in os.environ.items() if not key.startswith(_DROPPED)}
    env |= {
        "HOME": str(_home(name)),
        "PATH": os.pathsep.join([str(first), *clean_path()]),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "COLUMNS": "160",
        "TERM": "dumb",
    }
    return env | more


@functools.cache
def clean_path() -> tuple[str, ...]:
    """Return PATH without the shims of version managers, led by a folder with the Pythons that really run.

    A shim exists for every version that the manager knows of, answers "command not found" for most, and ansible-test
    takes that as an error.
    """
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    kept = (folder for folder in folders if Path(folder).name != "shims" and Path(folder) != BIN)
    return (str(CACHE / "pythons"), *kept)


@functools.cache
def find_python(version: str) -> Path | None:
    """Return the Python of this version that runs on this machine; link it into the first folder of clean_path()."""
    done = subprocess.run([ROOT / "tools" / "find-python", version], capture_output=True, text=True, check=False)
    link = CACHE / "pythons" / f"python{version}"
    if done.returncode:
        link.unlink(missing_ok=True)
        return None
    target = Path(done.stdout.strip())
    if not link.is_symlink() or link.readlink() != target:
        link.parent.mkdir(parents=True, exist_ok=True)
        fresh = link.with_name(f".python{version}-{os.getpid()}")
        fresh.symlink_to(target)
        fresh.replace(link)
    return target


@functools.cache
def _home(name: str) -> Path:
    """A home folder that holds nothing of the user's but how pip reaches the package index."""
    folder = CACHE / "home" / name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        bootstrap = folder / ".ansible" / "test" / "cache"
        bootstrap.mkdir(parents=True, exist_ok=True)
        for script in _BOOTSTRAP:
            shutil.copyfile(ROOT / "tools" / "get_pip.py", bootstrap / script)
        (folder / ".gitconfig").write_text(
            "[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n", encoding="utf-8"
        )
        # ansible-test hands no PIP_* variable and no proxy on, but pip reads this file.
        config = configparser.RawConfigParser()
        config["global"] = _pip_settings()
        path = folder / ".config" / "pip" / "pip.conf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("w", encoding="utf-8") as file:
            config.write(file)
        own = Path.home() / ".netrc"
        if own.is_file() and not (folder / ".netrc").exists():
            (folder / ".netrc").symlink_to(own)
    return folder


def _pip_settings() -> dict[str, str]:
    """What pip reads on this machine from files and variables, and its cache, so that nothing is downloaded twice."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False)
    settings = {}
    for line in listed.stdout.splitlines():
        key, value = line.split("=", 1)
        section, name = key.rsplit(".", 1)
        if section in ("global", "install", ":env:") and name not in ("config-file", "user", "target"):
            settings[name] = str(ast.literal_eval(value)).replace("\n", "\n ")
    cached = subprocess.run([*pip, "cache", "dir"], capture_output=True, text=True, check=False)
    if cached.returncode == 0 and cached.stdout.strip():
        settings["cache-dir"] = cached.stdout.strip()
    proxy = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY")
    if proxy:
        settings.setdefault("proxy", proxy)
    return settings
