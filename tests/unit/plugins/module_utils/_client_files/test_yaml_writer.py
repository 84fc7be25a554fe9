# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client files as text: the same data gives the same bytes, and reading them again gives the same data."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_reader import read_tree
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import (
    ListNode,
    MapEntry,
    MapNode,
    Node,
    Place,
    ScalarNode,
    is_template,
    plain,
    scalars,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_writer import ORDER, Live, client_text
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import fewer

AT = Place(1, 1)
VAULT = "$ANSIBLE_VAULT;1.1;AES256\n6162636465\n3031323334\n"

KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True) | st.sampled_from(
    ["yes", "null", "010", "1.5", "~"]
)
TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "", " ", "101", "0101", "000*101", "1_000", "0x1f", "1e3", ".5", "-", "yes", "NO", "null", "~", "<<", "=", "*",
        "&a",
        "# no comment", "a: b", "a #b", "- a", "!vault", "@me", "%TAG", "2026-01-01", "12:30:45", "'", '"', "\\n",
        "{a", "[b",
        "two\nlines", "two\nlines\n", " \n", "\n", "\ttab", "Ромашка", "\u2028", "\u0085", "\ufeff", "\x07",
        "😀", "x" * 300,
    ]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
DATA = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=12
)
SECTIONS = st.dictionaries(
    st.sampled_from([*ORDER, "client_bundles_prune", "client_bundles_max_changes"]), DATA, min_size=1
)


def _read(text: str) -> MapNode:
    reading = read_tree(text)
    assert not reading.problems
    assert isinstance(reading.node, MapNode)
    return reading.node


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal in their types, too: 1 is not True, and 1.0 is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


@fewer(0.5)
@given(SECTIONS)
def test_what_is_written_is_read_again(sections: dict[str, Any]) -> None:
    text = client_text(sections)
    assert _same(plain(_read(text)), sections)
    assert _same(yaml.safe_load(text), sections)


@fewer(0.5)
@given(SECTIONS, st.randoms(use_true_random=False))
def test_the_order_of_sections_does_not_matter(sections: dict[str, Any], draw: Any) -> None:
    names = list(sections)
    draw.shuffle(names)
    assert client_text({name: sections[name] for name in names}) == client_text(sections)


def _node(value: Any, unsafe: bool) -> Node:
    if isinstance(value, dict):
        return MapNode(AT, tuple(MapEntry(key, AT, _node(item, unsafe)) for key, item in value.items()))
    if isinstance(value, list):
        return ListNode(AT, tuple(_node(item, unsafe) for item in value))
    return ScalarNode(AT, value, unsafe=unsafe and isinstance(value, str))


@fewer(0.5)
@given(SECTIONS)
def test_nodes_of_another_file_are_written_as_their_values(sections: dict[str, Any]) -> None:
    assert client_text({name: _node(value, False) for name, value in sections.items()}) == client_text(sections)


@fewer(0.5)
@given(SECTIONS)
def test_a_file_that_was_written_is_written_alike_again(sections: dict[str, Any]) -> None:
    marked = {name: _node(value, True) for name, value in sections.items()}
    for text in (client_text(sections), client_text(marked)):
        assert client_text({entry.key: entry.node for entry in _read(text).entries}) == text


@given(TEXTS, st.sampled_from(["{{", "{%", "{#", "}}", "%}", ""]), TEXTS)
def test_a_text_of_the_pbx_is_never_a_template(before: str, sign: str, after: str) -> None:
    live = before + sign + after
    node = _read(client_text({"client_settings": {"timezone": Live(live)}})).get("client_settings")
    assert node is not None
    (scalar,) = scalars(node)
    assert scalar.value == live
    assert not scalar.opaque
    assert scalar.unsafe == is_template(live)


@given(TEXTS)
def test_a_template_of_a_person_stays_one(text: str) -> None:
    template = "{{ " + text + " }}"
    node = _read(client_text({"client_vars": {"own": template}})).get("client_vars")
    assert node is not None
    (scalar,) = scalars(node)
    assert (scalar.value, scalar.opaque) == (template, True)


@given(
    st.from_regex(r"\$ANSIBLE_VAULT;1\.[12];AES256(;\w+)?(\n[0-9a-f]{2,80}){0,30}\n?", fullmatch=True),
    st.integers(0, 3),
)
def test_vaults_stay_byte_for_byte(vault: str, depth: int) -> None:
    inner: Node = ScalarNode(AT, vault, vault=True)
    for _level in range(depth):
        inner = MapNode(AT, (MapEntry("list", AT, ListNode(AT, (inner, ScalarNode(AT, 1)))),))
    text = client_text({"client_vars": MapNode(AT, (MapEntry("own", AT, inner),))})
    assert text.count("!vault |") == 1
    found = _read(text).get("client_vars")
    assert found is not None
    scalar, *_rest = scalars(found)
    assert (scalar.vault, scalar.value) == (True, vault)


@given(st.text("0123456789*", min_size=1, max_size=6))
def test_numbers_are_quoted(number: str) -> None:
    text = client_text({"client_bundles": [{"extension": number, "members": [number]}]})
    assume(number.strip("*"))
    assert text.count(f'"{number}"') == 2


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.5, "0.5"), (1.0, "1.0"), (1e300, "1.0e+300"), (1.5e-9, "1.5e-09"), (-2e20, "-2.0e+20"), (math.inf, ".inf"),
        (-math.inf, "-.inf"), (True, "true"), (False, "false"), (None, "null"), (10**30, "1" + "0" * 30), (-7, "-7"),
    ],
)  # fmt: skip
def test_scalars(value: Any, written: str) -> None:
    text = client_text({"client_id": value})
    assert text == f"---\nclient_id: {written}\n"
    assert _same(yaml.safe_load(text), {"client_id": value})


def test_not_a_number() -> None:
    text = client_text({"client_vars": {"own": math.nan}})
    assert text == "---\nclient_vars:\n  own: .nan\n"
    assert math.isnan(yaml.safe_load(text)["client_vars"]["own"])


def test_how_it_looks() -> None:
    vault = ScalarNode(AT, VAULT, vault=True)
    sections = {
        "client_vars": {},
        "client_registrations": {"allowed_networks": ["198.51.100.0/24"], "max_registrations": 1},
        "client_bundles_prune": True,
        "client_bundles": [
            {"extension": "101", "members": ["201", "301"]},
            {"extension": "102", "members": [str(number) for number in range(200, 220)]},
        ],
        "client_settings": {"geo_list": ["RU", "BY"], "timezone": "Europe/Moscow", "hold_music": None},
        "client_api": MapNode(AT, (MapEntry("application_secret", AT, vault),)),
        "extension_len": 3,
        "client_tags": ["moscow", "wave2"],
        "client_id": 801,
    }
    assert client_text(sections, ["one", "two"]) == (
        "# one\n# two\n---\n"
        "client_id: 801\n"
        "client_tags: [moscow, wave2]\n"
        "extension_len: 3\n"
        "client_api:\n"
        "  application_secret: !vault |\n"
        "    $ANSIBLE_VAULT;1.1;AES256\n    6162636465\n    3031323334\n"
        "client_settings:\n"
        "  geo_list: [RU, BY]\n  timezone: Europe/Moscow\n  hold_music: null\n"
        "client_bundles:\n"
        '  - {extension: "101", members: ["201", "301"]}\n'
        '  - extension: "102"\n    members:\n' + "".join(f'      - "{number}"\n' for number in range(200, 220)) + ""
        "client_bundles_prune: true\n"
        "client_registrations:\n"
        "  allowed_networks: [198.51.100.0/24]\n  max_registrations: 1\n"
        "client_vars: {}\n"
    )


def test_a_text_of_several_lines_is_in_quotes() -> None:
    assert client_text({"client_vars": {"own": "a\nb"}}) == '---\nclient_vars:\n  own: "a\\nb"\n'


def test_a_long_text_stays_in_its_line() -> None:
    long = " ".join(["word"] * 60)
    assert client_text({"client_vars": {"own": long, "other": f"# {long}"}}).count("\n") == 4


@given(TEXTS)
def test_what_is_unsafe_in_another_file_stays_unsafe(text: str) -> None:
    node = MapNode(AT, (MapEntry("own", AT, ScalarNode(AT, "{{" + text, unsafe=True)),))
    found = _read(client_text({"client_vars": node})).get("client_vars")
    assert found is not None
    assert [(scalar.value, scalar.unsafe) for scalar in scalars(found)] == [("{{" + text, True)]


def test_aliases_are_expanded() -> None:
    shared = ["RU", "BY"]
    text = client_text({"client_vars": {"one": shared, "two": shared}})
    assert "&" not in text and "*" not in text
    assert yaml.safe_load(text) == {"client_vars": {"one": shared, "two": shared}}
