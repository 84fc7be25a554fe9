# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as the modules return them, and what a report makes of them night by night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.build import Built, RunInput, build
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host, Part

NIGHT = datetime(2026, 11, 25, 3, 0, 0, tzinfo=timezone.utc)
REQUESTS = {"GET": 3, "POST": 0, "PUT": 0, "DELETE": 0, "token": 1}
QUOTA = {"limit": 5000, "remaining": 4210, "reset_seconds": 1860}
SCANNER = {"device": "friendly-scanner", "real_address": "sip:203.0.113.77:5060", "contact_address": "sip:10.0.0.7"}


def change(
    resource: str, address: str, fields: Mapping[str, tuple[Any, Any]], action: str = "update"
) -> dict[str, Any]:
    """An entry of ``changes``; fields are given with their values before and after."""
    listed = [{"name": name, "before": before, "after": after} for name, (before, after) in fields.items()]
    return {
        "resource": resource,
        "address": address,
        "action": action,
        "fields": listed,
        "reversible": action != "delete",
    }


def result(changes: Sequence[Mapping[str, Any]] = (), **more: Any) -> dict[str, Any]:
    """What every module returns."""
    return {
        "changed": bool(changes),
        "changes": list(changes),
        "requests": dict(REQUESTS),
        "quota": dict(QUOTA),
        **more,
    }


def settings(desired: Mapping[str, Any], live: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The result of client_settings for a desired and a live state."""
    live = {**desired, **(live or {})}
    fields = {name: (live[name], value) for name, value in desired.items() if live[name] != value}
    changes = [change("client_settings", "settings", fields)] if fields else []
    return {**result(changes), "diff": {"before": live, "after": dict(desired)}, "client": {"id": 801}, **more}


def bundles(
    desired: Mapping[str, Sequence[str]],
    live: Mapping[str, Sequence[str]] | None = None,
    prune: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """The result of client_bundles: members by number of the main extension."""
    live = desired if live is None else live
    changes = []
    for number in sorted({*desired, *(live if prune else ())}):
        before, after = list(live.get(number, [])), list(desired.get(number, []))
        if before != after:
            action = "create" if not before else "update" if after else "delete"
            values = {"bundle_list": (ids(before), ids(after)), "members": (before, after)}
            changes.append(change("client_bundles", f"bundle/{number}", values, action))
    listed = [
        {"extension": number, "extension_id": int(number), "members": list(members), "bundle_list": ids(members)}
        for number, members in sorted(desired.items())
    ]
    extra = {"bundles": listed, "outcomes": [], "side_effects": [], "blocked": []}
    return {**result(changes), **extra, **more}


def ids(members: Sequence[str]) -> list[int]:
    """The ids of extensions as these results have them."""
    return [30000 + int(number) for number in members]


def side_effect(
    extension: str, field: str, before: Any, after: Any, caused_by: str, widening: bool = False
) -> dict[str, Any]:
    """An entry of ``side_effects``."""
    return {
        "extension_id": 30000 + int(extension),
        "extension": extension,
        "field": field,
        "before": before,
        "after": after,
        "widening": widening,
        "caused_by": caused_by,
    }


def registrations(gone: Mapping[str, Sequence[Mapping[str, Any]]] | None = None, **more: Any) -> dict[str, Any]:
    """The result of client_registrations that removes these registrations by extension."""
    changes = [
        change("client_registrations", f"registration/{number}", {"registrations": ([dict(entry)], [])}, "delete")
        for number, entries in (gone or {}).items()
        for entry in entries
    ]
    listed = [{"extension": "101", "registered": True}, {"extension": "102", "registered": False}]
    extra = {"registrations": listed, "findings": [], "blocked": [], "outcomes": [], "came_back": []}
    return {**result(changes), **extra, **more}


def finding(number: str = "205", rule: str = "REG-001", severity: str = "critical", **more: Any) -> dict[str, Any]:
    """An entry of ``findings`` of client_registrations."""
    return {
        "rule": rule,
        "severity": severity,
        "address": f"registration/{number}",
        "message": f"extension {number}: it breaks {rule}",
        "hint": "Allow it or remove it",
        "option": None,
        "evidence": {"device": "friendly-scanner", "address": "203.0.113.77"},
        **more,
    }


def file_finding(message: str = "geo_list: 'XX' is not a country", line: int = 4) -> dict[str, Any]:
    """An entry of the ``client_findings`` of a host."""
    return {
        "rule": "VAL-006",
        "severity": "high",
        "file": "clients/romashka.yml",
        "line": line,
        "column": 3,
        "message": message,
        "hint": "Name one",
    }


def outcome(address: str, status: str = "verified", msg: str | None = None) -> dict[str, Any]:
    """An entry of ``outcomes``."""
    return {
        "address": address,
        "action": "update",
        "status": status,
        "error": {"msg": msg} if msg else None,
        "restore": None,
    }


def failed(kind: str, base: Mapping[str, Any] | None = None, msg: str = "it failed") -> dict[str, Any]:
    """A failure; ``base`` is the result of the comparison before it."""
    return {
        "requests": dict(REQUESTS),
        **(base or {}),
        "failed": True,
        "changed": False,
        "msg": msg,
        "error": {"kind": kind, "hint": None},
    }


def host(key: str = "romashka", *, written: bool = False, client_id: str | None = "801", **results: Any) -> Host:
    """A host with results by part: ``settings``, ``bundles``, ``registrations``; ``None`` if it did not run."""
    modules = {"settings": "client_settings", "bundles": "client_bundles", "registrations": "client_registrations"}
    parts = tuple(Part(modules[name], found, written) for name, found in results.items())
    return Host(key, client_id, f"clients/{key}.yml", parts)


class Nights:
    """Consecutive runs of the report, each with the report and the ledger of the previous run."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.now = NIGHT
        self.built: Built | None = None

    def run(self, *hosts: Host, days: float = 1, **options: Any) -> dict[str, Any]:
        """Run a night, and return its report."""
        earlier = {} if self.built is None else {"previous": self.built.report, "ledger": self.built.ledger}
        given = {"mode": "drift", **earlier, **self.options, **options}
        self.built = build(hosts, RunInput(run_id="1", started=self.now, finished=self.now, **given))
        self.now += timedelta(days=days)
        return self.built.report

    def causes(self, *hosts: Host, **options: Any) -> dict[str, str]:
        """Run a night, and return the causes by address and field."""
        report = self.run(*hosts, **options)
        return {
            f"{item['address']} {item['field']}": item["cause"] for one in report["clients"] for item in one["changes"]
        }


def only(report: Mapping[str, Any]) -> dict[str, Any]:
    """The client of a report that has one."""
    (found,) = report["clients"]
    return dict(found)


def built(*hosts: Host, **options: Any) -> Built:
    """A report, its ledger and its judgement."""
    return build(hosts, RunInput(run_id="1", started=NIGHT, finished=NIGHT, **{"mode": "drift", **options}))


_OF_A_FLEET = {str(number): [str(number + 100)] for number in range(101, 121)}
"""The bundles of each client of a fleet."""


def night_of_a_fleet(clients: int) -> list[Host]:
    """``clients`` clients, of which every tenth has drifted in all its parts."""
    return [_of_a_fleet(number) for number in range(clients)]


def _of_a_fleet(number: int) -> Host:
    drifted = number % 10 == 0
    effects = [side_effect("209", name, 1, 2, "bundle/109") for name in ("hold_music", "dial_rule_id", "status")]
    return host(
        f"client{number:04d}",
        settings=settings({"geo_list": ["RU"], "timezone": "UTC"}, {"geo_list": ["*"]} if drifted else {}),
        bundles=bundles(
            _OF_A_FLEET,
            {**_OF_A_FLEET, "109": []} if drifted else _OF_A_FLEET,
            side_effects=effects if drifted else [],
        ),
        registrations=registrations({"205": [SCANNER]} if drifted else {}, findings=[finding()] if drifted else []),
    )
