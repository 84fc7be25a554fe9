# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several resources share: their argument spec entries and checks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api import ME, ClientId
from ..model.errors import OptionError
from ..model.values import UnreadableValue, check_ids, read_id

CLIENT_ID: Mapping[str, Any] = {"type": "str", "default": ME}
EXTENSION_ID: Mapping[str, Any] = {"type": "int", "required": True}
EXTENSION_IDS: Mapping[str, Any] = {"type": "list", "elements": "int"}


def check_client_id(options: Mapping[str, Any]) -> ClientId:
    """Return ``client_id`` as ``@me`` or a positive integer."""
    value = options["client_id"]
    if value == ME:
        return ME
    try:
        return read_id(value)
    except UnreadableValue:
        raise OptionError(
            "client_id",
            f"{value!r} is not a client",
            hint="Give the client's positive id, or @me for the application's own",
        ) from None


def check_extension_ids(options: Mapping[str, Any]) -> list[int] | None:
    """Return ``extension_ids`` sorted, or ``None`` where it is omitted; an empty list is an error."""
    values = options.get("extension_ids")
    if values is None:
        return None
    if not values:
        raise OptionError("extension_ids", "is empty", hint="Leave it out to read all extensions")
    return check_ids("extension_ids", values)
