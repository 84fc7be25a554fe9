# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store: every client, extension, bundle and registration of the simulated provider, behind one lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulator import fields
from simulator.model import Application, Client, Extension, Registration


class Store:
    """The whole state. ``revision`` grows with every real change; an edit that changes nothing leaves it.

    Callers hold ``lock`` around a read or an edit: requests are served in one thread, tests look in from another.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.revision = 0
        self.started = time.monotonic()
        self.clients: dict[int, Client] = {}
        self.extensions: dict[int, Extension] = {}
        self.applications: dict[str, Application] = {}
        self._registration_number = 0
        self._returns: list[tuple[float, int, Registration]] = []
        self._listed: dict[tuple[Any, ...], list[Extension]] = {}
        self._listed_at = -1

    # Reading

    def extension_by_number(self, client: Client, number: str) -> Extension | None:
        """The client's extension with that bare number, if there is one."""
        for extension_id in client.extension_ids:
            extension = self.extensions[extension_id]
            if extension.number == number:
                return extension
        return None

    def extensions_of(self, client: Client, filters: Iterable[tuple[str, str]] = ()) -> Sequence[Extension]:
        """The client's extensions by ascending id: those of that ``type``, ``status`` and group.

        The list is kept until anything changes, so that reading many pages of it does not go through all for each.
        """
        wanted = tuple(filters)
        if self._listed_at != self.revision:
            self._listed.clear()
            self._listed_at = self.revision
        key = (client.id, *wanted)
        if key not in self._listed:
            found = [self.extensions[extension_id] for extension_id in sorted(client.extension_ids)]
            for name, value in wanted:
                found = [extension for extension in found if getattr(extension, name) == value]
            self._listed[key] = found
        return self._listed[key]

    def group(self, extension: Extension) -> list[Extension]:
        """All extensions bundled with *extension*, itself and the main one included; just itself without a bundle."""
        main = self.extensions[extension.main_id] if extension.main_id is not None else extension
        return [main, *(self.extensions[member] for member in main.members)]

    # Editing

    def add_client(self, client: Client) -> None:
        """Store a new client."""
        self.clients[client.id] = client
        self.revision += 1

    def add_extension(self, extension: Extension) -> None:
        """Store a new extension under its client."""
        self.extensions[extension.id] = extension
        self.clients[extension.client_id].extension_ids.append(extension.id)
        self.revision += 1

    def remove_extension(self, extension: Extension) -> None:
        """Forget an extension; its bundle loses it, and a bundle whose main one goes is dissolved."""
        if extension.main_id is not None:
            self.extensions[extension.main_id].members.remove(extension.id)
        self.link(extension, [])
        self.forget_returns(extension)
        self.clients[extension.client_id].extension_ids.remove(extension.id)
        del self.extensions[extension.id]
        self.revision += 1

    def remove_client(self, client: Client) -> None:
        """Forget a client and its extensions."""
        for extension_id in list(client.extension_ids):
            self.forget_returns(self.extensions[extension_id])
            del self.extensions[extension_id]
        del self.clients[client.id]
        self.revision += 1

    def assign(self, values: dict[str, Any], table: Mapping[str, fields.Field], new: Mapping[str, Any]) -> None:
        """Write *new* into the sparse *values* of a resource with that field table."""
        for name, value in new.items():
            default = table[name].default
            if values.get(name, default) != value:
                self.revision += 1
            if value == default and type(value) is type(default):
                values.pop(name, None)
            else:
                values[name] = value

    def link(self, main: Extension, members: Iterable[int]) -> None:
        """Make *members*, in that order, the whole list of *main*. Checks nothing and copies no values."""
        wanted = list(members)
        if main.members == wanted:
            return
        for member in main.members:
            self.extensions[member].main_id = None
        for member in wanted:
            self.extensions[member].main_id = main.id
        main.members = wanted
        self.revision += 1

    def set_registrations(self, extension: Extension, entries: list[Registration], registered: bool) -> None:
        """Replace the registrations of an extension."""
        if extension.registrations != entries or extension.registered != registered:
            self.revision += 1
        extension.registrations = entries
        extension.registered = registered

    def return_later(self, extension: Extension, devices: Iterable[Registration], seconds: float) -> None:
        """Have dropped devices register again after that time; :meth:`let_return` does it."""
        due = time.monotonic() + seconds
        self._returns += [(due, extension.id, device) for device in devices]

    def let_return(self) -> None:
        """Register the devices whose time has come, each under a new id. To be called before registrations are read."""
        if not self._returns:
            return
        now, waiting = time.monotonic(), self._returns
        self._returns = [entry for entry in waiting if entry[0] > now]
        for due, extension_id, device in waiting:
            if due <= now:
                extension = self.extensions[extension_id]
                live = extension.registrations if extension.registered else []  # expired ones are listed no more
                again = replace(device, registration_id=self.new_registration_id())
                self.set_registrations(extension, [*live, again], True)

    def pass_time(self, seconds: float) -> None:
        """Let that time pass for the devices that are to register again."""
        with self.lock:
            self._returns = [(due - seconds, extension_id, device) for due, extension_id, device in self._returns]

    def forget_returns(self, extension: Extension) -> None:
        """Let no dropped device of this extension come back."""
        self._returns = [entry for entry in self._returns if entry[1] != extension.id]

    def new_registration_id(self) -> str:
        """An id that no device had before."""
        self._registration_number += 1
        return f"uloc-{0x5A000000 + self._registration_number * 7919:08x}-{self._registration_number % 0xFFFF:04x}-001"

    # Whole

    def snapshot(self) -> dict[str, Any]:
        """The state as plain data: equal snapshots mean that nothing a client could read has changed.

        Tokens, counters and the time left on registrations are not part of it.
        """
        with self.lock:
            self.let_return()
            return {
                "clients": {
                    client.id: {**client.record(), "dealer": client.dealer_record()} for client in self.clients.values()
                },
                "extensions": {
                    extension.id: extension.record(self.clients[extension.client_id])
                    for extension in self.extensions.values()
                },
                "phones": {
                    extension.id: extension.phone_record()
                    for extension in self.extensions.values()
                    if extension.type == "phone"
                },
                "bundles": {
                    extension.id: sorted(extension.members)
                    for extension in self.extensions.values()
                    if extension.members
                },
                "registrations": {
                    extension.id: extension.info()
                    for extension in self.extensions.values()
                    if extension.registered or extension.registrations
                },
            }

    def replace(self, other: Store) -> None:
        """Take over everything that *other* holds."""
        with self.lock:
            self.clients, self.extensions, self.applications = other.clients, other.extensions, other.applications
            self._registration_number, self._returns = other._registration_number, []
            self.started = time.monotonic()
            self.revision += 1
