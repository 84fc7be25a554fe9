# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is decided once: check mode shows it, and apply executes its steps, these and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import StateResource
from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._model.bundle_change import bundle_change
from ansible_collections.ringme.pbx.plugins.module_utils._model.bundle_moves import Move, groups_of
from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import Names
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Bundle
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import Plan
from ansible_collections.ringme.pbx.plugins.module_utils._resources import client_bundles
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import (
    ClientBundles,
    ClientState,
    DesiredBundles,
)
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle import ExtensionsBundle
from ansible_collections.ringme.pbx.plugins.module_utils._resources.registrations.options import DesiredRegistrations
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Exchange, Script, delete, get, put, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.options import executed, module_options
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import wire_extension
from ansible_collections.ringme.pbx.tests.unit.helpers.thing import State, Thing

CLIENT = "/client/801/client/"
LIVE = {"id": 801, "timezone": "UTC", "hold_music": 5}
PHONE = "/extension/7/registration/"
BLOCK = "/extension/registration/"
PAGES = "/client/@me/extension/"


def info(*ids: str) -> dict[str, Any]:
    """The registrations of extension 7, all of one device, on the wire."""
    entries = [
        {"registration_id": key, "device": "snom", "real_address": "sip:192.0.2.7", "contact_address": ""}
        for key in ids
    ]
    return {"extension_id": 7, "registered": bool(ids), "registrations": entries}


def planned(resource: StateResource[Any, Any, Any, Any], api: CachedApi, **given: Any) -> tuple[Any, Plan[Any, Any]]:
    """The desired state and the plan of a task."""
    desired = resource.resolve(api, resource.parse(module_options(resource, **given)))
    return desired, resource.plan(desired, resource.observe(api, desired))


def forbidden(*_arguments: Any) -> Any:
    """Replace a function that must not be called after planning."""
    raise AssertionError("planned again")


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_engine_plans_once(check_mode: bool) -> None:
    plans: list[Plan[State, State]] = []

    class Counting(Thing):
        """Keeps its plans."""

        def plan(self, desired: State, observed: State) -> Plan[State, State]:
            plans.append(super().plan(desired, observed))
            return plans[-1]

    writes = [] if check_mode else [put("/thing", {"value": 2}, {"value": 2})]
    result = executed(Counting(), get("/thing", {"value": 1}), *writes, check_mode=check_mode, value=2).result
    assert [plan.as_list() for plan in plans] == [result["changes"]]


def test_the_engine_applies_the_plan_that_it_shows() -> None:
    class Other(Thing):
        """Plans another value than the desired one."""

        def plan(self, desired: State, observed: State) -> Plan[State, State]:
            return super().plan({"value": 9}, observed)

    result = executed(Other(), get("/thing", {"value": 1}), put("/thing", {"value": 9}, {"value": 9}), value=2).result
    assert result["thing"] == {"value": 9}
    assert result["changes"][0]["fields"] == [{"name": "value", "before": 1, "after": 9}]


def test_a_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    pbx, resource = Pbx({1: {2}}), ExtensionsBundle()
    api = CachedApi(pbx, run_of())
    desired, plan = planned(resource, api, extension_id=1, bundle_list=[2, 3])
    assert plan.steps == (Move(1, (2,), (2, 3)),) and plan.predicted.bundle_list == (2, 3)
    monkeypatch.setattr(resource, "plan", forbidden)
    other = replace(plan, steps=(Move(1, (2,), (4,)),), predicted=Bundle(1, (4,)))
    assert resource.apply(api, desired, other) == Bundle(1, (4,))
    assert pbx.bundles == {1: {4}}
    assert not resource.remaining(desired, other, Bundle(1, (4,)))
    assert [change.action for change in resource.remaining(desired, plan, Bundle(1, (4,)))] == ["update"]


def test_all_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    pbx, resource = Pbx({1: {2}, 4: {5}}), ClientBundles()
    api = CachedApi(pbx, run_of())
    listed = [{"extension": "101", "members": ["103"]}, {"extension": "104", "state": "absent"}]
    desired, plan = planned(resource, api, bundles=listed, side_effects="ignore", concurrency=1)
    assert [step.main for group in plan.steps for step in group.steps] == [4, 1]
    monkeypatch.setattr(resource, "plan", forbidden)
    monkeypatch.setattr(DesiredBundles, "targets", forbidden)
    for name in ("moves_between", "groups_of", "bundle_change", "obstacles"):
        monkeypatch.setattr(client_bundles, name, forbidden)
    change = bundle_change("client_bundles", 1, (2,), (2, 6), Names())
    assert change is not None
    other = Plan((change,), tuple(groups_of([Move(1, (2,), (2, 6))])), ClientState({1: (2, 6)}))
    state = resource.apply(api, desired, other)
    assert (state.live, [outcome.change for outcome in state.outcomes]) == ({1: (2, 6)}, [change])
    assert pbx.bundles == {1: {2, 6}, 4: {5}}
    assert pbx.writes == ["POST extensions_bundle/1"]


def _first_step(plan: Plan[Any, Any]) -> Plan[Any, Any]:
    return replace(plan, changes=plan.changes[:1], steps=plan.steps[:1])


def _phones() -> list[Exchange]:
    size = ("per_page", "100")
    return [
        get(PAGES, [wire_extension(7, "0*107")], query=[("page", "1"), size]),
        get(PAGES, [], query=[("page", "2"), size]),
    ]


@pytest.mark.parametrize(
    ("resource", "given", "reads", "changed", "writes"),
    [
        (
            ClientSettings(), {"client_id": "801", "timezone": "Europe/Moscow"}, [get(CLIENT, LIVE)],
            lambda plan: replace(plan, steps=({"hold_music": 9},)),
            [put(CLIENT, {"hold_music": 9}, {**LIVE, "timezone": "Europe/Moscow"})],
        ),
        (
            ExtensionRegistration(), {"extension_id": 7, "device": "snom"}, [get(PHONE, info("a", "b"))],
            _first_step,
            [delete(f"{PHONE}a"), get(PHONE, info("b"))],
        ),
        (
            ClientRegistrations(), {"state": "compliant", "allowed_networks": ["203.0.113.0/24"], "concurrency": 1},
            [*_phones(), get(BLOCK, [info("a", "b")], query=[("extension_id", "7")])],
            _first_step,
            [delete(f"{PHONE}a"), get(BLOCK, [info("b")], query=[("extension_id", "7")])],
        ),
    ],
    ids=["settings", "one extension", "all registrations"],
)  # fmt: skip
def test_only_the_steps_of_the_plan(
    monkeypatch: pytest.MonkeyPatch,
    resource: StateResource[Any, Any, Any, Any],
    given: dict[str, Any],
    reads: list[Exchange],
    changed: Callable[[Plan[Any, Any]], Plan[Any, Any]],
    writes: list[Exchange],
) -> None:
    script = Script(*reads, *writes)
    api = CachedApi(script, run_of())
    desired, plan = planned(resource, api, **given)
    assert plan
    monkeypatch.setattr(resource, "plan", forbidden)
    resource.apply(api, desired, changed(plan))
    assert not script.rest


def test_the_policy_is_applied_once_per_extension(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[int] = []
    judge = DesiredRegistrations.judge

    def counted(self: DesiredRegistrations, extension_id: int, registrations: Any) -> Any:
        judged.append(extension_id)
        return judge(self, extension_id, registrations)

    monkeypatch.setattr(DesiredRegistrations, "judge", counted)
    block = get(BLOCK, [info("a", "b")], query=[("extension_id", "7")])
    options = {"state": "compliant", "allowed_networks": ["203.0.113.0/24"], "max_removals": "100%", "concurrency": 1}
    executed(ClientRegistrations(), *_phones(), block, check_mode=True, **options)
    assert judged == [7]
