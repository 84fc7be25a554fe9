# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a report in a browser: what it shows, how it is used, and that it does nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ansible_collections.ringme.pbx.tests.unit.helpers.reports import HOSTILE, fleet

from .conftest import Visitor

pytestmark = pytest.mark.xdist_group("browser")


def items(report: dict[str, Any], waived: bool = False) -> list[dict[str, Any]]:
    """All changes and findings that are shown."""
    listed = [item for one in report["clients"] for item in (*one["changes"], *one["findings"])]
    return [item for item in listed if waived or item["waiver"] is None]


def chip(page: Page, key: str, value: str) -> None:
    """Press a filter."""
    page.locator(f'#filters input[data-key="{key}"][value="{value}"]').click()


def search(page: Page, text: str) -> None:
    """Type into the search field."""
    page.get_by_role("searchbox", name="Search").fill(text)


def test_everything_is_shown_at_first(visit: Visitor, small: dict[str, Any]) -> None:
    seen = visit()
    listed = [one["key"] for one in small["clients"] if one["status"] != "clean"]
    assert sorted(seen.shown()) == listed
    assert seen.rows() == len(items(small))
    assert (
        seen.said() == f"Shown: 15 of 15 listed clients, {len(items(small))} changes and findings, 9 of 9 clean clients"
    )
    assert (
        seen.page.title()
        == "15 critical differences; drift found, and not everything could be checked, 25 Nov 2026 · ringme.pbx"
    )


@pytest.mark.parametrize("cause", ["out_of_band", "pending", "conflict", "side_effect", "unknown", "finding"])
def test_causes_filter(visit: Visitor, small: dict[str, Any], cause: str) -> None:
    seen = visit()
    chip(seen.page, "cause", cause)
    wanted = [item for item in items(small) if item.get("cause", "finding") == cause]
    assert seen.rows() == len(wanted) > 0
    assert f"{len(wanted)} changes and findings, 0 of 9 clean" in seen.said()


def test_filters_of_a_kind_add_up_and_those_of_two_kinds_narrow(visit: Visitor, small: dict[str, Any]) -> None:
    seen = visit()
    chip(seen.page, "severity", "critical")
    one = seen.rows()
    assert one == sum(item["severity"] == "critical" for item in items(small))
    chip(seen.page, "severity", "high")
    assert seen.rows() == sum(item["severity"] in ("critical", "high") for item in items(small)) > one
    chip(seen.page, "new", "1")
    assert seen.rows() == sum(item["severity"] in ("critical", "high") and item["new"] for item in items(small))


@pytest.mark.parametrize(("choice", "least", "most"), [("today", 0, 0), ("1", 1, 999), ("7", 7, 999), ("30", 30, 999)])
def test_ages_filter(visit: Visitor, small: dict[str, Any], choice: str, least: int, most: int) -> None:
    seen = visit()
    seen.page.get_by_label("Age").select_option(choice)
    assert seen.rows() == sum(least <= item["age_seconds"] // 86400 <= most for item in items(small)) > 0


@pytest.mark.parametrize("status", ["clean", "pending", "drift", "blocked", "error", "not_checked"])
def test_statuses_filter(visit: Visitor, small: dict[str, Any], status: str) -> None:
    seen = visit()
    chip(seen.page, "status", status)
    wanted = [one["key"] for one in small["clients"] if one["status"] == status]
    if status == "clean":
        assert not seen.shown()
        assert seen.page.locator("#clean li:visible").all_inner_texts() == wanted
    else:
        assert sorted(seen.shown()) == wanted
        assert seen.page.locator("#clean").is_hidden()
    assert seen.page.locator("#nothing").is_visible() == (not wanted)


def test_waived_items_are_shown_on_request(visit: Visitor, small: dict[str, Any]) -> None:
    seen = visit()
    assert len(items(small, waived=True)) > len(items(small)) == seen.rows()
    chip(seen.page, "waived", "1")
    assert seen.rows() == len(items(small, waived=True)) - len(items(small))


@pytest.mark.parametrize(
    "text",
    [
        "client0007",
        "CLIENT0007",
        "friendly-scanner",
        '["RU", "BY"]',
        "geo_list",
        "max_removals",
        "403",
        "client0007 geo",
        "bundle 102",
        "BY ru",
    ],
)
def test_search_finds(visit: Visitor, text: str) -> None:
    seen = visit()
    search(seen.page, text)
    assert 0 < len(seen.shown()) < 15
    search(seen.page, "nothing has this")
    assert not seen.shown()
    assert seen.page.locator("#nothing").is_visible()


def test_search_finds_clean_clients_and_shows_them(visit: Visitor) -> None:
    seen = visit()
    search(seen.page, "client0015")
    assert seen.page.locator("#clean li:visible").all_inner_texts() == ["client0015"]


def test_reset_shows_everything_again(visit: Visitor) -> None:
    seen = visit()
    before = seen.said()
    search(seen.page, "geo_list")
    chip(seen.page, "severity", "low")
    seen.page.get_by_label("Age").select_option("7")
    assert seen.said() != before
    seen.page.get_by_role("button", name="Reset").click()
    assert seen.said() == before
    assert seen.page.evaluate("location.hash") in ("", "#")
    expect(seen.page.get_by_role("searchbox")).to_be_focused()


def test_a_link_contains_the_filters(visit: Visitor) -> None:
    first = visit()
    search(first.page, "a & b = c, 100 %")
    chip(first.page, "cause", "conflict")
    chip(first.page, "cause", "pending")
    first.page.get_by_label("Age").select_option("1")
    place = first.page.evaluate("location.hash")
    second = visit(place=place)
    assert second.page.input_value("#f-q") == "a & b = c, 100 %"
    assert second.page.input_value("#f-age") == "1"
    assert second.page.locator("#filters input:checked").count() == 2
    assert second.said() == first.said()


@pytest.mark.parametrize(
    "place", ["#legend", "#%", "#q=%E0%A4%A", "#age=8", "#=&=&&", "#severity=<b>,critical", "#__proto__=1"]
)
def test_other_links_do_no_harm(visit: Visitor, place: str) -> None:
    assert visit(place=place).said().startswith("Shown: ")


def test_totals_link_to_their_items(visit: Visitor, small: dict[str, Any]) -> None:
    seen = visit()
    seen.page.locator('.tile a[href="#severity=critical"]').click()
    assert seen.rows() == small["totals"]["severity"]["critical"]
    expect(seen.page.locator("#clients")).to_be_in_viewport()
    seen.page.get_by_role("link", name="Show them").click()
    assert len(seen.shown()) == 2


def test_colours_can_be_chosen(visit: Visitor) -> None:
    seen = visit(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    button = seen.page.locator("#theme")
    dark = seen.page.evaluate(ground)
    assert button.text_content() == "Light colours"
    button.click()
    light = seen.page.evaluate(ground)
    assert light != dark
    assert button.text_content() == "Dark colours"
    seen.page.reload()
    assert seen.page.evaluate(ground) == light
    seen.page.emulate_media(color_scheme="light")
    button.click()
    assert seen.page.evaluate(ground) == dark


def test_it_works_where_nothing_can_be_stored(visit: Visitor) -> None:
    seen = visit(own=True)
    seen.page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    seen.page.reload()
    seen.page.get_by_role("button", name="Dark colours").click()
    assert seen.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert seen.said().startswith("Shown: ")


def test_the_keyboard_is_enough(visit: Visitor) -> None:
    seen = visit()
    seen.page.keyboard.press("Tab")
    expect(seen.page.get_by_role("link", name="Skip to the clients")).to_be_focused()
    expect(seen.page.get_by_role("link", name="Skip to the clients")).to_be_in_viewport()
    seen.page.keyboard.press("Enter")
    second = seen.page.locator("#listed > .client").nth(1)
    expect(second).not_to_have_attribute("open", re.compile(""))
    for _press in range(60):
        seen.page.keyboard.press("Tab")
        if second.locator("> summary").evaluate("e => e === document.activeElement"):
            break
    expect(second.locator("> summary")).to_be_focused()
    seen.page.keyboard.press("Enter")
    expect(second).to_have_attribute("open", "")
    assert second.locator("> summary").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


def test_filters_are_reached_and_pressed_by_keyboard(visit: Visitor) -> None:
    seen = visit()
    seen.page.get_by_label("critical", exact=True).focus()
    seen.page.keyboard.press("Space")
    assert seen.page.evaluate("location.hash") == "#severity=critical"


def test_everything_opens_and_closes(visit: Visitor) -> None:
    seen = visit()
    seen.page.get_by_role("button", name="Open all").click()
    assert seen.page.locator("#listed > .client[open]").count() == 15
    seen.page.get_by_role("button", name="Close all").click()
    assert seen.page.locator("#listed > .client[open]").count() == 0


def test_commands_are_copied(visit: Visitor) -> None:
    seen = visit(permissions=["clipboard-read", "clipboard-write"])
    one = seen.page.locator("#listed > .client").first
    one.get_by_role("button", name="Copy the command: Apply the client file to the PBX").click()
    expect(seen.page.locator("#said")).to_have_text("Command copied.")
    name = one.locator(".name").inner_text()
    assert seen.page.evaluate("navigator.clipboard.readText()") == f"ansible-playbook ringme.pbx.apply --limit {name}"


def test_commands_are_copied_where_the_clipboard_is_refused(visit: Visitor) -> None:
    seen = visit(permissions=["clipboard-read"])
    seen.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    seen.page.locator("#listed .copy").nth(1).click()
    expect(seen.page.locator("#said")).to_have_text("Command copied.")
    assert "ringme.pbx.export" in seen.page.evaluate("navigator.clipboard.readText()")


def test_without_script_everything_is_there(visit: Visitor, small: dict[str, Any]) -> None:
    seen = visit(java_script_enabled=False)
    assert seen.page.locator("#filters").is_hidden()
    assert not seen.page.get_by_role("button").all()
    assert seen.page.locator("#listed > .client").count() == 15
    assert seen.page.locator("#listed tbody tr").count() == len(items(small, waived=True))


def test_hostile_texts_stay_texts(visit: Visitor) -> None:
    count = "document.getElementsByTagName('*').length"
    kinds = "[...new Set([...document.getElementsByTagName('*')].map(e => e.localName))].sort()"
    tame, seen = visit(), visit(fleet(clients=24, share=0.5, seed=3, hostile=True))
    assert set(seen.page.evaluate(kinds)) <= set(tame.page.evaluate(kinds))
    # No commands are offered, and values may be folded: never more than a few elements for each of them.
    assert seen.page.evaluate(count) < tame.page.evaluate(count) + 10 * seen.page.locator("#listed tr").count()
    assert seen.page.locator("img, iframe, form, object, embed").count() == 0
    assert seen.page.locator("script").count() == 1
    seen.page.get_by_role("button", name="Open all").click()
    for summary in seen.page.locator("#listed .long > summary").all()[:10]:
        summary.click()
    search(seen.page, HOSTILE[:20])
    assert len(seen.shown()) == 15
    seen.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def test_a_script_in_the_page_would_not_run(visit: Visitor) -> None:
    """The policy blocks injected markup too."""
    seen = visit()
    seen.page.evaluate(
        "() => new Promise(done => {"
        " const e = document.createElement('div'); e.innerHTML = '<img src=x onerror=\"window.bad = 1\">';"
        " e.firstChild.addEventListener('error', done); document.body.append(e);"
        " const s = document.createElement('script'); s.textContent = 'window.bad = 2';"
        " document.body.append(s); })"
    )
    assert seen.page.evaluate("window.bad") is None
    assert seen.messages and all("Content Security Policy" in message for message in seen.messages)
    seen.messages.clear()


@pytest.mark.parametrize("kind", ["small", "hostile", "empty", "truncated", "phone"])
def test_everybody_can_use_it(visit: Visitor, kind: str) -> None:
    given = {
        "small": fleet(clients=12, share=0.5, seed=3),
        "hostile": fleet(clients=8, share=0.5, hostile=True),
        "empty": {**fleet(clients=0), "history": []},
        "truncated": {**fleet(clients=4, share=0.5), "truncated": True},
        "phone": fleet(clients=8, share=0.5, seed=3),
    }
    options = {"viewport": {"width": 390, "height": 844}} if kind == "phone" else {}
    seen = visit(given.get(kind), color_scheme="light", **options)
    if kind == "small":
        chip(seen.page, "waived", "1")
    seen.page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
    # The browser does not draw clients outside the viewport, and axe does not check them.
    seen.page.evaluate(
        "() => {"
        " for (const one of document.querySelectorAll('.client, .clean')) one.style.contentVisibility = 'visible'; }"
    )
    _well(seen.page, {})
    seen.page.emulate_media(color_scheme="dark")
    assert seen.page.get_by_role("button", name="Light colours").is_visible()
    # Only the colours differ.
    _well(seen.page, {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}})


def _well(page: Page, options: dict[str, Any]) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not [(one["id"], one["help"], [node["html"] for node in one["nodes"]][:3]) for one in bad]


def test_a_phone_needs_no_sideways_scrolling(visit: Visitor) -> None:
    for report in (None, fleet(clients=8, share=0.5, hostile=True)):
        seen = visit(report, viewport={"width": 360, "height": 740})
        seen.page.get_by_role("button", name="Open all").click()
        assert seen.page.evaluate("document.documentElement.scrollWidth") == 360


def test_it_prints(visit: Visitor) -> None:
    seen = visit(own=True)
    seen.page.emulate_media(media="print")
    for selector in ("#filters", "#theme", "#all", ".skip", ".copy"):
        assert seen.page.locator(selector).first.is_hidden()
    # Closed on the screen, open on paper, even without the script.
    assert seen.page.locator("#listed > .client:not([open]) .foot").first.is_visible()
    assert seen.page.locator("#clean li").first.is_visible()
    seen.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert seen.page.locator("#listed > .client[open]").count() == 15
    seen.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert seen.page.locator("#listed > .client[open]").count() == 1
    assert len(seen.page.pdf(format="A4")) > 20_000


class Effort:
    """Counts the work of a page, which is the same on every machine."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        for command in ("Performance.enable", "Profiler.enable"):
            self._session.send(command)
        self._session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
        self._before = 0

    def calls(self) -> int:
        """Return the number of function calls of the page since the last call."""
        scripts = self._session.send("Profiler.takePreciseCoverage")["result"]
        functions = [one for script in scripts if script["url"].startswith("file:") for one in script["functions"]]
        return sum(one["ranges"][0]["count"] for one in functions)

    def layouts(self) -> int:
        """Return the number of layouts since the last call; reading a size between two changes forces one."""
        metrics = {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}
        before, self._before = self._before, int(metrics["LayoutCount"])
        return self._before - before


def test_two_thousand_clients(visit: Visitor) -> None:
    """The time depends on the machine, the number of operations does not."""
    seen = visit(fleet(clients=0), own=True)
    effort = Effort(seen.page)
    seen.open(fleet(clients=2000, share=0.1))
    assert len(seen.shown()) == 203
    assert 2000 < effort.calls() < 4 * 2000
    assert effort.layouts() < 100
    assert seen.page.evaluate("document.getElementsByTagName('*').length") < 15 * 2000
    styles = "all => [...new Set(all.map(e => getComputedStyle(e).contentVisibility))]"
    assert seen.page.eval_on_selector_all("#listed > .client, #clean", styles) == ["auto"], (
        "drawn when they come into view"
    )
    effort.calls()
    search(seen.page, "client0199")
    assert seen.shown() == ["client0199"]
    assert 2000 < effort.calls() < 8 * 2000
    assert effort.layouts() < 100
