# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's objects as typed values, and how each is read from a JSON answer.

Pure. Every reader raises :class:`.values.UnreadableValueError` when the answer does not carry the object, so that a malformed
answer can never pass for a state. Tolerances rest on the reference: ids as numbers, strings or objects (section 4), one
RegInfo or a list (section 3), unknown keys ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import fields
from .addresses import Address, address_of
from .kinds import UnreadableValueError, read_flag, read_id
from .text import shortened

_LONGEST = 1000
"""Characters of what a device says about itself: everything beyond is cut, so that no device can keep its registration by it."""

PHONE_TYPE = "phone"
"""The type of the extensions that register devices and can be in a bundle."""

JsonValue = Any
"""Whatever ``json.loads`` returns."""


@dataclass(frozen=True)
class Client:
    """A client (reference section 2.1): its normalised fields; those that the deployment lacks are not in ``values``."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, answer: JsonValue) -> Client:
        """Read the answer of ``GET`` or ``PUT /client/{client_id}/client/``."""
        known = fields.read_fields(fields.CLIENT, _mapping(answer, "a client"))
        if known.get("id") is None:
            raise UnreadableValueError("a client without id")
        return cls(known)

    def settings(self) -> dict[str, Any]:
        """Return the writable fields that this deployment has."""
        return {name: value for name, value in self.values.items() if name in fields.CLIENT_SETTINGS}


@dataclass(frozen=True)
class Extension:
    """An internal number (reference section 5) by its normalised fields."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, answer: JsonValue) -> Extension:
        """Read one ExtensionItem."""
        known = fields.read_fields(fields.EXTENSION, _mapping(answer, "an extension"))
        for name in ("id", "name", "type"):
            if known.get(name) is None:
                raise UnreadableValueError(f"an extension without {name}")
        return cls(known)

    @property
    def id(self) -> int:
        """The API's id."""
        return int(self.values["id"])

    @property
    def type(self) -> str:
        """``phone``, ``ivr``, ``queue``, ``fax``, ``conference`` or another."""
        return str(self.values["type"])

    @property
    def number(self) -> str:
        """The number as people know it: the part of the name after the last ``*``, without domain."""
        return str(self.values["name"]).split("@", 1)[0].rsplit("*", 1)[-1]


@dataclass(frozen=True)
class Phone:
    """The values of a phone terminal that a bundle synchronises (reference section 6)."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, answer: JsonValue) -> Phone:
        """Read the answer of ``GET /extension/{extension_id}/phone/``; the SIP password is left behind."""
        known = fields.read_fields(fields.PHONE, _mapping(answer, "a phone"))
        if not known:
            raise UnreadableValueError("a phone without any documented field")
        return cls(known)


@dataclass(frozen=True)
class Bundle:
    """A bundle (reference section 4): the id of its main extension, and its members' ids, sorted.

    ``bundle_id`` is ``None`` when the answer did not say.
    """

    bundle_id: int | None
    bundle_list: tuple[int, ...]

    @classmethod
    def read(cls, answer: JsonValue) -> Bundle:
        """Read the answer of a bundle request."""
        body = _mapping(answer, "a bundle")
        members = body.get("bundle_list")
        if not isinstance(members, list):
            raise UnreadableValueError("a bundle without bundle_list")
        main = body.get("bundle_id")
        return cls(read_id(main) if main else None, tuple(sorted({read_id(member) for member in members})))


@dataclass(frozen=True)
class Registration:
    """One SIP registration (reference section 3). ``registration_id`` changes whenever the device registers anew."""

    registration_id: str
    device: str
    real_address: str
    contact_address: str
    expires: int | str | None = None

    @classmethod
    def read(cls, answer: JsonValue) -> Registration:
        """Read one element of ``registrations``; ``device`` may be any JSON value (documented as object, seen as text)."""
        body = _mapping(answer, "a registration")
        identifier = body.get("registration_id")
        if not isinstance(identifier, (str, int)) or isinstance(identifier, bool) or not _addressable(str(identifier)):
            raise UnreadableValueError("a registration without usable registration_id")
        expires = body.get("expires")
        return cls(
            str(identifier),
            _as_text(body.get("device")),
            _as_text(body.get("real_address")),
            _as_text(body.get("contact_address")),
            _as_expiry(expires),
        )

    @property
    def address(self) -> Address | None:
        """The IP address that the request really came from."""
        return address_of(self.real_address)

    def lasting(self) -> dict[str, str]:
        """Return what may be compared and shown in changes: everything but id and expiry."""
        return {"device": self.device, "real_address": self.real_address, "contact_address": self.contact_address}

    def as_dict(self) -> dict[str, Any]:
        """Return all documented fields."""
        return {**self.lasting(), "expires": self.expires, "registration_id": self.registration_id}


@dataclass(frozen=True)
class RegistrationInfo:
    """RegInfo (reference section 3). When ``registered`` is false, the listed registrations have expired."""

    extension_id: int
    registered: bool
    registrations: tuple[Registration, ...]

    @classmethod
    def read(cls, answer: JsonValue, extension_id: int | None = None) -> RegistrationInfo:
        """Read one RegInfo; ``extension_id`` stands in where the answer names none."""
        body = _mapping(answer, "the registrations of an extension")
        entries = body.get("registrations")
        entries = [] if entries is None else entries
        if "registered" not in body or not isinstance(entries, list):
            raise UnreadableValueError("registrations without registered or registrations")
        named = body.get("extension_id", extension_id)
        return cls(
            read_id(named),
            read_flag(body["registered"]),
            tuple(sorted((Registration.read(entry) for entry in entries), key=_order)),
        )

    @classmethod
    def read_block(cls, answer: JsonValue) -> list[RegistrationInfo]:
        """Read the answer to a block query: a list, or one object for a block of one, sorted by extension."""
        infos = [cls.read(item) for item in (answer if isinstance(answer, list) else [answer])]
        return sorted(infos, key=lambda info: info.extension_id)

    @property
    def live(self) -> tuple[Registration, ...]:
        """The registrations that are in force."""
        return self.registrations if self.registered else ()

    def as_dict(self) -> dict[str, Any]:
        """Return the object for a result."""
        return {
            "extension_id": self.extension_id,
            "registered": self.registered,
            "registrations": [entry.as_dict() for entry in self.registrations],
        }


def _order(entry: Registration) -> tuple[str, ...]:
    return (*entry.lasting().values(), entry.registration_id)


def _addressable(identifier: str) -> bool:
    """Whether an id can stand at the end of a path: a dot would lead out of it, from one registration to all of them."""
    return identifier not in ("", ".", "..") and identifier.isprintable() and len(identifier) <= _LONGEST


def _as_expiry(value: JsonValue) -> int | str | None:
    if isinstance(value, str):
        return _as_text(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18 else None


def _as_text(value: JsonValue) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return shortened(text if text.isascii() else text.encode("utf-8", "replace").decode(), _LONGEST)


def _mapping(answer: JsonValue, what: str) -> Mapping[str, JsonValue]:
    if not isinstance(answer, Mapping):
        raise UnreadableValueError(f"expected {what}, got {type(answer).__name__}")
    return answer
