# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Onboards two example clients of a simulated PBX, and shows what happens when something is wrong.

Run by ``make demo``. It works as a user does: in a folder of client files, with playbooks by their names. It checks
what it shows: every run must end as announced, and where nothing must be sent or written the simulator's journal must
agree. The simulator is stopped at the end, also after an error, Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from presenter import OFFICE, ROOT, DemoError, Office, Pbx, Played, shown, simulator

STEPS = 8
DIRECTOR, WAREHOUSE, ACCOUNTING = 33002, 32767, 33001
"""The ids of extensions 402, 301 and 401 of client romashka."""
DRIFT = '~ settings: geo_list ["*"] -> ["BY", "RU"]; + bundle/402: members [] -> ["301"]'
"""What the last step must find, and nothing else: any country instead of two, and the bundle that was removed."""


def main() -> int:
    """Run the demonstration; returns the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)  # SIGINT too: a shell's background job starts with it ignored
    work = Path(tempfile.mkdtemp(prefix="ringme-demo-"))
    started = time.monotonic()
    try:
        with simulator(work) as pbx:
            office = Office(pbx.url, work)
            demonstrate(pbx, office)
        report = office.keep_reports()
    except DemoError as problem:
        print(f"\nThe demo FAILED: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the simulator is stopped.", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"\nDone in {time.monotonic() - started:.0f} s; the simulator is stopped. What you saw is described by:")
    described = {
        OFFICE / "clients": "romashka.yml and vasilek.yml, the desired state of two clients",
        OFFICE / "clients.ringme.yml": "the inventory: one host for each client file",
        ROOT / "playbooks": "the playbooks of the runs",
        ROOT / "roles/client": "the role that the playbooks use",
    }
    for path, what in described.items():
        print(f"  {shown(path):<36} {what}")
    print(f"\nThe report of the last comparison, for a browser:\n  {shown(report)}")
    return 0


def demonstrate(pbx: Pbx, office: Office) -> None:
    """Show the steps, and check each."""
    title(1, "A typo in a client file is reported with its line, before the first request")
    office.edit("romashka", "timezone", "time_zone")
    place = "clients/romashka.yml:13:3: client_settings.time_zone: unknown key (FIL-005)"
    failed(office.play("validate"), f"1 finding in client files: {place}")
    if pbx.shown("journal"):
        raise DemoError(f"requests were sent: {pbx.shown('journal')}")
    office.edit("romashka", "time_zone", "timezone")

    title(2, "Onboarding: two clients get their settings, bundles and registrations as their files say")
    expect(office.play("onboard", "--diff"), {"romashka": 3, "vasilek": 3})

    only = ("--limit", "romashka")
    title(3, "Extension 401 is blocked; as a member of the bundle of 402 it would become active: refused")
    office.edit("romashka", 'members: ["301"]', 'members: ["301", "401"]')
    before = pbx.writes()
    failed(office.play("apply", *only), "401 status: 'blocked' -> 'active'", '"client_bundles_allow_widening": ["401"]')
    unwritten(pbx, before)

    title(4, "After a review, the option from the message allows the change")
    allowed = '{client_bundles_allow_widening: ["401"]}'
    expect(office.play("bundles", *only, "-e", allowed, "--diff"), {"romashka": 1})

    title(5, "Removing 401 fails halfway: the old members are restored")
    office.edit("romashka", 'members: ["301", "401"]', 'members: ["301"]')
    pbx.have_a_bad_day()
    print("  The PBX now adds members instead of replacing them (its documentation allows both), so removing a member")
    print("  takes a DELETE and a POST. The connection breaks at that POST.\n", flush=True)
    run = failed(office.play("apply", *only), "could not be set", "were restored")
    if [outcome["status"] for outcome in run.failure["outcomes"]] != ["compensated"]:
        raise DemoError(f"the result does not say what became of the bundle: {run.failure['outcomes']}")
    has_members(pbx, WAREHOUSE, ACCOUNTING)

    title(6, "Run again: the remaining change is applied")
    expect(office.play("apply", *only, "--diff"), {"romashka": 1})
    has_members(pbx, WAREHOUSE)

    title(7, "Run again for both clients: nothing changes")
    before = pbx.writes()
    expect(office.play("apply"), {"romashka": 0, "vasilek": 0})
    unwritten(pbx, before)

    title(8, "A manual change to romashka: the nightly comparison reports it, and writes nothing")
    pbx.change_by_hand()
    print("  Every country may now use its SIP accounts, and the bundle of 402 is gone.\n", flush=True)
    before = pbx.writes()
    run = failed(office.play("drift"), DRIFT)
    if run.failure["msg"] != DRIFT or run.changed != {"vasilek": 0}:
        raise DemoError(f"expected {DRIFT} for romashka alone, saw {run.failure['msg']} and {run.changed}")
    unwritten(pbx, before)
    print("  The simulator's journal confirms it: the comparison sent no write.")
    check_report(office)
    if pbx.shown("contract"):
        raise DemoError(f"requests that the API does not document: {pbx.shown('contract')}")


def check_report(office: Office) -> None:
    """Check the report: both changes, made outside the runs, and the other client clean."""
    report = office.report()
    found = {
        client["key"]: [(item["address"], item["cause"]) for item in client["changes"]] for client in report["clients"]
    }
    if found != {"romashka": [("settings", "out_of_band"), ("bundle/402", "out_of_band")], "vasilek": []}:
        raise DemoError(f"the report has other changes: {found}")


def title(number: int, text: str) -> None:
    """Print the heading of a step."""
    print(f"\n=== {number} of {STEPS}  {text}\n", flush=True)


def expect(run: Played, changed: dict[str, int]) -> None:
    """Compare a run with what was announced: changed tasks per client, nothing failed."""
    if run.status or run.changed != changed:
        raise DemoError(f"expected the changes {changed}, saw {run.changed} and the exit status {run.status}")


def failed(run: Played, *parts: str) -> Played:
    """Return a run that failed as announced, with all of these in its message."""
    message = str(run.failure.get("msg"))
    if not run.status or [part for part in parts if part not in message]:
        raise DemoError(f"expected a failure with {' and '.join(parts)}, saw the status {run.status}: {message}")
    return run


def unwritten(pbx: Pbx, before: list[str]) -> None:
    """Check in the journal of the simulator that nothing was written since ``before``."""
    after = pbx.writes()
    if after != before:
        raise DemoError(f"something was written: {after[len(before) :]}")


def has_members(pbx: Pbx, *members: int) -> None:
    """Check the members of the director's bundle at the simulated PBX."""
    if pbx.members(DIRECTOR) != sorted(members):
        raise DemoError(f"the bundle of 402 should have the members {sorted(members)}, has {pbx.members(DIRECTOR)}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a second one must not disturb the cleaning up
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
