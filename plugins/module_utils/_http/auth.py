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
"""Seconds, where the answer names no ``expires_in`` (reference section 1.2)."""


class Tokens(Protocol):
    """Where tokens come from. Threads may share it. ``owner`` says in whose name requests are sent, for messages."""

    owner: str

    def get(self, run: RunContext) -> str:
        """Return a token that should be good."""

    def renew(self, run: RunContext, refused: str) -> str | None:
        """Return another token after ``refused`` was refused, or ``None`` where there is no way to get one."""


class GivenToken:
    """A token obtained elsewhere: it cannot be renewed."""

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
    """Tokens for an application, kept in the process and, where possible, in the cache that all forks share.

    Of the threads that need a new token at the same time one gets it, and the others take what it got: the token, or
    the error where they belong to the same run.
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
        """Return the token at hand, the cached one, or a new one; raises what :meth:`Transport.request_token` raises,
        and AuthenticationError when the application is refused."""
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
            if token is not None and token.usable(self._clock()):
                # A server may grant the same text again: to ask once more would bring nothing else.
                if token.text != refused or (waited and self._failure is None):
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
            self._turns += 1  # before others can see the token, be refused it, and come for another
            self._token = token
            return token

    def _shared(self, run: RunContext, refused: str | None) -> Token:
        if self._cache is None:
            return self._request(run)
        token = None if refused else self._cache.load(self._clock())  # the common case needs no lock
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
        asked_at = self._clock()
        answer = self._transport.request_token(run, self._form)
        if not answer.ok:
            raise _refusal(answer)
        body = answer.json()
        text = body.get("access_token") if isinstance(body, Mapping) else None
        if not isinstance(text, str) or not text or not (text.isascii() and text.isprintable()):
            raise answer.bad("the answer holds no access_token")
        life = _life(body.get("expires_in"))
        return Token(text, asked_at + life, life)


def _life(expires_in: Any) -> float:
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return DEFAULT_LIFE
    return seconds if 0 < seconds < 10**9 else DEFAULT_LIFE


def _refusal(answer: Response) -> RingmeError:
    """Return what an answer other than 2xx means. Only that of a token endpoint says something of the application."""
    if answer.status >= 500:
        return answer.error()
    if answer.status < 400:
        return answer.bad("the token endpoint redirects elsewhere, and the application's secret is not sent there")
    if answer.status in (404, 405, 410):
        return answer.bad("there is no token endpoint at this host")
    if answer.body.lstrip().startswith(b"<"):
        return answer.bad("a web page answers in place of the token endpoint")
    body = answer.json_or_none()
    code = body.get("error") if isinstance(body, Mapping) else None
    known = (
        code if code in ("invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_grant") else None
    )
    if answer.status not in (400, 401) and not known:
        return answer.error()
    return AuthenticationError(
        f"POST {TOKEN_PATH}: HTTP {answer.status}: the application was refused{f' ({known})' if known else ''}",
        hint="Check application_id and application_secret, and that the application is of type 'trusted' at this very host",
        status=answer.status,
        api_status=known,
        method="POST",
        path=TOKEN_PATH,
    )


class Requester:
    """Sends REST requests with a token; on 401 it renews the token once and sends the request once more, never twice."""

    def __init__(self, transport: Transport, tokens: Tokens) -> None:
        self._transport = transport
        self._tokens = tokens

    @classmethod
    def connect(cls, settings: ConnectionSettings) -> Requester:
        """Set up transport and tokens as the settings say; opens no socket."""
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
        """Return a 2xx answer of at most ``most`` bytes; raises the typed error of any other (see :mod:`..model.errors`).

        Raises NotReachedError where too many requests failed before, and the run has not written anything yet.
        """
        run.check_allowed(method, path)  # before a token is asked for
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
        answer = self._transport.send(run, method, path, bearer=token, query=query, body=body, most=most)
        if answer.status == 401:
            renewed = self._tokens.renew(run, token)
            if renewed is not None:
                answer = self._transport.send(run, method, path, bearer=renewed, query=query, body=body, most=most)
        if not answer.ok:
            raise answer.error(owner=self._tokens.owner)
        return answer
