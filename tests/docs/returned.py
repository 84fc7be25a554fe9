# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares results with RETURN documentation, in both directions and at every depth.

The meaning of ``returned``: *always* is in every result, *success* (also as a prefix) in every result of a task that
did not fail, *on failure* in every result of a task that failed, and in no other. Any other text ("when known") makes a
key optional. ``None`` is a valid value only if the description says ``V(null)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

COMMON = frozenset(
    {
        *(
            "ansible_loop_var",
            "changed",
            "deprecations",
            "exception",
            "failed",
            "invocation",
            "item",
            "msg",
            "warnings",
        ),
        # What ansible-core adds to the result of an executed module.
        *("ansible_facts", "module_stderr", "module_stdout", "rc"),
    }
)
"""Keys that are documented for all modules of Ansible together."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "bool": (bool,),
    "dict": (dict,),
    "float": (int, float),
    "int": (int,),
    "list": (list,),
    "path": (str,),
    "str": (str,),
}


def result_problems(returns: Mapping[str, Any], result: Mapping[str, Any], *, failed: bool) -> list[str]:
    """Return the differences between a result and its documentation."""
    return list(_keys(returns, {name: value for name, value in result.items() if name not in COMMON}, failed, ""))


def seen_paths(returns: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the documented keys, as dotted paths, that any result has."""
    found: set[str] = set()
    for result in results:
        found |= set(_seen(returns, result, ""))
    return found


def documented_paths(returns: Mapping[str, Any], path: str = "") -> set[str]:
    """Return all documented keys as dotted paths."""
    found = set()
    for name, entry in returns.items():
        found |= {f"{path}{name}", *documented_paths(entry.get("contains") or {}, f"{path}{name}.")}
    return found


def sample_problems(returns: Mapping[str, Any]) -> list[str]:
    """Return the differences between a sample and its documentation; a sample can leave out keys."""
    found = []
    for name, entry in returns.items():
        if "sample" in entry:
            found += [text for text in _value(entry, entry["sample"], None, name) if " is missing" not in text]
    return found


def _keys(returns: Mapping[str, Any], found: Mapping[str, Any], failed: bool | None, path: str) -> Iterator[str]:
    for name in sorted(found.keys() - returns.keys()):
        yield f"{path}{name} is returned, and not documented"
    for name, entry in returns.items():
        here = f"{path}{name}"
        when = str(entry.get("returned"))
        if name in found:
            if failed is False and when == "on failure":
                yield f"{here} is returned without a failure"
            yield from _value(entry, found[name], failed, here)
        elif (
            when == "always"
            or (when.startswith("success") and failed is False)
            or (when == "on failure" and failed is True)
        ):
            yield f"{here} is missing, and documented as returned: {when}"


def _value(entry: Mapping[str, Any], value: Any, failed: bool | None, path: str) -> Iterator[str]:
    kind = str(entry.get("type"))
    if value is None:
        if "V(null)" not in str(entry.get("description")):
            yield f"{path} is null, and its description does not say so"
        return
    if kind != "raw":
        yield from _typed(kind, value, path)
    contains = entry.get("contains")
    if kind == "list" and isinstance(value, list):
        element = {"type": entry.get("elements"), "contains": contains, "description": ""}
        for item in value:
            yield from _value(element, item, failed, f"{path}[]")
    elif contains and isinstance(value, Mapping):
        # In nested keys, "success" and "on failure" are relative to the parent: if that is returned, so is the key.
        yield from (text for text in _keys(_inner(contains), value, None, f"{path}."))


def _inner(contains: Mapping[str, Any]) -> dict[str, Any]:
    plain = ("always", "success", "on failure")
    return {
        name: {**entry, "returned": "always"} if entry.get("returned") in plain else entry
        for name, entry in contains.items()
    }


def _typed(kind: str, value: Any, path: str) -> Iterator[str]:
    if kind not in _TYPES:
        yield f"{path}: {kind!r} is not a known type"
    elif not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "bool"):
        yield f"{path} is of type {type(value).__name__}, documented as {kind}"


def _seen(returns: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        for name, entry in returns.items() if isinstance(item, Mapping) else ():
            if name in item:
                yield f"{path}{name}"
                yield from _seen(entry.get("contains") or {}, item[name], f"{path}{name}.")
