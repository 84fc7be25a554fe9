# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP transport: opens all sockets and, with :mod:`.connection`, is the only file that imports ``requests``.

A transport is one connection pool to one origin; threads can share it. The :class:`.run_context.RunContext` of each
call decides what is allowed: under its lock only GET and the token request are sent.
"""

from __future__ import annotations

import importlib.util
import random
import re
import ssl
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from .._model.errors import (
    ConnectionFailedError,
    EnvironmentProblemError,
    ResponseLostError,
    RingmeError,
)
from .._optional import Library
from .._version import VERSION
from . import retry, tls
from .body import OBJECT, Body, UnusableBodyError
from .connection import BoundedAdapter, Exchange, TooManyBytesError
from .response import Response
from .run_context import (
    READING,
    TOKEN,
    Quota,
    RunContext,
)
from .settings import API_PATH, ConnectionSettings

try:
    import requests
    import urllib3
    from requests.structures import CaseInsensitiveDict
    from requests.utils import get_environ_proxies
    from urllib3.exceptions import ReadTimeoutError

    _LATE: tuple[type[BaseException], ...] = (requests.exceptions.ReadTimeout, ReadTimeoutError, TimeoutError)
    REQUESTS = Library("requests")
except ImportError:  # pragma: no cover - exercised by a test that runs a Python without requests
    requests = None  # type: ignore[assignment]
    REQUESTS = Library("requests", traceback.format_exc())

TOKEN_PATH = "/oauth/token"
_REDIRECTS = frozenset({301, 302, 307, 308})
_POOL_SIZE = 32
_BLOCK = 65536
_DEEPEST = 20
# Paths that requests would not change: nothing to encode, and no dots to resolve.
_PLAIN = re.compile(r"(?:/(?:ver1\.0|[\w@~-]+))+/?", re.ASCII)
_NO_TUNNEL = "Tunnel connection failed"

Query = Sequence[tuple[str, str]]


class Transport:
    """A pool of persistent connections to the origin of ``settings``. Call :meth:`close` or let the process end."""

    def __init__(
        self,
        settings: ConnectionSettings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Check the TLS files and create the pool; opens no socket. Raises OptionError or EnvironmentProblemError."""
        if requests is None:
            raise EnvironmentProblemError(
                "the Python library requests is missing",
                hint="Install it for the Python that runs the module: pip install requests",
            )
        tls.check_files(settings)
        tls.check_environment(settings)
        self._settings = settings
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        # The environment is read once, here. Prepared requests go directly to the adapters: for every request the
        # session would look for proxies, CA bundles and a netrc (whose password would replace the Authorization
        # header), share cookies between threads, and read the body of a redirect without a limit.
        self._proxies = _proxies(settings)
        if any(url.startswith("socks") for url in self._proxies.values()) and not importlib.util.find_spec("socks"):
            raise EnvironmentProblemError(
                "a SOCKS proxy requires the Python library PySocks",
                hint="Install it for the Python that runs the module: pip install PySocks",
            )
        both = settings.client_cert and settings.client_key
        self._cert = (settings.client_cert or "", settings.client_key or "") if both else settings.client_cert
        self._verify = (settings.ca_path or tls.environ_ca() or True) if settings.validate_certs else False
        self._headers = {
            "User-Agent": f"ringme.pbx/{VERSION}",
            "Accept-Encoding": "gzip",
            "Accept": "application/json",
            "Connection": "keep-alive",
        }
        if self._unchecked:
            # The run warns once; the library would warn at every request, outside the task.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._origin = ""  # as requests writes it, once it has prepared a URL
        self._session = requests.Session()
        self._exchanged = Exchange()
        adapter = BoundedAdapter(self._exchanged, _POOL_SIZE)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def send(
        self,
        run: RunContext,
        method: str,
        path: str,
        *,
        bearer: str,
        query: Query = (),
        body: Mapping[str, Any] | None = None,
        most: int = OBJECT,
    ) -> Response:
        """Send a REST request; ``path`` is below ``/api/ver1.0``. Returns any response, also with an error status.

        ``most`` is the limit in bytes of the decoded response; a larger one counts as lost.

        Repeats requests (:mod:`.retry`) within the budget of the run. Raises ReadOnlyError, ConnectionFailedError,
        ResponseLostError, or QuotaError for a wait that exceeds the budget.
        """
        run.check_allowed(method, path)
        prepared = self._prepare(method, path, API_PATH + path, query)
        prepared.headers["Authorization"] = f"Bearer {bearer}"
        if body is not None or method != READING:
            prepared.prepare_body(None, None, body)
        return self._repeat(run, method, path, method, prepared, most)

    def request_token(self, run: RunContext, form: Mapping[str, str]) -> Response:
        """Send the token request with its parameters in the form body, which no log shows (reference section 1.2)."""
        prepared = self._prepare("POST", TOKEN_PATH, TOKEN_PATH, ())
        prepared.prepare_body(dict(form), None)
        return self._repeat(run, "POST", TOKEN_PATH, TOKEN, prepared, OBJECT)

    @property
    def _unchecked(self) -> bool:
        """Whether TLS is used without checking the certificate."""
        return not self._settings.validate_certs and self._settings.origin.startswith("https:")

    def _prepare(self, method: str, path: str, target: str, query: Query) -> requests.PreparedRequest:
        """Return the request without authorization and body, for all tries."""
        prepared = requests.PreparedRequest()
        prepared.prepare_method(method)
        prepared.headers = CaseInsensitiveDict(self._headers)
        plain = not query and _PLAIN.fullmatch(target)
        if plain and self._origin:
            prepared.url = self._origin + target
            return prepared
        try:
            prepared.prepare_url(self._settings.origin + target, list(query) or None)
        except requests.exceptions.RequestException as problem:
            self._exchanged.sent = False
            raise self._failure(problem, method=method, path=path) from None
        if plain:
            self._origin = str(prepared.url).removesuffix(target)
        return prepared

    def _repeat(
        self, run: RunContext, method: str, path: str, counter: str, prepared: requests.PreparedRequest, most: int
    ) -> Response:
        if self._unchecked:
            run.warn(
                f"validate_certs is false: the certificate of {self._settings.origin} is not checked, so anyone on "
                "the network path can read and change everything. Use this for tests only"
            )
        # A token request changes nothing at the PBX, so it is repeated like a GET.
        repeatable_as = READING if counter == TOKEN else method
        tried = 0
        while True:
            tried += 1
            found = self._try(run, method, path, counter, prepared, most)
            failed = self._failed_try(found)
            if repeatable_as != READING and _may_have_acted(found, failed):
                run.note_write()
            if isinstance(found, Response):
                run.note_quota(Quota.read(found.headers), self._clock())
                if found.status < 429:
                    return found
            again = retry.next_try(repeatable_as, tried, self._settings.retries, failed, self._jitter())
            if again is None or not run.afford(again.wait):
                if isinstance(found, Response) and found.status != 429:
                    return found
                raise found.error(failed.wait) if isinstance(found, Response) else found
            if again.wait >= 1:
                reason = (
                    found.what if isinstance(found, RingmeError) else f"{method} {path} returned HTTP {found.status}"
                )
                run.warn(f"{reason}; retrying after {again.wait:.1f} s")
            self._sleep(again.wait)

    def _try(
        self, run: RunContext, method: str, path: str, counter: str, prepared: requests.PreparedRequest, most: int
    ) -> Response | ConnectionFailedError | ResponseLostError:
        try:
            return self._once(run, method, path, counter, prepared, most)
        except (ConnectionFailedError, ResponseLostError) as problem:
            return problem

    def _failed_try(self, found: Response | ConnectionFailedError | ResponseLostError) -> retry.FailedTry:
        if isinstance(found, Response):
            wait = retry.required_wait(found.status, found.headers, self._clock())
            return retry.FailedTry(sent=True, status=found.status, wait=wait)
        return retry.FailedTry(sent=isinstance(found, ResponseLostError))

    def _once(
        self, run: RunContext, method: str, path: str, counter: str, prepared: requests.PreparedRequest, most: int
    ) -> Response:
        """Send one request and read the whole response; follows only a redirect that adds or drops a trailing slash."""
        run.count(counter)
        status, headers, body = self._exchange(method, path, prepared, most)
        if status in _REDIRECTS and counter != TOKEN:
            target = _other_slash(str(prepared.url), headers.get("location", ""))
            if target is not None:
                run.count(counter)
                elsewhere = prepared.copy()
                elsewhere.url = target
                status, headers, body = self._exchange(method, path, elsewhere, most)
        return Response(method, path, status, headers, body, sensitive=counter == TOKEN, hidden=run.hidden())

    def _exchange(
        self, method: str, path: str, prepared: requests.PreparedRequest, most: int
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request and return status, headers and decoded body, all of it within ``timeout``.

        Raises only ConnectionFailedError and ResponseLostError, whatever the server sends: an unexpected error of a
        library must not look like a request that was never sent.
        """
        # Headers and the framing of chunks count in addition to the body.
        self._exchanged.begin(self._settings.timeout, 2 * most + OBJECT)
        try:
            with self._session.get_adapter(str(prepared.url)).send(
                prepared,
                stream=True,
                timeout=self._settings.timeout,
                verify=self._verify,
                cert=self._cert,
                proxies=self._proxies,
            ) as response:
                if response.status_code < 200:
                    # The final response is still to come. It must not be read as the response to the next request.
                    response.raw.close()
                    raise UnusableBodyError(f"HTTP {response.status_code} is not a final response")
                body = Body(response.headers.get("content-encoding", ""), most)
                for chunk in response.raw.stream(_BLOCK, decode_content=False):
                    body.feed(chunk)
                if response.raw.length_remaining:  # urllib3 1 accepts a shorter body
                    raise UnusableBodyError("the response is incomplete")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return response.status_code, headers, body.end()
        except (UnusableBodyError, TooManyBytesError) as problem:
            what = str(problem) or "the response does not end"
            raise self._lost(what, "Check that api_url points to the API", method, path) from None
        except Exception as problem:  # pylint: disable=broad-exception-caught
            raise self._failure(problem, method=method, path=path) from None

    def _failure(self, problem: Exception, *, method: str, path: str) -> ConnectionFailedError | ResponseLostError:
        """Return the error of a failed exchange; its class depends on whether the request may have been sent."""
        causes = _causes(problem)
        about_tls = any(isinstance(cause, ssl.SSLError) for cause in causes)
        tls_hint = (
            "Check that api_url has a TLS port, and set ca_path to the CA. If the API requires a client certificate, "
            "set client_cert. For tests only, set validate_certs: false"
        )
        if not self._exchanged.sent:
            what = "the TLS handshake failed" if about_tls else f"no connection to {self._settings.origin}"
            hint = tls_hint if about_tls else "Check api_url, the network and the proxy"
            return ConnectionFailedError(
                f"{method} {path}: {what} ({_reason(causes)})", hint=hint, method=method, path=path
            )
        if any(isinstance(cause, _LATE) for cause in causes):
            return self._lost(
                f"no response within {self._settings.timeout:g} s",
                "Increase timeout or check the network",
                method,
                path,
            )
        what = "the TLS connection failed" if about_tls else "the response is incomplete"
        hint = tls_hint if about_tls else "Check the network and the proxy"
        return self._lost(f"{what} ({_reason(causes)})", hint, method, path)

    def _lost(self, what: str, hint: str, method: str, path: str) -> ResponseLostError:
        return ResponseLostError(f"{method} {path}: {what}", hint=hint, method=method, path=path)


def _causes(problem: BaseException) -> list[BaseException]:
    """Return an exception of requests and all exceptions that it wraps, outermost first."""
    causes: list[BaseException] = []
    wrapped: Any = problem
    while wrapped is not None and len(causes) < _DEEPEST:
        causes.append(wrapped)
        # Not __context__: it may belong to an earlier request whose failure is being handled.
        candidates = [getattr(wrapped, "reason", None), *wrapped.args, wrapped.__cause__]
        wrapped = next(
            (inner for inner in candidates if isinstance(inner, BaseException) and inner not in causes), None
        )
    return causes


def _reason(causes: Sequence[BaseException]) -> str:
    """Return the innermost cause as text, without the URL, the headers or the proxy's password."""
    inner = causes[-1]
    tunnel = next((str(cause) for cause in causes if str(cause).startswith(_NO_TUNNEL)), None)
    text = tunnel or getattr(inner, "verify_message", None) or getattr(inner, "strerror", None) or type(inner).__name__
    return str(text)


def _may_have_acted(found: Response | ConnectionFailedError | ResponseLostError, failed: retry.FailedTry) -> bool:
    refused = isinstance(found, Response) and 400 <= found.status < 500
    return not refused and not retry.not_executed(failed)


def _other_slash(url: str, location: str) -> str | None:
    """Return the target of ``location`` if it differs from ``url`` only in the trailing slash of the path."""
    try:
        one, other = urlsplit(url), urlsplit(urljoin(url, location))
    except ValueError:  # not a valid URL
        return None
    same_origin = (one.scheme, one.netloc) == (other.scheme, other.netloc)
    if not same_origin or one.path == other.path or one.path.rstrip("/") != other.path.rstrip("/"):
        return None
    return one._replace(path=other.path).geturl()


def _proxies(settings: ConnectionSettings) -> dict[str, str]:
    if settings.proxy:
        return {"http": settings.proxy, "https": settings.proxy}
    return {} if settings.loopback else dict(get_environ_proxies(settings.origin))
