# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a pool of prepared responses in the place of all connections of requests."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ansible_collections.ringme.pbx.plugins.module_utils._http.connection import BoundedAdapter, Exchange
from ansible_collections.ringme.pbx.tests.unit.helpers.fakes import Pool, Reply


def install(monkeypatch: pytest.MonkeyPatch, *replies: Reply) -> Pool:
    """Response the next requests of the process with these replies."""
    pool = Pool(Exchange(), *replies)

    def send(adapter: BoundedAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        pool.exchanged = adapter._exchange
        return pool.send(request, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    return pool
