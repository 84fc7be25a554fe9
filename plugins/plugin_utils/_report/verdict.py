# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on each client and on all of them: by what is open, what was not compared, and what is to fail. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .history import done
from .results import Host
from .schema import CAUSES, SEVERITIES, STATUSES
from .timestamps import age

EXIT_CODES = {"clean": 0, "pending": 2, "drift": 2, "blocked": 3, "error": 1}
NEVER = "never"


@dataclass(frozen=True)
class FailOn:
    """What fails a run: the least ``severity`` that counts, the share ``not_checked`` that may be left, and whether what only waits counts."""

    severity: str = SEVERITIES[-1]
    not_checked: float = 0.0
    pending: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return the report's entry."""
        return {"severity": self.severity, "not_checked": self.not_checked, "pending": self.pending}

    def counts(self, client: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
        """Whether an open change or finding fails its client."""
        if self.severity == NEVER or SEVERITIES.index(item["severity"]) > SEVERITIES.index(self.severity):
            return False
        return self.pending or not waits(client, item)


def is_open(item: Mapping[str, Any]) -> bool:
    """Whether a change or finding still stands, and nobody has waived it."""
    return item["waiver"] is None and not done(item)


def waits(client: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Whether a change only waits to be applied, by itself or as the side effect of one that does."""
    if item.get("cause") == "side_effect":
        causes = (change for change in client["changes"] if change["id"] == item["caused_by"])
        return next((change["cause"] == "pending" for change in causes), False)
    return item.get("cause") == "pending"


def open_items(client: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the changes and findings that count."""
    return [item for item in (*client["changes"], *client["findings"]) if is_open(item)]


def settle_status(client: dict[str, Any], host: Host | None = None) -> None:
    """Set ``status`` and ``reason`` of a client. What was not compared comes before everything that was found."""
    status, reason = _unchecked(client, host) or _blocked(client, host) or (None, None)
    if status is None:
        items = open_items(client)
        status = "clean" if not items else "pending" if all(waits(client, item) for item in items) else "drift"
    client["status"], client["reason"] = status, reason


def _unchecked(client: Mapping[str, Any], host: Host | None) -> tuple[str, str] | None:
    if host is not None and host.blocked is not None:
        return "blocked", host.blocked
    missing = client["not_compared"]
    if host is not None and not [part for part in host.parts if part.result is not None]:
        return "not_checked", host.problem or (missing[0]["reason"] if missing else "nothing was compared")
    if not missing:
        return None
    forbidden = host is not None and all(
        part.kind in ("conflict", "options") and part.findings() for part in host.parts if part.failure
    )
    told = "; ".join(f"{item['part']}: {item['reason']}" for item in missing)
    return ("blocked" if forbidden else "error"), told


def _blocked(client: Mapping[str, Any], host: Host | None) -> tuple[str, str] | None:
    failed = [part for part in host.parts if part.stopped] if host is not None else []
    texts = [
        f"{item['rule']}: {item['actual']}, and the limit is {item['limit']}; let through by {item['override']}"
        for item in client["blocked"]
    ]
    others = [part for part in failed if part.kind != "blocked"]
    if others:
        return "error", "; ".join(str((part.result or {}).get("msg") or part.kind) for part in others)
    if texts:
        return "blocked", "; ".join(texts)
    if failed:
        return "blocked", "; ".join(str((part.result or {}).get("msg") or "a limit stops the plan") for part in failed)
    return None


def totals(clients: Sequence[Mapping[str, Any]], resolved: int) -> dict[str, Any]:
    """Return what the history keeps of a report."""
    items = [item for client in clients for item in open_items(client)]
    changes = [item for item in items if "cause" in item]
    every = [item for client in clients for item in (*client["changes"], *client["findings"])]
    return {
        "clients": {"total": len(clients), **_counted(STATUSES, (client["status"] for client in clients))},
        "changes": _counted(CAUSES, (item["cause"] for item in changes)),
        "severity": _counted(SEVERITIES, (item["severity"] for item in items)),
        "resources": dict(sorted(Counter(item["resource"] for item in changes).items())),
        "findings": len(items) - len(changes),
        "waived": sum(1 for item in every if item["waiver"] is not None and not done(item)),
        "applied": sum(1 for item in every if done(item)),
        "new": sum(1 for item in items if item["new"]),
        "resolved": resolved,
    }


def _counted(names: Iterable[str], found: Iterable[str]) -> dict[str, int]:
    counts = Counter(found)
    return {name: counts[name] for name in names}


def not_checked_share(clients: Sequence[Mapping[str, Any]]) -> float:
    """Return the share of clients that were not compared in every part."""
    return sum(1 for client in clients if unchecked(client)) / len(clients) if clients else 0.0


def unchecked(client: Mapping[str, Any]) -> bool:
    """Whether something of a client was not compared."""
    return bool(client["not_compared"]) or client["status"] in ("error", "not_checked")


def oldest(clients: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, Any] | None:
    """Return what has lasted longest."""
    items = [(item["first_seen"], client["key"], item["address"]) for client in clients for item in open_items(client)]
    if not items:
        return None
    first_seen, key, address = min(items)
    return {"client": key, "address": address, "first_seen": first_seen, "age_seconds": age(first_seen, now)}


def verdict(clients: Sequence[Mapping[str, Any]], truncated: bool) -> str:
    """Return the worst that is true of any client, whatever fails a run. What was not compared, or a run without clients, is an error."""
    found = {client["status"] for client in clients}
    if truncated or not found or "not_checked" in found:
        return "error"
    return next((status for status in ("error", "blocked", "drift", "pending") if status in found), "clean")


@dataclass(frozen=True)
class Judgement:
    """What fails: why, by client, and the exit code that says the worst of it."""

    exit_code: int
    failing: Mapping[str, str]


def judge(clients: Sequence[Mapping[str, Any]], fail_on: FailOn, truncated: bool = False) -> Judgement:
    """Return which clients fail the run, each with all that it fails for in one text."""
    too_many = not_checked_share(clients) > fail_on.not_checked
    failing: dict[str, str] = {}
    codes = set()
    for client in clients:
        items = [item for item in open_items(client) if fail_on.counts(client, item)]
        texts = told(items)
        code = EXIT_CODES["drift"] if items else 0
        if (
            client["status"] == "error" and not client["not_compared"]
        ):  # compared, and then not carried out: no share excuses that
            code = EXIT_CODES["error"]
            texts.append(f"? FAILED: {client['reason']}")
        elif unchecked(client):
            if too_many:
                code = EXIT_CODES["blocked" if client["status"] == "blocked" else "error"]
                texts = [text for text in texts if not text.startswith("! file:")]  # the reason says the same
                texts.append(f"? NOT CHECKED: {client['reason']}")
        elif client["status"] == "blocked":
            code = EXIT_CODES["blocked"]
            texts.append(f"? BLOCKED: {client['reason']}")
        if code:
            failing[client["key"]] = "; ".join(texts)
            codes.add(code)
    if not clients or (truncated and fail_on.not_checked < 1):
        codes.add(EXIT_CODES["error"])
    return Judgement(next((code for code in (1, 3, 2) if code in codes), 0), failing)


_MARKS = {"create": "+", "update": "~", "delete": "-"}


def told(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each object that differs, and for each finding."""
    objects: dict[tuple[str, str], list[str]] = {}
    findings = []
    for item in items:
        if "rule" in item:
            findings.append(f"! {item['address']}: {item['message']} ({item['rule']}, {item['severity']})")
            continue
        mark = "»" if item["cause"] == "side_effect" else _MARKS[item["action"]]
        fields = (
            f"{item['field']} {_json(item['before'])} -> {_json(item['after'])}"
            if item["field"]
            else str(item["action"])
        )
        objects.setdefault((mark, item["address"]), []).append(fields)
    return [*(f"{mark} {address}: {', '.join(fields)}" for (mark, address), fields in objects.items()), *findings]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
