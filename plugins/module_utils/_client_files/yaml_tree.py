# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of a YAML file: its values, each with its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .._model.findings import Rule


@dataclass(frozen=True)
class Place:
    """Line and column, both from 1; columns count characters."""

    line: int
    column: int


@dataclass(frozen=True)
class TreeProblem:
    """A problem at a place of a file; the caller knows the file."""

    rule: Rule
    place: Place
    message: str
    hint: str | None = None


@dataclass(frozen=True)
class ScalarNode:
    """A value that is neither a list nor a mapping.

    ``value`` is the value that Ansible's YAML loader returns: ``None``, bool, int, float or str; a date stays a string.
    ``vault`` is whether it is tagged ``!vault`` (``value`` is the encrypted text), ``unsafe`` whether it is tagged
    ``!unsafe``. ``written`` is a number as it is written in the file.
    """

    place: Place
    value: Any
    vault: bool = False
    unsafe: bool = False
    written: str | None = field(default=None, compare=False)

    @property
    def opaque(self) -> bool:
        """Whether the value is known only after Ansible has decrypted or templated it."""
        return self.vault or (not self.unsafe and is_template(self.value))


@dataclass(frozen=True)
class ListNode:
    """A list."""

    place: Place
    items: tuple[Node, ...]

    opaque = False


@dataclass(frozen=True)
class MapEntry:
    """A key with its value."""

    key: str
    place: Place
    node: Node


@dataclass(frozen=True)
class MapNode:
    """A mapping; only the first entry of a duplicate key is kept."""

    place: Place
    entries: tuple[MapEntry, ...]

    opaque = False

    def entry(self, key: str) -> MapEntry | None:
        """Return the entry of a key."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def get(self, key: str) -> Node | None:
        """Return the value of a key."""
        entry = self.entry(key)
        return entry.node if entry else None


Node: TypeAlias = "ScalarNode | ListNode | MapNode"

_LONGEST = 60
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def short(text: str) -> str:
    """Return a text in one line, shortened for a message."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def is_template(value: object) -> bool:
    """Whether Ansible treats the value as a template."""
    return isinstance(value, str) and any(mark in value for mark in ("{{", "{%", "{#"))


def plain(node: Node) -> Any:
    """Return the tree as plain data."""
    if isinstance(node, MapNode):
        return {entry.key: plain(entry.node) for entry in node.entries}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return node.value


def scalars(node: Node) -> Iterator[ScalarNode]:
    """Yield all scalars in the order of the file."""
    if isinstance(node, MapNode):
        for entry in node.entries:
            yield from scalars(entry.node)
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from scalars(item)
    else:
        yield node


def place_of(node: Node, path: str) -> Place:
    """Return the place of an option by its path, as in ``bundles[3].members[1]``.

    If the path is longer than the tree is deep, this is the place of the last step that exists: the key of an entry, or
    the item of a list.
    """
    place = node.place
    for index, key in _STEP.findall(path):
        if index and isinstance(node, ListNode) and int(index) < len(node.items):
            node = node.items[int(index)]
            place = node.place
        elif key and isinstance(node, MapNode) and (entry := node.entry(key)) is not None:
            node, place = entry.node, entry.place
        else:
            break
    return node.place if isinstance(node, ScalarNode) else place
