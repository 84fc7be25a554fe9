# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the switches of the token endpoint and of everything."""

from __future__ import annotations

import requests
from contract.caller import BUNDLE, CLIENT, DIRECTOR, MAIN, MENU, SALES, TIMEOUT, Caller, credentials
from contract.switch_checks import covers


def token_response(caller: Caller, **changes: str) -> requests.Response:
    """The response to a token request."""
    form = {**credentials(caller.simulator), **changes}
    return requests.post(caller.simulator.url + "/oauth/token", form, timeout=TIMEOUT)


@covers(
    "bad_credentials",
    "401_invalid_client",
    "400_invalid_client",
    "400_unauthorized_client",
    "401_message",
    "403_html",
    "400_empty",
)
def _bad_credentials(caller: Caller, value: str) -> None:
    response = token_response(caller, client_secret="wrong")
    assert response.status_code == int(value[:3])
    bodies = {
        "invalid_client": '{"error": "invalid_client"}',
        "unauthorized_client": '{"error": "unauthorized_client"}',
        "empty": "",
        "message": '{"message": "Unauthorized", "status": 401}',
    }
    if value.endswith("html"):
        assert response.headers["Content-Type"].startswith("text/html") and "<html>" in response.text
    else:
        assert response.text == bodies[value[4:]]


@covers("unauthorized_body", "status_message", "message", "text_status", "empty", "html")
def _unauthorized_body(caller: Caller, value: str) -> None:
    caller.simulator.expire_tokens()
    response = caller.send("GET", "/user/")
    assert response.status_code == 401
    bodies = {
        "status_message": {"status": 401, "message": "Unauthorized"},
        "message": {"message": "Unauthorized"},
        "text_status": {"status": "unauthorized", "message": "Unauthorized"},
    }
    if value in bodies:
        assert response.json() == bodies[value]
    else:
        assert ("<html>" in response.text) == (value == "html") and bool(response.content) == (value == "html")


@covers("token_expires_in", "present", "absent")
def _token_expires_in(caller: Caller, value: str) -> None:
    assert token_response(caller).json().get("expires_in") == (3600 if value == "present" else None)


@covers("token_lifetime", 0, 3600)
def _token_lifetime(caller: Caller, value: int) -> None:
    assert token_response(caller).json()["expires_in"] == value
    caller.renew()
    assert caller.send("GET", "/user/").status_code == (200 if value else 401)


@covers("token_reissue", "keeps", "revokes")
def _token_reissue(caller: Caller, value: str) -> None:
    assert token_response(caller).status_code == 200
    assert caller.send("GET", "/user/").status_code == (200 if value == "keeps" else 401)


@covers("oauth_limits", "off", "on")
def _oauth_limits(caller: Caller, value: str) -> None:
    caller.simulator.world.throttle.window = 60
    codes = [
        caller.session.post(
            caller.simulator.url + "/oauth/token", credentials(caller.simulator), timeout=TIMEOUT
        ).status_code
        for _unused in range(30)
    ]
    # The caller has asked for its own token already.
    assert set(codes[:19]) == {200} and set(codes[19:]) == ({200} if value == "off" else {429})
    caller.simulator.world.throttle.window = 0
    assert token_response(caller).status_code == 200


@covers("validation_error", "400_message", "400_status", "409_message", "422_message", "400_text")
def _validation_error(caller: Caller, value: str) -> None:
    response = caller.bundle([MENU])
    assert response.status_code == int(value[:3])
    if value.endswith("text"):
        assert response.headers["Content-Type"].startswith("text/plain") and "phone" in response.text
    else:
        assert "phone" in response.json()["message"]
        assert response.json().get("status") == ("validation_error" if value.endswith("status") else None)


@covers("empty_put", "200", "400")
def _empty_put(caller: Caller, value: str) -> None:
    for path in (CLIENT, f"/client/@me/extension/{MAIN}", f"/extension/{MAIN}/phone/"):
        assert caller.send("PUT", path, json={}).status_code == int(value)


@covers("put_read_only_names", "ignored", "400")
def _put_read_only_names(caller: Caller, value: str) -> None:
    response = caller.send("PUT", CLIENT, json={"name": "Other", "geo_list": "BY"})
    settings = caller.simulator.state.client(801).settings
    assert (response.status_code, settings["name"]) == ((200, "Romashka") if value == "ignored" else (400, "Romashka"))
    assert settings["geo_list"] == ("BY" if value == "ignored" else None)


@covers("put_unknown_names", "ignored", "400")
def _put_unknown_names(caller: Caller, value: str) -> None:
    code = 200 if value == "ignored" else 400
    for path in (CLIENT, f"/client/@me/extension/{MAIN}", f"/extension/{MAIN}/phone/"):
        assert caller.send("PUT", path, json={"no_such_name": 1}).status_code == code


@covers("stubborn_fields", "", "geo_list", "client.geo_list", "hold_music,phone.geo_list")
def _stubborn_fields(caller: Caller, value: str) -> None:
    taken = caller.put(CLIENT, geo_list="BY", timezone="UTC")
    assert (
        taken["geo_list"] == (None if value in ("geo_list", "client.geo_list") else "BY") and taken["timezone"] == "UTC"
    )
    phone = caller.put(f"/extension/{SALES}/phone/", geo_list="BY", hold_music=13)
    assert phone["geo_list"] == ("BY" if value in ("", "client.geo_list") else None)
    assert phone["hold_music"] == (12 if "hold_music" in value else 13)


@covers("unknown_references", "accepted", "400")
def _unknown_references(caller: Caller, value: str) -> None:
    code = 200 if value == "accepted" else 400
    assert caller.send("PUT", CLIENT, json={"hold_music": 999}).status_code == code
    assert caller.send("PUT", f"/client/@me/extension/{MAIN}", json={"dial_rule_id": 999}).status_code == code
    assert caller.send("PUT", CLIENT, json={"hold_music": 12, "dial_rule_id": None}).status_code == 200


@covers("missing_slash", "308", "301", "404", "serve")
def _missing_slash(caller: Caller, value: str) -> None:
    for path in ("/user", "/client/@me/extension?type=phone&page=1", f"/extension/{MAIN}/phone"):
        response = caller.send("GET", path)
        assert response.status_code == {"serve": 200, "404": 404}.get(value, int(value) if value.isdigit() else 0)
        if value in ("301", "308"):
            bare, mark, query = path.partition("?")
            assert response.headers["Location"] == f"/api/ver1.0{bare}/{mark}{query}"
            followed = requests.Request(
                "GET", requests.compat.urljoin(response.url, response.headers["Location"])
            ).prepare()
            assert (
                caller.session.send(
                    caller.session.prepare_request(requests.Request("GET", str(followed.url))), timeout=TIMEOUT
                ).status_code
                == 200
            )
    assert caller.send("GET", BUNDLE + "/").status_code == 404, "members have no slash form"


@covers("gzip_required", "off", "406")
def _gzip_required(caller: Caller, value: str) -> None:
    plain = caller.send("GET", "/user/", headers={"Accept-Encoding": "identity"})
    assert plain.status_code == (200 if value == "off" else 406) and "Content-Encoding" not in plain.headers
    packed = caller.send("GET", "/user/", headers={"Accept-Encoding": "gzip"})
    assert (
        packed.status_code == 200 and packed.headers["Content-Encoding"] == "gzip" and packed.json()["client_id"] == 801
    )


@covers("ids_as", "int", "string")
def _ids_as(caller: Caller, value: str) -> None:
    kind = int if value == "int" else str
    assert caller.get(CLIENT)["id"] == kind(801) and caller.get(CLIENT)["dial_rule_id"] == kind(5)
    assert caller.get(BUNDLE)["bundle_id"] == kind(MAIN)
    assert caller.get(f"/extension/{MAIN}/registration/")["extension_id"] == kind(MAIN)
    assert caller.get("/client/@me/extension/")[0]["id"] == kind(MAIN)


@covers("delete_answer", "204", "200")
def _delete_answer(caller: Caller, value: str) -> None:
    for path in (
        f"/extension/{SALES}/registration/uloc-572b1000-6d47-001",
        f"/extension/{MAIN}/registration/",
        f"/client/@me/extension/{DIRECTOR}",
    ):
        response = caller.delete(path)
        assert (response.status_code, bool(response.content)) == (int(value), value == "200")


@covers("unread_fields", "absent", "present")
def _unread_fields(caller: Caller, value: str) -> None:
    dealer = Caller(caller.simulator, "dealer-application")
    assert ("comment" in dealer.get("/client/801")) == (value == "present")
    dealer.close()
    assert ("static_registration" in caller.get(f"/extension/{MAIN}/phone/")) == (value == "present")


@covers("limits_as", "int", "string")
def _limits_as(caller: Caller, value: str) -> None:
    kind = int if value == "int" else str
    caller.put(CLIENT, disk_space_notify_threshold=80)
    assert caller.get(CLIENT)["disk_space_notify_threshold"] == kind(80)
    assert caller.get(f"/client/@me/extension/{SALES}")["dial_rule_limit"] == kind(10)
    assert caller.get(f"/extension/{MAIN}/phone/")["incoming_limit"] == kind(2)
    assert caller.get(f"/client/@me/extension/{MAIN}")["dial_rule_limit"] is None


@covers("string_limits", "accepted", "400")
def _string_limits(caller: Caller, value: str) -> None:
    for path, name in (
        (f"/client/@me/extension/{MAIN}", "dial_rule_limit"),
        (f"/extension/{MAIN}/phone/", "incoming_limit"),
    ):
        response = caller.send("PUT", path, json={name: "7"})
        assert response.status_code == (200 if value == "accepted" else 400)
        assert value == "400" or response.json()[name] == 7
        assert caller.send("PUT", path, json={name: "many"}).status_code == 400


@covers("dealer_client_paths", "client", "absent")
def _dealer_client_paths(caller: Caller, value: str) -> None:
    dealer = Caller(caller.simulator, "dealer-application")
    codes = {dealer.send("GET", path).status_code for path in ("/client/", "/client/801")}
    dealer.close()
    assert codes == ({200} if value == "client" else {404})
