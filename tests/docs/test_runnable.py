# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the texts mark as runnable is run: in a copy of the clone, against the simulator, with the files that they show.

A block that follows ``<!-- test: run -->``, in reStructuredText ``.. test: run``, is executed. Console blocks run command by
command: each has to succeed, what has ``--check`` in it writes nothing, and shown lines of output have to come. The files
are the YAML blocks whose introduction names them. YAML blocks are tasks, plays, or variables of the role. Run once more,
the block changes nothing: the state that it sets is what it finds. With ``test: read`` it writes nothing at all.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from blocks import Block, blocks, texts
from simulator import Simulator

from support.playbook import ROOT, playbook_environment, run_playbook

_MARK = re.compile(r"(?:<!--|\.\.) test: (run|read)(?: -->)?")
DEMO = ROOT / "tests" / "demo" / "run.py"


def mark(block: Block) -> str | None:
    """Return what the line before a block says about it: ``run``, ``read``, or nothing."""
    lines = block.path.read_text(encoding="utf-8").splitlines()
    place = block.line - 1
    before = next((line.strip() for line in reversed(lines[:place]) if line.strip()), "")
    found = _MARK.fullmatch(before)
    return found[1] if found else None


RUNNABLE = [block for path in texts() for block in blocks(path) if mark(block)]
_IDS = [block.where for block in RUNNABLE]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what belongs to the clone, without what the commands have made in it."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def with_files(block: Block, folder: Path) -> Path:
    """Write the files that the text of this block shows."""
    for other in blocks(block.path):
        if other.names_file:
            target = folder / other.names_file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(other.text, encoding="utf-8")
    return folder


def run_command(command: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one command as a shell would."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def shown_output(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of a console block with the lines that are shown below each."""
    command = ""
    lines: list[str] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, lines
            command, lines = line[2:], []
        elif line.strip() and line.strip() != "...":
            lines.append(line.strip())
    if command:
        yield command, lines


def as_plays(document: Any) -> list[dict[str, Any]]:
    """Return tasks and plays as they are, and variables as a play that hands them to the role."""
    if isinstance(document, list):
        return document
    role = {"role": "ringme.pbx.client", "vars": document}
    return [{"hosts": "all", "gather_facts": False, "roles": [role]}]


def run_block(block: Block, folder: Path, simulator: Simulator, home: Path) -> int:
    """Run a block once; returns how many writes were sent."""
    simulator.clear_journal()
    if block.language in ("yaml", "yml"):
        run_playbook(as_plays(yaml.safe_load(block.text)), simulator_url=simulator.url, home=home).check()
        return len(simulator.writes())
    env = playbook_environment(home, simulator.url)
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
    for command, lines in shown_output(block):
        before = len(simulator.writes())
        done = run_command(command, folder, env)
        assert done.returncode == 0, f"{block.where}: {command}\n{done.stdout}\n{done.stderr}"
        assert [line for line in lines if line not in done.stdout] == [], f"{block.where}: {command}\n{done.stdout}"
        if "--check" in shlex.split(command):
            assert len(simulator.writes()) == before, f"{block.where}: {command} wrote in check mode"
    return len(simulator.writes())


def test_something_is_run() -> None:
    guides = ROOT / "docs" / "docsite" / "rst"
    marked = {(block.path, mark(block)) for block in RUNNABLE}
    assert {(ROOT / "README.md", "run"), (guides / "guide_whole_clients.rst", "run")} <= marked
    assert {(guides / "guide_runs.rst", "read"), (guides / "guide_whole_clients.rst", "read")} <= marked


@pytest.mark.parametrize("block", RUNNABLE, ids=_IDS)
def test_runnable_block(block: Block, clone: Path, simulator: Simulator, tmp_path: Path) -> None:
    folder = with_files(block, clone)
    home = tmp_path / "home"
    home.mkdir()
    first = run_block(block, folder, simulator, home)
    sent = len(simulator.requests())
    again = run_block(block, folder, simulator, home)
    assert sent > 0, "the block did not reach the simulator"
    if mark(block) == "read":
        assert first == 0, "the block wrote: its text says that it only reads"
    else:
        assert first > 0, "the block changed nothing: its text shows a change"
    assert again == 0, "the second run of the block wrote"


def test_the_readme_shows_the_demo_as_it_is() -> None:
    """The extract has gaps, but every line of it comes from a run, and in this order."""
    (extract,) = (block for block in blocks(ROOT / "README.md") if block.commands[:1] == ["make demo"])
    done = subprocess.run(
        [sys.executable, str(DEMO)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    missing = out_of_order(extract.text.splitlines()[1:], done.stdout.splitlines())
    assert missing is None, f"not in the output, or not there: {missing}"


def out_of_order(shown: list[str], real: list[str]) -> str | None:
    """Return the first shown line that does not come, after those before it, among the real ones."""
    rest = iter(line.rstrip() for line in real)
    return next((line for line in shown if line.strip() and line.rstrip() not in rest), None)


# --- the runner itself ---


def _block(text: str, folder: Path, language: str = "console") -> Block:
    return Block(folder / "text.md", 1, language, text, run=True)


READ = "ansible localhost -m ringme.pbx.client_info -a client_id=801"
WRITE = "ansible localhost -m ringme.pbx.client_settings -a 'client_id=801 timezone=UTC'"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("$ false\n", "false"),
        ("$ nonsense-command\n", "nonsense-command"),
        (f"$ {READ}\nno such line\n", "no such line"),
        (f"$ {WRITE}; true --check\n", "wrote in check mode"),
    ],
)
def test_faults_are_noticed(text: str, complaint: str, simulator: Simulator, tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as failure:
        run_block(_block(text, tmp_path), tmp_path, simulator, tmp_path)
    assert complaint in str(failure.value)


def test_output_belongs_to_its_command(tmp_path: Path) -> None:
    shown = list(shown_output(_block("$ a\none\n\n...\n$ b\n$ c\n  two\n", tmp_path)))
    assert shown == [("a", ["one"]), ("b", []), ("c", ["two"])]


@pytest.mark.parametrize(
    ("shown", "missing"),
    [(["a", "", "c"], None), (["a", "d"], "d"), (["c", "a"], "a"), (["a", "a"], "a"), (["  b"], "  b")],
)
def test_extracts_are_held_against_the_output(shown: list[str], missing: str | None) -> None:
    assert out_of_order(shown, ["a", "b  ", "c"]) == missing


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.md", "<!-- test: run -->\n```yaml\na: 1\n```\n", "run"),
        ("a.md", "<!-- test: read -->\n\n```yaml\na: 1\n```\n", "read"),
        ("a.md", "Text\n```yaml\na: 1\n```\n", None),
        ("a.rst", "Text:\n\n.. test: read\n\n.. code-block:: yaml\n\n   a: 1\n", "read"),
        ("a.rst", ".. test: run\n\nText:\n\n.. code-block:: yaml\n\n   a: 1\n", None),
    ],
)
def test_marks_are_found(name: str, text: str, found: str | None, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    (block,) = blocks(path)
    assert mark(block) == found


def test_variables_are_handed_to_the_role(simulator: Simulator, tmp_path: Path) -> None:
    text = "client_id: 801\nclient_settings: {timezone: UTC}\n"
    assert run_block(_block(text, tmp_path, "yaml"), tmp_path, simulator, tmp_path) == 1


def test_playbooks_are_run(simulator: Simulator, tmp_path: Path) -> None:
    text = "- ringme.pbx.client_settings:\n    client_id: 801\n    timezone: UTC\n"
    assert run_block(_block(text, tmp_path, "yaml"), tmp_path, simulator, tmp_path) == 1
