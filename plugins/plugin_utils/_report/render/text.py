# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all renderings of a report share: marks and words, values as short text, and what is told of a client. Pure.

Every text that comes from the PBX, from a file or from an answer goes through :func:`..model.text.clean` before a person sees it: it stays in
its line, and what it says is what is read.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean

from ..schema import SEVERITIES

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
    "verified": "done",
    "not_applied": "NOT APPLIED",
    "failed": "FAILED",
    "compensated": "taken back",
    "not_reached": "not reached",
}
VALUE = 60
"""So many characters of a value stand in a row."""
_READ_OTHERWISE = {"none", "empty", "true", "false"}


def columns(text: str) -> int:
    """Return how many columns of a terminal a clean text takes."""
    return (
        len(text)
        if text.isascii()
        else len(text) + sum(1 for char in text if unicodedata.east_asian_width(char) in "WF")
    )


def cut(text: str, limit: int) -> str:
    """Return a text of at most so many columns, with … where something is missing."""
    if columns(text) <= limit:
        return text
    kept = text[: max(limit - 1, 0)]
    width = columns(kept)
    while width > limit - 1 and kept:
        width -= columns(kept[-1])
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap(text: str, width: int, first: int = 0) -> list[str]:
    """Return a clean text as lines of at most so many columns (at least two); a longer word is broken.

    ``first`` is the width of the first line where that is another one.
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
    """Return a number as people write it: 2,000."""
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
    """Return how old something is: "today" within the first hour, then "5 h", "3 d"."""
    if seconds < 3600:
        return "today"
    return f"{number(seconds // 86400)} d" if seconds >= 86400 else f"{seconds // 3600} h"


def object_text(address: str) -> str:
    """Return an address as it is spoken: "bundle 101" for bundle/101."""
    return cut(clean(address).replace("/", " ", 1), 40)


def value_text(value: Any, limit: int = VALUE) -> str:
    """Return a value as short text that cannot leave its place; different kinds of values read differently."""
    return cut(_full(value), limit)


def difference(before: Any, after: Any, limit: int = VALUE) -> tuple[str, str]:
    """Return two different values as short texts that still show where they differ."""
    texts = _full(before), _full(after)
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
    same = next((at for at, pair in enumerate(zip(*texts)) if pair[0] != pair[1]), min(map(len, texts)))
    start = same - 10 if same > limit // 2 else 0
    return _window(texts[0], start, limit), _window(texts[1], start, limit)


def _window(text: str, start: int, limit: int) -> str:
    return cut(("…" if start else "") + text[start:], limit)


def _scalars(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and not any(isinstance(item, (list, tuple, Mapping)) for item in value)


def _full(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, (list, tuple)):
        if not value:
            return "empty"
        if _scalars(value):
            return " ".join(_scalar(item) for item in value)
        if all(isinstance(item, Mapping) and {"device", "real_address"} <= set(item) for item in value):
            return ", ".join(f"{_scalar(item['device'])} from {_scalar(item['real_address'])}" for item in value)
    if isinstance(value, str):
        # An arrow inside could pass for the one between before and after.
        otherwise = value in _READ_OTHERWISE or _numeric(value) or "->" in value or value.startswith(('"', "[", "{"))
        plain = value.strip() == value and value and not otherwise
        return clean(value if plain else json.dumps(value, ensure_ascii=False))
    return _json(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        # "201" among others is a name, not a number: lists of extensions stay readable.
        plain = value and " " not in value and '"' not in value and "->" not in value
        return clean(value if plain else json.dumps(value, ensure_ascii=False))
    return "none" if value is None else _json(value)


def _json(value: Any) -> str:
    return clean(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))


def _numeric(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def is_open(item: Mapping[str, Any]) -> bool:
    """Return whether a change or finding still counts: it is neither waived nor done."""
    return item["waiver"] is None and not is_done(item)


def is_done(item: Mapping[str, Any]) -> bool:
    """Return whether a change was carried out and seen to be."""
    return "result" in item and item["result"]["status"] == "verified"


def items_of(client: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return all changes and findings of a client."""
    return [*client["changes"], *client["findings"]]


def is_unchecked(client: Mapping[str, Any]) -> bool:
    """Return whether a client, or a part of it, was not compared: nothing may then say that it is as it should be."""
    return bool(client["not_compared"]) or client["status"] in ("error", "not_checked")


def is_quiet(client: Mapping[str, Any]) -> bool:
    """Return whether nothing has to be said of a client: it was compared and is clean, apart from what is waived."""
    told = any(item["waiver"] is None for item in items_of(client))
    return client["status"] == "clean" and not is_unchecked(client) and not told


def worst(client: Mapping[str, Any]) -> str:
    """Return the highest severity of what counts at a client, "" for nothing."""
    found = {item["severity"] for item in items_of(client) if is_open(item)}
    return next((severity for severity in SEVERITIES if severity in found), "")


def loudest_first(clients: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the clients of which something has to be said, those that need somebody first in front."""
    told = [client for client in clients if not is_quiet(client)]
    order = [*SEVERITIES, ""]
    return sorted(told, key=lambda client: (order.index(worst(client)), not is_unchecked(client), client["key"]))


def reasons(client: Mapping[str, Any]) -> list[str]:
    """Return why a client is blocked, failed or not checked in every part, each as one clean text."""
    told = [] if client["reason"] is None else [clean(client["reason"])]
    for limit in client["blocked"]:
        rule, override = clean(limit["rule"]), clean(limit["override"])
        text = f"{rule}: {number(limit['actual'])} where at most {number(limit['limit'])} may be; {override} lets it through"
        if not any(rule in reason for reason in told):
            told.append(text)
    for part in client["not_compared"]:
        name, reason = clean(part["part"]), clean(part["reason"])
        if not any(reason in text and name in text for text in told):
            known = any(reason in text for text in told)
            told.append(f"{name} not compared" if known else f"{name} not compared: {reason}")
    return told or (["nothing was compared"] if is_unchecked(client) else [])


def headline(report: Mapping[str, Any]) -> str:
    """Return the verdict in one line; it never says that all is well where something was not looked at."""
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
        texts.append("the run was CUT SHORT")
    if not counts["total"]:
        return ", ".join(["no client was looked at", *texts])
    if not texts:
        return f"{plural(counts['total'], 'client')}, all clean"
    return f"{plural(counts['total'], 'client')}: {', '.join(texts)}"


def verdict_text(report: Mapping[str, Any]) -> str:
    """Return the verdict; "clean" only where everything was looked at."""
    whole = (
        report["clients"] and not report["truncated"] and not any(is_unchecked(client) for client in report["clients"])
    )
    if report["verdict"] != "clean" or whole:
        return str(report["verdict"])
    return "nothing wrong seen, but not everything was looked at"


def outcome_text(report: Mapping[str, Any]) -> str:
    """Return the verdict with the exit code of the report, in the words of its keys: a playbook ends with codes of its own."""
    text = verdict_text(report)
    if text == "error":
        text = f"error, not everything was {'carried out' if report['mode'] == 'apply' else 'compared'}"
    elif report["verdict"] != "clean" and not report["exit_code"]:
        text += ", which fail_on lets pass"
    return f"{text} (exit_code {report['exit_code']})"


def elsewhere(report: Mapping[str, Any]) -> dict[str, int]:
    """Return the clients that did not take part in this run, with how many differences are known of each, without those of which none is."""
    kept = set(report.get("kept", ()))
    here = {client["key"] for client in report["clients"]}
    found = {key: len(one["known"]) for key, one in report["carried"].items() if key not in here}
    found |= {
        client["key"]: sum(map(is_open, items_of(client))) for client in report["clients"] if client["key"] in kept
    }
    return {key: found[key] for key in sorted(found) if found[key]}


def elsewhere_text(report: Mapping[str, Any]) -> str:
    """Return how many clients did not take part, and what is known of them; "" where nothing is."""
    known = elsewhere(report)
    if not known:
        return ""
    clients = plural(len(known), "client of earlier reports", "clients of earlier reports")
    return f"{clients} did not take part: {plural(sum(known.values()), 'difference')} known"


def lowest_quota(report: Mapping[str, Any]) -> tuple[str, int, str] | None:
    """Return where the fewest requests remain: the client, how many, and of how many they remain ("" for unknown)."""
    known = [
        (client["quota"]["remaining"], client["key"], client["quota"]["limit"])
        for client in report["clients"]
        if client["quota"] is not None and client["quota"]["remaining"] is not None
    ]
    if not known:
        return None
    remaining, key, limit = min(known, key=lambda entry: entry[:2])
    return key, remaining, "" if limit is None else number(limit)
