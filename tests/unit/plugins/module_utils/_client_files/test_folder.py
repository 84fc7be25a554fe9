# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of client files: which files are read, and which cannot be."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    NO_CLIENT_FILE,
    UNREADABLE,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import (
    check_file,
    list_folder,
    shown_path,
)
from ansible_collections.ringme.pbx.plugins.module_utils._regular_file import read_text


@pytest.fixture(name="clients")
def _clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder "clients" in the current one."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "clients"
    folder.mkdir()
    return folder


# --- listing -------------------------------------------------------------------------------------------------------


def test_a_folder_is_listed_in_order_and_texts_about_it_are_passed_over(clients: Path) -> None:
    for name in ("b.yml", "a.yaml", "c.yml", "10.yml"):
        (clients / name).write_text("")
    for name in (
        ".git",
        ".hidden.yml",
        "README",
        "README.md",
        "LICENSE.txt",
        "LICENSE",
        "notes.md",
        "x.rst",
        "x.txt",
        "schema.json",
    ):
        (clients / name).write_text("")
    for name in ("a.yml~", ".a.yml.swp", "a.yml.swp", "a.yml.bak", "a.yml.orig"):
        (clients / name).write_text("")
    listing = list_folder("clients")
    assert [os.path.relpath(path, "clients") for path in listing.paths] == ["10.yml", "a.yaml", "b.yml", "c.yml"]
    assert listing.findings == ()


def test_other_files_are_findings(clients: Path) -> None:
    for name in ("a.yml", "b.yml.txt2", "c", "d.YML", "e.yml.txt", "f.yaml.json", "README_client.yml", "README.yml"):
        (clients / name).write_text("")
    for name in ("old", "more.yml"):
        (clients / name).mkdir()
        (clients / name / "x.yml").write_text("")
    listing = list_folder("clients")
    assert [os.path.basename(path) for path in listing.paths] == ["README.yml", "README_client.yml", "a.yml"]
    assert [(item.rule, item.file, item.line, item.column, item.message) for item in listing.findings] == [
        (NO_CLIENT_FILE, "clients/b.yml.txt2", 1, 1, "b.yml.txt2 is not a client file"),
        (NO_CLIENT_FILE, "clients/c", 1, 1, "c is not a client file"),
        (NO_CLIENT_FILE, "clients/d.YML", 1, 1, "d.YML is not a client file"),
        (NO_CLIENT_FILE, "clients/e.yml.txt", 1, 1, "e.yml.txt is not a client file"),
        (NO_CLIENT_FILE, "clients/f.yaml.json", 1, 1, "f.yaml.json is not a client file"),
        (NO_CLIENT_FILE, "clients/more.yml", 1, 1, "more.yml is a folder; subfolders are not read"),
        (NO_CLIENT_FILE, "clients/old", 1, 1, "old is a folder; subfolders are not read"),
    ]
    hint = "Rename it so that it ends in .yml or .yaml, or move it to another folder"
    assert {item.hint for item in listing.findings} == {hint}


def test_an_empty_folder_has_nothing(clients: Path) -> None:
    assert (list_folder("clients").paths, list_folder("clients").findings) == ((), ())


def test_one_file_is_a_listing_whatever_its_name(clients: Path) -> None:
    (clients / "a.conf").write_text("")
    assert list_folder("clients/a.conf").paths == ("clients/a.conf",)


@pytest.mark.parametrize("path", ["none", "clients/none.yml", "a\0b"])
@pytest.mark.usefixtures("clients")
def test_what_is_not_there_cannot_be_listed(path: str) -> None:
    with pytest.raises((OSError, ValueError)):
        list_folder(path)


def test_a_link_to_a_file_is_one_and_a_broken_one_is_read_as_such(clients: Path) -> None:
    (clients / "a.yml").write_text("client_id: 801\n")
    (clients / "b.yml").symlink_to("a.yml")
    (clients / "c.yml").symlink_to("none")
    files = [check_file(path) for path in list_folder("clients").paths]
    assert [len(file.findings) for file in files] == [0, 0, 1]
    assert files[2].findings[0].message == "the file cannot be read: No such file or directory"


def test_paths_are_shown_from_the_current_folder(clients: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = clients / "a.yml"
    assert shown_path(str(path)) == shown_path("clients/../clients/a.yml") == "clients/a.yml"
    monkeypatch.chdir(clients)
    assert shown_path(str(path)) == "a.yml"
    assert shown_path("../b.yml") == str(clients.parent / "b.yml")


# --- reading -------------------------------------------------------------------------------------------------------


def test_a_file_is_read_with_its_line_ends_and_without_a_byte_order_mark(clients: Path) -> None:
    (clients / "a.yml").write_bytes(b"\xef\xbb\xbfclient_id: 801\r\nclient_tags:\r  - \xd0\xb6 \xd0\xb6\n")
    assert read_text("clients/a.yml") == "client_id: 801\r\nclient_tags:\r  - ж ж\n"
    file = check_file("clients/a.yml")
    assert (file.shown, file.host) == ("clients/a.yml", "a")
    assert [(item.line, item.column) for item in file.findings] == [(3, 5)]
    assert file.client is not None and file.client.text == "801"


def _denied(path: str) -> str:
    raise PermissionError(13, "Permission denied", path)


@pytest.mark.usefixtures("clients")
@pytest.mark.parametrize(
    ("path", "read", "message"),
    [
        ("clients/none.yml", read_text, "the file cannot be read: No such file or directory"),
        ("clients", read_text, "the file cannot be read: Is a directory"),
        ("clients/a.yml", _denied, "the file cannot be read: Permission denied"),
    ],
)
def test_a_file_that_cannot_be_read_has_a_finding(path: str, read: Callable[[str], str], message: str) -> None:
    file = check_file(path, read)
    (finding,) = file.findings
    assert (finding.rule, finding.file, finding.line, finding.column) == (UNREADABLE, path, 1, 1)
    assert (finding.message, finding.hint) == (message, "Check the path and the permissions")
    assert (file.tree, file.client, file.extensions) == (None, None, ())


def test_a_file_that_is_not_utf_8_says_at_which_byte(clients: Path) -> None:
    (clients / "a.yml").write_bytes("client_id: 801 # ж".encode("cp1251"))
    (clients / "b.yml").write_bytes("client_id: 801".encode("utf-16"))
    messages = [check_file(f"clients/{name}.yml").findings for name in "ab"]
    assert [[(item.rule, item.message, item.hint) for item in found] for found in messages] == [
        [(UNREADABLE, f"the file is not UTF-8: byte {byte} is not part of a character", "Save the file as UTF-8")]
        for byte in (18, 1)
    ]
