# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page lists exactly the variables, rules and severities of the code."""

from __future__ import annotations

import functools
import re

import pytest
from documents import PLAYBOOKS, environment_names
from snippets import VARIABLES
from support.playbook import ROOT

PAGE = ROOT / "docs" / "docsite" / "rst" / "guide_reference.rst"
_RULE = re.compile(r'\bRule\(\s*"([A-Z]+-[0-9]+)",\s*([A-Z]+)\s*\)')


@functools.cache
def table(heading: str) -> list[list[str]]:
    """Return the rows of the list-table of a section without the header, each cell as one line without markup."""
    parts = re.split(r"^(.+)\n-{4,}$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    body = sections[heading].partition(".. list-table::")[2]
    indented = re.split(r"^\S", body, maxsplit=1, flags=re.MULTILINE)[0]
    rows = indented.split("\n   * - ")[2:]
    return [[" ".join(cell.split()).replace("``", "") for cell in row.split("\n     - ")] for row in rows]


def test_variables() -> None:
    """Each variable that controls a run, once, with existing playbooks."""
    from ansible_collections.ringme.pbx.plugins.plugin_utils.targets import RUN_VARIABLES

    rows = table("Variables of the playbooks")
    assert sorted(row[0] for row in rows) == sorted(VARIABLES) == sorted(RUN_VARIABLES - {"ringme_clients_path"})
    assert {name for row in rows for name in row[1].split(", ")} <= {*PLAYBOOKS, "all"}
    assert all(len(row) == 4 for row in rows)


def test_environment_variables() -> None:
    """Each fallback of an option."""
    assert sorted(row[0] for row in table("Environment variables")) == sorted(environment_names())


def test_rules() -> None:
    """Each rule once, in order, with the severity in the code."""
    code = {
        rule: severity.lower()
        for path in sorted((ROOT / "plugins").rglob("*.py"))
        for rule, severity in _RULE.findall(path.read_text(encoding="utf-8"))
    }
    code["BND-001"] = "critical"  # a limit, which stops a plan, not a finding
    rows = table("Rules")
    assert {row[0]: row[1] for row in rows} == code
    families = ("FIL", "BND", "REG")
    assert [row[0] for row in rows] == sorted(code, key=lambda rule: (families.index(rule[:3]), rule))
    assert all(len(row) == 4 and row[3].endswith(".") for row in rows)


def test_severities() -> None:
    """Each severity."""
    from ansible_collections.ringme.pbx.plugins.plugin_utils._report.schema import SEVERITIES

    assert sorted(row[0] for row in table("Severities")) == sorted(SEVERITIES)


@pytest.mark.parametrize("name", ["guide_reference", "guide_operations"])
def test_the_pages_are_published(name: str) -> None:
    """The index of the guides has them."""
    assert f"- {name}\n" in (ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8")
