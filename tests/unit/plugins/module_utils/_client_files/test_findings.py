# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings in files: one line each, in the order of reading."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files import findings
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    DESCRIPTIONS,
    FileFinding,
    sorted_findings,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.findings import (
    BUNDLE_IMPOSSIBLE,
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    Rule,
)

OWN = [rule for name, rule in vars(findings).items() if isinstance(rule, Rule) and rule is not BUNDLE_IMPOSSIBLE]
FOUND = st.builds(
    FileFinding,
    st.sampled_from(OWN),
    st.sampled_from(["clients/a.yml", "clients/b.yml"]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["it is wrong", "it is missing"]),
    st.none() | st.just("Fix it"),
)


def test_every_rule_has_an_id_of_its_own_a_severity_and_a_description() -> None:
    assert sorted(rule.id for rule in OWN) == [f"FIL-{number:03}" for number in range(1, len(OWN) + 1)]
    assert {rule.severity for rule in OWN} <= {CRITICAL, HIGH, MEDIUM, LOW}
    assert DESCRIPTIONS.keys() == {rule.id for rule in (*OWN, BUNDLE_IMPOSSIBLE)}
    assert len(set(DESCRIPTIONS.values())) == len(DESCRIPTIONS)


def test_what_two_files_claim_is_worst() -> None:
    assert {rule.id for rule in OWN if rule.severity == CRITICAL} == {
        findings.DUPLICATE_CLIENT.id,
        findings.DUPLICATE_EXTENSION.id,
        findings.SHARED_NAME.id,
    }


def test_the_text_of_a_finding_has_the_form_of_compilers() -> None:
    found = FileFinding(findings.UNKNOWN_KEY, "clients/romashka.yml", 7, 3, "client_setings: unknown key")
    assert found.place == "clients/romashka.yml:7:3"
    assert found.text() == "clients/romashka.yml:7:3: client_setings: unknown key (FIL-005)"


@given(found=FOUND)
def test_a_result_has_all_of_it(found: FileFinding) -> None:
    assert found.as_dict() == {
        "rule": found.rule.id,
        "severity": found.rule.severity,
        "file": found.file,
        "line": found.line,
        "column": found.column,
        "message": found.message,
        "hint": found.hint,
    }


@given(found=st.lists(FOUND, max_size=8))
def test_findings_come_in_the_order_of_reading_and_each_once(found: list[FileFinding]) -> None:
    listed = sorted_findings([*found, *found])
    assert set(listed) == set(found) and len(listed) == len(set(found))
    places = [(item.file, item.line, item.column, item.rule.id, item.message) for item in listed]
    assert places == sorted(places)


def test_lines_are_numbers_and_not_texts() -> None:
    late, early = (FileFinding(findings.NOT_YAML, "a.yml", line, 1, "x") for line in (10, 9))
    assert sorted_findings([late, early]) == [early, late]


def test_a_list_of_texts_has_at_most_ten_items() -> None:
    assert findings.listed([]) == "" and findings.listed(["a", "b"]) == "a, b"
    assert findings.listed("abcdefghij") == "a, b, c, d, e, f, g, h, i, j"
    assert findings.listed("abcdefghijkl") == "a, b, c, d, e, f, g, h, i, j and 2 more"
    assert findings.listed("abc", "; ", most=2) == "a; b; and 1 more"
