# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a report from the results of a run, and from reports of other runs that are merged into it.

Pure, without a clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils import _version

from .history import Earlier, part_of
from .items import digest, items_of_host
from .ledger import Causes, agreed_of, cause, empty, unknown_of, updated
from .results import Host, Part
from .schema import FORMAT, VERSION
from .status import is_done, items_of
from .timestamps import day, stamp
from .types import (
    Carried,
    Change,
    Client,
    Counts,
    ExceededLimit,
    Item,
    Ledger,
    NotCompared,
    Quota,
    Report,
    Resolved,
    Source,
)
from .verdict import FailOn, Judgement, judge, not_checked_share, oldest, settle_status, totals, verdict
from .waivers import Applied, Waiver, apply_waivers

Locate = Callable[[str, str, str | None], int]
"""Returns the line of a client file that defines an object (by its address) and its field, 1 if unknown."""


def _first_line(file: str, address: str, name: str | None) -> int:
    return 1


@dataclass(frozen=True)
class RunInput:
    """The input of a report besides the hosts.

    ``reports`` are merged into this one, ``previous`` is the previous report. ``truncated`` is whether the run was
    interrupted; a run with fewer clients than ``expected`` was too. ``limited`` is whether the run was limited to some
    clients: the other clients of the previous report stay in the report, each with the time of its last check, and
    count for the verdict.
    """

    mode: str
    run_id: str
    started: datetime
    finished: datetime
    reports: Sequence[Report] = ()
    previous: Report | None = None
    ledger: Ledger = field(default_factory=empty)
    waivers: Sequence[Waiver] = ()
    fail_on: FailOn = field(default_factory=FailOn)
    truncated: bool = False
    expected: int = 0
    limited: bool = False
    locate: Locate = _first_line


@dataclass(frozen=True)
class Built:
    """A report, the ledger after it, the judgement, and the waivers by their state."""

    report: Report
    ledger: Ledger
    judgement: Judgement
    waivers: Applied


def build(hosts: Sequence[Host], run: RunInput) -> Built:
    """Return the report of a run."""
    by_key = {host.key: host for host in hosts}
    earlier = _earlier(run)
    clients = {client["key"]: client for client in merged_clients(run.reports)}
    kept = {
        client["key"]: client for client in _kept(run) if client["key"] not in clients and client["key"] not in by_key
    }
    clients.update(kept)
    clients.update((host.key, _client(host, run)) for host in by_key.values())
    listed = [clients[key] for key in sorted(clients)]
    for client in listed:
        earlier.date(client, run.finished)
        _drop_expired(items_of(client), run.finished)
    waivers = apply_waivers(run.waivers, listed, run.finished.date())
    for client in listed:
        host = by_key.get(client["key"])
        if host is not None or client["status"] in ("clean", "pending", "drift"):
            settle_status(client, host)
        if client["checked"] is None:
            client["checked"] = earlier.checked.get(client["key"])
    report = _report(listed, earlier, waivers, run, sorted(kept))
    judgement = judge(listed, run.fail_on, report["truncated"])
    report["verdict"] = verdict(listed, report["truncated"])
    report["exit_code"] = judgement.exit_code
    return Built(report, updated(run.ledger, list(by_key.values()), _differing(listed)), judgement, waivers)


def merged_clients(reports: Iterable[Report]) -> list[Client]:
    """Return each client of the reports once, from the last run that reached it."""
    found: dict[str, Client] = {}
    for report in sorted(reports, key=_finished):
        for client in report["clients"]:
            known = found.get(client["key"], client)
            if client["status"] != "not_checked" or known["status"] == "not_checked":
                found[client["key"]] = deepcopy(client)
    return list(found.values())


def merged_carried(reports: Iterable[Report]) -> dict[str, Carried]:
    """Return what the reports carry about clients and parts that they did not compare; the last report wins."""
    found: dict[str, Carried] = {}
    for report in sorted(reports, key=_finished):
        found.update(deepcopy(report["carried"]))
    return found


def merged_resolved(
    reports: Iterable[Report], resolved: Iterable[Resolved], present: Container[tuple[str, str]]
) -> list[Resolved]:
    """Return ``resolved`` and the resolved items of the reports, each once.

    ``present`` are items that are not resolved, by client and object id.
    """
    found: dict[tuple[str, str], Resolved] = {}
    ordered = sorted(reports, key=_finished)
    for item in (*(item for report in ordered for item in report["resolved"]), *resolved):
        if (item["client"], item["object_id"]) not in present:
            found[item["client"], item["object_id"]] = deepcopy(item)
    return sorted(found.values(), key=lambda item: (item["client"], item["address"], item["what"]))


def summed(counts: Iterable[Mapping[str, int]]) -> Counts:
    """Add counts by name."""
    total: Counter[str] = Counter()
    for entry in counts:
        total.update(entry)
    return dict(total)


def _finished(report: Report) -> str:
    return report["run"]["finished"]


def _kept(run: RunInput) -> list[Client]:
    """Return the clients of the previous report that a limited run keeps, without the changes applied then."""
    kept = merged_clients([run.previous]) if run.limited and run.previous else []
    for client in kept:
        client["changes"] = [item for item in client["changes"] if not is_done(item)]
        client["requests"] = {}
    return kept


def _earlier(run: RunInput) -> Earlier:
    """Return the content of the previous report, and what the merged reports carry."""
    earlier = Earlier.of(run.previous)
    if not run.reports:
        return earlier
    carried = Earlier.carried_by(merged_carried(run.reports))
    checked = {
        key: max((known for known in (carried.checked.get(key), earlier.checked.get(key)) if known), default=None)
        for key in (*carried.checked, *earlier.checked)
    }
    return replace(earlier, known={**carried.known, **earlier.known}, checked=checked)


def _client(host: Host, run: RunInput) -> Client:
    """Return the entry of a client, without its status."""
    changes, findings = items_of_host(host)
    agreed, unknown = agreed_of(run.ledger, host), unknown_of(run.ledger, host)
    for change in changes:
        if change["cause"] == "unknown":
            change["cause"] = cause(agreed, part_of(change["address"]), change, unknown)
        change["source"] = _source(host, change, changes, run.locate)
    for finding in findings:
        finding["source"] = finding["source"] or _source(host, finding, changes, run.locate)
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
        "checked": stamp(run.finished) if whole else None,
        "compared": compared,
        "not_compared": missing,
        "requests": summed(_counts(part.result.get("requests")) for part in host.parts if part.result),
        "quota": next((_quota(part) for part in reversed(host.parts) if _quota(part)), None),
        "registered_phones": _registered(host.parts),
        "blocked": _limits(host),
        "changes": changes,
        "findings": findings,
    }


def _not_compared(host: Host) -> list[NotCompared]:
    if host.blocked is not None:
        return [{"part": "everything", "reason": host.blocked}]
    if not host.parts:
        return [{"part": "everything", "reason": host.problem or "nothing was compared"}]
    found: dict[str, str] = {}
    for part in host.parts:
        if part.failure is not None:
            found.setdefault(part.name, part.failure)
    return [{"part": name, "reason": reason} for name, reason in found.items()]


def _source(host: Host, item: Item, changes: Sequence[Change], locate: Locate) -> Source | None:
    """Return the line that defines the object, in the client file or a file of variables; of a side effect, that of its
    cause.
    """
    if host.file is None:
        return None
    cause_id = item["caused_by"] if "cause" in item else None
    about = next((change for change in changes if change["id"] == cause_id), item) if cause_id else item
    elsewhere = host.origins.get(f"client_{part_of(about['address'])}")
    if elsewhere:
        return {"file": elsewhere[0], "line": elsewhere[1]}
    return {
        "file": host.file,
        "line": locate(host.file, about["address"], about["field"] if "cause" in about else None),
    }


def _counts(value: Any) -> Counts:
    """Return the counts of a result; other values are left out."""
    found = value.items() if isinstance(value, Mapping) else ()
    return {
        str(name): count
        for name, count in found
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0
    }


def _quota(part: Part) -> Quota | None:
    counts = _counts((part.result or {}).get("quota"))
    if not counts:
        return None
    return {
        "limit": counts.get("limit"),
        "remaining": counts.get("remaining"),
        "reset_seconds": counts.get("reset_seconds"),
    }


def _limits(host: Host) -> list[ExceededLimit]:
    """Return the exceeded limits, each once: the results of the plan and of the apply can both contain one."""
    found: list[ExceededLimit] = []
    for part in host.parts:
        found += [limit for limit in map(_limit, part.blocked()) if limit not in found]
    return found


def _limit(item: Mapping[str, Any]) -> ExceededLimit:
    counts = _counts(item)
    return {
        "rule": str(item["rule"]),
        "actual": counts.get("actual", 0),
        "limit": counts.get("limit", 0),
        "override": str(item["override"]),
    }


def _registered(parts: Sequence[Part]) -> int | None:
    """Return the number of registered extensions, if all registrations were read."""
    for part in parts:
        found = (part.result or {}).get("registrations")
        if part.resource == "client_registrations" and isinstance(found, list) and part.failure is None:
            return sum(1 for entry in found if isinstance(entry, Mapping) and entry.get("registered") is True)
    return None


def _drop_expired(items: Iterable[Item], now: datetime) -> None:
    """Remove expired waivers: those of merged reports expire too."""
    for item in items:
        if item["waiver"] is not None and day(item["waiver"]["expires"]) < now.date():
            item["waiver"] = None


def _differing(clients: Iterable[Client]) -> dict[str, Causes]:
    return {
        client["key"]: {
            (item["address"], item["field"]): item["cause"] for item in client["changes"] if not is_done(item)
        }
        for client in clients
    }


def _report(clients: list[Client], earlier: Earlier, waivers: Applied, run: RunInput, kept: list[str]) -> Report:
    present = {
        (client["key"], item["object_id"]) for client in clients for item in items_of(client) if not is_done(item)
    }
    resolved = merged_resolved(run.reports, earlier.resolved(clients), present)
    counted = totals(clients, len(resolved))
    runs = [report["run"] for report in run.reports]
    others = [*run.reports, *([run.previous] if kept and run.previous else [])]
    finished = stamp(run.finished)
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "mode": run.mode,
        "truncated": run.truncated
        or len(clients) < run.expected
        or (not run.expected and any(report["truncated"] for report in others)),
        "verdict": "pending",
        "exit_code": 0,
        "fail_on": run.fail_on.as_dict(),
        "fleet_id": digest(*([client["key"], client["plan_id"]] for client in clients)),
        "run": {
            "id": run.run_id,
            "started": min([stamp(run.started), *(one["started"] for one in runs)]),
            "finished": finished,
            "collection_version": _version.VERSION,
            "requests": summed(client["requests"] for client in clients),
            "previous": earlier.finished,
        },
        "totals": {
            **counted,
            "not_checked_share": not_checked_share(clients),
            "oldest": oldest(clients, run.finished),
        },
        "history": earlier.continued(counted, finished, len(kept)),
        "waivers": waivers.as_dict(),
        "resolved": resolved,
        "clients": clients,
        "kept": kept,
        "carried": earlier.carried(clients, run.finished),
    }
