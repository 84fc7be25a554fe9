# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the transport repeats, follows and waits for, and what a failed exchange means."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ProxyError

from ansible_collections.ringme.pbx.plugins.module_utils._http.body import OBJECT
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import Quota
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    ConnectionFailedError,
    QuotaError,
    ResponseLostError,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import (
    ORIGIN,
    SECRET,
    Clock,
    Reply,
    reply,
    run_of,
    transport_of,
    unsent,
)

API = f"{ORIGIN}/api/ver1.0"
POOL: Any = None
REFUSED = unsent(requests.ConnectionError(MaxRetryError(POOL, "/", NewConnectionError(POOL, "refused"))))
RESET = requests.ConnectionError(
    ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
)
PROXY_RESET = requests.exceptions.ProxyError(
    MaxRetryError(POOL, "/", ProxyError("Cannot connect.", ConnectionResetError(104, "x")))
)
TUNNEL = unsent(
    requests.exceptions.ProxyError(
        MaxRetryError(
            POOL,
            "/",
            ProxyError("Cannot connect.", OSError("Tunnel connection failed: 407 Proxy Authentication Required")),
        )
    )
)


class TestRetry:
    """Repeats, waits and what is said about them."""

    def test_a_passing_fault(self) -> None:
        clock = Clock()
        transport, pool = transport_of(reply(503), reply(502), reply(200, {"id": 1}), clock=clock)
        run = run_of()
        assert transport.send(run, "GET", "/x", bearer="t").json() == {"id": 1}
        assert len(pool.sent) == run.requests["GET"] == 3
        assert clock.slept == [0.25, 0.5]
        assert run.budget.seconds == 59.25
        assert not run.warnings, "a wait below a second is not worth a word"

    @pytest.mark.parametrize(
        ("after", "warnings"), [("0", []), ("1", ["GET /x returned HTTP 503; retrying after 1.5 s"])]
    )
    def test_what_is_said_of_a_wait(self, after: str, warnings: list[str]) -> None:
        transport, _pool = transport_of(reply(503, b"", Retry_After=after), reply())
        run = run_of()
        transport.send(run, "GET", "/x", bearer="t")
        assert run.warnings == warnings

    def test_a_lost_response_that_is_waited_for(self) -> None:
        transport, _pool = transport_of(RESET, RESET, RESET, reply(), retries=4, jitter=lambda: 0.9)
        run = run_of()
        transport.send(run, "GET", "/x", bearer="t")
        assert run.warnings == ["GET /x: the response is incomplete (Connection reset by peer); retrying after 1.8 s"]

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    @pytest.mark.parametrize(
        "fault", [reply(500), reply(502), reply(503), reply(504), RESET, PROXY_RESET, requests.ReadTimeout()], ids=repr
    )
    def test_a_write_that_may_have_arrived_is_sent_once(self, method: str, fault: Reply) -> None:
        transport, pool = transport_of(fault)
        run = run_of()
        try:
            assert transport.send(run, method, "/x", bearer="t").status >= 500
        except ResponseLostError:
            assert isinstance(fault, Exception)
        assert len(pool.sent) == 1
        assert run.wrote

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
    @pytest.mark.parametrize(
        "fault",
        [reply(429), reply(429, b"", Retry_After="3"), reply(503, b"", Retry_After="3"), REFUSED, TUNNEL],
        ids=repr,
    )
    def test_what_was_not_carried_out_is_sent_again(self, method: str, fault: Reply) -> None:
        transport, pool = transport_of(fault, reply(404))
        run = run_of()
        assert transport.send(run, method, "/x", bearer="t").status == 404
        assert len(pool.sent) == 2
        assert not run.wrote

    def test_the_token_request_is_repeated_like_a_get(self) -> None:
        transport, pool = transport_of(RESET, reply(500), reply(200, {"access_token": "t"}))
        assert transport.request_token(run_of(), {}).ok
        assert len(pool.sent) == 3

    def test_tries_end(self) -> None:
        transport, pool = transport_of(reply(500), reply(500), retries=2)
        assert transport.send(run_of(), "GET", "/x", bearer="t").status == 500
        transport, pool = transport_of(RESET, RESET, retries=2)
        with pytest.raises(ResponseLostError, match=r"GET /x: the response is incomplete .Connection reset by peer"):
            transport.send(run_of(), "GET", "/x", bearer="t")
        assert len(pool.sent) == 2

    def test_a_wait_that_the_budget_does_not_cover(self) -> None:
        clock = Clock()
        quota = {"X_RateLimit_Limit": "5000", "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "2400"}
        transport, pool = transport_of(reply(429, {"status": "rate_limit_exceeded"}, **quota), clock=clock)
        run = run_of()
        with pytest.raises(QuotaError, match="too many requests") as caught:
            transport.send(run, "PUT", "/x", bearer="t")
        assert "in 40 min" in caught.value.msg
        assert caught.value.details.api_status == "rate_limit_exceeded"
        assert (clock.slept, len(pool.sent), run.quota) == ([], 1, Quota(5000, 0, 2400))

    def test_a_503_that_the_budget_does_not_cover(self) -> None:
        transport, _pool = transport_of(reply(503, b"", Retry_After="100"))
        assert transport.send(run_of(), "GET", "/x", bearer="t").status == 503

    def test_retry_after_as_a_date(self) -> None:
        clock = Clock(now=1_800_000_000.0)
        transport, _pool = transport_of(
            reply(429, b"", Retry_After="Fri, 15 Jan 2027 08:00:10 GMT"), reply(), clock=clock
        )
        transport.send(run_of(), "POST", "/x", bearer="t")
        assert clock.slept == [10.5]

    FAULTS = st.sampled_from(
        [
            reply(429),
            reply(500),
            reply(503),
            reply(503, b"", Retry_After="9"),
            reply(429, b"", Retry_After="30"),
            RESET,
            REFUSED,
            PROXY_RESET,
        ]
    )

    @given(
        st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
        st.lists(FAULTS, max_size=8),
        st.floats(0, 60),
        st.integers(1, 9),
    )
    def test_promises_under_any_faults(self, method: str, faults: list[Reply], budget: float, tries: int) -> None:
        """Never more tries or waiting than allowed, and no write after one that may have arrived."""
        clock = Clock()
        transport, pool = transport_of(*faults, *[reply()] * 10, clock=clock, retries=tries)
        run = run_of(budget)
        try:
            transport.send(run, method, "/x", bearer=SECRET)
        except (ResponseLostError, ConnectionFailedError, QuotaError) as error:
            assert SECRET not in f"{error.msg} {error.details}"
            assert error.details.hint
        assert sum(clock.slept) <= budget + 1e-9
        assert run.requests[method] == len(pool.sent) <= tries
        if method != "GET":
            uncertain = [RESET, PROXY_RESET, reply(500), reply(503)]
            assert all(fault not in uncertain for fault in faults[: len(pool.sent) - 1])
        assert SECRET not in str(run.warnings)


class TestRedirect:
    """Only a slash may come or go."""

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    @pytest.mark.parametrize("location", ["/api/ver1.0/user/", f"{API}/user/", "user/", f"{API}/user/?a=1"])
    def test_slash(self, status: int, location: str) -> None:
        transport, pool = transport_of(reply(status, b"", Location=location), reply(200, {"id": 1}))
        run = run_of()
        response = transport.send(run, "PUT", "/user", bearer="t", query=[("a", "1")], body={"x": 1})
        assert response.json() == {"id": 1}
        assert pool.journal == [("PUT", f"{API}/user?a=1"), ("PUT", f"{API}/user/?a=1")]
        assert pool.sent[0].body == pool.sent[1].body
        assert pool.sent[1].headers["Authorization"] == "Bearer t"
        assert run.requests["PUT"] == 2, "both left, so both count"

    @pytest.mark.parametrize(
        "location",
        [
            "",
            "https://evil.example.org/api/ver1.0/user/",
            "http://pbx.example.org/api/ver1.0/user/",
            "/login",
            "/api/ver1.0/user",
            "http://[",
            "//[pbx.example.org/user/",
        ],
    )
    def test_anywhere_else(self, location: str) -> None:
        transport, pool = transport_of(reply(302, b"", Location=location))
        assert transport.send(run_of(), "GET", "/user", bearer="t").status == 302
        assert len(pool.sent) == 1

    def test_no_second_hop(self) -> None:
        transport, pool = transport_of(
            reply(301, b"", Location=f"{API}/user/"), reply(301, b"", Location=f"{API}/user")
        )
        assert transport.send(run_of(), "GET", "/user", bearer="t").status == 301
        assert len(pool.sent) == 2

    def test_the_secret_is_never_sent_elsewhere(self) -> None:
        transport, pool = transport_of(reply(307, b"", Location=f"{ORIGIN}/oauth/token/"))
        assert transport.request_token(run_of(), {"client_secret": SECRET}).status == 307
        assert len(pool.sent) == 1


class TestFailure:
    """What a failed exchange means."""

    @pytest.mark.parametrize(
        ("problem", "text"),
        [
            (REFUSED, f"no connection to {ORIGIN}"),
            (TUNNEL, "Tunnel connection failed: 407 Proxy Authentication Required"),
            (unsent(requests.ConnectTimeout()), f"no connection to {ORIGIN} (ConnectTimeout)"),
            (RESET, "the response is incomplete (Connection reset by peer)"),
            (PROXY_RESET, "the response is incomplete"),
            (requests.ReadTimeout(), "no response within 30 s"),
            (unsent(requests.exceptions.InvalidURL("x")), f"no connection to {ORIGIN}"),
            (requests.exceptions.ChunkedEncodingError(), "the response is incomplete (ChunkedEncodingError)"),
            (requests.exceptions.ContentDecodingError(), "the response is incomplete"),
            (BrokenPipeError(32, "Broken pipe"), "Broken pipe"),
        ],
        ids=repr,
    )
    def test_words(self, problem: Exception, text: str) -> None:
        transport, _pool = transport_of(problem, retries=1, access_token=SECRET)
        with pytest.raises((ConnectionFailedError, ResponseLostError)) as caught:
            transport.send(run_of(), "GET", "/x", bearer=SECRET)
        assert text in caught.value.what
        assert (caught.value.details.method, caught.value.details.path) == ("GET", "/x")
        assert SECRET not in caught.value.msg

    def test_the_failure_of_an_earlier_request_is_not_taken_for_this_one(self) -> None:
        """Reading back happens while the failure of a write is being handled."""
        transport, pool = transport_of(REFUSED, ConnectionResetError(104, "Connection reset by peer"), retries=1)
        with pytest.raises(ConnectionFailedError):
            transport.send(run_of(), "PUT", "/x", bearer="t")
        pool.replies.insert(0, REFUSED)
        try:
            transport.send(run_of(), "PUT", "/x", bearer="t")
        except ConnectionFailedError:
            with pytest.raises(ResponseLostError):
                transport.send(run_of(), "PUT", "/x", bearer="t")

    @pytest.mark.parametrize(
        "name", ["InvalidHeader", "InvalidURL", "InvalidSchema", "ConnectTimeout", "MissingSchema"]
    )
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_the_name_of_an_error_proves_nothing(self, method: str, name: str) -> None:
        """Two unequal Content-Length are an InvalidHeader, and the request was applied."""
        transport, pool = transport_of(getattr(requests.exceptions, name)("x"), reply())
        run = run_of()
        with pytest.raises(ResponseLostError):
            transport.send(run, method, "/x", bearer="t")
        assert len(pool.sent) == 1
        assert run.wrote

    @pytest.mark.parametrize("status", [301, 302, 304])
    def test_a_response_that_neither_accepts_nor_refuses_a_write(self, status: int) -> None:
        transport, _pool = transport_of(reply(status, b"", Location="/login"))
        run = run_of()
        transport.send(run, "PUT", "/x", bearer="t")
        assert run.wrote

    def test_an_unexpected_error(self) -> None:
        transport, pool = transport_of(IndexError("x"), unsent(LookupError("x")), retries=1)
        with pytest.raises(ResponseLostError, match="IndexError"):
            transport.send(run_of(), "PUT", "/x", bearer="t")
        with pytest.raises(ConnectionFailedError, match="LookupError"):
            transport.send(run_of(), "PUT", "/x", bearer="t")
        assert not pool.replies

    def test_a_response_without_end(self) -> None:
        for most in (OBJECT, 2 * OBJECT):
            transport, _pool = transport_of(reply(200, b" " * most), reply(200, b" " * (most + 1)), retries=1)
            assert transport.send(run_of(), "GET", "/x", bearer="t", most=most).ok
            with pytest.raises(ResponseLostError, match=f"larger than {most // OBJECT} MiB"):
                transport.send(run_of(), "GET", "/x", bearer="t", most=most)
