# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports and ledgers as files: invalid ones are rejected with a reason."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._atomic_file import json_text
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import EnvironmentProblemError, InvalidFilesError
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.ledger import empty
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.storage import read_ledger, read_report
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import fleet
from ansible_collections.ringme.pbx.tests.unit.helpers.results import Nights, built, host, settings

SAMPLE = fleet(6, 0.5, seed=3)


def refused(tmp_path: Path, text: str, read: Any = read_report) -> InvalidFilesError:
    path = tmp_path / "drift.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFilesError) as caught:
        read(str(path))
    assert caught.value.what.startswith(str(path))
    assert caught.value.details.hint
    return caught.value


def changed(*way: Any, to: Any) -> str:
    """The sample with one place changed."""
    found = copy.deepcopy(SAMPLE)
    there: Any = found
    for step in way[:-1]:
        there = there[step]
    there[way[-1]] = to
    return json.dumps(found)


def test_no_file(tmp_path: Path) -> None:
    assert read_report(str(tmp_path / "none.json")) is None
    assert read_ledger(str(tmp_path / "none.json")) == empty()


def test_a_written_file_is_read(tmp_path: Path) -> None:
    nights = Nights()
    nights.run(host(settings=settings({"a": 1}, {"a": 2})))
    assert nights.built is not None
    for name, data, read in (
        ("r", nights.built.report, read_report),
        ("l", nights.built.ledger, read_ledger),
        ("f", SAMPLE, read_report),
    ):
        (tmp_path / name).write_text(json_text(data), encoding="utf-8")
        assert read(str(tmp_path / name)) == data


def test_an_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b"\xe4")
    for path in (tmp_path, tmp_path / "latin.json"):
        with pytest.raises(EnvironmentProblemError, match="cannot be read"):
            read_report(str(path))


@pytest.mark.parametrize(
    "text", ["", "{", "\ufeff{}", "[" * 100_000, '{"a": NaN}', '{"a": -Infinity}', '{"a": 1e999}', "9" * 5000]
)
def test_not_json(tmp_path: Path, text: str) -> None:
    problem = refused(tmp_path, text)
    assert problem.what.endswith(("is not a valid report: not JSON", "is not a report of this collection"))


@pytest.mark.parametrize("text", ["[]", "5", "null", "{}", '"x"', '{"format": "sarif"}', json.dumps(empty())])
def test_another_file(tmp_path: Path, text: str) -> None:
    assert "is not a report of this collection" in refused(tmp_path, text).what


def test_a_report_is_not_a_ledger(tmp_path: Path) -> None:
    assert "is not a ledger of this collection" in refused(tmp_path, json.dumps(SAMPLE), read_ledger).what


@pytest.mark.parametrize("version", ["2.0", "10.1"])
def test_a_newer_version(tmp_path: Path, version: str) -> None:
    problem = refused(tmp_path, changed("format_version", to=version))
    assert f"has the format version {version}; the supported version is 1.x" in problem.what
    assert "newer version of the collection" in str(problem.details.hint)
    assert "1.x" in refused(tmp_path, json.dumps({**empty(), "format_version": version}), read_ledger).what


@pytest.mark.parametrize("version", ["0.9", "1", "x", "", None, 1.0, "1.0.0"])
def test_an_invalid_version(tmp_path: Path, version: Any) -> None:
    assert "format_version" in refused(tmp_path, changed("format_version", to=version)).what


def test_a_newer_minor_version(tmp_path: Path) -> None:
    newer = {**SAMPLE, "format_version": "1.7", "later": [1], "run": {**SAMPLE["run"], "later": "x"}}
    (tmp_path / "drift.json").write_text(json.dumps(newer), encoding="utf-8")
    report = read_report(str(tmp_path / "drift.json"))
    assert report is not None and "later" not in built(previous=report, reports=[report]).report


@pytest.mark.parametrize(
    ("way", "value", "text"),
    [
        (
            ("clients", 0, "changes", 0, "first_seen"),
            "2026-19-39T29:59:69Z",
            "clients[0].changes[0].first_seen is not a valid time",
        ),
        (
            ("clients", 0, "changes", 0, "first_seen"),
            "2026-11-25T07:00:00Z\n",
            "clients[0].changes[0].first_seen is not a valid time",
        ),
        (
            ("clients", 0, "changes", 0, "first_seen"),
            "yesterday",
            "clients[0].changes[0].first_seen: the value does not have the expected format",
        ),
        (("run", "finished"), "0000-01-01T00:00:00Z", "run.finished is not a valid time"),
        (("clients", 0, "checked"), "2026-02-30T00:00:00Z", "clients[0].checked is not a valid time"),
        (
            ("clients", 0, "changes", 0, "waiver"),
            {"reason": "", "owner": "", "expires": "never"},
            "changes[0].waiver.expires is not a valid date",
        ),
        (("history", 0, "finished"), "2026-02-30T00:00:00Z", "history[0].finished is not a valid time"),
        (("clients", 0, "status"), "fine", "clients[0].status: unsupported value"),
        (
            ("clients", 0, "changes", 0, "id"),
            "x",
            "clients[0].changes[0].id: the value does not have the expected format",
        ),
        (("clients",), {}, "clients: expected a list"),
        (("carried",), [], "carried: expected a mapping"),
    ],
)
def test_the_place_is_named(tmp_path: Path, way: tuple[Any, ...], value: Any, text: str) -> None:
    assert text in refused(tmp_path, changed(*way, to=value)).what


@pytest.mark.parametrize("name", ["before", "after", "evidence"])
def test_values_from_a_pbx_are_not_checked(tmp_path: Path, name: str) -> None:
    kind = "findings" if name == "evidence" else "changes"
    number = next(index for index, client in enumerate(SAMPLE["clients"]) if client[kind])
    (tmp_path / "drift.json").write_text(
        changed("clients", number, kind, 0, name, to={"expires": "never"}), encoding="utf-8"
    )
    assert read_report(str(tmp_path / "drift.json"))


@pytest.mark.parametrize(
    ("clients", "text"),
    [
        ([], "clients: expected a mapping"),
        ({"a": {}}, "required key clients.a.client_id is missing"),
        ({"a": {"client_id": 801, "agreed": {}}}, "clients.a.client_id: expected a string"),
        (
            {"a": {"client_id": None, "agreed": {"settings": {"settings": 1}}}},
            "clients.a.agreed.settings.settings: expected a mapping",
        ),
        (
            {"a": {"client_id": None, "agreed": {}, "unknown": {"settings": 1}}},
            "clients.a.unknown.settings: expected a list",
        ),
    ],
)
def test_ledgers(tmp_path: Path, clients: Any, text: str) -> None:
    assert text in refused(tmp_path, json.dumps({**empty(), "clients": clients}), read_ledger).what


@given(st.data())
def test_every_accepted_report_can_be_used(tmp_path: Path, data: st.DataObject) -> None:
    places = [("run",), ("carried",), ("history",), ("clients", 0), ("clients", 0, "changes", 0), ("clients", 1)]
    way = data.draw(st.sampled_from(places))
    there: Any = SAMPLE
    for step in way:
        there = there[step]
    value = data.draw(st.sampled_from([None, 0, "", [], {}, "2026-02-30T00:00:00Z", "1" * 64, "drift", there]))
    inner = [*way, data.draw(st.sampled_from(sorted(there)))] if isinstance(there, dict) and there else list(way)
    path = tmp_path / "drift.json"
    path.write_text(changed(*inner, to=value), encoding="utf-8")
    try:
        report = read_report(str(path))
    except InvalidFilesError:
        return
    assert report is not None
    built(previous=report)
    built(reports=[report])
