# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schema of client files, derived from the argument specs of the modules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._http.settings import ARGUMENTS
from .._resources.client_bundles import ClientBundles
from .._resources.client_registrations import ClientRegistrations
from .._resources.client_settings import ClientSettings
from .json_schema import TEMPLATE

_Spec = Mapping[str, Any]

_MAY_BE_TEMPLATE = {"$ref": TEMPLATE}
_END = r"(?![\s\S])"  # "$" would allow a line break at the end
_DIGITS = f"^(0|-?[1-9][0-9]{{0,17}}){_END}"
_DECIMAL = rf"^-?(0|[1-9][0-9]*)(\.[0-9]+)?{_END}"


def client_file_schema() -> dict[str, Any]:
    """Return a new copy of the schema (draft 2020-12)."""
    bundles = dict(ClientBundles.arguments)
    registrations = _options(ClientRegistrations.arguments)
    own_id = [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": f"^(@me|[1-9][0-9]{{0,17}}){_END}"}]
    length = [{"type": "integer", "minimum": 2, "maximum": 4}, {"type": "string", "pattern": f"^[2-4]{_END}"}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ringme.pbx client file",
        "type": "object",
        "required": ["client_id"],
        "additionalProperties": False,
        "properties": {
            "client_id": {
                "anyOf": own_id,
                "description": "Set the id of the client, or @me for the client of the application",
            },
            "client_tags": {"type": "array", "items": {"type": ["string", "integer"], "pattern": f"^[^{{}}]*{_END}"}},
            "client_api": _object(ARGUMENTS),
            "extension_len": {"anyOf": length, "description": "Set 2, 3 or 4"},
            "client_settings": _object(_without(ClientSettings.arguments, "client_id")),
            "client_bundles": _value(bundles.pop("bundles")),
            **{f"client_bundles_{name}": schema for name, schema in _options(bundles).items()},
            "client_registrations": {"anyOf": [_closed(registrations), _MAY_BE_TEMPLATE]},
            "client_vars": {"type": "object", "propertyNames": {"pattern": f"^[A-Za-z_][A-Za-z0-9_]*{_END}"}},
        },
        "$defs": {"template": {"type": "string", "pattern": r"\{\{|\{%|\{#"}},
    }


def _without(arguments: _Spec, *names: str) -> dict[str, Any]:
    return {name: spec for name, spec in arguments.items() if name not in names}


def _options(arguments: _Spec) -> dict[str, Any]:
    """Return the schemas of the options of a module, except client_id, which has its own key."""
    return {name: _value(spec) for name, spec in _without(arguments, "client_id").items()}


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": dict(properties)}


def _object(arguments: _Spec) -> dict[str, Any]:
    return {"anyOf": [_closed({name: _value(spec) for name, spec in arguments.items()}), _MAY_BE_TEMPLATE]}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"type": "array", "items": items}, _MAY_BE_TEMPLATE]}


def _value(spec: _Spec) -> dict[str, Any]:
    """Return the schema of an option; it allows values that Ansible converts without loss, such as a number for a
    string.
    """
    kind = spec.get("type", "str")
    if kind == "list":
        return _list(_value({**spec, "type": spec.get("elements", "str")}))
    if "choices" in spec:
        return {"anyOf": [{"enum": list(spec["choices"]), "type": "string"}, _MAY_BE_TEMPLATE]}
    if kind == "dict":
        return _object(spec["options"])
    if kind == "raw":
        texts = _list(_value({"type": "str"}))
        return {"anyOf": [*texts["anyOf"][:1], {"type": "object", "additionalProperties": texts}, _MAY_BE_TEMPLATE]}
    if kind == "bool":
        return {"anyOf": [{"type": "boolean"}, _MAY_BE_TEMPLATE]}
    if kind in ("int", "float"):
        number, pattern = ("integer", _DIGITS) if kind == "int" else ("number", _DECIMAL)
        return {"anyOf": [{"type": number}, {"type": "string", "pattern": pattern}, _MAY_BE_TEMPLATE]}
    return {"type": ["string", "integer"]}
