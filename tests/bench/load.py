# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests per second: wrk where it is installed, else a small client of our own, which is slower itself."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import time
from dataclasses import dataclass

import aiohttp

CONNECTIONS = 8


@dataclass(frozen=True)
class Load:
    """What came of loading a server: ``rate`` in requests per second, ``tool`` that measured it."""

    rate: float
    tool: str


def load(url: str, token: str, seconds: float) -> Load:
    """Send GET requests over kept connections for that long; raises RuntimeError if any response is not a success."""
    if wrk := shutil.which("wrk"):
        return Load(_wrk(wrk, url, token, seconds), "wrk")
    return Load(asyncio.run(_own(url, token, seconds)), "asyncio client: install wrk for the true figure")


def _wrk(program: str, url: str, token: str, seconds: float) -> float:
    command = [
        program,
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{max(1, round(seconds))}s",
        "-H",
        f"Authorization: Bearer {token}",
        url,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 30)
    return wrk_rate(done.stdout)


def wrk_rate(output: str) -> float:
    """Return the rate that wrk printed; raises RuntimeError if there is none or requests failed."""
    rate = re.search(r"^Requests/sec:\s+([\d.]+)", output, re.MULTILINE)
    if rate is None or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrk found no clean responses:\n{output}")
    return float(rate[1])


async def _own(url: str, token: str, seconds: float) -> float:
    deadline = time.monotonic() + seconds
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Bearer {token}"}) as session:

        async def one() -> int:
            count = 0
            while time.monotonic() < deadline:
                async with session.get(url) as response:
                    await response.read()
                    if response.status != 200:
                        raise RuntimeError(f"GET of a bundle returned {response.status}")
                count += 1
            return count

        started = time.monotonic()
        counts = await asyncio.gather(*(one() for dummy in range(CONNECTIONS)))
        return sum(counts) / (time.monotonic() - started)
