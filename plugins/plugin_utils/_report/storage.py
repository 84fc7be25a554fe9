# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads reports and ledgers, and rejects files that are not valid."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, cast

from ansible_collections.ringme.pbx.plugins.module_utils._atomic_file import text_of
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.json_schema import check
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import InvalidFilesError

from . import ledger, schema
from .timestamps import day, parsed
from .types import Ledger, Report

_REPLACE = "Move the file away to start again, or set another path"
_TIMES: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("started", "finished", "previous", "checked", "first_seen"), parsed),
    "expires": day,
}
_VALUES = ("before", "after", "evidence", "agreed")
"""Keys whose content comes from a PBX and is not checked."""


def read_report(path: str) -> Report | None:
    """Return a report, ``None`` if there is no file; raises EnvironmentProblemError or InvalidFilesError."""
    return cast("Report | None", _read(path, "report", schema.FORMAT, schema.MAJOR, schema.REPORT))


def read_ledger(path: str) -> Ledger:
    """Return a ledger, an empty one if there is no file; raises EnvironmentProblemError or InvalidFilesError."""
    return cast("Ledger", _read(path, "ledger", ledger.FORMAT, ledger.MAJOR, ledger.LEDGER) or ledger.empty())


def _read(path: str, what: str, form: str, major: int, expected: schema.Schema) -> dict[str, Any] | None:
    text = text_of(path)
    if text is None:
        return None
    try:
        data = json.loads(text, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise InvalidFilesError(f"{path} is not a valid {what}: not JSON", hint=_REPLACE) from None
    if not isinstance(data, dict) or data.get("format") != form:
        raise InvalidFilesError(f"{path} is not a {what} of this collection", hint=_REPLACE)
    version = str(data.get("format_version"))
    if _major(version) > major:
        hint = "A newer version of the collection wrote it: update this collection, or set another path"
        raise InvalidFilesError(
            f"{path} has the format version {version}; the supported version is {major}.x", hint=hint
        )
    problem = next((found.message for found in check(data, expected)), None) or _bad_time(data)
    if problem is not None:
        raise InvalidFilesError(f"{path} is not a valid {what}: {problem}", hint=_REPLACE)
    return data


def _number(text: str) -> float:
    """Return a number; raises ValueError for infinity and NaN, which are not JSON."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _bad_time(data: Any, path: str = "") -> str | None:
    """Return the first timestamp or date that matches the schema but does not exist."""
    if isinstance(data, list):
        return next((found for index, item in enumerate(data) if (found := _bad_time(item, f"{path}[{index}]"))), None)
    for name, value in data.items() if isinstance(data, dict) else ():
        where = f"{path}.{name}" if path else name
        try:
            if isinstance(value, str) and name in _TIMES:
                _TIMES[name](value)
        except ValueError:
            return f"{where} is not a valid {'date' if name == 'expires' else 'time'}"
        found = None if name in _VALUES else _bad_time(value, where)
        if found:
            return found
    return None


def _major(version: str) -> int:
    try:
        return int(version.split(".", 1)[0])
    except ValueError:
        return 0
