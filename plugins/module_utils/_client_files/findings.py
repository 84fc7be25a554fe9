# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings in client files: what is wrong, by which rule, and where, to the column. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._model.findings import (
    BUNDLE_IMPOSSIBLE,
    CRITICAL,
    HIGH,
    MEDIUM,
    Rule,
)
from .._model.text import clean, message

UNREADABLE = Rule("FIL-001", HIGH)
NOT_YAML = Rule("FIL-002", HIGH)
NOT_DECRYPTED = Rule("FIL-003", HIGH)
DUPLICATE_KEY = Rule("FIL-004", HIGH)
UNKNOWN_KEY = Rule("FIL-005", HIGH)
MISSING_KEY = Rule("FIL-006", HIGH)
WRONG_VALUE = Rule("FIL-007", HIGH)
REFUSED_VALUE = Rule("FIL-008", HIGH)
DUPLICATE_CLIENT = Rule("FIL-009", CRITICAL)
WRONG_LENGTH = Rule("FIL-010", HIGH)
NO_CLIENT_FILE = Rule("FIL-011", MEDIUM)
DUPLICATE_EXTENSION = Rule("FIL-012", CRITICAL)
SHARED_NAME = Rule("FIL-013", CRITICAL)
WRONG_TEMPLATE = Rule("FIL-014", HIGH)

DESCRIPTIONS = {
    UNREADABLE.id: "The file cannot be read",
    NOT_YAML.id: "The file is not YAML",
    NOT_DECRYPTED.id: "The file, or a value in it, cannot be decrypted",
    DUPLICATE_KEY.id: "A mapping has the same key twice",
    UNKNOWN_KEY.id: "Unknown key",
    MISSING_KEY.id: "A required key is missing",
    WRONG_VALUE.id: "A value has the wrong type or format",
    REFUSED_VALUE.id: "A module would reject the value before its first request",
    DUPLICATE_CLIENT.id: "Two files describe the same client",
    WRONG_LENGTH.id: "The length of a number differs from extension_len",
    NO_CLIENT_FILE.id: "A file in the folder of client files is not a client file",
    DUPLICATE_EXTENSION.id: "The files of two clients contain the same extension",
    SHARED_NAME.id: "A host and a group, or two groups, have the same name",
    WRONG_TEMPLATE.id: "A template is not valid, or not allowed here",
    BUNDLE_IMPOSSIBLE.id: "Bundles contradict each other",
}
"""The description of each rule by its id: the rules of files, and the rule of bundles that needs no request."""


@dataclass(frozen=True)
class FileFinding:
    """A violation of a rule in a file. ``file`` is the path as messages show it.

    ``line`` and ``column`` count from 1, columns in characters; the finding of an unreadable file is at 1:1.
    """

    rule: Rule
    file: str
    line: int
    column: int
    message: str
    hint: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", message(self.message))
        object.__setattr__(self, "hint", self.hint and message(self.hint))

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``findings`` in a result."""
        return {
            "rule": self.rule.id,
            "severity": self.rule.severity,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "hint": self.hint,
        }

    @property
    def place(self) -> str:
        """File, line and column as compilers print them."""
        return f"{clean(self.file)}:{self.line}:{self.column}"

    def text(self) -> str:
        """Return the finding as one line."""
        return f"{self.place}: {self.message} ({self.rule.id})"


def sorted_findings(findings: Iterable[FileFinding]) -> list[FileFinding]:
    """Return findings sorted by file, line and column, without duplicates."""
    return sorted(
        dict.fromkeys(findings), key=lambda found: (found.file, found.line, found.column, found.rule.id, found.message)
    )


def listed(texts: Iterable[str], separator: str = ", ", most: int = 10) -> str:
    """Join the first ``most`` texts, and add the number of the others."""
    named = list(texts)
    rest = len(named) - most
    return separator.join(named[:most]) + (f"{separator.rstrip(', ')} and {rest} more" if rest > 0 else "")
