# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that die early, servers that ask to wait, quotas that are used up."""

from __future__ import annotations

from typing import Any

import pytest
from simulator import Simulator
from support.component.resource_runner import Runner
from support.component.scenarios import AT_CLIENT, BUNDLE, CHANGING, CLIENT_INFO, MAIN, SALES, SETTINGS, Scenario

GET, PUT = f"GET {AT_CLIENT}", f"PUT {AT_CLIENT}"
NOON = {"timezone": "UTC"}


# --- tokens


@pytest.mark.parametrize("body", ["status_message", "message", "text_status", "empty", "html"])
@pytest.mark.parametrize("scenario", CHANGING, ids=lambda scenario: scenario.name)
def test_a_token_that_died_is_renewed_once(simulator: Simulator, runner: Runner, scenario: Scenario, body: str) -> None:
    simulator.switches["unauthorized_body"] = body
    runner(CLIENT_INFO, {})
    scenario.prepare(simulator.state)
    simulator.expire_tokens()
    ran = runner(scenario.resource, scenario.args)
    assert not ran.failed, ran.result
    assert ran.tokens == 1
    assert tuple(ran.sent) == (scenario.reads[0], *scenario.reads, *scenario.writes)
    assert [entry.status for entry in ran.entries if entry.is_api][:2] == [401, 200]
    assert scenario.end(simulator.state) == scenario.wanted
    first, second = [entry.headers["Authorization"] for entry in ran.entries if entry.is_api][:2]
    assert first != second


def test_a_token_that_dies_at_the_write(simulator: Simulator, runner: Runner) -> None:
    simulator.faults.add("expired_token", method="PUT", at=1)
    ran = runner(SETTINGS, NOON)
    assert not ran.failed and ran.changed
    assert ran.sent == [GET, PUT, PUT]
    assert [entry.applied for entry in ran.writes] == [False, True]
    assert ran.tokens == 2
    assert not ran.outcome.warnings


def test_never_renewed_twice_for_one_request(simulator: Simulator, runner: Runner) -> None:
    simulator.faults.add("expired_token", method="PUT")
    ran = runner(SETTINGS, NOON)
    assert ran.kind == "authentication"
    assert ran.result["error"]["status"] == 401
    assert ran.sent == [GET, PUT, PUT]
    assert ran.tokens == 2
    assert not ran.changed


def test_renewed_again_for_another_request(simulator: Simulator, runner: Runner) -> None:
    simulator.faults.add("expired_token", at=[1, 3])
    ran = runner(SETTINGS, NOON)
    assert not ran.failed
    assert ran.sent == [GET, GET, PUT, PUT]
    assert ran.tokens == 3


def test_the_new_token_is_refused_too(simulator: Simulator, runner: Runner) -> None:
    runner(CLIENT_INFO, {})
    simulator.state.set_application("demo-application", secret="changed-meanwhile-0123456789")
    simulator.expire_tokens()
    ran = runner(SETTINGS, NOON)
    assert ran.kind == "authentication" and "application was refused" in ran.msg
    assert ran.sent == [GET] and ran.tokens == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "reset"},
        {"kind": "reset", "when": "after"},
        {"kind": "truncated"},
        {"kind": "rate_limit"},
        {"kind": "unavailable", "retry_after": 1},
    ],
    ids=["500", "reset", "reset-after", "truncated", "429", "503"],
)
def test_a_token_request_is_repeated(simulator: Simulator, runner: Runner, fault: dict[str, Any]) -> None:
    simulator.faults.add(path="/oauth/token", at=1, **fault)
    ran = runner(CLIENT_INFO, {})
    assert not ran.failed, ran.result
    assert ran.tokens == 2 and ran.result["requests"]["token"] == 2
    assert [text for text in ran.outcome.warnings if "/oauth/token" not in text] == []
    assert len(ran.outcome.warnings) == (ran.waits[0] >= 1)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html"},
        {"kind": "malformed"},
        {"kind": "wrong_shape"},
        {"kind": "wrong_shape", "body": []},
        {"kind": "wrong_shape", "body": {"access_token": ""}},
        {"kind": "wrong_shape", "body": {"access_token": 5}},
        {"kind": "wrong_shape", "body": {"access_token": "two\nlines"}},
    ],
)
def test_a_response_without_a_token(simulator: Simulator, runner: Runner, fault: dict[str, Any]) -> None:
    simulator.faults.add(path="/oauth/token", **fault)
    ran = runner(SETTINGS, NOON)
    assert ran.kind == "bad_answer"
    assert "POST /oauth/token" in ran.msg and "(HTTP 200)" in ran.msg  # nothing of the body is quoted
    assert ran.sent == []


@pytest.mark.parametrize("expires_in", [None, "soon", -5, 0, 1e300, True])
def test_an_odd_lifetime_does_not_matter(simulator: Simulator, runner: Runner, expires_in: object) -> None:
    token = simulator.world.tokens.issue(simulator.world.store.applications["demo-application"], None)
    body = {"access_token": token.text, "expires_in": expires_in}
    simulator.faults.add("wrong_shape", path="/oauth/token", body=body)
    ran = runner(SETTINGS, NOON)
    assert not ran.failed, ran.result
    assert token.text not in repr(ran.result)


# --- waiting


@pytest.mark.parametrize("number", [1, 2], ids=["get", "put"])
@pytest.mark.parametrize(("kind", "status"), [("rate_limit", 429), ("unavailable", 503)])
@pytest.mark.parametrize(("retry_after", "wait"), [(2, 2), ("date:20", 20), (0, 0), ("date:-100", 0)])
def test_a_named_wait_is_waited_for(
    simulator: Simulator, runner: Runner, number: int, kind: str, status: int, retry_after: Any, wait: float
) -> None:
    simulator.faults.add(kind, at=number, retry_after=retry_after)
    ran = runner(SETTINGS, NOON)
    assert not ran.failed and ran.changed
    assert len(ran.waits) == 1 and ran.waits[0] == pytest.approx(wait, abs=2.1)
    assert ran.sent == ([GET, GET, PUT], [GET, PUT, PUT])[number - 1]
    warnings = [text for text in ran.outcome.warnings if f"returned HTTP {status}; retrying after" in text]
    assert len(warnings) == len(ran.outcome.warnings) == (ran.waits[0] >= 1)


@pytest.mark.parametrize("number", [1, 2], ids=["get", "put"])
@pytest.mark.parametrize(("retry_after", "when"), [(61, "61 s"), (600, "10 min"), ("date:3600", "60 min")])
def test_a_wait_beyond_the_budget_is_an_error_that_says_when(
    simulator: Simulator, runner: Runner, number: int, retry_after: Any, when: str
) -> None:
    simulator.faults.add("rate_limit", at=number, retry_after=retry_after)
    ran = runner(SETTINGS, NOON)
    assert ran.kind == "quota"
    assert ran.result["error"]["status"] == 429
    assert f"Run again in {when}" in ran.msg
    assert ran.waits == [] and not ran.changed
    assert ran.sent == [GET, PUT][:number]


def test_all_waits_of_a_run_share_one_budget(simulator: Simulator, runner: Runner) -> None:
    simulator.faults.add("rate_limit", at=[1, 3], retry_after=6)
    ran = runner(SETTINGS, {**NOON, "retry_budget": 10})
    assert ran.waits == [6.0]
    assert ran.kind == "quota" and "in 6 s" in ran.msg
    assert simulator.state.client(801).settings["timezone"] == "Europe/Moscow"


@pytest.mark.parametrize("retries", [1, 2, 5])
def test_tries_are_counted(simulator: Simulator, runner: Runner, retries: int) -> None:
    simulator.faults.add("rate_limit", retry_after=1)
    ran = runner(SETTINGS, {**NOON, "retries": retries})
    assert ran.kind == "quota"
    assert ran.sent == [GET] * retries
    assert ran.waits == [1.0] * (retries - 1)
    assert ran.result["requests"]["GET"] == retries


def test_a_503_beyond_the_budget_says_what_the_api_said(simulator: Simulator, runner: Runner) -> None:
    simulator.faults.add("unavailable", at=2, retry_after=900)
    ran = runner(SETTINGS, NOON)
    assert ran.kind == "server" and ran.waits == []
    assert "HTTP 503" in ran.msg and "was not applied" in ran.msg
    assert ran.sent == [GET, PUT, GET]


@pytest.mark.parametrize("retry_after", ["later", "-1", "1.5", "9" * 12, ""])
def test_an_unreadable_wait_is_no_wait(simulator: Simulator, runner: Runner, retry_after: str) -> None:
    simulator.faults.add("unavailable", method="PUT", at=1, retry_after=retry_after)
    ran = runner(SETTINGS, NOON)
    assert ran.kind == "server"  # a write is repeated only where the server says when
    assert len(ran.writes) == 1
    simulator.faults.add("rate_limit", method="PUT", at=1, retry_after=retry_after)
    assert not runner(SETTINGS, NOON).failed


# --- quota


@pytest.mark.parametrize(("reset", "when"), [(1800, "30 min"), (75, "75 s")])
def test_a_used_up_quota_says_when_it_opens(simulator: Simulator, runner: Runner, reset: int, when: str) -> None:
    runner(CLIENT_INFO, {})
    simulator.quota.remaining, simulator.quota.reset = 1, reset
    ran = runner(SETTINGS, NOON)  # the GET passes, the PUT does not
    assert ran.kind == "quota"
    assert ran.result["error"]["api_status"] == "rate_limit_exceeded"
    assert f"Run again in {when}" in ran.msg and "All applications of the client share" in ran.msg
    assert ran.result["quota"] == {"limit": simulator.quota.limit, "remaining": 0, "reset_seconds": reset}
    assert ran.sent == [GET, PUT] and ran.waits == [] and not ran.changed
    assert ran.result["changes"]


def test_a_quota_that_opens_soon_is_waited_for(simulator: Simulator, runner: Runner) -> None:
    simulator.faults.add("quota", at=2, reset=20)
    ran = runner(SETTINGS, NOON)
    assert not ran.failed and ran.waits == [20.0]


def test_a_bundle_that_runs_into_the_quota_half_way(simulator: Simulator, runner: Runner) -> None:
    simulator.switches["bundle_post"] = "add"
    simulator.state.set_bundle(MAIN, [SALES, SALES + 281])
    simulator.quota.remaining, simulator.quota.reset = 5, 1800
    ran = runner(BUNDLE, {"extension_id": MAIN, "bundle_list": [SALES], "side_effects": "ignore"})
    assert ran.kind == "partial" and ran.changed
    assert "rollback failed" in ran.msg and "too many requests" in ran.msg
    assert f'{{"bundle_list": [{SALES}, {SALES + 281}]}}' in ran.msg
