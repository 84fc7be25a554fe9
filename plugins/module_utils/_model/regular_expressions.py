# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular expressions against names that devices choose themselves. Pure.

Some expressions take for ever on a name that is made for it. Whoever checks options hands in a search that ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import ConflictError, OptionError

LONGEST_NAME = 1000
"""Characters of a name that take part."""

Search = Callable[[re.Pattern[str], str], bool]
"""Whether a part of the text matches; raises TimeoutError where that takes too long."""


def plain_search(pattern: re.Pattern[str], text: str) -> bool:
    """Search, however long it takes."""
    return pattern.search(text) is not None


@dataclass(frozen=True)
class Expression:
    """A compiled expression; ``option`` is where it stands."""

    option: str
    pattern: re.Pattern[str]
    search: Search = field(default=plain_search, compare=False, repr=False)

    @classmethod
    def check(cls, option: str, text: str, search: Search = plain_search) -> Expression:
        """Compile a text; raises OptionError."""
        if not text:
            raise OptionError(
                option, "is empty, and would match every device", hint="Leave it out, or write the expression"
            )
        try:
            return cls(option, re.compile(text), search)
        except (re.error, OverflowError, RecursionError) as problem:
            raise OptionError(
                option,
                f"{text!r} is not a regular expression ({problem})",
                hint="Escape literal brackets, dots and plus signs",
            ) from None

    def matches(self, name: str) -> bool:
        """Return whether a part of the name matches; raises ConflictError where that takes too long."""
        try:
            return self.search(self.pattern, name[:LONGEST_NAME])
        except TimeoutError:
            raise ConflictError(
                f"{self.option}: it takes too long to compare {self.pattern.pattern!r} with the name of a device, {name[:80]!r}",
                hint="Write the expression without a repeat inside of a repeat, for example with ^ and literal text",
            ) from None
