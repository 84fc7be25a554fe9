# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks and items share: one token, one connection; what they must not show; what they do without requests."""

from __future__ import annotations

import sys
import venv
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from simulator.pipeline import Pipeline, Step
from simulator.pytest_plugin import MakeSimulator
from support.component.resource_runner import SEED
from support.component.scenario_playbooks import statuses
from support.playbook import APPLICATION, run_playbook

SECRET = APPLICATION["RINGME_APPLICATION_SECRET"]
EQUAL = {"extension_id": 31456, "state": "absent"}


def test_one_token_for_many_hosts_and_forks(make_simulator: MakeSimulator) -> None:
    simulator = make_simulator(SEED)
    hosts = {f"client{number:02}": {} for number in range(10)}
    tasks = [{"name": "read", "ringme.pbx.client_info": {}}, {"name": "keep", "ringme.pbx.extensions_bundle": EQUAL}]
    run = run_playbook(tasks, simulator_url=simulator.url, inventory=hosts, args=("--forks", "5")).check()
    assert len(run.of("read")) == len(run.of("keep")) == 10
    assert len(simulator.token_requests()) == 1
    assert len(simulator.requests()) == 20
    assert len({entry.headers["Authorization"] for entry in simulator.requests()}) == 1


def test_a_token_that_died_is_renewed_once_for_all(make_simulator: MakeSimulator, tmp_path: Path) -> None:
    simulator = make_simulator(SEED)
    hosts = {f"client{number:02}": {} for number in range(4)}
    tasks = [{"name": "read", "ringme.pbx.client_info": {}}]
    for expected in (1, 2):
        run = run_playbook(
            tasks, simulator_url=simulator.url, inventory=hosts, args=("--forks", "3"), home=tmp_path
        ).check()
        assert len(run.of("read")) == 4
        assert len(simulator.token_requests()) == expected  # the second run found the first one's token in the cache
        simulator.expire_tokens()


def test_items_of_a_loop_share_one_connection(make_simulator: MakeSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    peers: list[Any] = []
    serve = Pipeline.serve

    async def watched(self: Pipeline, request: web.Request, step: Step) -> web.StreamResponse:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return await serve(self, request, step)

    monkeypatch.setattr(Pipeline, "serve", watched)
    simulator = make_simulator(SEED)
    tasks = [{"name": "keep", "ringme.pbx.extensions_bundle": EQUAL, "loop": list(range(50))}]
    run = run_playbook(tasks, simulator_url=simulator.url).check()
    assert len(run.of("keep", items=True)) == 50
    assert len(peers) == 51 and len(set(peers)) == 1
    assert run.of("keep", items=True)[-1]["requests"] == {"GET": 1, "POST": 0, "PUT": 0, "DELETE": 0, "token": 0}


@pytest.mark.parametrize("in_process", [True, False], ids=["in-process", "as-module"])
def test_secrets_are_masked_at_vvv(make_simulator: MakeSimulator, in_process: bool) -> None:
    simulator = make_simulator(SEED)
    # By variables: ansible-core quotes the lines of a playbook in which a task fails.
    given = {"application_id": "demo-application", "application_secret": "{{ its_secret }}"}
    token = simulator.world.tokens.issue(simulator.world.store.applications["demo-application"], None).text
    # The application is given this very token, and a field of the client holds it.
    simulator.faults.add("wrong_shape", path="/oauth/token", at=1, body={"access_token": token, "token_type": "Bearer"})
    simulator.state.set_client(801, ambassadors=f"Anna {token}")
    tasks: list[dict[str, Any]] = [
        {"name": "secret", "ringme.pbx.client_info": given},
        {"name": "wrong", "ringme.pbx.client_info": {**given, "application_id": "another"}, "ignore_errors": True},
        {"name": "token", "ringme.pbx.client_info": {"access_token": "{{ its_token }}"}},
        {"name": "quoted", "ringme.pbx.client_info": {**given, "client_id": "{{ its_secret }}"}, "ignore_errors": True},
    ]
    without = dict.fromkeys(APPLICATION)
    run = run_playbook(
        tasks,
        simulator_url=simulator.url,
        args=("-vvv", "--diff"),
        env=without,
        extra_vars={
            "ansible_inject_invocation": True,
            "ringme_in_process": in_process,
            "its_secret": SECRET,
            "its_token": token,
        },
    ).check()
    assert "client_id: '********' is not a valid client id" in run.one("quoted")["msg"]
    assert run.one("wrong")["error"]["kind"] == "authentication"
    assert run.one("secret")["client"] == run.one("token")["client"]
    assert run.one("secret")["client"]["ambassadors"] == "Anna ********"
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in run.output
    assert SECRET not in run.output and token not in run.output
    assert SECRET not in repr(run.results) and token not in repr(run.results)


def test_without_a_library_the_module_says_what_to_install(make_simulator: MakeSimulator, tmp_path: Path) -> None:
    simulator = make_simulator(SEED)
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    bare = tmp_path / "bare" / "bin" / "python"
    as_module = {"vars": {"ringme_in_process": False}, "ignore_errors": True}
    tasks = [
        {"name": "requests", "ringme.pbx.client_info": {}, **as_module},
        {"name": "PyYAML", "ringme.pbx.validation_report": {"path": str(tmp_path)}, **as_module},
    ]
    run = run_playbook(tasks, simulator_url=simulator.url, python=bare).check()
    for library in ("requests", "PyYAML"):
        result = run.one(library)
        assert f"Failed to import the required Python library ({library})" in result["msg"]
        assert str(bare) in result["msg"]
    assert list(simulator.journal) == []


def test_without_requests_on_the_controller_the_module_is_executed(
    make_simulator: MakeSimulator, tmp_path: Path
) -> None:
    """A folder that goes before the installed packages makes the import fail on the controller only."""
    simulator = make_simulator(SEED)
    (tmp_path / "requests.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    interpreter = tmp_path / "python-target"
    interpreter.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    interpreter.chmod(0o755)
    tasks = [{"name": "read", "ringme.pbx.client_info": {}}]
    run = run_playbook(
        tasks, simulator_url=simulator.url, python=interpreter, env={"PYTHONPATH": str(tmp_path)}
    ).check()
    assert run.one("read")["client"]["id"] == 801
    assert len(simulator.requests()) == 1


def test_read_only_lets_check_mode_pass(make_simulator: MakeSimulator) -> None:
    simulator = make_simulator(SEED)
    lock = {"ringme.pbx.client_settings": {"timezone": "UTC"}}
    tasks = [
        {**lock, "name": "promised", "check_mode": True, "diff": True},
        {**lock, "name": "refused", "ignore_errors": True},
    ]
    run = run_playbook(tasks, simulator_url=simulator.url, env={"RINGME_READ_ONLY": "1"}).check()
    promised, refused = run.one("promised"), run.one("refused")
    assert statuses(run, "refused") == ["failed"]
    assert promised["changed"] and not refused["changed"]
    assert refused["changes"] == promised["changes"] and refused["diff"] == promised["diff"]
    assert "timezone: 'Europe/Moscow' -> 'UTC'" in refused["msg"]
    assert simulator.writes() == []
