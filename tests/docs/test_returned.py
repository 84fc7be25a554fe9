# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RETURN documentation matches the results of the modules, in both ways of running; seeded faults are found."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from documents import MODULES, manuals
from faces import environment
from returned import documented_paths, result_problems, sample_problems, seen_paths
from simulator import Simulator
from situations import FILES, REFUSED, WAYS, Case, cases
from support.playbook import APPLICATION

pytestmark = pytest.mark.xdist_group("returned")  # its fixture takes seconds
CASES = tuple(cases())


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, dict[str, Any]]]:
    """Status and result of every case in both ways, by the name of the task. Each way has its own PBX and folder."""
    found = {}
    for way in WAYS:
        folder = tmp_path_factory.mktemp("files")
        _write(folder)
        with Simulator(switches={"stubborn_fields": "client.dial_rule_id", "call_interactive": "present"}) as simulator:
            with environment(folder / "home", RINGME_API_URL=simulator.url, **APPLICATION):
                for case in CASES:
                    ended = case.run(way, folder, simulator)
                    found[case.name(way)] = ended.status, ended.result
            assert not simulator.contract_errors()
    return found


def _write(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _of(
    results: dict[str, tuple[str, dict[str, Any]]], module: str, way: str
) -> list[tuple[Case, str, dict[str, Any]]]:
    return [(case, *results[case.name(way)]) for case in CASES if case.module == module]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("module", MODULES)
def test_results_are_as_documented(module: str, way: str, results: dict[str, tuple[str, dict[str, Any]]]) -> None:
    problems = []
    for case, status, result in _of(results, module, way):
        assert status == ("failed" if case.fails else "ok"), f"{case.name(way)}: {result}"
        if case.shows != REFUSED:
            found = result_problems(manuals()[module].returns, result, failed=case.fails)
            problems += [f"{case.shows}: {text}" for text in found]
    assert problems == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("module", MODULES)
def test_rejected_options_return_the_message_of_ansible(
    module: str, way: str, results: dict[str, tuple[str, dict[str, Any]]]
) -> None:
    (result,) = [result for case, dummy, result in _of(results, module, way) if case.shows == REFUSED]
    assert "nonsense" in result["msg"]
    assert not set(result) & set(manuals()[module].returns)


@pytest.mark.parametrize("module", MODULES)
def test_every_documented_key_is_returned(module: str, results: dict[str, tuple[str, dict[str, Any]]]) -> None:
    returns = manuals()[module].returns
    seen = seen_paths(returns, [result for way in WAYS for dummy, dummy, result in _of(results, module, way)])
    assert documented_paths(returns) - seen == set()


def test_names_are_unique() -> None:
    names = [case.name("") for case in CASES]
    assert sorted(names) == sorted(set(names))


def test_every_situation_is_there(results: dict[str, tuple[str, dict[str, Any]]]) -> None:
    for module in MODULES:
        if not module.endswith("_info"):
            of = [(case, result) for case, dummy, result in _of(results, module, "in-process") if not case.fails]
            assert {(case.check, result["changed"]) for case, result in of} >= {
                (True, True),
                (False, True),
                (False, False),
            }


@pytest.mark.parametrize("module", MODULES)
def test_samples(module: str) -> None:
    assert sample_problems(manuals()[module].returns) == []


# --- the comparison ---

RETURNS: dict[str, Any] = {
    "bundle": {
        "description": "The bundle.",
        "type": "dict",
        "returned": "success",
        "contains": {
            "members": {"description": "x", "type": "list", "elements": "int", "returned": "success"},
            "owner": {"description": "x, or V(null).", "type": "str", "returned": "success"},
            "note": {"description": "x", "type": "str", "returned": "when known"},
        },
    },
    "changes": {
        "description": "x",
        "type": "list",
        "elements": "dict",
        "returned": "always",
        "contains": {"name": {"description": "x", "type": "str", "returned": "always"}},
    },
    "error": {"description": "x", "type": "dict", "returned": "on failure"},
}
RESULT: dict[str, Any] = {"changed": True, "bundle": {"members": [1], "owner": None}, "changes": [{"name": "a"}]}


def _with(value: dict[str, Any], path: Sequence[Any], new: Any) -> dict[str, Any]:
    whole = copy.deepcopy(value)
    inner: Any = whole
    for key in path[:-1]:
        inner = inner[key]
    if new is None and path[-1] in inner:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return whole


def test_documented_results_pass() -> None:
    assert result_problems(RETURNS, RESULT, failed=False) == []
    assert result_problems(RETURNS, {"msg": "x", "error": {}, "changes": []}, failed=True) == []


@pytest.mark.parametrize(
    ("path", "new", "complaint"),
    [
        (("extra",), 1, "extra is returned"),
        (("bundle",), None, "bundle is missing"),
        (("changes",), None, "changes is missing"),
        (("error",), {}, "error is returned without a failure"),
        (("bundle",), [], "bundle is of type list"),
        (("bundle", "members"), None, "bundle.members is missing"),
        (("bundle", "members"), ["1"], "bundle.members[] is of type str"),
        (("bundle", "members"), [True], "bundle.members[] is of type bool"),
        (("bundle", "owner"), 5, "bundle.owner is of type int"),
        (("bundle", "extra"), 1, "bundle.extra is returned"),
        (("bundle", "note"), 1, "bundle.note is of type int"),
        (("changes", 0, "name"), None, "changes[].name is missing"),
        (("changes", 0, "extra"), 1, "changes[].extra is returned"),
    ],
)
def test_faults_in_results_are_found(path: Sequence[Any], new: Any, complaint: str) -> None:
    found = result_problems(RETURNS, _with(RESULT, path, new), failed=False)
    assert any(complaint in text for text in found), found


def test_undocumented_null_is_found() -> None:
    returns = _with(RETURNS, ("bundle", "contains", "owner", "description"), "x")
    assert result_problems(returns, RESULT, failed=False) == [
        "bundle.owner is null, and its description does not say so"
    ]


def test_a_missing_error_is_found() -> None:
    assert result_problems(RETURNS, {"changes": []}, failed=True) == [
        "error is missing, and documented as returned: on failure"
    ]


def test_keys_that_are_never_returned_are_found() -> None:
    assert documented_paths(RETURNS) - seen_paths(RETURNS, [RESULT]) == {"bundle.note", "error"}


def test_wrong_samples_are_found() -> None:
    assert sample_problems({"a": {"type": "int", "description": "x", "sample": "1"}}) != []
    assert sample_problems({"a": {**RETURNS["bundle"], "sample": {"membrs": []}}}) == [
        "a.membrs is returned, and not documented"
    ]
    assert sample_problems({"a": {**RETURNS["bundle"], "sample": {"members": [1]}}}) == []
