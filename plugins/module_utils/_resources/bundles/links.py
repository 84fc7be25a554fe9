# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which extensions are in which bundles now, and what that forbids (reference section 4, constraints of POST)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..._api import Api, ClientId
from ..._engine.concurrency import each
from ..._engine.quota import afford
from ..._model.bundle_change import Members
from ..._model.bundle_conflicts import ListedBundle, Mention, impossible
from ..._model.errors import NotFoundError
from ..._model.extension_numbers import Directory, Names
from ..._model.findings import Finding
from ..._model.objects import Bundle
from .entries import PHONE, DesiredEntry


@dataclass
class Links:
    """What was read: ``members`` of the bundle of each extension (none: no bundle of its own), and ``owners``: the main
    extension of each extension that is a member somewhere."""

    members: dict[int, Members] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)

    def read(self, api: Api, client_id: ClientId, extension_ids: Sequence[int], at_a_time: int) -> None:
        """Send one GET for each extension.

        A 404 means that there is no bundle, as long as this run saw the extension among the client's; otherwise
        NotFoundError is raised, so that the engine looks anew.
        """
        afford(api.run, len(extension_ids), "reading the bundles")
        found = each(lambda number: _read(api, client_id, number), extension_ids, at_a_time)
        self._take(extension_ids, found)

    def read_all(self, api: Api, client_id: ClientId, directory: Directory, at_a_time: int) -> None:
        """Read the bundles of all phones of which nothing is known yet: GET of a member may answer as if it were in no bundle,
        so only the bundles themselves tell who is free.

        What earlier runs over the same connection read is taken from there, unless this connection wrote to it since.
        """
        phones = [item.id for item in directory.extensions if item.type == PHONE]
        known = [number for number in self._unread(phones) if (client_id, number) in api.known_bundles]
        self._take(known, [api.known_bundles[client_id, number] for number in known])
        while unread := self._unread(phones):  # a bundle that was read tells of its members, which need not be asked
            self.read(api, client_id, unread[:at_a_time], at_a_time)

    def _unread(self, phones: Sequence[int]) -> list[int]:
        return [number for number in phones if number not in self.members and number not in self.owners]

    def _take(self, extension_ids: Sequence[int], bundles: Sequence[Bundle]) -> None:
        for extension_id, bundle in zip(extension_ids, bundles):
            if bundle.bundle_id is not None and bundle.bundle_id != extension_id:
                self.members[extension_id] = ()
                self.owners[extension_id] = bundle.bundle_id
            else:
                self.members[extension_id] = bundle.bundle_list
                self.owners.update((member, extension_id) for member in bundle.bundle_list)


def _read(api: Api, client_id: ClientId, extension_id: int) -> Bundle:
    try:
        return api.bundle(client_id, extension_id)
    except NotFoundError:
        if not api.is_fresh(client_id):
            raise
        api.known_bundles[client_id, extension_id] = Bundle(extension_id, ())
        return api.known_bundles[client_id, extension_id]


def obstacles(
    entries: Sequence[DesiredEntry], targets: Mapping[int, Members], links: Links, names: Names
) -> list[Finding]:
    """Return what forbids the list: extensions that another bundle holds and does not release. Pure.

    ``targets`` are the members that each bundle of the list (or, with prune, of the client) is to have.
    """
    ignored = frozenset(entry.main for entry in entries if entry.mode == "ignore")
    return [finding for entry in entries for finding in _obstacles(entry, targets, links, names, ignored)]


def _obstacles(
    entry: DesiredEntry, targets: Mapping[int, Members], links: Links, names: Names, ignored: frozenset[int]
) -> Iterator[Finding]:
    if entry.mode != "present":
        return
    shown = ListedBundle(entry.option, Mention(entry.option, entry.main, names.label(entry.main)), ())
    owner = links.owners.get(entry.main)
    if owner is not None and not _releases(owner, entry.main, targets, ignored):
        how = _how(owner, entry.main, targets, ignored, names)
        yield impossible(shown, entry.option, taken(entry.main, owner, names), how)
    for member in sorted(set(targets[entry.main]) - set(links.members.get(entry.main, ()))):
        owner = links.owners.get(member)
        if owner is not None and owner != entry.main and not _releases(owner, member, targets, ignored):
            place, how = entry.place(member), _how(owner, member, targets, ignored, names)
            yield impossible(shown, place, taken(member, owner, names), how)
        if links.members.get(member) and (member in ignored or targets.get(member, (member,))):
            yield impossible(
                shown,
                entry.place(member),
                f"extension {names.describe(member)} is itself the main extension of a bundle",
                f"Add an entry with state: absent for {names.label(member)} if that bundle is to go",
            )


def _releases(owner: int, extension_id: int, targets: Mapping[int, Members], ignored: frozenset[int]) -> bool:
    return owner in targets and owner not in ignored and extension_id not in targets[owner]


def taken(extension_id: int, owner: int, names: Names) -> str:
    """Say that a bundle at the PBX has the extension, and what to do."""
    label = names.label(extension_id)
    return f"{label} is in the bundle of {names.label(owner)} at the PBX; list that bundle without {label}"


def _how(owner: int, extension_id: int, targets: Mapping[int, Members], ignored: frozenset[int], names: Names) -> str:
    label = names.label(owner)
    if owner in ignored:
        return f"The bundle of {label} is ignored: write its entry with members, without this one"
    if owner in targets:
        return f"The bundle of {label} keeps it, because its entry has append: list its members in full"
    return f"Add an entry for {label} without {names.label(extension_id)}, so that it can move"
