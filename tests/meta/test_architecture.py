# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers of plugins/ hold, and the test that says so notices when they do not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from architecture import sources, violations
from repository import PLUGINS

IMPORT = "from ansible_collections.ringme.pbx.plugins."

NEW = '"""New."""'

# A file, what somebody adds to it, and a part of the complaint.
FAULTS = [
    ("module_utils/model/plan.py", "import os", "this file is pure"),
    ("module_utils/model/plan.py", "from time import monotonic", "this file is pure"),
    ("module_utils/model/plan.py", "from urllib.request import urlopen", "this file is pure"),
    ("module_utils/model/plan.py", "import requests", "only the transport knows requests"),
    ("module_utils/model/plan.py", "import ansible.module_utils.basic", "only the adapters know Ansible"),
    ("module_utils/model/plan.py", "from ..wire.answer import Answer", "model imports wire"),
    ("module_utils/model/plan.py", "from ..wire import answer", "model imports wire"),
    ("module_utils/model/plan.py", "from .. import api", "model imports api"),
    ("module_utils/model/plan.py", IMPORT + "module_utils.resources import engine", "model imports resources"),
    ("module_utils/model/plan.py", "def peek():\n    return open('x')", "calls open()"),
    (
        "module_utils/model/plan.py",
        "def tell():\n    from datetime import datetime\n    return datetime.now()",
        "calls now()",
    ),
    ("module_utils/wire/answer.py", "import socket", "this file is pure"),
    ("module_utils/wire/retry.py", "import time", "this file is pure"),
    ("module_utils/wire/auth.py", "import requests.exceptions", "only the transport knows requests"),
    ("module_utils/wire/auth.py", "from ..api import Api", "wire imports api"),
    ("module_utils/wire/auth.py", "from ..resources.engine import execute", "wire imports resources"),
    ("module_utils/wire/auth.py", "from ..adapters.options import specification", "wire imports adapters"),
    ("module_utils/wire/transport.py", "import httpx", "neither the standard library"),
    ("module_utils/api.py", "from .resources.engine import execute", "api imports resources"),
    ("module_utils/api.py", "from .wire.transport import Transport", "only wire knows the socket"),
    (
        "module_utils/resources/engine.py",
        "from ansible.module_utils.basic import AnsibleModule",
        "only the adapters know",
    ),
    ("module_utils/resources/engine.py", "import requests", "only the transport knows requests"),
    ("module_utils/resources/engine.py", "from ..wire.transport import Transport", "only wire knows the socket"),
    ("module_utils/resources/engine.py", "from ..adapters.module import run_module", "resources imports adapters"),
    ("module_utils/resources/engine.py", "def stop(module):\n    module.fail_json(msg='')", "calls fail_json()"),
    ("module_utils/resources/engine.py", "def stop():\n    raise SystemExit(1)", "raises SystemExit"),
    ("module_utils/resources/client_settings.py", "def f(check_mode):\n    return check_mode", "knows check mode"),
    ("module_utils/resources/client_settings.py", "def f(module):\n    return module.check_mode", "knows check mode"),
    (
        "module_utils/adapters/module.py",
        "def f(module):\n    if not module.check_mode:\n        pass",
        "decides on check mode",
    ),
    ("plugin_utils/action.py", "def f(task):\n    return task.check_mode and 1", "decides on check mode"),
    ("plugin_utils/action.py", "def f(module):\n    module.exit_json()", "calls exit_json()"),
    ("action/client_settings.py", IMPORT + "module_utils.wire.auth import Requester", "action imports wire"),
    ("action/client_settings.py", IMPORT + "module_utils.adapters.module import run_module", "action imports adapters"),
    ("modules/client_settings.py", IMPORT + "module_utils.api import Api", "modules imports api"),
    (
        "modules/client_settings.py",
        IMPORT + "plugin_utils.action import ResourceAction",
        "modules imports plugin_utils",
    ),
    ("modules/client_settings.py", "def f(module):\n    module.exit_json()", "calls exit_json()"),
    ("modules/client_settings.py", "import sys\nsys.exit(0)", "calls exit()"),
    ("module_utils/api.py", "assert True", "assert"),
    ("module_utils/api.py", "print('here')", "calls print()"),
    ("module_utils/api.py", "def f(**options):\n    return options", "**options"),
    ("module_utils/api.py", "f = lambda **options: options", "**options"),
    ("module_utils/api.py", "import importlib\nimportlib.import_module('requests')", "calls import_module()"),
    ("module_utils/api.py", "__import__('requests')", "calls __import__()"),
    ("module_utils/files/tree.py", "import os", "this file is pure"),
    ("module_utils/files/folder.py", "from ..adapters.options import specification", "files imports adapters"),
    ("module_utils/files/folder.py", "from ..api import Api", "files imports api"),
    ("module_utils/files/folder.py", "from ..wire.auth import Requester", "know nothing of the way to the API"),
    ("module_utils/files/folder.py", "import ansible.errors", "only the adapters know Ansible"),
    ("module_utils/files/folder.py", "from .pyyaml import yaml", "know PyYAML"),
    ("module_utils/files/reader.py", "import yaml", "only pyyaml.py does"),
    ("plugin_utils/client_hosts.py", "import yaml", "only pyyaml.py does"),
    ("module_utils/report/html.py", "import jinja2", "only jinja.py does"),
    ("module_utils/files/export.py", "def f(check_mode):\n    return check_mode", "knows check mode"),
    ("module_utils/resources/engine.py", "from ..files.folder import read_file", "resources imports files"),
    ("inventory/clients.py", IMPORT + "module_utils.resources.engine import execute", "inventory imports resources"),
    ("module_utils/helpers.py", "", "belongs to no layer"),
    ("filter/numbers.py", "", "belongs to no layer"),
]


def test_the_layers_hold() -> None:
    found = violations(PLUGINS)
    assert not found, "\n" + "\n".join(found)


def test_every_layer_is_looked_at() -> None:
    layers = {source.layer for source in sources(PLUGINS)}
    assert layers >= {"model", "wire", "api", "resources", "files", "adapters"} | {
        "plugin_utils", "modules", "action", "inventory"}  # fmt: skip


@pytest.fixture(name="copy", scope="module")
def _copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of plugins/ that a test may change and has to change back."""
    copy = tmp_path_factory.mktemp("faults") / "plugins"
    shutil.copytree(PLUGINS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.parametrize(("path", "text", "complaint"), FAULTS)
def test_a_fault_is_noticed(copy: Path, path: str, text: str, complaint: str) -> None:
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
