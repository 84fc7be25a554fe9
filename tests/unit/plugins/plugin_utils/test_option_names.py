# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures name options as the user types them: option of the task, variable of the role, or line of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import specification
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_file import ClientFileExport
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.resource import DriftReport
from ansible_collections.ringme.pbx.plugins.plugin_utils.option_names import TaskOrigin, with_typed_options

FILE = """\
client_id: 1012
client_bundles:
  - extension: "101"
    members:
      - "201"
      - "102"
  - {extension: "104", members: ["105"]}
"""
BUNDLES = [{"extension": "101", "members": ["201", "102"]}, {"extension": "104", "members": ["105"]}]


RESOURCES = {
    found.name: specification(found)["argument_spec"]
    for found in (ClientBundles(), ClientFileExport(), ClientRegistrations(), ClientSettings(), DriftReport())
}


def with_places(result: dict[str, Any], arguments: dict[str, Any], file: str | None) -> dict[str, Any]:
    """The result of a task of one's own for a client with this file."""
    return with_typed_options(result, RESOURCES["client_bundles"], arguments, TaskOrigin("client_bundles", file=file))


def failed(*options: str | None, **more: Any) -> dict[str, Any]:
    """A failure with findings at these options."""
    texts = "; ".join(f"{option}: something" for option in options)
    return {
        "failed": True,
        "msg": f"findings: {texts}.",
        "findings": [{"option": option} for option in options],
        **more,
    }


@pytest.fixture(name="file")
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "clients" / "kedr.yml"
    path.parent.mkdir()
    path.write_text(FILE, encoding="utf-8")
    return str(path)


def test_the_line_takes_the_place_of_the_option(file: str) -> None:
    options = ("bundles[0].members[1]", "bundles[0]", "bundles[1].extension", "bundles[1].members[0]")
    found = with_places(failed(*options), {"bundles": BUNDLES}, file)
    assert found["msg"] == (
        "findings: clients/kedr.yml:6: something; clients/kedr.yml:3: something; clients/kedr.yml:7: something; "
        "clients/kedr.yml:7: something."
    )
    assert found["findings"] == failed(*options)["findings"]


@pytest.mark.parametrize(
    ("bundles", "option"),
    [
        ([{"extension": "101", "members": ["201", "103"]}], "bundles[0].members[1]"),
        ([{"extension": "101", "members": ["201", "102"]}], "bundles[3].members[1]"),
        ("{{ others }}", "bundles[0].members[1]"),
        (None, "bundles[0].members[1]"),
    ],
)
def test_a_value_from_elsewhere_keeps_its_option(file: str, bundles: Any, option: str) -> None:
    assert with_places(failed(option), {"bundles": bundles}, file) == failed(option)


@pytest.mark.parametrize(
    "result", [{"failed": False, "findings": [{"option": "bundles[0]"}]}, {"failed": True, "msg": "x"}, failed(None)]
)
def test_a_result_without_options_stays_unchanged(file: str, result: dict[str, Any]) -> None:
    assert with_places(result, {"bundles": BUNDLES}, file) == result


@pytest.mark.parametrize("text", [None, "$ANSIBLE_VAULT;1.1;AES256\n00\n", "["])
def test_an_unreadable_file_gives_no_line(file: str, text: str | None) -> None:
    Path(file).unlink()
    if text:
        Path(file).write_text(text, encoding="utf-8")
    assert with_places(failed("bundles[0]"), {"bundles": BUNDLES}, file) == failed("bundles[0]")
    assert with_places(failed("bundles[0]"), {"bundles": BUNDLES}, None) == failed("bundles[0]")


# --- variables of the role -----------------------------------------------------------------------------------------


def named(module: str, text: str, *, role: bool = True, **more: Any) -> str:
    """The text of a failure of a module as the user reads it."""
    result = {"failed": True, "msg": text, "error": {"kind": "options", "hint": text}}
    found = with_typed_options(result, RESOURCES[module], {}, TaskOrigin(module, role=role, **more))
    assert found["error"] == {"kind": "options", "hint": found["msg"]}
    return str(found["msg"])


@pytest.mark.parametrize(
    ("module", "text", "expected"),
    [
        ("client_bundles", "set allow_empty: true", "set client_bundles_allow_empty: true"),
        ("client_bundles", "max_removals allows 5", "client_bundles_max_removals allows 5"),
        ("client_bundles", "bundles[0].extension: x", "client_bundles[0].extension: x"),
        ("client_bundles", "x: bundles[1]", "x: client_bundles[1]"),
        ("client_bundles", "bundles: is empty; prune: wrong", "client_bundles: is empty; client_bundles_prune: wrong"),
        ("client_bundles", "set prune: true", "set client_bundles_prune: true"),
        ("client_bundles", "to prune bundles, list the bundles: none", "to prune bundles, list the bundles: none"),
        ("client_bundles", "client_bundles_max_removals", "client_bundles_max_removals"),
        ("client_bundles", "the_max_removals of bundle/101", "the_max_removals of bundle/101"),
        ("client_bundles", "client_id: x", "client_id: x"),
        (
            "client_bundles",
            "argument 'concurrency' is wrong; value of on_error must be one of: a",
            "argument 'client_bundles_concurrency' is wrong; value of client_bundles_on_error must be one of: a",
        ),
        ("client_settings", "geo_list[0]: no country", "client_settings.geo_list[0]: no country"),
        ("client_settings", "the timezone of settings", "the timezone of settings"),
        (
            "client_registrations",
            "set min_rules: 1, or add allowed_networks.office",
            "set client_registrations.min_rules: 1, or add client_registrations.allowed_networks.office",
        ),
        ("client_registrations", "absent[0].device: x", "client_registrations.absent[0].device: x"),
        ("client_file", "or set overwrite: true", "or set client_export_overwrite: true"),
        ("drift_report", "the limit (max_age) is 36 h", "the limit (client_report.max_age) is 36 h"),
        ("drift_report", "waivers[0].reason is missing", "waivers[0].reason is missing"),
    ],
)
def test_a_task_of_the_role_names_variables(module: str, text: str, expected: str) -> None:
    assert named(module, text) == expected
    assert named(module, text, role=False) == text


@pytest.mark.parametrize(
    ("module", "text", "expected"),
    [
        ("client_file", "or set overwrite: true", "or set ringme_export_overwrite: true"),
        ("drift_report", "the limit (max_age) is 36 h", "the limit (ringme_report_max_age) is 36 h"),
        ("drift_report", "waivers: not a file", "ringme_waivers: not a file"),
        ("drift_report", "junit: not a file", "junit: not a file"),
        ("client_bundles", "max_removals allows 5", "client_bundles_max_removals allows 5"),
    ],
)
@pytest.mark.parametrize("role", [True, False])
def test_a_packaged_playbook_names_its_variables(module: str, text: str, expected: str, role: bool) -> None:
    assert named(module, text, role=role, playbook="ringme.pbx.export") == expected


def test_connection_options_are_those_of_the_client() -> None:
    text = "api_url: wrong. Set api_url or RINGME_API_URL; read_only is set"
    assert named("client_bundles", text) == text
    expected = "client_api.api_url: wrong. Set client_api.api_url or RINGME_API_URL; read_only is set"
    assert named("client_bundles", text, api=True) == expected


def test_findings_name_variables_and_keep_their_option() -> None:
    finding = {"option": "bundles[0]", "message": "bundles[1] has 101", "hint": None, "rule": "BND-002"}
    result = {"failed": True, "msg": "bundles[0]: x", "findings": [finding, "other"], "error": None}
    found = with_typed_options(result, RESOURCES["client_bundles"], {}, TaskOrigin("client_bundles", role=True))
    assert found["findings"] == [{**finding, "message": "client_bundles[1] has 101"}, "other"]
    assert found["msg"] == "client_bundles[0]: x"


def blocked(*overrides: str, **more: Any) -> str:
    """The text of a plan that limits block, in a packaged playbook."""
    text = f"blocked. Run once with {' and '.join(overrides)}."
    result = {"failed": True, "msg": text, "blocked": [{"override": override} for override in overrides]}
    module = more.pop("module", "client_bundles")
    origin = TaskOrigin(module, **{"host": "alfa", "role": True, "playbook": "ringme.pbx.apply", **more})
    return str(with_typed_options(result, RESOURCES[module], {}, origin)["msg"])


def test_a_limit_comes_with_the_complete_command() -> None:
    assert blocked('allow_widening: ["401"]', "max_changes: 7", inventory=("clients.ringme.yml", "o'ther")) == (
        "blocked. Run once with this command: ansible-playbook -i clients.ringme.yml -i 'o'\"'\"'ther' "
        "ringme.pbx.apply "
        """--limit alfa -e '{"client_bundles_allow_widening": ["401"], "client_bundles_max_changes": 7}'"""
    )


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("client_registrations.max_removals: 7", {"module": "client_registrations"}),
        ("client_bundles_max_removals: 7", {"playbook": None}),
    ],
)
def test_no_command_where_no_variable_of_a_run_overrides_the_limit(text: str, more: dict[str, Any]) -> None:
    assert blocked("max_removals: 7", **more) == f"blocked. Run once with {text}."


def test_an_override_that_is_not_json_gives_no_command() -> None:
    assert blocked("allow_widening: [401") == "blocked. Run once with client_bundles_allow_widening: [401."
