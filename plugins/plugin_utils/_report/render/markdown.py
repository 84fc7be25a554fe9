# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as Markdown for a comment on a pull request, within the size limit of the platforms. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean

from ..schema import SEVERITIES
from ..status import by_urgency, is_open, is_quiet, is_unchecked, open_items, worst
from ..types import Client, Report, WaiverEntry
from .rows import Row, rows
from .text import (
    FINDING,
    SIDE_EFFECT,
    STATUSES,
    age,
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
)

LIMIT = 60_000
"""The most bytes of a comment: platforms reject more than 65,536 characters."""
_RESERVE = 300
_REASONS = 5
_TITLES = {"plan": "PBX plan", "drift": "PBX drift", "apply": "PBX changes"}
_CLIENTS = (
    "| Client | Status | + | ~ | - | » | ! | = | Worst | Oldest | Plan |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|---|--:|---|\n"
)
_OBJECTS = "| | Object | Field | Now | After | Why | Age | Severity | File |\n|---|---|---|---|---|---|--:|---|---|\n"
_MARKS = ("+", "~", "-", SIDE_EFFECT, FINDING, "=")
# Platforms turn these into mentions, issues, merge requests, milestones and links, even if they are written as
# entities.
_REFERENCE = re.compile(r"(?<=[@#!$%&~^])(?=\S)|(?<=\bGH-)(?=\d)|(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)
# In code they look for links only.
_ADDRESS = re.compile(r"(?<=@)(?=\S)|(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_JOINER = "\0"
_SPECIAL = re.compile(r"(?<![^\W_])_|_(?![^\W_])|(?=[\x00-\x7f])[^\w .,:;/()%'-]")


def markdown(report: Report, marker: str = "ringme-report", limit: int = LIMIT) -> str:
    """Return the comment, less than ``limit`` bytes in UTF-8.

    It begins with ``<!-- marker -->``, by which the next run finds and replaces it. If it is too long, it omits whole
    rows and counts them: first rows of objects, then rows of clients, until only counts remain. No external text
    becomes markup, a link, a reference or a notification. The counts alone need about 1,000 bytes, and less than 25,000
    with hostile texts.
    """
    listed = [client for client in by_urgency(report["clients"]) if not is_quiet(client)]
    text, foot = _head(report, marker), _foot(report)
    left = limit - _RESERVE - _size(text) - _size(foot)
    table, shown = _client_table(listed, left)
    left -= _size(table)
    details, rows_left, clients_left = _details(listed[:shown], left)
    return text + table + details + _omitted(len(listed) - shown, clients_left, rows_left) + foot


def _size(text: str) -> int:
    return len(text.encode("utf-8"))


def _md(text: str, limit: int = 120, pattern: re.Pattern[str] = _REFERENCE) -> str:
    """Return an external text so that it stays text in cells, in HTML and in lines of Markdown."""
    broken = pattern.sub(_JOINER, cut(clean(text), limit))
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0]) or 8205};", broken)


def _code(text: str, limit: int = 120) -> str:
    return f"<code>{_md(text, limit, _ADDRESS)}</code>" if text else ""


def _head(report: Report, marker: str) -> str:
    name = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9_.:-]", "-", marker))[:100]
    title = f"{_TITLES[report['mode']]} <code>{report['fleet_id'][:8]}…</code>"
    totals = report["totals"]
    clients = totals["clients"]
    parts = [f"<!-- {name} -->\n### {title}: {_md(headline(report), 300)}"]
    unchecked = [client for client in report["clients"] if is_unchecked(client)]
    if unchecked or totals["not_checked_share"]:
        share = percent(totals["not_checked_share"])
        count = f"{number(len(unchecked))} of {plural(clients['total'], 'client')} ({share})"
        parts.append(f"> ⚠️ **NOT FULLY CHECKED: {count}.** Their state is unknown.")
    elsewhere = elsewhere_text(report)
    if elsewhere:
        parts.append(f"> ⚠️ **NOT IN THIS RUN:** {elsewhere}.")
    if report["truncated"]:
        parts.append("> ⚠️ **INTERRUPTED: the run did not finish.** This report is valid, but incomplete.")
    expired = report["waivers"]["expired"]
    if expired:
        listed = "".join(f"\n> - until {_waiver(waiver)}" for waiver in expired[:5])
        rest = f"\n> - and {number(len(expired) - 5)} more" if len(expired) > 5 else ""
        parts.append(
            f"> ⚠️ **{plural(len(expired), 'waiver')} EXPIRED:** the items they matched count again.\n>{listed}{rest}"
        )
    states = ", ".join(f"{number(clients[name])} {STATUSES[name]}" for name in STATUSES if clients[name])
    lines = [f"**Clients:** {number(clients['total'])}" + (f" ({states})" if states else "")]
    severities = [f"{number(totals['severity'][name])} {name}" for name in SEVERITIES if totals["severity"][name]]
    counts = (("waived", totals["waived"]), ("new", totals["new"]), ("resolved", totals["resolved"]))
    more = [f"{number(count)} {name}" for name, count in counts if count]
    if severities or more:
        lines.append("**Differences:** " + ", ".join([*severities, *more]))
    oldest = totals["oldest"]
    if oldest is not None:
        where = f"{_md(oldest['client'], 60)}, {_md(object_text(oldest['address']))}"
        lines.append(f"**Oldest:** {age(oldest['age_seconds'])}, {where}")
    return "\n\n".join([*parts, "  \n".join(lines)]) + "\n\n"


def _waiver(waiver: WaiverEntry) -> str:
    what, reason, owner = (_md(text, 60) for text in (waiver["what"], waiver["reason"], waiver["owner"]))
    return f"{_md(waiver['expires'], 20)}: {what} ({reason}, {owner}), line {waiver['line']}"


def _client_table(clients: Sequence[Client], left: int) -> tuple[str, int]:
    """Return the table and the number of clients in it."""
    table = ""
    size = _size(_CLIENTS) + 1
    for shown, client in enumerate(clients):
        row = _client_row(client)
        size += _size(row)
        if size > left:
            return (f"{_CLIENTS}{table}\n" if shown else ""), shown
        table += row
    return (f"{_CLIENTS}{table}\n" if clients else ""), len(clients)


def _client_row(client: Client) -> str:
    listed = [row for row in rows(client) if is_open(row.item) or row.item["waiver"]]
    counts = [str(sum(1 for row in listed if row.mark == mark) or "") for mark in _MARKS]
    status = STATUSES[client["status"]]
    if is_unchecked(client) and client["status"] not in ("error", "not_checked"):
        status += ", NOT FULLY CHECKED"
    ages = [item["age_seconds"] for item in open_items(client)]
    oldest = age(max(ages)) if ages else ""
    cells = [_name(client), status, *counts, worst(client), oldest, f"<code>{client['plan_id'][:8]}…</code>"]
    return f"| {' | '.join(cells)} |\n"


def _name(client: Client) -> str:
    ident = "" if client["client_id"] is None else f" ({_md(client['client_id'], 20)})"
    return _md(client["key"], 60) + ident


def _details(clients: Sequence[Client], left: int) -> tuple[str, int, int]:
    """Return the details, the number of rows omitted from them, and the number of clients without details for lack of
    space.
    """
    parts: list[str] = []
    rows_left = clients_left = 0
    for client in clients:
        listed = rows(client)
        why = _reasons(client)
        if not listed and not why:
            continue
        opening = f"<details><summary>{_name(client)}: {_summary(client)}</summary>\n\n{why}"
        lines, hinted = [], set[str]()
        for row in listed:
            lines.append(_object_row(row, row.hint not in hinted))
            hinted.add(row.hint)
        ending = "\n\n</details>\n\n_1,000,000 more rows of this client omitted._\n"
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
        gap = "\n" if why else ""
        table = f"{gap}{_OBJECTS}{''.join(lines[:fit])}" if fit else ""
        missing = len(lines) - fit
        rest = f"\n_{plural(missing, 'more row')} of this client omitted._\n" if missing else ""
        part = f"{opening}{table}{rest}\n</details>\n\n"
        parts.append(part)
        left -= _size(part)
        rows_left += missing
    return "".join(parts), rows_left, clients_left


def _summary(client: Client) -> str:
    listed = open_items(client)
    findings = sum(1 for item in listed if "rule" in item)
    texts = [STATUSES[client["status"]]]
    texts += [plural(len(listed) - findings, "change")] if len(listed) > findings else []
    texts += [plural(findings, "finding")] if findings else []
    if worst(client) in SEVERITIES[:2]:
        texts.append(worst(client))
    return ", ".join(texts)


def _reasons(client: Client) -> str:
    listed = reasons(client)
    lines = [f"- **{STATUSES[client['status']]}:** {_md(reason, 300)}\n" for reason in listed[:_REASONS]]
    rest = len(listed) - _REASONS
    return "".join(lines) + (f"- and {plural(rest, 'more reason')}, in the full report\n" if rest > 0 else "")


def _object_row(row: Row, with_hint: bool) -> str:
    why = _md(", ".join(text for text in (row.why, row.note) if text), 300)
    if row.hint and with_hint:
        why += f"<br>{_md(row.hint, 300)}"
    cells = [
        row.mark if row.mark != "~" else "&#126;", _md(row.object), _md(row.field), _code(row.before), _code(row.after),
        why, row.age, row.severity, _code(row.source, 200),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |\n"


def _omitted(clients: int, details: int, listed: int) -> str:
    texts = []
    if clients:
        texts.append(f"{plural(clients, 'client')} in the table and in detail")
    if details:
        texts.append(f"the details of {plural(details, 'client')}")
    if listed:
        texts.append(f"{plural(listed, 'row')} of objects")
    return (
        f"**Omitted, due to the size limit of comments:** {'; '.join(texts)}. See the full report.\n\n" if texts else ""
    )


def _foot(report: Report) -> str:
    lowest = lowest_quota(report)
    quota = ""
    if lowest is not None:
        key, remaining, limit = lowest
        quota = f", lowest quota {number(remaining)}{f' of {limit}' if limit else ''} at {_md(key, 40)}"
    requests = plural(sum(report["run"]["requests"].values()), "request")
    return f"{requests}{quota}, run of {report['run']['finished']}, {outcome_text(report)}\n"
