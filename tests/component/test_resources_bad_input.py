# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input is refused before the first request, with a message that names the option and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulator import Simulator
from support.component.bad_input import CASES, Bad
from support.component.resource_runner import DEMO, Runner, touched
from support.component.scenarios import (
    AT_BUNDLE,
    AT_CLIENT,
    AT_REGISTRATION,
    BUNDLE,
    CHANGING,
    CLIENT_INFO,
    MAIN,
    READING,
    REGISTRATION,
    SALES,
    SETTINGS,
    UNCHANGED,
    Scenario,
    bundle_up,
)

from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import FieldChange


@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
def test_refused_before_the_first_request(simulator: Simulator, runner: Runner, bad: Bad, check: bool) -> None:
    ran = runner(bad.resource, bad.args, check=check)
    assert ran.failed
    assert bad.option in ran.msg
    assert not [word for word in bad.words if word not in ran.msg], ran.msg
    assert list(simulator.journal) == []
    assert not ran.changed
    if ran.kind != "arguments":
        assert ran.kind == "options"
        assert ran.msg.startswith(bad.option), ran.msg
        assert ran.result["error"]["hint"].rstrip(". ") in ran.msg
        assert ran.result["requests"] == {"GET": 0, "POST": 0, "PUT": 0, "DELETE": 0, "token": 0}


def test_names_are_unique() -> None:
    assert len({bad.name for bad in CASES}) == len(CASES)


@pytest.mark.parametrize("name", ["ca_path", "client_cert"])
def test_a_file_that_holds_no_certificate(simulator: Simulator, runner: Runner, tmp_path: Path, name: str) -> None:
    file = tmp_path / "file.pem"
    file.write_text("not a certificate\n", encoding="utf-8")
    ran = runner(CLIENT_INFO, {name: str(file)})
    assert ran.msg.startswith(f"{name}: {file} is not usable (no usable certificate")
    assert list(simulator.journal) == []


def test_secrets_of_wrong_options_are_not_quoted(runner: Runner) -> None:
    for args in (
        {"application_secret": "line one\nline two"},
        {"api_url": "https://user:line-two@pbx.example.net"},
        {"proxy": "ftp://user:line-two@proxy.example.net"},
    ):
        ran = runner(CLIENT_INFO, args)
        assert ran.failed
        assert "line two" not in repr(ran.result) and "line-two" not in repr(ran.result), ran.result


# --- options with more than one form


@pytest.mark.parametrize("geo_list", [["by", " RU "], "RU,BY", ["RU", "BY"]])
def test_countries_in_any_spelling(simulator: Simulator, runner: Runner, geo_list: object) -> None:
    assert not runner(SETTINGS, {"geo_list": geo_list}).failed
    assert simulator.state.client(801).settings["geo_list"] == "BY RU"


@pytest.mark.parametrize("path", ["", "/", "/api/ver1.0", "/api/ver1.0/"])
def test_the_url_with_and_without_its_path(simulator: Simulator, runner: Runner, path: str) -> None:
    assert runner(CLIENT_INFO, {"api_url": simulator.url + path}).sent == [f"GET {AT_CLIENT}"]


def test_options_from_the_environment(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGME_API_URL", simulator.url)
    monkeypatch.setenv("RINGME_APPLICATION_ID", DEMO["application_id"])
    monkeypatch.setenv("RINGME_APPLICATION_SECRET", DEMO["application_secret"])
    monkeypatch.setenv("RINGME_TOKEN_CACHE", "none")
    ran = Runner(simulator, {"api_url": None, "token_cache": None})(CLIENT_INFO, {})
    assert not ran.failed, ran.result


# --- read_only


def _read_only(monkeypatch: pytest.MonkeyPatch, way: str) -> dict[str, object]:
    if way == "option":
        return {"read_only": True}
    monkeypatch.setenv("RINGME_READ_ONLY", way)
    return {}


@pytest.mark.parametrize("way", ["option", "1", "yes"])
@pytest.mark.parametrize("scenario", CHANGING, ids=lambda scenario: scenario.name)
def test_read_only_says_what_it_would_have_done(
    simulator: Simulator, runner: Runner, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, way: str
) -> None:
    scenario.prepare(simulator.state)
    before = simulator.snapshot()
    promised = runner(scenario.resource, scenario.args, check=True)
    args = {**scenario.args, **_read_only(monkeypatch, way)}
    ran = runner(scenario.resource, args)
    assert ran.kind == "read_only"
    assert "read_only is set" in ran.msg and "RINGME_READ_ONLY" in ran.msg
    for change in promised.result["changes"]:
        assert f"{change['action']} {change['address']}" in ran.msg
        for field in change["fields"]:
            assert FieldChange(field["name"], field["before"], field["after"]).text() in ran.msg
    assert not ran.changed and not ran.writes
    assert tuple(ran.sent) == scenario.reads
    assert ran.result["changes"] == promised.result["changes"]
    assert ran.result["diff"] == promised.result["diff"]
    assert not touched(before, simulator.snapshot())
    assert runner(scenario.resource, args, check=True).essence == promised.essence


@pytest.mark.parametrize("scenario", [*UNCHANGED, *READING], ids=lambda scenario: scenario.name)
def test_read_only_lets_reading_pass(simulator: Simulator, runner: Runner, scenario: Scenario) -> None:
    scenario.prepare(simulator.state)
    ran = runner(scenario.resource, {**scenario.args, "read_only": True})
    assert not ran.failed, ran.result
    assert not ran.changed


def test_read_only_off_in_the_environment(
    simulator: Simulator, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGME_READ_ONLY", "0")
    bundle_up(simulator.state, MAIN, [SALES])
    for resource, args, path in (
        (SETTINGS, {"timezone": "UTC"}, AT_CLIENT),
        (REGISTRATION, {"extension_id": MAIN}, AT_REGISTRATION),
        (BUNDLE, {"extension_id": MAIN, "state": "absent"}, AT_BUNDLE),
    ):
        ran = runner(resource, args)
        assert ran.changed and [line.endswith(path) for line in ran.sent]
