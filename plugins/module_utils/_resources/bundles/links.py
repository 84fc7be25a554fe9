# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundles that extensions are in now, and the conflicts with a list (reference section 4, constraints of POST)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..._api import ClientId
from ..._engine.concurrency import each
from ..._engine.directory_cache import CachedApi
from ..._engine.quota import afford
from ..._model.bundle_change import Members
from ..._model.bundle_conflicts import ListedBundle, Mention, entry_finding
from ..._model.errors import NotFoundError
from ..._model.extension_numbers import Directory, Names
from ..._model.findings import Finding
from ..._model.objects import PHONE_TYPE, Bundle
from .entries import DesiredEntry


@dataclass
class Links:
    """What was read: ``members`` of the bundle of each extension (none: no bundle of its own), and ``owners``: the main
    extension for each member of a bundle."""

    members: dict[int, Members] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)

    def read(self, api: CachedApi, client_id: ClientId, extension_ids: Sequence[int], at_a_time: int) -> None:
        """Send one GET for each extension.

        Without a current directory a 404 raises NotFoundError, so that :meth:`.CachedApi.retry_if_stale` reads one.
        """
        afford(api.run, len(extension_ids), "reading the bundles")
        read = partial(read_bundle, api, exists=True) if api.is_current(client_id) else api.bundle
        self._take(extension_ids, each(partial(read, client_id), extension_ids, at_a_time))

    def read_all(self, api: CachedApi, client_id: ClientId, directory: Directory, at_a_time: int) -> None:
        """Read the bundles of all other phones. GET of a member may return an empty bundle, so only the bundle of the
        main extension shows that an extension is free.

        Uses the bundles that earlier runs over the same connection have read.
        """
        phones = [item.id for item in directory.extensions if item.type == PHONE_TYPE]
        known = {number: api.known_bundle(client_id, number) for number in self._unread(phones)}
        for number, bundle in known.items():
            if bundle is not None:
                self._take([number], [bundle])
        while unread := self._unread(phones):  # members of a bundle that was read need no request
            self.read(api, client_id, unread[:at_a_time], at_a_time)

    def _unread(self, phones: Sequence[int]) -> list[int]:
        return [number for number in phones if number not in self.members and number not in self.owners]

    def _take(self, extension_ids: Sequence[int], bundles: Sequence[Bundle]) -> None:
        for extension_id, bundle in zip(extension_ids, bundles, strict=True):
            if bundle.bundle_id is not None and bundle.bundle_id != extension_id:
                self.members[extension_id] = ()
                self.owners[extension_id] = bundle.bundle_id
            else:
                self.members[extension_id] = bundle.bundle_list
                self.owners.update((member, extension_id) for member in bundle.bundle_list)


def read_bundle(api: CachedApi, client_id: ClientId, extension_id: int, *, exists: bool = False) -> Bundle:
    """Return the bundle of an extension; without members if there is none.

    One GET. A 404 means that there is no bundle, or no such extension: unless it is known that the extension
    ``exists``, a second GET settles that, and raises NotFoundError.
    """
    try:
        return api.bundle(client_id, extension_id)
    except NotFoundError:
        if not exists:
            api.extension(client_id, extension_id)
    none = Bundle(extension_id, ())
    api.keep_bundle(client_id, extension_id, none)
    return none


def obstacles(
    entries: Sequence[DesiredEntry], targets: Mapping[int, Members], links: Links, names: Names
) -> list[Finding]:
    """Return the conflicts: extensions that are in another bundle which keeps them. Pure.

    ``targets`` are the desired members of each bundle of the list or, with prune, of the client.
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
        yield entry_finding(shown, entry.option, taken(entry.main, owner, names), how)
    for member in sorted(set(targets[entry.main]) - set(links.members.get(entry.main, ()))):
        owner = links.owners.get(member)
        if owner is not None and owner != entry.main and not _releases(owner, member, targets, ignored):
            place, how = entry.place(member), _how(owner, member, targets, ignored, names)
            yield entry_finding(shown, place, taken(member, owner, names), how)
        if links.members.get(member) and (member in ignored or targets.get(member, (member,))):
            yield entry_finding(
                shown,
                entry.place(member),
                f"extension {names.describe(member)} is the main extension of a bundle",
                f"To remove that bundle, add an entry with state: absent for {names.label(member)}",
            )


def _releases(owner: int, extension_id: int, targets: Mapping[int, Members], ignored: frozenset[int]) -> bool:
    return owner in targets and owner not in ignored and extension_id not in targets[owner]


def taken(extension_id: int, owner: int, names: Names) -> str:
    """Return the problem of an extension that is in another bundle at the PBX, and what to do."""
    label = names.label(extension_id)
    return f"{label} is in the bundle of {names.label(owner)} at the PBX; list that bundle without {label}"


def _how(owner: int, extension_id: int, targets: Mapping[int, Members], ignored: frozenset[int], names: Names) -> str:
    label = names.label(owner)
    if owner in ignored:
        return f"The bundle of {label} is ignored. Give its entry members, without this one"
    if owner in targets:
        return f"The bundle of {label} keeps it, because its entry has append. List its members in full"
    return f"To move it, add an entry for {label} without {names.label(extension_id)}"
