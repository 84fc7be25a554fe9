# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SARIF 2.1.0 (OASIS standard): findings for platforms that show them next to the lines of a file. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from ._model.text import clean

Level = Literal["error", "warning", "note"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass(frozen=True)
class Result:
    """One finding: ``file`` is relative where it can be, ``line`` and ``column`` count from 1, columns in characters.

    A finding without ``file`` has no location; without ``column`` it is about the whole line. ``waived`` is the reason
    of the waiver, if there is one. ``fingerprint`` identifies the finding when its line moves; by default it is derived
    from the rule, the file and the message.
    """

    rule_id: str
    level: Level
    message: str
    file: str | None
    line: int = 1
    column: int | None = None
    fingerprint: str | None = None
    waived: str | None = None


def sarif(
    results: Iterable[Result],
    descriptions: Mapping[str, str],
    version: str,
    invocation: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the log of one run; ``descriptions`` are the texts of the rules by id. Deterministic.

    ``invocation`` is the optional object of the same name in the log: how the run went.
    """
    listed = list(results)
    rules = sorted({result.rule_id for result in listed})
    seen: dict[str, int] = {}
    driver = {
        "name": "ringme.pbx",
        "version": version,
        "rules": [{"id": rule, "shortDescription": {"text": descriptions[rule]}} for rule in rules],
    }
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                **({} if invocation is None else {"invocations": [dict(invocation)]}),
                "results": [_result(result, rules.index(result.rule_id), seen) for result in listed],
            }
        ],
    }


def _result(result: Result, index: int, seen: dict[str, int]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "ruleId": result.rule_id,
        "ruleIndex": index,
        "level": result.level,
        "message": {"text": _plain(result.message)},
    }
    if result.file is not None:
        column = {} if result.column is None else {"startColumn": result.column}
        artifact = {"uri": quote(result.file, safe="/", errors="replace")}
        region = {"startLine": result.line, **column}
        entry["locations"] = [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    if result.waived is not None:
        entry["suppressions"] = [{"kind": "external", "status": "accepted", "justification": _plain(result.waived)}]
    return {**entry, "partialFingerprints": {"ringmeFinding/v1": _fingerprint(result, seen)}}


def _plain(text: str) -> str:
    """Return a clean text without links: viewers of SARIF turn ``[text](target)`` into a link."""
    return clean(text).replace("](", "] (")


def _fingerprint(result: Result, seen: dict[str, int]) -> str:
    """Return the fingerprint; equal findings of one file differ by their order."""
    text = result.fingerprint or "\0".join((result.rule_id, result.file or "", result.message))
    seen[text] = seen.get(text, 0) + 1
    return hashlib.sha256(f"{text}\0{seen[text]}".encode("utf-8", "backslashreplace")).hexdigest()
