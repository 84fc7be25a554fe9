# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin: the registered results of the hosts of a play."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.template import Templar

from ansible_collections.ringme.pbx.plugins.plugin_utils._report import action
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.action import ReportAction
from ansible_collections.ringme.pbx.tests.unit.helpers.results import bundles, file_finding, settings

SOUND = {
    "client_id": 801,
    "client_file": "clients/romashka.yml",
    "client_settings_result": settings({"a": 1}),
    "client_bundles_result": bundles({}),
    "client_registrations_result": {"skipped": True},
}


class HostVars:
    """The variables of all hosts, as Ansible gives them: raw, and rendered on access."""

    def __init__(self, hosts: dict[str, Any]) -> None:
        self._hosts = hosts

    def raw_get(self, name: str) -> Any:
        return self._hosts.get(name, SimpleNamespace())

    def __getitem__(self, name: str) -> Any:
        if "broken" in str(self._hosts[name]["client_id"]):
            raise AnsibleError("'broken' is undefined")
        return {**self._hosts[name], "client_id": 4711}


def run(
    tmp_path: Path,
    hosts: dict[str, Any],
    arguments: Any = None,
    alive: Any = None,
    check_mode: bool = False,
    **task_vars: Any,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run the action; returns its result, and the clients of the report by key."""
    task = Task()
    task.action = "ringme.pbx.drift_report"
    task.args = {"json": str(tmp_path / "drift.json"), "fail": False, "console": "none", **(arguments or {})}
    task.check_mode = check_mode
    task.environment = []
    task.async_val = 0
    loader = DataLoader()
    connection = SimpleNamespace(
        transport="ssh",
        become=None,
        has_native_async=False,
        _shell=SimpleNamespace(tmpdir=None, env_prefix=lambda **_values: ""),
    )
    action = ReportAction(
        task, connection, PlayContext(), loader, Templar(loader=loader, variables={}), SimpleNamespace()
    )
    variables = {
        "hostvars": HostVars(hosts),
        "ansible_play_hosts_all": list(hosts),
        "ansible_play_hosts": list(hosts) if alive is None else alive,
        **task_vars,
    }
    result = action.run(task_vars=variables)
    path = tmp_path / "drift.json"
    report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"clients": []}
    return result, {client["key"]: client for client in report["clients"]}


def test_all_hosts_of_the_play(tmp_path: Path) -> None:
    result, clients = run(
        tmp_path, {"romashka": SOUND, "vasilek": {**SOUND, "client_settings_result": settings({"a": 1}, {"a": 2})}}
    )
    assert not result["failed"]
    assert {key: client["status"] for key, client in clients.items()} == {"romashka": "clean", "vasilek": "drift"}
    assert (clients["romashka"]["client_id"], clients["romashka"]["file"]) == ("801", "clients/romashka.yml")


@pytest.mark.parametrize(
    ("named", "expected"),
    [(["b"], ["b"]), ("b", ["b"]), ("a, b", ["a", "b"]), ([], []), (["b", "unknown"], ["b", "unknown"])],
)
def test_named_hosts(tmp_path: Path, named: Any, expected: list[str]) -> None:
    clients = run(tmp_path, {"a": SOUND, "b": SOUND, "c": SOUND}, {"hosts": named})[1]
    assert list(clients) == expected
    if "unknown" in clients:
        assert (clients["unknown"]["status"], clients["unknown"]["reason"]) == (
            "not_checked",
            "the inventory does not have this host",
        )


def test_a_host_that_failed_before_any_result(tmp_path: Path) -> None:
    clients = run(tmp_path, {"a": {"client_id": 1}, "b": SOUND}, alive=["b"])[1]
    assert (clients["a"]["status"], clients["b"]["status"]) == ("not_checked", "clean")
    assert clients["a"]["reason"] == "the host failed before anything was compared; see the output of the run"
    assert [item["part"] for item in clients["a"]["not_compared"]] == ["settings", "bundles", "registrations"]


def test_a_host_that_failed_in_between(tmp_path: Path) -> None:
    half = {name: value for name, value in SOUND.items() if name != "client_bundles_result"}
    client = run(tmp_path, {"a": half}, alive=[])[1]["a"]
    assert (client["status"], client["reason"]) == ("error", "bundles: nothing was compared")


def test_a_blocked_file(tmp_path: Path) -> None:
    blocked = {"client_id": "{{ broken }}", "client_blocked": "it is not YAML", "client_findings": [file_finding(), 5]}
    client = run(tmp_path, {"a": blocked})[1]["a"]
    assert (client["status"], client["reason"], client["client_id"]) == ("blocked", "it is not YAML", None)
    assert [item["rule"] for item in client["findings"]] == ["VAL-006"]


@pytest.mark.parametrize(
    ("given", "expected"), [("{{ x }}", "4711"), ("{{ broken }}", None), ("@me", "@me"), (None, None), (5, "5")]
)
def test_the_id_of_the_client(tmp_path: Path, given: Any, expected: str | None) -> None:
    assert run(tmp_path, {"a": {**SOUND, "client_id": given}})[1]["a"]["client_id"] == expected


def test_a_client_without_an_id(tmp_path: Path) -> None:
    assert run(tmp_path, {"a": {}})[1]["a"]["client_id"] == "@me"


@pytest.mark.parametrize(("mode", "check_mode", "status"), [("apply", False, "verified"), ("drift", False, "planned")])
def test_applied_changes(tmp_path: Path, mode: str, check_mode: bool, status: str) -> None:
    given = {**SOUND, "client_settings_result": settings({"a": 1}, {"a": 2})}
    client = run(tmp_path, {"a": given}, {"mode": mode}, check_mode=check_mode)[1]["a"]
    assert client["changes"][0]["result"]["status"] == status


def test_check_mode(tmp_path: Path) -> None:
    given = {**SOUND, "client_settings_result": settings({"a": 1}, {"a": 2})}
    result, clients = run(tmp_path, {"a": given}, {"mode": "apply"}, check_mode=True)
    assert (result["totals"]["applied"], clients) == (0, {})


def test_an_incomplete_run(tmp_path: Path) -> None:
    result, _clients = run(tmp_path, {"a": SOUND, "b": SOUND}, {"hosts": ["a"], "mode": "apply"})
    assert result["exit_code"] == 1
    assert run(tmp_path, {"a": SOUND, "b": SOUND}, {"hosts": ["a"]})[0]["exit_code"] == 0


def test_own_variables(tmp_path: Path) -> None:
    loop = {"results": [{"failed": True, "msg": "no"}, {"stdout": "of another module"}]}
    clients = run(
        tmp_path, {"a": {"mine": loop, "client_file": 5}}, {"results": {"mine": "ringme.pbx.extensions_bundle"}}
    )[1]
    assert clients["a"]["not_compared"] == [{"part": "bundles", "reason": "no"}] and clients["a"]["file"] is None


@pytest.mark.parametrize("given", ["x", {"a": "ansible.builtin.command"}])
def test_invalid_results(tmp_path: Path, given: Any) -> None:
    assert run(tmp_path, {"a": SOUND}, {"results": given})[0]["failed"] is True


def test_origins_of_sections_outside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the tags of Ansible; values without a tag have no origin."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all.yml").write_text("---\nclient_settings:\n  timezone: UTC\nclient_bundles: []\n", encoding="utf-8")
    read = DataLoader().load_from_file(str(tmp_path / "all.yml"))
    known = {**read, "client_registrations": {}}
    assert action._origins(known, {"client_bundles": []}) == {"client_settings": ("all.yml", 3)}
