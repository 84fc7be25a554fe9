# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of bundles (API reference, section 4): who may join, what is overwritten, what stays in step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import fields
from simulator.model import Client, Extension
from simulator.world import World


def _shared_phone(world: World) -> tuple[str, ...]:
    """The phone values that a bundle keeps equal in this deployment."""
    more = world.switches["bundle_overwrites_more"] == "yes"
    return fields.SYNCHRONISED_PHONE_ALL if more else fields.SYNCHRONISED_PHONE


def spread(
    world: World,
    source: Extension,
    *,
    phone: Mapping[str, Any] | None = None,
    extension: Mapping[str, Any] | None = None,
) -> None:
    """Carry edited values that a bundle keeps in step from *source* to the others of its bundle."""
    phone = {name: value for name, value in (phone or {}).items() if name in _shared_phone(world)}
    own = {name: value for name, value in (extension or {}).items() if name in fields.SYNCHRONISED_EXTENSION}
    for other in world.store.group(source):
        if other is not source:
            world.store.assign(other.phone, fields.PHONE_ALL, phone)
            world.store.assign(other.values, fields.EXTENSION, own)


def overwrite(world: World, main: Extension, member: Extension) -> None:
    """Give a new member the phone values (13, or more by a switch) and 3 extension values of the main extension."""
    phone, own = main.phone, main.values
    world.store.assign(
        member.phone,
        fields.PHONE_ALL,
        {name: phone.get(name, fields.PHONE_ALL[name].default) for name in _shared_phone(world)},
    )
    world.store.assign(
        member.values,
        fields.EXTENSION,
        {name: own.get(name, fields.EXTENSION[name].default) for name in fields.SYNCHRONISED_EXTENSION},
    )


def check_main(world: World, main: Extension) -> None:
    """Refuse a path that names no phone."""
    if main.type != "phone":
        raise world.errors.invalid("The extension is not of type phone.")


def checked_members(world: World, client: Client, main: Extension, wanted: Any) -> list[int]:
    """The ids of a POST; raises a Refusal where they break a documented constraint."""
    invalid = world.errors.invalid
    if not isinstance(wanted, list):
        raise invalid("bundle_list is required and must be a list of extension ids.")
    if not wanted and world.switches["bundle_empty_post"] == "400":
        raise invalid("bundle_list must not be empty.")
    ids = [_id(world, entry) for entry in wanted]
    if len(set(ids)) != len(ids):
        raise invalid("bundle_list names an extension twice.")
    if main.main_id is not None:
        raise invalid("The extension is associated with another extension itself.")
    for member_id in ids:
        if member_id == main.id:
            raise invalid("An extension cannot be associated with itself.")
        member = world.store.extensions.get(member_id)
        if member is None or member.client_id != client.id:
            raise invalid(f"There is no extension {member_id}.")
        if member.type != "phone":
            raise invalid(f"Extension {member_id} is not of type phone.")
        if member.members:
            raise invalid(f"Extension {member_id} is a main extension.")
        if member.main_id is not None and member.main_id != main.id:
            raise invalid(f"Extension {member_id} is associated with another extension.")
        if member.main_id == main.id and world.switches["bundle_repost_member"] == "400":
            raise invalid(f"Extension {member_id} is associated already.")
    return ids


def _id(world: World, entry: Any) -> int:
    if isinstance(entry, bool) or not isinstance(entry, (int, float)) or not 0 < entry < 2**53 or entry != int(entry):
        raise world.errors.invalid("bundle_list must be a list of extension ids.")
    return int(entry)
