# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of check results: an unchanged file keeps its findings without being read again.

The data contain client ids, extension ids, tags and messages, and no other value of a file, so no secret.
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


def fingerprint(path: str) -> list[Any]:
    """Return data that change with the file and with the version of this collection; raises OSError."""
    found = os.stat(path)
    return [VERSION, found.st_size, found.st_mtime_ns]


def to_cache(file: ClientFile, current: list[Any]) -> dict[str, Any] | None:
    """Return the result of the checks as data; ``None`` for a file that must be checked every time.

    That is a file with encrypted values, because the next run can have another password, and an unreadable file.
    """
    if file.tree is None or file.vaults:
        return None
    return {
        "fingerprint": current,
        "host": file.host,
        "findings": [finding.as_dict() for finding in file.findings],
        "client": _claim_data(file.client) if file.client else None,
        "extensions": [_claim_data(claim) for claim in file.extensions],
        "tags": [_claim_data(claim) for claim in file.tags],
    }


def from_cache(data: Any, shown: str, current: list[Any]) -> ClientFile | None:
    """Return the cached result; ``None`` if the data are not valid or do not have this fingerprint."""
    if not isinstance(data, Mapping) or data.get("fingerprint") != current:
        return None
    try:
        findings = tuple(_finding(item, shown) for item in data["findings"])
        client = _claim(data["client"]) if data["client"] else None
        extensions = tuple(_claim(item) for item in data["extensions"])
        tags = tuple(_claim(item) for item in data["tags"])
        return ClientFile(shown, str(data["host"]), None, findings, client, extensions, tags)
    except (LookupError, TypeError, ValueError, OverflowError):
        return None  # data of another version


def _claim_data(claim: Claim) -> list[Any]:
    return [claim.key, claim.text, claim.place.line, claim.place.column]


def _claim(data: Any) -> Claim:
    key, text, line, column = data
    return Claim(str(key), str(text), Place(int(line), int(column)))


def _finding(data: Mapping[str, Any], shown: str) -> FileFinding:
    rule = Rule(str(data["rule"]), str(data["severity"]))
    hint = None if data["hint"] is None else str(data["hint"])
    return FileFinding(rule, shown, int(data["line"]), int(data["column"]), str(data["message"]), hint)
