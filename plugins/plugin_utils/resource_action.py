# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adapter for the controller: runs a resource in the worker process instead of copying a module and starting
Python.

Validates options, masks secrets and applies ``environment`` as Ansible does for modules. If the task is not a plain
local one, Ansible runs the module of the same name; users see no difference (design section 2).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import (
    WRONG_TYPES_HINT,
    locked_by_environment,
    specification,
    wrong_types,
)
from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import ApiResource, Resource
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, execute
from ansible_collections.ringme.pbx.plugins.module_utils._model.text import clean
from ansible_collections.ringme.pbx.plugins.plugin_utils.core_version import check_core
from ansible_collections.ringme.pbx.plugins.plugin_utils.option_names import TaskOrigin, with_typed_options
from ansible_collections.ringme.pbx.plugins.plugin_utils.targets import foreign_identity, packaged_playbook

IN_PROCESS = "ringme_in_process"
"""If this variable is false, Ansible runs every module as a module."""

_ROLE = "ringme.pbx.client"
_LOCAL = ("local", "ansible.builtin.local")

# One per worker process: Ansible forks a worker per host and task, and all items of a loop run in it.
_connections = Connections()
_display = Display()


class ResourceAction(ActionBase):
    """The base of the action plugins, which only set ``resource``."""

    _supports_check_mode = True
    _supports_async = True

    resource: Resource[Any]

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run the resource in this process, or its module where that is required; returns the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        check_core()
        given = task_vars or {}
        foreign = foreign_identity(file_variables(given.get("hostvars"), given.get("inventory_hostname")), given)
        if foreign:
            return {**result, "failed": True, "msg": foreign}
        self._announce()
        if self._locked_by_defaults():
            self._task.args["read_only"] = True
        if self._in_process(task_vars or {}):
            with _environment(self._task_environment()):
                result.update(self._run_here(task_vars or {}))
        else:
            result.update(self._run_module(task_vars))
        specs = specification(self.resource)["argument_spec"]
        result = with_typed_options(result, specs, self._task.args, self._origin(given))
        for line in self.resource.lines(result):
            _display.display(clean(line), stderr=True)  # stdout belongs to the stdout callback
        return result

    def _origin(self, task_vars: Mapping[str, Any]) -> TaskOrigin:
        """Return where the task comes from, which decides how its texts name options."""
        role = self._task._role
        file = task_vars.get("client_file")
        playbook, inventory = packaged_playbook()
        return TaskOrigin(
            self.resource.name,
            host=str(task_vars.get("inventory_hostname", "")),
            role=role is not None and role.get_name() == _ROLE,
            playbook=playbook,
            inventory=inventory,
            file=file if isinstance(file, str) else None,
            api=bool(task_vars.get("client_api")),
        )

    def _announce(self) -> None:
        """Print what a person should know before the task begins."""
        for option, text in self.resource.announcements.items():
            if boolean(self._task.args.get(option, False), strict=False):
                _display.display(f"{self.resource.name}: {text}", stderr=True)

    def _locked_by_defaults(self) -> bool:
        """Whether any ``module_defaults`` set ``read_only``, even if an inner one or the task overrides it."""
        if not isinstance(self.resource, ApiResource):
            return False
        names = ("group/ringme.pbx.api", f"ringme.pbx.{self.resource.name}")
        given = (defaults[name] for defaults in self._task.module_defaults or () for name in names if name in defaults)
        found = (self._templar.template(value) for value in given)
        return any(
            boolean(value.get("read_only") or False, strict=False) for value in found if isinstance(value, Mapping)
        )

    def _in_process(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether the task runs on the controller as the current user, so that this process can run it."""
        wanted = boolean(self._templar.template(task_vars.get(IN_PROCESS, True)), strict=False)
        local = self._connection.transport in _LOCAL
        return wanted and local and not self.resource.missing and not self._becomes() and not self._task.async_val

    def _becomes(self) -> bool:
        return bool(self._task.become or self._play_context.become or getattr(self._connection, "become", None))

    def _run_module(self, task_vars: Mapping[str, Any] | None) -> dict[str, Any]:
        if self._connection.transport in _LOCAL:  # a module runs in another working directory
            self._task.args.update(_absolute_paths(self.resource, self._task.args))
        wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
        result: dict[str, Any] = self._execute_module(task_vars=task_vars, wrap_async=wrap_async)
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _run_here(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        spec = specification(self.resource)
        unusable = wrong_types(spec["argument_spec"], self._task.args)
        validation = ArgumentSpecValidator(**spec).validate(self._task.args)
        hidden = set(validation._no_log_values)  # not public; AnsibleModule uses it as well
        options = validation.validated_parameters
        if "read_only" in options:
            options["read_only"] = options["read_only"] or locked_by_environment()
        if validation.error_messages:
            result: dict[str, Any] = {"failed": True, "msg": self._refusal(validation)}
        elif unusable:
            result = {"failed": True, "msg": f"{'; '.join(unusable)}. {WRONG_TYPES_HINT}"}
        else:
            outcome = execute(self.resource, options, check_mode=self._task.check_mode, connections=_connections)
            hidden |= outcome.secrets
            result = {**outcome.result, "failed": outcome.failed}
            if outcome.warnings:
                result["warnings"] = outcome.warnings
        if _shows_invocation(task_vars):
            result["invocation"] = {"module_args": options}
        return _masked(result, hidden)

    def _refusal(self, validation: ValidationResult) -> str:
        """Return the message of AnsibleModule for options that do not fit the argument spec."""
        text = str(validation.errors.msg)
        if isinstance(validation.errors[0], UnsupportedError):
            return f"Unsupported parameters for ({self._task.resolved_action or self._task.action}) module: {text}"
        return text

    def _task_environment(self) -> dict[str, str]:
        """Return the templated ``environment`` of the task, as for a module."""
        values: dict[str, Any] = {}
        self._compute_environment_string(values)
        return {str(name): str(value) for name, value in values.items()}


def _absolute_paths(resource: Resource[Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the relative paths among the options as absolute paths."""
    found: dict[str, Any] = {}
    for name, spec in specification(resource)["argument_spec"].items():
        value = args.get(name)
        if spec.get("type") == "path" and isinstance(value, str):
            found[name] = _absolute(value)
        elif spec.get("elements") == "path" and isinstance(value, list):
            found[name] = [_absolute(item) if isinstance(item, str) else item for item in value]
    return found


def _absolute(path: str) -> str:
    """Return an absolute path. The module expands home directories and variables, and "none" is not a path."""
    return path if path in ("", "none") or path.startswith(("~", "$")) else os.path.abspath(path)


def file_variables(hostvars: Any, name: Any) -> Mapping[str, Any]:
    """Return the variables of a host in the inventory; empty if there is no such host."""
    inventory = getattr(hostvars, "_inventory", None)
    host = inventory.get_host(name) if inventory is not None else None
    return host.vars if host is not None else {}


def _shows_invocation(task_vars: Mapping[str, Any]) -> bool:
    """Whether results contain the arguments of the task: a setting in newer versions of ansible-core."""
    try:
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return True


def _masked(result: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    """Mask as AnsibleModule does: flags stay, even if a secret is the word True."""
    flags = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    return {**remove_values(result, hidden), **flags}


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the duration of a task."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
