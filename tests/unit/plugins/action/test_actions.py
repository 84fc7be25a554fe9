# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every action plugin hands over the resource that bears its name."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from ansible_collections.ringme.pbx.plugins.action import client_info as action
from ansible_collections.ringme.pbx.plugins.plugin_utils.resource_action import ResourceAction
from ansible_collections.ringme.pbx.tests.unit.helpers.options import OF_FILES, RESOURCES


def test_every_resource_has_an_action() -> None:
    files = {path.stem for path in Path(str(action.__file__)).parent.glob("*.py")} - {"__init__", "drift_report"}
    assert files == {resource.name for resource in (*RESOURCES, *OF_FILES)}


@pytest.mark.parametrize("resource", [*RESOURCES, *OF_FILES], ids=lambda resource: resource.name)
def test_an_action_names_its_resource(resource: object) -> None:
    name = resource.name
    plugin = importlib.import_module(f"ansible_collections.ringme.pbx.plugins.action.{name}").ActionModule
    assert issubclass(plugin, ResourceAction)
    assert type(plugin.resource) is type(resource)
