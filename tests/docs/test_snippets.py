# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every snippet in EXAMPLES, texts, playbooks and roles is valid; the validation finds seeded faults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from blocks import Block, blocks, texts
from documents import (
    COLLECTION,
    INVENTORIES,
    MODULES,
    PLAYBOOKS,
    ROLES,
    environment_names,
    manuals,
)
from snippets import VARIABLES, client_file_problems, document_problems, variable_problems
from support.playbook import ROOT

HARNESS = ROOT / "tests" / "support" / "component" / "resource_runner.py"
YAML_FILES = sorted(
    {
        *ROOT.glob("playbooks/**/*.yml"),
        *ROOT.glob("roles/*/tasks/*.yml"),
        *ROOT.glob("extensions/molecule/**/*.yml"),
        *ROOT.glob("tests/demo/**/*.yml"),
    }
)
YAML_FILES = [path for path in YAML_FILES if path.name not in ("molecule.yml", "config.yml")]
YAML_BLOCKS = [block for path in texts() for block in blocks(path) if block.language in ("yaml", "yml", "yaml+jinja")]
CONSOLE_BLOCKS = [
    block for path in texts() for block in blocks(path) if block.language in ("console", "shell", "sh", "bash")
]


def _where(value: Any) -> str:
    return (
        value.where
        if isinstance(value, Block)
        else str(value.relative_to(ROOT))
        if isinstance(value, Path)
        else str(value)
    )


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_a_module(module: str) -> None:
    examples = yaml.safe_load(manuals()[module].examples)
    assert [task for task in examples if f"{COLLECTION}.{module}" in task], "no example shows the module itself"
    assert document_problems(examples) == []


def test_something_is_checked() -> None:
    assert {ROOT / "README.md", ROOT / "roles" / "client" / "README.md"} <= {block.path for block in YAML_BLOCKS}
    assert ROOT / "playbooks" / "onboard.yml" in YAML_FILES
    assert ROOT / "roles" / "client" / "tasks" / "main.yml" in YAML_FILES
    assert ROOT / "extensions" / "molecule" / "default" / "clients" / "romashka.yml" in YAML_FILES
    assert any(_place(block) == "clients" for block in YAML_BLOCKS)
    assert any("group_vars" in str(block.names_file) for block in YAML_BLOCKS)


def _place(block: Block) -> str:
    """The folder of the file that a block shows."""
    return Path(str(block.names_file)).parent.name


@pytest.mark.parametrize("block", YAML_BLOCKS, ids=_where)
def test_yaml_in_texts(block: Block) -> None:
    if _place(block) == "clients":
        assert client_file_problems(block.text) == []
    elif "group_vars" in str(block.names_file):
        assert variable_problems(yaml.safe_load(block.text)) == []
    elif _place(block) != "workflows" and block.names_file not in (".gitlab-ci.yml", "waivers.yml"):
        # test_stories compares the commands of workflows
        assert document_problems(yaml.safe_load(block.text)) == []


@pytest.mark.parametrize("path", YAML_FILES, ids=_where)
def test_yaml_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = client_file_problems(text) if path.parent.name == "clients" else document_problems(yaml.safe_load(text))
    own = OWN_VARIABLES if path.is_relative_to(ROOT / "playbooks") else set()
    assert [problem for problem in found if problem.rpartition("knows the variable ")[2] not in own] == []


PLAYBOOK_TEXTS = {
    path: path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/client/tasks/*.yml"))
}
OWN_VARIABLES = {
    name
    for text in PLAYBOOK_TEXTS.values()
    for name in re.findall(r"^ *(?:register: )?(ringme_\w+)(?::|$)", text, re.MULTILINE)
}
"""The internal variables of the playbooks."""
INVENTORY_NAMES = {"ringme_clients_path", "ringme_blocked"}
"""The variable and the group that the inventory plugin sets."""


def test_variables_of_the_playbooks() -> None:
    """Playbooks read only documented, internal and inventory variables, and read every documented one."""
    read = {name for text in PLAYBOOK_TEXTS.values() for name in re.findall(r"\bringme_\w+", text)}
    assert read <= VARIABLES | OWN_VARIABLES | INVENTORY_NAMES | {"ringme_unknown"}
    assert not OWN_VARIABLES & (VARIABLES | INVENTORY_NAMES)
    assert VARIABLES - {"ringme_in_process"} <= read  # the action plugins read that one
    documentation = "\n".join(path.read_text(encoding="utf-8") for path in texts())
    assert [name for name in sorted(VARIABLES) if name not in documentation] == []
    files = ("inventory/clients.py", "module_utils/_client_files/reserved_names.py")
    plugin = "".join((ROOT / "plugins" / file).read_text(encoding="utf-8") for file in files)
    assert [name for name in sorted(INVENTORY_NAMES) if f'"{name}"' not in plugin] == []


@pytest.mark.parametrize("block", CONSOLE_BLOCKS, ids=_where)
def test_commands_in_texts(block: Block) -> None:
    assert block.language == "console", "commands belong in console blocks, with a prompt"
    assert block.commands, "a console block has at least one command after '$ '"
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wanted = {name for line in block.commands for name in re.findall(r"(?:^|&& )make ([a-z][a-z-]*)", line)}
    assert wanted <= targets


@pytest.mark.parametrize("path", texts(), ids=_where)
def test_names_in_texts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    callbacks = {path.stem for path in (ROOT / "plugins" / "callback").glob("*.py")}
    known = {*MODULES, *ROLES, *PLAYBOOKS, *INVENTORIES, *callbacks, "api", "docsite"}
    assert set(re.findall(rf"\b{re.escape(COLLECTION)}\.([a-z_]+)", text)) <= known
    of_tests = set(re.findall(r'"(RINGME_TEST_[A-Z_]*[A-Z])"', HARNESS.read_text(encoding="utf-8")))
    assert set(re.findall(r"\bRINGME_[A-Z_]*[A-Z]\b", text)) <= environment_names() | of_tests


TASK = {
    "name": "A bundle",
    "ringme.pbx.extensions_bundle": {"client_id": 801, "extension_id": 1, "bundle_list": [2, 3]},
}
SETTINGS = "ringme.pbx.client_settings"
BUNDLES = "ringme.pbx.client_bundles"
ROLE = {
    "hosts": "all",
    "roles": [{"role": "ringme.pbx.client", "vars": {"client_bundles": [{"extension_id": 1, "bundle_list": [2]}]}}],
}

# A wrong snippet, and a part of the message.
FAULTS = [
    ([{"ringme.pbx.extensions_bundle": {"extension_id": 1, "bundle_list": [2], "member": [3]}}], "member"),
    ([{"ringme.pbx.extensions_bundle": {"bundle_list": [2]}}], "required: extension_id, extension"),
    ([{"ringme.pbx.client_bundles": {"client_id": 801}}], "missing required arguments: bundles"),
    ([{"ringme.pbx.extensions_bundle": {"extension_id": 1}}], "bundle_list"),
    (
        [{"ringme.pbx.client_bundles": {"bundles": "{{ x | default(omit) }}"}}],
        "may be omitted",
    ),
    (
        [{"ringme.pbx.extensions_bundle": {"extension": "{{ x }}", "extension_id": "{{ y }}", "bundle_list": [2]}}],
        "mutually exclusive: extension_id|extension",
    ),
    (
        [{"ringme.pbx.extensions_bundle": {"extension": "101", "members": ["+7201"]}}],
        "members[0]: '+7201' is not a valid number",
    ),
    ([{BUNDLES: {"bundles": [{"extension": "101", "member": ["201"]}]}}], "member"),
    (
        [{BUNDLES: {"bundles": [{"extension": "101", "members": ["201", "101"]}]}}],
        "101 is the main extension of this bundle",
    ),
    (
        [{BUNDLES: {"bundles": ["{{ x }}", {"extension": "101", "members": ["201"]}, {"extension": "201"}]}}],
        "has no members",
    ),
    ([{BUNDLES: {"bundles": "{{ x }}", "max_changes": "many"}}], "is not a valid limit"),
    ([{BUNDLES: {"bundles": "{{ x }}", "allow_widening": ["reception"]}}], "allow_widening[0]"),
    ([{BUNDLES: {"bundles": [], "prune": True}}], "prune would remove every bundle"),
    ([{"ringme.pbx.extensions_bundle": {"extension_id": "one", "bundle_list": [2]}}], "extension_id"),
    ([{"ringme.pbx.extensions_bundle": {"extension_id": 1, "bundle_list": ["{{ x }}", "two"]}}], "bundle_list"),
    ([{"ringme.pbx.extensions_bundle": {"extension_id": 1, "bundle_list": [2], "state": "gone"}}], "state"),
    ([{"ringme.pbx.extensions_bundle": {"extension_id": 1, "bundle_list": [1]}}], "is also a member"),
    ([{"ringme.pbx.extensions_bundle": {"extension_id": 1, "bundle_list": [2, 2]}}], "more than once"),
    ([{"ringme.pbx.extensions_bundle": "extension_id=1"}], "not a dictionary"),
    ([{SETTINGS: {"geo_list": ["UK"]}}], "GB"),
    ([{SETTINGS: {"reset": ["timezone"]}}], "reset"),
    ([{SETTINGS: {"access_token": "a", "application_id": "b"}}], "together"),
    ([{SETTINGS: {"api_url": "http://pbx.example.com"}}], "plain http"),
    ([{SETTINGS: {"client_secret": "{{ x }}"}}], "client_secret"),
    ([{"ringme.pbx.extension_info": {"extension_ids": [1], "type": "{{ x }}"}}], "mutually exclusive"),
    ([{"ringme.pbx.setting": {}}], "no module ringme.pbx.setting"),
    ([{"client_settings": {}}], "not a full name"),
    ([{SETTINGS: {}, "registre": "x"}], "2 actions"),
    ([{"ansible.builtin.debug": {"message": "x"}}], "unknown option message"),
    ([{"block": [{SETTINGS: {"zone": "x"}}]}], "zone"),
    ([{"block": [], "rescue": [{SETTINGS: {"zone": "x"}}]}], "zone"),
    ([{"block": [], "loop": [1]}], "loop is not a keyword of a block"),
    ([{"hosts": "all", "tasks": [TASK], "gather_fact": False}], "gather_fact"),
    ([{"hosts": "all", "handlers": [{SETTINGS: {"zone": "x"}}]}], "zone"),
    ([{"hosts": "all", "module_defaults": {"group/ringme.pbx.api": {"url": "x"}}}], "url"),
    ([{"hosts": "all", "module_defaults": {"group/ringme.pbx": {}}}], "not an action group"),
    ([{"hosts": "all", "module_defaults": {SETTINGS: {"zone": "x"}}}], "zone"),
    ([{"hosts": "all", "module_defaults": {SETTINGS: "zone"}}], "not a dictionary"),
    ([{**TASK, "environment": {"RINGME_URL": "x"}}], "RINGME_URL"),
    ([{**TASK, "vars": {"ringme_inprocess": False}}], "ringme_inprocess"),
    ([{"import_playbook": "ringme.pbx.onbord"}], "no playbook"),
    ([{"hosts": "all", "roles": ["ringme.pbx.clients"]}], "no role"),
    ([{"hosts": "all", "roles": [{"role": "ringme.pbx.client", "vars": {"client_setings": {}}}]}], "client_setings"),
    ([{"hosts": "all", "roles": [{"role": "ringme.pbx.client", "vars": {"client_settings": {"zone": "x"}}}]}], "zone"),
    ([{"hosts": "all", "vars": {"client_settings": {"zone": "x"}}, "roles": ["ringme.pbx.client"]}], "zone"),
    (
        [
            {
                "ansible.builtin.include_role": {"name": "ringme.pbx.client"},
                "vars": {"client_bundles": [{"members": []}]},
            }
        ],
        "members",
    ),
    (
        {"all": {"hosts": {"romashka": {"client_bundles": [{"extension": "101", "members": ["101"]}]}}}},
        "101 is the main extension of this bundle",
    ),
    (
        {"all": {"hosts": {"romashka": {"client_bundles": [], "client_bundles_prune": True}}}},
        "prune would remove every bundle",
    ),
    ({"client_registrations": {"allowed_networks": ["198.51.100.7/24"]}}, "host bits"),
    ({"client_registrations": {"state": "compliant"}}, "one of the following is required"),
    ({"all": {"children": {"moscow": {"vars": {"client_setings": {}}}}}}, "client_setings"),
    ({"client_id": 801, "client_settings": {"timezone": "Europe/Moskow"}}, "not a valid time zone"),
    ({"client_registrations": {"absent": [{"extension_id": 1, "address": ["198.51.100.7/24"]}]}}, "host bits"),
    ({"client_registrations": {"missing": []}}, "missing"),
    ({"client_id": 801, "client_tags": ["moscow"], "client_setings": {}}, "client_setings: unknown key"),
    ({"client_id": 801, "extension_len": 3, "client_bundles": [{"extension": "1010", "members": ["101"]}]}, "4 digits"),
    ([{"hosts": "all", "roles": [{"role": "ringme.pbx.client", "vars": {"ringme_waves": 2}}]}], "ringme_waves"),
    ([{"hosts": "all", "vars": {"ringme_waves": 2}, "roles": ["ringme.pbx.client"]}], "ringme_waves"),
    ([{"hosts": "all", "vars": {"ringme_other": "all"}, "tasks": []}], "ringme_other"),
    ([{"import_playbook": "ringme.pbx.onboard", "vars": {"ringme_waves": 2}}], "ringme_waves"),
    (
        [{"ansible.builtin.import_role": {"name": "ringme.pbx.client", "tasks_from": "exports.yml"}}],
        "no documented entry point exports",
    ),
    (
        [
            {
                "ansible.builtin.import_role": {"name": "ringme.pbx.client", "tasks_from": "export.yml"},
                "vars": {"client_id": 801, "client_export_paht": "x.yml"},
            }
        ],
        "client_export_paht",
    ),
    ([{"ringme.pbx.client_file": {"path": "x", "client": {}, "settings": {}, "bundles": []}}], "has no id"),
    ([{"ringme.pbx.validation_report": {"path": []}}], "is empty"),
    ({"collections": ["ringme.bpx"]}, "requirements"),
    ({"something": "else"}, "not recognised"),
    ("text", "not recognised"),
    ([], "not recognised"),
]


@pytest.mark.parametrize(("document", "complaint"), FAULTS, ids=[complaint for dummy, complaint in FAULTS])
def test_faults_are_found(document: Any, complaint: str) -> None:
    found = document_problems(document)
    assert any(complaint in text for text in found), found


@pytest.mark.parametrize(
    "document",
    [
        [TASK],
        [{"hosts": "all", "gather_facts": False, "tasks": [TASK]}],
        [ROLE],
        [{"ringme.pbx.extensions_bundle": {"extension_id": "{{ a }}", "bundle_list": "{{ b }}", "state": "{{ c }}"}}],
        [
            {
                "ringme.pbx.extensions_bundle": {
                    "extension": "{{ a | default(omit) }}",
                    "extension_id": "{{ b | default(omit) }}",
                    "members": ["{{ c }}", "{{ d }}"],
                }
            }
        ],
        [{BUNDLES: {"bundles": "{{ a }}", "prune": True, "max_removals": "{{ b }}"}}],
        [{BUNDLES: {"bundles": [{"extension": "{{ a }}", "members": ["{{ b }}", "{{ c }}"]}], "prune": True}}],
        [
            {
                SETTINGS: {
                    "timezone": "{{ zone }}",
                    "geo_list": ["{{ country }}"],
                    "call_interactive_method": "{{ m | default(omit) }}",
                }
            }
        ],
        [{SETTINGS: "{{ everything }}"}],
        {"all": {"hosts": {"romashka": None}, "vars": {"ansible_connection": "local"}}},
        {"client_id": "801", "client_settings": {"geo_list": ["*"]}},
        {"client_id": 801, "client_tags": ["moscow"], "client_vars": {"site": "Moscow"}, "client_bundles": []},
        [{"import_playbook": "ringme.pbx.onboard", "vars": {"ringme_wave": 2, "ringme_wave_failures": 20}}],
        [
            {
                "ringme.pbx.client_file": {
                    "path": "{{ a }}",
                    "client": "{{ b.client }}",
                    "settings": "{{ b.settings }}",
                    "bundles": "{{ c }}",
                }
            }
        ],
        [{"ringme.pbx.validation_report": {"path": "{{ a }}", "sarif": "{{ b | default(omit) }}"}}],
    ],
)
def test_valid_snippets_pass(document: Any) -> None:
    assert document_problems(document) == []


def test_blocks_are_found(tmp_path: Path) -> None:
    markdown = tmp_path / "text.md"
    markdown.write_text(
        "Put this into `inventory/hosts.yml`:\n\n```yaml\na: 1\n```\n\n"
        "<!-- test: run -->\n```console\n$ true\nout\n$ false\n```\n"
        "1. In a list\n   ~~~yaml\n   b: 2\n   ~~~\n",
        encoding="utf-8",
    )
    first, second, third = blocks(markdown)
    assert (first.language, first.names_file, first.run, first.text) == ("yaml", "inventory/hosts.yml", False, "a: 1\n")
    assert (second.run, second.commands) == (True, ["true", "false"])
    assert (third.text, third.line) == ("b: 2\n", 14)
    rst = tmp_path / "text.rst"
    rst.write_text(
        "Text\n\n.. code-block:: yaml+jinja\n   :caption: x\n\n   - a: 1\n\n     b: 2\n\nText\n", encoding="utf-8"
    )
    (only,) = blocks(rst)
    assert (only.language, only.text) == ("yaml", "- a: 1\n\n  b: 2\n")
