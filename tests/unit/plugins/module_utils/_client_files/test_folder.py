# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of client files: which files are read, which cannot be, and what two of them both say."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import ClientFile, read_client_file
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    DUPLICATE_CLIENT,
    DUPLICATE_EXTENSION,
    NO_CLIENT_FILE,
    UNREADABLE,
    WRONG_TEMPLATE,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import (
    check_across,
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


# --- across --------------------------------------------------------------------------------------------------------


def _read(files: dict[str, str]) -> list[ClientFile]:
    return [read_client_file(f"clients/{name}", text) for name, text in files.items()]


def _across(files: dict[str, str]) -> dict[str, list[tuple[str, int, int, str]]]:
    found = check_across(_read(files))
    assert [file.shown for file in found] == [f"clients/{name}" for name in files]
    return {
        file.shown.removeprefix("clients/"): [
            (item.rule.id, item.line, item.column, item.message) for item in file.findings
        ]
        for file in found
        if file.findings
    }


def test_two_files_for_one_client_both_have_the_finding() -> None:
    files = {"a.yml": "client_id: 801", "b.yml": "client_id: 802", "c.yml": 'client_tags: []\nclient_id: "801"'}
    assert _across(files) == {
        "a.yml": [(DUPLICATE_CLIENT.id, 1, 12, "client 801 is also in clients/c.yml:2")],
        "c.yml": [(DUPLICATE_CLIENT.id, 2, 12, "client 801 is also in clients/a.yml:1")],
    }


def test_two_files_for_one_host_both_have_the_finding() -> None:
    files = {"a.yml": "client_id: 801", "a.yaml": "client_id: 802", "b.yml": "client_id: 803"}
    assert _across(files) == {
        "a.yml": [(DUPLICATE_CLIENT.id, 1, 1, "host a is also in clients/a.yaml:1")],
        "a.yaml": [(DUPLICATE_CLIENT.id, 1, 1, "host a is also in clients/a.yml:1")],
    }


def test_of_many_files_for_one_client_three_are_named() -> None:
    found = _across({f"{name}.yml": "client_id: 801" for name in "abcdef"})
    assert len(found) == 6
    assert (
        found["b.yml"][0][3]
        == "client 801 is also in clients/a.yml:1, clients/c.yml:1, clients/d.yml:1, clients/e.yml:1, clients/f.yml:1"
    )


def test_an_extension_of_two_clients_is_a_finding_in_both_files() -> None:
    bundles = "client_bundles:\n  - {extension_id: %s, bundle_list: [%s]}\n"
    files = {
        "a.yml": "client_id: 801\n" + bundles % (11, 12),
        "b.yml": "client_id: 802\nclient_registrations: {max_registrations: 1, extension_ids: [12, 13]}",
        "c.yml": "client_id: 803\n" + bundles % (14, 15),
    }
    assert _across(files) == {
        "a.yml": [(DUPLICATE_EXTENSION.id, 3, 38, "extension 12 (an id) is also in clients/b.yml:2")],
        "b.yml": [(DUPLICATE_EXTENSION.id, 2, 62, "extension 12 (an id) is also in clients/a.yml:3")],
    }


def test_two_files_of_one_client_have_no_finding_on_extensions() -> None:
    text = "client_id: 801\nclient_bundles: [{extension_id: 11, bundle_list: [12]}]"
    found = _across({"a.yml": text, "b.yml": text, "c.yml": text.replace("801", "802").replace("12", "13")})
    assert [[item[0] for item in found[name]] for name in ("a.yml", "b.yml", "c.yml")] == [
        [DUPLICATE_CLIENT.id, DUPLICATE_EXTENSION.id],
        [DUPLICATE_CLIENT.id, DUPLICATE_EXTENSION.id],
        [DUPLICATE_EXTENSION.id],
    ]
    assert found["a.yml"][1][3] == "extension 11 (an id) is also in clients/c.yml:2"
    assert found["c.yml"][0][3] == "extension 11 (an id) is also in clients/a.yml:2, clients/b.yml:2"


def test_where_a_client_is_not_known_its_extensions_still_are() -> None:
    text = "client_id: '{{ id }}'\nclient_bundles: [{extension_id: 11, bundle_list: [12]}]"
    found = _across({"a.yml": text, "b.yml": text})
    assert [item[0] for item in found["a.yml"]] == [WRONG_TEMPLATE.id] + [DUPLICATE_EXTENSION.id] * 2


def test_the_same_ids_of_two_apis_are_no_matter() -> None:
    text = "client_id: 801\nclient_bundles: [{extension_id: 11, bundle_list: [12]}]\n"
    assert _across({"a.yml": text, "b.yml": text + "client_api: {api_url: https://other.example.org}"}) == {}


def test_findings_of_a_file_keep_the_order_of_reading() -> None:
    files = {"a.yml": "client_tags: [all]\nclient_id: 801\nclient_setings: 1", "b.yml": "client_id: 801"}
    assert [item[:2] for item in _across(files)["a.yml"]] == [("FIL-008", 1), (DUPLICATE_CLIENT.id, 2), ("FIL-005", 3)]


@given(ids=st.lists(st.integers(1, 4), max_size=6))
def test_exactly_the_duplicates_are_findings(ids: list[int]) -> None:
    files = _read({f"c{index}.yml": f"client_id: {number}" for index, number in enumerate(ids)})
    found = check_across(files)
    assert [bool(file.findings) for file in found] == [ids.count(number) > 1 for number in ids]
    assert all(after is before for before, after in zip(files, found, strict=True) if not after.findings)
