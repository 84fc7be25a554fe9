# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of one client: PUT of exactly what differs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ConflictError
from ansible_collections.ringme.pbx.plugins.module_utils._model.fields import CLIENT_SETTINGS
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Client
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import (
    ClientSettings,
    DesiredSettings,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import get, lost, put
from ansible_collections.ringme.pbx.tests.unit.helpers.options import executed, module_options, refusal
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import client_values, desired_settings

PATH = "/client/801/client/"
LIVE = {
    "id": 801, "name": "Romashka", "timezone": "Europe/Moscow", "geo_list": "RU", "hold_music": 5, "dial_rule_id": None,
    "disk_space_notify_email": None, "disk_space_notify_threshold": 80, "sip_network_permission_id": None,
}  # fmt: skip
RESOURCE = ClientSettings()


@given(desired=desired_settings(), live=client_values())
def test_plan_is_empty_exactly_when_the_managed_fields_are_equal(desired: dict[str, Any], live: dict[str, Any]) -> None:
    state, observed = DesiredSettings(801, desired), Client(live)
    plan = RESOURCE.plan(state, observed)
    assert bool(plan) == any(live[name] != value for name, value in desired.items())
    assert not RESOURCE.plan(state, plan.predicted)
    assert not RESOURCE.remaining(state, plan, plan.predicted)
    assert {item.name for change in plan for item in change.fields} <= desired.keys()
    unmanaged = live.keys() - desired.keys()
    assert all(plan.predicted.values[name] == live[name] for name in unmanaged)


@settings(max_examples=40)
@given(desired=desired_settings(), live=client_values())
def test_check_run_and_run_again(desired: dict[str, Any], live: dict[str, Any]) -> None:
    """With a server that applies each request."""
    before = {
        name: CLIENT_SETTINGS[name].write(value) if name in CLIENT_SETTINGS else value for name, value in live.items()
    }
    after = {**before, **{name: CLIENT_SETTINGS[name].write(value) for name, value in desired.items()}}
    options = {name: value for name, value in desired.items() if value is not None}
    options |= {"client_id": str(live["id"]), "reset": [name for name, value in desired.items() if value is None]}
    path = f"/client/{live['id']}/client/"
    differing = {name: after[name] for name in desired if live[name] != desired[name]}
    check = executed(RESOURCE, get(path, before), check_mode=True, **options).result
    run = executed(RESOURCE, get(path, before), *([put(path, differing, after)] if differing else []), **options).result
    again = executed(RESOURCE, get(path, after), **options).result
    assert check["changed"] == run["changed"] == bool(differing)
    assert (check["diff"], check["changes"], check["client"]) == (run["diff"], run["changes"], run["client"])
    assert run["diff"]["before"].keys() == desired.keys()
    assert again["changed"] is False
    assert again["client"] == run["client"]


def test_only_differing_fields_are_sent() -> None:
    outcome = executed(
        RESOURCE,
        get(PATH, LIVE),
        put(PATH, {"geo_list": "BY RU"}, {**LIVE, "geo_list": "BY RU"}),
        client_id="801",
        geo_list=["RU", "by"],
        timezone="Europe/Moscow",
    )
    assert outcome.result["changes"] == [
        {
            "resource": "client_settings",
            "address": "settings",
            "action": "update",
            "fields": [{"name": "geo_list", "before": ["RU"], "after": ["BY", "RU"]}],
            "reversible": True,
        }
    ]
    assert outcome.result["client"]["geo_list"] == ["BY", "RU"]
    assert outcome.result["diff"]["before"] == {"geo_list": ["RU"], "timezone": "Europe/Moscow"}


def test_a_zone_that_the_api_stores_under_another_name_is_no_difference() -> None:
    stored = {**LIVE, "timezone": "Europe/Kyiv"}
    options = {"client_id": "801", "timezone": "Europe/Kiev"}
    changed = executed(RESOURCE, get(PATH, LIVE), put(PATH, {"timezone": "Europe/Kiev"}, stored), **options).result
    assert changed["changed"] and changed["client"]["timezone"] == "Europe/Kyiv"
    again = executed(RESOURCE, get(PATH, stored), **options).result
    assert not again["changed"] and again["changes"] == []
    assert again["diff"]["before"] == again["diff"]["after"] == {"timezone": "Europe/Kyiv"}


def test_reset_sends_null() -> None:
    outcome = executed(
        RESOURCE,
        get(PATH, LIVE),
        put(PATH, {"hold_music": None}, {**LIVE, "hold_music": None}),
        client_id="801",
        reset=["hold_music", "dial_rule_id"],
    )
    assert [item["name"] for item in outcome.result["changes"][0]["fields"]] == ["hold_music"]


@pytest.mark.parametrize("answer", [{}, b"", [], {**LIVE, "id": 802}, {**LIVE, "timezone": "UTC"}, b"<html>"])
def test_an_answer_that_does_not_show_the_goal_is_followed_by_reading(answer: Any) -> None:
    after = {**LIVE, "timezone": "Asia/Omsk"}
    outcome = executed(
        RESOURCE,
        get(PATH, LIVE),
        put(PATH, {"timezone": "Asia/Omsk"}, answer),
        get(PATH, after),
        client_id="801",
        timezone="Asia/Omsk",
    )
    assert not outcome.failed
    assert outcome.result["client"]["timezone"] == "Asia/Omsk"


def test_a_field_that_did_not_stick_is_named() -> None:
    outcome = executed(
        RESOURCE,
        get(PATH, LIVE),
        put(PATH, {"hold_music": 6, "timezone": "UTC"}, {**LIVE, "timezone": "UTC"}),
        get(PATH, {**LIVE, "timezone": "UTC"}),
        client_id="801",
        hold_music=6,
        timezone="UTC",
    )
    assert outcome.failed
    assert outcome.result["error"]["kind"] == "not_applied"
    assert "hold_music: 5 -> 6" in outcome.result["msg"]
    assert "timezone" not in outcome.result["msg"]


@pytest.mark.parametrize("applied", [True, False])
def test_a_lost_response_is_settled_by_reading(applied: bool) -> None:
    after = {**LIVE, "timezone": "UTC"}
    outcome = executed(
        RESOURCE,
        get(PATH, LIVE),
        put(PATH, {"timezone": "UTC"}, lost()),
        get(PATH, after if applied else LIVE),
        client_id="801",
        timezone="UTC",
    )
    assert outcome.failed != applied
    assert bool(outcome.warnings) == applied
    assert outcome.result["changed"] is True


def test_a_field_that_the_deployment_lacks() -> None:
    outcome = executed(RESOURCE, get(PATH, LIVE), client_id="801", call_interactive_out_call=True)
    assert outcome.result["error"]["kind"] == "conflict"
    assert "call_interactive_out_call" in outcome.result["msg"]


def test_a_plan_needs_every_managed_field() -> None:
    with pytest.raises(ConflictError, match="timezone"):
        RESOURCE.plan(DesiredSettings(801, {"timezone": None}), Client({"id": 801}))


def test_nothing_managed() -> None:
    outcome = executed(RESOURCE, get("/client/@me/client/", LIVE))
    assert outcome.result["changed"] is False
    assert outcome.result["diff"]["before"] == {}


@pytest.mark.parametrize(
    ("given_options", "option"),
    [
        ({"geo_list": ["RU", "XX"]}, "geo_list[1]"),
        ({"geo_list": ["UK"]}, "geo_list[0]"),
        ({"geo_list": [False]}, "geo_list[0]"),
        ({"geo_list": []}, "geo_list"),
        ({"geo_list": ["RU", "RU"]}, "geo_list"),
        ({"geo_list": ["*", "RU"]}, "geo_list"),
        ({"disk_space_notify_threshold": 101}, "disk_space_notify_threshold"),
        ({"disk_space_notify_threshold": -1}, "disk_space_notify_threshold"),
        ({"timezone": "Europe/Moskow"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"hold_music": 0}, "hold_music"),
        ({"hold_music": -5}, "hold_music"),
        ({"dial_rule_id": -1}, "dial_rule_id"),
        ({"sip_network_permission_id": 0}, "sip_network_permission_id"),
        ({"disk_space_notify_email": "unknown"}, "disk_space_notify_email"),
        ({"call_interactive_url": "example.org"}, "call_interactive_url"),
        ({"call_interactive_timeout": -1}, "call_interactive_timeout"),
        ({"hold_music": 5, "reset": ["hold_music"]}, "reset"),
        ({"client_id": "-801"}, "client_id"),
        ({"client_id": "0"}, "client_id"),
        ({"client_id": "romashka"}, "client_id"),
    ],
)
def test_bad_input_is_refused_before_a_connection(given_options: dict[str, Any], option: str) -> None:
    assert refusal(RESOURCE, **given_options)["msg"].startswith(f"{option}: ")


def test_the_argument_spec_has_every_setting_and_no_default() -> None:
    assert RESOURCE.arguments.keys() == {"client_id", "reset", *CLIENT_SETTINGS}
    options = module_options(RESOURCE)
    assert all(options[name] is None for name in CLIENT_SETTINGS)
