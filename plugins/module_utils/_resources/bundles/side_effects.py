# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that a bundle overwrites on the extensions that join it (reference section 4, synchronised values)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._api import ClientId
from ..._engine.base import Consequences
from ..._engine.concurrency import each
from ..._engine.directory_cache import CachedApi
from ..._model.errors import ConflictError
from ..._model.extension_numbers import Number, check_number
from ..._model.limits import Blocked
from ..._model.objects import PHONE_TYPE, Extension
from ..._model.side_effects import (
    FAIL_ON_WIDENING,
    IGNORE,
    OF_EXTENSION,
    REPORT,
    SYNCHRONISED,
    SideEffect,
    losses,
    sections,
    verdict,
)


def arguments(default: str) -> dict[str, Mapping[str, Any]]:
    """Return the entries of the argument spec."""
    return {
        "side_effects": {"type": "str", "choices": [REPORT, FAIL_ON_WIDENING, IGNORE], "default": default},
        "allow_widening": {"type": "list", "elements": "str", "default": []},
    }


@dataclass(frozen=True)
class SideEffectsPolicy:
    """How to handle side effects: ``report``, ``fail_on_widening`` (except on ``allowed`` ones), or ``ignore``."""

    mode: str
    allowed: tuple[Number, ...]

    @classmethod
    def check(cls, options: Mapping[str, Any]) -> SideEffectsPolicy:
        """Check the options of :func:`arguments`."""
        allowed = options.get("allow_widening") or ()
        numbers = (check_number(f"allow_widening[{index}]", value) for index, value in enumerate(allowed))
        return cls(options["side_effects"], tuple(numbers))

    @property
    def reads(self) -> bool:
        """Whether the values are read."""
        return self.mode != IGNORE

    def consequences(
        self, effects: Sequence[SideEffect], lenient: bool, blocked: Sequence[Blocked] = ()
    ) -> Consequences:
        """Return the effects, their section of the diff, and all limits that are exceeded, for the engine."""
        before, after = sections(effects)
        return Consequences(
            {"side_effects": [effect.as_dict() for effect in effects]},
            {"side_effects": before} if effects else {},
            {"side_effects": after} if effects else {},
            (*blocked, *verdict(effects, self.mode, self.allowed)),
            lenient,
        )


@dataclass(frozen=True)
class Joining:
    """Extensions that are about to join the bundle of ``main``, which has the ``address``."""

    address: str
    main: int
    members: tuple[int, ...]


def read(api: CachedApi, client_id: ClientId, joinings: Sequence[Joining], at_a_time: int = 1) -> list[SideEffect]:
    """Return each value that a joining extension is about to lose, sorted by bundle, extension and field.

    Sends a GET for each phone, and one for each extension that no current directory has. Raises ConflictError for an
    extension that is not a phone, as the API would refuse it.
    """
    needed = list(dict.fromkeys(number for joining in joinings for number in (joining.main, *joining.members)))
    found = dict(zip(needed, each(lambda number: _values(api, client_id, number), needed, at_a_time), strict=True))
    effects = []
    for joining in joinings:
        for member in sorted(joining.members):
            extension, own = found[member]
            effects += losses(joining.address, extension, own, found[joining.main][1])
    return effects


def _values(api: CachedApi, client_id: ClientId, extension_id: int) -> tuple[Extension, dict[str, Any]]:
    extension = api.current_extension(client_id, extension_id, OF_EXTENSION)
    if extension.type != PHONE_TYPE:
        raise ConflictError(
            f"extension {extension_id} ({extension.number}) is of type {extension.type}, not phone",
            hint="List phones only. Check the number or id",
        )
    both = {**extension.values, **api.phone(extension_id).values}
    return extension, {name: value for name, value in both.items() if name in SYNCHRONISED}
