# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Source files of the inventory plugin, ``clients.ringme.yml``: what Ansible reports as a warning, or not at all. Reads files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from .._regular_file import read_text
from .findings import (
    NO_CLIENT_FILE,
    UNREADABLE,
    FileFinding,
    sorted_findings,
)
from .folder import shown_path
from .json_schema import check
from .yaml_reader import read_tree
from .yaml_tree import ListNode, MapNode, ScalarNode, TreeProblem

SUFFIXES = ("ringme.yml", "ringme.yaml")
"""How the name of a source file ends."""

_ANY: dict[str, Any] = {}
_KEYED = ("key", "prefix", "separator", "parent_group", "default_value", "trailing_separator")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["plugin"],
    "additionalProperties": False,
    "properties": {
        "plugin": {"type": "string", "enum": ["ringme.pbx.clients"], "description": "Write plugin: ringme.pbx.clients"},
        "path": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]},
        "compose": {"type": "object"},
        "groups": {"type": "object"},
        "keyed_groups": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(_KEYED, _ANY)},
        },
        **dict.fromkeys(("strict", "use_extra_vars", "leading_separator"), _ANY),
        **dict.fromkeys(("cache", "cache_plugin", "cache_timeout", "cache_connection", "cache_prefix"), _ANY),
    },
}


def check_source(path: str) -> list[FileFinding]:
    """Return all that is wrong with a source file; also the folders of client files that it names and that are not there."""
    shown = shown_path(path)
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        return [FileFinding(UNREADABLE, shown, 1, 1, f"it cannot be read: {reason}", "Check the file and its rights")]
    reading = read_tree(text)
    problems = list(reading.problems)
    if isinstance(reading.node, MapNode):
        problems += check(reading.node, SCHEMA)
        problems += _folders(reading.node, os.path.dirname(os.path.abspath(path)))
    return sorted_findings(_finding(item, shown) for item in problems)


def sources_beside(folders: Sequence[str], sources: Sequence[str]) -> list[str]:
    """Return the source files among the inventory's ``sources`` and beside folders of client files, each once."""
    found = [path for path in sources if path.endswith(SUFFIXES) and not os.path.isdir(path)]
    for folder in folders:
        above = os.path.dirname(os.path.abspath(folder))
        try:
            found += [os.path.join(above, name) for name in sorted(os.listdir(above)) if name.endswith(SUFFIXES)]
        except OSError:
            continue  # the folder itself has a finding then
    return list({os.path.realpath(path): path for path in reversed(found)}.values())


def folders_as_sources(folders: Sequence[str], sources: Sequence[str]) -> list[FileFinding]:
    """Return a finding for each folder of client files that was given as an inventory."""
    real = {os.path.realpath(folder) for folder in folders}
    message = "this is a folder of client files, and not an inventory"
    hint = "Give the file that names it: -i clients.ringme.yml"
    return [
        FileFinding(NO_CLIENT_FILE, shown_path(path), 1, 1, message, hint)
        for path in sources
        if os.path.isdir(path) and os.path.realpath(path) in real
    ]


def _folders(tree: MapNode, base: str) -> Iterator[TreeProblem]:
    node = tree.get("path")
    for item in node.items if isinstance(node, ListNode) else (node,):
        if isinstance(item, ScalarNode) and isinstance(item.value, str) and not item.opaque:
            folder = os.path.join(base, os.path.expanduser(item.value))
            if not os.path.exists(folder):
                message = f"there is no folder {shown_path(folder)}"
                yield TreeProblem(UNREADABLE, item.place, message, "Make it, or name another one as path")


def _finding(problem: TreeProblem, shown: str) -> FileFinding:
    """Return a problem of the file. What the reader says to those who write client files is said in other words."""
    message = "it holds no options" if "client file" in problem.message else problem.message
    hint = "Begin the file with plugin: ringme.pbx.clients" if "client" in (problem.hint or "") else problem.hint
    return FileFinding(problem.rule, shown, problem.place.line, problem.place.column, message, hint)
