# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phone terminal of an extension (API reference, section 6)."""

from __future__ import annotations

from simulator import fields
from simulator.access import Access
from simulator.bundles import spread
from simulator.model import Extension
from simulator.views import edits, phone_fields, phone_view
from simulator.wire import Call, Response
from simulator.world import World


def read(world: World, call: Call, access: Access) -> Response:
    """All fields of the phone."""
    return Response(200, phone_view(world, _find(world, call, access)))


def write(world: World, call: Call, access: Access) -> Response:
    """Change the phone; a synchronised field changes on every member of its bundle."""
    extension = _find(world, call, access)
    values = edits(world, "phone", phone_fields(world), call.json_object(), world.store.clients[extension.client_id])
    if "label" in values and world.switches["phone_label"] == "shared":
        world.store.assign(extension.values, fields.EXTENSION, {"label": values.pop("label")})
    world.store.assign(extension.phone, fields.PHONE_ALL, values)
    spread(world, extension, phone=values)
    return Response(200, phone_view(world, extension))


def _find(world: World, call: Call, access: Access) -> Extension:
    extension = access.extension(call.params["extension_id"])
    if extension.type != "phone":
        if world.switches["phone_other_type"] == "400":
            raise world.errors.invalid("The extension is not of type phone.")
        raise world.errors.not_found()
    return extension
