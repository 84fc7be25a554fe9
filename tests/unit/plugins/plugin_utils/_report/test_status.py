# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which items are open or applied, which clients are unchecked, and the order of clients and items."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.status import (
    URGENCIES,
    by_urgency,
    is_done,
    is_open,
    is_quiet,
    is_unchecked,
    item_rank,
    open_items,
    urgency,
    worst,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import WAIVER, change, client, finding

PARTLY = [{"part": "bundles", "reason": "403"}]


def _change(number: int = 0, **given: Any) -> Any:
    return change("romashka", number, random.Random(1), **given)


def _applied(**given: Any) -> Any:
    return _change(result={"status": "verified", "message": None}, **given)


def _client(key: str, status: str = "clean", **given: Any) -> Any:
    return client(key, 1, status, **given)


@pytest.mark.parametrize(
    ("item", "is_it_open", "is_it_done", "rank"),
    [
        (_change(0), True, False, 0),
        (_change(1), True, False, 3),
        (finding("romashka", 1), True, False, 0),
        (_change(result={"status": "failed", "message": "500"}), True, False, 0),
        (_applied(), False, True, 4),
        (_change(waiver=WAIVER), False, False, 5),
        (_applied(waiver=WAIVER), False, True, 5),
    ],
)
def test_items(item: Any, is_it_open: bool, is_it_done: bool, rank: int) -> None:
    assert (is_open(item), is_done(item), item_rank(item)) == (is_it_open, is_it_done, rank)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (_client("a", "drift", changes=[_change(1), _change(0)]), "critical"),
        (_client("a", "pending", changes=[_change(1)], not_compared=PARTLY), "low"),
        (_client("a", "error"), "error"),
        (_client("a", "blocked"), "blocked"),
        (_client("a", "blocked", not_compared=PARTLY), "blocked"),
        (_client("a", "not_checked"), "not_checked"),
        (_client("a", "clean", not_compared=PARTLY), "not_checked"),
        (_client("a", "drift"), "low"),  # contradicts its items
        (_client("a", changes=[_applied(), _change(waiver=WAIVER)]), "applied"),
        (_client("a", changes=[_change(waiver=WAIVER)]), "waived"),
        (_client("a"), "clean"),
    ],
)
def test_urgency(one: Any, expected: str) -> None:
    assert urgency(one) == expected
    assert is_quiet(one) is (expected in ("waived", "clean"))
    assert worst(one) == (expected if open_items(one) else "")


def test_clients_are_listed_by_urgency() -> None:
    expected = [
        _client("n", "error", changes=[_change(0)]),
        _client("m", "blocked", changes=[_change(0)]),
        _client("l", "clean", changes=[_change(0)], not_compared=PARTLY),
        _client("b", "drift", changes=[_change(0)]),
        _client("k", "drift", changes=[_change(0)]),
        _client("j", "drift", changes=[_change(2)]),
        _client("h", "drift", changes=[_change(1)]),
        _client("g", "error"),
        _client("f", "blocked"),
        _client("e", "not_checked"),
        _client("d", changes=[_applied()]),
        _client("c", changes=[_change(waiver=WAIVER)]),
        _client("a"),
    ]
    shuffled = random.Random(2).sample(expected, len(expected))
    assert [one["key"] for one in by_urgency(shuffled)] == [one["key"] for one in expected]
    assert {urgency(one) for one in expected} == set(URGENCIES) - {"medium"}


def test_unchecked_clients() -> None:
    unchecked = [is_unchecked(_client("a", status)) for status in ("error", "not_checked", "blocked", "clean")]
    assert unchecked == [True, True, False, False]
    assert is_unchecked(_client("a", "clean", not_compared=PARTLY))
