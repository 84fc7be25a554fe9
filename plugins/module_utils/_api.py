# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented requests, one method each, typed in and out (reference sections 1.3 to 6).

Each method sends exactly the requests that it names, and raises the errors of :mod:`._model.errors`. A response without
the documented object raises BadResponseError, and so does an object of another owner than the requested one:
``client_id`` in all responses below ``/client/``, ``extension_id`` in those below ``/extension/``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, Union
from urllib.parse import quote

from ._http.auth import Requester
from ._http.body import LIST, OBJECT
from ._http.response import Response
from ._http.run_context import RunContext
from ._model.kinds import UnreadableValueError, read_id
from ._model.objects import (
    Bundle,
    Client,
    Extension,
    Phone,
    RegistrationInfo,
)

ME = "@me"
"""The client of the application's user (reference section 0)."""
REGISTRATION_BLOCK = 100
"""Extensions in one block query: keeps the URL near 2,000 characters (no limit is documented)."""
PER_PAGE = 100
MOST_PAGES = 1000
"""Pages of a list: a client has 10,000 extensions at most (numbers have four digits, reference section 2.1)."""

ClientId = Union[int, str]
T = TypeVar("T")


class Api:
    """The documented requests, as one run sends them."""

    def __init__(self, requester: Requester, run: RunContext) -> None:
        self._requester = requester
        self.run = run
        self._me: int | None = None  # the client of @me, once a response has named it

    # --- client (reference section 2.1) ---

    def client(self, client_id: ClientId) -> Client:
        """``GET /client/{client_id}/client/``."""
        return _read(self._get(f"/client/{client_id}/client/"), partial(self._read_client, client_id))

    def update_client(self, client_id: ClientId, body: Mapping[str, Any]) -> Client | None:
        """``PUT /client/{client_id}/client/`` with some fields; ``None`` if the response has no complete client."""
        response = self._send("PUT", f"/client/{client_id}/client/", body)
        return _read_if_there(response, partial(self._read_client, client_id))

    # --- extensions and phones (reference sections 5 and 6) ---

    def extensions(self, client_id: ClientId, *, kind: str | None = None, status: str | None = None) -> list[Extension]:
        """``GET /client/{client_id}/extension/``, page after page, sorted by id, filtered by type (``kind``) and
        ``status``.

        The list ends with a page without new extensions: neither a total nor the largest page size is documented, so a
        short page may not be the last, and a server may ignore ``page`` (reference section 0.4). Raises
        BadResponseError if there are more than :data:`MOST_PAGES` pages, or more than a hundred extensions for each of
        them.
        """
        filters = [(name, value) for name, value in (("status", status), ("type", kind)) if value]
        found: dict[int, Extension] = {}
        page = 1
        while True:
            query = [*filters, ("page", str(page)), ("per_page", str(PER_PAGE))]
            response = self._get(f"/client/{client_id}/extension/", query, most=LIST)
            fresh = [
                item for item in _read(response, partial(self._read_extensions, client_id)) if item.id not in found
            ]
            if not fresh:
                return [found[key] for key in sorted(found)]
            found.update((item.id, item) for item in fresh)
            if page == MOST_PAGES or len(found) > MOST_PAGES * PER_PAGE:
                raise response.bad(
                    f"page {page:,} still has new extensions, {len(found):,} so far: the list does not end"
                )
            page += 1

    def extension(self, client_id: ClientId, extension_id: int) -> Extension:
        """``GET /client/{client_id}/extension/{extension_id}``."""
        response = self._get(f"/client/{client_id}/extension/{extension_id}")
        return _read(response, partial(self._read_extension, client_id, extension_id))

    def phone(self, extension_id: int) -> Phone:
        """``GET /extension/{extension_id}/phone/``."""
        return _read(self._get(f"/extension/{extension_id}/phone/"), partial(_read_phone, extension_id))

    # --- bundles (reference section 4) ---

    def bundle(self, client_id: ClientId, extension_id: int) -> Bundle:
        """``GET /client/{client_id}/extensions_bundle/{extension_id}``; NotFoundError may mean: no bundle."""
        return _read(self._get(bundle_path(client_id, extension_id)), partial(self._read_bundle, client_id))

    def set_bundle(self, client_id: ClientId, extension_id: int, members: Sequence[int]) -> Bundle | None:
        """``POST`` the members; ``None`` if the response has no bundle."""
        response = self._send("POST", bundle_path(client_id, extension_id), {"bundle_list": list(members)})
        return _read_if_there(response, partial(self._read_bundle, client_id))

    def delete_bundle(self, client_id: ClientId, extension_id: int) -> None:
        """``DELETE`` all members. The response is not documented, so its body is not read."""
        self._send("DELETE", bundle_path(client_id, extension_id))

    # --- registrations (reference section 3) ---

    def registrations(self, extension_ids: Sequence[int] | None = None) -> list[RegistrationInfo]:
        """``GET /extension/registration/``: one request per block of 100 extensions, or one for all visible.

        Extensions that the response lacks are missing in the result.
        """
        if extension_ids is None:
            return _read(self._get("/extension/registration/", most=LIST), RegistrationInfo.read_block)
        found: list[RegistrationInfo] = []
        for start in range(0, len(extension_ids), REGISTRATION_BLOCK):
            end = start + REGISTRATION_BLOCK
            block = extension_ids[start:end]
            query = [("extension_id", str(number)) for number in block]
            response = self._get("/extension/registration/", query, most=LIST)
            found += _read(response, partial(_read_requested_block, block))
        return sorted(found, key=lambda info: info.extension_id)

    def registration(self, extension_id: int) -> RegistrationInfo:
        """``GET /extension/{extension_id}/registration/``."""
        response = self._get(f"/extension/{extension_id}/registration/")
        return _read(response, partial(_read_requested, extension_id))

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
            raise UnreadableValueError(f"requested extension {extension_id}, got {extension.id}")
        self._check_owner(client_id, body.get("client_id"), f"extension {extension.id}")
        return extension

    def _read_extensions(self, client_id: ClientId, body: Any) -> list[Extension]:
        if not isinstance(body, list):
            raise UnreadableValueError(f"expected a list of extensions, got {type(body).__name__}")
        found = [Extension.read(item) for item in body]
        for extension, item in zip(found, body, strict=True):
            self._check_owner(client_id, item.get("client_id"), f"extension {extension.id}")
        return found

    def _read_bundle(self, client_id: ClientId, body: Any) -> Bundle:
        bundle = Bundle.read(body)
        self._check_owner(client_id, body.get("client_id"), "the bundle")
        return bundle

    def _check_owner(self, client_id: ClientId, named: Any, what: str) -> None:
        """Raise UnreadableValueError if ``what`` belongs to another client. A response without owner is accepted.

        The client of ``@me`` is unknown at first: the first response that names one decides, and later ones must agree.
        """
        if not named:
            return
        owner = read_id(named)
        if client_id == ME:
            self._me = self._me or owner
        requested = self._me if client_id == ME else client_id
        if owner != requested:
            shown = f"{ME} ({requested})" if client_id == ME else requested
            raise UnreadableValueError(f"requested client {shown}, got {what} of client {owner}")

    def _get(self, path: str, query: Sequence[tuple[str, str]] = (), *, most: int = OBJECT) -> Response:
        return self._requester.send(self.run, "GET", path, query=query, most=most)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Response:
        return self._requester.send(self.run, method, path, body=body)


def bundle_path(client_id: ClientId, extension_id: int) -> str:
    """Return the path of a bundle: no slash at the end, the id of the main extension (reference section 4)."""
    return f"/client/{client_id}/extensions_bundle/{extension_id}"


def _read(response: Response, reader: Callable[[Any], T]) -> T:
    try:
        return reader(response.json())
    except UnreadableValueError as problem:
        raise response.bad(f"the response is not as documented: {problem}") from None


def _read_if_there(response: Response, reader: Callable[[Any], T]) -> T | None:
    """Read the response to a write, which was applied even if the body is unusable: GET reads the state then."""
    try:
        return reader(response.json_or_none())
    except UnreadableValueError:
        return None


def _read_phone(extension_id: int, body: Any) -> Phone:
    phone = Phone.read(body)
    named = body.get("extension_id")
    if named and read_id(named) != extension_id:
        raise UnreadableValueError(f"requested the phone of extension {extension_id}, got that of {read_id(named)}")
    return phone


def _read_requested(extension_id: int, body: Any) -> RegistrationInfo:
    info = RegistrationInfo.read(body, extension_id)
    if info.extension_id != extension_id:
        raise UnreadableValueError(f"requested extension {extension_id}, got {info.extension_id}")
    return info


def _read_requested_block(requested: Sequence[int], body: Any) -> list[RegistrationInfo]:
    infos = RegistrationInfo.read_block(body)
    unexpected = sorted({info.extension_id for info in infos} - set(requested))
    if unexpected:
        raise UnreadableValueError(f"got extensions that were not requested: {unexpected[:5]}")
    return infos
