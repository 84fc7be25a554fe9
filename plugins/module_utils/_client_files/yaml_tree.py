# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of a YAML file: its values, each with its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Union

from .._model.findings import Rule


@dataclass(frozen=True)
class Place:
    """Where something stands; both count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True)
class TreeProblem:
    """Something wrong at a place of a file that is not named yet."""

    rule: Rule
    place: Place
    message: str
    hint: str | None = None


@dataclass(frozen=True)
class ScalarNode:
    """A value that is no list and no mapping.

    ``value`` is what Ansible's YAML makes of it: ``None``, bool, int, float or str; a date stays the text that it was.
    ``vault`` is whether it is encrypted with ``!vault`` (``value`` is the text of the vault then), ``unsafe`` whether it is
    marked as no template (``!unsafe``). ``written`` is the text of a number in the file, where it comes from one.
    """

    place: Place
    value: Any
    vault: bool = False
    unsafe: bool = False
    written: str | None = field(default=None, compare=False)

    @property
    def opaque(self) -> bool:
        """Whether what it will be is known only when Ansible has decrypted or templated it."""
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
    """A mapping; of keys that stand twice only the first is among its entries."""

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


Node = Union[ScalarNode, ListNode, MapNode]

_LONGEST = 60
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def short(text: str) -> str:
    """Return a text in one line, cut where it is too long for a message."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def is_template(value: object) -> bool:
    """Whether Ansible would look for a template in the value."""
    return isinstance(value, str) and any(sign in value for sign in ("{{", "{%", "{#"))


def plain(node: Node) -> Any:
    """Return the values without their places."""
    if isinstance(node, MapNode):
        return {entry.key: plain(entry.node) for entry in node.entries}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return node.value


def scalars(node: Node) -> Iterator[ScalarNode]:
    """Yield every scalar below, in the order of the file."""
    if isinstance(node, MapNode):
        for entry in node.entries:
            yield from scalars(entry.node)
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from scalars(item)
    else:
        yield node


def place_of(node: Node, path: str) -> Place:
    """Return where an option stands, named as error messages name it: ``bundles[3].members[1]``.

    Where the path leads further than the file does, the place is that of the last step that is there: of a mapping's entry its
    key, of a list's item the item.
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
