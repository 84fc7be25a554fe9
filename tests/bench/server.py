# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process of its own, as a benchmark needs it, and questions to its control interface."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TESTS = Path(__file__).resolve().parents[1]
PATIENCE = 30.0
"""Seconds that the simulator may take to start, and to end."""

APPLICATION = {
    "id": "bench-application",
    "secret": "bench-secret-0123456789abcdef",
    "token": "bench-token-0123456789abcdef",
}
FIRST_CLIENT, FIRST_EXTENSION = 100001, 1000001
CLIENTS, EXTENSIONS, BUNDLES, MEMBERS = 110, 25, 8, 2
"""Each client has EXTENSIONS extensions, the first ones in bundles of a main one and its members."""


@dataclass(frozen=True)
class Whole:
    """A client that has only bundles, for tasks about all of them; extensions are numbered as in the default seed."""

    client_id: int
    most: int
    first_extension: int
    first_number: int

    @property
    def phones(self) -> int:
        """How many extensions it has."""
        return self.most * (MEMBERS + 1)

    def mains(self, count: int) -> list[int]:
        """Return the API ids of that many main extensions."""
        return [self.first_extension + number * (MEMBERS + 1) for number in range(count)]

    def bundles(self, count: int) -> list[dict[str, Any]]:
        """Return that many bundles as people write them."""
        mains = [self.first_number + number * (MEMBERS + 1) for number in range(count)]
        return [{"extension": str(main), "members": [str(main + 1), str(main + 2)]} for main in mains]


LARGE = Whole(200001, 1000, 2000001, 1001)
LARGEST = Whole(300001, 5000, 3000001, 10001)


@dataclass(frozen=True)
class Bundle:
    """One of the bundles that the seed holds."""

    client_id: int
    extension_id: int
    bundle_list: list[int]


def bundle(number: int, client: int | None = None) -> Bundle:
    """Return the bundle of that number over all clients, or of that client; both count from 0."""
    owner, position = divmod(number, BUNDLES) if client is None else (client, number)
    main = FIRST_EXTENSION + owner * EXTENSIONS + position * (MEMBERS + 1)
    return Bundle(FIRST_CLIENT + owner, main, [main + 1, main + 2])


def unbundled(client: int) -> int:
    """Return the extension of a client that is in no bundle."""
    return FIRST_EXTENSION + client * EXTENSIONS + BUNDLES * (MEMBERS + 1)


@dataclass(frozen=True)
class Server:
    """A running simulator."""

    url: str
    pid: int

    def journal(self) -> list[dict[str, Any]]:
        """Return the requests since the last :meth:`clear`."""
        return list(self._control("GET", "journal"))

    def clear(self) -> None:
        """Forget the requests so far."""
        self._control("DELETE", "journal")

    def _control(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"{self.url}/_simulator/{path}", method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE) as response:
            return json.loads(response.read())


@contextlib.contextmanager
def server(work: Path) -> Iterator[Server]:
    """Run the simulator with the seed of the benchmark; it is stopped at the end, whatever happens."""
    seed, address = work / "seed.yml", work / "url"
    seed.write_text(yaml.safe_dump(_seed()), encoding="utf-8")
    command = [
        *(sys.executable, str(TESTS / "simulator"), "--port", "0", "--no-validate", "--quiet"),
        *("--seed", str(seed), "--url-file", str(address)),
    ]
    # A session of its own: Ctrl-C reaches this process alone, which then stops the simulator by its pid.
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            yield Server(_address(process, address), process.pid)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(process: subprocess.Popen[bytes], path: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the simulator did not start")
        time.sleep(0.02)
    return path.read_text(encoding="utf-8").strip()


def _seed() -> Mapping[str, Any]:
    return {
        "applications": [
            {"id": APPLICATION["id"], "secret": APPLICATION["secret"], "dealer_id": 7, "tokens": [APPLICATION["token"]]}
        ],
        "generate": [
            {
                "clients": CLIENTS,
                "extensions": EXTENSIONS,
                "bundles": BUNDLES,
                "members": MEMBERS,
                "registrations": 1,
                "first_client_id": FIRST_CLIENT,
                "first_extension_id": FIRST_EXTENSION,
            },
            *(
                {
                    "clients": 1,
                    "extensions": whole.phones,
                    "bundles": whole.most,
                    "members": MEMBERS,
                    "first_client_id": whole.client_id,
                    "first_extension_id": whole.first_extension,
                }
                for whole in (LARGE, LARGEST)
            ),
        ],
        "quota": {"limit": 10**9},
    }
