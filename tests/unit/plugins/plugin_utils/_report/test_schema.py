# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schemas of reports and ledgers: the checker has the same verdict as a validator of JSON Schema."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.ledger import LEDGER
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.schema import REPORT
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import fleet, problems
from ansible_collections.ringme.pbx.tests.unit.helpers.results import Nights, bundles, host, settings

KNOWN = {
    "id": "0" * 64,
    "object_id": "1" * 64,
    "address": "settings",
    "what": "geo_list",
    "severity": "low",
    "part": "settings",
}
SAMPLE = {
    **fleet(6, 0.5, seed=3),
    "carried": {"gone": {"checked": None, "known": [{**KNOWN, "first_seen": "2026-11-25T07:00:30Z"}]}},
}
VALUES = st.one_of(
    st.sampled_from([None, True, False, 0, 1, -1, 1.0, 0.5, 2.0, -0.0, 10**30, 1e300, "", "x", [], {}, [1], {"a": 1}]),
    st.sampled_from(
        ["1.0", "1.7", "2.0", "ringme.report", "drift", "2026-11-25T07:00:30Z", "a" * 64, "REG-001", "REG-1\n"]
    ),
    st.integers(),
    st.text(max_size=3),
)


def _ledger() -> dict[str, Any]:
    nights = Nights()
    nights.run(host(settings=settings({"geo_list": ["RU"]}, {"geo_list": ["*"]}), bundles=bundles({"101": ["201"]})))
    assert nights.built is not None
    return nights.built.ledger


def _places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in items for place in ((*path, key), *_places(value, (*path, key)))]


SAMPLES = [(SAMPLE, REPORT, _places(SAMPLE)), (_ledger(), LEDGER, _places(_ledger()))]
DEEPEST = max(len(place) for _data, _schema, places in SAMPLES for place in places)


def test_samples_are_valid() -> None:
    assert [problems(data, schema) for data, schema, _places_of_it in SAMPLES] == [[], []]


@given(st.data())
def test_the_same_verdict_as_a_validator(data: st.DataObject) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    sample, schema, places = data.draw(st.sampled_from(SAMPLES))
    # Draw a depth first: most places are in the changes of clients, and only a few at the top.
    depth = data.draw(st.integers(1, DEEPEST))
    *way, last = data.draw(st.sampled_from([place for place in places if len(place) == depth] or places))
    broken = copy.deepcopy(sample)
    there = broken
    for step in way:
        there = there[step]
    if data.draw(st.booleans()) and isinstance(there, dict):
        del there[last]
    else:
        there[last] = data.draw(VALUES)
    found = problems(broken, schema)
    assert (not found) == jsonschema.Draft202012Validator(schema).is_valid(broken), found


@given(VALUES, st.sampled_from(["string", "integer", "number", "array", "object", "boolean", "null"]))
def test_types(value: Any, kind: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for schema in ({"type": kind}, {"type": [kind, "null"]}, {"type": [kind, "null"], "minimum": 0, "maximum": 1}):
        assert (not problems(value, schema)) == jsonschema.Draft202012Validator(schema).is_valid(value)


@given(VALUES, st.lists(st.sampled_from(["a", 0, 1, 2, "x"]), min_size=1))
def test_choices(value: Any, choices: list[Any]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = {"enum": choices}
    assert (not problems(value, schema)) == jsonschema.Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([], "expected a mapping, but the value is a list"),
        ({}, "required key format is missing"),
        ({**SAMPLE, "format": "x"}, "format: expected ringme.report"),
        ({**SAMPLE, "format_version": "2.0"}, "format_version: the value does not have the expected format"),
        ({**SAMPLE, "exit_code": True}, "exit_code: unsupported value"),
        ({**SAMPLE, "resolved": {}}, "resolved: expected a list"),
        ({**SAMPLE, "carried": {"a": {"checked": 1}}}, "required key carried.a.known is missing"),
        ({**SAMPLE, "carried": {"a": {"checked": 1, "known": []}}}, "carried.a.checked: expected a string"),
        ({**SAMPLE, "clients": [SAMPLE["clients"][0], 5]}, "clients[1]: expected a mapping"),
        (
            {**SAMPLE, "fail_on": {**SAMPLE["fail_on"], "not_checked": 1.5}},
            "fail_on.not_checked: the value is too large",
        ),
    ],
)
def test_the_place_is_named(data: Any, text: str) -> None:
    assert problems(data)[0].startswith(text)


@pytest.mark.parametrize(
    ("value", "kind", "fits"),
    [
        (1.0, "integer", True),
        (1.5, "integer", False),
        (True, "integer", False),
        (True, "number", False),
        (1, "number", True),
        (0, "boolean", False),
    ],
)
def test_numbers(value: Any, kind: str, fits: bool) -> None:
    assert (not problems(value, {"type": kind})) is fits


def test_more_keys_are_allowed() -> None:
    assert not problems({**SAMPLE, "later": 1, "run": {**SAMPLE["run"], "later": []}})


def test_the_schemas_are_valid() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    for schema in (REPORT, LEDGER):
        jsonschema.Draft202012Validator.check_schema(schema)
