# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of client files: which files are there, how one is read, and what they contradict each other in."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    DOUBLED_CLIENT,
    DOUBLED_EXTENSION,
    NO_CLIENT_FILE,
    SHARED_NAME,
    UNREADABLE,
    FileFinding,
    sorted_findings,
)
from .yaml_tree import Place

ENCRYPTED = "$ANSIBLE_VAULT;"
"""How a file begins that is encrypted as a whole."""

_TEXTS = re.compile(r"(?:README|LICENSE|[^.]*\.(?:md|rst|txt|json)|(?:README|LICENSE)\.(?:md|rst|txt))")
"""Names of files that say something about the folder: ``x.yml.txt`` is not one, but a client file with a wrong name."""
_BACKUPS = ("~", ".swp", ".bak", ".orig")
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNSEEN = "Only files that end in .yml or .yaml become clients: rename it, or move it elsewhere"


@dataclass(frozen=True)
class Listing:
    """What lies in a folder: the paths of client files, sorted, and the findings on other files."""

    paths: tuple[str, ...]
    findings: tuple[FileFinding, ...]


def shown_path(path: str) -> str:
    """Return how messages name a path: from the current folder where it lies below that, else whole.

    What is no text (bytes that are not UTF-8, ends of lines, control characters) is shown as U+FFFD.
    """
    relative = os.path.relpath(path)
    shown = os.path.abspath(path) if relative.startswith(os.pardir) else relative.replace(os.sep, "/")
    return _NO_TEXT.sub("\ufffd", shown)


def list_folder(path: str) -> Listing:
    """List a folder, or the one file that the path names. Raises OSError where the folder cannot be listed.

    Hidden files, backups of editors, and texts about the folder (README, .md, .txt and so on) are passed over. A file that ends
    in .yml or .yaml is never passed over, whatever its name begins with.
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
            what = "is a folder, and folders in it are not looked into" if os.path.isdir(whole) else "is no client file"
            shown = shown_path(whole)
            findings.append(FileFinding(NO_CLIENT_FILE, shown, 1, 1, f"{os.path.basename(shown)} {what}", _UNSEEN))
    return Listing(tuple(paths), tuple(findings))


def read_file(path: str, read: Callable[[str], str] = read_text) -> ClientFile:
    """Read and check a client file. ``read`` gives its text, decrypted if it can."""
    shown = shown_path(path)
    try:
        text = read(path)
    except OSError as error:
        return unreadable(shown, UNREADABLE, f"it cannot be read: {error.strerror}", "Check the file and its rights")
    except UnicodeDecodeError as error:
        message = f"it is not UTF-8: byte {error.start + 1} is part of no character"
        return unreadable(shown, UNREADABLE, message, "Save it as UTF-8")
    return checked_text(shown, text)


def checked_text(shown: str, text: str) -> ClientFile:
    """Check the text of a client file. Raises nothing: where a check fails in an unexpected way, that is a finding."""
    try:
        return read_client_file(shown, text)
    except Exception as error:  # one file must not keep the others from being read
        return not_checked(shown, error)


def not_checked(shown: str, error: Exception) -> ClientFile:
    """Return a file that cannot be used because of an unexpected exception, of which only the type is shown."""
    message = f"it cannot be checked: unexpected {type(error).__name__}"
    return unreadable(
        shown, UNREADABLE, message, "Report this as a fault of the collection, with the file if it holds no secret"
    )


@dataclass(frozen=True)
class InventoryNames:
    """What else decides about names: ``group_of`` gives the group of a tag, ``hosts`` and ``groups`` exist beside the files.

    Both say where each comes from.
    """

    group_of: Callable[[str], str] = str
    hosts: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


def across(files: Sequence[ClientFile], names: InventoryNames = InventoryNames()) -> list[ClientFile]:
    """Return the files with the findings on what two of them claim: a client, a host, an extension by its id, a name."""
    extra: dict[int, list[FileFinding]] = {}
    _claimed(files, [[_host(file)] for file in files], DOUBLED_CLIENT, "the host {text} is", extra)
    clients = [[file.client] if file.client else [] for file in files]
    _claimed(files, clients, DOUBLED_CLIENT, "client {text} is", extra)
    same_client = [{claim.key for claim in claims} for claims in clients]
    _claimed(
        files, [file.extensions for file in files], DOUBLED_EXTENSION, "extension {text} (an id) is", extra, same_client
    )
    _named(files, names, extra)
    return [
        replace(file, findings=tuple(sorted_findings([*file.findings, *extra[index]]))) if index in extra else file
        for index, file in enumerate(files)
    ]


def _named(files: Sequence[ClientFile], names: InventoryNames, extra: dict[int, list[FileFinding]]) -> None:
    """Add the findings on names that a host and a group share: Ansible would take the one for the other."""

    def found(index: int, place: Place, message: str) -> None:
        hint = "Rename the file or the tag: a name is either a host or a group"
        finding = FileFinding(SHARED_NAME, files[index].shown, place.line, place.column, message, hint)
        extra.setdefault(index, []).append(finding)

    hosts: dict[str, list[int]] = {}
    for index, file in enumerate(files):
        hosts.setdefault(file.host, []).append(index)
        if file.host in names.groups:
            found(index, Place(1, 1), f"the host {file.host} has the name of a group of {names.groups[file.host]}")
    groups: dict[str, list[tuple[int, Claim]]] = {}
    for index, file in enumerate(files):
        for tag in file.tags:
            groups.setdefault(names.group_of(tag.key), []).append((index, tag))
    for group, tags in groups.items():
        texts = {tag.key: f"{files[index].shown}:{tag.place.line}" for index, tag in reversed(tags)}
        for index in hosts.get(group, ()):
            found(index, Place(1, 1), f"the host {group} has the name of a tag in {_places(files, tags)}")
        holders = [files[index].shown for index in hosts.get(group, ())]
        if not holders and group in names.hosts:
            holders = [names.hosts[group]]
        for index, tag in tags:
            if holders:
                found(index, tag.place, f"the tag {tag.text} has the name of the host of {_and(holders)}")
            if len(texts) > 1:
                others = (f"{text} in {place}" for text, place in texts.items() if text != tag.key)
                found(index, tag.place, f"the tag {tag.text} becomes the same group as {_and(others)}")


def _places(files: Sequence[ClientFile], claims: Sequence[tuple[int, Claim]]) -> str:
    return _and(f"{files[index].shown}:{claim.place.line}" for index, claim in claims)


def _host(file: ClientFile) -> Claim:
    return Claim(file.host, file.host, Place(1, 1))


def _claimed(
    files: Sequence[ClientFile],
    claims: Sequence[Sequence[Claim]],
    rule: Rule,
    what: str,
    extra: dict[int, list[FileFinding]],
    apart: Sequence[set[str]] | None = None,
) -> None:
    """Add a finding to each file whose claim another file has too, unless both are about one client (``apart``)."""
    holders: dict[str, list[tuple[int, Claim]]] = {}
    for index, found in enumerate(claims):
        for claim in found:
            holders.setdefault(claim.key, []).append((index, claim))
    for held in holders.values():
        for index, claim in held:
            others = [
                f"{files[other].shown}:{there.place.line}"
                for other, there in held
                if other != index and not (apart and apart[other] & apart[index])
            ]
            if others:
                message = f"{what.format(text=claim.text)} in {_and(others)} too"
                hint = "One file is one client: keep one of them, or mend the number"
                finding = FileFinding(rule, files[index].shown, claim.place.line, claim.place.column, message, hint)
                extra.setdefault(index, []).append(finding)


def _and(texts: Iterable[str]) -> str:
    named = list(texts)
    return ", ".join(named[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "")
