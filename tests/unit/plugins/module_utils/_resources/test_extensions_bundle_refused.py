# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle that cannot be set: refused before anything is written, or rolled back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx, run


class TestRestore:
    """Where one change takes two requests and the second fails."""

    def failing(self, *counts: int) -> Pbx:
        """A PBX that adds, and refuses these POSTs, counted from 1."""
        posts: list[int] = []

        def fault(method: str, _number: int, count: int) -> Any:
            if method == "POST":
                posts.append(count)
            return (400, {"message": "no"}) if method == "POST" and len(posts) in counts else None

        return Pbx({1: {2, 3}}, adds=True, fault=fault)

    def test_the_old_members_are_restored(self) -> None:
        pbx = self.failing(2)
        outcome = run(pbx, bundle_list=[2])
        assert pbx.bundles == {1: {2, 3}}
        assert outcome.result["error"]["kind"] == "partial"
        assert "the old members 2, 3 were restored" in outcome.result["msg"]
        assert outcome.result["changed"] is True

    def test_the_old_list_cannot_be_put_back(self) -> None:
        pbx = self.failing(2, 3)
        outcome = run(pbx, bundle_list=[2])
        assert pbx.bundles == {}
        assert outcome.result["error"]["kind"] == "partial"
        assert 'POST /client/@me/extensions_bundle/1 {"bundle_list": [2, 3]}' in outcome.result["msg"]

    def test_a_post_that_does_something_else(self) -> None:
        posts: list[int] = []

        def fault(method: str, _number: int, count: int) -> Any:
            if method == "POST":
                posts.append(count)
            return (201, {"bundle_id": 1, "bundle_list": []}) if method == "POST" and len(posts) == 2 else None

        pbx = Pbx({1: {2, 3}}, adds=True, fault=fault)
        outcome = run(pbx, bundle_list=[2])
        assert "after the POST the bundle has no members" in outcome.result["msg"]
        assert pbx.bundles == {1: {2, 3}}

    def test_a_post_that_cannot_be_undone_by_a_post_either(self) -> None:
        posts: list[int] = []

        def fault(method: str, _number: int, count: int) -> Any:
            if method == "POST":
                posts.append(count)
            return (201, {"bundle_id": 1, "bundle_list": []}) if method == "POST" and len(posts) > 1 else None

        outcome = run(Pbx({1: {2, 3}}, adds=True, fault=fault), bundle_list=[2])
        assert outcome.result["error"]["kind"] == "partial"
        assert "rollback failed (reading back shows other members)" in outcome.result["msg"]

    def test_the_delete_of_a_rebuild_is_refused(self) -> None:
        pbx = Pbx({1: {2, 3}}, adds=True, fault=lambda method, number, count: (403, {}) if method == "DELETE" else None)
        outcome = run(pbx, bundle_list=[2])
        assert outcome.result["error"]["kind"] == "forbidden"
        assert "had to be removed and created again" in outcome.result["msg"]
        assert pbx.bundles == {1: {2, 3}}

    def test_it_was_removed_meanwhile(self) -> None:
        pbx = Pbx({1: {2, 3}})

        def fault(method: str, _number: int, _count: int) -> Any:
            if method == "DELETE":
                pbx.bundles.clear()
            return (404, {"message": "Not found"}) if method == "DELETE" else None

        pbx.fault = fault
        outcome = run(pbx, state="absent")
        assert not outcome.failed
        assert outcome.result["bundle"]["state"] == "absent"


class TestRefusal:
    """Conflicts are reported before anything is written."""

    @pytest.mark.parametrize("hides", [True, False])
    def test_unknown_main(self, hides: bool) -> None:
        outcome = run(Pbx(hides=hides), extension_id=9, bundle_list=[2])
        assert outcome.result["error"]["kind"] == "not_found"

    def test_a_main_that_is_a_member_elsewhere(self) -> None:
        pbx = Pbx({5: {1, 2}})
        for state in ({"bundle_list": [3]}, {"state": "absent"}):
            outcome = run(pbx, **state)
            assert outcome.result["error"]["kind"] == "conflict"
            assert "a member of the bundle of 5" in outcome.result["msg"]
        assert not pbx.writes

    @pytest.mark.parametrize(
        ("member", "text"),
        [(4, "bundle_list[1]: 104 is in the bundle of 105 at the PBX; list that bundle without 104"),
         (5, "extension 105 (id 5) is the main extension"),
         (8, "extension 108 (id 8) is of type queue, not phone"), (9, "HTTP 404")],
    )  # fmt: skip
    @pytest.mark.parametrize("side_effects", ["report", "ignore"])
    @pytest.mark.parametrize("check_mode", [True, False])
    @pytest.mark.parametrize("names_main", [True, False])
    def test_a_member_that_cannot_join(
        self, member: int, text: str, names_main: bool, check_mode: bool, side_effects: str
    ) -> None:
        """Also where GET of a member answers as if it were in no bundle."""
        pbx = Pbx({5: {4}}, names_main=names_main)
        outcome = run(pbx, check_mode=check_mode, bundle_list=[2, member], side_effects=side_effects)
        assert outcome.failed
        assert text in outcome.result["msg"]
        assert not pbx.writes

    def test_who_is_free_is_read_once_for_all_items_of_a_loop(self) -> None:
        pbx = Pbx({5: {4}})
        kept = Connections(lambda _settings: pbx)
        assert not run(pbx, connections=kept, bundle_list=[2], side_effects="ignore").failed
        del pbx.journal[:]
        assert not run(pbx, connections=kept, bundle_list=[2, 3], side_effects="ignore").failed
        assert pbx.journal == ["GET extensions_bundle/1", "GET extensions_bundle/1", "POST extensions_bundle/1"]

    def test_what_an_earlier_item_of_a_loop_set_free_may_join(self) -> None:
        pbx = Pbx({5: {4, 6}})
        kept = Connections(lambda _settings: pbx)
        assert "104 is in the bundle of 105" in run(pbx, connections=kept, bundle_list=[4]).result["msg"]
        assert not run(pbx, connections=kept, extension="105", bundle_list=[6]).failed
        assert not run(pbx, connections=kept, bundle_list=[4]).failed
        assert pbx.bundles == {1: {4}, 5: {6}}

    def test_a_refusal_of_the_api_is_explained(self) -> None:
        pbx = Pbx({5: {7}})

        def fault(method: str, number: int, count: int) -> Any:
            if method == "POST":
                pbx.bundles[5] = {4}  # in the last moment
            return None

        pbx.fault = fault
        outcome = run(pbx, bundle_list=[2, 4], side_effects="ignore")
        assert outcome.result["error"]["kind"] == "refused"
        assert "wrong members" in outcome.result["msg"]
        assert "already a member of the bundle of 5" in outcome.result["msg"]

    def test_a_cause_that_cannot_be_read_does_not_hide_the_refusal(self) -> None:
        pbx = Pbx()
        pbx.fault = lambda method, number, count: (
            (400, {"message": "wrong"}) if method == "POST" else (403, {}) if pbx.writes else None
        )
        outcome = run(pbx, bundle_list=[2], side_effects="ignore")
        assert outcome.result["error"]["kind"] == "refused"
        assert "Cause" not in outcome.result["msg"]

    def test_a_refusal_without_cause_among_members_that_stay(self) -> None:
        pbx = Pbx(
            {1: {2}},
        )
        pbx.fault = lambda method, number, count: (
            (400, {"message": "no"}) if method == "POST" and len(pbx.writes) == 1 else None
        )
        outcome = run(pbx, bundle_list=[2, 3], side_effects="ignore")
        assert outcome.result["error"]["kind"] == "refused"
        assert pbx.bundles == {1: {2}}
        assert "DELETE extensions_bundle/1" not in pbx.journal

    def test_a_refusal_of_another_kind_is_left_as_it_is(self) -> None:
        pbx = Pbx(
            fault=lambda method, number, count: (403, {"status": "user_access_type_deny"}) if method == "POST" else None
        )
        outcome = run(pbx, bundle_list=[2], side_effects="ignore")
        assert outcome.result["error"]["kind"] == "forbidden"
        assert outcome.result["changed"] is False
        assert pbx.writes == ["POST extensions_bundle/1"] and pbx.journal[-1] == pbx.writes[0]
