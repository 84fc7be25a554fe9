# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several reports are merged into one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from ansible_collections.ringme.pbx.plugins.plugin_utils._report.build import (
    RunInput,
    build,
    merged_carried,
    merged_clients,
    merged_resolved,
    summed,
)
from ansible_collections.ringme.pbx.plugins.plugin_utils._report.timestamps import stamp
from ansible_collections.ringme.pbx.tests.unit.helpers.reports import problems
from ansible_collections.ringme.pbx.tests.unit.helpers.results import (
    NIGHT,
    Nights,
    built,
    bundles,
    failed,
    host,
    only,
    settings,
)

CLEAN, DRIFTED = settings({"a": 1}), settings({"a": 1}, {"a": 2})


def shard(*hosts: Any, hours: float = 0, **options: Any) -> dict[str, Any]:
    at = NIGHT + timedelta(hours=hours)
    return build(hosts, RunInput(mode="drift", run_id="1", started=at, finished=at, **options)).report


def merged(*reports: Any, **options: Any) -> dict[str, Any]:
    report = built(reports=reports, **options).report
    assert not problems(report)
    return report


def test_two_shards() -> None:
    one, two = (
        shard(host("a", settings=DRIFTED), hours=-2),
        shard(host("b", settings=CLEAN), host("c", settings=None), hours=-1),
    )
    report = merged(one, two)
    assert {client["key"]: client["status"] for client in report["clients"]} == {
        "a": "drift",
        "b": "clean",
        "c": "not_checked",
    }
    assert report["run"]["started"] == stamp(NIGHT - timedelta(hours=2))
    assert report["run"]["requests"] == {"GET": 6, "POST": 0, "PUT": 0, "DELETE": 0, "token": 2}
    assert report["clients"][0]["checked"] == one["run"]["finished"]
    assert (report["totals"]["clients"]["total"], report["exit_code"], report["totals"]["not_checked_share"]) == (
        3,
        1,
        1 / 3,
    )
    assert merged(two, one)["clients"] == report["clients"]


def test_of_a_client_the_last_run_counts() -> None:
    earlier, later = shard(host(settings=DRIFTED), hours=-2), shard(host(settings=CLEAN), hours=-1)
    assert only(merged(earlier, later))["status"] == only(merged(later, earlier))["status"] == "clean"
    assert only(merged(earlier, shard(host(settings=failed("server")), hours=-1)))["status"] == "error"


def test_unreached_clients_hide_nothing() -> None:
    seen, missed = shard(host(settings=DRIFTED), hours=-2), shard(host(settings=None), hours=-1)
    assert only(merged(seen, missed))["status"] == only(merged(missed, seen))["status"] == "drift"
    last = {
        **missed,
        "clients": [{**only(missed), "reason": "the last"}],
        "run": {**missed["run"], "finished": stamp(NIGHT)},
    }
    assert only(merged(missed, last))["reason"] == only(merged(last, missed))["reason"] == "the last"


def test_hosts_of_this_run_come_before_reports() -> None:
    report = built(
        host("a", settings=CLEAN), reports=[shard(host("a", settings=DRIFTED), host("b", settings=DRIFTED))]
    ).report
    assert [client["status"] for client in report["clients"]] == ["clean", "drift"]


def test_ages_stay() -> None:
    nights = Nights()
    nights.run(host(settings=DRIFTED))
    report = merged(nights.run(host(settings=DRIFTED)))
    assert only(report)["changes"][0]["first_seen"] == stamp(NIGHT)


def test_carried_items_of_shards_are_carried() -> None:
    nights = Nights()
    nights.run(host("a", settings=DRIFTED), host("b", settings=DRIFTED), days=-2)
    limited = nights.run(host("b", settings=DRIFTED))
    report = merged(limited)
    assert set(report["carried"]) == {"a"} and report["carried"]["a"]["checked"] == stamp(NIGHT)
    both = merged(limited, shard(host("a", settings=CLEAN)))
    assert both["carried"] == {} and [item["client"] for item in both["resolved"]] == ["a"]
    again = merged(limited, shard(host("a", settings=CLEAN)), previous=both)
    assert again["resolved"] == []


def test_new_and_resolved_items_stay_so() -> None:
    """A report that is only read again, as by the gate, stays the same."""
    nights = Nights()
    nights.run(host("a", settings=DRIFTED), host("b", settings=DRIFTED))
    report = nights.run(host("a", settings=DRIFTED), host("b", settings=CLEAN), host("c", settings=DRIFTED))
    again = merged(report)
    assert again["resolved"] == report["resolved"] and [item["client"] for item in again["resolved"]] == ["b"]
    assert [client["changes"][0]["new"] for client in again["clients"] if client["changes"]] == [False, True]
    assert (again["totals"]["new"], again["totals"]["resolved"]) == (1, 1)
    assert merged(report, previous=again)["totals"]["new"] == 0
    back = merged(report, shard(host("b", settings=DRIFTED), hours=49))
    assert back["resolved"] == [] and [client["changes"][0]["new"] for client in back["clients"]] == [False, True, True]


def test_the_later_look_counts() -> None:
    nights = Nights()
    nights.run(host("a", settings=CLEAN))
    fleet = nights.run()
    nights.run(host("a", settings=CLEAN))
    limited = nights.run(host("b", settings=CLEAN))
    report = merged(limited, previous=fleet)
    assert report["carried"]["a"]["checked"] == stamp(NIGHT + timedelta(days=2))


def test_limits_and_failures_stay() -> None:
    limit = {"rule": "max_removals", "actual": 7, "limit": 5, "override": "max_removals: 7"}
    blocked = shard(host("a", bundles=bundles({}, blocked=[limit])), host("b", settings=failed("server")))
    report = merged(blocked)
    assert [(client["status"], client["reason"]) for client in report["clients"]] == [
        (client["status"], client["reason"]) for client in blocked["clients"]
    ]


def test_a_shard_that_ended_early() -> None:
    early = shard(host(settings=CLEAN), truncated=True)
    assert merged(early)["truncated"] is True
    assert merged(early, expected=1)["truncated"] is False  # no client is missing
    assert merged(early, expected=2)["truncated"] is True


def test_a_merged_client_keeps_its_ledger() -> None:
    known = built(host(settings=CLEAN)).ledger
    assert built(reports=[shard(host(settings=DRIFTED))], ledger=known).ledger == known


def test_reports_stay_as_they_were() -> None:
    given = shard(host(settings=DRIFTED))
    kept = json.dumps(given)
    merged(given, given)
    assert json.dumps(given) == kept


def test_pieces() -> None:
    assert (
        merged_clients([]) == []
        and merged_carried([]) == {}
        and merged_resolved([], [], set()) == []
        and summed([]) == {}
    )
    assert summed([{"GET": 1}, {"GET": 2, "PUT": 0}]) == {"GET": 3, "PUT": 0}
