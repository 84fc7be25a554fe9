# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins at the seams: a requester with a script, a pool adapter without sockets, a clock that only sleeps move."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3.response import HTTPResponse

from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import Requester
from ansible_collections.ringme.pbx.plugins.module_utils._http.body import OBJECT
from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._http.retry import RetryBudget
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import RunContext
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ResponseLostError

SECRET = "canary-5f1d-secret"
"""Must never show in an error, a warning or a file name."""

ORIGIN = "https://pbx.example.org"
NOTHING: Any = object()


def run_of(budget: float = 60.0, lock: str | None = None) -> RunContext:
    """A run with a waiting budget."""
    return RunContext(RetryBudget(budget), lock=lock)


def response_of(
    body: Any = NOTHING,
    status: int = 200,
    *,
    method: str = "GET",
    path: str = "/x",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A response: bytes as they are, anything else as JSON."""
    raw = b"" if body is NOTHING else body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(method, path, status, headers or {}, raw)


@dataclass
class Exchange:
    """One expected request, and what comes back: a response's body and status, or an exception."""

    method: str
    path: str
    reply: Any = NOTHING
    status: int = 200
    sent: Any = None
    query: Sequence[tuple[str, str]] = ()


def get(path: str, reply: Any = NOTHING, status: int = 200, query: Sequence[tuple[str, str]] = ()) -> Exchange:
    """Expect a GET."""
    return Exchange("GET", path, reply, status, query=query)


def post(path: str, sent: Any, reply: Any = NOTHING, status: int = 201) -> Exchange:
    """Expect a POST with this body."""
    return Exchange("POST", path, reply, status, sent=sent)


def put(path: str, sent: Any, reply: Any = NOTHING, status: int = 200) -> Exchange:
    """Expect a PUT with this body."""
    return Exchange("PUT", path, reply, status, sent=sent)


def delete(path: str, reply: Any = NOTHING, status: int = 204) -> Exchange:
    """Expect a DELETE."""
    return Exchange("DELETE", path, reply, status)


class Script(Requester):
    """A requester that expects exactly these requests in this order, and knows nothing of HTTP."""

    def __init__(self, *exchanges: Exchange) -> None:  # pylint: disable=super-init-not-called
        self.rest = list(exchanges)
        self.closed = False

    def send(
        self,
        run: RunContext,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
        most: int = OBJECT,
    ) -> Response:
        """Compare with the next expected request, and respond as the real requester would."""
        run.check_allowed(method, path)
        assert self.rest, f"unexpected {method} {path} {body}"
        expected = self.rest.pop(0)
        assert (method, path, list(query), body) == (
            expected.method,
            expected.path,
            list(expected.query),
            expected.sent,
        )
        run.requests[method] += 1
        if isinstance(expected.reply, Exception):
            run.wrote = run.wrote or (method != "GET" and isinstance(expected.reply, ResponseLostError))
            raise expected.reply
        response = response_of(expected.reply, expected.status, method=method, path=path)
        run.wrote = run.wrote or (method != "GET" and (response.ok or response.status >= 500))
        if not response.ok:
            raise response.error()
        return response

    def close(self) -> None:
        """Note it."""
        self.closed = True


def lost(method: str = "PUT", path: str = "/x") -> ResponseLostError:
    """What the transport raises when a response did not come."""
    return ResponseLostError(
        f"{method} {path}: the response is incomplete", hint="Look at the network", method=method, path=path
    )


def api_of(*exchanges: Exchange, lock: str | None = None) -> tuple[CachedApi, Script]:
    """An API over a script."""
    script = Script(*exchanges)
    return CachedApi(script, run_of(lock=lock)), script


@dataclass
class Clock:
    """A time that only :meth:`sleep` moves."""

    now: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


def unsent(problem: Exception) -> Exception:
    """An exception that a pool raises before the request leaves; any other one comes afterwards."""
    problem.unsent = True  # type: ignore[attr-defined]
    return problem


Reply = tuple[int, Mapping[str, str], bytes] | Exception


def reply(status: int = 200, body: Any = b"{}", **headers: str) -> Reply:
    """A reply of a pool; underscores in header names stand for hyphens."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, raw


class Pool(BaseAdapter):
    """A pool of connections that gives one prepared reply per request, and keeps what was sent."""

    def __init__(self, exchanged: Exchange, *replies: Reply) -> None:
        super().__init__()
        self.exchanged = exchanged
        self.replies = list(replies)
        self.sent: list[requests.PreparedRequest] = []
        self.options: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Keep the request and return or raise the next reply."""
        self.sent.append(request)
        self.options.append(options)
        if not self.replies:
            pytest.fail(f"unexpected {request.method} {request.url}")  # past whoever takes errors for failed exchanges
        found = self.replies.pop(0)
        self.exchanged.sent = not getattr(found, "unsent", False)
        if isinstance(found, Exception):
            raise found
        status, headers, body = found
        raw = HTTPResponse(io.BytesIO(body), headers=dict(headers), status=status, preload_content=False)
        return requests.adapters.HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""

    @property
    def journal(self) -> list[tuple[str, str]]:
        """Method and URL of all requests."""
        return [(str(request.method), str(request.url)) for request in self.sent]


def transport_of(
    *replies: Reply, clock: Clock | None = None, jitter: Callable[[], float] = lambda: 0.5, **settings: Any
) -> tuple[Transport, Pool]:
    """A transport over a pool without sockets."""
    clock = clock or Clock()
    transport = Transport(
        ConnectionSettings(**{"origin": ORIGIN, **settings}), clock=clock, sleep=clock.sleep, jitter=jitter
    )
    pool = Pool(transport._exchanged, *replies)
    transport._session.mount("https://", pool)
    transport._session.mount("http://", pool)
    return transport, pool
