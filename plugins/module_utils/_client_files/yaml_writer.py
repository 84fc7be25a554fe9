# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes client files: the same sections give the same bytes. Needs PyYAML (:mod:`.._optional`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from .._optional import yaml
from .yaml_tree import (
    ListNode,
    MapNode,
    ScalarNode,
    is_template,
)

ORDER = (
    "client_id",
    "client_tags",
    "extension_len",
    "client_api",
    "client_settings",
    "client_bundles",
    "client_registrations",
    "client_vars",
)
"""The order of the sections; options of bundles follow the bundles."""

_WIDEST = 100
_NO_FOLDING = 1 << 20
_TAG = "tag:yaml.org,2002:"
_BREAK = re.compile("[\n\x85\u2028\u2029]")
"""The line breaks of YAML 1.1; only double quotes preserve them."""


class Live(str):
    """A string from the PBX. It is never a template."""


def client_text(sections: Mapping[str, Any], comments: Iterable[str] = ()) -> str:
    """Return the text of a client file. Values are plain data, or nodes of another file's tree, which stay unchanged.

    Strings of digits are quoted, so that they stay strings. A :class:`Live` string that looks like a template is tagged
    ``!unsafe``.
    """
    ordered = sorted(sections, key=lambda name: (_rank(name), name))
    pairs = [(_scalar(name), _node(sections[name], 1)) for name in ordered]
    body = yaml.serialize(
        yaml.MappingNode(f"{_TAG}map", pairs, flow_style=False),
        Dumper=_dumper(),
        allow_unicode=True,
        width=_NO_FOLDING,
        explicit_start=True,
    )
    return "".join(f"# {comment}\n" for comment in comments) + str(body)


def _rank(name: str) -> float:
    if name in ORDER:
        return ORDER.index(name)
    return ORDER.index("client_bundles") + 0.5


@cache
def _dumper() -> Any:
    """Return the dumper class, defined on demand because PyYAML can be missing."""

    class Dumper(yaml.SafeDumper):
        """Indents lists in mappings, as ansible-lint requires."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
            """Indent in any case."""
            return super().increase_indent(flow, False)

    return Dumper


def _node(value: Any, depth: int) -> yaml.Node:
    if isinstance(value, MapNode):
        pairs = [(_scalar(entry.key), _node(entry.node, depth + 1)) for entry in value.entries]
        return _collection(yaml.MappingNode(f"{_TAG}map", pairs), depth)
    if isinstance(value, ListNode):
        return _collection(yaml.SequenceNode(f"{_TAG}seq", [_node(item, depth + 1) for item in value.items]), depth)
    if isinstance(value, ScalarNode):
        if value.vault:
            return yaml.ScalarNode("!vault", str(value.value), style="|")
        return _scalar(value.value, unsafe=value.unsafe)
    if isinstance(value, Mapping):
        pairs = [(_scalar(str(name)), _node(item, depth + 1)) for name, item in value.items()]
        return _collection(yaml.MappingNode(f"{_TAG}map", pairs), depth)
    if isinstance(value, (list, tuple)):
        return _collection(yaml.SequenceNode(f"{_TAG}seq", [_node(item, depth + 1) for item in value]), depth)
    return _scalar(value, unsafe=isinstance(value, Live) and is_template(value))


def _scalar(value: Any, *, unsafe: bool = False) -> yaml.ScalarNode:
    if value is None:
        return yaml.ScalarNode(f"{_TAG}null", "null")
    if isinstance(value, bool):
        return yaml.ScalarNode(f"{_TAG}bool", "true" if value else "false")
    if isinstance(value, int):
        return yaml.ScalarNode(f"{_TAG}int", str(int(value)))
    if isinstance(value, float):
        return yaml.ScalarNode(f"{_TAG}float", _float(value))
    text = str(value)
    quoted = unsafe or _BREAK.search(text) or text.replace("*", "").isdigit() or is_template(text)
    return yaml.ScalarNode("!unsafe" if unsafe else f"{_TAG}str", text, style='"' if quoted else None)


def _float(value: float) -> str:
    """Return a number with a decimal point, which YAML 1.1 requires."""
    text = repr(float(value)).replace("inf", ".inf").replace("nan", ".nan")
    return text if "." in text else text.replace("e", ".0e")


def _collection(node: yaml.CollectionNode, depth: int) -> yaml.Node:
    """Set the style: one line if that is short and contains no list of mappings, otherwise one line for each item."""
    node.flow_style = not node.value or (_short(node) and (depth > 1 or _is_list(node)))
    return node


def _is_list(node: yaml.Node) -> bool:
    return isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value)


def _short(node: yaml.Node) -> bool:
    leaves = list(_leaves(node))
    plain = all(leaf.style != "|" and "\n" not in leaf.value for leaf in leaves)
    return plain and sum(len(leaf.value) + 4 for leaf in leaves) <= _WIDEST


def _leaves(node: Any) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _leaves(item)
    else:
        for key, value in node.value:
            yield from _leaves(key)
            yield from _leaves(value)
