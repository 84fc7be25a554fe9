# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics: read by the official client library, every sample matches the report, for any name of a client."""

from __future__ import annotations

import calendar
import random
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.prometheus import prometheus
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.schema import CAUSES, STATUSES
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import HOSTILE, change, client, finding, fleet, sha

TEXTS = st.text(max_size=40) | st.sampled_from(
    [HOSTILE, 'a\\"b\n', "\\n", "\\", "\r\x00", "\x85\u2028", "{}=,", "", "\ud800"]
)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(name="parse", scope="module")
def _parse() -> Any:
    parser = pytest.importorskip(
        "prometheus_client.parser", reason="the development set has it, the sets for other cores have not"
    )

    def parse(text: str) -> Samples:
        samples: Samples = {}
        for family in parser.text_string_to_metric_families(text):
            assert family.documentation and family.type == "gauge"
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in samples, "a series stands twice"
                samples[key] = sample.value
        return samples

    return parse


def _whole(text: str) -> str:
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def _time(stamp: str) -> int:
    return calendar.timegm(datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").timetuple())


def _expected(report: dict[str, Any]) -> Samples:
    """All samples of the report, counted independently."""
    found: Counter[tuple[str, frozenset[tuple[str, str]]]] = Counter()

    def add(name: str, value: float, **labels: str) -> None:
        # "class" is a keyword of Python.
        found[f"ringme_{name}", frozenset((key.rstrip("_"), _whole(text)) for key, text in labels.items())] += value  # type: ignore[assignment]

    known = {one["key"] for one in report["clients"] if one["checked"]}
    for key, carried in report["carried"].items():
        if carried["checked"] and key not in known:
            add("client_checked_timestamp_seconds", _time(carried["checked"]), client=key)
    for one in report["clients"]:
        key = one["key"]
        add("client_status", 1, client=key, status=one["status"])
        if one["checked"]:
            add("client_checked_timestamp_seconds", _time(one["checked"]), client=key)
        if one["registered_phones"] is not None:
            add("registered_phones", one["registered_phones"], client=key)
        for name, value in (one["quota"] or {}).items():
            if name != "reset_seconds" and value is not None:
                add(f"quota_{name}", value, client=key)
        changes = [item for item in one["changes"] if item["waiver"] is None and item["result"]["status"] != "verified"]
        findings = [item for item in one["findings"] if item["waiver"] is None]
        for labels in {(item["resource"], item["cause"], item["severity"], item["address"]) for item in changes}:
            add("drift_objects", 1, client=key, resource=labels[0], class_=labels[1], severity=labels[2])
        for item in findings:
            add("findings", 1, client=key, rule=item["rule"], severity=item["severity"])
            if item["rule"].startswith("REG"):
                add("registration_violations", 1, client=key, rule=item["rule"])
        if changes or findings:
            add("drift_oldest_seconds", max(item["age_seconds"] for item in (*changes, *findings)), client=key)
    for method, count in report["run"]["requests"].items():
        add("requests", count, method=method)
    totals = report["totals"]
    for status in STATUSES:
        add("clients", totals["clients"][status], status=status)
    for cause in CAUSES:
        add("changes", totals["changes"][cause], cause=cause)
    add("waived", totals["waived"])
    add("waivers_expired", len(report["waivers"]["expired"]))
    add("not_checked_ratio", totals["not_checked_share"])
    add("run_exit_code", report["exit_code"])
    add("run_finished_timestamp_seconds", _time(report["run"]["finished"]))
    add("run_truncated", int(report["truncated"]))
    return dict(found)


@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize(("clients", "share"), [(0, 0.0), (1, 0.0), (40, 0.5), (300, 0.1)])
def test_every_sample_matches_the_report(parse: Any, clients: int, share: float, hostile: bool) -> None:
    report = fleet(clients, share, hostile=hostile)
    assert parse(prometheus(report)) == _expected(report)


def test_the_text(parse: Any) -> None:
    report = {**fleet(0), "clients": [client("a", 1, "drift", findings=[finding("a", 1, rule="GEO-001")], quota=None)]}
    lines = prometheus(report).splitlines()
    assert "# TYPE ringme_run_exit_code gauge" in lines and "ringme_run_exit_code 0" in lines
    assert 'ringme_findings{client="a",rule="GEO-001",severity="critical"} 1' in lines
    assert not any("violations" in line or "quota" in line for line in lines)
    assert parse(prometheus(report)) == _expected(report)


def test_waived_and_applied_items_do_not_count(parse: Any) -> None:
    chance = random.Random(1)
    waiver = {"reason": "OPS-311", "owner": "anna", "expires": "2026-12-01"}
    changes = [
        change("a", 0, chance, waiver=waiver),
        change("a", 2, chance, result={"status": "verified", "message": None}),
        change("a", 4, chance, result={"status": "failed", "message": "500"}, cause="pending"),
        change("a", 4, chance, id=sha("again"), field="other", cause="pending"),
    ]
    report = {**fleet(0), "clients": [client("a", 1, "drift", changes=changes)]}
    samples = parse(prometheus(report))
    assert samples == _expected(report)
    objects = {labels: value for (name, labels), value in samples.items() if name == "ringme_drift_objects"}
    assert [dict(labels)["class"] for labels in objects] == ["pending"] and list(objects.values()) == [1]


def test_clients_that_were_not_looked_at_keep_their_time(parse: Any) -> None:
    carried = {"checked": "2026-11-20T07:00:00Z", "known": []}
    never = client("never", 3, "not_checked", checked=None, registered_phones=None)
    report = {
        **fleet(0),
        "clients": [client("here", 1), never],
        "carried": {"here": carried, "gone": carried, "unknown": {"checked": None, "known": []}},
        "truncated": True,
    }
    samples = parse(prometheus(report))
    assert samples == _expected(report)
    times = {
        dict(labels)["client"]: value
        for (name, labels), value in samples.items()
        if name.endswith("checked_timestamp_seconds")
    }
    assert times == {"here": _time("2026-11-25T07:00:30Z"), "gone": _time("2026-11-20T07:00:00Z")}
    assert samples["ringme_run_truncated", frozenset()] == 1


def test_quotas_that_are_known_in_part(parse: Any) -> None:
    report = {**fleet(0), "clients": [client("a", 1, quota={"limit": None, "remaining": 0, "reset_seconds": 4})]}
    assert parse(prometheus(report)) == _expected(report)


def test_a_share_is_a_fraction(parse: Any) -> None:
    report = fleet(7, 0.5)
    report["totals"]["not_checked_share"] = 1 / 3
    assert parse(prometheus(report))["ringme_not_checked_ratio", frozenset()] == 1 / 3


@pytest.mark.parametrize("status", ["error", "not_checked"])
def test_unchecked_clients_are_never_clean(parse: Any, status: str) -> None:
    samples = parse(prometheus({**fleet(1, 0), "clients": [client("a", 1, status)]}))
    assert not any(dict(labels).get("status") == "clean" for name, labels in samples if name == "ringme_client_status")


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_can_be_read_back(parse: Any, key: str, other: str, resource: str) -> None:
    changes = [change("a", 0, random.Random(1), resource=resource)]
    listed = [client(key, 1, "drift", changes=changes, findings=[finding(key, 2)])]
    listed += [client(other, 2)] if _whole(other) != _whole(key) else []
    report = {**fleet(0), "clients": listed}
    report["run"]["requests"] = {resource: 4}
    text = prometheus(report)
    text.encode("utf-8")
    assert parse(text) == _expected(report)
