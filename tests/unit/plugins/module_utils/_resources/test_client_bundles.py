# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client's whole list against a PBX of nine extensions: each branch of planning, limits and results."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._http.run_context import Quota
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles
from ansible_collections.ringme.pbx.tests.unit.helpers.options import module_options
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx


def run(
    pbx: Pbx, *bundles: dict[str, Any], check: bool = False, kept: Connections | None = None, **more: Any
) -> TaskResult:
    """Run client_bundles, one request at a time, without side effects by default."""
    resource = ClientBundles()
    given = {"bundles": list(bundles), "side_effects": "ignore", "concurrency": 1, **more}
    connections = kept or Connections(lambda _settings: pbx)
    return execute(resource, module_options(resource, **given), check_mode=check, connections=connections)


def of(main: str, *members: str, **more: Any) -> dict[str, Any]:
    """An entry by number."""
    return {"extension": main, **({"members": list(members)} if members else {}), **more}


class TestResult:
    """What the result says, in check mode and after a run."""

    def test_in_all_its_keys(self) -> None:
        pbx = Pbx({1: {2, 3}})
        looked = run(pbx, of("101", "102"), of("104", "105"), check=True)
        assert not pbx.writes
        done = run(pbx, of("101", "102"), of("104", "105"))
        assert not done.failed and done.result["changed"] is True
        assert [change["address"] for change in done.result["changes"]] == ["bundle/101", "bundle/104"]
        assert [change["action"] for change in done.result["changes"]] == ["update", "create"]
        assert [change["reversible"] for change in done.result["changes"]] == [True, False]
        assert done.result["diff"] == {
            "before_header": "client @me bundles", "after_header": "client @me bundles",
            "before": {"bundles": {"101": ["102", "103"], "104": []}},
            "after": {"bundles": {"101": ["102"], "104": ["105"]}},
        }  # fmt: skip
        assert [bundle["members"] for bundle in done.result["bundles"]] == [["102"], ["105"]]
        assert done.result["blocked"] == [] and done.result["side_effects"] == []
        same = ("changed", "changes", "diff", "bundles", "side_effects", "blocked")
        assert {key: done.result[key] for key in same} == {key: looked.result[key] for key in same}
        assert looked.result["outcomes"] == [] and len(done.result["outcomes"]) == 2

    def test_equal_bundles_are_not_in_the_diff(self) -> None:
        done = run(Pbx({1: {2}}), of("101", "102"), of("103", state="absent"))
        assert done.result["diff"]["before"] == done.result["diff"]["after"] == {"bundles": {}}
        assert [bundle["state"] for bundle in done.result["bundles"]] == ["present", "absent"]

    def test_a_failure_shows_what_was_done(self) -> None:
        pbx = Pbx(
            {1: {2, 3}, 4: {5}},
            fault=lambda method, number, count: (403, {}) if method == "POST" and number == 1 else None,
        )
        done = run(pbx, of("101", "102"), of("104", "105", "106"))
        assert done.failed and done.result["changed"] is True
        assert [one["status"] for one in done.result["outcomes"]] == ["failed", "verified"]
        assert done.result["error"]["kind"] == "some_failed" and done.result["diff"]["after"]["bundles"]

    def test_read_only_says_what_would_happen(self) -> None:
        pbx = Pbx({1: {2}})
        done = run(pbx, of("101", "103"), read_only=True)
        assert done.result["error"]["kind"] == "read_only" and not pbx.writes
        assert "update bundle/101" in done.result["msg"]


class TestAppend:
    """Members that are not named."""

    def test_stay(self) -> None:
        pbx = Pbx({1: {2, 3}})
        done = run(pbx, of("101", "104", append=True))
        assert not done.failed and pbx.bundles == {1: {2, 3, 4}}
        assert done.result["bundles"][0]["members"] == ["102", "103", "104"]

    def test_of_a_bundle_that_has_all_of_them_nothing_changes(self) -> None:
        pbx = Pbx({1: {2, 3}})
        assert run(pbx, of("101", "103", append=True)).result["changed"] is False and not pbx.writes


class TestPrune:
    """What is not listed."""

    def test_goes_and_only_phones_are_read(self) -> None:
        pbx = Pbx({1: {2}, 4: {5}})
        done = run(pbx, of("101", "102"), prune=True)
        assert not done.failed and pbx.bundles == {1: {2}}
        assert [line for line in pbx.journal if line.startswith("GET extensions_bundle")][:7] == [
            f"GET extensions_bundle/{number}" for number in range(1, 8)
        ]

    def test_sees_phones_that_were_made_since_the_loop_began(self) -> None:
        pbx = Pbx({1: {2}})
        connections = Connections(lambda _settings: pbx)
        assert not run(pbx, of("101", "102"), kept=connections).failed
        pbx.names.update({11: "000*111", 12: "000*112"})
        pbx.bundles[11] = {12}
        done = run(pbx, of("101", "102"), kept=connections, prune=True)
        assert not done.failed and pbx.bundles == {1: {2}}

    def test_stays_where_it_is_ignored(self) -> None:
        pbx = Pbx({1: {2}, 4: {5}})
        assert not run(pbx, of("101", "102"), of("104", ignore=True), prune=True).result["changed"]

    def test_an_empty_list(self) -> None:
        pbx = Pbx({1: {2}})
        refused = run(pbx, prune=True)
        assert refused.result["error"]["kind"] == "options" and not pbx.journal
        assert not run(pbx, prune=True, allow_empty=True).failed and pbx.bundles == {}

    def test_an_empty_list_without_prune_is_nothing(self) -> None:
        assert not run(Pbx({1: {2}})).result["changed"]

    def test_reading_beyond_the_quota_does_not_start(self) -> None:
        pbx = Pbx({1: {2}})
        pbx.fault = lambda method, number, count: None
        resource = ClientBundles()
        options = module_options(resource, bundles=[of("101", "102")], prune=True, concurrency=1, side_effects="ignore")

        class Poor(Pbx):
            """Reports a quota with each response."""

            def send(self, run: Any, *args: Any, **more: Any) -> Any:
                """Answer, and count down."""
                run.quota = Quota(500, 3, 3000)
                return super().send(run, *args, **more)

        poor = Poor({1: {2}})
        done = execute(resource, options, check_mode=False, connections=Connections(lambda _settings: poor))
        assert done.result["error"]["kind"] == "quota"
        assert "needs 7 requests; 3 are left" in done.result["msg"]
        assert not [line for line in poor.journal if "extensions_bundle" in line]


class TestLimits:
    """How much one run may change."""

    LIST = (of("101", state="absent"), of("103", "105"))

    @pytest.mark.parametrize(
        ("limits", "rule", "actual"),
        [
            ({"max_removals": "0"}, "max_removals", 1),
            ({"max_changes": "1"}, "max_changes", 2),
            ({"max_removals": "1", "max_changes": "2"}, None, 0),
        ],
    )
    def test_removals_and_changes_are_counted(self, limits: dict[str, str], rule: str | None, actual: int) -> None:
        pbx = Pbx({1: {2}, 3: {4}})
        done = run(pbx, *self.LIST, **limits)
        assert [(item["rule"], item["actual"]) for item in done.result["blocked"]] == ([(rule, actual)] if rule else [])
        assert done.failed is bool(rule) and bool(pbx.writes) is not bool(rule)


class TestMixUp:
    """The list of another client."""

    def test_less_than_half_is_too_little(self) -> None:
        bundles = {1: {2}, 3: {4}, 5: {6}}
        done = run(Pbx(dict(bundles)), of("107", "101"), prune=True, check=True)
        assert done.result["blocked"] == [
            {"rule": "mix_up", "actual": 1, "limit": 2, "override": "allow_mismatch: true"}
        ]
        assert not run(Pbx(dict(bundles)), of("103", "101"), prune=True, check=True).failed
        assert not run(Pbx(dict(bundles)), of("107", "101"), prune=True, check=True, allow_mismatch=True).failed

    def test_what_is_ignored_counts_as_mentioned(self) -> None:
        done = run(Pbx({1: {2}, 3: {4}}), of("101", ignore=True), of("105", "106"), prune=True, check=True)
        assert not done.failed


class TestLooseEnds:
    """Small things that must not be guessed."""

    @pytest.mark.parametrize("value", [0, 33])
    def test_concurrency(self, value: int) -> None:
        pbx = Pbx()
        assert "1 to 32" in run(pbx, of("101", "102"), concurrency=value).result["msg"] and not pbx.journal

    @pytest.mark.parametrize("hides", [False, True])
    def test_a_404_is_no_bundle_as_long_as_the_extension_is_known(self, hides: bool) -> None:
        pbx = Pbx(hides=hides)
        assert not run(pbx, of("101", "102")).failed and pbx.bundles == {1: {2}}

    def test_a_404_for_an_extension_of_an_earlier_item_is_looked_up_again(self) -> None:
        pbx = Pbx({1: {2}}, hides=True)
        kept = Connections(lambda _settings: pbx)
        assert not run(pbx, of("101", "102"), kept=kept).failed and pbx.lists == 1
        assert not run(pbx, of("103", state="absent"), kept=kept).failed and pbx.lists == 2

    def test_bundles_are_sorted_by_number(self) -> None:
        pbx = Pbx(names={1: "000*109", 2: "000*101", 3: "000*105", 4: "000*102", 5: "000*103", 6: "000*104"})
        done = run(pbx, of("109", "102"), of("101", "103"), check=True)
        assert [bundle["extension"] for bundle in done.result["bundles"]] == ["101", "109"]
