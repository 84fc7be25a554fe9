# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts that look at what is published: the artefact and the documentation."""

from __future__ import annotations

import shutil
import sys

from run import stage
from run.counts import clean
from run.environment import BIN, for_part
from run.model import CACHE, ROOT, PartError, Step, Steps, none

DIST = CACHE / "dist"
DOCS = CACHE / "docs"
# Labels of Ansible's own documentation, to which antsibull-docs refers and which this build does not have.
_LABELS = (
    "action_plugins",
    r"ansible_collections\.ansible\.builtin\.default_callback",
    "ansible_configuration_settings",
    "callback_plugins",
    "common_return_values",
)
_FOREIGN = rf"(?!: undefined label: '(?:{'|'.join(_LABELS)})')"


def build() -> Steps:
    """Build the artefact and let the importer that Galaxy runs look at it."""
    tree = stage.make("build")
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    env = for_part("build")
    yield Step(
        "ansible-galaxy collection build",
        (BIN / "ansible-galaxy", "collection", "build", tree, "--output-path", DIST),
        env=env,
    )
    artefacts = sorted(DIST.glob("*.tar.gz"))
    if len(artefacts) != 1:
        raise PartError(f"one artefact was expected in {DIST.relative_to(ROOT)}, there are {len(artefacts)}")
    yield Step(
        "galaxy-importer",
        (sys.executable, "-m", "galaxy_importer.main", artefacts[0].name),
        clean(r"\bWARNING\b", r"\bERROR\b"),
        cwd=DIST,
        env=env | {"GALAXY_IMPORTER_CONFIG": str(ROOT / "tools" / "galaxy-importer.cfg")},
    )


def docs() -> Steps:
    """Check the documentation of modules, role and collection, and build the pages."""
    tree = stage.make("docs")
    env = for_part("docs", ANSIBLE_COLLECTIONS_PATH=str(tree.parents[2]))
    tool = BIN / "antsibull-docs"
    yield Step(
        "antsibull-docs lint",
        (
            tool,
            "lint-collection-docs",
            "--plugin-docs",
            "--validate-collection-refs",
            "self",
            "--disallow-unknown-collection-refs",
            tree,
        ),
        env=env,
    )
    shutil.rmtree(DOCS, ignore_errors=True)
    DOCS.mkdir(parents=True)
    yield Step(
        "sphinx-init",
        (
            tool,
            "sphinx-init",
            "--use-current",
            "--squash-hierarchy",
            "--lenient",
            "--fail-on-error",
            "--dest-dir",
            DOCS,
            "ringme.pbx",
        ),
        none,
        env=env,
    )
    # Other projects' pages are on the internet, and this build does without.
    with (DOCS / "conf.py").open("a", encoding="utf-8") as file:
        file.write("\nintersphinx_mapping = {}\n")
    yield Step("pages", ("bash", "build.sh"), clean(rf"\bWARNING\b{_FOREIGN}", r"\bERROR\b"), cwd=DOCS, env=env)
