# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stories of README and of the guides run from beginning to end, in an empty folder outside the clone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from blocks import Block, blocks, texts
from documents import PLAYBOOKS
from simulator import Simulator
from simulator.seed import read_seed
from stories import Click, Step, Story, StoryRunner, not_shown, shown_output, story
from support.playbook import ROOT, playbook_environment

STORIES = [found for found in map(story, texts()) if found]
GUIDES = ROOT / "docs" / "docsite" / "rst"


def _runner(folder: Path, simulator: Simulator, application: str) -> StoryRunner:
    """Prepare an empty folder, and the credentials of an application in the environment."""
    for name in ("home", "work"):
        (folder / name).mkdir()
    (known,) = (entry for entry in read_seed(None)["applications"] if entry["id"] == application)
    own = {"RINGME_APPLICATION_ID": known["id"], "RINGME_APPLICATION_SECRET": known["secret"]}
    return StoryRunner(folder / "work", playbook_environment(folder / "home", simulator.url, env=own), simulator)


@pytest.mark.parametrize("found", STORIES, ids=[found.path.name for found in STORIES])
def test_story(found: Story, simulator: Simulator, tmp_path: Path) -> None:
    _runner(tmp_path, simulator, found.application).run(found.events)


def _commands(found: Story) -> list[str]:
    return [
        command for event in found.events if isinstance(event, Step) for command, dummy in shown_output(event.block)
    ]


def test_the_stories_are_complete() -> None:
    """Every playbook runs by its name; every console block of a story with our commands is a step.

    Another test compares the output of the demo in README.
    """
    paths = {found.path for found in STORIES}
    assert {ROOT / "README.md", GUIDES / "guide_onboarding.rst", GUIDES / "guide_gitops.rst"} <= paths
    run = {
        name for found in STORIES for text in _commands(found) for name in re.findall(r"ringme\.pbx\.([a-z]+)", text)
    }
    assert set(PLAYBOOKS) <= run
    for found in STORIES:
        steps = {event.block.line for event in found.events if isinstance(event, Step)}
        ours = [
            block
            for block in blocks(found.path)
            if re.search(r"^\$ ansible-(playbook|inventory)", block.text, re.MULTILINE)
            and block.commands[0] != "make demo"
        ]
        assert [block.where for block in ours if block.line not in steps] == []


def test_workflows_run_what_the_story_runs() -> None:
    workflows = [
        (found, yaml.safe_load(event.text))
        for found in STORIES
        for event in found.events
        if isinstance(event, Block) and ".github/" in str(event.names_file)
    ]
    assert workflows
    for found, workflow in workflows:
        runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
        ours = [text for text in runs if text.startswith("ansible-playbook")]
        assert ours and set(ours) <= set(_commands(found))


# --- the runner ---

HEAD = "Text\n\n.. test: story as demo-application\n\n"


def _story(tmp_path: Path, text: str) -> Story:
    path = tmp_path / "text.rst"
    path.write_text(HEAD + text, encoding="utf-8")
    found = story(path)
    assert found is not None
    return found


def _console(mark: str, *lines: str) -> str:
    return f".. test: {mark}\n\n.. code-block:: console\n\n" + "".join(f"    {line}\n" for line in lines) + "\n"


def _file(name: str, text: str) -> str:
    return f".. code-block:: yaml\n   :caption: {name}\n\n   {text}\n\n"


def test_everything_happens_in_order(simulator: Simulator, tmp_path: Path) -> None:
    found = _story(
        tmp_path,
        _file("a/b.yml", "one: 1")
        + _console("step, offline", "$ export WORD=three", "$ cat a/b.yml; echo $WORD", "one: 1", "...", "three")
        + '.. test: click {"do": "set_client", "args": [801], "values": {"timezone": "UTC"}}\n\n'
        + _file("a/b.yml", "two: 2")
        + _console(
            "step, offline, fails 3", "$ echo $WORD \\", "    $PWD", "three", "$ grep two a/b.yml; exit 3", "two: 2"
        ),
    )
    assert [type(event) for event in found.events] == [Block, Step, Click, Block, Step]
    _runner(tmp_path, simulator, found.application).run(found.events)
    assert simulator.state.client(801).settings["timezone"] == "UTC"


FAULTS: list[tuple[str, list[str], str]] = [
    ("step, offline", ["$ false"], "exit status 1, not 0"),
    ("step, offline, fails 2", ["$ true"], "exit status 0, not 2"),
    ("step, offline, fails 2", ["$ exit 2", "$ exit 2"], "exit status 2, not 0"),
    ("step, offline", ["$ echo one two", "one  two", "...", "one"], "not in the output, or not in this order: one"),
    ("step, read", ["$ PUT"], "something was written"),
    ("step", ["$ GET"], "nothing was written"),
    ("step, offline", ["$ GET"], "a request was sent"),
    ("step", ["$ PUT --check"], "wrote in check mode"),
]


@pytest.mark.parametrize(("mark", "lines", "complaint"), FAULTS, ids=[complaint for *dummy, complaint in FAULTS])
def test_faults_are_found(mark: str, lines: list[str], complaint: str, make_simulator: Any, tmp_path: Path) -> None:
    simulator = make_simulator()
    simulator.contract_checked = False
    found = _story(tmp_path, _console(mark, *lines))
    runner = _runner(tmp_path, simulator, found.application)
    _senders(tmp_path / "bin", simulator.api_url)
    runner.env["PATH"] = f"{tmp_path / 'bin'}:{runner.env['PATH']}"
    with pytest.raises(AssertionError) as failure:
        runner.run(found.events)
    assert complaint in str(failure.value)


def _senders(folder: Path, url: str) -> None:
    """Create commands GET and PUT that send a request and ignore the response."""
    folder.mkdir()
    for method in ("GET", "PUT"):
        path = folder / method
        request = f"u.Request('{url}/client/801/client/', method='{method}')"
        code = f"import urllib.request as u, urllib.error as e\ntry:\n  u.urlopen({request})\n"
        code += "except e.HTTPError:\n  pass\n"
        path.write_text(f"#!/usr/bin/env python3\n{code}", encoding="utf-8")
        path.chmod(0o755)


@pytest.mark.parametrize(
    "text",
    [
        ".. test: stop\n",
        ".. test: step, reads\n",
        ".. test: step\n",
        ".. test: step\n\n.. code-block:: yaml\n\n   a: 1\n",
        ".. test: step\n\n.. code-block:: console\n\n   no command\n",
    ],
)
def test_unknown_marks_are_errors(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"text\.rst:"):
        _story(tmp_path, text)


def test_texts_without_the_mark_have_no_story(tmp_path: Path) -> None:
    path = tmp_path / "text.rst"
    path.write_text(_file("a.yml", "a: 1"), encoding="utf-8")
    assert story(path) is None


def test_markdown_can_have_a_story(tmp_path: Path) -> None:
    path = tmp_path / "text.md"
    path.write_text(
        "<!-- test: story as dealer-application -->\n\n`a.yml`:\n\n```yaml\na: 1\n```\n\n"
        "<!-- test: step, read -->\n```console\n$ true\n```\n",
        encoding="utf-8",
    )
    found = story(path)
    assert found is not None and found.application == "dealer-application"
    file, step = found.events
    assert isinstance(file, Block) and file.names_file == "a.yml"
    assert isinstance(step, Step) and (step.status, step.writes, step.sends) == (0, False, True)


@pytest.mark.parametrize(
    ("shown", "missing"),
    [(["a b", "d"], None), (["d", "a b"], "a b"), (["b c"], None), (["a c"], "a c"), (["a", "a"], "a")],
)
def test_pieces_come_in_order(shown: list[str], missing: str | None) -> None:
    assert not_shown(shown, "a\n  b\nc d") == missing


def test_pieces_of_output(tmp_path: Path) -> None:
    text = "$ a \\\n    -b\none\n two ...\n...\nthree\n\n... four\n$ c\n"
    block = Block(tmp_path / "text.md", 1, "console", text)
    assert list(shown_output(block)) == [("a -b", ["one two", "three", "four"]), ("c", [])]
