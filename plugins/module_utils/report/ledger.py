# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: what file and PBX last agreed on, client by client, and what it says about the cause of a difference. Pure.

An entry is written when something was applied and read back, or found as desired. Three values then tell the cause: the one
last agreed on, the live one, and the desired one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.plan import MASK
from .collected import BUNDLES, REGISTRATIONS, SETTINGS, Host, Part
from .shape import Schema

FORMAT = "ringme.ledger"
MAJOR, MINOR = 1, 0
VERSION = f"{MAJOR}.{MINOR}"

LEDGER: Schema = {
    "type": "object",
    "required": ["format", "format_version", "clients"],
    "properties": {
        "format": {"const": FORMAT},
        "format_version": {"type": "string", "pattern": f"^{MAJOR}\\.[0-9]+$"},
        "clients": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["client_id", "agreed"],
                "properties": {
                    "client_id": {"type": ["string", "null"]},
                    "agreed": {
                        "type": "object",
                        "additionalProperties": {"type": "object", "additionalProperties": {"type": "object"}},
                    },
                },
            },
        },
    },
}
"""``agreed`` holds by part and address the fields with their values."""

Agreed = Mapping[str, Mapping[str, Mapping[str, Any]]]


def empty() -> dict[str, Any]:
    """Return a ledger that knows nothing."""
    return {"format": FORMAT, "format_version": VERSION, "clients": {}}


def agreed_of(ledger: Mapping[str, Any], host: Host) -> Agreed:
    """Return what is known of a client; nothing where the host was another client then."""
    entry = ledger["clients"].get(host.key)
    return entry["agreed"] if entry and entry["client_id"] == host.client_id else {}


def cause(agreed: Agreed, part: str, change: Mapping[str, Any]) -> str:
    """Return the cause of a change by what was last agreed on."""
    if part == REGISTRATIONS:
        return "out_of_band"  # devices register by themselves
    if part not in agreed:
        return "unknown"
    live, desired = change["before"], change["after"]
    known = agreed[part].get(change["address"], {})
    if change["field"] not in known:
        # Nobody has agreed on anything: what the file wants is new, and what only the PBX has was made there.
        return "out_of_band" if desired in ([], None) and live else "pending"
    last = known[change["field"]]
    if last == desired:
        return "out_of_band"
    return "pending" if last == live else "conflict"


def updated(ledger: Mapping[str, Any], hosts: list[Host], open_ids: Mapping[str, set[tuple[str, str | None]]]) -> dict[str, Any]:
    """Return the ledger after a run.

    ``open_ids`` has the addresses and fields of each client that still differ. Of those, what was agreed on before stays; what a
    file does not name any more is forgotten. Clients and parts that were not compared stay as they were.
    """
    clients = dict(ledger["clients"])
    for host in hosts:
        before = agreed_of(ledger, host)
        agreed = {part: dict(objects) for part, objects in before.items()}
        for part in host.parts:
            if part.failure is None and not part.skipped and part.name != REGISTRATIONS:
                _agree(agreed, part, open_ids.get(host.key, set()))
        if agreed:
            clients[host.key] = {"client_id": host.client_id, "agreed": agreed}
    return {**empty(), "clients": dict(sorted(clients.items()))}


def _agree(agreed: dict[str, dict[str, Mapping[str, Any]]], part: Part, differing: set[tuple[str, str | None]]) -> None:
    earlier = agreed.get(part.name, {})
    if part.kind is not None:  # the result tells what was carried out, and not what the rest is like
        carried_out = _carried_out(part)
        if earlier or carried_out:
            agreed[part.name] = {**earlier, **carried_out}
        return
    found: dict[str, Mapping[str, Any]] = {}
    for address, desired in _desired(part).items():
        known = earlier.get(address, {})
        kept = {
            name: known[name] if (address, name) in differing else value
            for name, value in desired.items()
            if (address, name) not in differing or name in known
        }
        if kept:
            found[address] = kept
    if part.resource == "extensions_bundle":  # one of many: it says nothing about the others
        found = {**earlier, **found}
    else:
        found.update(_waiting_removals(part, earlier, differing))
    agreed[part.name] = found


def _desired(part: Part) -> dict[str, dict[str, Any]]:
    """Return the desired values by address, as far as the result tells them; masked ones are left out."""
    result = part.result or {}
    if part.name == SETTINGS:
        diff = result.get("diff")
        after = diff.get("after") if isinstance(diff, Mapping) else None
        values = {name: value for name, value in after.items() if value != MASK} if isinstance(after, Mapping) else {}
        return {"settings": values}
    bundles = result.get("bundles") if part.resource == "client_bundles" else [result.get("bundle")]
    found = {}
    for bundle in bundles if isinstance(bundles, list) else []:
        if not isinstance(bundle, Mapping) or "extension_id" not in bundle:
            continue
        named = bundle.get("extension") and isinstance(bundle.get("members"), list)
        address = f"bundle/{bundle['extension'] if named else bundle['extension_id']}"
        found[address] = {"members": bundle["members"]} if named else {"bundle_list": bundle.get("bundle_list")}
    return found


def _carried_out(part: Part) -> dict[str, Mapping[str, Any]]:
    verified = {str(item["address"]) for item in part.outcomes() if item["status"] == "verified"} if part.written else set()
    found: dict[str, Mapping[str, Any]] = {}
    for item in part.changes():
        address = str(item["address"])
        if address in verified:
            fields = {field["name"]: field["after"] for field in item["fields"] if isinstance(field, Mapping)}
            found[address] = {name: value for name, value in fields.items() if name != "bundle_list" or "members" not in fields}
    return found


def _waiting_removals(
    part: Part, earlier: Mapping[str, Mapping[str, Any]], differing: set[tuple[str, str | None]]
) -> dict[str, Mapping[str, Any]]:
    """Return what was agreed on for bundles that are to go and are still there."""
    gone = {str(item["address"]) for item in part.changes() if item["action"] == "delete"}
    waiting = {address for address, dummy in differing if address in gone}
    return {address: earlier[address] for address in sorted(waiting) if part.name == BUNDLES and address in earlier}
