# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client resource, under both of its paths (API reference, section 2.1), and its limits (2.3)."""

from __future__ import annotations

from simulator.access import Access
from simulator.views import client_fields, client_view, edits, identifiers
from simulator.wire import Call, Response
from simulator.world import World


def read(world: World, call: Call, access: Access) -> Response:
    """All documented fields."""
    return Response(200, client_view(world, access.client(call.params["client_id"])))


def write(world: World, call: Call, access: Access) -> Response:
    """Change what a client user may change; names that are not sent keep their value."""
    client = access.client(call.params["client_id"])
    table = client_fields(world)
    world.store.assign(client.settings, table, edits(world, "client", table, call.json_object(), client))
    return Response(200, client_view(world, client))


def limits(world: World, call: Call, access: Access) -> Response:
    """What the client may have at most. The names are not documented; these are guesses."""
    client = access.client(call.params["client_id"])
    return Response(200, identifiers(world, {"client_id": client.id, "extension": 1000, "event": 100}))
