# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks that are marked as runnable run in a copy of the clone, against the simulator, with the files of their text.

A block after ``<!-- test: run -->``, in reStructuredText ``.. test: run``, is executed. Console blocks run command by
command: each must succeed, one with ``--check`` must not write, and its output must have the lines in the text. The
files are the YAML blocks whose introduction names them. YAML blocks are tasks, plays, or variables of the role; all of
them share one start of ansible-playbook, each on a host with its own PBX. A second run of the block changes nothing,
because the state is already the desired one. With ``test: read`` a block must not write at all.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from blocks import Block, blocks, texts
from simulator import Simulator, assert_contract
from stories import search_path
from support.playbook import APPLICATION, ROOT, playbook_environment, run_playbook
from support.warm import bin_folder

_MARK = re.compile(r"(?:<!--|\.\.) test: (run|read)(?: -->)?")
DEMO = ROOT / "tests" / "demo"
_DEMO = """\
import sys
sys.path.insert(0, sys.argv[1])
import presenter, run
presenter.PROGRAM = sys.argv[2]
sys.exit(run.main())
"""
"""Runs the demo with another program for its playbooks."""


def mark(block: Block) -> str | None:
    """Return the mark in the line before a block: ``run``, ``read``, or None."""
    lines = block.path.read_text(encoding="utf-8").splitlines()
    place = block.line - 1
    before = next((line.strip() for line in reversed(lines[:place]) if line.strip()), "")
    found = _MARK.fullmatch(before)
    return found[1] if found else None


RUNNABLE = [block for path in texts() for block in blocks(path) if mark(block)]
_IDS = [block.where for block in RUNNABLE]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that Git knows."""
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
    """Write the files that the text of this block contains."""
    for other in blocks(block.path):
        if other.names_file:
            target = folder / other.names_file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(other.text, encoding="utf-8")
    return folder


def run_command(command: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one command in a shell."""
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
    """Yield the commands of a console block, each with the lines below it."""
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
    """Return plays unchanged, tasks as a play, and variables as a play that passes them to the role."""
    if not isinstance(document, list):
        role = {"role": "ringme.pbx.client", "vars": document}
        return [{"hosts": "all", "gather_facts": False, "roles": [role]}]
    if any("hosts" in entry for entry in document):
        return document
    return [{"hosts": "all", "gather_facts": False, "tasks": document}]


@dataclass(frozen=True)
class Ran:
    """The requests of a block at its simulator, and whether a part of it failed."""

    failed: bool
    writes: int
    sent: int
    output: str


def run_yaml(texts_and_simulators: Sequence[tuple[str, Simulator]], home: Path) -> list[Ran]:
    """Run YAML blocks in one start of ansible-playbook, each on a separate host with its own simulator."""
    plays = []
    before = []
    for number, (text, simulator) in enumerate(texts_and_simulators):
        env = {"RINGME_API_URL": simulator.url, **APPLICATION}
        plays += [
            {**play, "hosts": f"block{number}", "environment": [env, *play.get("environment", [])]}
            for play in as_plays(yaml.safe_load(text))
        ]
        before.append((len(simulator.writes()), len(simulator.requests())))
    hosts: dict[str, dict[str, Any]] = {f"block{number}": {} for number in range(len(before))}
    run = run_playbook(plays, simulator_url=None, inventory=hosts, home=home)
    found = []
    for number, (_text, simulator) in enumerate(texts_and_simulators):
        counts = run.stats.get(f"block{number}", {"ok": 0})
        failed = not counts["ok"] or bool(counts["failures"] or counts["unreachable"])
        writes, sent = before[number]
        found.append(Ran(failed, len(simulator.writes()) - writes, len(simulator.requests()) - sent, run.output))
    return found


def run_console(block: Block, folder: Path, simulator: Simulator, home: Path) -> Ran:
    """Run the commands of a block once. Raises AssertionError for a result that differs from the text."""
    writes, sent = len(simulator.writes()), len(simulator.requests())
    env = playbook_environment(home, simulator.url)
    env["PATH"] = search_path(env)
    for command, lines in shown_output(block):
        before = len(simulator.writes())
        done = run_command(command, folder, env)
        assert done.returncode == 0, f"{block.where}: {command}\n{done.stdout}\n{done.stderr}"
        assert [line for line in lines if line not in done.stdout] == [], f"{block.where}: {command}\n{done.stdout}"
        if "--check" in shlex.split(command):
            assert len(simulator.writes()) == before, f"{block.where}: {command} wrote in check mode"
    return Ran(False, len(simulator.writes()) - writes, len(simulator.requests()) - sent, "")


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Ran, Ran]]:
    """The results of the first and the second run of each YAML block, by place: two starts for all of them."""
    shown = [block for block in RUNNABLE if block.language in ("yaml", "yml")]
    home = tmp_path_factory.mktemp("home")
    with contextlib.ExitStack() as stack:
        simulators = [stack.enter_context(Simulator()) for _block in shown]
        runs = [run_yaml([*zip((block.text for block in shown), simulators, strict=True)], home) for _time in range(2)]
        for simulator in simulators:
            assert_contract(simulator)
    return {block.where: ran for block, *ran in zip(shown, *runs, strict=True)}


def test_something_is_run() -> None:
    guides = ROOT / "docs" / "docsite" / "rst"
    marked = {(block.path, mark(block)) for block in RUNNABLE}
    assert {(ROOT / "README.md", "run"), (guides / "guide_whole_clients.rst", "run")} <= marked
    assert {(guides / "guide_runs.rst", "read"), (guides / "guide_whole_clients.rst", "read")} <= marked


@pytest.mark.xdist_group("runnable")
@pytest.mark.parametrize("block", RUNNABLE, ids=_IDS)
def test_runnable_block(block: Block, request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> None:
    if block.language in ("yaml", "yml"):
        first, again = request.getfixturevalue("twice")[block.where]
    else:
        folder = with_files(block, request.getfixturevalue("clone"))
        first, again = (run_console(block, folder, simulator, tmp_path) for _time in range(2))
    assert not first.failed, first.output
    assert not again.failed, again.output
    assert first.sent > 0, "the block did not reach the simulator"
    if mark(block) == "read":
        assert first.writes == 0, "the block wrote: its text says that it only reads"
    else:
        assert first.writes > 0, "the block changed nothing: its text shows a change"
    assert again.writes == 0, "the second run of the block wrote"


def test_the_readme_shows_the_output_of_the_demo() -> None:
    """README leaves out lines, but every line that it has occurs in the output, in this order."""
    (extract,) = (block for block in blocks(ROOT / "README.md") if block.commands[:1] == ["make demo"])
    done = subprocess.run(
        [sys.executable, "-c", _DEMO, str(DEMO), str(bin_folder() / "ansible-playbook")],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    missing = out_of_order(extract.text.splitlines()[1:], done.stdout.splitlines())
    assert missing is None, f"not in the output, or not in this order: {missing}"


def out_of_order(shown: list[str], real: list[str]) -> str | None:
    """Return the first shown line that does not follow the others in the real ones."""
    rest = iter(line.rstrip() for line in real)
    return next((line for line in shown if line.strip() and line.rstrip() not in rest), None)


# --- the runner ---


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
def test_faults_are_found(text: str, complaint: str, simulator: Simulator, tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as failure:
        run_console(_block(text, tmp_path), tmp_path, simulator, tmp_path)
    assert complaint in str(failure.value)


def test_output_belongs_to_its_command(tmp_path: Path) -> None:
    shown = list(shown_output(_block("$ a\none\n\n...\n$ b\n$ c\n  two\n", tmp_path)))
    assert shown == [("a", ["one"]), ("b", []), ("c", ["two"])]


@pytest.mark.parametrize(
    ("shown", "missing"),
    [(["a", "", "c"], None), (["a", "d"], "d"), (["c", "a"], "a"), (["a", "a"], "a"), (["  b"], "  b")],
)
def test_extracts_are_compared_with_the_output(shown: list[str], missing: str | None) -> None:
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


def test_yaml_is_run(make_simulator: Any, tmp_path: Path) -> None:
    """Variables go to the role, tasks and plays run; a block that runs nothing or fails is reported."""
    task = "ringme.pbx.client_settings: {client_id: 801, timezone: UTC}"
    given = [
        "client_id: 801\nclient_settings: {timezone: UTC}\n",
        f"- {task}\n",
        f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {task}\n",
        "- hosts: all\n  gather_facts: false\n  tasks: []\n",
        f"- {task}\n- ansible.builtin.fail:\n",
    ]
    ran = run_yaml([(text, make_simulator()) for text in given], tmp_path)
    assert [(one.failed, one.writes, one.sent > 0) for one in ran] == [
        (False, 1, True),
        (False, 1, True),
        (False, 1, True),
        (True, 0, False),
        (True, 1, True),
    ]
