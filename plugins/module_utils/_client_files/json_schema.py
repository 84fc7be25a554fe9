# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks YAML trees and plain data against a JSON Schema (draft 2020-12), as far as this collection uses it. Pure.

Supported keywords: ``$ref`` into ``$defs``, ``type``, ``const``, ``enum``, ``pattern``, ``minimum``, ``maximum``,
``required``, ``properties``, ``additionalProperties`` (false, true or a schema), ``propertyNames`` (a pattern),
``items``, ``minItems`` and ``anyOf``. The verdict is that of JSON Schema 2020-12, with three additions for YAML trees:
a value that Ansible decrypts or templates later passes wherever a string or a template is allowed, a string tagged
``!unsafe`` is not a template, and a number passes only if it is written in plain decimal digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from .._model.findings import Rule
from .findings import (
    MISSING_KEY,
    UNKNOWN_KEY,
    WRONG_TEMPLATE,
    WRONG_VALUE,
    listed,
)
from .yaml_tree import (
    ListNode,
    MapNode,
    Place,
    ScalarNode,
    TreeProblem,
    short,
)

Schema = Mapping[str, Any]

TEMPLATE = "#/$defs/template"
"""The reference with which a schema allows a template instead of a value."""

_START = Place(1, 1)
"""The place of all problems in plain data."""

_NAMES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "no value",
}
_PYTHON_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "array": (list, ListNode),
    "object": (Mapping, MapNode),
    "null": type(None),
}

_INTEGER = re.compile("0|-?[1-9][0-9]*")
_DECIMAL = re.compile(r"(?:0|-?[1-9][0-9]*|-0(?=\.))(?:\.[0-9]+)?")


def check(value: Any, schema: Schema) -> list[TreeProblem]:
    """Return all problems in the order of the file. References of ``schema`` point into its own ``$defs``.

    ``value`` is a :data:`~.yaml_tree.Node`, or plain data as ``json.loads`` returns them; all problems of plain data
    are at 1:1.
    """
    return _Checker(schema).check(value, schema, "")


class _Checker:
    def __init__(self, root: Schema) -> None:
        self._definitions: Mapping[str, Schema] = root.get("$defs", {})

    def check(self, node: Any, schema: Schema, path: str) -> list[TreeProblem]:
        """Return the problems below a path."""
        if "$ref" in schema:
            if schema["$ref"] == TEMPLATE and isinstance(node, ScalarNode) and node.unsafe:
                message = "a template is expected here, but the value is tagged !unsafe"
                return [_problem(node, path, message)]
            schema = self._resolved(schema)
        if isinstance(node, ScalarNode) and node.opaque:
            return self._opaque(node, schema, path)
        return self._check(node, schema, path)

    def _opaque(self, node: ScalarNode, schema: Schema, path: str) -> list[TreeProblem]:
        """Return the problem of a value that is known only when Ansible has decrypted or templated it."""
        if self._allows_later(schema) or not (node.vault or self._check(node, schema, path)):
            return []
        message = (
            "a template or an encrypted value is not allowed here, because the inventory needs the value before "
            "Ansible evaluates templates"
        )
        return [_problem(node, path, message, "Write the plain value", WRONG_TEMPLATE)]

    def _check(self, node: Any, schema: Schema, path: str) -> list[TreeProblem]:
        if isinstance(node, ScalarNode) and node.written is not None:
            wrong = self._number(node, node.written, schema, path)
            if wrong:
                return wrong
        if "anyOf" in schema:
            return self._any(node, schema, path)
        value = node.value if isinstance(node, ScalarNode) else node
        if "type" in schema and not _has_type(value, schema["type"]):
            return [self._wrong_type(node, value, schema, path)]
        wrong = self._value(node, value, schema, path)
        if wrong:
            return wrong
        if isinstance(value, (MapNode, Mapping)):
            return self._mapping(value, schema, path)
        if isinstance(value, (ListNode, list)):
            return self._list(value, schema, path)
        return []

    def _number(self, node: ScalarNode, written: str, schema: Schema, path: str) -> list[TreeProblem]:
        """Return the problem of a number that is not written in plain decimal digits, where a number or a string is
        expected.
        """
        branches = [self._resolved(branch) for branch in schema.get("anyOf", [schema])]
        types = set[str]().union(*map(_types, branches))
        form = _DECIMAL if "number" in types else _INTEGER
        if not types & {"string", "integer", "number"} or form.fullmatch(written):
            return []
        if any(_is_any_string(branch) for branch in branches):
            # The message does not quote the value: it can be a password.
            message = "the number is not written in plain decimal digits, so YAML changes it"
            return [_problem(node, path, message, "Put it in quotes: YAML reads an unquoted 010 as 8")]
        kind = "a number" if "number" in types else "an integer"
        hint = f"Write the number in plain decimal digits: YAML reads {short(str(node.value))} here"
        return [_problem(node, path, f"{short(written)} is not {kind} in plain decimal digits", hint)]

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._definitions[schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def _allows_later(self, schema: Schema) -> bool:
        """Whether a string that is known only later is allowed here."""
        branches = schema.get("anyOf", [schema])
        return any(branch.get("$ref") == TEMPLATE or _is_any_string(branch) for branch in branches)

    def _any(self, node: Any, schema: Schema, path: str) -> list[TreeProblem]:
        """Return no problem if one branch fits, otherwise the problems of the branch for the type of the value.

        A string of the wrong format has the problems of the first branch.
        """
        branches = [self._resolved(branch) for branch in schema["anyOf"]]
        tried = [self.check(node, branch, path) for branch in schema["anyOf"]]
        if not all(tried):
            return []
        value = node.value if isinstance(node, ScalarNode) else node
        intended = [
            problems
            for branch, problems in zip(branches, tried, strict=True)
            if "type" in branch and _has_type(value, branch["type"]) and "pattern" not in branch
        ]
        found = intended[0] if intended else tried[0]
        hint = schema.get("description")
        return [replace(problem, hint=problem.hint or hint) for problem in found]

    def _wrong_type(self, node: Any, value: Any, schema: Schema, path: str) -> TreeProblem:
        types = _types(schema)
        hint = None
        if value is None:
            hint = "Set a value, or remove the key"
        elif isinstance(value, bool):
            hint = "Put a string in quotes: YAML reads an unquoted yes, no, on or off as true or false"
        elif isinstance(node, ScalarNode) and node.written is not None and "string" in types:
            hint = "Put a string that looks like a number in quotes"
        expected = _NAMES["string"] if "string" in types else " or ".join(_NAMES[kind] for kind in sorted(types))
        return _problem(node, path, f"expected {expected}, but the value is {_found(value)}", hint)

    def _value(self, node: Any, value: Any, schema: Schema, path: str) -> list[TreeProblem]:
        wrong, hint = None, None
        if "const" in schema and not _same(value, schema["const"]):
            wrong = f"expected {schema['const']}"
        elif "enum" in schema and not any(_same(value, item) for item in schema["enum"]):
            wrong, hint = "unsupported value", f"Use one of {', '.join(str(item) for item in schema['enum'])}"
        elif isinstance(value, str):
            if "pattern" in schema and not re.search(schema["pattern"], value):
                wrong = "the value does not have the expected format"
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value):
                wrong, hint = "the value is too small", f"Use at least {schema['minimum']}"
            elif value > schema.get("maximum", value):
                wrong, hint = "the value is too large", f"Use at most {schema['maximum']}"
        return [_problem(node, path, wrong, hint or schema.get("description"))] if wrong else []

    def _mapping(self, node: MapNode | Mapping[str, Any], schema: Schema, path: str) -> list[TreeProblem]:
        known: Mapping[str, Schema] = schema.get("properties", {})
        more = schema.get("additionalProperties")
        names = self._resolved(schema["propertyNames"]).get("pattern") if "propertyNames" in schema else None
        entries: Iterable[tuple[str, Place, Any]]
        if isinstance(node, MapNode):
            entries = [(entry.key, entry.place, entry.node) for entry in node.entries]
        else:
            entries = [(str(key), _START, item) for key, item in node.items()]
        present = {key for key, dummy, item in entries}
        found = [
            TreeProblem(
                MISSING_KEY,
                _place(node),
                f"required key {_below(path, name)} is missing",
                known.get(name, {}).get("description"),
            )
            for name in schema.get("required", ())
            if name not in present
        ]
        for key, place, item in entries:
            where = _below(path, key)
            if names and not re.search(names, key):
                message = f"{where}: {key!r} is not a valid variable name"
                found.append(TreeProblem(WRONG_VALUE, place, message, "Use letters, digits and _"))
            if key in known:
                found += self.check(item, known[key], where)
            elif more is False:
                found.append(_unknown(where, key, place, known))
            elif isinstance(more, Mapping):
                found += self.check(item, more, where)
        return found

    def _list(self, node: ListNode | list[Any], schema: Schema, path: str) -> list[TreeProblem]:
        items = node.items if isinstance(node, ListNode) else node
        if len(items) < schema.get("minItems", 0):
            return [_problem(node, path, "the list is empty", "Add an item, or remove the key")]
        if "items" not in schema:
            return []
        return [
            problem
            for index, item in enumerate(items)
            for problem in self.check(item, schema["items"], f"{path}[{index}]")
        ]


def _types(schema: Schema) -> set[str]:
    types = schema.get("type", ())
    return {types} if isinstance(types, str) else set(types)


def _is_any_string(schema: Schema) -> bool:
    return "string" in _types(schema) and not schema.keys() & {"enum", "pattern"}


def _has_type(value: Any, types: str | Iterable[str]) -> bool:
    """Whether a value has one of these types of JSON Schema; 1.0 is an integer as well."""
    for kind in (types,) if isinstance(types, str) else types:
        if isinstance(value, bool):
            if kind == "boolean":
                return True
        elif kind != "boolean" and (
            isinstance(value, _PYTHON_TYPES[kind])
            or (kind == "integer" and isinstance(value, float) and value.is_integer())
        ):
            return True
    return False


def _same(value: Any, expected: Any) -> bool:
    # 1 and 1.0 are the same in JSON, 1 and true are not.
    return isinstance(value, bool) == isinstance(expected, bool) and bool(value == expected)


def _found(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    return next(name for kind, name in _NAMES.items() if _has_type(value, kind))


def _place(node: Any) -> Place:
    return node.place if isinstance(node, (ScalarNode, ListNode, MapNode)) else _START


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _problem(node: Any, path: str, message: str, hint: str | None = None, rule: Rule = WRONG_VALUE) -> TreeProblem:
    return TreeProblem(rule, _place(node), f"{path}: {message}" if path else message, hint)


def _unknown(where: str, key: str, place: Place, known: Mapping[str, Schema]) -> TreeProblem:
    near = get_close_matches(key, sorted(known), n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}?" if near else f"Use one of {listed(sorted(known))}"
    return TreeProblem(UNKNOWN_KEY, place, f"{where}: unknown key", hint)
