# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading bundles (reference section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..api import Api, ClientId
from ..model.errors import NotFoundError
from .engine import InfoResource, Options
from .options import CLIENT_ID, EXTENSION_IDS, check_client_id, check_extension_ids


@dataclass(frozen=True)
class BundleQuery:
    """Whose bundles to read; ``None`` means all phones of the client."""

    client_id: ClientId
    extension_ids: list[int] | None


class ExtensionsBundleInfo(InfoResource[BundleQuery]):
    """One GET per extension, because the API has no list of bundles."""

    name = "extensions_bundle_info"
    arguments = {"client_id": CLIENT_ID, "extension_ids": EXTENSION_IDS}

    def desired(self, options: Options) -> BundleQuery:
        """Check the options."""
        return BundleQuery(check_client_id(options), check_extension_ids(options))

    def read(self, api: Api, desired: BundleQuery) -> dict[str, Any]:
        """Return ``bundles``, sorted by main extension, in the words of extensions_bundle."""
        ids = desired.extension_ids
        if ids is None:
            phones = api.extensions(desired.client_id, type="phone")
            ids = [item.id for item in phones if item.type == "phone"]
        return {"bundles": [_entry(api, desired.client_id, number) for number in ids]}


def _entry(api: Api, client_id: ClientId, extension_id: int) -> dict[str, Any]:
    try:
        bundle = api.bundle(client_id, extension_id)
    except NotFoundError:
        api.extension(client_id, extension_id)  # raises its own NotFoundError where the extension is unknown
        return _described(extension_id, (), None)
    if bundle.bundle_id not in (None, extension_id):
        return _described(extension_id, (), bundle.bundle_id)
    return _described(extension_id, bundle.bundle_list, None)


def _described(extension_id: int, members: tuple[int, ...], member_of: int | None) -> dict[str, Any]:
    return {
        "extension_id": extension_id,
        "bundle_list": list(members),
        "state": "present" if members else "absent",
        "member_of": member_of,
    }
