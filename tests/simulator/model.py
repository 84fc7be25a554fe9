# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated provider stores. Field values are sparse: only what differs from the default of its field."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from simulator import fields


@dataclass(slots=True)
class Registration:
    """One registered device. ``expires`` is the length of its lease in seconds; responses show what is left of it."""

    registration_id: str
    contact_address: str
    real_address: str
    device: str
    expires: int = 699

    def record(self) -> dict[str, Any]:
        """The documented names."""
        return {
            "contact_address": self.contact_address,
            "device": self.device,
            "expires": self.expires,
            "real_address": self.real_address,
            "registration_id": self.registration_id,
        }


@dataclass(slots=True)
class Extension:
    """An internal number with its phone, its place in a bundle and its registrations.

    ``main_id`` is set on an associated extension, ``members`` (in the order given) on a main one; never both.
    """

    id: int
    client_id: int
    number: str
    type: str = "phone"
    values: dict[str, Any] = field(default_factory=dict)
    phone: dict[str, Any] = field(default_factory=dict)
    main_id: int | None = None
    members: list[int] = field(default_factory=list)
    registered: bool = False
    registrations: list[Registration] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Active or blocked."""
        return str(self.values.get("status", fields.EXTENSION["status"].default))

    @property
    def extension_group_id(self) -> str:
        """The group as a query names it; empty without one."""
        return str(self.values.get("extension_group_id") or "")

    def record(self, client: Client) -> dict[str, Any]:
        """The extension resource: the 16 documented fields and the five newer ones."""
        record = {name: self.values.get(name, entry.default) for name, entry in fields.EXTENSION_ALL.items()}
        record.update(
            id=self.id,
            client_id=self.client_id,
            type=self.type,
            name=f"{client.prefix}*{self.number}",
            domain=client.settings.get("domain", fields.CLIENT["domain"].default),
        )
        return record

    def phone_record(self) -> dict[str, Any]:
        """The phone resource. A SIP password that is not set is derived from the id: stable, and unlike any other."""
        record = {name: self.phone.get(name, entry.default) for name, entry in fields.PHONE_ALL.items()}
        if record["password"] is None:
            record["password"] = "sip-" + hashlib.sha256(f"phone {self.id}".encode()).hexdigest()[:16]
        return record

    def info(self) -> dict[str, Any]:
        """The RegInfo of the documentation."""
        return {
            "extension_id": self.id,
            "registered": self.registered,
            "registrations": [entry.record() for entry in self.registrations],
        }


@dataclass(slots=True)
class Client:
    """A client of the provider. ``settings`` holds the client resource, ``dealer`` what only a dealer sees."""

    id: int
    prefix: str
    extension_len: int = 3
    status: str = "active"
    settings: dict[str, Any] = field(default_factory=dict)
    dealer: dict[str, Any] = field(default_factory=dict)
    extension_ids: list[int] = field(default_factory=list)
    dial_rules: frozenset[int] = frozenset()
    sounds: frozenset[int] = frozenset()
    extension_groups: frozenset[int] = frozenset()

    def record(self) -> dict[str, Any]:
        """The client resource: the 28 documented fields and the four call_interactive_* ones."""
        table = {**fields.CLIENT, **fields.CALL_INTERACTIVE}
        record = {name: self.settings.get(name, entry.default) for name, entry in table.items()}
        record.update(id=self.id, prefix=self.prefix, extension_len=self.extension_len)
        return record

    def dealer_record(self) -> dict[str, Any]:
        """The dealer-level resource."""
        record = {
            name: self.dealer.get(name, self.settings.get(name, entry.default))
            for name, entry in fields.DEALER_CLIENT.items()
        }
        record.update(id=self.id, prefix=self.prefix, extension_len=self.extension_len, status=self.status)
        return record


@dataclass(slots=True)
class Application:
    """An OAuth application and the user who created it: a token acts as that user.

    A client user has ``client_id``; a dealer user has ``dealer_id`` and sees the clients of that dealer.
    """

    id: str
    secret: str
    client_id: int | None = None
    dealer_id: int | None = None
    access_level: str = "all"
    access: str = "full"
    blocked: bool = False
    login: str = "user"
    password: str = ""
    user_id: int = 1
    rate_limit: int | None = None
    tokens: tuple[str, ...] = ()

    @property
    def account(self) -> str:
        """The account whose hourly quota this application shares."""
        return f"client {self.client_id}" if self.client_id is not None else f"dealer {self.dealer_id}"
