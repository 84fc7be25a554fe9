# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing many bundles: each has its old or its desired members, and the outcome reports which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.change_outcomes import CONTINUE, STOP, ChangeOutcome
from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import RunContext
from ansible_collections.ringme.pbx.plugins.module_utils._model.bundle_change import bundle_change
from ansible_collections.ringme.pbx.plugins.module_utils._model.bundle_moves import groups_of, moves_between
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import QuotaError, ResponseLostError, RingmeError
from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import Names
from ansible_collections.ringme.pbx.plugins.module_utils._resources.bundles.transaction import BundleTransaction
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx

Members = tuple[int, ...]
REFUSED = 403, {"message": "no"}


def applied(
    pbx: Pbx, after: Mapping[int, Members], on_error: str = CONTINUE, run: RunContext | None = None
) -> dict[int, ChangeOutcome]:
    """Change the bundles to ``after``; returns the outcomes by main extension."""
    before = {main: tuple(sorted(members)) for main, members in pbx.bundles.items()}
    moves = moves_between(before, after)
    found = (bundle_change("client_bundles", move.main, move.before, move.after, Names()) for move in moves)
    changes = [change for change in found if change is not None]
    transaction = BundleTransaction(CachedApi(pbx, run or run_of()), "@me", Names(), on_error, 1)
    return {outcome.change.extension_id or 0: outcome for outcome in transaction.apply(groups_of(moves), changes)}


def fails(*requests: tuple[str, int], reply: Any = REFUSED) -> Any:
    """A fault at these methods and main extensions."""
    return lambda method, number, count: reply if (method, number) in requests else None


class TestAlone:
    """Bundles that have nothing to do with each other."""

    def test_all_is_done_removals_first(self) -> None:
        pbx = Pbx({1: {2, 3}, 4: {5}, 6: {7}})
        found = applied(pbx, {1: (2,), 4: (3, 5)})
        assert {outcome.status for outcome in found.values()} == {"verified"}
        assert pbx.bundles == {1: {2}, 4: {3, 5}}
        assert pbx.writes == ["DELETE extensions_bundle/6", "POST extensions_bundle/1", "POST extensions_bundle/4"]

    def test_a_failure_does_not_stop_other_groups(self) -> None:
        pbx = Pbx({1: {2, 3}, 4: {5}}, fault=fails(("POST", 1)))
        found = applied(pbx, {1: (2,), 4: (5, 6)})
        assert (found[1].status, found[4].status) == ("failed", "verified")
        assert pbx.bundles == {1: {2, 3}, 4: {5, 6}}

    def test_stop_begins_nothing_more(self) -> None:
        pbx = Pbx({1: {2, 3}, 4: {5}}, fault=fails(("POST", 1)))
        found = applied(pbx, {1: (2,), 4: (5, 6)}, STOP)
        assert (found[1].status, found[4].status) == ("failed", "not_reached")
        assert found[4].error is None and pbx.bundles == {1: {2, 3}, 4: {5}}

    @pytest.mark.parametrize("error", [QuotaError("nothing left", status=429)])
    def test_what_all_would_share_stops_as_well(self, error: RingmeError) -> None:
        pbx = Pbx({1: {2, 3}, 4: {5}}, fault=fails(("POST", 1), reply=error))
        found = applied(pbx, {1: (2,), 4: (5, 6)})
        assert found[4].status == "not_reached"

    def test_reading_again_shows_that_it_was_applied(self) -> None:
        pbx, run = Pbx({1: {2}}, late_faults=True), run_of()
        lost = ResponseLostError("POST /x: no answer", method="POST")
        pbx.fault = lambda method, number, count: lost if count in (2, 3) else None  # the POST, and the reading back
        found = applied(pbx, {1: (2, 3)}, run=run)
        assert found[1].status == "verified" and pbx.bundles == {1: {2, 3}}
        assert "reading again shows that the change was applied" in run.warnings[-1]

    def test_reading_again_shows_that_it_was_not(self) -> None:
        pbx = Pbx({1: {2}})
        lost = ResponseLostError("POST /x: no answer", method="POST")
        pbx.fault = lambda method, number, count: lost if count in (2, 3) else None
        found = applied(pbx, {1: (2, 3)})
        assert found[1].status == "failed" and pbx.bundles == {1: {2}} and len(pbx.writes) == 1
        assert found[1].error is not None and "the bundle has its old members 2" in found[1].error.what

    def test_what_cannot_be_read_is_to_be_restored(self) -> None:
        pbx = Pbx({1: {2}})
        lost = ResponseLostError("POST /x: no answer", method="POST")
        pbx.fault = lambda method, number, count: lost if count > 1 else None
        found = applied(pbx, {1: (2, 3)})
        path = "/client/@me/extensions_bundle/1"
        assert found[1].status == "failed"
        assert found[1].restore == {"method": "POST", "path": path, "body": {"bundle_list": [2]}}

    def test_what_others_did_is_left_alone(self) -> None:
        pbx = Pbx({1: {2}})

        def meddle(method: str, number: int, count: int) -> None:
            if count == 3:  # the reading back
                pbx.bundles[1] = {2, 7}

        pbx.fault = meddle
        pbx.mute = True
        found = applied(pbx, {1: (2, 3)})
        assert found[1].status == "failed" and pbx.bundles == {1: {2, 7}} and len(pbx.writes) == 1
        assert found[1].error is not None and found[1].error.details.kind == "conflict" and not found[1].restore
        assert found[1].error.what == (
            "the bundle of 1 was changed by another run or person: it has 2, 7 instead of 2, 3. "
            "This run left it unchanged"
        )


class TestTogether:
    """Bundles that pass extensions on to each other."""

    def test_the_giver_gets_back_what_the_taker_could_not_take(self) -> None:
        pbx = Pbx({1: {2, 3}, 4: {5}}, fault=fails(("POST", 4)))
        found = applied(pbx, {1: (2,), 4: (3, 5)})
        assert (found[1].status, found[4].status) == ("compensated", "failed")
        assert pbx.bundles == {1: {2, 3}, 4: {5}}
        assert (
            found[1].error is not None
            and "the bundle has its old members 2, 3 again, because bundle/4, which exchanges "
            "extensions with it, failed"
            in found[1].error.what
        )

    def test_nothing_is_taken_that_was_not_given(self) -> None:
        pbx = Pbx({1: {2, 3}, 4: {5}}, fault=fails(("POST", 1)))
        found = applied(pbx, {1: (2,), 4: (3, 5)})
        assert (found[1].status, found[4].status) == ("failed", "not_reached")
        assert pbx.writes == ["POST extensions_bundle/1"]
        assert (
            found[4].error is not None
            and "skipped because bundle/1, which exchanges extensions with it, failed" in found[4].error.what
        )

    def test_the_way_back_fails_too(self) -> None:
        pbx = Pbx({1: {2, 3}, 4: {5}})
        pbx.fault = lambda method, number, count: REFUSED if method == "POST" and count > 2 else None
        found = applied(pbx, {1: (2,), 4: (3, 5)})
        assert pbx.bundles == {1: {2}, 4: {5}}
        assert found[1].status == "failed" and found[1].error is not None
        assert found[1].restore is not None and found[1].restore["body"] == {"bundle_list": [2, 3]}
        assert "rollback to its old members (2, 3) failed" in found[1].error.what

    def test_a_bundle_that_ended_begins_again(self) -> None:
        pbx = Pbx({1: {2}, 4: {5}}, fault=fails(("POST", 4)))
        found = applied(pbx, {4: (1, 5)})
        assert (found[1].status, found[4].status) == ("compensated", "failed")
        assert pbx.bundles == {1: {2}, 4: {5}}

    def test_an_exchange_that_stops_half_way_is_undone(self) -> None:
        pbx = Pbx({1: {2, 3}, 4: {5, 6}})
        seen: list[int] = []

        def fault(method: str, number: int, count: int) -> Any:
            if method == "POST" and number == 4:
                seen.append(count)
                return REFUSED if len(seen) == 2 else None
            return None

        pbx.fault = fault
        found = applied(pbx, {1: (2, 5), 4: (3, 6)})
        assert (found[1].status, found[4].status) == ("compensated", "failed")
        assert pbx.bundles == {1: {2, 3}, 4: {5, 6}}

    def test_a_stop_elsewhere_undoes_what_is_half_done(self) -> None:
        pbx = Pbx({1: {2, 3}, 4: {5}, 6: {7}}, names={number: f"000*1{number:02}" for number in range(1, 12)})
        pbx.bundles[9] = {10, 11}
        pbx.fault = fails(("POST", 9))
        found = applied(pbx, {1: (2,), 4: (3, 5), 6: (7,), 9: (10,)}, STOP)
        assert found[9].status == "failed"
        assert (found[1].status, found[4].status) == ("compensated", "not_reached")
        assert pbx.bundles == {1: {2, 3}, 4: {5}, 6: {7}, 9: {10, 11}}
