# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the two entry points of a module in the process of the test: its action plugin, and its ``main``.

Plugins and requests are real. What ansible-playbook adds is the same for all modules: it templates the options before,
and shows the result afterwards.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.common import warnings
from ansible.module_utils.common.parameters import PASS_VARS
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.template import Templar

from ansible_collections.ringme.pbx.tests.unit.helpers.ansible_module import patch_module_args

PLUGINS = "ansible_collections.ringme.pbx.plugins"
HOST = "localhost"


@dataclass(frozen=True)
class Ended:
    """A finished task: whether it failed, its result, and its output."""

    failed: bool
    result: dict[str, Any]
    printed: str

    @property
    def status(self) -> str:
        """The status of the task in a run."""
        return "failed" if self.failed else "ok"


@contextlib.contextmanager
def environment(home: Path, **variables: str) -> Iterator[None]:
    """Set environment variables; files go below ``home``, and results include the arguments of their task."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("XDG_CACHE_HOME", raising=False)
        for name, value in {"HOME": str(home), "ANSIBLE_INJECT_INVOCATION": "true", **variables}.items():
            patch.setenv(name, value)
        yield


def run_main(module: str, options: Mapping[str, Any], *, check: bool = False) -> Ended:
    """Run a module as Ansible executes it; the result is its output."""
    internal: dict[str, Any] = {
        "check_mode": check,
        "diff": True,
        "verbosity": 4,
        "module_name": f"ringme.pbx.{module}",
    }
    if "inject_invocation" in PASS_VARS:  # older cores always return the arguments
        internal["inject_invocation"] = True
    arguments = {**options, **{f"_ansible_{name}": value for name, value in internal.items()}}
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        with patch_module_args(json.loads(json.dumps(arguments))), pytest.raises(SystemExit) as ended:
            importlib.import_module(f"{PLUGINS}.modules.{module}").main()
    # A separate process would start without warnings; ansible-core keeps them until the process ends.
    getattr(warnings, "_global_warnings", {}).clear()
    result = json.loads(stdout.getvalue())
    assert bool(ended.value.code) == bool(result.get("failed")), result
    return Ended(bool(ended.value.code), result, stdout.getvalue() + stderr.getvalue())


def run_action(
    module: str,
    options: Mapping[str, Any],
    *,
    check: bool = False,
    variables: Mapping[str, Any] | None = None,
) -> Ended:
    """Run an action plugin as a worker of Ansible does, for one host with these variables."""
    task = Task()
    task.action = f"ringme.pbx.{module}"
    task.args = json.loads(json.dumps(options))
    task.check_mode, task.diff, task.async_val, task.environment = check, True, 0, []
    shell = SimpleNamespace(tmpdir=None, env_prefix=lambda **values: "")
    connection = SimpleNamespace(transport="local", become=None, has_native_async=False, _shell=shell)
    given = dict(variables or {})
    hosts = {"ansible_play_hosts": [HOST], "ansible_play_hosts_all": [HOST], "hostvars": _HostVars({HOST: given})}
    loader = DataLoader()
    plugin = importlib.import_module(f"{PLUGINS}.action.{module}").ActionModule(
        task, connection, PlayContext(), loader, Templar(loader=loader, variables={}), SimpleNamespace()
    )
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            result = plugin.run(task_vars={**given, **hosts})
    finally:
        # A worker has its own connections, and ends with its task.
        importlib.import_module(f"{PLUGINS}.plugin_utils.resource_action")._connections.close()
    return Ended(bool(result.get("failed")), result, printed.getvalue())


class _HostVars(dict[str, Any]):
    """The variables of the hosts of a play."""

    def raw_get(self, name: str) -> Any:
        """Return the variables of a host with unevaluated templates."""
        return self.get(name)
