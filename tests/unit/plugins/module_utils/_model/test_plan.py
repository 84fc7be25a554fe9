# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans: empty exactly when nothing differs, and never showing a secret."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import (
    MASK,
    Change,
    FieldChange,
    Plan,
    compare,
    describe,
    diff,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import value_text
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET

NAMES = st.sampled_from(["a", "b", "c", "pin"])
VALUES = (
    st.none() | st.integers(0, 3) | st.sampled_from(["x", "y"]) | st.lists(st.sampled_from(["RU", "BY"]), max_size=2)
)
STATES = st.dictionaries(NAMES, VALUES)
SECRETS = st.none() | st.sampled_from([SECRET, f"{SECRET}-2"])


@given(desired=STATES, observed=STATES)
def test_empty_exactly_when_the_managed_keys_are_equal(desired: dict[str, Any], observed: dict[str, Any]) -> None:
    found = compare(desired, observed)
    assert (not found) == all(observed.get(name) == value for name, value in desired.items())
    assert [item.name for item in found] == sorted(item.name for item in found)
    assert all(item.before == observed.get(item.name) and item.after == desired[item.name] for item in found)


@given(desired=STATES, observed=STATES)
def test_after_apply_nothing_differs(desired: dict[str, Any], observed: dict[str, Any]) -> None:
    reached = {**observed, **{item.name: item.after for item in compare(desired, observed)}}
    assert not compare(desired, reached)
    assert {name: reached.get(name) for name in observed.keys() - desired.keys()} == {
        name: observed[name] for name in observed.keys() - desired.keys()
    }


@given(state=STATES, other=STATES)
def test_what_is_not_desired_is_not_managed(state: dict[str, Any], other: dict[str, Any]) -> None:
    assert not compare({}, state)
    assert compare(state, {**other, **state}) == ()


@given(before=SECRETS, after=SECRETS, rest=STATES)
def test_secrets_never_show(before: str | None, after: str | None, rest: dict[str, Any]) -> None:
    fields = compare({**rest, "pin": after}, {**rest, "pin": before}, secret=["pin"])
    change = Change("resource", "address", "update", fields)
    shown = diff("header", {**rest, "pin": before}, {**rest, "pin": after}, secret=["pin"])
    assert SECRET not in f"{change.as_dict()} {describe([change])} {Plan((change,), (), None).as_list()} {shown}"
    assert bool(fields) == (before != after)
    assert (shown["before"] != shown["after"]) == (before != after)


@given(before=STATES, after=STATES)
def test_diff_shows_everything_else_in_stable_order(before: dict[str, Any], after: dict[str, Any]) -> None:
    shown = diff("client 801 settings", before, after)
    assert shown["before"] == before
    assert shown["after"] == after
    assert list(shown["before"]) == sorted(before)
    assert shown["before_header"] == shown["after_header"] == "client 801 settings"


def test_a_secret_that_goes_or_comes() -> None:
    assert diff("h", {"pin": SECRET}, {"pin": None}, ["pin"])["after"] == {"pin": None}
    assert diff("h", {"pin": None}, {"pin": SECRET}, ["pin"])["after"] == {"pin": MASK}
    assert diff("h", {"pin": "1"}, {"pin": SECRET}, ["pin"])["after"] == {"pin": f"{MASK} (changed)"}
    assert diff("h", {}, {"pin": SECRET}, ["pin"])["after"] == {"pin": MASK}


@given(st.lists(STATES, max_size=3))
def test_a_plan_is_true_when_it_has_changes(states: list[dict[str, Any]]) -> None:
    changes = tuple(Change("r", str(number), "update", compare(state, {})) for number, state in enumerate(states))
    plan = Plan(changes, (), None)
    assert bool(plan) == bool(states)
    assert tuple(plan) == changes
    assert [entry["address"] for entry in plan.as_list()] == [str(number) for number in range(len(states))]


def test_change_as_a_result_shows_it() -> None:
    change = Change("client_settings", "settings", "update", (FieldChange("geo_list", ["*"], ["BY", "RU"]),))
    assert change.as_dict() == {
        "resource": "client_settings",
        "address": "settings",
        "action": "update",
        "fields": [{"name": "geo_list", "before": ["*"], "after": ["BY", "RU"]}],
        "reversible": True,
    }
    assert describe((change, change)) == "; ".join(["update settings (geo_list: ['*'] -> ['BY', 'RU'])"] * 2)


@pytest.mark.parametrize("extension", [None, "101"])
def test_a_change_of_an_extension_names_it_by_id_and_number(extension: str | None) -> None:
    change = Change("extensions_bundle", "bundle/101", "delete", (), extension_id=7, extension=extension)
    shown = change.as_dict()
    assert (shown["extension_id"], shown["extension"]) == (7, extension)
    assert list(shown) == ["resource", "address", "extension_id", "extension", "action", "fields", "reversible"]
    assert not {"extension_id", "extension"} & Change("r", "a", "delete", ()).as_dict().keys()


@given(st.lists(STATES, max_size=3))
def test_texts_show_every_change(states: list[dict[str, Any]]) -> None:
    changes = tuple(Change("r", str(number), "update", compare(state, {})) for number, state in enumerate(states))
    plan = Plan(changes, (), None)
    assert describe(plan) == "; ".join(plan.lines())
    assert len(plan.lines()) == len(states)
    for number, (step, change) in enumerate(zip(plan.lines(), plan, strict=True)):
        assert step.startswith(f"update {number} (")
        assert all(f"{item.name}: not set -> {value_text(item.after)}" in step for item in change.fields)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (FieldChange("geo_list", ["RU"], None), "geo_list: ['RU'] -> provider's default"),
        (FieldChange("hold_music", None, 12), "hold_music: not set -> 12"),
        (FieldChange("members", [], ["101", None]), "members: [] -> ['101', not set]"),
        (FieldChange("conference_pin", SECRET, "1", secret=True), f"conference_pin: '{MASK}' -> '{MASK} (changed)'"),
    ],
)
def test_a_missing_value_never_reads_none(change: FieldChange, text: str) -> None:
    assert change.text() == text
