# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular expressions for names of devices. Pure.

Some expressions take extremely long on a crafted name, so callers pass a search with a time limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import ConflictError, OptionError

LONGEST_NAME = 1000
"""Characters of a name that are compared."""

Search = Callable[[re.Pattern[str], str], bool]
"""Returns whether a part of the text matches; raises TimeoutError if that takes too long."""


def plain_search(pattern: re.Pattern[str], text: str) -> bool:
    """Search without a time limit."""
    return pattern.search(text) is not None


@dataclass(frozen=True)
class Expression:
    """A compiled expression; ``option`` is its place in the options."""

    option: str
    pattern: re.Pattern[str]
    search: Search = field(default=plain_search, compare=False, repr=False)

    @classmethod
    def check(cls, option: str, text: str, search: Search = plain_search) -> Expression:
        """Compile a text; raises OptionError."""
        if not text:
            raise OptionError(option, "is empty and would match every device", hint="Remove it, or set an expression")
        try:
            return cls(option, re.compile(text), search)
        except (re.error, OverflowError, RecursionError) as problem:
            raise OptionError(
                option,
                f"{text!r} is not a valid regular expression ({problem})",
                hint="Escape literal brackets, dots and plus signs",
            ) from None

    def matches(self, name: str) -> bool:
        """Return whether a part of the name matches; raises ConflictError if that takes too long."""
        try:
            return self.search(self.pattern, name[:LONGEST_NAME])
        except TimeoutError:
            raise ConflictError(
                f"{self.option}: comparing {self.pattern.pattern!r} with the device name {name[:80]!r} takes too long",
                hint="Avoid a repetition inside a repetition, for example use ^ and literal text",
            ) from None
