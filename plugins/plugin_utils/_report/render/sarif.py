# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as SARIF 2.1.0, for platforms that show differences next to the lines of client files. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean
from ansible_collections.ringme.pbx.plugins.module_utils._sarif import Level, Result, sarif

from ..schema import CAUSES
from ..status import by_urgency, is_done, is_unchecked, item_rank
from ..types import Client, Report
from .rows import Row, rows
from .text import number, reasons

LIMIT = 5_000
"""The most results of a run that code scanning shows; it cuts or rejects a file with more."""
_LEVELS: Mapping[str, Level] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_DRIFT = {
    "out_of_band": "The PBX differs from what was last applied",
    "pending": "The client file has changed since it was last applied",
    "conflict": "Both the PBX and the client file have changed since the last apply",
    "side_effect": "Another change causes this one",
    "unknown": "The PBX differs from the client file; no earlier state is known",
}
_RULES = {
    "BND-001": "A bundle extends the permissions of a member",
    "BND-002": "Bundles contradict each other",
    "REG-001": "A registration comes from a network that is not allowed",
    "REG-002": "A registration comes from a device that is not allowed",
    "REG-003": "An extension has more registrations than allowed",
    "REG-004": "An extension that has to be registered is offline",
}


def sarif_log(report: Report) -> str:
    """Return the log as JSON.

    Every open or waived change and finding is a result, in the order of the report: at its line, at the first line of
    the client's file if no line is known, and without a location if there is no file. The rule of a change is
    ``ringme/`` and its cause, the rule of a finding its own. Waived ones are suppressed. Each client that was not fully
    compared is a notification of the run, at level error if the client failed. Of more than 5,000 results, the limit of
    code scanning, the most severe are kept, and a notification counts the others.
    """
    found = [(client, row) for client in by_urgency(report["clients"]) for row in rows(client) if not is_done(row.item)]
    severest = sorted(range(len(found)), key=lambda index: item_rank(found[index][1].item))[:LIMIT]
    kept = [_result(*found[index]) for index in sorted(severest)]
    notifications = list(_notifications(report, len(found) - len(kept)))
    invocation = {
        "executionSuccessful": all(entry["level"] != "error" for entry in notifications),
        "startTimeUtc": report["run"]["started"],
        "endTimeUtc": report["run"]["finished"],
        "exitCode": report["exit_code"],
        "toolExecutionNotifications": notifications,
    }
    rules = {rule: _RULES.get(rule, f"Violation of rule {rule}") for rule in (result.rule_id for result in kept)}
    rules.update({f"ringme/{cause}": _DRIFT[cause] for cause in CAUSES})
    log = sarif(kept, rules, clean(report["run"]["collection_version"]), invocation)
    return json.dumps(log, ensure_ascii=True, indent=1) + "\n"


def _result(client: Client, row: Row) -> Result:
    item = row.item
    source, waiver = item["source"], item["waiver"]
    waived = waiver and clean(f"{waiver['reason']} ({waiver['owner']}, until {waiver['expires']})")
    return Result(
        rule_id=f"ringme/{item['cause']}" if "cause" in item else item["rule"],
        level=_LEVELS[row.severity],
        message=_message(client, row),
        file=(client["file"] if source is None else source["file"]) or None,
        line=1 if source is None else source["line"],
        fingerprint=item["id"],
        waived=waived,
    )


def _message(client: Client, row: Row) -> str:
    where = f"{clean(client['key'])}, {row.object}"
    if "rule" in row.item:
        return f"{where}: {row.why}" + (f". {row.hint}" if row.hint else "")
    field = f"{row.field}: " if row.field else ""
    note = f", {row.note}" if row.note else ""
    return f"{where}: {field}{row.difference} ({row.why}, {row.age}{note})"


def _notifications(report: Report, left_out: int) -> Iterator[dict[str, Any]]:
    if report["truncated"]:
        yield _notification("error", "The run was interrupted: this report is valid, but incomplete")
    if not report["clients"]:
        yield _notification("warning", "No client was compared")
    for client in by_urgency(report["clients"]):
        name = clean(client["key"])
        if is_unchecked(client):
            level = "error" if client["status"] == "error" else "warning"
            yield _notification(level, f"{name} was NOT FULLY CHECKED: {'; '.join(reasons(client))}")
        elif client["status"] == "blocked":
            yield _notification("warning", f"{name} is BLOCKED: {'; '.join(reasons(client))}")
    if left_out:
        yield _notification("warning", f"the {number(left_out)} least severe results are omitted")


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}
