# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which results of tasks count, and their content."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.results import (
    RESOURCES,
    Part,
    parts_of,
    plain,
    valid_findings,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.results import bundles, failed, finding, result, settings

SOUND = bundles({"101": ["201"]}, {})


def part(given: Any, **more: Any) -> Part:
    return Part("client_bundles", given, **more)


def test_the_parts_of_a_client() -> None:
    names = [Part(resource, None).name for resource in RESOURCES]
    assert names == ["settings", "bundles", "bundles", "registrations", "registrations"]


@pytest.mark.parametrize(
    ("given", "failure", "stopped", "kind"),
    [
        (SOUND, None, False, None),
        (None, "nothing was compared", False, None),
        ({"skipped": True, "changed": False}, None, False, None),
        ({}, "the result is not one of client_bundles", False, None),
        ({"changed": True, "stdout": "x"}, "the result is not one of client_bundles", False, None),
        ({**SOUND, "changes": {}}, "the result is not one of client_bundles", False, None),
        ({**SOUND, "requests": []}, "the result is not one of client_bundles", False, None),
        ({"failed": True}, "the task failed without a message", False, None),
        ({"unreachable": True, "changed": False, "msg": "no route"}, "no route", False, None),
        ({"failed": True, "msg": "no way", "error": "x"}, "no way", False, None),
        (failed("forbidden"), "it failed", False, "forbidden"),
        (failed("blocked"), "it failed", False, "blocked"),
        (failed("connection", SOUND), "it failed", False, "connection"),
        (failed("read_only", SOUND), "it failed", False, "read_only"),
        (failed("blocked", SOUND), None, True, "blocked"),
        (failed("some_failed", SOUND), None, True, "some_failed"),
        (failed("partial", SOUND), None, True, "partial"),
        (failed("not_applied", SOUND), None, True, "not_applied"),
        ({**failed("blocked", SOUND), "failed": False}, None, False, None),
    ],
)
def test_compared_parts(given: Any, failure: str | None, stopped: bool, kind: str | None) -> None:
    found = part(given)
    assert (found.failure, found.stopped, found.kind) == (failure, stopped, kind)


def test_the_reason_of_a_missing_result() -> None:
    assert part(None, problem="the host was not reached").failure == "the host was not reached"


@pytest.mark.parametrize("key", ["changes", "findings", "side_effects", "blocked", "outcomes", "came_back"])
@pytest.mark.parametrize("given", [None, 1, "text", {}, {"a": 1}, [None, 1, "text", [], {}, {"address": "x"}]])
def test_garbage_is_left_out(key: str, given: Any) -> None:
    found = part({**SOUND, key: given})
    listed = getattr(found, key)()
    assert listed == ([{}, {"address": "x"}] if key == "came_back" and isinstance(given, list) else [])
    assert getattr(part(None), key)() == []


def test_entries_of_a_result() -> None:
    given = {**SOUND, "findings": [finding()], "came_back": [{"extension": "101"}]}
    found = part(given)
    assert found.changes() == SOUND["changes"]
    assert found.findings() == [finding()]
    assert found.came_back() == [{"extension": "101"}]
    assert part({**SOUND, "changes": [{**SOUND["changes"][0], "fields": "x"}]}).changes() == []


@pytest.mark.parametrize("rule", ["REG-1", "reg-001", "REG-001\n", "", None, 5, ["REG-001"]])
def test_invalid_rules(rule: Any) -> None:
    assert valid_findings([finding(rule=rule), finding(), "x"]) == [finding()]


def test_a_task() -> None:
    (found,) = parts_of("client_settings", settings({"timezone": "UTC"}), written=True)
    assert (found.resource, found.written, found.result) == ("client_settings", True, settings({"timezone": "UTC"}))


@pytest.mark.parametrize("given", [None, "text", 1, []])
def test_no_result(given: Any) -> None:
    assert parts_of("client_settings", given) == [Part("client_settings", None)]


def test_a_loop() -> None:
    one, two = result(), failed("forbidden")
    whole = {"results": [one, two, "x"], "changed": False, "failed": True}
    assert [found.failure for found in parts_of("extensions_bundle", whole)] == [
        None,
        "it failed",
        "nothing was compared",
    ]


def test_a_loop_over_nothing() -> None:
    (found,) = parts_of("extensions_bundle", {"results": [], "skipped": True})
    assert found.skipped and found.failure is None


def test_a_loop_that_failed_before_its_first_item() -> None:
    (found,) = parts_of("extensions_bundle", {"results": [], "failed": True, "msg": "no list"})
    assert not found.skipped and found.failure == "no list"


def test_plain_data() -> None:
    shared = {"a": [1]}
    given = {
        "day": date(2026, 1, 2),
        5: (1, 2),
        ("x",): 1,
        "nan": float("nan"),
        "most": float("-inf"),
        "shared": shared,
    }
    found = plain(given)
    assert found == {"day": "2026-01-02", "5": [1, 2], "nan": "NaN", "most": "-Infinity", "shared": shared}
    assert found["shared"] is not shared
    json.dumps(found, allow_nan=False)
