# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module validation_report: all problems in folders of client files, without a request to the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._atomic_file import json_text, text_of, write_text
from .._client_files.cross_file_checks import check_across
from .._client_files.file import ClientFile
from .._client_files.findings import (
    DESCRIPTIONS,
    NO_CLIENT_FILE,
    NOT_DECRYPTED,
    UNREADABLE,
    FileFinding,
    sorted_findings,
)
from .._client_files.folder import (
    ENCRYPTED,
    check_file,
    list_folder,
    shown_path,
    unchecked_file,
)
from .._client_files.inventory_source import all_sources, check_source, folders_as_sources
from .._engine.base import LocalResource, Options, Work
from .._model.errors import InvalidFilesError, OptionError
from .._model.findings import LOW, MEDIUM, Rule
from .._model.kinds import has_timezones
from .._optional import JINJA2, PYYAML
from .._regular_file import read_text
from .._sarif import Level, Result, sarif
from .._version import VERSION

_LEVELS: Mapping[str, Level] = {MEDIUM: "warning", LOW: "note"}
_HINT = "Fix the client files. No API request was sent"


@dataclass(frozen=True)
class ValidationOptions:
    """The options. ``known`` are the findings of the inventory, which can decrypt more than this module."""

    paths: tuple[str, ...]
    sources: tuple[str, ...]
    report: str | None
    known: tuple[FileFinding, ...]


class ValidationReport(LocalResource[ValidationOptions]):
    """Checks all files, each and against each other, and writes the findings as SARIF if requested."""

    name = "validation_report"
    libraries = (PYYAML,)
    arguments: Mapping[str, Mapping[str, Any]] = {
        "path": {"type": "list", "elements": "path", "required": True},
        "sources": {"type": "list", "elements": "path", "default": []},
        "sarif": {"type": "path"},
        "findings": {"type": "list", "elements": "dict", "default": []},
    }

    def parse(self, options: Options) -> ValidationOptions:
        """Check the options."""
        if not options["path"]:
            raise OptionError("path", "is empty", hint="Set the folder of client files")
        known = tuple(_known(item) for item in options["findings"])
        return ValidationOptions(tuple(options["path"]), tuple(options["sources"]), options.get("sarif"), known)

    def prepare(self, wanted: ValidationOptions) -> Work:
        """Read and check the files."""
        files, findings, unchecked = _read(wanted.paths)
        findings += [finding for file in files for finding in file.findings]
        sources = all_sources(wanted.paths, wanted.sources)
        findings += [finding for source in sources for finding in check_source(source)]
        findings += folders_as_sources(wanted.paths, wanted.sources)
        findings += [finding for finding in wanted.known if finding.rule.id != NOT_DECRYPTED.id]
        findings = sorted_findings(findings)
        facts: dict[str, Any] = {
            "files": len(files),
            "encrypted": sum(bool(file.vaults) for file in files),
            "sources": [shown_path(source) for source in sources],
            "unchecked": unchecked,
            "findings": [finding.as_dict() for finding in findings],
        }
        warnings = [f"{path} is encrypted as a whole: only the inventory can check it" for path in unchecked]
        if not has_timezones():
            warnings.append("time zones were not checked: no time-zone data found. Install the Python package tzdata")
        if JINJA2.problem:
            warnings.append("templates were not checked: Jinja2 not found. Install the Python package Jinja2")
        work = Work(facts, warnings=tuple(warnings), refusal=_refusal(findings))
        return _with_report(work, wanted.report, findings) if wanted.report else work

    def lines(self, result: Mapping[str, Any]) -> list[str]:
        """Return one line for each finding, as compilers print them, and one line with what was checked."""
        return [
            *(_line(item) for item in result.get("findings", ())),
            *([_checked(result)] if "files" in result else []),
        ]


def _line(item: Mapping[str, Any]) -> str:
    hint = f". {item['hint']}" if item["hint"] else ""
    return f"{item['file']}:{item['line']}:{item['column']}: {item['message']} ({item['rule']}){hint}"


def _checked(result: Mapping[str, Any]) -> str:
    """Return the line with what was checked, and what was not."""
    count = result["files"]
    text = f"Checked: {count} client {'file' if count == 1 else 'files'}"
    if result["encrypted"]:
        text += f", {result['encrypted']} with encrypted values (not checked)"
    text += "".join(f", {source}" for source in result["sources"])
    whole = result["unchecked"]
    return f"{text}. Not checked, because encrypted as a whole: {', '.join(whole)}" if whole else text


def _known(item: Mapping[str, Any]) -> FileFinding:
    try:
        rule = Rule(str(item["rule"]), str(item["severity"]))
        line, column = int(item["line"]), int(item["column"])
        if rule.id not in DESCRIPTIONS or min(line, column) < 1:
            raise ValueError(rule.id)
        hint = item.get("hint")
        shown = None if hint is None else str(hint)
        return FileFinding(rule, str(item["file"]), line, column, str(item["message"]), shown)
    except (KeyError, TypeError, ValueError):
        raise OptionError(
            "findings", "an item is not a valid finding", hint="Set it to the value of client_findings"
        ) from None


def _read(paths: tuple[str, ...]) -> tuple[list[ClientFile], list[FileFinding], list[str]]:
    """Return the checked files, the findings on other files, and the files that are encrypted as a whole."""
    files: list[ClientFile] = []
    findings: list[FileFinding] = []
    unchecked: list[str] = []
    for path in paths:
        try:
            listing = list_folder(path)
        except OSError as error:
            message = f"the folder of client files cannot be read: {error.strerror}"
            hint = "Check the path and the permissions"
            findings.append(FileFinding(UNREADABLE, shown_path(path), 1, 1, message, hint))
            continue
        findings += listing.findings
        for name in listing.paths:
            file = _file(name)
            if file is None:
                unchecked.append(shown_path(name))
            else:
                files.append(file)
    if not (files or findings or unchecked):
        hint = "Create one, such as romashka.yml, or set path to another folder"
        findings = [
            FileFinding(NO_CLIENT_FILE, shown_path(path), 1, 1, "no client files in this folder", hint)
            for path in paths
        ]
    return check_across(files), findings, unchecked


class _EncryptedError(Exception):
    """A file is encrypted as a whole."""


def _file(path: str) -> ClientFile | None:
    """Read and check a file; ``None`` if it is encrypted as a whole."""
    try:
        return check_file(path, _clear_text)
    except _EncryptedError:
        return None
    except Exception as error:  # the other files must still be checked
        return unchecked_file(shown_path(path), error)


def _clear_text(path: str) -> str:
    text = read_text(path)
    if text.startswith(ENCRYPTED):
        raise _EncryptedError
    return text


def _refusal(findings: list[FileFinding]) -> InvalidFilesError | None:
    if not findings:
        return None
    rest = f"; and {len(findings) - 1} more, each in findings" if len(findings) > 1 else ""
    count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    return InvalidFilesError(f"{count} in client files: {findings[0].text()}{rest}", hint=_HINT)


def _with_report(work: Work, path: str, findings: list[FileFinding]) -> Work:
    results = [
        Result(
            item.rule.id, _LEVELS.get(item.rule.severity, "error"), _sarif_text(item), item.file, item.line, item.column
        )
        for item in findings
    ]
    text = json_text(sarif(results, DESCRIPTIONS, VERSION))
    changed = text_of(path) != text
    facts = {**work.facts, "sarif": path}
    return Work(facts, changed, lambda: write_text(path, text), work.refusal, work.warnings)


def _sarif_text(finding: FileFinding) -> str:
    return f"{finding.message}. {finding.hint}" if finding.hint else finding.message
