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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import yaml
from contract.caller import CLIENT, TIMEOUT, Caller
from simulator import Simulator
from simulator.cli import main, switch_table

PACKAGE = Path(__file__).resolve().parent.parent / "simulator"
HANGS = 120
"""Seconds after which a process that neither serves nor ends fails its test."""


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
            started.wait(timeout=HANGS)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A simulator that is expected to end on its own."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=HANGS, check=False)


@pytest.fixture
def run_here(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """The command line in this process, for calls that end at once: exit status, stdout and stderr."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def call(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        return status, *capsys.readouterr()

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_start_files_and_stop(tmp_path: Path, number: signal.Signals) -> None:
    """The files come when requests are served and go at the end; a signal ends it, also with a request open."""
    url_file, pid_file = tmp_path / "url", tmp_path / "pid"
    with process(
        tmp_path, "--url-file", url_file, "--pid-file", pid_file, "--fault", "kind=slow,seconds=3600,path=/user/"
    ) as (started, url):
        assert url_file.read_text() == url + "\n" and int(pid_file.read_text()) == started.pid
        assert requests.get(url + "/_simulator/health", timeout=TIMEOUT).json()["clients"] == 3
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=TIMEOUT) as waiting:
            waiting.sendall(b"GET /api/ver1.0/user/ HTTP/1.1\r\nHost: x\r\n\r\n")
            while not requests.get(url + "/_simulator/journal", timeout=TIMEOUT).json():
                time.sleep(0.02)
            started.send_signal(number)
            assert started.wait(timeout=HANGS) == 0
        assert started.stderr is not None and started.stderr.read() == ""
    assert not url_file.exists() and not pid_file.exists()


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    """The address is in the file."""
    url_file = tmp_path / "url"
    with subprocess.Popen(command("--quiet", "--url-file", url_file), stdout=subprocess.PIPE, text=True) as started:
        while not url_file.exists():
            assert started.poll() is None
            time.sleep(0.02)
        started.terminate()
        assert started.communicate(timeout=HANGS)[0] == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.net"])
def test_only_loopback(host: str, run_here: Callable[..., tuple[int, str, str]]) -> None:
    """It has no authorization on its control API: only this machine can reach it."""
    status, _out, errors = run_here("--host", host)
    assert status == 2 and "loopback addresses only" in errors
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
def test_wrong_arguments(arguments: Sequence[str], part: str, run_here: Callable[..., tuple[int, str, str]]) -> None:
    """Refused before it listens, with the allowed values and without a traceback."""
    status, _out, errors = run_here(*arguments)
    assert status == 2 and part in errors and "Traceback" not in errors


def test_a_process_that_refuses_its_arguments() -> None:
    """Its exit status is that of the command line."""
    ended = run("--seed", "/nonexistent.yml")
    assert ended.returncode == 2 and "cannot read the seed" in ended.stderr and "Traceback" not in ended.stderr


def test_a_taken_port(simulator: Simulator, run_here: Callable[..., tuple[int, str, str]]) -> None:
    """An error that names the port."""
    status, _out, errors = run_here("--port", simulator.port)
    assert status == 1 and f"cannot listen on port {simulator.port}" in errors and "Traceback" not in errors
    with pytest.raises(OSError, match="address already in use"):
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
        response = session.get(f"{url}/api/ver1.0{CLIENT}", timeout=TIMEOUT)
        assert response.json()["id"] == "5" and response.headers["X-RateLimit-Limit"] == "9"
        assert session.get(f"{url}/api/ver1.0{CLIENT}", timeout=TIMEOUT).status_code == 418
        assert session.get(f"{url}/_simulator/health", timeout=TIMEOUT).json()["validates"] is False


def test_two_thousand_clients_fit(tmp_path: Path) -> None:
    """2,000 clients with 25 extensions each, bundles, registrations: under 500 MB."""
    seed = tmp_path / "large.yml"
    seed.write_text(
        yaml.safe_dump(
            {
                "generate": {"clients": 2000, "extensions": 25, "bundles": 3, "members": 2, "registrations": 5},
                "applications": [{"id": "a", "secret": "b", "dealer_id": 7, "tokens": ["t"]}],
            }
        )
    )
    with process(tmp_path, "--seed", seed, "--switch", "journal_size=1000") as (started, url):
        assert requests.get(url + "/_simulator/health", timeout=TIMEOUT).json()["extensions"] == 50000
        session = requests.Session()
        session.headers["Authorization"] = "Bearer t"
        for client in range(100001, 100101):
            assert len(session.get(f"{url}/api/ver1.0/client/{client}/extension/", timeout=TIMEOUT).json()) == 25
        assert session.get(f"{url}/api/ver1.0/client/102000/extensions_bundle/1049976", timeout=TIMEOUT).json()[
            "bundle_list"
        ] == [1049977, 1049978]
        assert len(session.get(f"{url}/api/ver1.0/extension/registration/", timeout=TIMEOUT).json()) == 50000
        assert peak_megabytes(started.pid) < 500


def _one_client(phones: int, **options: int) -> dict[str, int]:
    return {"clients": 1, "extensions": phones, **options}


def _loaded(*clients: dict[str, int]) -> tuple[Simulator, float]:
    """A simulator with these generated clients, and the CPU seconds that the work took."""
    applications = [{"id": "a", "secret": "b", "dealer_id": 7, "tokens": ["t"]}]
    started = time.process_time()
    simulator = Simulator({"generate": list(clients), "applications": applications}, validate=False)
    return simulator, time.process_time() - started


def test_five_thousand_bundles_of_one_client() -> None:
    """15,000 phones: the work to load them grows with their number only, and that for a page does not grow."""
    _few, base = _loaded(_one_client(1500, bundles=500, members=2))
    small = _one_client(200, first_client_id=5, first_extension_id=5)
    large, seconds = _loaded(_one_client(15000, bundles=5000, members=2), small)
    assert seconds < 40 * base
    session = requests.Session()
    session.headers["Authorization"] = "Bearer t"
    work: dict[int, list[float]] = {5: [], 100001: []}
    with large as simulator:

        def page(client: int, number: int) -> list[str]:
            started = time.process_time()
            query: dict[str, str | int] = {"type": "phone", "status": "active", "per_page": 100, "page": number}
            path = f"{simulator.api_url}/client/{client}/extension/"
            found = session.get(path, params=query, timeout=TIMEOUT).json()
            work[client].append(time.process_time() - started)
            return [entry["name"].rpartition("*")[2] for entry in found]

        numbers = []
        for count in range(150):
            numbers += page(100001, count + 1)
            page(5, count % 2 + 1)
        assert len(set(numbers)) == 15000 and {len(number) for number in numbers} == {5}
        assert not page(100001, 151)
        assert statistics.median(work[100001]) < 2 * statistics.median(work[5])
        last = session.get(f"{simulator.api_url}/client/100001/extensions_bundle/1014998", timeout=TIMEOUT).json()
        assert last["bundle_list"] == [1014999, 1015000]


def peak_megabytes(pid: int) -> float:
    """The most memory that a process has used so far."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("only Linux shows the memory of another process")
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
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)


def test_the_readme_lists_the_switches(run_here: Callable[..., tuple[int, str, str]]) -> None:
    """As ``--list-switches`` prints them."""
    assert switch_table() in (PACKAGE / "README.md").read_text(encoding="utf-8")
    status, out, _errors = run_here("--list-switches")
    assert status == 0 and out.strip() == switch_table()
