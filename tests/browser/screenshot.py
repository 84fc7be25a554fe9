# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes a picture of a report for the documentation, as it looks in a window of 1200 by 800.

usage: screenshot.py REPORT.html OUT.png [--dark] [--at ID] [--height PIXELS]
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


def take(report: Path, picture: Path, dark: bool = False, at: str = "", height: int = 800) -> None:
    """Take the picture; ``at`` is the id of the element to scroll to."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"],
        )
        page = browser.new_page(
            viewport={"width": 1200, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        page.goto(report.resolve().as_uri())
        if at:
            page.evaluate("id => document.getElementById(id).scrollIntoView()", at)
            # Wait until the browser has drawn the clients in view.
            page.wait_for_timeout(300)
        page.screenshot(path=picture)
        browser.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Takes a picture of a report for the documentation.")
    parser.add_argument("report", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--dark", action="store_true", help="in dark colours")
    parser.add_argument("--at", default="", help="the id of the element to scroll to, for example clients")
    parser.add_argument("--height", type=int, default=800)
    given = parser.parse_args()
    take(given.report, given.picture, given.dark, given.at, given.height)


if __name__ == "__main__":
    main()
