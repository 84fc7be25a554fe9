# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stable ids: the same difference, and only that, has the same id in every report."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.items import digest, items_of_host
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host, Part
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    SCANNER,
    built,
    bundles,
    change,
    finding,
    host,
    only,
    outcome,
    registrations,
    result,
    settings,
    side_effect,
)

EFFECTS = [side_effect("201", "hold_music", 1, 2, "bundle/101")]
RESULTS = {
    "settings": settings({"geo_list": ["RU"]}, {"geo_list": ["*"]}),
    "bundles": bundles({"101": ["201"], "102": ["202"]}, {"102": ["203"]}, side_effects=EFFECTS),
    "registrations": registrations({"205": [SCANNER]}, findings=[finding()]),
}


def _ids(given: Host, name: str = "id") -> list[str]:
    return [item[name] for items in items_of_host(given) for item in items]


@given(st.permutations(list(RESULTS)))
def test_the_order_of_the_parts_says_nothing(order: list[str]) -> None:
    shuffled = host(**{name: RESULTS[name] for name in order})
    assert sorted(_ids(shuffled)) == sorted(_ids(host(**RESULTS)))
    assert only(built(shuffled).report)["plan_id"] == only(built(host(**RESULTS)).report)["plan_id"]


@given(st.integers(1, 65535), st.text(max_size=10))
def test_a_device_that_registers_again(port: int, contact: str) -> None:
    again = {"device": "friendly-scanner", "real_address": f"sip:203.0.113.77:{port}", "contact_address": contact}
    one, other = (
        host(registrations=registrations({"205": [SCANNER]})),
        host(registrations=registrations({"205": [again]})),
    )
    assert _ids(one) == _ids(other)
    assert only(built(one).report)["plan_id"] == only(built(other).report)["plan_id"]


def test_another_device() -> None:
    ids = set()
    for entry in (
        SCANNER,
        {**SCANNER, "device": "x"},
        {**SCANNER, "real_address": "sip:203.0.113.78"},
        "x",
        {"real_address": "?"},
    ):
        ids.update(
            _ids(
                host(
                    registrations=registrations(
                        {"205": []},
                        changes=[
                            {
                                **registrations({"205": [SCANNER]})["changes"][0],
                                "fields": [{"name": "registrations", "before": [entry], "after": []}],
                            }
                        ],
                    )
                ),
                "object_id",
            )
        )
    assert len(ids) == 5


def test_two_phones_that_look_alike() -> None:
    other = {**SCANNER, "real_address": "sip:203.0.113.77:5999"}
    found = items_of_host(host(registrations=registrations({"205": [SCANNER, other]})))[0]
    assert len({item["id"] for item in found}) == len({item["object_id"] for item in found}) == 2
    assert found[0]["id"] == _ids(host(registrations=registrations({"205": [other]})))[0]


def test_another_value() -> None:
    one = host(settings=settings({"geo_list": ["RU"]}, {"geo_list": ["*"]}))
    for other in (
        settings({"geo_list": ["RU"]}, {"geo_list": ["BY"]}),
        settings({"geo_list": ["BY"]}, {"geo_list": ["*"]}),
    ):
        assert _ids(one) != _ids(host(settings=other))
        assert _ids(one, "object_id") == _ids(host(settings=other), "object_id")


def test_another_client() -> None:
    assert not set(_ids(host("a", **RESULTS))) & set(_ids(host("b", **RESULTS)))
    assert not set(_ids(host("a", **RESULTS), "object_id")) & set(_ids(host("b", **RESULTS), "object_id"))


def test_a_change_in_plan_and_apply_is_listed_once() -> None:
    planned = Part("client_bundles", bundles({"101": ["201"]}, {}))
    done = Part("client_bundles", bundles({"101": ["201"]}, {}, outcomes=[outcome("bundle/101")]), written=True)
    (found,) = items_of_host(Host("a", parts=(planned, done)))[0]
    assert found["result"]["status"] == "verified"


def test_side_effects_have_a_cause_that_is_there() -> None:
    changes = items_of_host(host(**RESULTS))[0]
    (effect,) = [item for item in changes if item["cause"] == "side_effect"]
    assert [item["address"] for item in changes if item["id"] == effect["caused_by"]] == ["bundle/101"]


@given(st.recursive(st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner)))
def test_digest(data: Any) -> None:
    assert digest(data) == digest(data)
    assert len(digest(data, "\ud800")) == 64


def test_the_order_of_keys_is_not_part_of_an_id() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_registrations_of_an_unknown_form_have_ids_of_their_own() -> None:
    both = change("client_registrations", "registration/205", {"registrations": (["one", "other"], [])}, "delete")
    found = items_of_host(Host("a", parts=(Part("client_registrations", result([both])),)))[0]
    assert len({item["object_id"] for item in found}) == 2
    assert found == items_of_host(Host("a", parts=(Part("client_registrations", result([both])),)))[0]
    single = change("client_registrations", "registration/205", {"registrations": (["other"], [])}, "delete")
    (alone,) = items_of_host(Host("a", parts=(Part("client_registrations", result([single])),)))[0]
    assert alone["object_id"] == found[1]["object_id"]
