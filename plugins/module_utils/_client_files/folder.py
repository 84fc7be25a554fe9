# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of client files: lists a folder, reads and checks a file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

from .._regular_file import read_text
from .file import SUFFIXES, ClientFile, read_client_file, unreadable
from .findings import NO_CLIENT_FILE, UNREADABLE, FileFinding
from .yaml_reader import read_tree
from .yaml_tree import MapNode

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
