# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading one client (reference section 2.1)."""

from __future__ import annotations

from typing import Any

from .._api import ClientId
from .._engine.base import InfoResource, Options
from .._engine.common_options import CLIENT_ID, check_client_id
from .._engine.directory_cache import CachedApi
from .._model.fields import CLIENT_RESETTABLE


class ClientInfo(InfoResource[ClientId]):
    """One GET."""

    name = "client_info"
    arguments = {"client_id": CLIENT_ID}

    def parse(self, options: Options) -> ClientId:
        """Check the options."""
        return check_client_id(options)

    def read(self, api: CachedApi, query: ClientId) -> dict[str, Any]:
        """Return ``client``, and ``settings``: what client_settings accepts."""
        client = api.client(query)
        live = client.settings()
        settings = {name: value for name, value in live.items() if value is not None}
        reset = sorted(name for name, value in live.items() if value is None and name in CLIENT_RESETTABLE)
        identity = {"client_id": str(client.values["id"])}
        return {"client": dict(client.values), "settings": {**identity, **settings, "reset": reset}}
