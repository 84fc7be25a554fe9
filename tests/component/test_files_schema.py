# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of client files against a real validator of JSON Schema 2020-12: for whatever is in a file, one verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.json_schema import check
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.schema import client_file_schema
from ansible_collections.ringme.pbx.tests.unit.helpers.trees import (
    SCALARS,
    TEMPLATES,
    Unsafe,
    Vault,
    fitting,
    tree_of,
    values,
)

jsonschema = pytest.importorskip("jsonschema", reason="the development set has it, the sets for other cores have not")

SCHEMA = client_file_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EXAMPLES = settings(max_examples=150, derandomize=True, deadline=None, database=None)
WITHOUT = SCALARS.filter(lambda value: not isinstance(value, str) or "{" not in value)


def _sections(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
    """A key of the file with a value for it."""
    return st.sampled_from(sorted(SCHEMA["properties"])).flatmap(
        lambda name: st.tuples(st.just(name), fitting(SCHEMA["properties"][name], scalars))
    )


def _files(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return _sections(scalars).map(lambda section: {"client_id": 801, section[0]: section[1]})


def _replaced(value: Any, kind: type[str]) -> Any:
    """The data with templates in another form."""
    if isinstance(value, Mapping):
        return {name: _replaced(item, kind) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, kind) for item in value]
    return kind(value) if isinstance(value, str) and "{" in value else value


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@EXAMPLES
@given(file=_files(WITHOUT) | fitting(SCHEMA, WITHOUT))
def test_the_verdict_is_that_of_json_schema(file: Any) -> None:
    assert (not check(tree_of(file), SCHEMA)) == VALIDATOR.is_valid(file)


@EXAMPLES
@given(file=_files(SCALARS | TEMPLATES) | fitting(SCHEMA, SCALARS | TEMPLATES))
def test_the_verdict_on_templates_is_that_of_json_schema_too(file: Any) -> None:
    assert (not check(tree_of(file), SCHEMA)) == VALIDATOR.is_valid(file)


@EXAMPLES
@given(file=_files(SCALARS | TEMPLATES))
def test_what_is_encrypted_is_judged_as_a_template(file: Any) -> None:
    assert check(tree_of(_replaced(file, Vault)), SCHEMA) == check(tree_of(file), SCHEMA)


@EXAMPLES
@given(file=_files(SCALARS | TEMPLATES))
def test_what_is_marked_as_no_template_is_judged_as_any_text(file: Any) -> None:
    text = tree_of(_replaced(file, Unsafe))
    strict = {**SCHEMA, "$defs": {"template": False}}  # no value is allowed to be a template
    assert (not check(text, SCHEMA)) == jsonschema.Draft202012Validator(strict).is_valid(file)


@settings(EXAMPLES, max_examples=100)
@given(value=values())
def test_data_that_look_like_nothing_have_one_verdict_too(value: Any) -> None:
    assert (not check(tree_of(value), SCHEMA)) == VALIDATOR.is_valid(value)


@pytest.mark.parametrize("fits", [True, False])
def test_the_data_are_of_both_kinds(fits: bool) -> None:
    """Else the tests above would say little."""
    few = settings(EXAMPLES, phases=[Phase.generate])
    for name, schema in SCHEMA["properties"].items():
        find(
            fitting(schema),
            lambda value, name=name: VALIDATOR.is_valid({"client_id": 801, name: value}) == fits,
            settings=few,
        )
