# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adapter for modules: argument specs and AnsibleModule. Nothing below it ends the process.

The connection options are those of design section 3; the doc fragment ``api`` describes them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

# First, because an older Python cannot parse the other imports.
from . import _python_version  # noqa: F401  # pylint: disable=unused-import

# isort: split
from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible.module_utils.parsing.convert_bool import BOOLEANS_FALSE

from ._engine.base import ApiResource, Resource
from ._engine.execute import Connections, execute
from ._http.settings import ARGUMENTS, ENVIRONMENT


def connection_arguments() -> dict[str, Any]:
    """Return the connection options that all modules for the API share."""
    return {name: {**entry, **_fallback(name)} for name, entry in ARGUMENTS.items()}


def _fallback(name: str) -> dict[str, Any]:
    return {"fallback": (_from_environment, [ENVIRONMENT[name]])} if name in ENVIRONMENT else {}


def _from_environment(name: str) -> str:
    """Return an environment variable. An empty one counts as not set, because CI systems cannot unset variables."""
    value: str = env_fallback(name)
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def locked_by_environment() -> bool:
    """Return whether the environment forbids changes. No option can override this."""
    text = os.environ.get(ENVIRONMENT["read_only"], "").strip().lower()
    return bool(text) and text not in BOOLEANS_FALSE


def specification(resource: Resource[Any]) -> dict[str, Any]:
    """Return the arguments of AnsibleModule and ArgumentSpecValidator: the argument spec and its rules."""
    arguments = {name: dict(entry) for name, entry in resource.arguments.items()}
    if isinstance(resource, ApiResource):
        arguments |= connection_arguments()
    return {"argument_spec": arguments, **resource.rules}


def wrong_types(arguments: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any], where: str = "") -> list[str]:
    """Return a message for each value of a task that is a list, a dictionary or a boolean instead of a string.

    Ansible converts them to strings silently: ``[a, b]`` as an id matches nothing, and as an expression too much.
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
                found += wrong_types(entry.get("options") or {}, item, f"{option}.")
            elif kind in ("str", "path") and not entry.get("choices"):
                actual = next((text for wrong, text in _NOT_STRINGS.items() if isinstance(item, wrong)), None)
                if actual:
                    found.append(f"{option}: expected a string, but the value is {actual}")
    return found


_NOT_STRINGS: Mapping[type, str] = {list: "a list", tuple: "a list", dict: "a dictionary", bool: "a boolean"}
WRONG_TYPES_HINT = (
    'Set one string. YAML reads an unquoted yes, no, on or off as a boolean. For Norway, write "NO" in quotes.'
)
"""The hint for :func:`wrong_types`."""


class _Module(AnsibleModule):  # type: ignore[misc]  # ansible-core has no types
    """Masks secrets among unsupported options: ansible-core 2.18 returns them with the failure."""

    def _load_params(self) -> None:
        super()._load_params()
        self.wrong_types = wrong_types(self.argument_spec, self.params)
        secret = (name for name, option in connection_arguments().items() if option.get("no_log"))
        self.no_log_values.update(str(self.params[name]) for name in secret if self.params.get(name))


def run_module(resource: Resource[Any]) -> None:
    """Run a resource as an Ansible module; ends the process."""
    module = _Module(supports_check_mode=True, **specification(resource))
    if resource.missing:
        module.fail_json(msg=missing_required_lib(resource.missing.name), exception=resource.missing.problem)
    if module.wrong_types:
        module.fail_json(msg=f"{'; '.join(module.wrong_types)}. {WRONG_TYPES_HINT}")
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
