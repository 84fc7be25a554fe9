# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs resources in the test's own process, as the adapter on the controller does, and shows what was sent.

Only three things differ from a real run: waiting takes no time (it is written down), no random part is added to it, and
the token lives in the process alone.
"""

from __future__ import annotations

import copy
import os
import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from hypothesis import HealthCheck, settings
from simulator import Simulator
from simulator.journal import Entry
from simulator.seed import read_seed
from simulator.wire import API

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import specification
from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Resource
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import ClientCredentials, GivenToken, Requester
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._http.transport import Transport

DEMO = {"application_id": "demo-application", "application_secret": "demo-secret-0123456789abcdef"}
SEED = read_seed(None)
"""The default seed, read once."""
SECRETS = ("demo-secret-0123456789abcdef", "4711", "sip-")
"""What no result may show: the application secret, a conference PIN of the seed, and how SIP passwords begin there."""
OF_THE_WAY = ("requests", "quota", "outcomes")
"""The keys of a result in which a run may differ from check mode."""

# A few examples, in "make test-all" many, and the same ones in every run; RINGME_TEST_EXAMPLES says how many, and with
# RINGME_TEST_RANDOM=1 they are other ones every time.
_COUNT = int(os.environ.get("RINGME_TEST_EXAMPLES") or (10_000 if os.environ.get("RINGME_TEST_ALL") == "1" else 300))
_RANDOM = os.environ.get("RINGME_TEST_RANDOM") == "1"


def examples(share: float) -> settings:
    """The settings of a property test that tries this share of the examples."""
    return settings(
        max_examples=max(10, round(_COUNT * share)),
        deadline=None,
        derandomize=not _RANDOM,
        database=None,
        print_blob=_RANDOM,
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True)
class Ran:
    """One run: what the adapter would hand to Ansible, the requests that arrived, and the waits in seconds."""

    outcome: TaskResult
    entries: list[Entry]
    waits: list[float]

    @property
    def result(self) -> dict[str, Any]:
        """The result of the task."""
        return self.outcome.result

    @property
    def failed(self) -> bool:
        """Whether the task failed."""
        return self.outcome.failed

    @property
    def changed(self) -> bool:
        """The result's ``changed``."""
        return bool(self.result["changed"])

    @property
    def msg(self) -> str:
        """The text of a failure; empty for a success."""
        return str(self.result["msg"]) if self.failed else ""

    @property
    def kind(self) -> str | None:
        """The kind of a failure, "arguments" where ansible-core refused the options; None for a success."""
        return self.result.get("error", {"kind": "arguments"})["kind"] if self.failed else None

    @property
    def sent(self) -> list[str]:
        """The REST requests as "GET /client/@me/client/", in their order."""
        return [f"{entry.method} {entry.path.removeprefix(API)}" for entry in self.entries if entry.is_api]

    @property
    def writes(self) -> list[Entry]:
        """The requests that asked for a change."""
        return [entry for entry in self.entries if entry.is_write]

    @property
    def tokens(self) -> int:
        """How many requests went to the token endpoint."""
        return sum(not entry.is_api for entry in self.entries)

    @property
    def essence(self) -> dict[str, Any]:
        """The result without the keys that depend on the requests (OF_THE_WAY) and without the time (expires)."""
        return {key: _timeless(value) for key, value in self.result.items() if key not in OF_THE_WAY}


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if key != "expires"}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


@dataclass
class Runner:
    """Runs resources against one simulator with one set of kept connections, like the worker of a task."""

    simulator: Simulator
    connection: Mapping[str, Any] = field(default_factory=lambda: dict(DEMO))
    _waits: list[float] = field(default_factory=list)
    _connections: Connections = field(init=False)
    _validated: dict[bytes, ValidationResult] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connections = Connections(self._connect)

    def __call__(
        self, resource: Resource[Any], args: Mapping[str, Any], *, check: bool = False, loop: bool = False
    ) -> Ran:
        """Run with ``args`` over the connection options; every request must agree with the contract.

        A task of its own, which finds tokens but no extensions that were read before; or, with ``loop``, a further item
        of the task that ran last.
        """
        if not loop:
            for kept in self._connections._kept.values():
                kept.cache.directories.clear()
                kept.cache.bundles.clear()
                kept.breaker.note(None, write=True)
        whole = {"api_url": self.simulator.url, "token_cache": "none", "timeout": 10.0, **self.connection, **args}
        given = {name: value for name, value in whole.items() if value is not None}  # None stands for left out
        seen = self.simulator.journal[-1].index if self.simulator.journal else 0
        del self._waits[:]
        outcome = self._outcome(resource, given, check)
        entries = [entry for entry in self.simulator.journal if entry.index > seen]
        problems = [
            (entry.method, entry.path, entry.contract_errors, entry.crash)
            for entry in entries
            if entry.contract_errors or entry.crash
        ]
        assert not problems, problems
        shown = repr((outcome.result, outcome.warnings))
        leaked = [
            secret for secret in SECRETS if secret in shown and re.search(rf"(?<![0-9a-f.]){secret}(?![0-9])", shown)
        ]
        assert not leaked, f"{leaked} in {shown}"
        return Ran(outcome, entries, list(self._waits))

    def close(self) -> None:
        """Close the kept connections."""
        self._connections.close()

    def forget(self) -> None:
        """Start over like a new task: no connection, no token."""
        self.close()

    def _outcome(self, resource: Resource[Any], given: Mapping[str, Any], check: bool) -> TaskResult:
        validation = self._validate(resource, given)
        if validation.error_messages:
            return TaskResult({"msg": ", ".join(validation.error_messages), "changed": False}, True, [], frozenset())
        return execute(resource, validation.validated_parameters, check_mode=check, connections=self._connections)

    def _validate(self, resource: Resource[Any], given: Mapping[str, Any]) -> ValidationResult:
        """What ansible-core makes of the options; the same options in the same environment are validated once."""
        environment = sorted(item for item in os.environ.items() if item[0].startswith("RINGME_"))
        key = pickle.dumps((type(resource), given, environment))
        if key not in self._validated:
            self._validated[key] = ArgumentSpecValidator(**specification(resource)).validate(given)
        # A run may change what it is given.
        return copy.deepcopy(self._validated[key])

    def _connect(self, settings: ConnectionSettings) -> Requester:
        transport = self._transport(settings)
        if settings.access_token:
            return Requester(transport, GivenToken(settings.access_token))
        application, secret = settings.application_id or "", settings.application_secret or ""
        return Requester(transport, ClientCredentials(transport, application, secret, cache=None))

    def _transport(self, settings: ConnectionSettings) -> Transport:
        return Transport(settings, sleep=self._waits.append, jitter=lambda: 0.0)


def touched(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The places at which two snapshots differ, as "clients/801/geo_list"; lists are compared as a whole."""
    missing = object()

    def places(path: str, one: Any, other: Any) -> set[str]:
        if one == other:
            return set()
        if not (isinstance(one, dict) and isinstance(other, dict)):
            return {path}
        return set().union(
            *(
                places(f"{path}/{key}" if path else str(key), one.get(key, missing), other.get(key, missing))
                for key in one.keys() | other.keys()
            )
        )

    return places("", before, after)
