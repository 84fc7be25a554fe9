# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/client/{client_id}/extensions_bundle/{extension_id}``: POST, GET and DELETE (API reference, section 4)."""

from __future__ import annotations

from typing import Any

from simulator.access import Access
from simulator.bundles import check_main, checked_members, overwrite
from simulator.model import Client, Extension
from simulator.wire import Call, Response
from simulator.world import World


def read(world: World, call: Call, access: Access) -> Response:
    """The members of a bundle."""
    _client, main = _find(call, access)
    check_main(world, main)
    if main.main_id is not None:
        shape = world.switches["bundle_get_member"]
        if shape == "404":
            raise world.errors.not_found("Record not found")
        if shape == "main":
            main = world.store.extensions[main.main_id]
    elif not main.members and world.switches["bundle_get_absent"] == "404":
        raise world.errors.not_found("Record not found")
    return Response(200, _view(world, main, main.members))


def write(world: World, call: Call, access: Access) -> Response:
    """Set (or, by a switch, extend) the list of members; new members lose 16 values to those of the main one."""
    client, main = _find(call, access)
    check_main(world, main)
    wanted = checked_members(world, client, main, call.json_object().get("bundle_list"))
    joined = [world.store.extensions[member] for member in wanted if member not in main.members]
    if world.switches["bundle_post"] == "add":
        wanted = main.members + [member.id for member in joined]
    elif set(wanted) == set(main.members):
        wanted = main.members
    world.store.link(main, wanted)
    for member in joined:
        overwrite(world, main, member)
    status = int(world.switches["bundle_post_code"])
    return Response(status) if status == 204 else Response(status, _view(world, main, main.members))


def delete(world: World, call: Call, access: Access) -> Response:
    """Untie all members. They keep the values that they were given."""
    _client, main = _find(call, access)
    check_main(world, main)
    if not main.members and world.switches["bundle_delete_absent"] == "404":
        raise world.errors.not_found("Record not found")
    untied = list(main.members)
    world.store.link(main, [])
    if world.switches["bundle_delete_code"] == "204":
        return Response(204)
    return Response(200, _view(world, main, untied if world.switches["bundle_delete_body"] == "untied" else []))


def _find(call: Call, access: Access) -> tuple[Client, Extension]:
    client = access.client(call.params["client_id"])
    return client, access.extension_of(client, call.params["extension_id"])


def _view(world: World, main: Extension, members: list[int]) -> dict[str, Any]:
    order, shape = world.switches["bundle_order"], world.switches["bundle_members_as"]
    shown = members if order == "given" else sorted(members, reverse=order == "reversed")
    elements: list[Any] = list(shown)
    if shape == "string":
        elements = [str(member) for member in shown]
    elif shape == "object":
        elements = [{"id": member, "name": _name(world, member)} for member in shown]
    return {"bundle_id": str(main.id) if world.switches["ids_as"] == "string" else main.id, "bundle_list": elements}


def _name(world: World, extension_id: int) -> str:
    extension = world.store.extensions[extension_id]
    return f"{world.store.clients[extension.client_id].prefix}*{extension.number}"
