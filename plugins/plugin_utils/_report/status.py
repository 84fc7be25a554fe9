# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which differences are open or applied, which clients are unchecked, and the one order of clients and differences.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from .schema import SEVERITIES
from .types import Client, Item

URGENCIES = (*SEVERITIES, "error", "blocked", "not_checked", "applied", "waived", "clean")
"""What a reader has to look at first comes first. Every rendering lists clients in this order."""


def items_of(client: Client) -> list[Item]:
    """Return all changes and findings of a client."""
    return [*client["changes"], *client["findings"]]


def is_done(item: Item) -> bool:
    """Whether a change is applied and read back, so that nothing differs any more."""
    return "result" in item and item["result"]["status"] == "verified"


def is_open(item: Item) -> bool:
    """Whether a change or finding counts: it is neither waived nor applied."""
    return item["waiver"] is None and not is_done(item)


def open_items(client: Client) -> list[Item]:
    """Return the changes and findings of a client that count."""
    return [item for item in items_of(client) if is_open(item)]


def is_unchecked(client: Client) -> bool:
    """Whether a client, or a part of it, was not compared. Such a client is never reported as clean."""
    return bool(client["not_compared"]) or client["status"] in ("error", "not_checked")


def worst(client: Client) -> str:
    """Return the highest severity of the open items of a client, "" without any."""
    found = {item["severity"] for item in open_items(client)}
    return next((severity for severity in SEVERITIES if severity in found), "")


def urgency(client: Client) -> str:
    """Return the one of ``URGENCIES`` that decides where a client is listed."""
    severity, status = worst(client), client["status"]
    if severity or status in ("error", "blocked"):
        return severity or status
    if is_unchecked(client):
        return "not_checked"
    if status != "clean":  # a report that contradicts itself: the status counts
        return SEVERITIES[-1]
    items = items_of(client)
    if any(item["waiver"] is None for item in items):
        return "applied"
    return "waived" if items else "clean"


def is_quiet(client: Client) -> bool:
    """Whether there is nothing to report of a client: it was compared and is clean, apart from waived items."""
    return urgency(client) in ("waived", "clean")


def by_urgency(clients: Iterable[Client]) -> list[Client]:
    """Return the clients in the order of every rendering: by urgency; at the same severity failed, blocked and
    unchecked ones first; then by key.
    """
    return sorted(clients, key=_place)


def item_rank(item: Item) -> int:
    """Return the place of a change or finding within its client: open items by severity, then applied, then waived
    ones.
    """
    if is_open(item):
        return SEVERITIES.index(item["severity"])
    return len(SEVERITIES) + (item["waiver"] is not None)


def _place(client: Client) -> tuple[int, int, str]:
    status = client["status"]
    trouble = 0 if status == "error" else 1 if status == "blocked" else 2 if is_unchecked(client) else 3
    return URGENCIES.index(urgency(client)), trouble, client["key"]
