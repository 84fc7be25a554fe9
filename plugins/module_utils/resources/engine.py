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

from ..api import Api
from ..model.errors import AnswerLost, BadAnswer, NotAppliedError, ReadOnlyError, RingmeError, ServerError
from ..model.plan import Plan, diff
from ..wire.auth import Requester
from ..wire.retry import RetryBudget
from ..wire.run import Run
from ..wire.settings import ConnectionSettings, secrets_in

Options = Mapping[str, Any]
Desired = TypeVar("Desired")
State = TypeVar("State")
T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What an adapter hands to Ansible. ``secrets`` are values that must be masked wherever they occur in ``result``."""

    result: dict[str, Any]
    failed: bool
    warnings: list[str]
    secrets: frozenset[str]


class Resource(ABC, Generic[Desired]):
    """What every module is: a name, its own options, and a way to carry them out.

    ``arguments`` is an Ansible argument spec without the connection options; ``rules`` its ``mutually_exclusive`` and so on.
    """

    name: str
    arguments: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Any] = {}

    @abstractmethod
    def desired(self, options: Options) -> Desired:
        """Check and normalise the options; raises OptionError. No I/O."""

    @abstractmethod
    def carry_out(self, api: Api, desired: Desired, check_mode: bool, facts: dict[str, Any]) -> None:
        """Do the work and put the result's keys into ``facts`` as they become known, so that a failure can show them."""


class InfoResource(Resource[Desired]):
    """Reads and returns; the same in check mode."""

    @abstractmethod
    def read(self, api: Api, desired: Desired) -> dict[str, Any]:
        """Return the result's own keys. Sends GET requests only."""

    def carry_out(self, api: Api, desired: Desired, check_mode: bool, facts: dict[str, Any]) -> None:
        """Read."""
        facts["changed"] = False
        facts.update(self.read(api, desired))


class StateResource(Resource[Desired], Generic[Desired, State]):
    """Keeps one object in a desired state. ``key`` names the object in the result."""

    key: str
    not_applied_hint = "Look at the object in the provider's web interface, and run again"

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
    def shown(self, state: State) -> Any:
        """Return the object as the result shows it. Pure."""

    @abstractmethod
    def managed(self, desired: Desired, state: State) -> tuple[str, dict[str, Any]]:
        """Return the header and the managed keys of the diff. Pure."""

    def missed(self, desired: Desired, observed: State, state: State, plan: Plan) -> Plan:
        """Return what is still to do after the plan was carried out: empty when everything stuck. Pure."""
        return self.plan(desired, state)

    def consequences(self, api: Api, desired: Desired, observed: State, plan: Plan) -> dict[str, Any]:
        """Return further keys of the result that are known before anything is written. Sends GET requests only."""
        return {}

    def carry_out(self, api: Api, desired: Desired, check_mode: bool, facts: dict[str, Any]) -> None:
        """Observe, plan and, outside check mode, apply and read back."""
        observed = self.observe(api, desired)
        plan = self.plan(desired, observed)
        target = self.predict(desired, observed)
        header, before = self.managed(desired, observed)
        facts["changes"] = plan.as_list()
        facts["diff"] = diff(header, before, self.managed(desired, target)[1])
        facts.update(self.consequences(api, desired, observed, plan))
        state = target
        if plan and not check_mode:
            if api.run.lock:
                raise ReadOnlyError(
                    f"{api.run.lock} is set, so nothing was changed. Without it this would happen: {plan.describe()}",
                    hint="Unset read_only and RINGME_READ_ONLY, or run in check mode",
                )
            state = self.apply(api, desired, observed, plan)
            self._verify(self.missed(desired, observed, state, plan))
        facts["changed"] = bool(plan)
        facts[self.key] = self.shown(state)

    def _verify(self, rest: Plan) -> None:
        if rest:
            raise NotAppliedError(
                f"the API accepted the change, but reading back shows that this is still to do: {rest.describe()}",
                hint=self.not_applied_hint,
            )


def write_and_read(run: Run, write: Callable[[], T | None], read: Callable[[], T], reached: Callable[[T], bool]) -> T:
    """Do one write and return the state afterwards.

    ``write`` returns the state where the answer carries it; otherwise, and where the answer does not show the goal
    ``reached``, ``read`` tells. A write whose outcome is unknown (lost answer, 5xx) is never repeated: reading settles
    whether it was carried out, and its error is raised if it was not.
    """
    try:
        state = write()
    except (AnswerLost, ServerError, BadAnswer) as error:
        try:
            found = read()
        except RingmeError as second:
            raise _unsettled(
                error, f"reading back failed as well ({second.what}), so it is not known whether it was carried out"
            ) from None
        if reached(found):
            run.warn(f"{error.what}; reading back shows that it was carried out")
            return found
        raise _unsettled(error, "reading back shows that it was not carried out") from None
    return state if state is not None and reached(state) else read()


def _unsettled(error: RingmeError, finding: str) -> RingmeError:
    known = error.details
    return type(error)(
        f"{error.what.rstrip('. ')}; {finding}",
        hint="Run again: it will do what is still missing",
        status=known.status,
        api_status=known.api_status,
        method=known.method,
        path=known.path,
    )


@dataclass
class Connections:
    """The API connections that one process keeps, one per distinct settings: all items of a loop share one.

    At most ``most`` are kept, because a loop over clients may bring another application with every item.
    """

    connect: Callable[[ConnectionSettings], Requester] = Requester.connect
    most: int = 8
    _kept: dict[ConnectionSettings, Requester] = field(default_factory=dict)

    def to(self, settings: ConnectionSettings) -> Requester:
        """Return the kept connection, or a new one in place of the oldest."""
        if settings not in self._kept:
            while len(self._kept) >= self.most:
                self._kept.pop(next(iter(self._kept))).close()
            self._kept[settings] = self.connect(settings)
        return self._kept[settings]

    def close(self) -> None:
        """Close all."""
        while self._kept:
            self._kept.popitem()[1].close()


def execute(resource: Resource[Any], options: Options, *, check_mode: bool, connections: Connections) -> Outcome:
    """Run a resource with validated options. Never raises a RingmeError: a failure is an outcome.

    All checks that need no request come before the first request.
    """
    run = Run(RetryBudget(0.0), lock="check mode" if check_mode else "read_only" if options.get("read_only") else None)
    facts: dict[str, Any] = {}
    run.secrets.update(secrets_in(options))
    try:
        desired = resource.desired(options)
        settings = ConnectionSettings.from_options(options)
        run.budget = RetryBudget(settings.retry_budget)
        resource.carry_out(Api(connections.to(settings), run), desired, check_mode, facts)
    except RingmeError as error:
        failure = {"msg": error.msg, "error": error.details.as_dict(), "changed": run.wrote}
        return Outcome({**facts, **run.facts(), **failure}, True, run.warnings, frozenset(run.secrets))
    return Outcome({**facts, **run.facts()}, False, run.warnings, frozenset(run.secrets))
