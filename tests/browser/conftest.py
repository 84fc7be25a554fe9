# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium that opens reports from files, as somebody does who was sent one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ansible_collections.ringme.pbx.plugins.module_utils.report.html import html
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import fleet

# Nothing that reaches out by itself; without a sandbox, because containers have none to offer.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@dataclass
class Visit:
    """An open page and everything that it should not have done."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def shown(self) -> list[str]:
        """The names of the clients that are shown with their details."""
        return self.page.eval_on_selector_all(
            "#told > .client:not([hidden]) .name", "all => all.map(e => e.textContent)"
        )

    def rows(self) -> int:
        """How many changes and findings are shown, open or not."""
        selector = "#told > .client:not([hidden]) tbody tr:not([hidden])"
        return int(self.page.locator(selector).count())

    def said(self) -> str:
        """What the live region says."""
        return self.page.inner_text("#shown")


Visitor = Callable[..., Visit]


@pytest.fixture(name="chromium", scope="session")
def _chromium() -> Iterator[Browser]:
    """The browser of the machine; none is downloaded."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium on this machine; the part browser of the test run installs it where it can")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS])
        yield browser
        browser.close()


@pytest.fixture(name="files", scope="session")
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


@pytest.fixture(name="small", scope="session")
def _small() -> dict[str, Any]:
    """A report of a few clients with a bit of everything."""
    return fleet(clients=24, share=0.5, seed=3)


@pytest.fixture(name="visit")
def _visit(chromium: Browser, files: Callable[[dict[str, Any]], Path], small: dict[str, Any]) -> Iterator[Visitor]:
    """Opens a report, by itself the small one; at the end nothing may have complained, asked or been fetched."""
    visits: list[Visit] = []

    def visit(report: dict[str, Any] | None = None, place: str = "", **options: Any) -> Visit:
        path = files(small if report is None else report)
        context = chromium.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
        page = context.new_page()
        page.set_default_timeout(20_000)
        seen = Visit(page)
        visits.append(seen)
        page.on("console", lambda message: seen.messages.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: seen.messages.append(f"error: {error}"))

        def dialog(opened: Any) -> None:
            seen.messages.append(f"dialog: {opened.message}")
            opened.dismiss()

        page.on("dialog", dialog)
        page.on("request", lambda request: seen.requests.append(request.url))
        page.goto(path.as_uri() + place)
        return seen

    yield visit
    for seen in visits:
        seen.page.context.close()
    assert not [message for seen in visits for message in seen.messages]
    assert not [url for seen in visits for url in seen.requests if not url.startswith(("file:///", "data:,"))]
    assert all(len([url for url in seen.requests if url.startswith("file:")]) <= 3 for seen in visits)
