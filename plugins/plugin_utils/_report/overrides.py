# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceeded safety limits, and how to override them in the packaged playbooks. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.section_checks import BUNDLES_PREFIX
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import is_template
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles

from .history import part_of
from .results import BUNDLES, REGISTRATIONS
from .types import Client, ExceededLimit


def limit_text(client: Client, limit: ExceededLimit) -> str:
    """Return what exceeds a limit of the client, and how to override it."""
    found = _variable(client, limit)
    override = extra_vars(dict([found])) if found else f"{limit['override']} in client_registrations"
    return f"{limit['rule']}: {_reason(limit)} (override: {override})"


def _reason(limit: ExceededLimit) -> str:
    actual, allowed = f"{limit['actual']:,}", f"{limit['limit']:,}"
    if limit["rule"] == "mix_up":
        return f"only {actual} of the existing bundles share an extension with the list; at least {allowed} must"
    if limit["rule"] == "widening":
        count = "1 extension" if limit["actual"] == 1 else f"{actual} extensions"
        return f"joining a bundle would extend the permissions of {count}"
    return f"the plan has {actual}, the limit is {allowed}"


def override_variables(client: Client) -> dict[str, Any]:
    """Return the variables that override all exceeded limits; none if one of them cannot be set for a run."""
    found = [_variable(client, limit) for limit in client["blocked"]]
    return {} if None in found else dict(entry for entry in found if entry)


def extra_vars(variables: Mapping[str, Any]) -> str:
    """Return variables as options of ``ansible-playbook``, quoted for a shell."""
    if all(isinstance(value, int) for value in variables.values()):
        return " ".join(f"-e {name}={json.dumps(value)}" for name, value in variables.items())
    return f"-e {shlex.quote(json.dumps(variables))}"


def _variable(client: Client, limit: ExceededLimit) -> tuple[str, Any] | None:
    """Return the variable of the packaged playbooks that overrides a limit, ``None`` for options of a client file."""
    name, _colon, text = limit["override"].partition(": ")
    parts = {part_of(change["address"]) for change in client["changes"]}
    if (REGISTRATIONS in parts and BUNDLES not in parts) or is_template(text):
        return None
    try:
        return (f"{BUNDLES_PREFIX}{name}", json.loads(text)) if name in ClientBundles.arguments else None
    except ValueError:
        return None
