# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong between the entries of one list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.bundle_conflicts import (
    ListedBundle,
    Mention,
    Mode,
    conflicts,
    entry_finding,
)


def entry(index: int, main: str, *members: str, mode: Mode = "present") -> ListedBundle:
    """The entry at a place of the list."""
    option = f"bundles[{index}]"
    named = (Mention(f"{option}.members[{place}]", member, member) for place, member in enumerate(members))
    return ListedBundle(option, Mention(f"{option}.extension", main, main), tuple(named), mode)


class TestImpossible:
    """What a finding says."""

    def test_in_all_its_parts(self) -> None:
        assert entry_finding(entry(0, "101"), "bundles[0]", "is wrong", "Fix it").as_dict() == {
            "rule": "BND-002",
            "severity": "critical",
            "address": "bundle/101",
            "message": "is wrong",
            "hint": "Fix it",
            "option": "bundles[0]",
            "evidence": {},
        }


class TestClashes:
    """Each rule, and what it lets pass."""

    @pytest.mark.parametrize(
        ("entries", "option", "words"),
        [
            ([entry(0, "1", "2"), entry(1, "1", "3")], "bundles[1].extension", "already has an entry, bundles[0]"),
            ([entry(0, "1", "2"), entry(1, "1", mode="ignore")], "bundles[1].extension", "already"),
            ([entry(0, "1", "2", "1")], "bundles[0].members[1]", "main extension of this bundle"),
            ([entry(0, "1", "2", "3", "2")], "bundles[0].members[2]", "listed more than once"),
            (
                [entry(0, "1", "2"), entry(1, "3", "4", "2")],
                "bundles[1].members[1]",
                "also in the bundle of 1, bundles[0]",
            ),
            ([entry(0, "1", "3"), entry(1, "3", "4")], "bundles[0].members[0]", "also a main extension, bundles[1]"),
            ([entry(0, "1", "3"), entry(1, "3", mode="ignore")], "bundles[0].members[0]", "also a main extension"),
        ],
    )
    def test_one_finding(self, entries: list[ListedBundle], option: str, words: str) -> None:
        found = conflicts(entries)
        assert len(found) == 1
        assert found[0].option == option and words in found[0].message and found[0].hint

    @pytest.mark.parametrize(
        "entries",
        [
            [],
            [entry(0, "1", "2", "3"), entry(1, "4", "5")],
            [entry(0, "1", "3"), entry(1, "3", mode="absent")],  # its bundle ends, and it joins
            [entry(0, "1", "2"), entry(1, "3", "2", mode="ignore")],  # whatever the ignored one has
        ],
    )
    def test_nothing_to_find(self, entries: list[ListedBundle]) -> None:
        assert conflicts(entries) == []

    def test_all_of_them_at_once(self) -> None:
        found = conflicts(
            [entry(0, "1", "1", "2", "2"), entry(1, "2", "3"), entry(2, "4", "3", "5"), entry(3, "4", "6")]
        )
        assert {finding.option for finding in found} == {
            "bundles[0].members[0]",
            "bundles[0].members[1]",
            "bundles[0].members[2]",
            "bundles[2].members[0]",
            "bundles[3].extension",
        }


names = st.sampled_from("123456")
lists = st.lists(st.tuples(names, st.lists(names, max_size=3)), max_size=4)


@given(lists)
def test_nothing_found_means_that_each_extension_has_one_place(found: list[tuple[str, list[str]]]) -> None:
    entries = [entry(index, main, *members) for index, (main, members) in enumerate(found)]
    places = [name for main, members in found for name in (main, *members)]
    assert bool(conflicts(entries)) is (len(places) != len(set(places)))
