# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random clients of many shapes, and what an export has to say of each; the same number gives the same clients.

The expected values are drawn together with the seed, independent of the collection.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DEALER = {
    "id": "dealer-application",
    "secret": "dealer-secret-0123456789abcd",
    "dealer_id": 7,
    "rate_limit": 10**9,
}
FIRST_CLIENT, FIRST_EXTENSION = 900_001, 5_000_001

# Whatever a person may have entered; one that were taken for a template would be another value, or fail the task.
TEMPLATES = (
    "{{7*7}}",
    "{{undefined_name}}",
    "{%raw%}",
    "{{lookup('pipe')}}",
    "{#comment#}",
    "}}{{",
)
_NAMES = ("Romashka", "Ромашка & Ко", 'O\'Neill "GmbH"', "  ", "# no comment", "null", "010", "日本", *TEMPLATES)

_UNSET = object()
_EMAILS: tuple[tuple[Any, bool], ...] = (
    (None, True),
    ("office@example.net", True),
    ("почта@пример.рф", True),
    ("'quoted'#1@example.net", True),
    ("yes@no.on", True),
    *((f"{text}@example.net", True) for text in TEMPLATES[:5]),
    ("office@localhost", False),
    ("office@example.", False),
    ("\u00a0office@example.net", False),
)
"""Values that the PBX may have, and whether the module for settings would take them as they are."""
_ZONES: tuple[tuple[Any, bool], ...] = (
    (_UNSET, True),
    ("Asia/Yekaterinburg", True),
    ("America/Argentina/Ushuaia", True),
    ("Etc/GMT+3", True),
    ("UTC", True),
    ("Europe/Moskow", False),
    ("Mars/Olympus", False),
)
_COUNTRIES: tuple[tuple[Any, bool], ...] = (
    (None, True),
    ("*", True),
    ("RU", True),
    ("RU BY", True),
    ("NO", True),
    ("KZ RU BY AM", True),
    ("XX", False),
    ("RU UK", False),
    ("ZZ RU", False),
)
_URLS: tuple[tuple[Any, bool], ...] = (
    (None, True),
    ("https://crm.example.net/call?to={to}&x=%20", True),
    ("https://crm.example.net/{{number}}", True),
    ("https://crm.example.net/{%if%}", True),
    ("http://[2001:db8::1]:8080/", True),
    ("crm.example.net", False),
    ("https://crm.example.net/ ", False),
    ("{{url}}", False),
)
_IDS: tuple[tuple[Any, bool], ...] = ((None, True), (1, True), (7, True), (2**53 - 1, True))
_SHARES: tuple[tuple[Any, bool], ...] = ((None, True), (0, True), (80, True), (100, True))

_POOLS: Mapping[str, Sequence[tuple[Any, bool]]] = {
    # The first value of each is that of a client without any setting.
    "dial_rule_id": _IDS,
    "disk_space_notify_email": _EMAILS,
    "disk_space_notify_threshold": _SHARES,
    "geo_list": _COUNTRIES,
    "hold_music": _IDS,
    "sip_network_permission_id": _IDS,
    "timezone": _ZONES,
    "call_interactive_method": ((_UNSET, True), ("GET", True), ("POST", True)),
    "call_interactive_out_call": ((_UNSET, True), (True, True), (False, True)),
    "call_interactive_timeout": ((None, True), (0, True), (30, True)),
    "call_interactive_url": _URLS,
}
DEFAULTS = {"timezone": "Europe/Moscow", "call_interactive_method": "GET", "call_interactive_out_call": False}
DEPLOYMENT = "call_interactive_"
"""How the names of settings begin that only some deployments have."""

_TYPES = ("phone",) * 8 + ("ivr", "queue", "fax", "conference")
_SIZES = (0, 1, 2, 4, 6, 8, 8, 10, 14)


@dataclass(frozen=True)
class RandomClient:
    """A client as it is seeded, and what its file has to hold.

    ``settings`` are those in the file, without ``reset``; ``reset`` are the names of those with the provider's default;
    ``left_out`` are those with values that no task could set. ``bundles`` are the members of each main extension, by
    id.
    """

    seed: Mapping[str, Any]
    settings: Mapping[str, Any]
    reset: frozenset[str]
    left_out: frozenset[str]
    bundles: Mapping[int, frozenset[int]] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The client's id."""
        return int(self.seed["id"])

    @property
    def numbers(self) -> dict[int, str]:
        """The last part of the name of each extension, by its id."""
        return {entry["id"]: entry["number"].rpartition("*")[2] for entry in self.seed["extensions"]}

    def means_one(self, extension_id: int) -> bool:
        """Whether the number of an extension means it alone, and is long enough for a number."""
        number = self.numbers[extension_id]
        return len(number) > 1 and Counter(self.numbers.values())[number] == 1

    def by_number(self, main: int) -> bool:
        """Whether a bundle can be written in numbers."""
        return all(self.means_one(extension_id) for extension_id in (main, *self.bundles[main]))


def random_clients(count: int, number: int = 0) -> list[RandomClient]:
    """Return clients; another ``number`` gives other ones."""
    draw = random.Random(f"clients {number}")
    clients = []
    first = FIRST_EXTENSION
    for place in range(count):
        clients.append(_client(draw, FIRST_CLIENT + place, first))
        first += len(clients[-1].seed["extensions"])
    return clients


def seed_of(clients: Sequence[RandomClient]) -> dict[str, Any]:
    """Return the seed that a dealer has these clients in."""
    return {"applications": [DEALER], "clients": [client.seed for client in clients]}


def _client(draw: random.Random, client_id: int, first: int) -> RandomClient:
    length = draw.choice((2, 3, 3, 3, 4, 5))
    extensions = _extensions(draw, length, first)
    phones = [entry["id"] for entry in extensions if entry["type"] == "phone"]
    bundles = _bundles(draw, phones)
    seeded: dict[str, Any] = {"name": draw.choice(_NAMES)}
    settings: dict[str, Any] = {}
    reset, left_out = set(), set()
    untouched = draw.random() < 0.05
    for name, pool in _POOLS.items():
        value, good = pool[0] if untouched else draw.choice(pool)
        if value is not _UNSET:
            seeded[name] = value
        known = DEFAULTS.get(name) if value is _UNSET else value
        if known is None:
            reset.add(name)
        elif good:
            settings[name] = sorted(known.split()) if name == "geo_list" else known
        else:
            left_out.add(name)
    seed = {
        "id": client_id,
        "prefix": f"{client_id:0{draw.choice((6, 8))}d}"[-draw.choice((4, 6)) :],
        "extension_len": length,
        "settings": seeded,
        "extensions": extensions,
        "bundles": {main: draw.sample(sorted(members), len(members)) for main, members in bundles.items()},
    }
    return RandomClient(seed, settings, frozenset(reset), frozenset(left_out), bundles)


def _extensions(draw: random.Random, length: int, first: int) -> list[dict[str, Any]]:
    """Numbers of one length, some with zeros in front; in some clients a few that are older than its rules."""
    count = draw.choice(_SIZES)
    numbers = [f"{number:0{length}d}" for number in draw.sample(range(10**length), count)]
    if count > 2 and draw.random() < 0.35:
        numbers[draw.randrange(count)] = draw.choice(("5", "0", "77777", str(10 ** (length % 3 + 2) - 1)))
    if count > 2 and draw.random() < 0.35:
        # The same number twice: below two prefixes, or plainly.
        one, other = draw.sample(range(count), 2)
        numbers[one] = draw.choice((f"0099*{numbers[other]}", numbers[other]))
    ids = draw.sample(range(first, first + count), count)
    return [_extension(draw, extension_id, number) for extension_id, number in zip(ids, numbers, strict=True)]


def _extension(draw: random.Random, extension_id: int, number: str) -> dict[str, Any]:
    return {
        "id": extension_id,
        "number": number,
        "type": draw.choice(_TYPES),
        "status": draw.choice(("active", "active", "blocked")),
        "label": draw.choice((None, *_NAMES)),
        "caller_id_name": draw.choice((None, *_NAMES)),
    }


def _bundles(draw: random.Random, phones: Sequence[int]) -> dict[int, frozenset[int]]:
    rest = draw.sample(sorted(phones), len(phones))
    bundles = {}
    while len(rest) > 1 and draw.random() < 0.7:
        size = draw.randint(1, min(4, len(rest) - 1))
        bundles[rest[0]] = frozenset(rest[1 : size + 1])
        rest = rest[size + 1 :]
    return bundles
