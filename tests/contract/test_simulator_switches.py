# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every value of every switch has a test that sees its effect; a switch without one fails the last test."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from contract.caller import ACCOUNTING, BLOCK, BUNDLE, CLIENT, DIRECTOR, MAIN, MENU, SALES, TIMEOUT, WAREHOUSE, Caller, credentials
from simulator import Simulator
from simulator.switches import TABLE, SwitchError, Switches

Check = Callable[[Caller, str], None]
COVERED: dict[str, tuple[Check, tuple[Any, ...]]] = {}


def covers(name: str, *values: Any) -> Callable[[Check], Check]:
    """Register a check that is run under each of the values."""
    def register(check: Check) -> Check:
        COVERED[name] = (check, values)
        return check
    return register


def token_answer(caller: Caller, **changes: str) -> requests.Response:
    """The answer to a token request."""
    form = {**credentials(caller.simulator), **changes}
    return requests.post(caller.simulator.url + "/oauth/token", form, timeout=TIMEOUT)


def new_extension(caller: Caller, **values: Any) -> requests.Response:
    """The answer to the creation of an extension."""
    return caller.send("POST", "/client/@me/extension/", json={"name": "104", "type": "phone", **values})


@covers("bad_credentials", "401_invalid_client", "400_invalid_client", "400_unauthorized_client", "401_message", "403_html", "400_empty")
def _bad_credentials(caller: Caller, value: str) -> None:
    answer = token_answer(caller, client_secret="wrong")
    assert answer.status_code == int(value[:3])
    bodies = {"invalid_client": '{"error": "invalid_client"}', "unauthorized_client": '{"error": "unauthorized_client"}', "empty": "",
              "message": '{"message": "Unauthorized", "status": 401}'}
    if value.endswith("html"):
        assert answer.headers["Content-Type"].startswith("text/html") and "<html>" in answer.text
    else:
        assert answer.text == bodies[value[4:]]


@covers("unauthorized_body", "status_message", "message", "text_status", "empty", "html")
def _unauthorized_body(caller: Caller, value: str) -> None:
    caller.simulator.expire_tokens()
    answer = caller.send("GET", "/user/")
    assert answer.status_code == 401
    bodies = {"status_message": {"status": 401, "message": "Unauthorized"}, "message": {"message": "Unauthorized"},
              "text_status": {"status": "unauthorized", "message": "Unauthorized"}}
    if value in bodies:
        assert answer.json() == bodies[value]
    else:
        assert ("<html>" in answer.text) == (value == "html") and bool(answer.content) == (value == "html")


@covers("token_expires_in", "present", "absent")
def _token_expires_in(caller: Caller, value: str) -> None:
    assert token_answer(caller).json().get("expires_in") == (3600 if value == "present" else None)


@covers("token_lifetime", 0, 3600)
def _token_lifetime(caller: Caller, value: int) -> None:
    assert token_answer(caller).json()["expires_in"] == value
    caller.renew()
    assert caller.send("GET", "/user/").status_code == (200 if value else 401)


@covers("token_reissue", "keeps", "revokes")
def _token_reissue(caller: Caller, value: str) -> None:
    assert token_answer(caller).status_code == 200
    assert caller.send("GET", "/user/").status_code == (200 if value == "keeps" else 401)


@covers("oauth_limits", "off", "on")
def _oauth_limits(caller: Caller, value: str) -> None:
    caller.simulator.world.throttle.window = 60
    codes = [caller.session.post(caller.simulator.url + "/oauth/token", credentials(caller.simulator), timeout=TIMEOUT).status_code
             for _unused in range(30)]
    # The caller has asked for its own token already.
    assert set(codes[:19]) == {200} and set(codes[19:]) == ({200} if value == "off" else {429})
    caller.simulator.world.throttle.window = 0
    assert token_answer(caller).status_code == 200


@covers("validation_error", "400_message", "400_status", "409_message", "422_message", "400_text")
def _validation_error(caller: Caller, value: str) -> None:
    answer = caller.bundle([MENU])
    assert answer.status_code == int(value[:3])
    if value.endswith("text"):
        assert answer.headers["Content-Type"].startswith("text/plain") and "phone" in answer.text
    else:
        assert "phone" in answer.json()["message"]
        assert answer.json().get("status") == ("validation_error" if value.endswith("status") else None)


@covers("empty_put", "200", "400")
def _empty_put(caller: Caller, value: str) -> None:
    for path in (CLIENT, f"/client/@me/extension/{MAIN}", f"/extension/{MAIN}/phone/"):
        assert caller.send("PUT", path, json={}).status_code == int(value)


@covers("put_read_only_names", "ignored", "400")
def _put_read_only_names(caller: Caller, value: str) -> None:
    answer = caller.send("PUT", CLIENT, json={"name": "Other", "geo_list": "BY"})
    settings = caller.simulator.state.client(801).settings
    assert (answer.status_code, settings["name"]) == ((200, "Romashka") if value == "ignored" else (400, "Romashka"))
    assert settings["geo_list"] == ("BY" if value == "ignored" else None)


@covers("put_unknown_names", "ignored", "400")
def _put_unknown_names(caller: Caller, value: str) -> None:
    code = 200 if value == "ignored" else 400
    for path in (CLIENT, f"/client/@me/extension/{MAIN}", f"/extension/{MAIN}/phone/"):
        assert caller.send("PUT", path, json={"no_such_name": 1}).status_code == code


@covers("stubborn_fields", "", "geo_list", "client.geo_list", "hold_music,phone.geo_list")
def _stubborn_fields(caller: Caller, value: str) -> None:
    taken = caller.put(CLIENT, geo_list="BY", timezone="UTC")
    assert taken["geo_list"] == (None if value in ("geo_list", "client.geo_list") else "BY") and taken["timezone"] == "UTC"
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
        answer = caller.send("GET", path)
        assert answer.status_code == {"serve": 200, "404": 404}.get(value, int(value) if value.isdigit() else 0)
        if value in ("301", "308"):
            bare, mark, query = path.partition("?")
            assert answer.headers["Location"] == f"/api/ver1.0{bare}/{mark}{query}"
            followed = requests.Request("GET", requests.compat.urljoin(answer.url, answer.headers["Location"])).prepare()
            assert caller.session.send(caller.session.prepare_request(requests.Request("GET", str(followed.url))),
                                       timeout=TIMEOUT).status_code == 200
    assert caller.send("GET", BUNDLE + "/").status_code == 404, "members have no slash form"


@covers("gzip_required", "off", "406")
def _gzip_required(caller: Caller, value: str) -> None:
    plain = caller.send("GET", "/user/", headers={"Accept-Encoding": "identity"})
    assert plain.status_code == (200 if value == "off" else 406) and "Content-Encoding" not in plain.headers
    packed = caller.send("GET", "/user/", headers={"Accept-Encoding": "gzip"})
    assert packed.status_code == 200 and packed.headers["Content-Encoding"] == "gzip" and packed.json()["client_id"] == 801


@covers("ids_as", "int", "string")
def _ids_as(caller: Caller, value: str) -> None:
    kind = int if value == "int" else str
    assert caller.get(CLIENT)["id"] == kind(801) and caller.get(CLIENT)["dial_rule_id"] == kind(5)
    assert caller.get(BUNDLE)["bundle_id"] == kind(MAIN)
    assert caller.get(f"/extension/{MAIN}/registration/")["extension_id"] == kind(MAIN)
    assert caller.get("/client/@me/extension/")[0]["id"] == kind(MAIN)


@covers("delete_answer", "204", "200")
def _delete_answer(caller: Caller, value: str) -> None:
    for path in (f"/extension/{SALES}/registration/uloc-572b1000-6d47-001", f"/extension/{MAIN}/registration/",
                 f"/client/@me/extension/{DIRECTOR}"):
        answer = caller.delete(path)
        assert (answer.status_code, bool(answer.content)) == (int(value), value == "200")


@covers("unread_fields", "absent", "present")
def _unread_fields(caller: Caller, value: str) -> None:
    assert ("ani" in caller.get(f"/client/@me/extension/{MAIN}")) == (value == "present")
    assert ("static_registration" in caller.get(f"/extension/{MAIN}/phone/")) == (value == "present")


@covers("dealer_client_paths", "client", "absent")
def _dealer_client_paths(caller: Caller, value: str) -> None:
    dealer = Caller(caller.simulator, "dealer-application")
    codes = {dealer.send("GET", path).status_code for path in ("/client/", "/client/801")}
    dealer.close()
    assert codes == ({200} if value == "client" else {404})


@covers("extension_len_as", "int", "string")
def _extension_len_as(caller: Caller, value: str) -> None:
    assert caller.get(CLIENT)["extension_len"] == (3 if value == "int" else "3")


@covers("call_interactive", "absent", "present")
def _call_interactive(caller: Caller, value: str) -> None:
    answer = caller.put(CLIENT, call_interactive_url="https://example.net/", call_interactive_out_call=True)
    assert answer.get("call_interactive_url") == ("https://example.net/" if value == "present" else None)
    assert len(answer) == (32 if value == "present" else 28)


@covers("geo_list_default", "null", "empty")
def _geo_list_default(caller: Caller, value: str) -> None:
    default = None if value == "null" else ""
    assert caller.get(CLIENT)["geo_list"] == default and caller.get(f"/extension/{SALES}/phone/")["geo_list"] == default


@covers("geo_list_empty_put", "default", "400")
def _geo_list_empty_put(caller: Caller, value: str) -> None:
    caller.put(CLIENT, geo_list="BY")
    assert caller.send("PUT", CLIENT, json={"geo_list": ""}).status_code == (200 if value == "default" else 400)
    assert caller.simulator.state.client(801).settings["geo_list"] == (None if value == "default" else "BY")
    assert caller.put(CLIENT, geo_list=None)["geo_list"] is None


@covers("geo_list_order", "given", "sorted", "reversed")
def _geo_list_order(caller: Caller, value: str) -> None:
    expected = {"given": "RU BY US", "sorted": "BY RU US", "reversed": "US RU BY"}[value]
    assert caller.put(CLIENT, geo_list="RU BY US")["geo_list"] == expected
    assert caller.put(f"/extension/{SALES}/phone/", geo_list="RU BY US")["geo_list"] == expected


@covers("per_page_default", "unlimited", 2)
def _per_page_default(caller: Caller, value: Any) -> None:
    assert len(caller.get("/client/@me/extension/")) == (7 if value == "unlimited" else 2)
    assert len(caller.get("/client/@me/extension/?per_page=5")) == 5
    assert len(caller.get("/client/@me/extension/?page=2")) == (0 if value == "unlimited" else 2)


@covers("per_page_maximum", "unlimited", 3)
def _per_page_maximum(caller: Caller, value: Any) -> None:
    sizes = [len(caller.get(f"/client/@me/extension/?per_page=5&page={page}")) for page in (1, 2, 3, 4)]
    assert sizes == ([5, 2, 0, 0] if value == "unlimited" else [3, 3, 1, 0])
    assert len(caller.get("/client/@me/extension/")) == (7 if value == "unlimited" else 3)


@covers("page_parameter", "honoured", "ignored")
def _page_parameter(caller: Caller, value: str) -> None:
    first, second = (caller.get(f"/client/@me/extension/?per_page=2&page={page}") for page in (1, 2))
    assert (first == second) == (value == "ignored")


@covers("extension_alias", "served", "404")
def _extension_alias(caller: Caller, value: str) -> None:
    for path in ("/client/@me/extension/@101", "/extension/@101/phone/", "/client/@me/extensions_bundle/@101"):
        assert caller.send("GET", path).status_code == (200 if value == "served" else 404)


@covers("extension_not_found", "none", "extension_not_found")
def _extension_not_found(caller: Caller, value: str) -> None:
    for path in ("/client/@me/extension/99", "/extension/99/phone/", "/extension/99/registration/", "/client/801/extensions_bundle/99"):
        answer = caller.send("GET", path)
        assert answer.status_code == 404 and answer.json().get("status") == (None if value == "none" else value)


@covers("new_extension_status", "blocked", "active")
def _new_extension_status(caller: Caller, value: str) -> None:
    assert new_extension(caller).json()["status"] == value
    assert new_extension(caller, name="105", status="active").json()["status"] == "active"


@covers("duplicate_extension", "400", "409")
def _duplicate_extension(caller: Caller, value: str) -> None:
    assert new_extension(caller, name="0003*101").status_code == int(value)


@covers("phone_password", "present", "absent")
def _phone_password(caller: Caller, value: str) -> None:
    shown = caller.get(f"/extension/{MAIN}/phone/").get("password")
    assert shown == (caller.simulator.state.phone(MAIN)["password"] if value == "present" else None)


@covers("phone_other_type", "404", "400")
def _phone_other_type(caller: Caller, value: str) -> None:
    assert caller.send("GET", f"/extension/{MENU}/phone/").status_code == int(value)


@covers("phone_label", "separate", "shared")
def _phone_label(caller: Caller, value: str) -> None:
    assert caller.put(f"/extension/{SALES}/phone/", label="Desk")["label"] == "Desk"
    assert caller.get(f"/client/@me/extension/{SALES}")["label"] == ("Desk" if value == "shared" else "Sales")


@covers("registration_block_of_one", "object", "array")
def _registration_block_of_one(caller: Caller, value: str) -> None:
    one = caller.get(f"{BLOCK}?extension_id={MAIN}")
    assert isinstance(one, dict) == (value == "object") and isinstance(one, list) == (value == "array")
    several = caller.get(f"{BLOCK}?extension_id={MAIN}&extension_id={SALES}")
    assert [info["extension_id"] for info in several] == [MAIN, SALES] and isinstance(caller.get(BLOCK), list)


@covers("registration_query_unknown_id", "omitted", "empty", "404")
def _registration_query_unknown_id(caller: Caller, value: str) -> None:
    answer = caller.send("GET", f"{BLOCK}?extension_id={MAIN}&extension_id=99&extension_id=41003")
    assert answer.status_code == (404 if value == "404" else 200)
    if value != "404":
        ids = [info["extension_id"] for info in answer.json()]
        assert ids == ([MAIN] if value == "omitted" else [MAIN, 99, 41003])


@covers("registration_expires", "seconds", "date", "epoch")
def _registration_expires(caller: Caller, value: str) -> None:
    expires = caller.get(f"/extension/{SALES}/registration/")["registrations"][0]["expires"]
    if value == "date":
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", expires)
    else:
        left = expires if value == "seconds" else expires - time.time()
        assert 600 < left <= 700


@covers("registration_delete_unknown", "404", "204")
def _registration_delete_unknown(caller: Caller, value: str) -> None:
    for path in (f"/extension/{MAIN}/registration/uloc-0-0-0", f"/extension/{WAREHOUSE}/registration/uloc-571f0000-6d47-001"):
        assert caller.delete(path).status_code == int(value)


@covers("registration_delete_none", "204", "404")
def _registration_delete_none(caller: Caller, value: str) -> None:
    for extension in (WAREHOUSE, ACCOUNTING):
        assert caller.delete(f"/extension/{extension}/registration/").status_code == int(value)


@covers("registration_after_delete", "gone", "listed")
def _registration_after_delete(caller: Caller, value: str) -> None:
    assert caller.delete(f"/extension/{MAIN}/registration/").status_code == 204
    info = caller.get(f"/extension/{MAIN}/registration/")
    assert info["registered"] is False and len(info["registrations"]) == (0 if value == "gone" else 2)


@covers("registration_other_type", "empty", "404")
def _registration_other_type(caller: Caller, value: str) -> None:
    answer = caller.send("GET", f"/extension/{MENU}/registration/")
    assert answer.status_code == (200 if value == "empty" else 404)
    if value == "empty":
        assert answer.json() == {"extension_id": MENU, "registered": False, "registrations": []}


@covers("reregister", "never", "at_once")
def _reregister(caller: Caller, value: str) -> None:
    before = caller.get(f"/extension/{SALES}/registration/")["registrations"]
    assert caller.delete(f"/extension/{SALES}/registration/").status_code == 204
    after = caller.get(f"/extension/{SALES}/registration/")
    assert after["registered"] == (value == "at_once") and len(after["registrations"]) == (1 if value == "at_once" else 0)
    if value == "at_once":
        assert after["registrations"][0]["registration_id"] != before[0]["registration_id"]
        assert after["registrations"][0]["real_address"] == before[0]["real_address"]


@covers("bundle_post", "replace", "add")
def _bundle_post(caller: Caller, value: str) -> None:
    caller.bundle([SALES, WAREHOUSE])
    answer = caller.bundle([DIRECTOR])
    expected = [DIRECTOR] if value == "replace" else [SALES, WAREHOUSE, DIRECTOR]
    assert answer.json()["bundle_list"] == expected == caller.simulator.state.bundle(MAIN)


@covers("bundle_post_code", "201", "200", "204")
def _bundle_post_code(caller: Caller, value: str) -> None:
    answer = caller.bundle([SALES])
    assert (answer.status_code, bool(answer.content)) == (int(value), value != "204")
    assert caller.get(BUNDLE)["bundle_list"] == [SALES]


@covers("bundle_delete_code", "200", "204")
def _bundle_delete_code(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    answer = caller.delete(BUNDLE)
    assert (answer.status_code, bool(answer.content)) == (int(value), value == "200")
    assert not caller.simulator.state.bundle(MAIN)


@covers("bundle_delete_body", "empty", "untied")
def _bundle_delete_body(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    assert caller.delete(BUNDLE).json() == {"bundle_id": MAIN, "bundle_list": [] if value == "empty" else [SALES]}


@covers("bundle_delete_absent", "200", "404")
def _bundle_delete_absent(caller: Caller, value: str) -> None:
    assert caller.delete(BUNDLE).status_code == int(value)


@covers("bundle_get_absent", "empty", "404")
def _bundle_get_absent(caller: Caller, value: str) -> None:
    answer = caller.send("GET", BUNDLE)
    assert answer.status_code == (200 if value == "empty" else 404)
    if value == "empty":
        assert answer.json() == {"bundle_id": MAIN, "bundle_list": []}


@covers("bundle_get_member", "own_empty", "main", "404")
def _bundle_get_member(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    answer = caller.send("GET", f"/client/@me/extensions_bundle/{SALES}")
    assert answer.status_code == (404 if value == "404" else 200)
    if value != "404":
        assert answer.json() == ({"bundle_id": SALES, "bundle_list": []} if value == "own_empty"
                                 else {"bundle_id": MAIN, "bundle_list": [SALES]})


@covers("bundle_members_as", "int", "string", "object")
def _bundle_members_as(caller: Caller, value: str) -> None:
    expected = {"int": SALES, "string": str(SALES), "object": {"id": SALES, "name": "0003*201"}}[value]
    assert caller.bundle([SALES]).json()["bundle_list"] == [expected] == caller.get(BUNDLE)["bundle_list"]


@covers("bundle_order", "given", "sorted", "reversed")
def _bundle_order(caller: Caller, value: str) -> None:
    caller.bundle([WAREHOUSE, DIRECTOR, SALES])
    expected = {"given": [WAREHOUSE, DIRECTOR, SALES], "sorted": [SALES, WAREHOUSE, DIRECTOR], "reversed": [DIRECTOR, WAREHOUSE, SALES]}
    assert caller.get(BUNDLE)["bundle_list"] == expected[value]


@covers("bundle_empty_post", "400", "clear")
def _bundle_empty_post(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    assert caller.bundle([]).status_code == (400 if value == "400" else 201)
    assert caller.simulator.state.bundle(MAIN) == ([SALES] if value == "400" else [])


@covers("bundle_repost_member", "accepted", "400")
def _bundle_repost_member(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    assert caller.bundle([SALES, WAREHOUSE]).status_code == (201 if value == "accepted" else 400)
    assert caller.simulator.state.bundle(MAIN) == ([SALES, WAREHOUSE] if value == "accepted" else [SALES])


@covers("bundle_main_deleted", "dissolve", "refuse")
def _bundle_main_deleted(caller: Caller, value: str) -> None:
    caller.bundle([SALES])
    assert caller.delete(f"/client/@me/extension/{MAIN}").status_code == (204 if value == "dissolve" else 400)
    assert caller.simulator.state.main_of(SALES) == (None if value == "dissolve" else MAIN)


@covers("journal_size", 3, 10000)
def _journal_size(caller: Caller, value: int) -> None:
    for _unused in range(6):
        caller.get("/user/")
    assert len(caller.simulator.journal) == min(value, 7) and caller.simulator.journal[-1].index == 7


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, (_check, values) in COVERED.items() for value in values])
def test_switch(simulator: Simulator, caller_of: Callable[..., Caller], name: str, value: Any) -> None:
    """The switch has the effect that its row promises, and every answer stays inside the contract."""
    simulator.switches[name] = value
    simulator.contract_checked = False
    caller = caller_of()
    COVERED[name][0](caller, value)
    broken = [error for error in simulator.contract_errors() if error["answer"] or error["crash"]]
    assert not broken


def test_every_switch_and_choice_is_covered() -> None:
    """A new switch, or a new value of one, needs a check here."""
    expected = {(switch.name, value) for switch in TABLE for value in switch.values}
    covered = {(name, value) for name, (_check, values) in COVERED.items() for value in values}
    assert expected - covered == set() and {switch.name for switch in TABLE} == set(COVERED)


def test_the_defaults_are_those_of_the_reference() -> None:
    """Section 9 of the API reference proposes these."""
    proposed = {
        "bad_credentials": "401_invalid_client", "unauthorized_body": "status_message", "validation_error": "400_message",
        "put_read_only_names": "ignored", "put_unknown_names": "ignored", "registration_block_of_one": "object",
        "registration_delete_unknown": "404", "registration_expires": "seconds", "bundle_post": "replace",
        "bundle_post_code": "201", "bundle_delete_code": "200", "bundle_get_absent": "empty", "missing_slash": "308",
        "per_page_default": "unlimited", "phone_password": "present", "unread_fields": "absent", "dealer_client_paths": "client",
    }
    switches = Switches()
    assert {name: switches[name] for name in proposed} == proposed


@pytest.mark.parametrize(("name", "value", "part"), [
    ("bundle_pots", "add", "did you mean bundle_post"),
    ("bundle_post", "append", "allowed: replace, add"),
    ("per_page_default", 0, "a number from 1, or unlimited"),
    ("token_lifetime", "soon", "a number from 0"),
    ("token_lifetime", True, "not allowed"),
    ("stubborn_fields", 5, "field names"),
])
def test_wrong_switches_are_refused_with_the_allowed_ones(name: str, value: Any, part: str) -> None:
    """A typing error never passes in silence."""
    switches = Switches()
    before = json.dumps(dict(switches))
    with pytest.raises(SwitchError, match=re.escape(part)):
        switches[name] = value
    assert json.dumps(dict(switches)) == before


def test_deleting_a_switch_restores_its_default() -> None:
    """``del switches[name]`` undoes an assignment."""
    switches = Switches({"bundle_post": "add", "journal_size": 5, "stubborn_fields": "geo_list, timezone"})
    assert switches["stubborn_fields"] == ("geo_list", "timezone")
    del switches["bundle_post"]
    assert switches["bundle_post"] == "replace" and switches["journal_size"] == 5
    for broken in (lambda: switches["nothing"], lambda: switches.__delitem__("nothing")):
        with pytest.raises(SwitchError):
            broken()
