# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the demonstration needs behind the scenes: the simulated PBX, and Ansible with output that a person can read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import requests
import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OFFICE = HERE / "office"
"""A folder of client files, as a user has one. What is shown happens in a copy of it."""
SOURCE = "clients.ringme.yml"
START_PATIENCE = 30.0
"""Seconds that the simulator may take to start."""
KEPT = ROOT / ".cache" / "demo"
"""Where the reports stay when the rest is gone."""
PROGRAM = Path(sys.executable).parent / "ansible-playbook"
"""What runs the playbooks."""
WIDTH = 110
"""Columns of what is printed."""

RECAP = re.compile(r"^(\w+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


class DemoError(Exception):
    """The demonstration did not show what it announces."""


def shown(path: Path) -> str:
    """Return the path as a person in the clone would type it."""
    return os.path.relpath(path, ROOT)


@dataclass(frozen=True)
class Played:
    """A run of the playbook: its exit status, what was printed, and the result of the task that failed, if one did."""

    status: int
    text: str
    failure: Mapping[str, Any]

    @property
    def changed(self) -> dict[str, int]:
        """Changed tasks by client, for clients without a failure."""
        return {match[0]: int(match[2]) for match in RECAP.findall(self.text) if match[3] == match[4] == "0"}


class Office:
    """The folder of client files, and playbooks run in it by their names, in an environment of their own."""

    def __init__(self, url: str, work: Path) -> None:
        self._folder = Path(shutil.copytree(OFFICE, work / "office"))
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "RINGME_"))},
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(work / "ansible"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "RINGME_API_URL": url,
            "RINGME_TOKEN_CACHE": str(work / "tokens"),
            "LC_ALL": "C.UTF-8",
        }

    def report(self) -> dict[str, Any]:
        """Return the report of the last comparison."""
        return dict(json.loads((self._folder / "reports" / "drift.json").read_text(encoding="utf-8")))

    def keep_reports(self) -> Path:
        """Keep the reports when the folder goes; returns the page for people."""
        shutil.rmtree(KEPT, ignore_errors=True)
        shutil.copytree(self._folder / "reports", KEPT)
        return KEPT / "drift.html"

    def edit(self, client: str, old: str, new: str) -> None:
        """Change a place in a client file, and show the line before and after."""
        path = self._folder / "clients" / f"{client}.yml"
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise DemoError(f"{path.name} does not have {old!r} once")
        path.write_text(text.replace(old, new), encoding="utf-8")
        line = text[: text.index(old)].count("\n")
        print(f"  clients/{path.name}, line {line + 1}:")
        for mark, whole in (("-", text), ("+", text.replace(old, new))):
            print(f"  {mark} {whole.splitlines()[line]}")
        print(flush=True)

    def play(self, playbook: str, *options: str) -> Played:
        """Run a playbook and print what it prints; of a failed result, only its ``msg``."""
        words = " ".join(f"'{option}'" if "{" in option else option for option in options)
        print(f"$ ansible-playbook -i {SOURCE} ringme.pbx.{playbook} {words}".rstrip(), flush=True)
        command = [str(PROGRAM), "-i", SOURCE, f"ringme.pbx.{playbook}", *options]
        lines: list[str] = []
        failure: dict[str, Any] = {}
        with subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                for line in shortened(process.stdout or (), failure):
                    if line or not lines or lines[-1]:
                        lines.append(line)
                        print(line, flush=True)
            except BaseException:
                process.terminate()
                raise
        return Played(process.returncode, "\n".join(lines), failure)


def shortened(lines: Iterable[str], failure: dict[str, Any]) -> Iterator[str]:
    """Yield the lines to print. The result of a failed task goes into ``failure``, and only its message is printed.

    Newer cores announce a failed task with the place in the role: that comes again below it, and is left out.
    """
    announced: list[str] = []
    dumped: list[str] | None = None
    for line in (text.rstrip() for text in chain(lines, ("",))):
        if dumped is not None:
            if line.startswith(" "):
                dumped.append(line)
                continue
            failure.update(yaml.safe_load("\n".join(dumped)))
            dumped = None
            yield textwrap.indent(textwrap.fill(failure["msg"], WIDTH - 4, break_on_hyphens=False), "    ")
        if line.startswith("fatal: "):
            announced, dumped = [], []
            yield line
        elif announced or line.startswith("[ERROR]: "):
            announced.append(line)
        else:
            yield line
    yield from announced  # no result came: something else is wrong, and a person has to see what


class Pbx:
    """The simulated PBX at its URL: what a person does by hand, and what the control API shows."""

    def __init__(self, url: str) -> None:
        self.url = url

    def change_by_hand(self) -> None:
        """Do what a person does in the provider's web interface: two requests with the rights of another user."""
        form = {
            "grant_type": "client_credentials",
            "client_id": "dealer-application",
            "client_secret": "dealer-secret-0123456789abcd",
        }
        with self._session() as session:
            token = session.post(f"{self.url}/oauth/token", data=form, timeout=10).json()["access_token"]
            session.headers["Authorization"] = f"Bearer {token}"
            api = f"{self.url}/api/ver1.0/client/801"
            session.put(f"{api}/client/", json={"geo_list": "*"}, timeout=10).raise_for_status()
            session.delete(f"{api}/extensions_bundle/33002", timeout=10).raise_for_status()

    def have_a_bad_day(self) -> None:
        """From now on a POST adds members instead of replacing them, and the second POST that comes breaks off."""
        with self._session() as session:
            switch = {"bundle_post": "add"}
            session.patch(f"{self.url}/_simulator/switches", json=switch, timeout=10).raise_for_status()
            fault = {"kind": "reset", "method": "POST", "path": "/extensions_bundle/", "at": 2}
            session.post(f"{self.url}/_simulator/faults", json=fault, timeout=10).raise_for_status()

    def writes(self) -> list[str]:
        """Return the requests so far that could have changed something."""
        requested = [entry for entry in self.shown("journal") if not entry["path"].startswith("/oauth/")]
        return [f"{entry['method']} {entry['path']}" for entry in requested if entry["method"] != "GET"]

    def members(self, extension_id: int) -> list[int]:
        """Return the members of the bundle of a main extension."""
        return sorted(self.shown("snapshot")["bundles"].get(str(extension_id), []))

    def shown(self, about: str) -> Any:
        """Ask the simulator for its journal, its state, or the requests that broke the contract."""
        with self._session() as session:
            response = session.get(f"{self.url}/_simulator/{about}", timeout=10)
        response.raise_for_status()
        return response.json()

    @staticmethod
    def _session() -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        return session


@contextmanager
def simulator(work: Path) -> Iterator[Pbx]:
    """Start the simulator on a free loopback port and yield it; stop it by its process at the end."""
    url_file = work / "url"
    # A session of its own: Ctrl-C reaches this process alone, which then stops the simulator in good order.
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "simulator"), "--quiet", "--url-file", str(url_file)],
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + START_PATIENCE
        while not url_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise DemoError("the simulator did not start")
            time.sleep(0.05)
        url = url_file.read_text(encoding="utf-8").strip()
        print(f"A simulated PBX listens on {url}", flush=True)
        yield Pbx(url)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
