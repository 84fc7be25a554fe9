# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comment for a pull request: within the size limit, valid, and no external text becomes markup or a mention."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.markdown import LIMIT, markdown
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import (
    HOSTILE,
    change,
    client,
    finding,
    fleet,
    sha,
    totals,
)

ABSENT = "the development set has it, the sets for other cores have not"
CALLS = (
    "@octocat",
    "a@example.org",
    "#123",
    "org/repo#7",
    "GH-12",
    "!7",
    "$4",
    "~bug",
    "%v1",
    "&3",
    "https://example.org/x",
    "ftp://a.b",
    "www.example.org",
    "[a](http://x)",
    "![a](http://x)",
    "<https://x.y>",
    "`code`",
    "**bold**",
    "_soft_",
    "__x__",
    "~~gone~~",
    "| a | b |",
    "a\n\n# head\n",
    "<details>",
    "</details>",
    "<!--",
    "-->",
    "&lt;b&gt;",
    "&#64;octocat",
    "\\|",
    "- item",
    "1. item",
    HOSTILE,
    "\u202e\u2066",
    "\ud800",
    "",
)
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from(CALLS), max_size=4).map(" ".join)
OWN = {
    "h3",
    "p",
    "strong",
    "br",
    "blockquote",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "details",
    "summary",
}
# As platforms look for them in what is rendered, outside of code.
REFERENCES = re.compile(r"@\w|#\d|GH-\d|!\d|\$\d|%\w|&\d|\w+://\w|www\.\w", re.IGNORECASE)


class _Page(HTMLParser):
    """The content of a rendered page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.loose = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert all(name == "style" and value == "text-align:right" for name, value in attrs)
        if tag == "br":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data
        if "code" not in self.open:
            self.loose += data


@pytest.fixture(name="rendering", scope="module")
def _rendering() -> ModuleType:
    module: ModuleType = pytest.importorskip("markdown_it", reason=ABSENT)
    return module


def _page(rendering: ModuleType, text: str) -> _Page:
    page = _Page()
    page.feed(rendering.MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))
    page.close()
    assert not page.open
    return page


def _report(*clients: dict[str, Any], **given_: Any) -> dict[str, Any]:
    report = fleet(0)
    unchecked = sum(1 for one in clients if one["not_compared"])
    report["totals"].update(totals(list(clients)), not_checked_share=unchecked / len(clients) if clients else 0.0)
    return {**report, "clients": list(clients), **given_}


def _change(number: int = 0, **given_: Any) -> dict[str, Any]:
    return change(
        "romashka",
        number,
        random.Random(1),
        **{"cause": "out_of_band", "new": False, "age_seconds": 3 * 86400, **given_},
    )


def test_a_comment_to_read() -> None:
    waiver = {"reason": "OPS-311", "owner": "anna", "expires": "2026-12-01"}
    one = client(
        "romashka",
        1,
        "drift",
        changes=[_change(2), _change(0, waiver=waiver)],
        findings=[finding("romashka", 5, new=True)],
    )
    report = _report(one, client("vasilek", 2), exit_code=2, verdict="drift")
    report["waivers"]["expired"] = []
    text = markdown(report)
    assert text.splitlines() == [
        "<!-- ringme-report -->",
        f"### PBX drift <code>{report['fleet_id'][:8]}…</code>: 2 clients: 1 drifted",
        "",
        "**Clients:** 2 (1 clean, 1 drifted)  ",
        "**Differences:** 1 critical, 1 high, 1 waived, 1 new",
        "",
        "| Client | Status | + | ~ | - | » | ! | = | Worst | Oldest | Plan |",
        "|---|---|--:|--:|--:|--:|--:|--:|---|--:|---|",
        f"| romashka (801) | drifted |  | 1 |  |  | 1 | 1 | critical | 3 d | <code>{one['plan_id'][:8]}…</code> |",
        "",
        "<details><summary>romashka (801): drifted, 1 change, 1 finding, critical</summary>",
        "",
        "| | Object | Field | Now | After | Why | Age | Severity | File |",
        "|---|---|---|---|---|---|--:|---|---|",
        (
            "| ! | registration 205 | REG-001 |  |  | extension 205: 'friendly-scanner' is registered from "
            "203.0.113.77, which is not in an allowed network (office, vpn)<br>If it is legitimate, "
            "allow it; otherwise remove it "
            "and change the SIP password of the extension | new | critical | <code>clients/romashka.yml:20</code> |"
        ),
        (
            "| &#126; | bundle 102 | members | <code>201</code> | <code>201 301</code> | out of band | 3 d | high "
            "| <code>clients/romashka.yml:6</code> |"
        ),
        (
            "| = | settings | geo_list | <code>RU BY</code> | <code>&#42;</code> | out of band, waived until "
            "2026-12-01 (OPS-311, anna) | 3 d | critical | <code>clients/romashka.yml:4</code> |"
        ),
        "",
        "</details>",
        "",
        "1 request, lowest quota 4,210 of 5,000 at romashka, run of 2026-11-25T07:00:30Z, drift (exit_code 2)",
    ]


@pytest.mark.parametrize(
    ("marker", "first"),
    [("mine", "<!-- mine -->"), ("a--><b>", "<!-- a-b- -->"), ("a:b.c_1", "<!-- a:b.c_1 -->"), ("->", "<!-- - -->")],
)
def test_the_marker_is_first(marker: str, first: str) -> None:
    assert markdown(fleet(1, 0), marker).splitlines()[0] == first


def test_a_clean_fleet_needs_no_table() -> None:
    report = fleet(3, 0)
    report["waivers"]["expired"] = []
    text = markdown(report)
    assert "3 clients, all clean" in text and "|" not in text and "⚠" not in text


def test_an_empty_fleet_is_not_clean() -> None:
    text = markdown({**fleet(0), "verdict": "clean"})
    assert "no client was compared" in text and "clean" not in text


@pytest.mark.parametrize("status", ["error", "not_checked", "clean"])
def test_unchecked_clients_are_never_clean(status: str) -> None:
    text = markdown(
        _report(
            client("a", 1, status, not_compared=[{"part": "bundles", "reason": "refused"}]),
            exit_code=0,
            verdict="clean",
        )
    )
    assert "**NOT FULLY CHECKED: 1 of 1 client (100 %).**" in text.splitlines()[3]
    assert "all clean" not in text and "no differences found, but not everything was compared (exit_code 0)" in text


def test_warnings_are_in_capitals() -> None:
    report = fleet(40, 0.1)
    report["truncated"] = True
    report["waivers"]["expired"] *= 7
    text = markdown(report)
    assert "INTERRUPTED" in text and "**7 waivers EXPIRED:**" in text and "> - and 2 more" in text
    assert text.count("until 2026-11-01: client romashka") == 5
    assert "**Oldest:** 41 d, client0000, settings" in text


def test_a_client_without_much() -> None:
    quota = {"limit": None, "remaining": 7, "reset_seconds": None}
    text = markdown(_report(client("a", 1, "drift", client_id=None, quota=quota)))
    assert "| a | drifted |" in text and "lowest quota 7 at a" in text and "<details>" not in text
    assert "quota" not in markdown(_report(client("a", 1, "drift", quota=None)))
    done = _change(result={"status": "verified", "message": None})
    assert "out of band, applied" in markdown(_report(client("a", 1, changes=[done]), mode="apply"))


@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize(
    ("clients", "share"),
    [
        *[(0, 0.0), (5, 1.0), (100, 1.0), (200, 1.0), (600, 0.02), (1200, 1.0)],
        *(pytest.param(2000, share, marks=pytest.mark.exhaustive) for share in (0.02, 0.2, 1.0)),
    ],
)
def test_fleets_of_any_size_fit(rendering: ModuleType, clients: int, share: float, hostile: bool) -> None:
    report = fleet(clients, share, hostile=hostile)
    text = markdown(report)
    assert len(text.encode("utf-8")) < LIMIT
    page = _page(rendering, text)
    assert set(page.tags) <= OWN | {"em"}
    assert list(page.tags).count("em") == text.count("of this client omitted._")
    table = [row for row in page.rows if len(row) == 11]
    detail = [row for row in page.rows if len(row) == 9]
    assert len(table) + len(detail) == len(page.rows)
    listed = [one for one in report["clients"] if one["status"] != "clean"]
    missing = re.search(r"([\d,]+) clients? in the table", text)
    assert len(table) - bool(table) + int(missing[1].replace(",", "") if missing else 0) == len(listed)
    shown = sum(1 for row in detail if row[1] != "Object")
    rows = sum(len(one["changes"]) + len(one["findings"]) for one in listed)
    if clients == 5:
        assert shown == rows and "Omitted" not in text
    if clients >= 1200 and share > 0.1:
        assert shown < rows and "**Omitted, due to the size limit of comments:**" in text


@given(st.integers(5_000, 20_000), st.integers(0, 30), st.booleans())
def test_any_limit_is_kept(limit: int, clients: int, hostile: bool) -> None:
    text = markdown(fleet(clients, 0.7, hostile=hostile), limit=limit)
    assert len(text.encode("utf-8")) < limit
    assert text.count("<details>") == text.count("</details>")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} <= {12, 10}
    assert re.search(r", \w[\w, ]* \(exit_code \d\)\n$", text) or not clients


@pytest.mark.parametrize("text", ["@" * 200, "全" * 130, "😀" * 130, "a\u0301" * 200, "_" * 200, "\u202e" * 130])
def test_no_text_makes_it_too_long(text: str) -> None:
    waiver = {"line": 1, "what": text, "reason": text, "owner": text, "expires": text}
    parts = [{"part": f"{text}{number}", "reason": f"{number}{text}"} for number in range(30)]
    changes = [_change(address=text, field=text, before=text, after=None) for _number in range(20)]
    # A few clients fill the space of the objects, the many others that of the table.
    listed = [
        client(text, 1, "error", not_compared=parts[:most], reason=text, changes=changes[:most], client_id=text)
        for most in (*[30] * 3, *[1] * 297)
    ]
    report = _report(*listed)
    report["waivers"]["expired"] = [waiver] * 30
    report["totals"]["oldest"] = {"client": text, "address": text, "first_seen": "", "age_seconds": 1}
    comment = markdown(report)
    assert len(comment.encode("utf-8")) < LIMIT and "Omitted" in comment
    assert "- and 26 more reasons, in the full report" in markdown(_report(listed[0]))
    assert len(markdown(report, limit=0).encode("utf-8")) < 25_000


def test_each_client_has_a_hint_once() -> None:
    findings = [finding("a", number) for number in range(3)]
    text = markdown(_report(client("a", 1, "drift", findings=findings), client("b", 1, "drift", findings=findings)))
    assert (text.count("REG-001"), text.count("<br>If it is legitimate")) == (6, 2)


def test_only_counts_remain() -> None:
    report = fleet(30, 1.0)
    text = markdown(report, limit=900)
    assert "|" not in text and "<details>" not in text
    assert "30 clients in the table and in detail" in text and len(text.encode()) < 900


def test_rows_of_one_client_are_dropped_whole(rendering: ModuleType) -> None:
    large = client("a", 1, "drift", changes=[_change(2, id=sha(number), after=["x" * 50]) for number in range(500)])
    text = markdown(_report(large, client("b", 1, "drift", changes=[_change(1)])))
    missing = re.search(r"_(\d+) more rows of this client omitted\._", text)
    shown = sum(1 for row in _page(rendering, text).rows if row[1] == "bundle 102")
    assert missing is not None and shown + int(missing[1]) == 500 and shown > 100


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_text_stays_text(rendering: ModuleType, key: str, value: str, reason: str, message: str) -> None:
    changes = [
        _change(before=value, after=[value, 1], address=f"bundle/{value}", field=value, source={"file": key, "line": 1})
    ]
    findings = [finding(key, 1, message=message, hint=value)]
    one = client(
        key,
        1,
        "error",
        reason=reason,
        changes=changes,
        findings=findings,
        not_compared=[{"part": value, "reason": reason}],
        client_id=value,
    )
    report = _report(one)
    report["waivers"]["expired"] = [{"line": 1, "what": value, "reason": reason, "owner": key, "expires": message}]
    report["totals"]["oldest"] = {"client": key, "address": value, "first_seen": "", "age_seconds": 1}
    text = markdown(report)
    assert text.count("|") == 3 * 12 + 4 * 10
    page = _page(rendering, text)
    assert set(page.tags) <= OWN
    assert [page.tags.count(tag) for tag in ("h3", "details", "summary", "table")] == [1, 1, 1, 2]
    assert sorted(len(row) for row in page.rows) == [9, 9, 9, 11, 11]
    own = page.loose.replace("ringme-report", "")
    assert not REFERENCES.search(re.sub(r"\d %", "", own))


def test_clients_that_did_not_take_part_are_counted() -> None:
    known = {"object_id": "o", "part": "settings"}
    text = markdown({**fleet(1), "carried": {"zz": {"checked": None, "known": [known]}}})
    assert "> ⚠️ **NOT IN THIS RUN:** 1 client of earlier reports, with 1 known difference." in text


@pytest.mark.parametrize(("length", "shown"), [(20, "8" * 20), (21, "8" * 19 + "…")])
def test_where_an_id_is_cut(length: int, shown: str) -> None:
    text = markdown(_report(client("a", 1, "drift", client_id="8" * length, changes=[_change()])))
    assert f"({shown})" in text
