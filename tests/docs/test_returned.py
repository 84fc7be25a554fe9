# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RETURN documentation matches what the modules return, in both ways of running; seeded faults are noticed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from documents import COLLECTION, MODULES, manuals
from returned import documented_paths, result_problems, sample_problems, seen_paths
from simulator import Simulator

from support.playbook import run_playbook

WAYS = {"in-process": True, "as a module": False}
CLIENT = {"client_id": "801"}
REFUSED = "refused by Ansible"
"""Options that the argument spec refuses: what comes back is Ansible's own."""


@dataclass(frozen=True)
class Case:
    """One task: what it is to show, its module and options, and whether it fails."""

    shows: str
    module: str
    options: dict[str, Any]
    fails: bool = False
    check: bool = False

    def task(self, way: str) -> dict[str, Any]:
        """Return the task; it never ends the play."""
        name = f"{COLLECTION}.{self.module}"
        return {
            "name": self.name(way),
            name: self.options,
            "vars": {"ringme_in_process": WAYS[way]},
            "check_mode": self.check,
            "ignore_errors": True,
        }

    def name(self, way: str) -> str:
        """Return the name of the task."""
        return f"{self.module}: {self.shows}, {way}"


def cases() -> Iterator[Case]:
    """Yield every situation that a result can come from, for every module, in the order in which they are run."""
    settings = {**CLIENT, "geo_list": ["BY"], "reset": ["hold_music"]}
    yield Case("changed in check mode", "client_settings", settings, check=True)
    yield Case("changed", "client_settings", settings)
    yield Case("unchanged", "client_settings", settings)
    yield Case("changed back", "client_settings", {**CLIENT, "geo_list": ["RU"], "hold_music": 11})
    yield Case("not taken", "client_settings", {**CLIENT, "dial_rule_id": 6}, fails=True)

    bundle = {**CLIENT, "extension_id": 31456, "bundle_list": [32486, 32767]}
    yield Case("created in check mode", "extensions_bundle", bundle, check=True)
    yield Case("created", "extensions_bundle", bundle)
    yield Case("unchanged", "extensions_bundle", bundle)
    yield Case(
        "grown", "extensions_bundle", {**bundle, "bundle_list": [33002], "append": True, "side_effects": "ignore"}
    )
    yield Case("all of them", "extensions_bundle_info", CLIENT)
    yield Case("two", "extensions_bundle_info", {**CLIENT, "extension_ids": [31456, 32486]})
    yield Case("shrunk", "extensions_bundle", bundle)
    yield Case("a menu", "extensions_bundle", {**bundle, "bundle_list": [34000]}, fails=True)
    yield Case("removed", "extensions_bundle", {**CLIENT, "extension_id": 31456, "state": "absent"})

    live = {"extension_id": 31456}
    yield Case("all of them", "extension_registration_info", {})
    yield Case("one", "extension_registration_info", {"extension_ids": [31456]})
    yield Case("selected in check mode", "extension_registration", {**live, "device": "^Zoiper"}, check=True)
    yield Case("selected", "extension_registration", {**live, "device": "^Zoiper"})
    yield Case("unchanged", "extension_registration", {**live, "device": "^Zoiper"})
    yield Case("all", "extension_registration", live)

    yield Case("one", "client_info", CLIENT)
    yield Case("all of them", "extension_info", CLIENT)
    yield Case("two", "extension_info", {**CLIENT, "extension_ids": [31456, 34000]})

    one: dict[str, dict[str, Any]] = {
        "client_settings": {"timezone": "UTC"},
        "extensions_bundle": bundle,
        "extension_registration": live,
    }
    for module in MODULES:
        options = one.get(module, {})
        absent = {"extension_id": 999} if "extension_id" in options else {"extension_ids": [999]}
        other = {"client_id": "802"} if module.startswith("client") else absent
        yield Case("forbidden or not found", module, {**options, **other}, fails=True)
        yield Case("a wrong secret", module, {**options, "application_secret": "wrong"}, fails=True)
        yield Case("bad options", module, {**options, "api_url": "http://pbx.example.com"}, fails=True)
        yield Case(REFUSED, module, {**options, "nonsense": 1}, fails=True)


CASES = tuple(cases())


@pytest.fixture(scope="module")
def results() -> dict[str, tuple[str, dict[str, Any]]]:
    """Status and result of every case in both ways, by the name of the task. Each way has a PBX of its own."""
    found = {}
    for way in WAYS:
        with Simulator(switches={"stubborn_fields": "client.dial_rule_id", "call_interactive": "present"}) as simulator:
            run = run_playbook([case.task(way) for case in CASES], simulator_url=simulator.url)
            assert not simulator.contract_errors()
        run.check()
        found.update({entry["task"]: (entry["status"], entry["result"]) for entry in run.results})
    return found


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
def test_refused_options_return_what_ansible_says(
    module: str, way: str, results: dict[str, tuple[str, dict[str, Any]]]
) -> None:
    (result,) = [result for case, dummy, result in _of(results, module, way) if case.shows == REFUSED]
    assert "nonsense" in result["msg"]
    assert not set(result) & set(manuals()[module].returns)


@pytest.mark.parametrize("module", MODULES)
def test_everything_documented_is_returned_by_something(
    module: str, results: dict[str, tuple[str, dict[str, Any]]]
) -> None:
    returns = manuals()[module].returns
    seen = seen_paths(returns, [result for way in WAYS for dummy, dummy, result in _of(results, module, way)])
    assert documented_paths(returns) - seen == set()


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


# --- the comparison itself ---

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


def test_what_is_right_passes() -> None:
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
def test_faults_in_results_are_noticed(path: Sequence[Any], new: Any, complaint: str) -> None:
    found = result_problems(RETURNS, _with(RESULT, path, new), failed=False)
    assert any(complaint in text for text in found), found


def test_null_is_noticed_where_it_is_not_documented() -> None:
    returns = _with(RETURNS, ("bundle", "contains", "owner", "description"), "x")
    assert result_problems(returns, RESULT, failed=False) == [
        "bundle.owner is null, and its description does not say so"
    ]


def test_a_missing_error_is_noticed() -> None:
    assert result_problems(RETURNS, {"changes": []}, failed=True) == [
        "error is missing, and documented as returned: on failure"
    ]


def test_what_is_never_returned_is_noticed() -> None:
    assert documented_paths(RETURNS) - seen_paths(RETURNS, [RESULT]) == {"bundle.note", "error"}


def test_wrong_samples_are_noticed() -> None:
    assert sample_problems({"a": {"type": "int", "description": "x", "sample": "1"}}) != []
    assert sample_problems({"a": {**RETURNS["bundle"], "sample": {"membrs": []}}}) == [
        "a.membrs is returned, and not documented"
    ]
    assert sample_problems({"a": {**RETURNS["bundle"], "sample": {"members": [1]}}}) == []
