# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module file is a hand-over of the resource that bears its name."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils.adapters import module as adapter
from ansible_collections.ringme.pbx.plugins.module_utils.resources import engine
from ansible_collections.ringme.pbx.plugins.module_utils.resources.engine import Outcome, Resource
from ansible_collections.ringme.pbx.tests.unit.helpers import network
from ansible_collections.ringme.pbx.tests.unit.helpers.ansible_module import run_main
from ansible_collections.ringme.pbx.tests.unit.helpers.options import CONNECTION, RESOURCES

COLLECTION = "ansible_collections.ringme.pbx"
NAMES = [resource.name for resource in RESOURCES]
LEAST: dict[str, dict[str, Any]] = {
    "client_bundles": {"bundles": []},
    "client_registrations": {"max_registrations": 1},
    "extensions_bundle": {"extension_id": 1, "bundle_list": [2]},
    "extension_registration": {"extension_id": 1},
}


def test_every_resource_has_a_module() -> None:
    plugins = Path(str(adapter.__file__)).parents[2]
    assert {path.stem for path in (plugins / "modules").glob("*.py")} - {"__init__", "drift_report"} >= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_module_runs_its_resource(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = network.install(monkeypatch)
    module = importlib.import_module(f"{COLLECTION}.plugins.modules.{name}")
    ran: list[str] = []

    def execute(resource: Resource[Any], options: Any, **more: Any) -> Outcome:
        ran.append(resource.name)
        return engine.execute(resource, options, **more)

    monkeypatch.setattr(adapter, "execute", execute)
    code, _printed, result = run_main(
        module.main, capsys, **{**CONNECTION, **LEAST.get(name, {}), "api_url": "http://192.0.2.1"}
    )
    assert (code, ran) == (1, [name])
    assert result["msg"].startswith("api_url: ")
    assert not pool.sent
