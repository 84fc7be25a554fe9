# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs M(ringme.pbx.extension_registration) in the worker process where possible."""

from __future__ import annotations

from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration
from ansible_collections.ringme.pbx.plugins.plugin_utils.resource_action import ResourceAction


class ActionModule(ResourceAction):
    """Runs the module in the process of Ansible."""

    resource = ExtensionRegistration()
