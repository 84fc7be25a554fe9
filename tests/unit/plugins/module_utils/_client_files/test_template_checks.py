# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said of a template without its variables."""

from __future__ import annotations

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._client_files import template_checks
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.template_checks import syntax_error, used_paths
from ansible_collections.ringme.pbx.plugins.module_utils._optional import Library


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        ("client_settings.timezone", {("client_settings", "timezone")}),
        ("client_settings['timezone'] | default(zone)", {("client_settings", "timezone"), ("zone",)}),
        ("lists[0].x[other.key]", {("lists", "0", "x"), ("other", "key")}),
        ("wave > 1 and name is defined", {("wave",), ("name",)}),
        ("a if b else 'c'", {("a",), ("b",)}),
        ("(a | first).b", {("a",)}),
        ("'text'", set()),
        ("{{ a", set()),
    ],
)
def test_what_an_expression_uses(expression: str, paths: set[tuple[str, ...]]) -> None:
    assert set(used_paths(expression)) == paths


def test_without_jinja2_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert syntax_error("{{ a") is not None
    monkeypatch.setattr(template_checks, "JINJA2", Library("Jinja2", "it is missing"))
    assert syntax_error("{{ a") is None
    assert list(used_paths("a")) == []
