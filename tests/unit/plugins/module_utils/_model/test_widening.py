# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BND-001: which overwritten values extend permissions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.fields import EXTENSION, PHONE
from ansible_collections.ringme.pbx.plugins.module_utils._model.side_effects import SYNCHRONISED
from ansible_collections.ringme.pbx.plugins.module_utils._model.widening import is_widening, loses_service
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import COUNTRIES, field_values

# Field, one value, another, whether the way there widens, whether the way back does.
TABLE: list[tuple[str, Any, Any, bool, bool]] = [
    ("status", "blocked", "active", True, False),
    ("status", None, "active", True, False),
    ("status", "blocked", "suspended", False, False),
    ("dial_rule_id", 5, 6, True, True),
    ("dial_rule_id", 5, None, True, True),
    ("dial_rule_limit", 100, 200, True, False),
    ("dial_rule_limit", 100, None, True, False),
    ("dial_rule_limit", 0, 1, True, False),
    ("dial_rule_limit", 0, None, True, False),
    ("geo_list", ["RU"], ["BY", "RU"], True, False),
    ("geo_list", ["RU"], ["BY"], True, True),
    ("geo_list", ["RU"], ["*"], True, False),
    ("geo_list", None, ["*"], True, False),
    ("geo_list", None, ["RU"], True, True),
    ("record_enabled", False, True, True, True),
    ("record_enabled", None, True, True, True),
    ("record_transfer", False, True, True, True),
    ("conference_pin", "1111", "2222", True, True),
    ("conference_pin", "1111", None, True, False),
    ("call_status_id", 5, 6, True, True),
    ("call_status_id", None, 5, True, True),
    ("announce_sound_upon_incoming_call", 5, 6, False, False),
    ("announce_sound_upon_outgoing_call", 5, None, False, False),
    ("conference_announce_caller_name", True, False, False, False),
    ("conference_end_on_exit", True, False, False, False),
    ("hold_music", 5, None, False, False),
    ("incoming_limit", 1, 2, False, False),
    ("record_format", "mp3", "wav", False, False),
    ("record_stereo", False, True, False, False),
    ("ringback_sound", 5, None, False, False),
]


@pytest.mark.parametrize(("name", "one", "other", "there", "back"), TABLE)
def test_both_directions(name: str, one: Any, other: Any, there: bool, back: bool) -> None:
    assert is_widening(name, one, other) is there
    assert is_widening(name, other, one) is back


def test_the_table_has_every_synchronised_field() -> None:
    assert {row[0] for row in TABLE} == SYNCHRONISED.keys()
    assert len(SYNCHRONISED) == 17
    assert len([name for name in SYNCHRONISED if name in PHONE]) == 14
    assert len([name for name in SYNCHRONISED if name in EXTENSION]) == 3


@given(data=st.data(), name=st.sampled_from(sorted(SYNCHRONISED)))
def test_what_stays_equal_widens_nothing(data: st.DataObject, name: str) -> None:
    value = data.draw(field_values(SYNCHRONISED[name]))
    assert not is_widening(name, value, value)


@given(data=st.data(), name=st.sampled_from(sorted(SYNCHRONISED)))
def test_every_change_gets_a_verdict(data: st.DataObject, name: str) -> None:
    values = field_values(SYNCHRONISED[name])
    assert is_widening(name, data.draw(values), data.draw(values)) in (True, False)


@given(one=COUNTRIES, other=COUNTRIES)
def test_country_lists(one: list[str], other: list[str]) -> None:
    """A list that is not broader either way is the same list, and a part of a list is never broader than the whole."""
    there, back = is_widening("geo_list", one, other), is_widening("geo_list", other, one)
    assert there or back or one == other
    if one != ["*"] and other != ["*"]:
        assert there == bool(set(other) - set(one))
        assert back == bool(set(one) - set(other))
    elif one != other:
        assert (there, back) == (other == ["*"], one == ["*"])


@given(steps=st.lists(COUNTRIES | st.none(), min_size=2, max_size=4))
def test_several_steps_that_widen_nothing_widen_nothing_together(steps: list[list[str] | None]) -> None:
    if not any(is_widening("geo_list", one, other) for one, other in pairwise(steps)):
        assert not is_widening("geo_list", steps[0], steps[-1])


@given(one=st.integers(0, 100) | st.none(), other=st.integers(0, 100) | st.none())
def test_limits_are_ordered(one: int | None, other: int | None) -> None:
    there, back = is_widening("dial_rule_limit", one, other), is_widening("dial_rule_limit", other, one)
    assert not (there and back)
    assert (there or back) == (one != other)


def test_what_a_bundle_does_not_touch_is_nothing_to_judge() -> None:
    assert not is_widening("label", "one", "other")


@pytest.mark.parametrize(
    ("name", "before", "after", "lost"),
    [
        ("status", "active", "blocked", True),
        ("status", "blocked", "active", False),
        ("status", "blocked", "suspended", False),
        ("dial_rule_limit", None, 5, True),
        ("dial_rule_limit", 5, 4, True),
        ("dial_rule_limit", 4, 5, False),
        ("incoming_limit", 4, None, False),
        ("incoming_limit", 4, 0, True),
        ("geo_list", ["BY", "RU"], ["RU"], True),
        ("geo_list", ["RU"], ["BY", "RU"], False),
        ("geo_list", ["*"], ["RU"], True),
        ("geo_list", ["RU"], ["*"], False),
        ("geo_list", None, ["RU"], True),
        ("geo_list", ["RU"], None, True),
        ("geo_list", None, None, False),
        ("hold_music", 1, 2, False),
    ],
)
def test_what_is_lost(name: str, before: Any, after: Any, lost: bool) -> None:
    assert loses_service(name, before, after) is lost
