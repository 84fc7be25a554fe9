# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan causes: always in the result, and nothing is written if a limit is exceeded."""

from __future__ import annotations

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Consequences
from ansible_collections.ringme.pbx.plugins.module_utils._engine.directory_cache import CachedApi
from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import ConflictError
from ansible_collections.ringme.pbx.plugins.module_utils._model.limits import Blocked
from ansible_collections.ringme.pbx.plugins.module_utils._model.plan import Plan
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import get, put
from ansible_collections.ringme.pbx.tests.unit.helpers.options import executed
from ansible_collections.ringme.pbx.tests.unit.helpers.thing import State, Thing


class Consequential(Thing):
    """Has consequences, and reports at the end."""

    def __init__(self, found: Consequences) -> None:
        self.found = found

    def consequences(self, api: CachedApi, desired: State, observed: State, plan: Plan[State, State]) -> Consequences:
        return self.found

    def report(self, desired: State, state: State) -> State:
        return {"outcomes": [state["value"]]}


class TestConsequences:
    """What a plan causes, known before the first write."""

    BLOCKED = (Blocked("max_changes", 7, 3, "max_changes: 7", "the plan has 7 changes; max_changes allows 3"),)
    READ = get("/thing", {"value": 1})
    WRITE = put("/thing", {"value": 2}, {"value": 2})

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_facts_and_sections_of_the_diff(self, check_mode: bool) -> None:
        found = Consequences({"side_effects": [1]}, {"side_effects": "x"}, {"side_effects": "y"})
        writes = [] if check_mode else [self.WRITE]
        result = executed(Consequential(found), self.READ, *writes, check_mode=check_mode, value=2).result
        assert result["side_effects"] == [1]
        assert result["diff"]["before"] == {"value": 1, "side_effects": "x"}
        assert result["diff"]["after"] == {"value": 2, "side_effects": "y"}
        assert result["outcomes"] == [2]
        assert "blocked" not in result

    @pytest.mark.parametrize("check_mode", [True, False])
    @pytest.mark.parametrize("lenient", [True, False])
    def test_exceeded_limits_stop_all_but_a_lenient_check(self, check_mode: bool, lenient: bool) -> None:
        found = Consequences({"side_effects": []}, blocked=self.BLOCKED, lenient=lenient)
        outcome = executed(Consequential(found), self.READ, check_mode=check_mode, value=2)
        result = outcome.result
        assert result["blocked"] == [{"rule": "max_changes", "actual": 7, "limit": 3, "override": "max_changes: 7"}]
        assert result["changes"]
        assert result["diff"]["after"] == {"value": 2}
        assert result["side_effects"] == []
        assert outcome.failed != (check_mode and lenient)
        if outcome.failed:
            assert (result["error"]["kind"], result["changed"]) == ("blocked", False)
            assert "update thing (value: 1 -> 2)" in result["msg"]
            assert "outcomes" not in result
        else:
            assert (result["changed"], result["thing"], result["outcomes"]) == (True, {"value": 2}, [2])

    @pytest.mark.parametrize("lenient", [True, False])
    def test_no_exceeded_limit(self, lenient: bool) -> None:
        found = Consequences(blocked=(), lenient=lenient)
        outcome = executed(Consequential(found), self.READ, self.WRITE, value=2)
        assert (outcome.failed, outcome.result["blocked"], outcome.result["changed"]) == (False, [], True)

    def test_limits_come_before_read_only(self) -> None:
        found = Consequences(blocked=self.BLOCKED)
        outcome = executed(Consequential(found), self.READ, value=2, read_only=True)
        assert outcome.result["error"]["kind"] == "blocked"

    def test_what_is_known_stays_in_the_result_where_they_cannot_be_read(self) -> None:
        class Failing(Thing):
            """Fails to read them."""

            def consequences(
                self, api: CachedApi, desired: State, observed: State, plan: Plan[State, State]
            ) -> Consequences:
                raise ConflictError("no", facts={"findings": [1]})

        result = executed(Failing(), self.READ, value=2).result
        assert result["findings"] == [1]
        assert result["changes"]
        assert result["diff"]["before"] == {"value": 1}

    def test_a_side_of_the_diff_may_be_chosen(self) -> None:
        class Choosing(Thing):
            """Shows less."""

            def compared(self, desired: State, observed: State, predicted: State) -> tuple[str, State, State]:
                return "chosen", {"a": 1}, {"a": 2}

        diff = executed(Choosing(), self.READ, self.WRITE, value=2).result["diff"]
        assert (diff["before_header"], diff["before"], diff["after"]) == ("chosen", {"a": 1}, {"a": 2})
