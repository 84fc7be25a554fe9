# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking ahead at the hourly quota (reference section 0.3)."""

from __future__ import annotations

from .._http.run_context import RunContext
from .._model.errors import QuotaError


def afford(run: RunContext, needed: int, what: str) -> None:
    """Raise QuotaError if the last answer said that fewer than ``needed`` requests are left, and waiting would not do.

    Half of a reading is worth nothing, and would use up what others of the client need.
    """
    quota = run.quota
    if quota is None or quota.remaining is None or quota.remaining >= needed:
        return
    if quota.reset_seconds is not None and quota.reset_seconds <= run.budget.seconds:
        return
    when = f" in {quota.reset_seconds / 60:.0f} min" if quota.reset_seconds is not None else ""
    raise QuotaError(
        f"{what} takes {needed} requests, and {quota.remaining} are left in this hour",
        hint=f"Run again when the quota opens{when}; all applications of the client share it",
    )
