# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host of a client file, and its claims to a client and to extensions, which must be unique."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import (
    ClientFile,
    host_of,
    read_client_file,
    unreadable,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import (
    NO_CLIENT_FILE,
    NOT_DECRYPTED,
    UNREADABLE,
    FileFinding,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.reserved_names import reserved


def _read(text: str) -> ClientFile:
    return read_client_file("clients/romashka.yml", text)


def _key(text: str) -> str | None:
    client = _read(text).client
    return client.key if client else None


def test_one_client_has_one_key_however_it_is_written() -> None:
    url = "https://PBX.example.org/api/ver1.0/"
    known = _key("client_id: 801")
    assert known == _key('client_id: "801"') == _key("client_id: |-\n  801\n")
    assert known == _key("client_id: 801\nclient_api: {application_id: x}\n")
    assert known != _key("client_id: 802")
    other = _key(f"client_id: 801\nclient_api: {{api_url: '{url}'}}")
    assert other not in (known, None)
    assert other == _key("client_id: 801\nclient_api: {api_url: https://pbx.example.org}")


def test_the_own_client_of_an_application_is_that_of_its_account() -> None:
    own = 'client_id: "@me"\n'
    keys = {
        _key(own),
        _key(f"{own}client_api: {{application_id: x}}"),
        _key(f"{own}client_api: {{application_id: y}}"),
        _key(f"{own}client_api: {{access_token: x}}"),
        _key(f"{own}client_api: {{application_id: !vault a}}"),
        _key(f"{own}client_api: {{application_id: !vault b}}"),
    }
    assert None not in keys and len(keys) == 6
    assert _key(f"{own}client_api: {{application_id: x}}") in keys
    # For every host it may be another.
    assert _key(f"{own}client_api: {{application_id: '{{{{ x }}}}'}}") is None


@pytest.mark.parametrize("own", ['"{{ id }}"', "!vault x", "[801]", "0", "x", "!unsafe '{{ id }}'"])
def test_a_client_that_is_not_known_is_none(own: str) -> None:
    assert _read(f"client_id: {own}").client is None
    assert _read("client_tags: []").client is None


def test_extensions_are_those_of_every_section_that_names_ids() -> None:
    text = """\
client_id: 801
client_bundles:
  - {extension_id: 11, bundle_list: ["12", 13, "{{ x }}", 0]}
  - {extension: "101", members: ["201"]}
  - {extension_id: wrong, bundle_list: [99]}
  - "{{ bundle }}"
client_registrations:
  max_registrations: 1
  extension_ids: [14, 12]
  absent: [{extension_id: 15}, {extension: "102"}, "{{ x }}"]
client_vars: {extension_id: 98}
"""
    found = [(claim.text, claim.place.line) for claim in _read(text).extensions]
    assert found == [("11", 3), ("12", 3), ("13", 3), ("14", 9), ("15", 10)]


def test_ids_are_those_of_one_api() -> None:
    def keys(url: str) -> list[str]:
        bundles = "client_bundles: [{extension_id: 7, bundle_list: [8]}]"
        text = f"client_id: 801\nclient_api: {{api_url: '{url}'}}\n{bundles}\n"
        return [claim.key for claim in _read(text).extensions]

    assert keys("https://a.example.org") == keys("https://A.example.org/api/ver1.0")
    assert not set(keys("https://a.example.org")) & set(keys("https://b.example.org"))


def test_the_key_of_a_claim_reveals_nothing() -> None:
    text = 'client_id: "@me"\nclient_bundles: [{extension_id: 7, bundle_list: [8]}]\n'
    text += (
        "client_api: {api_url: 'https://user:s3cret@pbx.example.org', access_token: s3cret, application_id: s3cret}\n"
    )
    file = _read(text)
    assert file.client is not None and len(file.extensions) == 2
    assert "s3cret" not in repr((file.client, file.extensions, file.findings))


# --- hosts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["romashka", "r", "7", "a-b", "a_b.c", "ромашка", "Romashka2", "localhost2", "a__b", "a..b"]
)
def test_a_file_becomes_a_host_of_its_name(name: str) -> None:
    for suffix in (".yml", ".yaml"):
        assert host_of(f"clients/{name}{suffix}") == (name, [])
        assert host_of(f"clients\\{name}{suffix}") == (name, [])


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("a b", "a_b"),
        ("-a", "a"),
        ("a.", "a"),
        ("_a", "a"),
        ("a,b:c", "a_b_c"),
        ("a[1:3]", "a_1_3"),
        ("!", "client"),
        ("{{ x }}", "x"),
        ("all", "file_all"),
        ("localhost", "file_localhost"),
        ("ungrouped", "file_ungrouped"),
        ("ringme_blocked", "file_ringme_blocked"),
        ("-all-", "file_all"),
        ("a\nb", "a_b"),
    ],
)
def test_an_invalid_host_name_is_a_finding_and_the_file_still_becomes_a_host(name: str, host: str) -> None:
    found, findings = host_of(f"clients/{name}.yml")
    assert found == host and host_of(f"{host}.yml") == (host, [])
    why = reserved(name)
    message = f"the host gets the name of the file, and {name!r} {why or 'is not a valid host name'}"
    hint = "Rename the file" if why else "Use letters, digits, _, - and dots, as in romashka.yml"
    assert findings == [FileFinding(NO_CLIENT_FILE, f"clients/{name}.yml", 1, 1, message, hint)]
    file = read_client_file(f"clients/{name}.yml", "client_id: 801")
    assert (file.host, file.findings) == (host, tuple(findings))
    assert file.client is not None


@given(name=st.text(min_size=1, max_size=8))
def test_every_file_becomes_a_host_that_a_file_can_be_named_for(name: str) -> None:
    host, findings = host_of(f"clients/{name}.yml")
    assert host_of(f"{host}.yml") == (host, [])
    assert findings or name.replace("\\", "/").rsplit("/", 1)[-1] == host


@pytest.mark.parametrize("rule", [UNREADABLE, NOT_DECRYPTED])
def test_a_file_that_cannot_be_read_is_a_host_with_the_reason(rule: Any) -> None:
    file = unreadable("clients/a b.yml", rule, "it cannot be read", "Look")
    assert (file.host, file.tree, file.client, file.extensions, file.vaults) == ("a_b", None, None, (), ())
    assert [(item.rule, item.line, item.column) for item in file.findings] == [(NO_CLIENT_FILE, 1, 1), (rule, 1, 1)]
    assert file.findings[1].message == "it cannot be read" and file.findings[1].hint == "Look"
