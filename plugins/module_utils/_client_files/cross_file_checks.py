# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of client files against each other: no two of them describe the same object or share a name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .._model.findings import Rule
from .file import Claim, ClientFile
from .findings import DUPLICATE_CLIENT, DUPLICATE_EXTENSION, SHARED_NAME, FileFinding, listed, sorted_findings
from .yaml_tree import Place


class _Duplicate(NamedTuple):
    """The finding on an object that two files describe."""

    rule: Rule
    what: str
    hint: str


_HOST = _Duplicate(DUPLICATE_CLIENT, "host {text}", "Keep one of the files, or rename one")
_CLIENT = _Duplicate(DUPLICATE_CLIENT, "client {text}", "Keep one of the files, or correct client_id")
_EXTENSION = _Duplicate(
    DUPLICATE_EXTENSION, "extension {text} (an id)", "Correct the id: an extension belongs to one client only"
)


@dataclass(frozen=True)
class InventoryNames:
    """Names that the inventory already has: ``hosts`` and ``groups`` map each name to its source.

    ``group_of`` returns the group of a tag.
    """

    group_of: Callable[[str], str] = str
    hosts: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


def check_across(files: Sequence[ClientFile], names: InventoryNames = InventoryNames()) -> list[ClientFile]:
    """Return the files with the findings on clients, hosts, extension ids and names that two of them have."""
    extra: dict[int, list[FileFinding]] = {}
    _add_duplicates(files, [[_host(file)] for file in files], _HOST, extra)
    clients = [[file.client] if file.client else [] for file in files]
    _add_duplicates(files, clients, _CLIENT, extra)
    owners = [{claim.key for claim in claims} for claims in clients]
    extensions = [file.extensions for file in files]
    _add_duplicates(files, extensions, _EXTENSION, extra, owners)
    _add_shared_names(files, names, extra)
    return [
        replace(file, findings=tuple(sorted_findings([*file.findings, *extra[index]]))) if index in extra else file
        for index, file in enumerate(files)
    ]


def _add_shared_names(files: Sequence[ClientFile], names: InventoryNames, extra: dict[int, list[FileFinding]]) -> None:
    """Add the findings on names that a host and a group share: Ansible would confuse them."""

    def add(index: int, place: Place, message: str) -> None:
        hint = "Rename the file or the tag: a name is either a host or a group"
        finding = FileFinding(SHARED_NAME, files[index].shown, place.line, place.column, message, hint)
        extra.setdefault(index, []).append(finding)

    hosts: dict[str, list[int]] = {}
    for index, file in enumerate(files):
        hosts.setdefault(file.host, []).append(index)
        if file.host in names.groups:
            add(index, Place(1, 1), f"host {file.host} has the same name as a group of {names.groups[file.host]}")
    groups: dict[str, list[tuple[int, Claim]]] = {}
    for index, file in enumerate(files):
        for tag in file.tags:
            groups.setdefault(names.group_of(tag.key), []).append((index, tag))
    for group, tags in groups.items():
        texts = {tag.key: f"{files[index].shown}:{tag.place.line}" for index, tag in reversed(tags)}
        for index in hosts.get(group, ()):
            add(index, Place(1, 1), f"host {group} has the same name as a tag in {_places(files, tags)}")
        holders = [files[index].shown for index in hosts.get(group, ())]
        if not holders and group in names.hosts:
            holders = [names.hosts[group]]
        for index, tag in tags:
            if holders:
                add(index, tag.place, f"tag {tag.text} has the same name as the host of {listed(holders)}")
            if len(texts) > 1:
                others = (f"{text} in {place}" for text, place in texts.items() if text != tag.key)
                add(index, tag.place, f"tag {tag.text} becomes the same group as {listed(others)}")


def _places(files: Sequence[ClientFile], claims: Sequence[tuple[int, Claim]]) -> str:
    return listed(f"{files[index].shown}:{claim.place.line}" for index, claim in claims)


def _host(file: ClientFile) -> Claim:
    return Claim(file.host, file.host, Place(1, 1))


def _add_duplicates(
    files: Sequence[ClientFile],
    claims: Sequence[Sequence[Claim]],
    kind: _Duplicate,
    extra: dict[int, list[FileFinding]],
    owners: Sequence[set[str]] | None = None,
) -> None:
    """Add a finding to each file with a claim of another file, unless both have the same client (``owners``)."""
    holders: dict[str, list[tuple[int, Claim]]] = {}
    for index, found in enumerate(claims):
        for claim in found:
            holders.setdefault(claim.key, []).append((index, claim))
    for held in holders.values():
        for index, claim in held:
            others = [
                f"{files[other].shown}:{there.place.line}"
                for other, there in held
                if other != index and not (owners and owners[other] & owners[index])
            ]
            if others:
                message = f"{kind.what.format(text=claim.text)} is also described in {listed(others)}"
                shown, place = files[index].shown, claim.place
                finding = FileFinding(kind.rule, shown, place.line, place.column, message, kind.hint)
                extra.setdefault(index, []).append(finding)
