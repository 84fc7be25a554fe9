# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All bundles of one client at once (reference section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._api import ClientId
from .._engine.base import Consequences, Options, StateResource
from .._engine.change_outcomes import ON_ERROR, ChangeOutcome, settle
from .._engine.common_options import (
    BLOCKED_IN_CHECK,
    CLIENT_ID,
    CONCURRENCY,
    check_client_id,
    check_concurrency,
    reports_blocked,
)
from .._engine.directory_cache import CachedApi
from .._model.bundle_change import (
    Members,
    bundle_address,
    bundle_change,
    bundle_shown,
)
from .._model.bundle_moves import Group, groups_of, moves_between
from .._model.errors import OptionError
from .._model.extension_numbers import Directory, Names
from .._model.findings import Finding, refuse_state
from .._model.limits import (
    Blocked,
    Limit,
    check_limit,
    exceeded,
)
from .._model.objects import PHONE_TYPE, Bundle
from .._model.plan import Change, Plan
from .._model.side_effects import FAIL_ON_WIDENING
from .bundles import side_effects
from .bundles.entries import (
    BUNDLES,
    DesiredEntry,
    ParsedEntry,
    check_entries,
    in_order,
    resolve_entries,
)
from .bundles.links import Links, obstacles
from .bundles.rebuild_journal import Rebuild, Rebuilds, warn_unfinished
from .bundles.transaction import BundleTransaction

_CHANGES = Limit(30, percent=True, always=False)
_REMOVALS = Limit(5, always=False)


@dataclass(frozen=True)
class BundleListOptions:
    """The options of the list as a whole."""

    client_id: ClientId
    prune: bool
    max_changes: Limit
    max_removals: Limit
    allow_mismatch: bool
    policy: side_effects.SideEffectsPolicy
    lenient: bool
    on_error: str
    at_a_time: int


@dataclass(frozen=True)
class ParsedBundles:
    """The options, checked."""

    terms: BundleListOptions
    entries: tuple[ParsedEntry, ...]


@dataclass(frozen=True)
class DesiredBundles:
    """The same with ids, the extensions of the client, and the findings about them.

    ``unfinished`` are the bundles that an earlier run did not complete because it was killed, by main extension.
    """

    terms: BundleListOptions
    entries: tuple[DesiredEntry, ...]
    directory: Directory
    names: Names
    findings: tuple[Finding, ...] = ()
    unfinished: Mapping[int, Rebuild] = field(default_factory=dict)

    def targets(self, live: Mapping[int, Members], links: Links) -> dict[int, Members]:
        """Return the desired members of each bundle: those of its entry, none if it is pruned, and the old ones if an
        earlier run left it unfinished. ``links`` has the bundles that extensions are in.
        """
        found: dict[int, Members] = dict.fromkeys(live, ())  # bundles that are not listed are pruned
        if not self.terms.prune:
            found.update((main, self._kept(main, live, links)) for main in self.unlisted)
        for entry in self.entries:
            kept = self._kept(entry.main, live, links) if entry.append or entry.mode == "ignore" else ()
            found[entry.main] = tuple(sorted({*kept, *entry.members})) if entry.mode != "absent" else ()
        return found

    def _kept(self, main: int, live: Mapping[int, Members], links: Links) -> Members:
        """Return the members that count as the present ones: of an unfinished bundle the old ones or, if these have
        moved, the new ones.
        """
        unfinished, members = self.unfinished.get(main), live.get(main, ())
        if unfinished is None or unfinished.kept(members) == members:
            return members
        elsewhere = self.mentioned - {
            number for entry in self.entries if entry.main == main for number in entry.members
        }
        old, new = (
            tuple(number for number in members if number not in elsewhere and links.owners.get(number, main) == main)
            for members in (unfinished.old, unfinished.target)
        )
        return new if old != unfinished.old and new == unfinished.target else old

    @property
    def unlisted(self) -> list[int]:
        """The main extensions of unfinished bundles that are not in the list, sorted."""
        return sorted(self.unfinished.keys() - self.mentioned)

    @property
    def mentioned(self) -> frozenset[int]:
        """All extensions in the list."""
        return frozenset(number for entry in self.entries for number in (entry.main, *entry.members))


@dataclass(frozen=True)
class ClientState:
    """The bundles that were read, the bundles that extensions are in and, after a run, the outcome of each change."""

    live: Mapping[int, Members]
    links: Links = field(default_factory=Links)
    outcomes: tuple[ChangeOutcome, ...] = ()


BundlesPlan = Plan[Group, ClientState]


class ClientBundles(StateResource[ParsedBundles, DesiredBundles, ClientState, Group]):
    """The list of extensions, one GET for each declared main extension, and one write for most bundles that differ."""

    name = "client_bundles"
    key = "bundles"
    arguments = {
        "client_id": CLIENT_ID,
        "bundles": BUNDLES,
        "prune": {"type": "bool", "default": False},
        "allow_empty": {"type": "bool", "default": False},
        "max_changes": {"type": "str"},
        "max_removals": {"type": "str"},
        "allow_mismatch": {"type": "bool", "default": False},
        **side_effects.arguments(FAIL_ON_WIDENING),
        "blocked_in_check": BLOCKED_IN_CHECK,
        "on_error": ON_ERROR,
        "concurrency": CONCURRENCY,
    }
    announcements = {
        "prune": "prune sends one GET request for each phone of the client, to find the bundles that are not listed"
    }

    def parse(self, options: Options) -> ParsedBundles:
        """Check the entries and compare them with each other; one failure lists all findings."""
        terms = BundleListOptions(
            check_client_id(options),
            options["prune"],
            check_limit("max_changes", options.get("max_changes"), _CHANGES),
            check_limit("max_removals", options.get("max_removals"), _REMOVALS),
            options["allow_mismatch"],
            side_effects.SideEffectsPolicy.check(options),
            reports_blocked(options),
            options["on_error"],
            check_concurrency(options),
        )
        if not options["bundles"] and terms.prune and not options["allow_empty"]:
            raise OptionError(
                "bundles",
                "is empty, and prune would remove every bundle of the client",
                hint="Check the source of the list. To remove all bundles, set allow_empty: true",
            )
        return ParsedBundles(terms, check_entries(options["bundles"]))

    def resolve(self, api: CachedApi, parsed: ParsedBundles) -> DesiredBundles:
        """Read the client's extensions, and look up those of the entries."""
        if parsed.terms.prune:
            api.directory(parsed.terms.client_id, current=True)  # an earlier run may not have seen all
        found = resolve_entries(api, parsed.terms.client_id, parsed.entries)
        ignored = {entry.main for entry in found.entries if entry.mode == "ignore"}
        mains = (item.id for item in found.directory.extensions if item.id not in ignored)
        unfinished = Rebuilds.of(api.run).among(mains)
        names = Names(found.directory)
        return DesiredBundles(parsed.terms, found.entries, found.directory, names, found.findings, unfinished)

    def observe(self, api: CachedApi, desired: DesiredBundles) -> ClientState:
        """One GET for each main extension in the list; for each phone with ``prune``, or if an extension joins."""
        if desired.terms.prune:
            mains = [item.id for item in desired.directory.extensions if item.type == PHONE_TYPE]
        else:
            mains = [entry.main for entry in desired.entries if entry.mode != "ignore"] + desired.unlisted
        client, at_a_time = desired.terms.client_id, desired.terms.at_a_time
        links = Links()
        links.read(api, client, mains, at_a_time)
        live = {main: links.members[main] for main in mains}
        for main, rebuild in desired.unfinished.items():
            if main in live:
                warn_unfinished(api.run, rebuild, live[main], desired.names)
        if _joining(live, desired.targets(live, links)):
            links.read_all(api, client, desired.directory, at_a_time)
        return ClientState(live, links)

    def plan(self, desired: DesiredBundles, observed: ClientState) -> BundlesPlan:
        """Removals, then shrinks, then growths. Raises one ConflictError with all that the live state forbids."""
        targets = desired.targets(observed.live, observed.links)
        conflicts = obstacles(desired.entries, targets, observed.links, desired.names)
        refuse_state(in_order((*desired.findings, *conflicts)))
        moves = moves_between(observed.live, targets)
        changes = (bundle_change(self.name, move.main, move.before, move.after, desired.names) for move in moves)
        return Plan(tuple(change for change in changes if change), tuple(groups_of(moves)), ClientState(targets))

    def consequences(
        self, api: CachedApi, desired: DesiredBundles, observed: ClientState, plan: BundlesPlan
    ) -> Consequences:
        """The values that joining extensions lose, and the limits that the plan exceeds."""
        terms = desired.terms
        joinings = [
            side_effects.Joining(bundle_address(main, desired.names), main, members)
            for main, members in _joining(observed.live, plan.predicted.live).items()
        ]
        effects = []
        if joinings and terms.policy.reads:
            effects = side_effects.read(api, terms.client_id, joinings, terms.at_a_time)
        return terms.policy.consequences(effects, terms.lenient, _exceeded(desired, observed, plan.changes))

    def apply(self, api: CachedApi, desired: DesiredBundles, plan: BundlesPlan) -> ClientState:
        """The writes of the plan. Raises SomeFailedError with the outcome of each change."""
        terms = desired.terms
        rebuilds = Rebuilds.of(api.run)
        transaction = BundleTransaction(api, terms.client_id, desired.names, terms.on_error, terms.at_a_time, rebuilds)
        outcomes = transaction.apply(plan.steps, plan.changes)
        settle(outcomes)
        return ClientState(plan.predicted.live, outcomes=tuple(outcomes))

    def remaining(self, desired: DesiredBundles, plan: BundlesPlan, state: ClientState) -> tuple[Change, ...]:
        """None: ``apply`` has verified each write."""
        return ()

    def settle(self, api: CachedApi, desired: DesiredBundles) -> None:
        """Remove the old members from disk."""
        for main in desired.unfinished:
            Rebuilds.of(api.run).forget(main)

    def shown(self, desired: DesiredBundles, state: ClientState) -> list[dict[str, Any]]:
        """Each bundle that is listed and not ignored, sorted by number."""
        mains = [entry.main for entry in desired.entries if entry.mode != "ignore"]
        shown = (bundle_shown(Bundle(main, state.live[main]), main, desired.names) for main in mains)
        return sorted(shown, key=lambda bundle: (str(bundle["extension"]), bundle["extension_id"]))

    def managed(self, desired: DesiredBundles, state: ClientState) -> tuple[str, dict[str, Any]]:
        """The members of each bundle, by number."""
        bundles = {desired.names.label(main): desired.names.labels(members) for main, members in state.live.items()}
        return f"client {desired.terms.client_id} bundles", bundles

    def compared(
        self, desired: DesiredBundles, observed: ClientState, target: ClientState
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Only the bundles that differ, because a client may have a thousand equal ones."""
        header, before = self.managed(desired, observed)
        after = self.managed(desired, target)[1]
        differing = sorted(name for name in after if before.get(name, []) != after[name])
        return (
            header,
            {"bundles": {name: before.get(name, []) for name in differing}},
            {"bundles": {name: after[name] for name in differing}},
        )

    def report(self, desired: DesiredBundles, state: ClientState) -> dict[str, Any]:
        """The outcome of each change."""
        return {"outcomes": [outcome.as_dict() for outcome in state.outcomes]}


def _joining(live: Mapping[int, Members], targets: Mapping[int, Members]) -> dict[int, Members]:
    """Return the extensions that join each bundle."""
    joining = {main: tuple(sorted(set(members) - set(live.get(main, ())))) for main, members in targets.items()}
    return {main: members for main, members in joining.items() if members}


def _exceeded(desired: DesiredBundles, observed: ClientState, changes: Sequence[Change]) -> list[Blocked]:
    """Return the limits that the plan exceeds."""
    if not changes:
        return []
    terms = desired.terms
    bundles = [{main, *members} for main, members in observed.live.items() if members]
    removals = sum(1 for change in changes if change.action == "delete")
    blocked = [
        *exceeded("max_changes", "changes", terms.max_changes, len(changes), len(bundles)),
        *exceeded("max_removals", "removals", terms.max_removals, removals, len(bundles)),
    ]
    known = desired.mentioned | desired.unfinished.keys()
    matching = sum(1 for extensions in bundles if extensions & known)
    if desired.entries and 2 * matching < len(bundles) and not terms.allow_mismatch:
        reason = (
            f"only {matching} of the {len(bundles)} existing bundles share an extension with the list, "
            "which may belong to another client"
        )
        blocked.append(Blocked("mix_up", matching, (len(bundles) + 1) // 2, "allow_mismatch: true", reason))
    return blocked
