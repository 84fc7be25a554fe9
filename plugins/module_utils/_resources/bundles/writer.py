# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one bundle is read and written, whatever the API turns out to do (reference section 4).

Not documented are: whether POST replaces the members or adds to them, whether it admits members that are in the bundle
already, whether its answer is the state or an echo, and what a GET without a bundle gives.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._api import Api, ClientId, bundle_path
from ..._engine.change_outcomes import MEND, spoken
from ..._engine.read_back import write_and_read
from ..._model.errors import (
    ApiError,
    ConflictError,
    NotAppliedError,
    NotFoundError,
    PartialError,
    RingmeError,
)
from ..._model.extension_numbers import Names
from ..._model.objects import Bundle
from .rebuild_journal import Rebuild, Rebuilds

Members = tuple[int, ...]

_REFUSED = (400, 404, 409, 422)
"""How the API may refuse members: which code it uses is not documented."""
_RULES = "All must be phones of this client, no member may be a main extension or in another bundle"


class ChangedMeanwhileError(ConflictError):
    """Somebody else changed the bundle since it was read; it is left as it is."""


@dataclass(frozen=True)
class BundleWriter:
    """The bundle of one main extension. Members are sorted ids; ``names`` says how to call them in messages.

    ``rebuilds`` keeps the old members on disk while the bundle is written.
    """

    api: Api
    client_id: ClientId
    main: int
    names: Names = field(default_factory=Names)
    rebuilds: Rebuilds = field(default_factory=lambda: Rebuilds(None, ""))

    def read(self) -> Bundle:
        """Return the live bundle; without members if there is none.

        One GET, and a second one where a 404 leaves open whether the extension exists. Raises ConflictError when the
        extension is itself a member elsewhere.
        """
        try:
            bundle = self.api.bundle(self.client_id, self.main)
        except NotFoundError:
            self.api.extension(self.client_id, self.main)  # raises its own NotFoundError
            return Bundle(self.main, ())
        if bundle.bundle_id is not None and bundle.bundle_id != self.main:
            other = self.names.describe(bundle.bundle_id)
            raise ConflictError(
                f"extension {self._named} is itself a member of the bundle of {other}",
                hint=f"Take it out of that bundle first, or manage the bundle of {other}",
            )
        return Bundle(self.main, bundle.bundle_list)

    def delete(self, old: Members) -> Bundle:
        """Remove the bundle with the ``old`` members: GET, DELETE, then GET, because what an answer's body would mean is not
        known. Raises ChangedMeanwhileError where it has other members."""
        self._look(old, ())
        return self._clear()

    def _clear(self) -> Bundle:
        """DELETE, then GET."""

        def write() -> None:
            try:
                self.api.delete_bundle(self.client_id, self.main)
            except NotFoundError:
                pass  # somebody was faster; reading back decides

        return write_and_read(self.api.run, write, self.read, lambda state: not state.bundle_list)

    def set(self, old: Members, target: Members) -> Bundle:
        """Lead from the ``old`` members to the ``target``: GET, POST, or where that does not do, DELETE and POST.

        Raises the API's refusal with what could be found out about its cause, PartialError when the bundle could not be set
        anew, and ChangedMeanwhileError where it has members that are neither the old nor the new ones.
        """
        if not self._look(old, target):
            return Bundle(self.main, target)
        with self._on_disk(Rebuild(self.main, old, target)):
            return self._set(old, target)

    @contextlib.contextmanager
    def _on_disk(self, rebuild: Rebuild) -> Iterator[None]:
        """Keep the old members on disk until the bundle is known to have these or the new ones, or somebody else's."""
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
        """POST, or where that does not do, DELETE and POST."""
        leaving = set(old) - set(target)
        both = tuple(sorted({*old, *target}))
        try:
            # After a removal only a GET can tell: the answer of an API that adds may merely repeat what was sent.
            state = self._post(target, trusted=not leaving, added=both if both != old else target)
        except ApiError as refusal:
            if not _is_refusal(refusal):
                raise
            causes = self._causes(target)
            if causes or not self._repeating_is_refused(old, target):
                raise _explained(refusal, causes) from None
            return self._rebuild(old, target, old)
        if set(state.bundle_list) - set(both):
            raise self._overtaken(both, state.bundle_list)
        return state if not leaving & set(state.bundle_list) else self._rebuild(old, target, state.bundle_list)

    def _look(self, old: Members, target: Members) -> bool:
        """Read again just before a write that replaces all members; returns whether it is still needed."""
        now = self.read().bundle_list
        if now not in (old, target):
            raise self._overtaken(old, now)
        return now != target

    def _overtaken(self, old: Members, now: Members) -> ChangedMeanwhileError:
        before, present = (self.names.describe_all(members) or "no members" for members in (old, now))
        return ChangedMeanwhileError(
            f"somebody else changed the bundle of {self._named} during this run: it has {present} instead of {before}, and is "
            "left so",
            hint="Check that no other run or person changes it at the same time, and run again",
        )

    def _post(self, members: Members, *, trusted: bool = True, added: Members | None = None) -> Bundle:
        """POST; where its answer is not ``trusted``, or does not show the members, a GET tells the state.

        ``added`` is what the bundle has afterwards if the API adds: then the POST was carried out, too.
        """

        def write() -> Bundle | None:
            answer = self.api.set_bundle(self.client_id, self.main, members)
            if not trusted or answer is None or answer.bundle_id not in (None, self.main):
                return None
            return Bundle(self.main, answer.bundle_list)

        return write_and_read(self.api.run, write, self.read, lambda state: state.bundle_list in (members, added))

    def _repeating_is_refused(self, old: Members, target: Members) -> bool:
        """Find out whether the API refuses members that are in the bundle already, by setting what is already set."""
        if not set(old) & set(target):
            return False
        try:
            self._post(old)
        except ApiError as error:
            return _is_refusal(error)
        return False

    def _rebuild(self, old: Members, target: Members, now: Members) -> Bundle:
        """DELETE and POST; the old members are put back if one of them fails, or if the process is about to end."""
        try:
            return self._rebuilt(old, target, now)
        except RingmeError:
            raise
        except BaseException:
            self._rolled_back(old, target, "the run was interrupted", None)
            raise

    def _rebuilt(self, old: Members, target: Members, now: Members) -> Bundle:
        """DELETE and POST; the old members are put back if one of them fails. ``now`` are the present members."""
        wanted = f"the members {self.names.describe_all(target)} could not be set"
        try:
            self._remove()
        except RingmeError as error:
            if error.unsettled or now != old:
                seen = self._seen()
                if seen == target:
                    return self._second_look(error.what, target)
                raise self._rolled_back(
                    old, target, f"{wanted} ({error.what})", now if seen is None else seen
                ) from None
            raise error.reworded(f"{error.what}; the bundle of {self._named} had to be removed and set anew") from None
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
                reached = self._seen()
            if reached == target:
                return self._second_look(problem, target)
        raise self._rolled_back(old, target, f"{wanted} ({problem})", reached)

    def _second_look(self, problem: str, target: Members) -> Bundle:
        self.api.run.warn(f"{problem.rstrip('. ')}; a second look shows that it was carried out")
        return Bundle(self.main, target)

    def _seen(self) -> Members | None:
        """Return the present members, or ``None`` where they cannot be read."""
        try:
            return self.read().bundle_list
        except RingmeError:
            return None

    def _remove(self) -> None:
        """Remove the bundle in order to set it anew; raises NotAppliedError where it is still there."""
        left = self._clear().bundle_list
        if left:
            shown = self.names.describe_all(left)
            raise NotAppliedError(
                f"the API accepted the removal of the bundle of {self._named}, but reading back shows these members: {shown}",
                hint="Run again: it will do what is still missing",
            )

    def _rolled_back(self, old: Members, target: Members, failed: str, now: Members | None) -> RingmeError:
        """Put the old members back, and return the error that says whether that was possible.

        ``now`` are the present members, ``None`` where they are not known. What somebody else set meanwhile stays.
        """
        what = f"bundle of {self._named}: {failed}"
        try:
            if now is not None and set(now) - {*old, *target}:
                return self._overtaken(old, now)
            if now is not None and set(now) - set(old):
                self._remove()  # what an API that adds has added goes no other way
            found = self._post(old).bundle_list
            if set(found) - {*old, *target}:
                return self._overtaken(old, found)
            if set(found) - set(old):  # more was there than was known
                self._remove()
                found = self._post(old).bundle_list
            restored = found == old
            second = "reading back does not show it"
        except RingmeError as error:
            restored, second = False, error.what
        if restored:
            old_list = self.names.describe_all(old)
            return PartialError(f"{what}; the old list {old_list} was put back", hint=MEND)
        return self.lost(
            f"{what}, and the old list could not be put back ({second}): the bundle may be gone, or have these members and "
            f"those of before",
            old,
        )

    def lost(self, what: str, old: Members) -> PartialError:
        """Return the error for a bundle whose ``old`` members could not be put back: it names the request that does."""
        restore = restoring(self.client_id, self.main, old)
        return PartialError(
            f"{what}. Its old members are {self.names.describe_all(old)}",
            hint=f"Restore it with {spoken(restore)}, or run again",
            restore=restore,
        )

    @property
    def _named(self) -> str:
        return self.names.describe(self.main)

    def _linked(self, member: int) -> str | None:
        try:
            bundle = self.api.bundle(self.client_id, member)
        except NotFoundError:
            return None
        return linked(bundle, member, self.main, self.names)

    def _causes(self, members: Members) -> list[str]:
        """Return what can be found out about a refusal by reading."""
        found: list[str | None] = []
        for extension_id in (self.main, *members):
            try:
                kind = self.api.extension(self.client_id, extension_id).type
                if kind != "phone":
                    found.append(f"extension {self.names.describe(extension_id)} is of type {kind}, not phone")
                elif extension_id != self.main:
                    found.append(self._linked(extension_id))
            except NotFoundError:
                found.append(f"there is no extension {self.names.describe(extension_id)} at client {self.client_id}")
            except RingmeError:
                continue  # the refusal itself is what counts
        return [text for text in found if text]


def linked(bundle: Bundle, member: int, main: int, names: Names) -> str | None:
    """Return what keeps ``member`` from joining the bundle of ``main``, as its own ``bundle`` resource tells it."""
    if bundle.bundle_id is not None and bundle.bundle_id not in (member, main):
        return f"extension {names.describe(member)} is already a member of the bundle of {names.describe(bundle.bundle_id)}"
    if bundle.bundle_list and bundle.bundle_id in (None, member):
        return f"extension {names.describe(member)} is itself the main extension of a bundle"
    return None


def restoring(client_id: ClientId, main: int, members: Sequence[int]) -> dict[str, Any]:
    """Return the request that leads back to these members, as ``restore`` shows it."""
    path = bundle_path(client_id, main)
    if not members:
        return {"method": "DELETE", "path": path, "body": None}
    return {"method": "POST", "path": path, "body": {"bundle_list": list(members)}}


def _is_refusal(error: ApiError) -> bool:
    """Whether the API refused the members, and not merely the reading back."""
    return not error.unsettled and error.details.status in _REFUSED


def _explained(refusal: ApiError, causes: list[str]) -> RingmeError:
    what = f"{refusal.what}. Cause: {'; '.join(causes)}" if causes else refusal.what
    return refusal.reworded(what, _RULES)
