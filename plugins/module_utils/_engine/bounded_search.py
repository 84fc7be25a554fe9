# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A search with a regular expression, within a time limit."""

from __future__ import annotations

import re
import signal
import threading
from types import FrameType

PATIENCE = 1.0
"""Limit of one search, in seconds of processor time."""


def bounded_search(pattern: re.Pattern[str], text: str) -> bool:
    """Return whether a part of the text matches; raises TimeoutError after :data:`PATIENCE`.

    Uses a timer of the process. Outside the main thread, where a timer cannot stop a search, there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        return pattern.search(text) is not None
    before = signal.signal(signal.SIGVTALRM, _end)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
        return pattern.search(text) is not None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError
