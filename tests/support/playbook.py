# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs playbooks in processes of their own and hands back what every task returned.

Works with every supported ansible-core: the one of the Python that runs the tests. Nothing of the user's is read or
written: HOME is a temporary folder, settings and variables of Ansible, of the collection and of proxies are dropped.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from support.warm import bin_folder

SUPPORT = Path(__file__).resolve().parent
ROOT = SUPPORT.parents[1]

APPLICATION = {"RINGME_APPLICATION_ID": "demo-application", "RINGME_APPLICATION_SECRET": "demo-secret-0123456789abcdef"}
"""An application of the simulator's default seed, whose user belongs to client 801."""

_DROPPED = ("ANSIBLE_", "RINGME_", "COLLECT_", "XDG_", "PYTHONPATH", "PYTHONHOME")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True)
class PlaybookRun:
    """A playbook that has ended.

    ``results`` has an entry for every task and host, and before it one for every item of its loop, in the order in
    which they came: ``task`` (name), ``action``, ``host``, ``status`` (ok, failed, skipped, unreachable),
    ``per_item``, ``item``, ``ignored``, ``time`` (seconds of a monotonic clock), ``result`` (what the task returned, as
    callbacks see it). ``stats`` are the counts of the recap by host. ``command`` is what was run; ``home`` its HOME.
    """

    rc: int
    stdout: str
    stderr: str
    results: list[dict[str, Any]]
    stats: dict[str, dict[str, int]] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    home: Path = Path()

    @property
    def output(self) -> str:
        """Return stdout and stderr, for messages."""
        return f"{self.stdout}\n{self.stderr}"

    def of(
        self, task: str | None = None, *, host: str | None = None, items: bool | None = None
    ) -> list[dict[str, Any]]:
        """Return what the tasks of that name returned, in order.

        ``items``: only of items (true), only of whole tasks (false), or, by default, of the items where the task is a
        loop and of the task where it is not.
        """
        found = [
            entry
            for entry in self.results
            if (task is None or entry["task"] == task) and (host is None or entry["host"] == host)
        ]
        if items is None:
            loops = {(entry["task"], entry["host"]) for entry in found if entry["per_item"]}
            found = [entry for entry in found if entry["per_item"] or (entry["task"], entry["host"]) not in loops]
        else:
            found = [entry for entry in found if entry["per_item"] == items]
        return [entry["result"] for entry in found]

    def one(self, task: str, *, host: str | None = None) -> dict[str, Any]:
        """Return what the one task of that name returned; an AssertionError where there is none or more."""
        found = self.of(task, host=host)
        assert len(found) == 1, f"{len(found)} results of {task!r}:\n{self.output}"
        return found[0]

    def check(self, rc: int = 0) -> PlaybookRun:
        """Return the run; an AssertionError that shows its output where it did not end with ``rc``."""
        assert self.rc == rc, f"ended with {self.rc}, not {rc}:\n{self.output}"
        return self


def run_playbook(
    tasks_or_file: Sequence[Mapping[str, Any]] | str | Path,
    *,
    simulator_url: str | None,
    extra_vars: Mapping[str, Any] | None = None,
    args: Sequence[str] = (),
    env: Mapping[str, str | None] | None = None,
    inventory: Mapping[str, Mapping[str, Any]] | Path | None = None,
    play: Mapping[str, Any] | None = None,
    home: Path | None = None,
    cwd: Path = ROOT,
    python: str | Path | None = None,
    collect: bool = True,
    timeout: float = 180,
) -> PlaybookRun:
    """Run a playbook and return what came of it, also if it failed.

    ``tasks_or_file``: tasks (run on all hosts, by default on ``localhost``), plays, or what ansible-playbook takes: a
    path or the name of a collection's playbook. ``play`` adds keywords to the play around tasks (``vars`` ...).
    ``simulator_url`` and the default application are in the environment; ``env`` adds to it, or drops where ``None``.
    ``inventory``: hosts with their variables, or a path; hosts are local and run modules with ``python``, by default
    that of the tests. ``home``: a folder to keep HOME in, so that several runs share the token cache. ``cwd``: the
    working folder; coverage counts what runs in the root of the clone. Without ``collect`` there are no ``results`` and
    ``stats``, and nothing that a user's run would not do. A deprecation warning is an AssertionError.
    After ``timeout`` seconds, or when interrupted, the playbook
    and its forks are stopped; the former raises subprocess.TimeoutExpired.
    """
    with tempfile.TemporaryDirectory(prefix="playbook-") as name:
        folder = Path(name)
        own_home = home or folder / "home"
        own_home.mkdir(parents=True, exist_ok=True)
        collected = folder / "results.jsonl"
        command = (
            str(bin_folder() / "ansible-playbook"),
            *("--inventory", str(_inventory(folder, inventory, python))),
            *(("--extra-vars", f"@{_write(folder / 'extra_vars.json', dict(extra_vars))}") if extra_vars else ()),
            *args,
            str(_playbook(folder, tasks_or_file, play)),
        )
        environment = playbook_environment(own_home, simulator_url, collected=collected if collect else None, env=env)
        rc, stdout, stderr = _run(command, environment, cwd, timeout)
        deprecated = [line for line in f"{stdout}\n{stderr}".splitlines() if line.startswith("[DEPRECATION WARNING]")]
        assert not deprecated, f"something deprecated is used: {deprecated}"
        records = (
            [json.loads(line) for line in collected.read_text(encoding="utf-8").splitlines()]
            if collected.exists()
            else []
        )
    return PlaybookRun(
        rc=rc,
        stdout=stdout,
        stderr=stderr,
        results=[record for record in records if "stats" not in record],
        stats=next((record["stats"] for record in records if "stats" in record), {}),
        command=command,
        home=own_home,
    )


def playbook_environment(
    home: Path,
    simulator_url: str | None,
    *,
    collected: Path | None = None,
    env: Mapping[str, str | None] | None = None,
) -> dict[str, str]:
    """Return the environment of a command of Ansible that sees this clone's collection, and nothing of the user's."""
    values: dict[str, str | None] = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and name.lower() not in _PROXIES
    }
    settings = home / "ansible.cfg"
    settings.touch()
    values |= {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "COLUMNS": "160",
        "NO_COLOR": "1",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_NOCOWS": "1",
        "ANSIBLE_CONFIG": str(settings),
        "ANSIBLE_COLLECTIONS_PATH": str(collections_path()),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_DEPRECATION_WARNINGS": "True",
    }
    if collected:
        values |= {
            "ANSIBLE_CALLBACK_PLUGINS": str(SUPPORT / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "collect_results",
            "COLLECT_RESULTS_FILE": str(collected),
        }
    if simulator_url:
        values |= {"RINGME_API_URL": simulator_url, **APPLICATION}
    values |= env or {}
    return {name: value for name, value in values.items() if value is not None}


def collections_path() -> Path:
    """Return the folder that holds ansible_collections/ringme/pbx: above the clone, or with the link to it."""
    return (
        ROOT.parents[2]
        if ROOT.parts[-3:] == ("ansible_collections", "ringme", "pbx")
        else ROOT / ".cache" / "collections"
    )


def _inventory(folder: Path, hosts: Mapping[str, Mapping[str, Any]] | Path | None, python: str | Path | None) -> Path:
    if isinstance(hosts, Path):
        return hosts
    every = {"ansible_connection": "local", "ansible_python_interpreter": str(python or sys.executable)}
    named = {name: dict(variables) for name, variables in (hosts or {"localhost": {}}).items()}
    return _write(folder / "inventory.json", {"all": {"hosts": named, "vars": every}})


def _playbook(
    folder: Path, given: Sequence[Mapping[str, Any]] | str | Path, play: Mapping[str, Any] | None
) -> str | Path:
    if isinstance(given, (str, Path)):
        if play:
            raise ValueError("a playbook file has plays of its own")
        return given
    whole = list(given)
    if not any("hosts" in entry or "import_playbook" in entry for entry in whole):
        whole = [{"name": "Tasks", "hosts": "all", "gather_facts": False, **(play or {}), "tasks": whole}]
    # YAML, not JSON: Ansible takes both, but its excerpts in error messages would show one long line.
    path = folder / "playbook.yml"
    path.write_text(
        yaml.safe_dump(json.loads(json.dumps(whole)), sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    return path


def _write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def _run(command: Sequence[str], env: Mapping[str, str], cwd: Path, timeout: float) -> tuple[int, str, str]:
    with subprocess.Popen(
        command,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        with _stopped_with_forks(process):
            stdout, stderr = process.communicate(timeout=timeout)
        return process.returncode, stdout, stderr


@contextlib.contextmanager
def _stopped_with_forks(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise
