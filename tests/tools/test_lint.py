# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Style, wording, licences, roles and playbooks, the changelog, and types."""

from __future__ import annotations

import sys

import pytest
from support import tool
from support.environment import BIN, COLLECTIONS

PLUGINS = COLLECTIONS / "ansible_collections" / "ringme" / "pbx" / "plugins"
TYPED = ("module_utils", "plugin_utils", "inventory", "callback", "lookup")


def test_lint() -> None:
    """What ``make lint`` runs: ruff, its formatter, codespell and yamllint."""
    tool.run("lint", sys.executable, "-m", "nox", "--session", "lint")


def test_ansible_lint() -> None:
    tool.run("ansible-lint", BIN / "ansible-lint", "--offline", "--strict", "--profile", "production")


def test_types() -> None:
    """Static types of what the modules and the plugins share."""
    folders = (PLUGINS / name for name in TYPED)
    output = tool.run("types", sys.executable, "-m", "mypy", *folders, unwanted=[r"^There are no \.py"])
    assert "no issues found in" in output


@pytest.mark.parametrize("arguments", ["lint", "lint-changelog-yaml changelogs/changelog.yaml"])
def test_changelog(arguments: str) -> None:
    tool.run(f"changelog-{arguments.split()[0]}", BIN / "antsibull-changelog", *arguments.split())


def test_licences() -> None:
    tool.run("reuse", BIN / "reuse", "lint")
