# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees of client files made of plain data, and strategies for what such files may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files import yaml_tree
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import Node, Place


class Vault(str):
    """A text that is encrypted."""


class Unsafe(str):
    """A text that is marked as no template."""


def tree_of(value: Any, lines: Iterator[int] | None = None) -> Node:
    """Return data as a tree: every key and every value in a line of its own, in the order in which they are met."""
    lines = count(1) if lines is None else lines
    place = Place(next(lines), 1)
    if isinstance(value, Mapping):
        entries = []
        for key, item in value.items():
            entries.append(yaml_tree.MapEntry(key, Place(next(lines), 3), tree_of(item, lines)))
        return yaml_tree.MapNode(place, tuple(entries))
    if isinstance(value, list):
        return yaml_tree.ListNode(place, tuple(tree_of(item, lines) for item in value))
    if isinstance(value, (Vault, Unsafe)):
        return yaml_tree.ScalarNode(place, str(value), vault=isinstance(value, Vault), unsafe=isinstance(value, Unsafe))
    return yaml_tree.ScalarNode(place, value)


def mapping_of(value: Mapping[str, Any]) -> yaml_tree.MapNode:
    """Return a mapping as a tree."""
    found = tree_of(value)
    assert isinstance(found, yaml_tree.MapNode)
    return found


TEMPLATES = st.sampled_from(["{{ found }}", "{% if x %}y{% endif %}", "a{{ b }}c", "{# remark #}"])
_TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "101", "0101", "on", "12:30", "2026-11-25", "1e3", "@me", "- a", "a: b"]
)
_NUMBERS = st.integers(-5, 5000) | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | _NUMBERS | _TEXTS


def values(scalars: st.SearchStrategy[Any] = SCALARS) -> st.SearchStrategy[Any]:
    """Any data that YAML can hold, with texts as keys."""
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
        max_leaves=10,
    )


def fitting(schema: Mapping[str, Any], scalars: st.SearchStrategy[Any] = SCALARS) -> st.SearchStrategy[Any]:
    """Data that look like what a schema of client files asks for, and are often wrong somewhere."""
    return st.one_of(_fitting(schema, scalars), _fitting(schema, scalars), _fitting(schema, scalars), values(scalars))


def _fitting(schema: Mapping[str, Any], scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    if "anyOf" in schema:
        return st.one_of([_fitting(branch, scalars) for branch in schema["anyOf"]])
    if "$ref" in schema:
        return TEMPLATES
    if "enum" in schema:
        return st.sampled_from([*schema["enum"], schema["enum"][0].upper(), ""])
    if "properties" in schema:
        known = {
            name: st.deferred(lambda inner=inner: fitting(inner, scalars))
            for name, inner in schema["properties"].items()
        }
        some = st.lists(st.sampled_from(sorted(known)), max_size=4, unique=True)
        more = st.dictionaries(st.text("_abct", max_size=4), scalars, max_size=1)
        return st.tuples(
            some.flatmap(lambda names: st.fixed_dictionaries({name: known[name] for name in names})), more
        ).map(lambda both: {**both[1], **both[0]})
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "array" in kinds:
        return st.lists(fitting(schema["items"], scalars), max_size=3)
    if "object" in kinds:
        inner = schema.get("additionalProperties")
        return st.dictionaries(
            st.text("ab_1-", max_size=4), fitting(inner, scalars) if isinstance(inner, Mapping) else scalars, max_size=2
        )
    usual: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(-2, 12) | st.integers(800, 803) | st.sampled_from([3.0, 10**20]),
        "number": st.floats(-1, 100),
        "boolean": st.booleans(),
        "string": st.sampled_from(
            ["101", "201", "0003*101", "12", " 7 ", "-3", "1.5", "RU", "30%", "198.51.100.0/24", "("]
        ),
    }
    return st.one_of([usual[kind] for kind in kinds])
