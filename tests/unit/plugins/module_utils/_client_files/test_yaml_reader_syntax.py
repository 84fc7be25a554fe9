# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid YAML, or too much of it: reported at the place to fix, without a value that may be a secret."""

from __future__ import annotations

import re
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files import yaml_reader, yaml_syntax
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import read_client_file
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import NOT_YAML, WRONG_VALUE
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_reader import read_tree
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import (
    Place,
    TreeProblem,
    plain,
    scalars,
)

CLOSE = "Close the bracket or the quote that begins here"
COMMA = "Close the open bracket, or put a comma between its values"
TABS = "Indent with spaces, not with tabs"
BRACES = "Put a value that begins with {{ in quotes"
SIGN = "Put a string that begins with a character such as * @ % or ! in quotes"
COLON = "Put a colon and a space after a key, and a string of several lines in quotes"
INDENT = "Put a string that contains a colon in quotes, or fix the indentation"
LOOK = "Check the indentation and the quotes of this line and of the previous one"


@pytest.fixture(autouse=True, params=["libyaml", "python"])
def _either_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML may come with libyaml or without."""
    if request.param == "python":
        for module in (yaml_reader, yaml_syntax):
            monkeypatch.setattr(module, "LOADER", yaml.SafeLoader)
        monkeypatch.setattr(yaml_reader, "_RISKY", 100)


def _only(text: str) -> TreeProblem:
    """The one problem of a text that is nothing else."""
    found = read_tree(text)
    (problem,) = found.problems
    assert found.node is None and problem.rule == NOT_YAML
    return problem


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("a: 1\nb: [c, d\n", 2, 4, CLOSE),
        ("a: 1\nb: {c: d\n\n\n", 2, 4, CLOSE),
        ("b: [[c], {d: [e}\n", 1, 16, COMMA),
        ("b: [[c], {d: e}, [f\n", 1, 18, CLOSE),
        ("b: [\n", 1, 4, CLOSE),
        ("b: [c, {d: e}, [f],\n", 1, 4, CLOSE),
        ("b: {c: [d], e: {f: g},\n", 1, 4, CLOSE),
        ("a: 1\nb: 'c\nd: e\n", 2, 4, CLOSE),
        ('жук: 1\nжук: "ж\nd: e\n', 2, 6, CLOSE),
        ("a: [b, c\nd: 1\ne: 2\n", 2, 2, COMMA),
        ("a: ['b' 'c']\n", 1, 9, COMMA),
        ("a:\n\tb: 1\n", 2, 1, TABS),
        ("a:\n  b: 1\n\tc: 2\n", 3, 1, TABS),
        ("a: {{ x }} y\n", 1, 12, BRACES),
        ("a:\n  - {{ x }}, y\n", 2, 12, BRACES),
        ("a: @x\n", 1, 4, SIGN),
        ("a: %x\n", 1, 4, SIGN),
        ("a: `x`\n", 1, 4, SIGN),
        ("a: *x\n", 1, 4, SIGN),
        ("a: 1\nb2\nc: 3\n", 2, 1, COLON),
        ("a: 1\nclient_id:801\nc: 3\n", 2, 1, COLON),
        ("a: b: c\n", 1, 5, INDENT),
        ("a: 1\n  b: 2\n", 2, 4, INDENT),
        ("a:\n  b: 1\n c: 2\n", 3, 2, LOOK),
        ("a: 'b' c\n", 1, 8, LOOK),
        ("a: 1\nb: 2]\n}\n", 3, 1, LOOK),
        ('a: "\\q"\n', 1, 6, LOOK),
    ],
)
def test_invalid_yaml_has_the_place_where_to_fix_it(text: str, line: int, column: int, hint: str) -> None:
    problem = _only(text)
    assert problem.place.line == line
    assert abs(problem.place.column - column) <= 1  # one loader points at the sign, the other behind it
    assert problem.message.startswith("not valid YAML: ") and problem.hint == hint


@pytest.mark.parametrize(
    "text", ["a: *s3cret\n", "a: !s3cret!x y\n", "%TAG ! s3cret\n%TAG ! s3cret\n---\na: 1\n", "a: !<s3cret\n"]
)
def test_what_a_parser_quotes_is_not_shown(text: str) -> None:
    problem = _only(text)
    assert "s3cret" not in f"{problem.message} {problem.hint}"


@pytest.mark.parametrize("text", ["", "\n", "# remark\n", "---\n", "---\n...\n", "~", "null\n", "''", "--- # remark\n"])
def test_an_empty_file_is_a_problem(text: str) -> None:
    problem = _only(text)
    assert (problem.place, problem.message) == (Place(1, 1), "the file is empty")
    assert problem.hint == "Describe the client, starting with client_id"


@pytest.mark.parametrize(
    ("text", "column"), [("client_id\n", 1), ("- a\n- b\n", 1), ("   801\n", 4), ("'client_id:801'", 1)]
)
def test_a_file_holds_keys(text: str, column: int) -> None:
    found = read_tree(text)
    assert found.node is not None and plain(found.node) == yaml.safe_load(text)
    (problem,) = found.problems
    assert (problem.rule, problem.place) == (WRONG_VALUE, Place(1, column))
    assert problem.message == "expected a mapping: a client file starts with a key such as client_id"


@pytest.mark.parametrize("more", ["b: 2\n", "- x\n", "a: 1\n---\nc: 3\n", "a: 1\n--- [\n"])
def test_a_second_document_is_a_problem_and_the_first_is_read(more: str) -> None:
    found = read_tree(f"---\na: 1\n---\n{more}")
    assert found.node is not None and plain(found.node) == {"a": 1}
    assert [(item.rule, item.place, item.message) for item in found.problems] == [
        (NOT_YAML, Place(4, 1), "a second document begins here")
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: \x07\n", Place(1, 4)),
        ("жук: 'ж\x07'\n", Place(1, 8)),
        ("a: 1\r\nb: \x00\n", Place(2, 4)),
        ("a: 1\u2028b: 2\x85c: \x1b[0m\n", Place(3, 4)),
        ("a: \ud800\n", Place(1, 4)),
        ("a: \uffff\n", Place(1, 4)),
    ],
)
def test_a_control_character_is_a_problem_at_its_place(text: str, place: Place) -> None:
    problem = _only(text)
    assert (problem.place, problem.hint) == (place, "Delete it")
    assert problem.message == "not valid YAML: control character"


def test_a_parser_error_without_a_reason_has_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> None:
        raise ValueError("found s3cret")

    monkeypatch.setattr(yaml_reader, "_compose", fail)
    assert _only("a: 1") == TreeProblem(NOT_YAML, Place(1, 1), "not valid YAML: the parser gives no reason", LOOK)


@pytest.mark.parametrize(("text", "line"), [("a: 1\n---", 2), ("a: 1\n---\n", 3), ("a: 1\n---\n# remark\n", 4)])
def test_an_empty_second_document_has_a_place_in_the_text(text: str, line: int) -> None:
    (problem,) = read_tree(text).problems
    assert (problem.place.line, problem.message) == (line, "a second document begins here")


# --- too much ------------------------------------------------------------------------------------------------------


def test_a_small_file_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert yaml_reader._MOST_NODES <= 200_000  # that many take a second
    monkeypatch.setattr(yaml_reader, "_MOST_NODES", 5_000)
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    problem = _only("\n".join(lines))
    assert problem.message == "the aliases expand to more values than a client can need"
    assert problem.hint == "Replace aliases by the values, or use fewer of them"


def test_values_are_counted_before_anything_is_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(text: str) -> None:
        raise AssertionError

    monkeypatch.setattr(yaml_reader, "_MOST_NODES", 1_000)
    monkeypatch.setattr(yaml_reader, "_compose", never)
    problem = _only("a:\n" + "- x\n" * 2_000)
    assert problem.message == "the file has more than 2000 keys and values"
    assert problem.place.line == 1_999


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", "=======", ">>>>>>> branch", "||||||| base"])
def test_the_marker_of_a_conflict(marker: str) -> None:
    problem = _only(f"client_id: 801\n{marker}\nclient_tags: [a]\n")
    assert (problem.place.line, problem.place.column, problem.message) == (2, 1, "this is a Git conflict marker")
    assert read_tree(f"a: |\n  {marker}\nb: '========'\n").problems == ()


def test_merges_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "_MOST_NODES", 5_000)
    lines = ["a0: &a0 {b: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)]
    assert _only("\n".join(lines)).message == "the aliases expand to more values than a client can need"


def test_a_client_with_many_extensions_is_not_too_much() -> None:
    text = "a:\n" + "".join(f"- {{extension: '{number}', members: ['x', 'y']}}\n" for number in range(500))
    found = read_tree(text)
    assert found.problems == () and found.node is not None
    assert sum(1 for dummy in scalars(found.node)) == 1500


@pytest.mark.parametrize("text", ["a: &x [*x]\n", "a: &x {b: *x}\n", "a: &x {b: [{c: *x}]}\n", "&x [*x]"])
def test_a_recursive_alias_is_a_problem(text: str) -> None:
    problem = _only(text)
    assert (problem.place.line, problem.message) == (1, "YAML alias refers to itself (recursive alias)")


def _deep(text: str) -> None:
    problem = _only(text)
    assert problem.message == "more than 50 nested levels"
    assert problem.hint == "Look for brackets that are not closed"


@pytest.mark.parametrize("levels", [51, 99, 300, 20_000])
def test_nesting_ends_somewhere(levels: int) -> None:
    _deep(f"a: {'[' * levels}{']' * levels}\n")
    _deep(f"a: {'{b: ' * levels}{'}' * levels}\n")


@pytest.mark.parametrize("levels", [51, 300, 600])
def test_nesting_by_indent_ends_too(levels: int) -> None:
    _deep("".join(f"{' ' * level}a:\n" for level in range(levels)) + " " * levels + "b: 1\n")
    _deep("- " * levels + "x\n")


def test_nor_do_brackets_that_do_not_close_break_it() -> None:
    _deep(f"a: {'[' * 20_000}x")


def test_a_parser_may_have_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> None:
        mark = yaml.Mark("", 1, 0, 1, None, None)
        raise yaml.MarkedYAMLError("while increasing flow level", mark, "exceeded maximum nesting depth", mark)

    monkeypatch.setattr(yaml_reader, "_compose", fail)
    _deep("[]")


def test_fifty_levels_and_the_last_node_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_tree(f"a: {'[' * 50}{']' * 50}\n").problems == ()
    monkeypatch.setattr(yaml_reader, "_MOST_NODES", 4)  # the file, the list and its two texts
    assert read_tree("a: [b, c]\n").problems == ()
    assert _only("a: [b, c, d]\n").message == "the aliases expand to more values than a client can need"


def test_what_people_nest_is_read() -> None:
    found = read_tree(f"a: {'[' * 40}{']' * 40}\n")
    assert found.problems == () and found.node is not None
    assert read_tree("a: [" + "[x], " * 2000 + "]\n").problems == ()
    # Many brackets, and an error behind them.
    assert _only("a: [" + "[x], " * 2000 + "\n").hint == CLOSE


def test_the_limit_of_recursion_is_not_met() -> None:
    limit = sys.getrecursionlimit()
    assert _only("? " * 2000 + "a\n").rule == NOT_YAML
    assert sys.getrecursionlimit() == limit


# --- whatever comes ------------------------------------------------------------------------------------------------

_LINE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
PIECES = [
    "a",
    "b",
    ": ",
    ":",
    "- ",
    "\n",
    "\n  ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "'",
    '"',
    "&x ",
    "*x",
    "!vault ",
    "!x",
    "<<: ",
]
PIECES += [
    "|\n",
    ">",
    "? ",
    "# ",
    "\t",
    "---\n",
    "...\n",
    "%",
    "@",
    "1",
    "2026-11-25",
    "~",
    "\\",
    "ж",
    "\x07",
    "\r\n",
    "{{ x }}",
]
TEXTS = st.text(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@given(text=TEXTS)
def test_no_text_breaks_it_and_every_problem_has_a_place_in_the_text(text: str) -> None:
    found = read_tree(text)
    assert found.node is not None or found.problems
    lines = _LINE.split(text)
    for problem in found.problems:
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
        assert problem.message and problem.hint


FILE = """\
---
client_id: 801
client_api:
  application_id: "Qanary-1"
  application_secret: Qanary-2 Qanary-3
  access_token: 'Qanary-4'
client_vars: {password: Qanary-5, "token": "Qanary-6", more: [Qanary-7, !vault Qanary-8]}
client_settings: {timezone: UTC}
client_tags: [moscow]
"""
SLIPS = ["", "'", '"', "[", "]", "{", "}", ": ", ",", "\n", "\t", "!", "&", "*", "@", "%", "#", "|", "- ", "? ", "\x07"]


@given(at=st.integers(0, len(FILE)), slip=st.sampled_from(SLIPS), dropped=st.integers(0, 2))
def test_a_slip_of_the_pen_shows_no_value(at: int, slip: str, dropped: int) -> None:
    text = FILE[:at] + slip + FILE[at + dropped :]
    found = read_client_file("clients/a.yml", text)
    for finding in found.findings:
        assert "anary" not in f"{finding.message} {finding.hint}", text
