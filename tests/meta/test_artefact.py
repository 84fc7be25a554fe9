# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The artefact has everything that users call, and nothing that is only for development."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from repository import PLUGINS, load, tracked
from support import stage

# Everything that is allowed in the artefact, by the first one or two parts of its path.
WANTED = {
    "CHANGELOG.rst", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "FILES.json", "LICENSE", "LICENSES", "MANIFEST.json",
    "README.md", "SECURITY.md", "changelogs/changelog.yaml", "changelogs/config.yaml", "docs", "meta", "playbooks",
    "plugins", "requirements.txt", "roles",
}  # fmt: skip


@pytest.fixture(name="artefact", scope="module")
def _artefact(tmp_path_factory: pytest.TempPathFactory) -> tarfile.TarFile:
    """The artefact as it would be published."""
    folder = tmp_path_factory.mktemp("dist")
    tool = Path(sys.executable).parent / "ansible-galaxy"
    tree = stage.copy(folder / "copy")
    subprocess.run(
        [tool, "collection", "build", tree, "--output-path", folder], check=True, capture_output=True, cwd=folder
    )
    return tarfile.open(folder / f"ringme-pbx-{load('galaxy.yml')['version']}.tar.gz")


def _files(artefact: tarfile.TarFile) -> set[str]:
    return {member.name for member in artefact.getmembers() if not member.isdir()}


def test_nothing_unwanted_is_in_it(artefact: tarfile.TarFile) -> None:
    unwanted = {
        name
        for name in _files(artefact)
        if name.split("/")[0] not in WANTED and "/".join(name.split("/")[:2]) not in WANTED
    }
    assert not unwanted
    assert not [
        name for name in _files(artefact) if name.endswith((".pyc", ".orig", ".rej", "~")) or "/." in f"/{name}"
    ]


def test_everything_that_a_user_calls_is_in_it(artefact: tarfile.TarFile) -> None:
    called = {str(path) for path in tracked() if path.parts[0] in ("meta", "playbooks", "plugins", "roles")}
    assert called
    assert called | {"README.md", "LICENSE", "changelogs/changelog.yaml"} <= _files(artefact)


def test_it_names_itself(artefact: tarfile.TarFile) -> None:
    file = artefact.extractfile("MANIFEST.json")
    assert file
    info = json.load(file)["collection_info"]
    assert f"{info['namespace']}.{info['name']}" == "ringme.pbx"
    assert info["license"] == ["GPL-3.0-or-later"]


def test_plugins_of_the_clone_are_tracked() -> None:
    # A plugin that git ignores would work only in this clone.
    assert {path for path in tracked() if path.suffix == ".py" and path.parts[0] == "plugins"} == {
        path.relative_to(PLUGINS.parent) for path in PLUGINS.rglob("*.py")
    }
