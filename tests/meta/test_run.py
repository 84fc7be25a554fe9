# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The test run itself: it counts right, it goes on after failures, and what ran nothing has failed."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from repository import read

from run import ansible_test, cli, cores, counts, parts
from run.console import Console
from run.model import Count, Finished, Notice, Part, PartError, Step, Steps, Tally, none, one
from run.runner import Outcome, Runner

PYTHON = sys.executable


def command(name: str, code: str, count: Count = one, timeout: float = 30.0, report: Path | None = None) -> Step:
    """A step that runs some Python."""
    return Step(name, (PYTHON, "-c", code), count, env=dict(os.environ), timeout=timeout, report=report)


def part(name: str, *steps: Step | Notice, after: tuple[str, ...] = (), needs: tuple[str, ...] = ()) -> Part:
    """A part of fixed steps."""

    def build() -> Steps:
        yield from steps

    return Part(name, f"about {name}", build, after=after, needs=needs)


def run(tmp_path: Path, *chosen: Part, jobs: int = 2) -> tuple[dict[str, Outcome], int, str]:
    """Run parts; returns their outcomes, the exit status and what was printed."""
    stream = io.StringIO()
    console = Console(list(chosen), stream)
    outcomes: dict[str, Outcome] = {}

    def finished(outcome: Outcome) -> None:
        outcomes[outcome.part.name] = outcome
        console.finished(outcome)

    Runner(list(chosen), jobs, tmp_path).run(console.started, finished)
    return outcomes, console.summary(1.0), stream.getvalue()


def test_results_are_summed_up_in_the_last_line(tmp_path: Path) -> None:
    dummy, status, text = run(
        tmp_path, part("a", command("x", "pass"), command("y", "pass")), part("b", command("z", "pass"))
    )
    assert status == 0
    assert text.splitlines()[-1] == "3 passed, 0 failed"
    assert len([line for line in text.splitlines() if "passed, 0 failed" in line]) == 1


def test_a_failure_shows_its_output_and_the_rest_still_runs(tmp_path: Path) -> None:
    bad = part("bad", command("says why", "print('because of this'); raise SystemExit(3)"), command("next", "pass"))
    outcomes, status, text = run(tmp_path, bad, part("good", command("x", "pass")))
    assert status == 1
    assert outcomes["bad"].tally == Tally(passed=1, failed=1)
    assert outcomes["bad"].failed_steps == ["says why"]
    assert outcomes["good"].ok
    assert "because of this" in text
    assert text.splitlines()[-1] == "2 passed, 1 failed"


def test_a_part_that_ran_nothing_has_failed(tmp_path: Path) -> None:
    outcomes, status, text = run(tmp_path, part("empty"), part("prepared", command("only prepares", "pass", none)))
    assert status == 1
    assert outcomes["empty"].failed_steps == outcomes["prepared"].failed_steps == ["nothing was run"]
    assert text.splitlines()[-1] == "0 passed, 2 failed"


def test_a_part_that_cannot_run_here_says_so_and_is_no_success(tmp_path: Path) -> None:
    outcomes, status, text = run(
        tmp_path, part("old", Notice("no Python 3.7 here")), part("good", command("x", "pass"))
    )
    assert outcomes["old"].ok
    assert status == 0
    assert text.count("no Python 3.7 here") == 2
    assert text.splitlines()[-1] == "1 passed, 0 failed"
    assert run(tmp_path, part("old", Notice("no Python 3.7 here")))[1] == 1


def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    child = f"import subprocess as s; c = s.Popen(['sleep', '60']); open({str(pid)!r}, 'w').write(str(c.pid)); c.wait()"
    start = time.monotonic()
    outcomes = run(tmp_path, part("slow", command("hangs", child, timeout=1.5)))[0]
    assert time.monotonic() - start < 20
    assert outcomes["slow"].tally.failed == 1
    assert "took too long" in outcomes["slow"].log.read_text(encoding="utf-8")
    time.sleep(0.2)
    state = Path(f"/proc/{pid.read_text(encoding='utf-8')}/stat")
    assert not state.exists() or state.read_text(encoding="utf-8").split()[2] == "Z"


def test_a_missing_command_is_a_failure(tmp_path: Path) -> None:
    step = Step("gone", ("/nonexistent/tool",), env={})
    assert run(tmp_path, part("gone", step))[0]["gone"].tally == Tally(failed=1)


@pytest.mark.parametrize("error", [PartError("not today"), KeyError("a mistake")])
def test_preparation_that_fails_is_a_failure_of_its_part(tmp_path: Path, error: Exception) -> None:
    def build() -> Steps:
        yield command("first", "pass")
        raise error

    outcome = run(tmp_path, Part("broken", "", build))[0]["broken"]
    assert outcome.tally == Tally(passed=1, failed=1)
    assert str(error) in outcome.log.read_text(encoding="utf-8")


def test_a_part_waits_for_those_it_comes_after(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    first = part("first", command("x", f"import time; time.sleep(0.5); open({str(mark)!r}, 'w').close()"))
    second = part(
        "second", command("y", f"import os; assert os.path.exists({str(mark)!r})"), after=("first", "not chosen")
    )
    assert run(tmp_path, second, first)[1] == 0


def test_old_reports_are_never_taken_for_results(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text("<testsuite><testcase/></testsuite>", encoding="utf-8")
    step = command("writes nothing", "pass", counts.junit(report), report=report)
    assert run(tmp_path, part("stale", step))[0]["stale"].tally == Tally(failed=1)


JUNIT = "<testsuites><testsuite><testcase/><testcase><failure/></testcase><testcase><skipped/></testcase></testsuite></testsuites>"


@pytest.mark.parametrize(
    ("text", "status", "expected"),
    [
        (JUNIT, 1, Tally(1, 1, 1)),
        ("<testsuite><testcase/></testsuite>", 0, Tally(1)),
        ("<testsuite><testcase/></testsuite>", 1, Tally(1, 1)),
        ("<testsuite><testcase/></testsuite>", None, Tally(1, 1)),
        ("<testsuite><testcase><error/></testcase></testsuite>", 1, Tally(0, 1)),
        ("<testsuite/>", 0, Tally(0, 1)),
        ("<testsuite><testcase><skipped/></testcase></testsuite>", 0, Tally(0, 1, 1)),
        ("<testsuite><testcase/>", 0, Tally(0, 1)),
    ],
)
def test_junit_reports_are_counted(tmp_path: Path, text: str, status: int | None, expected: Tally) -> None:
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    assert counts.junit(tmp_path / "a.xml")(Finished(status, "")) == expected
    assert counts.junit_folder(tmp_path)(Finished(status, "")) == expected


def test_too_few_results_are_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<testsuite><testcase/></testsuite>", encoding="utf-8")
    assert counts.junit_folder(tmp_path, 2)(Finished(0, "")) == Tally(1, 1)
    assert counts.junit_folder(tmp_path / "none", 2)(Finished(0, "")).failed


def test_molecule_steps_are_counted() -> None:
    done = [("default", "create"), ("default", "converge"), ("drift", "converge")]
    text = "".join(
        f"INFO     [{scenario} > {action}] Executed: Successful\n{scenario} > {action}: Executed: Successful\n"
        for scenario, action in done
    )
    text += "INFO     [drift > verify] Executed: Failed\n"
    count = counts.molecule([*done, ("drift", "verify"), ("export", "converge")])
    assert count(Finished(1, text)) == Tally(3, 2)
    assert count(Finished(0, "")) == Tally(0, 5)


def test_every_molecule_scenario_is_asked_for() -> None:
    steps = ansible_test.molecule_steps()
    scenarios = {path.parent.name for path in ansible_test.MOLECULE.glob("*/converge.yml")}
    assert scenarios == {"default", "onboard", "bundles", "drift", "export"} == {name for name, _action in steps}
    assert all({(name, "converge"), (name, "verify")} <= {*steps} for name in scenarios)
    assert len(steps) == len({*steps}) and ("default", "destroy") in steps


def test_a_clean_check_reads_the_output() -> None:
    count = counts.clean("WARNING")
    assert count(Finished(0, "fine")) == Tally(1)
    assert count(Finished(0, "a\nWARNING: x")) == Tally(0, 1)
    assert count(Finished(1, "fine")) == Tally(0, 1)


def test_parts_are_chosen_by_name_and_group() -> None:
    table = parts.all_parts()
    names = [entry.name for entry in table]
    assert len(names) == len(set(names))
    assert [entry.name for entry in cli.select([], table)] == names
    assert [entry.name for entry in cli.select(["sanity"], table)] == [
        name for name in names if name.startswith("sanity-")
    ]
    with pytest.raises(ValueError, match="no part or group is called untit; there are: .*unit"):
        cli.select(["untit"], table)


def test_commands_ask_for_parts_that_exist() -> None:
    table = parts.all_parts()
    asked = re.findall(r"\$\(PYTHON\) tests/run ([a-z ]+)$", read("Makefile"), re.M)
    assert len(asked) >= 6
    for names in asked:
        assert cli.select(names.split(), table)


def test_coverage_needs_both_of_its_parts() -> None:
    table = parts.all_parts()
    assert [entry.name for entry in cli.select(["unit"], table)] == ["unit"]
    assert {entry.name for entry in cli.select(["unit", "component"], table)} == {"unit", "component", "coverage"}
    assert "coverage" not in {entry.name for entry in cli.select(["meta", "unit"], table)}


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (["3.11", "3.12", "3.13"], {"2.18": "3.11", "2.19": "3.12", "2.20": "3.13", "2.21": "3.13"}),
        (["3.11"], {"2.18": "3.11", "2.19": "3.11"}),
        (["3.14"], {"2.20": "3.14", "2.21": "3.14"}),
        ([], {}),
    ],
)
def test_every_core_is_tried_where_it_can(
    monkeypatch: pytest.MonkeyPatch, here: list[str], expected: dict[str, str]
) -> None:
    monkeypatch.setattr(cores, "venv", lambda core, python: Path(core.core) / python)
    monkeypatch.setattr(cores, "find_python", lambda version: Path(version) if version in here else None)
    assert cores.controllers() == expected
    tried = {part.name for part in ansible_test.smoke_parts() if any(isinstance(step, Step) for step in planned(part))}
    assert tried == {f"smoke-{core}" for core in expected}
    for part in ansible_test.smoke_parts():
        if part.name not in tried:
            assert "as a whole" in "".join(str(step) for step in planned(part))


def planned(entry: Part) -> list[Step | Notice]:
    """What a part would do."""
    return list(entry.build())


@pytest.mark.parametrize(
    ("here", "system", "user", "steps"),
    [
        (True, "debian", 0, ["pytest"]),
        (True, "fedora", 1000, ["pytest"]),
        (False, "debian", 0, ["apt-get update", "chromium", "notice"]),
        (False, "debian", 1000, ["notice"]),
        (False, "ubuntu", 0, ["notice"]),
    ],
)
def test_a_browser_is_installed_where_that_is_ours_to_do(
    monkeypatch: pytest.MonkeyPatch, here: bool, system: str, user: int, steps: list[str]
) -> None:
    monkeypatch.setattr(parts.shutil, "which", lambda name: None if name == "chromium" and not here else f"/bin/{name}")
    monkeypatch.setattr(parts.platform, "freedesktop_os_release", lambda: {"ID": system})
    monkeypatch.setattr(parts.os, "geteuid", lambda: user)
    done = [step.name if isinstance(step, Step) else "notice" for step in parts.browser()]
    assert done == steps


def test_an_interrupted_run_stops_what_it_started(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys\n"
        f"sys.path.insert(0, {str(Path(cli.__file__).parents[1])!r})\n"
        "from pathlib import Path\n"
        "from run import cli, parts\n"
        "from run.model import Part, Step\n"
        "def build():\n"
        "    try:\n"
        "        yield from steps()\n"
        "    finally:\n"
        f"        open({str(tmp_path / 'cleaned')!r}, 'w').close()\n"
        "def steps():\n"
        f"    yield Step('s', ('sh', '-c', 'echo $$ >{tmp_path}/pid; exec sleep 60'), env=dict(os.environ))\n"
        "parts.all_parts = lambda: [Part('long', '', build)]\n"
        "sys.argv = ['run']\n"
        "sys.exit(cli.main())\n",
        encoding="utf-8",
    )
    with subprocess.Popen([PYTHON, script], stdout=subprocess.PIPE, text=True) as process:
        limit = time.monotonic() + 20
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text(encoding="utf-8").strip():
            assert time.monotonic() < limit
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.stdout
        text = process.stdout.read()
    assert process.returncode == 130
    assert "interrupted while running long" in text
    assert (tmp_path / "cleaned").exists()
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text(encoding='utf-8').strip()}").exists()


def test_integration_targets_are_counted(tmp_path: Path) -> None:
    for name, alias in (("one", "needs/target/setup"), ("two", ""), ("setup", "hidden")):
        aliases = tmp_path / "tests" / "integration" / "targets" / name / "aliases"
        aliases.parent.mkdir(parents=True)
        aliases.write_text(f"{alias}\n", encoding="utf-8")
    count = ansible_test.integration_targets(tmp_path)
    one_ran = "Running one integration test role\nTASK [one : x] ***\n"
    two_ran = "Running two integration test role\nTASK [two : x] ***\n"
    failed = (
        "FATAL: The 1 integration test(s) listed below (out of 2) failed. See error output above for details:\ntwo\n"
    )
    assert count(Finished(0, one_ran + two_ran)) == Tally(2)
    assert count(Finished(1, one_ran + two_ran + failed)) == Tally(1, 1)
    assert count(Finished(1, one_ran)) == Tally(1, 1)
    assert count(Finished(1, one_ran + two_ran)) == Tally(2, 1)
    # A target that ran a role of the collection instead of its own tasks.
    assert count(Finished(0, one_ran + two_ran.replace("TASK [two :", "TASK [ringme.pbx.two :"))) == Tally(1, 1)
