# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens and the requester: renewed once, never twice, and shared between processes."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import (
    DEFAULT_LIFE,
    ClientCredentials,
    GivenToken,
    Requester,
)
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    ApiError,
    AuthenticationError,
    BadResponseError,
    ForbiddenError,
    NotFoundError,
    QuotaError,
    ReadOnlyError,
    RingmeError,
    ServerError,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import (
    ORIGIN,
    SECRET,
    Clock,
    Pool,
    Reply,
    reply,
    run_of,
    transport_of,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import json_values
from ansible_collections.ringme.pbx.tests.unit.helpers.tokens import credentials_of, granted


def requester_of(*replies: Reply, clock: Clock | None = None) -> tuple[Requester, Pool]:
    """A requester whose token requests and REST requests take their responses from one list."""
    clock = clock or Clock()
    transport, pool = transport_of(*replies, clock=clock)
    return Requester(transport, ClientCredentials(transport, "app", SECRET, None, clock)), pool


def bearers(pool: Pool) -> list[str | None]:
    """The Authorization header of every request; a token request has none."""
    return [request.headers.get("Authorization") for request in pool.sent]


class TestGivenToken:
    """A token obtained elsewhere."""

    def test_it_is_used_and_not_renewed(self) -> None:
        run = run_of()
        tokens = GivenToken(SECRET)
        assert tokens.get(run) == SECRET
        assert run.secrets == {SECRET}
        assert tokens.renew(run, SECRET) is None

    def test_refused(self) -> None:
        transport, pool = transport_of(reply(401, {"message": "Unauthorized"}))
        with pytest.raises(AuthenticationError, match="not accepted") as caught:
            Requester(transport, GivenToken(SECRET)).send(run_of(), "GET", "/x")
        assert bearers(pool) == [f"Bearer {SECRET}"]
        assert SECRET not in caught.value.msg


class TestClientCredentials:
    """The grant, and how long its token is kept."""

    def test_one_request_for_many(self) -> None:
        credentials, pool = credentials_of(granted("t1"))
        run = run_of()
        assert [credentials.get(run) for _number in range(3)] == ["t1"] * 3
        assert len(pool.sent) == run.requests["token"] == 1
        assert "t1" in run.secrets

    def test_a_kept_token_is_a_secret_of_every_run(self) -> None:
        credentials, _pool = credentials_of(granted("t1"))
        credentials.get(run_of())
        run = run_of()
        credentials.get(run)
        assert run.secrets == {"t1"}

    @pytest.mark.parametrize(("passed", "expected"), [(3500, "t1"), (3541, "t2"), (9999, "t2")])
    def test_renewed_before_its_end(self, passed: float, expected: str) -> None:
        clock = Clock()
        credentials, _pool = credentials_of(granted("t1"), granted("t2"), clock=clock)
        credentials.get(run_of())
        clock.now += passed
        assert credentials.get(run_of()) == expected

    @pytest.mark.parametrize("expires_in", [None, "soon", 0, -5, [], {}, 10**400, 10**9, float("nan"), float("inf")])
    def test_an_unusable_life_is_the_documented_one(self, expires_in: Any) -> None:
        clock = Clock()
        credentials, _pool = credentials_of(granted("t1", expires_in), granted("t2"), clock=clock)
        credentials.get(run_of())
        clock.now += DEFAULT_LIFE - 61
        assert credentials.get(run_of()) == "t1"
        clock.now += 2
        assert credentials.get(run_of()) == "t2"

    @pytest.mark.parametrize("expires_in", ["120", 120, 120.0])
    def test_a_life_of_its_own(self, expires_in: Any) -> None:
        clock = Clock()
        credentials, _pool = credentials_of(granted("t1", expires_in), granted("t2"), clock=clock)
        credentials.get(run_of())
        clock.now += 61
        assert credentials.get(run_of()) == "t2"

    def test_a_short_life_does_not_cost_a_token_for_each_request(self) -> None:
        clock = Clock()
        credentials, pool = credentials_of(*[granted(f"t{number}", 60) for number in range(9)], clock=clock)
        for _request in range(100):
            credentials.get(run_of())
            clock.now += 1
        assert len(pool.sent) == 4

    @given(body=json_values())
    def test_any_response_is_a_token_or_a_typed_error(self, body: Any) -> None:
        credentials, _pool = credentials_of(reply(200, body))
        try:
            text = credentials.get(run_of())
        except BadResponseError as error:
            assert "access_token" in error.what
            assert repr(body)[:30] not in error.what or len(repr(body)) < 12
        else:
            assert text == body["access_token"]

    @pytest.mark.parametrize("text", ["", "a\nb", "é", 7, None, ["x"]])
    def test_a_token_that_no_header_can_carry(self, text: Any) -> None:
        credentials, _pool = credentials_of(reply(200, {"access_token": text}))
        with pytest.raises(BadResponseError, match="no access_token"):
            credentials.get(run_of())

    @pytest.mark.parametrize(
        ("status", "body", "kind", "code"),
        [
            (401, {"error": "invalid_client"}, AuthenticationError, "invalid_client"),
            (400, {"error": "unauthorized_client"}, AuthenticationError, "unauthorized_client"),
            (400, {"error": SECRET}, AuthenticationError, None),
            (400, SECRET.encode(), AuthenticationError, None),
            (401, b"", AuthenticationError, None),
            (422, {"error": "invalid_grant"}, AuthenticationError, "invalid_grant"),
            (422, {"error": SECRET}, ApiError, None),
            (404, [], BadResponseError, None),
            (404, {"error": "invalid_client"}, BadResponseError, None),
            (405, b"", BadResponseError, None),
            *((status, b"", BadResponseError, None) for status in (301, 302, 303, 307, 308)),
            *((status, b"\n<html>Log in</html>", BadResponseError, None) for status in (200, 400, 401, 403, 404)),
            (403, {"status": "user_blocked"}, ForbiddenError, "user_blocked"),
            (403, {"status": SECRET}, ForbiddenError, None),
        ],
    )
    def test_refused(self, status: int, body: Any, kind: type[RingmeError], code: str | None) -> None:
        credentials, _pool = credentials_of(reply(status, body))
        with pytest.raises(kind) as caught:
            credentials.get(run_of())
        details = caught.value.details
        assert (details.status, details.api_status, details.path) == (status, code, "/oauth/token")
        assert ("the application was refused" in caught.value.what) is (kind is AuthenticationError)
        assert details.hint
        assert SECRET not in f"{caught.value.msg} {details}"

    def test_the_server_fails(self) -> None:
        credentials, pool = credentials_of(*[reply(500)] * 3)
        with pytest.raises(ServerError):
            credentials.get(run_of())
        assert len(pool.sent) == 3

    def test_too_many_token_requests(self) -> None:
        credentials, _pool = credentials_of(reply(429, b"", Retry_After="600"))
        with pytest.raises(QuotaError, match="oauth/token"):
            credentials.get(run_of())


class TestRequester:
    """After a 401 the token is renewed once."""

    def test_the_token_is_asked_for_first(self) -> None:
        requester, pool = requester_of(granted("t1"), reply(200, {"id": 1}))
        assert requester.send(run_of(), "GET", "/x", query=[("a", "1")]).json() == {"id": 1}
        assert bearers(pool) == [None, "Bearer t1"]
        assert pool.journal[1] == ("GET", f"{ORIGIN}/api/ver1.0/x?a=1")

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
    def test_renewed_once(self, method: str) -> None:
        requester, pool = requester_of(granted("t1"), reply(401), granted("t2"), reply(200, {"id": 1}))
        run = run_of()
        assert requester.send(run, method, "/x", body={"a": 1}).json() == {"id": 1}
        assert bearers(pool) == [None, "Bearer t1", None, "Bearer t2"]
        assert pool.sent[1].body == pool.sent[3].body
        assert (run.requests[method], run.requests["token"]) == (2, 2)
        assert run.secrets == {"t1", "t2"}

    def test_never_twice(self) -> None:
        requester, pool = requester_of(
            granted("t1"), reply(401), granted("t2"), reply(401, {"message": "Unauthorized"})
        )
        with pytest.raises(AuthenticationError):
            requester.send(run_of(), "GET", "/x")
        assert len(pool.sent) == 4

    def test_a_refused_renewal(self) -> None:
        requester, _pool = requester_of(granted("t1"), reply(401), reply(401, {"error": "invalid_client"}))
        with pytest.raises(AuthenticationError, match="application was refused"):
            requester.send(run_of(), "GET", "/x")

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("/client/802/client/", "the application app has no access to client 802"),
            ("/client/802/extension/", "the application app has no access to client 802"),
            ("/extension/7/phone/", "the application app has no access to extension 7"),
            ("/user/", "the application app has no access to this resource"),
        ],
    )
    def test_the_client_of_another_dealer(self, path: str, text: str) -> None:
        requester, _pool = requester_of(granted("t1"), reply(403, {"status": "access_denied"}))
        with pytest.raises(ForbiddenError) as caught:
            requester.send(run_of(), "GET", path)
        assert text in caught.value.what
        assert "client_api" in caught.value.msg

    @pytest.mark.parametrize("lock", ["check mode", "read_only"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_under_a_lock_not_even_a_token_is_asked_for_a_write(self, method: str, lock: str) -> None:
        requester, pool = requester_of()
        with pytest.raises(ReadOnlyError):
            requester.send(run_of(lock=lock), method, "/x", body={})
        assert not pool.sent

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(400, ApiError), (403, ForbiddenError), (404, NotFoundError), (500, ServerError), (302, BadResponseError)],
    )
    def test_every_other_refusal_is_typed(self, status: int, kind: type[RingmeError]) -> None:
        requester, _pool = requester_of(granted("t1"), *[reply(status)] * 3)
        run = run_of()
        with pytest.raises(kind):
            requester.send(run, "GET", "/x")
        assert run.requests["token"] == 1, "another token would change nothing"

    @given(
        st.lists(st.sampled_from([401, 200, 204, 403, 404, 500]), min_size=1, max_size=4),
        st.sampled_from(["GET", "PUT"]),
    )
    def test_at_most_one_renewal_whatever_comes(self, statuses: list[int], method: str) -> None:
        clock = Clock()
        transport, pool = transport_of(*[reply(status) for status in statuses], *[reply(200)] * 5, clock=clock)
        asked: list[str] = []

        class Counted:
            """Hands out numbered tokens."""

            owner = "the application"

            def get(self, run: Any) -> str:
                return "t0"

            def renew(self, run: Any, refused: str) -> str | None:
                asked.append(refused)
                return f"t{len(asked)}"

        with contextlib.suppress(RingmeError):
            Requester(transport, Counted()).send(run_of(), method, "/x")
        assert len(asked) <= 1
        assert len(pool.sent) <= 3 * 2


class TestConnect:
    """From settings to a requester, without a socket."""

    def test_given_token(self) -> None:
        requester = Requester.connect(ConnectionSettings(ORIGIN, access_token=SECRET))
        assert isinstance(requester._tokens, GivenToken)
        requester.close()

    @pytest.mark.parametrize("cached", [True, False])
    def test_application(self, tmp_path: Path, cached: bool) -> None:
        folder = str(tmp_path / "tokens") if cached else None
        requester = Requester.connect(
            ConnectionSettings(ORIGIN, application_id="app", application_secret=SECRET, token_cache=folder)
        )
        assert isinstance(requester._tokens, ClientCredentials)
        assert (requester._tokens._cache is not None) == cached
        assert not (tmp_path / "tokens").exists()
