# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client's whole list: what it costs, what is found before anything is written, limits, and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from support.component.bundle_client import ARGS, BEFORE, MOVES, PHONES, BundleClient, id_of, seed
from support.component.resource_runner import Ran

OTHERS = {"500": "ivr", "600": "queue"}
SMALL = {"101": ("111", "112"), "102": ("121",)}
SMALL_PHONES = ("101", "102", "103", "104", "111", "112", "113", "121", "122")


@pytest.fixture(name="client")
def _client() -> Iterator[BundleClient]:
    """A client with two bundles, three phones in none, a voice menu and a queue."""
    made = BundleClient(seed(SMALL_PHONES, SMALL, OTHERS, blocked=["113"]))
    yield made
    made.runner.close()


def args(*entries: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Options without the reading of side effects."""
    return {"bundles": list(entries), "side_effects": "ignore", **more}


def of(main: Any, *members: Any, **more: Any) -> dict[str, Any]:
    """An entry by number."""
    return {"extension": main, **({"members": list(members)} if members else {}), **more}


def asked(ran: Ran) -> Counter[str]:
    """The requests by their kind: list, extension, phone, bundle, and the writes by their method."""
    found: Counter[str] = Counter()
    for line in ran.sent:
        method, path = line.split()
        if method != "GET":
            found[method] += 1
        elif path.endswith("/extension/"):
            found["list"] += 1
        else:
            found[{"phone": "phone", "extensions_bundle": "bundle"}.get(_kind(path), "extension")] += 1
    return found


def _kind(path: str) -> str:
    parts = path.strip("/").split("/")
    return parts[2] if parts[0] == "client" else parts[-1]


def findings(ran: Ran) -> list[tuple[str, str]]:
    """The paths of the findings of a failure, and their texts; the message has the first ten."""
    assert ran.failed and not ran.writes and not ran.changed
    found = ran.result["findings"]
    assert all(finding["message"] in ran.msg for finding in found[:10])
    assert len(found) <= 10 or f"and {len(found) - 10} more" in ran.msg
    for finding in found:
        assert finding["hint"]
        assert finding["rule"] == "BND-002" and finding["severity"] == "critical"
    return [(finding["option"], finding["message"]) for finding in ran.result["findings"]]


# --- what it costs


def test_an_unchanged_list_costs_its_pages_and_one_get_for_each_main(client: BundleClient) -> None:
    ran = client.run(args(of("101", "112", "111"), of("102", "121"), of("103", state="absent")))
    assert not ran.failed and not ran.changed
    assert asked(ran) == {"list": 2, "bundle": 3}
    assert ran.result["requests"] == {"GET": 5, "POST": 0, "PUT": 0, "DELETE": 0, "token": 1}


@pytest.mark.parametrize(("phones", "pages"), [(99, 1), (100, 1), (101, 2), (250, 3)])
def test_the_list_is_read_page_by_page_once(phones: int, pages: int) -> None:
    numbers = [str(number) for number in range(101, 101 + phones)]
    client = BundleClient(seed(numbers, {"101": ["102"]}))
    ran = client.run(args(of("101", "102")))
    assert asked(ran) == {"list": pages + 1, "bundle": 1}


def test_prune_costs_one_get_for_each_phone(client: BundleClient) -> None:
    ran = client.run(args(of("101", "111", "112"), of("102", "121"), prune=True))
    assert not ran.failed and not ran.changed
    assert asked(ran) == {"list": 2, "bundle": len(SMALL_PHONES)}  # none for the menu and the queue


def test_a_join_costs_one_get_and_its_side_effects_one_for_each_phone(client: BundleClient) -> None:
    ran = client.run({"bundles": [of("101", "111", "112", "104"), of("103", "122")], "side_effects": "report"})
    assert not ran.failed, ran.result
    # All phones that are in no bundle, because two join, and before a write the bundle again. The list has the values
    # of the extensions; those of the phones need a GET each.
    assert asked(ran) == {"list": 2, "bundle": len(SMALL_PHONES) - 2 + 2, "phone": 4, "POST": 2}
    ignoring = client.run(args(of("102", "121", "113")), check=True)
    assert asked(ignoring) == {"list": 2, "bundle": len(SMALL_PHONES) - 1}


def test_ids_alone_read_no_list_in_the_module_for_one_bundle(client: BundleClient) -> None:
    from support.component.scenarios import BUNDLE

    by_id = client.runner(BUNDLE, {"extension_id": id_of("101"), "bundle_list": [id_of("111"), id_of("112")]})
    assert by_id.sent == [f"GET /client/@me/extensions_bundle/{id_of('101')}"]
    by_number = client.runner(BUNDLE, {"extension": "101", "bundle_list": [id_of("111"), id_of("112")]})
    assert asked(by_number) == {"list": 2, "bundle": 1}


def test_a_loop_over_one_client_reads_its_list_once(client: BundleClient) -> None:
    first = client.run(args(of("101", "111", "112")))
    second = client.run(args(of("102", "121")), loop=True)
    third = client.run(args(of("103", state="absent")), loop=True)
    assert [asked(ran)["list"] for ran in (first, second, third)] == [2, 0, 0]
    assert not any(ran.failed or ran.changed for ran in (first, second, third))
    assert [ran.tokens for ran in (first, second, third)] == [1, 0, 0]


def test_an_extension_created_again_between_two_items_is_read_again(client: BundleClient) -> None:
    assert not client.run(args(of("101", "111", "112"))).failed
    client.simulator.state.remove_extension(id_of("104"))
    client.simulator.state.add_extension(901, "104", 77_104)
    ran = client.run(args(of("103", "104")), loop=True)
    assert not ran.failed, ran.result
    assert asked(ran)["list"] == 2
    assert client.simulator.state.bundle(id_of("103")) == [77_104]
    assert ran.result["bundles"][0]["bundle_list"] == [77_104]
    again = client.run(args(of("103", "104")), loop=True)
    assert not again.changed and asked(again)["list"] == 0


def test_an_extension_that_came_later_is_found_by_a_further_item(client: BundleClient) -> None:
    assert not client.run(args(of("101", "111", "112"))).failed
    client.simulator.state.add_extension(901, "105", 77_105)
    ran = client.run(args(of("103", "105")), loop=True)
    assert not ran.failed and asked(ran)["list"] == 2
    unknown = client.run(args(of("103", "199")), loop=True)
    assert unknown.failed and asked(unknown)["list"] == 2, "it reads the list again once, and not more often"


# --- what contradicts itself: all of it at once, and nothing is sent


def test_offline_findings_come_all_at_once_and_send_nothing(client: BundleClient) -> None:
    ran = client.run(
        args(
            of("101", "111", "101", "111"),
            of("102", "111", "103"),
            of("103", "121", "0009*101"),
            of("101", "122"),
            of("104"),
            of("111", "122", state="absent"),
            {"extension": "112", "extension_id": 5, "members": ["122"]},
            {"members": ["122"]},
            {"extension": "113", "members": ["abc", "+7", "5"]},
            {"extension_id": 0, "bundle_list": [1]},
            {"extension": "122", "members": ["121"], "bundle_list": [9]},
        )
    )
    assert ran.kind == "options" and ran.sent == [] and ran.tokens == 0
    found = findings(ran)
    places = [place for place, _message in found]
    assert places == sorted(places, key=lambda place: [int(n) for n in _numbers(place)])
    for place, words in (
        ("bundles[0].members[1]", "main extension of this bundle"),
        ("bundles[0].members[2]", "more than once"),
        ("bundles[1].members[0]", "also in the bundle of 101"),
        ("bundles[1].members[1]", "is also a main extension"),
        ("bundles[2].members[1]", "is also a main extension"),
        ("bundles[3].extension", "already has an entry, bundles[0]"),
        ("bundles[4].members", "has no members"),
        ("bundles[5].members", "state is absent"),
        ("bundles[6]", "has extension and extension_id"),
        ("bundles[7]", "has no main extension"),
        ("bundles[8].members[0]", "'abc'"),
        ("bundles[8].members[1]", "'+7'"),
        ("bundles[8].members[2]", "too short"),
        ("bundles[9].extension_id", "0"),
        ("bundles[10].bundle_list", "is set together with members"),
    ):
        assert any(where == place and words in message for where, message in found), (place, words, found)


def _numbers(place: str) -> list[str]:
    return [part.split("]")[0] for part in place.split("[")[1:]]


def test_check_mode_finds_the_same(client: BundleClient) -> None:
    wrong = args(of("101", "101"), of("102", "111", "111"))
    assert client.run(wrong, check=True).result == client.run(wrong).result


def test_what_the_client_lacks_comes_all_at_once_and_writes_nothing(client: BundleClient) -> None:
    ran = client.run(
        args(
            of("101", "111", "110"),
            of("500", "112"),
            of("102", "600", "1210"),
            {"extension_id": 4712, "bundle_list": [id_of("122"), 99]},
            of("0008*103", "104"),
        )
    )
    found = findings(ran)
    assert ran.kind == "conflict" and asked(ran)["list"] == 2
    for place, words in (
        ("bundles[0].members[1]", "extension 110 no longer exists at client @me; did you mean 111, 112, 113?"),
        ("bundles[1].extension", "is of type ivr, not phone"),
        ("bundles[2].members[0]", "is of type queue, not phone"),
        ("bundles[2].members[1]", "it has 4 digits; numbers of this client have 3"),
        ("bundles[3].extension_id", "no extension with the id 4712"),
        ("bundles[3].bundle_list[1]", "no extension with the id 99"),
        ("bundles[4].extension", "not an extension of this client"),
    ):
        assert any(where == place and words in message for where, message in found), (place, words, found)
    assert len(found) == 7


def test_one_extension_by_two_names_is_found_out(client: BundleClient) -> None:
    ran = client.run(
        args(
            {"extension": "101", "bundle_list": [id_of("103")]},
            {"extension": "103", "bundle_list": [id_of("101"), id_of("122")]},
        )
    )
    assert ran.kind == "conflict" and asked(ran)["list"] == 2
    places = [place for place, message in findings(ran) if ", bundles[" in message]
    assert places == ["bundles[0].bundle_list[0]", "bundles[1].bundle_list[0]"]


def test_live_findings_come_all_at_once_and_write_nothing() -> None:
    client = BundleClient(seed(SMALL_PHONES, {**SMALL, "103": ("113",)}, OTHERS), {"bundle_get_member": "main"})
    ran = client.run(
        args(
            of("104", "111", "102", "122"),  # a member of 101, a main one, and one that is free
            of("121", "112"),  # is itself a member, and wants one of 101
            of("103", "113", ignore=True),
            of("600", "112"),  # not a phone
            of("199", "112"),  # not an extension
        )
    )
    assert ran.kind == "options"  # 112 is listed three times
    ran = client.run(
        args(
            of("104", "111", "102", "122"), of("121", "112"), of("103", ignore=True), of("600", "113"), of("199", "101")
        )
    )
    assert ran.kind == "conflict" and not ran.writes
    found = [message for _place, message in findings(ran)]
    assert sum("600 (id 50600) is of type queue" in message for message in found) == 1
    assert sum("extension 199 no longer exists at client @me" in message for message in found) == 1
    assert sum("is in the bundle of 101 at the PBX; list that bundle without" in message for message in found) == 2
    assert sum("102 (id 50102) is the main extension of a bundle" in message for message in found) == 1
    assert sum("121 is in the bundle of 102 at the PBX" in message for message in found) == 1


def test_an_ignored_bundle_lets_nothing_go(client: BundleClient) -> None:
    ran = client.run(args(of("103", "111"), of("101", ignore=True), prune=True, allow_mismatch=True))
    assert ran.kind == "conflict"
    assert "ignored" in ran.result["findings"][0]["hint"]


# --- prune, ignore, append


def test_prune_removes_what_is_not_listed_and_keeps_what_is_ignored(client: BundleClient) -> None:
    ran = client.run(args(of("101", ignore=True), of("103", "122"), prune=True))
    assert not ran.failed, ran.result
    assert client.bundles(SMALL_PHONES) == {**dict.fromkeys(SMALL_PHONES, ()), "101": ("111", "112"), "103": ("122",)}
    assert [bundle["extension"] for bundle in ran.result["bundles"]] == ["103"]


def test_without_prune_an_unlisted_bundle_is_unchanged(client: BundleClient) -> None:
    assert client.run(args(of("103", "122"))).changed
    assert client.bundles(["101", "102", "103"]) == {**SMALL, "103": ("122",)}


def test_an_empty_list_prunes_only_with_the_option(client: BundleClient) -> None:
    ran = client.run(args(prune=True))
    assert ran.kind == "options" and ran.sent == [] and "allow_empty: true" in ran.msg
    assert not client.run(args()).changed
    ran = client.run(args(prune=True, allow_empty=True))
    assert not ran.failed and [change["action"] for change in ran.result["changes"]] == ["delete"] * 2
    assert not any(client.bundles(SMALL_PHONES).values())


def test_append_adds_and_never_takes_away(client: BundleClient) -> None:
    ran = client.run(args(of("101", "122", append=True), of("103", "104", append=True)))
    assert not ran.failed
    assert client.bundles(["101", "103"]) == {"101": ("111", "112", "122"), "103": ("104",)}
    assert not client.run(args(of("101", "111", append=True))).changed


# --- limits


LARGE = {str(main): (str(main + 100),) for main in range(101, 121)}
LARGE_PHONES = [*LARGE, *(members[0] for members in LARGE.values()), *(str(number) for number in range(301, 331))]


@pytest.fixture(name="large")
def _large() -> Iterator[BundleClient]:
    """A client with twenty bundles of two, and thirty phones in none."""
    made = BundleClient(seed(LARGE_PHONES, LARGE))
    yield made
    made.runner.close()


def listed(change: int = 0, remove: int = 0, size: int = 20, **more: Any) -> dict[str, Any]:
    """The list of ``size`` bundles of which some gain a member and some end."""
    entries = []
    for index, (main, members) in enumerate(list(LARGE.items())[:size]):
        if index < change:
            entries.append(of(main, *members, str(301 + index)))
        elif index < change + remove:
            entries.append(of(main, state="absent"))
        else:
            entries.append(of(main, *members))
    return args(*entries, **more)


@pytest.mark.parametrize(
    ("wish", "rules"),
    [
        (listed(change=6), []),  # 30 % of 20
        (listed(change=7), [("max_changes", 7, 6, "max_changes: 7")]),
        (listed(change=7, max_changes="7"), []),
        (listed(change=7, max_changes=7), []),
        (listed(change=7, max_changes="35%"), []),
        (listed(change=7, max_changes="34%"), [("max_changes", 7, 6, "max_changes: 7")]),
        (listed(change=1, max_changes="0"), [("max_changes", 1, 0, "max_changes: 1")]),
        (listed(remove=5), []),
        (listed(remove=6), [("max_removals", 6, 5, "max_removals: 6")]),
        (listed(remove=6, max_removals="6"), []),
        (listed(remove=6, max_removals="30%"), []),
        (listed(remove=6, max_removals="29%"), [("max_removals", 6, 5, "max_removals: 6")]),
        (listed(remove=7), [("max_changes", 7, 6, "max_changes: 7"), ("max_removals", 7, 5, "max_removals: 7")]),
        (listed(change=9, size=9), []),  # below ten that exist, the defaults and a per cent mean nothing
        (listed(change=9, size=9, max_changes="10%"), []),
        (listed(change=9, size=9, max_changes="8"), [("max_changes", 9, 8, "max_changes: 9")]),
        (listed(change=4, size=10), [("max_changes", 4, 3, "max_changes: 4")]),
        (listed(change=3, size=10), []),
    ],
)
def test_limits(large: BundleClient, wish: dict[str, Any], rules: list[tuple[str, int, int, str]]) -> None:
    for check in (True, False):
        ran = large.run(wish, check=check)
        blocked = [(item["rule"], item["actual"], item["limit"], item["override"]) for item in ran.result["blocked"]]
        assert blocked == rules
        assert ran.failed is bool(rules)
        if rules:
            assert ran.kind == "blocked" and not ran.writes and not ran.changed
            assert "Nothing was changed" in ran.msg and ran.result["changes"]
            for rule, actual, limit, override in rules:
                assert override in ran.msg and f"{rule} allows {limit}" in ran.msg and f"has {actual}" in ran.msg
            for change in ran.result["changes"]:
                assert f"{change['action']} {change['address']} (" in ran.msg, "the plan must be whole"


def test_the_override_lets_this_plan_through_and_no_larger_one(large: BundleClient) -> None:
    over = {item["rule"]: str(item["actual"]) for item in large.run(listed(remove=8), check=True).result["blocked"]}
    assert over == {"max_changes": "8", "max_removals": "8"}
    assert large.run(listed(remove=9, **over)).kind == "blocked"
    ran = large.run(listed(remove=8, **over))
    assert not ran.failed and len(ran.result["outcomes"]) == 8


def test_check_mode_reports_the_verdict_with_the_option(large: BundleClient) -> None:
    wish = listed(change=7, remove=6, blocked_in_check="report")
    looked = large.run(wish, check=True)
    assert not looked.failed and looked.changed
    assert [item["rule"] for item in looked.result["blocked"]] == ["max_changes", "max_removals"]
    assert len(looked.result["changes"]) == 13
    ran = large.run(wish)
    assert ran.kind == "blocked" and not ran.writes
    assert ran.result["blocked"] == looked.result["blocked"]


@pytest.mark.parametrize("value", ["101%", "-1", "many", "1.5", "%", ""])
def test_what_is_no_limit_is_refused_before_any_request(large: BundleClient, value: str) -> None:
    for option in ("max_changes", "max_removals"):
        ran = large.run(listed(**{option: value}))
        assert ran.kind == "options" and ran.sent == [] and option in ran.msg


def test_the_list_of_another_client_is_refused(large: BundleClient) -> None:
    foreign = [of(str(number), str(number + 1)) for number in range(301, 321, 2)]
    wish = args(*foreign, prune=True, max_changes="100", max_removals="100")
    ran = large.run(wish)
    assert ran.kind == "blocked" and not ran.writes
    assert [(item["rule"], item["actual"], item["limit"]) for item in ran.result["blocked"]] == [("mix_up", 0, 10)]
    assert "which may belong to another client" in ran.msg and "allow_mismatch: true" in ran.msg
    half = [of(main, *members) for main, members in list(LARGE.items())[:10]]
    assert not large.run(args(*half, prune=True, max_changes="100", max_removals="100"), check=True).failed
    less = args(*half[:9], prune=True, max_changes="100", max_removals="100")
    assert large.run(less, check=True).result["blocked"][0]["rule"] == "mix_up"
    assert not large.run({**wish, "allow_mismatch": True}).failed


@pytest.mark.parametrize("shared", ["yes", "no"])
def test_the_call_status_is_a_side_effect_where_a_bundle_shares_it(client: BundleClient, shared: str) -> None:
    client.simulator.switches["bundle_overwrites_more"] = shared
    for number, status in (("103", 4), ("122", 3)):
        client.simulator.state.set_phone(id_of(number), call_status_id=status)
    wish = {"bundles": [of("103", "122")], "side_effects": "report"}
    ran = client.run(wish, check=True)
    more = [("122", "call_status_id", 3, 4, True)] if shared == "yes" else []
    names = ("extension", "field", "before", "after", "widening")
    assert [tuple(one[name] for name in names) for one in ran.result["side_effects"]] == more
    assert not client.run(wish).failed
    assert client.simulator.state.phone(id_of("122"))["call_status_id"] == (4 if shared == "yes" else 3)


def test_widening_is_refused_unless_it_is_allowed(client: BundleClient) -> None:
    wish = {"bundles": [of("103", "113")]}  # 113 is blocked, and would be active
    ran = client.run(wish)
    assert ran.kind == "blocked" and not ran.writes
    assert ran.result["blocked"] == [
        {"rule": "widening", "actual": 1, "limit": 0, "override": 'allow_widening: ["113"]'}
    ]
    assert [(one["extension"], one["field"], one["widening"]) for one in ran.result["side_effects"]] == [
        ("113", "status", True)
    ]
    assert "BND-001" in ran.msg and "status: 'blocked' -> 'active'" in ran.msg
    assert client.run({**wish, "allow_widening": ["122"]}).kind == "blocked"
    assert not client.run({**wish, "side_effects": "report"}, check=True).failed
    done = client.run({**wish, "allow_widening": ["113"]})
    assert not done.failed and client.simulator.state.extension(id_of("113"))["status"] == "active"


# --- names


@pytest.mark.parametrize("name", ["101", 101, "0009*101", " 101 ", "101@sip.example.net"])
def test_names_of_one_extension(client: BundleClient, name: Any) -> None:
    ran = client.run(args(of(name, 111, "112")))
    assert not ran.failed and not ran.changed, ran.result
    assert ran.result["bundles"] == [
        {
            "extension": "101", "extension_id": id_of("101"), "members": ["111", "112"],
            "bundle_list": [id_of("111"), id_of("112")], "state": "present",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (8, ("too short", "YAML reads an unquoted 010 as 8")),  # 010
        (65, ("it has 2 digits", "YAML reads an unquoted 010 as 8")),  # 0101
        ("+101", ("'+101' is not a valid number", "no country code")),
        ("1O1", ("'1O1' is not a valid number",)),
        ("reception", ("is not a valid number", "in quotes")),
        ("0008*101", ("not an extension of this client", "0009*101")),
        ("110", ("extension 110 no longer exists at client @me", "did you mean 111, 112, 113?")),
        (50_101, ("50101 is the id of extension 101", "option for ids")),
        ("1010", ("has 4 digits; numbers of this client have 3",)),
    ],
)
@pytest.mark.parametrize("place", ["main", "member"])
def test_names_that_lead_nowhere(client: BundleClient, name: Any, words: tuple[str, ...], place: str) -> None:
    entry = of(name, "122") if place == "main" else of("103", name)
    ran = client.run(args(entry))
    assert ran.kind in ("options", "conflict") and not ran.writes
    assert not [word for word in words if word not in ran.msg], ran.msg
    option = "bundles[0].extension" if place == "main" else "bundles[0].members[0]"
    assert ran.result["findings"][0]["option"] == option


def test_a_number_that_two_extensions_have_is_ambiguous(client: BundleClient) -> None:
    entries = [
        {"id": id_of(number), "name": f"{prefix}*{number}", "type": "phone", "status": "active"}
        for prefix, number in (("0009", "101"), ("0009", "102"))
    ]
    entries.append({"id": 77_101, "name": "0010*101", "type": "phone", "status": "active"})
    client.simulator.faults.add("wrong_shape", path="/extension/$", body=entries)
    ran = client.run(args(of("101", "102")))
    client.simulator.faults.clear()
    assert ran.kind == "conflict" and "101 is ambiguous" in ran.msg
    assert "id 50101" in ran.msg and "id 77101" in ran.msg


# --- how it is applied


@pytest.mark.parametrize("concurrency", [1, 2, 8, 32])
def test_the_result_does_not_depend_on_how_many_are_sent_at_a_time(concurrency: int) -> None:
    client = BundleClient()
    ran = client.run({**ARGS, "concurrency": concurrency, "side_effects": "report"})
    assert not ran.failed
    one = BundleClient().run({**ARGS, "side_effects": "report"})
    assert ran.essence == one.essence and ran.result["outcomes"] == one.result["outcomes"]
    assert Counter(ran.sent) == Counter(one.sent)
    assert ran.tokens == 1


@pytest.mark.parametrize("value", [0, -1, 33])
def test_how_many_at_a_time_is_bounded(client: BundleClient, value: int) -> None:
    ran = client.run(args(of("101", "111", "112"), concurrency=value))
    assert ran.kind == "options" and ran.sent == [] and "1 to 32" in ran.msg


def test_what_is_one_change_is_one_write() -> None:
    client = BundleClient()
    ran = client.run()
    writes = Counter(entry.path.rpartition("/")[2] for entry in ran.writes)
    twice = {number for number, count in writes.items() if count > 1}
    assert set(writes) == {str(id_of(main)) for main in MOVES}
    assert twice == {str(id_of(main)) for main in ("105", "106")}, "only what exchanges members is written twice"
    assert set(PHONES) >= set(BEFORE)
