# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees of YAML files: values, their places, and what is not known before the run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import (
    ListNode,
    MapNode,
    Node,
    Place,
    ScalarNode,
    is_template,
    place_of,
    plain,
    scalars,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.trees import Unsafe, Vault, mapping_of, tree_of, values

#                                       1     2 3   4 5   6   7    8   9   10
FILE = mapping_of({"client_id": 801, "bundles": [{"extension": "101", "members": ["201", "301"]}, {}], "empty": {}})
"""Mapping in line 1, client_id in 2 and 3, bundles in 4 and 5, the first bundle in 6, its extension in 7 and 8, its
members in 9 and 10, these in 11 and 12, the second bundle in 13, empty in 14 and 15.
"""


@given(value=values())
def test_a_tree_holds_the_values_it_was_made_of(value: Any) -> None:
    node = tree_of(value)
    assert plain(node) == value
    assert [scalar.value for scalar in scalars(node)] == _leaves(value)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("text", ["{{ x }}", "a {{", "{% if x %}", "{# remark #}"])
def test_what_ansible_would_template_is_a_template(text: str) -> None:
    assert is_template(text)
    assert ScalarNode(Place(1, 1), text).opaque
    assert not ScalarNode(Place(1, 1), text, unsafe=True).opaque


@pytest.mark.parametrize("value", ["", "{ {", "}}", "{x}", "%}", "#}", 1, None, True, ["{{ x }}"], {"{{": 1}])
def test_everything_else_is_none(value: Any) -> None:
    assert not is_template(value)
    assert not ScalarNode(Place(1, 1), value).opaque


def test_an_encrypted_value_is_not_known() -> None:
    assert ScalarNode(Place(1, 1), "$ANSIBLE_VAULT;1.1;AES256", vault=True).opaque
    assert ScalarNode(Place(1, 1), "x", vault=True, unsafe=True).opaque


def test_lists_and_mappings_are_known_whatever_is_in_them() -> None:
    assert not tree_of(["{{ x }}"]).opaque
    assert not tree_of({"a": Vault("x")}).opaque
    assert [scalar.opaque for scalar in scalars(tree_of([Vault("x"), Unsafe("{{ x }}"), "{{ x }}"]))] == [
        True,
        False,
        True,
    ]


def test_a_key_leads_to_its_entry_and_its_value() -> None:
    entry = FILE.entry("client_id")
    assert entry is not None and (entry.key, entry.place, entry.node) == (
        "client_id",
        Place(2, 3),
        FILE.get("client_id"),
    )
    assert FILE.get("client_id") == ScalarNode(Place(3, 1), 801)
    assert FILE.entry("client") is None and FILE.get("client") is None


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("", 1, 1),
        ("client_id", 3, 1),  # a scalar has the place of the value
        ("bundles", 4, 3),  # lists and mappings have that of their key
        ("bundles[0]", 6, 1),
        ("bundles[0].extension", 8, 1),
        ("bundles[0].members", 9, 3),
        ("bundles[0].members[0]", 11, 1),
        ("bundles[0].members[1]", 12, 1),
        ("bundles[1]", 13, 1),
        ("empty", 14, 3),
    ],
)
def test_a_path_leads_to_its_place(path: str, line: int, column: int) -> None:
    assert place_of(FILE, path) == Place(line, column)


@pytest.mark.parametrize(
    ("path", "as_far_as"),
    [
        ("client", ""),
        ("[0]", ""),
        ("client_id.x", "client_id"),
        ("client_id[0]", "client_id"),
        ("bundles.extension", "bundles"),
        ("bundles[2]", "bundles"),
        ("bundles[2].extension", "bundles"),
        ("bundles[0].state", "bundles[0]"),
        ("bundles[0].state.extension", "bundles[0]"),
        ("bundles[0].members[2]", "bundles[0].members"),
        ("bundles[1].members[0]", "bundles[1]"),
        ("empty.x", "empty"),
        ("empty[0]", "empty"),
    ],
)
def test_a_path_that_leads_further_than_the_file_has_the_last_place_there(path: str, as_far_as: str) -> None:
    assert place_of(FILE, path) == place_of(FILE, as_far_as)


def test_a_path_may_begin_in_a_list() -> None:
    bundles = FILE.get("bundles")
    assert isinstance(bundles, ListNode)
    assert place_of(bundles, "[0].members[1]") == Place(12, 1)


@given(value=values())
def test_any_path_has_a_place_in_the_tree(value: Any) -> None:
    node = tree_of(value)
    places = set(_places(node))
    assert len(places) == len(list(_places(node)))
    for path in ("", "[0]", "[0].a[1]", "a", "a.b", "..[[", "[99999999999999999999]"):
        assert place_of(node, path) in places


def _places(node: Node) -> list[Place]:
    if isinstance(node, MapNode):
        return [node.place, *(place for entry in node.entries for place in (entry.place, *_places(entry.node)))]
    return (
        [node.place, *(place for item in node.items for place in _places(item))]
        if isinstance(node, ListNode)
        else [node.place]
    )
