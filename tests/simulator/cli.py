# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType

from simulator.faults import FaultError, parse_fault
from simulator.seed import SeedError
from simulator.server import Simulator, is_loopback
from simulator.switches import TABLE, SwitchError, Switches


def _switch(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=VALUE")
    return name, value


def _host(text: str) -> str:
    if not is_loopback(text):
        raise argparse.ArgumentTypeError(f"{text}: the simulator listens on loopback addresses only")
    return text


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="simulator", description="Serve a simulated RingMe PBX API on a loopback port."
    )
    result.add_argument("--host", type=_host, default="127.0.0.1")
    result.add_argument("--port", type=int, default=0, help="0 takes a free one")
    result.add_argument("--seed", type=Path, help="YAML file with applications and clients (default: the built-in one)")
    result.add_argument("--switch", type=_switch, action="append", default=[], metavar="NAME=VALUE")
    result.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="kind=KIND,NAME=VALUE,...",
        help="for example kind=status,status=503,path=/client/,at=3",
    )
    result.add_argument(
        "--validate",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="check every request and response against the OpenAPI document",
    )
    result.add_argument("--url-file", type=Path, help="written when requests are served, removed at the end")
    result.add_argument("--pid-file", type=Path, help="written when requests are served, removed at the end")
    result.add_argument("--quiet", action="store_true", help="do not print the address")
    result.add_argument("--list-switches", action="store_true", help="print the table of switches and end")
    return result


def switch_table() -> str:
    """The switches as a Markdown table."""
    rows = ["| switch | values (default first) | meaning |", "| --- | --- | --- |"]
    for switch in TABLE:
        values = switch.allowed if switch.kind == "choice" else f"{switch.default or 'none'} ({switch.allowed})"
        rows.append(f"| `{switch.name}` | {values} | {switch.meaning} |")
    return "\n".join(rows)


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or none."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(name, path)


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; 2 when the arguments cannot be used, 1 when the port is taken."""
    options = parser().parse_args(arguments)
    if options.list_switches:
        print(switch_table())
        return 0
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    try:
        simulator = Simulator(
            options.seed, Switches(dict(options.switch)), options.validate, host=options.host, port=options.port
        )
        for text in options.fault:
            simulator.faults.add(**parse_fault(text))
    except (SwitchError, FaultError, SeedError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    try:
        simulator.start()
    except OSError as error:
        print(f"simulator: cannot listen on port {options.port}: {error.strerror or error}", file=sys.stderr)
        return 1
    files = [(options.url_file, simulator.url), (options.pid_file, str(os.getpid()))]
    try:
        for path, text in files:
            if path is not None:
                write_atomically(path, text + "\n")
        if not options.quiet:
            print(f"simulator listening on {simulator.url}", flush=True)
        stop.wait()
    finally:
        simulator.stop()
        for path, _text in files:
            if path is not None:
                path.unlink(missing_ok=True)
    return 0
