# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registrations that are named in absent: they go whatever the policy says, in one plan with what breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ForbiddenError
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration
from ansible_collections.ringme.pbx.tests.unit.helpers.options import module_options, refusal
from ansible_collections.ringme.pbx.tests.unit.helpers.phones import (
    BAD,
    LIST,
    NETWORKS,
    STRICT,
    Phones,
    crowd,
    entry,
    office,
    statuses,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.phones import run_client_registrations as run

SCANNER = {"extension": "101", "device": "scanner"}
DELETE = "DELETE /extension/1/registration/a2"

# --- with a policy ---


def test_what_is_named_and_violates_the_policy_is_one_change() -> None:
    """Two tasks would show it twice in check mode."""
    pbx = office()
    options = {**STRICT, "absent": [SCANNER, {"extension_id": 1, "address": [BAD]}]}
    promised = run(pbx, check_mode=True, **options)
    assert pbx.writes == []
    done = run(pbx, **options)
    assert pbx.writes == [DELETE]
    for same in ("changes", "diff", "findings", "blocked", "registrations"):
        assert promised.result[same] == done.result[same], same
    (change,) = done.result["changes"]
    assert (change["address"], change["extension"], change["extension_id"]) == ("registration/101", "101", 1)
    assert [item["device"] for item in change["fields"][0]["before"]] == ["friendly-scanner"]
    assert [found["rule"] for found in done.result["findings"]] == ["REG-001", "REG-002"]
    assert statuses(done) == ["verified"]
    again = run(pbx, **options)
    assert (again.result["changed"], again.result["changes"], pbx.writes) == (False, [], [DELETE])


def test_it_goes_in_an_audit_too_and_nothing_else_does() -> None:
    pbx = office()
    pbx.registered[2] = [entry("b1", "friendly-scanner", BAD)]
    outcome = run(pbx, **NETWORKS, state="audited", absent=[SCANNER])
    assert pbx.writes == [DELETE]
    assert [shown["health"] for shown in outcome.result["registrations"]] == ["compliant", "violation", "stale_only"]
    assert [found["address"] for found in outcome.result["findings"]] == ["registration/101", "registration/102"]


def test_an_extension_that_only_absent_names_is_read_and_not_judged() -> None:
    pbx = office()
    outcome = run(pbx, **STRICT, extensions=["102", "103"], must_register=["*"], absent=[{**SCANNER, "address": [BAD]}])
    assert pbx.blocks[0] == [1, 2, 3]
    assert pbx.writes == [DELETE]
    shown = [(item["extension"], item["health"]) for item in outcome.result["registrations"]]
    assert shown == [("101", None), ("102", "offline"), ("103", "stale_only")]
    assert [found["address"] for found in outcome.result["findings"]] == ["registration/102", "registration/103"]
    pbx = office()
    assert not run(pbx, **STRICT, extensions=["102"], absent=[{"extension": "101", "device": "snom"}]).result["changed"]


def test_one_that_is_removed_needs_no_room() -> None:
    pbx = Phones({1: [entry("old"), entry("new", "Zoiper", expires=900)]})
    options = {"max_registrations": 1, "state": "compliant", "absent": [{"extension": "101", "device": "Zoiper"}]}
    promised = run(pbx, check_mode=True, **options)
    done = run(pbx, **options)
    assert pbx.live() == {1: ["old"]}
    assert promised.result["registrations"] == done.result["registrations"]
    assert done.result["registrations"][0]["health"] == "compliant"
    assert [found["rule"] for found in done.result["findings"]] == ["REG-003"]


def test_without_selectors_every_registration_goes_in_a_request_of_its_own() -> None:
    pbx = office()
    outcome = run(pbx, **STRICT, absent=[{"extension": "101"}])
    assert sorted(pbx.writes) == ["DELETE /extension/1/registration/a1", DELETE]
    assert len(outcome.result["changes"]) == 2
    assert [item["device"] for item in outcome.result["diff"]["before"]["registrations"]["101"]] == [
        "Yealink SIP-T46G", "friendly-scanner",
    ]  # fmt: skip
    assert outcome.result["diff"]["after"] == {"registrations": {"101": []}}
    assert outcome.result["registrations"][0]["registered"] is False


# --- alone ---


@pytest.mark.parametrize("state", ["audited", "compliant"])
def test_alone_nothing_is_judged_and_only_what_is_named_is_read(state: str) -> None:
    pbx = office()
    outcome = run(pbx, state=state, absent=[SCANNER, {"extension": "103"}])
    assert pbx.journal[:2] == LIST and pbx.blocks == [[1, 3], [1]]
    assert pbx.writes == [DELETE]
    assert (outcome.result["findings"], outcome.warnings) == ([], [])
    shown = [(item["extension"], item["registered"], item["health"]) for item in outcome.result["registrations"]]
    assert shown == [("101", True, None), ("103", False, None)]
    assert outcome.result["changes"][0]["resource"] == "client_registrations"


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_empty_list_alone_asks_for_nothing(check_mode: bool) -> None:
    pbx = office()
    outcome = run(pbx, check_mode=check_mode, absent=[])
    assert not outcome.failed and not outcome.warnings
    assert (pbx.journal, outcome.result["registrations"], outcome.result["changed"]) == ([], [], False)


def test_an_empty_list_with_a_policy_changes_nothing() -> None:
    plain, with_list = run(office(), **STRICT).result, run(office(), **STRICT, absent=[]).result
    assert {**plain, "quota": None} == {**with_list, "quota": None}


def test_ids_are_looked_up_too_so_that_results_have_numbers() -> None:
    pbx = office()
    outcome = run(pbx, absent=[{"extension_id": 1, "registration_id": "a2"}])
    assert (pbx.journal[:2], pbx.writes) == (LIST, [DELETE])
    assert outcome.result["outcomes"][0]["extension"] == "101"


@pytest.mark.parametrize("selection", [{"extensions": ["101"]}, {"extension_ids": [1]}])
def test_a_selection_for_no_policy_is_refused(selection: dict[str, Any]) -> None:
    result = refusal(ClientRegistrations(), **selection, absent=[SCANNER])
    assert result["msg"].startswith(f"{next(iter(selection))}: selects extensions for a policy, but only absent is set")
    assert not run(office(), **selection, must_register=["101"], absent=[SCANNER]).failed


# --- limits, failures, coming back ---


def test_a_limit_counts_both() -> None:
    pbx = crowd(3, 1)
    named = [{"extension": "101"}, {"extension": "104"}]
    outcome = run(pbx, **STRICT, max_removals=3, absent=named)
    assert (outcome.failed, outcome.result["error"]["kind"], pbx.writes) == (True, "blocked", [])
    assert [(item["actual"], item["limit"]) for item in outcome.result["blocked"]] == [(4, 3)]
    lenient = run(pbx, check_mode=True, **STRICT, max_removals=3, absent=named, blocked_in_check="report")
    assert (lenient.failed, lenient.result["changed"], len(lenient.result["blocked"])) == (False, True, 1)
    assert not run(pbx, **STRICT, max_removals=4, absent=named).failed
    assert len(pbx.writes) == 4


@pytest.mark.parametrize(("intruders", "blocked"), [(9, False), (10, True)])
def test_the_usual_limit_holds_for_a_list_alone(intruders: int, blocked: bool) -> None:
    pbx = crowd(intruders, 20)
    named = [{"extension_id": number, "device": "scanner"} for number in range(1, intruders + 1)]
    assert run(pbx, absent=named).failed is blocked
    assert run(pbx, absent=named, max_removals="100%").failed is False


@pytest.mark.parametrize(
    ("on_error", "left"), [("continue", ["failed", "verified"]), ("stop", ["failed", "not_reached"])]
)
def test_on_error(on_error: str, left: list[str]) -> None:
    error = ForbiddenError("DELETE: refused", status=403)
    pbx = crowd(2, fault=lambda method, path, count: error if "DELETE /extension/1/" in f"{method} {path}" else None)
    named = [{"extension": "101"}, {"extension": "102"}]
    outcome = run(pbx, absent=named, on_error=on_error, concurrency=1, verify_for=1)
    assert (outcome.failed, statuses(outcome)) == (True, left)


def test_what_comes_back_is_reported() -> None:
    pbx, slept = office(returning=True), list[float]()
    outcome = run(pbx, slept=slept, verify_for=3, absent=[{"extension": "101"}])
    assert (outcome.failed, slept) == (False, [3.0])
    back = [(item["extension"], item["device"], item["rules"]) for item in outcome.result["came_back"]]
    assert back == [("101", "Yealink SIP-T46G", []), ("101", "friendly-scanner", [])]
    assert "2 removed registrations of extension 101 (id 1) are back" in outcome.warnings[0]


def test_what_comes_back_in_an_audit_has_the_rules_that_it_breaks() -> None:
    outcome = run(office(returning=True), **{**STRICT, "state": "audited"}, absent=[SCANNER])
    assert [item["rules"] for item in outcome.result["came_back"]] == [["REG-001", "REG-002"]]
    gone = run(office(returning=True), absent=[{"extension": "101", "registration_id": "a2"}])
    assert gone.result["came_back"] == [], "it has another id now, which no selector names"


def test_read_only() -> None:
    pbx = office()
    outcome = run(pbx, absent=[SCANNER], read_only=True)
    assert (outcome.failed, outcome.result["error"]["kind"], pbx.writes) == (True, "read_only", [])


# --- selection ---


@pytest.mark.parametrize("state", ["audited", "compliant"])
@pytest.mark.parametrize(
    ("named", "kind", "text"),
    [
        ({"extension": "110"}, "not_found", "absent[1].extension: no extension 110; did you mean"),
        ({"extension_id": 10}, "not_found", "absent[1].extension_id: no extension with the id 10"),
        ({"extension": "104"}, "conflict", "absent[1].extension: extension 104 (id 4) is of type ivr, not a phone"),
    ],
)
def test_an_impossible_selection_is_refused_before_any_write(
    named: dict[str, Any], kind: str, text: str, state: str
) -> None:
    for policy in ({}, STRICT):
        pbx = office()
        outcome = run(pbx, **{**policy, "state": state}, absent=[SCANNER, named])
        assert (outcome.failed, outcome.result["error"]["kind"], pbx.journal) == (True, kind, LIST)
        assert text in outcome.result["msg"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"extension": "1"}, "extension"),
    ({"extension_id": 0}, "extension_id"),
    ({"extension": "101", "registration_id": " "}, "registration_id[0]"),
    ({"extension": "101", "device": ""}, "device"),
    ({"extension": "101", "device": "["}, "device"),
    ({"extension": "101", "address": []}, "address"),
    ({"extension": "101", "address": ["192.0.2.7/24"]}, "address[0]"),
]


@pytest.mark.parametrize(("named", "option"), WRONG)
def test_the_words_are_those_of_extension_registration(named: dict[str, Any], option: str) -> None:
    alone = refusal(ExtensionRegistration(), **named)["msg"]
    assert alone.startswith(f"{option}: ")
    for policy in ({}, STRICT):
        assert refusal(ClientRegistrations(), **policy, absent=[SCANNER, named])["msg"] == f"absent[1].{alone}"


@pytest.mark.parametrize("named", [{"device": "x"}, {"extension": "101", "extension_id": 1}])
def test_an_entry_names_one_extension(named: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=r"one of|mutually exclusive"):
        module_options(ClientRegistrations(), absent=[SCANNER, named])
    result = refusal(ClientRegistrations(), absent=[SCANNER, {"extension": None}])
    assert result["msg"].startswith("absent[1].extension: is missing")
