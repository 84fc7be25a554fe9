# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For any results: the report matches its schema, is never cleaner than its results, and is reproducible."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._atomic_file import json_text
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.ledger import LEDGER
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import (
    RESOURCES,
    Host,
    Part,
    parts_of,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import HOSTILE, problems
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    SCANNER,
    Nights,
    built,
    bundles,
    failed,
    file_finding,
    finding,
    outcome,
    registrations,
    settings,
    side_effect,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import fewer

TEXTS = st.sampled_from(
    ["", "settings", "bundle/101", "registration/205", "geo_list", "update", HOSTILE, "\ud800"]
) | st.text(max_size=5)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
GARBAGE = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


def entries(*names: str) -> st.SearchStrategy[Any]:
    """Entries with their keys and any values, mixed with garbage."""
    entry = st.fixed_dictionaries(
        dict.fromkeys(names, TEXTS | GARBAGE), optional={"hint": GARBAGE, "evidence": GARBAGE, "error": GARBAGE}
    )
    return st.lists(entry | GARBAGE, max_size=3) | GARBAGE


FIELDS = st.lists(
    st.fixed_dictionaries({"name": TEXTS | GARBAGE, "before": GARBAGE, "after": GARBAGE}) | GARBAGE, max_size=3
)
CHANGES = st.lists(
    st.fixed_dictionaries(
        {
            "resource": TEXTS,
            "address": TEXTS | GARBAGE,
            "fields": FIELDS,
            "reversible": GARBAGE,
            "action": st.sampled_from(["create", "update", "delete"]) | GARBAGE,
        }
    ),
    max_size=3,
)
FINDINGS = st.lists(
    st.builds(finding, number=TEXTS, severity=TEXTS, evidence=GARBAGE, hint=GARBAGE, line=GARBAGE, file=TEXTS),
    max_size=3,
)
SECTIONS: dict[str, st.SearchStrategy[Any]] = {
    "changes": CHANGES | GARBAGE,
    "findings": FINDINGS | entries("rule", "severity", "address", "message"),
    "side_effects": entries("extension", "field", "before", "after", "widening", "caused_by"),
    "blocked": entries("rule", "actual", "limit", "override"),
    "outcomes": entries("address", "status"),
    "came_back": entries("extension"),
    "requests": st.dictionaries(TEXTS, SCALARS, max_size=3) | GARBAGE,
    "quota": st.dictionaries(st.sampled_from(["limit", "remaining", "reset_seconds"]), SCALARS) | GARBAGE,
    "registrations": GARBAGE,
    "bundles": entries("extension", "extension_id", "members"),
    "bundle": GARBAGE,
    "diff": st.fixed_dictionaries({"after": GARBAGE}) | GARBAGE,
    "error": st.fixed_dictionaries(
        {"kind": st.sampled_from(["blocked", "some_failed", "partial", "conflict", "options"]) | GARBAGE}
    )
    | GARBAGE,
    "failed": GARBAGE,
    "skipped": st.just(False) | GARBAGE,
    "msg": GARBAGE,
}
EFFECTS = [side_effect("201", "hold_music", 1, 2, "bundle/101")]
SOUND = st.sampled_from(
    [
        settings({"geo_list": ["RU"]}),
        settings({"geo_list": ["RU"], "timezone": "UTC"}, {"geo_list": ["*"]}),
        bundles({"101": ["201"]}, {"102": ["202"]}, side_effects=EFFECTS, outcomes=[outcome("bundle/101")]),
        registrations({"205": [SCANNER, SCANNER]}, findings=[finding()]),
        failed("some_failed", bundles({"101": ["201"]}, {})),
        failed("forbidden"),
        {"skipped": True},
        {"stdout": "x", "changed": True},
        {"results": [settings({"a": 1}), failed("server"), None]},
        None,
    ]
)
RESULTS = (
    SOUND
    | st.tuples(SOUND, st.fixed_dictionaries({}, optional=SECTIONS)).map(lambda both: {**(both[0] or {}), **both[1]})
    | st.fixed_dictionaries({}, optional=SECTIONS)
    | GARBAGE
)
PARTS = st.lists(st.builds(parts_of, st.sampled_from(RESOURCES), RESULTS, st.booleans()), max_size=4).map(
    lambda found: tuple(part for parts in found for part in parts)
)
HOSTS = st.builds(
    Host,
    st.sampled_from(["a", "b", "c", HOSTILE]),
    st.none() | st.sampled_from(["801", "@me"]),
    st.none() | st.just("clients/a.yml"),
    PARTS,
    st.none() | st.none() | st.text(max_size=3),
    st.lists(
        st.builds(file_finding, TEXTS, st.integers()) | st.dictionaries(TEXTS, GARBAGE, max_size=2), max_size=2
    ).map(tuple),
    st.none() | st.text(max_size=3),
)


def _recounted(report: Any) -> dict[str, Any]:
    clients = report["clients"]
    changes = [
        item
        for client in clients
        for item in client["changes"]
        if not item["waiver"] and item["result"]["status"] != "verified"
    ]
    findings = [item for client in clients for item in client["findings"] if not item["waiver"]]
    both = [*changes, *findings]
    statuses = Counter(client["status"] for client in clients)
    return {
        "clients": {
            "total": len(clients),
            **{name: statuses[name] for name in report["totals"]["clients"] if name != "total"},
        },
        "changes": {name: sum(item["cause"] == name for item in changes) for name in report["totals"]["changes"]},
        "severity": {name: sum(item["severity"] == name for item in both) for name in report["totals"]["severity"]},
        "resources": Counter(item["resource"] for item in changes),
        "findings": len(findings),
        "waived": 0,
        "applied": sum(item["result"]["status"] == "verified" for client in clients for item in client["changes"]),
        "new": sum(item["new"] for item in both),
        "resolved": len(report["resolved"]),
    }


@fewer(0.4)
@given(st.lists(HOSTS, max_size=3))
def test_any_results(hosts: list[Host]) -> None:
    first = built(*hosts)
    report = first.report
    assert not problems(report) and not problems(first.ledger, LEDGER)
    json.dumps(report, allow_nan=False)
    assert json.loads(json_text(report)) == report
    assert json_text(report) == json_text(built(*hosts).report)
    assert {**report["totals"], **_recounted(report)} == report["totals"]
    by_key = {host.key: host for host in hosts}
    for client in report["clients"]:
        host = by_key[client["key"]]
        missing = any(part.failure is not None for part in host.parts) or not host.parts or host.blocked is not None
        assert bool(client["not_compared"]) == missing
        assert not (missing and client["status"] in ("clean", "pending", "drift"))
        assert (client["reason"] is None) == (client["status"] in ("clean", "pending", "drift"))
        ids = {item["id"] for item in client["changes"]}
        assert len(ids) == len(client["changes"])
        assert all(item["caused_by"] is None or item["caused_by"] in ids for item in client["changes"])


@fewer(0.3)
@given(st.lists(HOSTS, max_size=3), st.lists(HOSTS, max_size=2))
def test_any_results_night_by_night(hosts: list[Host], others: list[Host]) -> None:
    nights = Nights()
    before = nights.run(*hosts)
    again = nights.run(*hosts)
    assert (again["totals"]["new"], again["totals"]["resolved"]) == (0, 0)
    assert again["fleet_id"] == before["fleet_id"]
    for report in (again, nights.run(*others), nights.run(*hosts), nights.run(reports=[before])):
        assert not problems(report)
    assert nights.built is not None and not problems(nights.built.ledger, LEDGER)


def test_hostile_numbers() -> None:
    given_values = {"a": float("nan"), "b": float("inf"), "c": 10**400, "d": -1.0}
    parts = tuple(
        parts_of("client_settings", settings({"x": given_values}, {"x": 1}, requests={"GET": float("nan"), "PUT": 1}))
    )
    report = built(Host("a", parts=parts)).report
    json.dumps(report, allow_nan=False)
    assert report["run"]["requests"] == {"PUT": 1}


def test_results_are_copied() -> None:
    given_result = settings({"a": [1]}, {"a": [2]})
    kept = json.dumps(given_result)
    built(Host("a", parts=(Part("client_settings", given_result),)))
    assert json.dumps(given_result) == kept
