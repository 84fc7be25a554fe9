# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One client file: all of its defects at once, each of them once."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import ClientFile, read_client_file
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.schema import client_file_schema
from ansible_collections.ringme.pbx.tests.unit.helpers.trees import SCALARS, fitting, values

SHOWN = "clients/romashka.yml"
KEYS = client_file_schema()["properties"]


def _read(text: str) -> ClientFile:
    return read_client_file(SHOWN, text)


def _messages(file: ClientFile) -> list[tuple[str, int, int, str]]:
    return [(item.rule.id, item.line, item.column, item.message) for item in file.findings]


def test_a_good_file_has_no_findings() -> None:
    file = _read("client_id: 801\nclient_bundles:\n  - {extension_id: 7, bundle_list: [9, 8]}\n")
    assert (file.shown, file.host, file.findings) == (SHOWN, "romashka", ())
    assert file.client is not None and (file.client.text, file.client.place.line, file.client.place.column) == (
        "801",
        1,
        12,
    )
    assert [(claim.text, claim.place.line, claim.place.column) for claim in file.extensions] == [
        ("7", 3, 20),
        ("8", 3, 40),
        ("9", 3, 37),
    ]
    assert file.tree is not None and file.tree.get("client_bundles") is not None
    assert file.vaults == ()


def test_all_problems_are_reported_at_once() -> None:
    text = """\
client_tags: [all, "a b", [x]]
client_setings: {}
client_settings: {geo_list: [XX], timezone: Nowhere, hold_musik: 1, hold_music: 1.5}
client_settings: {}
client_bundles:
  - {extension: "101", members: ["101", "201"]}
  - {extension: "1x", append: maybe}
  - [x]
  - {extension: "201", members: ["301"]}
client_bundles_max_changes: many
client_registrations:
  allowed_networks: [office]
  allowed_device: [x]
  max_registrations: none
client_vars: {client_id: 1, a-b: 2}
extension_len: 3
---
client_id: 802
"""
    assert [(rule, line, column) for rule, line, column, dummy in _messages(_read(text))] == [
        ("FIL-006", 1, 1),  # client_id is missing
        ("FIL-008", 1, 15),
        ("FIL-008", 1, 20),
        ("FIL-007", 1, 27),  # a tag that is a list
        ("FIL-005", 2, 1),
        ("FIL-008", 3, 30),  # no country
        ("FIL-008", 3, 45),  # no time zone
        ("FIL-005", 3, 54),
        ("FIL-007", 3, 81),  # hold_music
        ("FIL-004", 4, 1),
        ("BND-002", 6, 34),  # its own member
        ("BND-002", 6, 41),  # a main one elsewhere
        ("FIL-007", 7, 31),  # append
        ("FIL-007", 8, 5),
        ("FIL-008", 10, 29),
        ("FIL-008", 12, 22),
        ("FIL-005", 13, 3),
        ("FIL-007", 14, 22),
        ("FIL-008", 15, 15),
        ("FIL-007", 15, 29),
        ("FIL-002", 18, 1),
    ]


@pytest.mark.parametrize(
    ("section", "rule"),
    [
        ("client_registrations: {max_registrations: many}", "FIL-007"),
        ("client_registrations: {allowed_network: [198.51.100.0/24]}", "FIL-005"),
        ("client_registrations: {absent: [{extention: '101'}]}", "FIL-005"),
        ("client_registrations: {max_registrations: 1, min_rules: [1], allowed_devices: ['(']}", "FIL-007 FIL-008"),
        ("client_bundles: [{extension: [101], members: ['201']}]", "FIL-007"),
        ("client_bundles: [{extention: '101', members: ['201']}]", "FIL-005"),
        ("client_bundles: [{extension: '101', members: 201}]", "FIL-007"),
        ("client_api: {access_token: [x]}", "FIL-007"),
        ("client_api: {client_cert: [x], client_key: y}", "FIL-007"),
        ("client_settings: {hold_music: x, reset: [hold_music]}", "FIL-007"),
        ("extension_len: three\nclient_bundles: [{extension: '1101', members: ['201']}]", "FIL-007"),
        ("client_bundles_prune: true\nclient_bundles_allow_empty: maybe\nclient_bundles: []", "FIL-007"),
    ],
)
def test_one_defect_is_one_finding(section: str, rule: str) -> None:
    assert " ".join(found[0] for found in _messages(_read(f"client_id: 801\n{section}\n"))) == rule


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_value_of_another_type_is_one_finding_and_breaks_nothing(key: str) -> None:
    for value in ("[]", "{}", "[[]]", "[{x: 1}]", "{x: {}}", "{x: []}", "1.5", ".nan", ".inf", "''", "true", "x"):
        text = f"{key}: {value}\n" if key == "client_id" else f"client_id: 801\n{key}: {value}\n"
        assert len(_messages(_read(text))) <= 1, text


def test_a_file_that_is_not_a_mapping_has_a_finding_and_no_tree() -> None:
    for text, rule in (("", "FIL-002"), ("a: [", "FIL-002"), ("- a", "FIL-007"), ("text", "FIL-007")):
        file = _read(text)
        assert (file.tree, file.client, file.extensions, file.vaults) == (None, None, (), ())
        assert [found[0] for found in _messages(file)] == [rule]


def test_the_missing_key_is_explained() -> None:
    (finding,) = _read("client_tags: []\n").findings
    assert finding.message == "required key client_id is missing"
    assert finding.hint == KEYS["client_id"]["description"]


def test_encrypted_values_are_found_wherever_they_are() -> None:
    text = "client_api: {application_secret: !vault b}\nclient_vars: {x: [{y: !vault c}], z: d}\n"
    file = _read(text)
    assert [scalar.value for scalar in file.vaults] == ["b", "c"]
    assert [item.rule.id for item in file.findings] == ["FIL-006"] and file.client is None


@pytest.mark.parametrize(
    "written",
    [
        "8:01", "01234", "0x321", "8_01", "801.0", "+801", "0b11", "0o1441", "08.01", "1e3", "1.0e+3", ".inf",
        '"801\\n"', "'0801'", "' 801'", "８０１",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "field",
    [
        "client_id: {}", "client_id: 801\nextension_len: {}", "client_id: 801\nclient_settings: {{dial_rule_id: {}}}",
        "client_id: 801\nclient_bundles: [{{extension_id: {}, bundle_list: [7]}}]",
        "client_id: 801\nclient_bundles: [{{extension_id: 7, bundle_list: [{}]}}]",
        "client_id: 801\nclient_registrations: {{max_registrations: {}}}",
        "client_id: 801\nclient_registrations: {{max_registrations: 1, extension_ids: [{}]}}",
        "client_id: 801\nclient_api: {{retries: {}}}",
    ],
)  # fmt: skip
def test_a_number_is_written_in_plain_decimal_digits(written: str, field: str) -> None:
    """YAML makes 481 of 8:01, and 668 of 01234: then it would be another client."""
    (found,) = [item for item in _read(field.format(written) + "\n").findings if item.rule.id != "FIL-008"]
    assert found.rule.id == "FIL-007"


@pytest.mark.parametrize("written", ["8:01", "01234", "0x321", "8_01", "801.0", "+801"])
def test_a_number_instead_of_a_string_is_written_in_plain_digits(written: str) -> None:
    """It is not shown: it may be a password."""
    bundle, api = f"{{extension: {written}, members: [{written}]}}", f"{{application_secret: {written}}}"
    text = f"client_id: 801\nclient_bundles: [{bundle}]\nclient_api: {api}\n"
    reported = _messages(_read(text))
    assert [item[:2] for item in reported if item[0] == "FIL-007"] == [("FIL-007", 2), ("FIL-007", 2), ("FIL-007", 3)]
    assert not any(written in item[3] for item in reported)


@pytest.mark.parametrize("written", ["1.5", "0.5", "10", "'1.5'", "'10'"])
def test_a_number_with_a_fraction(written: str) -> None:
    assert (
        _messages(
            _read(
                f"client_id: 801\nclient_api: {{timeout: {written}}}\nclient_vars: {{any: 0x1F, of: 1_0, them: 010}}\n"
            )
        )
        == []
    )


@pytest.mark.parametrize("written", ["0x10", "1_0.5", "1:30.5", "+1.5", "1.", ".5", "'01.5'"])
def test_a_number_with_a_fraction_is_written_plainly(written: str) -> None:
    assert [item[0] for item in _messages(_read(f"client_id: 801\nclient_api: {{timeout: {written}}}\n"))] == [
        "FIL-007"
    ]


@given(
    file=st.sampled_from(sorted(KEYS)).flatmap(
        lambda name: st.tuples(st.sets(st.sampled_from(sorted(KEYS)), max_size=3), fitting(KEYS[name], SCALARS)).map(
            lambda drawn: {"client_id": 801, **{other: [{}] for other in drawn[0]}, name: drawn[1]}
        )
    )
    | fitting(client_file_schema())
    | values()
)
def test_no_data_break_the_check(file: Any) -> None:
    text = yaml.safe_dump(file, allow_unicode=True, sort_keys=False)
    found = _read(text)
    assert found.host == "romashka"
    lines = len(text.splitlines())
    for finding in found.findings:
        assert 1 <= finding.line <= max(lines, 1) and finding.column >= 1
        assert finding.file == SHOWN and finding.message
    assert list(found.findings) == sorted(
        found.findings, key=lambda item: (item.line, item.column, item.rule.id, item.message)
    )
