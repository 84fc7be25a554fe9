# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of many bundles: no member joins before it leaves, whatever is applied first among what may go at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.bundle_moves import (
    GROWTH,
    PHASES,
    REMOVAL,
    SHRINK,
    Move,
    Step,
    groups_of,
    moves_between,
)

Members = tuple[int, ...]
Bundles = Mapping[int, Members]


def steps_of(before: Bundles, after: Bundles) -> list[list[Step]]:
    """The writes of each group."""
    return [list(group.steps) for group in groups_of(moves_between(before, after))]


class TestMove:
    """What a change sets free, and what it needs."""

    @pytest.mark.parametrize(
        ("before", "after", "released", "taken"),
        [
            ((2, 3), (3, 4), {2}, {4}),
            ((2,), (), {2, 1}, set()),  # the main extension of a bundle that ends is free as well
            ((), (2,), set(), {1, 2}),  # and that of one that begins must be
            ((2,), (2, 3), set(), {3}),
        ],
    )
    def test_released_and_taken(self, before: Members, after: Members, released: set[int], taken: set[int]) -> None:
        move = Move(1, before, after)
        assert (move.released, move.taken) == (released, taken)


class TestMovesBetween:
    """Which bundles differ, in which order."""

    def test_equal_bundles_are_none_of_them(self) -> None:
        assert moves_between({1: (2,), 5: ()}, {1: (2,)}) == []

    def test_removals_then_shrinks_then_growths_each_by_id(self) -> None:
        before = {1: (11,), 2: (12, 13), 3: (14,), 4: (15,), 5: (16, 17)}
        after = {1: (11, 20), 2: (12,), 3: (), 5: (16,), 6: (21,)}
        assert [move.main for move in moves_between(before, after)] == [3, 4, 2, 5, 1, 6]


class TestGroups:
    """What stands or falls together, and in how many writes."""

    def test_those_that_have_nothing_in_common_stand_alone(self) -> None:
        assert steps_of({1: (2, 3), 4: (5,)}, {1: (2,), 4: (5, 6)}) == [
            [Step(1, (2, 3), (2,), SHRINK)],
            [Step(4, (5,), (5, 6), GROWTH)],
        ]

    def test_a_move_is_two_writes_the_leaving_first(self) -> None:
        assert steps_of({9: (2, 3), 4: (5,)}, {9: (2,), 4: (3, 5)}) == [
            [Step(9, (2, 3), (2,), SHRINK), Step(4, (5,), (3, 5), GROWTH)]
        ]

    def test_who_gives_and_takes_what_is_free_is_written_once_and_early(self) -> None:
        assert steps_of({1: (2, 3), 4: (5,)}, {1: (2, 7), 4: (3, 5)}) == [
            [Step(1, (2, 3), (2, 7), SHRINK), Step(4, (5,), (3, 5), GROWTH)]
        ]

    def test_an_exchange_is_written_twice(self) -> None:
        assert steps_of({1: (2, 3), 4: (5, 6)}, {1: (2, 5), 4: (3, 6)}) == [
            [
                Step(1, (2, 3), (2,), SHRINK),
                Step(4, (5, 6), (6,), SHRINK),
                Step(1, (2,), (2, 5), GROWTH),
                Step(4, (6,), (3, 6), GROWTH),
            ]
        ]

    def test_an_exchange_of_all_members_removes_first(self) -> None:
        steps = steps_of({1: (2,), 4: (5,)}, {1: (5,), 4: (2,)})[0]
        assert [(step.main, step.after, step.phase) for step in steps] == [
            (1, (), REMOVAL),
            (4, (), REMOVAL),
            (1, (5,), GROWTH),
            (4, (2,), GROWTH),
        ]

    def test_a_main_extension_that_becomes_a_member(self) -> None:
        assert steps_of({1: (2,), 4: ()}, {4: (1, 5)}) == [[Step(1, (2,), (), REMOVAL), Step(4, (), (1, 5), GROWTH)]]

    def test_a_member_that_becomes_a_main_extension(self) -> None:
        assert steps_of({1: (2, 3)}, {1: (3,), 2: (7,)}) == [[Step(1, (2, 3), (3,), SHRINK), Step(2, (), (7,), GROWTH)]]

    def test_a_chain_is_one_group(self) -> None:
        groups = groups_of(moves_between({1: (11, 12), 2: (21,), 3: (31,)}, {1: (11,), 2: (12,), 3: (21, 31)}))
        assert [{move.main for move in group.moves} for group in groups] == [{1, 2, 3}]

    def test_the_first_of_a_chain_may_be_found_last(self) -> None:
        groups = groups_of([Move(3, (31,), (21, 31)), Move(2, (21,), (12,)), Move(1, (11, 12), (11,))])
        assert len(groups) == 1 and len(groups[0].moves) == 3


def _bundles(owners: Sequence[int]) -> dict[int, Members]:
    found: dict[int, list[int]] = {}
    for number, owner in enumerate(owners):
        if owner != number and owners[owner] == owner:
            found.setdefault(owner, []).append(number)
    return {main: tuple(members) for main, members in found.items()}


partitions = st.lists(st.integers(0, 9), min_size=10, max_size=10).map(_bundles)


@given(before=partitions, after=partitions, pick=st.randoms(use_true_random=False))
def test_in_no_order_within_a_phase_a_member_joins_before_it_leaves(
    before: Bundles, after: Bundles, pick: Random
) -> None:
    live = dict(before)
    steps = [step for group in groups_of(moves_between(before, after)) for step in group.steps]
    for phase in PHASES:
        now = [step for step in steps if step.phase == phase]
        pick.shuffle(now)
        for step in now:
            assert live.get(step.main, ()) == step.before
            live.pop(step.main, None)
            if step.after:
                taken = {number for main, members in live.items() for number in (main, *members)}
                assert not taken & {step.main, *step.after}
                live[step.main] = step.after
    assert live == after


@given(before=partitions, after=partitions)
def test_groups_share_nothing_and_each_bundle_is_written_at_most_twice(before: Bundles, after: Bundles) -> None:
    moves = moves_between(before, after)
    groups = groups_of(moves)
    assert sorted(move.main for group in groups for move in group.moves) == sorted(move.main for move in moves)
    for index, group in enumerate(groups):
        others = [move for other in groups[index + 1 :] for move in other.moves]
        for move in group.moves:
            assert not any(move.taken & other.released or move.released & other.taken for other in others)
            own = [step for step in group.steps if step.main == move.main]
            assert 1 <= len(own) <= 2 and own[0].before == move.before and own[-1].after == move.after
            if len(own) == 2:
                assert own[0].after == own[1].before
