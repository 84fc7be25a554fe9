# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is published: the artefact, seen by the Galaxy importer, and the pages of the documentation."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from support import pages, tool
from support.environment import BIN, CACHE, for_tool
from support.stage import ROOT


def _fresh(name: str) -> Path:
    folder = CACHE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def test_artefact(tree: Path) -> None:
    dist = _fresh("dist")
    config = tree.parent / "galaxy-importer.cfg"
    text = (ROOT / "tools" / "galaxy-importer.cfg").read_text(encoding="utf-8")
    # Tests of their own run ansible-lint and pep8; the importer would run them again over the same files.
    whole = os.environ.get("RINGME_TEST_ALL") == "1"
    config.write_text(re.sub(r"(RUN_FLAKE8|RUN_ANSIBLE_LINT) = True", rf"\1 = {whole}", text), encoding="utf-8")
    env = for_tool("build", GALAXY_IMPORTER_CONFIG=str(config))
    tool.run("build", BIN / "ansible-galaxy", "collection", "build", tree, "--output-path", dist, env=env)
    (artefact,) = dist.glob("*.tar.gz")
    importer = (sys.executable, "-m", "galaxy_importer.main", artefact.name)
    tool.run("importer", *importer, cwd=dist, env=env, unwanted=[r"\bWARNING\b", r"\bERROR\b"])


def test_documentation(tree: Path) -> None:
    env = for_tool("docs", ANSIBLE_COLLECTIONS_PATH=str(tree.parents[2]))
    docs = BIN / "antsibull-docs"
    references = ("--validate-collection-refs", "self", "--disallow-unknown-collection-refs")
    tool.run("docs-lint", docs, "lint-collection-docs", "--plugin-docs", *references, tree, env=env)
    assert pages.build(tree).is_file()
