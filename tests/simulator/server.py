# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The embeddable simulator: its own thread, its own event loop, a free loopback port."""

from __future__ import annotations

import asyncio
import ipaddress
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, final

from aiohttp import web

from simulator.app import build
from simulator.contract import Contract
from simulator.control import contract_errors
from simulator.faults import Faults
from simulator.journal import Entry, Journal
from simulator.pipeline import Pipeline
from simulator.quota import Quota
from simulator.seed import Seed, read_seed
from simulator.switches import Switches
from simulator.view import State
from simulator.wire import API
from simulator.world import World


def is_loopback(host: str) -> bool:
    """Whether *host* can be reached from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@final
class Simulator:
    """One simulated provider behind a loopback port.

    A context manager, or ``start()`` and ``stop()``. ``seed`` is a dictionary, a path of a YAML file, or None for the
    default seed. With ``validate`` every request and response is checked against the OpenAPI document.
    """

    def __init__(
        self,
        seed: Seed = None,
        switches: Mapping[str, Any] | None = None,
        validate: bool = True,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        if not is_loopback(host):
            raise ValueError(f"{host}: the simulator listens on loopback addresses only")
        self.world = World(read_seed(seed), switches)
        self.state = State(self.world.store)
        self.pipeline = Pipeline(self.world, Contract.shared() if validate else None)
        # The name may stand for two addresses, with a free port of its own on each.
        self.host, self.port = "127.0.0.1" if host == "localhost" else host, port
        self.contract_checked = True
        """Whether the pytest fixtures check the journal against the contract at the end of the test."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    # Life

    def start(self) -> Simulator:
        """Listen; returns when requests are served. Raises OSError when the port is taken."""
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._ready.clear()
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        """Stop listening, drop open connections and end the thread."""
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._thread = self._loop = None

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        self._loop = loop
        runner = web.AppRunner(
            build(self.world, self.pipeline),
            access_log=None,
            handle_signals=False,
            shutdown_timeout=0.1,
            handler_cancellation=True,
        )
        try:
            loop.run_until_complete(runner.setup())
            site = web.TCPSite(runner, self.host, self.port, backlog=512)
            loop.run_until_complete(site.start())
            self.port = runner.addresses[0][1]
        except BaseException as error:  # pylint: disable=broad-except
            self._failure = error
        self._ready.set()
        try:
            if self._failure is None:
                loop.run_forever()
        finally:
            loop.run_until_complete(runner.cleanup())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    # What tests use

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``; the API is under /api/ver1.0, the token endpoint at /oauth/token."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """The base of the REST resources."""
        return self.url + API

    @property
    def journal(self) -> Journal:
        """Every request so far, the token endpoint included."""
        return self.world.journal

    @property
    def faults(self) -> Faults:
        """The schedule of faults."""
        return self.world.faults

    @property
    def quota(self) -> Quota:
        """The hourly quota: limit, remaining and reset can be set."""
        return self.world.quota

    @property
    def switches(self) -> Switches:
        """The live switches."""
        return self.world.switches

    def requests(self, method: str | None = None, path_regex: str | None = None, api_only: bool = True) -> list[Entry]:
        """Journal entries of that method whose path matches somewhere; the token endpoint only without ``api_only``."""
        return self.journal.select(method, path_regex, api_only)

    def writes(self) -> list[Entry]:
        """Requests that asked for a change: any method but GET, except at the token endpoint."""
        return [entry for entry in self.journal if entry.is_write]

    def token_requests(self) -> list[Entry]:
        """Requests to the token endpoint."""
        return [entry for entry in self.journal if entry.path == "/oauth/token"]

    def clear_journal(self) -> None:
        """Forget the journal."""
        self.journal.clear()

    def snapshot(self) -> dict[str, Any]:
        """The whole state as plain, comparable data."""
        return self.world.store.snapshot()

    def load(self, seed: Seed) -> None:
        """Replace the state; tokens die."""
        self.world.load(read_seed(seed))

    def expire_tokens(self) -> int:
        """End every token before its time; returns how many."""
        return self.world.tokens.kill_all()

    def contract_errors(self) -> list[dict[str, Any]]:
        """Every request that broke the contract, whose response broke it, or that crashed the simulator."""
        return contract_errors(self.world)
