# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The causes of differences over several runs, from the values of the ledger."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    SCANNER,
    Nights,
    bundles,
    failed,
    host,
    outcome,
    registrations,
    settings,
    side_effect,
)

RU, BY, ANY = {"geo_list": ["RU"]}, {"geo_list": ["BY"]}, {"geo_list": ["*"]}
GEO = "settings geo_list"
IN_STEP = {"settings": settings(RU), "bundles": bundles({"101": ["201"]})}


def _in_step() -> Nights:
    nights = Nights()
    assert nights.causes(host(**IN_STEP)) == {}
    return nights


def test_nothing_is_known() -> None:
    nights = Nights()
    drifted = host(settings=settings(RU, ANY), bundles=bundles({"101": ["201"]}, {"102": ["202"]}))
    expected = dict.fromkeys([GEO, "bundle/101 members", "bundle/102 members"], "unknown")
    for _night in range(3):  # the cause stays unknown
        assert nights.causes(drifted) == expected
    assert nights.causes(host(**IN_STEP)) == {}
    assert nights.causes(drifted)[GEO] == "out_of_band"


def test_a_change_at_the_pbx_is_out_of_band() -> None:
    nights = _in_step()
    drifted = host(settings=settings(RU, ANY), bundles=bundles({"101": ["201"]}, {"101": ["201", "301"]}))
    for _night in range(3):
        assert nights.causes(drifted) == {GEO: "out_of_band", "bundle/101 members": "out_of_band"}


def test_the_file_has_changed() -> None:
    nights = _in_step()
    waiting = host(settings=settings(BY, RU), bundles=bundles({"101": ["201", "301"]}, {"101": ["201"]}))
    for _night in range(3):
        assert nights.causes(waiting) == {GEO: "pending", "bundle/101 members": "pending"}


def test_both_have_changed() -> None:
    nights = _in_step()
    for _night in range(3):
        assert nights.causes(host(settings=settings(BY, ANY))) == {GEO: "conflict"}


def test_the_order_of_lists_is_not_a_change() -> None:
    nights = Nights()
    nights.causes(host(settings=settings({"geo_list": ["BY", "RU"]}), bundles=bundles({"101": ["201", "301"]})))
    drifted = host(
        settings=settings({"geo_list": ["RU", "BY"]}, ANY), bundles=bundles({"101": ["301", "201"]}, {"101": ["201"]})
    )
    assert nights.causes(drifted) == {GEO: "out_of_band", "bundle/101 members": "out_of_band"}


def test_applied_values_are_agreed() -> None:
    nights = Nights()
    applied = bundles({"101": ["201"]}, {}, outcomes=[outcome("bundle/101")])
    nights.causes(host(settings=settings(RU, ANY), bundles=applied, written=True))
    drifted = host(settings=settings(RU, ANY), bundles=bundles({"101": ["201"]}, {}))
    assert nights.causes(drifted) == {GEO: "out_of_band", "bundle/101 members": "out_of_band"}


def test_exported_values_are_agreed() -> None:
    nights = _in_step()
    assert nights.causes(host(settings=settings(RU, ANY))) == {GEO: "out_of_band"}
    assert nights.causes(host(settings=settings(ANY))) == {}  # the live value is in the file now
    assert nights.causes(host(settings=settings(ANY, RU))) == {GEO: "out_of_band"}


def test_a_new_value_in_the_file_is_pending() -> None:
    nights = _in_step()
    wanted = {"101": ["201"], "102": ["202"]}
    fresh = host(
        settings=settings({**RU, "timezone": "UTC"}, {"timezone": "Asia/Omsk"}),
        bundles=bundles(wanted, {"101": ["201"]}),
    )
    for _night in range(3):
        assert nights.causes(fresh) == {"settings timezone": "pending", "bundle/102 members": "pending"}


def test_a_value_only_at_the_pbx_is_out_of_band() -> None:
    nights = _in_step()
    foreign = host(bundles=bundles({"101": ["201"]}, {"101": ["201"], "109": ["209"]}))
    for _night in range(3):
        assert nights.causes(foreign) == {"bundle/109 members": "out_of_band"}


def test_a_value_removed_from_the_file() -> None:
    nights = _in_step()
    for _night in range(3):
        assert nights.causes(host(bundles=bundles({}, {"101": ["201"]}))) == {"bundle/101 members": "pending"}
    assert nights.causes(host(bundles=bundles({}, {"101": ["209"]}))) == {"bundle/101 members": "conflict"}


def test_a_removed_object_that_is_back() -> None:
    nights = _in_step()
    nights.causes(host(bundles=bundles({}, {"101": ["201"]}, outcomes=[outcome("bundle/101")]), written=True))
    assert nights.causes(host(bundles=bundles({}, {"101": ["201"]}))) == {"bundle/101 members": "out_of_band"}


def test_side_effects_and_registrations_have_their_cause_in_themselves() -> None:
    nights = _in_step()
    effects = [side_effect("301", "hold_music", 1, 2, "bundle/101")]
    given = bundles({"101": ["201", "301"]}, {"101": ["201"]}, side_effects=effects)
    found = nights.causes(host(bundles=given, registrations=registrations({"205": [SCANNER]})))
    assert found == {
        "bundle/101 members": "pending",
        "phone/301 hold_music": "side_effect",
        "registration/205 registrations": "out_of_band",
    }


def test_another_client_under_the_same_name() -> None:
    nights = _in_step()
    drifted = {"settings": settings(RU, ANY)}
    assert nights.causes(host(client_id="802", **drifted)) == {GEO: "unknown"}
    assert nights.causes(host(client_id="801", **drifted)) == {GEO: "unknown"}


def test_a_part_that_the_ledger_has_not() -> None:
    nights = Nights()
    nights.causes(host(settings=settings(RU)))
    drifted = host(settings=settings(RU, ANY), bundles=bundles({"101": ["201"]}, {}))
    assert nights.causes(drifted) == {GEO: "out_of_band", "bundle/101 members": "unknown"}


@pytest.mark.parametrize("given", [None, failed("connection"), {"skipped": True}, {"stdout": "x"}])
def test_parts_that_were_not_compared_stay_agreed(given: Any) -> None:
    nights = _in_step()
    nights.run(host(settings=given, bundles=given))
    nights.run()
    drifted = host(settings=settings(RU, ANY), bundles=bundles({"101": ["201"]}, {}))
    assert set(nights.causes(drifted).values()) == {"out_of_band"}


def test_an_unknown_cause_stays_until_it_is_compared() -> None:
    nights = Nights()
    drifted = {"settings": settings(RU, ANY)}
    assert nights.causes(host(**drifted, bundles=bundles({}))) == {GEO: "unknown"}
    nights.run(host(settings=None, bundles=bundles({})))
    assert nights.causes(host(**drifted)) == {GEO: "unknown"}


@pytest.mark.parametrize("kind", ["some_failed", "partial"])
def test_a_partial_failure(kind: str) -> None:
    nights = Nights()
    live = {"101": ["201"], "103": ["203"]}
    nights.causes(host(bundles=bundles(live)))
    wanted = {"101": ["201", "301"], "102": ["202"], "103": ["203", "303"]}
    outcomes = [outcome("bundle/101"), outcome("bundle/102", "failed", "no"), outcome("bundle/103", "not_reached")]
    half = host(bundles=failed(kind, bundles(wanted, live, outcomes=outcomes)), written=True)
    assert nights.causes(half)["bundle/101 members"] == "pending"
    assert nights.causes(host(bundles=bundles(wanted, live))) == {
        "bundle/101 members": "out_of_band",  # it was applied and read back, and is as before again
        "bundle/102 members": "pending",
        "bundle/103 members": "pending",
    }


def test_a_plan_in_check_mode_is_not_agreed() -> None:
    nights = Nights()
    assert nights.causes(host(settings=settings(RU, ANY), bundles=bundles({"101": ["201"]}, {})), mode="plan")
    assert nights.built is not None
    assert nights.built.ledger["clients"]["romashka"] == {
        "client_id": "801",
        "agreed": {"settings": {}, "bundles": {}},
        "unknown": {"bundle/101": ["members"], "settings": ["geo_list"]},
    }
