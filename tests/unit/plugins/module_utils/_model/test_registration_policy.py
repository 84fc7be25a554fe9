# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy on registrations: what breaks a rule, what goes, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Registration, RegistrationInfo
from ansible_collections.ringme.pbx.plugins.module_utils._model.registration_policy import RegistrationPolicy, expiry

NETWORK, DEVICE, CROWD, OFFLINE = "REG-001", "REG-002", "REG-003", "REG-004"
GOOD, BAD, VAGUE = "192.0.2.7:5060", "203.0.113.77:5060", "unknown"


def policy(**options: Any) -> RegistrationPolicy:
    """A policy of options; networks and devices are those of GOOD and Yealink unless given."""
    usual = {"allowed_networks": ["192.0.2.0/24"], "allowed_devices": ["^Yealink"]}
    return RegistrationPolicy.check({**usual, **options})


def entry(
    identifier: str, device: str = "Yealink", address: str = GOOD, expires: int | str | None = 600
) -> Registration:
    """One registration."""
    return Registration(identifier, device, f"sip:{address}", "sip:7@10.0.0.5", expires)


def info(*entries: Registration, registered: bool | None = None) -> RegistrationInfo:
    """An extension; live when it has entries."""
    return RegistrationInfo(7, bool(entries) if registered is None else registered, entries)


def broken(rules: RegistrationPolicy, *entries: Registration) -> dict[str, list[str]]:
    """The ids of the broken rules for each registration."""
    return {
        verdict.entry.registration_id: [rule.id for rule in verdict.broken] for verdict in rules.judge(info(*entries))
    }


def going(rules: RegistrationPolicy, *entries: Registration) -> list[str]:
    """The ids of the registrations that go."""
    return [verdict.entry.registration_id for verdict in rules.judge(info(*entries)) if verdict.goes]


# --- single rules ---


@pytest.mark.parametrize(
    ("address", "networks", "rules"),
    [
        ("192.0.2.7:5060", ["192.0.2.0/24"], []),
        ("192.0.2.7", ["192.0.2.7"], []),
        ("192.0.3.7:5060", ["192.0.2.0/24"], [NETWORK]),
        ("10.0.0.7:5060", ["192.0.2.0/24"], [NETWORK]),
        ("10.0.0.7:5060", {"lan": ["10.0.0.0/8"]}, []),
        ("[2001:db8::5]:5060", ["192.0.2.0/24", "2001:db8::/32"], []),
        ("[2001:db9::5]:5060", {"a": ["192.0.2.0/24"], "b": ["2001:db8::/32"]}, [NETWORK]),
        ("[::ffff:192.0.2.7]:5060", ["192.0.2.0/24"], []),
    ],
)
def test_network(address: str, networks: Any, rules: list[str]) -> None:
    assert broken(policy(allowed_networks=networks), entry("a", address=address)) == {"a": rules}


@pytest.mark.parametrize(
    ("device", "patterns", "rules"),
    [
        ("Yealink SIP-T46G", ["^Yealink"], []),
        ("Yealink SIP-T46G", ["T46"], []),
        ("friendly-scanner", ["^Yealink", "snom"], [DEVICE]),
        ("not a Yealink", ["^Yealink"], [DEVICE]),
        ("", ["^$"], []),
    ],
)
def test_device(device: str, patterns: list[str], rules: list[str]) -> None:
    assert broken(policy(allowed_devices=patterns), entry("a", device=device)) == {"a": rules}


@pytest.mark.parametrize("address", [GOOD, BAD, VAGUE])
@pytest.mark.parametrize("device", ["Yealink", "scanner", ""])
def test_a_rule_that_is_not_given_is_not_broken(address: str, device: str) -> None:
    seen = entry("a", device, address)
    assert broken(RegistrationPolicy(most=1), seen) == {"a": []}
    assert RegistrationPolicy(most=1).findings(info(seen), "registration/7", "7", False) == []
    assert RegistrationPolicy(most=1).health(info(seen)) == "compliant"


# --- too many: who may stay ---


@pytest.mark.parametrize(
    ("entries", "over"),
    [
        ([entry("a", expires=10), entry("b", expires=20)], ["a"]),
        ([entry("a", expires=20), entry("b", expires=10)], ["b"]),
        ([entry("a", expires=20, device="x"), entry("b", expires=10)], ["a"]),
        ([entry("a", expires=20, address=BAD), entry("b", expires=10)], ["a"]),
        ([entry("a", device="x", expires=1), entry("b", address=BAD, expires=2)], ["a"]),
        # Equal or no expiry: the greater id is the newer.
        ([entry("a", expires=5), entry("b", expires=5)], ["a"]),
        ([entry("b", expires=None), entry("a", expires=None)], ["a"]),
        ([entry("b", expires="soon"), entry("a", expires="later")], ["a"]),
        ([entry("z", expires=None), entry("a", expires=1)], ["z"]),
        ([entry("z", expires="2026-11-22 10:00:00"), entry("a", expires="2026-11-22 10:00:01")], ["z"]),
        ([entry("z", expires="2026-11-22T13:00:00+03:00"), entry("a", expires="2026-11-22T10:00:01Z")], ["z"]),
        ([entry("a", expires=9), entry("b", expires=10), entry("c", expires=100)], ["a", "b"]),
        ([entry("a", expires="9"), entry("b", expires="10")], ["a"]),
        # What cannot be judged takes no place of another, and is not counted either.
        ([entry("a", address=VAGUE, expires=20), entry("b", expires=10)], []),
        ([entry("a", address=VAGUE, expires=20), entry("b", device="x", expires=10)], []),
        ([entry("a", device="", expires=20), entry("b", expires=10), entry("c", expires=5)], ["c"]),
    ],
)
def test_who_is_one_too_many(entries: list[Registration], over: list[str]) -> None:
    verdicts = broken(policy(max_registrations=1), *entries)
    assert [key for key, rules in sorted(verdicts.items()) if CROWD in rules] == over
    assert verdicts == broken(policy(max_registrations=1), *reversed(entries))


def test_as_many_as_are_allowed_break_nothing() -> None:
    entries = [entry(name, expires=number) for number, name in enumerate("abc")]
    assert broken(policy(max_registrations=3), *entries) == {"a": [], "b": [], "c": []}
    assert broken(policy(max_registrations=2), *entries) == {"a": [CROWD], "b": [], "c": []}
    assert broken(policy(), *entries) == {"a": [], "b": [], "c": []}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (699, 699),
        (0, 0),
        (-3, -3),
        (None, None),
        ("699", 699),
        (" 699 ", 699),
        ("1970-01-01 00:01:00", 60),
        ("1970-01-01T00:01:00Z", 60),
        ("1970-01-01 00:01:00 UTC", 60),
        ("1970-01-01 00:01:00utc", 60),
        ("1970-01-01T03:01:00+03:00", 60),
        ("1970-01-02", 86400),
        ("soon", None),
        ("", None),
        ("-1", None),
        ("٦٩٩", None),
        ("1" * 19, None),
        ("1" * 5000, None),
        ("2026-13-01 00:00:00", None),
    ],
)
def test_expiry(value: int | str | None, number: float | None) -> None:
    assert expiry(value) == number


LIKE_DATES = st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}([+-][0-9]{2}:[0-9]{2}|Z| UTC)?")


@given(value=st.text(max_size=30) | LIKE_DATES)
def test_any_text_has_an_expiry_or_none(value: str) -> None:
    found = expiry(value)
    assert found is None or isinstance(found, (int, float))


@given(moments=st.lists(st.datetimes(), min_size=2, max_size=2))
def test_later_dates_expire_later(moments: list[Any]) -> None:
    first, second = (moment.replace(microsecond=0) for moment in moments)
    ages = [expiry(moment.isoformat(sep=" ")) for moment in (first, second)]
    assert None not in ages
    assert (ages[0] < ages[1]) is (first < second)  # type: ignore[operator]


# --- who goes ---


@pytest.mark.parametrize(
    ("min_rules", "gone"),
    [
        (None, ["network", "network-device"]),
        (1, ["device", "network", "network-device"]),
        (2, ["network-device"]),
        (3, []),
    ],
)
def test_min_rules(min_rules: int | None, gone: list[str]) -> None:
    entries = [
        entry("device", device="x"),
        entry("good"),
        entry("network", address=BAD),
        entry("network-device", "x", BAD),
    ]
    assert going(policy(min_rules=min_rules), *entries) == gone


@pytest.mark.parametrize(
    ("min_rules", "gone"),
    [
        (None, ["device", "old", "three"]),
        (1, ["device", "old", "three"]),
        (2, ["device", "three"]),
        (3, ["three"]),
        (4, []),
    ],
)
def test_min_rules_and_too_many(min_rules: int | None, gone: list[str]) -> None:
    entries = [entry("device", "x"), entry("new", expires=9), entry("old", expires=1), entry("three", "x", BAD)]
    assert sorted(going(policy(min_rules=min_rules, max_registrations=1), *entries)) == gone


@pytest.mark.parametrize("min_rules", [None, 1])
def test_what_cannot_be_read_is_no_reason(min_rules: int | None) -> None:
    vague = [entry("a", address=VAGUE), entry("b", device=" "), entry("c", "", VAGUE), entry("d", address="")]
    assert going(policy(min_rules=min_rules, max_registrations=1), *vague) == []
    assert going(policy(min_rules=min_rules), entry("a", "", BAD)) == ["a"]
    assert going(policy(min_rules=min_rules), entry("a", "x", VAGUE)) == ([] if min_rules is None else ["a"])


def test_expired_registrations_break_nothing() -> None:
    rules = policy(max_registrations=1)
    stale = info(entry("a", "x", BAD), entry("b", "x", BAD), registered=False)
    assert rules.judge(stale) == ()
    assert rules.findings(stale, "registration/7", "7", False) == []


@pytest.mark.parametrize(
    ("options", "can"),
    [
        ({"allowed_networks": ["192.0.2.0/24"]}, True),
        ({"allowed_devices": ["x"]}, False),
        ({"allowed_devices": ["x"], "min_rules": 1}, True),
        ({"max_registrations": 1}, True),
        ({"max_registrations": 1, "min_rules": 2}, False),
        ({"max_registrations": 1, "allowed_devices": ["x"], "min_rules": 2}, True),
        ({"max_registrations": 1, "allowed_devices": ["x"], "min_rules": 3}, False),
        ({}, False),
    ],
)
def test_whether_anything_can_go(options: dict[str, Any], can: bool) -> None:
    assert RegistrationPolicy.check(options).can_remove is can


# --- what is said ---


def findings(rules: RegistrationPolicy, seen: RegistrationInfo, must_register: bool = False) -> list[dict[str, Any]]:
    """The findings of extension 205 in a result."""
    return [finding.as_dict() for finding in rules.findings(seen, "registration/205", "205", must_register)]


def test_findings_of_a_registration() -> None:
    rules = policy(allowed_networks={"office": ["192.0.2.0/24"], "vpn": ["198.51.100.0/24"]})
    network, device = findings(rules, info(entry("a", "friendly-scanner", BAD)))
    assert network == {
        "rule": NETWORK,
        "severity": "critical",
        "address": "registration/205",
        "message": "extension 205: 'friendly-scanner' is registered from 203.0.113.77, which is not in an allowed "
        "network (office, vpn)",
        "hint": network["hint"],
        "option": None,
        "evidence": {"device": "friendly-scanner", "address": "203.0.113.77", "networks": ["office", "vpn"]},
    }
    assert "change the SIP password" in network["hint"]
    assert (device["rule"], device["severity"]) == (DEVICE, "high")
    assert device["message"] == (
        "extension 205: 'friendly-scanner', registered from 203.0.113.77, does not match allowed_devices"
    )
    assert device["evidence"] == {"device": "friendly-scanner", "address": "203.0.113.77"}


def test_a_plain_list_of_networks_is_named_by_its_networks() -> None:
    rules = policy(allowed_networks=["192.0.2.0/24", "2001:DB8::/32"])
    (found,) = findings(rules, info(entry("a", address=BAD)))
    assert found["evidence"]["networks"] == ["192.0.2.0/24", "2001:db8::/32"]
    assert found["message"].endswith("which is not in an allowed network (192.0.2.0/24, 2001:db8::/32)")


def test_unreadable_values_are_a_finding() -> None:
    network, device = findings(policy(), info(entry("a", "", VAGUE)))
    assert "a device without a name is registered from an invalid address" in network["message"]
    assert "; the allowed networks (192.0.2.0/24" in network["message"]
    assert network["evidence"] == {"device": "", "address": None, "networks": ["192.0.2.0/24"]}
    assert device["message"].startswith("extension 205: a device without a name, registered from")
    assert policy().health(info(entry("a", "", VAGUE))) == "violation"


def test_one_finding_for_too_many() -> None:
    (found,) = findings(policy(max_registrations=1), info(*(entry(name) for name in "abc")))
    assert (found["rule"], found["severity"]) == (CROWD, "medium")
    assert found["message"] == "extension 205: 3 devices are registered; max_registrations allows 1"
    assert found["evidence"] == {"registered": 3, "max_registrations": 1}


@pytest.mark.parametrize(
    ("seen", "must", "found"),
    [
        (info(), True, True),
        (info(), False, False),
        (info(entry("a"), registered=False), True, True),
        (info(entry("a")), True, False),
        (info(registered=True), True, False),
    ],
)
def test_offline(seen: RegistrationInfo, must: bool, found: bool) -> None:
    said = findings(policy(), seen, must)
    assert [(item["rule"], item["severity"]) for item in said] == ([(OFFLINE, "high")] if found else [])


def test_findings_are_sorted_and_do_not_depend_on_what_changes_by_itself() -> None:
    rules = policy(max_registrations=1)
    seen = [entry("a", "x", BAD, 1), entry("b", "y", "198.51.100.3:9", 2), entry("c", "", VAGUE, 3)]
    moved = [
        replace(item, registration_id=f"new-{number}", expires=None, contact_address="sip:elsewhere")
        for number, item in enumerate(reversed(seen))
    ]
    moved = [replace(item, real_address=item.real_address.replace(":5060", ":6").replace(":9", ":7")) for item in moved]
    said = findings(rules, info(*seen))
    assert said == findings(rules, info(*moved))
    assert [item["rule"] for item in said] == [NETWORK] * 3 + [DEVICE] * 3 + [CROWD]
    json.dumps(said)


@pytest.mark.parametrize(
    ("seen", "health"),
    [
        (info(), "offline"),
        (info(entry("a", "x", BAD), registered=False), "stale_only"),
        (info(entry("a")), "compliant"),
        (info(registered=True), "compliant"),
        (info(entry("a", address=BAD)), "violation"),
        (info(entry("a", "x")), "violation"),
        (info(entry("a"), entry("b")), "violation"),
        (info(entry("a"), entry("b", address=VAGUE)), "violation"),
    ],
)
def test_health(seen: RegistrationInfo, health: str) -> None:
    assert policy(max_registrations=1).health(seen) == health


# --- options ---


@pytest.mark.parametrize(
    ("options", "option", "problem"),
    [
        ({"allowed_networks": []}, "allowed_networks", "is empty"),
        ({"allowed_networks": {}}, "allowed_networks", "is empty"),
        ({"allowed_networks": {"office": []}}, "allowed_networks.office", "is empty"),
        ({"allowed_networks": "192.0.2.0/24"}, "allowed_networks", "is not a list"),
        ({"allowed_networks": 5}, "allowed_networks", "is not a list"),
        ({"allowed_networks": {"office": "192.0.2.0/24"}}, "allowed_networks.office", "is not a list"),
        ({"allowed_networks": {"office": None}}, "allowed_networks.office", "is not a list"),
        ({"allowed_networks": ["192.0.2.0/33"]}, "allowed_networks[0]", "is not a valid network"),
        ({"allowed_networks": ["192.0.2.0/24", 5]}, "allowed_networks[1]", "is not a valid network"),
        ({"allowed_networks": ["192.0.2.0/24", ""]}, "allowed_networks[1]", "is not a valid network"),
        (
            {"allowed_networks": {"vpn": ["::/0"], "office": ["192.0.2.0/24", "192.0.2.1/24"]}},
            "allowed_networks.office[1]",
            "bits",
        ),
        ({"allowed_networks": {1: ["x"]}}, "allowed_networks.1[0]", "is not a valid network"),
        ({"allowed_devices": []}, "allowed_devices", "is empty"),
        ({"allowed_devices": ["x", ""]}, "allowed_devices[1]", "is empty"),
        ({"allowed_devices": ["x", "("]}, "allowed_devices[1]", "not a valid regular expression"),
        ({"allowed_devices": ["a{99999999999999999999}"]}, "allowed_devices[0]", "not a valid regular expression"),
        ({"max_registrations": 0}, "max_registrations", "out of range"),
        ({"min_rules": 0}, "min_rules", "out of range"),
        ({"min_rules": -1}, "min_rules", "out of range"),
    ],
)
def test_bad_options(options: dict[str, Any], option: str, problem: str) -> None:
    with pytest.raises(OptionError) as caught:
        RegistrationPolicy.check(options)
    assert caught.value.option == option
    assert problem in caught.value.problem
    assert caught.value.details.hint


# --- whatever is registered ---

ENTRIES = st.lists(
    st.builds(
        entry,
        st.text("0123456789abcdef", min_size=1, max_size=3),
        st.sampled_from(["Yealink SIP", "scanner", ""]),
        st.sampled_from([GOOD, BAD, "[2001:db8::1]:5060", VAGUE, ""]),
        st.integers(0, 5) | st.none() | st.sampled_from(["1", "soon", "2026-11-22 10:00:00", "2026-11-22T10:00:00Z"]),
    ),
    max_size=7,
    unique_by=lambda item: item.registration_id,
)
POLICIES = st.builds(
    RegistrationPolicy.check,
    st.fixed_dictionaries(
        {},
        optional={
            "allowed_networks": st.sampled_from([["192.0.2.0/24"], {"a": ["192.0.2.0/24"], "b": ["2001:db8::/32"]}]),
            "allowed_devices": st.sampled_from([["^Yealink"], ["^Yealink", "^$"]]),
            "max_registrations": st.integers(1, 3),
            "min_rules": st.integers(1, 4),
        },
    ),
)


def _violated(rules: RegistrationPolicy, item: Registration) -> tuple[set[str], bool]:
    """The rules that a registration violates, calculated differently from the policy, and whether all could be read."""
    found, readable = set(), True
    if rules.allowed is not None:
        known = {GOOD: True, BAD: False, "[2001:db8::1]:5060": "b" in rules.allowed.names}
        inside = known.get(item.real_address.removeprefix("sip:"))
        readable = inside is not None
        if inside is False:
            found.add(NETWORK)
    if rules.devices is not None and not any(pattern.matches(item.device) for pattern in rules.devices):
        if item.device:
            found.add(DEVICE)
        else:
            readable = False
    return found, readable


@given(rules=POLICIES, entries=ENTRIES)
def test_nothing_goes_without_enough_reasons(rules: RegistrationPolicy, entries: list[Registration]) -> None:
    for verdict in rules.judge(info(*entries)):
        own, readable = _violated(rules, verdict.entry)
        reasons = {rule.id for rule in verdict.broken}
        assert reasons - {CROWD} == own
        if not readable:
            assert CROWD not in reasons
        enough = len(reasons) >= (rules.min_rules or 1) and (rules.min_rules is not None or reasons != {DEVICE})
        assert verdict.goes is enough
    over = [verdict for verdict in rules.judge(info(*entries)) if CROWD in {rule.id for rule in verdict.broken}]
    assert len(over) <= max(0, len(entries) - (rules.most or len(entries)))


def _blameless(rules: RegistrationPolicy, entries: Sequence[Registration]) -> list[Registration]:
    return [item for item in entries if _violated(rules, item) == (set(), True)]


@given(rules=POLICIES, entries=ENTRIES)
def test_the_newest_blameless_one_stays(rules: RegistrationPolicy, entries: list[Registration]) -> None:
    blameless = _blameless(rules, entries)
    gone = going(rules, *entries)
    stay = [item for item in blameless if item.registration_id not in gone]
    readable = [item for item in blameless if expiry(item.expires) is not None]
    if blameless:
        assert stay
    if readable:
        last = max(expiry(item.expires) or 0 for item in readable)
        assert any(expiry(item.expires) == last for item in stay)
    assert len(stay) >= min(len(blameless), rules.most or len(blameless))


@given(rules=POLICIES, entries=ENTRIES, data=st.data())
def test_one_pass_is_enough_and_the_order_of_the_response_means_nothing(
    rules: RegistrationPolicy, entries: list[Registration], data: st.DataObject
) -> None:
    gone = going(rules, *entries)
    assert sorted(going(rules, *data.draw(st.permutations(entries)))) == sorted(gone)
    assert going(rules, *(item for item in entries if item.registration_id not in gone)) == []


@given(rules=POLICIES, entries=ENTRIES)
def test_health_and_findings_agree(rules: RegistrationPolicy, entries: list[Registration]) -> None:
    seen = info(*entries, registered=True)
    assert (rules.health(seen) == "violation") is bool(rules.findings(seen, "registration/7", "7", True))
    assert rules.findings(replace(seen, registered=False), "registration/7", "7", False) == []
