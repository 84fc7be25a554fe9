# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts that run ansible-test, molecule, or the component tests on other versions of ansible-core."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from run import cores, counts, stage
from run.environment import BIN, find_python, for_part
from run.model import CACHE, ROOT, Build, Count, Finished, Notice, Part, PartError, Step, Steps, Tally

# ansible-core 2.18 to 2.21 have 23 to 25 sanity tests for a collection; fewer mean that it did not see the files.
LEAST_SANITY = 20
MOLECULE = ROOT / "extensions" / "molecule"
_SMOKE = ("-m", "pytest", "tests/component", "-m", "smoke", "-q", "--tb=short")
_KEEP_GOING = ("--continue-on-error", "--color", "no")
_RUNNING = re.compile(r"^Running (\S+) integration test role", re.MULTILINE)
_FAILED = re.compile(r"^FATAL: The \d+ integration test\(s\) listed below[^\n]*\n(?P<names>(?:\w+\n)*)", re.MULTILINE)


def sanity_parts() -> list[Part]:
    """One part for each supported ansible-core."""
    return [
        Part(
            f"sanity-{core.core}",
            f"ansible-test sanity of ansible-core {core.core}",
            _sanity(core),
            ("sanity", "ansible"),
        )
        for core in reversed(cores.read_matrix())
    ]


def smoke_parts() -> list[Part]:
    """One part for each supported ansible-core."""
    return [
        Part(f"smoke-{core.core}", f"the modules on ansible-core {core.core}", _smoke(core), ("smoke", "ansible"))
        for core in reversed(cores.read_matrix())
    ]


def _notices(core: cores.Core) -> Iterator[Notice]:
    """Say which Pythons are not tried. A core that nothing here can run is left out, and only then."""
    if not core.here():
        yield Notice(
            f"ansible-core {core.core} as a whole: none of Python {', '.join(core.controller)} is on this machine"
        )
    elif core.missing():
        yield Notice(f"ansible-core {core.core} on Python {', '.join(core.missing())}: not on this machine")


def _sanity(core: cores.Core) -> Build:
    name = f"sanity-{core.core}"

    def build() -> Steps:
        if not core.here():
            yield from _notices(core)
            return
        bin_folder = cores.venv(core, cores.controllers()[core.core])
        absent = [version for version in core.target if not find_python(version)]
        if absent:
            yield Notice(
                f"compile and import of ansible-core {core.core} on Python {', '.join(absent)}: not on this machine"
            )
        tree = stage.make(name)
        if list((tree / "tests" / "sanity").glob("ignore*.txt")):
            raise PartError("there is a sanity ignore file; mend what it hides instead")
        yield Step(
            name,
            (bin_folder / "ansible-test", "sanity", "--local", "--color", "no", "--junit", "--truncate", "0"),
            counts.junit_folder(tree / "tests" / "output" / "junit", LEAST_SANITY),
            cwd=tree,
            env=for_part(name, first=bin_folder),
        )

    return build


def _smoke(core: cores.Core) -> Build:
    name = f"smoke-{core.core}"

    def build() -> Steps:
        yield from _notices(core)
        python = cores.controllers().get(core.core)
        if python is None:
            return
        bin_folder = cores.venv(core, python)
        report = CACHE / "reports" / f"{name}.xml"
        report.parent.mkdir(parents=True, exist_ok=True)
        yield Step(
            f"ansible-core {core.core} on Python {python}",
            (bin_folder / "python", *_SMOKE, f"--junitxml={report}"),
            counts.junit(report),
            env=for_part(name, first=bin_folder),
            report=report,
        )

    return build


def units() -> Steps:
    """The unit tests as ansible-test runs them, in an environment of its own for every Python."""
    tree = stage.make("units")
    reports = tree / "tests" / "output" / "junit"
    here = [version for version in cores.targets() if find_python(version)]
    absent = [version for version in cores.targets() if version not in here]
    if absent:
        yield Notice(f"unit tests on Python {', '.join(absent)}: not on this machine")
    for python in here:
        shutil.rmtree(reports, ignore_errors=True)
        yield Step(
            f"Python {python}",
            (BIN / "ansible-test", "units", "--venv", "--python", python, "--color", "no"),
            counts.junit_folder(reports),
            cwd=tree,
            env=for_part("units"),
        )


def integration() -> Steps:
    """The integration targets against a simulator of their own."""
    tree = stage.make("integration")
    with simulator("integration") as url, tempfile.TemporaryDirectory() as folder:
        seed = yaml.safe_load((ROOT / "tests" / "simulator" / "seeds" / "default.yml").read_text(encoding="utf-8"))
        application = seed["applications"][0]
        config = {
            "ringme_api_url": url,
            "ringme_application_id": application["id"],
            "ringme_application_secret": application["secret"],
        }
        path = tree / "tests" / "integration" / "integration_config.yml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        interpreter = _plain_python(Path(folder))
        yield Step(
            "targets",
            (interpreter, BIN / "ansible-test", "integration", "--local", "--python", python, *_KEEP_GOING),
            integration_targets(tree),
            cwd=tree,
            env=for_part("integration"),
        )


def _plain_python(folder: Path) -> Path:
    """The Python of the environment under a path without spaces: ansible-test starts playbooks through a shebang line."""
    if " " not in str(BIN):
        return Path(sys.executable)
    link = folder / "venv"
    link.symlink_to(BIN.parent, target_is_directory=True)
    return link / "bin" / "python"


def integration_targets(tree: Path) -> Count:
    """One result for each target; all of them have to run."""
    aliases = (tree / "tests" / "integration" / "targets").glob("*/aliases")
    wanted = {path.parent.name for path in aliases if "hidden" not in path.read_text(encoding="utf-8").splitlines()}

    def count(finished: Finished) -> Tally:
        # A target of the name of a role of the collection would run that role instead: look for tasks of its own.
        ran = {
            name for name in wanted & set(_RUNNING.findall(finished.output)) if f"\nTASK [{name} : " in finished.output
        }
        listed = _FAILED.search(finished.output)
        good = ran - set(listed["names"].split() if listed else [])
        tally = Tally(passed=len(good), failed=len(wanted) - len(good))
        return counts.settle(finished, tally)

    return count


def molecule() -> Steps:
    """All scenarios. They share one simulator, which the first one starts and the last one stops."""
    folder = CACHE / "run" / "molecule"
    try:
        env = for_part("molecule", MOLECULE_EPHEMERAL_DIRECTORY=str(folder))
        yield Step("molecule test", (BIN / "molecule", "test", "--all"), counts.molecule(molecule_steps()), env=env)
    finally:
        # The simulator is no child of molecule; it would outlive one that was ended.
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((folder / "simulator.pid").read_text(encoding="utf-8")), signal.SIGTERM)


def molecule_steps(folder: Path = MOLECULE) -> list[tuple[str, str]]:
    """What has to be done: the actions of every scenario, but create and destroy, which "default" does for all."""
    shared = yaml.safe_load((folder / "config.yml").read_text(encoding="utf-8"))["scenario"]["test_sequence"]
    steps = [("default", "create"), ("default", "destroy")]
    for path in sorted(folder.glob("*/molecule.yml")):
        own = yaml.safe_load(path.read_text(encoding="utf-8"))["scenario"].get("test_sequence", shared)
        steps += [(path.parent.name, action) for action in own if action not in ("create", "destroy")]
    return steps


@contextlib.contextmanager
def simulator(name: str) -> Iterator[str]:
    """A simulator process on a free loopback port; gives its URL."""
    log = CACHE / "logs" / f"{name}-simulator.log"
    address = CACHE / "run" / f"{name}.url"
    address.parent.mkdir(parents=True, exist_ok=True)
    address.unlink(missing_ok=True)
    with log.open("wb") as output, subprocess.Popen(
        [sys.executable, ROOT / "tests" / "simulator", "--port", "0", "--validate", "--url-file", address],
        env=for_part(name),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd=ROOT,
    ) as process:
        try:
            limit = time.monotonic() + 30
            while not address.exists():
                if process.poll() is not None or time.monotonic() > limit:
                    raise PartError(f"the simulator did not start; see {os.path.relpath(log, ROOT)}")
                time.sleep(0.05)
            yield address.read_text(encoding="utf-8").strip()
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
