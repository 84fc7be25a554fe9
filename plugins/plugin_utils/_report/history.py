# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the previous report knew: since when something lasts, what is new, and what is gone. Pure.

What a run did not look at is neither new nor gone. It is carried from report to report until somebody looks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .results import BUNDLES, REGISTRATIONS, SETTINGS
from .timestamps import age, stamp

HISTORY = 30
"""So many reports are in the history."""
_KEPT_DAYS = 400
"""What nobody has looked at for so long is forgotten."""
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
class Memory:
    """What is known from earlier reports: the items by client, and when each client was last compared as a whole."""

    known: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    checked: Mapping[str, str | None] = field(default_factory=dict)
    history: tuple[Mapping[str, Any], ...] = ()
    finished: str | None = None

    @classmethod
    def of(cls, report: Mapping[str, Any] | None) -> Memory:
        """Return what a report knew."""
        if report is None:
            return cls()
        known: dict[str, dict[str, Mapping[str, Any]]] = {}
        checked: dict[str, str | None] = {}
        for key, carried in report["carried"].items():
            known[key] = {item["object_id"]: item for item in carried["known"]}
            checked[key] = carried["checked"]
        for client in report["clients"]:
            items = {
                item["object_id"]: _remembered(item)
                for item in (*client["changes"], *client["findings"])
                if not done(item)
            }
            known[client["key"]] = {**known.get(client["key"], {}), **items}
            checked[client["key"]] = client["checked"]
        return cls(known, checked, tuple(report["history"]), report["run"]["finished"])

    def date(self, client: Mapping[str, Any], items: Iterable[dict[str, Any]], now: datetime) -> None:
        """Give every item ``first_seen``, ``age_seconds`` and ``new``. What came with another report is as old as it says, or older."""
        known = self.known.get(client["key"], {})
        for item in items:
            earlier = known.get(item["object_id"])
            stamps = [found["first_seen"] for found in (earlier, item) if found and "first_seen" in found]
            item["first_seen"] = min(stamps, default=stamp(now))
            item["age_seconds"] = age(item["first_seen"], now)
            item["new"] = earlier is None and item.get("new", True)

    def resolved(self, clients: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return what earlier reports told of, and this run looked for in vain."""
        found = []
        for client in clients:
            there = {item["object_id"] for item in (*client["changes"], *client["findings"]) if not done(item)}
            looked = _looked(client)
            for object_id, item in self.known.get(client["key"], {}).items():
                if object_id not in there and item["part"] in looked:
                    found.append({"client": client["key"], **{name: item[name] for name in _TOLD}})
        return sorted(found, key=lambda item: (item["client"], item["address"], item["what"]))

    def carried(self, clients: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, Any]:
        """Return what this run did not look at: clients that it left out, and parts that could not be compared."""
        here = {client["key"]: client for client in clients}
        found = {}
        for key, items in sorted(self.known.items()):
            client = here.get(key)
            looked = _looked(client) if client else set()
            there = {item["object_id"] for item in (*client["changes"], *client["findings"])} if client else set()
            rest = [item for object_id, item in items.items() if item["part"] not in looked and object_id not in there]
            checked = self.checked.get(key)
            last = max((item["first_seen"] for item in rest), default=None) if checked is None else checked
            if (rest or client is None) and last is not None and age(last, now) <= _KEPT_DAYS * 86400:
                found[key] = {"checked": checked, "known": rest}
        return found

    def told(self, totals: Mapping[str, Any], finished: str) -> list[Mapping[str, Any]]:
        """Return the history with this run at its end; a run that is told again replaces itself."""
        earlier = [entry for entry in self.history if entry["finished"] < finished]
        return [*earlier[1 - HISTORY :], {"finished": finished, **totals}]


_TOLD = ("id", "object_id", "address", "what", "severity", "first_seen")


def done(item: Mapping[str, Any]) -> bool:
    """Whether a change was carried out, so that nothing differs any more."""
    result = item.get("result")
    return bool(result and result["status"] == "verified")


def _remembered(item: Mapping[str, Any]) -> dict[str, Any]:
    what = item.get("rule") or item.get("field") or item.get("action")
    kept = {name: item[name] for name in ("id", "object_id", "address", "severity", "first_seen")}
    return {**kept, "what": str(what), "part": part_of(item["address"])}


def _looked(client: Mapping[str, Any]) -> set[str]:
    """Return what of a client was looked at: the file as well, unless nothing could be compared with it."""
    return {FILE, *client["compared"]} if client["compared"] or not client["not_compared"] else set()
