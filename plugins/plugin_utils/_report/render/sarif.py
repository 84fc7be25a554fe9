# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as SARIF 2.1.0, for platforms that show what differs beside the lines of client files. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean
from ansible_collections.ringme.pbx.plugins.module_utils._sarif import Level, Result, sarif

from ..schema import CAUSES, SEVERITIES
from .rows import Row, rows
from .text import (
    is_done,
    is_unchecked,
    number,
    reasons,
)

LIMIT = 5_000
"""So many results of a run are shown by code scanning; a file with more is cut or refused."""
_LEVELS: Mapping[str, Level] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_DRIFT = {
    "out_of_band": "The PBX differs from what was last applied",
    "pending": "The client file has changed since it was last applied",
    "conflict": "Both the PBX and the client file have changed since the last time",
    "side_effect": "Another change brings this one about",
    "unknown": "The PBX differs from the client file, and nothing is known of an earlier state",
}
_RULES = {
    "BND-001": "A bundle lets a member do more than before",
    "BND-002": "Bundles contradict each other",
    "REG-001": "A registration comes from a network that is not allowed",
    "REG-002": "A registration comes from a device that is not allowed",
    "REG-003": "An extension has more registrations than allowed",
    "REG-004": "An extension that has to be registered is offline",
}


def sarif_log(report: Mapping[str, Any]) -> str:
    """Return the log as JSON.

    Every change and finding that is not done is a result: at its line, at the first line of the client's file where no line is
    known, and without a place where there is no file. The rule of a change is ``ringme/`` and its cause, the rule of a finding its
    own. Waived ones are suppressed. What was not compared is a notification of the run, which counts as failed where a client
    failed. Of more than 5,000 results, the limit of code scanning, the most severe stand here, and a notification counts the rest.
    """
    found = [(client, row) for client in report["clients"] for row in rows(client) if not is_done(row.item)]
    found.sort(key=lambda entry: (entry[1].item["waiver"] is not None, SEVERITIES.index(entry[1].severity)))
    kept = [_result(client, row) for client, row in found[:LIMIT]]
    notifications = list(_notifications(report, len(found) - len(kept)))
    invocation = {
        "executionSuccessful": all(entry["level"] != "error" for entry in notifications),
        "startTimeUtc": report["run"]["started"],
        "endTimeUtc": report["run"]["finished"],
        "exitCode": report["exit_code"],
        "toolExecutionNotifications": notifications,
    }
    rules = {rule: _RULES.get(rule, f"Rule {rule} is broken") for rule in (result.rule_id for result in kept)}
    rules.update({f"ringme/{cause}": _DRIFT[cause] for cause in CAUSES})
    log = sarif(kept, rules, clean(report["run"]["collection_version"]), invocation)
    return json.dumps(log, ensure_ascii=True, indent=1) + "\n"


def _result(client: Mapping[str, Any], row: Row) -> Result:
    item = row.item
    source, waiver = item["source"], item["waiver"]
    waived = waiver and clean(f"{waiver['reason']} ({waiver['owner']}, until {waiver['expires']})")
    return Result(
        rule_id=item["rule"] if "rule" in item else f"ringme/{item['cause']}",
        level=_LEVELS[row.severity],
        message=_message(client, row),
        file=(client["file"] if source is None else source["file"]) or None,
        line=1 if source is None else source["line"],
        fingerprint=item["id"],
        waived=waived,
    )


def _message(client: Mapping[str, Any], row: Row) -> str:
    where = f"{clean(client['key'])}, {row.object}"
    if "rule" in row.item:
        return f"{where}: {row.why}" + (f". {row.hint}" if row.hint else "")
    field = f"{row.field}: " if row.field else ""
    note = f", {row.note}" if row.note else ""
    return f"{where}: {field}{row.difference} ({row.why}, {row.age}{note})"


def _notifications(report: Mapping[str, Any], left_out: int) -> Iterator[dict[str, Any]]:
    if report["truncated"]:
        yield _notification("error", "The run ended before its end: what is here is valid, but it is not all")
    if not report["clients"]:
        yield _notification("warning", "No client was looked at")
    for client in report["clients"]:
        name = clean(client["key"])
        if is_unchecked(client):
            level = "error" if client["status"] == "error" else "warning"
            yield _notification(level, f"{name} was NOT FULLY CHECKED: {'; '.join(reasons(client))}")
        elif client["status"] == "blocked":
            yield _notification("warning", f"{name} is BLOCKED: {'; '.join(reasons(client))}")
    if left_out:
        yield _notification("warning", f"{number(left_out)} more results are left out, the least severe ones")


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}
