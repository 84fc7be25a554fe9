# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes of many bundles: groups that exchange extensions commit or roll back together (reference section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..._api import ClientId
from ..._engine.change_outcomes import FIX_AND_RUN_AGAIN, ChangeOutcome, Stopper
from ..._engine.concurrency import each
from ..._engine.directory_cache import CachedApi
from ..._engine.signals import held
from ..._model.bundle_change import Members
from ..._model.bundle_moves import (
    PHASES,
    Group,
    Move,
    Step,
    groups_of,
    moves_between,
)
from ..._model.errors import (
    ConflictError,
    NotAppliedError,
    NotReachedError,
    PartialError,
    RingmeError,
)
from ..._model.extension_numbers import Names
from ..._model.plan import Change
from .rebuild_journal import Rebuild, Rebuilds
from .writer import BundleWriter, ChangedMeanwhileError, restoring


@dataclass
class _Progress:
    """The progress of a group."""

    group: Group
    done: set[Step] = field(default_factory=set)
    failed: dict[int, RingmeError] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether each write is done."""
        return len(self.done) == len(self.group.steps)

    def touched(self, move: Move) -> bool:
        """Whether the bundle has changed, or may have."""
        wrote = any(step.main == move.main for step in self.done)
        return wrote or self._unclear(move)

    def reached(self, move: Move) -> Members | None:
        """Return the members after the writes so far, or ``None`` if they are unknown."""
        error = self.failed.get(move.main)
        if self._unclear(move) or (isinstance(error, PartialError) and not error.compensated):
            return None
        return [step.after for step in self.group.steps if step.main == move.main and step in self.done][-1]

    def _unclear(self, move: Move) -> bool:
        """Whether the members of the bundle are unknown."""
        error = self.failed.get(move.main)
        return isinstance(error, NotAppliedError) or (error is not None and error.unsettled)


@dataclass(frozen=True)
class BundleTransaction:
    """Writes the bundles of one client, ``at_a_time`` concurrently: removals, then shrinks, then growths.

    If a move of a group fails, those that were applied are rolled back. ``rebuilds`` keeps the old members of a bundle
    on disk while the bundle has neither these nor the new ones.
    """

    api: CachedApi
    client_id: ClientId
    names: Names
    on_error: str
    at_a_time: int
    rebuilds: Rebuilds = field(default_factory=lambda: Rebuilds(None, ""))

    def apply(self, groups: Sequence[Group], changes: Sequence[Change]) -> list[ChangeOutcome]:
        """Write the groups; returns the outcome of each change. The changes name the bundles by ``extension_id``.

        A signal that ends the process waits: no new step begins, and a group that is not complete is rolled back.
        """
        by_main = {change.extension_id: change for change in changes if change.extension_id is not None}
        moves = [move for group in groups for move in group.moves]
        progress = [_Progress(group) for group in groups]
        outcomes: dict[int, ChangeOutcome] = {}
        with held() as hold:
            stopper = Stopper(self.on_error, self.api.run.breaker, hold)
            try:
                for phase in PHASES:
                    work = [(step, group) for group in progress for step in group.group.steps if step.phase == phase]
                    each(lambda pair: self._do(pair[0], pair[1], stopper), work, self.at_a_time)
                for found in each(lambda group: self._settled(group, by_main), progress, self.at_a_time):
                    outcomes.update(found)
            finally:
                for move in moves:
                    self._close(move.main, outcomes.get(move.main))
        return [outcomes[main] for main in by_main]

    def _close(self, main: int, outcome: ChangeOutcome | None) -> None:
        """Forget the old members of a bundle that is settled; otherwise keep them for the next run."""
        if self.rebuilds.holds(main):
            (self.rebuilds.release if outcome is None or outcome.restore else self.rebuilds.forget)(main)

    def _do(self, step: Step, group: _Progress, stopper: Stopper) -> None:
        if stopper.stopped or group.failed:
            return
        error = self._begin(step, group) or self._write(step)
        if error is None:
            group.done.add(step)
        else:
            group.failed[step.main] = error
            stopper.failed(error)

    def _begin(self, step: Step, group: _Progress) -> RingmeError | None:
        """Keep the old members on disk before the first of two writes to a bundle; returns the error, if any."""
        steps = [other for other in group.group.steps if other.main == step.main]
        if len(steps) > 1 and step == steps[0]:
            try:
                self.rebuilds.keep(self.api.run, Rebuild(step.main, step.before, steps[-1].after))
            except RingmeError as error:
                return error
        return None

    def _write(self, step: Step) -> RingmeError | None:
        """Write one step; returns the error, if any."""
        writer = self._writer(step.main)
        try:
            state = writer.set(step.before, step.after) if step.after else writer.delete(step.before)
        except RingmeError as error:
            return error
        if state.bundle_list == step.after:
            return None
        shown = self.names.describe_all(state.bundle_list) or "no members"
        return NotAppliedError(
            f"the API accepted the change, but the bundle has {shown}",
            hint="Check that no other run or person changes the bundle at the same time, and run again",
        )

    def _settled(self, group: _Progress, changes: Mapping[int, Change]) -> dict[int, ChangeOutcome]:
        """Return the outcome of each move of a group; rolls back a group that is not complete."""
        moves = group.group.moves
        if group.complete:
            return {move.main: ChangeOutcome(changes[move.main], "verified") for move in moves}
        touched = [move for move in moves if group.touched(move)]
        if len(moves) == 1 and not touched:
            return {moves[0].main: _own(changes[moves[0].main], group.failed.get(moves[0].main))}
        current, lost = self._present(group, touched)
        if all(current.get(move.main) == move.after for move in moves):
            for error in group.failed.values():
                self.api.run.warn(f"{error.what}; reading again shows that the change was applied")
            return {move.main: ChangeOutcome(changes[move.main], "verified") for move in moves}
        foreign = [move for move in touched if set(current.get(move.main, ())) - {*move.before, *move.after}]
        lost.update(self._roll_back(current, [move for move in touched if move not in foreign]))
        theirs = {main: error for main, error in lost.items() if isinstance(error, ChangedMeanwhileError)}
        found = {}
        for move in moves:
            change, problem = changes[move.main], group.failed.get(move.main)
            members = self.names.describe_all(move.before)
            old = f"its old members {members}" if members else "no members"
            if move.main in theirs:
                what = f"not rolled back: {theirs[move.main].what}"
                found[move.main] = ChangeOutcome(change, "failed", theirs[move.main].reworded(what))
            elif move.main in lost:
                found[move.main] = self._lost(move, change, lost[move.main])
            elif move in touched and problem is None:
                reason = PartialError(
                    f"the bundle has {old} again, because {self._cause(group, changes)}", hint=FIX_AND_RUN_AGAIN
                )
                found[move.main] = ChangeOutcome(change, "compensated", reason)
            elif problem is None:
                unreached = ConflictError(f"skipped because {self._cause(group, changes)}", hint=FIX_AND_RUN_AGAIN)
                found[move.main] = ChangeOutcome(change, "not_reached", unreached)
            elif move in foreign:
                now = self.names.describe_all(current[move.main])
                what = f"{problem.what}; not rolled back: the bundle now has {now}, which this run did not set"
                found[move.main] = _own(change, problem.reworded(what, unsettled=False))
            elif move in touched and not isinstance(problem, PartialError):
                what = f"{problem.what}; the bundle has {old}"
                found[move.main] = _own(change, problem.reworded(what, unsettled=False))
            else:
                found[move.main] = _own(change, problem)
        return found

    def _present(self, group: _Progress, touched: Sequence[Move]) -> tuple[dict[int, Members], dict[int, RingmeError]]:
        """Return the members that the bundles have now, and the error for each whose members cannot be read."""
        current: dict[int, Members] = {}
        lost: dict[int, RingmeError] = {}
        for move in touched:
            members = group.reached(move)
            try:
                current[move.main] = self._read(move.main) if members is None else members
            except RingmeError as error:
                lost[move.main] = error
        return current, lost

    def _roll_back(self, current: Mapping[int, Members], touched: Sequence[Move]) -> dict[int, RingmeError]:
        """Restore the old members of the bundles; returns the errors of those for which that failed."""
        lost: dict[int, RingmeError] = {}
        before = {move.main: move.before for move in touched if move.main in current}
        now = {main: current[main] for main in before}
        for back in groups_of(moves_between(now, before)):
            for step in back.steps:
                problem = None if step.main in lost else self._write(step)
                if problem is not None:
                    lost[step.main] = problem
        return lost

    def _read(self, main: int) -> Members:
        try:
            return self._writer(main).read().bundle_list
        except ConflictError:
            return ()  # it has become a member of another bundle, so it has none of its own

    def _lost(self, move: Move, change: Change, error: RingmeError) -> ChangeOutcome:
        old = self.names.describe_all(move.before) or "no members"
        restore = restoring(self.client_id, move.main, move.before)
        what = f"rollback to its old members ({old}) failed ({error.what})"
        return ChangeOutcome(change, "failed", PartialError(what, hint=FIX_AND_RUN_AGAIN, restore=restore), restore)

    def _cause(self, group: _Progress, changes: Mapping[int, Change]) -> str:
        if not group.failed:
            return "the run stopped before the group was complete"
        main, error = next(iter(group.failed.items()))
        return f"{changes[main].address}, which exchanges extensions with it, failed ({error.what})"

    def _writer(self, main: int) -> BundleWriter:
        return BundleWriter(self.api, self.client_id, main, self.names, self.rebuilds)


def _own(change: Change, error: RingmeError | None) -> ChangeOutcome:
    """Return the outcome of a move by its own error."""
    if error is None:
        return ChangeOutcome(change, "not_reached")
    if isinstance(error, PartialError):
        restore = error.facts.get("restore")
        return ChangeOutcome(change, "failed" if restore else "compensated", error, restore)
    if isinstance(error, NotReachedError):
        return ChangeOutcome(change, "not_reached", error)
    return ChangeOutcome(change, "not_applied" if isinstance(error, NotAppliedError) else "failed", error)
