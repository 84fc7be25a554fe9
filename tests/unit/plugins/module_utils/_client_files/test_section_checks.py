# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules would refuse in the sections of a client file: in their own words, with the place in the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import REFUSED_VALUE, WRONG_LENGTH
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.module_options import defaults
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.reserved_names import reserved
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.section_checks import check_sections
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_reader import read_tree
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import MapNode, TreeProblem, place_of
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ARGUMENTS, ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.findings import BUNDLE_IMPOSSIBLE
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.tests.unit.helpers.trees import mapping_of


def _problems(text: str) -> list[TreeProblem]:
    found = read_tree(text)
    assert found.problems == () and isinstance(found.node, MapNode)
    return list(check_sections(found.node))


def _messages(text: str) -> list[tuple[int, int, str]]:
    return [(item.place.line, item.place.column, item.message) for item in _problems(text)]


def test_a_good_file_is_not_refused() -> None:
    text = """\
client_id: "@me"
client_tags: [moscow, wave-2, волна_2, "2026"]
client_api: {api_url: "https://pbx.example.org/api/ver1.0", application_id: x, application_secret: y, timeout: 5}
extension_len: 3
client_settings: {geo_list: [by, RU], timezone: Europe/Moscow, hold_music: "11", reset: [disk_space_notify_email]}
client_bundles:
  - {extension: "101", members: ["201", 301]}
  - {extension_id: 1101, bundle_list: [1201], append: true}
  - {extension: "0003*105", state: absent}
client_bundles_prune: true
client_bundles_max_changes: 30%
client_bundles_allow_widening: ["201"]
client_registrations:
  extensions: ["101"]
  allowed_networks: {office: [198.51.100.0/24]}
  allowed_devices: ['^Yealink SIP-T4']
  must_register: ["*"]
  min_rules: 2
  max_removals: 5
  absent: [{extension: "102", device: Zoiper}, {extension_id: 7, address: [198.51.100.7]}]
client_vars: {site: moscow, extension_length: 3}
"""
    assert _messages(text) == []
    assert _messages("client_id: 801") == _messages("{}") == []


# --- in the modules' own words -------------------------------------------------------------------------------------

_CREDENTIALS = {"api_url": "https://pbx.example.org", "application_id": "x", "application_secret": "y"}


def _connection(options: Mapping[str, Any]) -> Any:
    return ConnectionSettings.from_options({**_CREDENTIALS, **{k: v for k, v in options.items() if v is not None}})


OWN: dict[str, tuple[Callable[[Mapping[str, Any]], Any], Mapping[str, Any]]] = {
    "client_api": (_connection, ARGUMENTS),
    "client_settings": (ClientSettings().parse, ClientSettings.arguments),
    "client_registrations": (ClientRegistrations().parse, ClientRegistrations.arguments),
    "client_bundles_": (ClientBundles().parse, ClientBundles.arguments),
}
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("client_api", {"api_url": "ftp://pbx.example.org"}),
    ("client_api", {"api_url": "https://user:secret@pbx.example.org"}),
    ("client_api", {"api_url": "http://pbx.example.org"}),
    ("client_api", {"application_secret": "a b"}),
    ("client_api", {"proxy": "nonsense"}),
    ("client_api", {"timeout": 0.0}),
    ("client_api", {"retries": 0}),
    ("client_api", {"retry_budget": -1.0}),
    ("client_api", {"client_key": "key.pem"}),
    ("client_settings", {"geo_list": ["RU", "XX"]}),
    ("client_settings", {"geo_list": []}),
    ("client_settings", {"geo_list": ["RU", "*"]}),
    ("client_settings", {"timezone": "Europe/Moskow"}),
    ("client_settings", {"disk_space_notify_threshold": 101}),
    ("client_settings", {"disk_space_notify_email": "unknown"}),
    ("client_settings", {"hold_music": -1}),
    ("client_settings", {"hold_music": 11, "reset": ["hold_music"]}),
    ("client_registrations", {"allowed_networks": ["198.51.100.0/24", "office"]}),
    ("client_registrations", {"allowed_networks": {"office": ["x"]}}),
    ("client_registrations", {"allowed_networks": []}),
    ("client_registrations", {"allowed_devices": ["a", "("]}),
    ("client_registrations", {"allowed_devices": ["x{99999999999}"]}),
    ("client_registrations", {"max_registrations": 0}),
    ("client_registrations", {"max_registrations": 1, "min_rules": 0}),
    ("client_registrations", {"max_registrations": 1, "max_removals": "many"}),
    ("client_registrations", {"max_registrations": 1, "extensions": []}),
    ("client_registrations", {"max_registrations": 1, "extensions": ["101", "1"]}),
    ("client_registrations", {"max_registrations": 1, "extensions": ["1x"]}),
    ("client_registrations", {"max_registrations": 1, "extension_ids": [7, 7]}),
    ("client_registrations", {"must_register": ["101", "*"]}),
    ("client_registrations", {"max_registrations": 1, "verify_for": -1.0}),
    ("client_registrations", {"max_registrations": 1, "concurrency": 0}),
    ("client_registrations", {"absent": [], "extension_ids": [7]}),
    ("client_bundles_", {"max_changes": "many"}),
    ("client_bundles_", {"max_removals": "-1"}),
    ("client_bundles_", {"allow_widening": ["201", "x"]}),
    ("client_bundles_", {"concurrency": 99}),
]


@pytest.mark.parametrize(("section", "options"), REFUSED)
def test_a_refusal_is_that_of_the_module(section: str, options: dict[str, Any]) -> None:
    check, arguments = OWN[section]
    with pytest.raises(OptionError) as refused:
        check({**defaults(arguments), "client_id": "@me", "bundles": [], **options})
    error = refused.value
    if section == "client_bundles_":
        file, where = mapping_of({f"{section}{name}": value for name, value in options.items()}), section
    else:
        file, where = mapping_of({section: options}), f"{section}."
    (problem,) = check_sections(file)
    assert problem.message == f"{where}{error.option}: {error.problem}"
    assert (problem.rule, problem.hint) == (REFUSED_VALUE, error.details.hint)
    assert problem.place == place_of(file, where + error.option)


ABSENT: list[dict[str, Any]] = [
    {"extension": "1"},
    {"extension_id": 0},
    {"extension": "101", "device": "("},
    {"extension": "101", "device": "x{99999999999}"},
    {"extension": "101", "device": ""},
    {"extension": "101", "registration_id": " "},
    {"extension": "101", "address": []},
    {"extension": "101", "address": ["198.51.100.1", "x"]},
]


@pytest.mark.parametrize("options", ABSENT)
def test_so_is_that_of_a_registration_that_is_to_go(options: dict[str, Any]) -> None:
    listed = [{"extension": "102"}, options]
    with pytest.raises(OptionError) as refused:
        ClientRegistrations().parse({**defaults(ClientRegistrations.arguments), "client_id": "@me", "absent": listed})
    error = refused.value
    file = mapping_of({"client_registrations": {"absent": listed}})
    where = f"client_registrations.{error.option}"
    (problem,) = check_sections(file)
    assert (problem.message, problem.hint) == (f"{where}: {error.problem}", error.details.hint)
    assert problem.place == place_of(file, where)


MEMBERS = st.lists(st.sampled_from(["101", "102", "201", "301", "x", "1", "0003*201"]), max_size=3)
BUNDLES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "extension": st.sampled_from(["101", "102", "201", "x"]),
            "extension_id": st.sampled_from([7, 8, 0]),
            "members": MEMBERS,
            "bundle_list": st.lists(st.sampled_from([7, 8, 9, 0]), max_size=3),
            "state": st.sampled_from(["present", "absent"]),
            "ignore": st.booleans(),
        },
    ),
    max_size=4,
)


@given(bundles=BUNDLES)
def test_bundles_are_refused_as_the_module_does(bundles: list[dict[str, Any]]) -> None:
    options = defaults(ClientBundles.arguments["bundles"]["options"])
    expected: list[dict[str, Any]] = []
    try:
        ClientBundles().parse(
            {**defaults(ClientBundles.arguments), "bundles": [{**options, **item} for item in bundles]}
        )
    except OptionError as error:
        expected = error.facts["findings"]
    file = mapping_of({"client_bundles": bundles})
    assert [(item.rule, item.message, item.hint, item.place) for item in check_sections(file)] == [
        (
            BUNDLE_IMPOSSIBLE,
            f"{item['option']}: {item['message']}".replace("bundles[", "client_bundles["),
            item["hint"],
            place_of(file, f"client_{item['option']}"),
        )
        for item in expected
    ]


# --- what only a file has ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["801.0", "12345678901234567890"])
def test_a_client_is_an_id(written: str) -> None:
    shown = repr(str(float(written)) if "." in written else written)
    assert _messages(f"client_id: {written}") == [(1, 12, f"client_id: {shown} is not a valid client id")]


@pytest.mark.parametrize("tag", ["a b", "a:b", "a,b", "!a", "a&b", "a*", "[a]", "~a", "a@b", "a=b", "", "a/b"])
def test_a_tag_is_the_name_of_a_group(tag: str) -> None:
    assert _messages(f"client_tags: [good, {tag!r}]") == [(1, 21, f"client_tags[1]: {tag!r} is not a valid group name")]


@pytest.mark.parametrize("tag", ["all", "ungrouped", "localhost", "ringme_blocked", "ringme_start_at_task"])
def test_a_tag_is_not_a_reserved_group(tag: str) -> None:
    assert _messages(f"client_tags:\n  - {tag}") == [(2, 5, f"client_tags[0]: {tag} {reserved(tag)}")]


def test_all_items_of_a_list_are_checked() -> None:
    found = _messages('client_settings:\n  geo_list: [RUS, ru, Russia, "*"]\n  timezone: UTC+3')
    assert [item[:2] for item in found] == [(2, 14), (2, 23), (2, 3), (3, 13)]
    assert [item[2].partition(":")[0] for item in found] == [
        "client_settings.geo_list[0]", "client_settings.geo_list[2]", "client_settings.geo_list",
        "client_settings.timezone",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["ringme_fail_on", "ringme_report_path", "ringme_hosts"])
def test_a_client_does_not_steer_the_run(name: str) -> None:
    reported = f"client_vars.{name}: variables that begin with ringme_ control a run over all clients"
    assert _messages(f"client_vars:\n  ringme_in_process: false\n  {name}: none") == [(3, 3, reported)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ x", "unexpected end of template, expected this"), ("{{ s3cret s3cret }}", "got this"),
        ("{% if x %}", "Unexpected end of template"),
        ("{{ x | }}", "expected token"), ("{% s3cret %}", "Encountered unknown tag this"),
        ("a {# b", "Missing end of comment tag"),
        ("{{ s3cret' }}", "unexpected char"), ("{{ [1, 2 }}", "unexpected '}'"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_parsed(text: str, reason: str) -> None:
    for where in ("client_settings", "client_vars"):
        (found,) = _messages(f"client_id: 801\n{where}:\n  call_interactive_url: {json.dumps(text)}\n")
        assert found[:2] == (3, 25)
        assert found[2].startswith("the template is not valid: ") and "s3cret" not in found[2]
    assert _messages(f"client_vars:\n  x: !unsafe {json.dumps(text)}\n") == []


@pytest.mark.parametrize("key", ["client_settings", "client_bundles", "client_registrations", "client_api"])
def test_a_section_cannot_be_omitted(key: str) -> None:
    reported = f"{key}: omit is not supported for a whole section"
    assert _messages(f"{key}: '{{{{ x | default(omit) }}}}'") == [(1, len(key) + 3, reported)]
    assert _messages(f"{key}: '{{{{ x.omit | default([]) }}}}'") == []


def test_a_variable_does_not_take_the_name_of_a_key() -> None:
    found = _messages("client_vars: {client_id: 1, extension_len: 3, my_client_id: 1,\n  client_x: 2}")
    means = "extension_len and names that begin with client_ are reserved"
    assert found == [
        (1, 15, f"client_vars.client_id: {means}"),
        (1, 29, f"client_vars.extension_len: {means}"),
        (2, 3, f"client_vars.client_x: {means}"),
    ]


def test_an_empty_list_that_would_prune_everything_is_refused_at_its_place() -> None:
    text = "client_bundles_prune: true\nclient_bundles: []\n"
    message = "client_bundles: is empty, and prune would remove every bundle of the client"
    assert _messages(text) == [(2, 1, message)]
    assert _messages(f"{text}client_bundles_allow_empty: true") == []
    assert _messages("client_bundles_prune: true\n") == []  # the list is somewhere else


RULES = "allowed_networks, allowed_devices, max_registrations, must_register, absent"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("client_registrations: {}", []),
        ("client_registrations: {absent: []}", []),
        ("client_registrations: {absent: [{extension: '101'}]}", []),
        ("client_registrations: {state: compliant, absent: [{extension: '101'}]}", []),
        (
            "client_registrations: {extensions: ['101'], absent: [{extension: '101'}]}",
            [
                (
                    1,
                    24,
                    "client_registrations.extensions: selects extensions for a policy, but only absent is set",
                )
            ],
        ),
        ("client_registrations: {extensions: ['101'], must_register: '{{ x }}', absent: [{extension: '101'}]}", []),
        ("client_registrations: {state: audited}", [(1, 23, f"client_registrations requires one of {RULES}")]),
        (
            "client_registrations: {max_registrations: 1, extensions: ['101'],\n  extension_ids: [7]}",
            [(1, 46, "client_registrations.extensions cannot be combined with extension_ids")],
        ),
        (
            "client_registrations:\n  absent:\n    - {address: []}\n    - {}",
            [
                (3, 7, "client_registrations.absent[0] requires one of extension_id, extension"),
                (3, 8, "client_registrations.absent[0].address: is empty"),
                (4, 7, "client_registrations.absent[1] requires one of extension_id, extension"),
            ],
        ),
        (
            "client_registrations: {absent: [{extension: '101', extension_id: 7}]}",
            [
                (
                    1,
                    45,
                    "client_registrations.absent[0].extension cannot be combined with extension_id",
                )
            ],
        ),
    ],
)
def test_rules_of_the_modules(text: str, found: list[tuple[int, int, str]]) -> None:
    assert _messages(text) == found


def test_numbers_have_the_length_of_the_client() -> None:
    text = """\
extension_len: 3
client_bundles:
  - {extension: "1101", members: ["201", 0020, "0003*12"]}
  - {extension_id: 12345, bundle_list: [1, 12346]}
client_bundles_allow_widening: ["20", "201"]
client_registrations:
  max_registrations: 1
  extensions: ["1102", "0003*102@sip.example.net"]
  must_register: ["*"]
  absent: [{extension: "12"}, {extension_id: 4}]
"""
    found = _problems(text)
    assert all(item.rule == WRONG_LENGTH for item in found)
    assert [(item.place.line, item.place.column, item.message.split(",")[0]) for item in found] == [
        (3, 17, "client_bundles[0].extension: 1101 has 4 digits"),
        (3, 42, "client_bundles[0].members[1]: 16 has 2 digits"),
        (3, 48, "client_bundles[0].members[2]: 0003*12 has 2 digits"),
        (5, 33, "client_bundles_allow_widening[0]: 20 has 2 digits"),
        (8, 16, "client_registrations.extensions[0]: 1102 has 4 digits"),
        (10, 24, "client_registrations.absent[0].extension: 12 has 2 digits"),
    ]
    assert found[0].message.endswith(", but extension_len is 3")
    assert [item.hint for item in found[:2]] == [
        "Correct the number or extension_len",
        "Put the number in quotes: YAML reads an unquoted 010 as 8",
    ]
    assert _messages(text.replace("extension_len: 3\n", "")) == []


def test_an_invalid_number_is_reported_once() -> None:
    bundles = "client_bundles: [{extension: 1x, members: ['201', 'y']}]"
    text = f"extension_len: 3\n{bundles}\nclient_bundles_allow_widening: [z]\n"
    assert [problem.rule for problem in _problems(text)] == [REFUSED_VALUE, BUNDLE_IMPOSSIBLE, BUNDLE_IMPOSSIBLE]
