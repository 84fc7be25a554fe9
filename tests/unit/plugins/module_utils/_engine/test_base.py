# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to result: what check mode skips, what changed means, what a failure contains."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Options
from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, execute
from ansible_collections.ringme.pbx.plugins.module_utils._engine.read_back import write_and_read
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import (
    BadResponseError,
    ConflictError,
    NotFoundError,
    OptionError,
    ResponseLostError,
    RingmeError,
    ServerError,
)
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import Plan
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, Script, delete, get, lost, put, run_of
from ansible_collections.ringme.pbx.tests.unit.helpers.options import CONNECTION, RESOURCES, executed, module_options
from ansible_collections.ringme.pbx.tests.unit.helpers.thing import State, Thing


class TestStateResource:
    """Observe, plan, apply, read back."""

    KEYS = {"changed", "changes", "diff", "thing", "requests", "quota"}

    def test_equal(self) -> None:
        for check_mode in (True, False):
            outcome = executed(Thing(), get("/thing", {"value": 1}), check_mode=check_mode, value=1)
            assert not outcome.failed
            assert outcome.result.keys() == self.KEYS
            assert outcome.result["changed"] is False
            assert outcome.result["changes"] == []
            assert outcome.result["diff"]["before"] == outcome.result["diff"]["after"] == {"value": 1}

    def test_different(self) -> None:
        outcome = executed(Thing(), get("/thing", {"value": 1}), put("/thing", {"value": 2}, {"value": 2}), value=2)
        assert outcome.result["changed"] is True
        assert outcome.result["thing"] == {"value": 2}
        assert outcome.result["requests"]["PUT"] == 1

    def test_check_mode_shows_the_same_and_writes_nothing(self) -> None:
        run = executed(Thing(), get("/thing", {"value": 1}), put("/thing", {"value": 2}, {"value": 2}), value=2).result
        check = executed(Thing(), get("/thing", {"value": 1}), check_mode=True, value=2).result
        assert check["requests"]["PUT"] == 0
        for key in self.KEYS - {"requests"}:
            assert check[key] == run[key]

    def test_read_only_is_a_failure_that_says_what_would_happen(self) -> None:
        outcome = executed(Thing(), get("/thing", {"value": 1}), value=2, read_only=True)
        assert outcome.failed
        assert outcome.result["error"]["kind"] == "read_only"
        assert "update thing (value: 1 -> 2)" in outcome.result["msg"]
        assert "RINGME_READ_ONLY" in outcome.result["msg"]
        assert outcome.result["changed"] is False
        assert outcome.result["changes"]

    def test_read_only_with_nothing_to_change(self) -> None:
        assert not executed(Thing(), get("/thing", {"value": 1}), value=1, read_only=True).failed

    def test_read_only_in_check_mode_is_check_mode(self) -> None:
        outcome = executed(Thing(), get("/thing", {"value": 1}), check_mode=True, value=2, read_only=True)
        assert not outcome.failed
        assert outcome.result["changed"] is True

    @pytest.mark.parametrize("options", [{"check_mode": True}, {"read_only": True}])
    def test_a_resource_that_writes_while_it_reads_is_stopped(self, options: dict[str, Any]) -> None:
        """The second guard does not rely on the first one, which leaves ``apply`` out."""

        class Careless(Thing):
            """Writes where it should only read."""

            def observe(self, api: CachedApi, desired: State) -> State:
                return dict(api._send("PUT", "/thing", desired).json())

        outcome = executed(Careless(), value=2, **options)  # there is no reply for a request
        assert outcome.failed and outcome.result["error"]["kind"] == "read_only"
        assert outcome.result["requests"]["PUT"] == 0 and outcome.result["changed"] is False

    def test_a_value_that_did_not_stick(self) -> None:
        outcome = executed(Thing(), get("/thing", {"value": 1}), put("/thing", {"value": 2}, {"value": 1}), value=2)
        assert outcome.failed
        assert outcome.result["error"]["kind"] == "not_applied"
        assert "value: 1 -> 2" in outcome.result["msg"]
        assert outcome.result["changed"] is True

    def test_a_refused_write_changed_nothing(self) -> None:
        outcome = executed(
            Thing(), get("/thing", {"value": 1}), put("/thing", {"value": 2}, {"message": "no"}, 400), value=2
        )
        assert outcome.failed
        assert outcome.result["changed"] is False
        assert outcome.result["error"] == {
            "kind": "refused", "status": 400, "api_status": None, "method": "PUT", "path": "/thing",
            "hint": "Correct the value that the API's message names",
        }  # fmt: skip

    def test_what_is_known_is_in_the_failure(self) -> None:
        outcome = executed(Thing(), get("/thing", b"<html>"), value=2)
        assert outcome.failed
        assert outcome.result.keys() == {"msg", "error", "changed", "requests", "quota"}
        assert outcome.result["requests"]["GET"] == 1

    @given(before=st.integers(0, 3), after=st.integers(0, 3), check_mode=st.booleans())
    def test_changed_means_that_there_are_changes(self, before: int, after: int, check_mode: bool) -> None:
        writes = [put("/thing", {"value": after}, {"value": after})] if before != after and not check_mode else []
        outcome = executed(Thing(), get("/thing", {"value": before}), *writes, check_mode=check_mode, value=after)
        result = outcome.result
        assert result["changed"] == bool(result["changes"]) == (before != after)
        assert (result["diff"]["before"] != result["diff"]["after"]) == (before != after)
        assert result["thing"] == {"value": after}


class TestWriteAndRead:
    """A write whose outcome is unknown is settled by reading."""

    READ = get("/thing", {"value": 2})

    def go(self, write: Any, read: Any, found: list[str] | None = None) -> tuple[Any, Any]:
        """Do it; returns the state and the run."""
        run = run_of()

        def act(what: str, reply: Any) -> Any:
            if found is not None:
                found.append(what)
            if isinstance(reply, Exception):
                raise reply
            return reply

        state = write_and_read(run, lambda: act("write", write), lambda: act("read", read), lambda value: value == 2)
        return state, run

    @pytest.mark.parametrize(
        ("write", "read", "calls"),
        [(2, None, ["write"]), (None, 2, ["write", "read"]), (1, 2, ["write", "read"]), (None, 1, ["write", "read"])],
    )
    def test_the_answer_is_the_read_back_where_it_shows_the_goal(self, write: Any, read: Any, calls: list[str]) -> None:
        found: list[str] = []
        state, run = self.go(write, read, found)
        assert state == (write if calls == ["write"] else read)
        assert found == calls
        assert not run.warnings

    @pytest.mark.parametrize("error", [lost(), ServerError("500", status=500), BadResponseError("html")], ids=repr)
    def test_unknown_outcome(self, error: RingmeError) -> None:
        state, run = self.go(error, 2)
        assert state == 2
        assert "reading back shows that the change was applied" in run.warnings[0]
        with pytest.raises(type(error), match="was not applied") as caught:
            self.go(error, 1)
        assert caught.value.details.status == error.details.status
        assert "Run again" in caught.value.msg
        with pytest.raises(type(error), match="unknown whether the change was applied"):
            self.go(error, lost("GET"))

    @pytest.mark.parametrize(
        "error", [NotFoundError("gone", status=404), lost("GET"), BadResponseError("html")], ids=repr
    )
    @pytest.mark.parametrize("answered", [None, 1])
    def test_an_accepted_write_that_cannot_be_read_back(self, error: RingmeError, answered: int | None) -> None:
        with pytest.raises(type(error), match="the API accepted the change, but reading back failed") as caught:
            self.go(answered, error)
        assert error.what in caught.value.what
        assert caught.value.unsettled
        assert caught.value.details.status == error.details.status

    @pytest.mark.parametrize("error", [lost(), ServerError("500", status=500), BadResponseError("html")], ids=repr)
    def test_whether_the_outcome_is_settled(self, error: RingmeError) -> None:
        for read, unsettled in ((1, False), (lost("GET"), True)):
            with pytest.raises(type(error)) as caught:
                self.go(error, read)
            assert caught.value.unsettled == unsettled

    def test_a_refusal_is_no_unknown_outcome(self) -> None:
        found: list[str] = []
        with pytest.raises(NotFoundError):
            self.go(NotFoundError("gone"), 2, found)
        assert found == ["write"]


class TestConnections:
    """One connection for all items of a loop."""

    def test_one_for_equal_settings(self) -> None:
        made: list[Script] = []

        def connect(_settings: ConnectionSettings) -> Script:
            made.append(Script())
            return made[-1]

        connections = Connections(connect, most=2)
        one, run = ConnectionSettings("https://a.example.org", access_token="1"), run_of()
        assert connections.api(one, run).run is run
        connections.api(ConnectionSettings("https://a.example.org", access_token="1"), run_of())
        assert len(made) == 1
        connections.api(ConnectionSettings("https://a.example.org", access_token="2"), run_of())
        assert len(made) == 2
        assert not any(script.closed for script in made)
        connections.api(ConnectionSettings("https://b.example.org"), run_of())
        assert [script.closed for script in made] == [True, False, False]
        connections.close()
        assert all(script.closed for script in made)
        assert len(made) == 3


class TestExecute:
    """Options first, then connection, then requests."""

    def test_the_options_of_the_resource_are_checked_before_the_connection(self) -> None:
        class Refusing(Thing):
            """Refuses."""

            def parse(self, options: Options) -> State:
                raise ConflictError("no", hint="never")

        outcome = executed(Refusing(), value=1, api_url="nonsense")
        assert outcome.result["error"]["kind"] == "conflict"

    def test_facts_of_an_error_are_in_the_result(self) -> None:
        class Finding(Thing):
            """Finds something."""

            def parse(self, options: Options) -> State:
                raise OptionError("value", "is wrong", hint="Fix it", facts={"findings": [{"rule": "BND-002"}]})

        result = executed(Finding(), value=1).result
        assert result["findings"] == [{"rule": "BND-002"}]
        assert result["msg"] == "value: is wrong. Fix it."

    def test_secrets_and_warnings_are_handed_over(self) -> None:
        class WithWarning(Thing):
            """Warns, and finds a secret."""

            def observe(self, api: CachedApi, desired: State) -> State:
                api.run.warn("mind")
                api.run.secrets.add(SECRET)
                return super().observe(api, desired)

        outcome = executed(WithWarning(), get("/thing", {"value": 1}), value=1, proxy="http://u:pass@proxy.example.org")
        assert outcome.warnings == ["mind"]
        assert outcome.secrets >= {SECRET, "pass"}

    def test_other_exceptions_are_bugs_and_pass(self) -> None:
        class Broken(Thing):
            """Has a bug."""

            def observe(self, api: CachedApi, desired: State) -> State:
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            executed(Broken(), value=1)

    @pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
    def test_results_have_no_key_that_shadows_a_method_of_dict(self, resource: Any) -> None:
        assert not {getattr(resource, "key", "changes"), "changed", "diff", "requests", "quota"} & set(dir(dict))

    def test_the_budget_is_that_of_the_options(self) -> None:
        budgets: list[float] = []

        class Looking(Thing):
            """Looks at its budget."""

            def observe(self, api: CachedApi, desired: State) -> State:
                budgets.append(api.run.budget.seconds)
                return super().observe(api, desired)

        executed(Looking(), get("/thing", {"value": 1}), value=1, retry_budget=7.5)
        assert budgets == [7.5]

    def test_a_lost_answer_to_a_delete_may_have_changed_something(self) -> None:
        class Deleting(Thing):
            """Deletes."""

            def apply(self, api: CachedApi, desired: State, plan: Plan[State, State]) -> State:
                api._send("DELETE", "/thing")
                return desired

        outcome = executed(Deleting(), get("/thing", {"value": 1}), delete("/thing", lost("DELETE")), value=2)
        assert outcome.failed
        assert outcome.result["changed"] is True
        assert outcome.result["error"]["kind"] == ResponseLostError.kind


def test_options_of_gives_defaults() -> None:
    options = module_options(Thing(), value=1)
    assert options["timeout"] == 30
    assert CONNECTION.items() <= options.items()
    connections = Connections(lambda _settings: Script(get("/thing", {"value": 1})))
    assert not execute(Thing(), options, check_mode=False, connections=connections).failed
