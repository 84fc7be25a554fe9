# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decisions in expressions of playbooks: whether a wave is the last, what fails, and what the gate trusts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2.nativetypes import NativeEnvironment

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
WRITING = ("apply", "bundles", "onboard")


def read(name: str) -> list[dict[str, Any]]:
    """The plays or tasks of a file."""
    return list(yaml.safe_load((PLAYBOOKS / f"{name}.yml").read_text(encoding="utf-8")))


def value(template: str, **variables: Any) -> Any:
    """What a template is with these variables."""
    return NativeEnvironment().from_string(template).render(variables)


def holds(task: dict[str, Any], **variables: Any) -> bool:
    """Whether what the task asserts is true."""
    return bool(NativeEnvironment().compile_expression(task["ansible.builtin.assert"]["that"])(**variables))


def test_waves_of_ten_end_with_the_first_failure_unless_more_are_allowed() -> None:
    (play,) = read("onboard")
    assert (value(play["serial"]), value(play["max_fail_percentage"]), play["order"]) == (10, 0, "sorted")
    assert value(play["serial"], ringme_wave=3) == 3
    assert value(play["max_fail_percentage"], ringme_wave_failures=20) == 20


@pytest.mark.parametrize("name", [*WRITING, "drift"])
def test_a_client_that_fails_does_not_end_the_others(name: str) -> None:
    (play,) = read(name)
    assert play["any_errors_fatal"] is False and play["strategy"] == "ansible.builtin.linear"


@pytest.mark.parametrize("name", WRITING)
def test_what_writes_begins_and_ends_with_its_report(name: str) -> None:
    (play,) = read(name)
    imported = [task.get("ansible.builtin.import_tasks") for task in play["tasks"]]
    assert imported == ["tasks/begin.yml", None, "tasks/end.yml"]
    block = play["tasks"][1]
    (role,) = (task["ansible.builtin.import_role"] for task in block["block"])
    assert role == {"name": "ringme.pbx.client", **({"tasks_from": "only_bundles"} if name == "bundles" else {})}
    (noted,) = (task["ansible.builtin.set_fact"] for task in block["rescue"])
    assert value(noted["client_failure"], ansible_failed_result={"msg": "refused"}) == "refused"


def test_a_client_that_failed_fails_at_the_end() -> None:
    last = read("tasks/end")[-1]
    assert holds(last, ringme_reported=True)
    assert not holds(last, client_failure="refused", ringme_reported=True)


@pytest.mark.parametrize(
    ("first", "reported", "reports"),
    [(True, True, []), (False, True, ["apply.json"]), (False, False, []), (True, False, [])],
)
def test_the_report_of_a_later_wave_goes_on_with_that_of_the_earlier_ones(
    first: bool, reported: bool, reports: list[str]
) -> None:
    options = read("tasks/end")[0]["ringme.pbx.drift_report"]
    known = {"ringme_first_wave": first, "ringme_reported": reported, "ringme_apply_report": {"json": "apply.json"}}
    assert value(options["reports"], **known) == reports


@pytest.mark.parametrize("path", sorted(PLAYBOOKS.glob("*.yml")), ids=lambda path: path.stem)
def test_every_play_sets_what_it_needs_itself(path: Path) -> None:
    """Whatever ansible.cfg and group_vars say; hosts are asked for in the play, where no variable can replace the
    answer.
    """
    for play in read(path.stem):
        keywords = {
            name: play.get(name) for name in ("connection", "become", "gather_facts", "any_errors_fatal", "strategy")
        }
        assert keywords == {
            "connection": "local", "become": False, "gather_facts": False, "any_errors_fatal": False,
            "strategy": "ansible.builtin.linear",
        }  # fmt: skip
        assert {"ansible_become": False, "ansible_connection": "local"}.items() <= play["vars"].items()
        assert "query('ringme.pbx.targets'" in play["hosts"] or play["name"] == "Evaluate the report"


def test_only_the_bundles_of_a_run_over_bundles_are_reported() -> None:
    (play,) = read("bundles")
    assert play["vars"]["ringme_apply_results"] == {"client_bundles_result": "client_bundles"}
    options = read("tasks/end")[0]["ringme.pbx.drift_report"]
    assert value(options["results"], ringme_apply_results={"client_bundles_result": "client_bundles"}) == {
        "client_bundles_result": "client_bundles"
    }


@pytest.mark.parametrize(
    ("result", "trusted", "passes"),
    [
        ({"exit_code": 0}, True, True), ({"exit_code": 2}, True, False), ({"exit_code": 3}, True, False),
        ({"exit_code": 1}, False, False), ({"msg": "no report at drift.json"}, False, False),
    ],
)  # fmt: skip
def test_the_gate(result: dict[str, Any], trusted: bool, passes: bool) -> None:
    """A play whose variables cannot be read ends the run with 1, a failed task with 2."""
    judge = read("gate")[1]

    environment = NativeEnvironment()
    environment.filters["mandatory"] = lambda missing, msg: f"fails: {msg}"
    file = environment.from_string(judge["vars_files"]).render(hostvars={"localhost": {"ringme_gate": result}})
    assert (
        file == "vars/report.yml"
        if trusted
        else file == f"fails: {result.get('msg', 'the report is not reliable: not all clients were compared')}"
    )
    assert holds(judge["tasks"][0], ringme_gate=result) is passes
