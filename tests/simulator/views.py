# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From stored records to responses, and from PUT bodies to values: where most switches take effect."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from simulator import fields
from simulator.fields import Field
from simulator.model import Client, Extension
from simulator.world import World


def identifiers(world: World, record: dict[str, Any]) -> dict[str, Any]:
    """*record* with its ids as numbers or strings, as the switch says."""
    if world.switches["ids_as"] == "string":
        for name, value in record.items():
            if isinstance(value, int) and (name == "id" or name.endswith("_id")):
                record[name] = str(value)
    return record


def _geo_list(world: World, record: dict[str, Any]) -> None:
    """Shape the country list of a client or phone record."""
    value = record["geo_list"]
    if value is None:
        record["geo_list"] = None if world.switches["geo_list_default"] == "null" else ""
    elif world.switches["geo_list_order"] != "given":
        record["geo_list"] = " ".join(sorted(value.split(), reverse=world.switches["geo_list_order"] == "reversed"))


def client_fields(world: World) -> Mapping[str, Field]:
    """The field table of the client resource in this deployment."""
    if world.switches["call_interactive"] == "present":
        return {**fields.CLIENT, **fields.CALL_INTERACTIVE}
    return fields.CLIENT


def now() -> str:
    """This moment as dates are written. Their zone is not documented; this is UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())


def extension_fields(world: World) -> Mapping[str, Field]:
    """The field table of the extension resource in this deployment."""
    return fields.EXTENSION_ALL if world.switches["newer_extension_fields"] == "present" else fields.EXTENSION


def phone_fields(world: World) -> Mapping[str, Field]:
    """The field table of the phone resource in this deployment."""
    return fields.PHONE_ALL if world.switches["bundle_overwrites_more"] == "yes" else fields.PHONE


def _limits(world: World, table: Mapping[str, Field], record: dict[str, Any]) -> None:
    """Shape the limits of a record."""
    if world.switches["limits_as"] == "string":
        for name, value in record.items():
            if table[name].limit and value is not None:
                record[name] = str(value)


def client_view(world: World, client: Client) -> dict[str, Any]:
    """The client resource as a response shows it."""
    table = client_fields(world)
    record = {name: value for name, value in client.record().items() if name in table}
    _geo_list(world, record)
    _limits(world, table, record)
    if world.switches["extension_len_as"] == "string":
        record["extension_len"] = str(record["extension_len"])
    return identifiers(world, record)


def dealer_client_view(world: World, client: Client) -> dict[str, Any]:
    """The dealer-level client resource as a response shows it."""
    record = client.dealer_record()
    if world.switches["unread_fields"] == "present":
        record.update(max_concurrent_calls=None, comment=None)
    return identifiers(world, record)


def extension_view(world: World, extension: Extension) -> dict[str, Any]:
    """The extension resource as a response shows it."""
    table = extension_fields(world)
    whole = extension.record(world.store.clients[extension.client_id])
    record = {name: value for name, value in whole.items() if name in table}
    _limits(world, table, record)
    if record["extension_group_id"] is None and world.switches["extension_group_zero"] == "zero":
        record["extension_group_id"] = 0
    return identifiers(world, record)


def phone_view(world: World, extension: Extension) -> dict[str, Any]:
    """The phone resource as a response shows it."""
    table = phone_fields(world)
    record = {name: value for name, value in extension.phone_record().items() if name in table}
    _limits(world, table, record)
    _geo_list(world, record)
    if world.switches["phone_label"] == "shared":
        record["label"] = extension.values.get("label")
    if world.switches["phone_password"] == "absent":
        del record["password"]
    if world.switches["unread_fields"] == "present":
        record.update(static_registration=None, voicemail_enabled=False)
    return identifiers(world, record)


def registration_view(world: World, extension: Extension) -> dict[str, Any]:
    """The RegInfo of one extension. The rest of a lease falls with time and starts again, as devices refresh it."""
    info = extension.info()
    unit = world.switches["registration_expires"]
    elapsed = int(time.monotonic() - world.store.started)
    for entry in info["registrations"]:
        lease = entry["expires"]
        left = lease - elapsed % lease if extension.registered and lease > 0 else lease
        if unit == "date":
            entry["expires"] = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + left))
        else:
            entry["expires"] = left if unit == "seconds" else int(time.time()) + left
    return identifiers(world, info)


def edits(
    world: World, resource: str, table: Mapping[str, Field], body: Mapping[str, Any], client: Client | None = None
) -> dict[str, Any]:
    """The values that a PUT body really changes; raises a Refusal.

    Read-only and unknown names, the empty body, unknown references and stubborn fields go as the switches say.
    """
    switches = world.switches
    if not body and switches["empty_put"] == "400":
        raise world.errors.invalid("The body names no parameter.")
    taken: dict[str, Any] = {}
    for name, value in body.items():
        field = table.get(name)
        if field is None or not field.writable:
            switch = "put_unknown_names" if field is None else "put_read_only_names"
            if switches[switch] == "400":
                raise world.errors.invalid(f"{name[:80]} cannot be set")
            continue
        taken[name] = _value(world, field, value, client)
    stubborn = switches["stubborn_fields"]
    return {
        name: value for name, value in taken.items() if name not in stubborn and f"{resource}.{name}" not in stubborn
    }


def _value(world: World, field: Field, value: Any, client: Client | None) -> Any:
    if field.name == "geo_list" and value == "":
        if world.switches["geo_list_empty_put"] == "400":
            raise world.errors.invalid("geo_list must not be empty")
        return None
    if field.zero_is_none and value == 0 and not isinstance(value, bool):
        if world.switches["extension_group_zero"] == "400":
            raise world.errors.invalid(f"{field.name} must not be 0")
        return None
    if field.limit and isinstance(value, str) and world.switches["string_limits"] == "accepted":
        value = int(value) if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) else value
    if problem := field.problem(value):
        raise world.errors.invalid(problem)
    value = field.stored(value)
    refers = field.reference and value is not None and client is not None
    if refers and world.switches["unknown_references"] == "400" and value not in getattr(client, field.reference):
        raise world.errors.invalid(f"{field.name}: no object with that id")
    return value
