# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipelines of the guide to GitOps match their published schemas, and their commands run for all events."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from blocks import blocks
from recorded import DIFFERENT, Recording
from simulator import Simulator
from simulator.seed import read_seed
from stories import search_path
from support.playbook import ROOT, playbook_environment
from support.warm import bin_folder

FILES = {
    str(block.names_file): block.text
    for block in reversed(blocks(ROOT / "docs" / "docsite" / "rst" / "guide_gitops.rst"))
    if block.names_file
}
"""The first version of each file in the guide."""
PIPELINES = {"github-workflows": ".github/workflows/clients.yml", "gitlab-ci": ".gitlab-ci.yml"}
FAKE = (
    '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\ncase "$*" in *@plan/drift.md*) cat plan/drift.md >> "$CALLS";; '
    '*per_page*) echo "[]";; esac\n'
)


@pytest.mark.parametrize("schema", PIPELINES)
def test_pipelines_fit_their_schemas(schema: str, tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yml"
    path.write_text(FILES[PIPELINES[schema]], encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


class Platform:
    """Runs the jobs of a pipeline, each in a fresh clone; the platform keeps ``reports`` between them.

    Runs of ansible-playbook are recorded for the first platform. The jobs of another one must run the same commands in
    the same situations, and replay the recording.
    """

    def __init__(self, kind: str, folder: Path, simulator: Simulator, recording: Recording) -> None:
        self.recording = recording
        self._counted = 0
        self.github = kind == "github-workflows"
        self.folder, self.simulator = folder, simulator
        self.jobs: dict[str, Any] = yaml.safe_load(FILES[PIPELINES[kind]])
        self.common = {} if self.github else self.jobs.pop("default")
        self.variables: dict[str, str] = self.jobs.pop("env" if self.github else "variables")
        self.jobs = self.jobs["jobs"] if self.github else {k: v for k, v in self.jobs.items() if k != "stages"}
        (self.secrets,) = (e for e in read_seed(None)["applications"] if e["id"] == "dealer-application")
        self.calls = folder / "calls"
        self.work, self.reports = folder / "work", folder / "kept"
        (folder / "bin").mkdir()
        (folder / "home").mkdir()
        for name in ("pip", "ansible-galaxy", "gh", "curl"):
            (folder / "bin" / name).write_text(FAKE, encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)
        recording.install(folder / "bin", bin_folder() / "ansible-playbook")
        for name, text in FILES.items():
            self.write(name, text)
        self.git("init", "-q", "-b", "main")

    def git(self, *args: str) -> None:
        """Run Git in the repository."""
        who = ("-c", "user.name=Anna", "-c", "user.email=anna@example.com")
        subprocess.run(["git", *who, *args], cwd=self.work, check=True, capture_output=True)

    def write(self, name: str, text: str) -> None:
        """Write a file of the repository."""
        (self.work / name).parent.mkdir(parents=True, exist_ok=True)
        (self.work / name).write_text(text, encoding="utf-8")

    def run(self, event: str) -> dict[str, tuple[int, int, str]]:
        """Commit, run the jobs of the event, return status, number of writes and output of each."""
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", "Change")
        self.calls.write_text("", encoding="utf-8")
        done: dict[str, tuple[int, int, str]] = {}
        for name, job in self.jobs.items():
            if self._wanted(job, event) and not any(result[0] for result in done.values()):
                status, output = self._job(name, job)
                done[name] = (status, self._writes(), output)
        return done

    def _writes(self) -> int:
        """Return the number of writes of a job; record it with its last command, or take it from the recording."""
        self.recording = Recording.read(self.recording.path)
        fresh = self.recording.done[self._counted :]
        if self.recording.next is None and fresh:
            fresh[-1].writes = len(self.simulator.writes()) - sum(command.writes for command in self.recording.commands)
            self.recording.write()
        self._counted += len(fresh)
        return sum(command.writes for command in fresh)

    def _wanted(self, job: dict[str, Any], event: str) -> bool:
        values = {
            "github.event.pull_request.head.repo.full_name": "x", "github.event_name": event, "github.repository": "x",
            "$CI_PIPELINE_SOURCE": {"pull_request": "merge_request_event"}.get(event, event),
            "$CI_COMMIT_BRANCH": "main", "$CI_DEFAULT_BRANCH": "main",
            "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1", "$CI_MERGE_REQUEST_PROJECT_ID": "1",
        }  # fmt: skip
        rules = [job["if"]] if self.github else [rule["if"] for rule in job["rules"]]
        return any(
            all(
                (values.get(left, left.strip("\"'")) == values.get(right, right.strip("\"'"))) == (sign == "==")
                for left, sign, right in re.findall(r"(\S+) (==|!=) (\S+)", rule)
            )
            for rule in rules
        )

    def _job(self, name: str, job: dict[str, Any]) -> tuple[int, str]:
        clone = self.folder / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        subprocess.run(["git", "clone", "-q", str(self.work), str(clone)], check=True)
        uses = [str(step.get("uses")) for step in job.get("steps", ())]
        cached = "cache" in job or any(use.startswith("actions/cache") for use in uses)
        if cached and self.reports.exists():
            shutil.copytree(self.reports, clone / "reports")
        status, outputs = 0, []
        for script, env, always in self._scripts(job):
            if status and not always:
                continue
            rc, output = self._bash(script, clone, env)
            outputs.append(output)
            status = status or rc
        saved = job["cache"].get("when") == "always" if "cache" in job else "actions/cache/save@v4" in uses
        if cached and saved and (clone / "reports").exists():
            shutil.copytree(clone / "reports", self.reports, dirs_exist_ok=True)
        return status, f"{name}\n" + "".join(outputs)

    def _scripts(self, job: dict[str, Any]) -> list[tuple[str, dict[str, str], bool]]:
        if self.github:
            steps = [step for step in job["steps"] if "run" in step]
            env = {**self.variables, **job.get("env", {})}
            return [(s["run"], {**env, **s.get("env", {})}, s.get("if") == "always()") for s in steps]
        env = {**self.variables, **job.get("variables", {}), "RINGME_API_URL": "vars.RINGME_API_URL"}
        if str(job.get("environment", {}).get("name")).startswith("pbx/"):
            env |= {
                "RINGME_APPLICATION_ID": "vars.RINGME_APPLICATION_ID",
                "RINGME_APPLICATION_SECRET": "secrets.RINGME",
            }
        parts = [(self.common["before_script"] + job["script"], False), (job.get("after_script", ["true"]), True)]
        return [("\n".join(lines), env, always) for lines, always in parts]

    def _bash(self, script: str, clone: Path, env: dict[str, str]) -> tuple[int, str]:
        given = {
            name: self.secrets["secret"] if "secrets." in value else self.secrets["id"] if "vars." in value else value
            for name, value in env.items()
        }
        given = {name: value.replace("$CI_PROJECT_DIR", str(clone)) for name, value in given.items()}
        given |= {name: self.simulator.url for name, value in env.items() if "vars.RINGME_API_URL" in value}
        base = playbook_environment(self.folder / "home", self.simulator.url)
        for name in ("ANSIBLE_CONFIG", "RINGME_API_URL", "RINGME_APPLICATION_ID", "RINGME_APPLICATION_SECRET"):
            base.pop(name)
        path = search_path(base, self.folder / "bin")
        env = {**base, "CALLS": str(self.calls), "GITHUB_REPOSITORY": "x/y", "NOTE_TOKEN": "t", **given, "PATH": path}
        for name in ("CI_API_V4_URL", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID"):
            env.setdefault(name, "1")
        command = ["bash", "-eo", "pipefail", "-c", script]
        done = subprocess.run(
            command, cwd=clone, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr


def _expect(done: dict[str, tuple[int, int, str]], wanted: dict[str, tuple[int, int]]) -> None:
    """Compare the status and the number of writes of each job; an AssertionError shows the output of the jobs."""
    ended = {name: (status, writes) for name, (status, writes, _output) in done.items()}
    assert ended == wanted, "\n".join(output for _status, _writes, output in done.values())


def test_pipelines_do_what_the_guide_says(simulator: Simulator, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "recording")
    for kind in PIPELINES:
        recording.write()
        (tmp_path / kind).mkdir()
        _follow(Platform(kind, tmp_path / kind, simulator, recording), simulator)
        recording = Recording.read(recording.path)
        recording.next = 0
    assert len(recording.commands) >= 15


def _follow(platform: Platform, simulator: Simulator) -> None:
    """Run the events of the guide, from the first pull request to a broken file."""
    done = platform.run("pull_request")
    _expect(done, {"validate": (0, 0), "plan": (0, 0)})
    calls = platform.calls.read_text(encoding="utf-8")
    assert "<!-- ringme-report -->" in calls and "bundle 402" in calls and "ansible-galaxy collection install" in calls
    _expect(platform.run("push"), {"validate": (0, 0), "apply": (0, 3)})
    _expect(platform.run("push"), {"validate": (0, 0), "apply": (0, 0)})
    _expect(platform.run("schedule"), {"drift": (0, 0)})
    simulator.state.set_client(801, geo_list="*")
    done = platform.run("schedule")
    _expect(done, {"drift": (2, 0)})
    assert "drift (exit code 2): romashka" in done["drift"][2]
    assert "out_of_band" in (platform.reports / "drift.xml").read_text(encoding="utf-8")
    first = re.findall(r'"first_seen": *"([^"]+)', (platform.reports / "drift.json").read_text(encoding="utf-8"))
    platform.run("schedule")
    again = re.findall(r'"first_seen": *"([^"]+)', (platform.reports / "drift.json").read_text(encoding="utf-8"))
    assert first and set(first) == set(again)
    platform.write("clients/vasilek.yml", "client_id: 802\nclient_settings: {timezone: Asia/Omsk}\n")
    _expect(platform.run("pull_request"), {"validate": (0, 0), "plan": (0, 0)})
    comments = platform.calls.read_text(encoding="utf-8")
    assert re.search(r"^.*timezone.*Asia/Omsk.*pending", comments, re.MULTILINE)
    assert re.search(r"^.*geo_list.*out of band", comments, re.MULTILINE)
    platform.write("clients/romashka.yml", "client_id: 8 0\n")
    _expect(platform.run("push"), {"validate": (2, 0)})
    assert platform.recording.next in (None, len(platform.recording.commands)), "a command was left out"


# --- the recording ---


def _recorded(folder: Path, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    (folder / "work").mkdir(exist_ok=True)
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    command = ["ansible-playbook", *argv]
    return subprocess.run(
        command, cwd=folder / "work", env={**path, **env}, capture_output=True, text=True, check=False
    )


def test_a_recording_replays_the_same_command_only(tmp_path: Path) -> None:
    program = tmp_path / "real" / "ansible-playbook"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "ran $RINGME_X $*"; date +%N > made; rm -f gone; exit 3\n', encoding="utf-8")
    program.chmod(0o755)
    recording = Recording(tmp_path / "recording")
    recording.write()
    recording.install(tmp_path, program)
    (tmp_path / "work").mkdir()
    given, made = tmp_path / "work" / "gone", tmp_path / "work" / "made"

    def again(*argv: str, text: str = "a", **env: str) -> tuple[int, str]:
        recording = Recording.read(tmp_path / "recording")
        recording.next = 0
        recording.write()
        given.write_text(text, encoding="utf-8")
        made.unlink(missing_ok=True)
        done = _recorded(tmp_path, *argv, **env)
        return done.returncode, done.stdout

    given.write_text("a", encoding="utf-8")
    first = _recorded(tmp_path, "-x", RINGME_X="1", OTHER="1")
    assert (first.returncode, first.stdout) == (3, "ran 1 -x\n")
    kept = made.read_text(encoding="utf-8")
    more = {"RINGME_APPLICATION_ID": "x", "OTHER": "2"}
    assert again("-x", RINGME_X="1", **more) == (3, "ran 1 -x\n")
    assert made.read_text(encoding="utf-8") == kept and not given.exists()
    assert Recording.read(tmp_path / "recording").next == 1
    for different in (again("-y", RINGME_X="1"), again("-x"), again("-x", RINGME_X="1", text="b")):
        assert different[0] == DIFFERENT and "not the recorded command" in different[1]
    assert again("-x", RINGME_X="1", ANSIBLE_FORKS="9")[0] == DIFFERENT
    assert again("-x", RINGME_X="1")[0] == 3
    assert _recorded(tmp_path, "-x", RINGME_X="1").returncode == DIFFERENT
