# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of values of fields: how each is read from the API, checked as an option, and sent.

Pure, except that the functions for time zones read the time-zone data of the machine.
Values are *normalised*: one representation for each meaning, so that ``==`` compares meanings (sets are sorted lists,
numbers are ints, "provider's default" is ``None``).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from .countries import COUNTRY_CODES
from .errors import OptionError
from .text import NOT_SET, quoted

ANY_COUNTRY = "*"
"""In ``geo_list``: all countries; the provider's own setting is ignored (reference section 2.1)."""

PROVIDER_DEFAULT = "provider's default"

LONGEST_TEXT = 65_536
"""Maximum characters of a text in a response."""

_ZONES = {
    0: "UTC", 2: "Europe/Kaliningrad", 3: "Europe/Moscow", 4: "Europe/Samara", 5: "Asia/Yekaterinburg", 6: "Asia/Omsk",
    7: "Asia/Krasnoyarsk", 8: "Asia/Irkutsk", 9: "Asia/Yakutsk", 10: "Asia/Vladivostok", 11: "Asia/Magadan",
    12: "Asia/Kamchatka",
}  # fmt: skip
"""Suggestions for a time zone that is written as an offset in hours from UTC, or from ``MSK``."""

_YAML_FALSE = "FALSE"
"""An unquoted NO (Norway) after YAML and Ansible have read it."""


class UnreadableValueError(ValueError):
    """A value in a response that does not have the documented type."""


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    ``option_type`` (and ``elements`` for lists) is Ansible's type name. ``read`` normalises a value of a response
    (never ``None``) and raises :class:`UnreadableValueError`. ``check`` normalises the value of the named option and
    raises :class:`OptionError`. ``write`` returns the value for a request. ``same`` compares two values that may have
    different names for one meaning. ``missing`` is the text for ``None`` in messages.
    """

    option_type: str
    read: Callable[[Any], Any]
    check: Callable[[str, Any], Any]
    write: Callable[[Any], Any] = lambda value: value
    same: Callable[[Any, Any], bool] = operator.eq
    elements: str | None = None
    missing: str = NOT_SET


# --- reading -------------------------------------------------------------------------------------------------------


def read_int(value: Any) -> int:
    """Read an integer: a number or a string of digits."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise UnreadableValueError(f"expected an integer, got {quoted(value)}")
    text = str(value).strip()
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise UnreadableValueError(f"expected an integer, got {quoted(value)}")
    return int(text)


def read_id(value: Any) -> int:
    """Read an id: a number, a string of digits, or an object with an ``id`` (reference section 4)."""
    if isinstance(value, dict):
        value = value.get("id", value.get("extension_id"))
    number = read_int(value)
    if number <= 0:
        raise UnreadableValueError(f"expected a positive id, got {quoted(value)}")
    return number


def read_reference(value: Any) -> int | None:
    """Read the id of a referenced object; 0 means the same as no reference."""
    return read_int(value) or None


def read_text(value: Any) -> str:
    """Read a text; a number becomes its digits."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise UnreadableValueError(f"expected a text, got {quoted(value)}")
    text = str(value)
    if len(text) > LONGEST_TEXT:
        raise UnreadableValueError(f"the text has {len(text):,} characters, too many")
    # An unpaired surrogate is not a character: files and terminals reject it.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def read_optional_text(value: Any) -> str | None:
    """Read a nullable text; an empty one means the same as none."""
    return read_text(value) or None


def read_flag(value: Any) -> bool:
    """Read a boolean: a JSON one, or the strings of the dealer-level resource ("yes"/"no", reference section 0)."""
    if isinstance(value, bool):
        return value
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    flag = known.get(str(value).strip().lower())
    if flag is None:
        raise UnreadableValueError(f"expected a boolean, got {quoted(value)}")
    return flag


def read_countries(value: Any) -> list[str] | None:
    """Read ``geo_list``: codes separated by spaces. An empty one is ``None``, the provider's default."""
    texts = [read_text(item) for item in value] if isinstance(value, list) else [read_text(value)]
    codes = sorted({word.upper() for text in texts for word in re.split(r"[\s,;]+", text)} - {""})
    return ([ANY_COUNTRY] if ANY_COUNTRY in codes else codes) or None


# --- checking ------------------------------------------------------------------------------------------------------


def check_id(option: str, value: Any) -> int:
    """Return a positive integer."""
    try:
        return read_id(value)
    except UnreadableValueError:
        raise OptionError(option, f"{quoted(value)} is not a valid id", hint="Set a positive whole number") from None


def check_ids(option: str, values: Sequence[Any]) -> list[int]:
    """Return ids as a sorted list; a duplicate is an error."""
    ids = [check_id(f"{option}[{index}]", value) for index, value in enumerate(values)]
    doubles = sorted({number for number in ids if ids.count(number) > 1})
    if doubles:
        verb = "is" if len(doubles) == 1 else "are"
        raise OptionError(option, f"{_join(doubles)} {verb} listed more than once", hint="List each extension once")
    return sorted(ids)


def check_percent(option: str, value: Any) -> int:
    """Return a whole number from 0 to 100."""
    number = check_count(option, value)
    if number > 100:
        raise OptionError(option, f"{quoted(value)} is not a valid percentage", hint="Set a whole number from 0 to 100")
    return number


def check_count(option: str, value: Any) -> int:
    """Return a whole number of at least 0."""
    try:
        number = read_int(value)
    except UnreadableValueError:
        number = -1
    if number < 0:
        raise OptionError(option, f"{quoted(value)} is not a valid number", hint="Set a whole number of 0 or more")
    return number


def check_text(option: str, value: Any) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise OptionError(option, "is empty", hint=f"Set a value, or add {option} to reset if reset supports it")
    return value


def check_email(option: str, value: Any) -> str:
    """Return an e-mail address (or several, separated by commas). Only the form is checked."""
    text = check_text(option, value).strip()
    for address in re.split(r"[,;]\s*", text):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
            raise OptionError(
                option, f"{quoted(address)} is not a valid e-mail address", hint="Write it as name@example.org"
            )
    return text


def check_url(option: str, value: Any) -> str:
    """Return an http or https URL with a host."""
    text = check_text(option, value).strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise OptionError(option, f"{quoted(text)} is not a valid URL", hint="Write it as https://host/path")
    return text


def check_flag(option: str, value: Any) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        raise OptionError(option, f"{quoted(value)} is not a boolean", hint="Set true or false")
    return value


def check_countries(option: str, values: Sequence[Any]) -> list[str]:
    """Return country codes as a sorted list of upper-case ISO 3166-1 alpha-2 codes, or ``['*']``."""
    if not values:
        raise OptionError(
            option, "an empty list is ambiguous", hint=f"To restore the provider's default, set reset: [{option}]"
        )
    codes = []
    for index, value in enumerate(values):
        code = str(value).strip().upper()
        if code != ANY_COUNTRY and code not in COUNTRY_CODES:
            raise OptionError(f"{option}[{index}]", f"{quoted(value)} is not a country code", hint=_country_hint(code))
        codes.append(code)
    if len(set(codes)) < len(codes):
        raise OptionError(option, "a country is listed more than once", hint="List each country once")
    if ANY_COUNTRY in codes and len(codes) > 1:
        raise OptionError(
            option, "'*' means every country and must be the only entry", hint="Set ['*'], or list only countries"
        )
    return sorted(codes)


def _country_hint(code: str) -> str:
    if code == _YAML_FALSE:
        return 'For Norway, write "NO" in quotes: YAML reads an unquoted NO as a boolean'
    if code == "UK":
        return "Use GB, the ISO 3166-1 code of the United Kingdom"
    near = get_close_matches(code, sorted(COUNTRY_CODES), n=3, cutoff=0.5)
    suggestion = f" (similar: {', '.join(near)})" if near else ""
    return f"Use two-letter ISO 3166-1 codes such as RU or BY, or '*' for every country{suggestion}"


def check_timezone(option: str, value: Any) -> str:
    """Return the name of an IANA zone, or "UTC". Without time-zone data on the machine, every name is accepted."""
    import zoneinfo  # here, because importing it is slow and most runs do not need it

    text = check_text(option, value)
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        if text == "UTC" or not known:
            return text
        raise OptionError(
            option, f"{quoted(text)} is not a valid time zone", hint=_timezone_hint(text, sorted(known))
        ) from None
    return text


def has_timezones() -> bool:
    """Return whether this machine has time-zone data. Without it, names of zones are not checked."""
    import zoneinfo  # here, because importing it is slow and most runs do not need it

    return bool(zoneinfo.available_timezones())


def _timezone_hint(text: str, known: Sequence[str]) -> str:
    offset = re.fullmatch(r"(?:(?:UTC|GMT)?([+-])0?(\d{1,2})(?::?00)?|(MSK)(?:\+(\d{1,2}))?)", text.strip().upper())
    if offset is not None:
        hours = 3 + int(offset[4] or 0) if offset[3] else int(f"{offset[1]}{offset[2]}")
        if hours in _ZONES:
            return f"Use {_ZONES[hours]}: IANA names of places are supported, offsets are not"
    near = get_close_matches(text, known, n=3, cutoff=0.6)
    suggestion = f"; did you mean {', '.join(near)}" if near else ""
    return f"Use an IANA name such as Europe/Moscow, or UTC{suggestion}"


def same_zone(one: Any, other: Any) -> bool:
    """Return whether two names mean the same time zone.

    The names are equal, or their clocks are the same at all times, as for Europe/Kiev and Europe/Kyiv. Without data of
    a zone on the machine, only the names are compared.
    """
    return bool(one == other) or (one is not None and other is not None and _clock(one) == _clock(other))


@lru_cache(maxsize=64)
def _clock(name: str) -> Any:
    """Return offset and abbreviation of a zone for each month from 1850 to 2039, or its name without data."""
    import zoneinfo  # here, because importing it is slow and most runs do not need it

    try:
        zone = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return name
    moments = (datetime(year, month, 1, tzinfo=zone) for year in range(1850, 2040) for month in range(1, 13))
    return [(moment.utcoffset(), moment.tzname()) for moment in moments]


def check_choice(choices: Sequence[str]) -> Callable[[str, Any], str]:
    """Return a check that allows only ``choices``."""

    def check(option: str, value: Any) -> str:
        if value not in choices:
            raise OptionError(option, f"{quoted(value)} is not supported", hint=f"Use one of {_join(choices)}")
        return str(value)

    return check


def _join(values: Sequence[Any]) -> str:
    return ", ".join(str(value) for value in values)


# --- the kinds -----------------------------------------------------------------------------------------------------

ID = Kind("int", read_reference, check_id)
COUNT = Kind("int", read_int, check_count)
PERCENT = Kind("int", read_int, check_percent)
TEXT = Kind("str", read_text, check_text)
OPTIONAL_TEXT = Kind("str", read_optional_text, check_text)
EMAIL = Kind("str", read_optional_text, check_email)
URL = Kind("str", read_optional_text, check_url)
FLAG = Kind("bool", read_flag, check_flag)
TIMEZONE = Kind("str", read_text, check_timezone, same=same_zone)
COUNTRIES = Kind("list", read_countries, check_countries, write=" ".join, elements="str", missing=PROVIDER_DEFAULT)
