# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources that only read: what they return, and that their twins accept it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from ansible_collections.ringme.pbx.plugins.module_utils.model.fields import CLIENT_SETTINGS
from ansible_collections.ringme.pbx.plugins.module_utils.resources.client_info import ClientInfo
from ansible_collections.ringme.pbx.plugins.module_utils.resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.plugins.module_utils.resources.extension_info import ExtensionInfo
from ansible_collections.ringme.pbx.plugins.module_utils.resources.extension_registration_info import (
    ExtensionRegistrationInfo,
)
from ansible_collections.ringme.pbx.plugins.module_utils.resources.extensions_bundle_info import ExtensionsBundleInfo
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Exchange, get
from ansible_collections.ringme.pbx.tests.unit.helpers.options import executed, options_of, refusal
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
        assert [(found["extension_id"], found["bundle_list"], found["state"], found["member_of"]) for found in result["bundles"]] == [
            (1, [2, 3], "present", None), (2, [], "absent", 1), (4, [], "absent", None), (5, [], "absent", None),
        ]  # fmt: skip

    def test_all_phones(self) -> None:
        result = executed(
            ExtensionsBundleInfo(),
            *pages(extension(1), extension(2, "ivr")),
            get(f"{BUNDLES}/1", {"bundle_id": 1, "bundle_list": []}),
        ).result
        assert [found["extension_id"] for found in result["bundles"]] == [1]

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
    "resource", [ClientInfo(), ExtensionInfo(), ExtensionsBundleInfo()], ids=lambda item: item.name
)
def test_a_bad_client_is_refused_before_a_connection(resource: Any) -> None:
    assert refusal(resource, client_id="0")["msg"].startswith("client_id: ")


def test_read_only_does_not_hinder_reading() -> None:
    assert not executed(ClientInfo(), get("/client/@me/client/", {"id": 801}), read_only=True).failed
    assert options_of(ClientInfo())["client_id"] == "@me"
