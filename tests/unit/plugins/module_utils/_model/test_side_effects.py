# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a joining extension loses: every value that differs, no other, and never a PIN."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import check_number
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Extension
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import MASK
from ansible_collections.ringme.pbx.plugins.module_utils._model.side_effects import (
    FAIL_ON_WIDENING,
    IGNORE,
    OF_EXTENSION,
    REPORT,
    SYNCHRONISED,
    SideEffect,
    losses,
    sections,
    verdict,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import value_text
from ansible_collections.ringme.pbx.plugins.module_utils._model.widening import is_widening
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import field_values

PINS = st.none() | st.sampled_from([SECRET, f"{SECRET}-2"])
VALUES = st.fixed_dictionaries(
    {}, optional={name: PINS if row.secret else field_values(row) for name, row in SYNCHRONISED.items()}
)
NUMBERS = st.sampled_from(["101", "102", "201"])
JOINING = st.tuples(NUMBERS, VALUES)


def phone(extension_id: int, number: str) -> Extension:
    """An extension of the client with the prefix 0003."""
    return Extension({"id": extension_id, "name": f"0003*{number}", "type": "phone"})


def effects_of(joining: list[tuple[str, dict[str, Any]]], main: dict[str, Any]) -> list[SideEffect]:
    """What all of these lose."""
    joined = [(phone(int(number), number), own) for number, own in joining]
    return [effect for extension, own in joined for effect in losses("bundle/100", extension, own, main)]


@given(own=VALUES, main=VALUES)
def test_exactly_what_differs_is_lost(own: dict[str, Any], main: dict[str, Any]) -> None:
    found = losses("bundle/100", phone(7, "101"), {**own, "label": "a"}, {**main, "label": "b"})
    differing = {name for name in SYNCHRONISED if own.get(name) != main.get(name)}
    assert [effect.change.name for effect in found] == sorted(differing)
    for effect in found:
        name = effect.change.name
        assert (effect.change.before, effect.change.after) == (own.get(name), main.get(name))
        assert effect.change.secret == (name == "conference_pin")
        assert (effect.caused_by, effect.extension_id, effect.extension) == ("bundle/100", 7, "101")
    reached = {**own, **{effect.change.name: effect.change.after for effect in found}}
    assert not losses("bundle/100", phone(7, "101"), reached, main)


@given(own=VALUES, main=VALUES)
def test_as_a_result_shows_it(own: dict[str, Any], main: dict[str, Any]) -> None:
    for effect in losses("bundle/100", phone(7, "101"), own, main):
        shown = effect.as_dict()
        name = effect.change.name
        assert shown.keys() == {
            "extension_id", "extension", "field", "before", "after", "widening", "caused_by",
        }  # fmt: skip
        assert (shown["extension_id"], shown["extension"], shown["caused_by"]) == (7, "101", "bundle/100")
        assert shown["widening"] == effect.widening == is_widening(name, own.get(name), main.get(name))
        if name != "conference_pin":
            assert (shown["field"], shown["before"], shown["after"]) == (name, own.get(name), main.get(name))
            assert effect.text() == f"101 {effect.change.text()}"
            assert "None" not in effect.text()


@given(joining=st.lists(JOINING, max_size=3, unique_by=lambda item: item[0]), main=VALUES)
def test_sections_of_the_diff(joining: list[tuple[str, dict[str, Any]]], main: dict[str, Any]) -> None:
    effects = effects_of(joining, main)
    before, after = sections(effects)
    assert before.keys() == after.keys() == {effect.extension for effect in effects}
    for effect in effects:
        one, other = before[effect.extension][effect.change.name], after[effect.extension][effect.change.name]
        assert one != other  # even where both are secret, the change shows
        if not effect.change.secret:
            assert (one, other) == (effect.change.before, effect.change.after)
    assert sum(len(fields) for fields in before.values()) == len(effects)


@given(
    joining=st.lists(JOINING, max_size=3, unique_by=lambda item: item[0]),
    main=VALUES,
    policy=st.sampled_from([REPORT, FAIL_ON_WIDENING, IGNORE]),
)
def test_a_pin_shows_nowhere(joining: list[tuple[str, dict[str, Any]]], main: dict[str, Any], policy: str) -> None:
    effects = effects_of(joining, main)
    shown = [sections(effects), [(effect.as_dict(), effect.text()) for effect in effects]]
    shown += [(item.as_dict(), item.reason) for item in verdict(effects, policy, [])]
    assert SECRET not in str(shown)


@pytest.mark.parametrize(
    ("own", "main", "before", "after"),
    [(SECRET, "1", MASK, f"{MASK} (changed)"), (SECRET, None, MASK, None), (None, SECRET, None, MASK)],
)
def test_a_pin_that_changes_goes_or_comes(own: str | None, main: str | None, before: Any, after: Any) -> None:
    effects = losses("bundle/100", phone(7, "101"), {"conference_pin": own}, {"conference_pin": main})
    assert effects[0].text() == f"101 conference_pin: {value_text(before)} -> {value_text(after)}"
    assert sections(effects) == ({"101": {"conference_pin": before}}, {"101": {"conference_pin": after}})


@given(
    joining=st.lists(JOINING, max_size=3, unique_by=lambda item: item[0]),
    main=VALUES,
    allowed=st.sets(NUMBERS),
    policy=st.sampled_from([REPORT, FAIL_ON_WIDENING, IGNORE]),
)
def test_the_verdict(
    joining: list[tuple[str, dict[str, Any]]], main: dict[str, Any], allowed: set[str], policy: str
) -> None:
    effects = effects_of(joining, main)
    numbers = [check_number("allow_widening", number) for number in sorted(allowed)]
    widened = {effect.extension for effect in effects if effect.widening} - allowed
    found = verdict(effects, policy, numbers)
    assert bool(found) == (policy == FAIL_ON_WIDENING and bool(widened))
    for item in found:
        assert (item.rule, item.actual, item.limit) == ("widening", len(widened), 0)
        assert "BND-001" in item.reason
        assert all(
            (effect.text() in item.reason) == (effect.widening and effect.extension in widened) for effect in effects
        )
        # What it offers lets this plan through, and what was let through before stays so.
        named = sorted(allowed | widened)
        assert item.override == "allow_widening: [{}]".format(", ".join(f'"{name}"' for name in named))
        assert not verdict(effects, policy, [check_number("allow_widening", name) for name in named])


def test_the_words() -> None:
    effects = losses("bundle/100", phone(7, "101"), {"status": "blocked", "hold_music": 1}, {"status": "active"})
    (item,) = verdict(effects, FAIL_ON_WIDENING, [])
    assert item.reason == (
        "joining a bundle would extend the permissions of extensions (BND-001): 101 status: 'blocked' -> 'active'"
    )


def test_what_is_synchronised() -> None:
    assert {"status", "dial_rule_id", "dial_rule_limit"} == OF_EXTENSION
    assert "password" not in SYNCHRONISED


@pytest.mark.parametrize(
    ("allowed", "let_through"),
    [("101", True), ("0003*101", True), ("0009*101", False), ("0003*102", False)],
)
def test_only_an_extension_of_this_client_is_let_through(allowed: str, let_through: bool) -> None:
    effects = losses("bundle/100", phone(7, "101"), {"status": "blocked"}, {"status": "active"})
    blocked = verdict(effects, FAIL_ON_WIDENING, [check_number("allow_widening", allowed)])
    assert bool(blocked) is not let_through
