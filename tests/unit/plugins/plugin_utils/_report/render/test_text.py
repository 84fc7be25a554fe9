# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared parts of all renderings: values as short text, rows, reasons and headlines."""

from __future__ import annotations

import json
import random
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render import text as texts
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.rows import Row, rows
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import (
    HOSTILE,
    WAIVER,
    change,
    client,
    finding,
    fleet,
    sha,
)

TEXTS = st.text(max_size=80) | st.sampled_from(
    [HOSTILE, "\u202e\u2066abc", "a\r\nb", "\x1b[31m", "\ud800", "\uffff", "全角" * 50]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)
WIDENED = {"cause": "side_effect", "severity": "high", "widening": True}


def _change(number: int = 0, **given_: Any) -> dict[str, Any]:
    return change(
        "romashka", number, random.Random(1), **{"id": sha(number), "new": False, "cause": "out_of_band", **given_}
    )


def _rows(*changes: Any, findings: Any = ()) -> list[Row]:
    return rows(client("romashka", 1, "drift", changes=list(changes), findings=list(findings)))


def _is_shown(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)


@given(TEXTS, st.integers(2, 40), st.integers(0, 60))
def test_cut_and_wrapped_texts_fit(text: str, width: int, first: int) -> None:
    clean = texts.clean(text)
    assert texts.columns(texts.cut(clean, width)) <= width
    lines = texts.wrap(clean, width, first and first + 2)
    assert texts.columns(lines[0]) <= (first + 2 if first else width)
    assert all(texts.columns(line) <= width for line in lines[1:])
    assert "".join("".join(lines).split()) == "".join(clean.split())


def test_without_room_only_the_mark_of_the_cut_remains() -> None:
    assert (texts.cut("ab", 0), texts.cut("全", 1)) == ("…", "…")


def test_wide_characters_take_two_columns() -> None:
    assert (texts.columns("全a"), texts.cut("全角全角", 4), texts.cut("abcdef", 4), texts.cut("ab", 2)) == (
        3,
        "全…",
        "abc…",
        "ab",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not set"),
        ([], "empty"),
        (["RU", "BY"], "RU BY"),
        (True, "true"),
        (12, "12"),
        (0.5, "0.5"),
        ("*", "*"),
        ("not set", '"not set"'),
        ("none", "none"),
        ("", '""'),
        ("12", '"12"'),
        (" a", '" a"'),
        ("a -> b", '"a -> b"'),
        ("[1]", '"[1]"'),
        (["201"], "201"),
        (["a b", None, 3, ""], '"a b" not set 3 ""'),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ([{"a": 1}], '[{"a":1}]'),
        ([[1]], "[[1]]"),
        ("x" * 70, "x" * 59 + "…"),
        ([{"a": 1}, 2], '[{"a":1},2]'),
        (
            [{"device": "Yealink", "real_address": "192.0.2.1", "x": 1}, {"device": "a b", "real_address": None}],
            'Yealink from 192.0.2.1, "a b" from not set',
        ),
        ("Приёмная ", '"Приёмная "'),
        ("а->б", '"а->б"'),
    ],
)
def test_values(value: Any, text: str) -> None:
    assert texts.difference(value, ["another"])[0] == text


def test_a_missing_value_reads_as_its_field_says() -> None:
    assert texts.difference(None, ["RU"], "provider's default") == ("provider's default", "RU")
    (countries,) = _rows(_change(0, field="geo_list", before=None))
    (music,) = _rows(_change(0, field="hold_music", before=12, after=None))
    assert (countries.before, music.after) == ("provider's default", "not set")


@given(VALUES, VALUES, st.integers(12, 80))
def test_a_difference_is_visible(before: Any, after: Any, limit: int) -> None:
    left, right = texts.difference(before, after, limit=limit)
    assert max(texts.columns(left), texts.columns(right)) <= limit
    assert _is_shown(left + right)
    if json.dumps(before) != json.dumps(after) and limit > 20:
        assert left != right


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a", ["a"], ('"a"', '["a"]')),
        (
            [str(number) for number in range(200, 240)],
            [str(number) for number in range(201, 241)],
            ("40 entries", "40: +240 -200"),
        ),
        ("x" * 90 + "a", "x" * 90 + "b", ("…xxxxxxxxxxa", "…xxxxxxxxxxb")),
        ("x" * 90, "y" * 90, ("x" * 59 + "…", "y" * 59 + "…")),
        (["x" * 90], ["x" * 90, "x" * 90], ("…xxxxxxxxxx", "…xxxxxxxxxx " + "x" * 47 + "…")),
    ],
)
def test_long_differences(before: Any, after: Any, expected: tuple[str, str]) -> None:
    assert texts.difference(before, after) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "< 1 h"), (3599, "< 1 h"), (3600, "1 h"), (86399, "23 h"), (86400, "1 d"), (10**8, "1,157 d")],
)
def test_ages(seconds: int, expected: str) -> None:
    assert texts.age(seconds) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "0 %"), (0.0, "0 %"), (1, "100 %"), (0.0001, "less than 0.1 %"), (0.9999, "99.9 %"), (0.004, "0.4 %")],
)
def test_shares(share: float, expected: str) -> None:
    assert texts.percent(share) == expected


def test_numbers() -> None:
    assert [texts.plural(count, "entry", "entries") for count in (1, 2000)] == ["1 entry", "2,000 entries"]
    assert texts.plural(0, "client") == "0 clients"


def test_the_row_of_a_change() -> None:
    (row,) = _rows(_change(2, age_seconds=7200))
    assert (row.mark, row.object, row.field, row.before, row.after) == ("~", "bundle 102", "members", "201", "201 301")
    assert (row.difference, row.details, row.source) == (
        "201 -> 201 301",
        "out of band, 2 h, high",
        "clients/romashka.yml:6",
    )


def test_the_row_of_a_finding() -> None:
    (row,) = _rows(findings=[finding("romashka", 5, source=None, hint=None)])
    assert (row.mark, row.object, row.field, row.difference, row.hint) == ("!", "registration 205", "REG-001", "", "")
    assert row.why.startswith("extension 205: ") and row.details == "3 d, critical"


def test_the_result_of_a_change() -> None:
    failed = _change(0, result={"status": "failed", "message": "500\nagain"}, new=True, field=None)
    done = _change(1, result={"status": "verified", "message": None}, waiver=None)
    waived = _change(3, waiver=WAIVER)
    first, second, third = _rows(done, waived, failed)
    assert (first.note, first.age, first.field) == ("FAILED: 500\\nagain", "new", "")
    assert (second.note, second.mark) == ("applied", "~")
    assert (third.note, third.mark) == ("waived until 2026-12-01 (OPS-311, anna)", "=")


def test_side_effects_are_below_their_causes() -> None:
    cause, other = _change(1), _change(0)
    first = _change(7, caused_by=cause["id"], address="phone/201", **WIDENED)
    second = _change(8, caused_by=first["id"], address="phone/202", **{**WIDENED, "widening": False})
    orphan = _change(9, caused_by=sha("nowhere"), address="phone/203", **{**WIDENED, "severity": "low"})
    found = _rows(second, orphan, first, other, cause, findings=[finding("romashka", 5)])
    assert [row.item["id"] for row in found] == [
        finding("romashka", 5)["id"],
        other["id"],
        cause["id"],
        first["id"],
        second["id"],
        orphan["id"],
    ]
    assert [row.mark for row in found] == ["!", "~", "~", "»", "»", "»"]
    assert found[3].why == "side effect of settings, WIDENS permissions"
    assert (found[4].why, found[5].why) == ("side effect of phone 201", "side effect, WIDENS permissions")


@given(st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(0, 6)), max_size=9))
def test_no_change_is_lost_or_doubled(links: list[tuple[int, int | None]]) -> None:
    changes = [_change(one, caused_by=None if by is None else sha(by)) for one, by in links]
    assert sorted(id(row.item) for row in _rows(*changes)) == sorted(map(id, changes))


def test_reasons() -> None:
    changes = [_change(2)]
    limits = client("f", 5, "blocked", reason=None, changes=changes)
    assert texts.reasons(limits) == [
        "max_removals: the plan has 7, the limit is 5 (override: -e client_bundles_max_removals=7)"
    ]
    assert len(texts.reasons(client("f", 5, "blocked"))) == 1
    limits["blocked"] = [
        {"rule": "mix_up", "actual": 3, "limit": 5, "override": "allow_mismatch: true"},
        {"rule": "widening", "actual": 1, "limit": 0, "override": 'allow_widening: ["401"]'},
    ]
    assert texts.reasons(limits) == [
        (
            "mix_up: only 3 of the existing bundles share an extension with the list; at least 5 must "
            "(override: -e client_bundles_allow_mismatch=true)"
        ),
        (
            "widening: joining a bundle would extend the permissions of 1 extension "
            """(override: -e '{"client_bundles_allow_widening": ["401"]}')"""
        ),
    ]
    assert texts.reasons(client("f", 5, "error")) == [
        "bundles: GET /client/801/extension/ was refused with 403 (access_denied)"
    ]
    assert texts.reasons(client("f", 5, "not_checked"))[1:] == ["bundles not compared"]
    assert texts.reasons(client("f", 5, not_compared=[{"part": "a\nb", "reason": "x"}])) == ["a\\nb not compared: x"]
    assert texts.reasons(client("f", 5, "error", reason=None, not_compared=[])) == ["nothing was compared"]
    assert texts.reasons(client("f", 5)) == []


def test_headlines() -> None:
    report = fleet(40, 0.1)
    assert texts.headline(report) == "40 clients: 4 drifted, 1 BLOCKED, 1 FAILED, 1 NOT CHECKED"
    assert texts.headline(fleet(1, 0)) == "1 client, all clean"
    partly = fleet(1, 0)
    partly["clients"][0]["not_compared"] = [{"part": "bundles", "reason": "403"}]
    assert texts.headline(partly) == "1 client: 1 NOT FULLY CHECKED"
    assert texts.headline({**fleet(0), "truncated": True}) == "no client was compared, the run was INTERRUPTED"
    assert texts.headline({**fleet(1, 0), "truncated": True}) == "1 client: the run was INTERRUPTED"
    assert (texts.verdict_text(report), texts.verdict_text(fleet(1, 0))) == ("error", "clean")
    for short in (partly, fleet(0), {**fleet(1, 0), "truncated": True}):
        assert "clean" not in texts.verdict_text(short)


def test_the_lowest_quota() -> None:
    report = fleet(4, 0)
    one, two, three, four = report["clients"]
    one["quota"] = None
    two["quota"] = {"limit": None, "remaining": 12, "reset_seconds": None}
    three["quota"] = {"limit": 5000, "remaining": None, "reset_seconds": None}
    assert texts.lowest_quota(report) == ("client0001", 12, "")
    report["clients"] = [four]
    assert texts.lowest_quota(report) == ("client0003", 4210, "5,000")
    report["clients"] = [one, three]
    assert texts.lowest_quota(report) is None
