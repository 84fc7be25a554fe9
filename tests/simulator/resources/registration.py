# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP registrations: all, one block, one extension, and dropping them (API reference, section 3)."""

from __future__ import annotations

import dataclasses
import re

from simulator.access import Access
from simulator.model import Extension, Registration
from simulator.views import registration_view
from simulator.wire import Call, Response
from simulator.world import World


def block(world: World, call: Call, access: Access) -> Response:
    """RegInfo of the extensions named in the query, or of all that the user sees."""
    named = [value for key, value in call.query if key == "extension_id"]
    if not named:
        return Response(200, [registration_view(world, extension) for extension in access.visible()])
    limit = world.switches["registration_block_limit"]
    if limit != "unlimited" and len(named) > limit:
        raise world.errors.invalid(f"At most {limit} extensions can be named.")
    found, unknown = [], world.switches["registration_query_unknown_id"]
    for text in dict.fromkeys(named):
        if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
            raise world.errors.invalid("extension_id must be an id")
        extension = world.store.extensions.get(int(text))
        if extension is not None and access.sees(world.store.clients[extension.client_id]):
            found.append(registration_view(world, extension))
        elif unknown == "404":
            raise world.errors.no_extension()
        elif unknown == "empty":
            found.append({"extension_id": int(text), "registered": False, "registrations": []})
    if len(named) == 1 and len(found) == 1 and world.switches["registration_block_of_one"] == "object":
        return Response(200, found[0])
    return Response(200, found)


def read(world: World, call: Call, access: Access) -> Response:
    """RegInfo of one extension."""
    return Response(200, registration_view(world, _find(world, call, access)))


def delete_all(world: World, call: Call, access: Access) -> Response:
    """Drop every registration of an extension."""
    extension = _find(world, call, access)
    if not extension.registered and world.switches["registration_delete_none"] == "404":
        raise world.errors.not_found("Record not found")
    if extension.registered:
        _drop(world, extension, list(extension.registrations))
    return _deleted(world)


def delete_one(world: World, call: Call, access: Access) -> Response:
    """Drop one live registration."""
    extension = _find(world, call, access)
    found = [entry for entry in extension.registrations if entry.registration_id == call.params["registration_id"]]
    if found and extension.registered:
        _drop(world, extension, found)
    elif world.switches["registration_delete_unknown"] == "404":
        raise world.errors.not_found("Record not found")
    return _deleted(world)


def _find(world: World, call: Call, access: Access) -> Extension:
    extension = access.extension(call.params["extension_id"])
    if extension.type != "phone" and world.switches["registration_other_type"] == "404":
        raise world.errors.no_extension()
    return extension


def _drop(world: World, extension: Extension, dropped: list[Registration]) -> None:
    """Remove live registrations; the devices may come back under new ids, at once or later."""
    kept = [entry for entry in extension.registrations if entry not in dropped]
    again = world.switches["reregister"]
    if again == "at_once":
        kept += [dataclasses.replace(entry, registration_id=world.store.new_registration_id()) for entry in dropped]
    elif again != "never":
        world.store.return_later(extension, dropped, again)
    registered = bool(kept)
    if not registered and world.switches["registration_after_delete"] == "listed":
        kept = [dataclasses.replace(entry, expires=0) for entry in dropped]
    world.store.set_registrations(extension, kept, registered)


def _deleted(world: World) -> Response:
    return Response(204) if world.switches["delete_answer"] == "204" else Response(200, {"message": "Deleted"})
