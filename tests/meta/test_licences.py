# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every file says under which licence it stands, and the texts of these licences are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from repository import ROOT, load, read, tracked

# Written in two halves so that licence tools do not read this line as a statement.
_STATEMENT = re.compile("SPDX-License-" + r"Identifier: ([\w.-]+)")
_COPYRIGHT = re.compile(r"Copyright \(c\) \d{4},? \S+")
_HEAD = 10


def _annotated() -> dict[str, str]:
    rules = tomllib.loads(read("REUSE.toml"))["annotations"]
    return {path: rule["SPDX-License-Identifier"] for rule in rules for path in rule["path"]}


def _is_licence_text(path: Path) -> bool:
    return path.parts[0] in ("LICENSE", "LICENSES")


FILES = [path for path in tracked() if not _is_licence_text(path)]


def test_the_project_has_files() -> None:
    assert len(FILES) > 50
    assert Path("galaxy.yml") in FILES


def complaints(path: Path, text: str) -> list[str]:
    """What is missing in the head of a file."""
    if str(path) in _annotated():
        return []
    head = "\n".join(text.splitlines()[:_HEAD])
    wanted = {"licence statement": _STATEMENT, "copyright line": _COPYRIGHT}
    return [f"{path}: no {what} in its first {_HEAD} lines" for what, found in wanted.items() if not found.search(head)]


def test_files_state_their_licence() -> None:
    found = [
        line for path in FILES for line in complaints(path, (ROOT / path).read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, "\n".join(found)


def test_a_missing_statement_is_noticed() -> None:
    good = read("galaxy.yml")
    assert not complaints(Path("new.yml"), good)
    assert len(complaints(Path("new.yml"), "---\nnew: true\n")) == 2
    assert len(complaints(Path("new.yml"), "\n" * _HEAD + good)) == 2


def test_annotations_are_about_files_that_exist() -> None:
    missing = [path for path in _annotated() if not (ROOT / path).exists()]
    assert not missing


def test_texts_and_statements_agree() -> None:
    stated = set(_annotated().values())
    for path in FILES:
        head = (ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines()[:_HEAD]
        stated |= set(_STATEMENT.findall("\n".join(head)))
    texts = {path.stem for path in (ROOT / "LICENSES").iterdir()}
    assert texts == stated
    assert load("galaxy.yml")["license"] == sorted(stated)


def test_licence_text_is_complete() -> None:
    text = read("LICENSE")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text
    assert len(text.splitlines()) > 600
    assert (ROOT / "LICENSES" / "GPL-3.0-or-later.txt").read_text(encoding="utf-8") == text
