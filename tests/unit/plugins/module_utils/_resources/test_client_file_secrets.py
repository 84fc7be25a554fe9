# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module client_file and secrets in the open: they become variables, and show nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_file import ClientFileExport

EXPORT = ClientFileExport()
SECRET = "canary-5ecret"
UNSOUND = [
    f"client_api: {{access_token: {SECRET}\n",
    f"client_id: 1\nclient_api:\n  access_token: one\n  access_token: {SECRET}\n",
    f"client_id: 1\nclient_api:\n  access_token:{SECRET}\n",
    f"- {SECRET}\n",
    f"client_id: 1\nclient_api: {{access_tokn: {SECRET}}}\n",
    f"client_id: 1\nclient_api: {{access_token: [{SECRET}]}}\n",
]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(path: str, existing: str | None, *, overwrite: bool = True) -> TaskResult:
    options = {"path": path, "client": {"id": 801}, "settings": {}, "bundles": [], "existing": existing}
    return execute(EXPORT, {**options, "overwrite": overwrite}, check_mode=False, connections=Connections())


def _masked(outcome: TaskResult) -> str:
    """All that a user may see, with the secrets masked as the adapters do it."""
    text = f"{outcome.result} {outcome.warnings} {EXPORT.lines(outcome.result)}"
    for secret in outcome.secrets:
        text = text.replace(secret, "********")
    return text


@pytest.mark.parametrize(
    ("option", "value", "becomes"),
    [
        ("application_secret", SECRET, True),
        ("access_token", f'"{SECRET}"', True),
        ("access_token", "12345678", True),
        ("application_secret", f"!unsafe '{SECRET}{{{{'", True),
        ("proxy", f"http://user:{SECRET}@proxy.example.org:3128", True),
        ("proxy", "http://user:[@proxy", True),
        ("proxy", "http://proxy.example.org:3128", False),
        ("application_secret", '"{{ vault_own }}"', False),
        ("application_secret", "!vault abc", False),
        ("application_secret", "''", False),
        ("application_id", "app", False),
    ],
)
def test_secrets_in_the_open_become_variables(option: str, value: str, becomes: bool) -> None:
    Path("old.yml").write_text(f"client_id: 801\nclient_api:\n  timeout: 5\n  {option}: {value}\n", encoding="utf-8")
    outcome = _run("new/ro-mash.ka.yml", "old.yml")
    assert not outcome.failed
    text = Path("new/ro-mash.ka.yml").read_text(encoding="utf-8")
    variable = f"vault_ro_mash_ka_{option}"
    assert outcome.result["placeholders"] == ([variable] if becomes else [])
    assert (f'  timeout: 5\n  {option}: "{{{{ {variable} }}}}"\n' in text) == becomes
    assert SECRET not in text + _masked(outcome)
    replaced = f"It has been replaced by {{{{ {variable} }}}}; define that variable in a vault file"
    warning = f"new/ro-mash.ka.yml: {option} was stored in plain text. {replaced}"
    assert outcome.warnings == [warning] * becomes


def test_a_secret_that_stands_elsewhere_too_is_masked_there() -> None:
    text = f"client_id: 801\nclient_api: {{access_token: {SECRET}}}\nclient_vars: {{own: {SECRET}}}\n"
    Path("old.yml").write_text(text, encoding="utf-8")
    outcome = _run("a.yml", "old.yml")
    assert "own: ********" in _masked(outcome) and SECRET not in _masked(outcome)


def test_the_secrets_of_the_file_that_is_replaced_are_masked() -> None:
    Path("a.yml").write_text(f"client_api: {{access_token: {SECRET}}}\n", encoding="utf-8")
    for overwrite in (False, True):
        outcome = _run("a.yml", None, overwrite=overwrite)
        assert outcome.failed is not overwrite
        assert outcome.secrets == {SECRET}
        assert "********" in _masked(outcome) and SECRET not in _masked(outcome)


@pytest.mark.parametrize(
    "text",
    UNSOUND,
)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_that_is_no_client_file_is_not_shown(text: str, overwrite: bool) -> None:
    Path("a.yml").write_text(text, encoding="utf-8")
    outcome = _run("a.yml", None, overwrite=overwrite)
    assert outcome.result["diff"]["before"] == "# a.yml is not shown: it is not a valid client file\n"
    assert outcome.failed is not overwrite
    assert SECRET not in _masked(outcome)


def test_what_cannot_be_kept_is_not_reported() -> None:
    for text in UNSOUND:
        Path("old.yml").write_text(text, encoding="utf-8")
        outcome = _run("a.yml", "old.yml")
        assert outcome.failed and not Path("a.yml").exists()
        assert SECRET not in _masked(outcome)


def test_connection_options_may_be_a_template() -> None:
    Path("old.yml").write_text('client_id: 801\nclient_api: "{{ api }}"\n', encoding="utf-8")
    outcome: Any = _run("a.yml", "old.yml")
    assert Path("a.yml").read_text(encoding="utf-8") == '---\nclient_id: 801\nclient_api: "{{ api }}"\n'
    assert (outcome.result["placeholders"], outcome.secrets) == ([], frozenset())
