# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sections of client files as options: with the types of Ansible, and without unknown values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.module_options import (
    broken_rules,
    bundle_options,
    defaults,
    module_options,
    without_placeholders,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._resources.bundles.entries import BUNDLES, check_entries
from ansible_collections.ringme.pbx.tests.unit.helpers.trees import TEMPLATES, Unsafe, Vault, tree_of

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "text": {},
    "path": {"type": "path", "default": "/tmp"},
    "number": {"type": "int"},
    "seconds": {"type": "float", "default": 3.0},
    "flag": {"type": "bool", "default": False},
    "texts": {"type": "list", "elements": "str"},
    "anything": {"type": "list"},
    "raw": {"type": "raw"},
    "one": {"type": "dict", "options": {"id": {"type": "int"}, "state": {"default": "present"}}},
    "many": {"type": "list", "elements": "dict", "options": {"id": {"type": "int"}, "state": {"default": "present"}}},
    "free": {"type": "dict"},
}
NONE_GIVEN = {name: spec.get("default") for name, spec in ARGUMENTS.items()}
OPTIONS: Mapping[str, Mapping[str, Any]] = BUNDLES["options"]


def test_an_option_that_is_not_given_has_its_default() -> None:
    assert defaults(ARGUMENTS) == NONE_GIVEN
    assert module_options(None, ARGUMENTS) == NONE_GIVEN
    assert module_options(tree_of({}), ARGUMENTS) == NONE_GIVEN
    assert module_options(tree_of("{{ settings }}"), ARGUMENTS) == NONE_GIVEN


@pytest.mark.parametrize(
    ("name", "written", "option"),
    [
        ("text", 101, "101"),
        ("text", "101", "101"),
        ("text", Unsafe("{{ x }}"), "{{ x }}"),
        ("path", "~/x", "~/x"),
        ("number", "101", 101),
        ("number", " 7 ", 7),
        ("number", 7.0, 7),
        ("seconds", "1.5", 1.5),
        ("seconds", 2, 2.0),
        ("flag", True, True),
        ("texts", ["a", 1], ["a", "1"]),
        ("texts", "a,b", ["a", "b"]),
        ("texts", 5, ["5"]),
        ("texts", [], []),
        ("anything", [1, "a"], [1, "a"]),
        ("raw", {"office": [1]}, {"office": [1]}),
        ("raw", ["a"], ["a"]),
        ("one", {"id": "5"}, {"id": 5, "state": "present"}),
        ("one", {"id": 5, "other": 1}, {"id": 5, "state": "present"}),
        ("one", "text", "text"),
        ("many", [{"id": "5"}, {}], [{"id": 5, "state": "present"}, {"id": None, "state": "present"}]),
        ("free", {"a": 1}, {"a": 1}),
    ],
)
def test_a_value_becomes_what_ansible_makes_of_it(name: str, written: Any, option: Any) -> None:
    found = module_options(tree_of({name: written}), ARGUMENTS)
    assert found == {**NONE_GIVEN, name: option}
    assert type(found[name]) is type(option)


def test_unknown_options_are_left_out() -> None:
    assert module_options(tree_of({"no_option": 1, "number": 2}), ARGUMENTS) == {**NONE_GIVEN, "number": 2}


@pytest.mark.parametrize("later", [Vault("x"), "{{ x }}"])
@pytest.mark.parametrize(
    "around", [lambda value: value, lambda value: ["a", value], lambda value: {"id": {"x": [value]}}]
)
def test_an_option_is_left_out_where_anything_in_it_is_not_known(later: str, around: Callable[[Any], Any]) -> None:
    for name in ARGUMENTS:
        assert module_options(tree_of({name: around(later)}), ARGUMENTS) == NONE_GIVEN


# --- bundles -------------------------------------------------------------------------------------------------------


def test_bundles_that_are_known_are_the_options_of_the_module() -> None:
    node = tree_of(
        [{"extension": 101, "members": [201, "301"]}, {"extension_id": "7", "bundle_list": ["8"], "append": True}]
    )
    none = {"extension": None, "extension_id": None, "members": None, "bundle_list": None}
    rest = {"state": "present", "append": False, "ignore": False}
    assert bundle_options(node, OPTIONS) == [
        {**none, **rest, "extension": "101", "members": ["201", "301"]},
        {**none, **rest, "extension_id": 7, "bundle_list": [8], "append": True},
    ]


def _unique(entries: list[dict[str, Any]]) -> list[str]:
    """The mains and the members as texts; each has to be there once."""
    found = [str(entry[name]) for entry in entries for name in ("extension", "extension_id") if entry[name] is not None]
    return found + [str(item) for entry in entries for name in ("members", "bundle_list") for item in entry[name] or ()]


LATER = TEMPLATES | TEMPLATES.map(Vault)
BUNDLE = st.fixed_dictionaries(
    {},
    optional={
        "extension": LATER,
        "extension_id": LATER,
        "members": LATER | st.lists(LATER, max_size=3),
        "bundle_list": LATER | st.lists(LATER, max_size=3),
        "state": LATER,
        "append": LATER,
        "ignore": LATER,
    },
)


@for_all(bundles=LATER | st.lists(LATER | BUNDLE, max_size=4))
def test_what_is_not_known_keeps_its_place_and_clashes_with_nothing(bundles: Any) -> None:
    entries = bundle_options(tree_of(bundles), OPTIONS)
    assert len(entries) == (len(bundles) if isinstance(bundles, list) else 1)
    assert all(entry.keys() == OPTIONS.keys() for entry in entries)
    assert len(set(_unique(entries))) == len(_unique(entries))
    for entry, written in zip(entries, bundles if isinstance(bundles, list) else [], strict=False):
        if isinstance(written, dict):
            assert {name for name in written if name in ("extension", "extension_id")} == {
                name for name in ("extension", "extension_id") if entry[name] is not None
            }
    # The module itself has nothing against them, but for bundles that are without a main or members, or have two.
    allowed = (
        "has no main extension",
        "has extension and extension_id",
        "is set together with members",
        "has no members",
    )
    try:
        check_entries(entries)
    except OptionError as error:
        assert all(item["message"] in allowed for item in error.facts["findings"])


@pytest.mark.parametrize("name", ["state", "append", "ignore"])
def test_a_bundle_of_which_it_is_not_known_what_becomes_of_it_is_ignored(name: str) -> None:
    (entry,) = bundle_options(tree_of([{"extension": "101", "members": ["201"], name: "{{ x }}"}]), OPTIONS)
    assert entry["ignore"] is True
    assert entry["extension"] == "101"


def test_no_bundles_are_a_list_that_is_not_known() -> None:
    (entry,) = bundle_options(None, OPTIONS)
    assert entry["ignore"] is True
    assert bundle_options(tree_of([]), OPTIONS) == []


def test_messages_have_words_where_an_extension_is_not_known() -> None:
    first, second = bundle_options(tree_of([{"extension": "{{ x }}", "bundle_list": ["{{ y }}"]}, "{{ z }}"]), OPTIONS)
    for stand_in in (first["extension"], second["extension"], first["bundle_list"][0]):
        assert without_placeholders(f"201 is also in the bundle of {stand_in}") == (
            "201 is also in the bundle of an extension that is not known yet"
        )
    for text in ("101 and 0003*101", "1" + "0" * 16, "1" + "0" * 18, "2" + "0" * 17, f"x{first['extension']}"):
        assert without_placeholders(text) == text


# --- rules ---------------------------------------------------------------------------------------------------------

RULES = {"mutually_exclusive": [("a", "b"), ("c", "d", "e")], "required_one_of": [("a", "b", "c")]}


@pytest.mark.parametrize(
    ("options", "broken"),
    [
        ({"a"}, []),
        ({"b", "d"}, []),
        ({"a", "b"}, [("b", "cannot be combined with a")]),
        ({"c", "e"}, [("e", "cannot be combined with c")]),
        ({"d"}, [("", "requires one of a, b, c")]),
        (set(), [("", "requires one of a, b, c")]),
        ({"d", "e"}, [("e", "cannot be combined with d"), ("", "requires one of a, b, c")]),
    ],
)
def test_rules_of_an_argument_spec(options: set[str], broken: list[tuple[str, str]]) -> None:
    assert list(broken_rules(options, RULES)) == broken
    assert not list(broken_rules(options, {}))
