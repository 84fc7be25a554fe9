# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions, supported platforms and lists of plugins are the same in all places."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path

import pytest
import tomllib
from repository import ROOT, load, plugin_names, read, tracked
from support.matrix import Core, read_matrix

MATRIX = read_matrix()
# Test code in the folders that "make demo", "make bench" and "make simulator" use.
_SERVES_PYTEST = re.compile(r"(pytest_plugin|conftest|test_\w+)\.py$")
INSTALLED = packages_distributions()
TABLE_HEAD = "| ansible-core | Python (controller) | Python (target) |"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _pythons(cell: str) -> tuple[str, ...]:
    """The versions in a table cell, as a list or a range."""
    versions = re.findall(r"\d+\.\d+", cell)
    if len(versions) == 2 and not re.search(r",| and ", cell):
        first, last = (_number(version) for version in versions)
        return tuple(f"{first[0]}.{minor}" for minor in range(first[1], last[1] + 1))
    return tuple(versions)


@pytest.mark.parametrize("core", MATRIX, ids=lambda core: core.core)
def test_matrix_row_makes_sense(core: Core) -> None:
    assert core.release.startswith(f"{core.core}.")
    for versions in (core.controller, core.target):
        numbers = [_number(version) for version in versions]
        assert all(later == (earlier[0], earlier[1] + 1) for earlier, later in pairwise(numbers))
    # A controller runs modules on itself.
    assert set(core.controller) <= set(core.target)


def test_matrix_has_no_gap() -> None:
    cores = [_number(core.core) for core in MATRIX]
    assert all(later == (earlier[0], earlier[1] + 1) for earlier, later in pairwise(cores))


def test_oldest_core_is_what_the_collection_requires() -> None:
    assert load("meta/runtime.yml")["requires_ansible"] == f">={MATRIX[0].core}.0"


def test_oldest_python_is_the_same_everywhere() -> None:
    oldest = min((version for core in MATRIX for version in core.target), key=_number)
    assert load("tests/config.yml")["modules"]["python_requires"] == f">={oldest}"
    assert tomllib.loads(read("pyproject.toml"))["tool"]["mypy"]["python_version"] == oldest


def test_readme_table_is_the_matrix() -> None:
    lines = [line.strip() for line in read("README.md").splitlines()]
    assert TABLE_HEAD in lines, f"README.md has no table headed {TABLE_HEAD}"
    rows = []
    for line in lines[lines.index(TABLE_HEAD) + 2 :]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows.append((cells[0], _pythons(cells[1]), _pythons(cells[2])))
    assert rows == [(core.core, core.controller, core.target) for core in MATRIX]


def test_development_requirements_take_releases_of_the_matrix() -> None:
    pins = re.findall(
        r"^ansible-core==([\d.]+); python_version (>=|<) \"([\d.]+)\"", read("requirements-demo.txt"), re.MULTILINE
    )
    releases = {core.release: core for core in MATRIX}
    assert {pin[1] for pin in pins} == {">=", "<"}
    for release, operator, python in pins:
        core = releases[release]
        if operator == ">=":
            assert core is MATRIX[-1]
            assert core.controller[0] == python
        else:
            # The newest one that runs on the Pythons below.
            below = [other for other in MATRIX if _number(other.controller[0]) < _number(python)]
            assert core is below[-1]


def test_constraints_leave_ansible_core_to_the_matrix() -> None:
    lines = [line for line in read("constraints.txt").splitlines() if line and not line.startswith("#")]
    assert len(lines) > 50
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", line) for line in lines)
    assert not any(line.lower().startswith("ansible-core=") for line in lines)


def test_constraints_freeze_all_requirements() -> None:
    frozen = {line.split("==")[0] for line in read("constraints.txt").splitlines()}
    for file in ("requirements.txt", "requirements-demo.txt", "requirements-test.txt"):
        names = re.findall(r"^([A-Za-z][\w.-]*)", read(file), re.MULTILINE)
        assert {name.lower().replace("_", "-") for name in names} - {"ansible-core"} <= frozen


def _imports(path: Path) -> set[str]:
    """The distribution names of the packages that a file imports, without those of the clone."""
    tops = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            tops.add((node.module or "").split(".")[0])
    return {INSTALLED[top][0].lower().replace("_", "-") for top in tops - sys.stdlib_module_names if top in INSTALLED}


def _required(*paths: str) -> set[str]:
    return {
        name.lower().replace("_", "-")
        for path in paths
        for name in re.findall(r"^([A-Za-z][\w.-]*)", read(path), re.MULTILINE)
    }


def test_requirements_have_all_imports() -> None:
    demo = _required("requirements.txt", "requirements-demo.txt")
    everything = demo | _required("requirements-test.txt")
    served = [path for path in tracked() if path.suffix == ".py" and path.parts[:2] in {
        ("tests", "simulator"), ("tests", "demo"), ("tests", "bench"), ("tools", "serve.py")}]  # fmt: skip
    assert served
    missing = {str(path): _imports(path) - demo for path in served if not _SERVES_PYTEST.match(path.name)}
    assert not {path: names for path, names in missing.items() if names}
    tests = [path for path in tracked() if path.suffix == ".py" and path.parts[0] in ("tests", "tools")]
    missing = {str(path): _imports(path) - everything - {"pip"} for path in tests}
    assert not {path: names for path, names in missing.items() if names}


def test_action_group_is_the_list_of_modules() -> None:
    group = load("meta/runtime.yml")["action_groups"]["api"]
    assert group == sorted(group)
    # Only modules with requests have the connection options.
    modules = {name for name in plugin_names("modules") if "ringme.pbx.api" in read(f"plugins/modules/{name}.py")}
    assert set(group) == modules


def test_every_module_has_an_action_plugin() -> None:
    assert plugin_names("modules")
    assert plugin_names("action") == plugin_names("modules")


def test_version_is_the_same_everywhere() -> None:
    version = load("galaxy.yml")["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    stated = re.search(r"^VERSION = \"([^\"]+)\"$", read("plugins/module_utils/_version.py"), re.MULTILINE)
    assert stated
    assert stated[1] == version
    assert max(load("changelogs/changelog.yaml")["releases"], key=_number) == version


def test_changelog_lists_all_plugins() -> None:
    releases = load("changelogs/changelog.yaml")["releases"].values()
    modules = {entry["name"] for release in releases for entry in release.get("modules", [])}
    assert modules == plugin_names("modules")
    for kind in ("callback", "inventory", "lookup"):
        found = (release.get("plugins", {}).get(kind, []) for release in releases)
        assert {entry["name"] for entries in found for entry in entries} == plugin_names(kind)
    for kind, folder in (("role", "roles"), ("playbook", "playbooks")):
        objects = {entry["name"] for release in releases for entry in release.get("objects", {}).get(kind, [])}
        there = (ROOT / folder).iterdir() if kind == "role" else (ROOT / folder).glob("*.yml")
        assert objects == {path.stem for path in there}


def test_galaxy_metadata_is_complete() -> None:
    galaxy = load("galaxy.yml")
    assert (galaxy["namespace"], galaxy["name"]) == ("ringme", "pbx")
    for key in ("authors", "description", "tags", "repository", "documentation", "homepage", "issues", "readme"):
        assert galaxy[key], key
    assert len(galaxy["tags"]) <= 20
    assert galaxy["dependencies"] == {}
