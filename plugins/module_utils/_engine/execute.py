# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution of a resource: options and a connection in, the result of the task out.

Knows neither Ansible nor HTTP; the adapters call :func:`execute`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .._http.auth import Requester
from .._http.circuit_breaker import Breaker
from .._http.retry import RetryBudget
from .._http.run_context import RunContext
from .._http.settings import ConnectionSettings, secrets_in
from .._model.errors import OptionError, RingmeError
from .base import ApiResource, LocalResource, Options, Resource
from .directory_cache import Cache, CachedApi
from .refusals import refusals

_MOST_WARNINGS = 20

Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class TaskResult:
    """What an adapter returns to Ansible. ``secrets`` are masked wherever they occur in ``result``."""

    result: dict[str, Any]
    failed: bool
    warnings: list[str]
    secrets: frozenset[str]


@dataclass(frozen=True)
class _Kept:
    """A connection, and what its runs share."""

    requester: Requester
    breaker: Breaker
    cache: Cache = field(default_factory=Cache)


@dataclass
class Connections:
    """The API connections that one process keeps, one for each distinct settings: all items of a loop share one.

    At most ``most`` are kept, because a loop over clients may use another application for each item.
    """

    connect: Callable[[ConnectionSettings], Requester] = Requester.connect
    most: int = 8
    _kept: dict[ConnectionSettings, _Kept] = field(default_factory=dict)

    def api(self, settings: ConnectionSettings, run: RunContext) -> CachedApi:
        """Return the API over the kept connection, or over a new one that replaces the oldest.

        The cache belongs to the connection, because another application may see other extensions. So does the count of
        consecutive failures.
        """
        if settings not in self._kept:
            while len(self._kept) >= self.most:
                self._kept.pop(next(iter(self._kept))).requester.close()
            self._kept[settings] = _Kept(self.connect(settings), Breaker(settings.max_failures))
        kept = self._kept[settings]
        run.breaker = kept.breaker
        return CachedApi(kept.requester, run, kept.cache)

    def close(self) -> None:
        """Close all."""
        while self._kept:
            self._kept.popitem()[1].requester.close()


def execute(resource: Resource[Any], options: Options, *, check_mode: bool, connections: Connections) -> TaskResult:
    """Run a resource with validated options. Never raises RingmeError: a failure is a result.

    Checks that need no request come before the first request.
    """
    lock = "check mode" if check_mode else "read_only" if options.get("read_only") else None
    run = RunContext(RetryBudget(0.0), lock=lock)
    facts: dict[str, Any] = {}
    run.secrets.update(secrets_in(options))
    sent: Callable[[], dict[str, Any]] = dict if isinstance(resource, LocalResource) else run.facts
    try:
        parsed = _parse(resource, options)
        if isinstance(resource, LocalResource):
            resource.run_locally(parsed, run, check_mode, facts)
        elif isinstance(resource, ApiResource):
            settings = ConnectionSettings.from_options(options)
            run.budget = RetryBudget(settings.retry_budget)
            run.state_folder, run.origin = settings.token_cache, settings.origin
            resource.run(connections.api(settings, run), parsed, check_mode, facts)
    except RingmeError as error:
        failure = {"msg": error.msg, "error": error.details.as_dict(), "changed": run.wrote}
        return TaskResult({**facts, **error.facts, **sent(), **failure}, True, _warnings(run), frozenset(run.secrets))
    return TaskResult({**facts, **sent()}, False, _warnings(run), frozenset(run.secrets))


def _parse(resource: Resource[Parsed], options: Options) -> Parsed:
    """Parse the options; one error names all invalid items of a list."""
    try:
        return resource.parse(options)
    except OptionError as first:
        errors = list(refusals(resource.parse, options, {}))
        if len(errors) < 2:
            raise
        problems = "; ".join(f"{error.option}: {error.problem}" for error in errors[1:])
        hints = {error.details.hint for error in errors}
        hint = str(first.details.hint) if len(hints) == 1 else "Fix these options. No API request was sent"
        raise OptionError(first.option, f"{first.problem}; {problems}", hint=hint, facts=first.facts) from None


def _warnings(run: RunContext) -> list[str]:
    """Return the first warnings, and the number of the others."""
    rest = len(run.warnings) - _MOST_WARNINGS
    return run.warnings if rest <= 0 else [*run.warnings[:_MOST_WARNINGS], f"and {rest} more warnings like these"]
