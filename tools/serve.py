# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serves the simulated PBX until interrupted and tells how to point a playbook at it ("make simulator").

Options are handed on to the simulator; see tests/simulator/README.md.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
READY = "simulator listening on "
SEED = TESTS / "simulator" / "seeds" / "default.yml"
# The secret is read from the seed, so that no output has it.
HOWTO = """\
{line}

Point a playbook at it (another terminal, in the clone; stop the simulator here with Ctrl-C):

  export ANSIBLE_COLLECTIONS_PATH="{collections}"
  export RINGME_API_URL={url}
  export RINGME_APPLICATION_ID=demo-application
  export RINGME_APPLICATION_SECRET="$(sed -n 's/.*id: demo-application, secret: \\([^,]*\\),.*/\\1/p' "{seed}")"
  .venv/bin/ansible localhost -m ringme.pbx.client_info -a client_id=801
"""


def main(options: list[str]) -> int:
    """Run the simulator as a child and hand its lines on; returns its exit status."""
    command = [sys.executable, str(TESTS / "simulator"), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        # Ctrl-C reaches the whole foreground group: the child stops itself, this process waits for it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: simulator.terminate())
        for line in simulator.stdout or ():
            text = line.rstrip("\n")
            if text.startswith(READY):
                text = HOWTO.format(
                    line=text,
                    url=text.removeprefix(READY),
                    seed=SEED,
                    collections=os.environ.get("ANSIBLE_COLLECTIONS_PATH", ".cache/collections"),
                )
            print(text, flush=True)
    return 0 if simulator.returncode in (0, -signal.SIGINT, -signal.SIGTERM) else simulator.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
