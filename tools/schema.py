# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the JSON Schemas that are shipped.

usage: schema.py

That of client files, for editors, is the schema that the validation uses, with the words of the manual: the descriptions are those
of the role's variables, so that an editor explains a key as ansible-doc does. That of reports is the one that they are read by.
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
# What only the file has, and no variable of the role.
_OF_THE_FILE = {
    "client_tags": "The groups that the host is in, for --limit and for variables in group_vars.",
    "extension_len": "How many digits the numbers of this client have. Numbers of another length are found by the validation.",
    "client_vars": "Variables of your own. They become variables of the host.",
}


def described_schema() -> dict[str, Any]:
    """Return the schema with a description of every key."""
    from ansible_collections.ringme.pbx.plugins.module_utils._client_files.schema import client_file_schema

    schema = client_file_schema()
    role = yaml.safe_load(_ROLE.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    schema["properties"] = {
        name: ({**value, "description": _OF_THE_FILE[name]} if name in _OF_THE_FILE else _described(value, role[name]))
        for name, value in schema["properties"].items()
    }
    return schema


def _described(schema: Mapping[str, Any], documented: Mapping[str, Any]) -> dict[str, Any]:
    text = documented["description"]
    paragraphs = [text] if isinstance(text, str) else text
    parsed = parser.parse(paragraphs, parser.Context())
    return {**_inside(schema, documented.get("options", {})), "description": to_ansible_doc_text(parsed).strip()}


def _inside(schema: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema in which the keys of mappings are described, however deep in lists and choices they stand."""
    found = dict(schema)
    if "anyOf" in found:
        found["anyOf"] = [_inside(branch, options) for branch in found["anyOf"]]
    if "items" in found:
        found["items"] = _inside(found["items"], options)
    if options and "properties" in found:
        found["properties"] = {name: _described(value, options[name]) for name, value in found["properties"].items()}
    return found


def schema_text() -> str:
    """Return the text of the schema of client files, the same for the same options and the same manual."""
    return _text(described_schema())


def report_schema_text() -> str:
    """Return the text of the schema of reports."""
    from ansible_collections.ringme.pbx.plugins.plugin_utils._report.schema import REPORT as schema

    return _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / ".cache" / "collections"))
    TARGET.parent.mkdir(exist_ok=True)
    for path, text in ((TARGET, schema_text()), (REPORT, report_schema_text())):
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)} is written")
