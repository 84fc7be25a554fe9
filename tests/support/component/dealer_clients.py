# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dealer with as many clients as a test needs, all alike, each with a file that wants something of every kind.

A client can be done, untouched, or (which no run may leave behind) something between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator import Simulator

from support.component.client_folder import DEALER

_FIRST = 901
_ADDRESSES = ("198.51.100.7", "203.0.113.9")
"""Of two devices that are registered with every client; the file allows the first one only."""

SETTINGS = """\
client_settings:
  geo_list: [RU, BY]
  timezone: Asia/Omsk
"""
BUNDLES = """\
client_bundles:
  - {extension: "101", members: ["102"]}
  - {extension: "103", members: ["104"]}
"""
REGISTRATIONS = """\
client_registrations:
  allowed_networks: [198.51.100.0/24]
  state: compliant
"""


@dataclass(frozen=True)
class DealerClients:
    """``names`` are those of the clients and of their files; ``limits``: the request limits of some applications."""

    names: Sequence[str]
    limits: Mapping[str, int] = field(default_factory=dict)

    def seed(self) -> dict[str, Any]:
        """Return the seed: the dealer's application, and one for each client."""
        dealer = {"id": DEALER["RINGME_APPLICATION_ID"], "secret": DEALER["RINGME_APPLICATION_SECRET"], "dealer_id": 7}
        return {
            "applications": [{**dealer, "login": "dealer"}, *(self._application(name) for name in self.names)],
            "clients": [self._client(name) for name in self.names],
        }

    def id_of(self, name: str) -> int:
        """Return the id of a client."""
        return _FIRST + self.names.index(name)

    def files(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the client files by name; ``more`` is added to the files of these clients."""
        return {name: self.file(name, (more or {}).get(name, "")) for name in self.names}

    def file(self, name: str, more: str = "") -> str:
        """Return a client file that wants settings, bundles and registrations of the client."""
        return f"---\nclient_id: {self.id_of(name)}\n{SETTINGS}{BUNDLES}{REGISTRATIONS}{more}"

    def own_application(self, name: str) -> str:
        """Return the section of a client file that names the client's own application, with its secret in the open."""
        own = self._application(name)
        return f"client_api:\n  application_id: {own['id']}\n  application_secret: {own['secret']}\n"

    def done(self, simulator: Simulator) -> set[str]:
        """The clients that are as their files want them, in everything."""
        return {name for name in self.names if all(self.parts(simulator, name).values())}

    def untouched(self, simulator: Simulator) -> set[str]:
        """The clients without a change."""
        return {name for name in self.names if not any(self.parts(simulator, name).values())}

    def parts(self, simulator: Simulator, name: str) -> dict[str, bool]:
        """What of a client is as its file wants it; an AssertionError where something is neither that nor as before."""
        state, first = simulator.state, 100 * self.id_of(name)
        settings = state.client(self.id_of(name)).settings
        addresses = tuple(item["real_address"] for item in state.registrations(first + 5))
        seen = {
            "settings": (settings["geo_list"], settings["timezone"]),
            "bundle 101": tuple(state.bundle(first + 1)),
            "bundle 103": tuple(state.bundle(first + 3)),
            "registrations": addresses,
        }
        every = tuple(f"sip:{address}:5060" for address in _ADDRESSES)
        states: dict[str, tuple[tuple[Any, ...], ...]] = {
            "settings": ((None, "Europe/Moscow"), ("BY RU", "Asia/Omsk")),
            "bundle 101": ((), (first + 2,)),
            "bundle 103": ((), (first + 4,)),
            "registrations": (every, every[:1]),
        }
        assert all(seen[part] in states[part] for part in seen), f"{name}: {seen}"
        return {part: seen[part] == states[part][1] for part in seen}

    def _application(self, name: str) -> dict[str, Any]:
        limit = {"rate_limit": self.limits[name]} if name in self.limits else {}
        own = {"id": f"{name}-application", "secret": f"{name}-secret-0123456789abcdef", "login": name}
        return {**own, "client_id": self.id_of(name), **limit}

    def _client(self, name: str) -> dict[str, Any]:
        client_id = self.id_of(name)
        registrations = [
            {
                "registration_id": f"uloc-{client_id:08x}-{index}",
                "real_address": f"sip:{address}:5060",
                "device": "Yealink SIP-T46G 28.72.14.5",
            }
            for index, address in enumerate(_ADDRESSES)
        ]
        extensions: list[dict[str, Any]] = [
            {"id": 100 * client_id + index, "number": str(100 + index)} for index in range(1, 7)
        ]
        extensions[4]["registrations"] = registrations
        return {
            "id": client_id,
            "prefix": f"{client_id:04}",
            "extension_len": 3,
            "settings": {"name": name.title(), "timezone": "Europe/Moscow"},
            "extensions": extensions,
        }
