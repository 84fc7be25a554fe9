# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier runs have left: reports and ledgers as files. Reads only; what cannot be trusted is refused, never guessed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._atomic_file import text_of
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import InvalidFilesError

from . import ledger, schema
from .timestamps import day, parsed

_AWAY = "Move the file away to begin anew, or name another one"
_TIMES: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("started", "finished", "previous", "checked", "first_seen"), parsed),
    "expires": day,
}
_VALUES = ("before", "after", "evidence", "agreed")
"""What is in them comes from a PBX, and means nothing here."""


def read_report(path: str) -> dict[str, Any] | None:
    """Return a report, or ``None`` where there is no file; raises EnvironmentProblemError or InvalidFilesError."""
    return _read(path, "report", schema.FORMAT, schema.MAJOR, schema.REPORT)


def read_ledger(path: str) -> dict[str, Any]:
    """Return a ledger, an empty one where there is no file; raises EnvironmentProblemError or InvalidFilesError."""
    return _read(path, "ledger", ledger.FORMAT, ledger.MAJOR, ledger.LEDGER) or ledger.empty()


def _read(path: str, what: str, form: str, major: int, expected: schema.Schema) -> dict[str, Any] | None:
    text = text_of(path)
    if text is None:
        return None
    try:
        data = json.loads(text, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise InvalidFilesError(f"{path} is no {what}: it is not JSON", hint=_AWAY) from None
    if not isinstance(data, dict) or data.get("format") != form:
        raise InvalidFilesError(f"{path} is no {what} of this collection", hint=_AWAY)
    version = str(data.get("format_version"))
    if _major(version) > major:
        hint = "It was written by a newer version of the collection: update this one, or name another file"
        raise InvalidFilesError(f"{path} has the format version {version}, and {major}.x is known here", hint=hint)
    problem = schema.misfit(data, expected) or _bad_time(data)
    if problem is not None:
        raise InvalidFilesError(f"{path} is no sound {what}: {problem}", hint=_AWAY)
    return data


def _number(text: str) -> float:
    """Return a number; those that no JSON file can hold are refused, because they would be written again."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _bad_time(data: Any, path: str = "") -> str | None:
    """Return where something has the form of a time, and there is no such time: what ages are counted from."""
    if isinstance(data, list):
        return next((found for index, item in enumerate(data) if (found := _bad_time(item, f"{path}[{index}]"))), None)
    for name, value in data.items() if isinstance(data, dict) else ():
        where = f"{path}.{name}" if path else name
        try:
            if isinstance(value, str) and name in _TIMES:
                _TIMES[name](value)
        except ValueError:
            return f"{where} is no {'day' if name == 'expires' else 'time'}"
        found = None if name in _VALUES else _bad_time(value, where)
        if found:
            return found
    return None


def _major(version: str) -> int:
    try:
        return int(version.split(".", 1)[0])
    except ValueError:
        return 0
