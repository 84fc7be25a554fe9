# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers: what passes for one, and which extension it means."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ConflictError, NotFoundError, OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import (
    Directory,
    Names,
    Number,
    check_number,
    read_name,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Extension
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import quoted
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import (
    DIGITS,
    DOMAINS,
    directories,
    json_values,
    odd_directories,
    wire_extension,
)

ASCII = set(string.ascii_letters + string.digits)
PREFIXES = st.lists(st.text(string.digits, min_size=1, max_size=5), max_size=3).map(tuple)
NUMBERS = st.builds(Number, DIGITS, PREFIXES, st.none() | DOMAINS)
TYPED = st.text("0123456789*@.-+ aZ\n\t", max_size=14) | st.text("01*@١²１", max_size=6) | st.text(max_size=8)


def documented(text: str) -> Number | None:
    """The same check without an expression: digits between stars, perhaps an ASCII domain."""
    head, at, domain = text.strip().partition("@")
    segments = head.split("*")
    if not all(segment and set(segment) <= set(string.digits) for segment in segments):
        return None
    inner = set(domain) <= ASCII | set(".-") and domain[:1] in ASCII and domain[-1:] in ASCII
    if at and not (domain and inner):
        return None
    return Number(segments[-1], tuple(segments[:-1]), domain.lower() or None)


def directory(*entries: tuple[int, str], **more: Any) -> Directory:
    """Extensions of these ids and names."""
    return Directory(tuple(Extension.read(wire_extension(number, name, **more)) for number, name in entries))


class TestReadName:
    """The form of a name."""

    @given(number=NUMBERS)
    def test_round_trip(self, number: Number) -> None:
        assert read_name(str(number)) == number
        assert read_name(f" {number}\n") == number
        assert read_name(str(number).upper()) == number

    @given(text=TYPED)
    @example("101\n102")
    @example("101@")
    @example("101@-example")
    @example("*101")
    @example("101*")
    @example("1**01")
    @example("101@sip@example")
    def test_nothing_but_the_documented_forms(self, text: str) -> None:
        assert read_name(text) == documented(text)

    def test_parts(self) -> None:
        assert read_name("9*0003*101@SIP.example.net") == Number("101", ("9", "0003"), "sip.example.net")


class TestCheckNumber:
    """What options may hold."""

    @given(number=NUMBERS)
    def test_a_number(self, number: Number) -> None:
        assert check_number("extension", str(number)) == number

    @given(value=st.integers(10, 10**12))
    def test_an_integer_of_yaml_is_its_digits(self, value: int) -> None:
        assert check_number("extension", value) == check_number("extension", str(value)) == Number(str(value))

    @given(value=TYPED | json_values())
    def test_anything_is_a_number_or_an_option_error(self, value: Any) -> None:
        try:
            number = check_number("members[3]", value)
        except OptionError as error:
            assert error.option == "members[3]"
            assert error.msg.startswith("members[3]: ")
            assert "quote" in error.msg
            return
        assert not isinstance(value, (bool, float, list, dict))
        assert number == documented(str(value))
        assert number.prefixes or len(number.digits) > 1

    @pytest.mark.parametrize(
        "value",
        [
            None, True, False, 101.0, -101, "", " ", "+101", "+7 495 101", "1e2", "0x65", "101.0", "-101", "1 01",
            "1,01", "١٠١", "１０１", "10²", "abc", "office", "0003*", "*101", "101@", "@sip.example.net",
            "101@sip_example", "sip:101@sip.example.net", ["101"], {"extension": "101"}, b"101",
        ],
        ids=repr,
    )  # fmt: skip
    def test_refused(self, value: Any) -> None:
        with pytest.raises(OptionError, match=r"^extension: .* is not a valid number of an extension") as caught:
            check_number("extension", value)
        assert quoted(value) in caught.value.msg
        assert '"0003*101"' in caught.value.msg

    def test_a_plus_is_no_part_of_a_number(self) -> None:
        for value in ("+101", "1+1"):
            with pytest.raises(OptionError) as caught:
                check_number("extension", value)
            assert ("Numbers of extensions have no country code" in caught.value.msg) == value.startswith("+")

    @pytest.mark.parametrize("value", [0o10, "8", 0, "8@sip.example.net"])
    def test_what_is_left_of_an_octal_number(self, value: Any) -> None:
        with pytest.raises(OptionError, match="too short") as caught:
            check_number("extension", value)
        assert "YAML reads an unquoted 010 as 8" in caught.value.msg
        assert f"the API's id {str(value)[:1]}, use the option for ids" in caught.value.msg

    def test_leading_zeros_belong_to_a_number(self) -> None:
        assert check_number("extension", "010").digits == "010"
        assert check_number("extension", "010") != check_number("extension", "10")


class TestFind:
    """Which extension a number means."""

    @given(known=directories(least=1), data=st.data())
    def test_every_way_of_writing_leads_to_the_extension(self, known: Directory, data: st.DataObject) -> None:
        wanted = data.draw(st.sampled_from(known.extensions))
        name, _at, shown = str(wanted.values["name"]).partition("@")
        domain = shown or wanted.values["domain"]
        texts = [wanted.number, name, f"42*{name}"]
        texts += [f"{text}@{(domain or 'any.example').upper()}" for text in texts]
        for text in texts:
            number = check_number("extension", text)
            assert known.find(number) is wanted
            assert number.digits == name.rsplit("*", 1)[-1]
        assert known.by_id(wanted.id) is wanted
        assert known.number_of(wanted.id) == wanted.number

    @given(known=directories(least=1), data=st.data())
    def test_a_prefix_or_domain_of_another_client(self, known: Directory, data: st.DataObject) -> None:
        wanted = data.draw(st.sampled_from(known.extensions))
        domain = wanted.values["domain"]
        texts = [f"0009*{wanted.number}", f"0003*0009*{wanted.number}"]
        texts += [f"{wanted.number}@other.example"] if domain else []
        for text in texts:
            with pytest.raises(ConflictError, match="is not an extension of this client") as caught:
                known.find(check_number("extension", text))
            assert text in caught.value.msg
            assert str(wanted.values["name"]) in caught.value.msg
            assert "client_id" in caught.value.msg

    @given(known=directories(), digits=DIGITS)
    def test_an_unknown_number(self, known: Directory, digits: str) -> None:
        numbers = {extension.number for extension in known.extensions}
        assume(digits not in numbers)
        with pytest.raises(NotFoundError, match=f"^no extension {digits}") as caught:
            known.find(Number(digits))
        what, _separator, suggested = caught.value.what.partition("; did you mean ")
        suggestions = suggested.rstrip("?").split(", ") if suggested else []
        assert set(suggestions) <= numbers
        assert len(suggestions) <= 3
        assert suggestions == sorted(set(suggestions))
        if numbers and len(digits) not in {len(number) for number in numbers}:
            assert f"{digits}: it has {len(digits)} digits; numbers of this client have" in what
            assert not suggestions
        assert ("has no extensions" in caught.value.msg) == (not numbers)
        assert caught.value.details.hint

    @given(known=odd_directories(), number=NUMBERS | st.just(Number("101", ("0003",), "sip.example.net")))
    @example(directory((1, "000*1²")), Number("12"))
    @example(directory((1, "000*²²"), (2, "000*１２")), Number("12"))
    def test_whatever_the_names_it_is_the_last_segment_or_an_error(self, known: Directory, number: Number) -> None:
        holders = [item for item in known.extensions if item.number == number.digits]
        try:
            assert known.find(number) in holders
        except NotFoundError:
            assert not holders
        except ConflictError as error:
            assert holders
            assert all(str(item.values["name"]) in error.what for item in holders) or "ambiguous" in error.what

    def test_suggestions(self) -> None:
        known = directory(*((number, f"000*{number}") for number in (101, 111, 118, 201, 999)), (1, "000*office"))
        with pytest.raises(NotFoundError) as caught:
            known.find(Number("110"))
        assert caught.value.msg == "no extension 110; did you mean 101, 111, 118? Check the number and client_id."
        assert known.nearest("555") == []

    @pytest.mark.parametrize(
        ("digits", "near"),
        [
            ("110", ["101"]), ("011", ["101"]), ("107", ["105", "106", "108"]), ("171", ["101"]), ("810", []),
            ("99", []), ("1010", []),
        ],
    )  # fmt: skip
    def test_what_is_near_is_a_slip_of_the_fingers(self, digits: str, near: list[str]) -> None:
        known = directory(*((number, f"000*{number}") for number in (*range(101, 107), 108, 109, 999)))
        assert known.nearest(digits) == near

    def test_two_wrong_digits_are_too_many_for_three_and_not_for_four(self) -> None:
        assert directory((1, "0*123")).nearest("145") == []
        assert directory((1, "0*1234")).nearest("1256") == ["1234"]
        assert directory((1, "0*1234")).nearest("5674") == []

    def test_a_name_without_number_is_not_suggested_and_has_no_length(self) -> None:
        known = directory((1, "000*10²"), (2, "000*office"), (3, "000*101"), (4, "000*１０３"), (5, "000*١٠"))
        assert known.nearest("102") == ["101"]
        assert known.lengths() == {3}
        with pytest.raises(NotFoundError, match=r"have 3$"):
            known.find(Number("1010"))

    def test_an_id_in_the_place_of_a_number(self) -> None:
        known = directory((31456, "0003*101"))
        with pytest.raises(NotFoundError) as caught:
            known.find(Number("31456"))
        assert caught.value.msg == (
            'no extension 31456; 31456 is the id of extension 101. Use the number "101", or the option for ids.'
        )
        with pytest.raises(NotFoundError, match="it has 5 digits"):
            known.find(Number("31456", ("0003",)))
        with pytest.raises(NotFoundError, match="it has 5000 digits"):
            known.find(Number("3" * 5000))

    def test_ambiguous(self) -> None:
        known = directory((1, "1*101"), (2, "2*101"), (3, "1*101@b.example"), domain="a.example")
        with pytest.raises(ConflictError) as caught:
            known.find(Number("101"))
        assert caught.value.msg == (
            "101 is ambiguous: the client has 1*101@a.example (id 1), 2*101@a.example (id 2), 1*101@b.example (id 3). "
            "Use the complete name, or the option for ids."
        )
        assert known.find(Number("101", ("2",))).id == 2
        assert known.find(Number("101", ("1",), "a.example")).id == 1
        assert known.find(Number("101", ("1",), "b.example")).id == 3

    def test_a_name_of_another_form_has_no_prefix(self) -> None:
        known = directory((1, "office*101"))
        assert known.find(Number("101")).id == 1
        for other in (Number("101", ("0003",)), Number("101", domain="sip.example.net")):
            with pytest.raises(ConflictError):
                known.find(other)


class TestNames:
    """What to call extensions."""

    @given(known=directories(), extension_id=st.integers(1, 10**5 - 1))
    def test_with_a_directory(self, known: Directory, extension_id: int) -> None:
        names = Names(known)
        ids = [item.id for item in known.extensions]
        assert names.numbers(ids) == names.labels(ids) == [item.number for item in known.extensions]
        for item in known.extensions:
            assert names.number(item.id) == names.label(item.id) == item.number
            assert names.describe(item.id) == f"{item.number} (id {item.id})"
        assert names.describe_all(ids) == ", ".join(names.describe(number) for number in ids)
        assert names.number(extension_id) is None
        assert names.numbers([extension_id]) == [None]
        assert names.label(extension_id) == names.describe(extension_id) == str(extension_id)

    def test_without(self) -> None:
        names = Names()
        assert names.number(7) is names.numbers([7]) is None
        assert names.label(7) == names.describe(7) == names.describe_all([7]) == "7"
        assert names.labels([8, 7]) == ["8", "7"]
        assert names.describe_all([]) == ""

    def test_an_empty_directory_is_one_that_was_read(self) -> None:
        assert Names(Directory(())).numbers([7]) == [None]
        assert Names(Directory(())).numbers([]) == []

    @pytest.mark.parametrize(
        ("extension_id", "unique"),
        [(1, False), (2, False), (3, True), (4, False), (5, False), (9, False)],
        ids=["shared", "the other one", "alone", "too short", "no number", "unknown"],
    )
    def test_whether_a_number_alone_is_enough(self, extension_id: int, unique: bool) -> None:
        names = Names(directory((1, "1*101"), (2, "2*101"), (3, "1*102"), (4, "1*7"), (5, "1*office")))
        assert names.is_unique(extension_id) is unique
        assert Names().is_unique(extension_id) is False
