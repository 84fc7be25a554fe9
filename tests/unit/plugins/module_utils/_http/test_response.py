# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses, and what they mean when they are no success."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import BadResponseError, RingmeError
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, response_of
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import json_values

BODIES = st.binary(max_size=400) | json_values().map(lambda value: json.dumps(value).encode())
STATUS = st.integers(100, 599).filter(lambda status: not 200 <= status < 300)


@given(status=st.integers(100, 599))
def test_success_is_2xx(status: int) -> None:
    assert response_of(status=status).ok == (status // 100 == 2)


@given(body=BODIES)
def test_any_body_is_json_or_the_one_error(body: bytes) -> None:
    response = response_of(body)
    try:
        value = response.json()
    except BadResponseError as error:
        assert response.json_or_none() is None
        assert "GET /x" in error.what
        assert "HTTP 200" in error.what
        assert error.details.hint
    else:
        assert repr(response.json_or_none()) == repr(value)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": 1', b"\xff\xfe", b"9" * 5000, b'{"a": 1} x'])
def test_no_json(body: bytes) -> None:
    response = response_of(body)
    assert response.json_or_none() is None
    with pytest.raises(BadResponseError, match=r"GET /x: the response is not JSON .HTTP 200"):
        response.json()


def test_messages_of_the_api_are_clean_and_short() -> None:
    """It reaches a terminal."""
    hostile = "\x1b]0;owned\x07\u202e" + "x" * 10**5
    response = response_of({"message": hostile, "status": hostile}, 400)
    error = response.error()
    for text in (*response.message_and_code(), error.msg, str(error.details.api_status)):
        assert str(text).isprintable()
        assert "\\x1b]0;owned\\x07\\u202e" in str(text)
        assert len(str(text)) < 1000


@pytest.mark.parametrize("body", [b"[" * 33 + b"]" * 33, b'{"a": ' * 300 + b"1" + b"}" * 300, b"[" * 200_000])
def test_too_deep(body: bytes) -> None:
    """Ansible cannot take hundreds of levels in a result: the task would end without a message."""
    response = response_of(body)
    assert response.json_or_none() is None
    with pytest.raises(BadResponseError, match=r"nested more than 32 levels deep .HTTP 200"):
        response.json()


@pytest.mark.parametrize(
    "body", [b"[" * 32 + b"]" * 32, b"[" + b",".join([b'{"a": {}}'] * 50) + b"]", b'"[[[[' + b"[" * 90 + b'"']
)
def test_deep_enough(body: bytes) -> None:
    assert response_of(body).json() == json.loads(body)


def test_small_objects_cost_a_lot() -> None:
    """16 MiB of them would take 500 MB of memory."""
    response = response_of(b"[" + b",".join([b'{"a":[]}'] * 200_000) + b"]")
    assert response.json_or_none() is None
    with pytest.raises(BadResponseError, match="more than 300,000 objects and lists"):
        response.json()


def test_the_first_bytes_are_shown() -> None:
    with pytest.raises(BadResponseError, match=r"begins with '<html>Log in"):
        response_of(b"<html>Log in" + b"x" * 1000).json()
    assert len(response_of(b"\xd0\x81" * 1000).beginning()) == 80
    assert "begins" not in Response("POST", "/oauth/token", 200, {}, b"<html>", sensitive=True).bad("x").what


@given(status=STATUS, body=BODIES, sensitive=st.booleans(), wait=st.none() | st.floats(0, 10**6))
def test_every_refusal_is_a_typed_error_with_a_hint(
    status: int, body: bytes, sensitive: bool, wait: float | None
) -> None:
    response = Response("PUT", "/client/801/client/", status, {}, body, sensitive)
    error = response.error(wait)
    assert isinstance(error, RingmeError)
    details = error.details
    assert (details.status, details.method, details.path) == (status, "PUT", "/client/801/client/")
    assert details.hint
    assert f"HTTP {status}" in error.msg


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (401, {"message": "Unauthorized", "status": 401}, "authentication", "token is not accepted"),
        (403, {"status": "access_denied"}, "forbidden", "the application has no access to this resource"),
        (403, {"status": "user_blocked"}, "forbidden", "Ask the provider to unblock"),
        (403, {"status": "user_access_type_deny"}, "forbidden", "read-only"),
        (403, {"status": "app_access_type_deny"}, "forbidden", "the access level of the trusted application to 'All'"),
        (403, {"status": "new_code"}, "forbidden", "new_code"),
        (403, b"<html>", "forbidden", "Check the permissions"),
        (404, {"message": "Not found"}, "not_found", "no such object"),
        (404, {"status": "client_not_found"}, "not_found", "the application does not find this resource"),
        (400, {"message": "bad timezone"}, "refused", "bad timezone"),
        (409, {}, "refused", "refused the request"),
        (429, {"status": "rate_limit_exceeded"}, "quota", "too many requests"),
        (500, b"", "server", "the API reported a server error"),
        (503, b"oops", "server", "the API reported a server error"),
        (302, b"", "bad_answer", "api_url"),
        (304, b"", "bad_answer", "unexpected redirect or status"),
    ],
)
def test_meanings(status: int, body: Any, kind: str, text: str) -> None:
    error = response_of(body, status).error()
    assert error.details.kind == kind
    assert text in error.msg
    code = body.get("status") if isinstance(body, dict) else None
    assert error.details.api_status == (code if isinstance(code, str) else None)


@pytest.mark.parametrize("path", ["/extension/7/registration/", "/client/@me/extension/7", "/extension/7"])
def test_an_unknown_extension_is_named(path: str) -> None:
    assert "there is no extension 7" in response_of({}, 404, path=path).error().msg


@pytest.mark.parametrize(
    ("wait", "text"), [(0, "in 0 s"), (119, "in 119 s"), (2400, "in 40 min"), (None, "Run again later")]
)
def test_a_quota_error_has_the_wait(wait: float | None, text: str) -> None:
    assert text in response_of({}, 429).error(wait).msg


def test_sensitive_responses_are_not_quoted() -> None:
    body = json.dumps({"message": SECRET, "status": SECRET}).encode()
    error = Response("POST", "/oauth/token", 400, {}, body, sensitive=True).error()
    assert SECRET not in f"{error.msg} {error.details}"
    known = Response("POST", "/oauth/token", 403, {}, b'{"status": "user_blocked"}', sensitive=True).error()
    assert known.details.api_status == "user_blocked"


NAMES = st.sampled_from(["password", "client_secret", "conference_pin", "access_token", "refresh_token", "Password"])
SECRETS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12).map(
    lambda text: f"{SECRET}{text}{SECRET}"
)


@given(name=NAMES, secret=SECRETS, before=st.integers(0, 3), cut=st.integers(0, 30))
def test_a_secret_in_an_unusable_response_is_masked(name: str, secret: str, before: int, cut: int) -> None:
    """Whatever characters it has, and wherever the response is incomplete."""
    whole = json.dumps({**{f"f{number}": number for number in range(before)}, name: secret, "after": 1})
    text = whole[: len(whole) - cut]
    for body in (text, text.replace('": ', '":')):
        assert "canary" not in str(response_of(body.encode() + b"!").bad("x"))


@pytest.mark.parametrize(
    "body",
    [
        f"password={SECRET}&x=1",
        f"password: {SECRET}",
        f"<password>{SECRET}</password>",
        f"<password>{SECRET}",
        f"pin='{SECRET} {SECRET}'",
        f'token : "{SECRET}',
    ],
)
def test_a_secret_in_other_notations_is_masked(body: str) -> None:
    assert SECRET not in str(response_of(body.encode()).bad("x"))


@given(name=NAMES, secret=SECRETS)
def test_a_secret_in_a_message_is_masked(name: str, secret: str) -> None:
    message = f"invalid value: {json.dumps({name: secret})} was refused"
    assert "canary" not in response_of({"message": message}, 400).error().msg


@given(name=NAMES, secret=SECRETS, cut=st.integers(0, 40))
def test_a_secret_in_json_within_json_is_masked(name: str, secret: str, cut: int) -> None:
    """A proxy may wrap a response, escaped, into a response of its own."""
    text = json.dumps({"body": json.dumps({name: secret})})
    assert "canary" not in response_of(text[: len(text) - cut].encode() + b"!").beginning()


@given(
    before=st.integers(0, 400), prefix=st.sampled_from(["", "Bearer ", "Authorization: Bearer ", "bearer%20", "Basic "])
)
def test_a_token_that_a_response_repeats_is_masked_before_cutting(before: int, prefix: str) -> None:
    token = "d5697753b144fad51a8f7f1f4fd1cd85"
    text = f"{'x' * before} {prefix}{token} y"
    error = Response(
        "GET", "/x", 400, {}, json.dumps({"message": text, "status": text}).encode(), hidden=frozenset({token})
    ).error()
    bad = Response("GET", "/x", 200, {}, text.encode(), hidden=frozenset({token})).bad("x")
    assert token[:4] not in f"{error.msg} {error.details} {bad.msg}"


def test_a_credential_that_is_not_ours_is_masked() -> None:
    assert "dXNlcjpw" not in response_of(b"<pre>Proxy-Authorization: Basic dXNlcjpwQHNz</pre>").beginning()


def test_masking_takes_no_time_with_a_huge_message() -> None:
    assert response_of({"message": "pin" * 10**6}, 400).error().msg


def test_message_and_code() -> None:
    assert response_of({"message": "m" * 999, "status": "code"}).message_and_code() == ("m" * 300, "code")
    assert response_of({"message": ["x"], "status": 401}).message_and_code() == (None, None)
    assert response_of({"message": "", "status": ""}).message_and_code() == ("", None)
    assert response_of([]).message_and_code() == response_of(b"x").message_and_code() == (None, None)
