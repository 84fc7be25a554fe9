# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal of registrations, and the read-back of each (reference section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..._api import Api
from ..._engine.change_outcomes import ChangeOutcome, Stopper
from ..._engine.concurrency import each
from ..._engine.read_back import RUN_AGAIN, write_and_read
from ..._model.errors import (
    NotAppliedError,
    NotFoundError,
    NotReachedError,
    RingmeError,
)
from ..._model.objects import RegistrationInfo
from ..._model.plan import Change
from .reader import RegistrationReader

STILL_LISTED = "The API confirmed the removal, but still lists the registration: run again in a minute"


@dataclass(frozen=True)
class Removal:
    """One DELETE request: one registration of an extension, or all, which have the ``ids``."""

    extension_id: int
    ids: frozenset[str]
    all: bool = False

    def still_listed(self, info: RegistrationInfo) -> bool:
        """Whether a registration is still live. A device that registers again gets another id."""
        return any(entry.registration_id in self.ids for entry in info.live)


def delete(api: Api, removal: Removal) -> None:
    """Send the DELETE request; after a lost response, GET settles whether it was applied. Raises RingmeError if not."""

    def write() -> RegistrationInfo:
        try:
            if removal.all:
                api.delete_registrations(removal.extension_id)
            else:
                for registration_id in removal.ids:
                    api.delete_registration(removal.extension_id, registration_id)
        except NotFoundError:
            pass  # it has expired or was removed meanwhile; reading back shows whether the extension exists
        return RegistrationInfo(removal.extension_id, False, ())

    write_and_read(
        api.run,
        write,
        read=lambda: api.registration(removal.extension_id),
        reached=lambda info: not removal.still_listed(info),
    )


@dataclass(frozen=True)
class RegistrationRemover:
    """Removes registrations of many extensions, one DELETE each; ``on_error`` is whether a failure stops it."""

    reader: RegistrationReader
    on_error: str

    def remove(
        self, changes: Sequence[Change], removals: Sequence[Removal]
    ) -> tuple[list[ChangeOutcome], dict[int, RegistrationInfo]]:
        """Return the outcome of each change, and the registrations read back, as far as they could be read.

        The changes are those of the removals, in the same order.
        """
        stopper = Stopper(self.on_error, self.reader.api.run.breaker)
        pairs = list(zip(changes, removals, strict=True))
        sent = each(lambda pair: self._delete(*pair, stopper), pairs, self.reader.at_a_time)
        accepted = {
            removal.extension_id: None
            for (_change, removal), outcome in zip(pairs, sent, strict=True)
            if _is_verified(outcome)
        }
        results = self.reader.read_what_can_be(list(accepted))
        outcomes = [
            _settled(change, removal, results[removal.extension_id]) if _is_verified(outcome) else outcome
            for (change, removal), outcome in zip(pairs, sent, strict=True)
        ]
        return outcomes, {key: info for key, info in results.items() if isinstance(info, RegistrationInfo)}

    def _delete(self, change: Change, removal: Removal, stopper: Stopper) -> ChangeOutcome:
        if stopper.stopped:
            return ChangeOutcome(change, "not_reached")
        try:
            delete(self.reader.api, removal)
        except RingmeError as error:
            stopper.failed(error)
            return ChangeOutcome(change, "not_reached" if isinstance(error, NotReachedError) else "failed", error)
        return ChangeOutcome(change, "verified")


def _is_verified(outcome: ChangeOutcome) -> bool:
    return outcome.status == "verified"


def _settled(change: Change, removal: Removal, result: RegistrationInfo | RingmeError) -> ChangeOutcome:
    """Return the outcome of an accepted removal after reading back."""
    if isinstance(result, RingmeError):
        what = f"the API accepted the removal, but reading back failed ({result.what})"
        return ChangeOutcome(change, "failed", result.reworded(what, RUN_AGAIN))
    if removal.still_listed(result):
        stays = NotAppliedError("the API accepted the removal, but still lists the registration", hint=STILL_LISTED)
        return ChangeOutcome(change, "not_applied", stays)
    return ChangeOutcome(change, "verified")
