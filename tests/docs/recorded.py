# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command that runs once and is recorded; the same command in the same situation replays the recording.

The situation is everything that the command can see: its arguments, the settings of the collection and of Ansible in
the environment, and every file of the working folder. A command that differs in any of them from the recorded one fails
and names the difference. Installed as ``ansible-playbook``, this file is such a command.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

DIFFERENT = 99
"""The exit status of a command that differs from the recorded one."""
CREDENTIALS = {"RINGME_APPLICATION_ID", "RINGME_APPLICATION_SECRET"}
_STATE = "RECORDED_COMMANDS"
_REAL = "RECORDED_PROGRAM"


@dataclass
class Command:
    """A command with its situation and its results; the caller sets ``writes``."""

    argv: list[str]
    env: dict[str, str]
    before: dict[str, str]
    after: dict[str, str] = field(default_factory=dict)
    status: int = 0
    output: str = ""
    writes: int = 0


@dataclass
class Recording:
    """Recorded commands in their order, in a file; ``next``: the index of the expected one, not set while recording."""

    path: Path
    commands: list[Command] = field(default_factory=list)
    next: int | None = None

    @classmethod
    def read(cls, path: Path) -> Recording:
        """Return the content of the file."""
        state = json.loads(path.read_text(encoding="utf-8"))
        return cls(path, [Command(**command) for command in state["commands"]], state["next"])

    def write(self) -> None:
        """Write it to its file."""
        state = {"commands": [asdict(command) for command in self.commands], "next": self.next}
        self.path.write_text(json.dumps(state), encoding="utf-8")

    @property
    def done(self) -> list[Command]:
        """The commands that ran so far, recorded or replayed."""
        return self.commands if self.next is None else self.commands[: self.next]

    def install(self, folder: Path, program: Path) -> None:
        """Install a command ``ansible-playbook`` in a folder; ``program`` is the real one."""
        path = folder / program.name
        path.write_text(
            f"#!/bin/sh\n{_STATE}='{self.path}' {_REAL}='{program}' exec '{sys.executable}' -I '{__file__}' \"$@\"\n",
            encoding="utf-8",
        )
        path.chmod(0o755)


def differences(recorded: Command, found: Command) -> list[str]:
    """Return how a command differs from the recorded one; additional credentials are no difference."""
    texts = []
    if recorded.argv != found.argv:
        texts.append(f"arguments {found.argv}, recorded {recorded.argv}")
    for what, one, other in (("variable", recorded.env, found.env), ("file", recorded.before, found.before)):
        texts += [
            f"{what} {name} is {_shown(other.get(name))}, recorded {_shown(one.get(name))}"
            for name in sorted(one.keys() | other.keys())
            if one.get(name) != other.get(name) and (name in one or name not in CREDENTIALS)
        ]
    return texts


def _shown(value: str | None) -> str:
    return "missing" if value is None else repr(value[:200])


def _situation(argv: list[str]) -> Command:
    """Return the command that is about to run, without the name of a settings file that Ansible finds anyway."""
    env = {name: value for name, value in os.environ.items() if name.startswith(("RINGME_", "ANSIBLE_"))}
    if env.get("ANSIBLE_CONFIG") == str(Path("ansible.cfg").resolve()) and Path("ansible.cfg").exists():
        del env["ANSIBLE_CONFIG"]
    return Command(argv, env, _files())


def _files() -> dict[str, str]:
    return {
        str(path): path.read_text(encoding="utf-8")
        for path in sorted(Path().rglob("*"))
        if path.is_file() and path.parts[0] != ".git"
    }


def _record(recording: Recording, command: Command) -> int:
    done = subprocess.run(
        [os.environ.pop(_REAL), *command.argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    command.status, command.output, command.after = done.returncode, done.stdout, _files()
    recording.commands.append(command)
    recording.write()
    sys.stdout.write(done.stdout)
    return done.returncode


def _answer(recording: Recording, found: Command) -> int:
    place = recording.next or 0
    if place >= len(recording.commands):
        print(f"{found.argv} is one command more than there were")
        return DIFFERENT
    recorded = recording.commands[place]
    if problems := differences(recorded, found):
        print("not the recorded command:", *problems, sep="\n  ")
        return DIFFERENT
    for name, text in recorded.after.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    for name in found.before.keys() - recorded.after.keys():
        Path(name).unlink()
    recording.next = place + 1
    recording.write()
    sys.stdout.write(recorded.output)
    return recorded.status


def main() -> int:
    """Run the command and record it, or replay the recording."""
    recording = Recording.read(Path(os.environ.pop(_STATE)))
    command = _situation(sys.argv[1:])
    return _record(recording, command) if recording.next is None else _answer(recording, command)


if __name__ == "__main__":
    sys.exit(main())
