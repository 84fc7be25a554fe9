# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report: one self-contained file with all items, in which no data becomes markup."""

from __future__ import annotations

import base64
import copy
import functools
import hashlib
import json
import random
import re
import shlex
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean
from ansible_collections.ringme.pbx.plugins.module_utils._optional import JINJA2
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.html import html
from ansible_collections.ringme.pbx.tests.unit.helpers import reports
from ansible_collections.ringme.pbx.tests.unit.helpers.effort import growth
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import problems
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import fewer

VOID = {"meta", "link", "input", "rect", "line"}


class Page(HTMLParser):
    """The elements of a page, its texts, and the texts of every listed client."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.inline: dict[str, str] = {}
        self.comments: list[str] = []
        self.names: list[str] = []
        self.clean: list[str] = []
        self.commands: list[str] = []
        self.titles: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1][0] == tag, (tag, self.open[-3:])
        self.open.pop()

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, attrs in self.open]
        if tags and tags[-1] in ("style", "script"):
            self.inline[tags[-1]] = self.inline.get(tags[-1], "") + data
            return
        self.texts.append(data)
        if tags and tags[-1] == "title" and "svg" not in tags:
            self.titles.append(data)
        classes = [attrs.get("class") or "" for tag, attrs in self.open]
        if tags and classes[-1] == "name":
            self.names.append(data)
        if tags and tags[-1] == "code" and "command" in classes:
            self.commands.append(data)
        if tags and tags[-1] == "li" and any(attrs.get("id") == "clean" for tag, attrs in self.open):
            self.clean.append(data)

    @property
    def text(self) -> str:
        """The visible text, in one line."""
        return " ".join("".join(self.texts).split())

    def rows(self) -> list[dict[str, str | None]]:
        """The attributes of the rows of changes and findings."""
        return [attrs for tag, attrs in self.elements if tag == "tr" and "data-c" in attrs]


def page(report: dict[str, Any]) -> Page:
    """The page of a valid report."""
    assert not problems(report)
    return Page(html(report))


def small(**given: Any) -> dict[str, Any]:
    """A report of a few clients, some of which have drifted."""
    return reports.fleet(**{"clients": 12, "share": 0.5, **given})


def well() -> dict[str, Any]:
    """A clean report."""
    report = small(share=0.0)
    for one in report["clients"]:
        one.update(reports.client(one["key"], 1))
    report["totals"].update(reports.totals(report["clients"]), not_checked_share=0.0, oldest=None)
    report["waivers"] = {"used": [], "unused": [], "expired": []}
    report.update(verdict="clean", exit_code=0, resolved=[])
    return report


def test_jinja2_is_here() -> None:
    assert JINJA2.name == "Jinja2"
    assert JINJA2.problem is None


def test_it_is_one_file() -> None:
    """The page loads nothing."""
    seen = page(small())
    for tag, attrs in seen.elements:
        assert tag not in ("iframe", "object", "embed", "base", "form", "img", "audio", "video")
        assert not {"src", "srcset", "action", "style"} & attrs.keys()
        assert not [name for name in attrs if name.startswith("on")]
        assert (attrs.get("href") or "#").startswith(("#", "data:,"))
    assert not re.search(r"url\(|@import|https?:", seen.inline["style"])
    assert not re.search(r"https?:|fetch\(|XMLHttp|eval\(|innerHTML|import\(", seen.inline["script"])


@pytest.mark.parametrize("kind", ["style", "script"])
def test_only_its_own_style_and_script_are_allowed(kind: str) -> None:
    seen = page(small(hostile=True))
    assert len([tag for tag, attrs in seen.elements if tag == kind]) == 1
    policy = next(a["content"] or "" for t, a in seen.elements if a.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(seen.inline[kind].encode()).digest()).decode()
    assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    # The policy applies only to what comes after it.
    assert [tag for tag, attrs in seen.elements].index("meta") < [tag for tag, attrs in seen.elements].index(kind)


def test_licences_stay_in_the_files() -> None:
    text = html(small())
    assert "SPDX" not in text
    assert not Page(text).comments


def test_hostile_texts_are_texts() -> None:
    tame, hostile = page(small()), page(small(hostile=True))
    kinds = Counter(tag for tag, attrs in hostile.elements)
    # Long values are folded, and no command is offered for such a name; nothing else differs.
    assert not kinds.keys() - {tag for tag, attrs in tame.elements}
    assert "img" not in kinds and kinds["script"] == 1
    assert not hostile.comments
    assert {name for tag, attrs in hostile.elements for name in attrs} <= {n for t, a in tame.elements for n in a}
    texts = "".join(hostile.texts)
    assert clean(reports.HOSTILE) in texts
    assert "{{ 7*7 }}" in texts
    assert not hostile.commands
    assert "cannot be used in a command" in hostile.text


@functools.cache
def _plain() -> Page:
    return page(small(clients=2, share=1.0))


@fewer(0.5)
@given(text=st.text(st.characters(), max_size=30) | st.sampled_from(["\ud800", "\x00", "\u202egnp.exe", "\x1b[201~\n"]))
def test_any_text_is_a_text(text: str) -> None:
    report = small(clients=2, share=1.0)
    plain = _plain()
    for one in report["clients"]:
        one.update(key=text, file=text, reason=text)
        for item in (*one["changes"], *one["findings"]):
            item.update(address=text, first_seen=item["first_seen"])
        for item in one["changes"]:
            item.update(before=text, after={text: [text]}, field=text)
    seen = page(report)
    html(report).encode()
    assert seen.inline == plain.inline
    assert {tag for tag, attrs in seen.elements} <= {tag for tag, attrs in plain.elements} | {"p", "b"}
    assert not re.search("[\x00\x1b\u202e\ud800-\udfff]", "".join(seen.texts))


def test_every_client_is_there() -> None:
    report = reports.fleet(clients=200, share=0.2)
    seen = page(report)
    listed = {one["key"] for one in report["clients"] if one["status"] != "clean"}
    assert len(listed) == 43
    assert set(seen.names) == listed and len(seen.names) == len(listed)
    assert set(seen.clean) == {one["key"] for one in report["clients"]} - listed


def test_every_change_and_finding_is_there() -> None:
    report = small()
    items = [item for one in report["clients"] for item in (*one["changes"], *one["findings"])]
    rows = page(report).rows()
    assert len(rows) == len(items) > 10
    assert Counter(row["data-c"] for row in rows) == Counter(item.get("cause", "finding") for item in items)
    assert Counter(row["data-s"] for row in rows) == Counter(item["severity"] for item in items)
    assert sum("data-w" in row for row in rows) == sum(item["waiver"] is not None for item in items)
    assert sum("data-n" in row for row in rows) == sum(item["new"] for item in items)


def test_numbers_are_those_of_the_totals() -> None:
    report = reports.fleet()
    text = page(report).text
    assert "1,797 of 2,000 clients are clean, 200 drifted, 1 blocked, 1 failed, 1 not checked." in text
    assert f"critical{report['totals']['severity']['critical']:,}" in text
    assert f"out of band{report['totals']['changes']['out_of_band']:,}" in text
    assert f"client_settings{report['totals']['resources']['client_settings']:,}" in text
    assert "18,001 18,000 GET, 1 token" in text
    assert "41 d client0000, settings, since 15 Oct 2026" in text
    assert "1 min 30 s" in text


def test_the_title_has_the_verdict_and_the_date() -> None:
    expected = "6 critical differences; drift found, and not everything could be checked, 25 Nov 2026 · ringme.pbx"
    assert page(small()).titles == [expected]
    assert page(well()).titles == ["All clean, 25 Nov 2026 · ringme.pbx"]


def test_a_clean_report_reads_all_clean() -> None:
    seen = page(well())
    assert "Every client matches its file." in seen.text
    assert "not checked, or not in every part" not in seen.text
    assert not seen.rows()


@pytest.mark.parametrize("verdict", ["clean", "pending", "drift", "blocked", "error"])
@pytest.mark.parametrize("mode", ["plan", "drift", "apply"])
def test_every_verdict_has_words(verdict: str, mode: str) -> None:
    assert page({**well(), "verdict": verdict, "mode": mode}).titles


def test_a_run_that_ended_early_is_never_all_clean() -> None:
    seen = page({**well(), "truncated": True})
    assert "The run was interrupted." in seen.text
    assert "All clean" not in seen.text
    assert "Every client is what its file says" not in seen.text


@pytest.mark.parametrize("status", ["clean", "not_checked", "error"])
def test_a_report_with_unchecked_clients_is_never_all_clean(status: str) -> None:
    report = well()
    report["clients"][0].update(status=status, not_compared=[{"part": "bundles", "reason": "no answer"}])
    report["totals"].update(not_checked_share=1 / 12)
    seen = page(report)
    assert "1 client was not checked, or not in every part (8.3 % of all)" in seen.text
    assert "bundles was not compared: no answer" in seen.text
    assert "All clean" not in seen.text
    assert seen.names == [report["clients"][0]["key"]]


def test_an_empty_fleet_is_never_all_clean() -> None:
    report = {**reports.fleet(clients=0), "history": []}
    seen = page(report)
    assert "No clients: nothing was checked" in seen.text
    assert "There are no clients in this report." in seen.text
    assert "There are no earlier reports." in seen.text
    assert "0 of 0 clients are clean." in seen.text


def test_known_items_of_earlier_reports_are_listed() -> None:
    report = small()
    old = {
        "id": reports.sha(1),
        "object_id": reports.sha(2),
        "address": "bundle/777",
        "what": "members",
        "severity": "high",
        "first_seen": "2026-11-20T07:00:00Z",
        "part": "bundles",
    }
    last = report["clients"][-1]["key"]
    report["carried"] = {
        last: {"checked": None, "known": [old]},
        "gone": {"checked": "2026-11-20T07:00:00Z", "known": [old, old]},
        "well": {"checked": "2026-11-20T07:00:00Z", "known": []},
    }
    text = page(report).text
    assert "In earlier reports, and not compared since:" in text
    assert "bundle/777: members high first seen 20 Nov 2026" in text
    assert "1 client of earlier reports did not take part in this run" in text
    assert "gone: 2 differences when it was last compared" in text
    assert "well" not in text.split("Clients", 1)[1].split("Resolved")[0]


def test_a_limit_is_listed_once() -> None:
    report = small(clients=12, share=0.0)
    one = next(one for one in report["clients"] if one["blocked"])
    text = page(report).text
    assert "max_removals: the plan has 7, the limit is 5 (override: -e client_bundles_max_removals=7)" in text
    assert f"Blocked: {one['reason']}" not in text
    one["reason"] = "something else"
    assert "Blocked: something else" in page(report).text


def test_expired_waivers_have_a_banner() -> None:
    assert "1 waiver has expired" in page(small()).text
    assert "There are no waivers." in page(well()).text


def test_side_effects_follow_their_causes() -> None:
    report = small(clients=1, share=1.0)
    one = report["clients"][0]
    first, second = (reports.change("a", number, random.Random(1)) for number in (0, 1))
    effect = {"cause": "side_effect", "source": None}
    one["changes"] = [
        {**first, **effect, "id": reports.sha(1), "address": "phone/1", "caused_by": second["id"]},
        {**first, **effect, "id": reports.sha(2), "address": "phone/2", "caused_by": reports.sha("elsewhere")},
        {**first, **effect, "id": reports.sha(3), "address": "phone/3", "caused_by": reports.sha(3)},
        {**first, **effect, "id": reports.sha(4), "address": "phone/4", "caused_by": reports.sha(1)},
        {**first, **effect, "id": reports.sha(6), "address": "phone/6", "caused_by": reports.sha(5)},
        {**first, **effect, "id": reports.sha(5), "address": "phone/5", "caused_by": reports.sha(6)},
        {**second, "address": "cause/2", "severity": "low"},
        {**first, "address": "cause/1", "severity": "critical"},
    ]
    one["findings"] = []
    found = re.findall(r'<b class="address">([^<]*)', html(report))
    # Orphans and rings are groups of their own.
    assert found == ["phone/2", "cause/2", "phone/1", "phone/4", "cause/1", "phone/3", "phone/6", "phone/5"]


@pytest.mark.parametrize(
    ("key", "host"),
    [("romashka", "romashka"), ("romashka/805", "romashka"), ("it's $(here)", "it's $(here)"), ("a/b", "a/b")],
)
def test_commands_name_the_host(key: str, host: str) -> None:
    report = small(clients=1, share=1.0)
    is_file = "/" not in host
    report["clients"][0].update(key=key, client_id="805", file=f"the clients/{host}.yml" if is_file else None)
    commands = [shlex.split(command) for command in page(report).commands]
    export = [
        *("ansible-playbook", "ringme.pbx.export", "--limit", host),
        *("-e", '{"ringme_export_path": "the clients", "ringme_export_overwrite": true}'),
    ]
    assert commands == [["ansible-playbook", "ringme.pbx.apply", "--limit", host], *([export] if is_file else [])]


@pytest.mark.parametrize(
    ("address", "file", "offered"),
    [
        ("settings", "clients/romashka.yml", "clients"),
        ("bundle/101", "romashka.yml", "."),
        ("registration/205", "clients/romashka.yml", None),  # no export has them
        ("settings", None, None),
        ("settings", "clients/romashka.yaml", None),  # an export would be a second file
        ("settings", "{{ x }}/romashka.yml", None),
        ("settings", "a\x1b[2J/romashka.yml", None),
    ],
)
def test_exports_are_offered(address: str, file: str | None, offered: str | None) -> None:
    report = small(clients=1, share=1.0)
    (one,) = report["clients"]
    one.update(
        key="romashka", file=file, changes=[{**one["changes"][0], "address": address, "waiver": None}], findings=[]
    )
    commands = [shlex.split(command) for command in page(report).commands]
    found = [json.loads(command[-1])["ringme_export_path"] for command in commands if "ringme.pbx.export" in command]
    assert found == ([offered] if offered else [])
    assert ["ansible-playbook", "ringme.pbx.apply", "--limit", "romashka"] in commands


def test_a_broken_file_is_not_a_limit() -> None:
    report = {**small(clients=1, share=0.0), "verdict": "blocked"}
    report["clients"][0].update(status="blocked", reason="clients/a.yml:2:1: x", blocked=[])
    assert "A client file cannot be used" in page(report).text
    limit = {"rule": "max_removals", "actual": 7, "limit": 5, "override": "max_removals: 7"}
    report["clients"][0].update(reason="max_removals", blocked=[limit])
    assert "Blocked by a limit" in page(report).text


@pytest.mark.parametrize(
    "key", ["", "-a", "@file", "all,!x", "web*", "a:b", "a\nb", "a\x1b[201~", "a\u202eb", "!x", "[a]"]
)
def test_no_command_reaches_other_hosts_or_the_terminal(key: str) -> None:
    report = small(clients=1, share=1.0)
    report["clients"][0].update(key=key)
    assert not page(report).commands


def test_clients_that_were_not_checked_can_be_looked_at_again() -> None:
    commands = page(small(share=0.0)).commands
    assert commands and all(" ringme.pbx.drift --limit client" in command for command in commands)
    assert all(command.endswith(" -e ringme_report_path=none") for command in commands)


def test_the_result_of_a_change_is_shown() -> None:
    report = {**small(clients=1, share=1.0), "mode": "apply"}
    change = report["clients"][0]["changes"][0]
    change.update(result={"status": "not_applied", "message": "refused with 409"}, widening=True, reversible=False)
    text = page(report).text
    assert "not applied: refused with 409" in text
    assert "extends permissions" in text
    assert "cannot be undone" in text


def test_waivers_are_shown_with_reason_and_owner() -> None:
    report = small(clients=1, share=1.0)
    report["clients"][0]["changes"][0]["waiver"] = {"reason": "OPS-9", "owner": "vera", "expires": "2027-01-31"}
    assert "= waived until 2027-01-31 by vera: OPS-9" in page(report).text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "< 1 h"), (3599, "< 1 h"), (3600, "1 h"), (86399, "23 h"), (86400, "1 d"), (1234 * 86400, "1,234 d")],
)
def test_ages_are_short(seconds: int, text: str) -> None:
    report = small()
    report["totals"]["oldest"]["age_seconds"] = seconds
    assert f"Oldest drift {text} client0000" in page(report).text


def test_invalid_times_are_shown_unchanged() -> None:
    report = small()
    report["run"].update(started="2026-19-39T29:59:69Z", finished="2026-11-25T00:00:00Z", previous=None)
    text = page(report).text
    assert "Started2026-19-39T29:59:69Z" in text
    assert "Took– Mode" in text


@pytest.mark.parametrize(
    ("started", "text"),
    [("2026-11-25T06:59:59Z", "31 s"), ("2026-11-25T04:58:30Z", "2 h 2 min"), ("2026-11-26T00:00:00Z", "–")],
)
def test_how_long_it_took(started: str, text: str) -> None:
    report = small()
    report["run"]["started"] = started
    assert f"Took{text} Mode" in page(report).text


def test_long_values_are_folded_and_complete() -> None:
    report = small(clients=1, share=1.0)
    report["clients"][0]["changes"][0]["before"] = "x" * 5000
    assert "x" * 5000 in page(report).text


def test_later_minor_versions_only_add_keys() -> None:
    report = copy.deepcopy(small())
    report["format_version"] = "1.7"
    for part in (report, report["run"], report["totals"], report["clients"][0], report["clients"][0]["changes"][0]):
        part["later"] = {"some": ["thing"]}
    assert page(report).names


def test_the_same_report_gives_the_same_page() -> None:
    report = small()
    before = copy.deepcopy(report)
    assert html(report) == html(report)
    assert report == before


def test_headings_are_in_order_and_ids_are_unique() -> None:
    seen = page(small())
    levels = [int(tag[1]) for tag, attrs in seen.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attrs["id"] for tag, attrs in seen.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _tag, attrs in seen.elements:
        for name in (attrs.get("aria-labelledby") or "").split():
            assert name in ids
    assert ("html", {"lang": "en"}) in seen.elements


def test_many_clients_are_small_and_twice_as_many_are_twice_the_work() -> None:
    def rendering(clients: int) -> Callable[[], str]:
        report = reports.fleet(clients, 1.0, hostile=True)
        return lambda: html(report)

    assert growth(rendering, 40) < 2.1
    assert len(html(reports.fleet(clients=2000, share=0.1, hostile=True)).encode()) < 3_000_000


def test_only_side_effects_are_marked_as_such() -> None:
    own = reports.change("romashka", 2, random.Random(1), cause="out_of_band")
    effect = reports.change(
        "romashka", 1, random.Random(1), address="phone/201", resource="phone", cause="side_effect", caused_by=own["id"]
    )
    report = {**reports.fleet(1), "clients": [reports.client("romashka", 1, "drift", changes=[own, effect])]}
    rows = {str(row["data-c"]): str(row["class"]).split() for row in Page(html(report)).rows()}
    assert "effect" in rows["side_effect"] and "effect" not in rows["out_of_band"]


@pytest.mark.parametrize("text", ["<b>x</b>", '"onmouseover="x', "<script>x()</script>", "&lt;b&gt;"])
def test_a_text_never_becomes_markup(text: str) -> None:
    """Short texts only; the hostile fleets cover long ones."""
    own = reports.change("romashka", 1, random.Random(1), before=text, after=f"{text}{text}")
    report = {**reports.fleet(1), "clients": [reports.client("romashka", 1, "drift", changes=[own], reason=text)]}
    page = html(report)
    assert text not in page
    assert text in Page(page).text


def _of(*clients: dict[str, Any], **given: Any) -> dict[str, Any]:
    counted = {**reports.totals(list(clients)), "not_checked_share": 0.0, "oldest": None}
    return {**reports.fleet(clients=0), "clients": list(clients), "totals": counted, **given}


def test_the_headline_begins_with_critical_items() -> None:
    file = {"part": "everything", "reason": "clients/a.yml:1:1: no"}
    blocked = reports.client("a", 1, "blocked", reason="no", not_compared=[file], blocked=[])
    conflict = reports.client(
        "a", 1, "blocked", reason="no extension 102", not_compared=[{**file, "part": "bundles"}], blocked=[]
    )
    rogue = reports.client("b", 2, "drift", findings=[reports.finding("b", 5)])
    for clients, verdict, expected in (
        ([blocked], "blocked", "A client file cannot be used"),
        ([conflict], "blocked", "A client file cannot be applied"),
        ([blocked, rogue], "blocked", "1 critical difference; a client file cannot be used"),
        ([rogue], "drift", "1 critical difference"),
    ):
        assert page(_of(*clients, verdict=verdict)).titles[0].startswith(f"{expected}, ")


def test_a_blocked_plan_has_the_override_command() -> None:
    limits = [
        {"rule": "max_removals", "actual": 7, "limit": 5, "override": "max_removals: 7"},
        {"rule": "widening", "actual": 1, "limit": 0, "override": 'allow_widening: ["401"]'},
    ]
    change = reports.change(
        "a", 2, random.Random(1), address="bundle/101", cause="pending", caused_by=None, waiver=None
    )

    def commands(blocked: list[dict[str, Any]], changes: list[dict[str, Any]]) -> list[list[str]]:
        found = page(
            _of(reports.client("a", 1, "blocked", reason="x", blocked=blocked, changes=changes), verdict="blocked")
        ).commands
        return [shlex.split(command) for command in found]

    (apply, *_rest) = commands(limits, [change])
    assert apply[:5] == ["ansible-playbook", "ringme.pbx.apply", "--limit", "a", "-e"]
    assert json.loads(apply[5]) == {"client_bundles_max_removals": 7, "client_bundles_allow_widening": ["401"]}
    for override in ("unknown: 7", "max_removals: x{", 'allow_widening: ["{{ x }}"]'):
        assert not any(
            "ringme.pbx.apply" in command for command in commands([{**limits[0], "override": override}], [change])
        )
    (check, *_rest) = commands([], [])
    assert check == ["ansible-playbook", "ringme.pbx.validate"]


def test_a_rogue_registration_comes_with_the_command_that_removes_it() -> None:
    """By its address; nothing that a device says of itself is part of a command, and what apply removes is not offered
    twice.
    """
    rogue = reports.finding(
        "a", 5, address="registration/205", evidence={"device": "{{ x }}", "address": "203.0.113.77:5060"}, waiver=None
    )
    (command,) = page(_of(reports.client("a", 1, "drift", findings=[rogue]), verdict="drift")).commands
    found = shlex.split(command)
    assert found[:5] == ["ansible", "a", "-m", "ringme.pbx.extension_registration", "-a"]
    assert json.loads(found[5]) == {"client_id": "801", "extension": "205", "address": ["203.0.113.77"]}
    removal = reports.change("a", 2, random.Random(1), address="registration/205", caused_by=None, cause="out_of_band")
    for key, item, changes in (("a,b", rogue, []), ("a", {**rogue, "evidence": {}}, []), ("a", rogue, [removal])):
        seen = page(_of(reports.client(key, 1, "drift", findings=[item], changes=changes), verdict="drift"))
        assert not any("extension_registration" in text for text in seen.commands)


def test_the_chart_marks_limited_runs() -> None:
    report = well()
    limited = {**report, "history": [{**report["history"][0], "kept": 3}, *report["history"][1:]]}
    assert "limited run, 3 clients from earlier runs" in html(limited) and "limited run" not in html(report)
    assert html(limited).count("<g class=limited>") == 1
