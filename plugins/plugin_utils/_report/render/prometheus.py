# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report in the text format of Prometheus, for the textfile collector of the node exporter. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..schema import CAUSES, STATUSES
from .text import is_open, items_of

_HELP = {
    "ringme_drift_objects": "Objects that differ, by the cause (class) and severity of a change; without waived and done ones.",
    "ringme_drift_oldest_seconds": "Age of the oldest change or finding of a client that counts.",
    "ringme_registration_violations": "Findings on registrations that count, by rule.",
    "ringme_findings": "Findings that count, by rule and severity.",
    "ringme_registered_phones": "Extensions with a live registration, where they were looked at.",
    "ringme_quota_remaining": "Requests that remain of the hourly quota, as the last answer told it.",
    "ringme_quota_limit": "Requests that the hourly quota allows.",
    "ringme_requests": "Requests of the run, by method.",
    "ringme_client_checked_timestamp_seconds": "When everything of a client was last compared. Alert on its age.",
    "ringme_client_status": "1 for the status of a client.",
    "ringme_clients": "Clients by status.",
    "ringme_changes": "Changes that count, by cause.",
    "ringme_waived": "Changes and findings that are waived.",
    "ringme_waivers_expired": "Waivers whose date is over.",
    "ringme_not_checked_ratio": "Share of clients that were not compared in every part.",
    "ringme_run_exit_code": "0 clean, 2 drift or pending, 1 error or not checked, 3 blocked.",
    "ringme_run_finished_timestamp_seconds": "When the run ended.",
    "ringme_run_truncated": "1 for a run that ended before its end.",
}
_SURROGATE = re.compile("[\ud800-\udfff]")

Labels = tuple[tuple[str, str], ...]
Sample = tuple[str, dict[str, str], float]


def prometheus(report: Mapping[str, Any]) -> str:
    """Return the samples, every metric with its help and type, and no series twice.

    Series of clients are there only where there is something to tell; a client that vanishes from the file vanishes from the
    series, so alerts rest on ``ringme_client_checked_timestamp_seconds``, which outlives a run that did not look at the client.
    Labels hold the texts of the report as they are, escaped, apart from halves of characters, for which UTF-8 has no bytes.
    """
    metrics: dict[str, dict[Labels, float]] = {name: {} for name in _HELP}
    for name, labels, value in _samples(report):
        metrics[name][tuple(labels.items())] = value
    lines = []
    for name, series in metrics.items():
        if series:
            lines += [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} gauge"]
            lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in series.items()]
    return "".join(f"{line}\n" for line in lines)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _labels(labels: Labels) -> str:
    told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
    return f"{{{told}}}" if told else ""


def _escaped(text: str) -> str:
    whole = _SURROGATE.sub("\ufffd", text)
    return whole.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _seconds(stamp: str) -> int:
    return calendar.timegm(datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").timetuple())


def _samples(report: Mapping[str, Any]) -> Iterator[Sample]:
    totals, run = report["totals"], report["run"]
    for key, carried in report["carried"].items():
        if carried["checked"] is not None:
            yield "ringme_client_checked_timestamp_seconds", {"client": key}, _seconds(carried["checked"])
    for client in report["clients"]:
        yield from _client(client)
    for method, count in run["requests"].items():
        yield "ringme_requests", {"method": method}, count
    for status in STATUSES:
        yield "ringme_clients", {"status": status}, totals["clients"][status]
    for cause in CAUSES:
        yield "ringme_changes", {"cause": cause}, totals["changes"][cause]
    yield "ringme_waived", {}, totals["waived"]
    yield "ringme_waivers_expired", {}, len(report["waivers"]["expired"])
    yield "ringme_not_checked_ratio", {}, totals["not_checked_share"]
    yield "ringme_run_exit_code", {}, report["exit_code"]
    yield "ringme_run_finished_timestamp_seconds", {}, _seconds(run["finished"])
    yield "ringme_run_truncated", {}, int(report["truncated"])


def _client(client: Mapping[str, Any]) -> Iterator[Sample]:
    own = {"client": client["key"]}
    yield "ringme_client_status", {**own, "status": client["status"]}, 1
    if client["checked"] is not None:
        yield "ringme_client_checked_timestamp_seconds", own, _seconds(client["checked"])
    if client["registered_phones"] is not None:
        yield "ringme_registered_phones", own, client["registered_phones"]
    for name in ("remaining", "limit"):
        if client["quota"] is not None and client["quota"][name] is not None:
            yield f"ringme_quota_{name}", own, client["quota"][name]
    counting = [item for item in items_of(client) if is_open(item)]
    if counting:
        yield "ringme_drift_oldest_seconds", own, max(item["age_seconds"] for item in counting)
    yield from _counted(own, counting)


def _counted(own: Mapping[str, str], counting: list[Mapping[str, Any]]) -> Iterator[Sample]:
    objects: dict[tuple[str, str, str], set[str]] = {}
    violations: dict[str, int] = {}
    findings: dict[tuple[str, str], int] = {}
    for item in counting:
        if "rule" not in item:
            objects.setdefault((item["resource"], item["cause"], item["severity"]), set()).add(item["address"])
            continue
        rule, severity = item["rule"], item["severity"]
        findings[rule, severity] = findings.get((rule, severity), 0) + 1
        if rule.startswith("REG-"):
            violations[rule] = violations.get(rule, 0) + 1
    for (resource, cause, severity), addresses in objects.items():
        yield (
            "ringme_drift_objects",
            {**own, "resource": resource, "class": cause, "severity": severity},
            len(addresses),
        )
    for rule, count in violations.items():
        yield "ringme_registration_violations", {**own, "rule": rule}, count
    for (rule, severity), count in findings.items():
        yield "ringme_findings", {**own, "rule": rule, "severity": severity}, count
