# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One write and its read-back, so that the outcome is certain (design section 2, apply)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .._http.run_context import RunContext
from .._model.errors import (
    BadResponseError,
    ResponseLostError,
    RingmeError,
    ServerError,
)

T = TypeVar("T")

RUN_AGAIN = "Run again to complete the remaining changes"


def write_and_read(
    run: RunContext, write: Callable[[], T | None], read: Callable[[], T], reached: Callable[[T], bool]
) -> T:
    """Send one write and return the state after it.

    ``write`` returns the state if the response has it; otherwise, and if that state has not ``reached`` the goal,
    ``read`` returns it (see :func:`read_back`). A write whose outcome is unknown (lost response, 5xx) is never
    repeated: reading settles whether it was applied, and its error is raised if it was not.
    """
    try:
        state = write()
    except (ResponseLostError, ServerError, BadResponseError) as error:
        try:
            found = read()
        except RingmeError as second:
            finding = f"reading back failed too ({second.what}), so it is unknown whether the change was applied"
            raise _unsettled(error, finding, unsettled=True) from None
        if reached(found):
            run.warn(f"{error.what}; reading back shows that the change was applied")
            return found
        raise _unsettled(error, "reading back shows that the change was not applied", unsettled=False) from None
    return state if state is not None and reached(state) else read_back(read)


def read_back(read: Callable[[], T]) -> T:
    """Return the state after a write that the API accepted; an error states that the write was sent."""
    try:
        return read()
    except RingmeError as error:
        raise error.reworded(
            f"the API accepted the change, but reading back failed ({error.what}), so it is unknown whether it was "
            "applied",
            unsettled=True,
        ) from None


def _unsettled(error: RingmeError, finding: str, *, unsettled: bool) -> RingmeError:
    what = f"{error.what}; {finding}"
    return error.reworded(what, RUN_AGAIN, unsettled=unsettled)
