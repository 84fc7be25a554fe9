# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks source files of the inventory plugin (``clients.ringme.yml``): Ansible at best warns. Reads files."""

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
"""The end of the name of a source file."""

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
    """Return the findings on a source file, and on the folders of client files that it names and that do not exist."""
    shown = shown_path(path)
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        message = f"the file cannot be read: {reason}"
        return [FileFinding(UNREADABLE, shown, 1, 1, message, "Check the path and the permissions")]
    reading = read_tree(text)
    problems = list(reading.problems)
    if isinstance(reading.node, MapNode):
        problems += check(reading.node, SCHEMA)
        problems += _folders(reading.node, os.path.dirname(os.path.abspath(path)))
    return sorted_findings(_finding(item, shown) for item in problems)


def all_sources(folders: Sequence[str], sources: Sequence[str]) -> list[str]:
    """Return the source files among the ``sources`` of the inventory and next to the folders of client files, each
    once.
    """
    found = [path for path in sources if path.endswith(SUFFIXES) and not os.path.isdir(path)]
    for folder in folders:
        above = os.path.dirname(os.path.abspath(folder))
        try:
            found += [os.path.join(above, name) for name in sorted(os.listdir(above)) if name.endswith(SUFFIXES)]
        except OSError:
            continue  # the folder itself has a finding
    return list({os.path.realpath(path): path for path in reversed(found)}.values())


def folders_as_sources(folders: Sequence[str], sources: Sequence[str]) -> list[FileFinding]:
    """Return a finding for each folder of client files that is used as an inventory."""
    real = {os.path.realpath(folder) for folder in folders}
    message = "this is a folder of client files, not an inventory"
    hint = "Use the source file that names the folder: -i clients.ringme.yml"
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
                message = f"folder {shown_path(folder)} does not exist"
                yield TreeProblem(UNREADABLE, item.place, message, "Create it, or set path to another folder")


def _finding(problem: TreeProblem, shown: str) -> FileFinding:
    """Return the finding for a problem; the texts of the reader on client files are replaced."""
    message = "the file contains no options" if "client file" in problem.message else problem.message
    hint = "Start the file with plugin: ringme.pbx.clients" if "client" in (problem.hint or "") else problem.hint
    return FileFinding(problem.rule, shown, problem.place.line, problem.place.column, message, hint)
