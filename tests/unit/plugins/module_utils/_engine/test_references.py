# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extensions in options by number or id: which extension each refers to, and how few requests that needs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import Cache, CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._engine.references import (
    Reference,
    check_extension,
    check_extensions,
    check_selection,
    look_up,
    resolve,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ConflictError, NotFoundError, OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import Names, Number
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Exchange, Script, api_of, get, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import DIGITS, IDS, json_values, wire_extension


def listed(*numbers: int, client: Any = "@me") -> list[Exchange]:
    """The requests for a client's list: ids and the numbers 100 more."""
    path, size = f"/client/{client}/extension/", ("per_page", "100")
    found = [wire_extension(number, f"0003*{100 + number}") for number in numbers]
    pages = [get(path, found, query=[("page", "1"), size])]
    return [*pages, get(path, [], query=[("page", "2"), size])] if found else pages


def by_number(*digits: str, option: str = "members") -> list[Reference]:
    """References by number."""
    return [Reference(f"{option}[{index}]", Number(text)) for index, text in enumerate(digits)]


def by_id(*ids: int, option: str = "bundle_list") -> list[Reference]:
    """References by id."""
    return [Reference(f"{option}[{index}]", number) for index, number in enumerate(ids)]


class TestOptions:
    """What options may hold."""

    @given(number=DIGITS, extension_id=IDS)
    def test_one(self, number: str, extension_id: int) -> None:
        assert check_extension({"extension": number}) == Reference("extension", Number(number))
        assert check_extension({"extension_id": extension_id}) == Reference("extension_id", extension_id)
        assert check_extension({"extension_id": None, "extension": None}) is check_extension({}) is None
        where = check_extension({"extension": number}, "bundles[2].")
        assert where == Reference("bundles[2].extension", Number(number))
        assert str(where) == number

    @given(value=json_values(), option=st.sampled_from(["extension", "extension_id"]))
    def test_anything_is_an_extension_or_an_option_error(self, value: Any, option: str) -> None:
        try:
            found = check_extension({option: value})
        except OptionError as error:
            assert error.option == option
            assert error.details.hint
            return
        assert (found is None) == (value is None)
        assert found is None or isinstance(found.value, Number if option == "extension" else int)

    def test_several(self) -> None:
        assert check_extensions("members", ["101", 102], numbers=True) == tuple(by_number("101", "102"))
        assert check_extensions("bundle_list", ["7", 8], numbers=False) == tuple(by_id(7, 8))
        with pytest.raises(OptionError, match=r"^members\[1\]: "):
            check_extensions("members", ["101", "+102"], numbers=True)
        with pytest.raises(OptionError, match=r"^bundle_list\[0\]: "):
            check_extensions("bundle_list", [0, 0], numbers=False)

    @given(digits=DIGITS, extension_id=IDS)
    def test_equal_ones(self, digits: str, extension_id: int) -> None:
        number = Reference("extension", Number(digits))
        assert number.key == Reference("members[0]", Number(digits, ("0003",), "sip.example.net")).key
        assert Reference("x", extension_id).key == Reference("y", extension_id).key
        assert Reference("x", int(digits)).key != number.key

    def test_a_selection(self) -> None:
        assert check_selection({}) is check_selection({"extension_ids": None, "extensions": None}) is None
        assert check_selection({"extension_ids": [9, 7]}) == tuple(by_id(9, 7, option="extension_ids"))
        assert check_selection({"extensions": ["101"]}) == tuple(by_number("101", option="extensions"))

    @pytest.mark.parametrize(
        ("options", "start"),
        [
            ({"extension_ids": []}, "extension_ids: is empty"),
            ({"extensions": []}, "extensions: is empty"),
            ({"extension_ids": [7, 0]}, "extension_ids[1]: "),
            ({"extension_ids": [7, 8, 7]}, "extension_ids: 7 is listed more than once"),
            ({"extensions": ["101", "102", "101", "102"]}, "extensions: 101, 102 are listed more than once"),
            ({"extensions": ["101", "0003*101"]}, "extensions: 0003*101, 101 are listed more than once"),
            ({"extensions": ["101", "one"]}, "extensions[1]: "),
        ],
    )
    def test_a_selection_is_refused(self, options: dict[str, Any], start: str) -> None:
        with pytest.raises(OptionError) as caught:
            check_selection(options)
        assert caught.value.msg.startswith(start)


class TestLookUp:
    """The extensions that references refer to."""

    @given(ids=st.lists(IDS, unique=True, max_size=4))
    def test_ids_alone_cost_nothing(self, ids: list[int]) -> None:
        references = by_id(*ids)
        api, script = api_of()
        assert look_up(api, "@me", references) == (dict(zip(references, ids, strict=True)), Names(), [])
        assert resolve(api, "@me", references) == (dict(zip(references, ids, strict=True)), Names())
        assert not script.rest
        assert not any(api.run.requests.values())

    def test_numbers_are_looked_up_in_one_list(self) -> None:
        api, script = api_of(*listed(1, 2, 3))
        numbers, ids = by_number("103", "101"), by_id(2)
        found, names = resolve(api, "@me", [*numbers, *ids])
        assert found == {numbers[0]: 3, numbers[1]: 1, ids[0]: 2}
        assert names.numbers([1, 2, 3]) == ["101", "102", "103"]
        assert resolve(api, "@me", numbers)[0] == {numbers[0]: 3, numbers[1]: 1}
        assert not script.rest
        assert api.run.requests["GET"] == 2

    def test_always(self) -> None:
        api, script = api_of(*listed(1))
        found, names, problems = look_up(api, "@me", [], always=True)
        assert (found, names.label(1), problems) == ({}, "101", [])
        assert not script.rest

    def test_clients_are_kept_apart(self) -> None:
        api, script = api_of(*listed(1, client=801), *listed(2, client=802))
        one, other = by_number("101"), by_number("102")
        for _ in range(2):
            assert resolve(api, 801, one)[0] == {one[0]: 1}
            assert resolve(api, 802, other)[0] == {other[0]: 2}
        assert not script.rest
        with pytest.raises(NotFoundError, match=r"^client 802: "):
            resolve(api, 802, one)

    def test_one_error_lists_all_problems(self) -> None:
        api, _script = api_of(*listed(1, 2))
        references = [*by_number("101", "109", "1010"), *by_id(2, 9)]
        references.append(Reference("extension", Number("101", ("0009",))))
        found, _names, problems = look_up(api, "@me", references)
        assert found == {references[0]: 1, references[3]: 2}
        assert [problem.reference for problem in problems] == [references[index] for index in (1, 2, 4, 5)]
        kinds = [NotFoundError, NotFoundError, NotFoundError, ConflictError]
        assert [type(problem.error) for problem in problems] == kinds
        with pytest.raises(NotFoundError) as caught:
            resolve(api, "@me", references)
        assert caught.value.msg == (
            "client @me: members[1]: no extension 109; did you mean 101, 102?; members[2]: no extension 1010: it has "
            "4 digits; numbers of this client have 3; bundle_list[1]: no extension with the id 9; extension: "
            "0009*101 is not an extension of this client; its extension 101 is 0003*101. Check the number and "
            "client_id."
        )

    def test_one_that_is_wrong(self) -> None:
        with pytest.raises(NotFoundError) as caught:
            resolve(api_of(*listed(1, 11, client=801))[0], 801, by_number("110"))
        assert caught.value.msg.startswith("client 801: members[0]: no extension 110; did you mean 101, 111? Check")


class TestEarlierLists:
    """Lists that an earlier run over the same connection read."""

    def test_it_is_not_read_again(self) -> None:
        cache = Cache()
        script = Script(*listed(1, 2))
        references = by_number("101")
        assert resolve(CachedApi(script, run_of(), cache), "@me", references)[0] == {references[0]: 1}
        later = CachedApi(script, run_of(), cache)
        assert resolve(later, "@me", references)[0] == {references[0]: 1}
        assert not script.rest
        assert not later.run.requests["GET"]

    @pytest.mark.parametrize("references", [by_number("101", "103"), [*by_number("101"), *by_id(3)]], ids=str)
    def test_what_it_lacks_may_be_new(self, references: list[Reference]) -> None:
        cache = Cache()
        script = Script(*listed(1), *listed(1, 3))
        CachedApi(script, run_of(), cache).directory("@me")
        later = CachedApi(script, run_of(), cache)
        # An error and not one of the problems, so that the lookup is repeated with a current directory.
        with pytest.raises(NotFoundError):
            look_up(later, "@me", references)
        found = later.retry_if_stale(lambda: look_up(later, "@me", references))
        assert found[0] == {references[0]: 1, references[1]: 3}
        assert later.is_current("@me")
        assert not script.rest

    def test_what_a_fresh_one_lacks_is_not_there(self) -> None:
        api, _script = api_of(*listed(1))
        _ids, _names, problems = look_up(api, "@me", by_number("109"))
        assert len(problems) == 1
        assert api.is_current("@me")
