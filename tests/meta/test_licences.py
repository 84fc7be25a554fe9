# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The licence texts are complete and match galaxy.yml. ``reuse lint`` checks the licence of each file."""

from __future__ import annotations

import tomllib
from repository import ROOT, load, read


def test_annotations_are_about_files_that_exist() -> None:
    rules = tomllib.loads(read("REUSE.toml"))["annotations"]
    assert [path for rule in rules for path in rule["path"] if not (ROOT / path).exists()] == []


def test_texts_and_metadata_agree() -> None:
    assert {path.stem for path in (ROOT / "LICENSES").iterdir()} == set(load("galaxy.yml")["license"])


def test_licence_text_is_complete() -> None:
    text = read("LICENSE")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text
    assert len(text.splitlines()) > 600
    assert (ROOT / "LICENSES" / "GPL-3.0-or-later.txt").read_text(encoding="utf-8") == text
