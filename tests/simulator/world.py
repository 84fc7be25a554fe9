# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the handlers of one simulator share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.access import Tokens
from simulator.errors import Errors
from simulator.faults import Faults
from simulator.journal import Journal
from simulator.quota import DEFAULT_LIMIT, Quota, Throttle
from simulator.seed import build_store
from simulator.state import Store
from simulator.switches import Switches


class World:
    """One simulated provider: its state, its habits (switches) and its bad days (faults)."""

    def __init__(self, seed: Mapping[str, Any], switches: Mapping[str, Any] | None = None) -> None:
        self.seed = seed
        self.switches = Switches(switches)
        self.store = Store()
        self.tokens = Tokens()
        self.errors = Errors(self.switches)
        self.quota = Quota()
        self.throttle = Throttle()
        self.faults = Faults()
        self.journal = Journal(self.switches["journal_size"])
        self.load(seed)

    def load(self, seed: Mapping[str, Any]) -> None:
        """Replace the whole state by what *seed* describes; tokens die, switches, faults and journal stay."""
        fresh = build_store(seed)
        with self.store.lock:
            self.seed = seed
            self.store.replace(fresh)
            self.tokens.clear()
            for application in self.store.applications.values():
                for text in application.tokens:
                    self.tokens.issue(application, None, text=text)
            settings = seed.get("quota") or {}
            self.quota.limit = settings.get("limit", DEFAULT_LIMIT)
            self.quota.remaining = settings.get("remaining", self.quota.limit)
            self.quota.reset = settings.get("reset")
