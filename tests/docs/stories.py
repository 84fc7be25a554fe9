# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stories: texts with files and commands that build on each other and start with an empty folder.

A text with ``.. test: story as APPLICATION`` is a story; in Markdown these lines are comments, ``<!-- test: ... -->``.
In the text after it:

* a block with a name (``:caption:`` in reStructuredText, a path in backticks and a colon before it in Markdown) is a
  file, which is written when the story reaches it;
* a console block after ``.. test: step`` is run: each command succeeds, and at least one write reaches the PBX. Words
  after a comma change this: ``read`` (no write), ``offline`` (no request), ``fails N`` (the last command exits with N);
* ``.. test: click {"do": ..., "args": [...], "values": {...}}`` is a change that a person makes in the web interface.

The text below a command must occur in its output, in this order. ``...`` marks omissions; line breaks do not count.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blocks import Block, blocks
from simulator import Simulator
from support.warm import bin_folder

_MARK = re.compile(r"(?:<!--|\.\.) test: (?P<text>.*?)(?: -->)?")
_STORY = re.compile(r"story as (?P<application>[a-z-]+)")
_STEP = re.compile(r"step(?P<words>(?:, (?:read|offline|fails \d+))*)")


@dataclass(frozen=True)
class Step:
    """Commands to run. ``status``: of the last one. ``writes``, ``sends``: whether the PBX gets writes, requests."""

    block: Block
    status: int
    writes: bool
    sends: bool


@dataclass(frozen=True)
class Click:
    """A change without the API: a method of the simulator's state, with its arguments."""

    do: str
    args: list[Any]
    values: dict[str, Any]


@dataclass(frozen=True)
class Story:
    """The events of a text, in order; a Block is a file to write. ``application``: of the simulator's seed."""

    path: Path
    application: str
    events: list[Step | Click | Block]


def story(path: Path) -> Story | None:
    """Return the story of a text, None if it has none. Raises ValueError for an unknown mark."""
    lines = path.read_text(encoding="utf-8").splitlines()
    marks = {number: found["text"] for number, line in enumerate(lines, 1) if (found := _MARK.fullmatch(line.strip()))}
    begins = {number: found for number, text in marks.items() if (found := _STORY.fullmatch(text))}
    if not begins:
        return None
    (first,) = begins
    events: dict[int, Step | Click | Block] = {}
    pending: int | None = None
    known = {block.line: block for block in blocks(path)}
    for number in range(first + 1, len(lines) + 1):
        if number in marks:
            text = marks[number]
            if text.startswith("click "):
                events[number] = Click(**json.loads(text.removeprefix("click ")))
            elif _STEP.fullmatch(text):
                pending = number
            elif text not in ("run", "read"):
                raise ValueError(f"{path}:{number}: unknown mark: {text}")
        elif number in known:
            block = known[number]
            if pending is not None:
                events[number] = _step(block, marks[pending])
                pending = None
            elif block.names_file:
                events[number] = block
    if pending is not None:
        raise ValueError(f"{path}:{pending}: no block follows")
    return Story(path, begins[first]["application"], list(events.values()))


def _step(block: Block, text: str) -> Step:
    words = text.split(", ")[1:]
    failing = [int(word.split()[1]) for word in words if word.startswith("fails ")]
    if block.language != "console" or not block.commands:
        raise ValueError(f"{block.where}: a step is a console block with commands")
    return Step(block, failing[0] if failing else 0, not {"read", "offline"} & {*words}, "offline" not in words)


def search_path(env: Mapping[str, str], *first: Path) -> str:
    """Return a PATH with the warm commands of Ansible first, followed by those of the tests' Python."""
    return os.pathsep.join([*map(str, (*first, bin_folder(), Path(sys.executable).parent)), env["PATH"]])


@dataclass
class StoryRunner:
    """Runs a story in ``folder``, with the environment ``env``; exported variables are set for later commands."""

    folder: Path
    env: dict[str, str]
    simulator: Simulator
    _exports: list[str] = field(default_factory=list)

    def run(self, events: list[Step | Click | Block]) -> None:
        """Run all events. Raises AssertionError for a result that differs from the text."""
        for event in events:
            if isinstance(event, Step):
                self._step(event)
            elif isinstance(event, Click):
                getattr(self.simulator.state, event.do)(*event.args, **event.values)
            else:
                self._write(event)

    def _write(self, block: Block) -> None:
        target = self.folder / str(block.names_file)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.text, encoding="utf-8")

    def _step(self, step: Step) -> None:
        requests, writes = len(self.simulator.requests(api_only=False)), len(self.simulator.writes())
        shown = list(shown_output(step.block))
        for index, (command, pieces) in enumerate(shown):
            before = len(self.simulator.writes())
            status, output = self._run(command)
            context = f"{step.block.where}: {command}\n{output}"
            wanted = step.status if index == len(shown) - 1 else 0
            assert status == wanted, f"exit status {status}, not {wanted}: {context}"
            missing = not_shown(pieces, output)
            assert missing is None, f"not in the output, or not in this order: {missing}\n{context}"
            if "--check" in command.split():
                assert len(self.simulator.writes()) == before, f"wrote in check mode: {context}"
        where = step.block.where
        if not step.sends:
            assert len(self.simulator.requests(api_only=False)) == requests, f"{where}: a request was sent"
        if step.writes:
            assert len(self.simulator.writes()) > writes, (
                f"{where}: nothing was written; should the step be marked read?"
            )
        else:
            assert len(self.simulator.writes()) == writes, f"{where}: something was written"

    def _run(self, command: str) -> tuple[int, str]:
        if command.startswith("export "):
            self._exports.append(command)
        env = {**self.env, "PATH": search_path(self.env)}
        if (self.folder / "ansible.cfg").exists():
            env.pop("ANSIBLE_CONFIG", None)  # the story has its own
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join([*self._exports, command])],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=300,
        )
        return done.returncode, done.stdout


def shown_output(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of a console block, each with the pieces of output below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        continued = re.match(r"(?:.*\\\n)*.*", part)
        command = continued[0] if continued else part
        rest = part[len(command) :]
        pieces = (" ".join(piece.split()) for piece in re.split(r"(?:^|(?<=\s))\.\.\.(?=\s|$)|\n[ ]*\n", rest))
        yield re.sub(r"\\\n\s*", "", command).strip(), [piece for piece in pieces if piece]


def not_shown(pieces: list[str], output: str) -> str | None:
    """Return the first piece that does not follow the others in the output; white space does not count."""
    rest = " ".join(output.split())
    for piece in pieces:
        _before, found, rest = rest.partition(piece)
        if not found:
            return piece
    return None
