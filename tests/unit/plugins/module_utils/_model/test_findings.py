# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings: all of them in one failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model import findings
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ConflictError, OptionError, RingmeError
from ansible_collections.ringme.pbx.plugins.module_utils._model.findings import (
    BUNDLE_IMPOSSIBLE,
    Finding,
    Rule,
    findings_text,
    refuse_options,
    refuse_state,
)

RULES = [rule for rule in vars(findings).values() if isinstance(rule, Rule)]
WORDS = st.text("abc 0123456789*", min_size=1, max_size=12).filter(str.strip)
FINDINGS = st.builds(
    Finding,
    st.sampled_from(RULES),
    WORDS.map("bundle/{}".format),
    WORDS,
    st.none() | st.sampled_from(["Take it out", "Look at the number"]),
    st.none() | st.integers(0, 9).map("bundles[{}]".format),
    st.dictionaries(WORDS, st.integers(), max_size=2),
)
REFUSALS: list[tuple[type[RingmeError], Callable[[Sequence[Finding]], None], str]] = [
    (OptionError, lambda found: refuse_options("bundles", found), "No API request was sent"),
    (ConflictError, refuse_state, "Nothing was changed"),
]
BOTH = pytest.mark.parametrize(("kind", "refuse", "general"), REFUSALS, ids=["wish", "state"])


def test_rules() -> None:
    assert {rule.id: rule.severity for rule in RULES} == {
        "BND-002": "critical", "REG-001": "critical", "REG-002": "high", "REG-003": "medium",
        "REG-004": "high",
    }  # fmt: skip


def test_as_a_result_shows_it() -> None:
    finding = Finding(BUNDLE_IMPOSSIBLE, "bundle/101", "101 is a queue", "Take it out", "bundles[0]", {"type": "queue"})
    assert finding.as_dict() == {
        "rule": "BND-002", "severity": "critical", "address": "bundle/101", "message": "101 is a queue",
        "hint": "Take it out", "option": "bundles[0]", "evidence": {"type": "queue"},
    }  # fmt: skip
    assert finding.text() == "bundles[0]: 101 is a queue"
    assert Finding(BUNDLE_IMPOSSIBLE, "bundle/101", "101 is a queue").text() == "101 is a queue"


@BOTH
def test_nothing_found(kind: type[RingmeError], refuse: Callable[[Sequence[Finding]], None], general: str) -> None:
    refuse([])


@BOTH
@given(found=st.lists(FINDINGS, min_size=1, max_size=30))
def test_all_in_one_failure(
    kind: type[RingmeError], refuse: Callable[[Sequence[Finding]], None], general: str, found: list[Finding]
) -> None:
    with pytest.raises(kind) as caught:
        refuse(found)
    error = caught.value
    assert error.facts["findings"] == [finding.as_dict() for finding in found]
    assert f"{len(found)} finding{'s' if len(found) > 1 else ''}: " in error.what
    assert error.what.endswith(findings_text(found).rstrip(". "))
    assert all(finding.text().rstrip(". ") in error.what for finding in found[:10])
    assert (f"and {len(found) - 10} more (all are in findings)" in error.what) == (len(found) > 10)
    hint = error.details.hint or ""
    assert hint.endswith(general)
    hints = {finding.hint for finding in found} - {None}
    # What to do about one finding is said where it goes for all that say anything.
    assert hint.startswith(f"{hints.pop()}. Fix the list" if len(hints) == 1 else "Fix the list")


def test_the_words() -> None:
    found = [
        Finding(BUNDLE_IMPOSSIBLE, "bundle/101", "101 is a queue", option="bundles[0].extension"),
        Finding(BUNDLE_IMPOSSIBLE, "bundle/102", "201 is in two bundles", option="bundles[1].members[0]"),
    ]
    with pytest.raises(OptionError) as wish:
        refuse_options("bundles", found)
    assert wish.value.option == "bundles"
    assert wish.value.msg == (
        "bundles: 2 findings: bundles[0].extension: 101 is a queue; bundles[1].members[0]: 201 is in two bundles. "
        "Fix the list. No API request was sent."
    )
    with pytest.raises(ConflictError) as state:
        refuse_state(found[:1])
    assert state.value.msg == (
        "1 finding: bundles[0].extension: 101 is a queue. Fix the list or the PBX. Nothing was changed."
    )
