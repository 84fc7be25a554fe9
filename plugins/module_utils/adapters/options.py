# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options as an Ansible argument spec (design section 3); the doc fragment ``api`` describes them."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback

from ..resources.engine import Resource


def _from_env(name: str) -> dict[str, Any]:
    return {"fallback": (env_fallback, [name])}


def connection_arguments() -> dict[str, Any]:
    """Return the entries that all modules share."""
    return {
        "api_url": {"type": "str", **_from_env("RINGME_API_URL")},
        "application_id": {"type": "str", **_from_env("RINGME_APPLICATION_ID")},
        "application_secret": {"type": "str", "no_log": True, **_from_env("RINGME_APPLICATION_SECRET")},
        "access_token": {"type": "str", "no_log": True, **_from_env("RINGME_ACCESS_TOKEN")},
        "token_cache": {
            "type": "path",
            "no_log": False,
            "default": "~/.cache/ringme.pbx/tokens",
            **_from_env("RINGME_TOKEN_CACHE"),
        },
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path", "no_log": False},
        "proxy": {"type": "str"},
        "timeout": {"type": "float", "default": 30.0},
        "retries": {"type": "int", "default": 3},
        "retry_budget": {"type": "float", "default": 60.0},
        "read_only": {"type": "bool", "default": False, **_from_env("RINGME_READ_ONLY")},
    }


def specification(resource: Resource[Any]) -> dict[str, Any]:
    """Return what AnsibleModule and ArgumentSpecValidator take: the argument spec and its rules."""
    arguments = {**{name: dict(entry) for name, entry in resource.arguments.items()}, **connection_arguments()}
    return {"argument_spec": arguments, **resource.rules}
