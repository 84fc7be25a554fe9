# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a run over many clients, in one line. Pure."""

from __future__ import annotations

from ..status import is_done
from ..types import Report


def progress(report: Report, expected: int) -> list[str]:
    """Return how many of the ``expected`` clients are done, and how many of these were changed or failed."""
    reached = [client for client in report["clients"] if client["status"] != "not_checked"]
    changed = sum(1 for client in reached if any(is_done(item) for item in client["changes"]))
    failed = sum(1 for client in reached if client["status"] in ("blocked", "error"))
    total = max(expected, len(report["clients"]))
    return [f"{len(reached):,} of {total:,} clients done, {changed:,} changed, {failed:,} failed"]
