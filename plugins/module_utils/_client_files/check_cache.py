# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of checks as data that can be kept: for the same bytes the same findings, without reading a file again.

Holds no value of a file but client ids, extension ids and tags, and what is in a message, so no secret either.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._model.findings import Rule
from .._version import VERSION
from .file import Claim, ClientFile
from .findings import FileFinding
from .yaml_tree import Place


def mark_of(path: str) -> list[Any]:
    """Return what tells whether a file, or the code that checks it, is still the same; raises OSError."""
    found = os.stat(path)
    return [VERSION, found.st_size, found.st_mtime_ns]


def kept(file: ClientFile, mark: list[Any]) -> dict[str, Any] | None:
    """Return the result of the checks as data; ``None`` for what has to be looked at every time.

    That is a file with encrypted values, because another password may read them tomorrow, and one that could not be read.
    """
    if file.tree is None or file.vaults:
        return None
    return {
        "mark": mark,
        "host": file.host,
        "findings": [finding.as_dict() for finding in file.findings],
        "client": _claim_data(file.client) if file.client else None,
        "extensions": [_claim_data(claim) for claim in file.extensions],
        "tags": [_claim_data(claim) for claim in file.tags],
    }


def recalled(data: Any, shown: str, mark: list[Any]) -> ClientFile | None:
    """Return the file as it was checked before; ``None`` where the data are of another state of it, or no such data."""
    if not isinstance(data, Mapping) or data.get("mark") != mark:
        return None
    try:
        findings = tuple(_finding(item, shown) for item in data["findings"])
        client = _claim(data["client"]) if data["client"] else None
        extensions = tuple(_claim(item) for item in data["extensions"])
        tags = tuple(_claim(item) for item in data["tags"])
        return ClientFile(shown, str(data["host"]), None, findings, client, extensions, tags)
    except (LookupError, TypeError, ValueError, OverflowError):
        return None  # written by another version


def _claim_data(claim: Claim) -> list[Any]:
    return [claim.key, claim.text, claim.place.line, claim.place.column]


def _claim(data: Any) -> Claim:
    key, text, line, column = data
    return Claim(str(key), str(text), Place(int(line), int(column)))


def _finding(data: Mapping[str, Any], shown: str) -> FileFinding:
    rule = Rule(str(data["rule"]), str(data["severity"]))
    hint = None if data["hint"] is None else str(data["hint"])
    return FileFinding(rule, shown, int(data["line"]), int(data["column"]), str(data["message"]), hint)
