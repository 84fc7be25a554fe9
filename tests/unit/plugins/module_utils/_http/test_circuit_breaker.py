# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API that fails at everything is asked a few times, and then no more."""

from __future__ import annotations

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import GivenToken, Requester
from ansible_collections.ringme.pbx.plugins.module_utils._http.circuit_breaker import PAUSE, Breaker
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    ApiError,
    ConnectionFailedError,
    ForbiddenError,
    NotFoundError,
    NotReachedError,
    ResponseLostError,
    RingmeError,
    ServerError,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Clock, reply, run_of, transport_of

LOST, REFUSED, BROKEN = (
    ResponseLostError("GET /x: lost"),
    ConnectionFailedError("GET /x: refused"),
    ServerError("PUT /x: HTTP 500"),
)


def after(*ends: tuple[RingmeError | None, bool], most: int = 3) -> Breaker:
    """A breaker after requests that ended so."""
    breaker = Breaker(most)
    for error, write in ends:
        breaker.note(error, write=write)
    return breaker


@pytest.mark.parametrize(
    ("ends", "is_open"),
    [
        ([(LOST, False)] * 2, False),
        ([(LOST, False)] * 3, True),
        ([(LOST, True), (LOST, False), (LOST, True)], True),
        ([(LOST, False), (None, False)] * 9, False),
        ([(LOST, False), (NotFoundError("x"), False)] * 9, False),
        ([(LOST, False), (LOST, False), (REFUSED, False)] * 9, False),
        ([(BROKEN, True), (None, False)] * 3, True),
        ([(BROKEN, True), (None, True)] * 9, False),
        ([(BROKEN, True), (BROKEN, True), (LOST, False), (BROKEN, True)], False),
        ([(ApiError("x"), True)] * 9, False),
        ([(ForbiddenError("x"), False)] * 9, False),
    ],
)
def test_failures_of_one_kind_in_a_row_open_it(ends: list[tuple[RingmeError | None, bool]], is_open: bool) -> None:
    assert after(*ends).open is is_open
    assert not after(*ends, most=0).open


def test_it_warns_once() -> None:
    breaker = Breaker(2)
    warnings = [breaker.note(LOST, write=False) for _number in range(4)]
    assert [text is None for text in warnings] == [True, False, True, True]
    assert "2 consecutive requests failed with the same error (answer_lost; max_failures is 2)" in str(warnings[1])


def test_after_a_pause_it_lets_runs_try_again() -> None:
    clock = Clock()
    breaker = Breaker(2, clock)
    breaker.refuse()
    for _number in range(2):
        breaker.note(LOST, write=False)
    with pytest.raises(
        NotReachedError, match=r"skipped: 2 consecutive requests .* The last failure: GET /x: lost"
    ) as caught:
        breaker.refuse()
    assert "max_failures" in caught.value.msg
    clock.sleep(PAUSE)
    breaker.refuse()
    breaker.refuse()
    assert breaker.note(LOST, write=False)
    with pytest.raises(NotReachedError):
        breaker.refuse()
    clock.sleep(PAUSE)
    breaker.refuse()
    breaker.note(None, write=False)
    breaker.note(LOST, write=False)
    breaker.refuse()


class TestRequester:
    """What runs over one connection notice of it."""

    def test_later_runs_send_nothing(self) -> None:
        transport, pool = transport_of(*[reply(500)] * 9, retries=1)
        requester = Requester(transport, GivenToken("t"))
        breaker = Breaker(2)
        warnings = []
        for expected in (ServerError, ServerError, NotReachedError, NotReachedError):
            run = run_of()
            run.breaker = breaker
            with pytest.raises(expected):
                requester.send(run, "GET", "/x")
            warnings += run.warnings
        assert len(pool.sent) == 2
        assert len(warnings) == 1

    def test_a_run_that_wrote_is_let_finish(self) -> None:
        """What it took away must be restored."""
        transport, pool = transport_of(reply(200), *[reply(500)] * 4, reply(200), retries=1)
        requester = Requester(transport, GivenToken("t"))
        run = run_of()
        run.breaker = Breaker(2)
        requester.send(run, "DELETE", "/x")
        for _number in range(4):
            with pytest.raises(ServerError):
                requester.send(run, "POST", "/x", body={})
        requester.send(run, "POST", "/x", body={})
        assert not pool.replies
        assert not run.breaker.open
