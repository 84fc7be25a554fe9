# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live registrations of one extension: which go, how, and what a return of the device means."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import RegistrationInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import (
    DesiredAbsence,
    ExtensionRegistration,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Exchange, api_of, delete, get, lost
from ansible_collections.ringme.pbx.tests.unit.helpers.options import executed, module_options, refusal
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import registration_infos, wire_extension

RESOURCE = ExtensionRegistration()
PATH = "/extension/7/registration/"
GONE = {"extension_id": 7, "extension": None, "registered": False, "registrations": []}
SELECTORS = st.fixed_dictionaries(
    {"extension_id": st.just(7)},
    optional={
        "device": st.sampled_from(["^Yealink", "snom|Zoiper", "nothing", "^$"]),
        "address": st.sampled_from(
            [["192.0.2.0/24"], ["2001:db8::/32"], ["198.51.100.9"], ["10.0.0.0/8", "192.0.2.7"]]
        ),
        "registration_id": st.just("uloc-1"),
    },
)


def entry(number: int, device: str = "Yealink SIP-T46G", address: str = "192.0.2.7") -> dict[str, Any]:
    """One registration on the wire."""
    return {
        "registration_id": f"uloc-{number}", "device": device, "real_address": f"sip:{address}:5060",
        "contact_address": "sip:000*7@10.0.0.5:5062", "expires": 600 + number,
    }  # fmt: skip


def info(*entries: dict[str, Any], registered: bool | None = None) -> dict[str, Any]:
    """A RegInfo on the wire; live when it has entries."""
    return {
        "extension_id": 7,
        "registered": bool(entries) if registered is None else registered,
        "registrations": list(entries),
    }


def desired_of(**given_options: Any) -> DesiredAbsence:
    """The desired state of a task; no option has a number, so no request is sent."""
    return RESOURCE.resolve(api_of()[0], RESOURCE.parse(module_options(RESOURCE, **given_options)))


@given(given_options=SELECTORS, observed=registration_infos(7))
def test_plan_and_prediction(given_options: dict[str, Any], observed: RegistrationInfo) -> None:
    desired = desired_of(**given_options)
    plan = RESOURCE.plan(desired, observed)
    going = [found for found in observed.live if desired.matches(found)]
    assert bool(plan) == bool(going)
    assert len(plan.changes) == (len(going) if desired.selective else min(1, len(going)))
    target = plan.predicted
    assert not RESOURCE.plan(desired, target)
    assert not RESOURCE.remaining(desired, plan, target)
    assert [found for found in target.live if not desired.matches(found)] == [
        found for found in observed.live if not desired.matches(found)
    ]
    shown = str(plan.as_list()) + str(RESOURCE.managed(desired, observed))
    assert not any(found.registration_id in shown for found in observed.registrations)
    assert "expires" not in shown


@given(observed=registration_infos(7))
def test_expired_registrations_are_nothing_to_do(observed: RegistrationInfo) -> None:
    expired = RegistrationInfo(7, False, observed.registrations)
    desired = desired_of(extension_id=7)
    plan = RESOURCE.plan(desired, expired)
    assert not plan and plan.predicted == expired
    assert RESOURCE.shown(desired, expired) == GONE


def test_all_go_in_one_request() -> None:
    outcome = executed(RESOURCE, get(PATH, info(entry(1), entry(2))), delete(PATH), get(PATH, info()), extension_id=7)
    result = outcome.result
    assert (result["changed"], result["requests"]["DELETE"], len(result["changes"])) == (True, 1, 1)
    assert result["changes"][0]["reversible"] is False
    assert result["registration"] == GONE
    assert (result["changes"][0]["extension_id"], result["changes"][0]["extension"]) == (7, None)
    assert result["changes"][0]["address"] == "registration/7"


@pytest.mark.parametrize(
    "selector",
    [
        {"device": "^Zoiper"},
        {"address": ["198.51.100.0/24"]},
        {"registration_id": "uloc-2"},
        {"device": "Z", "address": ["198.51.100.9"]},
    ],
)
def test_selected_ones_go_one_by_one(selector: dict[str, Any]) -> None:
    both = info(entry(1), entry(2, "Zoiper", "198.51.100.9"))
    outcome = executed(
        RESOURCE, get(PATH, both), delete(f"{PATH}uloc-2"), get(PATH, info(entry(1))), extension_id=7, **selector
    )
    assert not outcome.failed
    assert [found["registration_id"] for found in outcome.result["registration"]["registrations"]] == ["uloc-1"]
    assert outcome.result["diff"]["before"]["registrations"][0]["device"] == "Zoiper"
    assert outcome.result["diff"]["after"] == {"registrations": []}


@pytest.mark.parametrize("selector", [{}, {"device": "x"}, {"address": ["10.0.0.0/8"]}])
def test_nothing_to_do(selector: dict[str, Any]) -> None:
    live = info(entry(1)) if selector else info(entry(1), registered=False)
    for check_mode in (True, False):
        assert (
            executed(RESOURCE, get(PATH, live), check_mode=check_mode, extension_id=7, **selector).result["changed"]
            is False
        )


def test_check_mode() -> None:
    outcome = executed(RESOURCE, get(PATH, info(entry(1))), check_mode=True, extension_id=7)
    assert outcome.result["changed"] is True
    assert outcome.result["registration"]["registrations"] == []


def test_removed_meanwhile() -> None:
    missing = delete(f"{PATH}uloc-1", {"message": "Not found"}, 404)
    assert not executed(
        RESOURCE, get(PATH, info(entry(1))), missing, get(PATH, info()), extension_id=7, device="Yealink"
    ).failed
    missing = delete(PATH, {"message": "Not found"}, 404)
    assert not executed(RESOURCE, get(PATH, info(entry(1))), missing, get(PATH, info()), extension_id=7).failed


def test_a_device_that_registers_again_is_a_warning() -> None:
    outcome = executed(RESOURCE, get(PATH, info(entry(1))), delete(PATH), get(PATH, info(entry(9))), extension_id=7)
    assert not outcome.failed
    assert "has registered again" in outcome.warnings[0]
    assert outcome.result["changed"] is True


def test_a_registration_that_stays_is_a_failure() -> None:
    outcome = executed(RESOURCE, get(PATH, info(entry(1))), delete(PATH), get(PATH, info(entry(1))), extension_id=7)
    assert outcome.failed
    assert outcome.result["error"]["kind"] == "not_applied"
    assert not outcome.warnings


def listing(*numbers: int) -> list[Exchange]:
    """The requests for the client's list: ids, and the numbers 100 more."""
    path, size = "/client/@me/extension/", ("per_page", "100")
    found = [wire_extension(number, f"000*{100 + number}") for number in numbers]
    return [get(path, found, query=[("page", "1"), size]), get(path, [], query=[("page", "2"), size])]


class TestByNumber:
    """The same as by id, with the number in every result and message."""

    @pytest.mark.parametrize("check_mode", [True, False])
    @pytest.mark.parametrize("selector", [{}, {"device": "^Yealink"}], ids=["all", "one"])
    def test_results(self, check_mode: bool, selector: dict[str, Any]) -> None:
        path = f"{PATH}uloc-1" if selector else PATH
        writes = [] if check_mode else [delete(path), get(PATH, info())]
        exchanges = [*listing(5, 7), get(PATH, info(entry(1))), *writes]
        result = executed(RESOURCE, *exchanges, check_mode=check_mode, extension="000*107", **selector).result
        assert result["registration"] == {**GONE, "extension": "107"}
        (change,) = result["changes"]
        assert (change["address"], change["extension_id"], change["extension"]) == ("registration/107", 7, "107")
        assert result["diff"]["before_header"] == "registration/107"
        assert result["requests"]["GET"] == (3 if check_mode else 4)

    def test_a_device_that_returns_is_named_by_number(self) -> None:
        exchanges = [*listing(7), get(PATH, info(entry(1))), delete(PATH), get(PATH, info(entry(9)))]
        assert executed(RESOURCE, *exchanges, extension="107").warnings[0].startswith("extension 107 (id 7): ")

    def test_unknown(self) -> None:
        outcome = executed(RESOURCE, *listing(7, 1), extension="170")
        assert outcome.result["error"]["kind"] == "not_found"
        assert outcome.result["msg"] == (
            "client @me: extension: no extension 170; did you mean 107? Check the number and client_id."
        )
        assert not outcome.result["changed"]

    @pytest.mark.parametrize("number", ["+107", "7", "107.0", "١٠٧", "", True])
    def test_no_number(self, number: Any) -> None:
        assert refusal(RESOURCE, extension=number)["msg"].startswith("extension: ")


@pytest.mark.parametrize("applied", [True, False])
def test_a_lost_response_is_settled_by_reading(applied: bool) -> None:
    after = info() if applied else info(entry(1))
    exchanges = [get(PATH, info(entry(1))), delete(PATH, lost("DELETE")), get(PATH, after)]
    outcome = executed(RESOURCE, *exchanges, *([get(PATH, after)] if applied else []), extension_id=7)
    assert outcome.failed != applied
    assert outcome.result["changed"] is True


@pytest.mark.parametrize(
    ("given_options", "option"),
    [
        ({"extension_id": 0}, "extension_id"),
        ({"extension_id": -7}, "extension_id"),
        ({"registration_id": " "}, "registration_id[0]"),
        ({"address": []}, "address"),
        ({"address": ["192.0.2.0/33"]}, "address[0]"),
        ({"address": ["192.0.2.1", "192.0.2.7/24"]}, "address[1]"),
        ({"device": ""}, "device"),
        ({"device": "["}, "device"),
        ({"device": "*"}, "device"),
    ],
)
def test_bad_input_is_refused_before_a_connection(given_options: dict[str, Any], option: str) -> None:
    assert refusal(RESOURCE, **{"extension_id": 7, **given_options})["msg"].startswith(f"{option}: ")


@given(pattern=st.text(min_size=1, max_size=8))
def test_any_text_is_an_expression_or_an_option_error(pattern: str) -> None:
    options = module_options(RESOURCE, extension_id=7, device=pattern)
    try:
        device = RESOURCE.parse(options).selectors.device
        assert device is not None and device.pattern == re.compile(pattern)
    except OptionError as error:
        assert error.option == "device"
        assert error.details.hint
