# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options as an Ansible argument spec (design section 3); the doc fragment ``api`` describes them."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible.module_utils.parsing.convert_bool import BOOLEANS_FALSE

from ..resources.engine import ApiResource, Resource
from ..wire.settings import ARGUMENTS, ENVIRONMENT


def connection_arguments() -> dict[str, Any]:
    """Return the entries that all modules share that work on the API."""
    return {name: {**entry, **_fallback(name)} for name, entry in ARGUMENTS.items()}


def _fallback(name: str) -> dict[str, Any]:
    return {"fallback": (env_fallback, [ENVIRONMENT[name]])} if name in ENVIRONMENT else {}


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
