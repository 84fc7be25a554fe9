# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: what file and PBX last agreed on, client by client, and what it says about the cause of a difference. Pure.

An entry is written when something was applied and read back, or found as desired. Three values then tell the cause: the one
last agreed on, the live one, and the desired one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import MASK

from .history import part_of
from .results import (
    BUNDLES,
    REGISTRATIONS,
    SETTINGS,
    Host,
    Part,
)
from .schema import Schema

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
                    "unknown": {
                        "type": "object",
                        "additionalProperties": {"type": "array", "items": {"type": "string"}},
                    },
                },
            },
        },
    },
}
"""``agreed`` holds by part and address the fields with their values, ``unknown`` by address the fields that have never agreed."""

Agreed = Mapping[str, Mapping[str, Mapping[str, Any]]]
Causes = Mapping["tuple[str, str | None]", str]
"""By address and field why something differs."""


def empty() -> dict[str, Any]:
    """Return a ledger that knows nothing."""
    return {"format": FORMAT, "format_version": VERSION, "clients": {}}


def agreed_of(ledger: Mapping[str, Any], host: Host) -> Agreed:
    """Return what is known of a client; nothing where the host was another client then."""
    entry = ledger["clients"].get(host.key)
    return entry["agreed"] if entry and entry["client_id"] == host.client_id else {}


def unknown_of(ledger: Mapping[str, Any], host: Host) -> set[tuple[str, str | None]]:
    """Return the addresses and fields of a client that have differed since before anything was known of them."""
    entry = ledger["clients"].get(host.key)
    found = entry.get("unknown", {}) if entry and entry["client_id"] == host.client_id else {}
    return {(address, name) for address, names in found.items() for name in names}


def cause(
    agreed: Agreed, part: str, change: Mapping[str, Any], unknown: Collection[tuple[str, str | None]] = ()
) -> str:
    """Return the cause of a change by what was last agreed on; ``unknown`` is what :func:`unknown_of` returns."""
    if part == REGISTRATIONS:
        return "out_of_band"  # devices register by themselves
    live, desired = change["before"], change["after"]
    if part not in agreed or _is_masked(live) or _is_masked(desired):
        return "unknown"
    known = agreed[part].get(change["address"], {})
    if change["field"] not in known:
        if (change["address"], change["field"]) in unknown:
            return "unknown"
        # Nobody has agreed on anything: what the file wants is new, and what only the PBX has was made there.
        return "out_of_band" if desired in ([], None) and live else "pending"
    last = known[change["field"]]
    if _same(last, desired):
        return "out_of_band"
    return "pending" if _same(last, live) else "conflict"


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same. The order of lists, of countries and of members, says nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(json.dumps, one)) == sorted(map(json.dumps, other))
    return bool(one == other)


def _is_masked(value: Any) -> bool:
    return MASK in json.dumps(value, ensure_ascii=False)


def updated(ledger: Mapping[str, Any], hosts: Sequence[Host], still: Mapping[str, Causes]) -> dict[str, Any]:
    """Return the ledger after a run.

    ``still`` has what still differs of each client, and why. Of that, what was agreed on before stays; what a file does not name
    any more is forgotten. Clients and parts that were not compared stay as they were.
    """
    clients = dict(ledger["clients"])
    for host in hosts:
        differing = still.get(host.key, {})
        agreed = {part: dict(objects) for part, objects in agreed_of(ledger, host).items()}
        compared = {part.name for part in host.parts if part.failure is None and not part.skipped} - {REGISTRATIONS}
        for name in sorted(compared):
            _agree(agreed, name, [part for part in host.parts if part.name == name and not part.skipped], differing)
        if agreed:
            unknown = _unknown(unknown_of(ledger, host), compared, differing)
            clients[host.key] = {
                "client_id": host.client_id,
                "agreed": agreed,
                **({"unknown": unknown} if unknown else {}),
            }
    return {**empty(), "clients": dict(sorted(clients.items()))}


def _unknown(
    earlier: Iterable[tuple[str, str | None]], compared: Collection[str], differing: Causes
) -> dict[str, list[str]]:
    """Return what has a cause that nobody knows, by address: it stays so until both agree."""
    rest = {place for place in earlier if part_of(place[0]) not in compared}
    here = {place for place, why in differing.items() if why == "unknown" and part_of(place[0]) in compared}
    found: dict[str, list[str]] = {}
    for address, name in sorted((address, name) for address, name in rest | here if name is not None):
        found.setdefault(address, []).append(name)
    return found


def _agree(
    agreed: dict[str, dict[str, Mapping[str, Any]]], name: str, parts: Sequence[Part], differing: Causes
) -> None:
    """Put down what the results of one part of a client tell: several tasks may each have looked at some of it."""
    earlier = agreed.get(name, {})
    whole = all(part.failure is None and part.kind is None and part.resource != "extensions_bundle" for part in parts)
    found: dict[str, Mapping[str, Any]] = {} if whole else dict(earlier)
    for part in parts:
        if part.failure is None:
            for address, fields in _told(part, earlier, differing).items():
                found[address] = {**found.get(address, {}), **fields}
    if found or any(part.failure is None and part.kind is None for part in parts):
        agreed[name] = found


def _told(part: Part, earlier: Mapping[str, Mapping[str, Any]], differing: Causes) -> dict[str, Mapping[str, Any]]:
    if part.kind is not None:  # the result tells what was carried out, and not what the rest is like
        return _carried_out(part)
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
    return {**found, **_waiting_removals(part, earlier, differing)}


def _desired(part: Part) -> dict[str, dict[str, Any]]:
    """Return the desired values by address, as far as the result tells them; masked ones are left out."""
    result = part.result or {}
    if part.name == SETTINGS:
        diff = result.get("diff")
        after = diff.get("after") if isinstance(diff, Mapping) else None
        values = (
            {name: value for name, value in after.items() if not _is_masked(value)}
            if isinstance(after, Mapping)
            else {}
        )
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
    verified = (
        {str(item["address"]) for item in part.outcomes() if item["status"] == "verified"} if part.written else set()
    )
    found: dict[str, Mapping[str, Any]] = {}
    for item in part.changes():
        address = str(item["address"])
        if address in verified:
            named = [
                field for field in item["fields"] if isinstance(field, Mapping) and isinstance(field.get("name"), str)
            ]
            fields = {field["name"]: field.get("after") for field in named if not _is_masked(field.get("after"))}
            found[address] = {
                name: value for name, value in fields.items() if name != "bundle_list" or "members" not in fields
            }
    return found


def _waiting_removals(
    part: Part, earlier: Mapping[str, Mapping[str, Any]], differing: Causes
) -> dict[str, Mapping[str, Any]]:
    """Return what was agreed on for bundles that are to go and are still there."""
    gone = {str(item["address"]) for item in part.changes() if item["action"] == "delete"}
    waiting = {address for address, dummy in differing if address in gone}
    return {address: earlier[address] for address in sorted(waiting) if part.name == BUNDLES and address in earlier}
