# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The code in plugins/ keeps the layers; the check finds violations."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from architecture import INTERNAL, sources, violations
from repository import PLUGINS

IMPORT = "from ansible_collections.ringme.pbx.plugins."

NEW = '"""New."""'

# A file, a line that is added to it, and a part of the message.
FAULTS = [
    ("module_utils/_model/plan.py", "import os", "this file is pure"),
    ("module_utils/_model/plan.py", "from time import monotonic", "this file is pure"),
    ("module_utils/_model/plan.py", "from urllib.request import urlopen", "this file is pure"),
    ("module_utils/_model/plan.py", "import requests", "only the transport knows requests"),
    ("module_utils/_model/plan.py", "import ansible.module_utils.basic", "only the adapters know Ansible"),
    ("module_utils/_model/plan.py", "from .._http.response import Answer", "model imports http"),
    ("module_utils/_model/plan.py", "from .._http import response", "model imports http"),
    ("module_utils/_model/plan.py", "from .. import _api", "model imports api"),
    ("module_utils/_model/plan.py", IMPORT + "module_utils._engine import base", "model imports engine"),
    ("module_utils/_model/plan.py", "def peek():\n    return open('x')", "calls open()"),
    (
        "module_utils/_model/plan.py",
        "def f():\n    from datetime import datetime\n    return datetime.now()",
        "calls now()",
    ),
    ("module_utils/_http/response.py", "import socket", "this file is pure"),
    ("module_utils/_http/retry.py", "import time", "this file is pure"),
    ("module_utils/_http/auth.py", "import requests.exceptions", "only the transport knows requests"),
    ("module_utils/_http/auth.py", "from .._api import Api", "http imports api"),
    ("module_utils/_http/auth.py", "from .._engine.base import execute", "http imports engine"),
    ("module_utils/_http/auth.py", "from .._adapter import specification", "http imports adapters"),
    ("module_utils/_http/transport.py", "import httpx", "neither the standard library"),
    ("module_utils/_api.py", "from ._engine.base import execute", "api imports engine"),
    ("module_utils/_api.py", "from ._http.transport import Transport", "only _http knows the socket"),
    (
        "module_utils/_engine/base.py",
        "from ansible.module_utils.basic import AnsibleModule",
        "only the adapters know",
    ),
    ("module_utils/_engine/base.py", "import requests", "only the transport knows requests"),
    ("module_utils/_engine/base.py", "from .._http.transport import Transport", "only _http knows the socket"),
    ("module_utils/_engine/base.py", "from .._adapter import run_module", "engine imports adapters"),
    ("module_utils/_engine/base.py", "def stop(module):\n    module.fail_json(msg='')", "calls fail_json()"),
    ("module_utils/_engine/base.py", "def stop():\n    raise SystemExit(1)", "raises SystemExit"),
    ("module_utils/_resources/client_settings.py", "def f(check_mode):\n    return check_mode", "knows check mode"),
    ("module_utils/_resources/client_settings.py", "def f(module):\n    return module.check_mode", "knows check mode"),
    (
        "module_utils/_adapter.py",
        "def f(module):\n    if not module.check_mode:\n        pass",
        "decides on check mode",
    ),
    ("plugin_utils/resource_action.py", "def f(task):\n    return task.check_mode and 1", "decides on check mode"),
    ("plugin_utils/resource_action.py", "def f(module):\n    module.exit_json()", "calls exit_json()"),
    ("action/client_settings.py", IMPORT + "module_utils._http.auth import Requester", "action imports http"),
    ("action/client_settings.py", IMPORT + "module_utils._adapter import run_module", "action imports adapters"),
    ("modules/client_settings.py", IMPORT + "module_utils._api import Api", "modules imports api"),
    (
        "modules/client_settings.py",
        IMPORT + "plugin_utils.resource_action import ResourceAction",
        "modules imports plugin_utils",
    ),
    ("modules/client_settings.py", "def f(module):\n    module.exit_json()", "calls exit_json()"),
    ("modules/client_settings.py", "import sys\nsys.exit(0)", "calls exit()"),
    ("module_utils/_api.py", "assert True", "assert"),
    ("module_utils/_api.py", "print('here')", "calls print()"),
    ("module_utils/_api.py", "def f(**options):\n    return options", "**options"),
    ("module_utils/_api.py", "f = lambda **options: options", "**options"),
    ("module_utils/_api.py", "import importlib\nimportlib.import_module('requests')", "calls import_module()"),
    ("module_utils/_api.py", "__import__('requests')", "calls __import__()"),
    ("module_utils/_client_files/yaml_tree.py", "import os", "this file is pure"),
    (
        "module_utils/_client_files/folder.py",
        "from .._adapter import specification",
        "client_files imports adapters",
    ),
    ("module_utils/_client_files/folder.py", "from .._api import Api", "client_files imports api"),
    (
        "module_utils/_client_files/folder.py",
        "from .._http.auth import Requester",
        "know nothing of the way to the API",
    ),
    ("module_utils/_client_files/folder.py", "import ansible.errors", "only the adapters know Ansible"),
    ("module_utils/_client_files/folder.py", "from .._optional import yaml", "know PyYAML"),
    ("module_utils/_client_files/yaml_reader.py", "import yaml", "only _optional.py does"),
    ("plugin_utils/client_inventory.py", "import yaml", "only _optional.py does"),
    ("plugin_utils/_report/render/html.py", "import jinja2", "only _optional.py does"),
    ("module_utils/_resources/client_file.py", "def f(check_mode):\n    return check_mode", "knows check mode"),
    ("module_utils/_engine/base.py", "from .._client_files.folder import check_file", "engine imports client_files"),
    ("inventory/clients.py", IMPORT + "module_utils._engine.base import execute", "inventory imports engine"),
    ("module_utils/helpers.py", "", "belongs to no layer"),
    ("filter/numbers.py", "", "belongs to no layer"),
]


def test_the_code_keeps_the_layers() -> None:
    found = violations(PLUGINS)
    assert not found, "\n" + "\n".join(found)


def test_every_layer_is_checked() -> None:
    layers = {source.layer for source in sources(PLUGINS)}
    assert layers == set(INTERNAL)


@pytest.fixture(name="copy", scope="module")
def _copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of plugins/; a test that changes it must undo the change."""
    copy = tmp_path_factory.mktemp("faults") / "plugins"
    shutil.copytree(PLUGINS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.parametrize(("path", "text", "complaint"), FAULTS)
def test_a_violation_is_found(copy: Path, path: str, text: str, complaint: str) -> None:
    file = copy / path
    original = file.read_text(encoding="utf-8") if file.exists() else None
    before = violations(copy, path) if original else []
    file.parent.mkdir(exist_ok=True)
    try:
        file.write_text(f"{original or NEW}\n{text}\n", encoding="utf-8")
        fresh = [line for line in violations(copy, path) if line not in before]
    finally:
        if original is None:
            file.unlink()
        else:
            file.write_text(original, encoding="utf-8")
    assert [line for line in fresh if line.startswith(f"{path}:") and complaint in line], fresh
