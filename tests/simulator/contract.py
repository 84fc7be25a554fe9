# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks requests and responses against tests/contract/openapi.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from simulator.wire import BadBodyError, Call, Response

if TYPE_CHECKING:
    from simulator.server import Simulator

DOCUMENT = Path(__file__).resolve().parent.parent / "contract" / "openapi.yaml"
_REMEMBERED = 10_000
"""How many responses that match the document are remembered."""
_FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class _Parameter:
    validator: Any
    required: bool
    is_array: bool


@dataclass(slots=True)
class _Operation:
    """The compiled validators of one operation."""

    secured: bool
    path: dict[str, _Parameter] = field(default_factory=dict)
    query: dict[str, _Parameter] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)
    body_required: bool = False
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)


class Contract:
    """Compiled once from the document; checking a request costs microseconds."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._operations: list[tuple[re.Pattern[str], dict[str, _Operation]]] = []
        for template, item in document["paths"].items():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
            operations = {
                method.upper(): self._compile(item, operation)
                for method, operation in item.items()
                if method in ("get", "put", "post", "delete")
            }
            self._operations.append((re.compile(pattern), operations))
        # Paths without parameters win over patterns that would match them too.
        self._operations.sort(key=lambda entry: entry[0].groups)
        self._find = lru_cache(maxsize=4096)(self._match)
        self._accepted: set[tuple[int, int, str, bytes]] = set()

    @staticmethod
    @lru_cache(maxsize=1)
    def shared() -> Contract:
        """The contract of this repository; read and compiled at the first call."""
        with DOCUMENT.open(encoding="utf-8") as stream:
            return Contract(yaml.load(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))

    def check_request(self, call: Call) -> list[str]:
        """What is wrong with a request; empty when the document allows it."""
        found, values = self._find(call.path)
        if found is None:
            return [f"no such path: {call.path}"]
        operation = found.get(call.method)
        if operation is None:
            return [f"no such operation: {call.method} {call.path}"]
        problems: list[str] = []
        if operation.secured and call.bearer() is None:
            problems.append("no bearer token")
        for name, value in values.items():
            problems += _problems(operation.path[name].validator, value, f"path parameter {name}")
        problems += self._check_query(operation, call)
        return problems + self._check_body(operation, call)

    def check_response(self, call: Call, response: Response) -> list[str]:
        """What is wrong with a response; empty when the document allows it. Unknown paths are not judged."""
        found, _values = self._find(call.path)
        operation = found.get(call.method) if found else None
        if operation is None:
            return []
        documented = operation.responses.get(
            str(response.status), operation.responses.get(f"{response.status // 100}XX")
        )
        if documented is None:
            return [f"status {response.status} is not documented"]
        if response.is_empty:
            return [] if "" in documented or not documented else [f"status {response.status} without a body"]
        kind = response.content_type.partition(";")[0]
        if kind not in documented:
            return [f"content type {kind} is not documented for status {response.status}"]
        if documented[kind] is None:
            return []
        # Tests read the same objects thousands of times.
        seen = (id(operation), response.status, kind, response.render())
        if seen in self._accepted:
            return []
        problems = _problems(documented[kind], response.body, "response")
        if not problems and len(self._accepted) < _REMEMBERED:
            self._accepted.add(seen)
        return problems

    # Compiling

    def _validator(self, schema: Any) -> Any:
        import jsonschema_rs  # pylint: disable=import-outside-toplevel

        # References point into the document's components, so the schema travels with them.
        root = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "components": self.document["components"],
        }
        return jsonschema_rs.Draft202012Validator(root)

    def _resolve(self, node: Any) -> Any:
        while isinstance(node, Mapping) and "$ref" in node:
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def _compile(self, item: Mapping[str, Any], operation: Mapping[str, Any]) -> _Operation:
        compiled = _Operation(secured=operation.get("security", self.document["security"]) != [])
        for reference in [*item.get("parameters", []), *operation.get("parameters", [])]:
            parameter = self._resolve(reference)
            schema = self._resolve(parameter["schema"])
            entry = _Parameter(
                self._validator(parameter["schema"]), parameter.get("required", False), schema.get("type") == "array"
            )
            if parameter["in"] in ("path", "query"):
                getattr(compiled, parameter["in"])[parameter["name"]] = entry
        body = self._resolve(operation.get("requestBody", {}))
        compiled.body_required = body.get("required", False)
        compiled.bodies = {kind: self._validator(media["schema"]) for kind, media in body.get("content", {}).items()}
        for status, reference in operation["responses"].items():
            response = self._resolve(reference)
            kinds: dict[str, Any] = {
                kind: self._validator(media["schema"]) if kind == "application/json" else None
                for kind, media in response.get("content", {}).items()
            }
            if response.get("x-may-be-empty"):
                kinds[""] = None
            compiled.responses[str(status)] = kinds
        return compiled

    # Checking

    def _match(self, path: str) -> tuple[dict[str, _Operation] | None, dict[str, str]]:
        for pattern, operations in self._operations:
            match = pattern.fullmatch(path)
            if match:
                return operations, match.groupdict()
        return None, {}

    @staticmethod
    def _check_query(operation: _Operation, call: Call) -> list[str]:
        given: dict[str, list[str]] = {}
        for name, value in call.query:
            given.setdefault(name, []).append(value)
        problems = [f"unknown query parameter {name}" for name in given if name not in operation.query]
        for name, parameter in operation.query.items():
            if name not in given:
                problems += [f"query parameter {name} is missing"] if parameter.required else []
            elif parameter.is_array:
                problems += _problems(
                    parameter.validator, [_plain(value) for value in given[name]], f"query parameter {name}"
                )
            elif len(given[name]) > 1:
                problems.append(f"query parameter {name} is repeated")
            else:
                problems += _problems(parameter.validator, _plain(given[name][0]), f"query parameter {name}")
        return problems

    @staticmethod
    def _check_body(operation: _Operation, call: Call) -> list[str]:
        if not call.raw:
            return ["the body is missing"] if operation.body_required else []
        if not operation.bodies:
            return ["a body where none belongs"]
        if call.content_type not in operation.bodies:
            return [f"content type {call.content_type or 'missing'} is not documented"]
        try:
            value = call.form() if call.content_type == _FORM else call.json()
        except BadBodyError as error:
            return [error.message]
        return _problems(operation.bodies[call.content_type], value, "body")


def _plain(text: str) -> Any:
    """A query value as the document's types mean it: digits are a number."""
    return int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) else text


def _problems(validator: Any, value: Any, where: str) -> list[str]:
    """The complaints of a validator. Values stay out of the texts: they can be secret."""
    try:
        if validator.is_valid(value):
            return []
    except UnicodeError:
        return [f"{where}: not valid Unicode"]
    problems = []
    for error in validator.iter_errors(value):
        place = "/".join(str(part) for part in error.instance_path)
        rule = "/".join(str(part) for part in error.schema_path[-2:])
        problems.append(f"{where}{f' at {place}' if place else ''}: breaks {rule}")
    return problems


def assert_contract(simulator: Simulator) -> None:
    """Fail when a journalled request or response is not what the OpenAPI document says."""
    errors = simulator.contract_errors()
    assert not errors, "the contract was broken:\n" + "\n".join(str(error) for error in errors)
