# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier reports contain: since when an item is present, which items are new, and which are resolved. Pure.

An item that a run did not compare is neither new nor resolved. It is carried from report to report until a run compares
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .results import BUNDLES, REGISTRATIONS, SETTINGS
from .status import is_done, items_of
from .timestamps import age, stamp
from .types import Carried, Client, HistoryEntry, Item, KnownItem, Report, Resolved, RunTotals

HISTORY = 30
"""The number of runs in the history."""
_KEPT_DAYS = 400
"""Items that were not compared for longer are dropped."""
FILE = "file"
_PARTS = {
    "settings": SETTINGS,
    "bundle": BUNDLES,
    "phone": BUNDLES,
    "extension": BUNDLES,
    "registration": REGISTRATIONS,
}


def part_of(address: str) -> str:
    """Return the part of a client that an object belongs to."""
    return _PARTS.get(address.split("/", 1)[0], FILE)


@dataclass(frozen=True)
class Earlier:
    """The content of earlier reports: their items by client and object id, and when each client was last fully
    compared.
    """

    known: Mapping[str, Mapping[str, KnownItem]] = field(default_factory=dict)
    checked: Mapping[str, str | None] = field(default_factory=dict)
    history: tuple[HistoryEntry, ...] = ()
    finished: str | None = None

    @classmethod
    def of(cls, report: Report | None) -> Earlier:
        """Return the content of a report."""
        if report is None:
            return cls()
        carried = cls.carried_by(report["carried"])
        known, checked = dict(carried.known), dict(carried.checked)
        for client in report["clients"]:
            items = {item["object_id"]: _known_item(item) for item in items_of(client) if not is_done(item)}
            known[client["key"]] = {**known.get(client["key"], {}), **items}
            checked[client["key"]] = client["checked"]
        return cls(known, checked, tuple(report["history"]), report["run"]["finished"])

    @classmethod
    def carried_by(cls, carried: Mapping[str, Carried]) -> Earlier:
        """Return what a report carries about clients and parts that its run did not compare."""
        known = {key: {item["object_id"]: item for item in entry["known"]} for key, entry in carried.items()}
        return cls(known, {key: entry["checked"] for key, entry in carried.items()})

    def date(self, client: Client, now: datetime) -> None:
        """Set ``first_seen``, ``age_seconds`` and ``new`` of every item.

        An item of a merged report keeps its age, or is older.
        """
        known = self.known.get(client["key"], {})
        for item in items_of(client):
            earlier = known.get(item["object_id"])
            stamps = [item["first_seen"]] if item["first_seen"] else []
            stamps += [earlier["first_seen"]] if earlier else []
            item["first_seen"] = min(stamps, default=stamp(now))
            item["age_seconds"] = age(item["first_seen"], now)
            item["new"] = earlier is None and item["new"]

    def resolved(self, clients: Sequence[Client]) -> list[Resolved]:
        """Return the items of earlier reports that this run compared and that are no longer present."""
        found: list[Resolved] = []
        for client in clients:
            present = {item["object_id"] for item in items_of(client) if not is_done(item)}
            compared = _compared(client)
            for object_id, item in self.known.get(client["key"], {}).items():
                if object_id not in present and item["part"] in compared:
                    found.append(
                        {
                            "client": client["key"],
                            "id": item["id"],
                            "object_id": object_id,
                            "address": item["address"],
                            "what": item["what"],
                            "severity": item["severity"],
                            "first_seen": item["first_seen"],
                        }
                    )
        return sorted(found, key=lambda item: (item["client"], item["address"], item["what"]))

    def carried(self, clients: Sequence[Client], now: datetime) -> dict[str, Carried]:
        """Return the items that this run did not compare, of other clients and of parts that could not be compared."""
        here = {client["key"]: client for client in clients}
        found: dict[str, Carried] = {}
        for key, items in sorted(self.known.items()):
            client = here.get(key)
            compared = _compared(client) if client else set()
            present = {item["object_id"] for item in items_of(client)} if client else set()
            rest = [
                item for object_id, item in items.items() if item["part"] not in compared and object_id not in present
            ]
            checked = self.checked.get(key)
            last = max((item["first_seen"] for item in rest), default=None) if checked is None else checked
            if (rest or client is None) and last is not None and age(last, now) <= _KEPT_DAYS * 86400:
                found[key] = {"checked": checked, "known": rest}
        return found

    def continued(self, totals: RunTotals, finished: str, kept: int) -> list[HistoryEntry]:
        """Return the history with this run at its end; a run that is reported again replaces its entry."""
        entry: HistoryEntry = {"finished": finished, **totals, "kept": kept}
        earlier = [known for known in self.history if known["finished"] < finished]
        return [*earlier[1 - HISTORY :], entry]


def _known_item(item: Item) -> KnownItem:
    what = item["field"] or item["action"] if "cause" in item else item["rule"]
    return {
        "id": item["id"],
        "object_id": item["object_id"],
        "address": item["address"],
        "severity": item["severity"],
        "first_seen": item["first_seen"],
        "what": what,
        "part": part_of(item["address"]),
    }


def _compared(client: Client) -> set[str]:
    """Return the compared parts of a client: with the file itself, unless nothing could be compared with it."""
    return {FILE, *client["compared"]} if client["compared"] or not client["not_compared"] else set()
