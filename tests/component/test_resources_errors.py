# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals: errors of the API become messages with a cause and a remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from simulator import Simulator
from simulator.faults import Faults
from simulator.view import State
from support.component.resource_runner import Ran, Runner, touched
from support.component.scenarios import (
    ACCOUNTING,
    BUNDLE,
    BUNDLE_INFO,
    CLIENT_INFO,
    DIRECTOR,
    EXTENSION_INFO,
    MAIN,
    MENU,
    QUEUE,
    REGISTRATION,
    REGISTRATION_INFO,
    SALES,
    SETTINGS,
    WAREHOUSE,
    bundle_up,
)

ELSEWHERE = 41001
"""The main extension of a bundle of client 802."""


def by(simulator: Simulator, application: str) -> Runner:
    """A runner with another application of the seed."""
    secret = simulator.world.store.applications[application].secret
    return Runner(simulator, {"application_id": application, "application_secret": secret})


def refused(ran: Ran, kind: str, status: int | None, api_status: str | None, *words: str) -> None:
    """Assert a failure in all its parts."""
    error = ran.result["error"]
    assert (ran.kind, error["status"], error["api_status"]) == (kind, status, api_status), ran.result
    assert not [word for word in words if word not in ran.msg], ran.msg
    assert error["hint"] and ran.msg.endswith(f"{error['hint'].rstrip('. ')}.")
    assert set(error) == {"kind", "status", "api_status", "method", "path", "hint"}
    assert not ran.changed


# --- 403 in its four meanings, and 404 of a client


def test_another_clients_object(simulator: Simulator, runner: Runner) -> None:
    for check in (True, False):
        ran = runner(SETTINGS, {"client_id": "802", "timezone": "UTC"}, check=check)
        refused(
            ran,
            "forbidden",
            403,
            "access_denied",
            "GET /client/802/client/",
            "application demo-application has no access to client 802",
            "client_api",
        )
        assert ran.sent == ["GET /client/802/client/"]
    refused(runner(REGISTRATION, {"extension_id": 41003}), "forbidden", 403, "access_denied", "no access")
    assert simulator.state.client(802).settings["timezone"] == "Asia/Yekaterinburg"


def test_a_user_who_may_only_read(simulator: Simulator) -> None:
    runner = by(simulator, "reader-application")
    before = simulator.snapshot()
    for resource, args in (
        (SETTINGS, {"timezone": "UTC"}),
        (BUNDLE, {"extension_id": MAIN, "bundle_list": [SALES]}),
        (REGISTRATION, {"extension_id": MAIN}),
    ):
        assert runner(resource, args, check=True).changed
        ran = runner(resource, args)
        refused(ran, "forbidden", 403, "user_access_type_deny", "read-only", "access 'full'")
        assert len(ran.writes) == 1
        assert ran.result["changes"]  # what was wanted stays visible
    assert not runner(CLIENT_INFO, {}).failed
    assert not touched(before, simulator.snapshot())


def test_an_application_that_may_only_call(simulator: Simulator) -> None:
    ran = by(simulator, "calls-application")(SETTINGS, {"timezone": "UTC"})
    refused(ran, "forbidden", 403, "app_access_type_deny", "only place calls", "trusted application", "'All'")
    assert not ran.writes


def test_a_client_that_is_blocked(simulator: Simulator) -> None:
    ran = by(simulator, "lilia-application")(SETTINGS, {"timezone": "UTC"})
    refused(ran, "forbidden", 403, "user_blocked", "is blocked", "Ask the provider to unblock")
    assert ran.sent == ["GET /client/@me/client/"]


def test_a_user_who_is_blocked(simulator: Simulator, runner: Runner) -> None:
    ran = by(simulator, "blocked-application")(SETTINGS, {"timezone": "UTC"})
    refused(ran, "forbidden", 403, "user_blocked", "is blocked", "/oauth/token")
    assert ran.sent == []
    runner(CLIENT_INFO, {})
    simulator.state.set_application("demo-application", blocked=True)
    refused(runner(CLIENT_INFO, {}), "forbidden", 403, "user_blocked", "is blocked", "GET /client/@me/client/")


@pytest.mark.parametrize(
    ("application", "client"),
    [("dealer-application", "@me"), ("dealer-application", "999"), ("demo-application", "999")],
)
def test_no_such_client(simulator: Simulator, application: str, client: str) -> None:
    runner = by(simulator, application)
    for resource, args in ((CLIENT_INFO, {}), (SETTINGS, {"timezone": "UTC"}), (EXTENSION_INFO, {}), (BUNDLE_INFO, {})):
        ran = runner(resource, {"client_id": client, **args})
        refused(
            ran, "not_found", 404, "client_not_found", "does not find client", "Check client_id", "@me works only for"
        )


def test_a_dealer_names_the_client(simulator: Simulator) -> None:
    ran = by(simulator, "dealer-application")(SETTINGS, {"client_id": "802", "timezone": "UTC"})
    assert not ran.failed and ran.changed
    assert simulator.state.client(802).settings["timezone"] == "UTC"


# --- credentials


def test_wrong_credentials(simulator: Simulator) -> None:
    for connection in (
        {"application_id": "demo-application", "application_secret": "not-the-secret"},
        {"application_id": "unknown", "application_secret": "not-the-secret"},
    ):
        ran = Runner(simulator, connection)(SETTINGS, {"timezone": "UTC"})
        refused(ran, "authentication", 401, "invalid_client", "application was refused", "application_id", "'trusted'")
        assert ran.sent == [] and ran.tokens == 1
        assert "not-the-secret" not in repr(ran.result)


def test_a_given_token_is_not_renewed(simulator: Simulator) -> None:
    ran = Runner(simulator, {"access_token": "no-longer-alive"})(SETTINGS, {"timezone": "UTC"})
    refused(ran, "authentication", 401, None, "token is not accepted", "access_token", "application_secret")
    assert ran.sent == ["GET /client/@me/client/"] and ran.tokens == 0
    assert "no-longer-alive" not in repr(ran.result)


# --- extensions


@pytest.mark.parametrize(
    ("resource", "args"),
    [
        (BUNDLE, {"extension_id": 99999, "bundle_list": [SALES]}),
        (BUNDLE, {"extension_id": 99999, "state": "absent"}),
        (BUNDLE, {"extension_id": ELSEWHERE, "bundle_list": [SALES]}),
        (BUNDLE, {"extension_id": MAIN, "bundle_list": [99999]}),
        (BUNDLE_INFO, {"extension_ids": [99999]}),
        (REGISTRATION, {"extension_id": 99999}),
        (EXTENSION_INFO, {"extension_ids": [MAIN, 99999]}),
    ],
)
@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
def test_no_such_extension(
    simulator: Simulator, runner: Runner, resource: Any, args: dict[str, Any], check: bool
) -> None:
    before = simulator.snapshot()
    ran = runner(resource, args, check=check)
    missing = str(ELSEWHERE if ELSEWHERE in args.values() else 99999)
    refused(ran, "not_found", 404, None, f"there is no extension {missing}", "not extension numbers")
    assert not ran.writes
    assert not touched(before, simulator.snapshot())


def test_an_extension_left_out_of_a_block_is_an_error(runner: Runner) -> None:
    ran = runner(REGISTRATION_INFO, {"extension_ids": [MAIN, 99999, ELSEWHERE]})
    refused(ran, "not_found", None, None, "2 of 3 extensions", f"{ELSEWHERE}, 99999")
    assert "registrations" not in ran.result


Prepare = Callable[[State], None]


@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
@pytest.mark.parametrize(
    ("prepare", "args", "words"),
    [
        (
            None,
            {"bundle_list": [SALES, QUEUE]},
            (f"bundle_list[1]: extension 600 (id {QUEUE}) is of type queue, not phone",),
        ),
        (None, {"bundle_list": [MENU]}, (f"extension 500 (id {MENU}) is of type ivr, not phone",)),
        (lambda state: bundle_up(state, SALES, [ACCOUNTING]), {"bundle_list": [WAREHOUSE, SALES]},
         (f"bundle_list[1]: extension 201 (id {SALES}) is the main extension of a bundle", "each in one bundle")),
        (lambda state: bundle_up(state, DIRECTOR, [SALES, WAREHOUSE]), {"bundle_list": [WAREHOUSE, SALES]},
         ("bundle_list[1]: 201 is in the bundle of 402 at the PBX; list that bundle without 201",
          "bundle_list[0]: 301 is in the bundle of 402 at the PBX; list that bundle without 301")),
        (lambda state: bundle_up(state, DIRECTOR, [MAIN]), {"bundle_list": [SALES]},
         (f"extension {MAIN} is a member of the bundle of {DIRECTOR}", "Remove it from that bundle first")),
        (lambda state: bundle_up(state, DIRECTOR, [MAIN]), {"state": "absent"}, (f"the bundle of {DIRECTOR}",)),
    ],
    ids=["type-of-a-member", "type-of-the-only-member", "member-is-a-main", "members-linked-elsewhere",
         "main-is-a-member",
         "main-is-a-member-absent"],
)  # fmt: skip
def test_what_the_api_would_refuse_is_refused_before(
    simulator: Simulator,
    runner: Runner,
    prepare: Prepare | None,
    args: dict[str, Any],
    words: tuple[str, ...],
    check: bool,
) -> None:
    simulator.switches["bundle_get_member"] = "main"
    if prepare:
        prepare(simulator.state)
    before = simulator.snapshot()
    ran = runner(BUNDLE, {"extension_id": MAIN, "side_effects": "ignore", **args}, check=check)
    refused(ran, "conflict", None, None, *words)
    assert not ran.writes
    assert not touched(before, simulator.snapshot())


@pytest.mark.parametrize("code", ["400_message", "400_status", "409_message", "422_message", "400_text"])
@pytest.mark.parametrize(
    ("prepare", "members", "cause"),
    [
        (lambda state: bundle_up(state, SALES, [ACCOUNTING]), [SALES],
         f"Cause: extension {SALES} is the main extension of a bundle"),
        (lambda state: bundle_up(state, DIRECTOR, [SALES]), [SALES],
         f"Cause: extension {SALES} is already a member of the bundle of {DIRECTOR}"),
    ],
    ids=["main", "linked"],
)  # fmt: skip
def test_a_refused_post_is_explained_by_reading(
    simulator: Simulator, runner: Runner, code: str, prepare: Prepare, members: list[int], cause: str
) -> None:
    """Another user links the extension at the last moment."""
    simulator.switches.update(validation_error=code, bundle_get_member="main")
    before: list[dict[str, Any]] = []

    class LastMoment(Faults):
        """Strikes nothing."""

        def strike(self, method: str, path: str) -> None:
            """Change the state before the POST."""
            if method == "POST" and path.endswith(str(MAIN)):
                prepare(simulator.state)
                before.append(simulator.snapshot())

    simulator.world.faults = LastMoment()
    ran = runner(BUNDLE, {"extension_id": MAIN, "bundle_list": members, "side_effects": "ignore"})
    said = "validation_error" if code == "400_status" else None
    refused(ran, "refused", int(code[:3]), said, cause, "Check that all are phones of this client")
    assert len(ran.writes) == 1
    assert not touched(before[0], simulator.snapshot())


@pytest.mark.parametrize("shape", ["own_empty", "404"])
def test_a_main_that_is_a_member_where_get_does_not_show_it(simulator: Simulator, runner: Runner, shape: str) -> None:
    simulator.switches["bundle_get_member"] = shape
    bundle_up(simulator.state, DIRECTOR, [MAIN])
    before = simulator.snapshot()
    ran = runner(BUNDLE, {"extension_id": MAIN, "bundle_list": [SALES]})
    refused(
        ran,
        "conflict",
        None,
        None,
        "extension_id: 101 is in the bundle of 402 at the PBX; list that bundle without 101",
    )
    assert not ran.writes
    assert not touched(before, simulator.snapshot())


def test_a_value_that_the_api_refuses(simulator: Simulator, runner: Runner) -> None:
    simulator.switches["unknown_references"] = "400"
    ran = runner(SETTINGS, {"hold_music": 4242})
    refused(
        ran, "refused", 400, None, "PUT /client/@me/client/", "hold_music: no object with that id", "Correct the value"
    )
    assert simulator.state.client(801).settings["hold_music"] == 11


def test_a_field_that_the_deployment_lacks(simulator: Simulator, runner: Runner) -> None:
    args = {"call_interactive_url": "https://example.org/call", "call_interactive_timeout": 5}
    ran = runner(SETTINGS, args)
    refused(ran, "conflict", None, None, "no call_interactive_timeout, call_interactive_url", "only some deployments")
    assert not ran.writes
    simulator.switches["call_interactive"] = "present"
    assert not runner(SETTINGS, args).failed
    assert simulator.state.client(801).settings["call_interactive_timeout"] == 5


def test_nothing_listens(simulator: Simulator, runner: Runner) -> None:
    simulator.stop()
    ran = runner(SETTINGS, {"timezone": "UTC"})
    refused(ran, "connection", None, None, "POST /oauth/token", "no connection to http://127.0.0.1:", "Check api_url")
    assert len(ran.waits) == 2  # three tries
