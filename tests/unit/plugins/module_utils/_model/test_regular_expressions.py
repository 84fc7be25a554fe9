# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular expressions as options give them, and what is said of one that takes too long."""

from __future__ import annotations

import re

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ConflictError, OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.regular_expressions import LONGEST_NAME, Expression


@pytest.mark.parametrize(
    ("text", "name", "matches"),
    [("^Yea", "Yealink T46", True), ("T46", "Yealink T46", True), ("^Zoi", "Yealink", False), ("x", "", False)],
)
def test_a_part_of_the_name_is_enough(text: str, name: str, matches: bool) -> None:
    assert Expression.check("device", text).matches(name) is matches


@pytest.mark.parametrize("text", ["", "(", "a{99999999999}"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match=r"^device: "):
        Expression.check("device", text)


def test_one_that_takes_too_long_is_named() -> None:
    def late(_pattern: re.Pattern[str], _text: str) -> bool:
        raise TimeoutError

    with pytest.raises(ConflictError) as caught:
        Expression.check("allowed_devices[0]", "(a+)+$", late).matches("a" * 5000)
    assert caught.value.what == (
        f"allowed_devices[0]: comparing '(a+)+$' with the device name '{'a' * 80}' takes too long"
    )
    assert caught.value.details.hint


def test_of_a_long_name_the_beginning_counts() -> None:
    expression = Expression.check("device", "needle")
    assert not expression.matches("x" * LONGEST_NAME + "needle")
    assert expression.matches("needle" + "x" * LONGEST_NAME)
