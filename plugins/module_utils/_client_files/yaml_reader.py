# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads YAML into trees with places. Needs PyYAML, see :mod:`.pyyaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any

from .._model.findings import Rule
from .._optional import yaml
from .findings import DOUBLED_KEY, NOT_YAML, WRONG_VALUE
from .yaml_tree import (
    ListNode,
    MapEntry,
    MapNode,
    Node,
    Place,
    ScalarNode,
    TreeProblem,
    short,
)

_LOADER: Any = getattr(yaml, "CSafeLoader", getattr(yaml, "SafeLoader", None))
_MOST_NODES = 200_000
"""More than any client needs: what aliases unfold to is counted, so that a small file cannot fill the memory."""
_DEEPEST = 50
# Composing recurses: the C loader on a large stack, Python's within Python's limit.
_RISKY = 500 if hasattr(yaml, "CSafeLoader") else 100
_LONGEST_NUMBER = 300
_INDENT = re.compile(r"^[\s?:-]+", re.MULTILINE)
_VAULT, _UNSAFE = ("!vault", "!vault-encrypted"), "!unsafe"
_STANDARD = "tag:yaml.org,2002:"
_MERGE, _EQUALS = f"{_STANDARD}merge", f"{_STANDARD}value"
_KNOWN = {f"{_STANDARD}{name}" for name in ("null", "bool", "int", "float", "str", "timestamp", "seq", "map")}
_KINDS = {"bool": "true or false", "timestamp": "a date"}
_LINE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)|^={7}$", re.MULTILINE)

_NO_YAML = "Look at the indent and the quotes of this line, and of the one before"
_SIGN = "Put a text that begins with a sign such as * @ % or ! in quotes"
_HINTS = {
    "mapping values": "Put a text that holds a colon in quotes, or mind the indent",
    "cannot start any token": _SIGN,
    "undefined": _SIGN,
    "expected ','": "Close the bracket that was opened before, or put a comma between its values",
}
_BRACES = "Put a value that begins with {{ in quotes"
_TABS = "Indent with spaces, never with tabs"
_NO_COLON = "Put a colon and a space behind a key, and a text of several lines in quotes"
_OPEN = "Close the bracket or the quote that begins here"
_QUOTES = "Put it in quotes, or mend it"


@dataclass(frozen=True)
class Reading:
    """What a text holds: ``node`` is ``None`` where it is no YAML at all, ``problems`` is what is wrong with it."""

    node: Node | None
    problems: tuple[TreeProblem, ...]


def read_tree(text: str) -> Reading:
    """Read a text. Raises nothing: what is wrong is among the problems, which show keys and never values."""
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        line = len(_LINE.split(text[: conflict.start()]))
        hint = "Resolve the conflict: keep the lines of one side, and delete the lines that begin with <<<<<<<, ======= and >>>>>>>"
        return Reading(None, (TreeProblem(NOT_YAML, Place(line, 1), "this is a Git conflict marker", hint),))
    try:
        too_much = _too_much_at(text) if _may_be_too_much(text) else None
        if too_much is not None:
            return Reading(None, (too_much,))
        documents = _compose(text)
    except yaml.MarkedYAMLError as error:
        return Reading(None, (_syntax(error, text),))
    except (yaml.YAMLError, ValueError):
        return Reading(None, (_not_printable(text),))
    if not documents or (isinstance(documents[0], yaml.ScalarNode) and documents[0].value in ("", "null", "~")):
        hint = "Describe the client, beginning with client_id"
        return Reading(None, (TreeProblem(NOT_YAML, Place(1, 1), "it is empty", hint),))
    builder = _Builder(text)
    try:
        node = builder.build(documents[0], 0)
    except _TooLargeError as problem:
        return Reading(None, (*builder.problems, problem.problem))
    if len(documents) > 1:
        hint = "One file is one client: make another file of it"
        begin, last = _place(documents[1]), len(_LINE.split(text))  # an empty one begins behind the text
        begin = begin if begin.line <= last else Place(last, 1)
        builder.problems.append(TreeProblem(NOT_YAML, begin, "a second document begins here", hint))
    if not isinstance(node, MapNode):
        message = "it holds no keys, and a client file begins with keys such as client_id"
        builder.problems.append(TreeProblem(WRONG_VALUE, node.place, message, "Write client_id: and its value"))
    return Reading(node, tuple(builder.problems))


def _compose(text: str) -> list[Any]:
    """Return at most two documents: more would not be looked at."""
    documents: list[Any] = []
    loader = _LOADER(text)
    try:
        while len(documents) < 2 and loader.check_node():
            documents.append(loader.get_node())
    finally:
        loader.dispose()
    return documents


def _may_be_too_much(text: str) -> bool:
    """Whether it could hold too many values, or nest so deeply that composing, which recurses, would break the process."""
    brackets = text.count("[") + text.count("{")
    return len(text) > _MOST_NODES or brackets > _RISKY or any(len(indent) > _RISKY for indent in _INDENT.findall(text))


def _too_much_at(text: str) -> TreeProblem | None:
    """Return where there are too many values or the nesting goes too far; raises yaml.YAMLError.

    The parser's events say so before anything is composed.
    """
    depth = count = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        count += isinstance(event, yaml.NodeEvent)
        if depth > _DEEPEST:
            return _too_deep(_place(event))
        if count > 2 * _MOST_NODES:  # each value may have a key
            message = f"it has more than {2 * _MOST_NODES} keys and values"
            return TreeProblem(NOT_YAML, _place(event), message, "Look for lines that are there many times")
    return None


def _syntax(error: yaml.MarkedYAMLError, text: str) -> TreeProblem:
    lines = _LINE.split(text)
    mark: Any = error.problem_mark
    hint = None
    if "nesting depth" in str(error.problem):  # newer ones of libyaml have a limit of their own
        return _too_deep(Place(min(mark.line, len(lines) - 1) + 1, mark.column + 1))
    if "simple key" in str(error.context):
        mark, hint = error.context_mark, _NO_COLON
    elif _at_the_end(mark, text):
        # Something is not closed: the end of the file, where that shows, is no help.
        mark, hint = _opened(error, text) or mark, _OPEN
    line = min(mark.line, len(lines) - 1)
    place = Place(line + 1, mark.column + 1)
    return TreeProblem(NOT_YAML, place, f"it is not YAML: {_told(error)}", hint or _hint(error, lines[line]))


def _at_the_end(mark: Any, text: str) -> bool:
    lines = _LINE.split(text.rstrip())
    return (mark.line, mark.column) >= (len(lines) - 1, len(lines[-1]))


def _opened(error: yaml.MarkedYAMLError, text: str) -> Any:
    """Return where the innermost bracket or quote begins that the file does not close, if there is one."""
    opened: list[Any] = []
    try:
        for token in yaml.scan(text, Loader=_LOADER):
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
    return next((hint for words, hint in _HINTS.items() if words in problem), _NO_YAML)


def _told(error: yaml.MarkedYAMLError) -> str:
    """Return the parser's words; what they quote stays only where it is a sign or a kind: else it may be a piece of a value."""
    text = ", ".join(str(text) for text in (error.context, error.problem) if text)
    return re.sub(r"('(?:\\?.|<[^']*>)')|'[^']*'", lambda quoted: quoted[1] or "this", text)


def _not_printable(text: str) -> TreeProblem:
    found = _CONTROL.search(text)
    if found is None:
        return TreeProblem(NOT_YAML, Place(1, 1), "it is not YAML: it cannot be parsed", _NO_YAML)
    before = _LINE.split(text[: found.start()])
    message = "it is not YAML: a control character stands here"
    return TreeProblem(NOT_YAML, Place(len(before), len(before[-1]) + 1), message, "Delete it")


def _place(node: Any) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _too_deep(place: Place) -> TreeProblem:
    return TreeProblem(
        NOT_YAML, place, f"it is nested more than {_DEEPEST} levels deep", "Look for brackets that do not close"
    )


class _TooLargeError(Exception):
    """The file cannot be held."""

    def __init__(self, problem: TreeProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass
class _Builder:
    """Makes a tree of PyYAML's nodes. An alias leads to the same node again, and its values have the place of the anchor."""

    text: str
    problems: list[TreeProblem] = field(default_factory=list)
    _count: int = 0
    _unsafe: int = 0
    _open: set[int] = field(default_factory=set)
    _told: set[int] = field(default_factory=set)

    def build(self, node: Any, depth: int) -> Node:
        """Return the tree below a node; raises _TooMuch."""
        self._count += 1
        if self._count > _MOST_NODES:
            message = "its aliases unfold to more than a client can need"
            raise _TooLargeError(TreeProblem(NOT_YAML, _place(node), message, "Write the values out, or fewer of them"))
        if depth > _DEEPEST:
            raise _TooLargeError(_too_deep(_place(node)))
        if id(node) in self._open:
            raise _TooLargeError(
                TreeProblem(NOT_YAML, _place(node), "an alias stands inside what it stands for", "Write the value out")
            )
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        self._tag(node, f"{_STANDARD}seq" if isinstance(node, yaml.SequenceNode) else f"{_STANDARD}map")
        self._open.add(id(node))
        self._unsafe += node.tag == _UNSAFE
        try:
            if isinstance(node, yaml.SequenceNode):
                return ListNode(_place(node), tuple(self.build(item, depth + 1) for item in node.value))
            return MapNode(_place(node), tuple(self._entries(node, depth)))
        finally:
            self._open.discard(id(node))
            self._unsafe -= node.tag == _UNSAFE

    def _tag(self, node: Any, *known: str) -> None:
        if node.tag in _VAULT:
            self._once(node, NOT_YAML, f"{node.tag} takes a text, and this is none", "Encrypt the texts one by one")
        elif node.tag in (_MERGE, _EQUALS):
            self._once(node, NOT_YAML, f"a bare {node.value} has a meaning of its own in YAML", _QUOTES)
        elif node.tag != _UNSAFE and node.tag not in known:
            # It is not shown: it may be a password that begins with an exclamation mark.
            self._once(node, NOT_YAML, "a tag stands here that means nothing", f"Known are !vault and !unsafe. {_SIGN}")

    def _once(self, node: Any, rule: Rule, message: str, hint: str) -> None:
        """Add a problem, once for each node, however many aliases lead to it."""
        if id(node) not in self._told:
            self._told.add(id(node))
            self.problems.append(TreeProblem(rule, _place(node), message, hint))

    def _scalar(self, node: Any) -> ScalarNode:
        if node.tag in _VAULT:
            return ScalarNode(_place(node), node.value, vault=True)
        self._tag(node, *_KNOWN)
        try:
            value = _value(node)
        except (ValueError, LookupError, OverflowError, AttributeError, TypeError):
            kind = _KINDS.get(node.tag.replace(_STANDARD, ""), "a number")
            self._once(node, NOT_YAML, f"YAML takes this for {kind}, and it is none", _QUOTES)
            value = node.value
        written = node.value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        return ScalarNode(_place(node), value, unsafe=self._unsafe > 0 or node.tag == _UNSAFE, written=written)

    def _entries(self, node: Any, depth: int) -> list[MapEntry]:
        found: dict[str, MapEntry] = {}
        merged: dict[str, MapEntry] = {}
        merges: list[Any] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                merges.append(key)
                for entry in self._merged(value, depth):
                    merged.setdefault(entry.key, entry)
                continue
            built = self.build(value, depth + 1)
            name = self._key(key, value)
            if name in found:
                message = f"{short(name)} stands twice, here and in line {found[name].place.line}"
                self._once(key, DOUBLED_KEY, message, "Keep one of them")
            elif name is not None:
                found[name] = MapEntry(name, _place(key), built)
        for key in merges[1:]:
            message = f"<< stands twice, here and in line {_place(merges[0]).line}"
            self._once(key, DOUBLED_KEY, message, "Write <<: [*one, *other]")
        return [*found.values(), *(entry for name, entry in merged.items() if name not in found)]

    def _merged(self, node: Any, depth: int) -> list[MapEntry]:
        built = self.build(node, depth + 1)
        sources = built.items if isinstance(built, ListNode) else (built,)
        mappings = [source for source in sources if isinstance(source, MapNode)]
        if len(mappings) < len(sources):
            self._once(node, NOT_YAML, "<< takes a mapping, or a list of them", "Name an anchor of a mapping")
        return list(chain.from_iterable(source.entries for source in mappings))

    def _key(self, key: Any, value: Any) -> str | None:
        """Return the name of a key, or ``None`` for one that is no plain word, which is a problem."""
        if not isinstance(key, yaml.ScalarNode):
            message = "a key is a list or a mapping, and keys are words"
            self._once(key, WRONG_VALUE, message, "Put a value that begins with {{ or [ in quotes")
            return None
        start, end = value.start_mark.index, value.end_mark.index
        between = self.text[key.end_mark.index : end + 1] if start == end else ":"
        if ":" not in between:
            # It is not shown: it may be a piece of a secret that holds a comma, or one right behind a colon.
            message = "what stands here has no colon and space behind it, as a key has"
            self._once(
                key, NOT_YAML, message, "Write a colon and a space behind a key, and put a text with a comma in quotes"
            )
            return None
        if key.tag not in (f"{_STANDARD}str", _EQUALS) or "{{" in key.value:
            shown = short(key.value) if key.tag in _KNOWN else "with a tag"
            hint = "Keys are words: put one in quotes if YAML takes it for a number or yes/no"
            self._once(key, WRONG_VALUE, f"the key {shown or 'that is empty'} is no word", hint)
            return None
        return str(key.value)


def _value(node: Any) -> Any:
    """Return what Ansible's YAML makes of a scalar; raises one of many for what is not of the type that its form or tag says.

    A date stays the text that it was.
    """
    kind, text = node.tag.replace(_STANDARD, ""), node.value
    if kind in ("int", "float") and len(text) > _LONGEST_NUMBER:
        raise ValueError(text)
    if kind == "null":
        return None
    if kind == "bool":
        return _constructor().bool_values[text.lower()]
    if kind == "int":
        return _constructor().construct_yaml_int(node)
    if kind == "float":
        return _constructor().construct_yaml_float(node)
    if kind == "timestamp":
        _constructor().construct_yaml_timestamp(node)
    return text


@cache
def _constructor() -> Any:
    return yaml.constructor.SafeConstructor()
