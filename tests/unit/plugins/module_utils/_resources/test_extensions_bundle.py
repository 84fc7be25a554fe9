# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bundle, against a PBX that does each of the things that are not documented."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import Names
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Bundle
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle import (
    DesiredBundle,
    ExtensionsBundle,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, api_of, lost
from ansible_collections.ringme.pbx.tests.unit.helpers.options import module_options, refusal
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx, run

RESOURCE = ExtensionsBundle()
MEMBERS = st.sets(st.integers(2, 7), max_size=6)
SWITCHES = st.fixed_dictionaries({name: st.booleans() for name in ("adds", "hides", "mute", "echoes", "strict")})


def options_for(target: set[int], **more: Any) -> dict[str, Any]:
    """The options that ask for these members."""
    return {"bundle_list": sorted(target, reverse=True), **more} if target else {"state": "absent"}


def desired_of(**given_options: Any) -> DesiredBundle:
    """The desired state of a task; no option has a number, so no request is sent."""
    return RESOURCE.resolve(api_of()[0], RESOURCE.parse(module_options(RESOURCE, **given_options)))


@given(before=MEMBERS, target=MEMBERS, append=st.booleans())
def test_plan_and_prediction(before: set[int], target: set[int], append: bool) -> None:
    desired = desired_of(extension_id=1, **options_for(target, append=append))
    observed = Bundle(1, tuple(sorted(before)))
    expected = before | target if append and target else target
    plan = RESOURCE.plan(desired, observed)
    predicted = plan.predicted
    assert set(predicted.bundle_list) == expected
    assert bool(plan) == (expected != before)
    assert not RESOURCE.plan(desired, predicted)
    assert not RESOURCE.remaining(desired, plan, predicted)
    for change in plan:
        assert change.action == ("delete" if not expected else "update" if before else "create")
        assert change.reversible == (not expected - before)


@given(before=MEMBERS, target=MEMBERS, append=st.booleans(), switches=SWITCHES)
def test_check_run_and_run_again(before: set[int], target: set[int], append: bool, switches: dict[str, bool]) -> None:
    """Whatever the API turns out to do, the bundle ends as desired, as check mode has shown."""
    pbx = Pbx({1: set(before)} if before else {}, **switches)  # type: ignore[arg-type]
    options = options_for(target, append=append)
    expected = before | target if append and target else target
    check = run(pbx, check_mode=True, **options).result
    assert not pbx.writes
    outcome = run(pbx, **options)
    assert not outcome.failed, outcome.result
    assert pbx.bundles.get(1, set()) == expected
    assert outcome.result["changed"] == check["changed"] == (before != expected)
    for key in ("bundle", "changes", "diff", "side_effects"):
        assert outcome.result[key] == check[key]
    assert outcome.result["bundle"]["bundle_list"] == sorted(expected)
    written = len(pbx.writes)
    again = run(pbx, **options)
    assert again.result["changed"] is False
    assert len(pbx.writes) == written


@given(
    before=MEMBERS,
    target=MEMBERS,
    switches=SWITCHES,
    bad=st.integers(1, 12),
    kind=st.sampled_from(["lost", "lost late", "500", "400"]),
    times=st.integers(1, 3),
)
def test_a_fault_anywhere_leaves_old_or_new_or_says_so(
    before: set[int], target: set[int], switches: dict[str, bool], bad: int, kind: str, times: int
) -> None:
    def fault(method: str, number: int, count: int) -> Any:
        if not bad <= count < bad + times:
            return None
        return lost(method) if kind.startswith("lost") else (int(kind), {"message": "no"})

    live = {1: set(before)} if before else {}
    pbx = Pbx(live, fault=fault, late_faults=kind == "lost late", **switches)  # type: ignore[arg-type]
    outcome = run(pbx, **options_for(target))
    after = pbx.bundles.get(1, set())
    if not outcome.failed:
        assert after == target
        return
    assert outcome.result["error"]["hint"]
    if after not in (before, target) and kind != "400":
        assert outcome.result["changed"] is True
        assert outcome.result["error"]["kind"] in ("partial", "answer_lost", "server", "not_applied")
    if not pbx.writes:
        assert outcome.result["changed"] is False


class TestRequests:
    """How few requests do."""

    def test_equal(self) -> None:
        pbx = Pbx({1: {2, 3}})
        assert run(pbx, bundle_list=[3, 2]).result["changed"] is False
        assert pbx.journal == ["GET extensions_bundle/1"]

    def test_growing_without_report_is_one_post(self) -> None:
        pbx = Pbx({1: {2}})
        run(pbx, bundle_list=[2, 3], side_effects="ignore")
        assert pbx.writes == ["POST extensions_bundle/1"]
        assert pbx.journal[-2:] == ["GET extensions_bundle/1", "POST extensions_bundle/1"]

    def test_shrinking_where_post_replaces(self) -> None:
        pbx = Pbx({1: {2, 3}})
        run(pbx, bundle_list=[2])
        assert pbx.writes == ["POST extensions_bundle/1"]

    def test_shrinking_where_post_adds(self) -> None:
        pbx = Pbx({1: {2, 3}}, adds=True, echoes=True)
        run(pbx, bundle_list=[2])
        assert pbx.bundles == {1: {2}}
        assert pbx.writes == ["POST extensions_bundle/1", "DELETE extensions_bundle/1", "POST extensions_bundle/1"]

    def test_absent(self) -> None:
        pbx = Pbx({1: {2, 3}})
        result = run(pbx, state="absent").result
        get, delete = "GET extensions_bundle/1", "DELETE extensions_bundle/1"
        assert pbx.journal == [get, get, delete, get]
        assert result["bundle"] == {
            "extension_id": 1, "extension": None, "bundle_list": [], "members": None, "state": "absent",
        }  # fmt: skip
        assert result["side_effects"] == []


class TestSideEffects:
    """Values that a new member loses for good."""

    PHONES: dict[int, dict[str, Any]] = {
        1: {"geo_list": "RU BY", "conference_pin": f"{SECRET}1", "record_enabled": True, "hold_music": None},
        2: {"geo_list": "BY RU", "conference_pin": SECRET, "record_enabled": False, "hold_music": 5},
        3: {"geo_list": "DE", "conference_pin": None},
    }

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_every_value_is_listed(self, check_mode: bool) -> None:
        outcome = run(Pbx(phones=self.PHONES), check_mode=check_mode, bundle_list=[2])
        assert outcome.result["side_effects"] == [
            {"extension_id": 2, "extension": "102", "field": name, "before": before, "after": after, "widening": widens,
             "caused_by": "bundle/1"}
            for name, before, after, widens in [
                ("conference_pin", "********", "********", True),
                ("hold_music", 5, None, False),
                ("record_enabled", False, True, True),
            ]
        ]  # fmt: skip
        assert outcome.result["blocked"] == []
        assert SECRET not in str(outcome)

    def test_only_new_members_lose(self) -> None:
        outcome = run(Pbx({1: {2}}, phones=self.PHONES), bundle_list=[2, 3])
        assert {loss["extension_id"] for loss in outcome.result["side_effects"]} == {3}
        assert ("geo_list", ["DE"], ["BY", "RU"]) in [
            (loss["field"], loss["before"], loss["after"]) for loss in outcome.result["side_effects"]
        ]

    @pytest.mark.parametrize(
        "options", [{"bundle_list": [2]}, {"state": "absent"}, {"bundle_list": [3], "side_effects": "ignore"}]
    )
    def test_nothing_is_read_if_no_member_joins_or_for_ignore(self, options: dict[str, Any]) -> None:
        pbx = Pbx({1: {2, 4}}, phones=self.PHONES)
        assert run(pbx, **options).result["side_effects"] == []
        assert not [line for line in pbx.journal if "phone" in line]


@pytest.mark.parametrize(
    ("given_options", "option"),
    [
        ({"bundle_list": [2, 2]}, "bundle_list"),
        ({"bundle_list": [1, 2]}, "bundle_list"),
        ({"bundle_list": [0]}, "bundle_list[0]"),
        ({"bundle_list": [2, -3]}, "bundle_list[1]"),
        ({"bundle_list": []}, "bundle_list"),
        ({"bundle_list": [2], "state": "absent"}, "bundle_list"),
        ({"bundle_list": [2], "extension_id": 0}, "extension_id"),
        ({"bundle_list": [2], "extension_id": -1}, "extension_id"),
        ({"bundle_list": [2], "client_id": "-1"}, "client_id"),
    ],
)
def test_bad_input_is_refused_before_a_connection(given_options: dict[str, Any], option: str) -> None:
    assert refusal(RESOURCE, **{"extension_id": 1, **given_options})["msg"].startswith(f"{option}: ")


@given(
    main=st.integers(-1, 9),
    members=st.lists(st.integers(-1, 9), max_size=5),
    state=st.sampled_from(["present", "absent"]),
)
def test_any_ids_are_a_bundle_or_an_option_error(main: int, members: list[int], state: str) -> None:
    good = main > 0 and min(members, default=1) > 0 and len(set(members)) == len(members) and main not in members
    if good and bool(members) == (state == "present"):
        desired = desired_of(extension_id=main, bundle_list=members, state=state)
        assert desired.members == set(members)
        assert desired.names == Names()
    else:
        assert refusal(RESOURCE, extension_id=main, bundle_list=members, state=state)["error"]["kind"] == "options"
