# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator takes what public clients send to the real service, although this project's client sends it otherwise.

Each case is the shape of a request that one of the clients named in the API reference sends: what such a client gets by
with at the service, it must get by with here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests
from contract.caller import CLIENT, DIRECTOR, MAIN, SALES, TIMEOUT, Caller, credentials
from simulator import Simulator

EXTENSION = f"/client/801/extension/{SALES}"
LIST = "/client/@me/extension/"
JSON_HEADER = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def _other_clients(simulator: Simulator) -> None:
    """The document says what this project's client may send; these are others."""
    simulator.contract_checked = False


def _token(simulator: Simulator, **options: Any) -> requests.Response:
    return requests.post(simulator.url + "/oauth/token", timeout=TIMEOUT, **options)


def _parts(form: Mapping[str, str]) -> dict[str, tuple[None, str]]:
    """A form that requests sends as multipart/form-data."""
    return {name: (None, value) for name, value in form.items()}


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda form: {"files": _parts(form)}, id="multipart"),
        pytest.param(lambda form: {"files": _parts({**form, "scope": "all"})}, id="multipart-with-scope"),
        pytest.param(lambda form: {"params": form}, id="query"),
        pytest.param(
            lambda form: {"params": {"Content-Type": "application/x-www-form-urlencoded", **form}}, id="header-in-query"
        ),
        pytest.param(lambda form: {"data": {**form, "redirect_uri": "/"}}, id="redirect-uri"),
    ],
)
def test_a_token(simulator: Simulator, shape: Callable[[Mapping[str, str]], dict[str, Any]]) -> None:
    """Each way gives a token, a wrong secret gives none, and the journal shows no secret."""
    form = credentials(simulator)
    response = _token(simulator, **shape(form))
    assert response.status_code == 200 and response.json()["token_type"] == "Bearer"
    assert _token(simulator, **shape({**form, "client_secret": "wrong-0123456789"})).status_code == 401
    shown = repr([entry.as_dict() for entry in simulator.journal])
    assert form["client_secret"] not in shown and "wrong-0123456789" not in shown and form["client_id"] in shown


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n\r\nclient_credentials\r\n--x--",
        b'--x\r\nContent-Disposition: form-data; name=""\r\n\r\n\xff\r\n--x--',
    ],
)
def test_a_multipart_body_that_cannot_be_read(simulator: Simulator, body: bytes) -> None:
    """It names no grant, and nothing crashes."""
    response = _token(simulator, data=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert (response.status_code, response.json()) == (400, {"error": "invalid_request"})
    assert not [error for error in simulator.contract_errors() if error["crash"]]


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        pytest.param("GET", CLIENT, {"headers": JSON_HEADER}, 200, id="json-header-without-body"),
        pytest.param(
            "DELETE", f"/client/@me/extension/{DIRECTOR}", {"headers": JSON_HEADER}, 204, id="delete-with-json-header"
        ),
        pytest.param(
            "GET", f"{LIST}?extension_group_id=14&type=phone", {"headers": {"Accept-Encoding": "gzip"}}, 200, id="group"
        ),
        pytest.param("GET", f"{LIST}?type=phone&status=active&per_page=100&page=1", {}, 200, id="filters-and-page"),
        pytest.param("GET", f"{LIST}?per_page=200&page=0", {}, 200, id="pages-from-zero"),
        pytest.param("GET", "/extension_group/14/extension/", {}, 200, id="extensions-of-a-group"),
        pytest.param("GET", "/extension/@101/phone/", {}, 200, id="number-for-id"),
        pytest.param(
            "POST",
            LIST,
            {
                "json": {
                    "caller_id_name": None,
                    "dial_rule_limit": 0,
                    "did_as_transfer_caller_id": None,
                    "extension_group_id": 0,
                    "extra_params": None,
                    "from_public_caller_id_number": True,
                    "label": None,
                    "name": "110",
                    "public_caller_id_number": None,
                    "rfc_public_caller_id_number": True,
                    "status": "active",
                    "type": "phone",
                }
            },
            201,
            id="create-with-zeros-and-old-names",
        ),
        pytest.param(
            "PUT", EXTENSION, {"json": {"label": "Petrov", "caller_id_name": "Petrov P. P."}}, 200, id="two-names"
        ),
        pytest.param(
            "PUT",
            EXTENSION,
            {
                "json": {
                    "client_id": 801,
                    "name": "0003*201",
                    "type": "phone",
                    "ani": None,
                    "label": "Sales",
                    "dial_rule_limit": "10",
                    "extension_group_id": 0,
                    "status": "active",
                }
            },
            200,
            id="editor-puts-everything-back",
        ),
        pytest.param("PUT", f"/extension/{MAIN}/phone/", {"json": {"incoming_limit": "3"}}, 200, id="limit-of-a-form"),
    ],
)
def test_a_request(caller: Caller, method: str, path: str, options: Mapping[str, Any], status: int) -> None:
    """It is taken under the default switches."""
    assert caller.send(method, path, **options).status_code == status


@pytest.mark.parametrize("path", ["/user", "/client/801/extension", f"/extension/{MAIN}/registration"])
def test_a_path_without_its_slash(caller: Caller, path: str) -> None:
    """A client that follows redirects gets there."""
    response = caller.session.get(caller.simulator.api_url + path, timeout=TIMEOUT)
    assert response.status_code == 200 and response.json()


def test_extensions_of_a_group(caller: Caller, caller_of: Callable[..., Caller]) -> None:
    """Filter and path give the same list; a group is seen by those who see its client."""
    caller.put(EXTENSION, extension_group_id=14)
    caller.put(f"/client/@me/extension/{DIRECTOR}", extension_group_id=77)
    for group, ids in ((14, [SALES]), (15, []), (77, [DIRECTOR])):
        by_filter = caller.get(f"{LIST}?extension_group_id={group}&type=phone")
        assert [entry["id"] for entry in by_filter] == ids
        assert caller.get(f"/extension_group/{group}/extension/?type=phone") == by_filter
    assert (
        caller.get("/extension_group/14/extension/?type=queue")
        == []
        == caller.get("/extension_group/14/extension/?page=2")
    )
    assert caller.get(f"{LIST}?extension_group_id=99") == []
    assert caller.send("GET", "/extension_group/99/extension/").status_code == 404
    assert caller_of("vasilek-application").send("GET", "/extension_group/14/extension/").status_code == 403
    assert caller_of("dealer-application").get("/extension_group/14/extension/")[0]["id"] == SALES
    for query in ("extension_group_id=x", "extension_group_id=0"):
        assert caller.send("GET", f"{LIST}?{query}").status_code == 400


def test_a_new_object_has_the_date_of_its_creation(caller: Caller, caller_of: Callable[..., Caller]) -> None:
    """In UTC, and it stays."""
    dealer = caller_of("dealer-application")
    before = time.time() - 1
    new = {"name": "Fialka", "dealer_id": 7, "domain_id": 1, "email": "office@fialka.example"}
    client = dealer.send("POST", "/client/", json=new).json()
    extension = caller.send("POST", LIST, json={"name": "111", "type": "phone"}).json()
    for created in (client, extension):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", created["create_date"])
        moment = time.strptime(created["create_date"] + " UTC", "%Y-%m-%d %H:%M:%S %Z")
        assert time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(before)) <= created["create_date"]
        assert moment <= time.gmtime()
    assert dealer.get(f"/client/{client['id']}/client/")["create_date"] == client["create_date"]
    assert caller.put(f"{LIST}{extension['id']}", label="New")["create_date"] == extension["create_date"]
