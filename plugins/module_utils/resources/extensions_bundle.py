# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bundle: a main extension and its members (reference section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..api import Api, ClientId
from ..model.errors import ConflictError, OptionError
from ..model.objects import Bundle
from ..model.plan import Action, Change, FieldChange, Plan
from ..model.values import check_id, check_ids
from . import side_effects
from .bundle_writer import BundleWriter
from .engine import Options, StateResource
from .options import CLIENT_ID, EXTENSION_ID, check_client_id


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
                "bundle_list",
                "names members of a bundle that is to be absent",
                hint="Leave it out: state: absent removes the whole bundle; to remove some members, list the others with state: present",
            )
        if present and not members:
            raise OptionError("bundle_list", "is empty", hint="To remove the bundle, write state: absent")
        if main in members:
            raise OptionError(
                "bundle_list", f"the main extension {main} is among its own members", hint="List only the others"
            )
        report = options["side_effects"] == "report"
        return DesiredBundle(check_client_id(options), main, frozenset(members), present and options["append"], report)

    def observe(self, api: Api, desired: DesiredBundle) -> Bundle:
        """One GET; a second one where a 404 leaves open whether the extension exists."""
        return self._writer(api, desired).read()

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
        linked = self._writer(api, desired).linked(joining)
        if linked:
            raise ConflictError("; ".join(linked), hint="An extension can be in one bundle only, as main or as member")
        return {"side_effects": losses}

    def apply(self, api: Api, desired: DesiredBundle, observed: Bundle, plan: Plan) -> Bundle:
        """DELETE, or POST of the full list; DELETE and POST where the API turns out to add instead of replacing."""
        target = self.predict(desired, observed).bundle_list
        writer = self._writer(api, desired)
        return writer.set(observed.bundle_list, target) if target else writer.delete()

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

    @staticmethod
    def _writer(api: Api, desired: DesiredBundle) -> BundleWriter:
        return BundleWriter(api, desired.client_id, desired.extension_id)
