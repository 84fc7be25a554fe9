# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sections of a client file as the options of the modules that they feed. Pure.

What is only known once Ansible has decrypted or templated it cannot be checked here. It is left out, or, where its place
counts, something unique stands in for it that clashes with nothing.
"""

from __future__ import annotations

import re
from collections import abc
from itertools import count
from typing import Any

from .yaml_tree import (
    ListNode,
    MapNode,
    Node,
    plain,
    scalars,
)

_STAND_INS = 10**17
"""Numbers and ids from here on stand in for ones that are not known; a PBX has none of 18 digits."""

_STAND_IN = re.compile(r"(?<!\w)10{11}[0-9]{6}(?!\w)")

Arguments = abc.Mapping[str, abc.Mapping[str, Any]]


def options_of(node: Node | None, arguments: Arguments) -> dict[str, Any]:
    """Return the options that Ansible would hand to a module: every argument, of its type, with its default.

    An option is left out where anything in it is not known yet. The values fit their types, as the schema has found before.
    """
    given = defaults(arguments)
    if isinstance(node, MapNode):
        for entry in node.entries:
            if entry.key in arguments and not any(scalar.opaque for scalar in scalars(entry.node)):
                given[entry.key] = _typed(plain(entry.node), arguments[entry.key])
    return given


def bundles_of(node: Node | None, arguments: Arguments) -> list[dict[str, Any]]:
    """Return the entries of a list of bundles with their places kept: what is not known has a stand-in there."""
    fresh = count(_STAND_INS)
    if not isinstance(node, ListNode):
        return [_unknown_bundle(arguments, fresh)]
    return [_bundle(item, arguments, fresh) for item in node.items]


def without_stand_ins(message: str) -> str:
    """Return a message with words where an extension stands in for one that is not known."""
    return _STAND_IN.sub("an extension that is not known yet", message)


def _bundle(node: Node, arguments: Arguments, fresh: abc.Iterator[int]) -> dict[str, Any]:
    if not isinstance(node, MapNode):
        return _unknown_bundle(arguments, fresh)
    options = options_of(node, arguments)
    for entry in node.entries:
        if entry.key in ("extension", "extension_id") and entry.node.opaque:
            options[entry.key] = _typed(next(fresh), arguments[entry.key])
        elif entry.key in ("members", "bundle_list"):
            listed = entry.node.items if isinstance(entry.node, ListNode) else (entry.node,)
            values = [next(fresh) if item.opaque else plain(item) for item in listed]
            options[entry.key] = _typed(values, arguments[entry.key])
        elif entry.node.opaque:
            options["ignore"] = True  # what becomes of this bundle is not known
    return options


def _unknown_bundle(arguments: Arguments, fresh: abc.Iterator[int]) -> dict[str, Any]:
    return {**defaults(arguments), "extension": str(next(fresh)), "ignore": True}


def defaults(arguments: Arguments) -> dict[str, Any]:
    """Return the options of a task that gives none."""
    return {name: spec.get("default") for name, spec in arguments.items()}


def _typed(value: Any, spec: abc.Mapping[str, Any]) -> Any:
    """Return a value as Ansible would convert it."""
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


def broken_rules(given: abc.Collection[str], rules: abc.Mapping[str, Any]) -> abc.Iterator[tuple[str, str]]:
    """Yield what breaks ``mutually_exclusive`` and ``required_one_of`` of an argument spec.

    First the option that should not be there, or "" where one is missing, then the reason.
    """
    for names in rules.get("mutually_exclusive", ()):
        both = [name for name in names if name in given]
        if len(both) > 1:
            yield both[1], f"stands beside {both[0]}, and only one of them can be given"
    for names in rules.get("required_one_of", ()):
        if not any(name in given for name in names):
            yield "", f"needs one of {', '.join(names)}"
