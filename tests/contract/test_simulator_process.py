# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process: command line, control API, signals, memory and speed of start."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from contract.caller import BUNDLE, CLIENT, MAIN, SALES, TIMEOUT, Caller
from simulator import Simulator
from simulator.cli import switch_table
from simulator.seed import SeedError

PACKAGE = Path(__file__).resolve().parent.parent / "simulator"
START = 60


def command(*arguments: object) -> list[str]:
    """The command line of a simulator."""
    return [sys.executable, str(PACKAGE), *map(str, arguments)]


@contextmanager
def process(tmp_path: Path, *arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running simulator and its URL; started in another folder than its own, stopped by its process."""
    with subprocess.Popen(command(*arguments), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
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
    """The files appear when requests are served and go at the end; a signal ends it in good order, also with a request open."""
    url_file, pid_file = tmp_path / "url", tmp_path / "pid"
    with process(tmp_path, "--url-file", url_file, "--pid-file", pid_file, "--fault", "kind=slow,seconds=30,path=/user/") as (started, url):
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


@pytest.mark.parametrize(("arguments", "part"), [
    (["--switch", "bundle_post=append"], "allowed: replace, add"), (["--switch", "nonsense"], "expected NAME=VALUE"),
    (["--switch", "bundle_pots=add"], "did you mean bundle_post"), (["--fault", "kind=quake"], "the kinds are"),
    (["--fault", "status=3"], "kind is missing"), (["--seed", "/nonexistent.yml"], "cannot read the seed"),
])
def test_wrong_arguments(arguments: Sequence[str], part: str) -> None:
    """Refused before it listens, with the allowed values and without a traceback."""
    ended = run(*arguments)
    assert ended.returncode == 2 and part in ended.stderr and "Traceback" not in ended.stderr


def test_a_taken_port(simulator: Simulator) -> None:
    """An error that names the port."""
    ended = run("--port", simulator.port)
    assert ended.returncode == 1 and f"cannot listen on port {simulator.port}" in ended.stderr and "Traceback" not in ended.stderr
    with pytest.raises(OSError):
        Simulator(port=simulator.port).start()


def test_seed_switches_and_faults_of_the_command_line(tmp_path: Path) -> None:
    """All three arrive."""
    seed = tmp_path / "seed.yml"
    seed.write_text(yaml.safe_dump({"clients": [{"id": 5, "prefix": "0007"}], "quota": {"limit": 9},
                                    "applications": [{"id": "a", "secret": "b", "client_id": 5, "tokens": ["t"]}]}))
    with process(tmp_path, "--seed", seed, "--switch", "ids_as=string", "--fault", "kind=status,status=418,at=2", "--no-validate") as (_unused, url):
        session = requests.Session()
        session.headers["Authorization"] = "Bearer t"
        answer = session.get(f"{url}/api/ver1.0{CLIENT}", timeout=TIMEOUT)
        assert answer.json()["id"] == "5" and answer.headers["X-RateLimit-Limit"] == "9"
        assert session.get(f"{url}/api/ver1.0{CLIENT}", timeout=TIMEOUT).status_code == 418
        assert session.get(f"{url}/_simulator/health", timeout=TIMEOUT).json()["validates"] is False


def control(simulator: Simulator, method: str, path: str, body: Any = None, expected: int = 200) -> Any:
    """A call of the control API."""
    answer = requests.request(method, f"{simulator.url}/_simulator/{path}", json=body, timeout=TIMEOUT)
    assert answer.status_code == expected, answer.text
    return answer.json()


def test_control_journal(caller: Caller) -> None:
    """What another process sees; the control API itself is not journalled."""
    caller.put(CLIENT, geo_list="BY")
    entries = control(caller.simulator, "GET", "journal")
    assert [(entry["method"], entry["status"], entry["applied"]) for entry in entries] == [("POST", 200, False), ("PUT", 200, True)]
    assert entries[0]["body"]["client_secret"] == "***" and entries[1]["body"] == {"geo_list": "BY"}
    control(caller.simulator, "DELETE", "journal")
    assert control(caller.simulator, "GET", "journal") == []


def test_control_switches(simulator: Simulator) -> None:
    """A PATCH is all or nothing."""
    assert control(simulator, "PATCH", "switches", {"bundle_post": "add", "ids_as": "string"})["bundle_post"] == "add"
    assert "allowed: int, string" in control(simulator, "PATCH", "switches", {"bundle_post": "replace", "ids_as": "float"}, 400)["error"]
    assert simulator.switches["bundle_post"] == "add" and control(simulator, "GET", "switches")["ids_as"] == "string"


def test_control_faults(caller: Caller) -> None:
    """Scheduled, seen and cleared from outside."""
    control(caller.simulator, "POST", "faults", {"kind": "status", "status": 500, "at": [1]})
    assert caller.send("GET", "/user/").status_code == 500
    assert control(caller.simulator, "GET", "faults")[0]["fired"] == 1
    assert "the kinds are" in control(caller.simulator, "POST", "faults", {"kind": "quake"}, 400)["error"]
    assert control(caller.simulator, "DELETE", "faults") == [] == caller.simulator.faults.as_list()


def test_control_state_and_reset(caller: Caller) -> None:
    """Changes behind the API's back, and the way back to the seed."""
    simulator = caller.simulator
    before = control(simulator, "GET", "snapshot")
    control(simulator, "POST", "state", [
        {"do": "set_client", "args": [801], "values": {"geo_list": "*"}}, {"do": "set_bundle", "args": [MAIN, [SALES]]},
        {"do": "set_phone", "args": [SALES], "values": {"hold_music": None}},
        {"do": "set_extension", "args": [SALES], "values": {"label": "Changed"}},
        {"do": "set_registrations", "args": [SALES, [{"real_address": "sip:192.0.2.1:5060"}]], "values": {"registered": False}},
        {"do": "add_extension", "args": [801, "777", 50000]},
    ])
    assert caller.get(CLIENT)["geo_list"] == "*" and caller.get(BUNDLE)["bundle_list"] == [SALES]
    assert caller.get(f"/extension/{SALES}/phone/")["hold_music"] is None and caller.get("/client/@me/extension/@777")["id"] == 50000
    info = caller.get(f"/extension/{SALES}/registration/")
    assert info["registered"] is False and info["registrations"][0]["real_address"] == "sip:192.0.2.1:5060"
    assert control(simulator, "GET", "snapshot") != before
    control(simulator, "POST", "reset")
    assert control(simulator, "GET", "snapshot") == before and control(simulator, "GET", "journal") == []


@pytest.mark.parametrize("body", [
    {"do": "explode"}, {"do": "set_client", "args": [99]}, {"do": "set_client", "args": [801], "values": {"colour": "red"}},
    {"do": "set_client", "args": [801], "values": {"geo_list": 5}}, {"do": "set_client", "args": [801], "values": {"id": 5}},
    {"do": "set_extension", "args": [MAIN], "values": {"name": "x"}}, {"do": "set_bundle", "args": [99, []]},
    {"do": "set_registrations", "args": [MAIN, [{"colour": "red"}]]}, {"do": "add_extension", "args": [801, "101", MAIN]},
    {"do": "set_application", "args": ["nobody"]}, {"do": "set_application", "args": ["demo-application"], "values": {"colour": "red"}}, 5, "text",
])
def test_control_refuses_wrong_edits(simulator: Simulator, body: Any) -> None:
    """With a text, and without a change."""
    before = simulator.snapshot()
    assert control(simulator, "POST", "state", body, 400)["error"]
    assert simulator.snapshot() == before


def test_control_quota_tokens_and_contract(caller: Caller) -> None:
    """The remaining knobs."""
    simulator = caller.simulator
    assert control(simulator, "PATCH", "quota", {"limit": 50, "remaining": 1, "reset": 60}) == {"limit": 50, "remaining": 1, "reset": 60}
    assert [caller.send("GET", "/user/").status_code for _unused in range(2)] == [200, 429]
    control(simulator, "PATCH", "quota", {"remaining": 50, "reset": None})
    assert "quota" in control(simulator, "PATCH", "quota", {"colour": 1}, 400)["error"]
    assert control(simulator, "DELETE", "tokens") == {"ended": 1} and caller.send("GET", "/user/").status_code == 401
    assert control(simulator, "GET", "contract") == []
    caller.send("PUT", CLIENT, json={"name": "x"})
    assert "additionalProperties" in control(simulator, "GET", "contract")[0]["request"][0]
    simulator.contract_checked = False


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "nothing", 404), ("PUT", "journal", 405), ("POST", "faults", 400)])
def test_control_errors(simulator: Simulator, method: str, path: str, status: int) -> None:
    """Unknown paths, wrong methods, no body."""
    assert control(simulator, method, path, None, status)["error"] and len(simulator.journal) == 0


def test_two_thousand_clients_fit(tmp_path: Path) -> None:
    """2,000 clients with 25 extensions each, bundles and registrations: under 500 MB, and started in reasonable time."""
    seed = tmp_path / "large.yml"
    seed.write_text(yaml.safe_dump({"generate": {"clients": 2000, "extensions": 25, "bundles": 3, "members": 2, "registrations": 5},
                                    "applications": [{"id": "a", "secret": "b", "dealer_id": 7, "tokens": ["t"]}]}))
    started_at = time.monotonic()
    with process(tmp_path, "--seed", seed, "--switch", "journal_size=1000") as (started, url):
        assert time.monotonic() - started_at < START
        assert requests.get(url + "/_simulator/health", timeout=TIMEOUT).json()["extensions"] == 50000
        session = requests.Session()
        session.headers["Authorization"] = "Bearer t"
        for client in range(100001, 100101):
            assert len(session.get(f"{url}/api/ver1.0/client/{client}/extension/", timeout=TIMEOUT).json()) == 25
        assert session.get(f"{url}/api/ver1.0/client/102000/extensions_bundle/1049976", timeout=TIMEOUT).json()["bundle_list"] == [1049977, 1049978]
        assert len(session.get(f"{url}/api/ver1.0/extension/registration/", timeout=START).json()) == 50000
        assert peak_megabytes(started.pid) < 500


def peak_megabytes(pid: int) -> float:
    """The most memory that a process has used so far."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("only Linux tells the memory of another process")
    return next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


@pytest.mark.parametrize(("seed", "part"), [
    ({"clients": [{"id": 1, "prefix": "1"}, {"id": 1, "prefix": "2"}]}, "client 1 is there twice"),
    ({"clients": [{"id": 1, "prefix": "1", "colour": "red"}]}, "unknown keys colour"), ({"colour": 1}, "seed: unknown keys colour"),
    ({"clients": [{"id": 1, "prefix": "1", "settings": {"geo_list": 5}}]}, "geo_list must be a string"),
    ({"clients": [{"prefix": "1"}]}, "wrong shape"), ({"clients": 5}, "wrong shape"), ({"clients": ["x"]}, "wrong shape"),
    ({"clients": [{"id": 1, "prefix": "1", "extensions": [{"id": 2, "number": "101", "type": "toaster"}]}]}, "unknown type 'toaster'"),
    ({"clients": [{"id": 1, "prefix": "1", "extensions": [{"id": 2, "number": "101"}], "bundles": {2: [3]}}]}, "bundle 2"),
    ({"clients": [{"id": 1, "prefix": "1", "extensions": [{"id": 2, "number": "101"}, {"id": 3, "number": "102", "type": "ivr"}], "bundles": {2: [3]}}]}, "no phone"),
    ({"applications": [{"id": "a", "secret": "b"}]}, "needs one of client_id and dealer_id"),
    ({"applications": [{"id": "a", "secret": "b", "client_id": 5}]}, "no client 5"),
    ({"applications": [{"id": "a", "secret": "b", "dealer_id": 5, "access": "none"}]}, "access is full or read_only"),
    ({"generate": {"clients": 1}}, "wrong shape"),
])
def test_wrong_seeds(seed: dict[str, Any], part: str) -> None:
    """Said where and why."""
    with pytest.raises(SeedError, match=part):
        Simulator(seed)


def test_seed_files(tmp_path: Path) -> None:
    """A path, a string, no mapping, no YAML."""
    good, bad, broken = tmp_path / "good.yml", tmp_path / "bad.yml", tmp_path / "broken.yml"
    good.write_text("clients: [{id: 1, prefix: '1'}]")
    bad.write_text("[1, 2]")
    broken.write_text("{")
    assert Simulator(good).state.client(1).prefix == Simulator(str(good)).state.client(1).prefix == "1"
    for path in (bad, broken):
        with pytest.raises(SeedError, match=path.name):
            Simulator(path)


def test_generated_applications() -> None:
    """One for each generated client, when asked for."""
    with Simulator({"generate": {"clients": 2, "extensions": 1, "applications": True}}) as simulator:
        assert Caller(simulator, "generated-100002").get("/user/")["client_id"] == 100002


def test_bundles_of_a_seed_are_synchronised(simulator: Simulator) -> None:
    """A seeded bundle is one that the API could have made."""
    simulator.load({"clients": [{"id": 1, "prefix": "1", "bundles": {2: [3]}, "extensions": [
        {"id": 2, "number": "101", "dial_rule_id": 9, "phone": {"hold_music": 5}}, {"id": 3, "number": "102", "phone": {"hold_music": 6}}]}]})
    assert simulator.state.phone(3)["hold_music"] == 5 and simulator.state.extension(3)["dial_rule_id"] == 9


def test_loading_ends_tokens_and_keeps_switches(caller: Caller) -> None:
    """A new state is a new provider with the same habits."""
    caller.simulator.switches["ids_as"] = "string"
    caller.simulator.load(None)
    assert caller.send("GET", "/user/").status_code == 401
    caller.renew()
    assert caller.get(CLIENT)["id"] == "801"


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
