# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers: extensions as people name them, and how a name leads to one extension of a client.

Pure. An extension's name is ``client_prefix*number`` (reference section 5); ``domain_prefix`` may stand before it, and
``@domain`` behind it. Within a client all numbers have ``extension_len`` digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .errors import ConflictError, NotFoundError, OptionError
from .objects import Extension

SHORTEST = 2
"""Digits of a number: ``extension_len`` is 2, 3 or 4 (reference section 2.1)."""
_FORM = 'Write a number as "101", "0003*101" or "0003*101@sip.example.net", in quotes'
_OCTAL = "YAML reads an unquoted 010 as 8, so numbers belong in quotes"
_DIGITS = re.compile("[0-9]{1,18}")
_NAME = re.compile(r"(?P<segments>[0-9]+(?:\*[0-9]+)*)(?:@(?P<domain>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?))?")
_SUGGESTIONS = 3


@dataclass(frozen=True)
class Number:
    """A number as an option gave it: its digits, the prefixes before it (outermost first), and the domain."""

    digits: str
    prefixes: tuple[str, ...] = ()
    domain: str | None = None

    def __str__(self) -> str:
        name = "*".join((*self.prefixes, self.digits))
        return f"{name}@{self.domain}" if self.domain else name


def read_name(name: str) -> Number | None:
    """Return the parts of an extension's name, or ``None`` where it has another form."""
    match = _NAME.fullmatch(name.strip())
    if match is None:
        return None
    *prefixes, digits = match["segments"].split("*")
    domain = match["domain"]
    return Number(digits, tuple(prefixes), domain.lower() if domain else None)


def check_number(option: str, value: object) -> Number:
    """Return the number that a text means; raises :class:`.errors.OptionError` for anything else.

    YAML turns ``101`` into an integer, which is the same text again. An unquoted ``010`` has become 8 before anybody can
    see it: its missing digits give it away here or, at the latest, at the client's extensions.
    """
    number = read_name(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    if number is None:
        text = str(value).strip()
        if text.startswith("+"):
            hint = "A number inside the PBX has no country code. " + _FORM
        else:
            hint = _FORM
        raise OptionError(option, f"{value!r} is not the number of an extension", hint=hint)
    if len(number.digits) < SHORTEST and not number.prefixes:
        raise OptionError(option, f"{value!r} is too short for a number", hint=_length_hint(number.digits))
    return number


def _length_hint(digits: str) -> str:
    return f"{_OCTAL}; if you mean the API's id {digits}, use the option for ids"


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
        """Return the number of an extension, or ``None`` where the client has no such extension."""
        extension = self._by_id.get(extension_id)
        return extension.number if extension else None

    def find(self, number: Number) -> Extension:
        """Return the one extension that the number means.

        Raises NotFoundError for a number that nobody has, with the nearest existing ones, or with what is wrong with its
        length; ConflictError for one that several have, or that is written as another client's.
        """
        holders = self._by_number.get(number.digits, ())
        if not holders:
            raise self._unknown(number)
        fitting = [extension for extension in holders if fits(number, extension)]
        if not fitting:
            names = ", ".join(_full(extension) for extension in holders)
            raise ConflictError(
                f"{number} is not an extension of this client; its extension {number.digits} is {names}",
                hint=f"Write {number.digits} alone, or check client_id: a prefix or domain names one client",
            )
        if len(fitting) > 1:
            names = ", ".join(f"{_full(extension)} (id {extension.id})" for extension in fitting)
            raise ConflictError(
                f"{number} is ambiguous: the client has {names}", hint="Write the full form, or use the option for ids"
            )
        return fitting[0]

    def is_unique(self, extension_id: int) -> bool:
        """Return whether the extension's number alone means this extension, and no other."""
        number = self.number_of(extension_id) or ""
        usable = _DIGITS.fullmatch(number) is not None and len(number) >= SHORTEST
        return usable and len(self._by_number[number]) == 1

    def lengths(self) -> set[int]:
        """Return how many digits the numbers have: the client's ``extension_len``, told by its extensions."""
        return {len(known) for known in self._by_number if _DIGITS.fullmatch(known)}

    def nearest(self, digits: str) -> list[str]:
        """Return up to three existing numbers for which ``digits`` is a likely slip of the fingers, sorted."""
        known = [number for number in self._by_number if len(number) == len(digits) and _DIGITS.fullmatch(number)]
        rated = sorted((_slips(number, digits), abs(int(number) - int(digits)), number) for number in known)
        return sorted(number for slips, dummy, number in rated[:_SUGGESTIONS] if slips <= len(digits) / 2)

    def _unknown(self, number: Number) -> NotFoundError:
        lengths = self.lengths()
        as_id = self.by_id(int(number.digits)) if _DIGITS.fullmatch(str(number)) else None
        if as_id:
            return NotFoundError(
                f"no extension {number}; {number} is the id of extension {as_id.number}",
                hint=f'Write the number as "{as_id.number}", or use the option for ids',
            )
        if lengths and len(number.digits) not in lengths:
            wanted = " or ".join(str(length) for length in sorted(lengths))
            return NotFoundError(
                f"no extension {number}: it has {len(number.digits)} digits, and the numbers of this client have {wanted}",
                hint=f"Check the number; {_OCTAL}",
            )
        near = self.nearest(number.digits)
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        return NotFoundError(
            f"no extension {number}{meant}",
            hint="Check the number and client_id"
            if self.extensions
            else "The client has no extensions: check client_id",
        )


def _slips(one: str, other: str) -> int:
    """Return how many digits differ between two numbers of one length; two neighbours that changed places count once."""
    places = [place for place, (mine, yours) in enumerate(zip(one, other)) if mine != yours]
    swapped = len(places) == 2 and places[1] - places[0] == 1 and sorted(one) == sorted(other)
    return 1 if swapped else len(places)


def fits(number: Number, extension: Extension) -> bool:
    """Return whether the number can mean the extension: the same digits and, where both sides name them, the same prefixes
    and domain."""
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
    """What to call extensions: by number where the client's extensions were read, by id otherwise."""

    directory: Directory | None = None

    def number(self, extension_id: int) -> str | None:
        """Return the number, or ``None`` where it is not known."""
        return self.directory.number_of(extension_id) if self.directory else None

    def is_unique(self, extension_id: int) -> bool:
        """Return whether the number is known, and means no other extension of the client."""
        return self.directory is not None and self.directory.is_unique(extension_id)

    def numbers(self, extension_ids: Iterable[int]) -> list[str | None] | None:
        """Return the numbers, one for each id; ``None`` where no extensions were read."""
        return [self.number(extension_id) for extension_id in extension_ids] if self.directory else None

    def label(self, extension_id: int) -> str:
        """Return the number or else the id, for addresses."""
        return self.number(extension_id) or str(extension_id)

    def labels(self, extension_ids: Iterable[int]) -> list[str]:
        """Return the labels, one for each id."""
        return [self.label(extension_id) for extension_id in extension_ids]

    def describe(self, extension_id: int) -> str:
        """Return the extension in words for a message, number and id."""
        number = self.number(extension_id)
        return f"{number} (id {extension_id})" if number else str(extension_id)

    def describe_all(self, extension_ids: Iterable[int]) -> str:
        """Return extensions in words, joined by commas."""
        return ", ".join(self.describe(extension_id) for extension_id in extension_ids)
