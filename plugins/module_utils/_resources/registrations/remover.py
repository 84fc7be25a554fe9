# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing single registrations of many extensions, and reading back what became of each (reference section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..._engine.change_outcomes import ChangeOutcome, Stopper
from ..._engine.concurrency import each
from ..._engine.read_back import write_and_read
from ..._model.errors import (
    NotAppliedError,
    NotFoundError,
    NotReachedError,
    RingmeError,
)
from ..._model.objects import RegistrationInfo
from ..._model.plan import Change
from .reader import RegistrationReader

STILL_LISTED = "The API answered that it removed the registration, yet still lists it: try again in a minute"


@dataclass(frozen=True)
class Removal:
    """One registration that goes, and the change that says so."""

    change: Change
    extension_id: int
    registration_id: str

    def still_listed(self, info: RegistrationInfo) -> bool:
        """Whether it is live. A device that registered anew has another id, so it is not this registration."""
        return any(entry.registration_id == self.registration_id for entry in info.live)


@dataclass(frozen=True)
class RegistrationRemover:
    """Sends one DELETE for each removal; ``on_error`` says whether a failure ends it."""

    reader: RegistrationReader
    on_error: str

    def remove(self, removals: Sequence[Removal]) -> tuple[list[ChangeOutcome], dict[int, RegistrationInfo]]:
        """Return what became of each, and the extensions as they are afterwards, as far as they could be read."""
        stopper = Stopper(self.on_error, self.reader.api.run.breaker)
        sent = each(lambda removal: self._delete(removal, stopper), removals, self.reader.at_a_time)
        accepted = {
            removal.extension_id: None for removal, outcome in zip(removals, sent) if outcome.status == "verified"
        }
        answers = self.reader.read_what_can_be(list(accepted))
        outcomes = [
            _settled(removal, answers[removal.extension_id]) if outcome.status == "verified" else outcome
            for removal, outcome in zip(removals, sent)
        ]
        return outcomes, {key: info for key, info in answers.items() if isinstance(info, RegistrationInfo)}

    def _delete(self, removal: Removal, stopper: Stopper) -> ChangeOutcome:
        if stopper.stopped:
            return ChangeOutcome(removal.change, "not_reached")
        try:
            self._send(removal)
        except RingmeError as error:
            stopper.failed(error)
            return ChangeOutcome(
                removal.change, "not_reached" if isinstance(error, NotReachedError) else "failed", error
            )
        return ChangeOutcome(removal.change, "verified")

    def _send(self, removal: Removal) -> None:
        api = self.reader.api

        def write() -> RegistrationInfo:
            try:
                api.delete_registration(removal.extension_id, removal.registration_id)
            except NotFoundError:
                pass  # expired or removed meanwhile; whether the extension is there, reading back will tell
            return RegistrationInfo(removal.extension_id, False, ())

        write_and_read(
            api.run,
            write,
            read=lambda: api.registration(removal.extension_id),
            reached=lambda info: not removal.still_listed(info),
        )


def _settled(removal: Removal, answer: RegistrationInfo | RingmeError) -> ChangeOutcome:
    """Return the outcome of an accepted removal after reading back."""
    if isinstance(answer, RingmeError):
        what = f"the API accepted the removal, but reading back failed ({answer.what.rstrip('. ')})"
        error = answer.reworded(what, "Run again: it will do what is still missing")
        return ChangeOutcome(removal.change, "failed", error)
    if removal.still_listed(answer):
        stays = NotAppliedError("the API accepted the removal, but still lists the registration", hint=STILL_LISTED)
        return ChangeOutcome(removal.change, "not_applied", stays)
    return ChangeOutcome(removal.change, "verified")
