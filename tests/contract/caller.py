# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain HTTP client for tests of the simulator; it shares no code with the collection."""

from __future__ import annotations

from typing import Any

import requests
from simulator import Simulator

TIMEOUT = 60
"""Seconds after which a request that hangs fails its test."""
MAIN, SALES, WAREHOUSE, ACCOUNTING, DIRECTOR, MENU, QUEUE = 31456, 32486, 32767, 33001, 33002, 34000, 34001
BUNDLE = f"/client/@me/extensions_bundle/{MAIN}"
CLIENT = "/client/@me/client/"
BLOCK = "/extension/registration/"


def credentials(simulator: Simulator, application: str = "demo-application") -> dict[str, str]:
    """The form of a client-credentials request."""
    secret = simulator.world.store.applications[application].secret
    return {"grant_type": "client_credentials", "client_id": application, "client_secret": secret}


class Caller:
    """One application with a token and a kept connection."""

    def __init__(self, simulator: Simulator, application: str = "demo-application") -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        self.application = application
        self.authorization = ""
        self.renew()

    def renew(self) -> None:
        """Get a new token."""
        response = self.session.post(
            self.simulator.url + "/oauth/token", credentials(self.simulator, self.application), timeout=TIMEOUT
        )
        assert response.status_code == 200, response.text
        self.authorization = f"Bearer {response.json()['access_token']}"
        self.session.headers["Authorization"] = self.authorization

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request; redirects are not followed."""
        options.setdefault("timeout", TIMEOUT)
        return self.session.request(method, self.simulator.api_url + path, allow_redirects=False, **options)

    def get(self, path: str, **options: Any) -> Any:
        """The JSON of a GET that must succeed."""
        response = self.send("GET", path, **options)
        assert response.status_code == 200, f"{response.status_code} {response.text}"
        return response.json()

    def put(self, path: str, **values: Any) -> Any:
        """The JSON of a PUT that must succeed."""
        response = self.send("PUT", path, json=values)
        assert response.status_code == 200, f"{response.status_code} {response.text}"
        return response.json()

    def bundle(self, members: list[int], main: int = MAIN) -> requests.Response:
        """POST of a bundle of client 801."""
        return self.send("POST", f"/client/@me/extensions_bundle/{main}", json={"bundle_list": members})

    def delete(self, path: str) -> requests.Response:
        """A DELETE."""
        return self.send("DELETE", path)

    def close(self) -> None:
        """Close the connection."""
        self.session.close()


def refused(response: requests.Response) -> tuple[int, Any, Any]:
    """Code, status and message of an error."""
    body = response.json()
    return response.status_code, body.get("status"), body["message"]
