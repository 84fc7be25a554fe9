# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which registrations are named, and what goes when some are named and some break a policy."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Registration, RegistrationInfo
from ansible_collections.ringme.pbx.plugins.module_utils._model.registration_policy import RegistrationPolicy
from ansible_collections.ringme.pbx.plugins.module_utils._model.registration_selectors import Selectors, judge

GOOD, BAD, VAGUE = "192.0.2.7", "203.0.113.77", "unknown"
NETWORKS = RegistrationPolicy.check({"allowed_networks": ["192.0.2.0/24"]})
SCANNER = Selectors.check({"device": "^scanner"})


def entry(identifier: str, device: str = "Yealink", address: str = GOOD, expires: int = 600) -> Registration:
    """One registration."""
    return Registration(identifier, device, f"sip:{address}:5060", "sip:7@10.0.0.5", expires)


def info(*entries: Registration, registered: bool = True) -> RegistrationInfo:
    """An extension."""
    return RegistrationInfo(7, registered, entries)


def going(
    seen: RegistrationInfo, *named: Selectors, policy: RegistrationPolicy = NETWORKS, removes: bool = True
) -> list[str]:
    """The ids of the registrations that go."""
    return [verdict.entry.registration_id for verdict in judge(seen, named, policy, removes) if verdict.goes]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, ["a", "b", "c"]),
        ({"registration_id": ["b"]}, ["b"]),
        ({"device": "scan"}, ["b", "c"]),
        ({"address": ["203.0.113.0/24", "2001:db8::/32"]}, ["b"]),
        ({"address": ["0.0.0.0/0"]}, ["a", "b"]),
        ({"device": "scan", "address": ["192.0.2.7"]}, []),
        ({"registration_id": ["b", "a"], "device": "^scanner$", "address": [BAD]}, ["b"]),
        ({"registration_id": ["d"]}, []),
        ({"registration_id": ["c", "a"]}, ["a", "c"]),
    ],
)
def test_every_selector_has_to_match(options: dict[str, Any], named: list[str]) -> None:
    entries = [entry("a"), entry("b", "scanner", BAD), entry("c", "scanner", VAGUE)]
    selectors = Selectors.check(options)
    assert [item.registration_id for item in entries if selectors.matches(item)] == named
    assert selectors.selective is bool(options)


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"registration_id": ["a", " "]}, "registration_id[1]"),
        ({"registration_id": []}, "registration_id"),
        ({"device": ""}, "device"),
        ({"device": "("}, "device"),
        ({"address": []}, "address"),
        ({"address": [GOOD, "x"]}, "address[1]"),
    ],
)
def test_what_selects_nothing_is_refused(options: dict[str, Any], option: str) -> None:
    for where in ("", "absent[3]."):
        with pytest.raises(OptionError) as refused:
            Selectors.check(options, where)
        assert refused.value.option == f"{where}{option}" and refused.value.details.hint


def test_what_is_named_and_what_breaks_the_policy_goes_once() -> None:
    seen = info(entry("a"), entry("b", "scanner", BAD), entry("c", address=BAD), entry("d", "scanner"))
    assert going(seen, SCANNER, SCANNER) == ["b", "c", "d"]
    assert going(seen) == ["b", "c"]
    assert going(seen, SCANNER, policy=RegistrationPolicy()) == ["b", "d"]
    assert going(seen, SCANNER, Selectors(), removes=False) == ["a", "b", "c", "d"]


def test_without_removing_only_what_is_named_goes_and_the_verdict_stays() -> None:
    verdicts = judge(info(entry("a", address=BAD), entry("b", "scanner", BAD)), [SCANNER], NETWORKS, False)
    assert [(verdict.goes, [rule.id for rule in verdict.broken]) for verdict in verdicts] == [
        (False, ["REG-001"]), (True, ["REG-001"]),
    ]  # fmt: skip


def test_none_makes_room_for_one_that_goes() -> None:
    seen = info(entry("a", expires=10), entry("b", "scanner", expires=20))
    assert going(seen, policy=RegistrationPolicy(most=1)) == ["a"]
    assert going(seen, SCANNER, policy=RegistrationPolicy(most=1)) == ["b"]


def test_what_has_expired_does_not_go() -> None:
    assert judge(info(entry("a", "scanner", BAD), registered=False), [SCANNER], NETWORKS, True) == ()


def _rest(item: Registration) -> tuple[Any, ...]:
    return item.device, item.real_address, item.contact_address, item.expires


ENTRIES = st.lists(
    st.builds(
        entry,
        st.just(""),
        st.sampled_from(["Yealink", "scanner"]),
        st.sampled_from([GOOD, BAD, VAGUE]),
        st.integers(0, 3),
    ),
    max_size=5,
).map(lambda found: [Registration(str(at), *_rest(item)) for at, item in enumerate(found)])
NAMED = st.lists(
    st.sampled_from([SCANNER, Selectors(registration_ids=("1",)), Selectors.check({"address": [BAD]})]), max_size=2
)
POLICIES = st.builds(
    RegistrationPolicy, st.sampled_from([None, NETWORKS.allowed]), st.none(), st.sampled_from([None, 1, 2])
)


@given(entries=ENTRIES, named=NAMED, policy=POLICIES, removes=st.booleans())
def test_one_plan_does_what_two_in_a_row_would(
    entries: list[Registration], named: list[Selectors], policy: RegistrationPolicy, removes: bool
) -> None:
    at_once = going(info(*entries), *named, policy=policy, removes=removes)
    first = going(info(*entries), *named, policy=RegistrationPolicy())
    left = [item for item in entries if item.registration_id not in first]
    then = going(info(*left), policy=policy) if removes else []
    assert sorted(at_once) == sorted([*first, *then])
    assert len(at_once) == len(set(at_once))
    still = [item for item in entries if item.registration_id not in at_once]
    assert going(info(*still), *named, policy=policy, removes=removes) == []
