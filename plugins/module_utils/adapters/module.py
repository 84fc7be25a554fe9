# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adapter for modules: hands a resource to AnsibleModule. The only place on that way that exits or fails."""

from __future__ import annotations

from typing import Any

# Before anything that an older Python cannot read.
from . import python  # noqa: F401  # pylint: disable=unused-import

# isort: split
from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..resources.engine import Connections, Resource, execute
from .options import REMEDY, connection_arguments, locked_by_environment, misfits, specification


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
