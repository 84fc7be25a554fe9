# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes, side effects and findings of one client as a report shows them, each with ids that last. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.addresses import address_of
from ansible_collections.ringme.pbx.plugins.module_utils._model.side_effects import OF_EXTENSION
from ansible_collections.ringme.pbx.plugins.module_utils._model.widening import is_widening, loses_service

from .results import (
    REGISTRATIONS,
    Host,
    Part,
    sound_findings,
)
from .schema import ACTIONS, OUTCOMES, SEVERITIES

_LOW = frozenset({"hold_music", "disk_space_notify_email", "disk_space_notify_threshold"})
_MEDIUM = frozenset({"timezone"})
_GUARDS = frozenset({"geo_list", "sip_network_permission_id", "dial_rule_id"})
"""Settings that decide who may register, and whom somebody may call."""


def digest(*parts: Any) -> str:
    """Return a fingerprint of data."""
    return hashlib.sha256(
        json.dumps(parts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    ).hexdigest()


def items_of(host: Host) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the changes and the findings of a client, in the order of its parts; what two parts tell stands once.

    What only the ledger, the previous report, the waivers and the client file know is not in them yet: ``cause`` is
    ``unknown`` but for registrations and side effects, there is no ``first_seen``, no ``waiver`` and no ``source``.
    """
    changes: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = [_finding(host.key, item) for item in sound_findings(map(_of_file, host.findings))]
    for part in host.parts:
        told = [_finding(host.key, item) for item in part.findings()]
        worst = _worst(told)
        own = _own_changes(host.key, part, worst)
        changes += own + _side_effects(host.key, part, own)
        mended = _mended(part, own)
        findings += [item for item in told if item["address"] not in mended]
    return _once(changes), _once(findings)


def _own_changes(key: str, part: Part, worst: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the changes of a part. Two that look alike, as of two phones of one make behind one router, are told apart by number."""
    outcomes: dict[str, list[Mapping[str, Any]]] = {}
    for outcome in part.outcomes():
        outcomes.setdefault(str(outcome["address"]), []).append(outcome)
    found: list[dict[str, Any]] = []
    alike: Counter[str] = Counter()
    for item in part.changes():
        of_object = outcomes.get(str(item["address"]), [])  # in the order of the changes
        result = _result(part, of_object.pop(0) if of_object else None)
        for entry in _changes(key, part, item, worst):
            number = alike[entry["id"]]
            alike[entry["id"]] += 1
            numbered = {name: digest(entry[name], number) for name in ("id", "object_id")} if number else {}
            found.append({**entry, **numbered, "result": dict(result)})
    return found


def _mended(part: Part, changes: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the objects of which everything that was to be done is done, and of which nothing has come back since."""
    done = {item["address"] for item in changes if item["result"]["status"] == "verified"}
    back = {f"registration/{item.get('extension')}" for item in part.came_back()}
    return done - {item["address"] for item in changes if item["result"]["status"] != "verified"} - back


def _once(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the items, each once: as the last part told it, because that one may have carried it out."""
    return list({item["id"]: item for item in items}.values())


def _of_file(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a finding about the client's file, which has no object."""
    return {"address": "file", **item, "evidence": {}}


def _worst(findings: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the worst severity of each address."""
    found: dict[str, str] = {}
    for item in findings:
        known = found.get(item["address"], SEVERITIES[-1])
        found[item["address"]] = min(known, item["severity"], key=SEVERITIES.index)
    return found


def _changes(key: str, part: Part, item: Mapping[str, Any], worst: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return one entry for each field that differs, and of registrations one for each that goes; without what became of it."""
    fields = [field for field in item["fields"] if isinstance(field, Mapping) and isinstance(field.get("name"), str)]
    names = {field["name"] for field in fields}
    if "members" in names:  # the same as bundle_list, as people know it
        fields = [field for field in fields if field["name"] != "bundle_list"]
    split = [one for field in fields for one in _split(part, field)] or [{"name": None}]
    return [_change(key, part, item, field, worst) for field in split]


def _split(part: Part, field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    gone = field.get("before")
    if part.name != REGISTRATIONS or not isinstance(gone, list):
        return [field]
    return [{**field, "before": [entry]} for entry in gone]


def _change(
    key: str, part: Part, item: Mapping[str, Any], field: Mapping[str, Any], worst: Mapping[str, str]
) -> dict[str, Any]:
    name, before, after = field["name"], field.get("before"), field.get("after")
    address = str(item["address"])
    what = [_lasting(entry) for entry in before] if part.name == REGISTRATIONS and isinstance(before, list) else None
    object_id = digest(key, "change", address, name, what)
    return {
        "id": digest(object_id, item["action"], what or before, after),
        "object_id": object_id,
        "address": address,
        "resource": str(item["resource"]),
        "action": item["action"] if item["action"] in ACTIONS else "update",
        "field": name,
        "before": before,
        "after": after,
        "cause": "out_of_band" if part.name == REGISTRATIONS else "unknown",
        "caused_by": None,
        "severity": worst.get(address, "high") if part.name == REGISTRATIONS else _severity(name, before, after),
        "widening": False,
        "reversible": bool(item.get("reversible", True)),
    }


def _lasting(entry: Any) -> Any:
    """Return what stays the same of a registration when the device registers anew: not its ports."""
    if not isinstance(entry, Mapping):
        return entry
    where = address_of(str(entry.get("real_address")))
    return [entry.get("device"), str(where) if where else entry.get("real_address")]


def _severity(name: str | None, live: Any, desired: Any) -> str:
    """How bad it is that a setting or a bundle is not as desired. Live values that admit more than is wanted are the worst."""
    if name in _LOW:
        return "low"
    if name in _MEDIUM:
        return "medium"
    return "critical" if name in _GUARDS and _admits_more(name, live, desired) else "high"


def _admits_more(name: str, live: Any, desired: Any) -> bool:
    try:
        return is_widening(name, desired, live) or name == "sip_network_permission_id"
    except (TypeError, ValueError):  # a value of a form that the collection does not give
        return True


def _loses_service(name: str, item: Mapping[str, Any]) -> bool:
    try:
        return loses_service(name, item["before"], item["after"])
    except TypeError:  # a value of a form that the collection does not give
        return True


def _result(part: Part, outcome: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what became of a change; ``outcome`` is the module's word on it, if it has any."""
    if not part.written:
        return {"status": "planned", "message": None}
    if outcome is not None:
        error = outcome.get("error")
        message = str(error["msg"]) if isinstance(error, Mapping) and "msg" in error else None
        return {"status": outcome["status"] if outcome["status"] in OUTCOMES else "failed", "message": message}
    result = part.result or {}
    if not result.get(
        "failed"
    ):  # a module that tells outcomes tells none of what it has not carried out, as in check mode
        return {"status": "planned" if isinstance(result.get("outcomes"), list) else "verified", "message": None}
    status = (
        "not_applied"
        if part.kind == "not_applied"
        else "not_reached"
        if part.kind in ("blocked", "read_only")
        else "failed"
    )
    return {"status": status, "message": str(result.get("msg") or "") or None}


def _side_effects(key: str, part: Part, changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    causes = {item["address"]: item for item in changes}
    return [_side_effect(key, item, causes.get(str(item["caused_by"]))) for item in part.side_effects()]


def _side_effect(key: str, item: Mapping[str, Any], cause: Mapping[str, Any] | None) -> dict[str, Any]:
    name = str(item["field"])
    resource = "extension" if name in OF_EXTENSION else "phone"
    address = f"{resource}/{item['extension']}"
    object_id = digest(key, "side_effect", address, name)
    return {
        "id": digest(object_id, item["before"], item["after"], item["caused_by"]),
        "object_id": object_id,
        "address": address,
        "resource": resource,
        "action": "update",
        "field": name,
        "before": item["before"],
        "after": item["after"],
        "cause": "side_effect",
        "caused_by": cause["id"] if cause else None,
        "severity": "critical" if item["widening"] else "high" if _loses_service(name, item) else "low",
        "widening": bool(item["widening"]),
        "reversible": False,
        "result": dict(cause["result"]) if cause else {"status": "planned", "message": None},
    }


def _finding(key: str, item: Mapping[str, Any]) -> dict[str, Any]:
    given = item.get("evidence")
    evidence = dict(given) if isinstance(given, Mapping) else {}
    hint = item.get("hint")
    severity = str(item["severity"])
    same = [evidence.get("device"), evidence.get("address")] if evidence else str(item["message"])
    object_id = digest(key, "finding", item["rule"], item["address"], same)
    line = item.get("line")
    known = "file" in item and isinstance(line, int) and not isinstance(line, bool) and line > 0
    return {
        "id": digest(object_id, evidence, str(item["message"])),
        "object_id": object_id,
        "rule": str(item["rule"]),
        "severity": severity if severity in SEVERITIES else "high",
        "address": str(item["address"]),
        "message": str(item["message"]),
        "hint": None if hint is None else str(hint),
        "evidence": evidence,
        "source": {"file": str(item["file"]), "line": line} if known else None,
    }
