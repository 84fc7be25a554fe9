# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible decrypts or templates later is never refused in a section, nor because of it anything else; the rest
still is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.section_checks import check_sections
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import (
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    scalars,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.trees import Vault, mapping_of

GOOD: dict[str, Any] = {
    "client_id": 801,
    "client_tags": ["moscow"],
    "client_api": {
        "api_url": "https://pbx.example.org",
        "application_id": "x",
        "application_secret": "y",
        "client_cert": "cert.pem",
        "client_key": "key.pem",
        "proxy": "http://proxy.example.org:3128",
        "timeout": 5,
        "retries": "3",
    },
    "extension_len": 3,
    "client_settings": {
        "geo_list": ["RU", "BY"],
        "timezone": "UTC",
        "hold_music": 11,
        "reset": ["disk_space_notify_email"],
    },
    "client_bundles": [
        {"extension": "101", "members": ["201", 301]},
        {"extension_id": 1102, "bundle_list": [1202, "1302"], "append": True},
        {"extension": "103", "state": "absent"},
        {"extension": "104", "ignore": True},
    ],
    "client_bundles_prune": True,
    "client_bundles_allow_empty": True,
    "client_bundles_max_changes": "30%",
    "client_bundles_allow_widening": ["201"],
    "client_registrations": {
        "extensions": ["101", "102"],
        "allowed_networks": {"office": ["198.51.100.0/24"], "home": ["203.0.113.7"]},
        "allowed_devices": ["^Yealink"],
        "max_registrations": 1,
        "must_register": ["101"],
        "min_rules": 3,
        "max_removals": 5,
        "state": "compliant",
        "absent": [
            {"extension": "102", "device": "Zoiper", "address": ["198.51.100.7"]},
            {"extension_id": 7, "registration_id": "uloc-1"},
        ],
    },
    "client_vars": {"site": "moscow", "floors": [1, 2]},
}
TOKEN: dict[str, Any] = {"client_api": {"access_token": "x"}, "client_registrations": {"must_register": ["*"]}}
EMPTY: dict[str, Any] = {"client_bundles": [], "client_bundles_prune": True, "client_bundles_allow_empty": True}
FILES = [mapping_of(file) for file in (GOOD, TOKEN, EMPTY)]


def _paths(node: Node) -> Iterator[tuple[int, ...]]:
    """Yield where there is something below the keys of a file, by positions."""
    if isinstance(node, MapNode):
        inner = [entry.node for entry in node.entries]
    else:
        inner = list(node.items) if isinstance(node, ListNode) else []
    for index, item in enumerate(inner):
        yield (index,)
        yield from ((index, *path) for path in _paths(item))


def _later(node: Node, path: tuple[int, ...], text: str) -> Any:
    """Return the tree with something in it not known yet."""
    if not path:
        return ScalarNode(node.place, text, vault=isinstance(text, Vault))
    if isinstance(node, MapNode):
        entry = node.entries[path[0]]
        changed = type(entry)(entry.key, entry.place, _later(entry.node, path[1:], text))
        return MapNode(node.place, tuple(changed if item is entry else item for item in node.entries))
    assert isinstance(node, ListNode)
    return ListNode(
        node.place,
        tuple(_later(item, path[1:], text) if at == path[0] else item for at, item in enumerate(node.items)),
    )


@pytest.mark.parametrize("text", [Vault("$ANSIBLE_VAULT;1.1;AES256"), "{{ x }}", "{% if x %}1{% endif %}"])
def test_nothing_is_refused_wherever_one_thing_is_not_known(text: str) -> None:
    tried = 0
    for file in FILES:
        assert list(check_sections(file)) == []
        for path in _paths(file):
            later = _later(file, path, text)
            assert any(scalar.opaque for scalar in scalars(later))
            assert list(check_sections(later)) == [], path
            tried += 1
    assert tried > 80


@given(data=st.data())
def test_nothing_is_refused_wherever_several_things_are_not_known(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES[:2]))
    for text in data.draw(st.lists(st.sampled_from([Vault("x"), "{{ x }}"]), min_size=2, max_size=6)):
        paths = list(_paths(file))
        file = _later(file, data.draw(st.sampled_from(paths)), text)
    assert list(check_sections(file)) == []


LATER = [Vault("x"), "{{ x }}"]


@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize(
    ("file", "reported"),
    [
        (
            {"client_settings": {"timezone": "LATER", "geo_list": ["XX"], "hold_music": -1}},
            ["geo_list[0]", "hold_music"],
        ),
        ({"client_api": {"application_secret": "LATER", "api_url": "x", "retries": 0}}, ["api_url", "retries"]),
        ({"client_api": {"access_token": "LATER", "application_id": "x"}}, ["access_token"]),
        ({"client_registrations": {"allowed_networks": "LATER", "allowed_devices": ["("]}}, ["allowed_devices[0]"]),
        ({"client_registrations": {"absent": [{"extension": "LATER", "device": "("}]}}, ["absent[0].device"]),
        ({"client_registrations": {"allowed_devices": "LATER", "min_rules": 0}}, ["min_rules"]),
        ({"client_registrations": {"absent": ["LATER", {"device": "x"}]}}, ["absent[1]"]),
        ({"client_tags": ["LATER", "a b"]}, ["client_tags[1]"]),
        ({"client_bundles": [{"extension": "101", "members": ["LATER", "101"]}]}, ["members[1]"]),
        ({"client_bundles": [{"extension": "LATER", "members": ["201", "201"]}]}, ["members[1]"]),
        ({"client_bundles": ["LATER", {"extension": "101"}]}, ["client_bundles[1].members"]),
        ({"client_bundles": "LATER", "client_bundles_max_changes": "x"}, ["max_changes"]),
        ({"client_bundles": [{"extension": "LATER", "extension_id": 7, "members": ["201"]}]}, ["client_bundles[0]"]),
        ({"extension_len": 3, "client_bundles": [{"extension": "LATER", "members": ["20"]}]}, ["members[0]"]),
        ({"extension_len": 3, "client_bundles_allow_widening": ["LATER", "20"]}, ["allow_widening[1]"]),
    ],
)
def test_the_rest_still_is(file: dict[str, Any], reported: list[str], later: str) -> None:
    found = list(check_sections(mapping_of(_filled(file, later))))
    assert len(found) == len(reported)
    for problem, option in zip(found, reported, strict=True):
        assert problem.message.replace(":", " ").split()[0].endswith(option)


def _filled(value: Any, later: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, later) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, later) for item in value]
    return later if value == "LATER" else value


@pytest.mark.parametrize("later", LATER)
def test_a_bundle_that_is_not_known_is_named_in_words(later: str) -> None:
    file = {"client_bundles": [{"extension": later, "members": ["201"]}, {"extension": "101", "members": ["201"]}]}
    (problem,) = check_sections(mapping_of(file))
    assert problem.message == (
        "client_bundles[1].members[0]: 201 is also in the bundle of an extension that is not known yet, "
        "client_bundles[0]"
    )
