# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented requests: what each sends, and that nothing but the documented object passes for a state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils import _api as module
from ansible_collections.ringme.pbx.plugins.module_utils._api import Api
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    BadResponseError,
    NotFoundError,
    ReadOnlyError,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Bundle, RegistrationInfo
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import (
    Exchange,
    Script,
    api_of,
    get,
    post,
    put,
    run_of,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import json_values

CLIENT = {"id": 801, "timezone": "UTC", "geo_list": "RU BY"}
PHONES = "/client/@me/extension/"


def extension(number: int, **more: Any) -> dict[str, Any]:
    """An extension as the API shows it."""
    return {"id": number, "name": f"000*{number}", "type": "phone", "status": "active", **more}


def page(number: int, *found: dict[str, Any], **filters: str) -> Exchange:
    """One page of the list of extensions."""
    return get(PHONES, list(found), query=[*filters.items(), ("page", str(number)), ("per_page", "100")])


def info(number: int, *entries: dict[str, Any], registered: bool = False) -> dict[str, Any]:
    """A RegInfo as the API shows it."""
    return {"extension_id": number, "registered": registered, "registrations": list(entries)}


CALLS: dict[str, tuple[str, str, Callable[[Api], Any]]] = {
    "client": ("GET", "/client/801/client/", lambda api: api.client(801)),
    "extension": ("GET", "/client/801/extension/7", lambda api: api.extension(801, 7)),
    "phone": ("GET", "/extension/7/phone/", lambda api: api.phone(7)),
    "bundle": ("GET", "/client/801/extensions_bundle/7", lambda api: api.bundle(801, 7)),
    "registration": ("GET", "/extension/7/registration/", lambda api: api.registration(7)),
    "registrations": ("GET", "/extension/registration/", lambda api: api.registrations()),
}
WRITES: dict[str, tuple[str, str, Any, Callable[[Api], Any]]] = {
    "update_client": (
        "PUT",
        "/client/801/client/",
        {"hold_music": None},
        lambda api: api.update_client(801, {"hold_music": None}),
    ),
    "set_bundle": (
        "POST",
        "/client/801/extensions_bundle/7",
        {"bundle_list": [8, 9]},
        lambda api: api.set_bundle(801, 7, (8, 9)),
    ),
    "delete_bundle": ("DELETE", "/client/801/extensions_bundle/7", None, lambda api: api.delete_bundle(801, 7)),
    "delete_registrations": ("DELETE", "/extension/7/registration/", None, lambda api: api.delete_registrations(7)),
    "delete_registration": (
        "DELETE",
        "/extension/7/registration/uloc-1",
        None,
        lambda api: api.delete_registration(7, "uloc-1"),
    ),
}
EVERY_CALL = pytest.mark.parametrize(("method", "path", "call"), CALLS.values(), ids=CALLS)
EVERY_WRITE = pytest.mark.parametrize(("method", "path", "sent", "call"), WRITES.values(), ids=WRITES)


@given(body=json_values())
def test_any_json_is_an_object_or_the_one_error(body: Any) -> None:
    for name, (method, path, call) in CALLS.items():
        note(name)
        api, _script = api_of(Exchange(method, path, body))
        try:
            assert call(api) is not None
        except BadResponseError as error:
            assert f"{method} {path}" in error.what
            assert error.details.hint


@EVERY_CALL
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": 7', b"[" * 100_000, b'{"device": ' * 500])
def test_what_is_not_json_is_never_a_state(method: str, path: str, call: Callable[[Api], Any], body: bytes) -> None:
    api, _script = api_of(Exchange(method, path, body))
    with pytest.raises(BadResponseError, match=path):
        call(api)


@pytest.mark.parametrize("depth", [50, 300, 600, 900, 990, 2000])
def test_an_answer_nested_deeply_is_an_object_or_the_one_error(depth: int) -> None:
    nested = b'{"a": ' * depth + b"1" + b"}" * depth
    entry = b'{"registration_id": "u", "device": %s}' % nested
    api, _script = api_of(
        get("/extension/7/registration/", b'{"extension_id": 7, "registered": true, "registrations": [%s]}' % entry)
    )
    try:
        assert api.registration(7).registered
    except BadResponseError as error:
        assert error.details.hint


@EVERY_WRITE
@pytest.mark.parametrize("lock", ["check mode", "read_only"])
def test_no_write_passes_under_a_lock(method: str, path: str, sent: Any, call: Callable[[Api], Any], lock: str) -> None:
    api, script = api_of(Exchange(method, path, sent=sent), lock=lock)
    with pytest.raises(ReadOnlyError):
        call(api)
    assert len(script.rest) == 1


@given(body=st.binary(max_size=40) | json_values())
def test_whatever_answers_a_write_is_no_error(body: Any) -> None:
    """It was applied, also if its response cannot be read."""
    for name, (method, path, sent, call) in WRITES.items():
        note(name)
        api, script = api_of(Exchange(method, path, body, sent=sent))
        call(api)
        assert not script.rest


@EVERY_WRITE
def test_a_write_may_be_answered_by_nothing(method: str, path: str, sent: Any, call: Callable[[Api], Any]) -> None:
    api, script = api_of(Exchange(method, path, status=204, sent=sent))
    assert call(api) is None
    assert not script.rest


class TestClient:
    """Reference section 2.1."""

    def test_me(self) -> None:
        api, _script = api_of(get("/client/@me/client/", CLIENT))
        assert api.client("@me").values == {"id": 801, "timezone": "UTC", "geo_list": ["BY", "RU"]}

    def test_another_client_than_requested(self) -> None:
        api, _script = api_of(get("/client/802/client/", CLIENT))
        with pytest.raises(BadResponseError, match="requested client 802, got the client of client 801"):
            api.client(802)

    def test_update_answers_with_the_client(self) -> None:
        api, _script = api_of(put("/client/801/client/", {"timezone": "UTC"}, CLIENT))
        client = api.update_client(801, {"timezone": "UTC"})
        assert client is not None
        assert client.values["timezone"] == "UTC"


class TestOwner:
    """An object of another client is never accepted as one of the requested client."""

    BUNDLE = {"bundle_id": 7, "bundle_list": [8]}
    READS: dict[str, tuple[Exchange, Callable[[Api], Any]]] = {
        "client": (get("/client/801/client/", {"id": 802}), lambda api: api.client(801)),
        "extension": (
            get("/client/801/extension/7", extension(7, client_id=802)),
            lambda api: api.extension(801, 7),
        ),
        "extensions": (
            get(
                "/client/801/extension/",
                [extension(7, client_id=801), extension(8, client_id="802")],
                query=[("page", "1"), ("per_page", "100")],
            ),
            lambda api: api.extensions(801),
        ),
        "directory": (
            get(
                "/client/801/extension/",
                [extension(7, client_id=802)],
                query=[("page", "1"), ("per_page", "100")],
            ),
            lambda api: api.directory(801),
        ),
        "bundle": (
            get("/client/801/extensions_bundle/7", {**BUNDLE, "client_id": 802}),
            lambda api: api.bundle(801, 7),
        ),
        "phone": (get("/extension/7/phone/", {"hold_music": 1, "extension_id": 8}), lambda api: api.phone(7)),
        "registration": (get("/extension/7/registration/", info(8)), lambda api: api.registration(7)),
    }

    @pytest.mark.parametrize(("exchange", "call"), READS.values(), ids=READS)
    def test_a_read(self, exchange: Exchange, call: Callable[[Api], Any]) -> None:
        api, _script = api_of(exchange)
        with pytest.raises(BadResponseError, match="requested"):
            call(api)

    def test_the_answer_to_a_write(self) -> None:
        """It was applied; a response about another client only means that GET has to read the state."""
        api, _script = api_of(
            put("/client/801/client/", {"timezone": "UTC"}, {"id": 802}),
            post("/client/801/extensions_bundle/7", {"bundle_list": [8]}, {**self.BUNDLE, "client_id": 802}),
        )
        assert api.update_client(801, {"timezone": "UTC"}) is None
        assert api.set_bundle(801, 7, [8]) is None

    def test_me_is_one_client(self) -> None:
        first = page(1, extension(7, client_id=801), extension(8))
        api, _script = api_of(first, page(2), get("/client/@me/extension/9", extension(9, client_id=802)))
        assert len(api.extensions("@me")) == 2
        with pytest.raises(BadResponseError, match=r"requested client @me .801., got extension 9 of client 802"):
            api.extension("@me", 9)

    def test_a_list_of_two_clients_is_not_the_list_of_me(self) -> None:
        api, _script = api_of(page(1, extension(7, client_id=801), extension(8, client_id=802)))
        with pytest.raises(BadResponseError, match="got extension 8 of client 802"):
            api.extensions("@me")

    def test_the_owner_may_be_left_out(self) -> None:
        api, _script = api_of(get("/client/801/extension/7", extension(7, client_id=None)))
        assert api.extension(801, 7).id == 7


class TestExtensions:
    """Reference sections 0.4 and 5."""

    def test_pages_until_nothing_new_comes(self) -> None:
        api, script = api_of(page(1, extension(3), extension(1)), page(2, extension(2)), page(3))
        assert [item.id for item in api.extensions("@me")] == [1, 2, 3]
        assert not script.rest

    def test_a_server_that_ignores_the_page(self) -> None:
        api, script = api_of(page(1, extension(1), extension(2)), page(2, extension(1), extension(2)))
        assert [item.id for item in api.extensions("@me")] == [1, 2]
        assert not script.rest

    def test_pages_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_PAGES", 3)
        endless = [page(number, extension(number)) for number in range(1, 5)]
        api, script = api_of(*endless)
        with pytest.raises(BadResponseError, match="page 3 still has new extensions, 3 so far: the list does not end"):
            api.extensions("@me")
        assert len(script.rest) == 1

    def test_a_page_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_PAGES", 3)
        api, _script = api_of(page(1, *map(extension, range(1, 302))))
        with pytest.raises(BadResponseError, match="page 1 still has new extensions, 301 so far"):
            api.extensions("@me")

    def test_none(self) -> None:
        api, _script = api_of(page(1))
        assert api.extensions("@me") == []

    def test_filters(self) -> None:
        api, script = api_of(page(1, status="active", type="phone"))
        assert api.extensions("@me", kind="phone", status="active") == []
        assert not script.rest

    @given(pages=st.lists(st.lists(st.integers(1, 30), max_size=5), max_size=6))
    def test_whatever_the_pages_every_extension_comes_once(self, pages: list[list[int]]) -> None:
        class Paged(Script):
            """Serves these pages, then empty ones."""

            def send(self, run: Any, method: str, path: str, **options: Any) -> Any:
                number = int(dict(options["query"])["page"])
                found = pages[number - 1] if number <= len(pages) else []
                self.rest = [page(number, *map(extension, found))]
                return super().send(run, method, path, **options)

        found = [item.id for item in Api(Paged(), run_of()).extensions("@me")]
        assert found == sorted(set(found))
        assert set(found) <= {number for part in pages for number in part}

    @pytest.mark.parametrize("body", [{}, None, "x", [7], [{"id": 1}]])
    def test_no_list_of_extensions(self, body: Any) -> None:
        api, _script = api_of(get(PHONES, body, query=[("page", "1"), ("per_page", "100")]))
        with pytest.raises(BadResponseError):
            api.extensions("@me")

    def test_another_extension_than_requested(self) -> None:
        api, _script = api_of(get("/client/801/extension/7", extension(8)))
        with pytest.raises(BadResponseError, match="requested extension 7, got 8"):
            api.extension(801, 7)

    def test_not_found(self) -> None:
        api, _script = api_of(get("/client/801/extension/7", {"message": "Not found"}, 404))
        with pytest.raises(NotFoundError, match="no extension 7"):
            api.extension(801, 7)


class TestBundle:
    """Reference section 4."""

    def test_get_and_set(self) -> None:
        state = {"bundle_id": 7, "bundle_list": [9, "8"]}
        path = "/client/@me/extensions_bundle/7"
        api, _script = api_of(get(path, state), post(path, {"bundle_list": [8, 9]}, state))
        assert api.bundle("@me", 7) == api.set_bundle("@me", 7, [8, 9]) == Bundle(7, (8, 9))


class TestRegistrations:
    """Reference section 3."""

    def block(self, *numbers: int, reply: Any) -> Exchange:
        """A block query."""
        return get("/extension/registration/", reply, query=[("extension_id", str(number)) for number in numbers])

    def test_one(self) -> None:
        api, _script = api_of(get("/extension/7/registration/", {"registered": False, "registrations": []}))
        assert api.registration(7) == RegistrationInfo(7, False, ())

    def test_another_extension_than_requested(self) -> None:
        api, _script = api_of(get("/extension/7/registration/", info(8)), self.block(7, 8, reply=[info(7), info(9)]))
        with pytest.raises(BadResponseError, match="requested extension 7, got 8"):
            api.registration(7)
        with pytest.raises(BadResponseError, match=r"not requested: .9"):
            api.registrations([7, 8])

    def test_all_that_are_visible(self) -> None:
        api, _script = api_of(get("/extension/registration/", [info(9), info(7)]))
        assert [found.extension_id for found in api.registrations()] == [7, 9]

    def test_a_block_of_one_may_be_an_object(self) -> None:
        api, _script = api_of(self.block(7, reply=info(7)), self.block(7, reply=[info(7)]))
        assert api.registrations([7]) == api.registrations([7]) == [RegistrationInfo(7, False, ())]

    @pytest.mark.parametrize(("count", "requests"), [(1, 1), (99, 1), (100, 1), (101, 2), (250, 3)])
    def test_blocks_of_at_most_a_hundred(self, count: int, requests: int) -> None:
        numbers = list(range(1, count + 1))
        blocks = [numbers[start : start + 100] for start in range(0, count, 100)]
        api, script = api_of(*[self.block(*part, reply=[info(number) for number in reversed(part)]) for part in blocks])
        assert [found.extension_id for found in api.registrations(numbers)] == numbers
        assert not script.rest
        assert api.run.requests["GET"] == requests

    def test_those_that_the_api_leaves_out_are_missing(self) -> None:
        api, _script = api_of(self.block(7, 8, reply=[info(7)]))
        assert [found.extension_id for found in api.registrations([7, 8])] == [7]

    @given(identifier=st.text(min_size=1))
    def test_an_id_never_leaves_its_place_in_the_path(self, identifier: str) -> None:
        sent: list[str] = []

        class Kept(Script):
            """Keeps the path."""

            def send(self, run: Any, method: str, path: str, **options: Any) -> Any:
                sent.append(path)
                return None

        Api(Kept(), run_of()).delete_registration(7, identifier)
        head, tail = sent[0].split("/registration/")
        assert head == "/extension/7"
        assert tail
        assert not set(tail) & set("/?#& ")
        assert tail.isascii()
