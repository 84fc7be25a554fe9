# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the extensions of one client (reference section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._api import ClientId
from .._engine.base import InfoResource, Options
from .._engine.common_options import CLIENT_ID, check_client_id
from .._engine.directory_cache import CachedApi
from .._engine.references import (
    EXTENSION_IDS,
    EXTENSIONS,
    Reference,
    check_selection,
    resolve,
)


@dataclass(frozen=True)
class ExtensionQuery:
    """Which extensions to read: those named, or all that match the filters."""

    client_id: ClientId
    named: tuple[Reference, ...] | None
    filters: dict[str, str]


class ExtensionInfo(InfoResource[ExtensionQuery]):
    """The list page by page, or one GET for each id; numbers are looked up in the list."""

    name = "extension_info"
    arguments = {
        "client_id": CLIENT_ID,
        "extension_ids": EXTENSION_IDS,
        "extensions": EXTENSIONS,
        "type": {"type": "str"},
        "status": {"type": "str", "choices": ["active", "blocked"]},
    }
    rules = {
        "mutually_exclusive": [
            ("extension_ids", "extensions", "type"),
            ("extension_ids", "extensions", "status"),
        ]
    }

    def parse(self, options: Options) -> ExtensionQuery:
        """Check the options."""
        filters = {name: str(options[name]) for name in ("type", "status") if options.get(name)}
        return ExtensionQuery(check_client_id(options), check_selection(options), filters)

    def read(self, api: CachedApi, query: ExtensionQuery) -> dict[str, Any]:
        """Return ``extensions``, sorted by id, each with its ``number``."""
        client = query.client_id
        if query.named is None:
            found = api.extensions(client, kind=query.filters.get("type"), status=query.filters.get("status"))
        else:
            ids, _names = resolve(api, client, query.named)
            found = [api.current_extension(client, extension_id) for extension_id in sorted(ids.values())]
        # A server that does not know a filter ignores it.
        matching = [
            item for item in found if all(item.values.get(name) == value for name, value in query.filters.items())
        ]
        return {"extensions": [{**item.values, "number": item.number} for item in matching]}
