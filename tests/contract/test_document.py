# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI document: valid, in step with the simulator's tables, and a judge that misses nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from contract.caller import BLOCK, BUNDLE, CLIENT, MAIN, SALES, TIMEOUT, Caller, credentials
from openapi_spec_validator import validate
from simulator import Contract, Simulator, assert_contract, fields
from simulator.app import ROUTES
from simulator.wire import API, Call, Response

DOCUMENT: Mapping[str, Any] = Contract.shared().document
SCHEMAS: Mapping[str, Any] = DOCUMENT["components"]["schemas"]
METHODS = ("get", "put", "post", "delete")


def writable(table: Mapping[str, fields.Field]) -> set[str]:
    """The names that a PUT may carry."""
    return {name for name, field in table.items() if field.writable}


def test_it_is_a_valid_openapi_document() -> None:
    """Version 3.1, by the validator of the OpenAPI tools."""
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_it_has_the_routes_of_the_simulator() -> None:
    """Neither knows an operation that the other does not."""
    documented = {
        (method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item if method in METHODS
    }
    assert documented == {(method, API + path) for method, path, _handler in ROUTES} | {("POST", "/oauth/token")}


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ("ClientUpdate", writable(fields.CLIENT) | writable(fields.CALL_INTERACTIVE)),
        ("ExtensionUpdate", writable(fields.EXTENSION_ALL)),
        ("PhoneUpdate", writable(fields.PHONE_ALL)),
        ("DealerClientUpdate", writable(fields.DEALER_CLIENT)),
        ("ExtensionCreate", writable(fields.EXTENSION_ALL) | {"name", "type"}),
        ("DealerClientCreate", writable(fields.DEALER_CLIENT) | {"extension_len"}),
        ("BundleRequest", {"bundle_list"}),
    ],
)
def test_request_schemas_name_the_writable_fields_and_no_more(schema: str, names: set[str]) -> None:
    """What a client may send is a closed list."""
    assert set(SCHEMAS[schema]["properties"]) == names and SCHEMAS[schema]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("schema", "table", "optional"),
    [
        ("Client", fields.CLIENT, set()),
        ("Extension", fields.EXTENSION, set()),
        ("DealerClient", fields.DEALER_CLIENT, set()),
        ("Phone", fields.PHONE, {"password"}),
    ],
)
def test_response_schemas_require_every_documented_field(
    schema: str, table: Mapping[str, fields.Field], optional: set[str]
) -> None:
    """Unset values are null; the keys stay present."""
    assert set(SCHEMAS[schema]["required"]) == set(table) - optional and set(table) <= set(
        SCHEMAS[schema]["properties"]
    )


def test_the_counts_are_those_of_the_documentation() -> None:
    """28 client fields, 7 of them writable, 9 writable extension fields, and five newer ones."""
    assert len(fields.CLIENT) == 28 == len(SCHEMAS["Client"]["required"])
    assert writable(fields.CLIENT) == {
        "dial_rule_id",
        "disk_space_notify_email",
        "disk_space_notify_threshold",
        "geo_list",
        "hold_music",
        "sip_network_permission_id",
        "timezone",
    }
    assert len(fields.CALL_INTERACTIVE) == 4 and len(writable(fields.EXTENSION)) == 9
    assert len(fields.EXTENSION) == 16 and len(fields.EXTENSION_ALL) == 21


def test_every_operation_names_its_evidence_and_its_errors() -> None:
    """DOC, CODE, DERIVED or ASSUME; 401, 403, 429 and the quota headers wherever a token is needed."""
    for path, item in DOCUMENT["paths"].items():
        for method in set(item) & set(METHODS):
            operation = item[method]
            assert re.match(r"DOC|CODE|DERIVED|ASSUME", operation["description"]), f"{method} {path}"
            assert operation["operationId"] and {"4XX", "5XX"} <= set(operation["responses"])
            if operation.get("security") != []:
                assert {"401", "403", "429", "4XX", "5XX"} <= set(operation["responses"]), f"{method} {path}"


def request(
    method: str, path: str, *, query: str = "", body: bytes = b"", kind: str = "application/json", token: str = "t"
) -> Call:
    """A request as the judge sees it."""
    headers = {"Content-Type": kind} if body else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    pairs = [(part.partition("=")[0], part.partition("=")[2]) for part in query.split("&") if part]
    return Call(method, path if path.startswith("/oauth") else API + path, pairs, headers, body)


LIST = "/client/801/extension/"
FORM = "application/x-www-form-urlencoded"

GOOD = [
    request("GET", "/user/"),
    request("GET", CLIENT),
    request("GET", "/client/client_info/801/"),
    request("PUT", CLIENT, body=b'{"geo_list": "RU BY", "timezone": "UTC"}'),
    request("PUT", CLIENT, body=b'{"geo_list": null}'),
    request("PUT", CLIENT, body=b'{"geo_list": "*", "call_interactive_method": "GET"}'),
    request("GET", LIST, query="type=phone&status=active&page=1&per_page=200"),
    request("GET", LIST, query="extension_group_id=14&type=phone"),
    request("GET", "/extension_group/14/extension/", query="page=1&per_page=200"),
    request("GET", LIST + "@101"),
    request("GET", BLOCK),
    request("GET", BLOCK, query="extension_id=3"),
    request("GET", BLOCK, query="extension_id=3&extension_id=2"),
    request("POST", BUNDLE, body=b'{"bundle_list": [32486, 32767]}'),
    request("GET", BUNDLE),
    request("DELETE", BUNDLE),
    request("DELETE", f"/extension/{MAIN}/registration/"),
    request("DELETE", f"/extension/{MAIN}/registration/uloc-572b0ffb-6d47-001"),
    request(
        "POST", "/oauth/token", body=b"grant_type=client_credentials&client_id=a&client_secret=b", kind=FORM, token=""
    ),
]

BAD = [
    (request("GET", "/user"), "no such path"),
    (request("GET", CLIENT, token=""), "no bearer token"),
    (request("POST", CLIENT), "no such operation"),
    (request("GET", "/client/zero/client/"), "path parameter client_id"),
    (request("GET", "/client/0/client/"), "path parameter client_id"),
    (request("GET", "/extension/x/phone/"), "path parameter extension_id"),
    (request("GET", "/user/", body=b"{}"), "a body where none belongs"),
    (request("DELETE", BUNDLE, body=b"{}"), "a body where none belongs"),
    (request("PUT", CLIENT), "body is missing"),
    (request("PUT", CLIENT, body=b"{}"), "minProperties"),
    (request("PUT", CLIENT, body=b"{", kind="application/json"), "not valid JSON"),
    (request("PUT", CLIENT, body=b'{"hold_music": 1}', kind="text/plain"), "content type text/plain"),
    (request("PUT", CLIENT, body=b'{"name": "x"}'), "additionalProperties"),
    (request("PUT", CLIENT, body=b'{"geo_list": "ru"}'), "geo_list"),
    (request("PUT", CLIENT, body=b'{"geo_list": ["RU"]}'), "geo_list"),
    (request("PUT", CLIENT, body=b'{"geo_list": ""}'), "geo_list"),
    (request("PUT", CLIENT, body=b'{"hold_music": "1"}'), "hold_music"),
    (request("PUT", CLIENT, body=b'{"timezone": null}'), "timezone"),
    (request("POST", BUNDLE, body=b'{"bundle_list": []}'), "minItems"),
    (request("POST", BUNDLE, body=b'{"bundle_list": [1, 1]}'), "uniqueItems"),
    (request("POST", BUNDLE, body=b'{"bundle_list": ["1"]}'), "bundle_list/0"),
    (request("POST", BUNDLE, body=b'{"bundle_list": [0]}'), "minimum"),
    (request("POST", BUNDLE, body=b'{"extension_id": [1]}'), "required"),
    (request("GET", LIST, query="page=0"), "query parameter page"),
    (request("GET", LIST, query="extension_group_id=0"), "query parameter extension_group_id"),
    (request("GET", "/extension_group/x/extension/"), "path parameter extension_group_id"),
    (request("GET", LIST, query="colour=red"), "unknown query parameter colour"),
    (request("GET", LIST, query="page=1&page=2"), "is repeated"),
    (request("GET", BLOCK, query="extension_id=x"), "query parameter extension_id"),
    (request("GET", BLOCK, query="extension_id=3&extension_id=3"), "uniqueItems"),
    (request("GET", BLOCK, query="&".join(f"extension_id={number}" for number in range(1, 102))), "maxItems"),
    (request("DELETE", f"/extension/{MAIN}/registration/-x y"), "path parameter registration_id"),
    (request("POST", "/oauth/token", body=b"grant_type=client_credentials&client_id=a", kind=FORM, token=""), "oneOf"),
    (
        request("POST", "/oauth/token", body=b'{"grant_type": "client_credentials"}', token=""),
        "content type application/json",
    ),
    (
        request(
            "POST",
            "/oauth/token",
            query="client_secret=b",
            body=b"grant_type=client_credentials&client_id=a&client_secret=b",
            kind=FORM,
        ),
        "unknown query parameter client_secret",
    ),
]


@pytest.mark.parametrize("call", GOOD, ids=lambda call: f"{call.method} {call.path}")
def test_good_requests_pass(call: Call) -> None:
    """All that the collection sends."""
    assert Contract.shared().check_request(call) == []


@pytest.mark.parametrize(("call", "part"), BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_bad_requests_are_found(call: Call, part: str) -> None:
    """Each with a text that says what is wrong, and no secret in it."""
    problems = Contract.shared().check_request(call)
    assert any(part in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("method", "path", "response", "part"),
    [
        ("GET", BUNDLE, Response(200, {"bundle_list": []}), "required"),
        ("GET", BUNDLE, Response(200, []), "type"),
        ("GET", BUNDLE, Response(302), "status 302"),
        ("GET", BUNDLE, Response(200), "without a body"),
        ("GET", BUNDLE, Response(200, raw=b"x", content_type="text/html"), "content type text/html"),
        ("GET", "/user/", Response(403, {"message": "no", "status": "tired"}), "status"),
        ("GET", "/user/", Response(404, {}), "required"),
        ("DELETE", f"/extension/{MAIN}/registration/", Response(201, {}), "status 201"),
    ],
)
def test_bad_responses_are_found(method: str, path: str, response: Response, part: str) -> None:
    """The simulator cannot drift from the document unnoticed."""
    assert any(part in problem for problem in Contract.shared().check_response(request(method, path), response))


def test_a_broken_contract_fails_the_test(simulator: Simulator) -> None:
    """assert_contract, which the fixtures call, names the request."""
    caller = Caller(simulator)
    assert_contract(simulator)
    caller.send("PUT", CLIENT, json={"name": "x"})
    with pytest.raises(AssertionError, match="additionalProperties"):
        assert_contract(simulator)
    simulator.contract_checked = False


def test_complaints_hold_no_secrets(simulator: Simulator) -> None:
    """Nor does the journal."""
    caller, secret = Caller(simulator), "canary-7f3e91"
    caller.session.post(
        simulator.url + "/oauth/token",
        {**credentials(simulator), "client_secret": secret, "more": secret},
        timeout=TIMEOUT,
    )
    caller.session.post(
        f"{simulator.url}/oauth/token?client_secret={secret}", {"grant_type": "client_credentials"}, timeout=TIMEOUT
    )
    caller.send(
        "PUT", f"/extension/{SALES}/phone/", json={"password": secret, "conference_pin": secret, "label": "kept"}
    )
    simulator.contract_checked = False
    token = caller.authorization.removeprefix("Bearer ")
    text = repr([entry.as_dict() for entry in simulator.journal]) + repr(simulator.contract_errors())
    assert simulator.contract_errors() and "kept" in text
    assert secret not in text and token not in text
    assert re.search(r"Bearer sha256:[0-9a-f]{10}", text)
