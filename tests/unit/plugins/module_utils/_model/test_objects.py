# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of responses: readers accept what is documented and refuse everything else with one type of error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.kinds import UnreadableValueError
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import (
    Bundle,
    Client,
    Extension,
    Phone,
    Registration,
    RegistrationInfo,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import IDS, json_values, registration_infos

READERS: dict[str, Callable[[Any], Any]] = {
    "client": Client.read,
    "extension": Extension.read,
    "phone": Phone.read,
    "bundle": Bundle.read,
    "registration": Registration.read,
    "registrations": RegistrationInfo.read,
    "block": RegistrationInfo.read_block,
}
EXTENSION = {"id": 30, "name": "000*300@sip.example.org", "type": "phone", "status": "active", "dial_rule_limit": "5"}
ENTRY = {
    "device": "Yealink SIP-T46G", "real_address": "sip:192.0.2.7:62338", "contact_address": "sip:000*002@10.0.0.5:5062",
    "expires": 699, "registration_id": "uloc-1",
}  # fmt: skip


@given(response=json_values())
def test_any_json_is_an_object_or_the_one_error(response: Any) -> None:
    for name, reader in READERS.items():
        note(name)
        try:
            reader(response)
        except UnreadableValueError as problem:
            assert str(problem)


class TestClient:
    """Reference section 2.1."""

    def test_read(self) -> None:
        client = Client.read({"id": "801", "geo_list": "RU BY", "extension_len": "3", "presence": "no", "new": 1})
        assert client.values == {"id": 801, "geo_list": ["BY", "RU"], "extension_len": 3, "presence": False}
        assert client.settings() == {"geo_list": ["BY", "RU"]}

    @pytest.mark.parametrize("response", [{}, {"name": "x"}, [], None, "x", {"id": None}, {"id": ""}, {"id": True}])
    def test_refused(self, response: Any) -> None:
        with pytest.raises(UnreadableValueError):
            Client.read(response)


class TestExtension:
    """Reference section 5."""

    def test_read(self) -> None:
        extension = Extension.read(EXTENSION)
        assert (extension.id, extension.type, extension.number) == (30, "phone", "300")
        assert extension.values["dial_rule_limit"] == 5

    @pytest.mark.parametrize(
        ("name", "number"), [("300", "300"), ("000*300", "300"), ("00*1*300@x", "300"), (300, "300")]
    )
    def test_number(self, name: Any, number: str) -> None:
        assert Extension.read({**EXTENSION, "name": name}).number == number

    @pytest.mark.parametrize("missing", ["id", "name", "type"])
    def test_incomplete(self, missing: str) -> None:
        with pytest.raises(UnreadableValueError, match=missing):
            Extension.read({name: value for name, value in EXTENSION.items() if name != missing})
        with pytest.raises(UnreadableValueError, match=missing):
            Extension.read({**EXTENSION, missing: None})


def test_phone_leaves_the_password_behind() -> None:
    phone = Phone.read({"password": SECRET, "geo_list": "RU", "record_enabled": "yes", "conference_pin": 1234})
    assert phone.values == {"geo_list": ["RU"], "record_enabled": True, "conference_pin": "1234"}
    assert SECRET not in repr(phone)


class TestBundle:
    """Reference section 4."""

    @pytest.mark.parametrize("members", [[3, 2], ["2", 3], [{"id": 3}, {"extension_id": "2"}], [2, 3, 2]])
    def test_members_in_all_shapes(self, members: list[Any]) -> None:
        assert Bundle.read({"bundle_id": "1", "bundle_list": members}) == Bundle(1, (2, 3))

    @pytest.mark.parametrize("main", [None, 0, ""])
    def test_without_main(self, main: Any) -> None:
        assert Bundle.read({"bundle_id": main, "bundle_list": []}) == Bundle(None, ())
        assert Bundle.read({"bundle_list": []}) == Bundle(None, ())

    @pytest.mark.parametrize(
        "response",
        [
            {},
            {"bundle_list": None},
            {"bundle_list": {}},
            {"bundle_list": [0]},
            {"bundle_list": [], "bundle_id": "x"},
            [],
        ],
    )
    def test_refused(self, response: Any) -> None:
        with pytest.raises(UnreadableValueError):
            Bundle.read(response)

    @given(main=IDS, members=st.sets(IDS, max_size=6), data=st.data())
    def test_order_means_nothing(self, main: int, members: set[int], data: st.DataObject) -> None:
        order = data.draw(st.permutations(sorted(members)))
        assert Bundle.read({"bundle_id": main, "bundle_list": order}) == Bundle(main, tuple(sorted(members)))


class TestRegistration:
    """Reference section 3."""

    def test_read(self) -> None:
        entry = Registration.read(ENTRY)
        assert entry.as_dict() == ENTRY
        assert "expires" not in entry.lasting()
        assert "registration_id" not in entry.lasting()
        assert str(entry.address) == "192.0.2.7"

    def test_device_may_be_an_object(self) -> None:
        assert Registration.read({**ENTRY, "device": {"b": 1, "a": "Ü"}}).device == '{"a": "Ü", "b": 1}'
        assert Registration.read({"registration_id": 7}).as_dict() == {
            "device": "", "real_address": "", "contact_address": "", "expires": None, "registration_id": "7",
        }  # fmt: skip

    @pytest.mark.parametrize("expires", [699, "2026-01-01 00:00:00"])
    def test_expiry_in_seconds_or_as_a_date(self, expires: Any) -> None:
        assert Registration.read({**ENTRY, "expires": expires}).expires == expires

    @pytest.mark.parametrize("expires", [True, 1.5, None, [], {}])
    def test_odd_expiry_is_left_out(self, expires: Any) -> None:
        assert Registration.read({**ENTRY, "expires": expires}).expires is None

    @pytest.mark.parametrize("identifier", [None, "", True, [], {}, 1.5, ".", "..", "\ud800"])
    def test_without_usable_id(self, identifier: Any) -> None:
        """A dot would leave the path in which the id stands: DELETE of one would become DELETE of all."""
        with pytest.raises(UnreadableValueError, match="registration_id"):
            Registration.read({**ENTRY, "registration_id": identifier})


class TestRegistrationInfo:
    """Reference section 3: registered false lists what has expired."""

    @given(info=registration_infos(7))
    def test_read_gives_back_what_was_shown(self, info: RegistrationInfo) -> None:
        again = RegistrationInfo.read(info.as_dict())
        assert sorted(again.registrations, key=repr) == sorted(info.registrations, key=repr)
        assert RegistrationInfo.read(again.as_dict()) == again
        assert again.live == (again.registrations if info.registered else ())

    @pytest.mark.parametrize(
        "response",
        [
            {"registrations": [], "extension_id": 3},
            {"registered": True, "registrations": {}, "extension_id": 3},
            {"registered": "maybe", "registrations": [], "extension_id": 3},
            {"registered": None, "registrations": [], "extension_id": 3},
            {"registered": True, "registrations": [None], "extension_id": 3},
            {"registered": True, "registrations": []},
            {"registered": True, "registrations": [], "extension_id": None},
            {},
            [],
        ],
    )
    def test_refused(self, response: Any) -> None:
        with pytest.raises(UnreadableValueError):
            RegistrationInfo.read(response)

    def test_the_asked_extension_stands_in(self) -> None:
        assert RegistrationInfo.read({"registered": False, "registrations": None}, 7) == RegistrationInfo(7, False, ())

    def test_a_block_of_one_may_be_an_object(self) -> None:
        one = {"extension_id": 3, "registered": False, "registrations": []}
        assert (
            RegistrationInfo.read_block(one) == RegistrationInfo.read_block([one]) == [RegistrationInfo(3, False, ())]
        )
        assert [info.extension_id for info in RegistrationInfo.read_block([{**one, "extension_id": 9}, one])] == [3, 9]
        assert RegistrationInfo.read_block([]) == []
