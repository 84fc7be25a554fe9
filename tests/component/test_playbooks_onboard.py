# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook onboard: wave after wave, each brought to its end, until one fails beyond what is allowed."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from simulator import Simulator
from simulator.pytest_plugin import MakeSimulator
from support.component.client_folder import ClientFolder, Ran
from support.component.dealer_clients import DealerClients

CLIENTS = DealerClients(["aster", "betula", "dalia", "erica", "ficus", "gloria"])
EVERY = set(CLIENTS.names)
EXHAUSTIVE = pytest.mark.exhaustive


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, make_simulator: MakeSimulator) -> ClientFolder:
    folder = ClientFolder(tmp_path / "shop", make_simulator(CLIENTS.seed()))
    folder.write(CLIENTS.files())
    return folder


def _forbid(simulator: Simulator, *names: str) -> None:
    for name in names:
        path = f"/client/{CLIENTS.id_of(name)}/"
        simulator.faults.add("status", status=403, method="PUT", path=path, message="Forbidden")


def _waves(ran: Ran) -> list[set[str]]:
    """The clients by wave: each begins with the first task of the playbook."""
    waves: list[set[str]] = []
    begun = False
    for entry in ran.run.results:
        first = entry["task"] == "Check the file of the client"
        if first and not begun:
            waves.append(set())
        if first:
            waves[-1].add(entry["host"])
        begun = first
    return waves


@pytest.mark.parametrize(
    ("wave", "allowed", "failing", "waves"),
    [
        pytest.param("2", None, ["dalia"], [{"aster", "betula"}, {"dalia", "erica"}], id="number"),
        pytest.param(
            *([1, "50%"], 34, ["erica"], [{"aster"}, {"betula", "dalia", "erica"}, {"ficus", "gloria"}]),
            id="list-within-what-is-allowed",
        ),
        # Other ways to write the same, which Ansible handles.
        pytest.param("50%", None, ["betula"], [{"aster", "betula", "dalia"}], id="per-cent", marks=EXHAUSTIVE),
        pytest.param(
            *([1, 2, 3], 50, ["betula", "dalia"], [{"aster"}, {"betula", "dalia"}]),
            id="list-beyond-what-is-allowed",
            marks=EXHAUSTIVE,
        ),
        pytest.param(None, None, ["aster"], [EVERY], id="default", marks=EXHAUSTIVE),
    ],
)
def test_a_wave_that_fails_is_the_last_one(
    folder: ClientFolder,
    wave: str | Sequence[str | int] | None,
    allowed: int | None,
    failing: Collection[str],
    waves: list[set[str]],
) -> None:
    """The others of its wave are brought to their end, and the clients behind it are not touched."""
    _forbid(folder.simulator, *failing)
    args = {"ringme_wave": wave, "ringme_wave_failures": allowed}
    given = [json.dumps({name: value}) for name, value in args.items() if value is not None]
    ran = folder.run("onboard", *(word for text in given for word in ("-e", text))).check(2)
    assert _waves(ran) == waves
    reached = set().union(*waves)
    assert CLIENTS.done(folder.simulator) == reached - set(failing)
    assert CLIENTS.untouched(folder.simulator) == EVERY - reached | set(failing)
    assert ran.failed() == set(failing)
    for name in failing:
        assert f"PUT /client/{CLIENTS.id_of(name)}/client/: HTTP 403" in ran.message(
            name, ["Check that the client matches its file"]
        )
    later = [str(CLIENTS.id_of(name)) for name in EVERY - reached]
    assert not [entry.path for entry in ran.entries if any(f"/client/{number}/" in entry.path for number in later)]


def test_blocked_clients_count_as_failed(folder: ClientFolder) -> None:
    """The tag puts the others behind the blocked one in the inventory; waves and reports are still sorted by name."""
    names = CLIENTS.names[:4]
    files = {name: CLIENTS.file(name, "client_tags: [pilots]\n") for name in names}
    folder.write({**files, "betula": CLIENTS.file("betula", "client_bundels: []\n")})
    ran = folder.run("onboard", "-e", "ringme_wave=2").check(2)
    assert ran.failed() == {"betula"} and _waves(ran) == [{"aster", "betula"}]
    place = "clients/betula.yml:12:1: client_bundels: unknown key (FIL-005)"
    assert place in ran.message("betula", ["Check that the client matches its file"])
    assert CLIENTS.done(folder.simulator) == {"aster"}

    folder.write(files)
    ran = folder.run("onboard", "-e", "ringme_wave=2").check(0)
    assert CLIENTS.done(folder.simulator) == set(names) and _waves(ran) == [set(names[:2]), set(names[2:])]
    sent = {path.split("/")[2] for path in ran.writes if path.startswith("PUT")}
    assert sent == {str(CLIENTS.id_of(name)) for name in names if name != "aster"}


def test_a_failure_in_the_middle_ends_with_the_client(folder: ClientFolder) -> None:
    """Later tasks do not run for this client: registrations are removed only under the new rules."""
    simulator, number = folder.simulator, CLIENTS.id_of("aster")
    simulator.faults.add("status", status=500, method="POST", path=f"/client/{number}/extensions_bundle/")
    ran = folder.run("onboard", "--limit", "aster:betula").check(2)
    assert CLIENTS.done(simulator) == {"betula"}
    parts = CLIENTS.parts(simulator, "aster")
    assert parts == {"settings": True, "bundle 101": False, "bundle 103": False, "registrations": False}
    assert "bundle/101" in ran.message("aster", ["Check that the client matches its file"])
