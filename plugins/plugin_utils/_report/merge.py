# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several reports become one: of runs over other clients, or over the same ones at another time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any


def merged_clients(reports: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the clients of all reports, each once: as the last run saw it. One that did not come to a client hides nothing."""
    found: dict[str, dict[str, Any]] = {}
    for report in sorted(reports, key=lambda report: str(report["run"]["finished"])):
        for client in report["clients"]:
            known = found.get(client["key"], client)
            if client["status"] != "not_checked" or known["status"] == "not_checked":
                found[client["key"]] = deepcopy(dict(client))
    return list(found.values())


def merged_carried(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the reports carry of clients and parts that they did not look at; the latest wins."""
    found: dict[str, Any] = {}
    for report in sorted(reports, key=lambda report: str(report["run"]["finished"])):
        found.update(deepcopy(dict(report["carried"])))
    return found


def merged_resolved(
    reports: Sequence[Mapping[str, Any]], resolved: Iterable[Mapping[str, Any]], left: Container[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Return what is resolved, and what the reports tell of as resolved, each once; ``left`` are the objects, by client, that are not."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    ordered = sorted(reports, key=lambda report: str(report["run"]["finished"]))
    for item in (*(item for report in ordered for item in report["resolved"]), *resolved):
        if (item["client"], item["object_id"]) not in left:
            found[item["client"], item["object_id"]] = dict(item)
    return sorted(found.values(), key=lambda item: (item["client"], item["address"], item["what"]))


def summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add counts by name."""
    total: Counter[str] = Counter()
    for entry in counts:
        total.update(entry)
    return dict(total)
