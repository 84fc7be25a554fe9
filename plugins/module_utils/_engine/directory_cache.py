# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API with what earlier runs over the same connection have read: the extensions of clients, and bundles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from .._api import Api, ClientId
from .._http.auth import Requester
from .._http.run_context import RunContext
from .._model.errors import NotFoundError
from .._model.extension_numbers import Directory
from .._model.objects import Bundle, Extension

T = TypeVar("T")


@dataclass(frozen=True)
class Cache:
    """What the runs over one connection share: ``directories`` by client, ``bundles`` by client and extension."""

    directories: dict[ClientId, Directory] = field(default_factory=dict)
    bundles: dict[tuple[ClientId, int], Bundle] = field(default_factory=dict)


class CachedApi(Api):
    """The requests of one run, and the cache.

    A directory is *current* when this run has read it. Another one may be outdated, so that a number is missing in it
    or stands for another extension: :meth:`retry_if_stale` repeats the work then with a current one.
    """

    def __init__(self, requester: Requester, run: RunContext, cache: Cache | None = None) -> None:
        super().__init__(requester, run)
        self._cache = Cache() if cache is None else cache
        self._current: set[ClientId] = set()
        self._stale: set[ClientId] = set()

    def directory(self, client_id: ClientId, *, current: bool = False) -> Directory:
        """Return all extensions of a client: a ``current`` directory, or one of an earlier run if there is one."""
        directories = self._cache.directories
        if client_id not in directories or (current and not self.is_current(client_id)):
            directories[client_id] = Directory(tuple(self.extensions(client_id)))
            self._current.add(client_id)
        elif not self.is_current(client_id):
            self._stale.add(client_id)
        return directories[client_id]

    def is_current(self, client_id: ClientId) -> bool:
        """Return whether this run has read the extensions of the client."""
        return client_id in self._current

    def current_extension(
        self, client_id: ClientId, extension_id: int, fields: Collection[str] = frozenset()
    ) -> Extension:
        """Return an extension as it is now: out of a current directory that has the ``fields``, or with one GET."""
        if self.is_current(client_id):
            listed = self._cache.directories[client_id].by_id(extension_id)
            if listed is not None and listed.values.keys() >= set(fields):
                return listed
        return self.extension(client_id, extension_id)

    def retry_if_stale(self, work: Callable[[], T]) -> T:
        """Do the work; once more, with current directories, after a NotFoundError that a stale directory may explain.

        Raises the NotFoundError if there is no stale directory, or if the run has written.
        """
        try:
            return work()
        except NotFoundError:
            if self.run.wrote or not self._stale:
                raise
        for client_id in self._stale:
            self._cache.directories.pop(client_id, None)
        self._stale.clear()
        return work()

    def bundle(self, client_id: ClientId, extension_id: int) -> Bundle:
        """As :meth:`.Api.bundle`; keeps the bundle."""
        found = super().bundle(client_id, extension_id)
        self.keep_bundle(client_id, extension_id, found)
        return found

    def set_bundle(self, client_id: ClientId, extension_id: int, members: Sequence[int]) -> Bundle | None:
        """As :meth:`.Api.set_bundle`; forgets the bundle."""
        self._forget_bundle(client_id, extension_id)
        return super().set_bundle(client_id, extension_id, members)

    def delete_bundle(self, client_id: ClientId, extension_id: int) -> None:
        """As :meth:`.Api.delete_bundle`; forgets the bundle."""
        self._forget_bundle(client_id, extension_id)
        super().delete_bundle(client_id, extension_id)

    def known_bundle(self, client_id: ClientId, extension_id: int) -> Bundle | None:
        """Return the bundle as it was last read, unless this connection has written it since."""
        return self._cache.bundles.get((client_id, extension_id))

    def keep_bundle(self, client_id: ClientId, extension_id: int, bundle: Bundle) -> None:
        """Keep what was read for an extension."""
        self._cache.bundles[client_id, extension_id] = bundle

    def _forget_bundle(self, client_id: ClientId, main: int) -> None:
        """Forget a bundle, also where it was the response for a member."""
        bundles = self._cache.bundles
        for key, bundle in list(bundles.items()):
            if key == (client_id, main) or bundle.bundle_id == main:
                bundles.pop(key, None)
