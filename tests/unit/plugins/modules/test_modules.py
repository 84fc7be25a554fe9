# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module file is a hand-over of the resource that bears its name."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.module_utils import _adapter as adapter
from ansible_collections.ringme.pbx.plugins.module_utils._adapter import connection_arguments, specification
from ansible_collections.ringme.pbx.plugins.module_utils._engine import execute as engine
from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Resource
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import TaskResult
from ansible_collections.ringme.pbx.tests.unit.helpers import network
from ansible_collections.ringme.pbx.tests.unit.helpers.ansible_module import run_main
from ansible_collections.ringme.pbx.tests.unit.helpers.options import CONNECTION, OF_FILES, RESOURCES

COLLECTION = "ansible_collections.ringme.pbx"
NAMES = [resource.name for resource in RESOURCES]
LEAST: dict[str, dict[str, Any]] = {
    "client_bundles": {"bundles": []},
    "client_registrations": {"max_registrations": 1},
    "extensions_bundle": {"extension_id": 1, "bundle_list": [2]},
    "extension_registration": {"extension_id": 1},
}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "client_file": (
        {"path": "x.yml", "client": {"name": "Romashka"}, "settings": {}, "bundles": []},
        "client: has no id",
    ),
    "validation_report": ({"path": []}, "path: is empty"),
}
"""Of modules that work on files: options that are refused before anything is read, and how."""


def test_every_resource_has_a_module() -> None:
    plugins = Path(str(adapter.__file__)).parents[1]
    files = {path.stem for path in (plugins / "modules").glob("*.py")} - {"__init__", "drift_report"}
    assert files == {*NAMES, *REFUSED}
    assert {resource.name for resource in OF_FILES} == set(REFUSED)


def module_of(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, list[str]]:
    """A module, and the list in which the names of the resources are noted that it runs."""
    ran: list[str] = []

    def execute(resource: Resource[Any], options: Any, **more: Any) -> TaskResult:
        ran.append(resource.name)
        return engine.execute(resource, options, **more)

    monkeypatch.setattr(adapter, "execute", execute)
    return importlib.import_module(f"{COLLECTION}.plugins.modules.{name}"), ran


@pytest.mark.parametrize("name", NAMES)
def test_a_module_runs_its_resource(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = network.install(monkeypatch)
    module, ran = module_of(name, monkeypatch)
    code, _printed, result = run_main(
        module.main, capsys, **{**CONNECTION, **LEAST.get(name, {}), "api_url": "http://192.0.2.1"}
    )
    assert (code, ran) == (1, [name])
    assert result["msg"].startswith("api_url: ")
    assert not pool.sent


@pytest.mark.parametrize("name", REFUSED)
def test_a_module_for_files_runs_its_resource(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = network.install(monkeypatch)
    module, ran = module_of(name, monkeypatch)
    options, text = REFUSED[name]
    code, _printed, result = run_main(module.main, capsys, **options)
    assert (code, ran) == (1, [name])
    assert result["msg"].startswith(text)
    assert (result["error"]["kind"], result["changed"]) == ("options", False)
    assert not {"requests", "quota"} & result.keys()
    assert not pool.sent


@pytest.mark.parametrize("resource", OF_FILES, ids=lambda resource: resource.name)
def test_a_module_for_files_takes_no_adapter(
    resource: Resource[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not specification(resource)["argument_spec"].keys() & connection_arguments().keys()
    module, ran = module_of(resource.name, monkeypatch)
    code, printed, result = run_main(module.main, capsys, **{**CONNECTION, **REFUSED[resource.name][0]})
    assert (code, ran) == (1, [])
    assert "Unsupported parameters" in result["msg"] and "application_secret" in result["msg"]
    assert CONNECTION["application_secret"] not in printed
