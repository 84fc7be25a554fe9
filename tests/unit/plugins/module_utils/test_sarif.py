# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SARIF: each finding is a result with its rule and place, and a fingerprint of its own that stays when lines move."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean
from ansible_collections.ringme.pbx.plugins.module_utils._sarif import Result, sarif

RULES = {"FIL-001": "The file cannot be read", "FIL-005": "Unknown key", "BND-002": "Bundles contradict"}
NAMES = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["clients/a b.yml", "/abs/ромашка.yml", "a%20b", "a:b", "?#"]
)
RESULTS = st.builds(
    Result,
    st.sampled_from(sorted(RULES)),
    st.sampled_from(["error", "warning", "note"]),
    st.text(max_size=20),
    NAMES,
    st.integers(1, 10**6),
    st.integers(1, 10**6),
    st.none() | st.sampled_from(["one", "two"]),
)
ONE = Result("FIL-005", "error", "time_zone: unknown key", "clients/a.yml", 4, 3)


def _prints(*results: Result) -> list[str]:
    return [
        entry["partialFingerprints"]["ringmeFinding/v1"] for entry in sarif(results, RULES, "1")["runs"][0]["results"]
    ]


def test_one_finding() -> None:
    log = sarif([ONE], RULES, "0.1.0")
    (run,) = log["runs"]
    (result,) = run["results"]
    fingerprint = result.pop("partialFingerprints")["ringmeFinding/v1"]
    assert (log["version"], log["$schema"].rpartition("/")[2]) == ("2.1.0", "sarif-schema-2.1.0.json")
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["tool"]["driver"] == {
        "name": "ringme.pbx", "version": "0.1.0",
        "rules": [{"id": "FIL-005", "shortDescription": {"text": "Unknown key"}}],
    }  # fmt: skip
    assert result == {
        "ruleId": "FIL-005", "ruleIndex": 0, "level": "error", "message": {"text": "time_zone: unknown key"},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": "clients/a.yml"}, "region": {"startLine": 4, "startColumn": 3},
        }}],
    }  # fmt: skip
    assert len(fingerprint) == 64 and int(fingerprint, 16)


def test_no_finding_is_a_log_too() -> None:
    (run,) = sarif([], RULES, "0.1.0")["runs"]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


@given(st.lists(RESULTS, max_size=8))
def test_every_finding_in_its_order(results: list[Result]) -> None:
    log = sarif(iter(results), RULES, "0.1.0")
    assert log == sarif(results, RULES, "0.1.0") == json.loads(json.dumps(log))
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == sorted({result.rule_id for result in results})
    assert len(run["results"]) == len(results)
    for entry, result in zip(run["results"], results, strict=True):
        assert rules[entry["ruleIndex"]] == entry["ruleId"] == result.rule_id
        assert (entry["level"], entry["message"]["text"]) == (result.level, clean(result.message))
        ((place,),) = (location.values() for location in entry["locations"])
        assert place["region"] == {"startLine": result.line, "startColumn": result.column}
        uri = place["artifactLocation"]["uri"]
        assert uri.isascii() and urlsplit(uri).path == uri
        assert unquote(uri) == result.file


@given(st.lists(RESULTS, max_size=8))
def test_no_two_findings_of_a_run_have_one_fingerprint(results: list[Result]) -> None:
    assert len(set(_prints(*results, *results))) == 2 * len(results)


@given(RESULTS, st.integers(1, 99), st.integers(1, 99), st.sampled_from(["error", "note"]))
def test_a_fingerprint_stays_when_the_line_moves(result: Result, line: int, column: int, level: str) -> None:
    moved = replace(result, line=line, column=column)
    assert _prints(moved) == _prints(result)
    assert _prints(moved, result)[0] == _prints(result)[0]


@pytest.mark.parametrize(
    "changes", [{"rule_id": "FIL-001"}, {"message": "another"}, {"file": "clients/b.yml"}, {"fingerprint": "own"}]
)
def test_another_finding_has_another_fingerprint(changes: dict[str, str]) -> None:
    assert _prints(ONE) != _prints(replace(ONE, **changes))  # type: ignore[arg-type]


def test_a_fingerprint_of_its_own_counts_alone() -> None:
    named = replace(ONE, fingerprint="clients/a.yml settings")
    assert _prints(named) == _prints(replace(named, message="in other words", file="clients/b.yml"))
    assert _prints(named) != _prints(replace(named, fingerprint="clients/b.yml settings"))


def test_without_a_file_there_is_no_place() -> None:
    (result,) = sarif([replace(ONE, file=None)], RULES, "0.1.0")["runs"][0]["results"]
    assert "locations" not in result and result["partialFingerprints"]
    assert _prints(replace(ONE, file=None)) != _prints(ONE)


def test_without_a_column_it_is_the_line() -> None:
    (result,) = sarif([Result("FIL-001", "note", "text", "a.yml")], RULES, "0.1.0")["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_what_is_waived_is_suppressed() -> None:
    (result,) = sarif([replace(ONE, waived="OPS-311")], RULES, "0.1.0")["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "OPS-311"}]
    assert _prints(replace(ONE, waived="OPS-311")) == _prints(ONE)


def test_how_the_run_went() -> None:
    assert "invocations" not in sarif([ONE], RULES, "0.1.0")["runs"][0]
    assert sarif([ONE], RULES, "0.1.0", {"executionSuccessful": False})["runs"][0]["invocations"] == [
        {"executionSuccessful": False}
    ]


def test_a_rule_without_a_description() -> None:
    with pytest.raises(KeyError):
        sarif([replace(ONE, rule_id="FIL-999")], RULES, "0.1.0")
