# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``bundles``: its entries, their check before any request, and the extensions that they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._api import ClientId
from ..._engine.directory_cache import CachedApi
from ..._engine.references import (
    EXTENSION,
    EXTENSION_ID,
    EXTENSION_IDS,
    EXTENSIONS,
    Reference,
    ReferenceProblem,
    check_extension,
    check_reference,
    look_up,
)
from ..._model.bundle_conflicts import (
    ListedBundle,
    Mention,
    Mode,
    conflicts,
    entry_finding,
)
from ..._model.errors import OptionError
from ..._model.extension_numbers import Directory, Names
from ..._model.findings import Finding, refuse_options
from ..._model.objects import PHONE_TYPE

BUNDLES: Mapping[str, Any] = {
    "type": "list",
    "elements": "dict",
    "required": True,
    "options": {
        "extension": EXTENSION,
        "extension_id": EXTENSION_ID,
        "members": EXTENSIONS,
        "bundle_list": EXTENSION_IDS,
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "append": {"type": "bool", "default": False},
        "ignore": {"type": "bool", "default": False},
    },
}


@dataclass(frozen=True)
class ParsedEntry:
    """One entry as the option has it."""

    option: str
    main: Reference
    members: tuple[Reference, ...]
    mode: Mode
    append: bool

    def entry(self) -> ListedBundle:
        """Return the entry for the checks before any request."""
        return ListedBundle(
            self.option, _mention(self.main), tuple(_mention(member) for member in self.members), self.mode, self.append
        )


@dataclass(frozen=True)
class DesiredEntry:
    """One entry with ids; ``members`` are sorted. ``places`` are the options that name them."""

    option: str
    main: int
    members: tuple[int, ...]
    mode: Mode
    append: bool
    places: Mapping[int, str] = field(default_factory=dict, compare=False)

    def place(self, member: int) -> str:
        """Return the option that names a member."""
        return self.places.get(member, self.option)


def check_entries(values: Sequence[Mapping[str, Any]]) -> tuple[ParsedEntry, ...]:
    """Return the entries; raises one OptionError with all ``findings``. No I/O."""
    findings: list[Finding] = []
    entries = []
    for index, options in enumerate(values):
        entry = _check_entry(f"bundles[{index}]", options, findings)
        if entry is not None:
            entries.append(entry)
    findings += conflicts([entry.entry() for entry in entries])
    refuse_options("bundles", in_order(findings))
    return tuple(entries)


@dataclass(frozen=True)
class Resolved:
    """The entries with the phones that were found, the client's extensions, and the findings about the others."""

    entries: tuple[DesiredEntry, ...]
    directory: Directory
    findings: tuple[Finding, ...]


def resolve_entries(api: CachedApi, client_id: ClientId, entries: Sequence[ParsedEntry]) -> Resolved:
    """Look up the entries in the client's extensions, which are read at most once.

    Findings are extensions that do not exist or are not phones, and contradictions between entries that name one
    extension by number and by id.
    """
    references = [reference for entry in entries for reference in (entry.main, *entry.members)]
    ids, names, problems = look_up(api, client_id, references, always=True)
    directory = names.directory or Directory(())
    owner = {reference: entry for entry in entries for reference in (entry.main, *entry.members)}
    findings = [
        entry_finding(
            owner[problem.reference].entry(),
            problem.reference.option,
            _gone(problem, client_id),
            problem.error.details.hint,
        )
        for problem in problems
    ]
    for reference, extension_id in list(ids.items()):
        extension = directory.by_id(extension_id)
        if extension is not None and extension.type != PHONE_TYPE:
            del ids[reference]
            findings.append(
                entry_finding(
                    owner[reference].entry(),
                    reference.option,
                    f"extension {names.describe(extension_id)} is of type {extension.type}, not phone",
                    "List phones only. Check the number or id",
                )
            )
    known = [entry for entry in entries if entry.main in ids]
    findings += conflicts([_resolved(entry, ids, names) for entry in known])
    desired = (
        DesiredEntry(
            entry.option,
            ids[entry.main],
            tuple(sorted(ids[member] for member in entry.members if member in ids)),
            entry.mode,
            entry.append,
            {ids[member]: member.option for member in entry.members if member in ids},
        )
        for entry in known
    )
    return Resolved(tuple(desired), directory, tuple(findings))


def _gone(problem: ReferenceProblem, client_id: ClientId) -> str:
    """Return the problem of an extension of the list that the client does not have."""
    unknown = f"no extension {problem.reference}"
    rest = problem.error.what.removeprefix(unknown)
    known = rest == problem.error.what or (rest and not rest.startswith("; did you mean"))
    return (
        problem.error.what if known else f"extension {problem.reference} no longer exists at client {client_id}{rest}"
    )


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by their position in the list."""
    return sorted(findings, key=_place)


def _check_entry(option: str, options: Mapping[str, Any], findings: list[Finding]) -> ParsedEntry | None:
    """Return an entry, or ``None`` if its main extension is invalid; adds to ``findings``."""
    main = None
    given = [name for name in ("extension", "extension_id") if options.get(name) is not None]
    if len(given) != 1:
        message = "has extension and extension_id" if given else "has no main extension"
        findings.append(_wrong(option, None, option, message, "Set either extension or extension_id"))
    else:
        try:
            main = check_extension(options, f"{option}.")
        except OptionError as error:
            findings.append(_wrong(option, None, error.option, error.problem, error.details.hint))
    mode: Mode = "ignore" if options.get("ignore") else "absent" if options.get("state") == "absent" else "present"
    members = _check_members(option, main, options, mode, findings)
    return ParsedEntry(option, main, members, mode, bool(options.get("append"))) if main else None


def _check_members(
    option: str, main: Reference | None, options: Mapping[str, Any], mode: Mode, findings: list[Finding]
) -> tuple[Reference, ...]:
    lists = [name for name in ("members", "bundle_list") if options.get(name) is not None]
    listed = [name for name in lists if options[name]]
    problem = None
    if mode == "absent" and listed:
        problem = (listed[0], "has members, but state is absent", "Omit the members or the state")
    elif mode == "present" and len(lists) > 1:
        problem = ("bundle_list", "is set together with members", "List the members by number or by id, not both")
    elif mode == "present" and not listed:
        problem = (lists[0] if lists else "members", "has no members", "To remove the bundle, set state: absent")
    if problem:
        name, message, hint = problem
        findings.append(_wrong(option, main, f"{option}.{name}", message, hint))
    if problem or mode != "present":
        return ()
    found: list[Reference] = []
    for index, value in enumerate(options[listed[0]]):
        place = f"{option}.{listed[0]}[{index}]"
        try:
            found.append(check_reference(place, value, number=listed[0] == "members"))
        except OptionError as error:
            findings.append(_wrong(option, main, place, error.problem, error.details.hint))
    return tuple(found)


def _wrong(entry: str, main: Reference | None, option: str, message: str, hint: str | None) -> Finding:
    mention = _mention(main) if main else Mention(entry, entry, entry)
    return entry_finding(ListedBundle(entry, mention, ()), option, message, hint)


def _place(finding: Finding) -> list[int]:
    """The position in the list, by the numbers in ``bundles[3].members[10]``."""
    return [int(number) for number in re.findall(r"[0-9]+", finding.option or "")]


def _mention(reference: Reference) -> Mention:
    return Mention(reference.option, reference.key, str(reference))


def _resolved(entry: ParsedEntry, ids: Mapping[Reference, int], names: Names) -> ListedBundle:
    def mention(reference: Reference) -> Mention:
        return Mention(reference.option, ids[reference], names.describe(ids[reference]))

    members = tuple(mention(member) for member in entry.members if member in ids)
    return ListedBundle(entry.option, mention(entry.main), members, entry.mode, entry.append)
