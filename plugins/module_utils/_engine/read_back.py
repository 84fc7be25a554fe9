# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes whose outcome has to be certain: one write, and what reading back says of it (design section 2, apply)."""

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


def write_and_read(
    run: RunContext, write: Callable[[], T | None], read: Callable[[], T], reached: Callable[[T], bool]
) -> T:
    """Do one write and return the state afterwards.

    ``write`` returns the state where the answer carries it; otherwise, and where the answer does not show the goal
    ``reached``, ``read`` tells (see :func:`read_back`). A write whose outcome is unknown (lost answer, 5xx) is never repeated: reading settles
    whether it was carried out, and its error is raised if it was not.
    """
    try:
        state = write()
    except (ResponseLostError, ServerError, BadResponseError) as error:
        try:
            found = read()
        except RingmeError as second:
            finding = f"reading back failed as well ({second.what}), so it is not known whether it was carried out"
            raise _unsettled(error, finding, unsettled=True) from None
        if reached(found):
            run.warn(f"{error.what}; reading back shows that it was carried out")
            return found
        raise _unsettled(error, "reading back shows that it was not carried out", unsettled=False) from None
    return state if state is not None and reached(state) else read_back(read)


def read_back(read: Callable[[], T]) -> T:
    """Return the state after a write that the API accepted; an error says that the write was sent all the same."""
    try:
        return read()
    except RingmeError as error:
        raise error.reworded(
            f"the API accepted the change, but reading back failed ({error.what.rstrip('. ')}), so it is not known whether it "
            "is in force",
            unsettled=True,
        ) from None


def _unsettled(error: RingmeError, finding: str, *, unsettled: bool) -> RingmeError:
    what = f"{error.what.rstrip('. ')}; {finding}"
    return error.reworded(what, "Run again: it will do what is still missing", unsettled=unsettled)
