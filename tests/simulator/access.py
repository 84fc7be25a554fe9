# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is asking, and what it may touch: tokens, users, clients and the two aliases of paths."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator import fields
from simulator.model import Application, Client, Extension

if TYPE_CHECKING:
    from simulator.world import World

_ID = re.compile(r"[1-9][0-9]{0,17}")
_ALIAS = re.compile(r"@[0-9]{1,10}")


@dataclass(slots=True)
class Token:
    """An access token: acts as the user of its application until ``ends`` (monotonic seconds; None: never)."""

    text: str
    application: Application
    ends: float | None
    refresh: str | None = None


class Tokens:
    """The tokens that are alive."""

    def __init__(self) -> None:
        self._alive: dict[str, Token] = {}
        self._refresh: dict[str, tuple[Application, Application]] = {}

    def issue(
        self,
        user: Application,
        lifetime: float | None,
        *,
        refreshable_by: Application | None = None,
        text: str | None = None,
    ) -> Token:
        """A new token that lives *lifetime* seconds; with a refresh token when an application may use one."""
        ends = None if lifetime is None else time.monotonic() + lifetime
        refresh = secrets.token_hex(15) if refreshable_by else None
        token = Token(text or secrets.token_hex(15), user, ends, refresh)
        self._alive[token.text] = token
        if refresh and refreshable_by:
            self._refresh[refresh] = (refreshable_by, user)
        return token

    def find(self, text: str | None) -> Token | None:
        """The living token with that text."""
        token = self._alive.get(text or "")
        if token is not None and token.ends is not None and token.ends <= time.monotonic():
            del self._alive[token.text]
            return None
        return token

    def take_refresh(self, text: str, application: Application) -> Application | None:
        """Use up a refresh token of that application; its user, or None for an unknown token."""
        owner, user = self._refresh.get(text, (None, None))
        if owner is not application:
            return None
        del self._refresh[text]
        return user

    def kill(self, text: str | None) -> None:
        """End one token before its time."""
        self._alive.pop(text or "", None)

    def kill_all(self, application: Application | None = None) -> int:
        """End every token, or those of one application; returns how many."""
        doomed = [
            token.text for token in self._alive.values() if application is None or token.application is application
        ]
        for text in doomed:
            del self._alive[text]
        return len(doomed)

    def clear(self) -> None:
        """Forget everything."""
        self._alive.clear()
        self._refresh.clear()


class Access:
    """What one request may reach. Every method raises a RefusalError where the service would return an error."""

    def __init__(self, world: World, application: Application) -> None:
        self._world = world
        self.application = application

    def check_user(self) -> None:
        """Refuse a blocked user, and every user of a blocked client."""
        client = self._world.store.clients.get(self.application.client_id or 0)
        if self.application.blocked or (client is not None and client.status == "blocked"):
            raise self._world.errors.denied("user_blocked")

    def check_levels(self, method: str) -> None:
        """Refuse what the access level of the application, then of the user, does not allow."""
        if self.application.access_level != "all":
            raise self._world.errors.denied("app_access_type_deny")
        if self.application.access != "full" and method != "GET":
            raise self._world.errors.denied("user_access_type_deny")

    def check_dealer(self) -> None:
        """Refuse everybody but a dealer."""
        if self.application.dealer_id is None:
            raise self._world.errors.denied("access_denied")

    def sees(self, client: Client) -> bool:
        """Whether this user may see the client."""
        if self.application.client_id is not None:
            return client.id == self.application.client_id
        dealer_id: int = client.dealer.get("dealer_id", fields.DEALER_CLIENT["dealer_id"].default)
        return dealer_id == self.application.dealer_id

    def client(self, text: str) -> Client:
        """The client that a path names by id or as @me."""
        if text == "@me":
            if self.application.client_id is None:
                raise self._world.errors.no_client()
            text = str(self.application.client_id)
        client = self._world.store.clients.get(int(text)) if _ID.fullmatch(text) else None
        if client is None:
            raise self._world.errors.no_client()
        if not self.sees(client):
            raise self._world.errors.denied("access_denied")
        return client

    def extension_of(self, client: Client, text: str) -> Extension:
        """The extension of *client* that a path names by id or as @number."""
        extension = self._named(client, text)
        if extension is None or extension.client_id != client.id:
            raise self._world.errors.no_extension()
        return extension

    def extension(self, text: str) -> Extension:
        """The extension that a path without a client names; @number means one of the user's own client."""
        own = self._world.store.clients.get(self.application.client_id or 0)
        extension = self._named(own, text)
        if extension is None:
            raise self._world.errors.no_extension()
        if not self.sees(self._world.store.clients[extension.client_id]):
            raise self._world.errors.denied("access_denied")
        return extension

    def client_of_group(self, text: str) -> Client:
        """The client whose group of extensions a path names by id."""
        store = self._world.store
        for client in store.clients.values() if _ID.fullmatch(text) else ():
            if int(text) in client.extension_groups or store.extensions_of(client, [("extension_group_id", text)]):
                if not self.sees(client):
                    raise self._world.errors.denied("access_denied")
                return client
        raise self._world.errors.not_found("Record not found")

    def visible(self) -> list[Extension]:
        """Every extension that this user sees, by ascending id."""
        store = self._world.store
        return [
            extension
            for _unused, extension in sorted(store.extensions.items())
            if self.sees(store.clients[extension.client_id])
        ]

    def _named(self, client: Client | None, text: str) -> Extension | None:
        store = self._world.store
        if _ALIAS.fullmatch(text):
            if client is None or self._world.switches["extension_alias"] != "served":
                return None
            return store.extension_by_number(client, text[1:])
        return store.extensions.get(int(text)) if _ID.fullmatch(text) else None
