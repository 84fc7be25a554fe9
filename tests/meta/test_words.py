# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The project speaks of itself alone, in plain words.

No file names a folder of a person's machine or a host of packages, and none uses a phrase of ``phrases.txt``. Single
words are in ``words.txt``, which ``make lint`` checks with codespell.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
import tomllib
from repository import ROOT, read, tracked

# Written in pieces, so that this file passes the test.
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
# One phrase per line, "regular expression -> replacement". A blank stands for any white space, also in a comment.
PHRASES = {
    re.compile(r"\b" + pattern.replace(" ", r"(?:\s|#)+"), re.IGNORECASE): better
    for pattern, better in (line.split(" -> ") for line in read("tests/meta/phrases.txt").splitlines())
}


def _skipped(path: Path) -> bool:
    """Whether codespell skips a file; the phrases have the same exceptions."""
    patterns = tomllib.loads(read("pyproject.toml"))["tool"]["codespell"]["skip"].split(",")
    return any(fnmatch(f"./{place}", pattern.strip()) for place in (path, *path.parents) for pattern in patterns)


def phrases(text: str) -> list[str]:
    """The phrases in a text that have a plainer form, as "line: phrase -> replacement"."""
    return [
        f"{text.count(chr(10), 0, found.start()) + 1}: {' '.join(found[0].split())} -> {better}"
        for pattern, better in PHRASES.items()
        for found in pattern.finditer(text)
    ]


def complaints(text: str) -> list[str]:
    """The forbidden names in a text, as "line: what: text"."""
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


def test_texts_are_in_plain_words() -> None:
    checked = [path for path in FILES if not _skipped(path)]
    assert len(checked) > 500
    found = [
        f"{path}:{line}"
        for path in checked
        for line in phrases((ROOT / path).read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "x is" + " no number",
        "it hol" + "ds each value against a list",
        "Ho" + "ld all the values of a file against it",
        "# Car" + "ries\n# out",
        "put" + " it back",
        "nothing is as" + "ked of the API",
        "run it if that is me" + "ant",
    ],
)
def test_a_phrase_is_found(text: str) -> None:
    assert phrases(text)


@pytest.mark.parametrize("text", ["there is no file", "it is no longer there", "it withstands"])
def test_plain_words_pass(text: str) -> None:
    assert not phrases(text)


@pytest.mark.parametrize(
    "text",
    ["see /ro" + "ot/notes.txt", 'PATH="/ho' + 'me/anna/bin"', "cd /wo" + "rk/main", "in ../sha" + "red/design.md",
     "https://py" + "pi.org/simple", "quay" + ".io/centos", "-----BEGIN PRI" + "VATE KEY-----"],
)  # fmt: skip
def test_a_forbidden_name_is_found(text: str) -> None:
    assert complaints(text)


@pytest.mark.parametrize("text", ["https://example.com/homepage/", "~/.cache/x", "{{ root }}/roles/", "tests/work/x"])
def test_other_text_passes(text: str) -> None:
    assert not complaints(text)
