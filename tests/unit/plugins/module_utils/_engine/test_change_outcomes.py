# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of each change: a failure hides neither what was applied nor what has to be restored."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.change_outcomes import (
    CONTINUE,
    STOP,
    ChangeOutcome,
    Status,
    Stopper,
    request_text,
    settle,
)
from ansible_collections.ringme.pbx.plugins.module_utils._http.circuit_breaker import Breaker
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    ApiError,
    AuthenticationError,
    PartialError,
    QuotaError,
    RingmeError,
    ServerError,
    SomeFailedError,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import Change

RESTORE = {"method": "POST", "path": "/client/@me/extensions_bundle/1", "body": {"bundle_list": [2, 3]}}


def outcome(main: int, status: Status = "verified", error: RingmeError | None = None, **more: object) -> ChangeOutcome:
    """The outcome of a bundle's change."""
    change = Change(
        "client_bundles", f"bundle/{100 + main}", "update", (), extension_id=main, extension=str(100 + main)
    )
    return ChangeOutcome(change, status, error, **more)  # type: ignore[arg-type]


class TestOutcome:
    """One entry of the result."""

    def test_a_good_one(self) -> None:
        assert outcome(1).as_dict() == {
            "address": "bundle/101", "extension_id": 1, "extension": "101", "action": "update", "status": "verified",
            "error": None, "restore": None,
        }  # fmt: skip

    def test_a_bad_one(self) -> None:
        error = ApiError("refused", status=400, method="POST", path="/x", hint="Look")
        shown = outcome(1, "failed", error, restore=RESTORE).as_dict()
        assert shown["restore"] == RESTORE
        assert shown["error"]["msg"] == "refused. Look."
        assert (shown["error"]["kind"], shown["error"]["status"]) == ("refused", 400)

    def test_in_words(self) -> None:
        assert outcome(1, "not_reached").text() == "bundle/101 not reached"
        assert outcome(1, "failed", ApiError("no. "), restore=RESTORE).text() == (
            'bundle/101 failed: no. Restore it with POST /client/@me/extensions_bundle/1 {"bundle_list": [2, 3]}'
        )


class TestRequestText:
    """A request in a message."""

    def test_with_and_without_body(self) -> None:
        assert request_text(RESTORE) == 'POST /client/@me/extensions_bundle/1 {"bundle_list": [2, 3]}'
        assert request_text({"method": "DELETE", "path": "/x", "body": None}) == "DELETE /x"


class TestSettle:
    """One failure for all."""

    def test_good_ones_pass(self) -> None:
        settle([])
        settle([outcome(1), outcome(2)])

    def test_all_outcomes_are_in_the_failure(self) -> None:
        error = ServerError("POST /x: HTTP 500", status=500, method="POST", path="/x", hint="Wait")
        with pytest.raises(SomeFailedError) as caught:
            settle([outcome(1), outcome(2, "failed", error), outcome(3, "not_reached")])
        found = caught.value
        assert "2 of 3 changes were not applied: bundle/102 failed: POST /x: HTTP 500; bundle/103" in found.what
        assert [one["status"] for one in found.facts["outcomes"]] == ["verified", "failed", "not_reached"]
        details = found.details
        assert (details.status, details.method, details.path) == (500, "POST", "/x")
        assert details.hint and details.hint.startswith("Wait. Fix the cause and run again")

    def test_failed_rollbacks_are_never_cut(self) -> None:
        bad = [outcome(number, "failed", ApiError("no")) for number in range(1, 40)]
        lost = [
            outcome(number, "failed", PartialError("lost", hint="x", restore=RESTORE), restore=RESTORE)
            for number in range(40, 55)
        ]
        with pytest.raises(SomeFailedError) as caught:
            settle([*bad, *lost])
        assert all(f"bundle/{100 + number} failed: lost. Restore it" in caught.value.what for number in range(40, 55))
        assert "bundle/101 " not in caught.value.what
        assert caught.value.what.endswith("and 39 more, all in outcomes")
        assert len(caught.value.facts["outcomes"]) == 54

    def test_different_hints_are_not_mixed(self) -> None:
        with pytest.raises(SomeFailedError) as caught:
            settle([outcome(1, "failed", ApiError("a", hint="Do a")), outcome(2, "failed", ApiError("b", hint="Do b"))])
        assert caught.value.details.hint and caught.value.details.hint.startswith("Fix the cause and run again")

    def test_without_any_error(self) -> None:
        with pytest.raises(SomeFailedError) as caught:
            settle([outcome(1, "not_reached")])
        assert caught.value.details.status is None


class TestStopper:
    """When the remaining changes are skipped."""

    @pytest.mark.parametrize(
        ("on_error", "error", "stops"),
        [
            (CONTINUE, ApiError("x"), False),
            (CONTINUE, ServerError("x"), False),
            (CONTINUE, AuthenticationError("x"), True),
            (CONTINUE, QuotaError("x"), True),
            (STOP, ApiError("x"), True),
            (STOP, ServerError("x"), True),
        ],
    )
    def test_after_which_error(self, on_error: str, error: RingmeError, stops: bool) -> None:
        stopper = Stopper(on_error, Breaker())
        assert not stopper.stopped
        stopper.failed(error)
        assert stopper.stopped is stops

    def test_after_too_many_in_a_row(self) -> None:
        breaker = Breaker(2)
        stopper = Stopper(CONTINUE, breaker)
        for expected in (False, True):
            breaker.note(ServerError("x"), write=True)
            stopper.failed(ServerError("x"))
            assert stopper.stopped is expected
        breaker.note(None, write=True)
        assert stopper.stopped

    def test_stays_stopped(self) -> None:
        stopper = Stopper(CONTINUE, Breaker())
        threads = [threading.Thread(target=stopper.failed, args=(QuotaError("x"),)) for dummy in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stopper.failed(ApiError("x"))
        assert stopper.stopped
