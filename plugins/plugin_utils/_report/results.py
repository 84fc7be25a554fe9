# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of a run by client, before they are judged. Pure.

Results can have any content: tasks fail, and other modules are registered under a known name. A result without the
format of this collection is ignored, and its part counts as not compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SETTINGS, BUNDLES, REGISTRATIONS = "settings", "bundles", "registrations"

_PARTS = {
    "client_settings": SETTINGS,
    "client_bundles": BUNDLES,
    "extensions_bundle": BUNDLES,
    "client_registrations": REGISTRATIONS,
    "extension_registration": REGISTRATIONS,
}
RESOURCES = tuple(_PARTS)
"""The modules whose results a report is made of."""

_CHANGE_KEYS = {"resource", "address", "action", "fields"}
_FINDING_KEYS = {"rule", "severity", "address", "message"}
_RULE = re.compile("[A-Z]{3}-[0-9]{3}")
_EFFECT_KEYS = {"extension", "field", "before", "after", "widening", "caused_by"}


@dataclass(frozen=True)
class Part:
    """The result of one task, or of one item of its loop.

    ``resource`` is the module, ``result`` what it returned, ``None`` if it did not run. ``written`` is whether it
    applied changes rather than compared. ``problem`` is the reason of a missing result, if known.
    """

    resource: str
    result: Mapping[str, Any] | None
    written: bool = False
    problem: str | None = None

    @property
    def name(self) -> str:
        """The part of the client: settings, bundles or registrations."""
        return _PARTS[self.resource]

    @property
    def skipped(self) -> bool:
        """Whether the client's file does not define this part."""
        return bool(self.result is not None and self.result.get("skipped"))

    @property
    def failure(self) -> str | None:
        """Why the part was not compared, ``None`` if it was. A part with a stopped plan was compared."""
        if self.result is None:
            return self.problem or "nothing was compared"
        if self.skipped or self.stopped:
            return None
        if self.result.get("failed") or self.result.get("unreachable"):
            return str(self.result.get("msg") or "the task failed without a message")
        return None if self._own else f"the result is not one of {self.resource}"

    @property
    def stopped(self) -> bool:
        """Whether the plan is known, but was not (fully) applied because of a limit or an error."""
        return (
            self._own
            and self.kind in ("blocked", "some_failed", "partial", "not_applied")
            and "changes" in (self.result or {})
        )

    @property
    def kind(self) -> str | None:
        """The kind of its failure, as in ``error.kind``."""
        error = (self.result or {}).get("error")
        kind = error.get("kind") if isinstance(error, Mapping) else None
        return str(kind) if kind and (self.result or {}).get("failed") else None

    @property
    def _own(self) -> bool:
        result = self.result or {}
        return isinstance(result.get("changes"), list) and isinstance(result.get("requests"), Mapping)

    def changes(self) -> list[Mapping[str, Any]]:
        """Return the entries of ``changes``."""
        return [
            item for item in self._list("changes") if item.keys() >= _CHANGE_KEYS and isinstance(item["fields"], list)
        ]

    def findings(self) -> list[Mapping[str, Any]]:
        """Return the entries of ``findings``."""
        return valid_findings(self._list("findings"))

    def side_effects(self) -> list[Mapping[str, Any]]:
        """Return the entries of ``side_effects``."""
        return [item for item in self._list("side_effects") if item.keys() >= _EFFECT_KEYS]

    def blocked(self) -> list[Mapping[str, Any]]:
        """Return the entries of ``blocked``."""
        return [item for item in self._list("blocked") if {"rule", "actual", "limit", "override"} <= item.keys()]

    def outcomes(self) -> list[Mapping[str, Any]]:
        """Return the entries of ``outcomes``."""
        return [item for item in self._list("outcomes") if {"address", "status"} <= item.keys()]

    def came_back(self) -> list[Mapping[str, Any]]:
        """Return the entries of ``came_back``."""
        return list(self._list("came_back"))

    def _list(self, key: str) -> Iterator[Mapping[str, Any]]:
        found = (self.result or {}).get(key)
        yield from (item for item in found if isinstance(item, Mapping)) if isinstance(found, list) else ()


@dataclass(frozen=True)
class Host:
    """One client with its results.

    ``key`` is its name. ``blocked`` is why its file cannot be used, ``findings`` are the findings of the file, and
    ``problem`` is why there are no results at all, if known. ``origins`` are file and line of the sections, such as
    ``client_settings``, that do not come from its file.
    """

    key: str
    client_id: str | None = None
    file: str | None = None
    parts: tuple[Part, ...] = ()
    blocked: str | None = None
    findings: tuple[Mapping[str, Any], ...] = ()
    problem: str | None = None
    origins: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def valid_findings(items: Iterable[Any]) -> list[Mapping[str, Any]]:
    """Return the items that have the format of a finding."""
    mappings = (item for item in items if isinstance(item, Mapping))
    return [item for item in mappings if item.keys() >= _FINDING_KEYS and _RULE.fullmatch(str(item["rule"]))]


def parts_of(resource: str, result: Any, written: bool = False) -> list[Part]:
    """Return the parts of a registered result: one, or one for each item of a loop."""
    if not isinstance(result, Mapping):
        return [Part(resource, None)]
    whole = plain(result)
    items = whole.get("results")
    if not isinstance(items, list):
        return [Part(resource, whole, written)]
    if not items:
        return [Part(resource, whole if whole.get("failed") else {"skipped": True}, written)]
    return [Part(resource, item if isinstance(item, Mapping) else None, written) for item in items]


def is_written(mode: str, dry: bool) -> bool:
    """Whether a run in this mode applies changes; ``dry`` is whether it runs in check mode."""
    return mode == "apply" and not dry


def plain(value: Any) -> Any:
    """Return a deep copy with the types of JSON only: no types of Ansible, and only strings as keys.

    Values outside JSON, such as NaN, become strings. Keys outside JSON are left out.
    """
    return json.loads(json.dumps(value, default=str, skipkeys=True), parse_constant=str)
