# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens: a given one, or the client-credentials grant with renewal (reference sections 1.1 and 1.2)."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .._model.errors import AuthenticationError, RingmeError
from .body import OBJECT
from .response import Response
from .run_context import READING, RunContext
from .settings import ConnectionSettings
from .token_cache import Token, TokenCache
from .transport import TOKEN_PATH, Query, Transport

DEFAULT_LIFE = 3600.0
"""Life in seconds of a token whose response has no ``expires_in`` (reference section 1.2)."""


class Tokens(Protocol):
    """A source of tokens that threads can share. ``owner`` names the sender of the requests in messages."""

    owner: str

    def get(self, run: RunContext) -> str:
        """Return a token that is expected to be valid."""

    def renew(self, run: RunContext, refused: str) -> str | None:
        """Return another token after the API refused ``refused``, or ``None`` if none can be requested."""


class GivenToken:
    """A token from the option ``access_token``: it cannot be renewed."""

    owner = "the user of access_token"

    def __init__(self, text: str) -> None:
        self._text = text

    def get(self, run: RunContext) -> str:
        """Return the token."""
        run.hide((self._text,))
        return self._text

    def renew(self, run: RunContext, refused: str) -> str | None:
        """Return ``None``."""
        return None


class ClientCredentials:
    """Tokens for an application, kept in the process and, if possible, in the cache that all forks share.

    If several threads need a new token at the same time, one requests it. The others take its token, or its error if
    they belong to the same run.
    """

    def __init__(
        self,
        transport: Transport,
        application_id: str,
        application_secret: str,
        cache: TokenCache | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._transport = transport
        self.owner = f"the application {application_id}"
        self._form = {
            "grant_type": "client_credentials",
            "client_id": application_id,
            "client_secret": application_secret,
        }
        self._cache = cache
        self._clock = clock
        self._token: Token | None = None
        self._turn = threading.Lock()
        self._turns = 0
        self._failure: tuple[RunContext, RingmeError] | None = None

    def get(self, run: RunContext) -> str:
        """Return the current, the cached or a new token.

        Raises what :meth:`Transport.request_token` raises, and AuthenticationError if the API refuses the application.
        """
        token = self._token
        if token is None or not token.usable(self._clock()):
            token = self._new(run, refused=None)
        run.hide((token.text,))
        return token.text

    def renew(self, run: RunContext, refused: str) -> str | None:
        """Return a token other than ``refused``; another thread or process may have renewed it already."""
        token = self._new(run, refused)
        run.hide((token.text,))
        return token.text

    def _new(self, run: RunContext, refused: str | None) -> Token:
        begun = self._turns
        with self._turn:
            token, waited = self._token, begun != self._turns
            # A server may issue the refused text again: another request would return the same.
            renewed = waited and self._failure is None
            if token is not None and token.usable(self._clock()) and (token.text != refused or renewed):
                return token
            if waited and self._failure is not None and self._failure[0] is run:
                failure = copy.copy(self._failure[1])
                failure.repeated = True
                raise failure
            self._failure = None
            try:
                token = self._shared(run, refused)
            except RingmeError as failure:
                self._failure = run, copy.copy(failure)
                self._turns += 1
                raise
            self._turns += 1  # before another thread can use the token, have it refused and request a new one
            self._token = token
            return token

    def _shared(self, run: RunContext, refused: str | None) -> Token:
        if self._cache is None:
            return self._request(run)
        token = None if refused else self._cache.load(self._clock())  # the common case, without the lock
        if token is not None:
            return token
        with self._cache.locked() as locked:
            token = self._cache.load(self._clock())
            if token is not None and token.text != refused:
                return token
            token = self._request(run)
            if locked:
                self._cache.store(token)
            if self._cache.problem:
                run.warn(f"the token cache {self._cache.folder} {self._cache.problem}")
            return token

    def _request(self, run: RunContext) -> Token:
        requested_at = self._clock()
        response = self._transport.request_token(run, self._form)
        if not response.ok:
            raise _refusal(response)
        body = response.json()
        text = body.get("access_token") if isinstance(body, Mapping) else None
        if not isinstance(text, str) or not text or not (text.isascii() and text.isprintable()):
            raise response.bad("the response has no access_token")
        life = _life(body.get("expires_in"))
        return Token(text, requested_at + life, life)


def _life(expires_in: Any) -> float:
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return DEFAULT_LIFE
    return seconds if 0 < seconds < 10**9 else DEFAULT_LIFE


def _refusal(response: Response) -> RingmeError:
    """Return the error for a response outside 2xx. Only a token endpoint can refuse the application."""
    if response.status >= 500:
        return response.error()
    if response.status < 400:
        return response.bad("the token endpoint redirects to another URL; the application's secret is not sent there")
    if response.status in (404, 405, 410):
        return response.bad("this host has no token endpoint")
    if response.body.lstrip().startswith(b"<"):
        return response.bad("the host returned a web page instead of a token")
    body = response.json_or_none()
    code = body.get("error") if isinstance(body, Mapping) else None
    known = (
        code if code in ("invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_grant") else None
    )
    if response.status not in (400, 401) and not known:
        return response.error()
    return AuthenticationError(
        f"POST {TOKEN_PATH}: HTTP {response.status}: the application was refused{f' ({known})' if known else ''}",
        hint="Check application_id and application_secret, and that this host has the application with type 'trusted'",
        status=response.status,
        api_status=known,
        method="POST",
        path=TOKEN_PATH,
    )


class Requester:
    """Sends REST requests with a token. After a 401 it renews the token and repeats the request, once."""

    def __init__(self, transport: Transport, tokens: Tokens) -> None:
        self._transport = transport
        self._tokens = tokens

    @classmethod
    def connect(cls, settings: ConnectionSettings) -> Requester:
        """Create the transport and the tokens for the settings. Opens no socket."""
        transport = Transport(settings)
        if settings.access_token:
            return cls(transport, GivenToken(settings.access_token))
        application, secret = settings.application_id or "", settings.application_secret or ""
        cache = TokenCache(settings.token_cache, settings.origin, application, secret) if settings.token_cache else None
        return cls(transport, ClientCredentials(transport, application, secret, cache))

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def send(
        self,
        run: RunContext,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: Mapping[str, Any] | None = None,
        most: int = OBJECT,
    ) -> Response:
        """Return a 2xx response of at most ``most`` bytes; raises a typed error for any other (:mod:`.._model.errors`).

        Raises NotReachedError if too many requests failed before and the run has not sent a write yet.
        """
        run.check_allowed(method, path)  # before a token is requested
        if not run.wrote:
            run.breaker.refuse()
        failure: RingmeError | None = None
        try:
            return self._send(run, method, path, query, body, most)
        except RingmeError as error:
            failure = error
            raise
        finally:
            warning = run.breaker.note(failure, write=method != READING)
            if warning:
                run.warn(warning)

    def _send(
        self, run: RunContext, method: str, path: str, query: Query, body: Mapping[str, Any] | None, most: int
    ) -> Response:
        token = self._tokens.get(run)
        response = self._transport.send(run, method, path, bearer=token, query=query, body=body, most=most)
        if response.status == 401:
            renewed = self._tokens.renew(run, token)
            if renewed is not None:
                response = self._transport.send(run, method, path, bearer=renewed, query=query, body=body, most=most)
        if not response.ok:
            raise response.error(owner=self._tokens.owner)
        return response
