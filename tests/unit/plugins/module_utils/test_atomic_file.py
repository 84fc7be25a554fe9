# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a run writes: as a whole or not at all."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils import _atomic_file
from ansible_collections.ringme.pbx.plugins.module_utils._atomic_file import (
    check_writable,
    json_text,
    text_of,
    write_text,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import EnvironmentProblemError


def _fails(*_args: Any, **_options: Any) -> None:
    raise OSError(28, "No space left on device")


@given(st.text(max_size=30))
def test_what_is_written_is_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.yml"
    write_text(str(path), text)
    assert text_of(str(path)) == text
    assert path.read_bytes() == text.encode()


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    path = tmp_path / "one" / "two" / "file.yml"
    write_text(str(path), "new\n")
    assert path.read_text(encoding="utf-8") == "new\n"
    assert os.listdir(path.parent) == ["file.yml"]


def test_a_path_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_text("file.yml", "new\n")
    assert (tmp_path / "file.yml").read_text(encoding="utf-8") == "new\n"


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "file.yml"
    path.write_text("old\n", encoding="utf-8")
    monkeypatch.setattr(_atomic_file.os, step, _fails)
    with pytest.raises(EnvironmentProblemError) as caught:
        write_text(str(path), "new\n")
    monkeypatch.undo()
    assert caught.value.msg == f"{path} cannot be written: No space left on device. Check the path and the permissions."
    assert path.read_text(encoding="utf-8") == "old\n"
    assert os.listdir(tmp_path) == ["file.yml"]


def test_the_target_is_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "clients"
    path.mkdir()
    with pytest.raises(EnvironmentProblemError, match="clients cannot be written: Is a directory"):
        write_text(str(path), "new\n")
    assert path.is_dir()
    assert os.listdir(tmp_path) == ["clients"]


def test_a_folder_on_the_way_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "clients").write_text("old\n", encoding="utf-8")
    with pytest.raises(EnvironmentProblemError, match="cannot be written: "):
        write_text(str(tmp_path / "clients" / "file.yml"), "new\n")
    assert (tmp_path / "clients").read_text(encoding="utf-8") == "old\n"


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_args: Any, **_options: Any) -> None:
        raise PermissionError(13, "Permission denied")  # root, who may run this, is denied nothing

    monkeypatch.setattr(_atomic_file.tempfile, "mkstemp", denied)
    with pytest.raises(EnvironmentProblemError, match=r"file.yml cannot be written: Permission denied"):
        write_text(str(tmp_path / "file.yml"), "new\n")
    assert not os.listdir(tmp_path)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "real" / "file.yml", tmp_path / "link.yml"
    target.parent.mkdir()
    target.write_text("old\n", encoding="utf-8")
    link.symlink_to(Path("real") / "file.yml")
    write_text(str(link), "new\n")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new\n"
    assert os.listdir(target.parent) == ["file.yml"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
def test_the_rights_of_a_file_stay(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file.yml"
    path.write_text("old\n", encoding="utf-8")
    path.chmod(mode)
    write_text(str(path), "new\n")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_file_keeps_its_group_and_its_owner_where_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.yml"
    path.write_text("old", encoding="utf-8")
    there = SimpleNamespace(st_uid=7, st_gid=9, st_mode=0o640)
    real = os.stat
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(
        os, "stat", lambda found, *args, **more: there if found == str(path) else real(found, *args, **more)
    )

    def chown(_made: str, owner: int, group: int) -> None:
        asked.append((owner, group))
        if owner != -1:
            raise PermissionError

    monkeypatch.setattr(os, "chown", chown)
    write_text(str(path), "new")
    assert asked == [(7, 9), (-1, 9)]
    monkeypatch.setattr(os, "chown", _fails)
    write_text(str(path), "newer")
    assert path.read_text(encoding="utf-8") == "newer"


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_usual_rights(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        write_text(str(tmp_path / "file.yml"), "new\n")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file.yml").stat().st_mode) == mode


def test_reading(tmp_path: Path) -> None:
    assert text_of(str(tmp_path / "none.yml")) is None
    (tmp_path / "file.yml").write_bytes(b"a\r\nb\n")
    assert text_of(str(tmp_path / "file.yml")) == "a\r\nb\n"
    (tmp_path / "latin.yml").write_bytes(b"\xe4\n")
    with pytest.raises(EnvironmentProblemError) as latin:
        text_of(str(tmp_path / "latin.yml"))
    assert latin.value.what == f"{tmp_path}/latin.yml cannot be read: it is not UTF-8"
    with pytest.raises(EnvironmentProblemError) as folder:
        text_of(str(tmp_path))
    assert folder.value.what == f"{tmp_path} cannot be read: Is a directory"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_json(data: Any) -> None:
    text = json_text(data)
    assert json.loads(text) == data
    assert text == json_text(json.loads(text))
    assert text.endswith("\n") and not text.endswith("\n\n")


def test_json_is_readable() -> None:
    assert json_text({"b": ["Ромашка"], "a": 1}) == '{\n  "b": [\n    "Ромашка"\n  ],\n  "a": 1\n}\n'


def test_what_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old.yml").write_text("old\n", encoding="utf-8")
    (tmp_path / "link.yml").symlink_to(tmp_path / "not" / "there.yml")
    monkeypatch.chdir(tmp_path)
    for path in ("old.yml", "new.yml", "one/two/new.yml", "link.yml", str(tmp_path / "new.yml")):
        check_writable(path)
    assert sorted(os.listdir(tmp_path)) == ["link.yml", "old.yml"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("folder", "it is a folder"),
        ("file.yml/new.yml", "file.yml is not a folder"),
        ("file.yml/one/two.yml", "file.yml is not a folder"),
        ("loop/new.yml", "loop is not a folder"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, path: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.yml").write_text("old\n", encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(EnvironmentProblemError) as caught:
        check_writable(str(tmp_path / path))
    assert caught.value.what.startswith(f"{tmp_path / path} cannot be written: ")
    assert caught.value.what.endswith(why)
    with pytest.raises(EnvironmentProblemError):
        write_text(str(tmp_path / path), "new\n")


def test_a_folder_that_forbids_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def denied(folder: str, mode: int) -> bool:
        asked.append((folder, mode))
        return False  # root, who may run this, is denied nothing

    monkeypatch.setattr(_atomic_file.os, "access", denied)
    with pytest.raises(EnvironmentProblemError, match=f"cannot be written: no permission in {tmp_path}"):
        check_writable(str(tmp_path / "one" / "new.yml"))
    assert asked == [(str(tmp_path), os.W_OK | os.X_OK)]
