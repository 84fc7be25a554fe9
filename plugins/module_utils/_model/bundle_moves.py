# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of changes of many bundles: which writes, and which changes form a group. Pure.

An extension can be in one bundle only (reference section 4), so members leave before they join: removals first, then
bundles that shrink, then bundles that grow. A bundle is written twice if it must release a member before another bundle
can release a member for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .bundle_change import Members

REMOVAL, SHRINK, GROWTH = 1, 2, 3
PHASES = (REMOVAL, SHRINK, GROWTH)


@dataclass(frozen=True)
class Step:
    """One write: changes the members of the bundle of ``main`` from ``before`` to ``after``."""

    main: int
    before: Members
    after: Members
    phase: int


@dataclass(frozen=True)
class Move:
    """The change of one bundle, from ``before`` to ``after`` (never equal)."""

    main: int
    before: Members
    after: Members

    @property
    def released(self) -> frozenset[int]:
        """The extensions that are free afterwards: leaving members, and the main extension of a removed bundle."""
        return frozenset(set(self.before) - set(self.after)) | ({self.main} if not self.after else frozenset())

    @property
    def taken(self) -> frozenset[int]:
        """The extensions that must be free before: joining members, and the main extension of a new bundle."""
        return frozenset(set(self.after) - set(self.before)) | ({self.main} if not self.before else frozenset())


@dataclass(frozen=True)
class Group:
    """Moves that exchange extensions: they are applied or rolled back together."""

    moves: tuple[Move, ...]
    steps: tuple[Step, ...]


def moves_between(before: Mapping[int, Members], after: Mapping[int, Members]) -> list[Move]:
    """Return the bundles that differ, in the order in which they are applied."""
    moves = [
        Move(main, before.get(main, ()), after.get(main, ()))
        for main in sorted(before.keys() | after.keys())
        if before.get(main, ()) != after.get(main, ())
    ]
    passed_on = _passed_on(moves)
    return sorted(moves, key=lambda move: _steps(move, passed_on)[-1].phase)


def groups_of(moves: Sequence[Move]) -> list[Group]:
    """Return the moves in groups with their ordered writes, sorted by the first move of each group."""
    giver = {extension: index for index, move in enumerate(moves) for extension in move.released}
    parent = list(range(len(moves)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for index, move in enumerate(moves):
        for extension in move.taken & giver.keys():
            one, other = root(index), root(giver[extension])
            parent[max(one, other)] = min(one, other)
    together: dict[int, list[Move]] = {}
    for index, move in enumerate(moves):
        together.setdefault(root(index), []).append(move)
    passed_on = _passed_on(moves)
    return [
        Group(
            tuple(members),
            tuple(sorted((step for move in members for step in _steps(move, passed_on)), key=lambda step: step.phase)),
        )
        for members in together.values()
    ]


def _passed_on(moves: Iterable[Move]) -> frozenset[int]:
    """Return the extensions that one bundle releases and another one takes."""
    known = list(moves)
    released = {extension for move in known for extension in move.released}
    return frozenset(extension for move in known for extension in move.taken if extension in released)


def _steps(move: Move, passed_on: frozenset[int]) -> list[Step]:
    if not move.after:
        return [Step(move.main, move.before, (), REMOVAL)]
    if not set(move.after) - set(move.before):
        return [Step(move.main, move.before, move.after, SHRINK)]
    needed, needs = move.released & passed_on, move.taken & passed_on
    if not needed:
        return [Step(move.main, move.before, move.after, GROWTH)]
    if not needs:
        return [Step(move.main, move.before, move.after, SHRINK)]
    kept = tuple(sorted(set(move.before) & set(move.after)))
    first = Step(move.main, move.before, kept, SHRINK if kept else REMOVAL)
    return [first, Step(move.main, kept, move.after, GROWTH)]
