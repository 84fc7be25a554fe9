# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adapter for modules: what a module prints, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils import _adapter as adapter
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport
from ansible_collections.ringme.pbx.plugins.module_utils._optional import Library
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_info import ClientInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration
from ansible_collections.ringme.pbx.tests.unit.helpers import network
from ansible_collections.ringme.pbx.tests.unit.helpers.ansible_module import run_main
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, reply
from ansible_collections.ringme.pbx.tests.unit.helpers.options import CONNECTION

LIVE = {"id": 801, "timezone": "UTC", "name": "Romashka"}
TOKEN = reply(200, {"access_token": "canary-token", "expires_in": 3600})


def test_a_change(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pool = network.install(monkeypatch, TOKEN, reply(200, LIVE), reply(200, {**LIVE, "timezone": "Asia/Omsk"}))
    code, printed, result = run_main(
        lambda: adapter.run_module(ClientSettings()), capsys, **CONNECTION, timezone="Asia/Omsk"
    )
    assert code == 0
    assert result["changed"] is True
    assert result["client"]["timezone"] == "Asia/Omsk"
    assert result["requests"] == {"GET": 1, "POST": 0, "PUT": 1, "DELETE": 0, "token": 1}
    assert [method for method, _url in pool.journal] == ["POST", "GET", "PUT"]
    assert SECRET not in printed
    assert "canary-token" not in printed


def test_check_mode(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pool = network.install(monkeypatch, TOKEN, reply(200, LIVE))
    _code, _printed, result = run_main(
        lambda: adapter.run_module(ClientSettings()),
        capsys,
        **CONNECTION,
        timezone="Asia/Omsk",
        check_mode=True,
        diff=True,
    )
    assert result["changed"] is True
    assert result["diff"]["after"] == {"timezone": "Asia/Omsk"}
    assert [method for method, _url in pool.journal] == ["POST", "GET"]


@pytest.mark.parametrize(("environment", "writes"), [("1", []), ("yes", []), ("", ["PUT"]), ("false", ["PUT"])])
def test_the_guard_of_the_environment_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment: str, writes: list[str]
) -> None:
    """An option adds to it, and takes nothing away."""
    monkeypatch.setenv("RINGME_READ_ONLY", environment)
    pool = network.install(monkeypatch, TOKEN, reply(200, LIVE), reply(200, {**LIVE, "timezone": "Asia/Omsk"}))
    run_main(lambda: adapter.run_module(ClientSettings()), capsys, **CONNECTION, timezone="Asia/Omsk", read_only=False)
    assert [method for method, _url in pool.journal] == ["POST", "GET", *writes]


def test_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    network.install(monkeypatch, TOKEN, reply(403, {"status": "access_denied", "message": "Bearer canary-token"}))
    code, printed, result = run_main(lambda: adapter.run_module(ClientInfo()), capsys, **CONNECTION)
    assert code == 1
    assert result["failed"] is True
    assert result["error"]["kind"] == "forbidden"
    assert result["requests"]["GET"] == 1
    assert "canary" not in printed


def test_what_the_api_repeats_of_the_token_is_masked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    network.install(monkeypatch, TOKEN, reply(200, {**LIVE, "extra_params": "seen canary-token", "name": SECRET}))
    _code, printed, result = run_main(lambda: adapter.run_module(ClientInfo()), capsys, **CONNECTION)
    assert "canary" not in printed
    assert result["client"]["extra_params"].startswith("seen ***")


def test_warnings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    network.install(monkeypatch, TOKEN, reply(503, b"", Retry_After="1"), reply(200, LIVE))
    monkeypatch.setitem(Transport.__init__.__kwdefaults__ or {}, "sleep", lambda seconds: None)
    code, printed, _result = run_main(lambda: adapter.run_module(ClientInfo()), capsys, **CONNECTION)
    assert code == 0
    assert "returned HTTP 503" in printed  # in the result, or at once where the process is a controller


def test_a_refused_option(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pool = network.install(monkeypatch)
    code, _printed, result = run_main(
        lambda: adapter.run_module(ClientSettings()), capsys, **CONNECTION, geo_list=["XX"]
    )
    assert code == 1
    assert result["msg"].startswith("geo_list[0]: ")
    assert not pool.sent


def test_the_environment_gives_options(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RINGME_API_URL", "https://pbx.example.org")
    monkeypatch.setenv("RINGME_ACCESS_TOKEN", "canary-token")
    monkeypatch.setenv("RINGME_READ_ONLY", "1")
    pool = network.install(monkeypatch, reply(200, LIVE))
    code, printed, result = run_main(lambda: adapter.run_module(ClientSettings()), capsys, timezone="Asia/Omsk")
    assert code == 1
    assert result["error"]["kind"] == "read_only"
    assert "timezone: 'UTC' -> 'Asia/Omsk'" in result["msg"]
    assert [method for method, _url in pool.journal] == ["GET"]
    assert "canary" not in printed


def test_without_requests(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(ClientInfo, "libraries", (Library("requests", "Traceback: no requests"),))
    code, _printed, result = run_main(lambda: adapter.run_module(ClientInfo()), capsys, **CONNECTION)
    assert code == 1
    assert "requests" in result["msg"]


def test_connections_are_closed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    network.install(monkeypatch, TOKEN, reply(200, LIVE))
    closed: list[Any] = []

    def close(session: Any) -> None:
        closed.append(session)

    monkeypatch.setattr("requests.Session.close", close)
    run_main(lambda: adapter.run_module(ClientInfo()), capsys, **CONNECTION)
    assert len(closed) == 1


def test_a_list_in_place_of_a_text_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _printed, result = run_main(
        lambda: adapter.run_module(ExtensionRegistration()), capsys, **CONNECTION, extension="101", device=["a", "b"]
    )
    assert code == 1
    assert result["msg"].startswith("device: expected a string, but the value is a list. Set one string")
