# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every value of every switch has a check that sees its effect; a switch without one fails the last test."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from contract import switch_checks_bundles, switch_checks_general, switch_checks_settings
from contract.caller import Caller
from contract.switch_checks import COVERED
from simulator import Simulator
from simulator.switches import TABLE, SwitchError, Switches

# Importing the checks registers them.
CHECKS = (switch_checks_general, switch_checks_settings, switch_checks_bundles)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, (_check, values) in COVERED.items() for value in values]
)
def test_switch(simulator: Simulator, caller_of: Callable[..., Caller], name: str, value: Any) -> None:
    """The switch has the effect that its row promises, and every response stays inside the contract."""
    simulator.switches[name] = value
    simulator.contract_checked = False
    caller = caller_of()
    COVERED[name][0](caller, value)
    broken = [error for error in simulator.contract_errors() if error["response"] or error["crash"]]
    assert not broken


def test_every_switch_and_choice_is_covered() -> None:
    """A new switch, or a new value of one, needs a check here."""
    expected = {(switch.name, value) for switch in TABLE for value in switch.values}
    covered = {(name, value) for name, (_check, values) in COVERED.items() for value in values}
    assert expected - covered == set() and {switch.name for switch in TABLE} == set(COVERED)


def test_the_defaults_are_those_of_the_reference() -> None:
    """Section 9 of the API reference proposes these."""
    proposed = {
        "bad_credentials": "401_invalid_client",
        "unauthorized_body": "status_message",
        "validation_error": "400_message",
        "put_read_only_names": "ignored",
        "put_unknown_names": "ignored",
        "registration_block_of_one": "object",
        "registration_delete_unknown": "404",
        "registration_expires": "seconds",
        "bundle_post": "replace",
        "bundle_post_code": "201",
        "bundle_delete_code": "200",
        "bundle_get_absent": "empty",
        "missing_slash": "308",
        "per_page_default": "unlimited",
        "phone_password": "present",
        "unread_fields": "absent",
        "dealer_client_paths": "client",
    }
    switches = Switches()
    assert {name: switches[name] for name in proposed} == proposed


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("bundle_pots", "add", "did you mean bundle_post"),
        ("bundle_post", "append", "allowed: replace, add"),
        ("per_page_default", 0, "a number from 1, or unlimited"),
        ("token_lifetime", "soon", "a number from 0"),
        ("token_lifetime", True, "not allowed"),
        ("stubborn_fields", 5, "field names"),
        ("reregister", "later", "allowed: never, at_once, or a number of seconds"),
        ("reregister", -1, "a number of seconds"),
        ("reregister", True, "a number of seconds"),
    ],
)
def test_wrong_switches_are_refused_with_the_allowed_ones(name: str, value: Any, part: str) -> None:
    """A typing error never passes in silence."""
    switches = Switches()
    before = json.dumps(dict(switches))
    with pytest.raises(SwitchError, match=re.escape(part)):
        switches[name] = value
    assert json.dumps(dict(switches)) == before


def test_deleting_a_switch_restores_its_default() -> None:
    """``del switches[name]`` undoes an assignment."""
    switches = Switches({"bundle_post": "add", "journal_size": 5, "stubborn_fields": "geo_list, timezone"})
    assert switches["stubborn_fields"] == ("geo_list", "timezone")
    del switches["bundle_post"]
    assert switches["bundle_post"] == "replace" and switches["journal_size"] == 5
    for broken in (lambda: switches["nothing"], lambda: switches.__delitem__("nothing")):
        with pytest.raises(SwitchError):
            broken()
