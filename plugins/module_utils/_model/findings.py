# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings: problems of options or of the live state, each with a rule, a severity and a place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import ConflictError, OptionError
from .text import message

CRITICAL, HIGH, MEDIUM, LOW = "critical", "high", "medium", "low"
_SHOWN = 10
"""Maximum findings in a message; the result has all of them."""


@dataclass(frozen=True)
class Rule:
    """A rule with its id, for example ``REG-001``, and its severity."""

    id: str
    severity: str


BUNDLE_IMPOSSIBLE = Rule("BND-002", CRITICAL)
FOREIGN_NETWORK = Rule("REG-001", CRITICAL)
FOREIGN_DEVICE = Rule("REG-002", HIGH)
TOO_MANY = Rule("REG-003", MEDIUM)
OFFLINE = Rule("REG-004", HIGH)


@dataclass(frozen=True)
class Finding:
    """One violation of a rule.

    ``address`` identifies the object as in ``changes``. ``evidence`` has the observed values, without any that change
    automatically, so that a problem has the same finding in every run. ``option`` is the option with the problem, if
    any.
    """

    rule: Rule
    address: str
    message: str
    hint: str | None = None
    option: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", message(self.message))
        object.__setattr__(self, "hint", self.hint and message(self.hint))

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``findings`` in a result."""
        return {
            "rule": self.rule.id,
            "severity": self.rule.severity,
            "address": self.address,
            "message": self.message,
            "hint": self.hint,
            "option": self.option,
            "evidence": dict(self.evidence),
        }

    def text(self) -> str:
        """Return the finding as a clause for a message."""
        return f"{self.option}: {self.message}" if self.option else self.message


def findings_text(findings: Sequence[Finding]) -> str:
    """Return findings as one text; a long list is shortened, with the number of the others."""
    texts = [finding.text() for finding in findings[:_SHOWN]]
    if len(findings) > _SHOWN:
        texts.append(f"and {len(findings) - _SHOWN} more (all are in findings)")
    return "; ".join(texts)


def refuse_options(option: str, findings: Sequence[Finding]) -> None:
    """Raise OptionError with all findings, if there are any; call it before the first request."""
    if findings:
        raise OptionError(
            option,
            f"{_count(findings)}: {findings_text(findings)}",
            hint=_hint(findings, "Fix the list. No API request was sent"),
            facts={"findings": [finding.as_dict() for finding in findings]},
        )


def refuse_state(findings: Sequence[Finding]) -> None:
    """Raise ConflictError with all findings of the live state, if there are any."""
    if findings:
        raise ConflictError(
            f"{_count(findings)}: {findings_text(findings)}",
            hint=_hint(findings, "Fix the list or the PBX. Nothing was changed"),
            facts={"findings": [finding.as_dict() for finding in findings]},
        )


def _count(findings: Sequence[Finding]) -> str:
    return "1 finding" if len(findings) == 1 else f"{len(findings)} findings"


def _hint(findings: Iterable[Finding], general: str) -> str:
    hints = list(dict.fromkeys(finding.hint for finding in findings if finding.hint))
    return f"{hints[0]}. {general}" if len(hints) == 1 else general
