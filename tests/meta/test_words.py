# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The project speaks of itself: no file names a place on somebody's machine or a host from which packages come."""

from __future__ import annotations

import re

import pytest
from repository import ROOT, tracked

# Written in pieces, so that this file may be looked at too.
FORBIDDEN = {
    "the home folder of a person": re.compile(r"(?<![\w.}$~])/(?:root|home/[a-z]\w*|Us" + r"ers/\w+)/"),
    "a working folder": re.compile(r"(?<![\w.}$~])/(?:wo" + r"rk|mnt|srv)/\w"),
    "a folder outside the clone": re.compile(r"\.\./sha" + r"red\b"),
    "a package registry": re.compile(
        "|".join(
            [
                "py" + r"pi\.org",
                "python" + r"hosted\.org",
                "galaxy" + r"\.ansible\.com",
                "npm" + r"js\.(?:org|com)",
                "proxy.go" + r"lang\.org",
                "crates" + r"\.io",
                "docker" + r"\.io",
                "quay" + r"\.io",
                "ghcr" + r"\.io",
            ]
        )
    ),
    "a key": re.compile("-----BEGIN [A-Z ]*PRI" + "VATE KEY-----"),
}
FILES = [path for path in tracked() if path.parts[0] not in ("LICENSE", "LICENSES")]


def complaints(text: str) -> list[str]:
    """What is wrong with a text, as "line: what"."""
    return [
        f"{number}: {what}: {line.strip()[:120]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]


def test_files_speak_of_the_project_alone() -> None:
    assert len(FILES) > 50
    found = [
        f"{path}:{line}"
        for path in FILES
        for line in complaints((ROOT / path).read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    ["see /ro" + "ot/notes.txt", 'PATH="/ho' + 'me/anna/bin"', "cd /wo" + "rk/main", "in ../sha" + "red/design.md",
     "https://py" + "pi.org/simple", "quay" + ".io/centos", "-----BEGIN PRI" + "VATE KEY-----"],
)  # fmt: skip
def test_a_fault_is_noticed(text: str) -> None:
    assert complaints(text)


@pytest.mark.parametrize("text", ["https://example.com/homepage/", "~/.cache/x", "{{ root }}/roles/", "tests/work/x"])
def test_other_text_is_left_alone(text: str) -> None:
    assert not complaints(text)
