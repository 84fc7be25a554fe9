# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that tasks and forks share."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import ClientCredentials
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._http.token_cache import Token, TokenCache
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import AuthenticationError
from ansible_collections.ringme.pbx.tests.unit.helpers import server
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import (
    ORIGIN,
    SECRET,
    Clock,
    reply,
    run_of,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.server import serving
from ansible_collections.ringme.pbx.tests.unit.helpers.tokens import credentials_of, granted


class TestShared:
    """One token for tasks and forks."""

    def cache(self, folder: Path) -> TokenCache:
        """The cache of the application."""
        return TokenCache(str(folder / "tokens"), ORIGIN, "app", SECRET)

    def test_the_next_process_needs_no_request(self, tmp_path: Path) -> None:
        first, _pool = credentials_of(granted("t1"), cache=self.cache(tmp_path))
        assert first.get(run_of()) == "t1"
        second, pool = credentials_of(cache=self.cache(tmp_path))
        run = run_of()
        assert second.get(run) == "t1"
        assert not pool.sent
        assert run.secrets == {"t1"}

    def test_an_old_token_is_replaced(self, tmp_path: Path) -> None:
        clock = Clock()
        credentials_of(granted("t1"), cache=self.cache(tmp_path), clock=clock)[0].get(run_of())
        clock.now += 3541
        assert credentials_of(granted("t2"), cache=self.cache(tmp_path), clock=clock)[0].get(run_of()) == "t2"
        loaded = self.cache(tmp_path).load(clock.now)
        assert loaded == Token("t2", clock.now + 3600)

    def test_a_renewal_by_another_process_is_taken_over(self, tmp_path: Path) -> None:
        one, _pool = credentials_of(granted("t1"), granted("t2"), cache=self.cache(tmp_path))
        other, pool = credentials_of(cache=self.cache(tmp_path))
        assert one.get(run_of()) == other.get(run_of()) == "t1"
        assert one.renew(run_of(), "t1") == "t2"
        run = run_of()
        assert other.renew(run, "t1") == "t2"
        assert not pool.sent
        assert run.secrets == {"t2"}

    def test_a_refused_token_in_the_cache_is_renewed(self, tmp_path: Path) -> None:
        one, pool = credentials_of(granted("t1"), granted("t2"), cache=self.cache(tmp_path))
        one.get(run_of())
        assert one.renew(run_of(), "t1") == "t2"
        assert len(pool.sent) == 2
        loaded = self.cache(tmp_path).load(Clock().now)
        assert loaded is not None
        assert loaded.text == "t2"

    def test_a_wrong_secret_is_not_covered_up_by_the_cache(self, tmp_path: Path) -> None:
        credentials_of(granted("t1"), cache=self.cache(tmp_path))[0].get(run_of())
        wrong = TokenCache(str(tmp_path / "tokens"), ORIGIN, "app", "wrong")
        credentials, pool = credentials_of(reply(401, {"error": "invalid_client"}), cache=wrong)
        with pytest.raises(AuthenticationError):
            credentials.get(run_of())
        assert len(pool.sent) == 1

    def test_without_a_usable_folder_every_process_requests_a_token_and_warns(self, tmp_path: Path) -> None:
        (tmp_path / "tokens").write_text("", encoding="utf-8")
        run = run_of()
        assert credentials_of(granted("t1"), cache=self.cache(tmp_path))[0].get(run) == "t1"
        assert len(run.warnings) == 1
        assert str(tmp_path / "tokens") in run.warnings[0]
        assert SECRET not in run.warnings[0]


def _ask(folder: str, origins: Any, results: Any) -> None:
    """What a fork does: get a token, and say which one and how many requests that took."""
    origin = origins.get()
    transport = Transport(ConnectionSettings(origin))
    credentials = ClientCredentials(transport, "app", SECRET, TokenCache(folder, origin, "app", SECRET))
    run = run_of()
    results.put((credentials.get(run), run.requests["token"], len(run.warnings)))


def test_of_many_processes_exactly_one_asks(tmp_path: Path) -> None:
    numbers = iter(range(100))

    def slow(connection: Any, _request: bytes) -> None:
        time.sleep(0.3)
        connection.sendall(server.response(b'{"access_token": "t%d", "expires_in": 3600}' % next(numbers)))

    context = multiprocessing.get_context("fork")
    origins, results = context.Queue(), context.Queue()
    # The forks come before the threads of the server, and wait for its address.
    forks = [
        context.Process(target=_ask, args=(str(tmp_path / "tokens"), origins, results), daemon=True)
        for _number in range(10)
    ]
    for fork in forks:
        fork.start()
    with serving(*[slow] * 20) as found:
        for _fork in forks:
            origins.put(found.origin)
        responses = [results.get(timeout=60) for _fork in forks]
        for fork in forks:
            fork.join(60)
    assert found.lines == ["POST /oauth/token"]
    assert {text for text, _requests, _warnings in responses} == {"t0"}
    assert sum(requests for _text, requests, _warnings in responses) == 1
    assert not any(warnings for _text, _requests, warnings in responses)
    assert not [name for name in os.listdir(tmp_path / "tokens") if name.startswith(".new-")]
