# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registrations to remove, as options name them: an extension, and selectors (reference section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._engine.bounded_search import bounded_search
from ..._engine.references import (
    EXTENSION,
    EXTENSION_ID,
    ONE_EXTENSION,
    Reference,
    check_extension,
)
from ..._model.errors import OptionError
from ..._model.registration_selectors import Selectors

ABSENCE: Mapping[str, Any] = {
    "extension_id": EXTENSION_ID,
    "extension": EXTENSION,
    "registration_id": {"type": "list", "elements": "str"},
    "device": {"type": "str"},
    "address": {"type": "list", "elements": "str"},
}
"""The options of one entry."""

ABSENCES: Mapping[str, Any] = {"type": "list", "elements": "dict", "options": ABSENCE, **ONE_EXTENSION}
"""The option for a list of them."""


@dataclass(frozen=True)
class Absence:
    """The extension, and the selectors of the live registrations to remove."""

    extension: Reference
    selectors: Selectors


def check_absence(options: Mapping[str, Any], where: str = "") -> Absence:
    """Check one entry; raises OptionError, with ``where`` before the option."""
    extension = check_extension(options, where)
    if extension is None:
        hint = "Set extension or extension_id"
        raise OptionError(f"{where}extension", "is missing", hint=hint)
    return Absence(extension, Selectors.check(options, where, bounded_search))


def check_absences(option: str, values: Sequence[Mapping[str, Any]]) -> tuple[Absence, ...]:
    """Check a list of entries; raises OptionError with the index of the first invalid one."""
    return tuple(check_absence(options, f"{option}[{index}].") for index, options in enumerate(values))
