# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what joining extensions lose: each extension once, and only phones."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import Cache, CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ConflictError, NotFoundError, OptionError
from ansible_collections.ringme.pbx.plugins.module_utils._model.extension_numbers import Number
from ansible_collections.ringme.pbx.plugins.module_utils._model.limits import Blocked
from ansible_collections.ringme.pbx.plugins.module_utils._model.objects import Extension
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import FieldChange
from ansible_collections.ringme.pbx.plugins.module_utils._model.side_effects import SideEffect
from ansible_collections.ringme.pbx.plugins.module_utils._resources.bundles.side_effects import (
    Joining,
    SideEffectsPolicy,
    arguments,
    read,
)
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.pbx import Pbx

GROUP = Joining("bundle/101", 1, (2, 3))
WHOLE = {number: {"dial_rule_id": 1, "dial_rule_limit": None} for number in range(1, 9)}
PHONE = Extension({"id": 2, "name": "102", "type": "phone"})
WIDENING = SideEffect("bundle/101", PHONE, FieldChange("status", "blocked", "active"))
HARMLESS = SideEffect("bundle/101", PHONE, FieldChange("hold_music", 1, 2))


def api_to(pbx: Pbx, *, listed: bool = False) -> CachedApi:
    """An API over a PBX, with a current directory if ``listed``."""
    api = CachedApi(pbx, run_of())
    if listed:
        api.directory("@me")
    pbx.journal.clear()
    return api


class TestRead:
    """Which requests are sent, and what they find."""

    def test_extensions_that_were_not_read_take_two_requests_each(self) -> None:
        pbx = Pbx(phones={1: {"hold_music": 1}, 2: {"hold_music": 2}}, values={3: {"status": "blocked"}})
        api = api_to(pbx)
        found = read(api, "@me", [GROUP])
        assert [(effect.extension_id, effect.extension, effect.change.name) for effect in found] == [
            (2, "102", "hold_music"), (3, "103", "hold_music"), (3, "103", "status"),
        ]  # fmt: skip
        assert {effect.caused_by for effect in found} == {"bundle/101"}
        assert sorted(pbx.journal) == sorted(
            f"GET {kind}/{number}" for kind in ("extension", "phone") for number in (1, 2, 3)
        )

    def test_a_list_of_this_run_saves_one_of_them(self) -> None:
        pbx = Pbx(values=WHOLE)
        api = api_to(pbx, listed=True)
        assert not read(api, "@me", [GROUP])
        assert sorted(pbx.journal) == ["GET phone/1", "GET phone/2", "GET phone/3"]

    def test_a_list_that_shows_less_does_not(self) -> None:
        pbx = Pbx(values={1: WHOLE[1], 2: {"dial_rule_id": 1}, 3: WHOLE[3]})
        api = api_to(pbx, listed=True)
        read(api, "@me", [GROUP])
        assert [line for line in pbx.journal if "phone" not in line] == ["GET extension/2"]

    def test_a_list_of_an_earlier_run_does_not(self) -> None:
        pbx = Pbx(values={**WHOLE, 2: {**WHOLE[2], "status": "blocked"}})
        cache = Cache()
        CachedApi(pbx, run_of(), cache).directory("@me")
        pbx.values[2] = {**WHOLE[2], "dial_rule_limit": 9}
        (effect,) = read(CachedApi(pbx, run_of(), cache), "@me", [Joining("bundle/101", 1, (2,))])
        assert (effect.change.name, effect.change.before) == ("dial_rule_limit", 9)

    @given(
        groups=st.lists(st.sets(st.integers(1, 7), min_size=2), min_size=1, max_size=4),
        at_a_time=st.integers(1, 8),
        data=st.data(),
    )
    def test_each_extension_is_read_once(self, groups: list[set[int]], at_a_time: int, data: st.DataObject) -> None:
        music = {number: data.draw(st.integers(1, 3)) for number in range(1, 8)}
        pbx = Pbx(phones={number: {"hold_music": value} for number, value in music.items()})
        joinings = [
            Joining(f"bundle/10{min(group)}", min(group), tuple(sorted(group - {min(group)}, reverse=True)))
            for group in groups
        ]
        api = api_to(pbx)
        found = read(api, "@me", joinings, at_a_time)
        everyone = {number for group in groups for number in group}
        assert sorted(pbx.journal) == sorted(
            f"GET {kind}/{number}" for kind in ("extension", "phone") for number in everyone
        )
        shown = [(item.caused_by, item.extension_id, item.change.before, item.change.after) for item in found]
        assert shown == [
            (joining.address, member, music[member], music[joining.main])
            for joining in joinings for member in sorted(joining.members) if music[member] != music[joining.main]
        ]  # fmt: skip

    @pytest.mark.parametrize("listed", [True, False])
    @pytest.mark.parametrize("group", [Joining("bundle/101", 1, (8,)), Joining("bundle/108", 8, (1,))])
    def test_no_phone(self, group: Joining, listed: bool) -> None:
        api = api_to(Pbx(values=WHOLE), listed=listed)
        with pytest.raises(ConflictError, match=r"^extension 8 \(108\) is of type queue, not phone") as caught:
            read(api, "@me", [group])
        assert caught.value.details.hint

    def test_unknown(self) -> None:
        api = api_to(Pbx())
        with pytest.raises(NotFoundError):
            read(api, "@me", [Joining("bundle/101", 1, (9,))])

    def test_no_member_joins(self) -> None:
        pbx = Pbx()
        api = api_to(pbx)
        assert read(api, "@me", []) == []
        assert not pbx.journal


class TestPolicy:
    """What is done about what they lose."""

    @pytest.mark.parametrize("default", ["report", "fail_on_widening"])
    def test_options(self, default: str) -> None:
        spec = {name: dict(entry) for name, entry in arguments(default).items()}
        validation = ArgumentSpecValidator(argument_spec=spec).validate({})
        policy = SideEffectsPolicy.check(validation.validated_parameters)
        assert policy == SideEffectsPolicy(default, ())
        given_options = {"side_effects": "ignore", "allow_widening": ["101", 102, "0003*103"]}
        validation = ArgumentSpecValidator(argument_spec=spec).validate(given_options)
        assert SideEffectsPolicy.check(validation.validated_parameters) == SideEffectsPolicy(
            "ignore", (Number("101"), Number("102"), Number("103", ("0003",)))
        )
        assert ArgumentSpecValidator(argument_spec=spec).validate({"side_effects": "allow"}).error_messages

    def test_what_is_let_through_has_to_be_numbers(self) -> None:
        with pytest.raises(OptionError, match=r"^allow_widening\[1\]: "):
            SideEffectsPolicy.check({"side_effects": "report", "allow_widening": ["101", "+102"]})

    @pytest.mark.parametrize(("mode", "reads"), [("report", True), ("fail_on_widening", True), ("ignore", False)])
    def test_whether_values_are_read(self, mode: str, reads: bool) -> None:
        assert SideEffectsPolicy(mode, ()).reads == reads

    @pytest.mark.parametrize("lenient", [True, False])
    def test_the_consequences(self, lenient: bool) -> None:
        other = Blocked("max_changes", 7, 3, "max_changes: 7", "because")
        found = SideEffectsPolicy("fail_on_widening", ()).consequences([WIDENING, HARMLESS], lenient, [other])
        assert found.facts == {"side_effects": [WIDENING.as_dict(), HARMLESS.as_dict()]}
        assert found.before == {"side_effects": {"102": {"status": "blocked", "hold_music": 1}}}
        assert found.after == {"side_effects": {"102": {"status": "active", "hold_music": 2}}}
        assert found.lenient == lenient
        assert found.blocked is not None
        assert [item.rule for item in found.blocked] == ["max_changes", "widening"]

    @pytest.mark.parametrize(
        ("policy", "effects"),
        [
            (SideEffectsPolicy("report", ()), [WIDENING]),
            (SideEffectsPolicy("fail_on_widening", ()), [HARMLESS]),
            (SideEffectsPolicy("fail_on_widening", (Number("102"),)), [WIDENING]),
            (SideEffectsPolicy("ignore", ()), []),
        ],
    )
    def test_nothing_stops_it(self, policy: SideEffectsPolicy, effects: list[SideEffect]) -> None:
        found = policy.consequences(effects, False)
        assert found.blocked == ()
        assert ("side_effects" in found.before) == ("side_effects" in found.after) == bool(effects)
        assert len(found.facts["side_effects"]) == len(effects)
