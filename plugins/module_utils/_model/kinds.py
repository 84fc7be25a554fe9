# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of values that fields hold: how each is read from the API, checked as an option, and sent.

Pure but for :func:`check_timezone`, which looks a zone up in the time-zone data of the machine.
A value is kept *normalised*: one representation per meaning, so that ``==`` compares meanings (sets are sorted lists,
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
"""In ``geo_list``: all countries, and the provider's own setting is ignored (reference section 2.1)."""

PROVIDER_DEFAULT = "provider's default"

LONGEST_TEXT = 65_536
"""Characters of a text in an answer."""

_ZONES = {
    0: "UTC", 2: "Europe/Kaliningrad", 3: "Europe/Moscow", 4: "Europe/Samara", 5: "Asia/Yekaterinburg", 6: "Asia/Omsk",
    7: "Asia/Krasnoyarsk", 8: "Asia/Irkutsk", 9: "Asia/Yakutsk", 10: "Asia/Vladivostok", 11: "Asia/Magadan",
    12: "Asia/Kamchatka",
}  # fmt: skip
"""What people mean who write a time zone as hours before UTC; ``MSK`` is one of them."""

_YAML_FALSE = "FALSE"
"""What is left of an unquoted NO (Norway) after YAML and Ansible have read it."""


class UnreadableValueError(ValueError):
    """A value in an answer that is not of the documented type."""


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    ``option_type`` (and ``elements`` for lists) is Ansible's type name. ``read`` turns what the API sent (never ``None``)
    into the normalised value and raises :class:`UnreadableValueError`; ``check`` does the same for an option's value, given
    the option's name, and raises :class:`OptionError`; ``write`` gives what the API is sent. ``same`` is whether two values
    mean the same, where a meaning has more than one name. ``missing`` is how a message shows ``None``.
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
    """Read an integer that may have been sent as a number or as a string of digits."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise UnreadableValueError(f"expected an integer, got {quoted(value)}")
    text = str(value).strip()
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise UnreadableValueError(f"expected an integer, got {quoted(value)}")
    return int(text)


def read_id(value: Any) -> int:
    """Read an id: a number, a string of digits, or an object that holds one under ``id`` (reference section 4)."""
    if isinstance(value, dict):
        value = value.get("id", value.get("extension_id"))
    number = read_int(value)
    if number <= 0:
        raise UnreadableValueError(f"expected a positive id, got {quoted(value)}")
    return number


def read_reference(value: Any) -> int | None:
    """Read a field that names another object by its id, for which 0 means the same as none."""
    return read_int(value) or None


def read_text(value: Any) -> str:
    """Read a text; a number is taken as its digits."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise UnreadableValueError(f"expected a text, got {quoted(value)}")
    text = str(value)
    if len(text) > LONGEST_TEXT:
        raise UnreadableValueError(f"a text of {len(text):,} characters")
    # Half of a surrogate pair is no character: no file and no terminal takes it.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def read_optional_text(value: Any) -> str | None:
    """Read a nullable text, for which an empty one means the same as none."""
    return read_text(value) or None


def read_flag(value: Any) -> bool:
    """Read a boolean: a JSON one, or the strings of the dealer-level resource ("yes"/"no", reference section 0)."""
    if isinstance(value, bool):
        return value
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    answer = known.get(str(value).strip().lower())
    if answer is None:
        raise UnreadableValueError(f"expected a boolean, got {quoted(value)}")
    return answer


def read_countries(value: Any) -> list[str] | None:
    """Read ``geo_list``: codes separated by spaces. Empty means the provider's default, that is ``None``."""
    texts = [read_text(item) for item in value] if isinstance(value, list) else [read_text(value)]
    codes = sorted({word.upper() for text in texts for word in re.split(r"[\s,;]+", text)} - {""})
    return ([ANY_COUNTRY] if ANY_COUNTRY in codes else codes) or None


# --- checking ------------------------------------------------------------------------------------------------------


def check_id(option: str, value: Any) -> int:
    """Return a positive integer."""
    try:
        return read_id(value)
    except UnreadableValueError:
        raise OptionError(option, f"{quoted(value)} is not an id", hint="Ids are positive whole numbers") from None


def check_ids(option: str, values: Sequence[Any]) -> list[int]:
    """Return ids as a sorted list; a repeated one is an error."""
    ids = [check_id(f"{option}[{index}]", value) for index, value in enumerate(values)]
    doubles = sorted({number for number in ids if ids.count(number) > 1})
    if doubles:
        verb = "is" if len(doubles) == 1 else "are"
        raise OptionError(option, f"{_join(doubles)} {verb} listed more than once", hint="List every extension once")
    return sorted(ids)


def check_percent(option: str, value: Any) -> int:
    """Return a whole number from 0 to 100."""
    number = check_count(option, value)
    if number > 100:
        raise OptionError(option, f"{quoted(value)} is not a percentage", hint="Give a whole number from 0 to 100")
    return number


def check_count(option: str, value: Any) -> int:
    """Return a whole number of at least 0."""
    try:
        number = read_int(value)
    except UnreadableValueError:
        number = -1
    if number < 0:
        raise OptionError(option, f"{quoted(value)} is not usable here", hint="Give a whole number of 0 or more")
    return number


def check_text(option: str, value: Any) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise OptionError(option, "is empty", hint=f"Give a value, or name {option} in reset where that is possible")
    return value


def check_email(option: str, value: Any) -> str:
    """Return an e-mail address (or several, separated by commas), checked for shape only."""
    text = check_text(option, value).strip()
    for address in re.split(r"[,;]\s*", text):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
            raise OptionError(
                option, f"{quoted(address)} is not an e-mail address", hint="Write it as name@example.org"
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
        raise OptionError(option, f"{quoted(text)} is not a URL", hint="Write it as https://host/path")
    return text


def check_flag(option: str, value: Any) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        raise OptionError(option, f"{quoted(value)} is not a boolean", hint="Give true or false")
    return value


def check_countries(option: str, values: Sequence[Any]) -> list[str]:
    """Return country codes as a sorted list of upper-case ISO 3166-1 alpha-2 codes, or ``['*']``."""
    if not values:
        raise OptionError(
            option, "an empty list is ambiguous", hint=f"To return to the provider's default, write reset: [{option}]"
        )
    codes = []
    for index, value in enumerate(values):
        code = str(value).strip().upper()
        if code != ANY_COUNTRY and code not in COUNTRY_CODES:
            raise OptionError(f"{option}[{index}]", f"{quoted(value)} is not a country", hint=_country_hint(code))
        codes.append(code)
    if len(set(codes)) < len(codes):
        raise OptionError(option, "a country is listed more than once", hint="List every country once")
    if ANY_COUNTRY in codes and len(codes) > 1:
        raise OptionError(option, "'*' means every country and stands alone", hint="Write ['*'], or only the countries")
    return sorted(codes)


def _country_hint(code: str) -> str:
    if code == _YAML_FALSE:
        return 'YAML reads an unquoted NO as a boolean: write "NO" in quotes for Norway'
    if code == "UK":
        return "The ISO 3166-1 code of the United Kingdom is GB"
    near = get_close_matches(code, sorted(COUNTRY_CODES), n=3, cutoff=0.5)
    suggestion = f" (near: {', '.join(near)})" if near else ""
    return f"Use two-letter ISO 3166-1 codes such as RU or BY, or '*' for every country{suggestion}"


def check_timezone(option: str, value: Any) -> str:
    """Return the name of an IANA zone, or "UTC".

    Where the machine has no time-zone data at all, any name is passed on and the API judges it.
    """
    import zoneinfo  # here: its start-up cost would be paid by every run

    text = check_text(option, value)
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        if text == "UTC" or not known:
            return text
        raise OptionError(
            option, f"{quoted(text)} is not a time zone", hint=_timezone_hint(text, sorted(known))
        ) from None
    return text


def has_timezones() -> bool:
    """Whether this machine has time-zone data, without which no name of a zone is checked."""
    import zoneinfo  # here: its start-up cost would be paid by every run

    return bool(zoneinfo.available_timezones())


def _timezone_hint(text: str, known: Sequence[str]) -> str:
    offset = re.fullmatch(r"(?:(?:UTC|GMT)?([+-])0?(\d{1,2})(?::?00)?|(MSK)(?:\+(\d{1,2}))?)", text.strip().upper())
    if offset is not None:
        hours = 3 + int(offset[4] or 0) if offset[3] else int(f"{offset[1]}{offset[2]}")
        if hours in _ZONES:
            return f"Write {_ZONES[hours]}: a zone has the IANA name of a place, not an offset"
    near = get_close_matches(text, known, n=3, cutoff=0.6)
    suggestion = f"; did you mean {', '.join(near)}" if near else ""
    return f"Use an IANA name such as Europe/Moscow, or UTC{suggestion}"


def same_zone(one: Any, other: Any) -> bool:
    """Return whether two names mean one time zone: equal ones, and those with the same clock at all times, as the links
    Europe/Kiev and Europe/Kyiv. Where the machine has no data of a zone, its name counts."""
    return bool(one == other) or (one is not None and other is not None and _clock(one) == _clock(other))


@lru_cache(maxsize=64)
def _clock(name: str) -> Any:
    """Return what the clock of a zone shows each month from 1850 to 2040; the name where there is no data."""
    import zoneinfo  # here: its start-up cost would be paid by every run

    try:
        zone = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return name
    moments = (datetime(year, month, 1, tzinfo=zone) for year in range(1850, 2040) for month in range(1, 13))
    return [(moment.utcoffset(), moment.tzname()) for moment in moments]


def check_choice(choices: Sequence[str]) -> Callable[[str, Any], str]:
    """Return a check that admits only ``choices``."""

    def check(option: str, value: Any) -> str:
        if value not in choices:
            raise OptionError(option, f"{quoted(value)} is not possible", hint=f"Use one of {_join(choices)}")
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
