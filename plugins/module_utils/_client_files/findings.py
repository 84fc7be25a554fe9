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
DOUBLED_KEY = Rule("FIL-004", HIGH)
UNKNOWN_KEY = Rule("FIL-005", HIGH)
MISSING_KEY = Rule("FIL-006", HIGH)
WRONG_VALUE = Rule("FIL-007", HIGH)
REFUSED_VALUE = Rule("FIL-008", HIGH)
DOUBLED_CLIENT = Rule("FIL-009", CRITICAL)
WRONG_LENGTH = Rule("FIL-010", HIGH)
NO_CLIENT_FILE = Rule("FIL-011", MEDIUM)
DOUBLED_EXTENSION = Rule("FIL-012", CRITICAL)
SHARED_NAME = Rule("FIL-013", CRITICAL)
WRONG_TEMPLATE = Rule("FIL-014", HIGH)

DESCRIPTIONS = {
    UNREADABLE.id: "The file cannot be read",
    NOT_YAML.id: "The file is not YAML",
    NOT_DECRYPTED.id: "The file, or a value in it, cannot be decrypted",
    DOUBLED_KEY.id: "A key stands twice in one mapping",
    UNKNOWN_KEY.id: "A key means nothing here",
    MISSING_KEY.id: "A key that has to be there is missing",
    WRONG_VALUE.id: "A value is of another type or form than its key asks for",
    REFUSED_VALUE.id: "A value would be refused before the first request",
    DOUBLED_CLIENT.id: "One client is described by two files",
    WRONG_LENGTH.id: "A number has another length than the numbers of its client",
    NO_CLIENT_FILE.id: "A file in the folder of client files is no client file",
    DOUBLED_EXTENSION.id: "One extension stands in the files of two clients",
    SHARED_NAME.id: "A host and a group, or two groups, share a name",
    WRONG_TEMPLATE.id: "A template is not valid, or is in a place where none is allowed",
    BUNDLE_IMPOSSIBLE.id: "Bundles contradict each other",
}
"""What each rule says, by its id: those of files, and the one of bundles that shows before any request."""


@dataclass(frozen=True)
class FileFinding:
    """One broken rule in a file, which is named as the user named its folder.

    ``line`` and ``column`` count from 1, columns in characters; a file that cannot be read has its finding at 1:1.
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
        """The place as editors and compilers write it."""
        return f"{clean(self.file)}:{self.line}:{self.column}"

    def told(self) -> str:
        """Return the finding in one line."""
        return f"{self.place}: {self.message} ({self.rule.id})"


def sorted_findings(findings: Iterable[FileFinding]) -> list[FileFinding]:
    """Return findings in the order in which a person reads files; what was found twice stands once."""
    return sorted(
        dict.fromkeys(findings), key=lambda found: (found.file, found.line, found.column, found.rule.id, found.message)
    )


def listed(texts: Iterable[str], separator: str = ", ", most: int = 10) -> str:
    """Return texts as one, at most ``most`` of them, and how many more there are."""
    named = list(texts)
    rest = len(named) - most
    return separator.join(named[:most]) + (f"{separator.rstrip(', ')} and {rest} more" if rest > 0 else "")
