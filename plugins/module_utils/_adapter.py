# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adapter for modules: argument specs and AnsibleModule. The only place on that way that exits or fails.

The connection options are those of design section 3; the doc fragment ``api`` describes them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

# Before anything that an older Python cannot read.
from . import _python_version  # noqa: F401  # pylint: disable=unused-import

# isort: split
from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible.module_utils.parsing.convert_bool import BOOLEANS_FALSE

from ._engine.base import ApiResource, Resource
from ._engine.execute import Connections, execute
from ._http.settings import ARGUMENTS, ENVIRONMENT


def connection_arguments() -> dict[str, Any]:
    """Return the entries that all modules share that work on the API."""
    return {name: {**entry, **_fallback(name)} for name, entry in ARGUMENTS.items()}


def _fallback(name: str) -> dict[str, Any]:
    return {"fallback": (_from_environment, [ENVIRONMENT[name]])} if name in ENVIRONMENT else {}


def _from_environment(name: str) -> str:
    """Return an environment variable. An empty one is not set: that is how shells and CI systems take one away."""
    value: str = env_fallback(name)
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def locked_by_environment() -> bool:
    """Return whether the environment forbids to change anything. An option adds to this guard, and never takes it away."""
    text = os.environ.get(ENVIRONMENT["read_only"], "").strip().lower()
    return bool(text) and text not in BOOLEANS_FALSE


def specification(resource: Resource[Any]) -> dict[str, Any]:
    """Return what AnsibleModule and ArgumentSpecValidator take: the argument spec and its rules."""
    arguments = {name: dict(entry) for name, entry in resource.arguments.items()}
    if isinstance(resource, ApiResource):
        arguments |= connection_arguments()
    return {"argument_spec": arguments, **resource.rules}


def misfits(arguments: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any], where: str = "") -> list[str]:
    """Say which values of a task cannot be what their option takes: a list, a dictionary or a boolean in place of a text.

    Ansible makes a text of them without a word: ``[a, b]`` as an id matches nothing, and as an expression too much.
    """
    found = []
    for name, value in given.items():
        entry = arguments.get(name)
        if entry is None:
            continue
        items = [(f"{where}{name}", value)]
        if entry.get("type") == "list" and isinstance(value, (list, tuple)):
            items = [(f"{where}{name}[{index}]", item) for index, item in enumerate(value)]
        kind = entry.get("elements") if entry.get("type") == "list" else entry.get("type", "str")
        for option, item in items:
            if isinstance(item, Mapping) and kind == "dict":
                found += misfits(entry.get("options") or {}, item, f"{option}.")
            elif kind in ("str", "path") and not entry.get("choices") and isinstance(item, tuple(_NO_TEXTS)):
                found.append(
                    f"{option}: {next(name for no, name in _NO_TEXTS.items() if isinstance(item, no))} cannot be used here"
                )
    return found


_NO_TEXTS: Mapping[type, str] = {list: "a list", tuple: "a list", dict: "a dictionary", bool: "a boolean"}
REMEDY = 'Give one text. YAML reads an unquoted yes, no, on or off as a boolean: write "NO" in quotes for Norway.'
"""What to do about :func:`misfits`."""


class _Module(AnsibleModule):  # type: ignore[misc]  # ansible-core has no types
    """Masks a secret that was given to a module without that option: ansible-core 2.18 returns it with the failure."""

    def _load_params(self) -> None:
        super()._load_params()
        self.misfits = misfits(self.argument_spec, self.params)
        secret = (name for name, option in connection_arguments().items() if option.get("no_log"))
        self.no_log_values.update(str(self.params[name]) for name in secret if self.params.get(name))


def run_module(resource: Resource[Any]) -> None:
    """Run ``resource`` as an Ansible module; ends the process."""
    module = _Module(supports_check_mode=True, **specification(resource))
    if resource.missing:
        module.fail_json(msg=missing_required_lib(resource.missing.name), exception=resource.missing.problem)
    if module.misfits:
        module.fail_json(msg=f"{'; '.join(module.misfits)}. {REMEDY}")
    if "read_only" in module.params:
        module.params["read_only"] = module.params["read_only"] or locked_by_environment()
    connections = Connections()
    outcome = execute(resource, module.params, check_mode=module.check_mode, connections=connections)
    connections.close()
    module.no_log_values.update(outcome.secrets)
    for text in outcome.warnings:
        module.warn(text)
    if outcome.failed:
        module.fail_json(**outcome.result)
    module.exit_json(**outcome.result)
