# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading, checking and writing of values."""

from __future__ import annotations

import zoneinfo
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model import kinds
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.kinds import Kind, UnreadableValueError
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import json_values, normalised

KINDS = {
    name: getattr(kinds, name)
    for name in ("ID", "COUNT", "PERCENT", "TEXT", "OPTIONAL_TEXT", "EMAIL", "URL", "FLAG", "TIMEZONE", "COUNTRIES")
}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@pytest.fixture(autouse=True)
def _few_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listing all zones reads hundreds of files: once is enough."""
    monkeypatch.setattr(zoneinfo, "available_timezones", lambda: {"Europe/Moscow", "Europe/Minsk", "Asia/Omsk"})


def test_every_kind_is_tested() -> None:
    assert set(KINDS.values()) == {item for item in vars(kinds).values() if isinstance(item, Kind)}


@EVERY_KIND
@given(data=st.data())
def test_what_is_written_is_read_again(kind: Kind, data: st.DataObject) -> None:
    value = data.draw(normalised(kind))
    assert kind.read(kind.write(value)) == value


@EVERY_KIND
@given(data=st.data())
def test_normalised_values_pass_as_options_unchanged(kind: Kind, data: st.DataObject) -> None:
    value = data.draw(normalised(kind))
    assert kind.check("option", value) == value


@given(raw=json_values().filter(lambda value: value is not None))
def test_reading_normalises_once_and_for_all(raw: Any) -> None:
    for name, kind in KINDS.items():
        note(name)
        try:
            value = kind.read(raw)
        except UnreadableValueError as problem:
            assert str(problem)
            continue
        if value is not None:
            assert kind.read(kind.write(value)) == value


@given(raw=json_values())
def test_checking_normalises_or_names_option_and_fix(raw: Any) -> None:
    for name, kind in KINDS.items():
        note(name)
        # Ansible makes a list of anything.
        option = [raw] if kind.option_type == "list" and not isinstance(raw, list) else raw
        try:
            value = kind.check("geo_list", option)
        except OptionError as error:
            assert error.option.startswith("geo_list")
            assert error.what.startswith(error.option)
            assert error.details.hint
            assert error.details.kind == "options"
            continue
        assert kind.check("geo_list", value) == value
        assert kind.read(kind.write(value)) == value


@pytest.mark.parametrize("raw", [True, False, None, 1.0, "", "1.0", "0x1", "٣", "1_000", "+1", "1" * 19, [], {}, "--1"])
def test_no_integer(raw: Any) -> None:
    with pytest.raises(UnreadableValueError, match="expected an integer"):
        kinds.read_int(raw)


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_integers_come_as_numbers_or_digits(number: int) -> None:
    assert kinds.read_int(number) == kinds.read_int(str(number)) == kinds.read_int(f" {number}\n") == number


@pytest.mark.parametrize(
    "raw", [7, "7", {"id": 7}, {"id": "7", "name": "x"}, {"extension_id": 7}, {"id": 7, "extension_id": 8}]
)
def test_ids_come_in_three_shapes(raw: Any) -> None:
    assert kinds.read_id(raw) == 7


@pytest.mark.parametrize("raw", [0, -7, "-7", {}, {"name": "7"}, {"id": None}, {"id": {"id": 7}}, [7], None, True])
def test_no_id(raw: Any) -> None:
    with pytest.raises(UnreadableValueError):
        kinds.read_id(raw)


@pytest.mark.parametrize("raw", ["yes", "YES", " true ", "1", 1, True])
def test_true_in_all_spellings(raw: Any) -> None:
    assert kinds.read_flag(raw) is True


@pytest.mark.parametrize("raw", ["no", "No", "false", "0", 0, False])
def test_false_in_all_spellings(raw: Any) -> None:
    assert kinds.read_flag(raw) is False


@pytest.mark.parametrize("raw", ["", "on", 2, None, [], 1.0])
def test_no_flag(raw: Any) -> None:
    with pytest.raises(UnreadableValueError, match="expected a boolean"):
        kinds.read_flag(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("RU BY", ["BY", "RU"]),
        (" ru,by;RU\tua ", ["BY", "RU", "UA"]),
        ("*", ["*"]),
        ("* RU", ["*"]),
        ("", None),
        (" , ", None),
        ([], None),
        (["ru", " BY "], ["BY", "RU"]),
        (["RU BY"], ["BY", "RU"]),
    ],
)
def test_countries_on_the_wire(raw: Any, expected: list[str] | None) -> None:
    assert kinds.read_countries(raw) == expected


@given(
    st.lists(st.sampled_from(["RU", "BY", "UA", "DE"]), min_size=1).flatmap(
        lambda codes: st.tuples(st.just(codes), st.permutations(codes))
    )
)
def test_order_and_doubles_of_countries_mean_nothing(pair: tuple[list[str], list[str]]) -> None:
    one, other = pair
    assert kinds.read_countries(" ".join(one)) == kinds.read_countries(" ".join(other)) == sorted(set(one))


@pytest.mark.parametrize(
    ("given_list", "option", "hint"),
    [
        (["RU", "XX"], "geo_list[1]", "two-letter ISO 3166-1"),
        (["RUS"], "geo_list[0]", "RU"),
        (["UK"], "geo_list[0]", "GB"),
        ([False], "geo_list[0]", '"NO" in quotes'),
        (["False"], "geo_list[0]", '"NO" in quotes'),
        (["RU", "ru"], "geo_list", "once"),
        (["*", "RU"], "geo_list", "['*']"),
        ([], "geo_list", "reset: [geo_list]"),
        (["?"], "geo_list[0]", "'*' for every country"),
    ],
)
def test_countries_as_an_option(given_list: list[Any], option: str, hint: str) -> None:
    with pytest.raises(OptionError) as caught:
        kinds.check_countries("geo_list", given_list)
    assert caught.value.option == option
    assert hint in str(caught.value.details.hint)


@given(st.lists(st.integers(1, 20)))
def test_a_list_of_ids_is_sorted_and_has_no_doubles(ids: list[int]) -> None:
    if len(set(ids)) == len(ids):
        assert kinds.check_ids("bundle_list", ids) == sorted(ids)
        return
    with pytest.raises(OptionError) as caught:
        kinds.check_ids("bundle_list", ids)
    doubles = {number for number in ids if ids.count(number) > 1}
    assert all(str(number) in caught.value.what for number in doubles)


def test_the_bad_one_of_a_list_is_named() -> None:
    with pytest.raises(OptionError) as caught:
        kinds.check_ids("bundle_list", [5, -1])
    assert caught.value.option == "bundle_list[1]"
    assert "positive" in caught.value.msg


@pytest.mark.parametrize("raw", [-1, 101, "x", None, True, 10**9])
def test_no_percentage(raw: Any) -> None:
    with pytest.raises(OptionError, match="disk_space_notify_threshold"):
        kinds.check_percent("disk_space_notify_threshold", raw)


def test_choices() -> None:
    check = kinds.check_choice(("GET", "POST"))
    assert check("call_interactive_method", "POST") == "POST"
    with pytest.raises(OptionError) as caught:
        check("call_interactive_method", "PUT")
    assert "GET, POST" in caught.value.msg


@pytest.mark.parametrize("raw", ["http://[", "ftp://example.org", "example.org", "https://", "https:///x"])
def test_no_url(raw: str) -> None:
    with pytest.raises(OptionError, match="not a valid URL"):
        kinds.check_url("call_interactive_url", raw)


@pytest.mark.parametrize("raw", ["a", "a@b", "a b@example.org", "a@example.org,", "a@@example.org"])
def test_no_email(raw: str) -> None:
    with pytest.raises(OptionError, match="not a valid e-mail address"):
        kinds.check_email("disk_space_notify_email", raw)


class TestTimezone:
    """Names are looked up where the machine has time-zone data."""

    @pytest.mark.parametrize("name", ["Europe/Moscow", "UTC", "Asia/Omsk"])
    def test_known(self, name: str) -> None:
        assert kinds.check_timezone("timezone", name) == name

    @pytest.mark.parametrize(
        "name", ["Europe/Moskow", "Europe", "/etc/passwd", "../UTC", "a\0b", "\ud800", "x" * 5000, "UTC-13"]
    )
    def test_unknown(self, name: str) -> None:
        with pytest.raises(OptionError) as caught:
            kinds.check_timezone("timezone", name)
        assert "Europe/Moscow" in str(caught.value.details.hint)

    @pytest.mark.parametrize(
        ("written", "zone"),
        [
            ("MSK", "Europe/Moscow"), ("UTC+3", "Europe/Moscow"), ("GMT+03:00", "Europe/Moscow"),
            ("+3", "Europe/Moscow"),
            ("utc+0300", "Europe/Moscow"), ("MSK+4", "Asia/Krasnoyarsk"), ("UTC+12", "Asia/Kamchatka"),
            ("UTC+0", "UTC"),
        ],
    )  # fmt: skip
    def test_what_people_write_instead(self, written: str, zone: str) -> None:
        with pytest.raises(OptionError) as caught:
            kinds.check_timezone("timezone", written)
        assert str(caught.value.details.hint).startswith(f"Use {zone}: ")

    def test_near_names_are_proposed(self) -> None:
        with pytest.raises(OptionError, match="time zone") as caught:
            kinds.check_timezone("timezone", "Europe/Minks")
        assert "did you mean Europe/Minsk" in str(caught.value.details.hint)

    def test_nothing_near(self) -> None:
        with pytest.raises(OptionError) as caught:
            kinds.check_timezone("timezone", "!")
        assert "did you mean" not in str(caught.value.details.hint)

    def test_without_data_the_api_judges(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert kinds.has_timezones()
        monkeypatch.setattr(zoneinfo, "available_timezones", set)
        assert not kinds.has_timezones()
        assert kinds.check_timezone("timezone", "Mars/Olympus") == "Mars/Olympus"

    def test_utc_needs_no_data(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(name: str) -> None:
            raise zoneinfo.ZoneInfoNotFoundError(name)

        monkeypatch.setattr(zoneinfo, "ZoneInfo", missing)
        assert kinds.check_timezone("timezone", "UTC") == "UTC"


@pytest.mark.parametrize(("countries", "sent"), [(["BY", "RU"], "BY RU"), (["*"], "*"), (["RU"], "RU")])
def test_countries_are_sent_with_spaces(countries: list[str], sent: str) -> None:
    assert kinds.COUNTRIES.write(countries) == sent
    assert kinds.COUNTRIES.read(sent) == countries


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Europe/Kiev", "Europe/Kyiv", True),
        ("Asia/Calcutta", "Asia/Kolkata", True),
        ("Europe/Moscow", "Europe/Moscow", True),
        ("Nowhere/Else", "Nowhere/Else", True),
        ("Europe/Moscow", "Europe/Minsk", False),
        ("Asia/Dubai", "Etc/GMT-4", False),
        ("UTC", "GMT", False),
        ("Europe/Moscow", "Nowhere/Else", False),
        ("Europe/Moscow", "../Europe/Moscow", False),
        ("Europe/Moscow", None, False),
    ],
)
def test_zones_are_compared_by_their_rules(one: str, other: Any, same: bool) -> None:
    assert kinds.same_zone(one, other) is same
