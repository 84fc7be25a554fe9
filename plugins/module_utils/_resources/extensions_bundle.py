# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One bundle: a main extension and its members (reference section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._api import ClientId
from .._engine.base import Consequences, Options, StateResource
from .._engine.common_options import (
    BLOCKED_IN_CHECK,
    CLIENT_ID,
    check_client_id,
    reports_blocked,
)
from .._engine.directory_cache import CachedApi
from .._engine.references import (
    EXTENSION,
    EXTENSION_ID,
    ONE_EXTENSION,
    Reference,
    check_extension,
    check_extensions,
    resolve,
)
from .._engine.signals import held
from .._model.bundle_change import (
    bundle_address,
    bundle_change,
    bundle_shown,
    members_shown,
)
from .._model.bundle_moves import Move
from .._model.errors import ConflictError, OptionError
from .._model.extension_numbers import Names
from .._model.objects import PHONE_TYPE, Bundle
from .._model.plan import Change, Plan
from .._model.side_effects import REPORT
from .bundles import side_effects
from .bundles.links import Links, taken
from .bundles.rebuild_journal import Rebuild, Rebuilds, warn_unfinished
from .bundles.writer import BundleWriter


@dataclass(frozen=True)
class ParsedBundle:
    """The options, checked. ``members`` is empty for ``state: absent``; ``append`` keeps members that are not named."""

    client_id: ClientId
    main: Reference
    members: tuple[Reference, ...]
    append: bool
    policy: side_effects.SideEffectsPolicy
    lenient: bool


@dataclass(frozen=True)
class DesiredBundle:
    """The same with ids; ``names`` has their names, and ``options`` the options that name them. ``unfinished`` is the
    write that an earlier run did not complete because it was killed.
    """

    client_id: ClientId
    extension_id: int
    members: frozenset[int]
    append: bool
    policy: side_effects.SideEffectsPolicy
    lenient: bool = False
    names: Names = field(default_factory=Names)
    options: Mapping[int, str] = field(default_factory=dict)
    unfinished: Rebuild | None = None

    @property
    def address(self) -> str:
        """The object's name in results."""
        return bundle_address(self.extension_id, self.names)


class ExtensionsBundle(StateResource[ParsedBundle, DesiredBundle, Bundle, Move]):
    """POST or DELETE when the set of members differs."""

    name = "extensions_bundle"
    key = "bundle"
    arguments = {
        "client_id": CLIENT_ID,
        "extension_id": EXTENSION_ID,
        "extension": EXTENSION,
        "bundle_list": {"type": "list", "elements": "int"},
        "members": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "append": {"type": "bool", "default": False},
        **side_effects.arguments(REPORT),
        "blocked_in_check": BLOCKED_IN_CHECK,
    }
    rules = {
        "required_one_of": ONE_EXTENSION["required_one_of"],
        "mutually_exclusive": [*ONE_EXTENSION["mutually_exclusive"], ("bundle_list", "members")],
        "required_if": [("state", "present", ("bundle_list", "members"), True)],
    }
    not_applied_hint = (
        "Check in the web interface that each member is of type phone and in no other bundle, and that no other run or "
        "person changes the bundle at the same time"
    )

    def parse(self, options: Options) -> ParsedBundle:
        """Check the options, and compare them with each other."""
        main = check_extension(options)
        if main is None:
            raise OptionError("extension", "is missing", hint="Set extension or extension_id")
        present = options["state"] == "present"
        by_number = options.get("members") is not None
        option = "members" if by_number else "bundle_list"
        members = check_extensions(option, options.get(option) or (), numbers=by_number)
        if not present and members:
            raise OptionError(
                option,
                "has members, but state is absent",
                hint="Omit it to remove the whole bundle. To remove some members, list the others with state: present",
            )
        if present and not members:
            raise OptionError(option, "is empty", hint="To remove the bundle, set state: absent")
        problem = _clash(main.key, str(main), [member.key for member in members], [str(member) for member in members])
        if problem:
            raise OptionError(option, problem, hint="List each other extension once")
        policy = side_effects.SideEffectsPolicy.check(options)
        append = present and options["append"]
        return ParsedBundle(check_client_id(options), main, members, append, policy, reports_blocked(options))

    def resolve(self, api: CachedApi, parsed: ParsedBundle) -> DesiredBundle:
        """Read the client's extensions if an option has a number; ids need no request."""
        ids, names = resolve(api, parsed.client_id, (parsed.main, *parsed.members))
        main, members = ids[parsed.main], [ids[member] for member in parsed.members]
        problem = _clash(main, names.describe(main), members, [names.describe(member) for member in members])
        if problem:
            option = parsed.members[0].option.partition("[")[0]
            raise ConflictError(f"{option}: {problem}", hint="List each other extension once, by number or by id")
        return DesiredBundle(
            parsed.client_id,
            main,
            frozenset(members),
            parsed.append,
            parsed.policy,
            parsed.lenient,
            names,
            {ids[reference]: reference.option for reference in (parsed.main, *parsed.members)},
            Rebuilds.of(api.run).find(main),
        )

    def observe(self, api: CachedApi, desired: DesiredBundle) -> Bundle:
        """One GET, and a second one after a 404."""
        state = BundleWriter(api, desired.client_id, desired.extension_id, desired.names).read()
        if desired.unfinished is not None:
            warn_unfinished(api.run, desired.unfinished, state.bundle_list, desired.names)
        return state

    def plan(self, desired: DesiredBundle, observed: Bundle) -> Plan[Move, Bundle]:
        """One change to exactly the desired members, or with them added; none when the sets are equal."""
        live, unfinished = observed.bundle_list, desired.unfinished
        kept = () if not desired.append else unfinished.kept(live) if unfinished else live
        after = tuple(sorted({*kept, *desired.members}))
        change = bundle_change(self.name, desired.extension_id, live, after, desired.names)
        predicted = Bundle(desired.extension_id, after)
        return (
            Plan((change,), (Move(desired.extension_id, live, after),), predicted)
            if change
            else Plan((), (), predicted)
        )

    def consequences(
        self, api: CachedApi, desired: DesiredBundle, observed: Bundle, plan: Plan[Move, Bundle]
    ) -> Consequences:
        """The values that joining members lose. Raises ConflictError for members that the API would refuse."""
        joining = sorted(set(plan.predicted.bundle_list) - set(observed.bundle_list))
        if not joining:
            return desired.policy.consequences([], desired.lenient)
        names = Names(api.directory(desired.client_id))
        _refuse(_obstacles(api, replace(desired, names=names), joining))
        if not desired.policy.reads:
            return desired.policy.consequences([], desired.lenient)
        group = side_effects.Joining(desired.address, desired.extension_id, tuple(joining))
        effects = side_effects.read(api, desired.client_id, [group])
        return desired.policy.consequences(effects, desired.lenient)

    def apply(self, api: CachedApi, desired: DesiredBundle, plan: Plan[Move, Bundle]) -> Bundle:
        """DELETE, or POST of the full list; DELETE and POST if the API adds members instead of replacing them."""
        state = plan.predicted
        for move in plan.steps:
            writer = BundleWriter(api, desired.client_id, move.main, desired.names, Rebuilds.of(api.run))
            with held():
                state = writer.set(move.before, move.after) if move.after else writer.delete(move.before)
        return state

    def remaining(self, desired: DesiredBundle, plan: Plan[Move, Bundle], state: Bundle) -> tuple[Change, ...]:
        """The change from the members read back to the predicted ones."""
        members = plan.predicted.bundle_list
        change = bundle_change(self.name, desired.extension_id, state.bundle_list, members, desired.names)
        return (change,) if change else ()

    def settle(self, api: CachedApi, desired: DesiredBundle) -> None:
        """Remove the old members from disk."""
        if desired.unfinished is not None:
            Rebuilds.of(api.run).forget(desired.extension_id)

    def shown(self, desired: DesiredBundle, state: Bundle) -> dict[str, Any]:
        """The bundle as this module's options name it."""
        return bundle_shown(state, desired.extension_id, desired.names)

    def managed(self, desired: DesiredBundle, state: Bundle) -> tuple[str, dict[str, Any]]:
        """The members."""
        return f"client {desired.client_id} {desired.address}", members_shown(state.bundle_list, desired.names)


def _obstacles(api: CachedApi, desired: DesiredBundle, joining: Sequence[int]) -> list[str]:
    """Return what prevents extensions from joining, each with the option that names it.

    Reads the bundles of all phones of the client that this task has not read.
    """
    names, found = desired.names, {}
    for extension_id in (desired.extension_id, *joining):
        kind = (
            (names.directory and names.directory.by_id(extension_id)) or api.extension(desired.client_id, extension_id)
        ).type
        if kind != PHONE_TYPE:
            found[extension_id] = f"extension {names.describe(extension_id)} is of type {kind}, not phone"
    links = Links()
    if names.directory is not None and not found:
        links.read_all(api, desired.client_id, names.directory, 1)
    for member in (desired.extension_id, *joining):
        owner = links.owners.get(member)
        if owner is not None and owner != desired.extension_id:
            found[member] = taken(member, owner, names)
        elif member != desired.extension_id and links.members.get(member):
            found[member] = f"extension {names.describe(member)} is the main extension of a bundle"
    # Members that append keeps from an interrupted run are in no other option.
    return [f"{desired.options.get(number, 'append')}: {text}" for number, text in found.items()]


def _refuse(obstacles: Sequence[str]) -> None:
    if obstacles:
        hint = "Use phones only, each in one bundle, as main extension or as member"
        raise ConflictError("; ".join(obstacles), hint=hint)


def _clash(main: object, main_name: str, members: Sequence[object], member_names: Sequence[str]) -> str | None:
    """Return the problem if a member is listed twice, or is the main extension, according to the keys."""
    doubles = sorted({name for key, name in zip(members, member_names, strict=True) if members.count(key) > 1})
    if doubles:
        return f"{', '.join(doubles)} {'is' if len(doubles) == 1 else 'are'} listed more than once"
    return f"the main extension {main_name} is also a member" if main in members else None
