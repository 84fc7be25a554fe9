# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON Schema as far as the schema of client files uses it, over trees with places, in words for people. Pure.

Known are ``$ref`` into ``$defs``, ``type``, ``enum``, ``pattern``, ``minimum``, ``maximum``, ``required``, ``properties``,
``additionalProperties`` (false, true or a schema), ``propertyNames`` (a pattern), ``items``, ``minItems`` and ``anyOf``; the
verdict is that of JSON Schema 2020-12. Beyond it, what Ansible decrypts or templates later passes wherever a text or a template
may stand, a text that is marked as no template is none, and a number passes only where it is written in plain decimal digits.
"""

from __future__ import annotations

import re
from collections import abc
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from .findings import (
    MISSING_KEY,
    UNKNOWN_KEY,
    WRONG_TEMPLATE,
    WRONG_VALUE,
)
from .yaml_tree import (
    ListNode,
    MapNode,
    Node,
    Place,
    ScalarNode,
    TreeProblem,
    short,
)

Schema = abc.Mapping[str, Any]

TEMPLATE = "#/$defs/template"
"""Where a schema says that a template may stand instead of a value."""

_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "empty",
}


_WHOLE = re.compile("0|-?[1-9][0-9]*")
_DECIMAL = re.compile(r"(?:0|-?[1-9][0-9]*|-0(?=\.))(?:\.[0-9]+)?")


def check(node: Node, schema: Schema) -> list[TreeProblem]:
    """Return all that is wrong, in the order of the file. References of ``schema`` lead into its own ``$defs``."""
    return _Checker(schema).check(node, schema, "")


class _Checker:
    def __init__(self, root: Schema) -> None:
        self._definitions: abc.Mapping[str, Schema] = root.get("$defs", {})

    def check(self, node: Node, schema: Schema, path: str) -> list[TreeProblem]:
        """Return what is wrong below a path."""
        if schema.get("$ref") == TEMPLATE and isinstance(node, ScalarNode) and node.unsafe:
            return [TreeProblem(WRONG_VALUE, node.place, f"{path} is marked as no template")]
        schema = self._resolved(schema)
        if isinstance(node, ScalarNode) and node.opaque:
            return self._opaque(node, schema, path)
        return self._check(node, schema, path)

    def _opaque(self, node: ScalarNode, schema: Schema, path: str) -> list[TreeProblem]:
        """Return what is wrong with a value that is known only when Ansible has decrypted or templated it."""
        if self._admits_later(schema) or not (node.vault or self._check(node, schema, path)):
            return []
        message = f"{path} is a template or encrypted, and its value is needed before Ansible knows it"
        return [TreeProblem(WRONG_TEMPLATE, node.place, message, "Write the value out")]

    def _check(self, node: Node, schema: Schema, path: str) -> list[TreeProblem]:
        number = self._number(node, schema, path) if isinstance(node, ScalarNode) and node.written is not None else []
        if number:
            return number
        if "anyOf" in schema:
            return self._any(node, schema, path)
        wrong = self._type(node, schema, path) or self._value(node, schema, path)
        if wrong:
            return wrong
        if isinstance(node, MapNode):
            return self._mapping(node, schema, path)
        if isinstance(node, ListNode):
            return self._sequence(node, schema, path)
        return []

    def _number(self, node: ScalarNode, schema: Schema, path: str) -> list[TreeProblem]:
        """Return what is wrong with the way in which a number is written, where a number or a text is expected."""
        branches = [self._resolved(branch) for branch in schema.get("anyOf", [schema])]
        types = set[str]().union(*map(_types, branches))
        written = str(node.written)
        if not types & {"string", "integer", "number"} or (_DECIMAL if "number" in types else _WHOLE).fullmatch(
            written
        ):
            return []
        if any("string" in _types(branch) and not branch.keys() & {"enum", "pattern"} for branch in branches):
            # It is not shown: it may be a password.
            message = f"{path} is a number that is not written in plain decimal digits, so YAML changes it"
            return [TreeProblem(WRONG_VALUE, node.place, message, "Put it in quotes: YAML reads an unquoted 010 as 8")]
        message = f"{path} is written {short(written)}, which is not a whole number in plain decimal digits"
        if "number" in types:
            message = f"{path} is written {short(written)}, which is not a number in plain decimal digits"
        return [
            TreeProblem(
                WRONG_VALUE, node.place, message, f"YAML reads {short(str(node.value))}: write the digits of the number"
            )
        ]

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._definitions[schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def _admits_later(self, schema: Schema) -> bool:
        """Whether a text that is known later may stand here."""
        branches = schema.get("anyOf", [schema])
        return any(
            branch.get("$ref") == TEMPLATE or ("string" in _types(branch) and not branch.keys() & {"enum", "pattern"})
            for branch in branches
        )

    def _any(self, node: Node, schema: Schema, path: str) -> list[TreeProblem]:
        """Return nothing where one branch fits, else what is wrong by the branch that is meant.

        That is the one of the value's own type. A text of the wrong form is told in the words of the first branch.
        """
        branches = [self._resolved(branch) for branch in schema["anyOf"]]
        tried = [self.check(node, branch, path) for branch in schema["anyOf"]]
        if not all(tried):
            return []
        meant = [
            problems
            for branch, problems in zip(branches, tried)
            if _kinds(node) & _types(branch) and "pattern" not in branch
        ]
        found = meant[0] if meant else tried[0]
        hint = schema.get("description")
        return [replace(problem, hint=problem.hint or hint) for problem in found]

    def _type(self, node: Node, schema: Schema, path: str) -> list[TreeProblem]:
        types = _types(schema)
        if not types or types & _kinds(node):
            return []
        what, hint = _found(node), None
        if isinstance(node, ScalarNode) and node.value is None:
            hint = "Leave the key out where nothing is meant"
        elif isinstance(node, ScalarNode) and isinstance(node.value, bool):
            hint = "YAML reads an unquoted yes, no, on and off as true and false: put a text in quotes"
        elif isinstance(node, ScalarNode) and node.written is not None and "string" in types:
            hint = "Put a text that looks like a number in quotes"
        expected = _NAMES["string"] if "string" in types else " or ".join(_NAMES[kind] for kind in sorted(types))
        return [
            TreeProblem(WRONG_VALUE, node.place, f"{path or 'the file'} is {what}, and {expected} is expected", hint)
        ]

    def _value(self, node: Node, schema: Schema, path: str) -> list[TreeProblem]:
        if not isinstance(node, ScalarNode):
            return []
        value, wrong, hint = node.value, None, None
        if "enum" in schema and not any(type(value) is type(item) and value == item for item in schema["enum"]):
            choices = [str(item) for item in schema["enum"]]
            wrong, hint = "is none of the words that are possible", f"Use one of {', '.join(choices)}"
        elif isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
            wrong = "is not of the form that is expected"
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value):
                wrong, hint = "is too small", f"Give at least {schema['minimum']}"
            elif value > schema.get("maximum", value):
                wrong, hint = "is too large", f"Give at most {schema['maximum']}"
        return (
            [TreeProblem(WRONG_VALUE, node.place, f"{path} {wrong}", hint or schema.get("description"))]
            if wrong
            else []
        )

    def _mapping(self, node: MapNode, schema: Schema, path: str) -> list[TreeProblem]:
        known: abc.Mapping[str, Schema] = schema.get("properties", {})
        names = self._resolved(schema.get("propertyNames", {})).get("pattern")
        given = {entry.key for entry in node.entries}
        found = [
            TreeProblem(
                MISSING_KEY, node.place, f"{_below(path, name)} is missing", known.get(name, {}).get("description")
            )
            for name in schema.get("required", ())
            if name not in given
        ]
        for entry in node.entries:
            where = _below(path, entry.key)
            if names and not re.search(names, entry.key):
                message = f"{where}: {entry.key!r} cannot be the name of a variable"
                found.append(TreeProblem(WRONG_VALUE, entry.place, message, "Use letters, digits and _"))
            if entry.key in known:
                found += self.check(entry.node, known[entry.key], where)
            elif schema.get("additionalProperties") is False:
                found.append(_unknown(where, entry.key, entry.place, known))
            elif isinstance(schema.get("additionalProperties"), abc.Mapping):
                found += self.check(entry.node, schema["additionalProperties"], where)
        return found

    def _sequence(self, node: ListNode, schema: Schema, path: str) -> list[TreeProblem]:
        if len(node.items) < schema.get("minItems", 0):
            return [
                TreeProblem(WRONG_VALUE, node.place, f"{path} is an empty list", "Leave it out where nothing is meant")
            ]
        if "items" not in schema:
            return []
        return [
            problem
            for index, item in enumerate(node.items)
            for problem in self.check(item, schema["items"], f"{path}[{index}]")
        ]


def _types(schema: Schema) -> set[str]:
    types = schema.get("type", ())
    return {types} if isinstance(types, str) else set(types)


def _kinds(node: Node) -> set[str]:
    """Return the types of JSON Schema that a value has; a whole number is a number as well."""
    if isinstance(node, MapNode):
        return {"object"}
    if isinstance(node, ListNode):
        return {"array"}
    value = node.value
    if value is None:
        return {"null"}
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return {"integer", "number"}
    return {"number"} if isinstance(value, float) else {"string"}


def _found(node: Node) -> str:
    kinds = _kinds(node)
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return str(node.value).lower()
    return next(name for kind, name in _NAMES.items() if kind in kinds)


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _unknown(where: str, key: str, place: Place, known: abc.Mapping[str, Schema]) -> TreeProblem:
    near = get_close_matches(key, sorted(known), n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(sorted(known))}"
    return TreeProblem(UNKNOWN_KEY, place, f"{where} is not known here", hint)
