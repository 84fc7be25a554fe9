# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of client files against each other: clients, hosts and extensions that two files describe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.cross_file_checks import check_across
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import ClientFile, read_client_file
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    DUPLICATE_CLIENT,
    DUPLICATE_EXTENSION,
    WRONG_TEMPLATE,
)


def _read(files: dict[str, str]) -> list[ClientFile]:
    return [read_client_file(f"clients/{name}", text) for name, text in files.items()]


def _across(files: dict[str, str]) -> dict[str, list[tuple[str, int, int, str]]]:
    found = check_across(_read(files))
    assert [file.shown for file in found] == [f"clients/{name}" for name in files]
    return {
        file.shown.removeprefix("clients/"): [
            (item.rule.id, item.line, item.column, item.message) for item in file.findings
        ]
        for file in found
        if file.findings
    }


def test_two_files_for_one_client_both_have_the_finding() -> None:
    files = {"a.yml": "client_id: 801", "b.yml": "client_id: 802", "c.yml": 'client_tags: []\nclient_id: "801"'}
    assert _across(files) == {
        "a.yml": [(DUPLICATE_CLIENT.id, 1, 12, "client 801 is also described in clients/c.yml:2")],
        "c.yml": [(DUPLICATE_CLIENT.id, 2, 12, "client 801 is also described in clients/a.yml:1")],
    }


def test_two_files_for_one_host_both_have_the_finding() -> None:
    files = {"a.yml": "client_id: 801", "a.yaml": "client_id: 802", "b.yml": "client_id: 803"}
    assert _across(files) == {
        "a.yml": [(DUPLICATE_CLIENT.id, 1, 1, "host a is also described in clients/a.yaml:1")],
        "a.yaml": [(DUPLICATE_CLIENT.id, 1, 1, "host a is also described in clients/a.yml:1")],
    }


def test_of_many_files_for_one_client_three_are_named() -> None:
    found = _across({f"{name}.yml": "client_id: 801" for name in "abcdef"})
    assert len(found) == 6
    assert found["b.yml"][0][3] == (
        "client 801 is also described in clients/a.yml:1, clients/c.yml:1, clients/d.yml:1, clients/e.yml:1, "
        "clients/f.yml:1"
    )


def test_an_extension_of_two_clients_is_a_finding_in_both_files() -> None:
    bundles = "client_bundles:\n  - {extension_id: %s, bundle_list: [%s]}\n"
    files = {
        "a.yml": "client_id: 801\n" + bundles % (11, 12),
        "b.yml": "client_id: 802\nclient_registrations: {max_registrations: 1, extension_ids: [12, 13]}",
        "c.yml": "client_id: 803\n" + bundles % (14, 15),
    }
    assert _across(files) == {
        "a.yml": [(DUPLICATE_EXTENSION.id, 3, 38, "extension 12 (an id) is also described in clients/b.yml:2")],
        "b.yml": [(DUPLICATE_EXTENSION.id, 2, 62, "extension 12 (an id) is also described in clients/a.yml:3")],
    }


def test_two_files_of_one_client_have_no_finding_on_extensions() -> None:
    text = "client_id: 801\nclient_bundles: [{extension_id: 11, bundle_list: [12]}]"
    found = _across({"a.yml": text, "b.yml": text, "c.yml": text.replace("801", "802").replace("12", "13")})
    assert [[item[0] for item in found[name]] for name in ("a.yml", "b.yml", "c.yml")] == [
        [DUPLICATE_CLIENT.id, DUPLICATE_EXTENSION.id],
        [DUPLICATE_CLIENT.id, DUPLICATE_EXTENSION.id],
        [DUPLICATE_EXTENSION.id],
    ]
    assert found["a.yml"][1][3] == "extension 11 (an id) is also described in clients/c.yml:2"
    assert found["c.yml"][0][3] == "extension 11 (an id) is also described in clients/a.yml:2, clients/b.yml:2"


def test_where_a_client_is_not_known_its_extensions_still_are() -> None:
    text = "client_id: '{{ id }}'\nclient_bundles: [{extension_id: 11, bundle_list: [12]}]"
    found = _across({"a.yml": text, "b.yml": text})
    assert [item[0] for item in found["a.yml"]] == [WRONG_TEMPLATE.id] + [DUPLICATE_EXTENSION.id] * 2


def test_the_same_ids_of_two_apis_are_no_matter() -> None:
    text = "client_id: 801\nclient_bundles: [{extension_id: 11, bundle_list: [12]}]\n"
    assert _across({"a.yml": text, "b.yml": text + "client_api: {api_url: https://other.example.org}"}) == {}


def test_findings_of_a_file_keep_the_order_of_reading() -> None:
    files = {"a.yml": "client_tags: [all]\nclient_id: 801\nclient_setings: 1", "b.yml": "client_id: 801"}
    assert [item[:2] for item in _across(files)["a.yml"]] == [("FIL-008", 1), (DUPLICATE_CLIENT.id, 2), ("FIL-005", 3)]


@given(ids=st.lists(st.integers(1, 4), max_size=6))
def test_exactly_the_duplicates_are_findings(ids: list[int]) -> None:
    files = _read({f"c{index}.yml": f"client_id: {number}" for index, number in enumerate(ids)})
    found = check_across(files)
    assert [bool(file.findings) for file in found] == [ids.count(number) > 1 for number in ids]
    assert all(after is before for before, after in zip(files, found, strict=True) if not after.findings)
