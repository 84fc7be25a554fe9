# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run may do and has done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils.model.errors import ReadOnlyError
from ansible_collections.ringme.pbx.plugins.module_utils.wire.run import READING, TOKEN, Quota
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import run_of

METHODS = (
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "get", "GET ", "token", ""])
    | st.text()
)


@given(method=METHODS, path=st.text(), lock=st.sampled_from(["check mode", "read_only"]))
def test_under_a_lock_nothing_but_get_passes(method: str, path: str, lock: str) -> None:
    run = run_of(lock=lock)
    if method == "GET":
        run.admit(method, path)
        return
    with pytest.raises(ReadOnlyError) as caught:
        run.admit(method, path)
    assert lock in caught.value.what
    assert (caught.value.details.method, caught.value.details.path) == (method, path)


@given(method=METHODS, path=st.text(), lock=st.sampled_from(["", None]))
def test_without_a_lock_everything_passes(method: str, path: str, lock: str | None) -> None:
    run_of(lock=lock).admit(method, path)


def test_a_warning_is_given_once() -> None:
    run = run_of()
    for text in ("a", "b", "a"):
        run.warn(text)
    assert run.warnings == ["a", "b"]


def test_facts_are_the_same_keys_from_the_start() -> None:
    run = run_of()
    counts = {"GET": 0, "POST": 0, "PUT": 0, "DELETE": 0, "token": 0}
    assert run.facts() == {"requests": counts, "quota": None}
    run.requests[READING] += 2
    run.requests[TOKEN] += 1
    run.quota = Quota(5000, 4210, 1860)
    assert run.facts() == {
        "requests": {**counts, "GET": 2, "token": 1}, "quota": {"limit": 5000, "remaining": 4210, "reset_seconds": 1860},
    }  # fmt: skip
    run.facts()["requests"]["GET"] = 99
    assert run.requests[READING] == 2


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"x-ratelimit-limit": "soon"}, None),
        ({"x-ratelimit-limit": "5000"}, Quota(5000, None, None)),
        ({"x-ratelimit-limit": " 5000 ", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}, Quota(5000, 0, 12)),
        ({"x-ratelimit-limit": "-1", "x-ratelimit-remaining": "1.5", "x-ratelimit-reset": "٣"}, None),
    ],
)
def test_quota(headers: dict[str, str], expected: Quota | None) -> None:
    assert Quota.read(headers) == expected


@given(st.dictionaries(st.sampled_from(["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]), st.text()))
def test_odd_quota_headers_are_no_error(headers: dict[str, str]) -> None:
    quota = Quota.read(headers)
    assert quota is None or all(value is None or value >= 0 for value in quota.as_dict().values())
