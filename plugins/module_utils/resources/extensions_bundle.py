# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bundle: a main extension and its members (reference section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..api import Api, ClientId
from ..model.errors import ApiError, ConflictError, NotFoundError, OptionError, PartialError, RingmeError
from ..model.objects import Bundle
from ..model.plan import Action, Change, FieldChange, Plan
from ..model.values import check_id, check_ids
from . import side_effects
from .engine import Options, StateResource, write_and_read
from .options import CLIENT_ID, EXTENSION_ID, check_client_id

_REFUSED = (400, 404, 409, 422)
"""How the API may refuse members: which code it uses is not documented (reference section 4)."""


@dataclass(frozen=True)
class DesiredBundle:
    """``members`` is empty where the bundle is to be absent; ``append`` keeps members that are not named."""

    client_id: ClientId
    extension_id: int
    members: frozenset[int]
    append: bool
    report_side_effects: bool

    @property
    def address(self) -> str:
        """The object's name in results."""
        return f"bundle/{self.extension_id}"


class ExtensionsBundle(StateResource[DesiredBundle, Bundle]):
    """POST or DELETE when the set of members differs."""

    name = "extensions_bundle"
    key = "bundle"
    arguments = {
        "client_id": CLIENT_ID,
        "extension_id": EXTENSION_ID,
        "bundle_list": {"type": "list", "elements": "int"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "append": {"type": "bool", "default": False},
        "side_effects": {"type": "str", "choices": ["report", "ignore"], "default": "report"},
    }
    rules = {"required_if": [("state", "present", ("bundle_list",))]}
    not_applied_hint = (
        "Check in the web interface that every member is of type phone and in no other bundle, and that nobody else changes "
        "the bundle at the same time"
    )

    def desired(self, options: Options) -> DesiredBundle:
        """Check the options against each other."""
        main = check_id("extension_id", options["extension_id"])
        present = options["state"] == "present"
        members = check_ids("bundle_list", options.get("bundle_list") or ())
        if not present and members:
            raise OptionError(
                "bundle_list", "names members of a bundle that is to be absent",
                hint="Leave it out: state: absent removes the whole bundle; to remove some members, list the others with state: present",
            )
        if present and not members:
            raise OptionError("bundle_list", "is empty", hint="To remove the bundle, write state: absent")
        if main in members:
            raise OptionError("bundle_list", f"the main extension {main} is among its own members", hint="List only the others")
        report = options["side_effects"] == "report"
        return DesiredBundle(check_client_id(options), main, frozenset(members), present and options["append"], report)

    def observe(self, api: Api, desired: DesiredBundle) -> Bundle:
        """One GET; a second one where a 404 leaves open whether the extension exists."""
        main = desired.extension_id
        try:
            bundle = api.bundle(desired.client_id, main)
        except NotFoundError:
            api.extension(desired.client_id, main)  # raises its own NotFoundError
            return Bundle(main, ())
        if bundle.bundle_id not in (None, main):
            raise ConflictError(
                f"extension {main} is itself a member of the bundle of {bundle.bundle_id}",
                hint=f"Take it out of that bundle first, or manage the bundle of {bundle.bundle_id}",
            )
        return Bundle(main, bundle.bundle_list)

    def plan(self, desired: DesiredBundle, observed: Bundle) -> Plan:
        """One change of ``bundle_list``, or none when the sets are equal."""
        before, after = observed.bundle_list, self.predict(desired, observed).bundle_list
        if before == after:
            return Plan()
        action: Action = "delete" if not after else "update" if before else "create"
        item = FieldChange("bundle_list", list(before), list(after))
        # The values that a new member loses are gone for good (reference section 4), so only a removal can be undone.
        return Plan((Change(self.name, desired.address, action, (item,), reversible=not set(after) - set(before)),))

    def predict(self, desired: DesiredBundle, observed: Bundle) -> Bundle:
        """The bundle with exactly the desired members, or with them added."""
        kept = observed.bundle_list if desired.append else ()
        return Bundle(desired.extension_id, tuple(sorted({*kept, *desired.members})))

    def consequences(self, api: Api, desired: DesiredBundle, observed: Bundle, plan: Plan) -> dict[str, Any]:
        """What creating or growing the bundle overwrites on the new members; also refuses what the API would refuse."""
        joining = sorted(set(self.predict(desired, observed).bundle_list) - set(observed.bundle_list))
        if not plan or not joining or not desired.report_side_effects:
            return {"side_effects": []}
        losses = side_effects.read(api, desired.client_id, desired.extension_id, joining)
        self._refuse_linked(api, desired, joining)
        return {"side_effects": losses}

    def apply(self, api: Api, desired: DesiredBundle, observed: Bundle, plan: Plan) -> Bundle:
        """DELETE, or POST of the full list; DELETE and POST where the API turns out to add instead of replacing."""
        target = self.predict(desired, observed).bundle_list
        if not target:
            return self._delete(api, desired)
        if set(target) >= set(observed.bundle_list):
            return self._post(api, desired, target)
        # Whether POST replaces or adds is not settled (reference section 4), and its answer may merely repeat what was
        # sent: after a removal only a GET can tell.
        state = self._post(api, desired, target, trusted=False)
        if not set(state.bundle_list) - set(target):
            return state
        return self._rebuild(api, desired, target, observed.bundle_list)

    def shown(self, state: Bundle) -> dict[str, Any]:
        """The bundle in the words of this module's options."""
        return {
            "extension_id": state.bundle_id,
            "bundle_list": list(state.bundle_list),
            "state": "present" if state.bundle_list else "absent",
        }

    def managed(self, desired: DesiredBundle, state: Bundle) -> tuple[str, dict[str, Any]]:
        """The members."""
        return f"client {desired.client_id} {desired.address}", {"bundle_list": list(state.bundle_list)}

    def _post(self, api: Api, desired: DesiredBundle, members: tuple[int, ...], *, trusted: bool = True) -> Bundle:
        """POST; where its answer is not ``trusted``, or does not show the members, a GET tells the state."""
        main = desired.extension_id

        def write() -> Bundle | None:
            answer = api.set_bundle(desired.client_id, main, members)
            if not trusted or answer is None or answer.bundle_id not in (None, main):
                return None
            return Bundle(main, answer.bundle_list)

        try:
            return write_and_read(
                api.run, write, lambda: self.observe(api, desired), lambda state: state.bundle_list == members
            )
        except ApiError as error:
            if error.details.status in _REFUSED:
                raise self._explained(api, desired, error, members) from None
            raise

    def _delete(self, api: Api, desired: DesiredBundle) -> Bundle:
        def write() -> None:
            try:
                api.delete_bundle(desired.client_id, desired.extension_id)
            except NotFoundError:
                pass  # somebody was faster; reading back decides

        return write_and_read(
            api.run, write, lambda: self.observe(api, desired), lambda state: not state.bundle_list
        )

    def _rebuild(self, api: Api, desired: DesiredBundle, target: tuple[int, ...], old: tuple[int, ...]) -> Bundle:
        """DELETE and POST; the old list is put back if the POST fails."""
        self._delete(api, desired)
        try:
            state = self._post(api, desired, target)
            if state.bundle_list == target:
                return state
            problem = f"after the POST the bundle has {list(state.bundle_list)}"
        except RingmeError as error:
            problem = error.what
        path = f"POST /client/{desired.client_id}/extensions_bundle/{desired.extension_id}"
        try:
            restored = self._post(api, desired, old).bundle_list == old
            second = "reading back does not show it"
        except RingmeError as error:
            restored, second = False, error.what
        if restored:
            raise PartialError(
                f"{desired.address}: the members {list(target)} could not be set ({problem}); the old list {list(old)} was put back",
                hint="Mend the cause and run again",
            )
        raise PartialError(
            f"{desired.address}: the members {list(target)} could not be set ({problem}), and the old list {list(old)} "
            f"could not be put back ({second}): the bundle may be gone",
            hint=f'Restore it with {path} {{"bundle_list": {list(old)}}}, or run again',
        )

    def _refuse_linked(self, api: Api, desired: DesiredBundle, joining: list[int]) -> None:
        findings = [text for member in joining if (text := self._linked(api, desired, member))]
        if findings:
            raise ConflictError("; ".join(findings), hint="An extension can be in one bundle only, as main or as member")

    def _linked(self, api: Api, desired: DesiredBundle, member: int) -> str | None:
        try:
            bundle = api.bundle(desired.client_id, member)
        except NotFoundError:
            return None
        if bundle.bundle_id not in (None, member, desired.extension_id):
            return f"extension {member} is already a member of the bundle of {bundle.bundle_id}"
        if bundle.bundle_list and bundle.bundle_id in (None, member):
            return f"extension {member} is itself the main extension of a bundle"
        return None

    def _explained(self, api: Api, desired: DesiredBundle, error: ApiError, members: tuple[int, ...]) -> RingmeError:
        """Return the refusal with what can be found out about its cause, by reading."""
        causes = []
        for number in (desired.extension_id, *members):
            try:
                kind = api.extension(desired.client_id, number).type
                cause = f"extension {number} is of type {kind}, not phone" if kind != "phone" else None
                causes.append(cause or (self._linked(api, desired, number) if number in members else None))
            except NotFoundError:
                causes.append(f"there is no extension {number} at client {desired.client_id}")
            except RingmeError:
                continue  # the refusal itself is what counts
        found = "; ".join(cause for cause in causes if cause)
        known = error.details
        return type(error)(
            f"{error.what}{f'. Cause: {found}' if found else ''}",
            hint="All must be phones of this client, no member may be a main extension or in another bundle",
            status=known.status,
            api_status=known.api_status,
            method=known.method,
            path=known.path,
        )
