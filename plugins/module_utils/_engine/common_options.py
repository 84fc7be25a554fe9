# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several resources share: their argument spec entries and checks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._api import ME, ClientId
from .._model.errors import OptionError
from .._model.kinds import UnreadableValueError, read_id
from .concurrency import MOST

CLIENT_ID: Mapping[str, Any] = {"type": "str", "default": ME}
BLOCKED_IN_CHECK: Mapping[str, Any] = {"type": "str", "choices": ["fail", "report"], "default": "fail"}
CONCURRENCY: Mapping[str, Any] = {"type": "int", "default": 8}


def check_client_id(options: Mapping[str, Any]) -> ClientId:
    """Return ``client_id`` as ``@me`` or a positive integer."""
    value = options["client_id"]
    if value == ME:
        return ME
    try:
        return read_id(value)
    except UnreadableValueError:
        raise OptionError(
            "client_id",
            f"{value!r} is not a valid client id",
            hint="Set the id of the client, or @me for the client of the application",
        ) from None


def reports_blocked(options: Mapping[str, Any]) -> bool:
    """Return whether check mode only reports exceeded limits."""
    return bool(options["blocked_in_check"] == "report")


def check_concurrency(options: Mapping[str, Any]) -> int:
    """Return the maximum number of concurrent requests."""
    value = int(options["concurrency"])
    if not 1 <= value <= MOST:
        raise OptionError("concurrency", f"{value} is out of range", hint=f"Set a number from 1 to {MOST}")
    return value
