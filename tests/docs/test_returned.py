# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RETURN documentation matches what the modules return, in both ways of running; seeded faults are noticed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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
    """One task: what it is to show, its module and options, and whether it fails.

    ``knobs`` are turned at the simulator before: ``switches``, or ``faults``, which count the requests from then on.
    """

    shows: str
    module: str
    options: dict[str, Any]
    fails: bool = False
    check: bool = False
    knobs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def tasks(self, way: str) -> list[dict[str, Any]]:
        """Return the task, which never ends the play, behind those that it needs."""
        name = f"{COLLECTION}.{self.module}"
        task = {
            "name": self.name(way),
            name: self.options,
            "vars": {"ringme_in_process": WAYS[way]},
            "check_mode": self.check,
            "ignore_errors": True,
        }
        return [*(_turned(knob, body) for knob, body in self.knobs.items()), task]

    def name(self, way: str) -> str:
        """Return the name of the task."""
        return f"{self.module}: {self.shows}, {way}"


def _turned(knob: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the task that turns a knob of the simulator."""
    url = f"{{{{ lookup('ansible.builtin.env', 'RINGME_API_URL') }}}}/_simulator/{knob}"
    method = "PATCH" if knob == "switches" else "POST"
    return {
        "name": f"Turn {knob}",
        "ansible.builtin.uri": {"url": url, "method": method, "body_format": "json", "body": body},
    }


def _failing(method: str, path: str, at: Sequence[int]) -> dict[str, Any]:
    return {"kind": "status", "status": 500, "method": method, "path": path, "at": list(at)}


def cases() -> Iterator[Case]:
    """Yield every situation that a result can come from, for every module, in the order in which they are run."""
    yield from single_cases()
    yield from bundle_cases()
    yield from registration_cases()
    yield from failing_cases()


def single_cases() -> Iterator[Case]:
    """Yield what the modules for one object do."""
    settings = {**CLIENT, "geo_list": ["BY"], "reset": ["hold_music"]}
    yield Case("changed in check mode", "client_settings", settings, check=True)
    yield Case("changed", "client_settings", settings)
    yield Case("unchanged", "client_settings", settings)
    yield Case("changed back", "client_settings", {**CLIENT, "geo_list": ["RU"], "hold_music": 11})
    yield Case("not taken", "client_settings", {**CLIENT, "dial_rule_id": 6}, fails=True)

    bundle = {**CLIENT, "extension_id": 31456, "bundle_list": [32486, 32767]}
    numbered = {**CLIENT, "extension": "101", "members": ["201", "301"]}
    yield Case("created in check mode", "extensions_bundle", bundle, check=True)
    yield Case("stopped", "extensions_bundle", {**numbered, "side_effects": "fail_on_widening"}, fails=True)
    report = {"side_effects": "fail_on_widening", "blocked_in_check": "report"}
    yield Case("stopped in check mode", "extensions_bundle", {**numbered, **report}, check=True)
    yield Case("created by number in check mode", "extensions_bundle", numbered, check=True)
    yield Case("created", "extensions_bundle", bundle)
    yield Case("unchanged", "extensions_bundle", bundle)
    yield Case("unchanged by number", "extensions_bundle", numbered)
    yield Case(
        "grown", "extensions_bundle", {**bundle, "bundle_list": [33002], "append": True, "side_effects": "ignore"}
    )
    yield Case("all of them", "extensions_bundle_info", CLIENT)
    yield Case("two", "extensions_bundle_info", {**CLIENT, "extension_ids": [31456, 32486]})
    yield Case("two by number", "extensions_bundle_info", {**CLIENT, "extensions": ["101", "201"]})
    yield Case("shrunk", "extensions_bundle", bundle)
    yield Case("a menu", "extensions_bundle", {**bundle, "bundle_list": [34000]}, fails=True)
    yield Case("an unknown number", "extensions_bundle", {**numbered, "members": ["110"]}, fails=True)
    yield Case("removed", "extensions_bundle", {**CLIENT, "extension_id": 31456, "state": "absent"})

    live = {"extension_id": 31456}
    yield Case("all of them", "extension_registration_info", {})
    yield Case("one", "extension_registration_info", {"extension_ids": [31456]})
    yield Case("one by number", "extension_registration_info", {**CLIENT, "extensions": ["101"]})
    selected = {**CLIENT, "extension": "101", "device": "^Zoiper"}
    yield Case("selected by number in check mode", "extension_registration", selected, check=True)
    yield Case("selected", "extension_registration", {**live, "device": "^Zoiper"})
    yield Case("unchanged", "extension_registration", {**live, "device": "^Zoiper"})
    yield Case("all", "extension_registration", live)

    yield Case("one", "client_info", CLIENT)
    yield Case("all of them", "extension_info", CLIENT)
    yield Case("two", "extension_info", {**CLIENT, "extension_ids": [31456, 34000]})
    yield Case("two by number", "extension_info", {**CLIENT, "extensions": ["101", "0003*500"]})


def bundle_cases() -> Iterator[Case]:
    """Yield what becomes of lists of bundles."""
    module = "client_bundles"
    listed = [{"extension": "101", "members": ["201"]}, {"extension": "402", "members": ["301", "401"]}]
    whole = {**CLIENT, "bundles": listed}
    let_through = {**whole, "allow_widening": ["201", "301", "401"]}
    yield Case("stopped", module, whole, fails=True)
    yield Case("stopped in check mode", module, {**whole, "blocked_in_check": "report"}, check=True)
    yield Case("created in check mode", module, let_through, check=True)
    yield Case("created", module, let_through)
    yield Case("unchanged", module, whole)
    clash = [*listed, {"extension": "401", "members": ["101"]}]
    yield Case("at odds with itself", module, {**CLIENT, "bundles": clash}, fails=True)
    menu = [{"extension": "101", "members": ["500", "110"]}]
    yield Case("at odds with the PBX", module, {**CLIENT, "bundles": menu}, fails=True)
    pruned = {**CLIENT, "bundles": listed[:1], "prune": True}
    yield Case("too many removals", module, {**pruned, "max_removals": "0"}, fails=True)
    yield Case("pruned", module, pruned)
    yield Case("gone", module, {**CLIENT, "bundles": [{"extension": "101", "state": "absent"}]})

    # The bundle of 402 has to shrink, the API only adds, and setting it anew fails; then, so does putting it back.
    old = {**CLIENT, "extension": "402", "members": ["301", "401"]}
    path = "/extensions_bundle/33002$"
    knobs = {"switches": {"bundle_post": "add"}, "faults": _failing("POST", path, (2, 3))}
    yield Case("created to be lost", "extensions_bundle", old)
    yield Case("lost", "extensions_bundle", {**old, "members": ["401"]}, fails=True, knobs=knobs)
    shrinking = {**CLIENT, "bundles": [{"extension": "402", "members": ["401"]}]}
    yield Case("created to be lost", module, {**let_through, "bundles": listed[1:]})
    yield Case("lost", module, shrinking, fails=True, knobs={"faults": _failing("POST", path, (2, 3))})
    yield Case("created to be kept", module, {**let_through, "bundles": listed[1:]})
    yield Case("kept", module, shrinking, fails=True, knobs={"faults": _failing("POST", path, (2,))})
    yield Case("gone at last", module, {**CLIENT, "bundles": [{"extension": "402", "state": "absent"}]})


def registration_cases() -> Iterator[Case]:
    """Yield what becomes of registrations that a policy does not admit."""
    module = "client_registrations"
    policy = {
        **CLIENT,
        "allowed_networks": {"office": ["198.51.100.0/24"]},
        "allowed_devices": ["^Yealink"],
        "must_register": ["*"],
    }
    compliant = {**policy, "state": "compliant", "max_removals": "5"}
    yield Case("audited", module, policy)
    yield Case("removed in check mode", module, compliant, check=True)
    yield Case("too many removals", module, {**compliant, "max_removals": "0"}, fails=True)
    failing = _failing("DELETE", "/extension/32486/registration/", (1,))
    yield Case("not removed", module, compliant, fails=True, knobs={"faults": failing})
    yield Case("removed in vain", module, compliant, knobs={"switches": {"reregister": "at_once"}})
    yield Case("removed", module, compliant, knobs={"switches": {"reregister": "never"}})
    yield Case("unchanged", module, compliant)


def failing_cases() -> Iterator[Case]:
    """Yield the failures that every module knows."""
    one: dict[str, dict[str, Any]] = {
        "client_bundles": {"bundles": [{"extension": "101", "members": ["201"]}]},
        "client_registrations": {"max_registrations": 1},
        "client_settings": {"timezone": "UTC"},
        "extensions_bundle": {**CLIENT, "extension_id": 31456, "bundle_list": [32486, 32767]},
        "extension_registration": {"extension_id": 31456},
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
            tasks = [task for case in CASES for task in case.tasks(way)]
            run = run_playbook(tasks, simulator_url=simulator.url, timeout=400)
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
