# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans: the ordered changes from the observed to the desired state. Pure.

``changed`` of every result means that :attr:`Plan.changes` is not empty; there is no other predicate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from .fields import missing_text
from .text import clean, value_text

Action = Literal["create", "update", "delete"]
Step = TypeVar("Step")
State = TypeVar("State")

MASK = "********"
"""Replaces a secret value in results."""


@dataclass(frozen=True)
class FieldChange:
    """One field of an object, before and after. The methods mask the values of a secret field."""

    name: str
    before: Any
    after: Any
    secret: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return ``name``, ``before``, ``after`` for a result."""
        return {"name": self.name, "before": self._shown(self.before), "after": self._shown(self.after)}

    def text(self) -> str:
        """Return the change for a message, with secrets masked: ``hold_music: not set -> 12``."""
        before, after = self.masked()
        missing = missing_text(self.name)
        return f"{self.name}: {value_text(before, missing)} -> {value_text(after, missing)}"

    def masked(self) -> tuple[Any, Any]:
        """Return the values before and after; two masked values of a secret differ, so that the change is visible."""
        before, after = self._shown(self.before), self._shown(self.after)
        return before, f"{MASK} (changed)" if self.secret and before == after == MASK else after

    def _shown(self, value: Any) -> Any:
        return MASK if self.secret and value is not None else value


@dataclass(frozen=True)
class Change:
    """One change of one object.

    ``resource`` is the module that owns the object. ``address`` identifies the object within its client and is the same
    in every run. ``reversible`` is false if the API cannot restore the old state. ``extension_id`` and ``extension``
    are the extension that the object belongs to, by id and, if known, by number.
    """

    resource: str
    address: str
    action: Action
    fields: tuple[FieldChange, ...]
    reversible: bool = True
    extension_id: int | None = None
    extension: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``changes`` in a result (design section 5)."""
        subject = {"extension_id": self.extension_id, "extension": self.extension} if self.extension_id else {}
        return {
            "resource": self.resource,
            "address": self.address,
            **subject,
            "action": self.action,
            "fields": [item.as_dict() for item in self.fields],
            "reversible": self.reversible,
        }

    def text(self) -> str:
        """Return the change for a message: ``update settings (hold_music: not set -> 12)``."""
        return f"{self.action} {self.address} ({', '.join(item.text() for item in self.fields)})"


@dataclass(frozen=True)
class Plan(Generic[Step, State]):
    """The changes of a run: check mode shows them, and apply executes them.

    ``changes`` are in the order in which they are applied; empty if nothing differs. ``steps`` are what apply
    executes, ``predicted`` is the state after it.
    """

    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    predicted: State

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def as_list(self) -> list[dict[str, Any]]:
        """Return ``changes`` for a result."""
        return [change.as_dict() for change in self.changes]

    def lines(self) -> list[str]:
        """Return one text for each change, for messages."""
        return [change.text() for change in self.changes]


def describe(changes: Iterable[Change]) -> str:
    """Return all changes as one text."""
    return "; ".join(change.text() for change in changes)


def compare(
    desired: Mapping[str, Any], observed: Mapping[str, Any], secret: Iterable[str] = ()
) -> tuple[FieldChange, ...]:
    """Return the fields of ``desired`` that differ in ``observed``, sorted by name.

    Both sides must be normalised (sets as sorted lists). Keys that ``desired`` does not have are not managed.
    """
    hidden = frozenset(secret)
    return tuple(
        FieldChange(name, observed.get(name), desired[name], name in hidden)
        for name in sorted(desired)
        if observed.get(name) != desired[name]
    )


def diff(
    header: str, before: Mapping[str, Any], after: Mapping[str, Any], secret: Iterable[str] = ()
) -> dict[str, Any]:
    """Return Ansible's ``diff`` of one object: stable order, secrets masked.

    Texts are clean (:mod:`.text`), because the diff is for people only. A secret that changes is ``********`` before
    and ``******** (changed)`` after, so that the change is visible and the value is not.
    """
    hidden = frozenset(secret)
    shown_before = {name: _masked(name, before[name], hidden) for name in sorted(before)}
    shown_after = {name: _masked(name, after[name], hidden) for name in sorted(after)}
    for name in hidden & before.keys() & after.keys():
        if before[name] != after[name] and None not in (before[name], after[name]):
            shown_after[name] = f"{MASK} (changed)"
    return {"before_header": header, "after_header": header, "before": shown_before, "after": shown_after}


def _masked(name: str, value: Any, hidden: frozenset[str]) -> Any:
    return MASK if name in hidden and value is not None else _cleaned(value)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, (list, tuple)) else value
