# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of a report tells beside the report itself: the verdict, the order of things, charts, commands. Pure."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import is_template
from ansible_collections.ringme.pbx.plugins.module_utils._model.addresses import address_of
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles

from ..history import part_of
from ..results import BUNDLES, SETTINGS
from ..schema import SEVERITIES, STATUSES
from .text import (
    elsewhere,
    is_open,
    is_unchecked,
    number,
)

_HOUR, _MINUTE = 3600, 60
_HISTORY_HEIGHT = 120
# What has a meaning of its own in a pattern of hosts.
_PATTERN = re.compile(r"^[-@!&~]|[,:*?\[\]]")
STATUS_MARKS: Mapping[str, str] = {
    "clean": "✓",
    "pending": "…",
    "drift": "~",
    "blocked": "⊘",
    "error": "✕",
    "not_checked": "?",
}
_VERDICTS: Mapping[str, str] = {
    "clean": "All clean",
    "pending": "Changes wait to be applied",
    "drift": "Drift found",
    "blocked": "Blocked by a limit",
}
# The first of these that a client has gives it its place. Not knowing is nearly as bad as the worst that is known.
_ORDER = ("critical", "unchecked", "high", "medium", "low", "other")


def view(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page tells beside the report itself."""
    carried = report["carried"]
    clients = [_client(client, carried.get(client["key"], {"known": []})["known"]) for client in report["clients"]]
    told = [client for client in clients if client["told"]]
    told.sort(key=lambda client: (_ORDER.index(client["rank"]), -client["open"], client["key"]))
    unchecked = sum(1 for client in clients if client["unchecked"])
    sure = bool(clients) and not unchecked and not report["truncated"] and not report["totals"]["not_checked_share"]
    return {
        "told": told,
        "clean": [client["key"] for client in clients if not client["told"]],
        "elsewhere": list(elsewhere(report).items()),
        "unchecked": unchecked,
        "sure": sure,
        "verdict": _headline(report, sure),
        "verdict_mark": STATUS_MARKS[report["verdict"]] if sure or report["verdict"] != "clean" else "?",
        "took": _took(report["run"]["started"], report["run"]["finished"]),
        "open_few": len(told) <= 3,
        "statuses_bar": _bar(report["totals"]["clients"]),
        "resources": _resources(report["totals"]["resources"]),
        "history": _history(report["history"]),
    }


def _headline(report: Mapping[str, Any], sure: bool) -> str:
    """Return the worst that is known, before the verdict: nothing that is critical hides behind what could not be done."""
    verdict, critical = _verdict(report, sure), report["totals"]["severity"]["critical"]
    if not critical:
        return verdict
    found = f"{number(critical)} critical {'difference' if critical == 1 else 'differences'}"
    return found if report["verdict"] in ("drift", "pending") else f"{found}; {verdict[0].lower()}{verdict[1:]}"


def _verdict(report: Mapping[str, Any], sure: bool) -> str:
    """Return the verdict in words, which never sound better than what is known."""
    verdict: str = report["verdict"]
    if verdict == "clean" and not sure:
        return "Clean as far as it was checked" if report["clients"] else "No clients: nothing was checked"
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
        return "A client file cannot be used" if whole else "A client file asks for what cannot be done"
    return _VERDICTS[verdict]


def _client(client: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the page tells about a client: its rows, its worst, its place, and what can be done."""
    rows = _rows(client["changes"], client["findings"])
    counts = Counter(row["item"]["severity"] for row in rows if row["open"])
    unchecked = is_unchecked(client)
    worst = next((severity for severity in SEVERITIES if counts[severity]), "other")
    stuck = unchecked or client["status"] == "blocked"
    return {
        "key": client["key"],
        "client": client,
        "rows": rows,
        "counts": {severity: counts[severity] for severity in SEVERITIES if counts[severity]},
        "open": sum(counts.values()),
        "waived": sum(1 for row in rows if row["item"]["waiver"] is not None),
        "new": sum(1 for row in rows if row["open"] and row["item"]["new"]),
        "oldest": max((row["item"]["age_seconds"] for row in rows if row["open"]), default=None),
        "known": known,
        # A limit is told with what lets it through; once is enough.
        "reason_repeated": bool(client["blocked"]) and _all_told(client),
        "unchecked": unchecked,
        "told": client["status"] != "clean" or stuck or bool(rows or known or client["blocked"]),
        "rank": min(worst, "unchecked", key=_ORDER.index) if stuck else worst,
        "commands": _commands(
            client, {part_of(item["address"]) for item in client["changes"] if is_open(item)}, unchecked
        ),
    }


def _all_told(client: Mapping[str, Any]) -> bool:
    return all(limit["rule"] in (client["reason"] or "") for limit in client["blocked"])


def _rows(changes: Sequence[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return changes and findings, worst first, each change followed by what it brings about."""
    known = {change["id"] for change in changes}
    effects: dict[str, list[Mapping[str, Any]]] = {}
    first, alone = [], []
    for change in changes:
        cause = change["caused_by"]
        if change["cause"] != "side_effect":
            first.append(change)
        elif cause in known and cause != change["id"]:
            effects.setdefault(cause, []).append(change)
        else:
            alone.append(change)
    groups = []
    for change in [*first, *alone]:
        group, waiting = [], [change]
        while waiting:
            one = waiting.pop(0)
            group.append(_row("change", one, "side_effect" if one["cause"] == "side_effect" else one["action"]))
            waiting = effects.pop(one["id"], []) + waiting
        groups.append(group)
    # What is left brings itself about, which no plan says but a file may.
    groups += [[_row("change", effect, "side_effect")] for ring in effects.values() for effect in ring]
    groups += [[_row("finding", finding, "policy")] for finding in findings]
    return [row for group in sorted(groups, key=lambda group: _weight(group[0]["item"])) for row in group]


def _weight(item: Mapping[str, Any]) -> tuple[bool, int]:
    return item["waiver"] is not None, SEVERITIES.index(item["severity"])


def _row(kind: str, item: Mapping[str, Any], mark: str) -> dict[str, Any]:
    marks = [mark] if item["waiver"] is None else ["waived", mark]
    return {
        "kind": kind,
        "item": item,
        "marks": marks,
        "effect": mark == "side_effect",
        "open": is_open(item),
    }


def _commands(client: Mapping[str, Any], differs: Collection[str], unchecked: bool) -> list[tuple[str, str]] | None:
    """Return what can be done and by which command, or ``None`` where no command may hold the name of the host.

    A name with control characters could do anything where it is pasted; one that is a pattern would mean other hosts.
    """
    host = client["key"]
    if client["client_id"]:
        host = host.removesuffix(f"/{client['client_id']}")
    wanted: list[tuple[str, str, str | None]] = []
    overrides = _overrides(client, differs)
    if overrides:
        wanted.append(
            (
                "Review the plan. To apply it although a limit blocks it, once",
                "apply",
                f" -e {shlex.quote(json.dumps(overrides))}",
            )
        )
    elif differs and not client["blocked"]:
        wanted.append(("Make the PBX what the file says", "apply", ""))
    if {SETTINGS, BUNDLES} & set(differs) and _is_exported_as(
        client["file"] or "", host
    ):  # registrations are in no export
        folder = os.path.dirname(client["file"]) or "."
        # As JSON: Ansible splits other variables at spaces.
        told = json.dumps({"ringme_export_path": folder, "ringme_export_overwrite": True}, ensure_ascii=False)
        wanted.append(("Or take the whole live state into the file", "export", f" -e {shlex.quote(told)}"))
    if client["status"] == "blocked" and not client["blocked"]:
        wanted.append(("Fix the file, then check it", "validate", None))
    if unchecked:
        # The report of all clients stays what the next one is held against.
        wanted.append(("Look again, without a report", "drift", " -e ringme_report_path=none"))
    if wanted and (not host.isprintable() or not host or _PATTERN.search(host)):
        return None
    limit = f" --limit {shlex.quote(host)}"
    commands = [
        (told, f"ansible-playbook ringme.pbx.{name}" + ("" if more is None else limit + more))
        for told, name, more in wanted
    ]
    return [*commands, *_removals(client, host)]


def _overrides(client: Mapping[str, Any], differs: Collection[str]) -> dict[str, Any]:
    """Return the variables that let a plan through which limits block; none where one of them cannot be given for a run."""
    found: dict[str, Any] = {}
    for limit in client["blocked"]:
        name, dummy, text = limit["override"].partition(": ")
        try:
            value = json.loads(text)
        except ValueError:
            return {}
        if name not in ClientBundles.arguments or BUNDLES not in differs or is_template(text):
            return {}
        found[f"client_bundles_{name}"] = value
    return found


def _removals(client: Mapping[str, Any], host: str) -> list[tuple[str, str]]:
    """Return how to remove the registrations that no rule allows and no change removes. Nothing that a device says of itself is part of a command."""
    removed = {item["address"] for item in client["changes"]}
    found = {}
    for item in client["findings"]:
        kind, dummy, extension = item["address"].partition("/")
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
            found[f"Remove what is registered at extension {extension} from {where}"] = options
    if not host.isprintable() or not host or _PATTERN.search(host) or is_template(str(client["client_id"])):
        return []
    return [
        (
            told,
            f"ansible {shlex.quote(host)} -m ringme.pbx.extension_registration -a {shlex.quote(json.dumps(options))}",
        )
        for told, options in sorted(found.items())
    ]


def _is_exported_as(file: str, host: str) -> bool:
    """Whether an export of the host replaces this very file, and a command may hold its name."""
    return os.path.basename(file) == f"{host}.yml" and file.isprintable() and not is_template(file)


def _bar(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the parts of a bar that shows the clients by status, in percent."""
    total = sum(counts[status] for status in STATUSES)
    # One of two thousand has to be seen too.
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


def _history(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the columns of the chart of the last reports: changes and findings by severity, the worst at the bottom."""
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


def read(text: str) -> datetime | None:
    """Return a time of the report; the schema allows some that are none."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return None


def _took(started: str, finished: str) -> str:
    """Return how long a run took, or a dash where its times say nothing."""
    times = read(started), read(finished)
    if times[0] is None or times[1] is None or times[1] < times[0]:
        return "–"
    seconds = int((times[1] - times[0]).total_seconds())
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min {seconds % _MINUTE} s"
    return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE} min"
