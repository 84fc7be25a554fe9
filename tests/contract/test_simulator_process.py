# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process: command line, signals, memory and speed of start."""

from __future__ import annotations

import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import yaml

from contract.caller import CLIENT, TIMEOUT, Caller
from simulator import Simulator
from simulator.cli import switch_table

PACKAGE = Path(__file__).resolve().parent.parent / "simulator"
START = 60


def command(*arguments: object) -> list[str]:
    """The command line of a simulator."""
    return [sys.executable, str(PACKAGE), *map(str, arguments)]


@contextmanager
def process(tmp_path: Path, *arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running simulator and its URL; started in another folder than its own, stopped by its process."""
    with subprocess.Popen(
        command(*arguments), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        try:
            assert started.stdout is not None
            line = started.stdout.readline()
            assert line.startswith("simulator listening on http://127.0.0.1:"), started.communicate()[1]
            yield started, line.split()[-1]
        finally:
            started.terminate()
            started.wait(timeout=10)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A simulator that is expected to end by itself."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=START, check=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_start_files_and_stop(tmp_path: Path, number: signal.Signals) -> None:
    """The files come when requests are served and go at the end; a signal ends it, also with a request open."""
    url_file, pid_file = tmp_path / "url", tmp_path / "pid"
    with process(
        tmp_path, "--url-file", url_file, "--pid-file", pid_file, "--fault", "kind=slow,seconds=30,path=/user/"
    ) as (started, url):
        assert url_file.read_text() == url + "\n" and int(pid_file.read_text()) == started.pid
        assert requests.get(url + "/_simulator/health", timeout=TIMEOUT).json()["clients"] == 3
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=TIMEOUT) as waiting:
            waiting.sendall(b"GET /api/ver1.0/user/ HTTP/1.1\r\nHost: x\r\n\r\n")
            while not requests.get(url + "/_simulator/journal", timeout=TIMEOUT).json():
                time.sleep(0.02)
            asked = time.monotonic()
            started.send_signal(number)
            assert started.wait(timeout=10) == 0 and time.monotonic() - asked < 5
        assert started.stderr is not None and started.stderr.read() == ""
    assert not url_file.exists() and not pid_file.exists()


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    """The address is in the file."""
    url_file = tmp_path / "url"
    with subprocess.Popen(command("--quiet", "--url-file", url_file), stdout=subprocess.PIPE, text=True) as started:
        while not url_file.exists():
            time.sleep(0.02)
        started.terminate()
        assert started.communicate(timeout=10)[0] == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.net"])
def test_only_loopback(host: str) -> None:
    """It has no authorization on its control API: nobody else may reach it."""
    ended = run("--host", host)
    assert ended.returncode == 2 and "loopback addresses only" in ended.stderr
    with pytest.raises(ValueError, match="loopback addresses only"):
        Simulator(host=host)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--switch", "bundle_post=append"], "allowed: replace, add"),
        (["--switch", "nonsense"], "expected NAME=VALUE"),
        (["--switch", "bundle_pots=add"], "did you mean bundle_post"),
        (["--fault", "kind=quake"], "the kinds are"),
        (["--fault", "status=3"], "kind is missing"),
        (["--seed", "/nonexistent.yml"], "cannot read the seed"),
    ],
)
def test_wrong_arguments(arguments: Sequence[str], part: str) -> None:
    """Refused before it listens, with the allowed values and without a traceback."""
    ended = run(*arguments)
    assert ended.returncode == 2 and part in ended.stderr and "Traceback" not in ended.stderr


def test_a_taken_port(simulator: Simulator) -> None:
    """An error that names the port."""
    ended = run("--port", simulator.port)
    assert (
        ended.returncode == 1
        and f"cannot listen on port {simulator.port}" in ended.stderr
        and "Traceback" not in ended.stderr
    )
    with pytest.raises(OSError):
        Simulator(port=simulator.port).start()


def test_seed_switches_and_faults_of_the_command_line(tmp_path: Path) -> None:
    """All three arrive."""
    seed = tmp_path / "seed.yml"
    seed.write_text(
        yaml.safe_dump(
            {
                "clients": [{"id": 5, "prefix": "0007"}],
                "quota": {"limit": 9},
                "applications": [{"id": "a", "secret": "b", "client_id": 5, "tokens": ["t"]}],
            }
        )
    )
    with process(
        tmp_path, "--seed", seed, "--switch", "ids_as=string", "--fault", "kind=status,status=418,at=2", "--no-validate"
    ) as (_unused, url):
        session = requests.Session()
        session.headers["Authorization"] = "Bearer t"
        answer = session.get(f"{url}/api/ver1.0{CLIENT}", timeout=TIMEOUT)
        assert answer.json()["id"] == "5" and answer.headers["X-RateLimit-Limit"] == "9"
        assert session.get(f"{url}/api/ver1.0{CLIENT}", timeout=TIMEOUT).status_code == 418
        assert session.get(f"{url}/_simulator/health", timeout=TIMEOUT).json()["validates"] is False


def test_two_thousand_clients_fit(tmp_path: Path) -> None:
    """2,000 clients with 25 extensions each, bundles, registrations: under 500 MB, started in reasonable time."""
    seed = tmp_path / "large.yml"
    seed.write_text(
        yaml.safe_dump(
            {
                "generate": {"clients": 2000, "extensions": 25, "bundles": 3, "members": 2, "registrations": 5},
                "applications": [{"id": "a", "secret": "b", "dealer_id": 7, "tokens": ["t"]}],
            }
        )
    )
    started_at = time.monotonic()
    with process(tmp_path, "--seed", seed, "--switch", "journal_size=1000") as (started, url):
        assert time.monotonic() - started_at < START
        assert requests.get(url + "/_simulator/health", timeout=TIMEOUT).json()["extensions"] == 50000
        session = requests.Session()
        session.headers["Authorization"] = "Bearer t"
        for client in range(100001, 100101):
            assert len(session.get(f"{url}/api/ver1.0/client/{client}/extension/", timeout=TIMEOUT).json()) == 25
        assert session.get(f"{url}/api/ver1.0/client/102000/extensions_bundle/1049976", timeout=TIMEOUT).json()[
            "bundle_list"
        ] == [1049977, 1049978]
        assert len(session.get(f"{url}/api/ver1.0/extension/registration/", timeout=START).json()) == 50000
        assert peak_megabytes(started.pid) < 500


def test_five_thousand_bundles_of_one_client(tmp_path: Path) -> None:
    """15,000 phones: started within 3 seconds, and a page of their list takes no longer than one of a small client."""
    seed = tmp_path / "whole.yml"
    small = {"clients": 1, "extensions": 200, "first_client_id": 5, "first_extension_id": 5}
    seed.write_text(
        yaml.safe_dump(
            {
                "generate": [{"clients": 1, "extensions": 15000, "bundles": 5000, "members": 2}, small],
                "applications": [{"id": "a", "secret": "b", "dealer_id": 7, "tokens": ["t"]}],
            }
        )
    )
    session = requests.Session()
    session.headers["Authorization"] = "Bearer t"
    started_at = time.monotonic()
    with process(tmp_path, "--seed", seed, "--no-validate") as (_unused, url):
        assert time.monotonic() - started_at < 3
        times: dict[int, list[float]] = {5: [], 100001: []}

        def page(client: int, number: int) -> list[str]:
            asked = time.monotonic()
            query = {"type": "phone", "status": "active", "per_page": 100, "page": number}
            found = session.get(f"{url}/api/ver1.0/client/{client}/extension/", params=query, timeout=TIMEOUT).json()
            times[client].append(time.monotonic() - asked)
            return [entry["name"].rpartition("*")[2] for entry in found]

        numbers = []
        for count in range(150):
            numbers += page(100001, count + 1)
            page(5, count % 2 + 1)  # in turns, so that a slow moment of the machine strikes both
        assert len(set(numbers)) == 15000 and {len(number) for number in numbers} == {5}
        assert not page(100001, 151)
        assert statistics.median(times[100001]) < 2 * statistics.median(times[5])
        last = session.get(f"{url}/api/ver1.0/client/100001/extensions_bundle/1014998", timeout=TIMEOUT).json()
        assert last["bundle_list"] == [1014999, 1015000]


def peak_megabytes(pid: int) -> float:
    """The most memory that a process has used so far."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("only Linux tells the memory of another process")
    return next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


@pytest.mark.parametrize(("host", "part"), [("localhost", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("::1", "[::1]")])
def test_loopback_in_all_its_forms(host: str, part: str) -> None:
    """The address can be called as it is shown."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.bind((part.strip("[]"), 0))
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with Simulator(host=host) as simulator:
        assert simulator.url.startswith(f"http://{part}:") and Caller(simulator).get("/user/")["client_id"] == 801


def test_embedding_leaves_nothing_behind() -> None:
    """No thread, no open socket, and a second start works."""
    simulator = Simulator()
    for _unused in range(2):
        simulator.start()
        port = simulator.port
        assert Caller(simulator).get("/user/")["client_id"] == 801
        simulator.stop()
        simulator.stop()
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1)


def test_the_readme_lists_the_switches() -> None:
    """As ``--list-switches`` prints them."""
    assert switch_table() in (PACKAGE / "README.md").read_text(encoding="utf-8")
    assert run("--list-switches").stdout.strip() == switch_table()
