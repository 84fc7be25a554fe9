# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of checks that are kept: the same again for the same file, and never a value of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files import check_cache
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.check_cache import (
    fingerprint,
    from_cache,
    to_cache,
)
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.cross_file_checks import check_across
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.file import Claim, ClientFile, read_client_file
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import UNREADABLE, FileFinding
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import check_file
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import MapNode, Place
from ansible_collections.ringme.pbx.plugins.module_utils._model.findings import Rule

MARK = ["1.0.0", 10, 123456789]
TEXTS = st.text(max_size=8)
PLACES = st.builds(Place, st.integers(1, 99), st.integers(1, 99))
CLAIMS = st.builds(Claim, TEXTS, TEXTS, PLACES)
FILES = st.builds(
    ClientFile,
    st.just("clients/a.yml"),
    TEXTS,
    st.just(MapNode(Place(1, 1), ())),
    st.lists(
        st.builds(
            FileFinding,
            st.builds(Rule, TEXTS, TEXTS),
            st.just("clients/a.yml"),
            st.integers(1, 99),
            st.integers(1, 99),
            TEXTS,
            st.none() | TEXTS,
        ),
        max_size=3,
    ).map(tuple),
    st.none() | CLAIMS,
    st.lists(CLAIMS, max_size=3).map(tuple),
)


@given(file=FILES)
def test_a_cached_result_is_returned(file: ClientFile) -> None:
    data = json.loads(json.dumps(to_cache(file, MARK)))
    again = from_cache(data, file.shown, MARK)
    assert again is not None and again.tree is None
    same = (file.shown, file.host, file.findings, file.client, file.extensions)
    assert (again.shown, again.host, again.findings, again.client, again.extensions) == same


def test_a_cached_file_conflicts_with_others_as_a_checked_one_does() -> None:
    text = "client_id: 801\nclient_bundles: [{extension_id: 7, bundle_list: [8]}]\n"
    files = [read_client_file("clients/a.yml", text), read_client_file("clients/b.yml", text)]
    again = [from_cache(to_cache(file, MARK), file.shown, MARK) for file in files]
    found = check_across([file for file in again if file])
    assert [file.findings for file in found] == [file.findings for file in check_across(files)]
    assert found[0].findings


@given(file=FILES, shown=st.sampled_from(["b.yml", "clients/b.yml"]))
def test_findings_are_on_the_file_as_it_is_named_now(file: ClientFile, shown: str) -> None:
    again = from_cache(to_cache(file, MARK), shown, MARK)
    assert again is not None and again.shown == shown
    assert {finding.file for finding in again.findings} <= {shown}


@pytest.mark.parametrize(
    "mark", [["1.0.1", 10, 123456789], ["1.0.0", 11, 123456789], ["1.0.0", 10, 123456788], [], MARK[:2]]
)
def test_another_fingerprint_is_not_in_the_cache(mark: list[Any]) -> None:
    data = to_cache(read_client_file("a.yml", "client_id: 801"), MARK)
    assert from_cache(data, "a.yml", MARK) is not None
    assert from_cache(data, "a.yml", mark) is None


def test_a_mark_changes_with_the_file_and_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yml"
    path.write_text("client_id: 801\n")
    os.utime(path, ns=(5, 1_000_000_001))
    marks = [fingerprint(str(path))]
    assert fingerprint(str(path)) == marks[0] == json.loads(json.dumps(marks[0]))
    os.utime(path, ns=(5, 1_000_000_002))
    marks.append(fingerprint(str(path)))
    path.write_text("client_id: 8010\n")
    os.utime(path, ns=(5, 1_000_000_002))
    marks.append(fingerprint(str(path)))
    monkeypatch.setattr(check_cache, "VERSION", "99.0.0")
    marks.append(fingerprint(str(path)))
    assert len({tuple(mark) for mark in marks}) == 4
    with pytest.raises(FileNotFoundError):
        fingerprint(str(tmp_path / "none.yml"))


def test_files_that_must_be_checked_every_time_are_not_cached(tmp_path: Path) -> None:
    assert (
        to_cache(read_client_file("a.yml", "client_id: 801\nclient_api: {application_secret: !vault x}"), MARK) is None
    )
    assert to_cache(read_client_file("a.yml", "- no client"), MARK) is None
    assert to_cache(check_file(str(tmp_path / "none.yml")), MARK) is None
    assert to_cache(ClientFile("a.yml", "a", None, (FileFinding(UNREADABLE, "a.yml", 1, 1, "x"),)), MARK) is None


GOOD = (
    to_cache(read_client_file("a.yml", "client_id: 801\nclient_x: 1\nclient_bundles: [{extension_id: 7}]"), MARK) or {}
)


def _without(path: tuple[Any, ...]) -> Any:
    """Return the data with one piece left out."""
    data = json.loads(json.dumps(GOOD))
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return data


def test_data_with_a_piece_missing_are_none() -> None:
    assert from_cache(GOOD, "a.yml", MARK) is not None
    paths: list[tuple[Any, ...]] = [(name,) for name in GOOD]
    paths += [("findings", 0, name) for name in GOOD["findings"][0] if name != "file"]
    paths += [("client", 0), ("client", 3), ("extensions", 0, 2)]
    assert len(paths) == 15
    for path in paths:
        assert from_cache(_without(path), "a.yml", MARK) is None, path


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from([None, *GOOD]), junk=JUNK)
def test_junk_in_the_cache_breaks_nothing(name: str | None, junk: Any) -> None:
    found = from_cache(junk if name is None else {**GOOD, name: junk}, "a.yml", MARK)
    if name in (None, "mark"):
        assert found is None
    for finding in found.findings if found else ():
        assert isinstance(finding.message, str) and isinstance(finding.line, int)
        assert finding.hint is None or isinstance(finding.hint, str)


def test_no_value_of_a_file_is_cached() -> None:
    text = """\
client_id: 801
client_tags: [moscow]
client_api: {application_secret: s3cret, access_token: [s3cret], api_url: "https://x:s3cret@pbx.example.org"}
client_settings: {timezone: UTC, hold_music: s3cret}
client_bundles: [{extension_id: 7, bundle_list: [8], append: s3cret}]
client_vars: {s3: s3cret}
"""
    data = to_cache(read_client_file("a.yml", text), MARK)
    assert data is not None and data["findings"]
    assert "s3cret" not in json.dumps(data)
