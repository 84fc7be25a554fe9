# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads YAML into trees with places. The only file that knows PyYAML's nodes; ansible-core brings PyYAML along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from .findings import DOUBLED_KEY, NOT_YAML, WRONG_VALUE
from .tree import Entry, Mapping, Node, Place, Problem, Scalar, Sequence

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_NODES = 200_000
"""More than any client needs: what aliases unfold to is counted, so that a small file cannot fill the memory."""
_DEEPEST = 50
_RISKY = 500
_INDENT = re.compile(r"^[\s?:-]+", re.MULTILINE)
_VAULT, _UNSAFE = ("!vault", "!vault-encrypted"), "!unsafe"
_STANDARD = "tag:yaml.org,2002:"
_MERGE = "tag:yaml.org,2002:merge"
_NO_YAML = "Check the file with an editor that knows YAML"


@dataclass(frozen=True)
class Reading:
    """What a text holds: ``node`` is ``None`` where it is no YAML at all, ``problems`` is what is wrong with it."""

    node: Node | None
    problems: tuple[Problem, ...]


def read_tree(text: str) -> Reading:
    """Read a text. Raises nothing: what is wrong is among the problems, which show keys and never values."""
    try:
        deep = _too_deep_at(text) if _may_be_deep(text) else None
        if deep is not None:
            return Reading(None, (_too_deep(deep),))
        documents = list(_compose(text))
    except yaml.MarkedYAMLError as error:
        return Reading(None, (_syntax(error, text),))
    except (yaml.YAMLError, ValueError) as error:
        return Reading(None, (Problem(NOT_YAML, Place(1, 1), f"it is not YAML: {_words(error)}", _NO_YAML),))
    if not documents or (isinstance(documents[0], yaml.ScalarNode) and documents[0].value in ("", "null", "~")):
        hint = "Describe the client, beginning with client_id"
        return Reading(None, (Problem(NOT_YAML, Place(1, 1), "it is empty", hint),))
    builder = _Builder()
    try:
        node = builder.build(documents[0], 0)
    except _TooMuch as problem:
        return Reading(None, (*builder.problems, problem.problem))
    if len(documents) > 1:
        hint = "One file is one client: make another file of it"
        builder.problems.append(Problem(NOT_YAML, _place(documents[1]), "a second document begins here", hint))
    if not isinstance(node, Mapping):
        message = "it holds no keys, and a client file begins with keys such as client_id"
        builder.problems.append(Problem(WRONG_VALUE, node.place, message, "Write client_id: and its value"))
    return Reading(node, tuple(builder.problems))


def _compose(text: str) -> Iterator[Any]:
    """Yield at most two documents: more would not be looked at."""
    loader = _LOADER(text)
    try:
        while loader.check_node() and (document := loader.get_node()) is not None:
            yield document
    finally:
        loader.dispose()


def _may_be_deep(text: str) -> bool:
    """Whether brackets or indents could nest so deeply that composing, which recurses, would break the process."""
    return text.count("[") + text.count("{") > _RISKY or any(len(indent) > _RISKY for indent in _INDENT.findall(text))


def _too_deep_at(text: str) -> Place | None:
    """Return where the nesting goes too far, told by the parser's events, which do not recurse; raises yaml.YAMLError."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return _place(event)
    return None


def _syntax(error: yaml.MarkedYAMLError, text: str) -> Problem:
    unfinished = "end of stream" in str(error.problem) and error.context_mark
    mark = error.context_mark if unfinished else error.problem_mark or error.context_mark
    line = min(mark.line, max(text.count("\n"), 0)) if mark else 0
    place = Place(line + 1, (mark.column if mark else 0) + 1)
    lines = text.splitlines()
    row = lines[line] if line < len(lines) else ""
    hint = "Indent with spaces, never with tabs" if "\t" in row[: len(row) - len(row.lstrip())] else _NO_YAML
    return Problem(NOT_YAML, place, f"it is not YAML: {_told(error)}", hint)


def _told(error: yaml.MarkedYAMLError) -> str:
    """Return the parser's words without what it quotes: that may be a piece of a value."""
    texts = [text for text in (error.context, error.problem) if text]
    return ", ".join(re.sub(r"(?<=[a-z] )(?:'[^']*'|\"[^\"]*\")$", "this", str(text)) for text in texts) or "it cannot be parsed"


def _words(error: Exception) -> str:
    if isinstance(error, yaml.reader.ReaderError):
        return "it holds a control character"
    return "it cannot be parsed"


def _place(node: Any) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _too_deep(place: Place) -> Problem:
    return Problem(NOT_YAML, place, f"it is nested more than {_DEEPEST} levels deep", "Look for brackets that do not close")


class _TooMuch(Exception):
    """The file cannot be held."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass
class _Builder:
    """Makes a tree of PyYAML's nodes. An alias leads to the same node again, and its values have the place of the anchor."""

    problems: list[Problem] = field(default_factory=list)
    _count: int = 0
    _open: set[int] = field(default_factory=set)
    _told: set[int] = field(default_factory=set)

    def build(self, node: Any, depth: int) -> Node:
        """Return the tree below a node; raises _TooMuch."""
        self._count += 1
        if self._count > _MOST_NODES:
            message = "its aliases unfold to more than a client can need"
            raise _TooMuch(Problem(NOT_YAML, _place(node), message, "Write the values out, or fewer of them"))
        if depth > _DEEPEST:
            raise _TooMuch(_too_deep(_place(node)))
        if id(node) in self._open:
            raise _TooMuch(Problem(NOT_YAML, _place(node), "an alias stands inside what it stands for", "Write the value out"))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        self._tag(node)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return Sequence(_place(node), tuple(self.build(item, depth + 1) for item in node.value))
            return Mapping(_place(node), tuple(self._entries(node, depth)))
        finally:
            self._open.discard(id(node))

    def _tag(self, node: Any) -> None:
        if not node.tag.startswith(_STANDARD) and node.tag != _UNSAFE:
            self._once(node, NOT_YAML, f"the tag {node.tag} means nothing here", "Known are !vault and !unsafe")

    def _once(self, node: Any, rule: Any, message: str, hint: str) -> None:
        """Add a problem, once for each node, however many aliases lead to it."""
        if id(node) not in self._told:
            self._told.add(id(node))
            self.problems.append(Problem(rule, _place(node), message, hint))

    def _scalar(self, node: Any) -> Scalar:
        if node.tag in _VAULT:
            return Scalar(_place(node), node.value, vault=True)
        if node.tag == _UNSAFE:
            return Scalar(_place(node), node.value, unsafe=True)
        self._tag(node)
        return Scalar(_place(node), _value(node))

    def _entries(self, node: Any, depth: int) -> list[Entry]:
        found: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                for entry in self._merged(value, depth):
                    merged.setdefault(entry.key, entry)
                continue
            name = self._key(key)
            built = self.build(value, depth + 1)
            if name in found:
                message = f"{name} stands twice, here and in line {found[name].place.line}"
                self._once(key, DOUBLED_KEY, message, "Keep one of them")
            else:
                found[name] = Entry(name, _place(key), built)
        return [*found.values(), *(entry for name, entry in merged.items() if name not in found)]

    def _merged(self, node: Any, depth: int) -> list[Entry]:
        built = self.build(node, depth + 1)
        sources = built.items if isinstance(built, Sequence) else (built,)
        if not all(isinstance(source, Mapping) for source in sources):
            self._once(node, NOT_YAML, "<< takes a mapping, or a list of them", "Name an anchor of a mapping")
        return [entry for source in sources if isinstance(source, Mapping) for entry in source.entries]

    def _key(self, key: Any) -> str:
        """Return the name of a key; one that is no plain text is a problem."""
        if not isinstance(key, yaml.ScalarNode):
            self._once(key, WRONG_VALUE, "a key is a list or a mapping", "Put a value with {{ }} in quotes; keys are words")
            return f"key {id(key)}"
        value = _value(key)
        if not isinstance(value, str) or "{{" in value:
            self._once(key, WRONG_VALUE, f"the key {key.value} is no word", "Keys are words; put one in quotes if YAML takes it for a number or yes/no")
        return str(key.value)


def _value(node: Any) -> Any:
    """Return what Ansible's YAML makes of a scalar; a date, like anything that cannot be read, stays the text that it was."""
    try:
        if node.tag == f"{_STANDARD}null":
            return None
        if node.tag == f"{_STANDARD}bool":
            return SafeConstructor.bool_values[node.value.lower()]
        if node.tag == f"{_STANDARD}int":
            return _CONSTRUCTOR.construct_yaml_int(node)
        if node.tag == f"{_STANDARD}float":
            return _CONSTRUCTOR.construct_yaml_float(node)
    except (ValueError, KeyError, OverflowError):
        pass
    return node.value


_CONSTRUCTOR = SafeConstructor()
