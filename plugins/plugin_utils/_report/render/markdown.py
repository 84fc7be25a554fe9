# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as Markdown for a comment on a pull request, always short enough to be accepted. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean

from ..schema import SEVERITIES
from .rows import Row, rows
from .text import (
    FINDING,
    SIDE_EFFECT,
    STATUSES,
    age,
    cut,
    elsewhere_text,
    headline,
    is_open,
    is_unchecked,
    items_of,
    loudest_first,
    lowest_quota,
    number,
    object_text,
    outcome_text,
    percent,
    plural,
    reasons,
    worst,
)

LIMIT = 60_000
"""Bytes that a comment may have: platforms refuse one of more than 65,536 characters."""
_RESERVE = 300
_REASONS = 5
_TITLES = {"plan": "PBX plan", "drift": "PBX drift", "apply": "PBX changes"}
_CLIENTS = "| Client | Status | + | ~ | - | » | ! | = | Worst | Oldest | Plan |\n|---|---|--:|--:|--:|--:|--:|--:|---|--:|---|\n"
_OBJECTS = "| | Object | Field | Now | After | Why | Age | Severity | File |\n|---|---|---|---|---|---|--:|---|---|\n"
_MARKS = ("+", "~", "-", SIDE_EFFECT, FINDING, "=")
# What platforms turn into people, issues, merge requests, milestones and addresses, even where it is written as entities: broken.
_REFERENCE = re.compile(r"(?<=[@#!$%&~^])(?=\S)|(?<=\bGH-)(?=\d)|(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)
# Inside of code they look for no names, but still for addresses.
_ADDRESS = re.compile(r"(?<=@)(?=\S)|(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_JOINER = "\0"
_SPECIAL = re.compile(r"(?<![^\W_])_|_(?![^\W_])|(?=[\x00-\x7f])[^\w .,:;/()%'-]")


def markdown(report: Mapping[str, Any], marker: str = "ringme-report", limit: int = LIMIT) -> str:
    """Return the comment, less than ``limit`` bytes in UTF-8.

    It begins with ``<!-- marker -->``, by which the next run finds and replaces it. What is too long is left out in whole rows and
    said: first rows of objects, then rows of clients, until only counts remain. No text from outside becomes markup, an address
    or a reference, and nobody is notified by it. The counts alone need less than 25,000 bytes, however hostile texts
    are, and some 1,000 else.
    """
    told = loudest_first(report["clients"])
    text, foot = _head(report, marker), _foot(report)
    left = limit - _RESERVE - _size(text) - _size(foot)
    table, shown = _client_table(told, left)
    left -= _size(table)
    details, rows_left, clients_left = _details(told[:shown], left)
    return text + table + details + _left_out(len(told) - shown, clients_left, rows_left) + foot


def _size(text: str) -> int:
    return len(text.encode("utf-8"))


def _md(text: str, limit: int = 120, pattern: re.Pattern[str] = _REFERENCE) -> str:
    """A text from outside that stays text, in cells, in HTML and in lines of Markdown."""
    broken = pattern.sub(_JOINER, cut(clean(text), limit))
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0]) or 8205};", broken)


def _code(text: str, limit: int = 120) -> str:
    return f"<code>{_md(text, limit, _ADDRESS)}</code>" if text else ""


def _head(report: Mapping[str, Any], marker: str) -> str:
    name = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9_.:-]", "-", marker))[:100]
    title = f"{_TITLES[report['mode']]} <code>{report['fleet_id'][:8]}…</code>"
    totals = report["totals"]
    clients = totals["clients"]
    parts = [f"<!-- {name} -->\n### {title}: {_md(headline(report), 300)}"]
    unchecked = [client for client in report["clients"] if is_unchecked(client)]
    if unchecked or totals["not_checked_share"]:
        share = percent(totals["not_checked_share"])
        count = f"{number(len(unchecked))} of {plural(clients['total'], 'client')} ({share})"
        parts.append(f"> ⚠️ **NOT FULLY CHECKED: {count}.** How things are there is not known.")
    elsewhere = elsewhere_text(report)
    if elsewhere:
        parts.append(f"> ⚠️ **NOT IN THIS RUN:** {elsewhere}.")
    if report["truncated"]:
        parts.append("> ⚠️ **CUT SHORT: the run ended before its end.** What stands here is valid, but it is not all.")
    expired = report["waivers"]["expired"]
    if expired:
        listed = "".join(f"\n> - until {_waiver(waiver)}" for waiver in expired[:5])
        rest = f"\n> - and {number(len(expired) - 5)} more" if len(expired) > 5 else ""
        parts.append(
            f"> ⚠️ **{plural(len(expired), 'waiver')} EXPIRED:** what they silenced counts again.\n>{listed}{rest}"
        )
    states = ", ".join(f"{number(clients[name])} {STATUSES[name]}" for name in STATUSES if clients[name])
    lines = [f"**Clients:** {number(clients['total'])}" + (f" ({states})" if states else "")]
    severities = [f"{number(totals['severity'][name])} {name}" for name in SEVERITIES if totals["severity"][name]]
    more = [f"{number(totals[name])} {name}" for name in ("waived", "new", "resolved") if totals[name]]
    if severities or more:
        lines.append("**Differences:** " + ", ".join([*severities, *more]))
    oldest = totals["oldest"]
    if oldest is not None:
        where = f"{_md(oldest['client'], 60)}, {_md(object_text(oldest['address']))}"
        lines.append(f"**Oldest:** {age(oldest['age_seconds'])}, {where}")
    return "\n\n".join([*parts, "  \n".join(lines)]) + "\n\n"


def _waiver(waiver: Mapping[str, Any]) -> str:
    what, reason, owner = (_md(waiver[key], 60) for key in ("what", "reason", "owner"))
    return f"{_md(waiver['expires'], 20)}: {what} ({reason}, {owner}), line {waiver['line']}"


def _client_table(clients: Sequence[Mapping[str, Any]], left: int) -> tuple[str, int]:
    """The table and how many clients are in it."""
    table = ""
    size = _size(_CLIENTS) + 1
    for shown, client in enumerate(clients):
        row = _client_row(client)
        size += _size(row)
        if size > left:
            return (f"{_CLIENTS}{table}\n" if shown else ""), shown
        table += row
    return (f"{_CLIENTS}{table}\n" if clients else ""), len(clients)


def _client_row(client: Mapping[str, Any]) -> str:
    listed = [row for row in rows(client) if is_open(row.item) or row.item["waiver"]]
    counts = [str(sum(1 for row in listed if row.mark == mark) or "") for mark in _MARKS]
    status = STATUSES[client["status"]]
    if is_unchecked(client) and client["status"] not in ("error", "not_checked"):
        status += ", NOT FULLY CHECKED"
    told = [item for item in items_of(client) if is_open(item)]
    oldest = age(max(item["age_seconds"] for item in told)) if told else ""
    cells = [_name(client), status, *counts, worst(client), oldest, f"<code>{client['plan_id'][:8]}…</code>"]
    return f"| {' | '.join(cells)} |\n"


def _name(client: Mapping[str, Any]) -> str:
    ident = "" if client["client_id"] is None else f" ({_md(client['client_id'], 20)})"
    return _md(client["key"], 60) + ident


def _details(clients: Sequence[Mapping[str, Any]], left: int) -> tuple[str, int, int]:
    """The details, how many rows are missing in them, and how many clients have none although they should."""
    parts: list[str] = []
    rows_left = clients_left = 0
    for client in clients:
        listed = rows(client)
        told = _reasons(client)
        if not listed and not told:
            continue
        opening = f"<details><summary>{_name(client)}: {_summary(client)}</summary>\n\n{told}"
        lines, hinted = [], set[str]()
        for row in listed:
            lines.append(_object_row(row, row.hint not in hinted))
            hinted.add(row.hint)
        ending = "\n\n</details>\n\n_1,000,000 more rows of this client are left out._\n"
        room = left - sum(map(_size, (opening, _OBJECTS, ending)))
        fit = 0
        for line in lines:
            room -= _size(line)
            if room < 0:
                break
            fit += 1
        if room < 0 and not fit:
            clients_left += 1
            rows_left += len(lines)
            continue
        gap = "\n" if told else ""
        table = f"{gap}{_OBJECTS}{''.join(lines[:fit])}" if fit else ""
        missing = len(lines) - fit
        rest = f"\n_{plural(missing, 'more row')} of this client left out._\n" if missing else ""
        part = f"{opening}{table}{rest}\n</details>\n\n"
        parts.append(part)
        left -= _size(part)
        rows_left += missing
    return "".join(parts), rows_left, clients_left


def _summary(client: Mapping[str, Any]) -> str:
    told = [item for item in items_of(client) if is_open(item)]
    findings = sum(1 for item in told if "rule" in item)
    texts = [STATUSES[client["status"]]]
    texts += [plural(len(told) - findings, "change")] if len(told) > findings else []
    texts += [plural(findings, "finding")] if findings else []
    if worst(client) in SEVERITIES[:2]:
        texts.append(worst(client))
    return ", ".join(texts)


def _reasons(client: Mapping[str, Any]) -> str:
    listed = reasons(client)
    told = [f"- **{STATUSES[client['status']]}:** {_md(reason, 300)}\n" for reason in listed[:_REASONS]]
    rest = len(listed) - _REASONS
    return "".join(told) + (f"- and {plural(rest, 'more reason')}, in the full report\n" if rest > 0 else "")


def _object_row(row: Row, with_hint: bool) -> str:
    why = _md(", ".join(text for text in (row.why, row.note) if text), 300)
    if row.hint and with_hint:
        why += f"<br>{_md(row.hint, 300)}"
    cells = [
        row.mark if row.mark != "~" else "&#126;", _md(row.object), _md(row.field), _code(row.before), _code(row.after), why,
        row.age, row.severity, _code(row.source, 200),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _left_out(clients: int, details: int, listed: int) -> str:
    texts = []
    if clients:
        texts.append(f"{plural(clients, 'client')} in the table and in detail")
    if details:
        texts.append(f"the details of {plural(details, 'client')}")
    if listed:
        texts.append(f"{plural(listed, 'row')} of objects")
    return (
        f"**Left out, for the length of a comment:** {'; '.join(texts)}. The full report has them.\n\n" if texts else ""
    )


def _foot(report: Mapping[str, Any]) -> str:
    lowest = lowest_quota(report)
    quota = ""
    if lowest is not None:
        key, remaining, limit = lowest
        quota = f", lowest quota {number(remaining)}{f' of {limit}' if limit else ''} at {_md(key, 40)}"
    requests = plural(sum(report["run"]["requests"].values()), "request")
    return f"{requests}{quota}, run of {report['run']['finished']}, {outcome_text(report)}\n"
