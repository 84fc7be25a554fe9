# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the HTML page shows in addition to the report itself: the headline, the order of clients, charts, commands.

Pure.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import is_template
from ansible_collections.ringme.pbx.plugins.module_utils._model.addresses import address_of

from ..history import part_of
from ..overrides import extra_vars, limit_text, override_variables
from ..results import BUNDLES, SETTINGS
from ..schema import SEVERITIES, STATUSES
from ..status import by_urgency, is_open, is_unchecked, urgency
from ..timestamps import parsed_or_none
from ..types import Client, HistoryEntry, Item, KnownItem, Report
from .rows import in_order
from .text import elsewhere, number

_HOUR, _MINUTE = 3600, 60
_HISTORY_HEIGHT = 120
# Characters with a meaning in a host pattern.
_PATTERN = re.compile(r"^[-@!&~]|[,:*?\[\]]")
STATUS_MARKS: Mapping[str, str] = {
    "clean": "✓",
    "pending": "…",
    "drift": "~",
    "blocked": "⊘",
    "error": "✕",
    "not_checked": "?",
}
MARKS: Mapping[str, str] = {
    "create": "+",
    "update": "~",
    "delete": "-",
    "policy": "!",
    "side_effect": "»",
    "not_checked": "?",
    "waived": "=",
}
MARK_WORDS: Mapping[str, str] = {
    "create": "create: missing at the PBX",
    "update": "change: the PBX has another value",
    "delete": "remove: present at the PBX, not desired",
    "policy": "policy: violation of a rule",
    "side_effect": "side effect: caused by another change",
    "not_checked": "not checked: state unknown",
    "waived": "waived: accepted until the waiver expires",
}
WORDS: Mapping[str, str] = {
    "out_of_band": "out of band",
    "side_effect": "side effect",
    "not_checked": "not checked",
    "not_applied": "not applied",
    "not_reached": "not reached",
}
CAUSE_WORDS: Mapping[str, str] = {
    "out_of_band": "the PBX differs from what was last applied",
    "pending": "the file has changed since it was last applied",
    "conflict": "both the PBX and the file have changed",
    "side_effect": "another change causes it",
    "unknown": "no earlier state is known",
    "finding": "policy violation",
}
_VERDICTS: Mapping[str, str] = {
    "clean": "All clean",
    "pending": "Changes are pending",
    "drift": "Drift found",
    "blocked": "Blocked by a limit",
}


def view(report: Report) -> dict[str, Any]:
    """Return the variables of the page's template that are not in the report itself."""
    clients = [_client(client, _known(report, client)) for client in by_urgency(report["clients"])]
    shown = [client for client in clients if client["shown"]]
    unchecked = sum(1 for client in clients if client["unchecked"])
    sure = bool(clients) and not unchecked and not report["truncated"] and not report["totals"]["not_checked_share"]
    return {
        "shown": shown,
        "clean": [client["key"] for client in clients if not client["shown"]],
        "elsewhere": list(elsewhere(report).items()),
        "unchecked": unchecked,
        "sure": sure,
        "verdict": _headline(report, sure),
        "verdict_mark": STATUS_MARKS[report["verdict"]] if sure or report["verdict"] != "clean" else "?",
        "took": _took(report["run"]["started"], report["run"]["finished"]),
        "open_few": len(shown) <= 3,
        "statuses_bar": _bar(report["totals"]["clients"]),
        "resources": _resources(report["totals"]["resources"]),
        "history": _history(report["history"]),
    }


def _known(report: Report, client: Client) -> Sequence[KnownItem]:
    carried = report["carried"].get(client["key"])
    return carried["known"] if carried else ()


def _headline(report: Report, sure: bool) -> str:
    """Return the number of critical differences, if any, and the verdict: a failure must not hide them."""
    verdict, critical = _verdict(report, sure), report["totals"]["severity"]["critical"]
    if not critical:
        return verdict
    found = f"{number(critical)} critical {'difference' if critical == 1 else 'differences'}"
    return found if report["verdict"] in ("drift", "pending") else f"{found}; {verdict[0].lower()}{verdict[1:]}"


def _verdict(report: Report, sure: bool) -> str:
    """Return the verdict as text, without "All clean" if anything was not checked."""
    verdict = report["verdict"]
    if verdict == "clean" and not sure:
        return "Clean as far as checked" if report["clients"] else "No clients: nothing was checked"
    if verdict == "error":
        words = "not everything could be applied" if report["mode"] == "apply" else "not everything could be checked"
        return f"Drift found, and {words}" if report["totals"]["clients"]["drift"] else words.capitalize()
    if verdict == "blocked" and not any(client["blocked"] for client in report["clients"]):
        whole = all(
            part["part"] == "everything"
            for client in report["clients"]
            if client["status"] == "blocked"
            for part in client["not_compared"]
        )
        return "A client file cannot be used" if whole else "A client file cannot be applied"
    return _VERDICTS[verdict]


def _client(client: Client, known: Sequence[KnownItem]) -> dict[str, Any]:
    """Return the client's entry on the page: its rows and counts, and the commands to copy."""
    rows = [_row(item) for item, _cause in in_order(client)]
    counts = Counter(row["item"]["severity"] for row in rows if row["open"])
    unchecked = is_unchecked(client)
    return {
        "key": client["key"],
        "client": client,
        "rows": rows,
        "counts": {severity: counts[severity] for severity in SEVERITIES if counts[severity]},
        "waived": sum(1 for row in rows if row["item"]["waiver"] is not None),
        "new": sum(1 for row in rows if row["open"] and row["item"]["new"]),
        "oldest": max((row["item"]["age_seconds"] for row in rows if row["open"]), default=None),
        "known": known,
        "limits": [limit_text(client, limit) for limit in client["blocked"]],
        "reason_repeated": bool(client["blocked"]) and _lists_all_limits(client),
        "unchecked": unchecked,
        "shown": urgency(client) != "clean" or bool(known or client["blocked"]),
        "commands": _commands(
            client, {part_of(item["address"]) for item in client["changes"] if is_open(item)}, unchecked
        ),
    }


def _lists_all_limits(client: Client) -> bool:
    return all(limit["rule"] in (client["reason"] or "") for limit in client["blocked"])


def _row(item: Item) -> dict[str, Any]:
    if "cause" in item:
        effect = item["cause"] == "side_effect"
        kind, mark = "change", "side_effect" if effect else item["action"]
    else:
        kind, mark, effect = "finding", "policy", False
    return {
        "kind": kind,
        "item": item,
        "marks": [mark] if item["waiver"] is None else ["waived", mark],
        "effect": effect,
        "open": is_open(item),
    }


def _commands(client: Client, differs: Collection[str], unchecked: bool) -> list[tuple[str, str]] | None:
    """Return the next steps, each with its command; ``None`` if no command can contain the name of the host.

    A name with control characters is dangerous to paste, and a name that is a pattern would match other hosts.
    """
    host = client["key"]
    if client["client_id"]:
        host = host.removesuffix(f"/{client['client_id']}")
    wanted: list[tuple[str, str, str | None]] = []
    overrides = override_variables(client)
    if overrides and BUNDLES in differs:
        wanted.append(("Review the plan. To apply it once despite the limit", "apply", f" {extra_vars(overrides)}"))
    elif differs and not client["blocked"]:
        wanted.append(("Apply the client file to the PBX", "apply", ""))
    file = client["file"] or ""
    if {SETTINGS, BUNDLES} & set(differs) and _is_exported_as(file, host):  # an export has no registrations
        folder = os.path.dirname(file) or "."
        # As JSON: Ansible splits other variables at spaces.
        variables = json.dumps({"ringme_export_path": folder, "ringme_export_overwrite": True}, ensure_ascii=False)
        wanted.append(("Or export the whole live state into the file", "export", f" -e {shlex.quote(variables)}"))
    if client["status"] == "blocked" and not client["blocked"]:
        wanted.append(("Fix the file, then validate it", "validate", None))
    if unchecked:
        # The next report is compared with the report of all clients, not with one of this client.
        wanted.append(("Compare again, without a report", "drift", " -e ringme_report_path=none"))
    if wanted and (not host.isprintable() or not host or _PATTERN.search(host)):
        return None
    limit = f" --limit {shlex.quote(host)}"
    commands = [
        (step, f"ansible-playbook ringme.pbx.{name}" + ("" if more is None else limit + more))
        for step, name, more in wanted
    ]
    return [*commands, *_removals(client, host)]


def _removals(client: Client, host: str) -> list[tuple[str, str]]:
    """Return the commands that remove registrations which no rule allows and no change removes.

    No command contains text that a device reports about itself.
    """
    removed = {item["address"] for item in client["changes"]}
    found = {}
    for item in client["findings"]:
        kind, _slash, extension = item["address"].partition("/")
        where = address_of(str(item["evidence"].get("address")))
        if (
            kind == "registration"
            and extension.isalnum()
            and where
            and is_open(item)
            and item["address"] not in removed
            and client["client_id"]
        ):
            options = {"client_id": client["client_id"], "extension": extension, "address": [str(where)]}
            found[f"Remove the registrations of extension {extension} from {where}"] = options
    if not host.isprintable() or not host or _PATTERN.search(host) or is_template(str(client["client_id"])):
        return []
    return [
        (
            step,
            f"ansible {shlex.quote(host)} -m ringme.pbx.extension_registration -a {shlex.quote(json.dumps(options))}",
        )
        for step, options in sorted(found.items())
    ]


def _is_exported_as(file: str, host: str) -> bool:
    """Whether an export of the host replaces this file, and a command can contain its name."""
    return os.path.basename(file) == f"{host}.yml" and file.isprintable() and not is_template(file)


def _bar(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the parts of the bar of clients by status, in percent."""
    total = sum(counts[status] for status in STATUSES)
    # One of two thousand clients has to be visible too.
    widths = {status: max(0.6, 100 * counts[status] / total) for status in STATUSES if counts[status]}
    scale = 100 / (sum(widths.values()) or 1)
    parts, start = [], 0.0
    for status, width in widths.items():
        parts.append({"status": status, "x": _short(start * scale), "width": _short(width * scale)})
        start += width
    return parts


def _resources(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the bars of the chart of resources, the longest first."""
    most = max(counts.values(), default=0) or 1
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [
        {"name": name, "count": count, "width": _short(100 * count / most), "y": 44 * index}
        for index, (name, count) in enumerate(ordered)
    ]


def _history(reports: Sequence[HistoryEntry]) -> dict[str, Any]:
    """Return the columns of the chart of the last reports: open items by severity, the worst at the bottom."""
    most = max((sum(one["severity"][name] for name in SEVERITIES) for one in reports), default=0)
    columns = []
    slot = 100 / max(len(reports), 8)
    for index, one in enumerate(reports):
        bottom, parts = float(_HISTORY_HEIGHT), []
        for name in SEVERITIES:
            height = _HISTORY_HEIGHT * one["severity"][name] / (most or 1)
            bottom -= height
            if height:
                parts.append({"severity": name, "y": _short(bottom), "height": _short(height)})
        unsure = one["clients"]["error"] + one["clients"]["not_checked"]
        columns.append(
            {
                "x": _short(slot * index + slot * 0.12),
                "middle": _short(slot * (index + 0.5)),
                "width": _short(slot * 0.76),
                "parts": parts,
                "top": _short(bottom),
                "unsure": unsure,
                "kept": one.get("kept", 0),
                "total": sum(one["severity"][name] for name in SEVERITIES),
                "report": one,
            }
        )
    limited = any(column["kept"] for column in columns)
    return {
        "columns": columns,
        "most": most,
        "height": _HISTORY_HEIGHT,
        "end": _short(slot * len(reports)),
        "limited": limited,
    }


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _took(started: str, finished: str) -> str:
    """Return the duration of a run, a dash if its times are invalid."""
    times = parsed_or_none(started), parsed_or_none(finished)
    if times[0] is None or times[1] is None or times[1] < times[0]:
        return "–"
    seconds = int((times[1] - times[0]).total_seconds())
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min {seconds % _MINUTE} s"
    return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE} min"
