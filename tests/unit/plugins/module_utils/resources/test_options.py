# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several resources share."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ansible_collections.ringme.pbx.plugins.module_utils.model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils.resources.options import check_client_id, check_extension_ids
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import IDS, json_values


@given(number=IDS)
def test_clients(number: int) -> None:
    assert check_client_id({"client_id": "@me"}) == "@me"
    assert check_client_id({"client_id": str(number)}) == check_client_id({"client_id": number}) == number


@pytest.mark.parametrize("value", ["", "0", "-801", "me", "@ME", "801/extension/7", "../1", "8 01", "1.5", None, True])
def test_no_client(value: Any) -> None:
    with pytest.raises(OptionError) as caught:
        check_client_id({"client_id": value})
    assert caught.value.option == "client_id"
    assert "@me" in caught.value.msg


@given(value=json_values())
def test_any_client_id_is_usable_in_a_path_or_an_option_error(value: Any) -> None:
    try:
        found = check_client_id({"client_id": value})
    except OptionError:
        return
    assert found == "@me" or (isinstance(found, int) and found > 0)


def test_extension_ids() -> None:
    assert check_extension_ids({}) is check_extension_ids({"extension_ids": None}) is None
    assert check_extension_ids({"extension_ids": [9, 7]}) == [7, 9]


@pytest.mark.parametrize(
    ("value", "option"), [([], "extension_ids"), ([7, 7], "extension_ids"), ([7, 0], "extension_ids[1]")]
)
def test_no_extension_ids(value: list[int], option: str) -> None:
    with pytest.raises(OptionError) as caught:
        check_extension_ids({"extension_ids": value})
    assert caught.value.option == option
