# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of fields agree with the reference."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model import fields
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.fields import Field, read_fields
from ansible_collections.ringme.pbx.plugins.module_utils._model.kinds import UnreadableValueError
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import fewer, field_values, json_values

TABLES = {"client": fields.CLIENT, "extension": fields.EXTENSION, "phone": fields.PHONE}
ROWS = [row for table in TABLES.values() for row in table.values()]
WRITABLE = [pytest.param(row, id=row.name) for row in fields.CLIENT_SETTINGS.values()]


def test_writable_settings() -> None:
    documented = {
        "dial_rule_id", "disk_space_notify_email", "disk_space_notify_threshold", "geo_list", "hold_music",
        "sip_network_permission_id", "timezone",
    }  # fmt: skip
    interactive = {f"call_interactive_{name}" for name in ("method", "out_call", "timeout", "url")}
    assert set(fields.CLIENT_SETTINGS) == documented | interactive
    assert len(fields.CLIENT) == 28 + 4
    assert set(fields.CLIENT_RESETTABLE) < set(fields.CLIENT_SETTINGS)
    assert "timezone" not in fields.CLIENT_RESETTABLE


def test_what_a_bundle_synchronises() -> None:
    assert {name for name, row in fields.EXTENSION.items() if row.synchronised} == {
        "status",
        "dial_rule_id",
        "dial_rule_limit",
    }
    assert len(fields.PHONE) == 14  # call_status_id only where the PBX has it
    assert all(row.synchronised for row in fields.PHONE.values())


def test_secrets_are_marked_and_the_sip_password_is_not_read() -> None:
    assert [name for table in TABLES.values() for name, row in table.items() if row.secret] == ["conference_pin"]
    assert "password" not in fields.PHONE


@fewer(0.06)
@given(data=st.data())
def test_what_is_written_is_read_again(data: st.DataObject) -> None:
    for row in ROWS:
        value = data.draw(field_values(row), row.name)
        assert row.read(row.write(value)) == value


@given(raw=json_values())
def test_reading_normalises_once_and_for_all(raw: Any) -> None:
    for row in ROWS:
        note(row.name)
        try:
            value = row.read(raw)
        except UnreadableValueError:
            continue
        assert row.read(row.write(value)) == value


@pytest.mark.parametrize("row", WRITABLE)
@fewer(0.3)
@given(data=st.data())
def test_an_option_is_what_reading_gives(row: Field, data: st.DataObject) -> None:
    value = data.draw(field_values(row).filter(lambda found: found is not None))
    assert row.check(value) == value


@pytest.mark.parametrize("row", WRITABLE)
def test_an_option_error_names_the_field(row: Field) -> None:
    with pytest.raises(OptionError) as caught:
        row.check([])
    assert caught.value.option == row.name
    assert caught.value.details.hint


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_argument_spec(row: Field) -> None:
    spec = row.argument()
    assert spec["type"] in ("int", "str", "bool", "list")
    assert ("elements" in spec) == (spec["type"] == "list")
    assert spec.get("choices", []) == list(row.choices)
    assert not spec.keys() & {"default", "required"}


@fewer(0.5)
@given(response=st.dictionaries(st.sampled_from([*fields.CLIENT, "password", "unknown"]), json_values()))
def test_unknown_names_are_left_out_and_missing_ones_stay_missing(response: dict[str, Any]) -> None:
    try:
        known = read_fields(fields.CLIENT, response)
    except UnreadableValueError as problem:
        assert any(str(problem).startswith(f"{name}: ") for name in response)
        return
    assert known.keys() == response.keys() & fields.CLIENT.keys()


def test_empty_text_of_a_nullable_field_is_none() -> None:
    assert read_fields(fields.CLIENT, {"geo_list": "", "hold_music": "", "name": ""}) == {
        "geo_list": None, "hold_music": None, "name": None,
    }  # fmt: skip


def test_zero_is_none_where_a_field_names_another_object() -> None:
    zeros = {"extension_group_id": 0, "dial_rule_id": "0", "dial_rule_limit": 0}
    assert read_fields(fields.EXTENSION, zeros) == {
        "extension_group_id": None, "dial_rule_id": None, "dial_rule_limit": 0,
    }  # fmt: skip
    assert read_fields(fields.PHONE, {"hold_music": 0, "incoming_limit": "0"}) == {
        "hold_music": None, "incoming_limit": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "raw"), [("timezone", 5.5), ("geo_list", {}), ("id", "x"), ("hold_music", "x")])
def test_an_unreadable_value_of_a_decisive_field_makes_the_response_invalid(name: str, raw: Any) -> None:
    with pytest.raises(UnreadableValueError, match=f"^{name}: "):
        read_fields(fields.CLIENT, {name: raw})


def test_an_unreadable_value_of_another_field_stays_unchanged() -> None:
    assert read_fields(fields.CLIENT, {"contact_phones": ["1", "2"]}) == {"contact_phones": ["1", "2"]}


def test_an_unreadable_secret_is_not_quoted() -> None:
    with pytest.raises(UnreadableValueError) as caught:
        read_fields(fields.PHONE, {"conference_pin": [SECRET]})
    assert SECRET not in str(caught.value)
    assert str(caught.value).startswith("conference_pin: ")
