# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials over a pool without sockets."""

from __future__ import annotations

from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._http.auth import ClientCredentials
from ansible_collections.ringme.pbx.plugins.module_utils._http.token_cache import TokenCache
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import SECRET, Clock, Pool, Reply, reply, transport_of


def granted(text: str, expires_in: Any = 3600) -> Reply:
    """The response to a token request."""
    return reply(200, {"access_token": text, "token_type": "Bearer", "expires_in": expires_in, "scope": "all"})


def credentials_of(
    *replies: Reply, cache: TokenCache | None = None, clock: Clock | None = None
) -> tuple[ClientCredentials, Pool]:
    """Credentials over a pool without sockets."""
    clock = clock or Clock()
    transport, pool = transport_of(*replies, clock=clock)
    return ClientCredentials(transport, "app", SECRET, cache, clock), pool
