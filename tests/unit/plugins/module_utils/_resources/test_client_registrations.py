# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All registrations of a client: what is read, what is found, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, execute
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ForbiddenError, RingmeError, ServerError
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import lost
from ansible_collections.ringme.pbx.tests.unit.helpers.options import module_options, refusal
from ansible_collections.ringme.pbx.tests.unit.helpers.phones import (
    BAD,
    BLOCK,
    LIST,
    NETWORKS,
    STRICT,
    Phones,
    crowd,
    entry,
    office,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.phones import run_client_registrations as run

# --- auditing ---


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_audit_reports_and_removes_nothing(check_mode: bool) -> None:
    pbx = office()
    options = {**STRICT, "state": "audited", "max_registrations": 1, "must_register": ["*"], "verify_for": 5}
    outcome = run(pbx, check_mode=check_mode, **options)
    result = outcome.result
    assert not outcome.failed
    assert pbx.journal == [*LIST, BLOCK]
    assert pbx.blocks == [[1, 2, 3]]
    assert [(found["address"], found["rule"]) for found in result["findings"]] == [
        ("registration/101", "REG-001"), ("registration/101", "REG-002"), ("registration/101", "REG-003"),
        ("registration/102", "REG-004"), ("registration/103", "REG-004"),
    ]  # fmt: skip
    assert (result["changed"], result["changes"], result["outcomes"], result["came_back"]) == (False, [], [], [])
    assert result["blocked"] == []
    assert result["diff"]["before"] == result["diff"]["after"] == {"registrations": {}}
    keys = ("extension", "extension_id", "registered", "health")
    assert [tuple(shown[key] for key in keys) for shown in result["registrations"]] == [
        ("101", 1, True, "violation"), ("102", 2, False, "offline"), ("103", 3, False, "stale_only"),
    ]  # fmt: skip
    assert result["registrations"][2]["registrations"][0]["registration_id"] == "c1"
    assert not outcome.warnings


@pytest.mark.parametrize("state", ["audited", "compliant"])
def test_only_what_is_selected_is_checked(state: str) -> None:
    for selection in ({"extensions": ["103", "000*102"]}, {"extension_ids": [3, 2]}):
        pbx = office()
        result = run(pbx, **NETWORKS, must_register=["102"], state=state, **selection).result
        assert pbx.blocks == [[2, 3]]
        assert [shown["extension"] for shown in result["registrations"]] == ["102", "103"]
        assert [(found["rule"], found["address"]) for found in result["findings"]] == [("REG-004", "registration/102")]


def test_extensions_are_sorted_by_number_and_read_in_blocks() -> None:
    pbx = Phones({number: [] for number in range(250, 0, -1)})
    result = run(pbx, **NETWORKS, concurrency=1).result
    assert pbx.journal == [*LIST, *[BLOCK] * 3]
    assert [len(block) for block in pbx.blocks] == [100, 100, 50]
    assert [shown["extension_id"] for shown in result["registrations"]] == list(range(1, 251))


def test_the_order_is_that_of_the_numbers() -> None:
    pbx = Phones(
        {number: [entry(f"x{number}", "scanner", BAD)] for number in (1, 2, 3)}, numbers={1: "1000", 2: "205", 3: "99"}
    )
    result = run(pbx, **STRICT).result
    for listed in ("registrations", "findings", "changes", "outcomes"):
        seen = [item.get("extension") or item["address"].removeprefix("registration/") for item in result[listed]]
        assert list(dict.fromkeys(seen)) == ["99", "205", "1000"], listed


def test_a_client_without_phones() -> None:
    pbx = Phones({4: []}, others={4: "ivr"})
    outcome = run(pbx, **NETWORKS)
    assert (outcome.failed, outcome.result["registrations"], pbx.journal) == (False, [], LIST)
    assert "No registration was checked" in outcome.warnings[0]


# --- missing is never offline ---


def test_what_a_block_lacks_is_read_alone() -> None:
    pbx = office(omitted={1, 2})
    result = run(pbx, **NETWORKS).result
    assert pbx.journal == [*LIST, BLOCK, "GET /extension/1/registration/", "GET /extension/2/registration/"]
    assert [shown["health"] for shown in result["registrations"]] == ["violation", "offline", "stale_only"]


@pytest.mark.parametrize("state", ["audited", "compliant"])
def test_what_cannot_be_read_at_all_is_an_error(state: str) -> None:
    pbx = office(gone={2, 3})
    outcome = run(pbx, **NETWORKS, must_register=["*"], state=state)
    assert outcome.failed
    assert outcome.result["error"]["kind"] == "not_found"
    assert "2 of 3 extensions: 102 (id 2), 103 (id 3)" in outcome.result["msg"]
    assert "findings" not in outcome.result
    assert pbx.writes == []


def test_a_refused_block_is_read_one_by_one() -> None:
    def refused(method: str, path: str, count: int) -> tuple[int, Any] | None:
        return (404, {"message": "Not found"}) if path == "/extension/registration/" else None

    pbx = office(fault=refused)
    assert not run(pbx, **NETWORKS).failed
    assert pbx.journal[3:] == [f"GET /extension/{number}/registration/" for number in (1, 2, 3)]


@pytest.mark.parametrize("status", [400, 413, 414])
@pytest.mark.parametrize("largest", [1, 3, 50])
def test_a_block_that_is_too_large_is_read_in_parts(status: int, largest: int) -> None:
    def limited(requested: list[int]) -> int | None:
        return status if len(requested) > largest else None

    pbx = Phones({number: [entry(f"a{number}")] for number in range(1, 121)}, refuses_block=limited)
    result = run(pbx, **NETWORKS).result
    assert [shown["extension_id"] for shown in result["registrations"]] == list(range(1, 121))
    assert {shown["health"] for shown in result["registrations"]} == {"compliant"}
    assert all(line == BLOCK for line in pbx.journal[2:])


def test_a_block_that_is_refused_for_another_reason_is_not_tried_in_all_sizes() -> None:
    pbx = Phones({number: [] for number in range(1, 101)}, refuses_block=lambda requested: 400)
    assert run(pbx, **NETWORKS, concurrency=1).result["error"]["kind"] == "refused"
    assert [len(requested) for requested in pbx.blocks] == [100, 50, 25, 12, 6, 3, 1]


def test_two_answers_for_one_extension_are_none() -> None:
    def doubled(method: str, path: str, count: int) -> tuple[int, Any] | None:
        offline = {"extension_id": 1, "registered": False, "registrations": []}
        text = [offline, {**offline, "registered": True, "registrations": [entry("a1")]}]
        return (200, text) if path == "/extension/registration/" else None

    pbx = Phones({1: [entry("a1")]}, fault=doubled)
    result = run(pbx, **NETWORKS, must_register=["101"]).result
    assert result["findings"] == []
    assert pbx.journal[-1] == "GET /extension/1/registration/"


@pytest.mark.parametrize("error", [ServerError("broken", status=503), ForbiddenError("no", status=403), lost("GET")])
def test_an_error_while_reading_fails_the_task(error: RingmeError) -> None:
    pbx = office(fault=lambda method, path, count: error if count == 3 else None)
    outcome = run(pbx, **STRICT)
    assert (outcome.failed, outcome.result["error"]["kind"], outcome.result["changed"]) == (True, error.kind, False)
    assert pbx.writes == []


# --- selection ---


@pytest.mark.parametrize(
    ("given_options", "text"),
    [
        ({"extensions": ["101", "104"]}, "extensions[1]: extension 104 (id 4) is of type ivr, not a phone"),
        ({"extension_ids": [4]}, "extension_ids[0]: extension 104 (id 4) is of type ivr, not a phone"),
        ({"must_register": ["101", "104"]}, "must_register[1]: extension 104 (id 4) is of type ivr, not a phone"),
        (
            {"extensions": ["101"], "must_register": ["101", "102"]},
            "must_register[1]: extension 102 (id 2) is not among the checked extensions",
        ),
    ],
)
def test_an_extension_that_is_not_checked_is_refused(given_options: dict[str, Any], text: str) -> None:
    pbx = office()
    outcome = run(pbx, **STRICT, **given_options)
    assert (outcome.failed, outcome.result["error"]["kind"], pbx.journal) == (True, "conflict", LIST)
    assert outcome.result["msg"].startswith(text)
    assert ("Add it to extensions" in outcome.result["msg"]) is ("is not among" in text)


@pytest.mark.parametrize("option", ["extensions", "must_register"])
def test_an_unknown_number(option: str) -> None:
    outcome = run(office(), **STRICT, **{option: ["101", "110"]})
    assert outcome.result["error"]["kind"] == "not_found"
    assert f"{option}[1]: no extension 110; did you mean" in outcome.result["msg"]


def test_what_an_earlier_run_saw_does_for_those_that_are_named_and_not_for_all() -> None:
    pbx = crowd(1, 1)
    kept = Connections(lambda _settings: pbx)

    def again(**more: Any) -> list[str]:
        resource = ClientRegistrations()
        options = module_options(resource, **NETWORKS, **more)
        outcome = execute(resource, options, check_mode=False, connections=kept)
        assert not outcome.failed, outcome.result
        return [shown["extension"] for shown in outcome.result["registrations"]]

    assert again() == ["101", "102"]
    del pbx.registered[1]
    pbx.gone.add(1)
    pbx.registered[5] = []
    lists = pbx.journal.count(LIST[0])
    assert again(extensions=["102"]) == ["102"]
    assert pbx.journal.count(LIST[0]) == lists
    assert again(extensions=["105"]) == ["105"]
    assert pbx.journal.count(LIST[0]) == lists + 2
    pbx.registered[6] = []
    assert again() == ["102", "105", "106"]


# --- options ---


@pytest.mark.parametrize(
    ("given_options", "option"),
    [
        ({"allowed_networks": []}, "allowed_networks"),
        ({"allowed_networks": {"office": ["192.0.2.0/24", "nonsense"]}}, "allowed_networks.office[1]"),
        ({"allowed_devices": []}, "allowed_devices"),
        ({"allowed_devices": ["x", "["]}, "allowed_devices[1]"),
        ({"max_registrations": 0}, "max_registrations"),
        ({"must_register": []}, "must_register"),
        ({"must_register": ["*", "101"]}, "must_register"),
        ({"must_register": ["101", "+7"]}, "must_register[1]"),
        ({**NETWORKS, "extensions": []}, "extensions"),
        ({**NETWORKS, "extensions": ["101", "x"]}, "extensions[1]"),
        ({**NETWORKS, "extension_ids": [0]}, "extension_ids[0]"),
        ({**NETWORKS, "min_rules": 0}, "min_rules"),
        ({**NETWORKS, "max_removals": "x"}, "max_removals"),
        ({**NETWORKS, "max_removals": "101%"}, "max_removals"),
        ({**NETWORKS, "verify_for": -1}, "verify_for"),
        ({**NETWORKS, "verify_for": "nan"}, "verify_for"),
        ({**NETWORKS, "verify_for": "inf"}, "verify_for"),
        ({**NETWORKS, "concurrency": 0}, "concurrency"),
        ({**NETWORKS, "concurrency": 33}, "concurrency"),
        ({**NETWORKS, "client_id": "x"}, "client_id"),
    ],
)
def test_bad_input_is_refused_before_a_connection(given_options: dict[str, Any], option: str) -> None:
    assert refusal(ClientRegistrations(), **given_options)["msg"].startswith(f"{option}: ")


@pytest.mark.parametrize(
    "given_options", [{}, {"state": "compliant"}, {**NETWORKS, "extensions": ["101"], "extension_ids": [1]}]
)
def test_one_rule_is_needed_and_one_selection_allowed(given_options: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=r"one of|mutually exclusive"):
        module_options(ClientRegistrations(), **given_options)
