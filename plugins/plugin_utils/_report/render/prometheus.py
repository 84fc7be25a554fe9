# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report in the text format of Prometheus, for the textfile collector of the node exporter. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..schema import CAUSES, STATUSES
from ..status import open_items
from ..timestamps import parsed
from ..types import Client, Item, Report

_HELP = {
    "ringme_drift_objects": "Objects with open changes, by cause (class) and severity.",
    "ringme_drift_oldest_seconds": "Age of the oldest open change or finding of a client.",
    "ringme_registration_violations": "Open findings on registrations, by rule.",
    "ringme_findings": "Open findings, by rule and severity.",
    "ringme_registered_phones": "Extensions with a live registration, for clients whose registrations were compared.",
    "ringme_quota_remaining": "Remaining requests of the hourly quota, from the last response.",
    "ringme_quota_limit": "Requests allowed by the hourly quota.",
    "ringme_requests": "Requests of the run, by method.",
    "ringme_client_checked_timestamp_seconds": "When all parts of a client were last compared. Alert on its age.",
    "ringme_client_status": "1 for the current status of a client.",
    "ringme_clients": "Clients by status.",
    "ringme_changes": "Open changes, by cause.",
    "ringme_waived": "Changes and findings that are waived.",
    "ringme_waivers_expired": "Waivers past their last day.",
    "ringme_not_checked_ratio": "Share of clients of which at least one part was not compared.",
    "ringme_run_exit_code": "0 clean, 2 drift or pending, 1 error or not checked, 3 blocked.",
    "ringme_run_finished_timestamp_seconds": "When the run finished.",
    "ringme_run_truncated": "1 for an interrupted run.",
}
_SURROGATE = re.compile("[\ud800-\udfff]")

Labels = tuple[tuple[str, str], ...]
Sample = tuple[str, dict[str, str], float]


def prometheus(report: Report) -> str:
    """Return the samples, every metric with its help and type, and no series twice.

    A client has only the series that apply to it, and no series once it has left the report. Alerts therefore need
    ``ringme_client_checked_timestamp_seconds``, which remains after a run that did not compare the client. Labels
    contain the texts of the report unchanged, escaped; half surrogates, which UTF-8 cannot encode, become U+FFFD.
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
    text = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{text}}}" if text else ""


def _escaped(text: str) -> str:
    whole = _SURROGATE.sub("\ufffd", text)
    return whole.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _seconds(stamp: str) -> int:
    return int(parsed(stamp).timestamp())


def _samples(report: Report) -> Iterator[Sample]:
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


def _client(client: Client) -> Iterator[Sample]:
    own = {"client": client["key"]}
    yield "ringme_client_status", {**own, "status": client["status"]}, 1
    if client["checked"] is not None:
        yield "ringme_client_checked_timestamp_seconds", own, _seconds(client["checked"])
    if client["registered_phones"] is not None:
        yield "ringme_registered_phones", own, client["registered_phones"]
    quota = client["quota"]
    for name, value in (("remaining", quota["remaining"]), ("limit", quota["limit"])) if quota else ():
        if value is not None:
            yield f"ringme_quota_{name}", own, value
    counting = open_items(client)
    if counting:
        yield "ringme_drift_oldest_seconds", own, max(item["age_seconds"] for item in counting)
    yield from _counted(own, counting)


def _counted(own: Mapping[str, str], counting: Sequence[Item]) -> Iterator[Sample]:
    objects: dict[tuple[str, str, str], set[str]] = {}
    violations: dict[str, int] = {}
    findings: dict[tuple[str, str], int] = {}
    for item in counting:
        if "cause" in item:
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
