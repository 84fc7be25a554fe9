# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the pages of the documentation as HTML: the manuals and the guides."""

from __future__ import annotations

import shutil
from pathlib import Path

from support import tool
from support.environment import BIN, CACHE, for_tool

# Labels of Ansible's own documentation, to which antsibull-docs refers and which this build does not have.
_LABELS = (
    "action_plugins",
    r"ansible_collections\.ansible\.builtin\.default_callback",
    "ansible_configuration_settings",
    "callback_plugins",
    "common_return_values",
)
_FOREIGN = rf"(?!: undefined label: '(?:{'|'.join(_LABELS)})')"


def build(tree: Path) -> Path:
    """Build the pages of the copy of the project in ``tree``, a folder called ansible_collections/ringme/pbx.

    Returns the first page, in the folder .cache/docs, which is emptied before. Raises AssertionError where a page has
    an error.
    """
    folder = CACHE / "docs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    env = for_tool("docs", ANSIBLE_COLLECTIONS_PATH=str(tree.parents[2]))
    options = ("--use-current", "--squash-hierarchy", "--lenient", "--fail-on-error", "--dest-dir", folder)
    tool.run("docs-init", BIN / "antsibull-docs", "sphinx-init", *options, "ringme.pbx", env=env)
    # Other projects' pages are on the internet, and this build does without.
    with (folder / "conf.py").open("a", encoding="utf-8") as file:
        file.write("\nintersphinx_mapping = {}\n")
    unwanted = [rf"\bWARNING\b{_FOREIGN}", r"\bERROR\b"]
    tool.run("docs-build", "bash", "build.sh", cwd=folder, env=env, unwanted=unwanted)
    return folder / "build" / "html" / "index.html"
