# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several resources share."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._engine.common_options import (
    check_client_id,
    check_concurrency,
    reports_blocked,
)
from ansible_collections.ringme.pbx.plugins.module_utils._engine.concurrency import MOST
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
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


@given(number=st.integers(-100, 200))
def test_concurrency(number: int) -> None:
    if 1 <= number <= MOST:
        assert check_concurrency({"concurrency": number}) == number
        return
    with pytest.raises(OptionError, match=f"^concurrency: {number} is out of range") as caught:
        check_concurrency({"concurrency": number})
    assert str(MOST) in caught.value.msg


def test_what_check_mode_does_with_exceeded_limits() -> None:
    assert reports_blocked({"blocked_in_check": "report"})
    assert not reports_blocked({"blocked_in_check": "fail"})
