# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``GET /user/`` (API reference, section 1.3): who am I."""

from __future__ import annotations

from simulator.access import Access
from simulator.views import identifiers
from simulator.wire import Call, Response
from simulator.world import World


def read(world: World, call: Call, access: Access) -> Response:
    """The user that the token acts as."""
    user = access.application
    return Response(
        200,
        identifiers(
            world,
            {
                "access": user.access,
                "admin": False,
                "client_id": user.client_id,
                "dealer_id": user.dealer_id,
                "extension_group_id": None,
                "extension_id": None,
                "extra_params": None,
                "id": user.user_id,
                "login": user.login,
                "timezone": "Europe/Moscow",
            },
        ),
    )
