# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window through which tests and the control API look at the state, and change it behind the API's back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator import fields
from simulator.model import Client, Extension, Registration
from simulator.seed import registration_from
from simulator.state import Store


class StateError(LookupError):
    """A test named an object or a field that is not there."""


@dataclass(frozen=True, slots=True)
class ClientView:
    """A copy of one client: ``settings`` is the client resource, ``dealer`` the dealer-level one."""

    id: int
    prefix: str
    status: str
    settings: dict[str, Any]
    dealer: dict[str, Any]
    extension_ids: list[int]


class State:
    """Thread-safe reading and editing. Everything returned is a copy; edits go past the API's rules and journal."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Reading

    def client(self, client_id: int) -> ClientView:
        """The client; raises StateError."""
        with self._store.lock:
            client = self._client(client_id)
            return ClientView(
                client.id,
                client.prefix,
                client.status,
                client.record(),
                client.dealer_record(),
                sorted(client.extension_ids),
            )

    def extension(self, extension_id: int) -> dict[str, Any]:
        """The extension resource; raises StateError."""
        with self._store.lock:
            extension = self._extension(extension_id)
            return extension.record(self._store.clients[extension.client_id])

    def phone(self, extension_id: int) -> dict[str, Any]:
        """The phone resource, SIP password included; raises StateError."""
        with self._store.lock:
            return self._extension(extension_id).phone_record()

    def bundle(self, extension_id: int) -> list[int]:
        """The members of the bundle whose main extension this is, in stored order; empty without a bundle."""
        with self._store.lock:
            return list(self._extension(extension_id).members)

    def main_of(self, extension_id: int) -> int | None:
        """The main extension that this one is associated with, if any."""
        with self._store.lock:
            return self._extension(extension_id).main_id

    def registrations(self, extension_id: int) -> list[dict[str, Any]]:
        """The listed registrations, live or (when ``registered`` says no) expired ones."""
        with self._store.lock:
            self._store.let_return()
            return [entry.record() for entry in self._extension(extension_id).registrations]

    def registered(self, extension_id: int) -> bool:
        """Whether the listed registrations are live."""
        with self._store.lock:
            self._store.let_return()
            return self._extension(extension_id).registered

    # Editing

    def pass_time(self, seconds: float) -> None:
        """Let that time pass for the devices that the switch reregister has register again."""
        self._store.pass_time(seconds)

    def set_client(self, client_id: int, *, status: str | None = None, **values: Any) -> None:
        """Change settings of a client, read-only ones too, or its status."""
        with self._store.lock:
            client = self._client(client_id)
            if status is not None and status != client.status:
                client.status = self._checked(fields.DEALER_CLIENT, {"status": status})["status"]
                self._store.revision += 1
            table = {**fields.CLIENT, **fields.CALL_INTERACTIVE}
            for fixed in ("id", "prefix", "extension_len"):
                if fixed in values:
                    raise StateError(f"{fixed} of a client cannot change")
            self._store.assign(client.settings, table, self._checked(table, values))

    def set_extension(self, extension_id: int, **values: Any) -> None:
        """Change fields of one extension; nothing spreads to its bundle."""
        with self._store.lock:
            extension = self._extension(extension_id)
            for fixed in ("id", "client_id", "name", "type"):
                if fixed in values:
                    raise StateError(f"{fixed} of an extension cannot change")
            self._store.assign(extension.values, fields.EXTENSION_ALL, self._checked(fields.EXTENSION_ALL, values))

    def set_phone(self, extension_id: int, **values: Any) -> None:
        """Change fields of one phone; nothing spreads to its bundle."""
        with self._store.lock:
            extension = self._extension(extension_id)
            self._store.assign(extension.phone, fields.PHONE_ALL, self._checked(fields.PHONE_ALL, values))

    def set_bundle(self, extension_id: int, members: Sequence[int]) -> None:
        """Make *members* the list of this main extension; they leave other bundles. No values are copied."""
        with self._store.lock:
            main = self._extension(extension_id)
            if extension_id in members or len(set(members)) != len(members):
                raise StateError("a bundle has each member once, and not its main extension")
            for extension in [main, *(self._extension(member) for member in members)]:
                if extension.main_id is not None and extension.main_id != main.id:
                    other = self._store.extensions[extension.main_id]
                    self._store.link(other, [entry for entry in other.members if entry != extension.id])
                if extension is not main and extension.members:
                    self._store.link(extension, [])
            self._store.link(main, members)

    def set_registrations(
        self, extension_id: int, registrations: Sequence[Mapping[str, Any]] = (), registered: bool | None = None
    ) -> None:
        """Replace the registrations; missing keys get plausible values. ``registered`` follows the list by default.

        Devices that were dropped before come back no more.
        """
        with self._store.lock:
            extension = self._extension(extension_id)
            self._store.forget_returns(extension)
            entries: list[Registration] = [registration_from(self._store, extension, entry) for entry in registrations]
            self._store.set_registrations(extension, entries, bool(entries) if registered is None else registered)

    def add_extension(self, client_id: int, number: str, extension_id: int, kind: str = "phone") -> None:
        """Create an extension with default values; ``kind`` is its ``type``."""
        with self._store.lock:
            self._client(client_id)
            if extension_id in self._store.extensions:
                raise StateError(f"there is an extension {extension_id} already")
            self._store.add_extension(Extension(extension_id, client_id, number, kind))

    def remove_extension(self, extension_id: int) -> None:
        """Delete an extension."""
        with self._store.lock:
            self._store.remove_extension(self._extension(extension_id))

    def set_application(self, application_id: str, **values: Any) -> None:
        """Change a seeded application: blocked, access, access_level, secret and so on."""
        with self._store.lock:
            application = self._store.applications.get(application_id)
            if application is None:
                raise StateError(f"no application {application_id!r}")
            for name, value in values.items():
                if not hasattr(application, name) or name in ("id", "account"):
                    raise StateError(f"an application has no {name!r} to set")
                setattr(application, name, value)

    # Helpers

    def _client(self, client_id: int) -> Client:
        if client_id not in self._store.clients:
            raise StateError(f"no client {client_id}")
        return self._store.clients[client_id]

    def _extension(self, extension_id: int) -> Extension:
        if extension_id not in self._store.extensions:
            raise StateError(f"no extension {extension_id}")
        return self._store.extensions[extension_id]

    @staticmethod
    def _checked(table: Mapping[str, fields.Field], values: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in values.items():
            if name not in table:
                raise StateError(f"no field {name!r}; the fields are: {', '.join(table)}")
            problem = table[name].problem(value)
            if problem:
                raise StateError(problem)
        return {name: table[name].stored(value) for name, value in values.items()}
