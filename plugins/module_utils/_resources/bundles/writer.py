# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing one bundle, however the API behaves (reference section 4).

It is not documented whether POST replaces the members or adds to them, whether it accepts members that are in the
bundle already, whether its response is the state or an echo, and what GET returns if there is no bundle.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._api import ClientId, bundle_path
from ..._engine.change_outcomes import FIX_AND_RUN_AGAIN, request_text
from ..._engine.directory_cache import CachedApi
from ..._engine.read_back import RUN_AGAIN, write_and_read
from ..._model.bundle_change import Members
from ..._model.errors import (
    ApiError,
    ConflictError,
    NotAppliedError,
    NotFoundError,
    PartialError,
    RingmeError,
)
from ..._model.extension_numbers import Names
from ..._model.objects import PHONE_TYPE, Bundle
from .links import read_bundle
from .rebuild_journal import Rebuild, Rebuilds

_REFUSED = (400, 404, 409, 422)
"""Status codes that may refuse members; the API does not document them."""
_RULES = "Check that all are phones of this client, and that no member is a main extension or in another bundle"


class ChangedMeanwhileError(ConflictError):
    """The bundle has changed since it was read; it is left unchanged."""


@dataclass(frozen=True)
class BundleWriter:
    """The bundle of one main extension. Members are sorted ids; ``names`` has their names for messages.

    ``rebuilds`` keeps the old members on disk while the bundle is written.
    """

    api: CachedApi
    client_id: ClientId
    main: int
    names: Names = field(default_factory=Names)
    rebuilds: Rebuilds = field(default_factory=lambda: Rebuilds(None, ""))

    def read(self) -> Bundle:
        """Return the live bundle as :func:`.read_bundle` does; raises ConflictError for a member of another bundle."""
        bundle = read_bundle(self.api, self.client_id, self.main)
        if bundle.bundle_id is not None and bundle.bundle_id != self.main:
            other = self.names.describe(bundle.bundle_id)
            raise ConflictError(
                f"extension {self._named} is a member of the bundle of {other}",
                hint=f"Remove it from that bundle first, or manage the bundle of {other}",
            )
        return Bundle(self.main, bundle.bundle_list)

    def delete(self, old: Members) -> Bundle:
        """Remove the bundle with the ``old`` members: GET, DELETE, GET, because the response of DELETE is not
        documented.

        Raises ChangedMeanwhileError if it has other members.
        """
        self._check_unchanged(old, ())
        return self._clear()

    def _clear(self) -> Bundle:
        """DELETE, then GET."""

        def write() -> None:
            with contextlib.suppress(NotFoundError):  # already removed; reading back decides
                self.api.delete_bundle(self.client_id, self.main)

        return write_and_read(self.api.run, write, self.read, lambda state: not state.bundle_list)

    def set(self, old: Members, target: Members) -> Bundle:
        """Change the ``old`` members to the ``target``: GET, POST and, if that is not sufficient, DELETE and POST.

        Raises the API's refusal with the causes that were found, PartialError if the bundle was removed and could not
        be created again, and ChangedMeanwhileError if it has members that are neither the old nor the new ones.
        """
        if not self._check_unchanged(old, target):
            return Bundle(self.main, target)
        with self._on_disk(Rebuild(self.main, old, target)):
            return self._set(old, target)

    @contextlib.contextmanager
    def _on_disk(self, rebuild: Rebuild) -> Iterator[None]:
        """Keep the old members on disk until the bundle is known to have these, the new ones, or those of another
        writer.
        """
        kept, settled = self.rebuilds.keep(self.api.run, rebuild), False
        try:
            yield
            settled = True
        except RingmeError as error:
            settled = not error.unsettled and (not isinstance(error, PartialError) or error.compensated)
            raise
        finally:
            if kept:
                (self.rebuilds.forget if settled else self.rebuilds.release)(self.main)

    def _set(self, old: Members, target: Members) -> Bundle:
        """POST and, if that is not sufficient, DELETE and POST."""
        leaving = set(old) - set(target)
        both = tuple(sorted({*old, *target}))
        try:
            # When members leave, only GET is reliable: the response of an API that adds may be an echo of the request.
            state = self._post(target, trusted=not leaving, added=both if both != old else target)
        except ApiError as refusal:
            if not _is_refusal(refusal):
                raise
            causes = self._causes(target)
            if causes or not self._repeating_is_refused(old, target):
                raise _explained(refusal, causes) from None
            return self._rebuild(old, target, old)
        if set(state.bundle_list) - set(both):
            raise self._changed_meanwhile(both, state.bundle_list)
        return state if not leaving & set(state.bundle_list) else self._rebuild(old, target, state.bundle_list)

    def _check_unchanged(self, old: Members, target: Members) -> bool:
        """Read again just before a write that replaces all members; returns whether the write is still needed."""
        now = self.read().bundle_list
        if now not in (old, target):
            raise self._changed_meanwhile(old, now)
        return now != target

    def _changed_meanwhile(self, old: Members, now: Members) -> ChangedMeanwhileError:
        before, present = (self.names.describe_all(members) or "no members" for members in (old, now))
        return ChangedMeanwhileError(
            f"the bundle of {self._named} was changed by another run or person: it has {present} instead of {before}. "
            "This run left it unchanged",
            hint="Check that no other run or person changes it at the same time, and run again",
        )

    def _post(self, members: Members, *, trusted: bool = True, added: Members | None = None) -> Bundle:
        """POST; if its response is not ``trusted``, or does not have the members, GET returns the state.

        ``added`` is what the bundle has if the API adds members: the POST was applied then, too.
        """

        def write() -> Bundle | None:
            response = self.api.set_bundle(self.client_id, self.main, members)
            if not trusted or response is None or response.bundle_id not in (None, self.main):
                return None
            return Bundle(self.main, response.bundle_list)

        return write_and_read(self.api.run, write, self.read, lambda state: state.bundle_list in (members, added))

    def _repeating_is_refused(self, old: Members, target: Members) -> bool:
        """Return whether the API refuses members that are already in the bundle, by setting the same members again."""
        if not set(old) & set(target):
            return False
        try:
            self._post(old)
        except ApiError as error:
            return _is_refusal(error)
        return False

    def _rebuild(self, old: Members, target: Members, now: Members) -> Bundle:
        """DELETE and POST; rolls back if one of them fails, or if the process is about to end."""
        try:
            return self._rebuilt(old, target, now)
        except RingmeError:
            raise
        except BaseException:
            self._rolled_back(old, target, "the run was interrupted", None)
            raise

    def _rebuilt(self, old: Members, target: Members, now: Members) -> Bundle:
        """DELETE and POST; rolls back if one of them fails. ``now`` are the present members."""
        failed = f"the members {self.names.describe_all(target)} could not be set"
        try:
            self._remove()
        except RingmeError as error:
            if error.unsettled or now != old:
                seen = self._members_or_none()
                if seen == target:
                    return self._applied_after_all(error.what, target)
                raise self._rolled_back(
                    old, target, f"{failed} ({error.what})", now if seen is None else seen
                ) from None
            raise error.reworded(
                f"{error.what}; the bundle of {self._named} had to be removed and created again"
            ) from None
        reached: Members | None = ()
        try:
            state = self._post(target)
            if state.bundle_list == target:
                return state
            reached = state.bundle_list
            problem = f"after the POST the bundle has {self.names.describe_all(reached) or 'no members'}"
        except RingmeError as error:
            problem = error.what
            if error.unsettled:
                reached = self._members_or_none()
            if reached == target:
                return self._applied_after_all(problem, target)
        raise self._rolled_back(old, target, f"{failed} ({problem})", reached)

    def _applied_after_all(self, problem: str, target: Members) -> Bundle:
        self.api.run.warn(f"{problem}; reading again shows that the change was applied")
        return Bundle(self.main, target)

    def _members_or_none(self) -> Members | None:
        """Return the present members, or ``None`` if they cannot be read."""
        try:
            return self.read().bundle_list
        except RingmeError:
            return None

    def _remove(self) -> None:
        """Remove the bundle before it is created again; raises NotAppliedError if it still exists."""
        left = self._clear().bundle_list
        if left:
            shown = self.names.describe_all(left)
            raise NotAppliedError(
                f"the API accepted the removal of the bundle of {self._named}, but the bundle still has {shown}",
                hint=RUN_AGAIN,
            )

    def _rolled_back(self, old: Members, target: Members, failed: str, now: Members | None) -> RingmeError:
        """Restore the old members, and return the error that states whether that succeeded.

        ``now`` are the present members, ``None`` if they are unknown. Members that another writer has set stay.
        """
        what = f"bundle of {self._named}: {failed}"
        try:
            if now is not None and set(now) - {*old, *target}:
                return self._changed_meanwhile(old, now)
            if now is not None and set(now) - set(old):
                self._remove()  # members that an API has added cannot be removed otherwise
            found = self._post(old).bundle_list
            if set(found) - {*old, *target}:
                return self._changed_meanwhile(old, found)
            if set(found) - set(old):  # the bundle had more members than this run knew
                self._remove()
                found = self._post(old).bundle_list
            restored = found == old
            second = "reading back shows other members"
        except RingmeError as error:
            restored, second = False, error.what
        if restored:
            old_list = self.names.describe_all(old)
            return PartialError(f"{what}; the old members {old_list} were restored", hint=FIX_AND_RUN_AGAIN)
        return self.lost(
            f"{what}, and rollback failed ({second}): the bundle may be missing, or may contain both "
            "the old and the new members",
            old,
        )

    def lost(self, what: str, old: Members) -> PartialError:
        """Return the error for a bundle whose rollback failed: it has the request that restores the ``old`` members."""
        restore = restoring(self.client_id, self.main, old)
        return PartialError(
            f"{what}. Its old members are {self.names.describe_all(old)}",
            hint=f"Restore it with {request_text(restore)}, or run again",
            restore=restore,
        )

    @property
    def _named(self) -> str:
        return self.names.describe(self.main)

    def _causes(self, members: Members) -> list[str]:
        """Return the causes of a refusal that reading shows."""
        found: list[str | None] = []
        for extension_id in (self.main, *members):
            try:
                kind = self.api.extension(self.client_id, extension_id).type
                if kind != PHONE_TYPE:
                    found.append(f"extension {self.names.describe(extension_id)} is of type {kind}, not phone")
                elif extension_id != self.main:
                    bundle = read_bundle(self.api, self.client_id, extension_id, exists=True)
                    found.append(linked(bundle, extension_id, self.main, self.names))
            except NotFoundError:
                found.append(f"there is no extension {self.names.describe(extension_id)} at client {self.client_id}")
            except RingmeError:
                continue  # the refusal is the error to report
        return [text for text in found if text]


def linked(bundle: Bundle, member: int, main: int, names: Names) -> str | None:
    """Return what prevents ``member`` from joining the bundle of ``main``, according to its own ``bundle``."""
    if bundle.bundle_id is not None and bundle.bundle_id not in (member, main):
        other = names.describe(bundle.bundle_id)
        return f"extension {names.describe(member)} is already a member of the bundle of {other}"
    if bundle.bundle_list and bundle.bundle_id in (None, member):
        return f"extension {names.describe(member)} is the main extension of a bundle"
    return None


def restoring(client_id: ClientId, main: int, members: Sequence[int]) -> dict[str, Any]:
    """Return the request that restores these members, as ``restore`` has it."""
    path = bundle_path(client_id, main)
    if not members:
        return {"method": "DELETE", "path": path, "body": None}
    return {"method": "POST", "path": path, "body": {"bundle_list": list(members)}}


def _is_refusal(error: ApiError) -> bool:
    """Whether the API refused the members; reading back may fail with the same status."""
    return not error.unsettled and error.details.status in _REFUSED


def _explained(refusal: ApiError, causes: list[str]) -> RingmeError:
    what = f"{refusal.what}. Cause: {'; '.join(causes)}" if causes else refusal.what
    return refusal.reworded(what, _RULES)
