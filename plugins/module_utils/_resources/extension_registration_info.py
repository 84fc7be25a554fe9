# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading registrations in blocks (reference section 3)."""

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
from .._model.errors import NotFoundError


@dataclass(frozen=True)
class RegistrationQuery:
    """Whose registrations to read; ``None`` means all that the user sees."""

    client_id: ClientId
    named: tuple[Reference, ...] | None


class ExtensionRegistrationInfo(InfoResource[RegistrationQuery]):
    """One GET for each block of at most 100 extensions, or one for all that the user sees."""

    name = "extension_registration_info"
    arguments = {"client_id": CLIENT_ID, "extension_ids": EXTENSION_IDS, "extensions": EXTENSIONS}
    rules = {"mutually_exclusive": [("extension_ids", "extensions")]}

    def parse(self, options: Options) -> RegistrationQuery:
        """Check the options."""
        return RegistrationQuery(check_client_id(options), check_selection(options))

    def read(self, api: CachedApi, query: RegistrationQuery) -> dict[str, Any]:
        """Return ``registrations``: one RegInfo for each extension, sorted by extension.

        Raises NotFoundError if the response lacks a requested extension: missing is never "not registered".
        """
        ids, names = resolve(api, query.client_id, query.named or ())
        requested = None if query.named is None else sorted(ids.values())
        infos = api.registrations(requested)
        missing = sorted(set(requested or ()) - {info.extension_id for info in infos})
        if missing:
            raise NotFoundError(
                f"the API returned no registrations for {len(missing)} of {len(requested or ())} extensions: "
                f"{names.describe_all(missing[:20])}",
                hint="Check that these extensions exist and that the application's user may see them",
            )
        return {"registrations": [{"extension": names.number(info.extension_id), **info.as_dict()} for info in infos]}
