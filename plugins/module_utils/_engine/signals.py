# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals that end the process wait until the current step is complete or rolled back."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
"""Ctrl-C, the end of a job, the end of a terminal, and the ``timeout`` of a task."""


class Hold:
    """The signals that have arrived, in order. After the first one, no new step begins."""

    def __init__(self) -> None:
        self.arrived: list[int] = []

    @property
    def ending(self) -> bool:
        """Whether the process is about to end."""
        return bool(self.arrived)


@contextlib.contextmanager
def held() -> Iterator[Hold]:
    """Hold signals back, and deliver them to their previous handlers at the end.

    A signal that arrives a second time is delivered immediately. Does nothing outside the main thread, which receives
    all signals.
    """
    hold = Hold()
    if threading.current_thread() is not threading.main_thread():
        yield hold
        return
    former: dict[int, Any] = {}

    def receive(number: int, frame: FrameType | None) -> None:
        if number in hold.arrived:
            signal.signal(number, former[number])
            signal.raise_signal(number)
        else:
            hold.arrived.append(number)

    for caught in SIGNALS:
        handler = signal.getsignal(caught)
        if handler not in (None, signal.SIG_IGN):  # None: not installed from Python, so it could not be restored
            former[caught] = handler
            signal.signal(caught, receive)
    try:
        yield hold
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        for number in hold.arrived:
            signal.raise_signal(number)
