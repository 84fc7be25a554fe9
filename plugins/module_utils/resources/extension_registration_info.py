# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading registrations in blocks (reference section 3)."""

from __future__ import annotations

from typing import Any

from ..api import Api
from ..model.errors import NotFoundError
from .engine import InfoResource, Options
from .options import EXTENSION_IDS, check_extension_ids


class ExtensionRegistrationInfo(InfoResource["list[int] | None"]):
    """One GET per block of at most 100 extensions, or one for all that the user sees."""

    name = "extension_registration_info"
    arguments = {"extension_ids": EXTENSION_IDS}

    def desired(self, options: Options) -> list[int] | None:
        """Check the options."""
        return check_extension_ids(options)

    def read(self, api: Api, desired: list[int] | None) -> dict[str, Any]:
        """Return ``registrations``: one RegInfo per extension, sorted by extension.

        Raises NotFoundError when the API leaves out an extension that was asked for: missing is never "not registered".
        """
        infos = api.registrations(desired)
        missing = sorted(set(desired or ()) - {info.extension_id for info in infos})
        if missing:
            raise NotFoundError(
                f"the API did not answer for {len(missing)} of {len(desired or ())} extensions: {', '.join(map(str, missing[:20]))}",
                hint="Check that these extensions exist and that the application's user may see them",
            )
        return {"registrations": [info.as_dict() for info in infos]}
