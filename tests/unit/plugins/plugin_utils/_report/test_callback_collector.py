# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results collected task by task, from the objects that Ansible passes to callbacks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible import context

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.callback_collector import Collector, make_report
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host
from ansible_collections.ringme.pbx.tests.unit.helpers.callbacks import FILE, returned
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    built,
    bundles,
    failed,
    file_finding,
    only,
    settings,
)

CENSORED = {"censored": "the output has been hidden", "changed": False}


@pytest.fixture(autouse=True)
def _no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CLIARGS", {"check": False})


def gathered(*results: Any) -> Collector:
    found = Collector()
    for result in results:
        found.returned(result)
    return found


def hosts(*results: Any) -> list[Host]:
    return gathered(*results).hosts()


@pytest.mark.parametrize("private", [False, True])
def test_a_client(private: bool) -> None:
    variables = {**FILE, "client_findings": [file_finding(), "x"]}
    (found,) = hosts(
        returned(settings({"a": 1}), variables=variables, private=private),
        returned(bundles({}), "client_bundles", variables=variables, private=private),
    )
    assert (found.key, found.client_id, found.file, found.blocked, found.problem) == (
        "romashka",
        "801",
        "clients/romashka.yml",
        None,
        None,
    )
    assert [part.name for part in found.parts] == ["settings", "bundles"] and all(part.written for part in found.parts)
    assert found.findings == (file_finding(),)


@pytest.mark.parametrize(
    ("cli", "task", "written"),
    [(False, {}, True), (True, {}, False), (False, {"check_mode": True}, False), (True, {"check_mode": False}, True)],
)
def test_check_mode(monkeypatch: pytest.MonkeyPatch, cli: bool, task: dict[str, Any], written: bool) -> None:
    monkeypatch.setattr(context, "CLIARGS", {"check": cli})
    found = gathered(returned(settings({"a": 1}), **task))
    assert found.applied is written
    assert found.hosts()[0].parts[0].written is written


def test_other_modules_are_ignored() -> None:
    assert hosts(returned({"msg": "hello"}, "ansible.builtin.debug", {})) == []
    assert hosts(returned(settings({}), "another.collection.client_settings", {})) == []
    assert hosts(returned(settings({}), "client_settings", {}, resolved="other.x.client_settings")) == []
    (found,) = hosts(returned({"msg": "hello"}, "ansible.builtin.debug"))
    assert (found.client_id, found.parts) == ("801", ())


def test_a_host_that_fails_before_anything_was_compared() -> None:
    found = Collector()
    found.failed(returned({"failed": True, "msg": "no such user"}, "ansible.builtin.command"))
    client = only(built(*found.hosts()).report)
    assert (client["status"], client["reason"]) == (
        "not_checked",
        "the task Compare failed before anything was compared: no such user",
    )


def test_a_host_that_was_not_reached() -> None:
    found = Collector()
    found.failed(returned({"unreachable": True, "msg": "timed out"}))
    (host,) = found.hosts()
    assert [part.failure for part in host.parts] == ["the host is unreachable: timed out"]
    assert only(built(host).report)["status"] == "not_checked"
    other = Collector()
    other.failed(returned({"unreachable": True}, "ansible.builtin.ping"))
    assert str(other.hosts()[0].problem).endswith("the task has no message")


def test_a_failure_of_the_comparison() -> None:
    found = Collector()
    found.failed(returned(failed("forbidden")))
    client = only(built(*found.hosts()).report)
    assert (client["status"], client["reason"]) == ("error", "settings: it failed")


def test_results_hidden_by_no_log() -> None:
    found = gathered(returned(CENSORED), returned(bundles({}), "client_bundles"))
    assert [part.failure for part in found.hosts()[0].parts] == ["no_log hides what the task returned", None]
    other = Collector()
    other.failed(returned(CENSORED, "ansible.builtin.uri"))
    assert "no_log hides what the task returned" in str(other.hosts()[0].problem)


def test_loops() -> None:
    items = [bundles({}), failed("server"), {"unreachable": True, "msg": "no"}]
    found = Collector()
    for item in items:
        found.item(returned(item, "extensions_bundle"))
    found.failed(returned({"results": items, "failed": True, "msg": "one failed"}, "extensions_bundle"))
    assert [part.failure for part in found.hosts()[0].parts] == [None, "it failed", "the host is unreachable: no"]


def test_a_loop_of_which_nothing_came() -> None:
    (skipped,) = hosts(returned({"results": [], "skipped": True}, "extensions_bundle"))
    assert skipped.parts[0].skipped
    found = Collector()
    found.failed(returned({"results": [{"failed": True}], "failed": True, "msg": "no"}, "extensions_bundle"))
    assert found.hosts()[0].parts == () and str(found.hosts()[0].problem).endswith(": no")


def test_a_blocked_file() -> None:
    (found,) = hosts(returned({"failed": True}, "ansible.builtin.fail", {**FILE, "client_blocked": "it is not YAML"}))
    assert (found.client_id, found.blocked) == (None, "it is not YAML")


@pytest.mark.parametrize("way", ["invocation", "args"])
def test_several_clients_on_one_host(way: str) -> None:
    def one(client_id: Any) -> Any:
        named = {"client_id": client_id}
        extra = {"invocation": {"module_args": named}} if way == "invocation" else {}
        return returned(settings({"a": 1}, **extra), variables={}, args=named if way == "args" else None)

    found = hosts(one(801), one("802"), one(801))
    assert [(host.key, host.client_id, len(host.parts)) for host in found] == [
        ("romashka/801", "801", 2),
        ("romashka/802", "802", 1),
    ]
    assert [host.key for host in hosts(one(801))] == ["romashka"]


def test_a_client_without_an_id() -> None:
    assert hosts(returned(settings({}), variables={}))[0].client_id == "@me"


def test_the_id_of_the_client_is_a_template() -> None:
    variables = {"client_id": "{{ ids.romashka }}", "client_file": "a.yml"}
    extra = {"invocation": {"module_args": {"client_id": "801"}}}
    (found,) = hosts(
        returned(failed("server"), variables=variables, args={"client_id": "{{ client_id }}"}),
        returned(bundles({}, **extra), "client_bundles"),
    )
    assert (found.key, found.client_id, len(found.parts)) == ("romashka", "801", 2)
    (found,) = hosts(returned(failed("server"), variables=variables))
    assert (found.key, found.client_id) == ("romashka", None)


def test_a_template_among_several_clients() -> None:
    variables = {"client_id": "{{ x }}"}
    found = hosts(
        *(returned(settings({}), variables=variables, args={"client_id": given}) for given in ("801", "802", "{{ y }}"))
    )
    assert [host.key for host in found] == ["romashka/801", "romashka/802", "romashka"]


@pytest.mark.parametrize(
    ("result", "task", "reported"),
    [
        ({"verdict": "clean"}, {}, True),
        ({"failed": True}, {}, False),
        ({"verdict": "clean"}, {"check_mode": True}, False),
    ],
)
def test_a_task_that_has_reported(result: dict[str, Any], task: dict[str, Any], reported: bool) -> None:
    assert gathered(returned(result, "drift_report", **task)).reported is reported
    both = gathered(returned({"verdict": "clean"}, "drift_report"), returned(result, "drift_report", **task))
    assert both.reported is True


def test_hosts_are_in_order() -> None:
    assert [host.key for host in hosts(*(returned(settings({}), name=name) for name in "bca"))] == ["a", "b", "c"]


def test_the_report_of_the_collected_results(tmp_path: Path) -> None:
    found = hosts(returned(settings({"a": 1}, {"a": 2})))
    outcome, lines = make_report(found, {"json": str(tmp_path / "drift.json")}, truncated=True)
    assert (outcome.result["verdict"], os.listdir(tmp_path)) == ("error", ["drift.json"])
    assert lines


def test_garbage() -> None:
    (found,) = hosts(returned({"changes": float("nan")}), returned({"invocation": "x", "results": "y"}, args=None))
    assert [part.failure for part in found.parts] == ["the result is not one of client_settings"] * 2
