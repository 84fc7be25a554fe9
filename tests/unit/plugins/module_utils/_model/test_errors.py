# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors carry what, hint and details."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model import errors
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    ErrorDetails,
    NotFoundError,
    OptionError,
    PartialError,
    RingmeError,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import MESSAGE_LIMIT, clean

CLASSES = [item for item in vars(errors).values() if inspect.isclass(item) and issubclass(item, RingmeError)]


def test_each_class_has_its_kind() -> None:
    kinds = [item.kind for item in CLASSES]
    assert len(set(kinds)) == len(kinds) > 12


@given(what=st.text(), hint=st.none() | st.text())
def test_message_has_the_problem_and_the_remedy(what: str, hint: str | None) -> None:
    what, hint = clean(what), hint and clean(hint)
    error = RingmeError(what, hint=hint)
    assert error.msg.startswith(what.rstrip(". "))
    assert error.msg.endswith((".", "?", "!")) or not (what or hint)
    assert (hint or "").rstrip(". ") in error.msg
    assert (
        ".." not in error.msg
        or ".." in what
        or ".." in (hint or "")
        or not (what.strip(". ") and (hint or "x").strip(". "))
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda text: RingmeError(text, hint=text),
        lambda text: RingmeError("x").reworded(text, text),
        lambda text: OptionError(text, text, hint=text),
        lambda text: PartialError(text, hint=text),
    ],
)
@pytest.mark.parametrize(
    "text", ["\x1b]0;x\x07", "\u202e", "\u200b", "a\nb", "x" * 30_000], ids=lambda text: str(len(text))
)
def test_whatever_it_quotes_a_message_is_clean_and_bounded(make: Callable[[str], RingmeError], text: str) -> None:
    error = make(text)
    for shown in (error.what, error.details.hint or "", str(error), error.msg):
        assert shown == clean(shown)
        assert len(shown) <= 2 * MESSAGE_LIMIT + 3


def test_a_question_is_no_statement() -> None:
    error = RingmeError("no extension 110; did you mean 101?", hint="Check the number")
    assert error.msg == "no extension 110; did you mean 101? Check the number."


def test_details_have_all_six_keys() -> None:
    assert ErrorDetails("conflict").as_dict() == {
        "kind": "conflict", "status": None, "api_status": None, "method": None, "path": None, "hint": None,
    }  # fmt: skip


GENERAL = [item for item in CLASSES if item not in (OptionError, PartialError)]


@pytest.mark.parametrize("item", GENERAL, ids=lambda item: item.kind)
def test_details_carry_what_is_known(item: type[RingmeError]) -> None:
    error = item("GET /x failed", hint="Try", status=403, api_status="access_denied", method="GET", path="/x")
    assert error.details.as_dict() == {
        "kind": item.kind, "status": 403, "api_status": "access_denied", "method": "GET", "path": "/x", "hint": "Try",
    }  # fmt: skip
    assert str(error) == error.what == "GET /x failed"
    assert error.msg == "GET /x failed. Try."


def test_option_errors_name_the_option() -> None:
    error = OptionError("geo_list", "is wrong", hint="Fix it")
    assert (error.option, error.msg) == ("geo_list", "geo_list: is wrong. Fix it.")


class TestFacts:
    """What a failed result shows in addition to msg and error."""

    def test_none(self) -> None:
        assert RingmeError("x").facts == {}
        assert OptionError("x", "y", hint="z").facts == {}

    def test_they_are_kept(self) -> None:
        assert RingmeError("x", facts={"findings": [1]}).facts == {"findings": [1]}
        assert OptionError("x", "y", hint="z", facts={"findings": [1]}).facts == {"findings": [1]}

    def test_a_restored_list_needs_no_restoring(self) -> None:
        error = PartialError("half done", hint="Run again")
        assert error.compensated
        assert error.facts == {}

    def test_the_request_that_restores_an_old_list(self) -> None:
        restore = {"method": "POST", "path": "/x", "body": {"bundle_list": [2]}}
        error = PartialError("half done", hint="Run again", restore=restore)
        assert not error.compensated
        assert error.facts == {"restore": restore}


class TestRetold:
    """The same error in other words."""

    @pytest.mark.parametrize("hint", [None, "Look elsewhere"])
    def test_everything_else_stays(self, hint: str | None) -> None:
        first = NotFoundError(
            "no", hint="Try", status=404, api_status="gone", method="GET", path="/x", facts={"findings": []}
        )
        again = first.reworded("nothing", hint)
        assert again.__class__ is NotFoundError
        assert (str(again), again.what) == ("nothing", "nothing")
        assert again.msg == f"nothing. {hint or 'Try'}."
        assert again.facts == first.facts
        assert again.details.as_dict() == {**first.details.as_dict(), "hint": hint or "Try"}
        assert first.msg == "no. Try."

    def test_whether_a_write_is_settled(self) -> None:
        assert not RingmeError("x").unsettled
        unclear = RingmeError("x").reworded("y", unsettled=True)
        assert unclear.unsettled
        assert unclear.reworded("z").unsettled
        assert not unclear.reworded("z", unsettled=False).unsettled

    def test_errors_of_more_than_one_text(self) -> None:
        option = OptionError("reset", "is wrong", hint="Fix it").reworded("reset: is very wrong")
        assert (option.option, option.problem, option.msg) == ("reset", "is wrong", "reset: is very wrong. Fix it.")
        partial = PartialError("half", hint="Run", restore={"method": "POST"}).reworded("half done")
        assert not partial.compensated
        assert partial.facts == {"restore": {"method": "POST"}}
