# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the API as typed values, read from JSON. Pure.

Each reader raises :class:`.kinds.UnreadableValueError` for data that is not such an object, so that an invalid response
never counts as a state. Accepted variants follow the reference: ids as numbers, strings or objects (section 4), one
RegInfo or a list (section 3). Unknown keys are ignored.
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
"""Maximum characters of a text from a device. Longer ones are shortened, so that the registration can be removed."""

PHONE_TYPE = "phone"
"""The type of the extensions that register devices and can be in a bundle."""

JsonValue = Any
"""A result of ``json.loads``."""


@dataclass(frozen=True)
class Client:
    """A client (reference section 2.1); ``values`` are its normalised fields that the deployment has."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, data: JsonValue) -> Client:
        """Read the response to ``GET`` or ``PUT /client/{client_id}/client/``."""
        known = fields.read_fields(fields.CLIENT, _mapping(data, "a client"))
        if known.get("id") is None:
            raise UnreadableValueError("the client has no id")
        return cls(known)

    def settings(self) -> dict[str, Any]:
        """Return the writable fields of this deployment."""
        return {name: value for name, value in self.values.items() if name in fields.CLIENT_SETTINGS}


@dataclass(frozen=True)
class Extension:
    """An extension (reference section 5) with its normalised fields."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, data: JsonValue) -> Extension:
        """Read one ExtensionItem."""
        known = fields.read_fields(fields.EXTENSION, _mapping(data, "an extension"))
        for name in ("id", "name", "type"):
            if known.get(name) is None:
                raise UnreadableValueError(f"the extension has no {name}")
        return cls(known)

    @property
    def id(self) -> int:
        """The API's id."""
        return int(self.values["id"])

    @property
    def type(self) -> str:
        """``phone``, ``ivr``, ``queue``, ``fax``, ``conference`` or another type."""
        return str(self.values["type"])

    @property
    def number(self) -> str:
        """The number: the part of the name after the last ``*``, without domain."""
        return str(self.values["name"]).split("@", 1)[0].rsplit("*", 1)[-1]


@dataclass(frozen=True)
class Phone:
    """The values of a phone terminal that a bundle synchronises (reference section 6)."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, data: JsonValue) -> Phone:
        """Read the response to ``GET /extension/{extension_id}/phone/``, without the SIP password."""
        known = fields.read_fields(fields.PHONE, _mapping(data, "a phone"))
        if not known:
            raise UnreadableValueError("the phone has no documented field")
        return cls(known)


@dataclass(frozen=True)
class Bundle:
    """A bundle (reference section 4): the id of its main extension, and its members' ids, sorted.

    ``bundle_id`` is ``None`` if the response does not have it.
    """

    bundle_id: int | None
    bundle_list: tuple[int, ...]

    @classmethod
    def read(cls, data: JsonValue) -> Bundle:
        """Read the response to a bundle request."""
        body = _mapping(data, "a bundle")
        members = body.get("bundle_list")
        if not isinstance(members, list):
            raise UnreadableValueError("the bundle has no bundle_list")
        main = body.get("bundle_id")
        return cls(read_id(main) if main else None, tuple(sorted({read_id(member) for member in members})))


@dataclass(frozen=True)
class Registration:
    """One SIP registration (reference section 3). ``registration_id`` changes whenever the device registers again."""

    registration_id: str
    device: str
    real_address: str
    contact_address: str
    expires: int | str | None = None

    @classmethod
    def read(cls, data: JsonValue) -> Registration:
        """Read one element of ``registrations``; ``device`` may be any JSON value (object in the documentation)."""
        body = _mapping(data, "a registration")
        identifier = body.get("registration_id")
        if not isinstance(identifier, (str, int)) or isinstance(identifier, bool) or not _addressable(str(identifier)):
            raise UnreadableValueError("a registration without valid registration_id")
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
        """The source IP address of the request."""
        return address_of(self.real_address)

    def lasting(self) -> dict[str, str]:
        """Return the values to compare and to show in changes: all except id and expiry."""
        return {"device": self.device, "real_address": self.real_address, "contact_address": self.contact_address}

    def as_dict(self) -> dict[str, Any]:
        """Return all documented fields."""
        return {**self.lasting(), "expires": self.expires, "registration_id": self.registration_id}


@dataclass(frozen=True)
class RegistrationInfo:
    """RegInfo (reference section 3). If ``registered`` is false, the listed registrations have expired."""

    extension_id: int
    registered: bool
    registrations: tuple[Registration, ...]

    @classmethod
    def read(cls, data: JsonValue, extension_id: int | None = None) -> RegistrationInfo:
        """Read one RegInfo; ``extension_id`` is the default if it has none."""
        body = _mapping(data, "the registrations of an extension")
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
    def read_block(cls, data: JsonValue) -> list[RegistrationInfo]:
        """Read the response to a block query (a list, or one object for a block of one); sort by extension."""
        infos = [cls.read(item) for item in (data if isinstance(data, list) else [data])]
        return sorted(infos, key=lambda info: info.extension_id)

    @property
    def live(self) -> tuple[Registration, ...]:
        """The registrations that have not expired."""
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
    """Return whether an id is a safe path segment: with ``..`` a request would address all registrations."""
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


def _mapping(data: JsonValue, what: str) -> Mapping[str, JsonValue]:
    if not isinstance(data, Mapping):
        raise UnreadableValueError(f"expected {what}, got {type(data).__name__}")
    return data
