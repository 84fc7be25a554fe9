# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way through the house: options -> desired, API -> observed, plan, apply, read back, result (design section 2).

Knows neither Ansible nor HTTP. A resource supplies the steps; this file alone decides their order, what check mode
skips, and what ``changed`` means.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .._api import Api
from .._http.run_context import RunContext
from .._http.transport import REQUESTS
from .._model.errors import (
    NotAppliedError,
    NotFoundError,
    ReadOnlyError,
    RingmeError,
)
from .._model.limits import Blocked, refuse
from .._model.plan import Plan, diff
from .._optional import Library

Options = Mapping[str, Any]
Parsed = TypeVar("Parsed")
Desired = TypeVar("Desired")
State = TypeVar("State")
T = TypeVar("T")


@dataclass(frozen=True)
class Consequences:
    """What a plan brings with it, known before anything is written.

    ``facts`` are further keys of the result, ``before`` and ``after`` further sections of the diff. ``blocked`` are the
    limits that the plan exceeds, ``None`` for a resource without limits; where ``lenient``, check mode only reports them.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    blocked: tuple[Blocked, ...] | None = None
    lenient: bool = False


class Resource(ABC, Generic[Parsed]):
    """What every module is: a name, its own options, and a way to carry them out.

    ``arguments`` is an Ansible argument spec without the connection options; ``rules`` its ``mutually_exclusive`` and so on.
    ``announcements`` are said before the start, each where the option that it belongs to is true. ``libraries`` are needed
    where it is carried out. A resource is an :class:`ApiResource` or a :class:`LocalResource`.
    """

    name: str
    arguments: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Any] = {}
    announcements: Mapping[str, str] = {}
    libraries: tuple[Library, ...] = ()

    @property
    def missing(self) -> Library | None:
        """The first library that it needs and that is not here."""
        return next((library for library in self.libraries if library.problem), None)

    @abstractmethod
    def parse(self, options: Options) -> Parsed:
        """Check and normalise the options; raises OptionError. No I/O."""

    def lines(self, result: Mapping[str, Any]) -> list[str]:
        """Return what a person should read at the end, beside Ansible's own line of the task. Pure."""
        return []


class ApiResource(Resource[Parsed]):
    """Works on the API, so that it takes the connection options as well."""

    libraries = (REQUESTS,)

    @abstractmethod
    def run(self, api: Api, parsed: Parsed, check_mode: bool, facts: dict[str, Any]) -> None:
        """Do the work and put the result's keys into ``facts`` as they become known, so that a failure can show them."""


@dataclass(frozen=True)
class Work:
    """What a local resource has found out and is about to write.

    ``facts`` are the result's keys, ``changed`` whether ``write`` would change a file, and ``write`` does it; it raises
    RingmeError where it cannot. A ``refusal`` is raised at the end: what is to be written is written before, if anything.
    ``secrets`` are masked in the result.
    """

    facts: Mapping[str, Any]
    changed: bool = False
    write: Callable[[], None] | None = None
    refusal: RingmeError | None = None
    warnings: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()


class LocalResource(Resource[Parsed]):
    """Works on files of the machine that it runs on, and sends nothing."""

    @abstractmethod
    def prepare(self, parsed: Parsed) -> Work:
        """Read files and decide what is to be written; raises RingmeError. Writes nothing."""

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
    def read(self, api: Api, parsed: Parsed) -> dict[str, Any]:
        """Return the result's own keys. Sends GET requests only."""

    def run(self, api: Api, parsed: Parsed, check_mode: bool, facts: dict[str, Any]) -> None:
        """Read."""
        facts["changed"] = False
        facts.update(_looking_anew(api, lambda: self.read(api, parsed)))


class StateResource(ApiResource[Parsed], Generic[Parsed, Desired, State]):
    """Keeps one object, or all objects of a list, in a desired state. ``key`` names it in the result.

    What the options want may name extensions by number; ``resolve`` makes it a desired state that the API understands.
    """

    key: str
    not_applied_hint = "Look at the object in the provider's web interface, and run again"

    @abstractmethod
    def resolve(self, api: Api, parsed: Parsed) -> Desired:
        """Return the desired state with ids instead of numbers; raises NotFoundError or ConflictError. Sends GET only."""

    @abstractmethod
    def observe(self, api: Api, desired: Desired) -> State:
        """Read the state. Sends GET requests only."""

    @abstractmethod
    def plan(self, desired: Desired, observed: State) -> Plan:
        """Return the changes from observed to desired; raises ConflictError. Pure."""

    @abstractmethod
    def predict(self, desired: Desired, observed: State) -> State:
        """Return the state that carrying out the plan leads to. Pure."""

    @abstractmethod
    def apply(self, api: Api, desired: Desired, observed: State, plan: Plan) -> State:
        """Carry out the plan and return the state as read back."""

    @abstractmethod
    def shown(self, desired: Desired, state: State) -> Any:
        """Return the object as the result shows it. Pure."""

    @abstractmethod
    def managed(self, desired: Desired, state: State) -> tuple[str, dict[str, Any]]:
        """Return the header and the managed keys of the diff. Pure."""

    def compared(self, desired: Desired, observed: State, target: State) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Return the header and the two sides of the diff. Pure."""
        header, before = self.managed(desired, observed)
        return header, before, self.managed(desired, target)[1]

    def missed(self, desired: Desired, observed: State, state: State, plan: Plan) -> Plan:
        """Return what is still to do after the plan was carried out: empty when everything stuck. Pure."""
        return self.plan(desired, state)

    def consequences(self, api: Api, desired: Desired, observed: State, plan: Plan) -> Consequences:
        """Return what the plan brings with it. Sends GET requests only."""
        return Consequences()

    def report(self, desired: Desired, state: State) -> dict[str, Any]:
        """Return further keys of the result that are known at the end. Pure."""
        return {}

    def settle(self, api: Api, desired: Desired) -> None:
        """Forget what an earlier run left unfinished: the object is as desired now. Sends nothing."""

    def run(self, api: Api, parsed: Parsed, check_mode: bool, facts: dict[str, Any]) -> None:
        """Resolve, observe, plan and, outside check mode, apply and read back."""
        _looking_anew(api, lambda: self._run(api, parsed, check_mode, facts))

    def _run(self, api: Api, parsed: Parsed, check_mode: bool, facts: dict[str, Any]) -> None:
        facts.clear()  # what a first try put there was planned with extensions that are out of date
        desired = self.resolve(api, parsed)
        observed = self.observe(api, desired)
        plan = self.plan(desired, observed)
        target = self.predict(desired, observed)
        header, before, after = self.compared(desired, observed, target)
        facts["changes"] = plan.as_list()
        facts["diff"] = diff(header, before, after)
        found = self.consequences(api, desired, observed, plan)
        facts["diff"] = diff(header, {**before, **found.before}, {**after, **found.after})
        facts.update(found.facts)
        if found.blocked is not None:
            facts["blocked"] = [item.as_dict() for item in found.blocked]
            if not (check_mode and found.lenient):
                refuse(found.blocked, plan.lines())
        state = target
        if plan and not check_mode:
            if api.run.lock:
                raise ReadOnlyError(
                    f"{api.run.lock} is set, so this task changed nothing. Without it this would happen: {plan.describe()}",
                    hint="Unset read_only and RINGME_READ_ONLY, or run in check mode",
                )
            state = self.apply(api, desired, observed, plan)
            self._verify(self.missed(desired, observed, state, plan))
        if not api.run.lock:
            self.settle(api, desired)
        facts["changed"] = bool(plan)
        facts[self.key] = self.shown(desired, state)
        facts.update(self.report(desired, state))

    def _verify(self, rest: Plan) -> None:
        if rest:
            raise NotAppliedError(
                f"the API accepted the change, but reading back shows that this is still to do: {rest.describe()}",
                hint=self.not_applied_hint,
            )


def _looking_anew(api: Api, work: Callable[[], T]) -> T:
    """Do the work; once more if something was not found that an earlier run had seen among the client's extensions."""
    try:
        return work()
    except NotFoundError:
        if api.run.wrote or not api.forget_stale():
            raise
    return work()
