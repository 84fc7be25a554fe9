# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as lines for the end of a run, at most 80 columns wide and without colour. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean

from ..schema import SEVERITIES
from ..status import by_urgency, is_open, is_quiet, is_unchecked, items_of, open_items
from ..types import Client, Report
from .rows import Row, rows
from .text import (
    STATUSES,
    UNCHECKED,
    age,
    columns,
    cut,
    elsewhere_text,
    headline,
    lowest_quota,
    number,
    object_text,
    outcome_text,
    percent,
    plural,
    reasons,
    wrap,
)

WIDTH = 80
CLIENT_LINES = 200
"""The most lines of all clients; the others are counted."""
ONE_CLIENT = 60
"""The most lines of one client, so that it does not hide the others."""
_UNCHECKED_LINES = 100
_REASONS = 5
_INDENT = "       "


def console(report: Report, files: Sequence[str] = ()) -> list[str]:
    """Return the lines; ``files`` are the paths of the full report.

    Clean clients have no line. The totals are always at the end. No external text starts a line of its own.
    """
    lines = _clients(report)
    return [*lines, *([""] if lines else []), *_totals(report), *_files(report, files)]


def _clients(report: Report) -> list[str]:
    lines: list[str] = []
    kept = set(report.get("kept", ()))
    listed = [
        client
        for client in by_urgency(report["clients"])
        if client["key"] not in kept and not is_quiet(client) and not _is_applied(report, client)
    ]
    omitted: list[Client] = []
    unchecked = 0
    for index, client in enumerate(listed):
        text = _client(client)
        nothing_else = is_unchecked(client) and not items_of(client)
        if nothing_else and unchecked + len(text) > _UNCHECKED_LINES:
            # Unreachable clients must not hide the differences of the others.
            omitted.append(client)
        elif len(lines) + len(text) + bool(lines) > CLIENT_LINES:
            omitted += listed[index:]
            break
        else:
            unchecked += len(text) if nothing_else else 0
            lines += ["", *text] if lines else text
    if omitted:
        missed = sum(1 for client in omitted if is_unchecked(client))
        rest = f" ({number(missed)} of them NOT CHECKED)" if missed else ""
        lines += ["", f"and {plural(len(omitted), 'more client')}{rest}, see the report"]
    return lines


def _is_applied(report: Report, client: Client) -> bool:
    """Whether a run has applied everything to a client: thousands of those need no table."""
    return report["mode"] == "apply" and client["status"] == "clean"


def _client(client: Client) -> list[str]:
    lines = _head(client)
    why = reasons(client)
    for reason in why[:_REASONS]:
        lines += _hang(f"  {UNCHECKED} ", cut(reason, 300))
    if len(why) > _REASONS:
        lines.append(f"  {UNCHECKED} and {plural(len(why) - _REASONS, 'more reason')}, see the report")
    listed = rows(client)
    pad = min(max((columns(row.object) for row in listed), default=0), 18)
    for index, row in enumerate(listed):
        text = _row(row, pad)
        if len(lines) + len(text) >= ONE_CLIENT:
            return [*lines, f"  and {number(len(listed) - index)} more of this client, see the report"]
        lines += text
    return lines


def _head(client: Client) -> list[str]:
    listed = open_items(client)
    findings = sum(1 for item in listed if "rule" in item)
    changes, waived = len(listed) - findings, sum(1 for item in items_of(client) if item["waiver"])
    applied = len(items_of(client)) - len(listed) - waived
    counts = [
        plural(count, *words)
        for count, words in (
            (changes, ("change",)), (findings, ("finding",)), (applied, ("applied", "applied")),
            (waived, ("waived", "waived")),
        )
        if count
    ]  # fmt: skip
    counts += [
        f"{number(count)} {severity}"
        for severity in SEVERITIES[:2]
        if (count := sum(1 for item in listed if item["severity"] == severity))
    ]
    name = cut(clean(client["key"]), 50)
    ident = "" if client["client_id"] is None else f" ({cut(clean(client['client_id']), 12)})"
    status = STATUSES[client["status"]]
    if is_unchecked(client) and client["status"] not in ("error", "not_checked"):
        status += ", NOT FULLY CHECKED" if client["compared"] else ", NOT CHECKED"
    text = f"{status}: {', '.join(counts)}" if counts else status
    head = f"CLIENT {name}{ident}  "
    return _hang(head, text) if columns(head) <= WIDTH // 2 else [head.rstrip(), *_hang("      ", text)]


def _row(row: Row, pad: int) -> list[str]:
    """Return a row as one line if it fits, else with its details on the lines below."""
    name = f"  {row.mark} {row.object}{' ' * (pad - columns(row.object))}  "
    text = ": ".join(part for part in (row.field, row.difference) if part)
    details = ", ".join(part for part in (cut(row.details, 300), cut(row.source, 120)) if part)
    if row.difference:
        if columns(f"{name}{text}  {details}") <= WIDTH:
            return [f"{name}{text}  {details}"]
        return [*_hang(name, text), *_hang("      ", details)]
    lines = [*_hang(name, ", ".join(part for part in (text, details) if part)), *_hang("      ", cut(row.why, 400))]
    return lines + (_hang("      ", f"-> {cut(row.hint, 300)}") if row.hint else [])


def _hang(head: str, text: str) -> list[str]:
    """Return the head followed by the text, further lines indented."""
    first = columns(head)
    below = first if first <= len(_INDENT) else 6
    lines = wrap(text, WIDTH - below, WIDTH - first)
    return [head + lines[0], *(" " * below + line for line in lines[1:])]


def _totals(report: Report) -> list[str]:
    totals = report["totals"]
    counts = totals["clients"]
    words = [f"{number(counts[name])} {STATUSES[name]}" for name in STATUSES if counts[name]]
    clients = f"{plural(counts['total'], 'client')}: {', '.join(words)}" if words else headline(report)
    lines = _hang("FLEET  ", clients)
    severities = [f"{name} {number(totals['severity'][name])}" for name in SEVERITIES if totals["severity"][name]]
    others = [
        f"{name} {number(count)}"
        for name, count in (
            ("applied", totals["applied"]), ("waived", totals["waived"]), ("new", totals["new"]),
            ("resolved", totals["resolved"]),
        )
        if count
    ]  # fmt: skip
    if severities or others:
        lines += _hang(_INDENT, ", ".join([*severities, *others]))
    if report["mode"] != "apply" and any(
        is_open(change) for client in report["clients"] for change in client["changes"]
    ):
        lines += _hang(_INDENT, "a -> b: a is the value at the PBX, b the value in the file")
    oldest = totals["oldest"]
    if oldest is not None:
        where = f"{cut(clean(oldest['client']), 40)}, {object_text(oldest['address'])}"
        lines += _hang(_INDENT, f"oldest: {age(oldest['age_seconds'])}, client {where}")
    lines += _warnings(report)
    return lines + _requests(report)


def _warnings(report: Report) -> list[str]:
    lines: list[str] = []
    partly = sum(1 for client in report["clients"] if is_unchecked(client))
    share = report["totals"]["not_checked_share"]
    if partly or share:
        of_all = f"{number(partly)} of {plural(report['totals']['clients']['total'], 'client')}"
        lines += _hang(_INDENT, f"NOT FULLY CHECKED: {of_all} ({percent(share)})")
    elsewhere = elsewhere_text(report)
    if elsewhere:
        lines += _hang(_INDENT, f"NOT IN THIS RUN: {elsewhere}")
    expired = report["waivers"]["expired"]
    for waiver in expired[:10]:
        what, reason, owner = (cut(clean(text), 60) for text in (waiver["what"], waiver["reason"], waiver["owner"]))
        text = f"WAIVER EXPIRED on {clean(waiver['expires'])}: {what} ({reason}, {owner}), line {waiver['line']}"
        lines += _hang(_INDENT, text)
    if len(expired) > 10:
        lines += _hang(_INDENT, f"and {plural(len(expired) - 10, 'more waiver')} EXPIRED, see the report")
    if report["truncated"]:
        lines += _hang(_INDENT, "INTERRUPTED: the run did not finish; this report is valid, but incomplete")
    return lines


def _requests(report: Report) -> list[str]:
    sent = report["run"]["requests"]
    methods = [f"{clean(name)} {number(count)}" for name, count in sorted(sent.items()) if count]
    text = plural(sum(sent.values()), "request") + (f" ({', '.join(methods)})" if len(methods) > 1 else "")
    lowest = lowest_quota(report)
    if lowest is not None:
        key, remaining, limit = lowest
        of_limit = f" of {limit}" if limit else ""
        text += f", lowest quota: {number(remaining)}{of_limit} left at {cut(clean(key), 40)}"
    return _hang(_INDENT, text)


def _files(report: Report, files: Sequence[str]) -> list[str]:
    lines = _hang(_INDENT, f"report: {' '.join(clean(file) for file in files)}") if files else []
    if report["mode"] == "apply":  # the tasks of the run decide its success
        return lines
    return [*lines, *_hang(_INDENT, f"verdict: {outcome_text(report)}")]
