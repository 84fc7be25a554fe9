# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of each client, and the verdict and exit code of a run. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.fields import missing_text

from .overrides import limit_text
from .results import Host
from .schema import CAUSES, SEVERITIES, STATUSES
from .status import is_done, is_unchecked, items_of, open_items
from .timestamps import age
from .types import Client, Counts, FailOnEntry, Item, Oldest, RunTotals

EXIT_CODES = {"clean": 0, "pending": 2, "drift": 2, "blocked": 3, "error": 1}
WORST_FIRST = ("error", "blocked", "drift", "pending")
"""The verdicts that are not clean."""
NEVER = "never"


@dataclass(frozen=True)
class FailOn:
    """The thresholds of a run: the lowest ``severity`` that fails it, the tolerated share of unchecked clients, and
    whether pending changes count.
    """

    severity: str = SEVERITIES[-1]
    not_checked: float = 0.0
    pending: bool = True

    def as_dict(self) -> FailOnEntry:
        """Return the report's entry."""
        return {"severity": self.severity, "not_checked": self.not_checked, "pending": self.pending}

    def counts(self, client: Client, item: Item) -> bool:
        """Whether an open change or finding fails its client."""
        if self.severity == NEVER or SEVERITIES.index(item["severity"]) > SEVERITIES.index(self.severity):
            return False
        return self.pending or not is_pending(client, item)


def is_pending(client: Client, item: Item) -> bool:
    """Whether a change only waits to be applied, or is the side effect of such a change."""
    if "rule" in item:
        return False
    if item["cause"] == "side_effect":
        causes = (change for change in client["changes"] if change["id"] == item["caused_by"])
        return next((change["cause"] == "pending" for change in causes), False)
    return item["cause"] == "pending"


def settle_status(client: Client, host: Host | None = None) -> None:
    """Set ``status`` and ``reason`` of a client. Parts that were not compared decide before differences."""
    status, reason = _unchecked(client, host) or _blocked(client, host) or (None, None)
    if status is None:
        items = open_items(client)
        status = "clean" if not items else "pending" if all(is_pending(client, item) for item in items) else "drift"
    client["status"], client["reason"] = status, reason


def _unchecked(client: Client, host: Host | None) -> tuple[str, str] | None:
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
    reason = "; ".join(f"{item['part']}: {item['reason']}" for item in missing)
    return ("blocked" if forbidden else "error"), reason


def _blocked(client: Client, host: Host | None) -> tuple[str, str] | None:
    failed = [part for part in host.parts if part.stopped] if host is not None else []
    texts = [limit_text(client, limit) for limit in client["blocked"]]
    others = [part for part in failed if part.kind != "blocked"]
    if others:
        return "error", "; ".join(str((part.result or {}).get("msg") or part.kind) for part in others)
    if texts:
        return "blocked", "; ".join(texts)
    if failed:
        return "blocked", "; ".join(
            str((part.result or {}).get("msg") or "the plan exceeds a limit") for part in failed
        )
    return None


def totals(clients: Sequence[Client], resolved: int) -> RunTotals:
    """Return the totals of a report."""
    every = [item for client in clients for item in items_of(client)]
    listed = [item for client in clients for item in open_items(client)]
    changes = [item for item in listed if "cause" in item]
    return {
        "clients": {"total": len(clients), **_counted(STATUSES, (client["status"] for client in clients))},
        "changes": _counted(CAUSES, (item["cause"] for item in changes)),
        "severity": _counted(SEVERITIES, (item["severity"] for item in listed)),
        "resources": dict(sorted(Counter(item["resource"] for item in changes).items())),
        "findings": len(listed) - len(changes),
        "waived": sum(1 for item in every if item["waiver"] is not None and not is_done(item)),
        "applied": sum(1 for item in every if is_done(item)),
        "new": sum(1 for item in listed if item["new"]),
        "resolved": resolved,
    }


def _counted(names: Iterable[str], found: Iterable[str]) -> Counts:
    counts = Counter(found)
    return {name: counts[name] for name in names}


def not_checked_share(clients: Sequence[Client]) -> float:
    """Return the share of clients of which at least one part was not compared."""
    return sum(1 for client in clients if is_unchecked(client)) / len(clients) if clients else 0.0


def oldest(clients: Sequence[Client], now: datetime) -> Oldest | None:
    """Return the open item that was seen first."""
    items = [(item["first_seen"], client["key"], item["address"]) for client in clients for item in open_items(client)]
    if not items:
        return None
    first_seen, key, address = min(items)
    return {"client": key, "address": address, "first_seen": first_seen, "age_seconds": age(first_seen, now)}


def verdict(clients: Sequence[Client], truncated: bool) -> str:
    """Return the worst status of all clients, independent of ``fail_on``.

    An unchecked client is an error, and so is a run without clients.
    """
    found = {client["status"] for client in clients}
    if truncated or not found or "not_checked" in found:
        return "error"
    return next((status for status in WORST_FIRST if status in found), "clean")


@dataclass(frozen=True)
class Judgement:
    """The failing clients with their reasons, and the exit code."""

    exit_code: int
    failing: Mapping[str, str]


def judge(clients: Sequence[Client], fail_on: FailOn, truncated: bool = False) -> Judgement:
    """Return the clients that fail the run, each with all its reasons in one text."""
    too_many = not_checked_share(clients) > fail_on.not_checked
    failing: dict[str, str] = {}
    codes = set()
    for client in clients:
        items = [item for item in open_items(client) if fail_on.counts(client, item)]
        texts = sentences(items)
        code = EXIT_CODES["drift" if items else "clean"]
        if client["status"] == "error" and not client["not_compared"]:
            # Compared, but not applied: the tolerated share is for unchecked clients only.
            code = EXIT_CODES["error"]
            texts.append(f"? FAILED: {client['reason']}")
        elif is_unchecked(client):
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
    worst_first = (EXIT_CODES[status] for status in WORST_FIRST)
    return Judgement(next((code for code in worst_first if code in codes), EXIT_CODES["clean"]), failing)


_MARKS = {"create": "+", "update": "~", "delete": "-"}


def sentences(items: Iterable[Item]) -> list[str]:
    """Return a sentence for each changed object, and for each finding."""
    objects: dict[tuple[str, str], list[str]] = {}
    findings = []
    for item in items:
        if "rule" in item:
            findings.append(f"! {item['address']}: {item['message']} ({item['rule']}, {item['severity']})")
            continue
        mark = "»" if item["cause"] == "side_effect" else _MARKS[item["action"]]
        name = item["field"]
        change = f"{name} {_json(name, item['before'])} -> {_json(name, item['after'])}" if name else item["action"]
        objects.setdefault((mark, item["address"]), []).append(change)
    return [*(f"{mark} {address}: {', '.join(fields)}" for (mark, address), fields in objects.items()), *findings]


def _json(name: str, value: Any) -> str:
    return missing_text(name) if value is None else json.dumps(value, ensure_ascii=False)
