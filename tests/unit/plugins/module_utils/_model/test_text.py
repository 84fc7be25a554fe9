# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from outside: what they say is what is read, in one line, and not more than a message holds."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import NOT_YAML, FileFinding
from ansible_collections.ringme.pbx.plugins.module_utils._model.findings import OFFLINE, Finding
from ansible_collections.ringme.pbx.plugins.module_utils._model.kinds import UnreadableValueError, read_int, read_text
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Client, Extension, Registration
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import diff
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import (
    MESSAGE_LIMIT,
    QUOTE_LIMIT,
    clean,
    quoted,
)
from ansible_collections.ringme.pbx.plugins.module_utils._sarif import Result, sarif
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import run_of

# Escape sequences, a bell, overrides of the direction, and characters that take no place or are not drawn.
HOSTILE = (
    *(
        "\x1b[2J",
        "\x1b]8;;http://evil.example\x07x",
        "\x07",
        "\x9b31m",
        "a\nb",
        "a\rb",
        "\u2028",
        "\u202egnp",
        "\u2066x",
    ),
    *(
        "\u200b",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u034f",
        "\u3164",
        "\uffa0",
        "\u115f",
        "\u17b4",
        "\u2800",
        "\ufe0f",
    ),
    *("\U000e0041", "\U000e0100", "\ud800", "\ufffe", "\U0001ffff"),
)
TEXTS = st.text(st.characters() | st.sampled_from("".join(HOSTILE)), max_size=30)


def is_shown(text: str) -> bool:
    """Whether all of a text can be seen."""
    hidden = any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)
    return not hidden and not any(mark in text for mark in HOSTILE)


@given(TEXTS)
def test_a_clean_text_shows_all_it_has(text: str) -> None:
    shown = clean(text)
    assert is_shown(shown) and len(shown.splitlines()) <= 1
    shown.encode("utf-8")
    assert clean(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\t", "a\\nb\\r\\t"), ("\x1b[31m", "\\x1b[31m"), ("\u202e", "\\u202e"), ("\U000e0041", "\\U000e0041"),
        ("\u2028", "\\u2028"), ("Ж é 😀", "Ж é 😀"), (5, "5"), ("\ufffe\U0001ffff", "\\ufffe\\U0001ffff"),
        ("\u3164", "\\u3164"),
    ],
)  # fmt: skip
def test_what_is_hidden_is_shown(text: Any, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("value", [*HOSTILE, "x" * 10**6, ["\x1b" * 10**5], {"a": {"b": "\u202e"}}, 10**300, None])
def test_a_quoted_value_is_clean_and_short(value: Any) -> None:
    shown = quoted(value)
    assert is_shown(shown)
    assert 0 < len(shown) <= QUOTE_LIMIT
    assert quoted("a'b") == repr("a'b")


@pytest.mark.parametrize("text", HOSTILE)
class TestGates:
    """Whatever leaves for a person goes through one of these."""

    def test_warnings(self, text: str) -> None:
        run = run_of()
        run.warn(text + "x" * 10**5)
        assert is_shown(run.warnings[0])
        assert len(run.warnings[0]) <= 10 * MESSAGE_LIMIT

    def test_findings(self, text: str) -> None:
        finding, in_file = Finding(OFFLINE, "x", text, text), FileFinding(NOT_YAML, text, 1, 1, text, text)
        assert is_shown(finding.text())
        assert is_shown(in_file.text())
        for found in (finding, in_file):
            assert is_shown(found.message)
            assert is_shown(found.hint or "")

    def test_the_diff(self, text: str) -> None:
        shown = diff("x", {"a": text, "b": [text, {"c": text}]}, {"a": (text, 5, None)})
        assert is_shown(str(shown["before"]["b"][1]["c"]) + shown["before"]["a"] + shown["before"]["b"][0])
        assert shown["after"]["a"] == [clean(text), 5, None]

    def test_sarif(self, text: str) -> None:
        log = sarif([Result("FIL-002", "error", text, "x.yml", waived=text)], {"FIL-002": "x"}, "1")
        (result,) = log["runs"][0]["results"]
        assert is_shown(result["message"]["text"] + result["suppressions"][0]["justification"])


def test_the_name_of_a_device_is_no_link() -> None:
    """A text of SARIF makes a link of words in brackets before a place in parentheses."""
    log = sarif([Result("REG-002", "error", "[Yealink](http://evil.example) registered", None)], {"REG-002": "x"}, "1")
    assert log["runs"][0]["results"][0]["message"]["text"] == "[Yealink] (http://evil.example) registered"


class TestAnswers:
    """What a response holds is bounded before it becomes a part of a message or of a result."""

    def test_a_huge_id_is_a_short_message(self) -> None:
        for read in (read_int, read_text):
            with pytest.raises(UnreadableValueError) as caught:
                read(["x" * 10**6] if read is read_text else "x" * 10**6)
            assert len(str(caught.value)) < 200

    def test_a_huge_text(self) -> None:
        assert read_text("x" * 65_536)
        with pytest.raises(UnreadableValueError, match="the text has 65,537 characters, too many"):
            Extension.read({"id": 1, "type": "phone", "name": "x" * 65_537})

    def test_a_value_on_which_nothing_rests(self) -> None:
        client = Client.read({"id": 1, "fact_address": ["x" * 10**6], "jur_address": ["x"]})
        assert len(client.values["fact_address"]) == 1000
        assert client.values["jur_address"] == ["x"]

    def test_a_device_cannot_keep_its_registration_by_a_long_or_broken_name(self) -> None:
        entry = Registration.read(
            {"registration_id": "u", "device": "x" * 10**6, "contact_address": "\ud800", "expires": "y" * 10**6}
        )
        assert (len(entry.device), entry.contact_address, len(str(entry.expires))) == (1000, "?", 1000)
        assert Registration.read({"registration_id": "u", "expires": 10**4000}).expires is None

    def test_a_huge_id_of_a_registration(self) -> None:
        with pytest.raises(UnreadableValueError, match="without valid registration_id"):
            Registration.read({"registration_id": "u" * 1001})

    def test_half_a_pair_of_surrogates_is_no_character(self) -> None:
        assert read_text("a\ud800") == "a?"
