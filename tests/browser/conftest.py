# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium that opens reports from files, as a recipient does."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.html import html
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import fleet

# No automatic network access; no sandbox, because containers have none.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


_NUMBERS = itertools.count()


@dataclass
class Visit:
    """An open page with its errors, dialogs and requests."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    write: Callable[[dict[str, Any]], Path] | None = None

    def open(self, report: dict[str, Any], place: str = "") -> None:
        """Open a report in this page."""
        assert self.write
        # Another query loads the document again, even if only the hash differs.
        self.page.goto(f"{self.write(report).as_uri()}?{next(_NUMBERS)}{place}")

    def shown(self) -> list[str]:
        """The names of the clients that are shown with their details."""
        return self.page.eval_on_selector_all(
            "#listed > .client:not([hidden]) .name", "all => all.map(e => e.textContent)"
        )

    def rows(self) -> int:
        """The number of visible changes and findings, of open and closed clients."""
        selector = "#listed > .client:not([hidden]) tbody tr:not([hidden])"
        return int(self.page.locator(selector).count())

    def said(self) -> str:
        """The text of the live region."""
        return self.page.inner_text("#shown")


Visitor = Callable[..., Visit]


# Not for the session: an event loop runs as long as the browser, and other tests of the worker have loops of their own.
@pytest.fixture(name="chromium", scope="module")
def _chromium() -> Iterator[Browser]:
    """The installed browser; none is downloaded."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium on this machine; the part browser of the test run installs it where it can")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS])
        yield browser
        browser.close()


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], Path]:
    """Writes a report as a page; the same report is written once."""
    folder = tmp_path_factory.mktemp("reports")
    known: dict[str, Path] = {}

    def write(report: dict[str, Any]) -> Path:
        text = html(report)
        if text not in known:
            known[text] = folder / f"report{len(known)}.html"
            known[text].write_text(text, encoding="utf-8")
        return known[text]

    return write


@pytest.fixture(name="small", scope="module")
def _small() -> dict[str, Any]:
    """A report of a few clients with every kind of entry."""
    return fleet(clients=24, share=0.5, seed=3)


@pytest.fixture(name="tab", scope="module")
def _tab(chromium: Browser) -> Page:
    """One page for all ordinary visits: a new window costs more than a report."""
    return _new_page(chromium)


def _new_page(chromium: Browser, **options: Any) -> Page:
    context = chromium.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
    page = context.new_page()
    page.set_default_timeout(60_000)
    return page


@pytest.fixture(name="visit")
def _visit(
    chromium: Browser, tab: Page, files: Callable[[dict[str, Any]], Path], small: dict[str, Any]
) -> Iterator[Visitor]:
    """Opens a report, by default the small one; at the end, no error, dialog or request is allowed.

    The first visit of a test is in the tab of all tests, unless it has ``options`` of a window or wants one of its
    ``own``, because it changes more than the document.
    """
    visits: list[Visit] = []
    listeners: list[tuple[Page, str, Callable[..., None]]] = []

    def visit(report: dict[str, Any] | None = None, place: str = "", own: bool = False, **options: Any) -> Visit:
        shared = not (visits or own or options)
        seen = Visit(tab if shared else _new_page(chromium, **options), write=files)
        visits.append(seen)

        def dialog(opened: Any) -> None:
            seen.messages.append(f"dialog: {opened.message}")
            opened.dismiss()

        for event, listener in (
            ("console", lambda message: seen.messages.append(f"console: {message.text}")),
            ("pageerror", lambda error: seen.messages.append(f"error: {error}")),
            ("dialog", dialog),
            ("request", lambda request: seen.requests.append(request.url)),
        ):
            seen.page.on(event, listener)
            listeners.append((seen.page, event, listener))
        seen.open(small if report is None else report, place)
        return seen

    yield visit
    for page, event, listener in listeners:
        page.remove_listener(event, listener)
    for seen in visits:
        if seen.page is not tab:
            seen.page.context.close()
    assert not [message for seen in visits for message in seen.messages]
    assert not [url for seen in visits for url in seen.requests if not url.startswith(("file:///", "data:,"))]
    assert all(len([url for url in seen.requests if url.startswith("file:")]) <= 3 for seen in visits)
