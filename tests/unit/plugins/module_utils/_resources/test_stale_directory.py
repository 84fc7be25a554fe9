# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items of one loop share a directory; an outdated one is read once more."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Options, Resource, StateResource
from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import NotFoundError
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import Change, Plan
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_info import ExtensionInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration_info import (
    ExtensionRegistrationInfo,
)
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle_info import ExtensionsBundleInfo
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Script, delete, get
from ansible_collections.ringme.pbx.tests.unit.helpers.options import module_options
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx, run
from ansible_collections.ringme.pbx.tests.unit.helpers.strategies import wire_extension

LIST = "GET extension/, page 1"


def connected(pbx: Pbx) -> Connections:
    """Connections of a loop in which extension 101 was used already."""
    connections = Connections(lambda _settings: pbx)
    assert not run(pbx, connections=connections, extension="101", members=["102"], side_effects="ignore").failed
    assert pbx.lists == 1
    pbx.journal.clear()
    return connections


def read(resource: Resource[Any], connections: Connections, **options: Any) -> TaskResult:
    """Run a resource that only reads."""
    return execute(resource, module_options(resource, **options), check_mode=False, connections=connections)


class TestBundles:
    """The same bundle again, with a PBX that changed in between."""

    def test_what_is_known_costs_nothing(self) -> None:
        pbx = Pbx()
        outcome = run(pbx, connections=connected(pbx), extension="101", members=["000*102"])
        assert outcome.result["changed"] is False
        assert pbx.journal == ["GET extensions_bundle/1"]

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_a_new_number_is_found_with_one_more_list(self, check_mode: bool) -> None:
        pbx = Pbx()
        connections = connected(pbx)
        pbx.names[9] = "000*109"
        options: dict[str, Any] = {"extension": "101", "members": ["102", "109"], "side_effects": "ignore"}
        outcome = run(pbx, check_mode=check_mode, connections=connections, **options)
        assert not outcome.failed
        assert outcome.result["bundle"]["members"] == ["102", "109"]
        assert pbx.lists == 1
        if not check_mode:
            assert pbx.bundles == {1: {2, 9}}

    def test_an_unknown_number_is_looked_up_twice_at_most(self) -> None:
        pbx = Pbx()
        outcome = run(pbx, connections=connected(pbx), extension="101", members=["119"])
        assert outcome.result["msg"].startswith("client @me: members[0]: no extension 119")
        assert pbx.journal == [LIST, "GET extension/, page 2"]

    @pytest.mark.parametrize("hides", [True, False])
    def test_a_known_number_that_got_another_id(self, hides: bool) -> None:
        """Extensions cannot be renamed, so a new phone for the same number is a new extension with a new id."""
        pbx = Pbx(hides=hides)
        connections = connected(pbx)
        del pbx.names[1], pbx.bundles[1]
        pbx.names[11] = "000*101"
        outcome = run(pbx, connections=connections, extension="101", members=["102"], side_effects="ignore")
        assert not outcome.failed, outcome.result
        assert pbx.bundles == {11: {2}}
        assert pbx.lists == 1
        assert outcome.result["changes"][0]["extension_id"] == 11
        assert outcome.result["diff"]["before_header"] == "client @me bundle/101"

    @pytest.mark.parametrize("policy", ["report", "ignore"])
    def test_a_member_that_got_another_id(self, policy: str) -> None:
        pbx = Pbx()
        connections = connected(pbx)
        assert not run(pbx, connections=connections, extension="101", members=["102", "103"]).failed
        pbx.bundles = {1: {2}}
        del pbx.names[3]
        pbx.names[13] = "000*103"
        options: dict[str, Any] = {"extension": "101", "members": ["102", "103"], "side_effects": policy}
        pbx.journal.clear()
        if policy == "ignore":  # the API refuses the old id with 404, as it does for what it does not know
            missing = (404, {"message": "Not found"})
            pbx.fault = lambda method, number, count: missing if method == "POST" and not pbx.lists else None
        outcome = run(pbx, connections=connections, **options)
        assert not outcome.failed, outcome.result
        assert pbx.bundles == {1: {2, 13}}
        assert pbx.lists == 1

    def test_an_id_that_is_new(self) -> None:
        pbx = Pbx()
        connections = connected(pbx)
        pbx.names[9] = "000*109"
        options: dict[str, Any] = {"extension": "101", "bundle_list": [2, 9], "side_effects": "ignore"}
        assert not run(pbx, connections=connections, **options).failed
        assert pbx.bundles == {1: {2, 9}}
        assert pbx.lists == 1

    def test_ids_alone_have_nothing_to_look_up(self) -> None:
        pbx = Pbx()
        outcome = run(pbx, connections=connected(pbx), extension_id=9, bundle_list=[2])
        assert outcome.result["error"]["kind"] == "not_found"
        assert not pbx.lists
        assert pbx.journal == ["GET extensions_bundle/9", "GET extension/9"]


class Thing(StateResource[str, str, str, str]):
    """Looks up the number of its option, and deletes the thing of that id."""

    name = "thing"
    key = "thing"
    arguments = {"number": {"type": "str"}, "write": {"type": "bool", "default": True}}

    def parse(self, options: Options) -> str:
        return str(options["number"])

    def resolve(self, api: CachedApi, parsed: str) -> str:
        for item in api.directory("@me").extensions:
            if item.number == parsed:
                return str(item.id)
        raise NotFoundError(f"no extension {parsed}")

    def observe(self, api: CachedApi, desired: str) -> str:
        return str(api._get(f"/thing/{desired}").json())

    def plan(self, desired: str, observed: str) -> Plan[str, str]:
        changes = (Change(self.name, f"thing/{desired}", "delete", ()),) if observed else ()
        return Plan(changes, (f"/thing/{desired}",) if changes else (), "")

    def apply(self, api: CachedApi, desired: str, plan: Plan[str, str]) -> str:
        for path in plan.steps:
            api._send("DELETE", path)
        return str(api._get(f"/thing/{desired}").json())

    def remaining(self, desired: str, plan: Plan[str, str], state: str) -> tuple[Change, ...]:
        return plan.changes if state else ()

    def shown(self, desired: str, state: str) -> str:
        return f"{desired} {state}"

    def managed(self, desired: str, state: str) -> tuple[str, dict[str, Any]]:
        return f"thing/{desired}", {"state": state}


def listing(*found: tuple[int, str]) -> list[Any]:
    """The requests for a list of one page."""
    size = ("per_page", "100")
    items = [wire_extension(number, name) for number, name in found]
    path = "/client/@me/extension/"
    return [get(path, items, query=[("page", "1"), size]), get(path, [], query=[("page", "2"), size])]


class TestEngine:
    """When there is a second try, and when not."""

    MISSING = {"message": "Not found"}

    def runs(self, *exchanges: Any, numbers: tuple[str, ...] = ("101", "102")) -> list[dict[str, Any]]:
        """The results of these runs over one connection; the script has to be used up."""
        script = Script(*exchanges)
        connections = Connections(lambda _settings: script)
        thing = Thing()
        results = [
            execute(thing, module_options(thing, number=number), check_mode=False, connections=connections).result
            for number in numbers
        ]
        assert not script.rest
        return results

    def test_a_second_try_after_a_404(self) -> None:
        _first, second = self.runs(
            *listing((1, "0*101"), (2, "0*102")), get("/thing/1", ""),
            get("/thing/2", self.MISSING, 404), *listing((1, "0*101"), (3, "0*102")), get("/thing/3", ""),
        )  # fmt: skip
        assert (second["changed"], second["thing"]) == (False, "3 ")
        assert second["requests"]["GET"] == 4

    def test_no_third_try(self) -> None:
        _first, second = self.runs(
            *listing((1, "0*101"), (2, "0*102")), get("/thing/1", ""),
            get("/thing/2", self.MISSING, 404), *listing((1, "0*101"), (2, "0*102")),
            get("/thing/2", self.MISSING, 404),
        )  # fmt: skip
        assert second["error"]["kind"] == "not_found"

    def test_no_second_try_with_a_list_of_this_run(self) -> None:
        (first,) = self.runs(*listing((1, "0*101")), get("/thing/1", self.MISSING, 404), numbers=("101",))
        assert first["error"]["kind"] == "not_found"

    def test_no_second_try_after_a_write(self) -> None:
        _first, second = self.runs(
            *listing((1, "0*101"), (2, "0*102")), get("/thing/1", ""),
            get("/thing/2", "there"), delete("/thing/2"), get("/thing/2", self.MISSING, 404),
        )  # fmt: skip
        assert second["error"]["kind"] == "not_found"
        assert second["changed"] is True
        assert second["changes"]

    def test_a_write_that_was_refused_is_none(self) -> None:
        _first, second = self.runs(
            *listing((1, "0*101"), (2, "0*102")), get("/thing/1", ""),
            get("/thing/2", "there"), delete("/thing/2", self.MISSING, 404), *listing((3, "0*102")),
            get("/thing/3", "there"), delete("/thing/3"), get("/thing/3", ""),
        )  # fmt: skip
        assert second["changed"] is True
        assert [change["address"] for change in second["changes"]] == ["thing/3"]

    def test_nothing_of_the_first_try_is_in_the_result(self) -> None:
        _first, second = self.runs(
            *listing((1, "0*101"), (2, "0*102")), get("/thing/1", ""),
            get("/thing/2", "there"), delete("/thing/2", self.MISSING, 404), *listing((1, "0*101")),
        )  # fmt: skip
        assert second["msg"] == "no extension 102."
        assert not {"changes", "diff", "thing"} & second.keys()

    def test_another_error_is_no_reason(self) -> None:
        _first, second = self.runs(
            *listing((1, "0*101"), (2, "0*102")), get("/thing/1", ""), get("/thing/2", {"message": "no"}, 403)
        )
        assert second["error"]["kind"] == "forbidden"

    def test_connections_do_not_share_what_they_read(self) -> None:
        scripts = [Script(*listing((1, "0*101")), get("/thing/1", "")) for _ in range(2)]
        rest = list(scripts)
        connections = Connections(lambda _settings: rest.pop(0))
        thing = Thing()
        for application in ("one", "two"):
            options = module_options(thing, number="101", application_id=application)
            assert not execute(thing, options, check_mode=False, connections=connections).failed
        assert not any(script.rest for script in scripts)


class TestReading:
    """Modules that read show what is there now, whatever an earlier item read."""

    def test_extension_info(self) -> None:
        pbx = Pbx()
        connections = connected(pbx)
        pbx.values[1] = {"status": "blocked"}
        result = read(ExtensionInfo(), connections, extensions=["101"]).result
        assert [(item["number"], item["status"]) for item in result["extensions"]] == [("101", "blocked")]
        assert pbx.journal == ["GET extension/1"]

    def test_extension_info_with_a_list_of_its_own_needs_no_more(self) -> None:
        pbx = Pbx()
        result = read(ExtensionInfo(), Connections(lambda _settings: pbx), extensions=["102", "101"]).result
        assert [item["id"] for item in result["extensions"]] == [1, 2]
        assert pbx.journal == [LIST, "GET extension/, page 2"]

    def test_extension_info_of_a_number_that_got_another_id(self) -> None:
        pbx = Pbx()
        connections = connected(pbx)
        del pbx.names[1]
        pbx.names[11] = "000*101"
        result = read(ExtensionInfo(), connections, extensions=["101"]).result
        assert [item["id"] for item in result["extensions"]] == [11]
        assert pbx.lists == 1

    def test_all_bundles_are_those_of_the_phones_that_exist_now(self) -> None:
        pbx = Pbx()
        connections = connected(pbx)
        pbx.names = {1: "000*101", 2: "000*102", 9: "000*109"}
        result = read(ExtensionsBundleInfo(), connections, concurrency=1).result
        assert [(item["extension"], item["members"], item["member_of"]) for item in result["bundles"]] == [
            ("101", ["102"], None), ("102", [], 1), ("109", [], None),
        ]  # fmt: skip
        assert pbx.lists == 1

    def test_a_bundle_of_a_number_that_got_another_id(self) -> None:
        pbx = Pbx(hides=True)
        connections = connected(pbx)
        pbx.bundles.clear()
        del pbx.names[1]
        pbx.names[11] = "000*101"
        result = read(ExtensionsBundleInfo(), connections, extensions=["101"]).result
        assert [item["extension_id"] for item in result["bundles"]] == [11]

    def test_registrations_of_a_number_that_got_another_id(self) -> None:
        block = "/extension/registration/"
        found = [{"extension_id": 11, "registered": False, "registrations": []}]
        script = Script(
            *listing((1, "0*101")), get(block, [{**found[0], "extension_id": 1}], query=[("extension_id", "1")]),
            get(block, [], query=[("extension_id", "1")]), *listing((11, "0*101")),
            get(block, found, query=[("extension_id", "11")]),
        )  # fmt: skip
        connections = Connections(lambda _settings: script)
        for extension_id in (1, 11):
            result = read(ExtensionRegistrationInfo(), connections, extensions=["101"]).result
            assert [(item["extension_id"], item["extension"]) for item in result["registrations"]] == [
                (extension_id, "101")
            ]
        assert not script.rest
