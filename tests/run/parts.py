# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the test run, in the order in which they start."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from run import ansible_test, packaging_parts
from run.counts import clean, junit
from run.environment import BIN, for_part
from run.model import CACHE, ROOT, Build, Finished, Notice, Part, PartError, Step, Steps, Tally, none

REPORTS = CACHE / "reports"
COVERAGE = CACHE / "coverage"
LINK = CACHE / "collections" / "ansible_collections" / "ringme" / "pbx"

# Files whose branches are all tested; the rest of plugins/ has to reach LEAST percent together.
PURE = (
    "plugins/module_utils/model/*",
    "plugins/module_utils/wire/answer.py",
    "plugins/module_utils/wire/retry.py",
    *(f"plugins/module_utils/files/{name}.py" for name in ("findings", "given", "schema", "shape", "tree")),
    *(
        f"plugins/module_utils/report/{name}.py"
        for name in (
            *("building", "collected", "console", "items", "judgement", "junit", "ledger", "markdown", "memory"),
            *("merging", "moments", "prometheus", "rows", "sarif_log", "waivers", "words"),
        )
    ),
)
LEAST = 95


EXAMPLES = 10_000
"""So many random clients and lists the full run tries; pytest by itself tries a few."""


def pytest(
    name: str, *arguments: str, covered: bool = False, timeout: float = 600, variables: Mapping[str, str] | None = None
) -> Build:
    """A part that is one pytest run, counted by its JUnit report; its coverage is kept if wanted."""

    def build() -> Steps:
        REPORTS.mkdir(parents=True, exist_ok=True)
        report = REPORTS / f"{name}.xml"
        env = for_part(name) | dict(variables or {})
        runner: tuple[str | Path, ...] = (sys.executable, "-m", "pytest")
        if covered:
            data = COVERAGE / name
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir(parents=True)
            env["COVERAGE_FILE"] = str(data / "data")
            runner = (sys.executable, "-m", "coverage", "run", "--parallel-mode", "-m", "pytest")
        yield Step(
            "pytest",
            (*runner, *arguments, "-q", "--tb=short", f"--junitxml={report}"),
            junit(report),
            env=env,
            timeout=timeout,
            report=report,
        )

    return build


def unit() -> Steps:
    """The unit tests. The schema of JUnit reports is in no package that can be installed, but in the source of pytest."""
    version = metadata.version("pytest")
    folder = CACHE / "sdist"
    if not any(folder.glob(f"pytest-{version}.tar.gz")):
        source = ("--no-deps", "--no-binary", "pytest", "--dest", folder, f"pytest=={version}")
        env = for_part("unit")
        yield Step("source of pytest", (sys.executable, "-m", "pip", "download", *source), _tried, env=env, timeout=180)
    if not any(folder.glob(f"pytest-{version}.tar.gz")):
        yield Notice("JUnit reports against their published schema: the source of pytest could not be fetched")
    yield from pytest("unit", "tests/unit", covered=True, timeout=1800)()


def coverage() -> Steps:
    """What the unit and the component tests reach together."""
    env = for_part("coverage", COVERAGE_FILE=str(COVERAGE / "data"))
    folders = [COVERAGE / "unit", COVERAGE / "component"]
    if not all(folder.is_dir() for folder in folders):
        raise PartError("the unit and the component tests have to run before")
    tool = (sys.executable, "-m", "coverage")
    yield Step("combine", (*tool, "combine", "--keep", *folders), none, env=env)
    yield Step(f"all of plugins/, {LEAST} %", (*tool, "report", f"--fail-under={LEAST}"), _measured, env=env)
    yield Step(
        "pure files, 100 %", (*tool, "report", f"--include={','.join(PURE)}", "--fail-under=100"), _measured, env=env
    )


def _measured(finished: Finished) -> Tally:
    """A report over no lines at all says nothing."""
    measured = any(line.startswith("TOTAL") and line.split()[1] != "0" for line in finished.output.splitlines())
    return Tally(passed=1) if finished.status == 0 and measured else Tally(failed=1)


def ansible_lint() -> Steps:
    """Roles, playbooks, metadata and all other YAML, at the strictest profile."""
    yield Step(
        "ansible-lint",
        (BIN / "ansible-lint", "--offline", "--strict", "--profile", "production"),
        env=for_part("ansible-lint"),
    )


def changelog() -> Steps:
    """The changelog and its fragments."""
    env = for_part("changelog")
    tool = BIN / "antsibull-changelog"
    yield Step("fragments", (tool, "lint"), env=env)
    yield Step("changelog.yaml", (tool, "lint-changelog-yaml", "changelogs/changelog.yaml"), env=env)


def types() -> Steps:
    """Static types of what is shared by the modules and the action plugins, and of the test run itself."""
    env = for_part("types")
    for folder in ("module_utils", "plugin_utils", "inventory", "callback"):
        yield Step(f"plugins/{folder}", (sys.executable, "-m", "mypy", LINK / "plugins" / folder), _checked, env=env)
    yield Step(
        "tests/run",
        (sys.executable, "-m", "mypy", "--python-version", "3.11", "--package", "run"),
        _checked,
        env=env | {"MYPYPATH": str(ROOT / "tests")},
    )


def _checked(finished: Finished) -> Tally:
    """Mypy says how many files it has looked at."""
    tally = clean(r"^There are no \.py")(finished)
    return tally if tally.failed or "no issues found in" in finished.output else Tally(failed=1)


def molecule_and_demo() -> list[Part]:
    """What a user would do, as a whole."""

    def demo() -> Steps:
        yield Step("demo", (sys.executable, "tests/demo/run.py"), env=for_part("demo"), timeout=300)

    return [
        Part(
            "molecule",
            "every scenario: create, converge, idempotence, verify, destroy",
            ansible_test.molecule,
            ("ansible",),
        ),
        Part("demo", "make demo, from beginning to end", demo),
    ]


def browser() -> Steps:
    """The page of reports in a real browser: that of the machine, or of its distribution where we may install it."""
    if shutil.which("chromium") is None and _may_install():
        env = for_part("browser", DEBIAN_FRONTEND="noninteractive")
        tool = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=120")
        yield Step("apt-get update", (*tool, "update"), _tried, env=env, timeout=180)
        packages = ("chromium", "fonts-dejavu-core")
        yield Step("chromium", (*tool, "install", "-y", "--no-install-recommends", *packages), _tried, env=env)
    if shutil.which("chromium") is None:
        yield Notice("the page of reports in a browser: no chromium on this machine")
        return
    yield from pytest("browser", "tests/browser")()


def _may_install() -> bool:
    """Whether this is a Debian of our own. Elsewhere the package of this name is another thing, or asks questions."""
    try:
        debian = platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False
    return debian and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _tried(finished: Finished) -> Tally:
    """What comes of it is seen by whether there is a browser; without a network there is none, and that is said."""
    return Tally()


def all_parts() -> list[Part]:
    """Every part. Long ones come first, so that two lanes end at about the same time."""
    return [
        Part(
            "component",
            "every module in both ways of running, against the simulator",
            pytest("component", "tests/component", covered=True, timeout=3600),
            ("pytest",),
        ),
        Part(
            "properties",
            f"what check mode promises is what a run does, for {EXAMPLES:,} random clients and lists",
            pytest(
                "properties",
                "tests/component/test_resources_bundles_properties.py",
                timeout=900,
                variables={"RINGME_TEST_EXAMPLES": str(EXAMPLES)},
            ),
            ("pytest",),
        ),
        *ansible_test.sanity_parts(),
        Part(
            "unit",
            "pure parts, transport, simulator interface",
            unit,
            ("pytest",),
        ),
        Part(
            "contract",
            "the simulator held against the OpenAPI document",
            pytest("contract", "tests/contract"),
            ("pytest",),
        ),
        Part("units", "ansible-test units on every Python", ansible_test.units, ("ansible",)),
        Part("integration", "ansible-test integration against the simulator", ansible_test.integration, ("ansible",)),
        *molecule_and_demo(),
        Part("browser", "the page of reports in headless Chromium: use, access, speed, safety", browser, ("pytest",)),
        Part("bench", "the benchmark measures what it says", pytest("bench", "tests/bench"), ("pytest",)),
        *ansible_test.smoke_parts(),
        Part("build", "the artefact, seen by the Galaxy importer", packaging_parts.build, ("packaging",)),
        Part("docs", "documentation of modules and role: checked and built", packaging_parts.docs, ("packaging",)),
        Part(
            "snippets", "EXAMPLES, RETURN and README against the modules", pytest("snippets", "tests/docs"), ("pytest",)
        ),
        Part("ansible-lint", "roles, playbooks and YAML, profile production", ansible_lint, ("lint",)),
        Part("types", "mypy strict", types, ("lint",)),
        Part("changelog", "fragments and changelog", changelog, ("lint",)),
        Part(
            "meta",
            "licences, versions, layers and other promises of the repository",
            pytest("meta", "tests/meta"),
            ("lint", "pytest"),
        ),
        Part(
            "coverage",
            f"100 % of the pure files, {LEAST} % of plugins/",
            coverage,
            after=("unit", "component"),
            needs=("unit", "component"),
        ),
    ]
