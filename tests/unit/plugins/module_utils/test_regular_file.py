# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only regular files of a size that a person writes are read; nothing else is waited for, also not behind a link."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._atomic_file import text_of
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import check_file, list_folder
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import EnvironmentProblemError
from ansible_collections.ringme.pbx.plugins.module_utils._regular_file import LARGEST, read_bytes, read_text


def _socket(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)


def _large(path: str) -> None:
    with open(path, "wb") as file:
        file.truncate(LARGEST + 1)


KINDS: dict[str, Callable[[str], object]] = {
    "pipe": os.mkfifo,
    "socket": _socket,
    "device": lambda path: os.symlink("/dev/zero", path),
    "large": _large,
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clients").mkdir()


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_a_file_of_that_kind(kind: str, link: bool) -> None:
    KINDS[kind]("thing" if link else "clients/a.yml")
    if link:
        os.symlink(os.path.abspath("thing"), "clients/a.yml")
    Path("clients/b.yml").write_text("client_id: 801\n", encoding="utf-8")
    files = [check_file(path) for path in list_folder("clients").paths]
    why = f"It has {LARGEST + 1} bytes, and the limit is {LARGEST}" if kind == "large" else "It is not a regular file"
    assert [item.message for file in files for item in file.findings] == [f"the file cannot be read: {why}"]
    if kind != "large":
        with pytest.raises(EnvironmentProblemError, match="cannot be read: It is not a regular file"):
            text_of("clients/a.yml")


def test_another_file_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at it and its opening."""
    os.mkfifo("clients/pipe")
    Path("clients/a.yml").write_text("x", encoding="utf-8")
    usual = os.stat("clients/a.yml")
    monkeypatch.setattr(os, "stat", lambda path: usual)
    with pytest.raises(OSError, match="not a regular file"):
        read_bytes("clients/pipe")


def test_a_file_as_large_as_allowed() -> None:
    Path("a.yml").write_bytes(b"\xef\xbb\xbf" + b"x" * (LARGEST - 3))
    assert len(read_text("a.yml")) == LARGEST - 3
