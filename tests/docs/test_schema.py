# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema for editors is the one of the validation, with a description of every key; all client files match it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from blocks import Block, blocks, texts
from jsonschema import Draft202012Validator
from support.playbook import ROOT

SHIPPED = ROOT / "roles" / "client" / "files" / "client.schema.json"
SCHEMA = json.loads(SHIPPED.read_text(encoding="utf-8"))


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("schema_tool", ROOT / "tools" / "schema.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_up_to_date() -> None:
    tool = _tool()
    assert tool.TARGET == SHIPPED
    assert SHIPPED.read_text(encoding="utf-8") == tool.schema_text(), "run: make schema"
    assert tool.REPORT.read_text(encoding="utf-8") == tool.report_schema_text(), "run: make schema"


def test_the_schemas_are_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator.check_schema(json.loads(_tool().REPORT.read_text(encoding="utf-8")))


def _undescribed(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, value in schema.get("properties", {}).items():
        if not value.get("description"):
            yield f"{path}{name}"
        yield from _undescribed(value, f"{path}{name}.")
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from _undescribed(inner, path)


def test_every_key_is_described() -> None:
    assert list(_undescribed(SCHEMA)) == []
    assert list(_undescribed({"properties": {"a": {"anyOf": [{"properties": {"b": {}}}]}}})) == ["a", "a.b"]


def _problems(text: str) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text))]


def _client_files() -> list[tuple[str, str]]:
    """The client files of the guides, of README, and in folders of the clone."""
    shown = [block for path in texts() for block in blocks(path) if _is_client_file(block)]
    lying = [
        path for folder in ("tests/demo", "extensions") for path in sorted((ROOT / folder).glob("**/clients/*.yml"))
    ]
    return [
        *((block.where, block.text) for block in shown),
        *((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in lying),
    ]


def _is_client_file(block: Block) -> bool:
    return Path(str(block.names_file)).parent.name == "clients"


@pytest.mark.parametrize(("where", "text"), _client_files(), ids=[where for where, _text in _client_files()])
def test_client_files_match(where: str, text: str) -> None:
    assert _problems(text) == [], where


def test_client_files_are_found() -> None:
    found = {where.partition(":")[0] for where, _text in _client_files()}
    assert {"docs/docsite/rst/guide_onboarding.rst", "docs/docsite/rst/guide_gitops.rst"} <= found
    assert any(where.startswith("extensions/") for where in found)


@pytest.mark.parametrize(
    "text",
    [
        "client_tags: [moscow]",
        "client_id: 0",
        "{client_id: 801, client_setting: {}}",
        "{client_id: 801, client_settings: {time_zone: UTC}}",
        "{client_id: 801, client_bundles: [{extension: '101', member: ['201']}]}",
        "{client_id: 801, client_registrations: {state: strict}}",
        "{client_id: 801, client_bundles_prune: perhaps}",
    ],
)
def test_mistakes_do_not_match(text: str) -> None:
    assert _problems(text)
