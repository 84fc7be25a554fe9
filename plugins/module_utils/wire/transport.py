# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP: the only place that opens sockets, and the only one that imports ``requests``.

A transport is one connection pool to one origin. What a run may do is decided by the :class:`.run.Run` handed to each
call: under its lock every method but GET is stopped before a socket is opened, and only the token request passes.
"""

from __future__ import annotations

import importlib.util
import random
import re
import ssl
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from ..model.errors import AnswerLost, ConnectionFailed, EnvironmentProblem, RingmeError
from ..version import VERSION
from . import retry, tls
from .answer import Answer
from .run import READING, TOKEN, Quota, Run
from .settings import API_PATH, ConnectionSettings

try:
    import requests
    from requests.auth import AuthBase
    from requests.utils import get_environ_proxies
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

    _LATE: tuple[type[BaseException], ...] = (requests.exceptions.ReadTimeout, ReadTimeoutError, TimeoutError)
    _UNSENDABLE: tuple[type[BaseException], ...] = (
        NewConnectionError,
        ConnectTimeoutError,
        requests.exceptions.ConnectTimeout,
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.InvalidHeader,
    )
    IMPORT_PROBLEM: str | None = None
except ImportError:  # pragma: no cover - exercised by a test that runs a Python without requests
    requests = None  # type: ignore[assignment]
    AuthBase = object  # type: ignore[assignment,misc]
    IMPORT_PROBLEM = traceback.format_exc()

TOKEN_PATH = "/oauth/token"
_LARGEST_BODY = 64 * 1024 * 1024
_REDIRECTS = frozenset({301, 302, 307, 308})
_POOL_SIZE = 16
_BLOCK = 65536
_DEEPEST = 20
_NO_TUNNEL = "Tunnel connection failed"
# What a server says while it refuses a handshake; all other TLS errors may come after the request was read.
_HANDSHAKE_REFUSED = re.compile(
    r"ALERT_(?:HANDSHAKE_FAILURE|PROTOCOL_VERSION|UNKNOWN_CA|INSUFFICIENT_SECURITY|\w*CERTIFICATE)"
)

Query = Sequence[tuple[str, str]]


class Transport:
    """One pool of kept connections to the origin of ``settings``. Use :meth:`close` or let the process end."""

    def __init__(
        self,
        settings: ConnectionSettings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Check the TLS files and set up the pool; opens no socket. Raises OptionError or EnvironmentProblem."""
        if requests is None:
            raise EnvironmentProblem(
                "the Python library requests is missing",
                hint="Install it for the Python that runs the module: pip install requests",
            )
        tls.check_files(settings)
        self._settings = settings
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._session = requests.Session()
        # The environment is read once, here: requests would look for proxies, CA bundles and a netrc (whose password
        # would replace our Authorization header) at every request.
        self._session.trust_env = False
        self._session.proxies = _proxies(settings)
        if any(url.startswith("socks") for url in self._session.proxies.values()) and not importlib.util.find_spec(
            "socks"
        ):
            raise EnvironmentProblem(
                "a SOCKS proxy needs the Python library PySocks",
                hint="Install it for the Python that runs the module: pip install PySocks",
            )
        both = settings.client_cert and settings.client_key
        self._session.cert = (settings.client_cert or "", settings.client_key or "") if both else settings.client_cert
        self._session.verify = (settings.ca_path or tls.environ_ca() or True) if settings.validate_certs else False
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": f"ringme.pbx/{VERSION}"}
        )
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=_POOL_SIZE)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def send(
        self, run: Run, method: str, path: str, *, bearer: str, query: Query = (), body: Mapping[str, Any] | None = None
    ) -> Answer:
        """Send a REST request; ``path`` is below ``/api/ver1.0``. Returns any answer, also an error status.

        Repeats what may be repeated (:mod:`.retry`) within the budget of the run. Raises ReadOnlyError,
        ConnectionFailed, AnswerLost, or QuotaError for a wait that the budget does not cover.
        """
        run.admit(method, path)
        request = {"params": list(query), "json": body, "auth": _Bearer(bearer)}
        return self._repeat(run, method, path, method, self._settings.origin + API_PATH + path, request)

    def request_token(self, run: Run, form: Mapping[str, str]) -> Answer:
        """Send the token request, with the parameters in the form body where no log shows them (reference section 1.2)."""
        request = {"data": dict(form), "auth": _NoAuth()}
        return self._repeat(run, "POST", TOKEN_PATH, TOKEN, self._settings.origin + TOKEN_PATH, request)

    def _repeat(self, run: Run, method: str, path: str, counter: str, url: str, request: dict[str, Any]) -> Answer:
        # A token request changes nothing at the PBX, so it may be repeated like a GET.
        repeatable_as = READING if counter == TOKEN else method
        tried = 0
        while True:
            tried += 1
            found = self._try(run, method, path, counter, url, request)
            trouble = self._trouble(found)
            run.wrote = run.wrote or (repeatable_as != READING and _may_have_acted(found, trouble))
            if isinstance(found, Answer):
                run.quota = Quota.read(found.headers) or run.quota
                if found.status < 429:
                    return found
            again = retry.decide(repeatable_as, tried, self._settings.retries, trouble, self._jitter())
            if again is None or not run.budget.take(again.wait):
                if isinstance(found, Answer) and found.status != 429:
                    return found
                raise found.error(trouble.wait) if isinstance(found, Answer) else found
            reason = found.what if isinstance(found, RingmeError) else f"{method} {path} answered {found.status}"
            run.warn(f"{reason}; waited {again.wait:.1f} s and tried again")
            self._sleep(again.wait)

    def _try(
        self, run: Run, method: str, path: str, counter: str, url: str, request: dict[str, Any]
    ) -> Answer | ConnectionFailed | AnswerLost:
        try:
            return self._once(run, method, path, counter, url, request)
        except (ConnectionFailed, AnswerLost) as problem:
            return problem

    def _trouble(self, found: Answer | ConnectionFailed | AnswerLost) -> retry.Trouble:
        if isinstance(found, Answer):
            wait = retry.named_wait(found.status, found.headers, self._clock())
            return retry.Trouble(left=True, status=found.status, wait=wait)
        return retry.Trouble(left=isinstance(found, AnswerLost))

    def _once(self, run: Run, method: str, path: str, counter: str, url: str, request: dict[str, Any]) -> Answer:
        """Send one request and read the whole answer; follows only a redirect that adds or drops a trailing slash."""
        run.requests[counter] += 1
        response = self._exchange(method, path, url, request)
        if response[0] in _REDIRECTS and counter != TOKEN:
            target = urljoin(url, response[1].get("location", ""))
            if _differs_by_slash(url, target):
                run.requests[counter] += 1
                response = self._exchange(method, path, target.split("?", 1)[0], request)
        status, headers, body = response
        return Answer(method, path, status, headers, body, sensitive=counter == TOKEN, hidden=frozenset(run.secrets))

    def _exchange(self, method: str, path: str, url: str, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        deadline = time.monotonic() + self._settings.timeout
        try:
            with self._session.request(
                method, url, timeout=self._settings.timeout, allow_redirects=False, stream=True, **request
            ) as response:
                body = bytearray()
                for chunk in _pieces(response):
                    body += chunk
                    if time.monotonic() > deadline:
                        raise self._failure(requests.exceptions.ReadTimeout(), method=method, path=path)
                    if len(body) > _LARGEST_BODY:
                        raise self._lost(
                            "the answer is larger than 64 MiB", "Check that api_url leads to the API", method, path
                        )
                return (
                    response.status_code,
                    {name.lower(): value for name, value in response.headers.items()},
                    bytes(body),
                )
        except (requests.exceptions.RequestException, HTTPError, OSError) as problem:
            raise self._failure(problem, method=method, path=path) from None

    def _failure(self, problem: Exception, *, method: str, path: str) -> ConnectionFailed | AnswerLost:
        """Return what a failed exchange means: whether the request may have arrived decides what may be repeated."""
        causes = _causes(problem)
        about_tls = any(isinstance(cause, ssl.SSLError) for cause in causes)
        tls_hint = "Name the CA in ca_path; see also client_cert, and validate_certs for tests only"
        if _never_left(causes):
            what = "the TLS handshake failed" if about_tls else f"no connection to {self._settings.origin}"
            hint = tls_hint if about_tls else "Check api_url, the network and the proxy"
            return ConnectionFailed(f"{method} {path}: {what} ({_reason(causes)})", hint=hint, method=method, path=path)
        if any(isinstance(cause, _LATE) for cause in causes):
            return self._lost(
                "no answer within {:g} s".format(self._settings.timeout),
                "Raise timeout or look at the network",
                method,
                path,
            )
        what = "the TLS connection failed" if about_tls else "the answer was cut off"
        hint = f"Check that api_url names a TLS port. {tls_hint}" if about_tls else "Look at the network and the proxy"
        return self._lost(f"{what} ({_reason(causes)})", hint, method, path)

    def _lost(self, what: str, hint: str, method: str, path: str) -> AnswerLost:
        return AnswerLost(f"{method} {path}: {what}", hint=hint, method=method, path=path)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the decoded body as it arrives: to wait for full blocks would let a slow server outlast every deadline."""
    read = getattr(response.raw, "read1", None)
    if read is None:  # urllib3 before 2.1
        yield from response.iter_content(_BLOCK)
        return
    while piece := read(_BLOCK, decode_content=True):
        yield piece


class _Bearer(AuthBase):
    """Sets the header through requests' own hook, so that nothing else can replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, prepared: Any) -> Any:
        prepared.headers["Authorization"] = f"Bearer {self._token}"
        return prepared


class _NoAuth(AuthBase):
    def __call__(self, prepared: Any) -> Any:
        return prepared


def _causes(problem: BaseException) -> list[BaseException]:
    """Return an exception of requests and all that it wraps, outermost first."""
    causes: list[BaseException] = []
    wrapped: Any = problem
    while wrapped is not None and len(causes) < _DEEPEST:
        causes.append(wrapped)
        # Not __context__: it may lead to an earlier request, whose failure is just being handled.
        candidates = [getattr(wrapped, "reason", None), *wrapped.args, wrapped.__cause__]
        wrapped = next(
            (inner for inner in candidates if isinstance(inner, BaseException) and inner not in causes), None
        )
    return causes


def _reason(causes: Sequence[BaseException]) -> str:
    """Return the innermost cause in words; never the URL, the headers or the proxy's password."""
    inner = causes[-1]
    tunnel = next((str(cause) for cause in causes if str(cause).startswith(_NO_TUNNEL)), None)
    text = tunnel or getattr(inner, "verify_message", None) or getattr(inner, "strerror", None) or type(inner).__name__
    return str(text)


def _may_have_acted(found: Answer | ConnectionFailed | AnswerLost, trouble: retry.Trouble) -> bool:
    refused = isinstance(found, Answer) and not found.ok and found.status < 500
    return not refused and not retry.nothing_done(trouble)


def _never_left(causes: Sequence[BaseException]) -> bool:
    """Return whether the request certainly did not arrive.

    That it went through a proxy or failed in TLS proves nothing: both also break after the request was sent.
    """
    return any(_before_sending(cause) for cause in causes)


def _before_sending(cause: BaseException) -> bool:
    if isinstance(cause, (*_UNSENDABLE, ssl.SSLCertVerificationError)):
        return True
    if isinstance(cause, ssl.SSLError):
        return _HANDSHAKE_REFUSED.search(cause.reason or "") is not None
    return isinstance(cause, OSError) and str(cause).startswith(_NO_TUNNEL)


def _differs_by_slash(url: str, target: str) -> bool:
    one, other = urlsplit(url), urlsplit(target)
    same_origin = (one.scheme, one.netloc) == (other.scheme, other.netloc)
    return same_origin and one.path != other.path and one.path.rstrip("/") == other.path.rstrip("/")


def _proxies(settings: ConnectionSettings) -> dict[str, str]:
    if settings.proxy:
        return {"http": settings.proxy, "https": settings.proxy}
    return {} if settings.loopback else dict(get_environ_proxies(settings.origin))
