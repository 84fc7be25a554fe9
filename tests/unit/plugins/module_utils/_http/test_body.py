# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a response, however it is cut into pieces and members."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._http.body import Body, UnusableBodyError


def _zipped(content: bytes) -> bytes:
    """Return the same bytes each time: they are in the names of tests, and every worker must find the same ones."""
    return gzip.compress(content, mtime=0)


def fed(data: bytes, size: int, encoding: str = "gzip", most: int = 10_000) -> bytes:
    """The body from pieces of this size."""
    body = Body(encoding, most)
    for start in range(0, len(data), size):
        body.feed(data[start : start + size])
    return body.end()


@given(st.lists(st.binary(max_size=200), max_size=4), st.integers(1, 300))
def test_all_members_however_they_are_cut(members: list[bytes], size: int) -> None:
    whole = b"".join(members)
    assert fed(whole, size, "") == fed(whole, size, " Identity ") == whole
    assert fed(b"".join(map(gzip.compress, members)), size) == whole


@given(st.binary(max_size=300), st.integers(1, 300), st.sampled_from(["", "gzip"]))
def test_any_bytes_are_a_body_or_unusable(data: bytes, size: int, encoding: str) -> None:
    try:
        assert len(fed(data, size, encoding, most=100)) <= 100
    except UnusableBodyError as problem:
        assert str(problem)


@pytest.mark.parametrize("encoding", ["", "gzip"])
@pytest.mark.parametrize("size", [7, 100_000])
def test_no_more_than_it_may_be(encoding: str, size: int) -> None:
    pack = gzip.compress if encoding else bytes
    assert fed(pack(b" " * 1000), size, encoding, most=1000) == b" " * 1000
    with pytest.raises(UnusableBodyError, match="larger than"):
        fed(pack(b" " * 1001), size, encoding, most=1000)


def test_what_is_decoded_at_a_time_is_bounded() -> None:
    body = Body("gzip", 1000)
    with pytest.raises(UnusableBodyError):
        body.feed(_zipped(b" " * 10**7))
    assert len(body._found) == 1001


@pytest.mark.parametrize(
    ("data", "text"),
    [(_zipped(b"{}")[:-1], "is incomplete"), (b"{}", "not valid gzip data"), (_zipped(b"") + b"{}", "not")],
)
def test_broken(data: bytes, text: str) -> None:
    with pytest.raises(UnusableBodyError, match=text):
        fed(data, 100)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "deflate", "x" * 10**6])
def test_another_encoding(encoding: str) -> None:
    with pytest.raises(UnusableBodyError, match="instead of gzip") as caught:
        Body(encoding, 10)
    assert len(str(caught.value)) < 100
