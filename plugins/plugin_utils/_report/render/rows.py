# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes and findings of a client as rows, in the order in which people ask for them; all renderings show these. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean

from ..schema import SEVERITIES
from .text import (
    CAUSES,
    FINDING,
    MARKS,
    OUTCOMES,
    SIDE_EFFECT,
    WAIVED,
    age,
    cut,
    difference,
    is_open,
    object_text,
)


@dataclass(frozen=True)
class Row:
    """One line of a client, every text clean and short.

    ``field`` is the rule where the mark is that of a finding, and then ``why`` is its message, without before and after. ``age`` is
    "new" for what the report before did not tell. ``note`` tells what became of it, or that it is waived. ``source`` is
    ``file:line``. ``item`` is the entry of the report.
    """

    mark: str
    object: str
    field: str
    before: str
    after: str
    why: str
    age: str
    severity: str
    source: str
    note: str
    hint: str
    item: Mapping[str, Any]

    @property
    def difference(self) -> str:
        """Before and after as one text, "" for a finding."""
        return f"{self.before} -> {self.after}" if self.before or self.after else ""

    @property
    def told(self) -> str:
        """Why, since when and how severe, and what became of it, in one text; the message of a finding is not in it."""
        why = "" if "message" in self.item else self.why
        return ", ".join(text for text in (why, self.age, self.severity, self.note) if text)


def rows(client: Mapping[str, Any]) -> list[Row]:
    """Return the changes and findings of a client, the most severe first, what is waived or done last.

    A side effect stands directly below the change that brings it about.
    """
    groups = [[_finding(item)] for item in client["findings"]]
    groups += [[_change(item, by) for item, by in group] for group in _groups(client["changes"])]
    return [row for group in sorted(groups, key=_rank) for row in group]


def _rank(group: Sequence[Row]) -> int:
    return min(SEVERITIES.index(row.severity) if is_open(row.item) else len(SEVERITIES) for row in group)


def _groups(changes: Sequence[Mapping[str, Any]]) -> Iterator[list[tuple[Mapping[str, Any], str]]]:
    """Yield each change together with what it brings about, however long the chain is."""
    addresses = {change["id"]: change["address"] for change in changes}
    effects: dict[str, list[int]] = {}
    for index, change in enumerate(changes):
        if change["caused_by"] in addresses:
            effects.setdefault(change["caused_by"], []).append(index)
    below = {index for indexes in effects.values() for index in indexes}
    seen: set[int] = set()
    # Roots first; what is left after them is a ring, which no plan makes but a file may hold.
    for root in [*(index for index in range(len(changes)) if index not in below), *range(len(changes))]:
        group, waiting = [], [root]
        while waiting:
            index = waiting.pop()
            if index not in seen:
                seen.add(index)
                group.append((changes[index], addresses.get(changes[index]["caused_by"], "")))
                waiting += reversed(effects.get(changes[index]["id"], []))
        if group:
            yield group


def _change(item: Mapping[str, Any], caused_by: str) -> Row:
    effect = item["cause"] == "side_effect"
    mark = SIDE_EFFECT if effect else MARKS[item["action"]]
    why = f"{CAUSES[item['cause']]} of {object_text(caused_by)}" if effect and caused_by else CAUSES[item["cause"]]
    if item["widening"]:
        why += ", WIDENS rights"
    before, after = difference(item["before"], item["after"])
    outcome = OUTCOMES[item["result"]["status"]]
    if outcome and item["result"]["message"]:
        outcome += f": {clean(item['result']['message'])}"
    return Row(
        mark=WAIVED if item["waiver"] else mark,
        object=object_text(item["address"]),
        field=cut(clean(item["field"] or ""), 40),
        before=before,
        after=after,
        why=why,
        age=_age(item),
        severity=item["severity"],
        source=_source(item),
        note=_note(item, outcome),
        hint="",
        item=item,
    )


def _finding(item: Mapping[str, Any]) -> Row:
    return Row(
        mark=WAIVED if item["waiver"] else FINDING,
        object=object_text(item["address"]),
        field=clean(item["rule"]),
        before="",
        after="",
        why=clean(item["message"]),
        age=_age(item),
        severity=item["severity"],
        source=_source(item),
        note=_note(item, ""),
        hint=clean(item["hint"] or ""),
        item=item,
    )


def _age(item: Mapping[str, Any]) -> str:
    return "new" if item["new"] else age(item["age_seconds"])


def _source(item: Mapping[str, Any]) -> str:
    source = item["source"]
    return "" if source is None else f"{clean(source['file'])}:{source['line']}"


def _note(item: Mapping[str, Any], outcome: str) -> str:
    waiver = item["waiver"]
    if waiver is None:
        return outcome
    waived = f"waived until {clean(waiver['expires'])} ({clean(waiver['reason'])}, {clean(waiver['owner'])})"
    return f"{outcome}, {waived}" if outcome else waived
