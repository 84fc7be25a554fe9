# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of a list: every way to write one, and all that is wrong in one failure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._resources.bundles.entries import (
    ParsedEntry,
    check_entries,
    resolve_entries,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx


def parsed(*entries: dict[str, Any]) -> tuple[ParsedEntry, ...]:
    """Entries that pass the checks without requests."""
    return check_entries(entries)


class TestCheck:
    """What needs no request."""

    def test_what_may_be_written(self) -> None:
        found = parsed(
            {"extension": "101", "members": ["102", "0003*103"]},
            {"extension_id": 4, "bundle_list": [5], "append": True},
            {"extension": "106", "state": "absent"},
            {"extension": "107", "ignore": True, "members": ["what is listed here", "does not matter"]},
            {"extension": "108", "state": "absent", "members": []},
        )
        assert [(entry.option, str(entry.main), entry.mode, entry.append) for entry in found] == [
            ("bundles[0]", "101", "present", False),
            ("bundles[1]", "4", "present", True),
            ("bundles[2]", "106", "absent", False),
            ("bundles[3]", "107", "ignore", False),
            ("bundles[4]", "108", "absent", False),
        ]
        assert [str(member) for member in found[0].members] == ["102", "0003*103"]
        assert found[3].members == ()

    @pytest.mark.parametrize(
        ("entry", "option", "words"),
        [
            ({"members": ["102"]}, "bundles[0]", "has no main extension"),
            (
                {"extension": "101", "extension_id": 1, "members": ["102"]},
                "bundles[0]",
                "has extension and extension_id",
            ),
            ({"extension": "x", "members": ["102"]}, "bundles[0].extension", "not a valid number"),
            ({"extension_id": -1, "members": ["102"]}, "bundles[0].extension_id", "-1"),
            ({"extension": "101"}, "bundles[0].members", "has no members"),
            ({"extension": "101", "members": []}, "bundles[0].members", "has no members"),
            ({"extension": "101", "bundle_list": []}, "bundles[0].bundle_list", "has no members"),
            (
                {"extension": "101", "members": ["102"], "bundle_list": [3]},
                "bundles[0].bundle_list",
                "is set together with",
            ),
            ({"extension": "101", "members": ["102"], "state": "absent"}, "bundles[0].members", "state is absent"),
            ({"extension": "101", "bundle_list": [2], "state": "absent"}, "bundles[0].bundle_list", "state is absent"),
            ({"extension": "101", "members": ["102", "+7"]}, "bundles[0].members[1]", "'+7'"),
            ({"extension": "101", "bundle_list": [0]}, "bundles[0].bundle_list[0]", "0"),
        ],
    )
    def test_one_finding(self, entry: dict[str, Any], option: str, words: str) -> None:
        with pytest.raises(OptionError) as caught:
            parsed(entry)
        findings = caught.value.facts["findings"]
        assert len(findings) == 1
        assert findings[0]["option"] == option and words in findings[0]["message"] and findings[0]["hint"]

    @pytest.mark.parametrize(
        ("entry", "address"),
        [
            ({"extension": "101", "members": []}, "bundle/101"),
            ({"extension": "101", "members": ["+7"]}, "bundle/101"),
            ({"extension": "x", "members": ["102"]}, "bundle/bundles[0]"),
        ],
    )
    def test_a_finding_names_the_bundle(self, entry: dict[str, Any], address: str) -> None:
        with pytest.raises(OptionError) as caught:
            parsed(entry)
        assert caught.value.facts["findings"][0]["address"] == address

    def test_findings_are_in_the_order_of_the_list(self) -> None:
        members = [str(number) for number in range(200, 215)]
        with pytest.raises(OptionError) as caught:
            parsed(
                {"extension": "101", "members": [*members[:12], "x", *members[:1]]},
                *({"extension": str(number), "members": [str(number + 200)]} for number in range(110, 119)),
                {"extension": "101", "members": ["?"]},
            )
        assert [finding["option"] for finding in caught.value.facts["findings"]] == [
            "bundles[0].members[12]",
            "bundles[0].members[13]",
            "bundles[10].extension",
            "bundles[10].members[0]",
        ]


class TestResolve:
    """What needs the client's extensions."""

    def test_numbers_and_ids_lead_to_the_same(self) -> None:
        pbx = Pbx()
        found = resolve_entries(
            CachedApi(pbx, run_of()),
            "@me",
            parsed({"extension": "101", "members": ["103", "102"]}, {"extension_id": 4, "bundle_list": [5]}),
        )
        assert [(entry.main, entry.members) for entry in found.entries] == [(1, (2, 3)), (4, (5,))]
        assert found.findings == () and pbx.lists == 1
        assert found.directory.number_of(3) == "103"

    def test_what_is_not_found_is_omitted_and_reported(self) -> None:
        found = resolve_entries(
            CachedApi(Pbx(), run_of()),
            "@me",
            parsed(
                {"extension": "101", "members": ["108", "102", "199"]},
                {"extension": "109", "members": ["103"]},
                {"extension_id": 77, "bundle_list": [4]},
            ),
        )
        assert [(entry.main, entry.members) for entry in found.entries] == [(1, (2,))]
        messages = {finding.option: finding.message for finding in found.findings}
        assert set(messages) == {
            "bundles[0].members[0]", "bundles[0].members[2]", "bundles[1].extension", "bundles[2].extension_id",
        }  # fmt: skip
        assert "of type queue" in messages["bundles[0].members[0]"]

    def test_one_extension_under_two_names(self) -> None:
        entries = parsed({"extension": "101", "members": ["102"]}, {"extension": "103", "bundle_list": [2]})
        found = resolve_entries(CachedApi(Pbx(), run_of()), "@me", entries)
        assert [finding.option for finding in found.findings] == ["bundles[1].bundle_list[0]"]
        assert "102 (id 2) is also in the bundle of 101 (id 1)" in found.findings[0].message

    def test_no_entries_read_the_list_all_the_same(self) -> None:
        pbx = Pbx()
        found = resolve_entries(CachedApi(pbx, run_of()), "@me", ())
        assert found.entries == () and len(found.directory.extensions) == 8 and pbx.lists == 1


texts = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["101", "102", "0003*103"]))
numbers = st.one_of(st.none(), st.integers(-2, 9))
entries = st.fixed_dictionaries(
    {},
    optional={
        "extension": texts,
        "extension_id": numbers,
        "members": st.none() | st.lists(texts, max_size=3),
        "bundle_list": st.none() | st.lists(numbers, max_size=3),
        "state": st.sampled_from(["present", "absent"]),
        "append": st.booleans(),
        "ignore": st.booleans(),
    },
)


@given(st.lists(entries, max_size=4))
def test_any_list_passes_or_is_refused_with_places(found: list[dict[str, Any]]) -> None:
    try:
        passed = check_entries(found)
    except OptionError as error:
        assert error.facts["findings"] and all(finding["option"] for finding in error.facts["findings"])
    else:
        assert [entry.option for entry in passed] == [f"bundles[{index}]" for index in range(len(found))]
        assert all(entry.members or entry.mode != "present" for entry in passed)
