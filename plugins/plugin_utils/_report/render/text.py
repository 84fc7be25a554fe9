# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all renderings of a report share: marks and terms, values as short text, and the reasons of a status. Pure.

Every text that comes from the PBX, from a file or from a response passes through :func:`clean` before a person sees it:
it stays on its line, and shows every hidden character.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.kinds import PROVIDER_DEFAULT
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import NOT_SET, clean

from ..overrides import limit_text
from ..status import is_unchecked, open_items
from ..types import Client, Report

MARKS = {"create": "+", "update": "~", "delete": "-"}
FINDING, SIDE_EFFECT, UNCHECKED, WAIVED = "!", "»", "?", "="
CAUSES = {
    "out_of_band": "out of band",
    "pending": "pending",
    "conflict": "conflict",
    "side_effect": "side effect",
    "unknown": "cause unknown",
}
STATUSES = {
    "clean": "clean",
    "pending": "pending",
    "drift": "drifted",
    "blocked": "BLOCKED",
    "error": "FAILED",
    "not_checked": "NOT CHECKED",
}
OUTCOMES = {
    "planned": "",
    "verified": "applied",
    "not_applied": "NOT APPLIED",
    "failed": "FAILED",
    "compensated": "rolled back",
    "not_reached": "not reached",
}
VALUE = 60
"""The number of columns that a value has in a row."""
_AMBIGUOUS = {NOT_SET, PROVIDER_DEFAULT, "empty", "true", "false"}
"""Strings that are quoted, because they would read like other values."""


def columns(text: str) -> int:
    """Return the number of terminal columns of a clean text."""
    return (
        len(text)
        if text.isascii()
        else len(text) + sum(1 for char in text if unicodedata.east_asian_width(char) in "WF")
    )


def cut(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` columns, which ends in … if it was cut."""
    if columns(text) <= limit:
        return text
    kept = text[: max(limit - 1, 0)]
    width = columns(kept)
    while width > limit - 1 and kept:
        width -= columns(kept[-1])
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap(text: str, width: int, first: int = 0) -> list[str]:
    """Return a clean text as lines of at most ``width`` columns (at least two); longer words are broken.

    ``first`` is the width of the first line, 0 for ``width``.
    """
    lines = [""]
    for word in text.split():
        room = first if first and len(lines) == 1 else width
        if lines[-1] and columns(lines[-1]) + 1 + columns(word) <= room:
            lines[-1] += f" {word}"
            continue
        if lines[-1]:
            lines.append("")
        for char in word:
            room = first if first and len(lines) == 1 else width
            if columns(lines[-1]) + columns(char) > room:
                lines.append("")
            lines[-1] += char
    return lines


def number(count: int) -> str:
    """Return a number with separators: 2,000."""
    return f"{count:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return "1 client", "2,000 clients"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """Return a share in percent; "0 %" and "100 %" mean exactly that."""
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    return "less than 0.1 %" if share < 0.001 else f"{min(share, 0.999):.1%}".replace("%", " %")


def age(seconds: int) -> str:
    """Return an age: "< 1 h" within the first hour, then "5 h", "3 d"."""
    if seconds < 3600:
        return "< 1 h"
    return f"{number(seconds // 86400)} d" if seconds >= 86400 else f"{seconds // 3600} h"


def object_text(address: str) -> str:
    """Return an address as text: "bundle 101" for bundle/101."""
    return cut(clean(address).replace("/", " ", 1), 40)


def difference(before: Any, after: Any, missing: str = NOT_SET, limit: int = VALUE) -> tuple[str, str]:
    """Return two different values as short texts that still show where they differ; ``None`` reads ``missing``."""
    texts = _full(before, missing), _full(after, missing)
    if texts[0] == texts[1]:
        texts = _json(before), _json(after)
    if max(columns(text) for text in texts) <= limit:
        return texts
    if _scalars(before) and _scalars(after):
        left, right = [_scalar(item) for item in before], [_scalar(item) for item in after]
        gone = [f"-{item}" for item in left if item not in right]
        come = [f"+{item}" for item in right if item not in left]
        if gone or come:
            return f"{number(len(left))} entries", cut(f"{number(len(right))}: {' '.join(come + gone)}", limit)
    same = next((at for at, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), min(map(len, texts)))
    start = same - 10 if same > limit // 2 else 0
    return _window(texts[0], start, limit), _window(texts[1], start, limit)


def _window(text: str, start: int, limit: int) -> str:
    return cut(("…" if start else "") + text[start:], limit)


def _scalars(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and not any(isinstance(item, (list, tuple, Mapping)) for item in value)


def _full(value: Any, missing: str) -> str:
    if value is None:
        return missing
    if isinstance(value, (list, tuple)):
        if not value:
            return "empty"
        if _scalars(value):
            return " ".join(_scalar(item) for item in value)
        if all(isinstance(item, Mapping) and {"device", "real_address"} <= set(item) for item in value):
            return ", ".join(f"{_scalar(item['device'])} from {_scalar(item['real_address'])}" for item in value)
    if isinstance(value, str):
        # An arrow inside could pass for the one between before and after.
        ambiguous = value in _AMBIGUOUS or _numeric(value) or "->" in value or value.startswith(('"', "[", "{"))
        plain = value.strip() == value and value and not ambiguous
        return clean(value if plain else json.dumps(value, ensure_ascii=False))
    return _json(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        # "201" among others is a name, not a number: lists of extensions stay readable.
        plain = value and " " not in value and '"' not in value and "->" not in value
        return clean(value if plain else json.dumps(value, ensure_ascii=False))
    return NOT_SET if value is None else _json(value)


def _json(value: Any) -> str:
    return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))


def _numeric(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def reasons(client: Client) -> list[str]:
    """Return why a client is blocked, failed or not checked in every part, each as one clean text."""
    texts = [] if client["reason"] is None else [clean(client["reason"])]
    for limit in client["blocked"]:
        rule = clean(limit["rule"])
        if not any(rule in reason for reason in texts):
            texts.append(clean(limit_text(client, limit)))
    for part in client["not_compared"]:
        name, reason = clean(part["part"]), clean(part["reason"])
        if not any(reason in text and name in text for text in texts):
            known = any(reason in text for text in texts)
            texts.append(f"{name} not compared" if known else f"{name} not compared: {reason}")
    return texts or (["nothing was compared"] if is_unchecked(client) else [])


def headline(report: Report) -> str:
    """Return the statuses in one line, which never reads "all clean" if anything was not checked."""
    counts = report["totals"]["clients"]
    partly = sum(1 for client in report["clients"] if is_unchecked(client))
    open_counts = [
        (name, counts[name]) for name in ("drift", "pending", "blocked", "error", "not_checked") if counts[name]
    ]
    texts = [f"{number(count)} {STATUSES[name]}" for name, count in open_counts]
    only_parts = partly - counts["error"] - counts["not_checked"]
    if only_parts > 0:
        texts.append(f"{number(only_parts)} NOT FULLY CHECKED")
    if report["truncated"]:
        texts.append("the run was INTERRUPTED")
    if not counts["total"]:
        return ", ".join(["no client was compared", *texts])
    if not texts:
        return f"{plural(counts['total'], 'client')}, all clean"
    return f"{plural(counts['total'], 'client')}: {', '.join(texts)}"


def verdict_text(report: Report) -> str:
    """Return the verdict; "clean" only if everything was compared."""
    whole = (
        report["clients"] and not report["truncated"] and not any(is_unchecked(client) for client in report["clients"])
    )
    if report["verdict"] != "clean" or whole:
        return report["verdict"]
    return "no differences found, but not everything was compared"


def outcome_text(report: Report) -> str:
    """Return the verdict with the report's key exit_code. Playbooks have exit codes of their own."""
    text = verdict_text(report)
    if text == "error":
        text = f"error, not everything was {'applied' if report['mode'] == 'apply' else 'compared'}"
    elif report["verdict"] != "clean" and not report["exit_code"]:
        text += ", allowed by fail_on"
    return f"{text} (exit_code {report['exit_code']})"


def elsewhere(report: Report) -> dict[str, int]:
    """Return the number of known differences of each client that did not take part in this run, if there are any."""
    kept = set(report.get("kept", ()))
    here = {client["key"] for client in report["clients"]}
    found = {key: len(one["known"]) for key, one in report["carried"].items() if key not in here}
    found |= {client["key"]: len(open_items(client)) for client in report["clients"] if client["key"] in kept}
    return {key: found[key] for key in sorted(found) if found[key]}


def elsewhere_text(report: Report) -> str:
    """Return how many clients with known differences did not take part in this run, "" for none."""
    known = elsewhere(report)
    if not known:
        return ""
    clients = plural(len(known), "client of earlier reports", "clients of earlier reports")
    return f"{clients}, with {plural(sum(known.values()), 'known difference')}"


def lowest_quota(report: Report) -> tuple[str, int, str] | None:
    """Return the client with the fewest remaining requests, their number, and the quota ("" for unknown)."""
    known = [
        (client["quota"]["remaining"], client["key"], client["quota"]["limit"])
        for client in report["clients"]
        if client["quota"] is not None and client["quota"]["remaining"] is not None
    ]
    if not known:
        return None
    remaining, key, limit = min(known, key=lambda entry: entry[:2])
    return key, remaining, "" if limit is None else number(limit)
