# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out the changes of many bundles so that nothing stays half done (reference section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..._api import Api, ClientId
from ..._engine.change_outcomes import MEND, ChangeOutcome, Stopper
from ..._engine.concurrency import each
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
    """How far a group has come."""

    group: Group
    done: set[Step] = field(default_factory=set)
    failed: dict[int, RingmeError] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every write was done."""
        return len(self.done) == len(self.group.steps)

    def touched(self, move: Move) -> bool:
        """Whether the bundle is, or may be, no longer what it was."""
        wrote = any(step.main == move.main for step in self.done)
        return wrote or self._unclear(move)

    def reached(self, move: Move) -> Members | None:
        """Return the members that the writes so far led to, or ``None`` where that is not known."""
        error = self.failed.get(move.main)
        if self._unclear(move) or (isinstance(error, PartialError) and not error.compensated):
            return None
        return [step.after for step in self.group.steps if step.main == move.main and step in self.done][-1]

    def _unclear(self, move: Move) -> bool:
        """Whether it is not known what the bundle is like."""
        error = self.failed.get(move.main)
        return isinstance(error, NotAppliedError) or (error is not None and error.unsettled)


@dataclass(frozen=True)
class BundleCarrier:
    """Writes the bundles of one client, ``at_a_time`` at once: removals, then shrinks, then growths.

    Moves that pass extensions on to each other stand or fall together: if one fails, those that were done are put back.
    ``rebuilds`` keeps the old members of a bundle on disk while it has neither these nor the new ones.
    """

    api: Api
    client_id: ClientId
    names: Names
    on_error: str
    at_a_time: int
    rebuilds: Rebuilds = field(default_factory=lambda: Rebuilds(None, ""))

    def carry(self, moves: Sequence[Move], changes: Mapping[int, Change]) -> list[ChangeOutcome]:
        """Carry the moves out; returns what became of each. ``changes`` are the moves' by main extension.

        A signal that ends the process waits: nothing new begins, and what belongs to something unfinished is rolled back.
        """
        groups = [_Progress(group) for group in groups_of(moves)]
        outcomes: dict[int, ChangeOutcome] = {}
        with held() as hold:
            stopper = Stopper(self.on_error, self.api.run.breaker, hold)
            try:
                for phase in PHASES:
                    work = [(step, group) for group in groups for step in group.group.steps if step.phase == phase]
                    each(lambda pair: self._do(pair[0], pair[1], stopper), work, self.at_a_time)
                for found in each(lambda group: self._settled(group, changes), groups, self.at_a_time):
                    outcomes.update(found)
            finally:
                for move in moves:
                    self._close(move.main, outcomes.get(move.main))
        return [outcomes[move.main] for move in moves]

    def _close(self, main: int, outcome: ChangeOutcome | None) -> None:
        """Forget the old members of a bundle that is settled, and leave those of another one to the next run."""
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
        """Keep the old members on disk before the first of two writes to a bundle; returns what went wrong."""
        steps = [other for other in group.group.steps if other.main == step.main]
        if len(steps) > 1 and step == steps[0]:
            try:
                self.rebuilds.keep(self.api.run, Rebuild(step.main, step.before, steps[-1].after))
            except RingmeError as error:
                return error
        return None

    def _write(self, step: Step) -> RingmeError | None:
        """Do one write; returns what went wrong."""
        writer = self._writer(step.main)
        try:
            state = writer.set(step.before, step.after) if step.after else writer.delete(step.before)
        except RingmeError as error:
            return error
        if state.bundle_list == step.after:
            return None
        shown = self.names.describe_all(state.bundle_list) or "none"
        return NotAppliedError(
            f"the API accepted the change, but reading back shows these members: {shown}",
            hint="Check in the web interface that nobody else changes the bundle at the same time",
        )

    def _settled(self, group: _Progress, changes: Mapping[int, Change]) -> dict[int, ChangeOutcome]:
        """Return what became of each move of a group; puts back what was done of a group that is not complete."""
        moves = group.group.moves
        if group.complete:
            return {move.main: ChangeOutcome(changes[move.main], "verified") for move in moves}
        touched = [move for move in moves if group.touched(move)]
        if len(moves) == 1 and not touched:
            return {moves[0].main: _own(changes[moves[0].main], group.failed.get(moves[0].main))}
        current, lost = self._present(group, touched)
        if all(current.get(move.main) == move.after for move in moves):
            for error in group.failed.values():
                self.api.run.warn(f"{error.what.rstrip('. ')}; a second look shows that it was carried out")
            return {move.main: ChangeOutcome(changes[move.main], "verified") for move in moves}
        strange = [move for move in touched if set(current.get(move.main, ())) - {*move.before, *move.after}]
        lost.update(self._put_back(current, [move for move in touched if move not in strange]))
        theirs = {main: error for main, error in lost.items() if isinstance(error, ChangedMeanwhileError)}
        found = {}
        for move in moves:
            change, problem = changes[move.main], group.failed.get(move.main)
            old = self.names.describe_all(move.before) or "no members"
            if move.main in theirs:
                told = f"not rolled back: {theirs[move.main].what}"
                found[move.main] = ChangeOutcome(change, "failed", theirs[move.main].reworded(told))
            elif move.main in lost:
                found[move.main] = self._lost(move, change, lost[move.main])
            elif move in touched and problem is None:
                reason = PartialError(f"it has {old} as before, because {self._cause(group, changes)}", hint=MEND)
                found[move.main] = ChangeOutcome(change, "compensated", reason)
            elif problem is None:
                unreached = ConflictError(f"not begun, because {self._cause(group, changes)}", hint=MEND)
                found[move.main] = ChangeOutcome(change, "not_reached", unreached)
            elif move in strange:
                now = self.names.describe_all(current[move.main])
                told = f"{problem.what.rstrip('. ')}; left as it is ({now}), because this run did not put these members there"
                found[move.main] = _own(change, problem.reworded(told, unsettled=False))
            elif move in touched and not isinstance(problem, PartialError):
                told = f"{problem.what.rstrip('. ')}; a second look shows {old} as before, or they were put back"
                found[move.main] = _own(change, problem.reworded(told, unsettled=False))
            else:
                found[move.main] = _own(change, problem)
        return found

    def _present(self, group: _Progress, touched: Sequence[Move]) -> tuple[dict[int, Members], dict[int, RingmeError]]:
        """Return the members that bundles have now, read where that is not known, and why reading failed for others."""
        current: dict[int, Members] = {}
        lost: dict[int, RingmeError] = {}
        for move in touched:
            members = group.reached(move)
            try:
                current[move.main] = self._read(move.main) if members is None else members
            except RingmeError as error:
                lost[move.main] = error
        return current, lost

    def _put_back(self, current: Mapping[int, Members], touched: Sequence[Move]) -> dict[int, RingmeError]:
        """Lead the bundles back to what they were; returns the errors of those for which that failed."""
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
            return ()  # it is a member elsewhere by now, so it has no bundle of its own

    def _lost(self, move: Move, change: Change, error: RingmeError) -> ChangeOutcome:
        old = self.names.describe_all(move.before) or "none"
        restore = restoring(self.client_id, move.main, move.before)
        what = f"its old members ({old}) could not be put back ({error.what.rstrip('. ')})"
        return ChangeOutcome(change, "failed", PartialError(what, hint=MEND, restore=restore), restore)

    def _cause(self, group: _Progress, changes: Mapping[int, Change]) -> str:
        if not group.failed:
            return "the run stopped before all that belongs together was written"
        main, error = next(iter(group.failed.items()))
        return f"{changes[main].address} failed, with which it shares extensions ({error.what.rstrip('. ')})"

    def _writer(self, main: int) -> BundleWriter:
        return BundleWriter(self.api, self.client_id, main, self.names, self.rebuilds)


def _own(change: Change, error: RingmeError | None) -> ChangeOutcome:
    """Return the outcome of a move that stands alone, or that failed itself."""
    if error is None:
        return ChangeOutcome(change, "not_reached")
    if isinstance(error, PartialError):
        restore = error.facts.get("restore")
        return ChangeOutcome(change, "failed" if restore else "compensated", error, restore)
    if isinstance(error, NotReachedError):
        return ChangeOutcome(change, "not_reached", error)
    return ChangeOutcome(change, "not_applied" if isinstance(error, NotAppliedError) else "failed", error)
