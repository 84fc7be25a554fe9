# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients as a dealer sees them: ``/client/`` and ``/client/{client_id}`` (API reference, section 2.2)."""

from __future__ import annotations

from typing import Any

from simulator import fields
from simulator.access import Access
from simulator.model import Client
from simulator.paging import page_of
from simulator.views import dealer_client_view, edits, now
from simulator.wire import Call, Response
from simulator.world import World


def _enter(world: World, access: Access) -> None:
    if world.switches["dealer_client_paths"] == "absent":
        raise world.errors.not_found()
    access.check_dealer()


def index(world: World, call: Call, access: Access) -> Response:
    """The dealer's clients."""
    _enter(world, access)
    clients = [client for _unused, client in sorted(world.store.clients.items()) if access.sees(client)]
    return Response(200, [dealer_client_view(world, client) for client in page_of(world, call, clients)])


def create(world: World, call: Call, access: Access) -> Response:
    """A new client of this dealer."""
    _enter(world, access)
    body = call.json_object()
    for name in ("name", "dealer_id", "domain_id", "email"):
        if body.get(name) is None:
            raise world.errors.invalid(f"{name} is required")
    length = fields.DEALER_CLIENT["extension_len"]
    values = edits(world, "dealer_client", {**fields.DEALER_CLIENT, "extension_len": _writable(length)}, body)
    if values.get("dealer_id") != access.application.dealer_id:
        raise world.errors.denied("access_denied")
    number = max(world.store.clients, default=0) + 1
    client = Client(id=number, prefix=f"{number:04d}", extension_len=values.pop("extension_len", 3))
    world.store.add_client(client)
    _assign(world, client, {**values, "create_date": now()})
    return Response(201, dealer_client_view(world, client))


def read(world: World, call: Call, access: Access) -> Response:
    """One client."""
    _enter(world, access)
    return Response(200, dealer_client_view(world, access.client(call.params["client_id"])))


def write(world: World, call: Call, access: Access) -> Response:
    """Change one client."""
    _enter(world, access)
    client = access.client(call.params["client_id"])
    values = edits(world, "dealer_client", fields.DEALER_CLIENT, call.json_object(), client)
    if values.get("dealer_id", access.application.dealer_id) != access.application.dealer_id:
        raise world.errors.denied("access_denied")
    _assign(world, client, values)
    return Response(200, dealer_client_view(world, client))


def delete(world: World, call: Call, access: Access) -> Response:
    """Remove one client with all it has."""
    _enter(world, access)
    world.store.remove_client(access.client(call.params["client_id"]))
    return Response(204) if world.switches["delete_answer"] == "204" else Response(200, {"message": "Deleted"})


def _writable(field: fields.Field) -> fields.Field:
    return fields.Field(
        field.name, field.type, writable=True, default=field.default, minimum=field.minimum, maximum=field.maximum
    )


def _assign(world: World, client: Client, values: dict[str, Any]) -> None:
    """Write each value where it lives: what the client-level view shows as well goes to the settings."""
    status = values.pop("status", client.status)
    if status != client.status:
        client.status = status
        world.store.revision += 1
    shared = {name: value for name, value in values.items() if name in fields.CLIENT}
    world.store.assign(client.settings, fields.CLIENT, shared)
    own = {name: value for name, value in values.items() if name not in fields.CLIENT}
    world.store.assign(client.dealer, fields.DEALER_CLIENT, own)
