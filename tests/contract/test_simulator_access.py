# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens, users, the four kinds of 403, aliases, the quota and the leases of registrations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from contract.caller import BLOCK, BUNDLE, CLIENT, MAIN, SALES, TIMEOUT, Caller, credentials, refused
from simulator import Simulator

CallerOf = Callable[..., Caller]


def token_request(simulator: Simulator, **options: Any) -> requests.Response:
    """A POST to the token endpoint."""
    return requests.post(simulator.url + "/oauth/token", timeout=TIMEOUT, **options)


def test_token_by_form_and_by_query(simulator: Simulator) -> None:
    """Public clients send the parameters either way; the contract allows the body only."""
    form = credentials(simulator)
    body = token_request(simulator, data={**form, "scope": "all"})
    assert body.json()["token_type"] == "Bearer" and body.json()["expires_in"] == 3600 and body.json()["scope"] == "all"
    assert body.headers["Cache-Control"] == "no-store" and "X-RateLimit-Limit" not in body.headers
    assert not simulator.contract_errors()
    query = token_request(simulator, params=form)
    assert query.status_code == 200 and query.json()["access_token"] != body.json()["access_token"]
    assert simulator.contract_errors()
    simulator.contract_checked = False


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "unknown"}, 401, "invalid_client"),
        ({"grant_type": "telepathy"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_secret": "\u00e9\ud83d\ude00"}, 401, "invalid_client"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "none"}, 401, "invalid_client"),
        ({"grant_type": "password", "username": "dealer", "password": "wrong"}, 401, "invalid_client"),
    ],
)
def test_refused_token_requests(simulator: Simulator, changes: dict[str, Any], status: int, error: str) -> None:
    """RFC 6749 errors by default."""
    simulator.contract_checked = False
    form = {name: value for name, value in {**credentials(simulator), **changes}.items() if value is not None}
    response = token_request(
        simulator, data={name: value.encode("utf-8", "surrogatepass") for name, value in form.items()}
    )
    assert (response.status_code, response.json()) == (status, {"error": error})


def test_password_and_refresh_grants(simulator: Simulator, caller_of: CallerOf) -> None:
    """The token acts as the user who signed in; a refresh token works once, and for its application alone."""
    form = credentials(simulator)
    signed_in = {**form, "grant_type": "password", "username": "dealer", "password": "dealer-password"}
    first = token_request(simulator, data=signed_in).json()
    caller = caller_of()
    caller.session.headers["Authorization"] = "Bearer " + first["access_token"]
    assert caller.get("/user/")["dealer_id"] == 7
    refresh = {**form, **refresh_grant(first)}
    other = {**credentials(simulator, "vasilek-application"), **refresh_grant(first)}
    assert token_request(simulator, data=other).status_code == 401
    again = token_request(simulator, data=refresh)
    assert again.status_code == 200 and again.json()["refresh_token"] != first["refresh_token"]
    caller.session.headers["Authorization"] = "Bearer " + again.json()["access_token"]
    assert caller.get("/user/")["dealer_id"] == 7
    assert token_request(simulator, data=refresh).status_code == 401
    assert "refresh_token" not in token_request(simulator, data=form).json(), "client credentials get none"


def refresh_grant(response: dict[str, str]) -> dict[str, str]:
    """The part of a refresh request that is not the application's own."""
    return {"grant_type": "refresh_token", "refresh_token": response["refresh_token"]}


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer ", "Bearer wrong", "Basic d3Jvbmc6", "bearer\twrong", "Token x"]
)
def test_no_token_no_response(simulator: Simulator, header: str | None) -> None:
    """401 with the headers of the quota, and nothing counted."""
    simulator.contract_checked = False
    response = requests.get(
        simulator.api_url + CLIENT, headers={"Authorization": header} if header else {}, timeout=TIMEOUT
    )
    assert refused(response) == (401, 401, "Unauthorized")
    assert response.headers["X-RateLimit-Remaining"] == response.headers["X-RateLimit-Limit"]


def test_seeded_tokens(make_simulator: Callable[..., Simulator]) -> None:
    """An application may come with tokens of its own; the scheme's name has any case."""
    seed = {
        "clients": [{"id": 1, "prefix": "1"}],
        "applications": [{"id": "a", "secret": "b", "client_id": 1, "tokens": ["given-token"]}],
    }
    simulator = make_simulator(seed)
    response = requests.get(
        simulator.api_url + "/user/", headers={"Authorization": "bearer given-token"}, timeout=TIMEOUT
    )
    assert response.json()["client_id"] == 1


def test_who_am_i(caller_of: CallerOf) -> None:
    """A client user has the id that @me means; a dealer has none."""
    user, dealer = caller_of().get("/user/"), caller_of("dealer-application").get("/user/")
    assert user == {
        "access": "full",
        "admin": False,
        "client_id": 801,
        "dealer_id": None,
        "extension_group_id": None,
        "extension_id": None,
        "extra_params": None,
        "id": 101,
        "login": "romashka",
        "timezone": "Europe/Moscow",
    }
    assert dealer["client_id"] is None and dealer["dealer_id"] == 7


def test_me_is_the_own_client(caller_of: CallerOf) -> None:
    """@me and the id are the same resource; a dealer has no @me."""
    caller, dealer = caller_of(), caller_of("dealer-application")
    assert caller.get(CLIENT) == caller.get("/client/801/client/") == caller.get("/client/client_info/@me/")
    assert refused(dealer.send("GET", CLIENT)) == (404, "client_not_found", "Client not found")
    assert dealer.get("/client/801/client/") == caller.get(CLIENT)


def test_numbers_are_aliases_of_ids(caller_of: CallerOf) -> None:
    """@101 is the user's own extension; without a client in the path a dealer has no numbers."""
    caller, dealer = caller_of(), caller_of("dealer-application")
    assert caller.get("/extension/@101/phone/") == caller.get(f"/extension/{MAIN}/phone/")
    assert caller_of("vasilek-application").get("/extension/@101/registration/")["extension_id"] == 41001
    assert dealer.get("/client/802/extension/@101")["id"] == 41001
    assert dealer.send("GET", "/extension/@101/phone/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/client/802/client/",
        "/client/client_info/802/",
        "/client/802/extension/",
        "/client/802/limit/",
        "/client/802/extensions_bundle/41001",
        "/extension/41001/phone/",
        "/extension/41001/registration/",
    ],
)
def test_another_client_is_denied(caller: Caller, path: str) -> None:
    """403 access_denied; a dealer may."""
    assert refused(caller.send("GET", path))[:2] == (403, "access_denied")


def test_extensions_belong_to_their_client(caller_of: CallerOf) -> None:
    """An extension of another client is not found under the wrong one, and left out of lists."""
    assert caller_of().send("GET", "/client/801/extension/41001").status_code == 404
    assert caller_of("dealer-application").send("GET", "/client/801/extensions_bundle/41001").status_code == 404
    assert {info["extension_id"] for info in caller_of().get(BLOCK)} < {
        info["extension_id"] for info in caller_of("dealer-application").get(BLOCK)
    }


@pytest.mark.parametrize(
    ("application", "method", "path", "status"),
    [
        ("reader-application", "PUT", CLIENT, "user_access_type_deny"),
        ("reader-application", "DELETE", BUNDLE, "user_access_type_deny"),
        ("calls-application", "GET", CLIENT, "app_access_type_deny"),
        ("calls-application", "GET", BLOCK, "app_access_type_deny"),
    ],
)
def test_access_levels(caller_of: CallerOf, application: str, method: str, path: str, status: str) -> None:
    """A reader reads, a calls-only application sees no settings; both may ask who they are."""
    caller = caller_of(application)
    before = caller.simulator.snapshot()
    assert refused(caller.send(method, path, json={"geo_list": "BY"} if method == "PUT" else None))[:2] == (403, status)
    assert caller.simulator.snapshot() == before and caller.get("/user/")["client_id"] == 801


def test_a_reader_reads(caller_of: CallerOf) -> None:
    """Every GET is open to it."""
    assert caller_of("reader-application").get(CLIENT)["id"] == 801


def test_blocked_users_and_clients(simulator: Simulator, caller_of: CallerOf) -> None:
    """A blocked user gets no token; a blocked client has no API, and its dealer unblocks it."""
    assert (
        token_request(simulator, data=credentials(simulator, "blocked-application")).json()["status"] == "user_blocked"
    )
    lilia, dealer, caller = caller_of("lilia-application"), caller_of("dealer-application"), caller_of()
    assert refused(lilia.send("GET", "/user/"))[:2] == (403, "user_blocked")
    assert dealer.put("/client/803", status="active")["status"] == "active" and lilia.get(CLIENT)["name"] == "Lilia"
    simulator.state.set_application("demo-application", blocked=True)
    assert refused(caller.send("GET", CLIENT))[:2] == (403, "user_blocked")
    simulator.state.set_application("demo-application", blocked=False)
    simulator.state.set_client(801, status="blocked")
    assert refused(caller.send("GET", CLIENT))[:2] == (403, "user_blocked")


@pytest.mark.parametrize(
    "path",
    [
        "/client/99/client/",
        "/client/0/client/",
        "/client/-1/client/",
        "/client/x/client/",
        "/client/@you/client/",
        "/client/99999999999999999999/client/",
        "/client/%2F/client/",
        "/client/\u0661/client/",
        "/client/8 01/client/",
    ],
)
def test_unknown_clients(caller_of: CallerOf, path: str) -> None:
    """404 client_not_found for a client that does not exist."""
    caller = caller_of("dealer-application")
    caller.simulator.contract_checked = False
    assert refused(caller.send("GET", path))[:2] == (404, "client_not_found")


def test_quota_is_shared_by_a_client(caller_of: CallerOf) -> None:
    """All applications of one client count together; the next hour opens again."""
    caller, reader, other = caller_of(), caller_of("reader-application"), caller_of("vasilek-application")
    quota = caller.simulator.quota
    quota.limit, quota.remaining, quota.reset = 100, 3, 600
    left = [asker.send("GET", "/user/").headers["X-RateLimit-Remaining"] for asker in (caller, reader, caller)]
    assert left == ["2", "1", "0"] and quota.remaining == 0
    response = reader.send("PUT", CLIENT, json={"geo_list": "BY"})
    assert refused(response)[:2] == (429, "rate_limit_exceeded") and "Retry-After" not in response.headers
    assert [response.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")] == ["100", "0", "600"]
    assert other.send("GET", "/user/").headers["X-RateLimit-Remaining"] == "2", "another client has its own counter"
    quota.remaining = 50
    assert caller.send("GET", "/user/").headers["X-RateLimit-Remaining"] == "49"


def test_quota_starts_again_with_the_clock_hour(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reset counts the seconds to the full hour."""
    quota = caller.simulator.quota
    monkeypatch.setattr("simulator.quota.time.time", lambda: 3600.0 * 500000 + 3599)
    quota.limit = 1
    caller.send("GET", "/user/")
    quota.remaining = 0
    response = caller.send("GET", "/user/")
    assert (response.status_code, response.headers["X-RateLimit-Reset"]) == (429, "1")
    monkeypatch.setattr("simulator.quota.time.time", lambda: 3600.0 * 500001)
    response = caller.send("GET", "/user/")
    assert (response.status_code, response.headers["X-RateLimit-Reset"]) == (200, "3600")


def test_a_personal_limit_compares_with_the_common_counter(caller_of: CallerOf) -> None:
    """The application with the lower limit is refused, the others go on."""
    caller, reader = caller_of(), caller_of("reader-application")
    caller.simulator.state.set_application("reader-application", rate_limit=2)
    assert [caller.send("GET", "/user/").status_code for _unused in range(2)] == [200, 200]
    assert reader.send("GET", "/user/").status_code == 429 and caller.send("GET", "/user/").status_code == 200


def test_a_lease_falls_with_time(caller: Caller) -> None:
    """``expires`` is never the same twice for long; the snapshot does not move."""
    before = caller.simulator.snapshot()
    first = caller.get(f"/extension/{SALES}/registration/")["registrations"][0]["expires"]
    caller.simulator.world.store.started -= 100
    second = caller.get(f"/extension/{SALES}/registration/")["registrations"][0]["expires"]
    assert 99 <= first - second <= 102 and caller.simulator.snapshot() == before
    caller.simulator.world.store.started -= 699
    assert caller.get(f"/extension/{SALES}/registration/")["registrations"][0]["expires"] == pytest.approx(
        second, abs=2
    )
