# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading bundles (reference section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._api import ClientId
from .._engine.base import InfoResource, Options
from .._engine.common_options import (
    CLIENT_ID,
    CONCURRENCY,
    check_client_id,
    check_concurrency,
)
from .._engine.concurrency import each
from .._engine.directory_cache import CachedApi
from .._engine.references import (
    EXTENSION_IDS,
    EXTENSIONS,
    Reference,
    check_selection,
    resolve,
)
from .._model.bundle_change import bundle_shown
from .._model.extension_numbers import Names
from .._model.objects import PHONE_TYPE, Bundle
from .bundles.links import read_bundle


@dataclass(frozen=True)
class BundleQuery:
    """Whose bundles to read; ``None`` means all phones of the client."""

    client_id: ClientId
    named: tuple[Reference, ...] | None
    at_a_time: int


class ExtensionsBundleInfo(InfoResource[BundleQuery]):
    """One GET for each extension, because the API has no list of bundles."""

    name = "extensions_bundle_info"
    arguments = {
        "client_id": CLIENT_ID,
        "extension_ids": EXTENSION_IDS,
        "extensions": EXTENSIONS,
        "concurrency": CONCURRENCY,
    }
    rules = {"mutually_exclusive": [("extension_ids", "extensions")]}

    def parse(self, options: Options) -> BundleQuery:
        """Check the options."""
        return BundleQuery(check_client_id(options), check_selection(options), check_concurrency(options))

    def read(self, api: CachedApi, query: BundleQuery) -> dict[str, Any]:
        """Return ``bundles`` as options of extensions_bundle, sorted by main extension, and ``client_bundles``: what
        the module of that name accepts as its ``bundles``.
        """
        if query.named is None:
            api.directory(query.client_id, current=True)
        ids, names = resolve(api, query.client_id, query.named or (), always=query.named is None)
        selected = sorted(ids.values())
        if query.named is None and names.directory is not None:
            selected = [item.id for item in names.directory.extensions if item.type == PHONE_TYPE]
        client = query.client_id
        found = each(lambda number: _entry(api, client, number, names), selected, query.at_a_time)
        return {
            "bundles": found,
            "client_bundles": [_listed(item, names) for item in found if item["state"] == "present"],
        }


def _entry(api: CachedApi, client_id: ClientId, extension_id: int, names: Names) -> dict[str, Any]:
    bundle = read_bundle(api, client_id, extension_id)
    if bundle.bundle_id not in (None, extension_id):
        return _described(extension_id, (), bundle.bundle_id, names)
    return _described(extension_id, bundle.bundle_list, None, names)


def _described(extension_id: int, members: tuple[int, ...], member_of: int | None, names: Names) -> dict[str, Any]:
    return {**bundle_shown(Bundle(extension_id, members), extension_id, names), "member_of": member_of}


def _listed(found: dict[str, Any], names: Names) -> dict[str, Any]:
    """Return a bundle as an entry of a list: by number if each number belongs to one extension, otherwise by id."""
    if all(names.is_unique(extension_id) for extension_id in (found["extension_id"], *found["bundle_list"])):
        return {"extension": found["extension"], "members": found["members"]}
    return {"extension_id": found["extension_id"], "bundle_list": found["bundle_list"]}
