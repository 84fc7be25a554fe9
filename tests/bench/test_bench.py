# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark measures what it says, notices a missed target, and leaves nothing running."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from items import Item, Size, compared, per_item, ratio
from load import load, wrk_rate
from plays import BenchError, Cost, Plays
from server import APPLICATION, Server, Whole, bundle

pytestmark = pytest.mark.xdist_group("bench")
RUN = Path(__file__).with_name("run.py")
PATIENCE = 60.0
"""Seconds after which a test that hangs ends."""
SMALLEST = Size(
    bundles=3,
    uris=2,
    hosts=4,
    module_hosts=2,
    repeats=1,
    load_seconds=0.2,
    patience=PATIENCE,
    whole=100,
    whole_repeats=1,
    heavy=120,
    fleet=20,
)


@pytest.fixture(scope="module")
def run() -> ModuleType:
    """run.py, under another name than the package of the tests."""
    spec = importlib.util.spec_from_file_location("bench_run", RUN)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- figures and verdicts ---


def test_what_a_process_needs_to_start_falls_out() -> None:
    assert per_item([12.0, 11.0, 30.0], [2.0, 2.0, 9.0], 11) == pytest.approx(1.0)
    assert per_item([1.0], [2.0], 11) > 0  # noise never makes a figure negative


def test_repetitions_take_turns_and_end_in_time() -> None:
    order: list[tuple[str, int]] = []

    def measure(name: str) -> Any:
        def one(count: int) -> Cost:
            order.append((name, count))
            return Cost(1.0 + count * {"a": 0.5, "b": 2.0}[name], count * 0.1)

        return one

    size = Size(1, 1, 1, 1, repeats=2, load_seconds=1, patience=1000.0)
    found = compared({"a": (measure("a"), 5), "b": (measure("b"), 3)}, size)
    assert order == [("a", 1), ("a", 5), ("b", 1), ("b", 3)] * 2
    for figure, expected in ((found["a"].wall, 0.5), (found["b"].wall, 2.0), (found["b"].cpu, 0.1)):
        assert figure == pytest.approx(expected)
    order.clear()
    compared({"a": (measure("a"), 5)}, Size(1, 1, 1, 1, repeats=9, load_seconds=1, patience=0.0))
    assert len(order) == 2, "out of patience after the first repetition"


@pytest.mark.parametrize(
    ("item", "met"),
    [
        (Item("x", 30.0, "times", 30), True),
        (Item("x", 29.9, "times", 30), False),
        (Item("x", 1, "", 1, exact=True), True),
        (Item("x", 2, "", 1, exact=True), False),
        (Item("x", 1.5, "times", 1.5, most=True), True),
        (Item("x", 1.51, "times", 1.5, most=True), False),
        (Item("x", "1 GET", "", "1 GET", exact=True), True),
        (Item("x", "2 GET", "", "1 GET", exact=True), False),
        (Item("x", 5.0, "ms"), None),
    ],
)
def test_verdicts(item: Item, met: bool | None, run: ModuleType) -> None:
    assert item.met is met
    assert ("MISSED" in run.line(item)) == (met is False)
    assert item.as_dict()["met"] is met


def test_a_ratio_is_slow_over_fast() -> None:
    item = ratio("x", Cost(0.3, 0.4), Cost(0.01, 0.01), 10)
    assert (item.figure, item.met) == (30.0, True)
    assert "40 times" in item.note


def test_wrk_is_read_and_its_errors_are_none() -> None:
    assert wrk_rate("Running\nRequests/sec:   3247.10\nTransfer/sec: 1MB\n") == 3247.1
    for output in (
        "",
        "  Non-2xx or 3xx responses: 9\nRequests/sec: 9.0\n",
        "Socket errors: connect 1\nRequests/sec: 9.0\n",
    ):
        with pytest.raises(RuntimeError):
            wrk_rate(output)


def test_the_readme_gets_the_table(run: ModuleType, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{run.BEGIN}\nold\n{run.END}\nafter\n", encoding="utf-8")
    items = [Item("loop", 60.0, "times", 30), Item("token", 1, "", 1, exact=True), Item("m", 9, "MiB", 10, most=True)]
    run._write_readme(readme, items)
    text = readme.read_text(encoding="utf-8")
    assert "old" not in text
    assert "| loop | 60.0 times | at least 30 |" in text
    assert "| token | 1 | 1 |" in text
    assert "| m | 9 MiB | at most 10 |" in text
    assert text.startswith("before\n") and text.endswith("after\n")


# --- the server and the playbooks ---


def test_the_bundles_are_there(running: Server) -> None:
    one = bundle(9)
    assert bundle(1, client=1) == one
    url = f"{running.url}/api/ver1.0/client/{one.client_id}/extensions_bundle/{one.extension_id}"
    found = requests.get(url, headers={"Authorization": f"Bearer {APPLICATION['token']}"}, timeout=PATIENCE)
    assert found.json()["bundle_list"] == one.bundle_list


def test_without_wrk_a_client_of_our_own_measures(running: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    one = bundle(0)
    url = f"{running.url}/api/ver1.0/client/{one.client_id}/extensions_bundle/{one.extension_id}"
    monkeypatch.setenv("PATH", "")
    found = load(url, APPLICATION["token"], 0.1)
    assert found.rate > 0
    assert "install wrk" in found.tool
    with pytest.raises(RuntimeError, match="401"):
        load(url, "wrong", 0.1)


def test_playbooks_start_as_those_of_users(running: Server, tmp_path: Path) -> None:
    run = Plays(running, tmp_path)._run([])
    assert Path(run.command[0]) == Path(sys.executable).with_name("ansible-playbook")


@pytest.mark.usefixtures("_loaded")
def test_what_did_nothing_is_no_measurement(running: Server, tmp_path: Path) -> None:
    plays = Plays(running, tmp_path)
    with pytest.raises(BenchError, match="requests reached the server"):
        plays._timed([{"name": "Nothing", "ansible.builtin.debug": {"msg": "x"}}], 1)
    with pytest.raises(BenchError, match="did not end"):
        plays._timed([{"name": "Failing", "ansible.builtin.fail": {"msg": "x"}}], 1)


# --- as a whole ---


def _descendants(pid: int) -> set[int]:
    below = _children(pid)
    return below.union(*(_descendants(child) for child in below))


def _children(pid: int) -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.add(int(path.parent.name))
    return found


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(name="handlers")
def _handlers() -> Iterator[None]:
    """The benchmark sets signal handlers: restore those of the tests."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers", "_loaded")
def test_a_quick_run_measures_everything(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "bench.json"
    monkeypatch.setattr(run, "QUICK", SMALLEST)
    for module in ("server", "whole"):
        monkeypatch.setattr(f"{module}.LARGE", Whole(200001, 100, 2000001, 101))
        monkeypatch.setattr(f"{module}.LARGEST", Whole(300001, 120, 3000001, 101))
    status = run.main(["--quick", "--no-gate", "--output", str(report)])
    output = capsys.readouterr().out
    assert status == 0
    found = json.loads(report.read_text(encoding="utf-8"))
    items = {item["name"]: item for item in found["items"]}
    assert all(item["met"] for item in items.values() if item["exact"]), output
    assert len([item for item in items.values() if item["exact"]]) == 9
    assert len([item for item in items.values() if item["target"] is not None and not item["exact"]]) == 9
    assert "104 GET" in output, "the pages of the list and a hundred bundles"
    assert found["met"] == all(item["met"] is not False for item in items.values())
    assert str(tmp_path) not in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (signal.SIGINT, "simulator,"),  # what follows is a playbook
        (signal.SIGTERM, "whole client: overhead"),  # the playbook of a child
    ],
)
def test_an_interrupted_run_leaves_nothing_behind(number: signal.Signals, line: str, tmp_path: Path) -> None:
    # The real thing, but for the time that the simulator is loaded.
    program = (
        f"import sys; sys.path[:0] = {[str(RUN.parent), str(RUN.parents[1])]};"
        "import dataclasses, items, runpy; items.QUICK = dataclasses.replace(items.QUICK, load_seconds=0.2);"
        f"runpy.run_path({str(RUN)!r}, run_name='__main__')"
    )
    command = [sys.executable, "-u", "-c", program, "--quick", "--output", str(tmp_path / "bench.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        for text in process.stdout:
            if text.startswith(line):
                break
        else:
            pytest.fail("it ended before it was interrupted")
        # The simulator and a playbook run: one of its own, or of a child.
        fewest = 2 if line == "simulator," else 3
        _wait(lambda: len(_children(process.pid)) == 2 and len(_descendants(process.pid)) >= fewest)
        left = _descendants(process.pid)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 130
    _wait(lambda: not any(_alive(pid) for pid in left))
