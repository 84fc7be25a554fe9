# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sections of a client file as the options of the modules that they feed. Pure.

A value that is known only after Ansible has decrypted or templated it is left out. Where its place in a list matters,
a unique placeholder that conflicts with no other value replaces it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import Any

from .yaml_tree import (
    ListNode,
    MapNode,
    Node,
    plain,
    scalars,
)

_PLACEHOLDERS = 10**17
"""The first of the numbers and ids that replace unknown ones; a PBX has no numbers of 18 digits."""

_PLACEHOLDER = re.compile(r"(?<!\w)10{11}[0-9]{6}(?!\w)")

Arguments = Mapping[str, Mapping[str, Any]]


def module_options(node: Node | None, arguments: Arguments) -> dict[str, Any]:
    """Return the options as Ansible passes them to a module: every argument, of its type, with its default.

    An option with an unknown value in it gets its default. The tree must have passed the schema.
    """
    options = defaults(arguments)
    if isinstance(node, MapNode):
        for entry in node.entries:
            if entry.key in arguments and not any(scalar.opaque for scalar in scalars(entry.node)):
                options[entry.key] = _typed(plain(entry.node), arguments[entry.key])
    return options


def bundle_options(node: Node | None, arguments: Arguments) -> list[dict[str, Any]]:
    """Return the entries of a list of bundles at their places, with placeholders for unknown values."""
    placeholders = count(_PLACEHOLDERS)
    if not isinstance(node, ListNode):
        return [_unknown_bundle(arguments, placeholders)]
    return [_bundle(item, arguments, placeholders) for item in node.items]


def without_placeholders(message: str) -> str:
    """Return a message with placeholders replaced by words."""
    return _PLACEHOLDER.sub("an extension that is not known yet", message)


def _bundle(node: Node, arguments: Arguments, placeholders: Iterator[int]) -> dict[str, Any]:
    if not isinstance(node, MapNode):
        return _unknown_bundle(arguments, placeholders)
    options = module_options(node, arguments)
    for entry in node.entries:
        if entry.key in ("extension", "extension_id") and entry.node.opaque:
            options[entry.key] = _typed(next(placeholders), arguments[entry.key])
        elif entry.key in ("members", "bundle_list"):
            listed = entry.node.items if isinstance(entry.node, ListNode) else (entry.node,)
            values = [next(placeholders) if item.opaque else plain(item) for item in listed]
            options[entry.key] = _typed(values, arguments[entry.key])
        elif entry.node.opaque:
            options["ignore"] = True  # the state of this bundle is unknown
    return options


def _unknown_bundle(arguments: Arguments, placeholders: Iterator[int]) -> dict[str, Any]:
    return {**defaults(arguments), "extension": str(next(placeholders)), "ignore": True}


def defaults(arguments: Arguments) -> dict[str, Any]:
    """Return the defaults of all options."""
    return {name: spec.get("default") for name, spec in arguments.items()}


def _typed(value: Any, spec: Mapping[str, Any]) -> Any:
    """Return a value as Ansible converts it."""
    kind = spec.get("type", "str")
    if kind == "list":
        items = value if isinstance(value, list) else str(value).split(",")
        inner = {"type": spec.get("elements", "raw"), "options": spec.get("options")}
        return [_typed(item, inner) for item in items]
    if kind == "dict" and spec.get("options") and isinstance(value, dict):
        known = {name: _typed(item, spec["options"][name]) for name, item in value.items() if name in spec["options"]}
        return {**defaults(spec["options"]), **known}
    if kind in ("str", "path"):
        return str(value)
    if kind == "int":
        return int(value)
    return float(value) if kind == "float" else value


def broken_rules(given: Collection[str], rules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the violations of ``mutually_exclusive`` and ``required_one_of`` of an argument spec.

    Each is the superfluous option, or "" if one is missing, and the reason.
    """
    for names in rules.get("mutually_exclusive", ()):
        both = [name for name in names if name in given]
        if len(both) > 1:
            yield both[1], f"cannot be combined with {both[0]}"
    for names in rules.get("required_one_of", ()):
        if not any(name in given for name in names):
            yield "", f"requires one of {', '.join(names)}"
