# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the snippets in Markdown and reStructuredText files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from support.playbook import ROOT

RUN_MARK = "<!-- test: run -->"

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<language>[^`\s]*)")
_NAMED_FILE = re.compile(r"`(?P<path>[\w./-]+\.ya?ml)`:$")
_CAPTION = re.compile(r"^\s+:caption: (?P<path>[\w./-]+)$")
_DIRECTIVE = re.compile(r"^(?P<indent> *)\.\. code-block:: *(?P<language>\S+)")


@dataclass(frozen=True)
class Block:
    """A snippet. ``run``: whether it is executed; ``names_file``: the path in its caption or in the text before."""

    path: Path
    line: int
    language: str
    text: str
    run: bool = False
    names_file: str | None = None

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The commands of a console block, without their prompts."""
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]


def texts() -> list[Path]:
    """Return the texts for users, and the README of the simulator."""
    found = {*ROOT.glob("*.md"), *ROOT.glob("roles/*/README.md"), *ROOT.glob("tests/simulator/README.md")}
    found |= {
        path
        for folder in ("docs", "playbooks")
        for kind in ("md", "rst")
        for path in (ROOT / folder).rglob(f"*.{kind}")
    }
    return sorted(found)


def blocks(path: Path) -> list[Block]:
    """Return the snippets of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return _rst_blocks(path, lines) if path.suffix == ".rst" else _markdown_blocks(path, lines)


def _markdown_blocks(path: Path, lines: list[str]) -> list[Block]:
    found = []
    index = 0
    while index < len(lines):
        opening = _FENCE.match(lines[index])
        if not opening:
            index += 1
            continue
        start = index
        index += 1
        while index < len(lines) and not lines[index].strip().startswith(opening["fence"]):
            index += 1
        inner = [line.removeprefix(opening["indent"]) for line in lines[start + 1 : index]]
        before = next((line.strip() for line in reversed(lines[:start]) if line.strip()), "")
        named = _NAMED_FILE.search(before)
        found.append(
            Block(
                path,
                start + 1,
                opening["language"].lower(),
                "\n".join(inner) + "\n",
                run=before == RUN_MARK,
                names_file=named["path"] if named else None,
            )
        )
        index += 1
    return found


def _rst_blocks(path: Path, lines: list[str]) -> list[Block]:
    found = []
    for start, line in enumerate(lines):
        opening = _DIRECTIVE.match(line)
        if not opening:
            continue
        depth = len(opening["indent"])
        inner = []
        for text in lines[start + 1 :]:
            if text.strip() and len(text) - len(text.lstrip()) <= depth:
                break
            inner.append(text)
        body = [text for text in inner if not text.strip().startswith(":")]
        captions = [named["path"] for text in inner if (named := _CAPTION.match(text))]
        widths = [len(text) - len(text.lstrip()) for text in body if text.strip()]
        found.append(
            Block(
                path,
                start + 1,
                opening["language"].split("+")[0].lower(),
                "\n".join(text[min(widths, default=0) :] for text in body).strip("\n") + "\n",
                names_file=captions[0] if captions else None,
            )
        )
    return found
