# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors carry what, hint and details."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils.model import errors
from ansible_collections.ringme.pbx.plugins.module_utils.model.errors import ErrorDetails, OptionError, RingmeError

CLASSES = [item for item in vars(errors).values() if inspect.isclass(item) and issubclass(item, RingmeError)]


def test_kinds_tell_classes_apart() -> None:
    kinds = [item.kind for item in CLASSES]
    assert len(set(kinds)) == len(kinds) > 12


@given(what=st.text(), hint=st.none() | st.text())
def test_message_says_what_and_what_next(what: str, hint: str | None) -> None:
    error = RingmeError(what, hint=hint)
    assert error.msg.startswith(what.rstrip(". "))
    assert error.msg.endswith(".")
    assert (hint or "").rstrip(". ") in error.msg
    assert (
        ".." not in error.msg
        or ".." in what
        or ".." in (hint or "")
        or not (what.strip(". ") and (hint or "x").strip(". "))
    )


def test_details_have_all_six_keys() -> None:
    assert ErrorDetails("conflict").as_dict() == {
        "kind": "conflict", "status": None, "api_status": None, "method": None, "path": None, "hint": None,
    }  # fmt: skip


@pytest.mark.parametrize("item", [item for item in CLASSES if item is not OptionError], ids=lambda item: item.kind)
def test_details_carry_what_is_known(item: type[RingmeError]) -> None:
    error = item("GET /x failed", hint="Try", status=403, api_status="access_denied", method="GET", path="/x")
    assert error.details.as_dict() == {
        "kind": item.kind, "status": 403, "api_status": "access_denied", "method": "GET", "path": "/x", "hint": "Try",
    }  # fmt: skip
    assert str(error) == error.what == "GET /x failed"
    assert error.msg == "GET /x failed. Try."


def test_option_errors_name_the_option() -> None:
    error = OptionError("geo_list", "is wrong", hint="Mend it")
    assert (error.option, error.msg) == ("geo_list", "geo_list: is wrong. Mend it.")
