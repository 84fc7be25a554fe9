# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extensions, the "internal numbers" (API reference, section 5)."""

from __future__ import annotations

import re

from simulator import fields
from simulator.access import Access
from simulator.bundles import spread
from simulator.model import Client, Extension
from simulator.paging import page_of
from simulator.views import edits, extension_fields, extension_view, now
from simulator.wire import Call, Response
from simulator.world import World

_FILTERS = {"type": r"[a-z][a-z_]{0,31}", "status": r"active|blocked", "extension_group_id": r"[1-9][0-9]{0,15}"}


def index(world: World, call: Call, access: Access) -> Response:
    """The client's extensions, filtered by type, status and group, by pages."""
    return _listed(world, call, access.client(call.params["client_id"]))


def of_group(world: World, call: Call, access: Access) -> Response:
    """The extensions of one group: the same list, under the path of the group."""
    group = call.params["extension_group_id"]
    return _listed(world, call, access.client_of_group(group), ("extension_group_id", group))


def _listed(world: World, call: Call, client: Client, *filters: tuple[str, str]) -> Response:
    filters += tuple((name, value) for name in _FILTERS for key, value in call.query if key == name)
    for name, value in filters:
        if not re.fullmatch(_FILTERS[name], value):
            raise world.errors.invalid(f"{name} has a wrong value")
    found = world.store.extensions_of(client, filters)
    return Response(200, [extension_view(world, extension) for extension in page_of(world, call, found)])


def create(world: World, call: Call, access: Access) -> Response:
    """A new extension; ``name`` is bare or has the client's prefix."""
    client = access.client(call.params["client_id"])
    body = call.json_object()
    number = _number(world, client, body.get("name"))
    kind = body.get("type")
    if kind not in fields.EXTENSION_TYPES:
        raise world.errors.invalid(f"type must be one of {', '.join(fields.EXTENSION_TYPES)}")
    values = edits(
        world,
        "extension",
        extension_fields(world),
        {name: value for name, value in body.items() if name not in ("name", "type", "client_id")},
        client,
    )
    if world.store.extension_by_number(client, number):
        refusal = world.errors.invalid("An extension with this name exists already.")
        if world.switches["duplicate_extension"] == "409":
            refusal.response.status = 409
        raise refusal
    values.setdefault("status", world.switches["new_extension_status"])
    values["create_date"] = now()
    extension = Extension(max(world.store.extensions, default=0) + 1, client.id, number, kind)
    world.store.add_extension(extension)
    world.store.assign(extension.values, fields.EXTENSION_ALL, values)
    return Response(201, extension_view(world, extension))


def read(world: World, call: Call, access: Access) -> Response:
    """One extension."""
    return Response(200, extension_view(world, _find(call, access)[1]))


def write(world: World, call: Call, access: Access) -> Response:
    """Change one extension; a synchronised field changes on every member of its bundle."""
    client, extension = _find(call, access)
    values = edits(world, "extension", extension_fields(world), call.json_object(), client)
    world.store.assign(extension.values, fields.EXTENSION_ALL, values)
    spread(world, extension, extension=values)
    return Response(200, extension_view(world, extension))


def delete(world: World, call: Call, access: Access) -> Response:
    """Remove one extension."""
    _client, extension = _find(call, access)
    if extension.members and world.switches["bundle_main_deleted"] == "refuse":
        raise world.errors.invalid("The extension is the main one of a bundle.")
    world.store.remove_extension(extension)
    return Response(204) if world.switches["delete_answer"] == "204" else Response(200, {"message": "Deleted"})


def _find(call: Call, access: Access) -> tuple[Client, Extension]:
    client = access.client(call.params["client_id"])
    return client, access.extension_of(client, call.params["extension_id"])


def _number(world: World, client: Client, name: object) -> str:
    """The bare number of a name that the client may use."""
    if not isinstance(name, str):
        raise world.errors.invalid("name is required")
    prefix, _star, number = name.rpartition("*")
    if prefix not in ("", client.prefix) or not re.fullmatch(rf"[0-9]{{{client.extension_len}}}", number):
        raise world.errors.invalid(f"name must have {client.extension_len} digits")
    return number
