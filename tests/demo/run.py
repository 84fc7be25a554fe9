# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Onboards two example clients of a simulated PBX, and shows what happens when something is not as it should be.

Run by ``make demo``. It checks what it shows: every run must end as announced, and where nothing may be written the
simulator's journal must agree. The simulator is stopped at the end, also after an error, Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from backstage import CLIENTS, HERE, ROOT, Ansible, DemoFailed, Pbx, Played, shown, simulator

STEPS = 7
ONE_MORE = HERE / "changes" / "accounting.yml"
DIRECTOR, WAREHOUSE, ACCOUNTING = 33002, 32767, 33001
"""The ids of extensions 402, 301 and 401 of client romashka."""
DRIFT = ["-    - '*'", "+    - BY", "+    - RU", "-        '402': []", "+        '402':", "+        - '301'"]
"""What the last step must show, and nothing else: any country back to two, and the bundle that was removed."""


def main() -> int:
    """Run the demonstration; returns the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)  # SIGINT too: a shell's background job starts with it ignored
    work = Path(tempfile.mkdtemp(prefix="ringme-demo-"))
    started = time.monotonic()
    try:
        with simulator(work) as pbx:
            demonstrate(pbx, Ansible(pbx.url, work))
    except DemoFailed as problem:
        print(f"\nThe demo FAILED: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the simulator is stopped.", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"\nDone in {time.monotonic() - started:.0f} s; the simulator is stopped. What you saw is described by:")
    print(f"  {shown(CLIENTS / 'host_vars')}/romashka.yml, vasilek.yml    the desired state of two clients")
    print(f"  {shown(ONE_MORE)}    one more member for a bundle")
    print(f"  {shown(ROOT / 'roles/client')}    the role that keeps it")
    return 0


def demonstrate(pbx: Pbx, ansible: Ansible) -> None:
    """Show the steps, and check each."""
    title(1, "Onboarding: two clients get their settings, bundles and registrations as their files say")
    expect(ansible.play("--diff"), {"romashka": 3, "vasilek": 3})

    only = ("--limit", "romashka", "-e", f"@{shown(ONE_MORE)}")
    title(2, "Extension 401 is blocked; as a member of the bundle of 402 it would become active: refused")
    before = pbx.writes()
    failed(ansible.play(*only), "401 status: 'blocked' -> 'active'", 'allow_widening: ["401"]')
    unwritten(pbx, before)

    title(3, "Somebody has looked, and it is meant: the option that the message names lets it through")
    expect(ansible.play(*only, "-e", '{client_bundles_allow_widening: ["401"]}', "--diff"), {"romashka": 1})

    title(4, "It is taken out again, on a bad day: the old list is put back")
    pbx.have_a_bad_day()
    print("  The PBX now adds members instead of replacing them (its documents admit both), so one has to go by way of")
    print("  DELETE and POST. The connection breaks at that POST.\n", flush=True)
    run = failed(ansible.play("--limit", "romashka"), "could not be set", "was put back")
    if [outcome["status"] for outcome in run.failure["outcomes"]] != ["compensated"]:
        raise DemoFailed(f"the result does not say what became of the bundle: {run.failure['outcomes']}")
    has_members(pbx, WAREHOUSE, ACCOUNTING)

    title(5, "The same again: what is still to do is done")
    expect(ansible.play("--limit", "romashka", "--diff"), {"romashka": 1})
    has_members(pbx, WAREHOUSE)

    title(6, "The same again, for both: everything is as it should be, so nothing changes")
    before = pbx.writes()
    expect(ansible.play(), {"romashka": 0, "vasilek": 0})
    unwritten(pbx, before)

    title(7, "Somebody changes client romashka by hand; a check run finds exactly that, and writes nothing")
    pbx.change_by_hand()
    print("  Every country may now use its SIP accounts, and the bundle of 402 is gone.\n", flush=True)
    before = pbx.writes()
    run = ansible.play("--check", "--diff")
    expect(run, {"romashka": 2, "vasilek": 0})
    if drift(run) != DRIFT:
        raise DemoFailed(f"expected the differences {DRIFT}, saw {drift(run)}")
    unwritten(pbx, before)
    print("  The simulator's journal confirms it: the check run sent no write.")
    if pbx.told("contract"):
        raise DemoFailed(f"requests that the API does not document: {pbx.told('contract')}")


def title(number: int, text: str) -> None:
    """Print the heading of a step."""
    print(f"\n=== {number} of {STEPS}  {text}\n", flush=True)


def expect(run: Played, changed: dict[str, int]) -> None:
    """Compare a run with what was announced: changed tasks per client, nothing failed."""
    if run.status or run.changed != changed:
        raise DemoFailed(f"expected the changes {changed}, saw {run.changed} and the exit status {run.status}")


def failed(run: Played, *parts: str) -> Played:
    """Return a run that failed as announced, with all of these in its message."""
    message = str(run.failure.get("msg"))
    if not run.status or [part for part in parts if part not in message]:
        raise DemoFailed(f"expected a failure with {' and '.join(parts)}, saw the status {run.status}: {message}")
    return run


def unwritten(pbx: Pbx, before: list[str]) -> None:
    """Hold the journal of the simulator against the promise that nothing is written."""
    after = pbx.writes()
    if after != before:
        raise DemoFailed(f"something was written: {after[len(before):]}")


def has_members(pbx: Pbx, *members: int) -> None:
    """Look up the bundle of the director at the PBX itself."""
    if pbx.members(DIRECTOR) != sorted(members):
        raise DemoFailed(f"the bundle of 402 should have the members {sorted(members)}, has {pbx.members(DIRECTOR)}")


def drift(run: Played) -> list[str]:
    """Return the differing lines of the diffs that a run printed, without their headers."""
    return re.findall(r"^[+-](?![+-]{2} ).*\S", run.text, re.MULTILINE)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a second one must not disturb the cleaning up
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
