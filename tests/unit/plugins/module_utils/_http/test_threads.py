# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many threads over one run, one requester and one transport, against a server on loopback that makes them collide."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import ClientCredentials, GivenToken, Requester
from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import Quota, RunContext
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._http.token_cache import TokenCache
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    AuthenticationError,
    NotFoundError,
    QuotaError,
    RingmeError,
)
from ansible_collections.ringme.pbx.tests.unit.helpers import server
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.server import serving
from ansible_collections.ringme.pbx.tests.unit.plugins.module_utils._http.threads import SlowBudget, at_once

MANY = 8
ASK = "POST /oauth/token"
PATIENCE = 15
"""Seconds that a faulty thread is waited for."""


class Turn:
    """The lock under which tokens are asked for; ``came`` counts those who found no token and came for one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.came = threading.Semaphore(0)

    def __enter__(self) -> None:
        self.came.release()
        self._lock.acquire()  # pylint: disable=consider-using-with

    def __exit__(self, *_problem: object) -> None:
        self._lock.release()


@dataclass
class Pbx:
    """What the server does: it numbers the tokens that it grants, and takes only those in ``good``.

    ``refused_together`` requests with another token are all read before the first is refused. ``coming``: how many
    threads more have come for a token before the first, the second ... of its requests has a response.
    """

    good: set[str] = field(default_factory=lambda: {"t1"})
    grants: Iterable[str] = ("t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9")
    refused_together: int = 1
    unknown_application: bool = False
    coming: Iterable[int] = (MANY, MANY)

    def __post_init__(self) -> None:
        self.turn = Turn()
        self._coming = iter(self.coming)
        self._rest = iter(self.grants)
        self._refused = threading.Barrier(self.refused_together)

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        """Response one request."""
        if request.startswith(ASK.encode()):
            for _thread in range(next(self._coming, 0)):
                self.turn.came.acquire(timeout=PATIENCE)
            refusal = server.response(b'{"error": "invalid_client"}', "401 Unauthorized")
            grant = b'{"access_token": "%s", "expires_in": 3600}' % next(self._rest).encode()
            connection.sendall(refusal if self.unknown_application else server.response(grant))
        elif bearer_of(request) in self.good:
            connection.sendall(server.response(b'{"id": 1}'))
        else:
            self._refused.wait(60)
            connection.sendall(server.response(b"{}", "401 Unauthorized"))


def bearer_of(request: bytes) -> str:
    """The token of a request."""
    found = re.search(rb"Authorization: Bearer (\S+)", request)
    return found.group(1).decode() if found else ""


def requester_of(pbx: Pbx, origin: str, folder: Path | None = None) -> Requester:
    """A requester with the tokens of an application."""
    transport = Transport(ConnectionSettings(origin, timeout=60.0))
    cache = TokenCache(str(folder), origin, "app", SECRET) if folder else None
    credentials = ClientCredentials(transport, "app", SECRET, cache)
    credentials._turn = pbx.turn  # type: ignore[assignment]
    return Requester(transport, credentials)


def gets(requester: Requester, runs: Iterable[RunContext]) -> list[Callable[[], Response]]:
    """One GET of a path of its own for each run."""
    return [lambda n=n, run=run: requester.send(run, "GET", f"/{n}") for n, run in enumerate(runs)]  # type: ignore[misc]


def rest_of(found: server.Server) -> Counter[str]:
    """How often each path was asked for, without the token requests."""
    return Counter(line for line in found.lines if line != ASK)


class TestTokens:
    """One thread asks for the token, and the others take what it got."""

    @pytest.fixture(params=["process", "cache"])
    def folder(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
        """Where tokens are shared, if anywhere."""
        return tmp_path / "tokens" if request.param == "cache" else None

    def test_the_first_token_is_asked_for_once(self, folder: Path | None) -> None:
        run, pbx = run_of(), Pbx()
        with serving(*[pbx] * 30) as found:
            responses = at_once(gets(requester_of(pbx, found.origin, folder), [run] * MANY))
        assert all(isinstance(response, Response) and response.ok for response in responses)
        assert found.lines.count(ASK) == run.requests["token"] == 1
        assert run.requests["GET"] == MANY
        assert run.secrets == {"t1"}
        assert not run.warnings

    def test_a_token_that_all_are_refused_is_renewed_once(self, folder: Path | None) -> None:
        run = run_of()
        pbx = Pbx(good={"t1"}, refused_together=MANY, coming=(1, MANY))
        with serving(*[pbx] * 40) as found:
            requester = requester_of(pbx, found.origin, folder)
            requester.send(run, "GET", "/first")
            pbx.good = {"t2"}
            responses = at_once(gets(requester, [run] * MANY))
        assert all(isinstance(response, Response) and response.ok for response in responses)
        assert found.lines.count(ASK) == run.requests["token"] == 2
        assert rest_of(found) == {"GET /api/ver1.0/first": 1, **{f"GET /api/ver1.0/{n}": 2 for n in range(MANY)}}
        assert [bearer_of(request) for request in found.requests].count("t2") == MANY
        assert run.secrets == {"t1", "t2"}

    def test_no_request_is_sent_a_third_time(self, folder: Path | None) -> None:
        run, pbx = run_of(), Pbx(good=set(), refused_together=MANY)
        with serving(*[pbx] * 40) as found:
            responses = at_once(gets(requester_of(pbx, found.origin, folder), [run] * MANY))
        assert {type(response) for response in responses} == {AuthenticationError}
        assert set(rest_of(found).values()) == {2}
        assert found.lines.count(ASK) == 2

    def test_the_same_token_granted_again_is_not_asked_for_by_each(self) -> None:
        pbx = Pbx(good=set(), grants=["t1"] * 20, refused_together=MANY)
        with serving(*[pbx] * 40) as found:
            responses = at_once(gets(requester_of(pbx, found.origin), [run_of()] * MANY))
        assert {type(response) for response in responses} == {AuthenticationError}
        assert found.lines.count(ASK) == 2

    def test_a_refused_application_is_refused_once(self, folder: Path | None) -> None:
        run, pbx = run_of(), Pbx(unknown_application=True, coming=(MANY, 1))
        with serving(*[pbx] * 30) as found:
            requester = requester_of(pbx, found.origin, folder)
            errors = at_once(gets(requester, [run] * MANY))
            assert found.lines == [ASK]
            pbx.unknown_application, pbx.good = False, {"t2"}
            assert requester.send(run, "GET", "/x").ok, "a failure is not kept"
        assert {type(error) for error in errors} == {AuthenticationError}
        assert len({id(error) for error in errors}) == MANY, "a traceback belongs to one thread"
        assert len({str(error) for error in errors}) == 1
        assert all(error.details.api_status == "invalid_client" for error in errors if isinstance(error, RingmeError))

    def test_the_failure_of_one_run_is_not_that_of_another(self) -> None:
        runs, pbx = [run_of(), run_of()], Pbx(unknown_application=True, coming=(2,))
        with serving(*[pbx] * 5) as found:
            errors = at_once(gets(requester_of(pbx, found.origin), runs))
        assert {type(error) for error in errors} == {AuthenticationError}
        assert found.lines == [ASK] * 2
        assert [run.requests["token"] for run in runs] == [1, 1]

    def test_the_token_counts_in_the_run_that_asked_and_is_a_secret_of_each(self) -> None:
        runs, pbx = [run_of() for _number in range(MANY)], Pbx()
        with serving(*[pbx] * 30) as found:
            at_once(gets(requester_of(pbx, found.origin), runs))
        assert sorted(run.requests["token"] for run in runs) == [0] * (MANY - 1) + [1]
        assert all(run.secrets == {"t1"} for run in runs)


class TestTransport:
    """One pool of connections, and nothing that one request leaves behind for another."""

    def test_as_many_connections_are_kept_as_threads_may_send(self) -> None:
        together = threading.Barrier(32)

        def responds_to_all_together(connection: socket.socket, _request: bytes) -> None:
            together.wait(60)
            connection.sendall(server.response())

        with serving(*[responds_to_all_together] * 96) as found:
            requester = Requester(Transport(ConnectionSettings(found.origin)), GivenToken("t"))
            for _round in range(3):
                assert all(isinstance(response, Response) for response in at_once(gets(requester, [run_of()] * 32)))
            requester.close()
        assert (len(found.requests), found.connections) == (96, 32)

    def test_no_cookie_is_kept(self) -> None:
        with serving(
            *[server.sends(server.response(b"{}", "200 OK", "Set-Cookie: session=of-another; Path=/"))] * 2
        ) as found:
            requester = Requester(Transport(ConnectionSettings(found.origin)), GivenToken("t"))
            for _number in range(2):
                requester.send(run_of(), "GET", "/x")
            requester.close()
        assert len(found.requests) == 2
        assert not [request for request in found.requests if b"cookie" in request.lower()]

    def test_a_run_adds_up_whatever_comes_from_where(self) -> None:
        """Every path fails once, in its own way, and then succeeds."""
        guard, left, seen = threading.Lock(), iter(range(4999, 0, -1)), Counter[bytes]()
        first = {
            b"503": server.response(b"{}", "503 Service Unavailable"),
            b"429": server.response(b"{}", "429 Too Many Requests", "Retry-After: 0"),
            b"404": server.response(b"{}", "404 Not Found"),
        }

        def behave(connection: socket.socket, request: bytes) -> None:
            line = request.split(b" HTTP/")[0]
            with guard:
                seen[line] += 1
                count, remaining = seen[line], next(left)
            time.sleep(0.001 * (remaining % 7))  # so that responses overtake each other
            known = [response for status, response in first.items() if count == 1 and status in line]
            quota = b"X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: %d\r\nX-RateLimit-Reset: 1800\r\n" % remaining
            head, body = (known or [server.response()])[0].split(b"\r\n", 1)
            connection.sendall(head + b"\r\n" + quota + body)

        run = run_of()
        kinds = [
            ("GET", "ok"),
            ("GET", "503"),
            ("GET", "429"),
            ("PUT", "429"),
            ("GET", "404"),
            ("PUT", "ok"),
            ("PUT", "404"),
        ]
        with serving(*[behave] * 500) as found:
            settings = ConnectionSettings(found.origin)
            transport = Transport(settings, sleep=lambda _seconds: None, jitter=lambda: 0.0)
            requester = Requester(transport, GivenToken("t"))

            def thread(number: int) -> list[str]:
                ends = []
                for method, kind in kinds:
                    try:
                        requester.send(run, method, f"/{kind}/{number}", body=None if method == "GET" else {})
                    except NotFoundError as error:
                        ends.append(error.kind)
                return ends

            ends = at_once([lambda number=number: thread(number) for number in range(16)])  # type: ignore[misc]
            requester.close()
        assert ends == [["not_found", "not_found"]] * 16
        methods = Counter(line.split()[0] for line in found.lines)
        assert run.requests == {"GET": 16 * 6, "PUT": 16 * 4, "POST": 0, "DELETE": 0, "token": 0}
        assert methods == {"GET": 16 * 6, "PUT": 16 * 4}
        assert run.quota == Quota(5000, 5000 - len(found.lines), 1800)
        assert run.wrote
        assert not run.warnings, "a wait below a second is not worth a word"

    def test_all_waiting_together_stays_within_the_budget(self) -> None:
        seen: set[bytes] = set()

        def behave(connection: socket.socket, request: bytes) -> None:
            fresh = request not in seen
            seen.add(request)
            limit = server.response(b"{}", "429 Too Many Requests", "Retry-After: 1")
            connection.sendall(limit if fresh else server.response())

        run = RunContext(SlowBudget(5.0))
        waits: list[float] = []
        with serving(*[behave] * 40) as found:
            transport = Transport(ConnectionSettings(found.origin), sleep=waits.append, jitter=lambda: 0.0)
            responses: list[Any] = at_once(gets(Requester(transport, GivenToken("t")), [run] * MANY))
        assert Counter(type(response) for response in responses) == {Response: 5, QuotaError: 3}
        assert (waits, run.budget.seconds) == ([1.0] * 5, 0.0)
