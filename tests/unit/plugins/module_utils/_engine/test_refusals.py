# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is wrong with options is found at once, each thing where its user wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, execute
from ansible_collections.ringme.pbx.plugins.module_utils._engine.refusals import refusals
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings


def _check(options: Mapping[str, Any]) -> None:
    for name in ("a", "b", "c"):
        if options[name] == "bad":
            raise OptionError(f"{name}[0].x", f"{name} is bad", hint="Fix it")


@given(wrong=st.sets(st.sampled_from("abc")))
def test_each_refused_option_is_reported(wrong: set[str]) -> None:
    options = {name: "bad" if name in wrong else "good" for name in "abc"}
    reported = [error.option for error in refusals(_check, options, dict.fromkeys("abc", "default"))]
    assert reported == [f"{name}[0].x" for name in sorted(wrong)]
    assert options == {name: "bad" if name in wrong else "good" for name in "abc"}


def test_the_search_ends_with_an_option_without_a_default() -> None:
    errors = list(refusals(_check, {"a": "bad", "b": "bad", "c": "bad"}, {"a": None}))
    assert [error.problem for error in errors] == ["a is bad", "b is bad"]


def test_an_option_with_a_refused_default_is_reported_once() -> None:
    errors = list(refusals(_check, {"a": "bad", "b": "bad", "c": ""}, {"a": "bad", "b": ""}))
    assert [error.problem for error in errors] == ["a is bad"]


@given(items=st.lists(st.booleans(), max_size=6))
def test_each_item_is_reported_at_its_index(items: list[bool]) -> None:
    def check(options: Mapping[str, Any]) -> None:
        for index, item in enumerate(options["a"]):
            if not item:
                raise OptionError(f"a[{index}].x", "is bad", hint="Fix it")

    reported = [error.option for error in refusals(check, {"a": items}, {"a": [True]})]
    wrong = [index for index, item in enumerate(items) if not item]
    assert sorted(reported) == [f"a[{index}].x" for index in wrong] or (not any(items) and len(reported) == len(wrong))


def test_a_list_in_a_mapping() -> None:
    options = {"allowed_networks": {"office": ["x", "198.51.100.0/24", "y"], "home": ["z", "203.0.113.0/24"]}}
    arguments = {name: spec.get("default") for name, spec in ClientRegistrations.arguments.items()}
    reported = [error.option for error in refusals(ClientRegistrations().parse, {**arguments, **options}, arguments)]
    assert reported == [f"allowed_networks.{name}" for name in ("office[0]", "office[2]", "home[0]")]


def test_there_is_an_end() -> None:
    def check(options: Mapping[str, Any]) -> None:
        raise OptionError("a[0]", "is bad", hint="Fix it")

    assert len(list(refusals(check, {"a": [0] * 500}, {}))) == 101


@pytest.mark.parametrize(
    ("countries", "reported"),
    [
        (
            ["RUS", "ru", "Russia", "*"],
            ["geo_list[0]: 'RUS' is not", "geo_list[2]: 'Russia' is not", "geo_list: '*' means every"],
        ),
        (["RUS"], ["geo_list[0]: 'RUS' is not"]),
    ],
)
def test_a_task_names_all_items_of_a_list(countries: list[str], reported: list[str]) -> None:
    defaults = {name: spec.get("default") for name, spec in ClientSettings.arguments.items()}
    options = {**defaults, "client_id": "801", "geo_list": countries}
    outcome = execute(ClientSettings(), options, check_mode=False, connections=Connections())
    parts = outcome.result["msg"].split("; ")
    assert outcome.result["error"]["kind"] == "options"
    assert [part.startswith(start) for part, start in zip(parts, reported, strict=True)] == [True] * len(reported)
