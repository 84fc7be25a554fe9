# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON Schema over trees and plain data: verdicts, messages, hints and places.

That the verdict is that of a real validator is held by tests/component/test_files_schema.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

from ansible_collections.ringme.pbx.plugins.module_utils._client_files import yaml_tree
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    MISSING_KEY,
    UNKNOWN_KEY,
    WRONG_VALUE,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.json_schema import TEMPLATE, check
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.schema import client_file_schema
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import Place
from ansible_collections.ringme.pbx.tests.unit.helpers.trees import SCALARS, Unsafe, Vault, fitting, tree_of

TEXT: Mapping[str, Any] = {"type": "string"}
MAY_BE_TEMPLATE = {"$ref": TEMPLATE}
DEFINITIONS = {"$defs": {"template": {"type": "string", "pattern": r"\{\{|\{%"}, "again": MAY_BE_TEMPLATE}}
NUMBER = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]+$"}, MAY_BE_TEMPLATE], **DEFINITIONS}
WORD = {"anyOf": [{"type": "string", "enum": ["in", "out"]}, MAY_BE_TEMPLATE], **DEFINITIONS}
FLAG = {"anyOf": [{"type": "boolean"}, MAY_BE_TEMPLATE], **DEFINITIONS}
LIST = {"anyOf": [{"type": "array", "items": TEXT}, MAY_BE_TEMPLATE], **DEFINITIONS}


def _messages(value: Any, schema: Mapping[str, Any]) -> list[str]:
    return [problem.message for problem in check(tree_of({"it": value}), _around(schema))]


def _around(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with the key "it"."""
    return {"type": "object", "properties": {"it": schema}, "$defs": schema.get("$defs", {})}


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ("a", TEXT),
        (1, {"type": "integer"}),
        (1.0, {"type": "integer"}),
        (1, {"type": "number"}),
        (1.5, {"type": ["number", "string"]}),
        (float("inf"), {"type": "number"}),
        (True, {"type": "boolean"}),
        (None, {"type": "null"}),
        ([], {"type": "array"}),
        ({}, {"type": "object"}),
        ("anything", {}),
        ([{"a": None}], {}),
        ("in", {"enum": ["in"]}),
        (1, {"enum": [1]}),
        ("ab", {"pattern": "b"}),
        (5, {"pattern": "b"}),
        (5, {"minimum": 5, "maximum": 5}),
        (True, {"minimum": 5}),
        ("a", {"minimum": 5}),
        (["a"], {"minItems": 1}),
        ([1, "a"], {"type": "array"}),
        ({"a": 1}, {"type": "object"}),
        ({"a": 1}, {"additionalProperties": True}),
        ({"a": "x"}, {"additionalProperties": TEXT}),
        ({"a": 1}, {"required": ["a"]}),
        ({"a": 1}, {"propertyNames": {"pattern": "^a$"}}),
        ({"ba": 1}, {"propertyNames": {"pattern": "a"}}),
        ({"a": 1}, {"propertyNames": {}}),
        ("{{ x }}", {"$ref": "#/$defs/again", **DEFINITIONS}),
    ],
)
def test_fits(value: Any, schema: Mapping[str, Any]) -> None:
    assert _messages(value, schema) == []


@pytest.mark.parametrize(
    ("value", "schema", "message"),
    [
        (1, TEXT, "it: expected a string, but the value is an integer"),
        (1.5, TEXT, "it: expected a string, but the value is a number"),
        (True, TEXT, "it: expected a string, but the value is true"),
        (False, TEXT, "it: expected a string, but the value is false"),
        (None, TEXT, "it: expected a string, but the value is not set"),
        ([], TEXT, "it: expected a string, but the value is a list"),
        ({}, TEXT, "it: expected a string, but the value is a mapping"),
        ("", {"type": "integer"}, "it: expected an integer, but the value is a string"),
        (float("inf"), {"type": "integer"}, "it: expected an integer, but the value is a number"),
        (True, {"type": "integer"}, "it: expected an integer, but the value is true"),
        (1, {"type": "boolean"}, "it: expected true or false, but the value is an integer"),
        ("", {"type": ["object", "array"]}, "it: expected a list or a mapping, but the value is a string"),
        (None, {"type": ["integer", "string"]}, "it: expected a string, but the value is not set"),
        ("up", {"enum": ["in", "out"]}, "it: unsupported value"),
        (True, {"enum": [1]}, "it: unsupported value"),
        (1.0, {"enum": ["1"]}, "it: unsupported value"),
        ("c", {"pattern": "b"}, "it: the value does not have the expected format"),
        (4, {"minimum": 5}, "it: the value is too small"),
        (6.5, {"maximum": 5}, "it: the value is too large"),
        ([], {"minItems": 1}, "it: the list is empty"),
        ([1], {"items": TEXT}, "it[0]: expected a string, but the value is an integer"),
        ({"a": 1}, {"additionalProperties": False}, "it.a: unknown key"),
        ({"a": 1}, {"additionalProperties": TEXT}, "it.a: expected a string, but the value is an integer"),
        ({}, {"required": ["a"]}, "required key it.a is missing"),
        ({"b": 1}, {"propertyNames": {"pattern": "^a$"}}, "it.b: 'b' is not a valid variable name"),
        ("x", MAY_BE_TEMPLATE | DEFINITIONS, "it: the value does not have the expected format"),
        ("x", NUMBER, "it: expected an integer, but the value is a string"),
        (1.5, NUMBER, "it: expected an integer, but the value is a number"),
        ([], NUMBER, "it: expected an integer, but the value is a list"),
        ("up", WORD, "it: unsupported value"),
        (1, WORD, "it: expected a string, but the value is an integer"),
        ("yes", FLAG, "it: expected true or false, but the value is a string"),
        ([1], LIST, "it[0]: expected a string, but the value is an integer"),
        ("a", LIST, "it: expected a list, but the value is a string"),
    ],
)
def test_does_not_fit(value: Any, schema: Mapping[str, Any], message: str) -> None:
    assert _messages(value, schema) == [message]


def test_a_file_itself_is_named_as_such() -> None:
    (problem,) = check(tree_of([]), {"type": "object"})
    assert problem.message == "expected a mapping, but the value is a list"
    (problem,) = check(
        tree_of({}), {"required": ["client_id"], "properties": {"client_id": {"description": "Give it"}}}
    )
    assert (problem.message, problem.hint, problem.rule) == (
        "required key client_id is missing",
        "Give it",
        MISSING_KEY,
    )


LATER: list[Any] = [Vault("x"), "{{ x }}", "{% if x %}1{% endif %}"]


@pytest.mark.parametrize("value", LATER)
@pytest.mark.parametrize("schema", [TEXT, {"type": ["integer", "string"]}, NUMBER, WORD, FLAG, LIST], ids=str)
def test_what_is_not_known_yet_passes_where_a_text_or_a_template_may_stand(
    value: str, schema: Mapping[str, Any]
) -> None:
    assert _messages(value, schema) == []


@pytest.mark.parametrize("value", LATER)
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "array"},
        {"type": "object"},
        {"anyOf": [{"type": "integer"}, {"type": "array"}]},
        {"type": "string", "enum": ["in"]},
        {"type": "string", "pattern": "^[0-9]+$"},
    ],
    ids=str,
)
def test_and_nowhere_else(value: str, schema: Mapping[str, Any]) -> None:
    assert len(_messages(value, schema)) == 1


@pytest.mark.parametrize("schema", [NUMBER, WORD, FLAG, LIST])
def test_a_text_that_is_marked_as_no_template_is_none(schema: Mapping[str, Any]) -> None:
    assert len(_messages(Unsafe("{{ x }}"), schema)) == 1
    assert _messages(Unsafe("{{ x }}"), TEXT) == []
    assert _messages(Unsafe("7"), NUMBER) == _messages(Unsafe("in"), WORD) == []
    assert _messages(Unsafe("{{ x }}"), MAY_BE_TEMPLATE | DEFINITIONS) == [
        "it: a template is expected here, but the value is tagged !unsafe"
    ]


# --- hints ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "schema", "hint"),
    [
        (None, TEXT, "Set a value, or remove the key"),
        (False, TEXT, "Put a string in quotes: YAML reads an unquoted yes, no, on or off as true or false"),
        (1, TEXT, None),
        ([], TEXT, None),
        ("up", WORD, "Use one of in, out"),
        (4, {"minimum": 5}, "Use at least 5"),
        (6, {"maximum": 5}, "Use at most 5"),
        ([], {"minItems": 1}, "Add an item, or remove the key"),
        ("c", {"pattern": "b", "description": "Write a b"}, "Write a b"),
        ("c", {"anyOf": [{"type": "integer"}], "description": "Give a number"}, "Give a number"),
        (
            None,
            {"anyOf": [{"type": "integer"}], "description": "Give a number"},
            "Set a value, or remove the key",
        ),
        ({"b-": 1}, {"propertyNames": {"pattern": "^a$"}}, "Use letters, digits and _"),
        ({"tex": 1}, {"additionalProperties": False, "properties": {"text": {}, "next": {}}}, "Did you mean text?"),
        ({"other": 1}, {"additionalProperties": False, "properties": {"text": {}, "a": {}}}, "Use one of a, text"),
    ],
)
def test_a_hint_says_what_to_do(value: Any, schema: Mapping[str, Any], hint: str | None) -> None:
    assert [problem.hint for problem in check(tree_of({"it": value}), _around(schema))] == [hint]


# --- places --------------------------------------------------------------------------------------------------------


def test_problems_are_in_the_order_of_the_file() -> None:
    #                      2  3    4  5     6  7   8   9  10   11 12
    file = tree_of({"number": "x", "wrong": 1, "list": ["a", 2], "flag": 3})
    schema = {
        "required": ["missing"],
        "properties": {"number": NUMBER, "list": LIST, "flag": FLAG, "missing": TEXT},
        "additionalProperties": False,
        **DEFINITIONS,
    }
    assert [(problem.rule, problem.place, problem.message) for problem in check(file, schema)] == [
        (MISSING_KEY, Place(1, 1), "required key missing is missing"),
        (WRONG_VALUE, Place(3, 1), "number: expected an integer, but the value is a string"),
        (UNKNOWN_KEY, Place(4, 3), "wrong: unknown key"),
        (WRONG_VALUE, Place(9, 1), "list[1]: expected a string, but the value is an integer"),
        (WRONG_VALUE, Place(11, 1), "flag: expected true or false, but the value is an integer"),
    ]


def test_an_invalid_variable_name_has_the_place_of_the_key() -> None:
    (problem,) = check(tree_of({"b": 1}), {"propertyNames": {"pattern": "^a$"}})
    assert (problem.place, problem.rule) == (Place(2, 3), WRONG_VALUE)


@given(value=fitting(client_file_schema()))
def test_plain_data_have_the_problems_of_their_tree(value: Any) -> None:
    schema = client_file_schema()
    tree, data = check(tree_of(value), schema), check(value, schema)
    if not any("{" in str(value) for value in _texts(value)):
        assert [(item.rule, item.message, item.hint) for item in data] == [
            (item.rule, item.message, item.hint) for item in tree
        ]
    assert {item.place for item in data} <= {Place(1, 1)}


def _texts(value: Any) -> list[str]:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _texts(item)] + ([value] if isinstance(value, str) else [])


@pytest.mark.parametrize(
    ("value", "schema", "message"),
    [
        ("{{ x }}", {"type": "integer"}, "it: expected an integer, but the value is a string"),
        ("b", {"const": "a"}, "it: expected a"),
        (True, {"const": 1}, "it: expected 1"),
        (["a"], {"enum": ["a"]}, "it: unsupported value"),
    ],
)
def test_plain_data(value: Any, schema: Mapping[str, Any], message: str) -> None:
    assert [problem.message for problem in check({"it": value}, _around(schema))] == [message]
    assert check({"it": "a"}, _around({"const": "a"})) == check({"it": "{{ x }}"}, _around(TEXT)) == []


CANARY = "canary-s3cret"


@given(value=fitting(client_file_schema(), SCALARS.map(lambda value: CANARY if isinstance(value, str) else value)))
def test_no_message_shows_a_value(value: Any) -> None:
    places = {node.place for node in _nodes(tree_of(value))}
    for problem in check(tree_of(value), client_file_schema()):
        assert CANARY not in problem.message + (problem.hint or "")
        assert problem.place in places


def _nodes(node: Any) -> list[Any]:
    inner = [*getattr(node, "items", ()), *getattr(node, "entries", ())]
    inner += [node.node] if isinstance(node, yaml_tree.MapEntry) else []
    return [node, *(found for item in inner for found in _nodes(item))]
