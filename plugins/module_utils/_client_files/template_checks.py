# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates in client files as far as they can be checked without their variables. Executes nothing. Needs Jinja2, see
:mod:`.jinja`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from .._optional import JINJA2, jinja2

_QUOTED = re.compile(r"'([^']*)'")
_OMIT = re.compile(r"(?<![\w.'\"])omit(?![\w'\"])")


def syntax_error(text: str) -> str | None:
    """Return why a string is not a valid template, without quoting it; ``None`` if it is valid, or without Jinja2."""
    if JINJA2.problem:
        return None
    try:
        _environment().parse(text)
    except jinja2.TemplateSyntaxError as error:
        return _QUOTED.sub(_without_word, str(error.message)).rstrip(".")
    return None


def may_be_omitted(text: str) -> bool:
    """Whether a template contains ``omit``."""
    return bool(_OMIT.search(text))


def used_paths(expression: str) -> Iterator[tuple[str, ...]]:
    """Yield the variables of a Jinja2 expression with their constant keys: ``("client_settings", "timezone")``.

    Yields nothing if the expression is not valid, or without Jinja2.
    """
    if JINJA2.problem or syntax_error(f"{{{{ {expression} }}}}") is not None:
        return
    yield from _paths(_environment().parse(f"{{{{ {expression} }}}}"))


def _paths(node: Any) -> Iterator[tuple[str, ...]]:
    path = _path(node)
    if path is not None:
        yield path
        return
    for child in node.iter_child_nodes():
        yield from _paths(child)


def _path(node: Any) -> tuple[str, ...] | None:
    """Return the path of a variable with attributes and constant keys; ``None`` for any other expression."""
    nodes = jinja2.nodes
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        above, key = _path(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        above, key = _path(node.node), str(node.arg.value)
    else:
        return None
    return None if above is None else (*above, key)


@cache
def _environment() -> Any:
    return jinja2.Environment(autoescape=True)


def _without_word(quoted: re.Match[str]) -> str:
    """Return a quoted token unchanged, but hide a word of the template, which can be part of a secret."""
    token = quoted[1]
    return quoted[0] if not token.isalnum() and (" " in token or not re.search(r"\w", token)) else "this"
