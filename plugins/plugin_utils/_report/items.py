# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes, side effects and findings of one client, with ids that stay the same from report to report. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.addresses import address_of
from ansible_collections.ringme.pbx.plugins.module_utils._model.side_effects import OF_EXTENSION
from ansible_collections.ringme.pbx.plugins.module_utils._model.widening import is_widening, loses_service

from .results import (
    REGISTRATIONS,
    Host,
    Part,
    valid_findings,
)
from .schema import ACTIONS, OUTCOMES, SEVERITIES
from .status import is_done
from .types import Change, ChangeResult, Finding

_LOW = frozenset({"hold_music", "disk_space_notify_email", "disk_space_notify_threshold"})
_MEDIUM = frozenset({"timezone"})
_GUARDS = frozenset({"geo_list", "sip_network_permission_id", "dial_rule_id"})
"""Settings that restrict registrations and calls."""


def digest(*parts: Any) -> str:
    """Return a fingerprint of data."""
    return hashlib.sha256(
        json.dumps(parts, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    ).hexdigest()


def items_of_host(host: Host) -> tuple[list[Change], list[Finding]]:
    """Return the changes and the findings of a client, each once, in the order of its parts.

    Data from the ledger, the previous report, the waivers and the client file is still missing: ``cause`` is
    ``unknown`` except for registrations and side effects, ``first_seen`` is empty, ``waiver`` is ``None``, and so is
    the ``source`` of all items but the findings of a file.
    """
    changes: list[Change] = []
    findings: list[Finding] = [_finding(host.key, item) for item in valid_findings(map(_of_file, host.findings))]
    for part in host.parts:
        of_part = [_finding(host.key, item) for item in part.findings()]
        own = _own_changes(host.key, part, _worst(of_part))
        changes += own + _side_effects(host.key, part, own)
        fixed = _fixed(part, own)
        findings += [item for item in of_part if item["address"] not in fixed]
    # The last part wins: it can be the one that applied a change.
    return list({item["id"]: item for item in changes}.values()), list({item["id"]: item for item in findings}.values())


def _own_changes(key: str, part: Part, worst: Mapping[str, str]) -> list[Change]:
    """Return the changes of a part.

    Changes with the same id, as of two identical phones behind one router, are numbered.
    """
    outcomes: dict[str, list[Mapping[str, Any]]] = {}
    for outcome in part.outcomes():
        outcomes.setdefault(str(outcome["address"]), []).append(outcome)
    found: list[Change] = []
    same: Counter[str] = Counter()
    for item in part.changes():
        of_object = outcomes.get(str(item["address"]), [])  # in the order of the changes
        result = _result(part, of_object.pop(0) if of_object else None)
        for entry in _changes(key, part, item, worst):
            number = same[entry["id"]]
            same[entry["id"]] += 1
            if number:
                entry["id"], entry["object_id"] = digest(entry["id"], number), digest(entry["object_id"], number)
            entry["result"] = {**result}
            found.append(entry)
    return found


def _fixed(part: Part, changes: Sequence[Change]) -> set[str]:
    """Return the objects whose changes are all applied, without the registrations that came back since."""
    done = {item["address"] for item in changes if is_done(item)}
    back = {f"registration/{item.get('extension')}" for item in part.came_back()}
    return done - {item["address"] for item in changes if not is_done(item)} - back


def _of_file(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a finding of a client file, which has no object."""
    return {"address": "file", **item, "evidence": {}}


def _worst(findings: Sequence[Finding]) -> dict[str, str]:
    """Return the worst severity of each address."""
    found: dict[str, str] = {}
    for item in findings:
        known = found.get(item["address"], SEVERITIES[-1])
        found[item["address"]] = min(known, item["severity"], key=SEVERITIES.index)
    return found


def _changes(key: str, part: Part, item: Mapping[str, Any], worst: Mapping[str, str]) -> list[Change]:
    """Return one change for each field, and one for each registration to remove; without their results."""
    fields = [field for field in item["fields"] if isinstance(field, Mapping) and isinstance(field.get("name"), str)]
    names = {field["name"] for field in fields}
    if "members" in names:  # the same as bundle_list, by number
        fields = [field for field in fields if field["name"] != "bundle_list"]
    split = [one for field in fields for one in _split(part, field)] or [{"name": None}]
    return [_change(key, part, item, field, worst) for field in split]


def _split(part: Part, field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    removed = field.get("before")
    if part.name != REGISTRATIONS or not isinstance(removed, list):
        return [field]
    return [{**field, "before": [entry]} for entry in removed]


def _change(
    key: str, part: Part, item: Mapping[str, Any], field: Mapping[str, Any], worst: Mapping[str, str]
) -> Change:
    name, before, after = field["name"], field.get("before"), field.get("after")
    address = str(item["address"])
    stable = [_stable(entry) for entry in before] if part.name == REGISTRATIONS and isinstance(before, list) else None
    object_id = digest(key, "change", address, name, stable)
    return {
        "id": digest(object_id, item["action"], stable or before, after),
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
        "result": {"status": "planned", "message": None},
        "first_seen": "",
        "age_seconds": 0,
        "new": True,
        "waiver": None,
        "source": None,
    }


def _stable(entry: Any) -> Any:
    """Return what stays the same of a registration when the device registers again: without its ports."""
    if not isinstance(entry, Mapping):
        return entry
    where = address_of(str(entry.get("real_address")))
    return [entry.get("device"), str(where) if where else entry.get("real_address")]


def _severity(name: str | None, live: Any, desired: Any) -> str:
    """Return the severity of a different value: critical for a live value that permits more than the desired one."""
    if name in _LOW:
        return "low"
    if name in _MEDIUM:
        return "medium"
    return "critical" if name in _GUARDS and _permits_more(name, live, desired) else "high"


def _permits_more(name: str, live: Any, desired: Any) -> bool:
    try:
        return is_widening(name, desired, live) or name == "sip_network_permission_id"
    except (TypeError, ValueError):  # a value of an unknown format
        return True


def _loses_service(name: str, item: Mapping[str, Any]) -> bool:
    try:
        return loses_service(name, item["before"], item["after"])
    except TypeError:  # a value of an unknown format
        return True


def _result(part: Part, outcome: Mapping[str, Any] | None) -> ChangeResult:
    """Return the result of a change; ``outcome`` is its entry in the result of the module, if there is one."""
    if not part.written:
        return {"status": "planned", "message": None}
    if outcome is not None:
        error = outcome.get("error")
        message = str(error["msg"]) if isinstance(error, Mapping) and "msg" in error else None
        return {"status": outcome["status"] if outcome["status"] in OUTCOMES else "failed", "message": message}
    result = part.result or {}
    if not result.get("failed"):
        # A module that returns outcomes has none for changes that it did not apply, as in check mode.
        return {"status": "planned" if isinstance(result.get("outcomes"), list) else "verified", "message": None}
    status = (
        "not_applied"
        if part.kind == "not_applied"
        else "not_reached"
        if part.kind in ("blocked", "read_only")
        else "failed"
    )
    return {"status": status, "message": str(result.get("msg") or "") or None}


def _side_effects(key: str, part: Part, changes: Sequence[Change]) -> list[Change]:
    causes = {item["address"]: item for item in changes}
    return [_side_effect(key, item, causes.get(str(item["caused_by"]))) for item in part.side_effects()]


def _side_effect(key: str, item: Mapping[str, Any], cause: Change | None) -> Change:
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
        "result": {**cause["result"]} if cause else {"status": "planned", "message": None},
        "first_seen": "",
        "age_seconds": 0,
        "new": True,
        "waiver": None,
        "source": None,
    }


def _finding(key: str, item: Mapping[str, Any]) -> Finding:
    value = item.get("evidence")
    evidence = dict(value) if isinstance(value, Mapping) else {}
    hint = item.get("hint")
    severity = str(item["severity"])
    same = [evidence.get("device"), evidence.get("address")] if evidence else str(item["message"])
    object_id = digest(key, "finding", item["rule"], item["address"], same)
    line = item.get("line")
    in_file = "file" in item and isinstance(line, int) and not isinstance(line, bool) and line > 0
    return {
        "id": digest(object_id, evidence, str(item["message"])),
        "object_id": object_id,
        "rule": str(item["rule"]),
        "severity": severity if severity in SEVERITIES else "high",
        "address": str(item["address"]),
        "message": str(item["message"]),
        "hint": None if hint is None else str(hint),
        "evidence": evidence,
        "source": {"file": str(item["file"]), "line": int(line or 1)} if in_file else None,
        "first_seen": "",
        "age_seconds": 0,
        "new": True,
        "waiver": None,
    }
