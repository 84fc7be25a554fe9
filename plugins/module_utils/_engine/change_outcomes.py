# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of each change of a list, which a failed result has too (design section 5)."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .._http.circuit_breaker import Breaker
from .._model.errors import (
    AuthenticationError,
    NotReachedError,
    QuotaError,
    RingmeError,
    SomeFailedError,
)
from .._model.plan import Change
from .signals import Hold

Status = Literal["verified", "not_applied", "failed", "compensated", "not_reached"]

CONTINUE, STOP = "continue", "stop"
ON_ERROR: Mapping[str, Any] = {"type": "str", "choices": [CONTINUE, STOP], "default": CONTINUE}
FIX_AND_RUN_AGAIN = "Fix the cause and run again"
"""The hint of a failure that another failure caused."""
_SHOWN = 10
_HOPELESS = (AuthenticationError, QuotaError, NotReachedError)
"""Failures that the next request would share."""


@dataclass(frozen=True)
class ChangeOutcome:
    """The outcome of one change.

    ``verified``: applied and read back. ``not_applied``: accepted, but reading back shows another state. ``failed``:
    see ``error``. ``compensated``: rolled back, because a change that belongs to it failed. ``not_reached``: skipped.
    ``restore`` is the request that restores the old state after a failed rollback.
    """

    change: Change
    status: Status
    error: RingmeError | None = None
    restore: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``outcomes`` in a result."""
        error = {"msg": self.error.msg, **self.error.details.as_dict()} if self.error else None
        return {
            "address": self.change.address,
            "extension_id": self.change.extension_id,
            "extension": self.change.extension,
            "action": self.change.action,
            "status": self.status,
            "error": error,
            "restore": dict(self.restore) if self.restore else None,
        }

    def text(self) -> str:
        """Return the outcome as a message shows it, with the request that restores the old state."""
        reason = f": {self.error.what}" if self.error else ""
        restore = f". Restore it with {request_text(self.restore)}" if self.restore else ""
        status = "rolled back" if self.status == "compensated" else self.status.replace("_", " ")
        return f"{self.change.address} {status}{reason}{restore}"


def settle(outcomes: Sequence[ChangeOutcome]) -> None:
    """Raise SomeFailedError if a change was not applied; its facts have all ``outcomes``."""
    bad = [outcome for outcome in outcomes if outcome.status != "verified"]
    if not bad:
        return
    # Rollbacks that failed come first, and are never cut; skipped changes come last.
    bad.sort(key=lambda outcome: (not outcome.restore, outcome.status == "not_reached"))
    shown = max(_SHOWN, sum(1 for outcome in bad if outcome.restore))
    texts = [outcome.text() for outcome in bad[:shown]]
    if len(bad) > shown:
        texts.append(f"and {len(bad) - shown} more, all in outcomes")
    first = next((outcome.error for outcome in bad if outcome.error), None)
    details = first.details if first else None
    raise SomeFailedError(
        f"{len(bad)} of {len(outcomes)} changes were not applied: {'; '.join(texts)}",
        hint=_hint(bad),
        status=details.status if details else None,
        api_status=details.api_status if details else None,
        method=details.method if details else None,
        path=details.path if details else None,
        facts={"outcomes": [outcome.as_dict() for outcome in outcomes]},
    )


def request_text(restore: Mapping[str, Any]) -> str:
    """Return the request that restores an old state as a message shows it."""
    body = f" {json.dumps(restore['body'])}" if restore["body"] else ""
    return f"{restore['method']} {restore['path']}{body}"


def _hint(bad: Sequence[ChangeOutcome]) -> str:
    """Return the hint of the cause, if there is only one, and that another run completes the changes."""
    causes = {outcome.error.details.hint for outcome in bad if outcome.error and not outcome.restore}
    hints = [hint for hint in causes if hint and not hint.startswith(FIX_AND_RUN_AGAIN)]
    shared = f"{hints[0]}. " if len(hints) == 1 else ""
    return f"{shared}{FIX_AND_RUN_AGAIN}. Completed changes are not repeated"


class Stopper:
    """Decides when to skip the remaining changes: after a failure with ``on_error: stop``, after one that all others
    would share or too many in a row, and when the process is about to end.
    """

    def __init__(self, on_error: str, breaker: Breaker, hold: Hold | None = None) -> None:
        self._on_error = on_error
        self._breaker = breaker
        self._hold = hold or Hold()
        self._lock = threading.Lock()
        self._cause: RingmeError | None = None

    @property
    def stopped(self) -> bool:
        """Whether to skip the remaining changes."""
        return self._cause is not None or self._hold.ending

    def failed(self, error: RingmeError) -> None:
        """Note a failure."""
        with self._lock:
            hopeless = isinstance(error, _HOPELESS) or self._breaker.open
            if self._cause is None and (self._on_error == STOP or hopeless):
                self._cause = error
