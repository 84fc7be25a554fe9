# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: which values enter it, stay or leave."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import MASK
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.ledger import (
    LEDGER,
    agreed_of,
    cause,
    empty,
    updated,
)
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import Host, Part
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import problems
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    bundles,
    change,
    failed,
    host,
    outcome,
    registrations,
    result,
    settings,
)


def agreed(*hosts: Host, still: Any = None, ledger: Any = None) -> Any:
    """The ledger entry of the client romashka after a run."""
    found = updated(ledger or empty(), hosts, still or {})
    assert not problems(found, LEDGER)
    return found["clients"].get("romashka", {}).get("agreed")


def of(*parts: Part) -> Host:
    return Host("romashka", "801", parts=parts)


def test_nothing() -> None:
    assert updated(empty(), [], {}) == empty()
    assert agreed(of()) is None
    assert agreed(host(registrations=registrations())) is None


def test_values_as_desired_are_agreed() -> None:
    found = agreed(host(settings=settings({"a": 1}), bundles=bundles({"101": ["201"], "103": []})))
    assert found == {
        "settings": {"settings": {"a": 1}},
        "bundles": {"bundle/101": {"members": ["201"]}, "bundle/103": {"members": []}},
    }


def test_bundles_by_id() -> None:
    given = result(bundle={"extension_id": 31456, "bundle_list": [1]})
    assert agreed(of(Part("extensions_bundle", given))) == {"bundles": {"bundle/31456": {"bundle_list": [1]}}}


def test_one_bundle_says_nothing_about_the_others() -> None:
    one, two = (
        Part("extensions_bundle", result(bundle={"extension_id": number, "bundle_list": []})) for number in (1, 2)
    )
    before = updated(empty(), [of(one)], {})
    assert set(agreed(of(two), ledger=before)["bundles"]) == {"bundle/1", "bundle/2"}


def test_several_tasks_for_one_client() -> None:
    one, two = Part("client_settings", settings({"a": 1})), Part("client_settings", settings({"b": 2}))
    assert agreed(of(one, two)) == {"settings": {"settings": {"a": 1, "b": 2}}}


def test_values_that_left_the_file_are_dropped() -> None:
    before = updated(empty(), [host(settings=settings({"a": 1, "b": 2}), bundles=bundles({"101": [], "102": []}))], {})
    found = agreed(host(settings=settings({"a": 1}), bundles=bundles({"102": []})), ledger=before)
    assert found == {"settings": {"settings": {"a": 1}}, "bundles": {"bundle/102": {"members": []}}}


def test_of_two_tasks_one_failed() -> None:
    before = updated(empty(), [of(Part("client_settings", settings({"a": 1, "b": 2})))], {})
    again = of(Part("client_settings", settings({"a": 3})), Part("client_settings", failed("connection")))
    assert agreed(again, ledger=before) == {"settings": {"settings": {"a": 3, "b": 2}}}


def test_different_values_are_not_agreed() -> None:
    before = updated(empty(), [host(settings=settings({"a": 1}))], {})
    given = host(settings=settings({"a": 2, "b": 3, "c": 4}, {"a": 1, "b": 0}))
    still = {"romashka": {("settings", "a"): "pending", ("settings", "b"): "pending"}}
    assert agreed(given, still=still, ledger=before) == {"settings": {"settings": {"a": 1, "c": 4}}}


@pytest.mark.parametrize("kind", ["some_failed", "blocked", "not_applied"])
def test_of_a_failure_only_applied_changes_are_agreed(kind: str) -> None:
    outcomes = [outcome("bundle/101"), outcome("bundle/102", "failed")]
    given = failed(kind, bundles({"101": ["201"], "102": ["202"], "103": ["203"]}, {"103": ["203"]}, outcomes=outcomes))
    assert agreed(host(bundles=given, written=True)) == {"bundles": {"bundle/101": {"members": ["201"]}}}
    assert agreed(host(bundles=given)) is None


def test_garbage() -> None:
    odd = [{"name": [], "after": 1}, "x", {"name": "a"}, {"after": 2}]
    extra = {"outcomes": [outcome("settings")], "diff": {"after": "x"}}
    given = result([{**change("client_settings", "settings", {}), "fields": odd}], **extra)
    assert agreed(host(settings=failed("partial", given), written=True)) == {"settings": {"settings": {"a": None}}}
    assert agreed(host(settings=given)) == {"settings": {}}
    for listed in (None, "x", [1, {}, {"extension": "101"}]):
        assert agreed(host(bundles=result(bundles=listed))) == {"bundles": {}}


def test_masked_values_never_get_in() -> None:
    extra = {"outcomes": [outcome("settings"), outcome("bundle/101")]}
    hidden = {"pin": (MASK, MASK), "list": ([], [f"x{MASK}"]), "open": (1, 2)}
    given = result(
        [change("client_settings", "settings", hidden)],
        diff={"after": {"pin": MASK, "more": {"a": [MASK]}, "open": 2}},
        **extra,
    )
    for results in ({"settings": given}, {"settings": failed("partial", given)}):
        found = agreed(host(**results, written=True))
        assert MASK not in json.dumps(found)
        assert found["settings"]["settings"] == {"open": 2}


def test_masked_values_have_an_unknown_cause() -> None:
    item = {"address": "settings", "field": "pin", "before": MASK, "after": MASK}
    assert cause({"settings": {"settings": {}}}, "settings", item) == "unknown"


def test_another_client() -> None:
    before = updated(empty(), [host(settings=settings({"a": 1}))], {})
    assert agreed_of(before, host()) == {"settings": {"settings": {"a": 1}}}
    assert agreed_of(before, host(client_id="802")) == agreed_of(before, host("other")) == {}


def test_clients_are_in_order() -> None:
    found = updated(empty(), [host(key, settings=settings({"a": 1})) for key in ("b", "c", "a")], {})
    assert list(found["clients"]) == ["a", "b", "c"]


def test_the_ledger_before_stays_as_it_was() -> None:
    before = updated(empty(), [host(settings=settings({"a": 1}), bundles=bundles({"101": []}))], {})
    kept = json.dumps(before)
    updated(before, [host(settings=settings({"a": 2}), bundles=bundles({}))], {})
    assert json.dumps(before) == kept
