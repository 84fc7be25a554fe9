# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses YAML into trees with places. Needs PyYAML (:mod:`.._optional`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any

from .._model.findings import Rule
from .._optional import yaml
from .findings import DUPLICATE_KEY, NOT_YAML, WRONG_VALUE
from .yaml_syntax import (
    CHARACTER_HINT,
    DEEPEST,
    LINE_BREAK,
    LOADER,
    syntax_problem,
    too_deep,
    unprintable_problem,
)
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

_MOST_NODES = 200_000
"""More than any client needs. Expanded aliases count, so that a small file cannot exhaust the memory."""
# Composing is recursive: the C loader has a large stack, the Python loader the recursion limit of Python.
_RISKY = 500 if hasattr(yaml, "CSafeLoader") else 100
_LONGEST_NUMBER = 300
_INDENT = re.compile(r"^[\s?:-]+", re.MULTILINE)
_VAULT, _UNSAFE = ("!vault", "!vault-encrypted"), "!unsafe"
_STANDARD = "tag:yaml.org,2002:"
_MERGE, _EQUALS = f"{_STANDARD}merge", f"{_STANDARD}value"
_KNOWN = {f"{_STANDARD}{name}" for name in ("null", "bool", "int", "float", "str", "timestamp", "seq", "map")}
_TYPE_NAMES = {"bool": "boolean", "timestamp": "date"}
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)|^={7}$", re.MULTILINE)

_QUOTES = "Put it in quotes, or correct it"


@dataclass(frozen=True)
class Reading:
    """The result: ``node`` is ``None`` if the text is not YAML, ``problems`` are all problems found."""

    node: Node | None
    problems: tuple[TreeProblem, ...]


def read_tree(text: str) -> Reading:
    """Parse a text. Raises nothing. The problems quote keys, and never values."""
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        line = len(LINE_BREAK.split(text[: conflict.start()]))
        hint = "Resolve the conflict: keep one side, and delete the lines with <<<<<<<, ======= and >>>>>>>"
        return Reading(None, (TreeProblem(NOT_YAML, Place(line, 1), "this is a Git conflict marker", hint),))
    try:
        too_much = _too_much_at(text) if _may_be_too_much(text) else None
        if too_much is not None:
            return Reading(None, (too_much,))
        documents = _compose(text)
    except yaml.MarkedYAMLError as error:
        return Reading(None, (syntax_problem(error, text),))
    except (yaml.YAMLError, ValueError):
        return Reading(None, (unprintable_problem(text),))
    if not documents or (isinstance(documents[0], yaml.ScalarNode) and documents[0].value in ("", "null", "~")):
        hint = "Describe the client, starting with client_id"
        return Reading(None, (TreeProblem(NOT_YAML, Place(1, 1), "the file is empty", hint),))
    builder = _Builder(text)
    try:
        node = builder.build(documents[0], 0)
    except _TooLargeError as problem:
        return Reading(None, (*builder.problems, problem.problem))
    if len(documents) > 1:
        hint = "Move it to another file: one file describes one client"
        begin, last = _place(documents[1]), len(LINE_BREAK.split(text))  # an empty one begins after the text
        begin = begin if begin.line <= last else Place(last, 1)
        builder.problems.append(TreeProblem(NOT_YAML, begin, "a second document begins here", hint))
    if not isinstance(node, MapNode):
        message = "expected a mapping: a client file starts with a key such as client_id"
        builder.problems.append(TreeProblem(WRONG_VALUE, node.place, message, "Write client_id: and its value"))
    return Reading(node, tuple(builder.problems))


def _compose(text: str) -> list[Any]:
    """Return at most two documents: further ones are not reported."""
    documents: list[Any] = []
    loader = LOADER(text)
    try:
        while len(documents) < 2 and loader.check_node():
            documents.append(loader.get_node())
    finally:
        loader.dispose()
    return documents


def _may_be_too_much(text: str) -> bool:
    """Whether the text can contain too many values, or nest too deeply for the recursion of composing."""
    brackets = text.count("[") + text.count("{")
    return len(text) > _MOST_NODES or brackets > _RISKY or any(len(indent) > _RISKY for indent in _INDENT.findall(text))


def _too_much_at(text: str) -> TreeProblem | None:
    """Return the place of the first value too many or too deep; raises yaml.YAMLError.

    Uses the events of the parser, because composing is not safe yet.
    """
    depth = count = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        count += isinstance(event, yaml.NodeEvent)
        if depth > DEEPEST:
            return too_deep(_place(event))
        if count > 2 * _MOST_NODES:  # each value can have a key
            message = f"the file has more than {2 * _MOST_NODES} keys and values"
            return TreeProblem(NOT_YAML, _place(event), message, "Look for repeated lines")
    return None


def _place(node: Any) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


class _TooLargeError(Exception):
    """The file is too large or nested too deeply."""

    def __init__(self, problem: TreeProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass
class _Builder:
    """Builds a tree from PyYAML's nodes. The values of an alias have the place of the anchor."""

    text: str
    problems: list[TreeProblem] = field(default_factory=list)
    _count: int = 0
    _unsafe: int = 0
    _open: set[int] = field(default_factory=set)
    _reported: set[int] = field(default_factory=set)

    def build(self, node: Any, depth: int) -> Node:
        """Return the tree below a node; raises _TooLargeError."""
        self._count += 1
        if self._count > _MOST_NODES:
            message = "the aliases expand to more values than a client can need"
            raise _TooLargeError(
                TreeProblem(NOT_YAML, _place(node), message, "Replace aliases by the values, or use fewer of them")
            )
        if depth > DEEPEST:
            raise _TooLargeError(too_deep(_place(node)))
        if id(node) in self._open:
            raise _TooLargeError(
                TreeProblem(
                    NOT_YAML, _place(node), "YAML alias refers to itself (recursive alias)", "Write the value itself"
                )
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
            self._once(node, NOT_YAML, f"{node.tag} supports strings only", "Encrypt the strings one by one")
        elif node.tag in (_MERGE, _EQUALS):
            self._once(node, NOT_YAML, f"an unquoted {node.value} has a special meaning in YAML", _QUOTES)
        elif node.tag != _UNSAFE and node.tag not in known:
            # The message does not quote the tag: it can be a password that begins with an exclamation mark.
            self._once(node, NOT_YAML, "unknown YAML tag; only !vault and !unsafe are supported", CHARACTER_HINT)

    def _once(self, node: Any, rule: Rule, message: str, hint: str) -> None:
        """Add a problem once for each node, however many aliases refer to it."""
        if id(node) not in self._reported:
            self._reported.add(id(node))
            self.problems.append(TreeProblem(rule, _place(node), message, hint))

    def _scalar(self, node: Any) -> ScalarNode:
        if node.tag in _VAULT:
            return ScalarNode(_place(node), node.value, vault=True)
        self._tag(node, *_KNOWN)
        try:
            value = _value(node)
        except (ValueError, LookupError, OverflowError, AttributeError, TypeError):
            kind = _TYPE_NAMES.get(node.tag.replace(_STANDARD, ""), "number")
            hint = "Correct it, or put it in quotes to make it a string"
            self._once(node, NOT_YAML, f"YAML reads this as a {kind}, but it is not a valid {kind}", hint)
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
                message = f"duplicate key {short(name)}, first in line {found[name].place.line}"
                self._once(key, DUPLICATE_KEY, message, "Keep one of them")
            elif name is not None:
                found[name] = MapEntry(name, _place(key), built)
        for key in merges[1:]:
            message = f"duplicate key <<, first in line {_place(merges[0]).line}"
            self._once(key, DUPLICATE_KEY, message, "Write <<: [*one, *other]")
        return [*found.values(), *(entry for name, entry in merged.items() if name not in found)]

    def _merged(self, node: Any, depth: int) -> list[MapEntry]:
        built = self.build(node, depth + 1)
        sources = built.items if isinstance(built, ListNode) else (built,)
        mappings = [source for source in sources if isinstance(source, MapNode)]
        if len(mappings) < len(sources):
            self._once(node, NOT_YAML, "<< requires a mapping or a list of mappings", "Use an alias of a mapping")
        return list(chain.from_iterable(source.entries for source in mappings))

    def _key(self, key: Any, value: Any) -> str | None:
        """Return the name of a key, or ``None`` for a key that is not a plain string, which is a problem."""
        if not isinstance(key, yaml.ScalarNode):
            message = "expected a string as the key, but it is a list or a mapping"
            self._once(key, WRONG_VALUE, message, "Put a value that begins with {{ or [ in quotes")
            return None
        start, end = value.start_mark.index, value.end_mark.index
        between = self.text[key.end_mark.index : end + 1] if start == end else ":"
        if ":" not in between:
            # The message does not quote the key: it can be part of a secret with a comma or a colon in it.
            message = 'expected "key: value" here: the colon and the space after the key are missing'
            self._once(
                key, NOT_YAML, message, "Put a colon and a space after a key, and a string with a comma in quotes"
            )
            return None
        if key.tag not in (f"{_STANDARD}str", _EQUALS) or "{{" in key.value:
            shown = short(key.value) if key.tag in _KNOWN else "with a tag"
            hint = "Use a string as the key: put it in quotes if YAML reads it as a number or yes/no"
            self._once(key, WRONG_VALUE, f"the key {shown or '(empty)'} is not a plain string", hint)
            return None
        return str(key.value)


def _value(node: Any) -> Any:
    """Return the value that Ansible's YAML loader returns for a scalar; raises various exceptions if it is not valid.

    A date stays a string.
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
