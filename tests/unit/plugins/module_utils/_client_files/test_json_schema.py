# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON Schema over trees: its verdicts, and the words, hints and places in which they are told.

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


def _told(value: Any, schema: Mapping[str, Any]) -> list[str]:
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
    assert _told(value, schema) == []


@pytest.mark.parametrize(
    ("value", "schema", "message"),
    [
        (1, TEXT, "it is a whole number, and a text is expected"),
        (1.5, TEXT, "it is a number, and a text is expected"),
        (True, TEXT, "it is true, and a text is expected"),
        (False, TEXT, "it is false, and a text is expected"),
        (None, TEXT, "it is empty, and a text is expected"),
        ([], TEXT, "it is a list, and a text is expected"),
        ({}, TEXT, "it is a mapping, and a text is expected"),
        ("", {"type": "integer"}, "it is a text, and a whole number is expected"),
        (float("inf"), {"type": "integer"}, "it is a number, and a whole number is expected"),
        (True, {"type": "integer"}, "it is true, and a whole number is expected"),
        (1, {"type": "boolean"}, "it is a whole number, and true or false is expected"),
        ("", {"type": ["object", "array"]}, "it is a text, and a list or a mapping is expected"),
        (None, {"type": ["integer", "string"]}, "it is empty, and a text is expected"),
        ("up", {"enum": ["in", "out"]}, "it is none of the words that are possible"),
        (True, {"enum": [1]}, "it is none of the words that are possible"),
        (1.0, {"enum": ["1"]}, "it is none of the words that are possible"),
        ("c", {"pattern": "b"}, "it is not of the form that is expected"),
        (4, {"minimum": 5}, "it is too small"),
        (6.5, {"maximum": 5}, "it is too large"),
        ([], {"minItems": 1}, "it is an empty list"),
        ([1], {"items": TEXT}, "it[0] is a whole number, and a text is expected"),
        ({"a": 1}, {"additionalProperties": False}, "it.a is not known here"),
        ({"a": 1}, {"additionalProperties": TEXT}, "it.a is a whole number, and a text is expected"),
        ({}, {"required": ["a"]}, "it.a is missing"),
        ({"b": 1}, {"propertyNames": {"pattern": "^a$"}}, "it.b: 'b' cannot be the name of a variable"),
        ("x", MAY_BE_TEMPLATE | DEFINITIONS, "it is not of the form that is expected"),
        ("x", NUMBER, "it is a text, and a whole number is expected"),
        (1.5, NUMBER, "it is a number, and a whole number is expected"),
        ([], NUMBER, "it is a list, and a whole number is expected"),
        ("up", WORD, "it is none of the words that are possible"),
        (1, WORD, "it is a whole number, and a text is expected"),
        ("yes", FLAG, "it is a text, and true or false is expected"),
        ([1], LIST, "it[0] is a whole number, and a text is expected"),
        ("a", LIST, "it is a text, and a list is expected"),
    ],
)
def test_does_not_fit(value: Any, schema: Mapping[str, Any], message: str) -> None:
    assert _told(value, schema) == [message]


def test_a_file_itself_is_named_as_such() -> None:
    (problem,) = check(tree_of([]), {"type": "object"})
    assert problem.message == "the file is a list, and a mapping is expected"
    (problem,) = check(
        tree_of({}), {"required": ["client_id"], "properties": {"client_id": {"description": "Give it"}}}
    )
    assert (problem.message, problem.hint, problem.rule) == ("client_id is missing", "Give it", MISSING_KEY)


LATER: list[Any] = [Vault("x"), "{{ x }}", "{% if x %}1{% endif %}"]


@pytest.mark.parametrize("value", LATER)
@pytest.mark.parametrize("schema", [TEXT, {"type": ["integer", "string"]}, NUMBER, WORD, FLAG, LIST], ids=str)
def test_what_is_not_known_yet_passes_where_a_text_or_a_template_may_stand(
    value: str, schema: Mapping[str, Any]
) -> None:
    assert _told(value, schema) == []


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
    assert len(_told(value, schema)) == 1


@pytest.mark.parametrize("schema", [NUMBER, WORD, FLAG, LIST])
def test_a_text_that_is_marked_as_no_template_is_none(schema: Mapping[str, Any]) -> None:
    assert len(_told(Unsafe("{{ x }}"), schema)) == 1
    assert _told(Unsafe("{{ x }}"), TEXT) == []
    assert _told(Unsafe("7"), NUMBER) == _told(Unsafe("in"), WORD) == []
    assert _told(Unsafe("{{ x }}"), MAY_BE_TEMPLATE | DEFINITIONS) == ["it is marked as no template"]


# --- hints ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "schema", "hint"),
    [
        (None, TEXT, "Leave the key out where nothing is meant"),
        (False, TEXT, "YAML reads an unquoted yes, no, on and off as true and false: put a text in quotes"),
        (1, TEXT, None),
        ([], TEXT, None),
        ("up", WORD, "Use one of in, out"),
        (4, {"minimum": 5}, "Give at least 5"),
        (6, {"maximum": 5}, "Give at most 5"),
        ([], {"minItems": 1}, "Leave it out where nothing is meant"),
        ("c", {"pattern": "b", "description": "Write a b"}, "Write a b"),
        ("c", {"anyOf": [{"type": "integer"}], "description": "Give a number"}, "Give a number"),
        (
            None,
            {"anyOf": [{"type": "integer"}], "description": "Give a number"},
            "Leave the key out where nothing is meant",
        ),
        ({"b-": 1}, {"propertyNames": {"pattern": "^a$"}}, "Use letters, digits and _"),
        ({"tex": 1}, {"additionalProperties": False, "properties": {"text": {}, "next": {}}}, "Did you mean text?"),
        ({"other": 1}, {"additionalProperties": False, "properties": {"text": {}, "a": {}}}, "Known are a, text"),
    ],
)
def test_a_hint_says_what_to_do(value: Any, schema: Mapping[str, Any], hint: str | None) -> None:
    assert [problem.hint for problem in check(tree_of({"it": value}), _around(schema))] == [hint]


# --- places --------------------------------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_in_the_order_of_the_file() -> None:
    #                      2  3    4  5     6  7   8   9  10   11 12
    file = tree_of({"number": "x", "wrong": 1, "list": ["a", 2], "flag": 3})
    schema = {
        "required": ["missing"],
        "properties": {"number": NUMBER, "list": LIST, "flag": FLAG, "missing": TEXT},
        "additionalProperties": False,
        **DEFINITIONS,
    }
    assert [(problem.rule, problem.place, problem.message.split()[0]) for problem in check(file, schema)] == [
        (MISSING_KEY, Place(1, 1), "missing"),
        (WRONG_VALUE, Place(3, 1), "number"),
        (UNKNOWN_KEY, Place(4, 3), "wrong"),
        (WRONG_VALUE, Place(9, 1), "list[1]"),
        (WRONG_VALUE, Place(11, 1), "flag"),
    ]


def test_a_key_that_cannot_be_a_name_stands_at_the_key() -> None:
    (problem,) = check(tree_of({"b": 1}), {"propertyNames": {"pattern": "^a$"}})
    assert (problem.place, problem.rule) == (Place(2, 3), WRONG_VALUE)


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
