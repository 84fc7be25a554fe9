# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of client files: every option of the modules that a file feeds, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.json_schema import TEMPLATE, check
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.schema import client_file_schema
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ARGUMENTS
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.tests.unit.helpers.trees import Vault, tree_of

SCHEMA = client_file_schema()
KEYS: Mapping[str, Any] = SCHEMA["properties"]
KNOWN_KEYWORDS = {
    *("$ref", "type", "enum", "pattern", "minimum", "maximum", "required", "properties", "additionalProperties"),
    *("propertyNames", "items", "anyOf", "description"),
}


def _inside(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of a section."""
    found: Mapping[str, Any] = schema["anyOf"][0]["properties"]
    return found


def _wrong(key: str, value: Any) -> list[str]:
    file = {"client_id": 801, key: value}
    return [problem.message for problem in check(tree_of(file), SCHEMA)]


def test_a_section_has_the_options_of_its_module() -> None:
    assert _inside(KEYS["client_settings"]).keys() == ClientSettings.arguments.keys() - {"client_id"}
    assert _inside(KEYS["client_api"]).keys() == ARGUMENTS.keys()
    registrations = _inside(KEYS["client_registrations"])
    assert registrations.keys() == ClientRegistrations.arguments.keys() - {"client_id"}
    absent = registrations["absent"]["anyOf"][0]["items"]
    assert _inside(absent).keys() == ClientRegistrations.arguments["absent"]["options"].keys()
    bundles = {name.removeprefix("client_bundles_") for name in KEYS if name.startswith("client_bundles_")}
    assert bundles == ClientBundles.arguments.keys() - {"client_id", "bundles"}
    bundle = KEYS["client_bundles"]["anyOf"][0]["items"]
    assert _inside(bundle).keys() == ClientBundles.arguments["bundles"]["options"].keys()


def test_a_file_has_no_other_keys() -> None:
    rest = {name for name in KEYS if not name.startswith("client_bundles_")}
    sections = {"client_api", "client_settings", "client_bundles", "client_registrations"}
    assert rest == sections | {"client_id", "client_tags", "client_vars", "extension_len"}
    assert SCHEMA["required"] == ["client_id"]


def test_only_what_the_check_knows_is_used() -> None:
    found = list(_schemas({name: value for name, value in SCHEMA.items() if name not in ("$schema", "title", "$defs")}))
    assert len(found) > 100
    assert {name for schema in found for name in schema} <= KNOWN_KEYWORDS
    assert {schema["$ref"] for schema in found if "$ref" in schema} == {TEMPLATE}


def test_every_mapping_is_closed_but_for_the_ones_with_names_of_their_own() -> None:
    mappings = [
        schema for schema in _schemas(SCHEMA["properties"]["client_settings"]) if schema.get("type") == "object"
    ]
    assert mappings and all(schema["additionalProperties"] is False for schema in mappings)
    assert _wrong("client_vars", {"anything": [{"at": "all"}]}) == []


def _schemas(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [
        schema[name]
        for name in ("items", "additionalProperties", "propertyNames")
        if isinstance(schema.get(name), dict)
    ]
    for item in inner:
        yield from _schemas(item)


def test_it_is_a_new_one_each_time() -> None:
    first, second = client_file_schema(), client_file_schema()
    assert first == second
    first["properties"]["client_settings"]["anyOf"].clear()
    first["$defs"].clear()
    assert client_file_schema() == second


LATER = (
    "a template or an encrypted value is not allowed here, because the inventory needs the value before Ansible "
    "evaluates templates"
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("client_id", "801"),
        ("client_id", "@me"),
        ("client_tags", ["moscow", 2026]),
        ("extension_len", "3"),
        ("extension_len", 2),
        ("extension_len", 4),
        ("client_settings", "{{ settings }}"),
        ("client_settings", {"hold_music": 11, "geo_list": ["RU", "*"], "timezone": "UTC", "reset": ["hold_music"]}),
        ("client_settings", {"hold_music": "11", "geo_list": "{{ countries }}"}),
        ("client_settings", {"hold_music": "-11"}),
        ("client_bundles", []),
        ("client_bundles", [{"extension": 101, "members": ["201", 301, "{{ x }}"]}, "{{ bundle }}"]),
        ("client_bundles", [{"extension_id": "101", "bundle_list": [1], "state": "absent", "append": True}]),
        ("client_bundles_max_changes", "30%"),
        ("client_bundles_max_changes", 5),
        ("client_bundles_prune", "{{ prune }}"),
        ("client_registrations", {"allowed_networks": ["198.51.100.0/24"]}),
        ("client_registrations", {"allowed_networks": {"office": ["198.51.100.0/24"], "home": "{{ home }}"}}),
        ("client_registrations", {"verify_for": 1.5, "absent": [{"extension": "101", "address": ["198.51.100.1"]}]}),
        ("client_registrations", {"verify_for": "1.5"}),
        ("client_api", {"application_secret": Vault("x"), "timeout": 3, "token_cache": "none"}),
        ("client_vars", {}),
        ("client_vars", {"_a1": None}),
    ],
)
def test_fits(key: str, value: Any) -> None:
    assert _wrong(key, value) == []


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("client_id", 0, "client_id: the value is too small"),
        ("client_id", "0801", "client_id: expected an integer, but the value is a string"),
        ("client_id", None, "client_id: expected an integer, but the value is not set"),
        ("client_id", True, "client_id: expected an integer, but the value is true"),
        ("client_id", [801], "client_id: expected an integer, but the value is a list"),
        ("client_tags", "moscow", "client_tags: expected a list, but the value is a string"),
        ("client_id", "{{ id }}", f"client_id: {LATER}"),
        ("client_id", Vault("801"), f"client_id: {LATER}"),
        ("client_id", "801\n", "client_id: expected an integer, but the value is a string"),
        ("client_tags", ["{{ tag }}"], f"client_tags[0]: {LATER}"),
        ("client_tags", [Vault("x")], f"client_tags[0]: {LATER}"),
        ("client_tags", "{{ tags }}", f"client_tags: {LATER}"),
        ("extension_len", "03", "extension_len: expected an integer, but the value is a string"),
        ("extension_len", "{{ length }}", f"extension_len: {LATER}"),
        (
            "client_settings",
            {"hold_music": " 11"},
            "client_settings.hold_music: expected an integer, but the value is a string",
        ),
        (
            "client_settings",
            {"hold_music": "11\n"},
            "client_settings.hold_music: expected an integer, but the value is a string",
        ),
        (
            "client_settings",
            {"hold_music": "011"},
            "client_settings.hold_music: expected an integer, but the value is a string",
        ),
        ("extension_len", 1, "extension_len: the value is too small"),
        ("extension_len", 5, "extension_len: the value is too large"),
        ("client_setings", {}, "client_setings: unknown key"),
        ("client_settings", [], "client_settings: expected a mapping, but the value is a list"),
        ("client_settings", None, "client_settings: expected a mapping, but the value is not set"),
        ("client_settings", {"client_id": 801}, "client_settings.client_id: unknown key"),
        ("client_settings", {"geo_list": "RU"}, "client_settings.geo_list: expected a list, but the value is a string"),
        (
            "client_settings",
            {"geo_list": [False]},
            "client_settings.geo_list[0]: expected a string, but the value is false",
        ),
        (
            "client_settings",
            {"hold_music": 1.5},
            "client_settings.hold_music: expected an integer, but the value is a number",
        ),
        (
            "client_settings",
            {"hold_music": "1" * 19},
            "client_settings.hold_music: expected an integer, but the value is a string",
        ),
        ("client_settings", {"reset": ["timezone"]}, "client_settings.reset[0]: unsupported value"),
        ("client_bundles", {}, "client_bundles: expected a list, but the value is a mapping"),
        ("client_bundles", [["101"]], "client_bundles[0]: expected a mapping, but the value is a list"),
        ("client_bundles", [{"extention": "101"}], "client_bundles[0].extention: unknown key"),
        ("client_bundles", [{"state": "away"}], "client_bundles[0].state: unsupported value"),
        (
            "client_bundles",
            [{"append": "yes"}],
            "client_bundles[0].append: expected true or false, but the value is a string",
        ),
        ("client_bundles_prune", "yes", "client_bundles_prune: expected true or false, but the value is a string"),
        ("client_bundles_bundles", [], "client_bundles_bundles: unknown key"),
        (
            "client_registrations",
            {"verify_for": "1,5"},
            "client_registrations.verify_for: expected a number, but the value is a string",
        ),
        (
            "client_registrations",
            {"allowed_networks": {"office": [1.5]}},
            "client_registrations.allowed_networks.office[0]: expected a string, but the value is a number",
        ),
        (
            "client_registrations",
            {"absent": [{"state": "absent"}]},
            "client_registrations.absent[0].state: unknown key",
        ),
        ("client_api", {"password": "x"}, "client_api.password: unknown key"),
        ("client_vars", {"a-b": 1}, "client_vars.a-b: 'a-b' is not a valid variable name"),
        ("client_vars", "{{ x }}", f"client_vars: {LATER}"),
    ],
)
def test_does_not_fit(key: str, value: Any, message: str) -> None:
    assert _wrong(key, value) == [message]
