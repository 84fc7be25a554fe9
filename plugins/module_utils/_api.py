# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented requests, one method each, typed in and out (reference sections 1.3 to 6).

Every method does exactly the requests that it names, and raises the errors of :mod:`.model.errors`; an answer that does
not carry the documented object raises BadResponseError. So does an object that names another owner than the one that was asked
for: ``client_id`` in all answers below ``/client/``, ``extension_id`` in those below ``/extension/``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any, TypeVar, Union
from urllib.parse import quote

from ._http.auth import Requester
from ._http.body import LIST, OBJECT
from ._http.response import Response
from ._http.run_context import RunContext
from ._model.extension_numbers import Directory
from ._model.kinds import UnreadableValueError, read_id
from ._model.objects import (
    Bundle,
    Client,
    Extension,
    Phone,
    RegistrationInfo,
)

ME = "@me"
"""Stands for the client of the application's user (reference section 0)."""
REGISTRATION_BLOCK = 100
"""How many extensions one block query names: keeps the URL near 2,000 characters (no limit is documented)."""
PER_PAGE = 100
MOST_PAGES = 1000
"""Pages of a list: a client has 10,000 extensions at most (numbers have four digits, reference section 2.1)."""

ClientId = Union[int, str]
T = TypeVar("T")


class Api:
    """The API as one run sees it.

    ``directories`` are the extensions of clients that earlier runs over the same connection read, and later ones will find;
    ``bundles`` are the bundles, as they were last read and not written since.
    """

    def __init__(
        self,
        requester: Requester,
        run: RunContext,
        directories: MutableMapping[ClientId, Directory] | None = None,
        bundles: MutableMapping[tuple[ClientId, int], Bundle] | None = None,
    ) -> None:
        self._requester = requester
        self.run = run
        self._directories: MutableMapping[ClientId, Directory] = {} if directories is None else directories
        self.known_bundles: MutableMapping[tuple[ClientId, int], Bundle] = {} if bundles is None else bundles
        self._fresh: set[ClientId] = set()
        self._stale: set[ClientId] = set()
        self._me: int | None = None  # the client that @me stands for, once an answer named it

    # --- client (reference section 2.1) ---

    def client(self, client_id: ClientId) -> Client:
        """``GET /client/{client_id}/client/``."""
        return _read(self._get(f"/client/{client_id}/client/"), partial(self._read_client, client_id))

    def update_client(self, client_id: ClientId, body: Mapping[str, Any]) -> Client | None:
        """``PUT /client/{client_id}/client/`` with some fields; ``None`` if the answer carries no whole client."""
        answer = self._send("PUT", f"/client/{client_id}/client/", body)
        return _read_if_there(answer, partial(self._read_client, client_id))

    # --- extensions and phones (reference sections 5 and 6) ---

    def extensions(self, client_id: ClientId, *, type: str | None = None, status: str | None = None) -> list[Extension]:
        """``GET /client/{client_id}/extension/``, page after page, sorted by id, filtered by ``type`` and ``status``.

        The end is a page that brings nothing new: neither a total nor the server's largest page is documented, so a
        short page proves nothing, and a server may ignore ``page`` (reference section 0.4). Raises BadResponseError where
        :data:`MOST_PAGES` pages, or a hundred extensions for each of them, are not all.
        """
        filters = [(name, value) for name, value in (("status", status), ("type", type)) if value]
        found: dict[int, Extension] = {}
        page = 1
        while True:
            query = [*filters, ("page", str(page)), ("per_page", str(PER_PAGE))]
            answer = self._get(f"/client/{client_id}/extension/", query, most=LIST)
            fresh = [item for item in _read(answer, partial(self._read_extensions, client_id)) if item.id not in found]
            if not fresh:
                return [found[key] for key in sorted(found)]
            found.update((item.id, item) for item in fresh)
            if page == MOST_PAGES or len(found) > MOST_PAGES * PER_PAGE:
                raise answer.bad(
                    f"page {page:,} still brings new extensions, {len(found):,} so far, so the list has no end"
                )
            page += 1

    def directory(self, client_id: ClientId, *, anew: bool = False) -> Directory:
        """Return all extensions of a client: those of an earlier run, or what :meth:`extensions` reads.

        With ``anew`` those of an earlier run do not do: somebody asks for all that there are now.
        """
        if client_id not in self._directories or (anew and client_id not in self._fresh):
            self._directories[client_id] = Directory(tuple(self.extensions(client_id)))
            self._fresh.add(client_id)
        elif client_id not in self._fresh:
            self._stale.add(client_id)
        return self._directories[client_id]

    def is_fresh(self, client_id: ClientId) -> bool:
        """Return whether this run itself read the extensions of the client."""
        return client_id in self._fresh

    def forget_stale(self) -> bool:
        """Forget the extensions that this run took from an earlier one; returns whether looking anew may thus help."""
        for client_id in self._stale:
            self._directories.pop(client_id, None)
        found = bool(self._stale)
        self._stale.clear()
        return found

    def extension(self, client_id: ClientId, extension_id: int) -> Extension:
        """``GET /client/{client_id}/extension/{extension_id}``."""
        answer = self._get(f"/client/{client_id}/extension/{extension_id}")
        return _read(answer, partial(self._read_extension, client_id, extension_id))

    def phone(self, extension_id: int) -> Phone:
        """``GET /extension/{extension_id}/phone/``."""
        return _read(self._get(f"/extension/{extension_id}/phone/"), partial(_read_phone, extension_id))

    # --- bundles (reference section 4) ---

    def bundle(self, client_id: ClientId, extension_id: int) -> Bundle:
        """``GET /client/{client_id}/extensions_bundle/{extension_id}``; NotFoundError may mean that there is none."""
        found = _read(self._get(bundle_path(client_id, extension_id)), partial(self._read_bundle, client_id))
        self.known_bundles[client_id, extension_id] = found
        return found

    def set_bundle(self, client_id: ClientId, extension_id: int, members: Sequence[int]) -> Bundle | None:
        """``POST`` the members; ``None`` if the answer carries no bundle."""
        self._forget_bundle(client_id, extension_id)
        answer = self._send("POST", bundle_path(client_id, extension_id), {"bundle_list": list(members)})
        return _read_if_there(answer, partial(self._read_bundle, client_id))

    def delete_bundle(self, client_id: ClientId, extension_id: int) -> None:
        """``DELETE`` all members. What a body would mean is not known, so none is read."""
        self._forget_bundle(client_id, extension_id)
        self._send("DELETE", bundle_path(client_id, extension_id))

    def _forget_bundle(self, client_id: ClientId, main: int) -> None:
        """Forget a bundle, also where it was the answer for a member."""
        for key, bundle in list(self.known_bundles.items()):
            if key == (client_id, main) or bundle.bundle_id == main:
                self.known_bundles.pop(key, None)

    # --- registrations (reference section 3) ---

    def registrations(self, extension_ids: Sequence[int] | None = None) -> list[RegistrationInfo]:
        """``GET /extension/registration/``: one request per block of at most 100 extensions, or one for all visible.

        Extensions that the API does not answer for are missing from the result.
        """
        if extension_ids is None:
            return _read(self._get("/extension/registration/", most=LIST), RegistrationInfo.read_block)
        found: list[RegistrationInfo] = []
        for start in range(0, len(extension_ids), REGISTRATION_BLOCK):
            end = start + REGISTRATION_BLOCK
            block = extension_ids[start:end]
            query = [("extension_id", str(number)) for number in block]
            answer = self._get("/extension/registration/", query, most=LIST)
            found += _read(answer, partial(_read_asked_block, block))
        return sorted(found, key=lambda info: info.extension_id)

    def registration(self, extension_id: int) -> RegistrationInfo:
        """``GET /extension/{extension_id}/registration/``."""
        answer = self._get(f"/extension/{extension_id}/registration/")
        return _read(answer, partial(_read_asked, extension_id))

    def delete_registrations(self, extension_id: int) -> None:
        """``DELETE /extension/{extension_id}/registration/``: all of the extension."""
        self._send("DELETE", f"/extension/{extension_id}/registration/")

    def delete_registration(self, extension_id: int, registration_id: str) -> None:
        """``DELETE /extension/{extension_id}/registration/{registration_id}``."""
        self._send("DELETE", f"/extension/{extension_id}/registration/{quote(registration_id, safe='')}")

    def _read_client(self, client_id: ClientId, body: Any) -> Client:
        client = Client.read(body)
        self._check_owner(client_id, client.values["id"], "the client")
        return client

    def _read_extension(self, client_id: ClientId, extension_id: int, body: Any) -> Extension:
        extension = Extension.read(body)
        if extension.id != extension_id:
            raise UnreadableValueError(f"asked for extension {extension_id}, got {extension.id}")
        self._check_owner(client_id, body.get("client_id"), f"extension {extension.id}")
        return extension

    def _read_extensions(self, client_id: ClientId, body: Any) -> list[Extension]:
        if not isinstance(body, list):
            raise UnreadableValueError(f"expected a list of extensions, got {type(body).__name__}")
        found = [Extension.read(item) for item in body]
        for extension, item in zip(found, body):
            self._check_owner(client_id, item.get("client_id"), f"extension {extension.id}")
        return found

    def _read_bundle(self, client_id: ClientId, body: Any) -> Bundle:
        bundle = Bundle.read(body)
        self._check_owner(client_id, body.get("client_id"), "the bundle")
        return bundle

    def _check_owner(self, client_id: ClientId, named: Any, what: str) -> None:
        """Raise UnreadableValueError where ``what`` belongs to another client. An answer that names no owner is taken as it is.

        Which client ``@me`` is, is not known beforehand: the first answer that names one decides, and no later one may differ.
        """
        if not named:
            return
        owner = read_id(named)
        if client_id == ME:
            self._me = self._me or owner
        asked = self._me if client_id == ME else client_id
        if owner != asked:
            shown = f"{ME} ({asked})" if client_id == ME else asked
            raise UnreadableValueError(f"asked for client {shown}, got {what} of client {owner}")

    def _get(self, path: str, query: Sequence[tuple[str, str]] = (), *, most: int = OBJECT) -> Response:
        return self._requester.send(self.run, "GET", path, query=query, most=most)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Response:
        return self._requester.send(self.run, method, path, body=body)


def bundle_path(client_id: ClientId, extension_id: int) -> str:
    """Return the path of a bundle: no slash at its end, and the id is that of the main extension (reference section 4)."""
    return f"/client/{client_id}/extensions_bundle/{extension_id}"


def _read(answer: Response, reader: Callable[[Any], T]) -> T:
    try:
        return reader(answer.json())
    except UnreadableValueError as problem:
        raise answer.bad(f"the answer is not what is documented: {problem}") from None


def _read_if_there(answer: Response, reader: Callable[[Any], T]) -> T | None:
    """Read the answer to a write. That it was carried out stands; an unusable body only means that a GET must tell."""
    try:
        return reader(answer.json_or_none())
    except UnreadableValueError:
        return None


def _read_phone(extension_id: int, body: Any) -> Phone:
    phone = Phone.read(body)
    named = body.get("extension_id")
    if named and read_id(named) != extension_id:
        raise UnreadableValueError(f"asked for the phone of extension {extension_id}, got that of {read_id(named)}")
    return phone


def _read_asked(extension_id: int, body: Any) -> RegistrationInfo:
    info = RegistrationInfo.read(body, extension_id)
    if info.extension_id != extension_id:
        raise UnreadableValueError(f"asked for extension {extension_id}, got {info.extension_id}")
    return info


def _read_asked_block(asked: Sequence[int], body: Any) -> list[RegistrationInfo]:
    infos = RegistrationInfo.read_block(body)
    strangers = sorted({info.extension_id for info in infos} - set(asked))
    if strangers:
        raise UnreadableValueError(f"got extensions that were not asked for: {strangers[:5]}")
    return infos
