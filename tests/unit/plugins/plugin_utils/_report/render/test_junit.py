# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JUnit XML: suites are clients, cases are objects, and the counts match the report."""

from __future__ import annotations

import io
import random
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.render.junit import junit
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.status import by_urgency
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import HOSTILE, change, client, finding, fleet, sha

ABSENT = "the development set has it, the sets for other cores have not"
TEXTS = st.text(max_size=40) | st.sampled_from(
    [HOSTILE, "\x00\x08\x1b", "\ufffe\uffff", "\ud800", "]]>", "\x85\u2028", "😀"]
)
WAIVER = {"reason": "OPS-311", "owner": "anna", "expires": "2026-12-01"}
VERIFIED = {"status": "verified", "message": None}
# What the schemas of CI systems allow, by element: attributes that must and may be there, and what may be inside.
ALLOWED: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"skipped", "time", "timestamp"},
        {"properties", "testcase"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name", "classname"}, {"time"}, {"failure", "error", "skipped", "system-out"}),
    "failure": ({"type", "message"}, set(), set()),
    "error": ({"type", "message"}, set(), set()),
    "skipped": ({"type", "message"}, set(), set()),
    "system-out": (set(), set(), set()),
}


def _report(*clients: dict[str, Any], **given_: Any) -> dict[str, Any]:
    return {**fleet(0), "clients": list(clients), **given_}


def _change(number: int = 0, **given_: Any) -> dict[str, Any]:
    return change(
        "romashka",
        number,
        random.Random(1),
        **{"cause": "out_of_band", "new": False, "age_seconds": 3 * 86400, **given_},
    )


def _read(report: dict[str, Any]) -> ElementTree.Element:
    """The document, after a check of its structure and its counts."""
    root = ElementTree.fromstring(junit(report).encode("utf-8"))
    for element in root.iter():
        must, may, inside = ALLOWED[element.tag]
        assert must <= set(element.attrib) <= must | may, element.attrib
        assert {child.tag for child in element} <= inside
    for element in (root, *root.iter("testsuite")):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            if name in element.attrib:
                assert int(element.attrib[name]) == sum(1 for _child in element.iter(tag)), name
    assert all(len(case) <= 1 for case in root.iter("testcase"))
    assert all(len(suite) > 1 or suite.get("name") == "run" for suite in root)
    return root


def _cases(*clients: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Cases as (class, name, outcome, message)."""
    found = []
    for case in _read(_report(*clients)).iter("testcase"):
        inner = case[0] if len(case) else None
        outcome, message = ("passed", "") if inner is None else (inner.tag, inner.get("message", ""))
        found.append((case.get("classname", "").removeprefix("ringme.pbx."), case.get("name", ""), outcome, message))
    return found


def test_a_clean_client_has_a_case_for_each_part() -> None:
    assert _cases(client("a", 1)) == [
        ("client_settings", "settings", "passed", ""),
        ("client_bundles", "bundles", "passed", ""),
        ("client_registrations", "registrations", "passed", ""),
    ]


def test_objects_are_cases() -> None:
    one = client("a", 1, "drift", changes=[_change(0), _change(1), _change(2)], findings=[finding("a", 5)])
    message = (
        "REG-001: extension 205: 'friendly-scanner' is registered from 203.0.113.77, which is not in an allowed "
        "network (office, vpn)"
    )
    assert _cases(one) == [
        ("client_registrations", "registration/205", "failure", message),
        ("client_settings", "settings", "failure", "geo_list: RU BY -> * (and 1 more)"),
        ("client_bundles", "bundle/102", "failure", "members: 201 -> 201 301"),
    ]


def test_the_text_of_a_failure_is_complete() -> None:
    (failure,) = _read(
        _report(client("a", 1, "drift", changes=[_change(0), _change(1, field=None, source=None)]))
    ).iter("failure")
    assert failure.get("type") == "out_of_band"
    assert failure.text == (
        "~ geo_list: RU BY -> * (out of band, 3 d, critical) clients/romashka.yml:4\n~ 40 -> 12 (out of band, 3 d, low)"
    )


def test_outcomes_other_than_failures() -> None:
    waived, done = _change(0, waiver=WAIVER), _change(2, result=VERIFIED)
    failed = _change(4, result={"status": "failed", "message": "500"})
    one = client("a", 1, "drift", changes=[waived, done, failed])
    assert _cases(one) == [
        ("client_registrations", "registration/204", "error", "FAILED: 500"),
        ("client_bundles", "bundle/102", "system-out", ""),
        ("client_settings", "settings", "skipped", "waived until 2026-12-01 (OPS-311, anna)"),
    ]


def test_parts_that_were_not_compared_are_errors() -> None:
    assert _cases(client("a", 1, "error"))[1:] == [
        (
            "client_bundles",
            "bundles",
            "error",
            "not compared: bundles: GET /client/801/extension/ was refused with 403 (access_denied)",
        )
    ]
    assert _cases(client("a", 1, "not_checked", compared=[], not_compared=[])) == [
        ("client", "client", "error", "the host failed before anything was compared")
    ]
    assert _cases(client("a", 1, "error", reason=None, compared=[], not_compared=[])) == [
        ("client", "client", "error", "nothing was compared")
    ]
    assert _cases(client("a", 1, compared=[])) == [("client", "client", "error", "nothing was compared")]


def test_a_status_is_believed() -> None:
    assert _cases(client("a", 1, "blocked", compared=[])) == [
        (
            "client",
            "limits",
            "failure",
            "max_removals: the plan has 7, the limit is 5 (override: -e client_bundles_max_removals=7)",
        )
    ]
    assert _cases(client("a", 1, "blocked", compared=[], reason=None))[0][3] == "1 limit exceeded"
    assert _cases(client("a", 1, "drift", compared=[])) == [("client", "client", "failure", "drift")]
    assert _cases(client("a", 1, "drift", changes=[_change(result=VERIFIED)], compared=[]))[-1][2:] == (
        "failure",
        "drift",
    )


def test_findings_elsewhere() -> None:
    one = client("a", 1, "drift", findings=[finding("a", 1, address="elsewhere/1")], compared=[])
    assert _cases(one)[0][:3] == ("client", "elsewhere/1", "failure")


def test_properties_and_times() -> None:
    root = _read(_report(client("a", 1, quota=None), client("b", 2, client_id=None), client("c", 3, "error")))
    properties = [{entry.attrib["name"]: entry.attrib["value"] for entry in suite.iter("property")} for suite in root]
    assert properties[1] == {
        "plan_id": sha("a"),
        "status": "clean",
        "client_id": "801",
        "checked": "2026-11-25T07:00:30Z",
        "file": "clients/a.yml",
    }
    assert (properties[2]["quota_remaining"], properties[2]["quota_limit"], "client_id" in properties[2]) == (
        "4210",
        "5000",
        False,
    )
    assert properties[0]["reason"].startswith("bundles: GET")
    assert (root.attrib["name"], root.attrib["time"], root[0].attrib["timestamp"]) == (
        "ringme.pbx drift",
        "90.000",
        "2026-11-25T07:00:30",
    )


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({}, "no client was compared"),
        ({"truncated": True, "clients": [client("a", 1)]}, "the run was interrupted"),
    ],
)
def test_an_incomplete_run_does_not_pass(given_: dict[str, Any], message: str) -> None:
    (error,) = _read({**_report(), **given_}).iter("error")
    assert error.get("message") == message


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_can_be_read_back(key: str, value: str, reason: str) -> None:
    changes = [
        _change(
            before=value, after=[value, 1], address=value, field=value, resource=value, waiver={**WAIVER, "reason": key}
        )
    ]
    one = client(
        key,
        1,
        "error",
        reason=reason,
        changes=changes,
        findings=[finding(key, 1, message=value, hint=reason, address=reason)],
        not_compared=[{"part": value, "reason": reason}],
        compared=[key],
        client_id=value,
        file=reason,
    )
    root = _read(_report(one))
    assert len(root) == 1 and all(text.isprintable() or not text.isascii() for text in root[0].attrib.values())


def test_the_library_reads_the_same_counts() -> None:
    junitparser = pytest.importorskip("junitparser", reason=ABSENT)
    report = fleet(400, 0.2, hostile=True)
    document = junitparser.JUnitXml.fromstring(junit(report).encode("utf-8"))
    counts = (document.tests, document.failures, document.errors, document.time)
    suites = list(document)
    assert len(suites) == 400
    written = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in suites]
    document.update_statistics()
    assert counts[:3] == (document.tests, document.failures, document.errors) and counts[3] == 90
    assert written == [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in suites]
    for suite, one in zip(suites, by_urgency(report["clients"]), strict=True):
        counting = [item for item in (*one["changes"], *one["findings"]) if item["waiver"] is None]
        assert bool(suite.failures + suite.errors) == bool(
            counting or one["status"] in ("blocked", "error", "not_checked")
        )


@pytest.fixture(name="schema", scope="module")
def _schema() -> Any:
    """The schema of Jenkins, which only the source package of pytest contains."""
    etree: ModuleType = pytest.importorskip("lxml.etree", reason=ABSENT)
    root = next((folder for folder in Path(__file__).resolve().parents if (folder / "galaxy.yml").is_file()), Path())
    packages = sorted((root / ".cache" / "sdist").glob("pytest-*.tar.gz"))
    if not packages:
        pytest.skip("the source package of pytest is not in .cache/sdist")
    with tarfile.open(packages[-1]) as package:
        name = next(entry for entry in package.getnames() if entry.endswith("/testing/example_scripts/junit-10.xsd"))
        stream = package.extractfile(name)
        assert stream is not None
        return etree.XMLSchema(etree.parse(io.BytesIO(stream.read())))


@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize(("clients", "share"), [(0, 0.0), (3, 0.0), (300, 0.5)])
def test_the_schema_of_ci_systems_is_kept(schema: Any, clients: int, share: float, hostile: bool) -> None:
    etree = pytest.importorskip("lxml.etree", reason=ABSENT)
    schema.assertValid(etree.fromstring(junit(fleet(clients, share, hostile=hostile)).encode("utf-8")))
    assert not schema.validate(etree.fromstring(b"<testsuites><testcase name='a'/></testsuites>"))
