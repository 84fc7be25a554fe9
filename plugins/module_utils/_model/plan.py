# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans: the ordered changes that lead from an observed state to the desired one.

Pure. ``changed`` of every result means that :attr:`Plan.changes` is not empty; there is no other predicate.
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
"""Stands in results for a value that must not be shown."""


@dataclass(frozen=True)
class FieldChange:
    """One field of an object, before and after. Values of secret fields are masked when rendered."""

    name: str
    before: Any
    after: Any
    secret: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return ``name``, ``before``, ``after`` for a result."""
        return {"name": self.name, "before": self._shown(self.before), "after": self._shown(self.after)}

    def text(self) -> str:
        """Return the change as a message shows it: ``hold_music: not set -> 12``; a secret that changes is masked."""
        before, after = self.masked()
        missing = missing_text(self.name)
        return f"{self.name}: {value_text(before, missing)} -> {value_text(after, missing)}"

    def masked(self) -> tuple[Any, Any]:
        """Return the value before and after, masked so that a change shows even where both are secret."""
        before, after = self._shown(self.before), self._shown(self.after)
        return before, f"{MASK} (changed)" if self.secret and before == after == MASK else after

    def _shown(self, value: Any) -> Any:
        return MASK if self.secret and value is not None else value


@dataclass(frozen=True)
class Change:
    """One change of one object.

    ``resource`` is the module that owns the object, ``address`` names the object within its client and stays the same
    from run to run. ``reversible`` is false where the old state cannot be put back through the API. ``extension_id`` and ``extension`` are the
    extension that the object belongs to, by id and, where it is known, by number.
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
        """Return the change as a message shows it: ``update settings (hold_music: not set -> 12)``."""
        return f"{self.action} {self.address} ({', '.join(item.text() for item in self.fields)})"


@dataclass(frozen=True)
class Plan(Generic[Step, State]):
    """What a run does, decided once: check mode shows it, and apply executes it.

    ``changes`` are in the order in which they are applied; there are none when nothing differs. ``steps`` are what apply
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
        """Return each change as a message shows it."""
        return [change.text() for change in self.changes]


def describe(changes: Iterable[Change]) -> str:
    """Return changes in one line, for messages."""
    return "; ".join(change.text() for change in changes)


def compare(
    desired: Mapping[str, Any], observed: Mapping[str, Any], secret: Iterable[str] = ()
) -> tuple[FieldChange, ...]:
    """Return the fields of ``desired`` that differ in ``observed``, sorted by name.

    Both sides must be normalised (sets as sorted lists). Only keys of ``desired`` take part: what is not named there is
    not managed.
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

    Texts are clean (:mod:`.text`): people read it, and nothing compares it. A secret that changes reads ``********`` before
    and ``******** (changed)`` after, so the change shows and the value does not.
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
