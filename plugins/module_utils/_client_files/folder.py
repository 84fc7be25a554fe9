# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of client files: lists a folder, reads and checks a file, checks files against each other."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .._model.findings import Rule
from .._regular_file import read_text
from .file import (
    SUFFIXES,
    Claim,
    ClientFile,
    read_client_file,
    unreadable,
)
from .findings import (
    DUPLICATE_CLIENT,
    DUPLICATE_EXTENSION,
    NO_CLIENT_FILE,
    SHARED_NAME,
    UNREADABLE,
    FileFinding,
    listed,
    sorted_findings,
)
from .yaml_reader import read_tree
from .yaml_tree import MapNode, Place

ENCRYPTED = "$ANSIBLE_VAULT;"
"""The start of a file that is encrypted as a whole."""

_TEXTS = re.compile(r"(?:README|LICENSE|[^.]*\.(?:md|rst|txt|json)|(?:README|LICENSE)\.(?:md|rst|txt))")
"""Names of files that document the folder. ``x.yml.txt`` is not one of them: it is a misnamed client file."""
_BACKUPS = ("~", ".swp", ".bak", ".orig")
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_RENAME = "Rename it so that it ends in .yml or .yaml, or move it to another folder"


@dataclass(frozen=True)
class Listing:
    """The contents of a folder: the sorted paths of client files, and the findings on other files."""

    paths: tuple[str, ...]
    findings: tuple[FileFinding, ...]


def shown_path(path: str) -> str:
    """Return a path as messages show it: relative if it is below the current folder, absolute otherwise.

    Bytes that are not UTF-8, line breaks and control characters are shown as U+FFFD.
    """
    relative = os.path.relpath(path)
    shown = os.path.abspath(path) if relative.startswith(os.pardir) else relative.replace(os.sep, "/")
    return _NOT_SHOWN.sub("\ufffd", shown)


def list_folder(path: str) -> Listing:
    """List a folder, or the single file at the path. Raises OSError if the folder cannot be listed.

    Skips hidden files, backups of editors, and documentation (README, .md, .txt and so on). Never skips a file that
    ends in .yml or .yaml, unless it is hidden.
    """
    if not os.path.isdir(path):
        os.stat(path)
        return Listing((path,), ())
    paths, findings = [], []
    for name in sorted(os.listdir(path)):
        whole = os.path.join(path, name)
        if name.startswith(".") or name.endswith(_BACKUPS) or (_TEXTS.fullmatch(name) and not os.path.isdir(whole)):
            continue
        if name.endswith(SUFFIXES) and not os.path.isdir(whole):
            paths.append(whole)
        else:
            what = "is a folder; subfolders are not read" if os.path.isdir(whole) else "is not a client file"
            shown = shown_path(whole)
            findings.append(FileFinding(NO_CLIENT_FILE, shown, 1, 1, f"{os.path.basename(shown)} {what}", _RENAME))
    return Listing(tuple(paths), tuple(findings))


def file_tree(path: str) -> MapNode | None:
    """Read a client file without checking it; ``None`` if it cannot be read or is not a mapping."""
    try:
        node = read_tree(read_text(path)).node
    except (OSError, UnicodeDecodeError):
        return None
    return node if isinstance(node, MapNode) else None


def check_file(path: str, read: Callable[[str], str] = read_text) -> ClientFile:
    """Read and check a client file. Raises nothing that ``read``, which returns the text, does not raise of its own."""
    shown = shown_path(path)
    try:
        text = read(path)
    except OSError as error:
        return unreadable(
            shown, UNREADABLE, f"the file cannot be read: {error.strerror}", "Check the path and the permissions"
        )
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8: byte {error.start + 1} is not part of a character"
        return unreadable(shown, UNREADABLE, message, "Save the file as UTF-8")
    return check_text(shown, text)


def check_text(shown: str, text: str) -> ClientFile:
    """Check the text of a client file. Raises nothing: an unexpected exception becomes a finding."""
    try:
        return read_client_file(shown, text)
    except Exception as error:  # the other files must still be checked
        return unchecked_file(shown, error)


def unchecked_file(shown: str, error: Exception) -> ClientFile:
    """Return the result for a file whose check raised an unexpected exception; only its type is shown."""
    message = f"the file cannot be checked: unexpected {type(error).__name__}"
    return unreadable(
        shown, UNREADABLE, message, "Report this as a bug of the collection, with the file if it contains no secret"
    )


@dataclass(frozen=True)
class InventoryNames:
    """Names that the inventory already has: ``hosts`` and ``groups`` map each name to its source.

    ``group_of`` returns the group of a tag.
    """

    group_of: Callable[[str], str] = str
    hosts: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


def check_across(files: Sequence[ClientFile], names: InventoryNames = InventoryNames()) -> list[ClientFile]:
    """Return the files with the findings on clients, hosts, extension ids and names that two of them have."""
    extra: dict[int, list[FileFinding]] = {}
    _add_duplicates(files, [[_host(file)] for file in files], DUPLICATE_CLIENT, "host {text}", extra)
    clients = [[file.client] if file.client else [] for file in files]
    _add_duplicates(files, clients, DUPLICATE_CLIENT, "client {text}", extra)
    owners = [{claim.key for claim in claims} for claims in clients]
    extensions = [file.extensions for file in files]
    _add_duplicates(files, extensions, DUPLICATE_EXTENSION, "extension {text} (an id)", extra, owners)
    _add_shared_names(files, names, extra)
    return [
        replace(file, findings=tuple(sorted_findings([*file.findings, *extra[index]]))) if index in extra else file
        for index, file in enumerate(files)
    ]


def _add_shared_names(files: Sequence[ClientFile], names: InventoryNames, extra: dict[int, list[FileFinding]]) -> None:
    """Add the findings on names that a host and a group share: Ansible would confuse them."""

    def add(index: int, place: Place, message: str) -> None:
        hint = "Rename the file or the tag: a name is either a host or a group"
        finding = FileFinding(SHARED_NAME, files[index].shown, place.line, place.column, message, hint)
        extra.setdefault(index, []).append(finding)

    hosts: dict[str, list[int]] = {}
    for index, file in enumerate(files):
        hosts.setdefault(file.host, []).append(index)
        if file.host in names.groups:
            add(index, Place(1, 1), f"host {file.host} has the same name as a group of {names.groups[file.host]}")
    groups: dict[str, list[tuple[int, Claim]]] = {}
    for index, file in enumerate(files):
        for tag in file.tags:
            groups.setdefault(names.group_of(tag.key), []).append((index, tag))
    for group, tags in groups.items():
        texts = {tag.key: f"{files[index].shown}:{tag.place.line}" for index, tag in reversed(tags)}
        for index in hosts.get(group, ()):
            add(index, Place(1, 1), f"host {group} has the same name as a tag in {_places(files, tags)}")
        holders = [files[index].shown for index in hosts.get(group, ())]
        if not holders and group in names.hosts:
            holders = [names.hosts[group]]
        for index, tag in tags:
            if holders:
                add(index, tag.place, f"tag {tag.text} has the same name as the host of {listed(holders)}")
            if len(texts) > 1:
                others = (f"{text} in {place}" for text, place in texts.items() if text != tag.key)
                add(index, tag.place, f"tag {tag.text} becomes the same group as {listed(others)}")


def _places(files: Sequence[ClientFile], claims: Sequence[tuple[int, Claim]]) -> str:
    return listed(f"{files[index].shown}:{claim.place.line}" for index, claim in claims)


def _host(file: ClientFile) -> Claim:
    return Claim(file.host, file.host, Place(1, 1))


def _add_duplicates(
    files: Sequence[ClientFile],
    claims: Sequence[Sequence[Claim]],
    rule: Rule,
    what: str,
    extra: dict[int, list[FileFinding]],
    owners: Sequence[set[str]] | None = None,
) -> None:
    """Add a finding to each file with a claim of another file, unless both have the same client (``owners``)."""
    holders: dict[str, list[tuple[int, Claim]]] = {}
    for index, found in enumerate(claims):
        for claim in found:
            holders.setdefault(claim.key, []).append((index, claim))
    for held in holders.values():
        for index, claim in held:
            others = [
                f"{files[other].shown}:{there.place.line}"
                for other, there in held
                if other != index and not (owners and owners[other] & owners[index])
            ]
            if others:
                message = f"{what.format(text=claim.text)} is also in {listed(others)}"
                hint = "Keep one of them, or correct the number: each client has one file"
                finding = FileFinding(rule, files[index].shown, claim.place.line, claim.place.column, message, hint)
                extra.setdefault(index, []).append(finding)
