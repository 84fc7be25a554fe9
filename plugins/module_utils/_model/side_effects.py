# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Side effects: the values of an extension that joining a bundle overwrites (reference section 4). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .extension_numbers import Number, fits
from .fields import EXTENSION, PHONE, Field
from .limits import Blocked
from .objects import Extension
from .plan import FieldChange
from .widening import is_widening

SYNCHRONISED: Mapping[str, Field] = {name: row for name, row in {**EXTENSION, **PHONE}.items() if row.synchronised}
"""The values that a bundle synchronises: 13 of the phone (14 if the PBX has a call status) and 3 of the extension."""
OF_EXTENSION = frozenset(name for name in SYNCHRONISED if name in EXTENSION)

REPORT, FAIL_ON_WIDENING, IGNORE = "report", "fail_on_widening", "ignore"


@dataclass(frozen=True)
class SideEffect:
    """One value that a ``joining`` extension loses permanently; ``caused_by`` is the address of the bundle."""

    caused_by: str
    joining: Extension
    change: FieldChange

    @property
    def extension_id(self) -> int:
        """The API's id of the extension."""
        return self.joining.id

    @property
    def extension(self) -> str:
        """Its number."""
        return self.joining.number

    @property
    def widening(self) -> bool:
        """Whether the change extends permissions."""
        return is_widening(self.change.name, self.change.before, self.change.after)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``side_effects`` in a result; secrets are masked."""
        shown = self.change.as_dict()
        return {
            "extension_id": self.extension_id,
            "extension": self.extension,
            "field": shown["name"],
            "before": shown["before"],
            "after": shown["after"],
            "widening": self.widening,
            "caused_by": self.caused_by,
        }

    def text(self) -> str:
        """Return the side effect for a message."""
        return f"{self.extension} {self.change.text()}"


def losses(caused_by: str, joining: Extension, own: Mapping[str, Any], main: Mapping[str, Any]) -> list[SideEffect]:
    """Return the differences between the ``own`` values of a joining extension and those of ``main``, by field."""
    return [
        SideEffect(
            caused_by,
            joining,
            FieldChange(name, own.get(name), main.get(name), SYNCHRONISED[name].secret),
        )
        for name in sorted(SYNCHRONISED.keys() & (own.keys() | main.keys()))
        if own.get(name) != main.get(name)
    ]


def sections(effects: Iterable[SideEffect]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the section of side effects for the diff, before and after: values by extension, secrets masked."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for effect in effects:
        one, other = effect.change.masked()
        before.setdefault(effect.extension, {})[effect.change.name] = one
        after.setdefault(effect.extension, {})[effect.change.name] = other
    return before, after


def verdict(effects: Sequence[SideEffect], policy: str, allowed: Iterable[Number]) -> list[Blocked]:
    """Return whether widening side effects block the plan, except for extensions in ``allowed``."""
    if policy != FAIL_ON_WIDENING:
        return []
    exceptions = tuple(allowed)
    widened = [
        effect
        for effect in effects
        if effect.widening and not any(fits(number, effect.joining) for number in exceptions)
    ]
    if not widened:
        return []
    extensions = sorted({effect.extension for effect in widened})
    names = ", ".join(f'"{name}"' for name in sorted({*extensions, *(str(number) for number in exceptions)}))
    reason = (
        "joining a bundle would extend the permissions of extensions "
        f"(BND-001): {'; '.join(effect.text() for effect in widened)}"
    )
    return [Blocked("widening", len(extensions), 0, f"allow_widening: [{names}]", reason)]
