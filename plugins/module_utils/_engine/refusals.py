# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a check refuses, where the check itself stops at the first thing. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._model.errors import OptionError

_ITEM = re.compile(r"(?P<name>[^.\[\]]+)(?P<inner>(?:\.[^.\[\]]+)?)\[(?P<index>\d+)\]")
_MOST = 100
"""So many items of lists are named at most."""


def refusals(
    check: Callable[[Mapping[str, Any]], Any], options: Mapping[str, Any], without: Mapping[str, Any]
) -> Iterator[OptionError]:
    """Yield what ``check`` refuses: after each refusal it is asked again without the item or the option that it named.

    An item is taken out of its list as long as the list has others. ``without`` holds what stands for an option that is left out;
    one that is not among them ends the search. At most 100 items are named.
    """
    rest = dict(options)
    seen: set[str] = set()
    places: dict[str, list[int]] = {}
    for _count in range(_MOST + len(rest)):
        try:
            check(rest)
            return
        except OptionError as error:
            found = _without_item(rest, error.option, places)
            if found is not None:
                option, rest = found
                yield OptionError(option, error.problem, hint=error.details.hint or "", facts=error.facts)
                continue
            name = error.option.split("[")[0].split(".")[0]
            if name in seen:
                return
            yield error
            if name not in without:
                return
            seen.add(name)
            rest[name] = without[name]


def _without_item(
    options: Mapping[str, Any], option: str, places: dict[str, list[int]]
) -> tuple[str, dict[str, Any]] | None:
    """Return the option as its user wrote it, and the options without the item that it names; ``None`` where it names none.

    ``places`` are the places that the items of each list had, for the lists of which something was taken out.
    """
    match = _ITEM.match(option)
    if match is None:
        return None
    name, inner, index = match["name"], match["inner"][1:], int(match["index"])
    whole = options.get(name)
    listed = whole.get(inner) if inner and isinstance(whole, Mapping) else whole
    if not isinstance(listed, list) or index >= len(listed) or len(listed) == 1:
        return None
    path = option[: match.start("index") - 1]
    place = places.setdefault(path, list(range(len(listed)))).pop(index)
    fewer = [item for at, item in enumerate(listed) if at != index]
    value = {**whole, inner: fewer} if inner and isinstance(whole, Mapping) else fewer
    return f"{path}[{place}]{option[match.end() :]}", {**options, name: value}
