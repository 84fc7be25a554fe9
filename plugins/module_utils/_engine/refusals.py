# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All errors of a check that stops at the first one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._model.errors import OptionError

_ITEM = re.compile(r"(?P<name>[^.\[\]]+)(?P<inner>(?:\.[^.\[\]]+)?)\[(?P<index>\d+)\]")
_MOST = 100
"""At most this many items of lists are reported."""


def refusals(
    check: Callable[[Mapping[str, Any]], Any], options: Mapping[str, Any], without: Mapping[str, Any]
) -> Iterator[OptionError]:
    """Yield each error of ``check``, which runs again without the item or the option that the last error names.

    The last item of a list is not removed. ``without`` has the values of omitted options; an option without one ends
    the search. At most 100 items are reported.
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
    """Return the option as its user wrote it, and the options without its item; ``None`` if it names no item.

    ``places`` are the original indices of the items of each shortened list.
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
