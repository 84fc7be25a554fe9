# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources, and the order of their steps: parse, resolve, observe, plan, apply, read back (design section 2).

Knows neither Ansible nor HTTP. This file alone decides what check mode skips, and what ``changed`` means.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .._http.run_context import RunContext
from .._http.transport import REQUESTS
from .._model.errors import NotAppliedError, ReadOnlyError, RingmeError
from .._model.limits import Blocked, refuse
from .._model.plan import Change, Plan, describe, diff
from .._optional import Library
from .directory_cache import CachedApi

Options = Mapping[str, Any]
Parsed = TypeVar("Parsed")
Desired = TypeVar("Desired")
State = TypeVar("State")
Step = TypeVar("Step")


@dataclass(frozen=True)
class Consequences:
    """What a plan causes, known before the first write.

    ``facts`` are further keys of the result, ``before`` and ``after`` further sections of the diff. ``blocked`` are the
    limits that the plan exceeds, ``None`` for a resource without limits; if ``lenient``, check mode only reports them.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    blocked: tuple[Blocked, ...] | None = None
    lenient: bool = False


class Resource(ABC, Generic[Parsed]):
    """What every module has: a name, its options, and what it does with them.

    ``arguments`` is an Ansible argument spec without the connection options; ``rules`` its ``mutually_exclusive`` and
    so on. ``announcements`` are printed before the start, each if the option of its name is true. ``libraries`` are
    those that the resource needs. A resource is an :class:`ApiResource` or a :class:`LocalResource`.
    """

    name: str
    arguments: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Any] = {}
    announcements: Mapping[str, str] = {}
    libraries: tuple[Library, ...] = ()

    @property
    def missing(self) -> Library | None:
        """The first of ``libraries`` that is not installed."""
        return next((library for library in self.libraries if library.problem), None)

    @abstractmethod
    def parse(self, options: Options) -> Parsed:
        """Check and normalise the options; raises OptionError. No I/O."""

    def lines(self, result: Mapping[str, Any]) -> list[str]:
        """Return what a person reads at the end, next to Ansible's own line of the task. Pure."""
        return []


class ApiResource(Resource[Parsed]):
    """Works on the API; takes the connection options too."""

    libraries = (REQUESTS,)

    @abstractmethod
    def run(self, api: CachedApi, parsed: Parsed, check_mode: bool, facts: dict[str, Any]) -> None:
        """Do the work. Puts each key of the result into ``facts`` once it is known, so that a failure shows it."""


@dataclass(frozen=True)
class Work:
    """What a local resource has found and is about to write.

    ``facts`` are the result's keys, ``changed`` is whether ``write`` would change a file; ``write`` raises RingmeError
    if it fails. A ``refusal`` is raised at the end, after ``write``. ``secrets`` are masked in the result.
    """

    facts: Mapping[str, Any]
    changed: bool = False
    write: Callable[[], None] | None = None
    refusal: RingmeError | None = None
    warnings: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()


class LocalResource(Resource[Parsed]):
    """Works on files of the machine that it runs on. Sends no request."""

    @abstractmethod
    def prepare(self, parsed: Parsed) -> Work:
        """Read files and decide what to write; raises RingmeError. Writes nothing."""

    def run_locally(self, parsed: Parsed, run: RunContext, check_mode: bool, facts: dict[str, Any]) -> None:
        """Prepare and, outside check mode, write."""
        work = self.prepare(parsed)
        run.secrets.update(work.secrets)
        for text in work.warnings:
            run.warn(text)
        facts.update(work.facts)
        if work.changed and work.write is not None and not check_mode:
            work.write()
            run.note_write()
        if work.refusal is not None:
            raise work.refusal
        facts["changed"] = work.changed


class InfoResource(ApiResource[Parsed]):
    """Reads and returns; the same in check mode."""

    @abstractmethod
    def read(self, api: CachedApi, query: Parsed) -> dict[str, Any]:
        """Return the result's own keys. Sends GET requests only."""

    def run(self, api: CachedApi, parsed: Parsed, check_mode: bool, facts: dict[str, Any]) -> None:
        """Read."""
        facts["changed"] = False
        facts.update(api.retry_if_stale(lambda: self.read(api, parsed)))


class StateResource(ApiResource[Parsed], Generic[Parsed, Desired, State, Step]):
    """Keeps one object, or all objects of a list, in a desired state. ``key`` names it in the result.

    ``resolve`` turns the parsed options, which may name extensions by number, into the desired state, which has ids.
    ``plan`` decides everything once; what follows only reads the plan.
    """

    key: str
    not_applied_hint = "Check the object in the provider's web interface, and run again"

    @abstractmethod
    def resolve(self, api: CachedApi, parsed: Parsed) -> Desired:
        """Return the desired state with ids instead of numbers; raises NotFoundError or ConflictError."""

    @abstractmethod
    def observe(self, api: CachedApi, desired: Desired) -> State:
        """Read the state. Sends GET requests only."""

    @abstractmethod
    def plan(self, desired: Desired, observed: State) -> Plan[Step, State]:
        """Return how to get from the observed to the desired state; raises ConflictError. Pure."""

    @abstractmethod
    def apply(self, api: CachedApi, desired: Desired, plan: Plan[Step, State]) -> State:
        """Execute the steps of the plan, these and no others, and return the state as read back."""

    @abstractmethod
    def remaining(self, desired: Desired, plan: Plan[Step, State], state: State) -> Iterable[Change]:
        """Return what the state after ``apply`` lacks of the plan. Pure."""

    @abstractmethod
    def shown(self, desired: Desired, state: State) -> Any:
        """Return the object as the result shows it. Pure."""

    @abstractmethod
    def managed(self, desired: Desired, state: State) -> tuple[str, dict[str, Any]]:
        """Return the header and the managed keys of the diff. Pure."""

    def compared(
        self, desired: Desired, observed: State, predicted: State
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Return the header and the two sides of the diff. Pure."""
        header, before = self.managed(desired, observed)
        return header, before, self.managed(desired, predicted)[1]

    def consequences(self, api: CachedApi, desired: Desired, observed: State, plan: Plan[Step, State]) -> Consequences:
        """Return what the plan causes. Sends GET requests only."""
        return Consequences()

    def report(self, desired: Desired, state: State) -> dict[str, Any]:
        """Return further keys of the result that are known at the end. Pure."""
        return {}

    def settle(self, api: CachedApi, desired: Desired) -> None:
        """Forget what an earlier run left unfinished: the object is as desired now. Sends nothing."""

    def run(self, api: CachedApi, parsed: Parsed, check_mode: bool, facts: dict[str, Any]) -> None:
        """Resolve, observe, plan and, outside check mode, apply and read back."""
        api.retry_if_stale(lambda: self._run(api, parsed, check_mode, facts))

    def _run(self, api: CachedApi, parsed: Parsed, check_mode: bool, facts: dict[str, Any]) -> None:
        facts.clear()  # a first attempt used an outdated list of extensions
        desired = self.resolve(api, parsed)
        observed = self.observe(api, desired)
        plan = self.plan(desired, observed)
        header, before, after = self.compared(desired, observed, plan.predicted)
        facts["changes"] = plan.as_list()
        facts["diff"] = diff(header, before, after)
        found = self.consequences(api, desired, observed, plan)
        facts["diff"] = diff(header, {**before, **found.before}, {**after, **found.after})
        facts.update(found.facts)
        if found.blocked is not None:
            facts["blocked"] = [item.as_dict() for item in found.blocked]
            if not (check_mode and found.lenient):
                refuse(found.blocked, plan.lines())
        state = plan.predicted
        if plan and not check_mode:
            if api.run.lock:
                raise ReadOnlyError(
                    f"{api.run.lock} is set, so this task changed nothing. The plan: {describe(plan.changes)}",
                    hint="Unset read_only and RINGME_READ_ONLY, or run in check mode",
                )
            state = self.apply(api, desired, plan)
            self._verify(tuple(self.remaining(desired, plan, state)))
        if not api.run.lock:
            self.settle(api, desired)
        facts["changed"] = bool(plan)
        facts[self.key] = self.shown(desired, state)
        facts.update(self.report(desired, state))

    def _verify(self, rest: tuple[Change, ...]) -> None:
        if rest:
            raise NotAppliedError(
                f"the API accepted the change, but reading back shows that this is missing: {describe(rest)}",
                hint=self.not_applied_hint,
            )
