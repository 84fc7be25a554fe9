# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A check of the hourly quota before many requests (reference section 0.3)."""

from __future__ import annotations

from .._http.run_context import RunContext
from .._model.errors import QuotaError


def afford(run: RunContext, needed: int, what: str) -> None:
    """Raise QuotaError if fewer than ``needed`` requests are left, unless the quota resets within the retry budget.

    An incomplete reading is useless, and uses requests that other applications of the client need.
    """
    quota = run.quota
    if quota is None or quota.remaining is None or quota.remaining >= needed:
        return
    if quota.reset_seconds is not None and quota.reset_seconds <= run.budget.seconds:
        return
    when = f" in {quota.reset_seconds / 60:.0f} min" if quota.reset_seconds is not None else ""
    raise QuotaError(
        f"{what} needs {needed} requests; {quota.remaining} are left in this hour",
        hint=f"Run again when the quota resets{when}. All applications of the client share it",
    )
