# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adapter for the controller: when a task runs in this process, and what users see of the difference: nothing."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.action import ActionBase
from ansible.template import Templar

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport
from ansible_collections.ringme.pbx.plugins.module_utils._optional import Library
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_file import ClientFileExport
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.plugins.module_utils._resources.validation_report import ValidationReport
from ansible_collections.ringme.pbx.plugins.plugin_utils import resource_action as action
from ansible_collections.ringme.pbx.plugins.plugin_utils.resource_action import ResourceAction
from ansible_collections.ringme.pbx.tests.unit.helpers import network
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, Pool, reply
from ansible_collections.ringme.pbx.tests.unit.helpers.options import CONNECTION

LIVE = {"id": 801, "timezone": "UTC", "name": "Romashka"}
TOKEN = reply(200, {"access_token": "canary-token", "expires_in": 3600})
AS_MODULE = {"executed": "as a module"}


class Settings(ResourceAction):
    """The action of client_settings."""

    resource = ClientSettings()


@pytest.fixture(autouse=True)
def _own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action, "_connections", Connections())


def plugin(
    arguments: dict[str, Any],
    *,
    check_mode: bool = False,
    transport: str = "local",
    environment: list[dict[str, str]] | None = None,
    **task_options: Any,
) -> tuple[Settings, list[dict[str, Any]]]:
    """An action with a real task; what it would execute as a module is kept in the list."""
    task = Task()
    task.action = "ringme.pbx.client_settings"
    task.args = {**CONNECTION, **arguments}
    task.check_mode = check_mode
    task.environment = environment or []
    task.async_val = 0
    for name, value in task_options.items():
        setattr(task, name, value)
    loader = DataLoader()
    connection = SimpleNamespace(
        transport=transport,
        become=None,
        has_native_async=False,
        _shell=SimpleNamespace(tmpdir=None, env_prefix=lambda **_values: ""),
    )
    found = Settings(task, connection, PlayContext(), loader, Templar(loader=loader, variables={}), SimpleNamespace())
    executed: list[dict[str, Any]] = []

    def execute_module(**options: Any) -> dict[str, Any]:
        executed.append(options)
        return dict(AS_MODULE)

    found._execute_module = execute_module
    found._remove_tmp_path = lambda path: None
    return found, executed


def test_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = network.install(monkeypatch, TOKEN, reply(200, LIVE), reply(200, {**LIVE, "timezone": "Asia/Omsk"}))
    found, executed = plugin({"timezone": "Asia/Omsk"})
    result = found.run(task_vars={})
    assert not executed
    assert (result["changed"], result["failed"]) == (True, False)
    assert result["client"]["timezone"] == "Asia/Omsk"
    assert [method for method, _url in pool.journal] == ["POST", "GET", "PUT"]
    assert "canary" not in str(result)
    assert "warnings" not in result


def test_check_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = network.install(monkeypatch, TOKEN, reply(200, LIVE))
    result = plugin({"timezone": "Asia/Omsk"}, check_mode=True)[0].run(task_vars={})
    assert result["changed"] is True
    assert [method for method, _url in pool.journal] == ["POST", "GET"]


@pytest.mark.parametrize(
    ("options", "task_vars"),
    [
        ({"transport": "ssh"}, {}),
        ({"async_val": 60}, {}),
        ({"become": True}, {}),
        ({}, {"ringme_in_process": False}),
        ({}, {"ringme_in_process": "no"}),
    ],
)
def test_where_it_is_executed_as_a_module(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], task_vars: dict[str, Any]
) -> None:
    pool = network.install(monkeypatch)
    found, executed = plugin({}, **options)
    result = found.run(task_vars=task_vars)
    assert AS_MODULE.items() <= result.items()
    assert executed == [{"task_vars": task_vars, "wrap_async": bool(options.get("async_val"))}]
    assert not pool.sent


def test_without_requests_it_is_executed_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClientSettings, "libraries", (Library("requests", "no requests"),))
    found, executed = plugin({})
    found.run()
    assert len(executed) == 1


@pytest.mark.parametrize("transport", ["local", "ansible.builtin.local"])
@pytest.mark.parametrize("task_vars", [None, {}, {"ringme_in_process": True}, {"ringme_in_process": "yes"}])
def test_where_it_runs_here(monkeypatch: pytest.MonkeyPatch, transport: str, task_vars: dict[str, Any] | None) -> None:
    network.install(monkeypatch, TOKEN, reply(200, LIVE))
    found, executed = plugin({}, transport=transport)
    assert found.run(task_vars=task_vars)["changed"] is False
    assert not executed


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"no_such_option": 1}, "Unsupported parameters for (ringme.pbx.client_settings) module: no_such_option"),
        ({"hold_music": "tune"}, "hold_music"),
        ({"geo_list": ["XX"]}, "geo_list[0]: "),
    ],
)
def test_bad_input(monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], text: str) -> None:
    pool = network.install(monkeypatch)
    result = plugin(arguments)[0].run(task_vars={})
    assert result["failed"] is True
    assert text in result["msg"]
    assert not pool.sent
    assert SECRET not in str(result)


def test_a_list_in_place_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = network.install(monkeypatch)
    result = plugin({"timezone": ["UTC", "Europe/Moscow"]})[0].run()
    assert result["failed"] and result["msg"].startswith(
        "timezone: expected a string, but the value is a list. Set one string"
    )
    assert not pool.sent


def test_a_failure_and_what_the_api_repeats_of_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    network.install(monkeypatch, TOKEN, reply(400, {"message": f"{SECRET} and canary-token"}))
    result = plugin({})[0].run(task_vars={})
    assert result["failed"] is True
    assert result["error"]["kind"] == "refused"
    assert "canary" not in str(result)


def test_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    network.install(monkeypatch, TOKEN, reply(503, b"", Retry_After="1"), reply(200, LIVE))
    monkeypatch.setitem(Transport.__init__.__kwdefaults__ or {}, "sleep", lambda seconds: None)
    result = plugin({})[0].run(task_vars={})
    assert "returned HTTP 503" in result["warnings"][0]


def test_flags_survive_a_secret_that_reads_like_one(monkeypatch: pytest.MonkeyPatch) -> None:
    network.install(monkeypatch, reply(200, LIVE))
    found, _executed = plugin({})
    found._task.args = {"api_url": CONNECTION["api_url"], "access_token": "False"}
    result = found.run(task_vars={})
    assert result["changed"] is False
    assert result["failed"] is False


def test_items_of_a_loop_share_a_connection_and_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = network.install(monkeypatch, TOKEN, *[reply(200, LIVE)] * 3)
    for _item in range(3):
        assert plugin({})[0].run(task_vars={})["changed"] is False
    assert [method for method, _url in pool.journal] == ["POST", "GET", "GET", "GET"]


class TestEnvironment:
    """The task's environment holds during the task, and not after it."""

    def test_it_gives_options(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RINGME_API_URL", "https://before.example.org")
        pool: Pool = network.install(monkeypatch, reply(200, LIVE))
        values = {"RINGME_API_URL": "https://task.example.org", "RINGME_ACCESS_TOKEN": "canary-token"}
        found, _executed = plugin({}, environment=[values])
        found._task.args = {}
        assert found.run(task_vars={})["failed"] is False
        assert pool.journal == [("GET", "https://task.example.org/api/ver1.0/client/@me/client/")]
        assert os.environ["RINGME_API_URL"] == "https://before.example.org"
        assert "RINGME_ACCESS_TOKEN" not in os.environ

    def test_it_is_put_back_after_an_exception(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_args: Any, **_options: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(action, "execute", broken)
        found, _executed = plugin({}, environment=[{"RINGME_TEST_VALUE": "1"}])
        with pytest.raises(ZeroDivisionError):
            found.run(task_vars={})
        assert "RINGME_TEST_VALUE" not in os.environ


@pytest.mark.parametrize("value", [True, False])
def test_arguments_are_shown_where_ansible_shows_them(monkeypatch: pytest.MonkeyPatch, value: bool) -> None:
    network.install(monkeypatch, TOKEN, reply(200, LIVE))
    monkeypatch.setattr(action, "_shows_invocation", lambda task_vars: value)
    result = plugin({})[0].run(task_vars={})
    assert ("invocation" in result) == value
    assert SECRET not in str(result)


def test_cores_without_the_setting_show_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: Any, **_options: Any) -> None:
        raise AnsibleError("no such setting")

    monkeypatch.setattr(constants.config, "get_config_value", unknown)
    assert action._shows_invocation({}) is True
    monkeypatch.setattr(constants.config, "get_config_value", lambda *_args, **_options: False)
    assert action._shows_invocation({}) is False


def test_async_that_the_connection_brings_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    network.install(monkeypatch)
    found, executed = plugin({}, async_val=60)
    found._connection.has_native_async = True
    found.run(task_vars={})
    assert executed == [{"task_vars": {}, "wrap_async": False}]


def test_it_is_an_action_plugin() -> None:
    assert issubclass(ResourceAction, ActionBase)


def test_tokens_of_the_run_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may repeat the token anywhere, also in a field that the result shows."""
    network.install(monkeypatch, TOKEN, reply(200, {**LIVE, "name": "canary-token"}))
    result = plugin({})[0].run(task_vars={})
    assert result["failed"] is False
    assert result["client"]["name"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


class Export(ResourceAction):
    """The action of client_file."""

    resource = ClientFileExport()


def test_relative_paths_are_of_the_working_directory_of_the_controller(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A module on this machine starts in another one; "none", a home and values other than paths stay."""
    monkeypatch.chdir(tmp_path)
    found, executed = plugin(
        {"ca_path": "ca.pem", "token_cache": "none", "client_cert": "~/cert.pem", "client_key": "/key.pem"}
    )
    found.run(task_vars={"ringme_in_process": False})
    names = ("ca_path", "token_cache", "client_cert", "client_key")
    assert executed and [found._task.args[name] for name in names] == [
        str(tmp_path / "ca.pem"),
        "none",
        "~/cert.pem",
        "/key.pem",
    ]
    given = {"path": "exported/a.yml", "existing": "clients/a.yml", "client": {}}
    paths = action._absolute_paths(Export.resource, given)
    assert paths == {"path": str(tmp_path / "exported/a.yml"), "existing": str(tmp_path / "clients/a.yml")}
    assert action._absolute_paths(ValidationReport(), {"path": ["clients", 1]}) == {
        "path": [str(tmp_path / "clients"), 1]
    }
    other, executed = plugin({"ca_path": "ca.pem"}, transport="ssh")
    other.run(task_vars={})
    assert executed and other._task.args["ca_path"] == "ca.pem"


@pytest.mark.parametrize("as_module", [False, True])
def test_an_inner_read_only_takes_no_guard_away(monkeypatch: pytest.MonkeyPatch, as_module: bool) -> None:
    """Whether the environment or an outer one of the defaults of modules sets it."""
    defaults = [{"group/ringme.pbx.api": {"read_only": True}}, {"group/ringme.pbx.api": {"read_only": False}}]
    variables = {"ringme_in_process": not as_module}
    for options, environment in (({"module_defaults": defaults}, ""), ({}, "1"), ({}, "on")):
        monkeypatch.setenv("RINGME_READ_ONLY", environment)
        network.install(monkeypatch, TOKEN, reply(200, LIVE))
        monkeypatch.setattr(action, "_connections", Connections())
        found, executed = plugin({"timezone": "Asia/Omsk", "read_only": False}, **options)
        result = found.run(task_vars=variables)
        if as_module:
            assert executed and found._task.args["read_only"] is bool(options)
        else:
            assert result["failed"] and result["error"]["kind"] == "read_only"


def test_what_identifies_a_client_cannot_be_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """By set_fact, include_vars or other means, also in a playbook of a user."""
    pool = network.install(monkeypatch)
    host = SimpleNamespace(vars={"client_file": "clients/a.yml", "client_id": 801})
    hostvars = SimpleNamespace(_inventory=SimpleNamespace(get_host=lambda name: host if name == "a" else None))
    variables = {"hostvars": hostvars, "inventory_hostname": "a", "client_file": "clients/a.yml", "client_id": 802}
    result = plugin({"timezone": "UTC"})[0].run(task_vars=variables)
    assert (
        result["failed"]
        and "clients/a.yml: another value hides client_id, which only the client file can set" in result["msg"]
    )
    assert not pool.journal
    network.install(monkeypatch, TOKEN, reply(200, LIVE))
    assert not plugin({"timezone": "UTC"})[0].run(task_vars={**variables, "inventory_hostname": "other"})["failed"]


def test_what_is_shown_to_people_leaves_stdout_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(action._display, "display", lambda text, **options: shown.append((text, options)))
    network.install(monkeypatch, TOKEN, reply(200, LIVE))
    found, _executed = plugin({"timezone": "UTC"})
    monkeypatch.setattr(ClientSettings, "lines", lambda self, result: ["FLEET"])
    monkeypatch.setattr(ClientSettings, "announcements", {"timezone": "it starts"})
    monkeypatch.setattr(action, "boolean", lambda value, strict: value == "UTC" or value is True)
    found.run(task_vars={})
    assert shown == [("client_settings: it starts", {"stderr": True}), ("FLEET", {"stderr": True})]
