# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading YAML into trees: values as Ansible has them, each with its place."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files import yaml_reader, yaml_syntax
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    DUPLICATE_KEY,
    NOT_YAML,
    WRONG_VALUE,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_reader import Reading, read_tree
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import (
    Node,
    Place,
    ScalarNode,
    place_of,
    plain,
    scalars,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.findings import Rule
from ansible_collections.ringme.pbx.tests.unit.helpers.trees import values


@pytest.fixture(autouse=True, params=["libyaml", "python"])
def _either_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML may come with libyaml or without."""
    if request.param == "python":
        for module in (yaml_reader, yaml_syntax):
            monkeypatch.setattr(module, "LOADER", yaml.SafeLoader)
        monkeypatch.setattr(yaml_reader, "_RISKY", 100)


def _good(text: str) -> Node:
    found = read_tree(text)
    assert found.problems == () and found.node is not None
    return found.node


def _value(text: str) -> Any:
    """What is behind the key "a" of a text without problems."""
    return plain(_good(text))["a"]


def _messages(found: Reading) -> list[tuple[Rule, int, int, str]]:
    return [(item.rule, item.place.line, item.place.column, item.message) for item in found.problems]


# --- values --------------------------------------------------------------------------------------------------------


@given(data=st.dictionaries(st.text(max_size=6), values(), max_size=5), flow=st.sampled_from([None, True, False]))
def test_what_yaml_writes_is_read_as_yaml_reads_it(data: dict[str, Any], flow: bool | None) -> None:
    for unicode in (True, False):
        text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=unicode, sort_keys=False, width=40)
        expected = yaml.load(text, Loader=yaml_reader.LOADER)
        if any("{{" in key for key in _keys(data)):
            continue  # no key of ours may hold a template
        assert plain(_good(text)) == expected


def _keys(value: Any) -> list[str]:
    if isinstance(value, list):
        return [key for item in value for key in _keys(item)]
    return [found for key, item in value.items() for found in (key, *_keys(item))] if isinstance(value, dict) else []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("801", 801),
        ("0801", "0801"),
        ("010", 8),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("12:30", 750),
        ("-5", -5),
        ("1.5", 1.5),
        ("1e3", "1e3"),
        ("1.0e+3", 1000.0),
        (".inf", float("inf")),
        ("yes", True),
        ("NO", False),
        ("Off", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("2026-11-25", "2026-11-25"),
        ("2026-11-25 10:00:00", "2026-11-25 10:00:00"),
        ('"010"', "010"),
        ("'it''s'", "it's"),
        ('"\\u0436"', "ж"),
        ("!!str 10", "10"),
        ("!!int '10'", 10),
        ("!!float 3", 3.0),
        ("!!bool on", True),
        ("!!null x", None),
        ("{b: c}", {"b": "c"}),
        ("!!map {b: c}", {"b": "c"}),
        ("!!seq [b]", ["b"]),
        ("[b, [c]]", ["b", ["c"]]),
        ("|\n  one\n   two\n", "one\n two\n"),
        (">-\n  one\n  two\n", "one two"),
        ("9" * 300, int("9" * 300)),
    ],
)
def test_a_value_is_what_ansible_makes_of_it(written: str, value: Any) -> None:
    found = _value(f"a: {written}\n")
    assert found == value and type(found) is type(value)


def test_a_date_stays_a_string() -> None:
    assert isinstance(yaml.safe_load("2026-11-25"), datetime.date)
    assert _value("a: 2026-11-25") == "2026-11-25"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("2026-13-45", "date"),
        ("!!timestamp x", "date"),
        ("!!int x", "number"),
        ("!!float x", "number"),
        ("!!bool x", "boolean"),
        ("9" * 301, "number"),
        ("-0x" + "f" * 400, "number"),
    ],
)
def test_an_invalid_number_or_date_is_a_problem_and_stays_a_string(written: str, kind: str) -> None:
    found = read_tree(f"a: {written}\n")
    assert _messages(found) == [(NOT_YAML, 1, 4, f"YAML reads this as a {kind}, but it is not a valid {kind}")]
    assert found.problems[0].hint == "Correct it, or put it in quotes to make it a string"
    assert found.node and plain(found.node) == {"a": written.split()[-1]}


# --- vault, unsafe, and other tags ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["!vault", "!vault-encrypted"])
def test_an_encrypted_value_keeps_its_text(tag: str) -> None:
    (found,) = scalars(_good(f"a: {tag} |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n"))
    assert found == ScalarNode(Place(1, 4), "$ANSIBLE_VAULT;1.1;AES256\n3132\n", vault=True)


def test_a_text_may_be_marked_as_no_template() -> None:
    text = "a: !unsafe '{{ x }}'\nb: !unsafe ['{{ x }}', {c: '{{ y }}', d: !vault z}]\ne: '{{ x }}'\nf: !unsafe 10\n"
    found = list(scalars(_good(text)))
    assert [item.value for item in found] == ["{{ x }}", "{{ x }}", "{{ y }}", "z", "{{ x }}", "10"]
    assert [item.unsafe for item in found] == [True, True, True, False, False, True]
    assert [item.vault for item in found] == [False, False, False, True, False, False]


@pytest.mark.parametrize("written", ["!vault [x]", "!vault {x: y}", "!vault-encrypted []"])
def test_only_a_text_can_be_encrypted(written: str) -> None:
    (problem,) = read_tree(f"a: {written}\n").problems
    assert (problem.rule, problem.place, problem.message.split()[1:4]) == (
        NOT_YAML,
        Place(1, 4),
        ["supports", "strings", "only"],
    )


@pytest.mark.parametrize(
    "written", ["!s3cret", "!s3cret x", "!s3cret [x]", "!s3cret {x: y}", "!!binary eA==", "!!set {x: }"]
)
def test_another_tag_means_nothing_and_is_not_shown(written: str) -> None:
    (problem,) = read_tree(f"a: {written}\n").problems
    assert (problem.rule, problem.place) == (NOT_YAML, Place(1, 4))
    assert problem.message == "unknown YAML tag; only !vault and !unsafe are supported"
    assert problem.hint and problem.hint.startswith("Put a string that begins with a character")
    assert "s3cret" not in problem.message + problem.hint


@pytest.mark.parametrize("sign", ["=", "<<"])
def test_an_unquoted_special_character_is_a_problem(sign: str) -> None:
    assert _messages(read_tree(f"a: {sign}\n")) == [
        (NOT_YAML, 1, 4, f"an unquoted {sign} has a special meaning in YAML")
    ]
    assert _value(f"a: '{sign}'\n") == sign


# --- places --------------------------------------------------------------------------------------------------------


def test_places_count_characters_from_1() -> None:
    tree = _good('# жук\nключ: {"ж\t\U0001f41e": знач, b: [один, "два"]}\nd:\n  - e\n  -   f: |\n        text\n')
    places = {
        "ключ": Place(2, 1),
        "ключ.ж\t\U0001f41e": Place(2, 15),
        "ключ.b": Place(2, 21),
        "ключ.b[0]": Place(2, 25),
        "ключ.b[1]": Place(2, 31),
        "d": Place(3, 1),
        "d[0]": Place(4, 5),
        "d[1]": Place(5, 7),
        "d[1].f": Place(5, 10),
    }
    assert {path: place_of(tree, path) for path in places} == places


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_every_line_end_of_yaml_counts(end: str) -> None:
    tree = _good(end.join(["---", "a: 1", "b:", "  - 2", ""]))
    assert [place_of(tree, path) for path in ("a", "b", "b[0]")] == [Place(2, 4), Place(3, 1), Place(4, 5)]


# --- aliases and merges --------------------------------------------------------------------------------------------


def test_an_alias_has_the_values_and_the_place_of_the_anchor() -> None:
    tree = _good("a: &x [1, &y {b: 2}]\nc: *x\nd: *y\n")
    assert plain(tree) == {"a": [1, {"b": 2}], "c": [1, {"b": 2}], "d": {"b": 2}}
    assert place_of(tree, "c[1].b") == place_of(tree, "a[1].b") == Place(1, 18)
    assert place_of(tree, "c") == Place(2, 1)


def test_a_problem_below_an_anchor_is_reported_once() -> None:
    found = read_tree("a: &x {b: !other 1, c: 2026-13-45, d: 1, d: 2}\ne: [*x, *x]\n")
    assert [place[1:3] for place in _messages(found)] == [(1, 11), (1, 24), (1, 42)]


MERGES = [
    "x: &x {a: 1, b: 2}\na: {<<: *x, b: 3, c: 4}\n",
    "x: &x {a: 1, b: 2}\na: {b: 3, <<: *x}\n",
    "x: &x {a: 1}\ny: &y {a: 2, b: 2}\na: {<<: [*x, *y]}\n",
    "x: &x {a: 1}\ny: &y {<<: *x, b: 2}\na: {<<: *y}\n",
    "a: {<<: [], b: 1}\n",
]


@pytest.mark.parametrize("text", MERGES)
def test_merges_are_those_of_yaml(text: str) -> None:
    assert plain(_good(text)) == yaml.safe_load(text)


def test_a_merge_without_a_mapping_is_a_problem() -> None:
    assert _messages(read_tree("a: {<<: 3}\n")) == [(NOT_YAML, 1, 9, "<< requires a mapping or a list of mappings")]
    assert _messages(read_tree("a: {<<: [{}, 3]}\n")) == [
        (NOT_YAML, 1, 9, "<< requires a mapping or a list of mappings")
    ]
    found = read_tree("x: &x {b: 1}\na:\n  <<: *x\n  <<: {c: 2}\n")
    assert _messages(found) == [(DUPLICATE_KEY, 4, 3, "duplicate key <<, first in line 3")]
    assert found.node and plain(found.node)["a"] == {"b": 1, "c": 2}


# --- keys ----------------------------------------------------------------------------------------------------------


def test_of_a_doubled_key_the_first_stays() -> None:
    found = read_tree("a: 1\nb: 2\na: 3\nc: {d: 1, 'd': 2, \"d\": 3}\n")
    assert found.node and plain(found.node) == {"a": 1, "b": 2, "c": {"d": 1}}
    assert _messages(found) == [
        (DUPLICATE_KEY, 3, 1, "duplicate key a, first in line 1"),
        (DUPLICATE_KEY, 4, 11, "duplicate key d, first in line 4"),
        (DUPLICATE_KEY, 4, 19, "duplicate key d, first in line 4"),
    ]


@pytest.mark.parametrize("key", ["yes", "1", "1.5", "~", "2026-11-25", "!other x", '"{{ x }}"', "!!int x"])
def test_a_key_is_a_word(key: str) -> None:
    found = read_tree(f"a: 1\n{key}: 2\n")
    assert found.node and plain(found.node) == {"a": 1}
    (problem,) = found.problems
    assert (problem.rule, problem.place) == (WRONG_VALUE, Place(2, 1))
    assert problem.message.startswith("the key ") and problem.message.endswith(" is not a plain string")


def test_an_empty_key_and_a_long_one() -> None:
    assert _messages(read_tree("? \n: 1\n"))[0][3] == "the key (empty) is not a plain string"
    assert (
        _messages(read_tree(f"? '{{{{ {'ab ' * 99}'\n: 1\n"))[0][3]
        == f"the key {{{{ {'ab ' * 19}... is not a plain string"
    )
    assert _messages(read_tree("!s3cret x: 1\n"))[0][3] == "the key with a tag is not a plain string"
    assert plain(_good('"": 1\n=: 2\n"yes": 3\n')) == {"": 1, "=": 2, "yes": 3}


@pytest.mark.parametrize("text", ["a: {{ x }}\n", "a: {[b]: c}\n", "a: {? {b: c} : d}\n"])
def test_a_list_or_a_mapping_is_not_a_key(text: str) -> None:
    (problem,) = read_tree(text).problems
    assert (problem.rule, problem.place.line) == (WRONG_VALUE, 1)
    assert problem.message == "expected a string as the key, but it is a list or a mapping"
    assert problem.hint == "Put a value that begins with {{ or [ in quotes"


@pytest.mark.parametrize(
    ("inside", "column"), [("s3c:ret", 5), ("b: s3c,ret", 12), ("b s3cret, c: 1", 5), ('"s3cret"', 5), ("? s3cret", 7)]
)
def test_a_missing_colon_is_a_problem_that_quotes_nothing(inside: str, column: int) -> None:
    (problem,) = read_tree(f"a: {{{inside}}}\n").problems
    assert (problem.rule, problem.place) == (NOT_YAML, Place(1, column))
    assert "the colon and the space" in problem.message
    assert "ret" not in problem.message.replace("secret", "")


def test_a_key_with_a_colon_may_be_without_a_value() -> None:
    text = 'a:\n  b:\n  "c":\n  d : # remark\n  ? e\n  :\n  f: {g: , "h": , i: }\n'
    assert _value(text) == {**dict.fromkeys("bcde"), "f": dict.fromkeys("ghi")}
