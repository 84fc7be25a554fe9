# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Safety limits: monotone, and each verdict names what lets the plan through."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import BlockedError, OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.limits import (
    ENOUGH,
    Blocked,
    Limit,
    check_limit,
    exceeded,
    refuse,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import json_values

DEFAULT = Limit(30, percent=True, always=False)
COUNTS = st.integers(0, 300)
LIMITS = st.one_of(
    st.builds(Limit, COUNTS, st.just(False), st.booleans()),
    st.builds(Limit, st.integers(0, 100), st.just(True), st.booleans()),
)


class TestCheckLimit:
    """A number or a per cent."""

    @given(number=st.integers(0, 10**9 - 1))
    def test_a_number_holds_always(self, number: int) -> None:
        assert check_limit("max_changes", number, DEFAULT) == check_limit("max_changes", f" {number} ", DEFAULT)
        assert check_limit("max_changes", number, DEFAULT) == Limit(number, percent=False, always=True)

    @given(number=st.integers(0, 200))
    def test_a_percentage_applies_to_enough_objects(self, number: int) -> None:
        text = f"{number} %" if number % 2 else f"{number}%"
        if number <= 100:
            assert check_limit("max_changes", text, DEFAULT) == Limit(number, percent=True, always=False)
            return
        with pytest.raises(OptionError, match=r"^max_changes: .* is not a valid limit"):
            check_limit("max_changes", text, DEFAULT)

    def test_none_is_the_default(self) -> None:
        assert check_limit("max_changes", None, DEFAULT) is DEFAULT

    @pytest.mark.parametrize(
        "value",
        ["", "%", "-1", "+5", "5.0", "5 5", "٥", "five", "1e2", "30%%", "%30", "0x1F", True, 5.0, [], "1" * 10],
    )
    def test_refused(self, value: Any) -> None:
        with pytest.raises(OptionError) as caught:
            check_limit("max_removals", value, DEFAULT)
        assert caught.value.option == "max_removals"
        assert repr(value) in caught.value.msg
        assert '"30%"' in caught.value.msg

    @given(value=json_values())
    def test_anything_is_a_limit_or_an_option_error(self, value: Any) -> None:
        try:
            limit = check_limit("max_changes", value, DEFAULT)
        except OptionError as error:
            assert error.option == "max_changes"
            return
        assert limit is DEFAULT if value is None else limit.amount >= 0


class TestExceeded:
    """Whether this number of changes is allowed."""

    @given(limit=LIMITS, actual=COUNTS, existing=COUNTS)
    def test_the_verdict(self, limit: Limit, actual: int, existing: int) -> None:
        found = exceeded("max_changes", "changes", limit, actual, existing)
        if existing < ENOUGH and not limit.always:
            assert not found
        else:
            most = limit.amount * existing if limit.percent else limit.amount * 100
            assert bool(found) == (actual * 100 > most)
        for item in found:
            assert (item.rule, item.actual) == ("max_changes", actual)
            assert item.limit < actual
            assert item.reason.startswith(f"the plan has {actual} changes; max_changes allows {item.limit}")
            assert (f"{limit.amount} % of {existing}" in item.reason) == limit.percent
            # What it offers lets exactly this plan through.
            name, _separator, value = item.override.partition(": ")
            offered = check_limit(name, value, DEFAULT)
            assert not exceeded(name, "changes", offered, actual, existing)
            assert exceeded(name, "changes", offered, actual + 1, existing)

    @given(limit=LIMITS, actual=COUNTS, less=COUNTS, existing=COUNTS)
    def test_fewer_changes_pass_where_more_do(self, limit: Limit, actual: int, less: int, existing: int) -> None:
        if not exceeded("r", "x", limit, actual, existing):
            assert not exceeded("r", "x", limit, min(less, actual), existing)

    @given(limit=LIMITS, more=st.integers(0, 50), actual=COUNTS, existing=COUNTS)
    def test_a_larger_limit_allows_what_a_smaller_one_does(
        self, limit: Limit, more: int, actual: int, existing: int
    ) -> None:
        larger = Limit(limit.amount + more, limit.percent, limit.always)
        if not exceeded("r", "x", limit, actual, existing):
            assert not exceeded("r", "x", larger, actual, existing)

    @given(percent=st.integers(0, 100), actual=COUNTS, existing=st.integers(ENOUGH, 300), more=COUNTS)
    def test_a_percentage_of_more_objects_allows_more(
        self, percent: int, actual: int, existing: int, more: int
    ) -> None:
        limit = Limit(percent, percent=True)
        if not exceeded("r", "x", limit, actual, existing):
            assert not exceeded("r", "x", limit, actual, existing + more)

    @given(limit=LIMITS, existing=COUNTS)
    def test_no_change_always_passes(self, limit: Limit, existing: int) -> None:
        assert not exceeded("r", "x", limit, 0, existing)

    @pytest.mark.parametrize(
        ("existing", "actual", "blocked"), [(9, 9, False), (10, 3, False), (10, 4, True), (11, 3, False), (13, 4, True)]
    )
    def test_the_default_of_whole_clients(self, existing: int, actual: int, blocked: bool) -> None:
        assert bool(exceeded("max_changes", "changes", DEFAULT, actual, existing)) == blocked

    def test_as_a_result_shows_it(self) -> None:
        (item,) = exceeded("max_changes", "changes", DEFAULT, 7, 11)
        assert item.as_dict() == {"rule": "max_changes", "actual": 7, "limit": 3, "override": "max_changes: 7"}
        assert item.reason == "the plan has 7 changes; max_changes allows 3 (30 % of 11)"
        (item,) = exceeded("max_removals", "removals", Limit(5), 6, 20)
        assert item.reason == "the plan has 6 removals; max_removals allows 5"


class TestRefuse:
    """The failure that a limit makes."""

    def test_nothing_exceeded(self) -> None:
        refuse([], ["delete bundle/101"])

    @given(
        blocked=st.lists(
            st.builds(Blocked, st.sampled_from(["max_changes", "mix_up"]), COUNTS, COUNTS, st.just("max_changes: 7"),
                      st.sampled_from(["one reason", "another"])), min_size=1, max_size=3),
        steps=st.lists(st.integers(1, 999).map(lambda number: f"delete bundle/{number}"), max_size=5),
    )  # fmt: skip
    def test_plan_reasons_and_overrides_are_in_the_message(self, blocked: list[Blocked], steps: list[str]) -> None:
        with pytest.raises(BlockedError) as caught:
            refuse(blocked, iter(steps))
        message = caught.value.msg
        assert ". Nothing was changed. The plan:" in message
        for text in (*steps, *(item.reason for item in blocked), *(item.override for item in blocked)):
            assert text in message
        assert caught.value.kind == "blocked"

    def test_the_words(self) -> None:
        blocked = [
            *exceeded("max_changes", "changes", DEFAULT, 7, 11),
            *exceeded("max_removals", "removals", Limit(5), 6, 11),
        ]
        with pytest.raises(BlockedError) as caught:
            refuse(blocked, ["delete bundle/101", "update bundle/102"])
        assert caught.value.msg == (
            "the plan has 7 changes; max_changes allows 3 (30 % of 11); the plan has 6 removals; max_removals allows 5"
            ". Nothing was changed. The plan: delete bundle/101; update bundle/102. "
            "Review the plan. To apply it anyway, run once with max_changes: 7 and max_removals: 6."
        )

    @pytest.mark.parametrize("count", [10, 11, 250])
    def test_a_very_long_plan_is_cut(self, count: int) -> None:
        with pytest.raises(BlockedError) as caught:
            refuse([Blocked("r", 1, 0, "r: 1", "why")], (f"delete bundle/{number}." for number in range(count)))
        assert "delete bundle/9." in caught.value.msg
        assert "delete bundle/10." not in caught.value.msg
        assert (f"and {count - 10} more (all are in changes)" in caught.value.msg) == (count > 10)
