# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles in plans and results, by id and by number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.bundle_change import (
    bundle_address,
    bundle_change,
    bundle_shown,
    members_shown,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import Directory, Names
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Bundle, Extension
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import wire_extension

MEMBERS = st.sets(st.integers(2, 9), max_size=5).map(lambda found: tuple(sorted(found)))
# 9 is an extension that the client's list does not have.
KNOWN = Names(Directory(tuple(Extension.read(wire_extension(number, f"0003*10{number}")) for number in range(1, 9))))
NAMES = pytest.mark.parametrize("names", [Names(), KNOWN], ids=["ids", "numbers"])


@NAMES
@given(before=MEMBERS, after=MEMBERS)
def test_a_change(names: Names, before: tuple[int, ...], after: tuple[int, ...]) -> None:
    change = bundle_change("extensions_bundle", 1, before, after, names)
    assert (change is None) == (before == after)
    if change is None:
        return
    assert change.action == ("create" if not before else "delete" if not after else "update")
    assert change.reversible == (set(after) <= set(before))
    assert {item.name: (item.before, item.after) for item in change.fields} == {
        name: (members_shown(before, names)[name], members_shown(after, names)[name])
        for name in (["bundle_list", "members"] if names.directory else ["bundle_list"])
    }
    shown = change.as_dict()
    assert (shown["resource"], shown["extension_id"]) == ("extensions_bundle", 1)
    assert (shown["address"], shown["extension"]) == (("bundle/101", "101") if names.directory else ("bundle/1", None))
    assert shown["address"] == bundle_address(1, names)


@given(members=MEMBERS)
def test_members(members: tuple[int, ...]) -> None:
    numbers = [f"10{number}" if number < 9 else None for number in members]
    assert members_shown(members, KNOWN) == {"bundle_list": list(members), "members": numbers}
    assert members_shown(members, Names()) == {"bundle_list": list(members)}


@NAMES
@given(members=MEMBERS)
def test_as_a_result_shows_it(names: Names, members: tuple[int, ...]) -> None:
    assert bundle_shown(Bundle(1, members), 1, names) == {
        "extension_id": 1,
        "extension": "101" if names.directory else None,
        "bundle_list": list(members),
        "members": members_shown(members, KNOWN)["members"] if names.directory else None,
        "state": "present" if members else "absent",
    }
