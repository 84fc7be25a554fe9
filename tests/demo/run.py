# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Onboards two example clients of a simulated PBX, runs again, changes something by hand, and shows the drift.

Run by ``make demo``. It checks what it shows: every run must end as announced, and the check run must send no write.
The simulator is stopped at the end, also after an error, Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import requests

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIENTS = HERE / "inventory"
PLAYBOOK = "ringme.pbx.onboard"
START_PATIENCE = 30.0
"""Seconds that the simulator may take to start."""

RECAP = re.compile(r"^(\w+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
DRIFT = ["- '*'", "+ BY", "+ RU", "+ 32767"]
"""What step 4 must show, and nothing else: any country back to two, and the member that was taken out."""


class DemoFailed(Exception):
    """The demonstration did not show what it announces."""


def main() -> int:
    """Run the demonstration; returns the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)  # SIGINT too: a shell's background job starts with it ignored
    work = Path(tempfile.mkdtemp(prefix="ringme-demo-"))
    started = time.monotonic()
    try:
        with simulator(work) as url:
            demonstrate(url, work)
    except DemoFailed as problem:
        print(f"\nThe demo FAILED: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the simulator is stopped.", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"\nDone in {time.monotonic() - started:.0f} s; the simulator is stopped. What you saw is described by:")
    print(f"  {_shown(CLIENTS / 'host_vars')}/romashka.yml, vasilek.yml    the desired state of two clients")
    print(f"  {_shown(ROOT / 'roles/client')}    the role that keeps it")
    return 0


def demonstrate(url: str, work: Path) -> None:
    """Show the four steps, and check each."""
    ansible = Ansible(url, work)

    title(1, "Onboarding: two clients get their settings, bundles and registrations as their files say")
    expect(ansible.play("--diff"), {"romashka": 3, "vasilek": 3})

    title(2, "The same again: everything is as it should be, so nothing changes")
    expect(ansible.play(), {"romashka": 0, "vasilek": 0})

    title(3, "Somebody changes client romashka by hand")
    change_by_hand(url)
    print("  Every country may now use its SIP accounts, and extension 301 was taken out of the bundle of 101.")

    title(4, "A check run finds exactly that, and writes nothing")
    before = len(writes(url))
    text = ansible.play("--check", "--diff")
    expect(text, {"romashka": 2, "vasilek": 0})
    if drift(text) != DRIFT:
        raise DemoFailed(f"expected the differences {DRIFT}, saw {drift(text)}")
    if len(writes(url)) != before:
        raise DemoFailed(f"the check run has sent a write: {writes(url)[before:]}")
    print("  The simulator's journal confirms it: the check run sent no write.")
    if told(url, "contract"):
        raise DemoFailed(f"requests that the API does not document: {told(url, 'contract')}")


def title(number: int, text: str) -> None:
    """Print the heading of a step."""
    print(f"\n=== {number} of 4  {text}\n", flush=True)


class Ansible:
    """Runs the playbook by its collection name, in an environment of its own."""

    def __init__(self, url: str, work: Path) -> None:
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "RINGME_"))},
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(work / "ansible"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "RINGME_API_URL": url,
            "RINGME_TOKEN_CACHE": str(work / "tokens"),
            "LC_ALL": "C.UTF-8",
        }

    def play(self, *options: str) -> str:
        """Run the playbook, print what it prints, and return it; raises DemoFailed when it fails."""
        print(f"$ ansible-playbook -i {_shown(CLIENTS)} {PLAYBOOK} {' '.join(options)}".rstrip(), flush=True)
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(CLIENTS), PLAYBOOK, *options]
        lines = []
        with subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                for line in process.stdout or ():
                    lines.append(line)
                    print(line, end="", flush=True)
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise DemoFailed(f"ansible-playbook ended with status {process.returncode}")
        return "".join(lines)


def expect(text: str, changed: dict[str, int]) -> None:
    """Compare the recap of a run with what was announced: changed tasks per client, nothing failed."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    found = {match[0]: int(match[2]) for match in RECAP.findall(plain) if match[3] == match[4] == "0"}
    if found != changed:
        raise DemoFailed(f"expected the changes {changed}, saw {found}")


def drift(text: str) -> list[str]:
    """Return the differing lines of the diffs that a run printed, without their indentation."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [f"{sign} {value}" for sign, value in re.findall(r"^([+-])\s+- (.*)$", plain, re.MULTILINE)]


def change_by_hand(url: str) -> None:
    """Do what a person does in the provider's web interface: two requests with somebody else's rights."""
    form = {
        "grant_type": "client_credentials",
        "client_id": "dealer-application",
        "client_secret": "dealer-secret-0123456789abcd",
    }
    with requests.Session() as session:
        session.trust_env = False
        token = session.post(f"{url}/oauth/token", data=form, timeout=10).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        api = f"{url}/api/ver1.0/client/801"
        session.put(f"{api}/client/", json={"geo_list": "*"}, timeout=10).raise_for_status()
        session.post(f"{api}/extensions_bundle/31456", json={"bundle_list": [32486]}, timeout=10).raise_for_status()


def writes(url: str) -> list[str]:
    """Return the requests in the simulator's journal that could have changed something."""
    requested = [entry for entry in told(url, "journal") if not entry["path"].startswith("/oauth/")]
    return [f"{entry['method']} {entry['path']}" for entry in requested if entry["method"] != "GET"]


def told(url: str, about: str) -> list[dict[str, Any]]:
    """Ask the simulator for its journal, or for the requests that broke the contract."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{url}/_simulator/{about}", timeout=10)
    answer.raise_for_status()
    return list(answer.json())


@contextmanager
def simulator(work: Path) -> Iterator[str]:
    """Start the simulator on a free loopback port and yield its URL; stop it by its process at the end."""
    url_file = work / "url"
    # A session of its own: Ctrl-C reaches this process alone, which then stops the simulator in good order.
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "simulator"), "--quiet", "--url-file", str(url_file)], start_new_session=True
    )
    try:
        deadline = time.monotonic() + START_PATIENCE
        while not url_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise DemoFailed("the simulator did not start")
            time.sleep(0.05)
        url = url_file.read_text(encoding="utf-8").strip()
        print(f"A simulated PBX listens on {url}", flush=True)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a second one must not disturb the cleaning up
    raise KeyboardInterrupt


def _shown(path: Path) -> str:
    """Return the path as a person in the clone would type it."""
    return os.path.relpath(path, ROOT)


if __name__ == "__main__":
    sys.exit(main())
