# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options as the resources see them: validated by Ansible, with defaults."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import specification
from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import Resource
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import Requester
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_bundles import ClientBundles
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_file import ClientFileExport
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_info import ClientInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_registrations import ClientRegistrations
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_settings import ClientSettings
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_info import ExtensionInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration import ExtensionRegistration
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extension_registration_info import (
    ExtensionRegistrationInfo,
)
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle import ExtensionsBundle
from ansible_collections.ringme.pbx.plugins.module_utils._resources.extensions_bundle_info import ExtensionsBundleInfo
from ansible_collections.ringme.pbx.plugins.module_utils._resources.validation_report import ValidationReport
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import ORIGIN, SECRET, Exchange, Script

RESOURCES: tuple[Resource[Any], ...] = (
    ClientSettings(),
    ClientBundles(),
    ClientRegistrations(),
    ExtensionsBundle(),
    ExtensionRegistration(),
    ClientInfo(),
    ExtensionInfo(),
    ExtensionsBundleInfo(),
    ExtensionRegistrationInfo(),
)
"""Those that work on the API."""
OF_FILES: tuple[Resource[Any], ...] = (ClientFileExport(), ValidationReport())
"""Those that work on files of the machine that they run on."""

CONNECTION = {"api_url": ORIGIN, "application_id": "app", "application_secret": SECRET, "token_cache": "none"}


def executed(resource: Resource[Any], *exchanges: Exchange, check_mode: bool = False, **given: Any) -> TaskResult:
    """Run a resource with a task's options over a script, which has to be used up."""
    script = Script(*exchanges)
    outcome = execute(
        resource,
        module_options(resource, **given),
        check_mode=check_mode,
        connections=Connections(lambda _settings: script),
    )
    assert not script.rest, script.rest
    return outcome


def refusal(resource: Resource[Any], **given: Any) -> dict[str, Any]:
    """The result of a task that is refused for its options, before anything is connected."""

    def connect(settings: ConnectionSettings) -> Requester:
        raise AssertionError(f"a connection to {settings.origin} was set up")

    outcome = execute(resource, module_options(resource, **given), check_mode=False, connections=Connections(connect))
    assert outcome.failed
    assert outcome.result["error"]["kind"] == "options"
    assert outcome.result["error"]["hint"]
    assert not any(outcome.result["requests"].values())
    assert not outcome.result["changed"]
    return outcome.result


def module_options(resource: Resource[Any], **given: Any) -> dict[str, Any]:
    """The options of a task, after Ansible's own validation; fails the test where that already refuses them."""
    validation = ArgumentSpecValidator(**specification(resource)).validate({**CONNECTION, **given})
    assert not validation.error_messages, validation.error_messages
    return dict(validation.validated_parameters)
