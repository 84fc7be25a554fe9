# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of whole clients compares what it says, and counts the memory of all that it starts."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from items import QUICK
from plays import BenchError
from server import APPLICATION, LARGE, LARGEST, Server, Whole
from whole import Children, wanted_requests, whole_client

pytestmark = pytest.mark.xdist_group("bench")


@pytest.mark.parametrize("client", [LARGE, LARGEST], ids=["large", "largest"])
def test_the_bundles_of_whole_clients_are_there(running: Server, client: Whole) -> None:
    written, main = client.bundles(client.most)[-1], client.mains(client.most)[-1]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {APPLICATION['token']}"
    base = f"{running.url}/api/ver1.0/client/{client.client_id}"
    assert session.get(f"{base}/extensions_bundle/{main}", timeout=30).json()["bundle_list"] == [main + 1, main + 2]
    for number, extension in zip([written["extension"], *written["members"]], (main, main + 1, main + 2), strict=True):
        found = session.get(f"{base}/extension/{extension}", timeout=30).json()
        assert found["name"].endswith(f"*{number}")
        assert found["type"] == "phone"
    assert len({bundle["extension"] for bundle in client.bundles(client.most)}) == client.most


def test_how_many_requests_a_whole_client_takes() -> None:
    assert wanted_requests(LARGE, 1000) == "1031 GET"  # 3,000 phones: 30 pages, and one that is empty
    assert wanted_requests(LARGEST, 5000) == "5151 GET"
    assert wanted_requests(Whole(1, 34, 1, 101), 34) == "37 GET"  # 102 phones: the second page is not full


def test_bare_requests_do_what_is_promised(running: Server, tmp_path: Path) -> None:
    ran = Children(running, tmp_path).bare(LARGE, 40)
    assert ran.methods == {"GET": 71}
    assert len(ran.sent) == 71, "each once"
    assert ran.cpu > 0 and ran.seconds > 0 and 10 < ran.peak < 200


def test_the_module_does_the_same(running: Server, tmp_path: Path) -> None:
    children = Children(running, tmp_path)
    assert children.module(LARGE, 40).sent == children.bare(LARGE, 40).sent


def test_other_requests_are_no_comparison(running: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Children.bare
    monkeypatch.setattr(Children, "bare", lambda self, client, count: bare(self, client, count - 1))
    with pytest.raises(BenchError, match="did not send the same"):
        list(whole_client(running, tmp_path, replace(QUICK, whole=5)))


def test_a_child_that_fails_is_no_measurement(running: Server, tmp_path: Path) -> None:
    children = Children(running, tmp_path)
    elsewhere = Whole(LARGE.client_id + 1, 10, LARGE.first_extension, LARGE.first_number)
    with pytest.raises(BenchError, match="bare did not end"):
        children.bare(elsewhere, 1)
    with pytest.raises(BenchError, match="module did not end"):
        children.module(elsewhere, 1)
    with pytest.raises(BenchError, match="playbook did not end"):
        children._playbook([{"name": "Failing", "ansible.builtin.fail": {"msg": "x"}}], {})


def test_a_change_is_no_measurement(running: Server, tmp_path: Path) -> None:
    children = Children(running, tmp_path)
    other = Whole(LARGE.client_id, 10, LARGE.first_extension, LARGE.first_number + 30)
    main = LARGE.mains(11)[10]
    url = f"{running.url}/api/ver1.0/client/{LARGE.client_id}/extensions_bundle/{main}"
    headers = {"Authorization": f"Bearer {APPLICATION['token']}"}
    try:
        requests.delete(url, headers=headers, timeout=30).raise_for_status()
        for run in (children.module, children.playbook):
            with pytest.raises(BenchError, match="did not end"):
                run(other, 1)
            requests.delete(url, headers=headers, timeout=30).raise_for_status()
    finally:
        requests.post(url, headers=headers, json={"bundle_list": [main + 1, main + 2]}, timeout=30).raise_for_status()


def test_the_memory_of_what_a_playbook_starts_counts(running: Server, tmp_path: Path) -> None:
    children = Children(running, tmp_path)
    greedy = {"argv": [sys.executable, "-c", "b'x' * 400_000_000"]}
    task = {"name": "Greedy", "ansible.builtin.command": greedy, "changed_when": False}
    assert children._playbook([task], {}).peak > 380


@pytest.mark.skipif(sys.platform != "linux", reason="no other system inherits the figure")
def test_the_memory_of_who_started_it_does_not_count(running: Server, tmp_path: Path) -> None:
    children = Children(running, tmp_path)
    ballast = b"x" * 300_000_000
    assert children.bare(LARGE, 1).peak < 200
    assert children.empty_playbook().peak < 200
    assert len(ballast) == 300_000_000


def test_the_report_is_written(running: Server, tmp_path: Path) -> None:
    ran = Children(running, tmp_path).report(20)
    assert ran.seconds > 0 and not ran.sent
    written = sorted(path.name for path in (tmp_path / "report20").iterdir())
    assert written == ["html", "json", "junit", "ledger", "markdown", "prometheus", "sarif"]
    report = json.loads((tmp_path / "report20" / "json").read_text(encoding="utf-8"))
    assert report["totals"]["clients"]["total"] == 20 and report["run"]["previous"], "the second night"
