# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serves the simulated PBX until interrupted and prints how to point a playbook at it ("make simulator").

With ``--secret APPLICATION`` it prints the secret of an application of the seed instead. Other options go to the
simulator; see tests/simulator/README.md.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS))

from simulator import seed as seeds  # noqa: E402  pylint: disable=wrong-import-position
from simulator.model import Application  # noqa: E402  pylint: disable=wrong-import-position
from simulator.state import Store  # noqa: E402  pylint: disable=wrong-import-position

READY = "simulator listening on "
# The command reads the secret from the seed, so that no output contains it.
HOWTO = """\
{line}

Point a playbook at it (in another terminal, in the clone; stop the simulator here with Ctrl-C):

  export PATH="$PWD/.venv/bin:$PATH"
  export ANSIBLE_COLLECTIONS_PATH={collections}
  export RINGME_API_URL={url}
  export RINGME_APPLICATION_ID={application}
  export RINGME_APPLICATION_SECRET="$(.venv/bin/python tools/serve.py --secret {application} --seed {seed})"
  ansible localhost -m ringme.pbx.client_info -a client_id={client}

The application reaches {reach}.{guides}
"""
NO_APPLICATION = """\
{line}

The seed has no application with write access. Add one under "applications", see tests/simulator/README.md.
"""
GUIDES = " The guides in docs/docsite/rst use these clients: their commands work unchanged."


def best(applications: Iterable[Application]) -> Application | None:
    """Return the application that can access most clients: one of a dealer, or else the first of a client."""
    usable = [
        entry for entry in applications if not entry.blocked and (entry.access_level, entry.access) == ("all", "full")
    ]
    return min(usable, key=lambda entry: entry.dealer_id is None, default=None)


def howto(line: str, seed: Path, store: Store) -> str:
    """Return the text that replaces the simulator's own line."""
    application = best(store.applications.values())
    if application is None:
        return NO_APPLICATION.format(line=line)
    own = application.client_id
    return HOWTO.format(
        line=line,
        url=line.removeprefix(READY),
        collections=shlex.quote(os.environ.get("ANSIBLE_COLLECTIONS_PATH", ".cache/collections")),
        application=shlex.quote(application.id),
        seed=shlex.quote(str(seed)),
        client=own or next(iter(store.clients), "CLIENT"),
        reach=f"client {own}" if own else f"the clients of dealer {application.dealer_id}",
        guides=GUIDES if seed == seeds.DEFAULT else "",
    )


def main(arguments: list[str]) -> int:
    """Run the simulator as a child and forward its output; return its exit status, or 2 for an invalid seed."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--seed", type=Path, default=seeds.DEFAULT)
    parser.add_argument("--secret")
    options, rest = parser.parse_known_args(arguments)
    try:
        store = seeds.build_store(seeds.read_seed(options.seed))
    except seeds.SeedError as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    if options.secret is None:
        return serve(options.seed, store, rest)
    if options.secret not in store.applications:
        known = ", ".join(store.applications) or "none"
        print(
            f"simulator: no application {options.secret} in {options.seed}; its applications: {known}", file=sys.stderr
        )
        return 2
    print(store.applications[options.secret].secret)
    return 0


def serve(seed: Path, store: Store, rest: list[str]) -> int:
    """Serve that seed; ``rest`` are further options of the simulator."""
    command = [sys.executable, str(TESTS / "simulator"), "--seed", str(seed), *rest]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        # Ctrl-C is sent to the whole foreground group: the child stops, this process waits for it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: simulator.terminate())
        for line in simulator.stdout or ():
            text = line.rstrip("\n")
            print(howto(text, seed, store) if text.startswith(READY) else text, flush=True)
    return 0 if simulator.returncode in (0, -signal.SIGINT, -signal.SIGTERM) else simulator.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
