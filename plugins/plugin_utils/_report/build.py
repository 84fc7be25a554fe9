# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One report out of what a run has seen: the pieces in their order, without I/O and without a clock. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils import _version

from .history import Memory, done, part_of
from .items import digest, items_of
from .ledger import (
    Causes,
    agreed_of,
    cause,
    empty,
    unknown_of,
    updated,
)
from .merge import (
    merged_carried,
    merged_clients,
    merged_resolved,
    summed,
)
from .results import Host, Part
from .schema import FORMAT, VERSION
from .timestamps import day, stamp
from .verdict import (
    FailOn,
    Judgement,
    judge,
    not_checked_share,
    oldest,
    settle_status,
    totals,
    verdict,
)
from .waivers import Applied, Waiver, apply_waivers

Locate = Callable[[str, str, "str | None"], int]
"""Returns the line of a client file where an object and its field are desired, 1 where that is not known."""


def _first_line(file: str, address: str, name: str | None) -> int:
    return 1


@dataclass(frozen=True)
class Told:
    """What a report is made of beside the hosts.

    ``reports`` are others that go into this one, ``previous`` is the one before it. ``truncated`` is whether the run ended
    before its end, which it has as well with fewer clients than ``expected``. ``limited`` is whether it was to look at some clients
    only: the others stay as the previous report has them, each with the time of its last check, and are judged as well.
    """

    mode: str
    run_id: str
    started: datetime
    finished: datetime
    reports: Sequence[Mapping[str, Any]] = ()
    previous: Mapping[str, Any] | None = None
    ledger: Mapping[str, Any] = field(default_factory=empty)
    waivers: Sequence[Waiver] = ()
    fail_on: FailOn = field(default_factory=FailOn)
    truncated: bool = False
    expected: int = 0
    limited: bool = False
    locate: Locate = _first_line


@dataclass(frozen=True)
class Built:
    """A report, the ledger after it, and what fails."""

    report: dict[str, Any]
    ledger: dict[str, Any]
    judgement: Judgement
    waivers: Applied


def build(hosts: Sequence[Host], told: Told) -> Built:
    """Return the report of a run."""
    by_key = {host.key: host for host in hosts}
    memory = _memory(told)
    clients = {client["key"]: client for client in merged_clients(told.reports)}
    kept = {
        client["key"]: client for client in _kept(told) if client["key"] not in clients and client["key"] not in by_key
    }
    clients.update(kept)
    clients.update((host.key, _client(host, told)) for host in by_key.values())
    listed = [clients[key] for key in sorted(clients)]
    for client in listed:
        items = (*client["changes"], *client["findings"])
        memory.date(client, items, told.finished)
        _drop_expired(items, told.finished)
    waived = apply_waivers(told.waivers, listed, told.finished.date())
    for client in listed:
        host = by_key.get(client["key"])
        if host is not None or client["status"] in ("clean", "pending", "drift"):
            settle_status(client, host)
        if client["checked"] is None:
            client["checked"] = memory.checked.get(client["key"])
    report = _report(listed, memory, waived, told, sorted(kept))
    judgement = judge(listed, told.fail_on, report["truncated"])
    report["verdict"] = verdict(listed, report["truncated"])
    report["exit_code"] = judgement.exit_code
    return Built(report, updated(told.ledger, list(by_key.values()), _differing(listed)), judgement, waived)


def _kept(told: Told) -> list[dict[str, Any]]:
    """Return the clients of the previous report as a limited run leaves them: what was carried out then is not told again."""
    kept = merged_clients([told.previous]) if told.limited and told.previous else []
    for client in kept:
        client["changes"] = [item for item in client["changes"] if not done(item)]
        client["requests"] = {}
    return kept


def _memory(told: Told) -> Memory:
    """Return what is known from before. Reports that are merged bring along what they carry."""
    memory = Memory.of(told.previous)
    if not told.reports:
        return memory
    carried = Memory.of(
        {"carried": merged_carried(told.reports), "clients": [], "history": [], "run": {"finished": None}}
    )
    checked = {
        key: max((known for known in (carried.checked.get(key), memory.checked.get(key)) if known), default=None)
        for key in (*carried.checked, *memory.checked)
    }
    return replace(memory, known={**carried.known, **memory.known}, checked=checked)


def _client(host: Host, told: Told) -> dict[str, Any]:
    """Return the entry of a client, but for its status."""
    changes, findings = items_of(host)
    agreed, unknown = agreed_of(told.ledger, host), unknown_of(told.ledger, host)
    for item in changes:
        if item["cause"] == "unknown":
            item["cause"] = cause(agreed, part_of(item["address"]), item, unknown)
    for item in (*changes, *findings):
        item["waiver"] = None
        if item.get("source") is None:
            item["source"] = _source(host, item, changes, told.locate)
    missing = _not_compared(host)
    compared = sorted(
        {part.name for part in host.parts if part.failure is None and not part.skipped}
        - {item["part"] for item in missing}
    )
    whole = bool(host.parts) and not missing and host.blocked is None
    return {
        "key": host.key,
        "client_id": host.client_id,
        "file": host.file,
        "status": "not_checked",
        "reason": None,
        "plan_id": digest(*sorted(item["id"] for item in changes)),
        "checked": stamp(told.finished) if whole else None,
        "compared": compared,
        "not_compared": missing,
        "requests": summed(_counts(part.result.get("requests")) for part in host.parts if part.result),
        "quota": next((_quota(part) for part in reversed(host.parts) if _quota(part)), None),
        "registered_phones": _registered(host.parts),
        "blocked": _limits(host),
        "changes": changes,
        "findings": findings,
    }


def _not_compared(host: Host) -> list[dict[str, str]]:
    if host.blocked is not None:
        return [{"part": "everything", "reason": host.blocked}]
    if not host.parts:
        return [{"part": "everything", "reason": host.problem or "nothing was compared"}]
    found: dict[str, str] = {}
    for part in host.parts:
        if part.failure is not None:
            found.setdefault(part.name, part.failure)
    return [{"part": name, "reason": reason} for name, reason in found.items()]


def _source(
    host: Host, item: Mapping[str, Any], changes: Sequence[Mapping[str, Any]], locate: Locate
) -> dict[str, Any] | None:
    """Return where the client file, or a file of variables, desires the object; of a side effect, where it desires what causes it."""
    if host.file is None:
        return None
    by = item.get("caused_by")
    about = next((change for change in changes if change["id"] == by), item) if by else item
    elsewhere = host.origins.get(f"client_{part_of(about['address'])}")
    if elsewhere:
        return {"file": elsewhere[0], "line": elsewhere[1]}
    return {"file": host.file, "line": locate(host.file, about["address"], about.get("field"))}


def _counts(given: Any) -> dict[str, int]:
    found = given.items() if isinstance(given, Mapping) else ()
    return {
        str(name): value
        for name, value in found
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0
    }


def _quota(part: Part) -> dict[str, Any] | None:
    given = (part.result or {}).get("quota")
    counts = _counts(given)
    return {name: counts.get(name) for name in ("limit", "remaining", "reset_seconds")} if counts else None


def _limits(host: Host) -> list[dict[str, Any]]:
    """Return the limits that are exceeded, each once: the plan and what became of it may both tell of one."""
    found: list[dict[str, Any]] = []
    for part in host.parts:
        found += [limit for limit in map(_limit, part.blocked()) if limit not in found]
    return found


def _limit(item: Mapping[str, Any]) -> dict[str, Any]:
    counts = _counts(item)
    return {
        "rule": str(item["rule"]),
        "actual": counts.get("actual", 0),
        "limit": counts.get("limit", 0),
        "override": str(item["override"]),
    }


def _registered(parts: Sequence[Part]) -> int | None:
    """Return how many extensions are registered, where all were looked at together."""
    for part in parts:
        found = (part.result or {}).get("registrations")
        if part.resource == "client_registrations" and isinstance(found, list) and part.failure is None:
            return sum(1 for entry in found if isinstance(entry, Mapping) and entry.get("registered") is True)
    return None


def _drop_expired(items: Sequence[dict[str, Any]], now: datetime) -> None:
    """A waiver that came with another report ends on its day as well."""
    for item in items:
        if item["waiver"] is not None and day(item["waiver"]["expires"]) < now.date():
            item["waiver"] = None


def _differing(clients: Sequence[Mapping[str, Any]]) -> dict[str, Causes]:
    return {
        client["key"]: {(item["address"], item["field"]): item["cause"] for item in client["changes"] if not done(item)}
        for client in clients
    }


def _report(
    clients: list[dict[str, Any]], memory: Memory, waived: Applied, told: Told, kept: list[str]
) -> dict[str, Any]:
    left = {
        (client["key"], item["object_id"])
        for client in clients
        for item in (*client["changes"], *client["findings"])
        if not done(item)
    }
    resolved = merged_resolved(told.reports, memory.resolved(clients), left)
    counted = totals(clients, len(resolved))
    runs = [report["run"] for report in told.reports]
    earlier = [*told.reports, *([told.previous] if kept and told.previous else [])]
    finished = stamp(told.finished)
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "mode": told.mode,
        "truncated": told.truncated
        or len(clients) < told.expected
        or (not told.expected and any(report["truncated"] for report in earlier)),
        "verdict": "pending",
        "exit_code": 0,
        "fail_on": told.fail_on.as_dict(),
        "fleet_id": digest(*([client["key"], client["plan_id"]] for client in clients)),
        "run": {
            "id": told.run_id,
            "started": min([stamp(told.started), *(run["started"] for run in runs)]),
            "finished": finished,
            "collection_version": _version.VERSION,
            "requests": summed(client["requests"] for client in clients),
            "previous": memory.finished,
        },
        "totals": {
            **counted,
            "not_checked_share": not_checked_share(clients),
            "oldest": oldest(clients, told.finished),
        },
        "history": memory.told({**counted, "kept": len(kept)}, finished),
        "waivers": waived.as_dict(),
        "resolved": resolved,
        "clients": clients,
        "kept": kept,
        "carried": memory.carried(clients, told.finished),
    }
