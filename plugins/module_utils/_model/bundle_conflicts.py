# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conflicts between the entries of one list of bundles, before or after numbers are resolved to ids. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from .findings import BUNDLE_IMPOSSIBLE, Finding

Mode = Literal["present", "absent", "ignore"]


@dataclass(frozen=True)
class Mention:
    """An extension in an option: equal keys mean the same extension, ``text`` is its name in messages."""

    option: str
    key: Hashable
    text: str


@dataclass(frozen=True)
class ListedBundle:
    """One bundle of a list: ``option`` is its place in the list. ``append`` keeps members that are not listed."""

    option: str
    main: Mention
    members: tuple[Mention, ...]
    mode: Mode = "present"
    append: bool = False

    @property
    def address(self) -> str:
        """The address of the bundle in results."""
        return f"bundle/{self.main.text}"


def entry_finding(entry: ListedBundle, option: str, message: str, hint: str | None = None) -> Finding:
    """Return the finding for an entry that cannot be applied."""
    return Finding(BUNDLE_IMPOSSIBLE, entry.address, message, hint, option)


def conflicts(entries: Sequence[ListedBundle]) -> list[Finding]:
    """Return the conflicts of a list.

    These are duplicate members, members that are their own main extension, members of two bundles, main extensions that
    are members, and duplicate entries. Members of ignored bundles are not checked.
    """
    findings: list[Finding] = []
    mains: dict[Hashable, ListedBundle] = {}
    for entry in entries:
        first = mains.setdefault(entry.main.key, entry)
        if first is not entry:
            findings.append(
                entry_finding(
                    entry,
                    entry.main.option,
                    f"{entry.main.text} already has an entry, {first.option}",
                    "Write one entry for each main extension",
                )
            )
    places: dict[Hashable, ListedBundle] = {}
    for entry in entries:
        if entry.mode != "present":
            continue
        seen: set[Hashable] = set()
        for member in entry.members:
            problem = _problem(entry, member, seen, mains, places)
            if problem:
                findings.append(entry_finding(entry, member.option, *problem))
            seen.add(member.key)
            places.setdefault(member.key, entry)
    return findings


def _problem(
    entry: ListedBundle,
    member: Mention,
    seen: set[Hashable],
    mains: dict[Hashable, ListedBundle],
    places: dict[Hashable, ListedBundle],
) -> tuple[str, str] | None:
    if member.key == entry.main.key:
        return f"{member.text} is the main extension of this bundle", "List only other extensions as members"
    if member.key in seen:
        return f"{member.text} is listed more than once", "List each member once"
    other = mains.get(member.key)
    if other is not None and other.mode != "absent":
        return (
            f"{member.text} is also a main extension, {other.option}",
            "Remove it from one of the two entries",
        )
    place = places.get(member.key)
    if place is not None and place is not entry:
        return (
            f"{member.text} is also in the bundle of {place.main.text}, {place.option}",
            "Remove it from one of the two entries",
        )
    return None
