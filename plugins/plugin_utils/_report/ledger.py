# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: the values on which file and PBX last agreed, by client, from which the cause of a difference follows.

Pure.

An entry is written when a change was applied and read back, or when the live value is as desired. The cause of a
difference then follows from three values: the last agreed, the live and the desired one.
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
from .types import Change, Ledger, LedgerClient

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
"""``agreed`` has the fields with their values, by part and address; ``unknown`` has the fields that never agreed, by
address.
"""

Agreed = Mapping[str, Mapping[str, Mapping[str, Any]]]
Causes = Mapping["tuple[str, str | None]", str]
"""The cause of each difference, by address and field."""


def empty() -> Ledger:
    """Return an empty ledger."""
    return {"format": FORMAT, "format_version": VERSION, "clients": {}}


def agreed_of(ledger: Ledger, host: Host) -> Agreed:
    """Return the agreed values of a client; none if the host was another client then."""
    entry = _entry(ledger, host)
    return entry["agreed"] if entry else {}


def unknown_of(ledger: Ledger, host: Host) -> set[tuple[str, str | None]]:
    """Return the addresses and fields of a client that have differed since their first comparison."""
    entry = _entry(ledger, host)
    found = entry.get("unknown", {}) if entry else {}
    return {(address, name) for address, names in found.items() for name in names}


def _entry(ledger: Ledger, host: Host) -> LedgerClient | None:
    entry = ledger["clients"].get(host.key)
    return entry if entry and entry["client_id"] == host.client_id else None


def cause(agreed: Agreed, part: str, change: Change, unknown: Collection[tuple[str, str | None]] = ()) -> str:
    """Return the cause of a change from the agreed values; ``unknown`` is what :func:`unknown_of` returns."""
    if part == REGISTRATIONS:
        return "out_of_band"  # devices register on their own
    live, desired = change["before"], change["after"]
    if part not in agreed or _is_masked(live) or _is_masked(desired):
        return "unknown"
    known = agreed[part].get(change["address"], {})
    if change["field"] is None or change["field"] not in known:
        if (change["address"], change["field"]) in unknown:
            return "unknown"
        # There is no agreed value: a desired value is new in the file, and a value that only the PBX has was set there.
        return "out_of_band" if desired in ([], None) and live else "pending"
    last = known[change["field"]]
    if _same(last, desired):
        return "out_of_band"
    return "pending" if _same(last, live) else "conflict"


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same. The order of lists, as of countries and members, does not matter."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(json.dumps, one)) == sorted(map(json.dumps, other))
    return bool(one == other)


def _is_masked(value: Any) -> bool:
    return MASK in json.dumps(value, ensure_ascii=False)


def updated(ledger: Ledger, hosts: Sequence[Host], still: Mapping[str, Causes]) -> Ledger:
    """Return the ledger after a run.

    ``still`` has the remaining differences of each client with their causes; their agreed values stay. Values that a
    file no longer names are dropped. Clients and parts that were not compared stay unchanged.
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
            entry: LedgerClient = {"client_id": host.client_id, "agreed": agreed}
            if unknown:
                entry["unknown"] = unknown
            clients[host.key] = entry
    return {**empty(), "clients": dict(sorted(clients.items()))}


def _unknown(
    earlier: Iterable[tuple[str, str | None]], compared: Collection[str], differing: Causes
) -> dict[str, list[str]]:
    """Return the fields with unknown cause, by address: the cause stays unknown until file and PBX agree."""
    rest = {place for place in earlier if part_of(place[0]) not in compared}
    here = {place for place, why in differing.items() if why == "unknown" and part_of(place[0]) in compared}
    found: dict[str, list[str]] = {}
    for address, name in sorted((address, name) for address, name in rest | here if name is not None):
        found.setdefault(address, []).append(name)
    return found


def _agree(
    agreed: dict[str, dict[str, Mapping[str, Any]]], name: str, parts: Sequence[Part], differing: Causes
) -> None:
    """Enter the results of one part of a client: several tasks can each have compared some of its objects."""
    earlier = agreed.get(name, {})
    whole = all(part.failure is None and part.kind is None and part.resource != "extensions_bundle" for part in parts)
    found: dict[str, Mapping[str, Any]] = {} if whole else dict(earlier)
    for part in parts:
        if part.failure is None:
            for address, fields in _agreed_now(part, earlier, differing).items():
                found[address] = {**found.get(address, {}), **fields}
    if found or any(part.failure is None and part.kind is None for part in parts):
        agreed[name] = found


def _agreed_now(
    part: Part, earlier: Mapping[str, Mapping[str, Any]], differing: Causes
) -> dict[str, Mapping[str, Any]]:
    if part.kind is not None:  # the result has the applied changes, not the state of the rest
        return _applied(part)
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
    """Return the desired values in a result, by address; without masked ones."""
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


def _applied(part: Part) -> dict[str, Mapping[str, Any]]:
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
    """Return the agreed values of bundles that are still to be removed."""
    removals = {str(item["address"]) for item in part.changes() if item["action"] == "delete"}
    waiting = {address for address, dummy in differing if address in removals}
    return {address: earlier[address] for address in sorted(waiting) if part.name == BUNDLES and address in earlier}
