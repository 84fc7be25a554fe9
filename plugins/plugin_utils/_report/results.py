# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has seen of each client, before it is judged: the results of its tasks as they came, and what they hold. Pure.

Results come from anywhere: from tasks that failed, from other modules under a known name, and in reports that somebody
edited. What has not the form that this collection gives it is no result, and what it was about was not compared.
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
"""The modules whose results make a report."""

_CHANGE_KEYS = {"resource", "address", "action", "fields"}
_FINDING_KEYS = {"rule", "severity", "address", "message"}
_RULE = re.compile("[A-Z]{3}-[0-9]{3}")
_EFFECT_KEYS = {"extension", "field", "before", "after", "widening", "caused_by"}


@dataclass(frozen=True)
class Part:
    """The result of one task, or of one item of its loop.

    ``resource`` is the module, ``result`` what it returned, ``None`` where it was not reached. ``written`` is whether it was
    more than a comparison. ``problem`` says why there is no result, where somebody knows.
    """

    resource: str
    result: Mapping[str, Any] | None
    written: bool = False
    problem: str | None = None

    @property
    def name(self) -> str:
        """What of the client it is about: settings, bundles or registrations."""
        return _PARTS[self.resource]

    @property
    def skipped(self) -> bool:
        """Whether the client's file asks for nothing here."""
        return bool(self.result is not None and self.result.get("skipped"))

    @property
    def failure(self) -> str | None:
        """Why it was not compared, or ``None`` where it was. A plan that was stopped was compared."""
        if self.result is None:
            return self.problem or "nothing was compared"
        if self.skipped or self.stopped:
            return None
        if self.result.get("failed") or self.result.get("unreachable"):
            return str(self.result.get("msg") or "the task failed without a message")
        return None if self._own else f"the result is none of {self.resource}"

    @property
    def stopped(self) -> bool:
        """Whether the plan is known, and something that the desired state sets itself keeps it from being carried out."""
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
        return sound_findings(self._list("findings"))

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
    """One client as a run has seen it.

    ``key`` names it, ``blocked`` says why its file cannot be used, ``findings`` what is wrong with the file, and ``problem``
    why there are no results at all, where somebody knows. ``origins`` are file and line of the sections, such as
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


def sound_findings(items: Iterable[Any]) -> list[Mapping[str, Any]]:
    """Return those that have the form of a finding."""
    mappings = (item for item in items if isinstance(item, Mapping))
    return [item for item in mappings if item.keys() >= _FINDING_KEYS and _RULE.fullmatch(str(item["rule"]))]


def parts_of(resource: str, result: Any, written: bool = False) -> list[Part]:
    """Return the parts of what a task registered: one, or one for each item of a loop."""
    if not isinstance(result, Mapping):
        return [Part(resource, None)]
    whole = plain(result)
    items = whole.get("results")
    if not isinstance(items, list):
        return [Part(resource, whole, written)]
    if not items:
        return [Part(resource, whole if whole.get("failed") else {"skipped": True}, written)]
    return [Part(resource, item if isinstance(item, Mapping) else None, written) for item in items]


def carried_out(mode: str, dry: bool) -> bool:
    """Return whether the results of a run in this mode were more than comparisons; ``dry`` is whether it was in check mode."""
    return mode == "apply" and not dry


def plain(value: Any) -> Any:
    """Return data as JSON gives them: no types of Ansible, no keys but texts, nothing that is shared with anybody.

    What JSON does not know, such as NaN, becomes a text. Keys that it does not know are left out.
    """
    return json.loads(json.dumps(value, default=str, skipkeys=True), parse_constant=str)
