# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run over many clients has come, in one line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..history import done


def progress(report: Mapping[str, Any], expected: int) -> list[str]:
    """Return how many of the ``expected`` clients are done, and how many of those were changed or failed."""
    reached = [client for client in report["clients"] if client["status"] != "not_checked"]
    changed = sum(1 for client in reached if any(done(item) for item in client["changes"]))
    failed = sum(1 for client in reached if client["status"] in ("blocked", "error"))
    total = max(expected, len(report["clients"]))
    return [f"{len(reached):,} of {total:,} clients done, {changed:,} changed, {failed:,} failed"]
