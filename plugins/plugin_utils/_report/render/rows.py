# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a client: its changes and findings in the one order that all renderings share. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.ringme.pbx.plugins.module_utils._model.fields import missing_text
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean

from ..status import item_rank
from ..types import Change, Client, Finding, Item
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
    object_text,
)

Entry = tuple[Item, str]
"""A change or finding, and the address of the change that causes it ("" for none)."""


@dataclass(frozen=True)
class Row:
    """One row of a client; every text is clean and short.

    ``why`` is the cause of a change. Of a finding, it is the message, ``field`` is the rule, and ``before`` and
    ``after`` are empty. ``age`` is "new" if the previous report did not contain the item. ``note`` is the result and
    the waiver. ``source`` is ``file:line``. ``item`` is the entry of the report.
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
    item: Item

    @property
    def difference(self) -> str:
        """Before and after as one text, "" for a finding."""
        return f"{self.before} -> {self.after}" if self.before or self.after else ""

    @property
    def details(self) -> str:
        """The cause, the age, the severity and the note as one text; without the message of a finding."""
        why = "" if "message" in self.item else self.why
        return ", ".join(text for text in (why, self.age, self.severity, self.note) if text)


def rows(client: Client) -> list[Row]:
    """Return the changes and findings of a client as rows, in the order of :func:`in_order`."""
    return [_change(item, cause) if "cause" in item else _finding(item) for item, cause in in_order(client)]


def in_order(client: Client) -> list[Entry]:
    """Return the changes and findings of a client: open ones by severity, then applied, then waived ones.

    A side effect follows the change that causes it.
    """
    groups: list[list[Entry]] = [[(item, "")] for item in client["findings"]]
    groups += _groups(client["changes"])
    return [entry for group in sorted(groups, key=_rank) for entry in group]


def _rank(group: Sequence[Entry]) -> int:
    return min(item_rank(item) for item, _cause in group)


def _groups(changes: Sequence[Change]) -> Iterator[list[Entry]]:
    """Yield each change with all its side effects, however long the chain is."""
    addresses: dict[str | None, str] = {change["id"]: change["address"] for change in changes}
    effects: dict[str, list[int]] = {}
    for index, change in enumerate(changes):
        if change["caused_by"] is not None and change["caused_by"] in addresses:
            effects.setdefault(change["caused_by"], []).append(index)
    below = {index for indexes in effects.values() for index in indexes}
    seen: set[int] = set()
    # Roots first. Anything left is a ring, which no plan has but a file may contain.
    for root in [*(index for index in range(len(changes)) if index not in below), *range(len(changes))]:
        group: list[Entry] = []
        waiting = [root]
        while waiting:
            index = waiting.pop()
            if index not in seen:
                seen.add(index)
                group.append((changes[index], addresses.get(changes[index]["caused_by"], "")))
                waiting += reversed(effects.get(changes[index]["id"], []))
        if group:
            yield group


def _change(item: Change, caused_by: str) -> Row:
    effect = item["cause"] == "side_effect"
    mark = SIDE_EFFECT if effect else MARKS[item["action"]]
    why = f"{CAUSES[item['cause']]} of {object_text(caused_by)}" if effect and caused_by else CAUSES[item["cause"]]
    if item["widening"]:
        why += ", WIDENS permissions"
    before, after = difference(item["before"], item["after"], missing_text(item["field"] or ""))
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


def _finding(item: Finding) -> Row:
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


def _age(item: Item) -> str:
    return "new" if item["new"] else age(item["age_seconds"])


def _source(item: Item) -> str:
    source = item["source"]
    return "" if source is None else f"{clean(source['file'])}:{source['line']}"


def _note(item: Item, outcome: str) -> str:
    waiver = item["waiver"]
    if waiver is None:
        return outcome
    waived = f"waived until {clean(waiver['expires'])} ({clean(waiver['reason'])}, {clean(waiver['owner'])})"
    return f"{outcome}, {waived}" if outcome else waived
