# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular expressions and names that make them run without end."""

from __future__ import annotations

import re
import signal
import threading

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.bounded_search import bounded_search
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import get
from ansible_collections.ringme.pbx.tests.unit.helpers.options import executed, module_options

HOSTILE = "a" * 60 + "!"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{bounded_search.__module__}.PATIENCE", 0.05)


@pytest.mark.parametrize("text", ["(a+)+$", "(a|aa)+$", "(.*a){25}$"])
def test_it_ends(text: str) -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(TimeoutError):
        bounded_search(re.compile(text), HOSTILE)
    assert signal.getsignal(signal.SIGVTALRM) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


def test_it_finds() -> None:
    assert bounded_search(re.compile("T46"), "Yealink T46") and not bounded_search(re.compile("^T46"), "Yealink T46")


def test_in_a_thread_it_works_without_a_timer() -> None:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(bounded_search(re.compile("^a"), "abc")))
    thread.start()
    thread.join()
    assert found == [True]


def test_a_task_fails_and_names_the_option() -> None:
    live = {"extension_id": 7, "registered": True, "registrations": [{"registration_id": "r", "device": HOSTILE}]}
    outcome = executed(
        ExtensionRegistration(), get("/extension/7/registration/", live), extension_id=7, device="(a+)+$"
    )
    assert outcome.failed and outcome.result["error"]["kind"] == "conflict"
    assert outcome.result["msg"].startswith("device: comparing '(a+)+$' with the device name")


def test_a_policy_has_the_same_limit() -> None:
    given = {"allowed_devices": ["^x", "(a+)+$"], "absent": [{"extension": "101", "device": "y"}]}
    parsed = ClientRegistrations().parse(module_options(ClientRegistrations(), **given))
    expressions = [*(parsed.terms.policy.devices or ()), parsed.absent[0].selectors.device]
    assert [one.search for one in expressions if one] == [bounded_search] * 3
