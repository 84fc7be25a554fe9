# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bundle by number: the same as by id, with numbers in every result and message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle import ExtensionsBundle
from ansible_collections.ringme.pbx.tests.unit.helpers.options import refusal
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx, run

RESOURCE = ExtensionsBundle()
LIST = ["GET extension/, page 1", "GET extension/, page 2"]
MEMBERS = st.sets(st.integers(2, 7), min_size=1, max_size=5)
SWITCHES = st.fixed_dictionaries({name: st.booleans() for name in ("adds", "hides", "mute", "echoes", "strict")})


def spelt(extension_id: int, form: int) -> str:
    """A number in one of its forms."""
    number = f"10{extension_id}"
    return [number, f"000*{number}", f"9*000*{number}", f"{number}@SIP.example.net"][form]


@given(
    before=MEMBERS | st.just(set()),
    target=MEMBERS,
    append=st.booleans(),
    switches=SWITCHES,
    forms=st.lists(st.integers(0, 3), min_size=8, max_size=8),
    mixed=st.sampled_from(["main", "members", "both"]),
)
def test_by_number_and_by_id_it_is_the_same(
    before: set[int], target: set[int], append: bool, switches: dict[str, bool], forms: list[int], mixed: str
) -> None:
    by_id: dict[str, Any] = {"bundle_list": sorted(target), "append": append}
    by_number = dict(by_id)
    if mixed != "members":
        by_number["extension"] = spelt(1, forms[1])
    if mixed != "main":
        by_number["members"] = [spelt(number, forms[number]) for number in by_number.pop("bundle_list")]
    one, other = (Pbx({1: set(before)} if before else {}, **switches) for dummy in range(2))  # type: ignore[arg-type]
    plain, check = run(one, **by_id).result, run(other, check_mode=True, **by_number).result
    assert not other.writes
    found = run(other, **by_number).result
    assert other.bundles == one.bundles
    assert other.writes == one.writes
    joins = bool(target - before)
    assert other.lists == 2
    assert one.lists == joins  # who is free is found out before a write
    for key in ("changed", "bundle", "changes", "diff", "side_effects", "blocked"):
        assert check[key] == found[key]
    assert found["changed"] == plain["changed"]
    expected = sorted(before | target if append else target)
    assert found["bundle"] == {
        "extension_id": 1, "extension": "101", "bundle_list": expected,
        "members": [f"10{number}" for number in expected], "state": "present",
    }  # fmt: skip
    assert plain["bundle"] == {**found["bundle"], "extension": None, "members": None}
    for change in found["changes"]:
        assert (change["address"], change["extension_id"], change["extension"]) == ("bundle/101", 1, "101")
        assert [item["name"] for item in change["fields"]] == ["bundle_list", "members"]
    for change in plain["changes"]:
        assert (change["address"], change["extension_id"], change["extension"]) == ("bundle/1", 1, None)
    assert [{**effect, "caused_by": "bundle/1"} for effect in found["side_effects"]] == plain["side_effects"]


class TestRequests:
    """How few requests do."""

    def test_equal(self) -> None:
        pbx = Pbx({1: {2, 3}})
        assert run(pbx, extension="101", members=["103", "102"]).result["changed"] is False
        assert pbx.journal == [*LIST, "GET extensions_bundle/1"]

    def test_absent_by_number(self) -> None:
        pbx = Pbx({1: {2, 3}})
        result = run(pbx, extension="101", state="absent").result
        assert pbx.writes == ["DELETE extensions_bundle/1"]
        assert result["bundle"] == {
            "extension_id": 1, "extension": "101", "bundle_list": [], "members": [], "state": "absent",
        }  # fmt: skip

    def test_an_extension_in_the_list_is_not_read_again(self) -> None:
        whole = {number: {"dial_rule_id": None, "dial_rule_limit": number} for number in range(1, 9)}
        pbx = Pbx(values=whole)
        outcome = run(pbx, check_mode=True, extension="101", members=["102"])
        assert pbx.journal == [
            *LIST, *(f"GET extensions_bundle/{number}" for number in range(1, 8)), "GET phone/1", "GET phone/2",
        ]  # fmt: skip
        assert [(effect["field"], effect["before"], effect["after"]) for effect in outcome.result["side_effects"]] == [
            ("dial_rule_limit", 2, 1)
        ]

    def test_what_the_list_leaves_out_is_read(self) -> None:
        pbx = Pbx()
        run(pbx, check_mode=True, extension="101", members=["102"])
        assert [line for line in pbx.journal if line.startswith("GET extension/") and line not in LIST] == [
            "GET extension/1", "GET extension/2",
        ]  # fmt: skip


class TestDiff:
    """Members and side effects."""

    PBX: dict[str, Any] = {
        "values": {1: {"status": "active"}, 2: {"status": "blocked"}},
        "phones": {1: {"hold_music": 5}, 2: {"hold_music": 6}},
    }

    def test_the_side_effects_are_a_section_of_their_own(self) -> None:
        diff = run(Pbx({1: {3}}, **self.PBX), extension="101", members=["102", "103"]).result["diff"]
        assert diff["before_header"] == diff["after_header"] == "client @me bundle/101"
        assert diff["before"] == {
            "bundle_list": [3], "members": ["103"], "side_effects": {"102": {"hold_music": 6, "status": "blocked"}},
        }  # fmt: skip
        assert diff["after"] == {
            "bundle_list": [2, 3], "members": ["102", "103"],
            "side_effects": {"102": {"hold_music": 5, "status": "active"}},
        }  # fmt: skip

    def test_by_id_they_are_named_by_number_all_the_same(self) -> None:
        diff = run(Pbx(**self.PBX), bundle_list=[2]).result["diff"]
        assert diff["before"] == {"bundle_list": [], "side_effects": {"102": {"hold_music": 6, "status": "blocked"}}}

    @pytest.mark.parametrize("options", [{"members": ["103"]}, {"members": ["102"], "side_effects": "ignore"}], ids=str)
    def test_without_side_effects_there_is_no_section(self, options: dict[str, Any]) -> None:
        diff = run(Pbx({1: {3, 4}}, **self.PBX), check_mode=True, extension="101", **options).result["diff"]
        assert diff["before"].keys() == diff["after"].keys() == {"bundle_list", "members"}


class TestWidening:
    """Joining extends permissions."""

    WIDENING: dict[str, Any] = {"values": {2: {"status": "blocked"}, 3: {"status": "blocked"}}}
    FAILING: dict[str, Any] = {"extension": "101", "members": ["102", "103", "104"], "side_effects": "fail_on_widening"}
    BLOCKED = [{"rule": "widening", "actual": 2, "limit": 0, "override": 'allow_widening: ["102", "103"]'}]

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_it_fails_with_the_whole_plan(self, check_mode: bool) -> None:
        pbx = Pbx(**self.WIDENING)
        outcome = run(pbx, check_mode=check_mode, **self.FAILING)
        assert outcome.failed
        assert not pbx.writes
        result = outcome.result
        assert (result["error"]["kind"], result["changed"]) == ("blocked", False)
        assert result["msg"] == (
            "joining a bundle would extend the permissions of extensions (BND-001): 102 status: 'blocked' -> 'active'; "
            "103 status: 'blocked' -> 'active'. Nothing was changed. The plan: create bundle/101 (bundle_list: [] -> "
            "[2, 3, 4], members: [] -> ['102', '103', '104']). Review the plan. To apply it anyway, run once with "
            'allow_widening: ["102", "103"].'
        )
        assert result["blocked"] == self.BLOCKED
        assert [effect["extension"] for effect in result["side_effects"] if effect["widening"]] == ["102", "103"]
        assert len(result["changes"]) == 1
        assert result["diff"]["after"]["side_effects"].keys() == {"102", "103"}

    def test_check_mode_may_only_report_it(self) -> None:
        pbx = Pbx(**self.WIDENING)
        check = run(pbx, check_mode=True, blocked_in_check="report", **self.FAILING)
        assert not check.failed
        assert check.result["changed"] is True
        assert check.result["blocked"] == self.BLOCKED
        assert check.result["bundle"]["members"] == ["102", "103", "104"]
        real = run(pbx, blocked_in_check="report", **self.FAILING)
        assert real.failed
        assert not pbx.writes

    @pytest.mark.parametrize(
        ("allowed", "passes"),
        [([], False), (["102"], False), (["103", "102"], True), (["000*102", 103, "104"], True), (["104"], False)],
        ids=str,
    )
    def test_extensions_that_are_let_through(self, allowed: list[Any], passes: bool) -> None:
        pbx = Pbx(**self.WIDENING)
        outcome = run(pbx, allow_widening=allowed, **self.FAILING)
        assert outcome.failed != passes
        assert bool(pbx.writes) == passes
        assert bool(outcome.result["blocked"]) != passes
        assert any(effect["widening"] for effect in outcome.result["side_effects"])

    @pytest.mark.parametrize("policy", ["report", "ignore"])
    def test_other_policies_let_it_pass(self, policy: str) -> None:
        pbx = Pbx(**self.WIDENING)
        result = run(pbx, **{**self.FAILING, "side_effects": policy}).result
        assert pbx.bundles == {1: {2, 3, 4}}
        assert result["blocked"] == []
        assert bool(result["side_effects"]) == (policy == "report")

    def test_no_member_joins(self) -> None:
        pbx = Pbx({1: {2, 3, 4, 5}}, **self.WIDENING)
        outcome = run(pbx, **self.FAILING)
        assert not outcome.failed
        assert outcome.result["blocked"] == []


class TestRefused:
    """What cannot be a bundle."""

    @pytest.mark.parametrize(
        ("options", "start"),
        [
            ({"extension": "101", "members": ["102", "102"]}, "members: 102 is listed more than once"),
            ({"extension": "101", "members": ["102", "000*102"]}, "members: 000*102, 102 are listed more than once"),
            ({"extension": "101", "members": ["101"]}, "members: the main extension 101 is also a member"),
            ({"extension": "000*101", "members": ["101"]}, "members: the main extension 000*101 is also a member"),
            ({"extension": "101", "members": ["+102"]}, "members[0]: '+102' is not a valid number"),
            ({"extension": 0o10, "members": ["102"]}, "extension: '8' is too short"),
            ({"extension": "١٠١", "members": ["102"]}, "extension: '١٠١' is not a valid number"),
            ({"extension": "101", "members": []}, "members: is empty"),
            ({"extension": "101", "members": ["102"], "state": "absent"}, "members: has members, but state is absent"),
            ({"extension": "101", "members": ["102"], "allow_widening": ["x"]}, "allow_widening[0]: 'x' is not"),
        ],
        ids=str,
    )
    def test_before_a_connection(self, options: dict[str, Any], start: str) -> None:
        assert refusal(RESOURCE, **options)["msg"].startswith(start)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"extension": "101", "bundle_list": [2, 1]},
             "bundle_list: the main extension 101 (id 1) is also a member."),
            ({"extension_id": 1, "members": ["102", "101"]},
             "members: the main extension 101 (id 1) is also a member."),
        ],
        ids=str,
    )  # fmt: skip
    def test_what_only_ids_and_numbers_together_show(self, options: dict[str, Any], message: str) -> None:
        pbx = Pbx()
        outcome = run(pbx, **options)
        assert outcome.result["error"]["kind"] == "conflict"
        assert outcome.result["msg"].startswith(message)
        assert pbx.journal == LIST

    @pytest.mark.parametrize("check_mode", [True, False])
    @pytest.mark.parametrize(
        ("options", "text", "kind"),
        [
            ({"extension": "110", "members": ["102"]}, "extension: no extension 110; did you mean 101? Check",
             "not_found"),
            ({"extension": "101", "members": ["102", "1020"]}, "members[1]: no extension 1020: it has 4 digits",
             "not_found"),
            ({"extension": "101", "bundle_list": [9]}, "bundle_list[0]: no extension with the id 9", "not_found"),
            ({"extension": "101", "members": ["0003*102"]}, "0003*102 is not an extension of this client", "conflict"),
        ],
        ids=str,
    )  # fmt: skip
    def test_what_the_list_shows(self, options: dict[str, Any], text: str, kind: str, check_mode: bool) -> None:
        pbx = Pbx()
        outcome = run(pbx, check_mode=check_mode, **options)
        assert outcome.failed
        assert outcome.result["error"]["kind"] == kind
        assert text in outcome.result["msg"]
        assert outcome.result["changed"] is False
        assert pbx.journal == LIST

    @pytest.mark.parametrize(
        ("member", "text"),
        [("104", "members[1]: 104 is in the bundle of 105 at the PBX; list that bundle without 104"),
         ("105", "extension 105 (id 5) is the main extension of a bundle"), ("108", "of type queue, not phone")],
    )  # fmt: skip
    @pytest.mark.parametrize("policy", ["report", "ignore"])
    def test_messages_say_numbers(self, member: str, text: str, policy: str) -> None:
        pbx = Pbx({5: {4}})
        outcome = run(pbx, extension="101", members=["102", member], side_effects=policy)
        assert text in outcome.result["msg"]
        assert pbx.bundles == {5: {4}}

    def test_a_main_that_is_a_member_elsewhere(self) -> None:
        outcome = run(Pbx({5: {1}}), extension="101", members=["102"])
        assert outcome.result["msg"] == (
            "extension 101 (id 1) is a member of the bundle of 105 (id 5). "
            "Remove it from that bundle first, or manage the bundle of 105 (id 5)."
        )


class TestRestore:
    """A bundle that had to be removed and could not be created again."""

    def broken(self, last: int) -> tuple[Pbx, dict[str, Any]]:
        """A PBX that adds, and refuses the second POST, up to the given one."""
        posts: list[int] = []

        def fault(method: str, number: int, count: int) -> Any:
            if method == "POST":
                posts.append(count)
            return (400, {"message": "no"}) if method == "POST" and 2 <= len(posts) <= last else None

        pbx = Pbx({1: {2, 3}}, adds=True, fault=fault)
        return pbx, run(pbx, extension="101", members=["102"]).result

    def test_the_request_that_restores_it_is_in_result_and_message(self) -> None:
        pbx, result = self.broken(3)
        assert pbx.bundles == {}
        assert result["restore"] == {
            "method": "POST", "path": "/client/@me/extensions_bundle/1", "body": {"bundle_list": [2, 3]},
        }  # fmt: skip
        assert 'Restore it with POST /client/@me/extensions_bundle/1 {"bundle_list": [2, 3]}' in result["msg"]
        assert "Its old members are 102 (id 2), 103 (id 3)" in result["msg"]
        assert (result["error"]["kind"], result["changed"]) == ("partial", True)
        restore = result["restore"]
        pbx.fault = lambda method, number, count: None
        again = run(pbx, extension="101", bundle_list=restore["body"]["bundle_list"])
        assert again.result["changed"] is True
        assert pbx.bundles == {1: {2, 3}}

    def test_a_rollback_needs_no_restore(self) -> None:
        pbx, result = self.broken(2)
        assert pbx.bundles == {1: {2, 3}}
        assert "restore" not in result
        assert "the old members 102 (id 2), 103 (id 3) were restored" in result["msg"]
