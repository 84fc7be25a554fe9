# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible offers around a task works as for any other module, in both ways of running."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from simulator import Simulator, assert_contract
from simulator.journal import Entry
from support.component.bad_input import CASES, Bad
from support.component.resource_runner import SEED
from support.component.scenario_playbooks import statuses
from support.playbook import APPLICATION, PlaybookRun, run_playbook

DEALER = {"application_id": "dealer-application", "application_secret": "dealer-secret-0123456789abcd"}
UNSET = {**dict.fromkeys(APPLICATION), "RINGME_API_URL": None}
WAYS = ("in-process", "as-module")
VASILEK = 802
# As modules, Ansible itself does what is looked at here; in-process, this collection does.
PARAMS = [pytest.param(WAYS[0], marks=pytest.mark.smoke), pytest.param(WAYS[1], marks=pytest.mark.exhaustive)]
BAD = [bad for bad in CASES if bad.name in ("country-yaml-no", "main-among-members", "unknown-option", "neither-way")]
"""A value, two options that contradict each other, an option that is not known, and one that is missing."""


def task(name: str, module: str, args: dict[str, Any] | None = None, **keywords: Any) -> dict[str, Any]:
    """A task of this collection."""
    return {"name": name, f"ringme.pbx.{module}": args or {}, **keywords}


def _environment_tasks(url: str) -> list[dict[str, Any]]:
    connection = {"RINGME_API_URL": "{{ simulated }}", **APPLICATION}
    change = {"hold_music": 12}
    return [
        task("environment", "client_info", environment=connection, vars={"simulated": url}),
        task("environment of the task before", "client_info", ignore_errors=True),
        task("environment with another user", "client_info",
             environment=[connection, {"RINGME_APPLICATION_ID": "vasilek-application",
                                       "RINGME_APPLICATION_SECRET": "vasilek-secret-0123456789abc"}],
             vars={"simulated": url}),
        task("environment locks", "client_settings", change, environment={**connection, "RINGME_READ_ONLY": "1"},
             vars={"simulated": url}, ignore_errors=True),
    ]  # fmt: skip


def _feature_tasks(in_process: bool) -> list[dict[str, Any]]:
    """Tasks with the dealer's application, for client 802; as modules only those in which the way might show."""
    client = {"client_id": VASILEK}
    return [
        task("secret", "client_info", client, no_log=True, register="secret"),
        {"name": "secret was registered", "ansible.builtin.assert": {"that": "secret.client.id == 802"}},
        task("loop", "extensions_bundle_info", {**client, "extension_ids": ["{{ item }}"]},
             loop=[41001, 41003], register="looped"),
        {"name": "loop was registered", "ansible.builtin.assert": {"that": [
            "looped.results | length == 2", "looped.results[0].bundles[0].bundle_list == [41002]",
            "looped is not changed"]}},
        task("never failed", "client_info", {"client_id": 999}, failed_when=False),
        task("lost response", "client_settings", {**client, "timezone": "UTC"}),
        task("check", "client_settings", {**client, "geo_list": ["*"]}, check_mode=True, diff=True),
        *(_plain_tasks(client) if in_process else []),
    ]  # fmt: skip


def _plain_tasks(client: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        task("loop that fails in the middle", "extension_info", {**client, "extension_ids": ["{{ item }}"]},
             loop=[41001, 99999, 41003], ignore_errors=True),
        task("failed when", "client_info", client, register="one", failed_when="one.client.timezone == 'UTC'",
             ignore_errors=True),
        task("changed when", "client_info", client, changed_when=True),
        task("until", "client_info", client, register="waited", until="waited.client.id == 802", retries=2, delay=0),
        task("run once", "client_info", client, delegate_to="localhost", run_once=True),
        task("skipped", "client_settings", {**client, "timezone": "Europe/Moscow"}, when="false"),
    ]  # fmt: skip


@dataclass(frozen=True)
class Finished:
    """The playbook of one way."""

    way: str
    run: PlaybookRun
    entries: list[Entry]
    timezone: str


def _perform(way: str) -> Finished:
    with Simulator(SEED) as simulator:
        simulator.faults.add("reset", method="PUT", path="/client/802/", at=1, when="after")
        plays = [
            {"name": "Environment", "hosts": "all", "gather_facts": False, "tasks": _environment_tasks(simulator.url)},
            {"name": "Features", "hosts": "all", "gather_facts": False, "tasks": _feature_tasks(way == WAYS[0]),
             "module_defaults": {"group/ringme.pbx.api": {"api_url": simulator.url, **DEALER}}},
        ]  # fmt: skip
        run = run_playbook(
            plays, simulator_url=None, env=UNSET, extra_vars={"ringme_in_process": way == WAYS[0]}, timeout=300
        )
        assert_contract(simulator)
        return Finished(way, run, list(simulator.journal), simulator.state.client(VASILEK).settings["timezone"])


@pytest.fixture(scope="module", name="finished", params=PARAMS)
def _finished(request: pytest.FixtureRequest) -> Finished:
    return _perform(request.param)


def test_the_play_ends_well(finished: Finished) -> None:
    finished.run.check()
    assert finished.run.one("secret was registered")["msg"]
    assert finished.run.one("loop was registered")["msg"]


def test_environment_of_the_task(finished: Finished) -> None:
    assert finished.run.one("environment")["client"]["id"] == 801
    assert "api_url: is missing" in finished.run.one("environment of the task before")["msg"] or (
        "no credentials are set" in finished.run.one("environment of the task before")["msg"]
    )
    assert finished.run.one("environment with another user")["client"]["id"] == 802


def test_environment_that_locks(finished: Finished) -> None:
    locked = finished.run.one("environment locks")
    assert statuses(finished.run, "environment locks") == ["failed"]
    assert locked["error"]["kind"] == "read_only"
    assert "hold_music: 11 -> 12" in locked["msg"]
    assert [entry.path for entry in finished.entries if entry.is_write] == ["/api/ver1.0/client/802/client/"]


def test_no_log(finished: Finished) -> None:
    [shown] = finished.run.of("secret")
    assert "client" not in shown and "no_log" in str(shown["censored"])
    [printed] = [part for part in finished.run.stdout.split("TASK [") if part.startswith("secret]")]
    assert "vasilek" not in printed.lower()


def test_loops(finished: Finished) -> None:
    first, second = finished.run.of("loop", items=True)
    assert first["bundles"][0]["bundle_list"] == [41002] and second["bundles"][0]["state"] == "absent"
    forgiven = finished.run.one("never failed")
    assert statuses(finished.run, "never failed") == ["ok"]
    assert forgiven["error"]["api_status"] == "client_not_found"


def test_conditions(finished: Finished) -> None:
    if finished.way != WAYS[0]:
        assert not finished.run.of("until")
        return
    good, bad, other = finished.run.of("loop that fails in the middle", items=True)
    assert good["extensions"][0]["number"] == "101" and other["extensions"][0]["number"] == "103"
    assert statuses(finished.run, "loop that fails in the middle") == ["ok", "failed", "ok"]
    assert "there is no extension 99999" in bad["msg"] and bad["error"]["kind"] == "not_found"
    assert statuses(finished.run, "failed when") == ["failed"]
    assert finished.run.one("changed when")["changed"] is True
    assert finished.run.one("until")["attempts"] == 1
    assert statuses(finished.run, "skipped") == ["skipped"]
    assert finished.run.one("run once")["client"]["id"] == 802


def test_warnings_are_shown(finished: Finished) -> None:
    result = finished.run.one("lost response")
    assert result["changed"] and finished.timezone == "UTC"
    text = "reading back shows that the change was applied"
    assert len(result["warnings"]) == 1 and text in result["warnings"][0]
    assert "[WARNING]" in finished.run.output
    assert text in " ".join(finished.run.output.split())


def test_check_and_diff_are_shown(finished: Finished) -> None:
    result = finished.run.one("check")
    assert result["changed"] and result["diff"] == {
        "before_header": "client 802 settings", "after_header": "client 802 settings",
        "before": {"geo_list": ["BY", "RU"]}, "after": {"geo_list": ["*"]},
    }  # fmt: skip
    lines = [line.strip() for line in finished.run.stdout.splitlines()]
    assert "--- before: client 802 settings" in lines and "+++ after: client 802 settings" in lines
    assert '-        "BY",' in finished.run.stdout and '+        "*"' in finished.run.stdout


def test_one_token_for_each_application(finished: Finished) -> None:
    asked = [entry.body["client_id"] for entry in finished.entries if not entry.is_api]
    assert sorted(asked) == ["dealer-application", "demo-application", "vasilek-application"]
    assert {entry.body["client_secret"] for entry in finished.entries if not entry.is_api} == {"***"}


# --- bad input: one case of every kind of check; the tests of the resources try them all


@pytest.fixture(scope="module", name="refused")
def _refused() -> Iterator[tuple[PlaybookRun, int]]:
    """Some bad input in the worker process and as modules."""
    tasks = []
    for bad in BAD:
        args = {name: value for name, value in bad.args.items() if value is not None}
        without = {f"RINGME_{name.upper()}": "" for name, value in bad.args.items() if value is None}
        tasks += [
            task(
                f"{bad.name} {way}",
                bad.resource.name,
                args,
                ignore_errors=True,
                environment=without,
                vars={"ringme_in_process": way == WAYS[0]},
            )
            for way in WAYS
        ]
    with Simulator(SEED) as simulator:
        yield run_playbook(tasks, simulator_url=simulator.url, timeout=300).check(), len(simulator.journal)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_input_is_refused_in_the_same_words(refused: tuple[PlaybookRun, int], bad: Bad) -> None:
    one, other = [refused[0].one(f"{bad.name} {way}") for way in WAYS]
    assert [statuses(refused[0], f"{bad.name} {way}") for way in WAYS] == [["failed"], ["failed"]]
    assert bad.option in one["msg"]
    assert not [word for word in bad.words if word not in one["msg"]], one["msg"]
    assert (one["msg"], one.get("error")) == (other["msg"], other.get("error"))
    assert not one.get("changed") and not other.get("changed")


def test_bad_input_causes_no_request(refused: tuple[PlaybookRun, int]) -> None:
    assert len(refused[0].results) == 2 * len(BAD) and refused[1] == 0
