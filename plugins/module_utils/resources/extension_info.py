# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the extensions of one client (reference section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..api import Api, ClientId
from .engine import InfoResource, Options
from .options import CLIENT_ID, EXTENSION_IDS, check_client_id, check_extension_ids


@dataclass(frozen=True)
class ExtensionQuery:
    """Which extensions to read: by id, or all that match the filters."""

    client_id: ClientId
    extension_ids: list[int] | None
    filters: dict[str, str]


class ExtensionInfo(InfoResource[ExtensionQuery]):
    """The list page by page, or one GET per id."""

    name = "extension_info"
    arguments = {
        "client_id": CLIENT_ID,
        "extension_ids": EXTENSION_IDS,
        "type": {"type": "str"},
        "status": {"type": "str", "choices": ["active", "blocked"]},
    }
    rules = {"mutually_exclusive": [("extension_ids", "type"), ("extension_ids", "status")]}

    def desired(self, options: Options) -> ExtensionQuery:
        """Check the options."""
        filters = {name: str(options[name]) for name in ("type", "status") if options.get(name)}
        return ExtensionQuery(check_client_id(options), check_extension_ids(options), filters)

    def read(self, api: Api, desired: ExtensionQuery) -> dict[str, Any]:
        """Return ``extensions``, sorted by id, each with its ``number``."""
        if desired.extension_ids is None:
            found = api.extensions(
                desired.client_id, type=desired.filters.get("type"), status=desired.filters.get("status")
            )
        else:
            found = [api.extension(desired.client_id, number) for number in desired.extension_ids]
        # A server that does not know a filter sends everything: what was asked for is kept.
        wanted = [
            item for item in found if all(item.values.get(name) == value for name, value in desired.filters.items())
        ]
        return {"extensions": [{**item.values, "number": item.number} for item in wanted]}
