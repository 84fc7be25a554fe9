# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the JSON Schemas of client files and of reports ("make schema").

The schema of client files is the one that the validation uses, with the descriptions of the role's variables, so that
an editor explains a key as ansible-doc does. The schema of reports is the one that checks them when they are read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from antsibull_docs_parser import parser
from antsibull_docs_parser.ansible_doc_text import to_ansible_doc_text

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "roles" / "client" / "files" / "client.schema.json"
REPORT = TARGET.with_name("report.schema.json")
_ROLE = ROOT / "roles" / "client" / "meta" / "argument_specs.yml"
# Keys that are not variables of the role.
_FILE_ONLY = {
    "client_tags": "The groups of the host, for --limit and for variables in group_vars.",
    "extension_len": "The number of digits in this client's numbers. The validation reports numbers of another length.",
    "client_vars": "Variables of your own. They become variables of the host.",
}


def described_schema() -> dict[str, Any]:
    """Return the schema with a description of every key."""
    from ansible_collections.ringme.pbx.plugins.module_utils._client_files.schema import client_file_schema

    schema = client_file_schema()
    role = yaml.safe_load(_ROLE.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    schema["properties"] = {
        name: ({**value, "description": _FILE_ONLY[name]} if name in _FILE_ONLY else _described(value, role[name]))
        for name, value in schema["properties"].items()
    }
    return schema


def _described(schema: Mapping[str, Any], documented: Mapping[str, Any]) -> dict[str, Any]:
    text = documented["description"]
    paragraphs = [text] if isinstance(text, str) else text
    parsed = parser.parse(paragraphs, parser.Context())
    return {**_inside(schema, documented.get("options", {})), "description": to_ansible_doc_text(parsed).strip()}


def _inside(schema: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with descriptions of all keys of mappings, also inside lists and choices."""
    found = dict(schema)
    if "anyOf" in found:
        found["anyOf"] = [_inside(branch, options) for branch in found["anyOf"]]
    if "items" in found:
        found["items"] = _inside(found["items"], options)
    if options and "properties" in found:
        found["properties"] = {name: _described(value, options[name]) for name, value in found["properties"].items()}
    return found


def schema_text() -> str:
    """Return the text of the schema of client files. The same options and descriptions give the same text."""
    return _text(described_schema())


def report_schema_text() -> str:
    """Return the text of the schema of reports."""
    from ansible_collections.ringme.pbx.plugins.plugin_utils._report import schema

    return _text(schema.REPORT)


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / ".cache" / "collections"))
    TARGET.parent.mkdir(exist_ok=True)
    for path, text in ((TARGET, schema_text()), (REPORT, report_schema_text())):
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
