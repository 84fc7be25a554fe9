# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers: accepted differences, each with a reason, an owner and a last day. Pure.

A waived item does not fail a run, but stays in the report and is counted. After the last day of the waiver, the item
counts again, and the report lists the expired waiver.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    MISSING_KEY,
    WRONG_VALUE,
    FileFinding,
    sorted_findings,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.json_schema import check
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_reader import read_tree
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import (
    ListNode,
    MapNode,
    TreeProblem,
    place_of,
    plain,
    short,
)

from .status import items_of
from .timestamps import day
from .types import Client, Item, ItemWaiver, WaiverEntry, Waivers

_SELECTS = ("change", "rule", "address")
_BEGIN = "Write one YAML document that begins with the key waivers, followed by a list"
_ISO = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d")
"""Only the first format is valid. The others are recognised for the hint."""
_TEXT = {"type": "string", "pattern": r"\S"}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["waivers"],
    "additionalProperties": False,
    "properties": {
        "waivers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["reason", "owner", "expires"],
                "additionalProperties": False,
                "properties": {
                    "client": {**_TEXT, "description": "The client's name; * matches any text, ? any character."},
                    "change": {
                        "type": "string",
                        "pattern": "^[0-9a-f]{12,64}$",
                        "description": "The id of a change or finding, or at least its first 12 characters.",
                    },
                    "rule": {
                        "type": "string",
                        "pattern": "^[A-Z]{3}-[0-9]{3}$",
                        "description": "The rule of findings.",
                    },
                    "address": {**_TEXT, "description": "The object, for example bundle/101; * and ? as above."},
                    "field": {**_TEXT, "description": "The field of the object."},
                    "reason": {**_TEXT, "description": "Why it is accepted."},
                    "owner": {**_TEXT, "description": "Who is responsible."},
                    "expires": {
                        "type": "string",
                        "description": "Write the last day of the waiver, as 2026-12-31.",
                    },
                },
            },
        }
    },
}


@dataclass(frozen=True)
class Waiver:
    """One waiver: its selectors, which must all match, and its reason, owner and last day."""

    line: int
    reason: str
    owner: str
    expires: date
    client: str | None = None
    change: str | None = None
    rule: str | None = None
    address: str | None = None
    field: str | None = None

    def covers(self, key: str, item: Item) -> bool:
        """Whether all selectors match a change or finding of the client ``key``."""
        checks = (
            self.client is None or _like(key, self.client),
            self.change is None or str(item["id"]).startswith(self.change),
            self.rule is None or item.get("rule") == self.rule,
            self.address is None or _like(str(item["address"]), self.address),
            self.field is None or item.get("field") == self.field,
        )
        return all(checks)

    def as_item(self) -> ItemWaiver:
        """Return the entry of a change or finding."""
        return {"reason": self.reason, "owner": self.owner, "expires": self.expires.isoformat()}

    def as_dict(self) -> WaiverEntry:
        """Return the entry in ``waivers`` of a report."""
        chosen = [(name, getattr(self, name)) for name in ("client", *_SELECTS, "field")]
        what = ", ".join(f"{name} {value}" for name, value in chosen if value is not None)
        return {"line": self.line, "what": what, **self.as_item()}


def _like(text: str, pattern: str) -> bool:
    """Whether a text matches a pattern with * and ?; brackets match themselves."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def read_waivers(shown: str, text: str) -> tuple[tuple[Waiver, ...], tuple[FileFinding, ...]]:
    """Return the waivers of a file that messages name ``shown``, and the findings on it. One of the two is empty."""
    reading = read_tree(text)
    problems = [*reading.problems]
    waivers: list[Waiver] = []
    found: list[FileFinding] = []
    if not problems and isinstance(reading.node, MapNode):
        problems += check(reading.node, SCHEMA)
        listed = reading.node.get("waivers")
        for index, node in enumerate(listed.items if isinstance(listed, ListNode) else ()):
            if isinstance(node, MapNode):
                wrong = [*_wrong(node, shown, index)]
                found += wrong
                waivers += [] if problems or wrong else [_waiver(node)]
    found += [_of_file(problem, shown) for problem in problems]
    return ((), tuple(sorted_findings(found))) if found else (tuple(waivers), ())


def _of_file(problem: TreeProblem, shown: str) -> FileFinding:
    """Return a finding on the file. Messages of the reader about client files are replaced."""
    message = "the file has no waivers" if "client" in problem.message else problem.message
    hint = problem.hint or "See the documentation of the option waivers"
    if "client" in hint or message.startswith("waivers: "):
        hint = _BEGIN
    return FileFinding(problem.rule, shown, problem.place.line, problem.place.column, message, hint)


def _wrong(node: MapNode, shown: str, index: int) -> Iterator[FileFinding]:
    """Yield the problems of an entry that its schema does not cover."""
    values: dict[str, Any] = plain(node)
    if not any(name in values for name in _SELECTS):
        message = f"waivers[{index}]: no selector given"
        yield FileFinding(
            MISSING_KEY,
            shown,
            node.place.line,
            node.place.column,
            message,
            "Set at least one of change, rule or address",
        )
    expires = values.get("expires")
    if isinstance(expires, str) and _date(expires, _FORMS[0]) is None:
        place = place_of(node, "expires")
        meant = next((found for form in _FORMS[1:] if (found := _date(expires, form))), None)
        what = (
            "this day does not exist"
            if _ISO.fullmatch(expires)
            else f"{short(expires)!r} is not a date such as 2026-12-31"
        )
        message = f"waivers[{index}].expires: {what}"
        yield FileFinding(
            WRONG_VALUE,
            shown,
            place.line,
            place.column,
            message,
            f"Write {meant.isoformat() if meant else 'it as 2026-12-31'}",
        )


def _date(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date() if form != _FORMS[0] or _ISO.fullmatch(text) else None
    except ValueError:
        return None


def _waiver(node: MapNode) -> Waiver:
    values: dict[str, Any] = plain(node)
    return Waiver(node.place.line, **{**values, "expires": day(values["expires"])})


@dataclass(frozen=True)
class Applied:
    """The waivers by their state: those that match an item, those that match nothing, and those past their last day."""

    used: tuple[Waiver, ...]
    unused: tuple[Waiver, ...]
    expired: tuple[Waiver, ...]

    def as_dict(self) -> Waivers:
        """Return the report's entry."""
        return {
            "used": [waiver.as_dict() for waiver in self.used],
            "unused": [waiver.as_dict() for waiver in self.unused],
            "expired": [waiver.as_dict() for waiver in self.expired],
        }


def apply_waivers(waivers: Sequence[Waiver], clients: Iterable[Client], today: date) -> Applied:
    """Set the first valid waiver that matches each change and finding.

    Other items keep theirs, as those of merged reports do.
    """
    valid = [waiver for waiver in waivers if waiver.expires >= today]
    used: set[int] = set()  # by index: one line can have several waivers
    for client in clients:
        for item in items_of(client):
            match = next((index for index, waiver in enumerate(valid) if waiver.covers(client["key"], item)), None)
            if match is not None:
                item["waiver"] = valid[match].as_item()
                used.add(match)
    return Applied(
        tuple(waiver for index, waiver in enumerate(valid) if index in used),
        tuple(waiver for index, waiver in enumerate(valid) if index not in used),
        tuple(waiver for waiver in waivers if waiver.expires < today),
    )
