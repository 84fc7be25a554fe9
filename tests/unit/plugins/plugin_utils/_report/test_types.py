# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of a report have the keys of its JSON Schema."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.ledger import LEDGER
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.schema import REPORT
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.types import Change, Finding, Ledger, Report


def _without_null(hint: Any) -> Any:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else hint
    return hint


def _differences(hint: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield where a type and a schema have other keys, or are objects, lists and values at different places."""
    hint = _without_null(hint)
    if typing.is_typeddict(hint):
        properties = schema.get("properties", {})
        optional = set(properties) - set(schema.get("required", ()))
        hints = typing.get_type_hints(hint)
        if set(hints) != set(properties) or set(hint.__optional_keys__) != optional:
            yield f"{path}: {sorted(set(hints) ^ set(properties))}, {sorted(set(hint.__optional_keys__) ^ optional)}"
        for name in set(hints) & set(properties):
            yield from _differences(hints[name], properties[name], f"{path}.{name}")
    elif typing.get_origin(hint) is list:
        yield from _differences(typing.get_args(hint)[0], schema["items"], f"{path}[]")
    elif typing.get_origin(hint) is dict and "additionalProperties" in schema:
        yield from _differences(typing.get_args(hint)[1], schema["additionalProperties"], f"{path}[]")
    elif "items" in schema or ("properties" in schema and typing.get_origin(hint) is not dict):
        yield f"{path}: {hint}"


def test_the_types_have_the_keys_of_the_schemas() -> None:
    assert not [*_differences(Report, REPORT, "report"), *_differences(Ledger, LEDGER, "ledger")]


def test_a_difference_is_found() -> None:
    client = REPORT["properties"]["clients"]["items"]["properties"]
    assert [*_differences(Finding, client["changes"]["items"], "change")]
    assert [*_differences(Change, {"type": "array", "items": {}}, "change")]
