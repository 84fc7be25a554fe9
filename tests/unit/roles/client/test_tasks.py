# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of the role: the variable of each option, the order, and the check mode of drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment

from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings

ROLE = Path(__file__).resolve().parents[4] / "roles" / "client"
OMIT, GIVEN = "<omitted>", "<given>"
PARTS: Mapping[str, Any] = {"settings": ClientSettings, "bundles": ClientBundles, "registrations": ClientRegistrations}
MODULES = {f"ringme.pbx.{resource.name}" for resource in PARTS.values()}


def read(name: str) -> list[dict[str, Any]]:
    """The tasks of a file."""
    return list(yaml.safe_load((ROLE / "tasks" / f"{name}.yml").read_text(encoding="utf-8")))


def module_of(task: Mapping[str, Any]) -> str:
    """The module of a task."""
    return next(key for key in task if "." in key)


def leaves(tasks: list[dict[str, Any]], **outer: Any) -> Iterator[dict[str, Any]]:
    """The tasks in order, with imports followed and the keywords of blocks inherited."""
    for task in tasks:
        keywords = {
            **outer,
            **{key: value for key, value in task.items() if key in ("check_mode", "ignore_errors", "when")},
        }
        if "block" in task:
            yield from leaves(task["block"], **keywords)
        elif "ansible.builtin.import_tasks" in task:
            yield from leaves(read(task["ansible.builtin.import_tasks"].removesuffix(".yml")), **keywords)
        else:
            yield {**keywords, **task}


def rendered(part: str, variables: Mapping[str, Any]) -> dict[str, str]:
    """The options of the one task of a part with these variables of the role."""
    (task,) = read(part)
    environment = Environment()
    known = {"client_id": "@me", "client_bundles": [], "client_settings": {}, "client_registrations": {}, "omit": OMIT}
    return {
        name: environment.from_string(text).render({**known, **variables})
        for name, text in task[f"ringme.pbx.{PARTS[part].name}"].items()
    }


def variables_of(part: str, option: str) -> dict[str, Any]:
    """The role's variable for an option, with a value."""
    if option == "client_id" or (part, option) == ("bundles", "bundles"):
        return {option if option == "client_id" else "client_bundles": GIVEN}
    return {f"client_bundles_{option}": GIVEN} if part == "bundles" else {f"client_{part}": {option: GIVEN}}


@pytest.mark.parametrize("part", PARTS)
def test_every_option_of_a_module_takes_its_own_variable(part: str) -> None:
    options = set(PARTS[part].arguments)
    assert rendered(part, {}).keys() == options
    for option in sorted(options):
        found = rendered(part, variables_of(part, option))
        assert {name for name, value in found.items() if value == GIVEN} == {option}


@pytest.mark.parametrize("part", PARTS)
def test_what_is_not_given_is_omitted(part: str) -> None:
    values = {name: value for name, value in rendered(part, {}).items() if value != OMIT}
    assert values == {"client_id": "@me", **({"bundles": "[]"} if part == "bundles" else {})}


@pytest.mark.parametrize("part", ["bundles", "registrations"])
def test_what_blocks_a_plan_is_reported_where_drift_asks_for_it(part: str) -> None:
    assert rendered(part, {"client_blocked_in_check": "report"})["blocked_in_check"] == "report"
    own = {**variables_of(part, "blocked_in_check"), "client_blocked_in_check": "report"}
    assert rendered(part, own)["blocked_in_check"] == GIVEN


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("main", ["ansible.builtin.assert", *(f"ringme.pbx.client_{part}" for part in PARTS)]),
        ("only_bundles", ["ansible.builtin.assert", "ringme.pbx.client_bundles"]),
        (
            "drift",
            ["ringme.pbx.drift_report", *(f"ringme.pbx.client_{part}" for part in PARTS), "ringme.pbx.drift_report",
             "ansible.builtin.assert"],
        ),
        (
            "export",
            ["ansible.builtin.assert", "ringme.pbx.client_info", "ringme.pbx.extensions_bundle_info",
             "ringme.pbx.client_file"],
        ),
    ],
)  # fmt: skip
def test_the_order_of_the_tasks(name: str, modules: list[str]) -> None:
    """Settings decide who may register, so registrations come last; a file that cannot be used comes before all."""
    assert [module_of(task) for task in leaves(read(name))] == modules


def test_drift_compares_in_check_mode_and_goes_on_after_an_error() -> None:
    block, _report = read("drift")
    compared = [task for task in leaves(block["block"]) if module_of(task) in MODULES]
    assert len(compared) == 3
    assert {(task["check_mode"], task["ignore_errors"]) for task in compared} == {(True, True)}
    given = block["module_defaults"]["group/ringme.pbx.api"].removeprefix("{{ ").removesuffix(" }}")
    assert given == "client_api | combine({'read_only': true})"


def test_drift_writes_its_report_also_in_check_mode_and_judges_it() -> None:
    tasks = list(leaves(read("drift")))
    first, last = [task for task in tasks if module_of(task) == "ringme.pbx.drift_report"]
    assert (first["check_mode"], last["check_mode"]) == (True, False)
    judge = Environment().compile_expression(" and ".join(tasks[-1]["ansible.builtin.assert"]["that"]))
    for failing, verdict in (({"romashka": "drift"}, False), ({"vasilek": "drift"}, True), ({}, True)):
        assert judge(client_report_result={"failing": failing}, inventory_hostname="romashka") is verdict
    assert not judge(client_report_result={"msg": "no report"}, inventory_hostname="romashka")


def test_a_client_whose_file_cannot_be_used_goes_no_further() -> None:
    (task,) = read("blocked")
    judge = Environment().compile_expression(" and ".join(task["ansible.builtin.assert"]["that"]))
    file = {"client_id": "@me", "client_file": "clients/romashka.yml"}
    assert judge(**file) is True
    assert judge(**file, client_blocked="clients/romashka.yml:1:1: ...") is False
    assert judge(client_file="clients/romashka.yml") is False
    assert "client_id" not in (yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8")) or {})
