# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources that only read: what they return, and that their twins accept it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from hypothesis import given, settings

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, execute
from ansible_collections.ringme.pbx.plugins.module_utils._http.response import Response
from ansible_collections.ringme.pbx.plugins.module_utils._model.fields import CLIENT_SETTINGS
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_info import ClientInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_info import ExtensionInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration_info import (
    ExtensionRegistrationInfo,
)
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle import ExtensionsBundle
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle_info import ExtensionsBundleInfo
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Exchange, get
from ansible_collections.ringme.pbx.tests.unit.helpers.options import executed, module_options, refusal
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import client_values

BUNDLES = "/client/@me/extensions_bundle"
EXTENSIONS = "/client/@me/extension/"


def extension(number: int, kind: str = "phone", status: str = "active") -> dict[str, Any]:
    """An extension on the wire."""
    return {"id": number, "name": f"000*{100 + number}", "type": kind, "status": status}


def pages(*found: dict[str, Any], **filters: str) -> list[Exchange]:
    """The requests for a list of one page."""
    query = sorted(filters.items())
    size = ("per_page", "100")
    return [
        get(EXTENSIONS, list(found), query=[*query, ("page", "1"), size]),
        *([get(EXTENSIONS, [], query=[*query, ("page", "2"), size])] if found else []),
    ]


class TestClientInfo:
    """One GET."""

    def test_read(self) -> None:
        live = {"id": 801, "name": "Romashka", "geo_list": "RU BY", "hold_music": None, "timezone": "UTC"}
        for check_mode in (True, False):
            result = executed(ClientInfo(), get("/client/@me/client/", live), check_mode=check_mode).result
            assert result["changed"] is False
            assert result["client"] == {**live, "geo_list": ["BY", "RU"]}
            assert result["settings"] == {
                "client_id": "801",
                "geo_list": ["BY", "RU"],
                "timezone": "UTC",
                "reset": ["hold_music"],
            }

    @settings(max_examples=40)
    @given(live=client_values())
    def test_the_state_twin_accepts_it_and_finds_nothing_to_do(self, live: dict[str, Any]) -> None:
        wire = {
            name: CLIENT_SETTINGS[name].write(value) if name in CLIENT_SETTINGS else value
            for name, value in live.items()
        }
        path = f"/client/{live['id']}/client/"
        found = executed(ClientInfo(), get(path, wire), client_id=str(live["id"])).result["settings"]
        assert executed(ClientSettings(), get(path, wire), **found).result["changed"] is False


class TestExtensionInfo:
    """The list, or one GET each."""

    def test_all(self) -> None:
        result = executed(ExtensionInfo(), *pages(extension(2), extension(1, "ivr"))).result
        assert [(found["id"], found["number"], found["type"]) for found in result["extensions"]] == [
            (1, "101", "ivr"),
            (2, "102", "phone"),
        ]

    def test_filters_hold_even_where_the_server_ignores_them(self) -> None:
        found = pages(extension(1), extension(2, "ivr"), extension(3, status="blocked"), type="phone", status="active")
        result = executed(ExtensionInfo(), *found, type="phone", status="active").result
        assert [entry["id"] for entry in result["extensions"]] == [1]

    def test_by_id(self) -> None:
        one, other = get(f"{EXTENSIONS}1", extension(1)), get(f"{EXTENSIONS}9", extension(9))
        result = executed(ExtensionInfo(), one, other, extension_ids=[9, 1]).result
        assert [entry["id"] for entry in result["extensions"]] == [1, 9]

    def test_by_number(self) -> None:
        found = pages(extension(1), extension(2), extension(3))
        result = executed(ExtensionInfo(), *found, extensions=["103", "000*101"]).result
        assert [(entry["id"], entry["number"]) for entry in result["extensions"]] == [(1, "101"), (3, "103")]

    def test_unknown_numbers(self) -> None:
        outcome = executed(ExtensionInfo(), *pages(extension(1)), extensions=["101", "110", "1010"])
        assert outcome.result["error"]["kind"] == "not_found"
        assert "extensions[1]: no extension 110; did you mean 101?" in outcome.result["msg"]
        assert "extensions[2]: no extension 1010: it has 4 digits" in outcome.result["msg"]

    def test_unknown(self) -> None:
        outcome = executed(ExtensionInfo(), get(f"{EXTENSIONS}9", {"message": "Not found"}, 404), extension_ids=[9])
        assert outcome.failed
        assert "there is no extension 9" in outcome.result["msg"]


class TestBundleInfo:
    """One GET per extension."""

    def test_by_id(self) -> None:
        result = executed(
            ExtensionsBundleInfo(),
            get(f"{BUNDLES}/1", {"bundle_id": 1, "bundle_list": [3, 2]}),
            get(f"{BUNDLES}/2", {"bundle_id": 1, "bundle_list": [2, 3]}),
            get(f"{BUNDLES}/4", {"message": "Not found"}, 404),
            get(f"{EXTENSIONS}4", extension(4)),
            get(f"{BUNDLES}/5", {"bundle_list": []}),
            extension_ids=[5, 4, 2, 1],
            concurrency=1,
        ).result
        keys = ("extension_id", "bundle_list", "state", "member_of")
        assert [tuple(found[key] for key in keys) for found in result["bundles"]] == [
            (1, [2, 3], "present", None), (2, [], "absent", 1), (4, [], "absent", None), (5, [], "absent", None),
        ]  # fmt: skip

    def test_all_phones(self) -> None:
        result = executed(
            ExtensionsBundleInfo(),
            *pages(extension(1), extension(2, "ivr")),
            get(f"{BUNDLES}/1", {"bundle_id": 1, "bundle_list": []}),
        ).result
        assert result["bundles"] == [
            {"extension_id": 1, "extension": "101", "bundle_list": [], "members": [], "state": "absent",
             "member_of": None}
        ]  # fmt: skip

    def test_by_number_the_state_twin_accepts_it(self) -> None:
        exchanges = [*pages(extension(1), extension(2)), get(f"{BUNDLES}/1", {"bundle_id": 1, "bundle_list": [2]})]
        (found,) = executed(ExtensionsBundleInfo(), *exchanges, extensions=["101"]).result["bundles"]
        assert (found["extension"], found["members"]) == ("101", ["102"])
        again = {name: found[name] for name in ("extension", "members", "state")}
        assert executed(ExtensionsBundle(), *exchanges, **again).result["changed"] is False

    def test_by_id_nothing_is_looked_up(self) -> None:
        one = get(f"{BUNDLES}/1", {"bundle_id": 1, "bundle_list": [2]})
        (found,) = executed(ExtensionsBundleInfo(), one, extension_ids=[1]).result["bundles"]
        assert (found["extension"], found["members"], found["bundle_list"]) == (None, None, [2])

    @pytest.mark.parametrize("named", [{}, {"extension_ids": [1, 4]}])
    def test_the_list_twin_accepts_what_exists(self, named: dict[str, Any]) -> None:
        pbx = Pbx({1: {2, 3}})
        connections = Connections(lambda _settings: pbx)
        read = module_options(ExtensionsBundleInfo(), **named)
        found = execute(ExtensionsBundleInfo(), read, check_mode=False, connections=connections).result
        by_id, by_number = {"extension_id": 1, "bundle_list": [2, 3]}, {"extension": "101", "members": ["102", "103"]}
        assert found["client_bundles"] == [by_id if named else by_number]
        again = module_options(ClientBundles(), bundles=found["client_bundles"], prune=True)
        outcome = execute(ClientBundles(), again, check_mode=False, connections=connections)
        assert (outcome.failed, outcome.result["changed"]) == (False, False), outcome.result

    @pytest.mark.parametrize("at_a_time", [1, 3, 32])
    def test_so_many_at_a_time(self, at_a_time: int) -> None:
        guard, state, expected = threading.Lock(), {"now": 0, "most": 0}, min(at_a_time, 7)
        together = threading.Event()

        class Slow(Pbx):
            """Returns no bundle before the maximum number of requests is running."""

            def send(self, *arguments: Any, **options: Any) -> Response:
                with guard:
                    state["now"] += 1
                    state["most"] = max(state["most"], state["now"])
                    if state["now"] == expected:
                        together.set()
                if "/extensions_bundle/" in arguments[2]:
                    assert together.wait(60)
                    time.sleep(0.01)  # in which one too many would come
                with guard:
                    state["now"] -= 1
                    return super().send(*arguments, **options)

        pbx = Slow({1: {2, 3}})
        options = module_options(ExtensionsBundleInfo(), concurrency=at_a_time)
        outcome = execute(
            ExtensionsBundleInfo(), options, check_mode=False, connections=Connections(lambda _settings: pbx)
        )
        found = [(item["extension"], item["member_of"]) for item in outcome.result["bundles"]]
        assert found == [(f"10{number}", 1 if number in (2, 3) else None) for number in range(1, 8)]
        assert outcome.result["requests"]["GET"] == 9
        assert state["most"] == expected

    @pytest.mark.parametrize("number", [-1, 0, 33])
    def test_no_such_concurrency(self, number: int) -> None:
        assert refusal(ExtensionsBundleInfo(), concurrency=number)["msg"].startswith(f"concurrency: {number} is out of")

    def test_unknown_extension(self) -> None:
        missing = {"message": "Not found"}
        outcome = executed(
            ExtensionsBundleInfo(),
            get(f"{BUNDLES}/4", missing, 404),
            get(f"{EXTENSIONS}4", missing, 404),
            extension_ids=[4],
        )
        assert outcome.failed
        assert "there is no extension 4" in outcome.result["msg"]


class TestRegistrationInfo:
    """Blocks."""

    BLOCK = "/extension/registration/"

    def test_all(self) -> None:
        found = {"extension_id": 7, "registered": False, "registrations": []}
        result = executed(ExtensionRegistrationInfo(), get(self.BLOCK, [found])).result
        assert result["registrations"] == [{"extension": None, **found}]

    def test_by_number(self) -> None:
        found = [{"extension_id": number, "registered": False, "registrations": []} for number in (1, 3)]
        query = [("extension_id", "1"), ("extension_id", "3")]
        exchanges = [*pages(extension(1), extension(3)), get(self.BLOCK, found, query=query)]
        result = executed(ExtensionRegistrationInfo(), *exchanges, extensions=["103", "101"]).result
        assert result["registrations"] == [{"extension": f"10{entry['extension_id']}", **entry} for entry in found]

    def test_one_that_is_left_out_is_named_by_number(self) -> None:
        query = [("extension_id", "1")]
        exchanges = [*pages(extension(1)), get(self.BLOCK, [], query=query)]
        outcome = executed(ExtensionRegistrationInfo(), *exchanges, extensions=["101"])
        assert "1 of 1 extensions: 101 (id 1)" in outcome.result["msg"]

    def test_one_that_is_left_out_is_not_called_unregistered(self) -> None:
        found = {"extension_id": 7, "registered": False, "registrations": []}
        query = [("extension_id", "7"), ("extension_id", "8")]
        outcome = executed(ExtensionRegistrationInfo(), get(self.BLOCK, [found], query=query), extension_ids=[7, 8])
        assert outcome.failed
        assert outcome.result["error"]["kind"] == "not_found"
        assert "1 of 2 extensions: 8" in outcome.result["msg"]


@pytest.mark.parametrize(
    "resource", [ExtensionInfo(), ExtensionsBundleInfo(), ExtensionRegistrationInfo()], ids=lambda item: item.name
)
@pytest.mark.parametrize("ids", [[], [0], [-1], [5, 5]])
def test_bad_input_is_refused_before_a_connection(resource: Any, ids: list[int]) -> None:
    assert refusal(resource, extension_ids=ids)["msg"].startswith("extension_ids")


@pytest.mark.parametrize(
    "resource", [ExtensionInfo(), ExtensionsBundleInfo(), ExtensionRegistrationInfo()], ids=lambda item: item.name
)
@pytest.mark.parametrize("numbers", [[], ["+101"], [8], ["101", "000*101"], ["1٠1"]])
def test_bad_numbers_are_refused_before_a_connection(resource: Any, numbers: list[Any]) -> None:
    assert refusal(resource, extensions=numbers)["msg"].startswith("extensions")


@pytest.mark.parametrize(
    "resource", [ClientInfo(), ExtensionInfo(), ExtensionsBundleInfo()], ids=lambda item: item.name
)
def test_a_bad_client_is_refused_before_a_connection(resource: Any) -> None:
    assert refusal(resource, client_id="0")["msg"].startswith("client_id: ")


def test_read_only_does_not_hinder_reading() -> None:
    assert not executed(ClientInfo(), get("/client/@me/client/", {"id": 801}), read_only=True).failed
    assert module_options(ClientInfo())["client_id"] == "@me"
