# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that cannot be used are refused by every resource before the first request, naming the option and the fix."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from requests.adapters import HTTPAdapter

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import specification
from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Resource
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, execute
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET
from ansible_collections.ringme.pbx.tests.unit.helpers.options import CONNECTION, RESOURCES

LEAST: dict[str, dict[str, Any]] = {
    "client_bundles": {"bundles": []},
    "client_registrations": {"max_registrations": 1},
    "extensions_bundle": {"extension_id": 1, "bundle_list": [2]},
    "extension_registration": {"extension_id": 1},
}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"api_url": None}, "api_url"),
    ({"api_url": "pbx.example.org"}, "api_url"),
    ({"api_url": "http://pbx.example.org"}, "api_url"),
    ({"api_url": "http://192.0.2.1:8080"}, "api_url"),
    ({"api_url": f"https://u:{SECRET}@pbx.example.org"}, "api_url"),
    ({"application_id": None, "application_secret": None}, "application_id"),
    ({"application_secret": None}, "application_secret"),
    ({"application_id": None}, "application_id"),
    ({"access_token": SECRET}, "access_token"),
    ({"application_secret": f"{SECRET}\n"}, "application_secret"),
    ({"ca_path": "/nonexistent/ca.pem"}, "ca_path"),
    ({"client_cert": "/nonexistent/client.pem"}, "client_cert"),
    ({"client_key": "/nonexistent/client.key"}, "client_key"),
    ({"proxy": "proxy"}, "proxy"),
    ({"timeout": 0}, "timeout"),
    ({"timeout": "inf"}, "timeout"),
    ({"retries": 0}, "retries"),
    ({"retry_budget": -1}, "retry_budget"),
]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(_adapter: HTTPAdapter, request: Any, **_options: Any) -> None:
        raise AssertionError(f"{request.method} {request.url} was sent")

    monkeypatch.setattr(HTTPAdapter, "send", send)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
@pytest.mark.parametrize(("given", "option"), REFUSED, ids=str)
def test_adapter(resource: Resource[Any], given: dict[str, Any], option: str) -> None:
    task = {**CONNECTION, **LEAST.get(resource.name, {}), **given}
    task = {name: value for name, value in task.items() if value is not None}
    validation = ArgumentSpecValidator(**specification(resource)).validate(task)
    assert not validation.error_messages
    for check_mode in (True, False):
        outcome = execute(resource, validation.validated_parameters, check_mode=check_mode, connections=Connections())
        result = outcome.result
        assert outcome.failed
        assert result["error"]["kind"] == "options"
        assert result["msg"].startswith(f"{option}: ")
        assert result["error"]["hint"]
        assert not any(result["requests"].values())
        assert result["changed"] is False
        assert SECRET not in f"{result} {outcome.warnings}"


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("client_settings", {"call_interactive_method": "PUT"}, "GET, POST"),
        ("client_settings", {"reset": ["timezone"]}, "reset"),
        ("client_settings", {"hold_music": "tune"}, "hold_music"),
        ("extensions_bundle", {"extension_id": 1}, "bundle_list"),
        ("extensions_bundle", {"bundle_list": [2]}, "extension_id"),
        ("extensions_bundle", {"extension_id": 1, "bundle_list": ["two"]}, "bundle_list"),
        ("extensions_bundle", {"extension": "101", "extension_id": 1, "members": ["102"]}, "mutually exclusive"),
        ("extensions_bundle", {"extension": "101", "members": ["102"], "bundle_list": [2]}, "mutually exclusive"),
        ("extensions_bundle", {"extension": "101"}, "members"),
        ("extensions_bundle", {"members": ["102"]}, "extension"),
        ("extensions_bundle", {"extension": "101", "members": ["102"], "side_effects": "allow"}, "fail_on_widening"),
        ("extensions_bundle", {"extension": "101", "members": ["102"], "blocked_in_check": "no"}, "fail, report"),
        ("extensions_bundle_info", {"extension_ids": [1], "extensions": ["101"]}, "mutually exclusive"),
        ("extension_registration", {}, "extension_id"),
        ("extension_registration", {"extension": "101", "extension_id": 1}, "mutually exclusive"),
        ("extension_registration_info", {"extension_ids": [1], "extensions": ["101"]}, "mutually exclusive"),
        ("extension_info", {"extensions": ["101"], "type": "phone"}, "mutually exclusive"),
        ("extension_info", {"extension_ids": [1], "extensions": ["101"]}, "mutually exclusive"),
        ("extension_registration", {"extension_id": 1, "state": "present"}, "state"),
        ("extension_info", {"extension_ids": [1], "type": "phone"}, "mutually exclusive"),
        ("extension_info", {"extension_ids": [1], "status": "active"}, "mutually exclusive"),
        ("extension_info", {"status": "gone"}, "active, blocked"),
        ("client_info", {"client": 801}, "client"),
    ],
)
def test_what_ansible_itself_refuses(name: str, given: dict[str, Any], text: str) -> None:
    resource = next(item for item in RESOURCES if item.name == name)
    messages = ArgumentSpecValidator(**specification(resource)).validate({**CONNECTION, **given}).error_messages
    assert text in " ".join(messages)
