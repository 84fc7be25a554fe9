# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of extensions, and the lookup of the extension of a client. Pure.

The name of an extension is ``client_prefix*number`` (reference section 5), optionally with ``domain_prefix`` before it
and ``@domain`` after it. All numbers of a client have ``extension_len`` digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .errors import ConflictError, NotFoundError, OptionError
from .objects import Extension
from .text import quoted

SHORTEST = 2
"""Minimum digits of a number: ``extension_len`` is 2, 3 or 4 (reference section 2.1)."""
_FORM = 'Write a number as "101", "0003*101" or "0003*101@sip.example.net", in quotes'
_OCTAL = "YAML reads an unquoted 010 as 8, so quote numbers"
_DIGITS = re.compile("[0-9]{1,18}")
_NAME = re.compile(r"(?P<segments>[0-9]+(?:\*[0-9]+)*)(?:@(?P<domain>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?))?")
_SUGGESTIONS = 3


@dataclass(frozen=True)
class Number:
    """A number from an option: its digits, the prefixes before it (outermost first), and the domain."""

    digits: str
    prefixes: tuple[str, ...] = ()
    domain: str | None = None

    def __str__(self) -> str:
        name = "*".join((*self.prefixes, self.digits))
        return f"{name}@{self.domain}" if self.domain else name


def read_name(name: str) -> Number | None:
    """Return the parts of the name of an extension, or ``None`` if it has another form."""
    match = _NAME.fullmatch(name.strip())
    if match is None:
        return None
    *prefixes, digits = match["segments"].split("*")
    domain = match["domain"]
    return Number(digits, tuple(prefixes), domain.lower() if domain else None)


def check_number(option: str, value: object) -> Number:
    """Return the number in an option; raises :class:`.errors.OptionError` for any other value.

    YAML reads ``101`` as an integer, which has the same text. It reads an unquoted ``010`` as 8, which has too few
    digits: that is an error here or in the lookup.
    """
    number = read_name(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    if number is None:
        international = str(value).strip().startswith("+")
        hint = f"{_FORM}. Numbers of extensions have no country code" if international else _FORM
        raise OptionError(option, f"{quoted(value)} is not a valid number of an extension", hint=hint)
    if len(number.digits) < SHORTEST and not number.prefixes:
        raise OptionError(option, f"{quoted(value)} is too short for a number", hint=_length_hint(number.digits))
    return number


def _length_hint(digits: str) -> str:
    return f"{_OCTAL}. For the API's id {digits}, use the option for ids"


@dataclass(frozen=True)
class Directory:
    """All extensions of one client, by id and by number."""

    extensions: tuple[Extension, ...]
    _by_id: Mapping[int, Extension] = field(init=False, repr=False, compare=False)
    _by_number: Mapping[str, tuple[Extension, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbers: dict[str, tuple[Extension, ...]] = {}
        for extension in self.extensions:
            numbers[extension.number] = (*numbers.get(extension.number, ()), extension)
        object.__setattr__(self, "_by_id", {extension.id: extension for extension in self.extensions})
        object.__setattr__(self, "_by_number", numbers)

    def by_id(self, extension_id: int) -> Extension | None:
        """Return the extension with this id."""
        return self._by_id.get(extension_id)

    def number_of(self, extension_id: int) -> str | None:
        """Return the number of an extension, or ``None`` if the client does not have it."""
        extension = self._by_id.get(extension_id)
        return extension.number if extension else None

    def find(self, number: Number) -> Extension:
        """Return the extension with this number.

        Raises NotFoundError for an unknown number, with similar numbers or the error in its length, and ConflictError
        if several extensions have the number or if it names another client.
        """
        matches = self._by_number.get(number.digits, ())
        if not matches:
            raise self._unknown(number)
        exact = [extension for extension in matches if fits(number, extension)]
        if not exact:
            names = ", ".join(_full(extension) for extension in matches)
            raise ConflictError(
                f"{number} is not an extension of this client; its extension {number.digits} is {names}",
                hint=f"Use {number.digits} alone, or check client_id: a prefix or domain belongs to one client",
            )
        if len(exact) > 1:
            names = ", ".join(f"{_full(extension)} (id {extension.id})" for extension in exact)
            raise ConflictError(
                f"{number} is ambiguous: the client has {names}", hint="Use the complete name, or the option for ids"
            )
        return exact[0]

    def is_unique(self, extension_id: int) -> bool:
        """Return whether the number alone identifies this extension."""
        number = self.number_of(extension_id) or ""
        usable = _DIGITS.fullmatch(number) is not None and len(number) >= SHORTEST
        return usable and len(self._by_number[number]) == 1

    def lengths(self) -> set[int]:
        """Return the lengths of the numbers, normally one: the ``extension_len`` of the client."""
        return {len(known) for known in self._by_number if _DIGITS.fullmatch(known)}

    def nearest(self, digits: str) -> list[str]:
        """Return up to three existing numbers of which ``digits`` is a likely typo, sorted."""
        known = [number for number in self._by_number if len(number) == len(digits) and _DIGITS.fullmatch(number)]
        rated = sorted((_typos(number, digits), abs(int(number) - int(digits)), number) for number in known)
        return sorted(number for typos, _distance, number in rated[:_SUGGESTIONS] if typos <= len(digits) / 2)

    def _unknown(self, number: Number) -> NotFoundError:
        lengths = self.lengths()
        as_id = self.by_id(int(number.digits)) if _DIGITS.fullmatch(str(number)) else None
        if as_id:
            return NotFoundError(
                f"no extension {number}; {number} is the id of extension {as_id.number}",
                hint=f'Use the number "{as_id.number}", or the option for ids',
            )
        if lengths and len(number.digits) not in lengths:
            expected = " or ".join(str(length) for length in sorted(lengths))
            return NotFoundError(
                f"no extension {number}: it has {len(number.digits)} digits; numbers of this client have {expected}",
                hint=f"Check the number; {_OCTAL}",
            )
        near = self.nearest(number.digits)
        similar = f"; did you mean {', '.join(near)}?" if near else ""
        return NotFoundError(
            f"no extension {number}{similar}",
            hint="Check the number and client_id"
            if self.extensions
            else "Check client_id: the client has no extensions",
        )


def _typos(one: str, other: str) -> int:
    """Return how many digits of two equally long numbers differ; two swapped neighbours count once."""
    places = [place for place, (mine, yours) in enumerate(zip(one, other, strict=True)) if mine != yours]
    swapped = len(places) == 2 and places[1] - places[0] == 1 and sorted(one) == sorted(other)
    return 1 if swapped else len(places)


def fits(number: Number, extension: Extension) -> bool:
    """Return whether the number matches the extension: the digits, and the prefixes and domain that both have."""
    if number.digits != extension.number:
        return False
    known = read_name(str(extension.values["name"]))
    if known is None:
        return not number.prefixes and not number.domain
    domain = known.domain or str(extension.values.get("domain") or "").lower()
    common = min(len(number.prefixes), len(known.prefixes))
    same_prefixes = not common or number.prefixes[-common:] == known.prefixes[-common:]
    return same_prefixes and (not number.domain or not domain or number.domain == domain)


def _full(extension: Extension) -> str:
    name, domain = str(extension.values["name"]), extension.values.get("domain")
    return f"{name}@{domain}" if domain and "@" not in name else name


@dataclass(frozen=True)
class Names:
    """The names of extensions in texts: numbers if the extensions of the client were read, otherwise ids."""

    directory: Directory | None = None

    def number(self, extension_id: int) -> str | None:
        """Return the number, or ``None`` if it is not known."""
        return self.directory.number_of(extension_id) if self.directory else None

    def is_unique(self, extension_id: int) -> bool:
        """Return whether the number is known and identifies the extension within the client."""
        return self.directory is not None and self.directory.is_unique(extension_id)

    def numbers(self, extension_ids: Iterable[int]) -> list[str | None] | None:
        """Return the number of each id; ``None`` if no extensions were read."""
        return [self.number(extension_id) for extension_id in extension_ids] if self.directory else None

    def label(self, extension_id: int) -> str:
        """Return the number, or the id if it is not known, for addresses."""
        return self.number(extension_id) or str(extension_id)

    def labels(self, extension_ids: Iterable[int]) -> list[str]:
        """Return the label of each id."""
        return [self.label(extension_id) for extension_id in extension_ids]

    def describe(self, extension_id: int) -> str:
        """Return number and id for a message."""
        number = self.number(extension_id)
        return f"{number} (id {extension_id})" if number else str(extension_id)

    def describe_all(self, extension_ids: Iterable[int]) -> str:
        """Return numbers and ids for a message, joined by commas."""
        return ", ".join(self.describe(extension_id) for extension_id in extension_ids)
