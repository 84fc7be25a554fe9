# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as they could come from a fleet of clients, for what renders and reads reports.

The same arguments, the same report.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.json_schema import Schema, check
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.schema import REPORT

FINISHED = datetime(2026, 11, 25, 7, 0, 30, tzinfo=timezone.utc)
HOSTILE = '<img src=x onerror=alert(1)>"\'&|`</script><!-- -->]]>\u2028=HYPERLINK("http://x")\n# {{ 7*7 }}'
WAIVER = {"reason": "OPS-311", "owner": "anna", "expires": "2026-12-01"}


def problems(data: Any, schema: Schema = REPORT) -> list[str]:
    """What is wrong with a report, or with data of another schema."""
    return [problem.message for problem in check(data, schema)]


def stamp(moment: datetime) -> str:
    """The timestamp of a time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def sha(*parts: Any) -> str:
    """An id made of these parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def change(client: str, number: int, chance: random.Random, **given: Any) -> dict[str, Any]:
    """One change of a client."""
    days = chance.choice([0, 0, 1, 3, 12, 41])
    cause = chance.choice(["out_of_band", "out_of_band", "pending", "conflict", "unknown"])
    kinds = [
        ("settings", "client_settings", "update", "geo_list", ["RU", "BY"], ["*"], "critical"),
        ("settings", "client_settings", "update", "hold_music", 40, 12, "low"),
        (f"bundle/{100 + number}", "client_bundles", "update", "members", ["201"], ["201", "301"], "high"),
        (f"bundle/{100 + number}", "client_bundles", "create", "members", [], ["401"], "high"),
        (
            f"registration/{200 + number}",
            "client_registrations",
            "delete",
            "registrations",
            [
                {
                    "device": "friendly-scanner",
                    "real_address": "sip:203.0.113.77:5060",
                    "contact_address": "sip:10.0.0.7",
                }
            ],
            [],
            "critical",
        ),
    ]
    address, resource, action, field, before, after, severity = kinds[number % len(kinds)]
    return {
        "id": sha(client, address, field, before, after),
        "object_id": sha(client, address, field),
        "address": address,
        "resource": resource,
        "action": action,
        "field": field,
        "before": before,
        "after": after,
        "cause": cause,
        "caused_by": None,
        "severity": severity,
        "widening": False,
        "reversible": action != "delete",
        "result": {"status": "planned", "message": None},
        "first_seen": stamp(FINISHED - timedelta(days=days)),
        "age_seconds": days * 86400,
        "new": days == 0,
        "waiver": None,
        "source": {"file": f"clients/{client}.yml", "line": 4 + number},
        **given,
    }


def finding(client: str, number: int, **given: Any) -> dict[str, Any]:
    """One finding of a client."""
    address = f"registration/{200 + number}"
    return {
        "id": sha(client, "REG-001", address),
        "object_id": sha(client, "REG-001", address),
        "rule": "REG-001",
        "severity": "critical",
        "address": address,
        "message": f"extension {200 + number}: 'friendly-scanner' is registered from 203.0.113.77, which is not in an "
        "allowed network (office, vpn)",
        "hint": "If it is legitimate, allow it; otherwise remove it and change the SIP password of the extension",
        "evidence": {"device": "friendly-scanner", "address": "203.0.113.77", "networks": ["office", "vpn"]},
        "first_seen": stamp(FINISHED - timedelta(days=3)),
        "age_seconds": 3 * 86400,
        "new": False,
        "waiver": None,
        "source": {"file": f"clients/{client}.yml", "line": 20},
        **given,
    }


def client(key: str, number: int, status: str = "clean", **given: Any) -> dict[str, Any]:
    """One client without changes."""
    unchecked = status in ("error", "not_checked")
    reasons = {
        "error": "bundles: GET /client/801/extension/ was refused with 403 (access_denied)",
        "not_checked": "the host failed before anything was compared",
        "blocked": "max_removals: the plan has 7, the limit is 5 (override: -e client_bundles_max_removals=7)",
    }
    return {
        "key": key,
        "client_id": str(800 + number),
        "file": f"clients/{key}.yml",
        "status": status,
        "reason": reasons.get(status),
        "plan_id": sha(key),
        "checked": stamp(FINISHED - timedelta(days=2)) if unchecked else stamp(FINISHED),
        "compared": ["settings"] if unchecked else ["settings", "bundles", "registrations"],
        "not_compared": [{"part": "bundles", "reason": reasons[status]}] if unchecked else [],
        "requests": {"GET": 9, "POST": 0, "PUT": 0, "DELETE": 0, "token": 0},
        "quota": {"limit": 5000, "remaining": 4210, "reset_seconds": 1860},
        "registered_phones": 12,
        "blocked": [{"rule": "max_removals", "actual": 7, "limit": 5, "override": "max_removals: 7"}]
        if status == "blocked"
        else [],
        "changes": [],
        "findings": [],
        **given,
    }


def drifted(key: str, number: int, chance: random.Random) -> dict[str, Any]:
    """One client with changes, a side effect, a finding, and sometimes a waiver."""
    changes = [change(key, index, chance) for index in range(chance.randint(1, 5))]
    if chance.random() < 0.3:
        changes.append(
            change(
                key,
                2,
                chance,
                address="phone/201",
                resource="phone",
                action="update",
                field="hold_music",
                before=12,
                after=40,
                cause="side_effect",
                caused_by=changes[0]["id"],
                severity="low",
                source=None,
                id=sha(key, "phone/201", 12, 40),
                object_id=sha(key, "phone/201"),
            )
        )
    if chance.random() < 0.2:
        changes[0]["waiver"] = dict(WAIVER)
    findings = [finding(key, 5)] if chance.random() < 0.4 else []
    return client(key, number, "drift", changes=changes, findings=findings)


def totals(clients: list[dict[str, Any]]) -> dict[str, Any]:
    """The totals of clients, counted independently, for comparison with other counts."""
    open_ones = [item for one in clients for item in (*one["changes"], *one["findings"]) if item["waiver"] is None]
    changes = [item for one in clients for item in one["changes"] if item["waiver"] is None]
    causes, severities = Counter(item["cause"] for item in changes), Counter(item["severity"] for item in open_ones)
    statuses = Counter(one["status"] for one in clients)
    return {
        "clients": {
            "total": len(clients),
            **{name: statuses[name] for name in ("clean", "pending", "drift", "blocked", "error", "not_checked")},
        },
        "changes": {name: causes[name] for name in ("out_of_band", "pending", "conflict", "side_effect", "unknown")},
        "severity": {name: severities[name] for name in ("critical", "high", "medium", "low")},
        "resources": dict(sorted(Counter(item["resource"] for item in changes).items())),
        "findings": sum(1 for one in clients for item in one["findings"] if item["waiver"] is None),
        "waived": sum(
            1 for one in clients for item in (*one["changes"], *one["findings"]) if item["waiver"] is not None
        ),
        "applied": sum(1 for item in changes if item["result"]["status"] == "verified"),
        "new": sum(1 for item in open_ones if item["new"]),
        "resolved": 0,
    }


def fleet(clients: int = 2000, share: float = 0.1, seed: int = 1, hostile: bool = False) -> dict[str, Any]:
    """A whole report of ``clients`` clients, of which a share is drifted, a few are blocked, and a few not checked.

    ``hostile`` puts a text that no rendering may pass on as it is into every place that comes from the PBX or from
    files.
    """
    chance = random.Random(seed)
    listed = []
    for number in range(clients):
        key = f"client{number:04d}"
        if number < clients * share:
            listed.append(drifted(key, number, chance))
        elif number >= clients - min(3, clients // 4):
            listed.append(client(key, number, ("blocked", "error", "not_checked")[number % 3]))
        else:
            listed.append(client(key, number))
    if hostile:
        for one in listed:
            one.update(key=f"{one['key']}{HOSTILE}", reason=one["reason"] and HOSTILE, file=f"clients/{HOSTILE}.yml")
            for item in one["changes"]:
                item.update(address=f"bundle/{HOSTILE}", before=HOSTILE, after=[HOSTILE])
            for item in one["findings"]:
                item.update(message=HOSTILE, hint=HOSTILE, evidence={"device": HOSTILE})
    counted = totals(listed)
    waived = counted["waived"]
    waiver = {
        "line": 3,
        "what": "client romashka, address settings",
        "reason": "OPS-311",
        "owner": "anna",
        "expires": "2026-12-01",
    }
    unchecked = sum(1 for one in listed if one["not_compared"])
    return {
        "format": "ringme.report",
        "format_version": "1.0",
        "mode": "drift",
        "truncated": False,
        "verdict": "error" if unchecked else "drift" if counted["clients"]["drift"] else "clean",
        "exit_code": 1 if unchecked else 2 if counted["clients"]["drift"] else 0,
        "fail_on": {"severity": "low", "not_checked": 0.0, "pending": True},
        "fleet_id": sha("fleet", seed),
        "run": {
            "id": "20261125T070000Z-1",
            "started": stamp(FINISHED - timedelta(seconds=90)),
            "finished": stamp(FINISHED),
            "collection_version": "0.1.0",
            "requests": {"GET": 9 * clients, "POST": 0, "PUT": 0, "DELETE": 0, "token": 1},
            "previous": stamp(FINISHED - timedelta(days=1)),
        },
        "totals": {
            **counted,
            "not_checked_share": unchecked / clients if clients else 0.0,
            "oldest": {
                "client": listed[0]["key"],
                "address": "settings",
                "first_seen": stamp(FINISHED - timedelta(days=41)),
                "age_seconds": 41 * 86400,
            }
            if listed and listed[0]["changes"]
            else None,
        },
        "history": [{"finished": stamp(FINISHED - timedelta(days=back)), **counted} for back in range(29, -1, -1)],
        "waivers": {
            "used": [waiver] if waived else [],
            "unused": [],
            "expired": [{**waiver, "line": 9, "owner": HOSTILE if hostile else "boris", "expires": "2026-11-01"}],
        },
        "resolved": [
            {
                "id": sha("old"),
                "object_id": sha("old", 1),
                "client": "vasilek",
                "address": "bundle/102",
                "what": "members",
                "severity": "high",
                "first_seen": stamp(FINISHED - timedelta(days=2)),
            }
        ],
        "clients": listed,
        "carried": {},
    }
