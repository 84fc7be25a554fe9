# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Syntax errors of PyYAML as problems: the place, a text without values, and a hint. Needs PyYAML."""

from __future__ import annotations

import re
from typing import Any

from .._optional import yaml
from .findings import NOT_YAML
from .yaml_tree import Place, TreeProblem

LOADER: Any = getattr(yaml, "CSafeLoader", getattr(yaml, "SafeLoader", None))
DEEPEST = 50
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NOT_YAML_HINT = "Check the indentation and the quotes of this line and of the previous one"
CHARACTER_HINT = "Put a string that begins with a character such as * @ % or ! in quotes"
_HINTS = {
    "mapping values": "Put a string that contains a colon in quotes, or fix the indentation",
    "cannot start any token": CHARACTER_HINT,
    "undefined": CHARACTER_HINT,
    "expected ','": "Close the open bracket, or put a comma between its values",
}
_BRACES = "Put a value that begins with {{ in quotes"
_TABS = "Indent with spaces, not with tabs"
_NO_COLON = "Put a colon and a space after a key, and a string of several lines in quotes"
_OPEN = "Close the bracket or the quote that begins here"


def syntax_problem(error: yaml.MarkedYAMLError, text: str) -> TreeProblem:
    """Return what the error of the parser means, at the place where to fix it."""
    lines = LINE_BREAK.split(text)
    mark: Any = error.problem_mark
    hint = None
    if "nesting depth" in str(error.problem):  # newer versions of libyaml have their own limit
        return too_deep(Place(min(mark.line, len(lines) - 1) + 1, mark.column + 1))
    if "simple key" in str(error.context):
        mark, hint = error.context_mark, _NO_COLON
    elif _at_the_end(mark, text):
        # Something is not closed. The place where it begins is more useful than the end of the file.
        mark, hint = _opened(error, text) or mark, _OPEN
    line = min(mark.line, len(lines) - 1)
    place = Place(line + 1, mark.column + 1)
    return TreeProblem(NOT_YAML, place, f"not valid YAML: {_parser_text(error)}", hint or _hint(error, lines[line]))


def _at_the_end(mark: Any, text: str) -> bool:
    lines = LINE_BREAK.split(text.rstrip())
    return (mark.line, mark.column) >= (len(lines) - 1, len(lines[-1]))


def _opened(error: yaml.MarkedYAMLError, text: str) -> Any:
    """Return the start of the innermost bracket or quote that is not closed, if there is one."""
    opened: list[Any] = []
    try:
        for token in yaml.scan(text, Loader=LOADER):
            if isinstance(token, (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)):
                opened.append(token.start_mark)
            elif isinstance(token, (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)):
                del opened[-1:]
    except yaml.YAMLError:
        return error.context_mark
    return opened[-1] if opened else error.context_mark


def _hint(error: yaml.MarkedYAMLError, row: str) -> str:
    if "\t" in row[: len(row) - len(row.lstrip())]:
        return _TABS
    if re.search(r"[:-]\s+\{[{%]", row):
        return _BRACES
    problem = str(error.problem)
    return next((hint for words, hint in _HINTS.items() if words in problem), _NOT_YAML_HINT)


def _parser_text(error: yaml.MarkedYAMLError) -> str:
    """Return the text of the parser without the quotations that can be part of a value: characters and types stay."""
    text = ", ".join(str(text) for text in (error.context, error.problem) if text)
    return re.sub(r"('(?:\\?.|<[^']*>)')|'[^']*'", lambda quoted: quoted[1] or "this", text)


def unprintable_problem(text: str) -> TreeProblem:
    """Return the first character that YAML does not allow."""
    found = _CONTROL.search(text)
    if found is None:
        return TreeProblem(NOT_YAML, Place(1, 1), "not valid YAML: the parser gives no reason", _NOT_YAML_HINT)
    before = LINE_BREAK.split(text[: found.start()])
    message = "not valid YAML: control character"
    return TreeProblem(NOT_YAML, Place(len(before), len(before[-1]) + 1), message, "Delete it")


def too_deep(place: Place) -> TreeProblem:
    """Return the problem of a value that is nested too deeply."""
    return TreeProblem(NOT_YAML, place, f"more than {DEEPEST} nested levels", "Look for brackets that are not closed")
