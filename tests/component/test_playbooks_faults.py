# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run over clients that fail, each in its own way, and over clients that do not: the latter are all done.

The message of each failure names the file with its line, or the client; and nothing of a failing client is half done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from simulator import Simulator, assert_contract
from support.component.client_folder import CLEAN, ClientFolder, Ran, vaulted
from support.component.dealer_clients import DealerClients

WELL = ("aster", "dalia", "zinnia")
BLOCKED = ("erica", "ficus", "ficus-copy", "gloria")
REFUSED = ("betula", "cicuta", "hosta", "iris", "lilia")
CLIENTS = DealerClients(
    [*WELL, "erica", "ficus", "gloria", "betula", "cicuta", "iris", "lilia"],
    # Enough for the settings, for reading what the bundles need, and for one bundle.
    limits={"cicuta": 17},
)
SECRET = "canary-gloria-secret"


def _files() -> dict[str, str]:
    files = CLIENTS.files(
        {
            "cicuta": CLIENTS.own_application("cicuta"),
            "gloria": f"client_api:\n  application_id: gloria\n  application_secret: {vaulted(SECRET)}\n",
            "lilia": CLIENTS.own_application("lilia").replace("abcdef", "fedcba"),
        }
    )
    files["erica"] = files["erica"].replace("client_bundles:", "client_bundels:")
    files["ficus-copy"] = files["ficus"]
    files["hosta"] = "client_id: 999\nclient_settings: {timezone: UTC}\n"
    return files


@dataclass(frozen=True)
class Finished:
    """The run of apply, then one of drift, and the state of the clients after both."""

    apply: Ran
    drift: Ran
    done: set[str]
    untouched: set[str]
    cicuta: dict[str, bool]
    iris: dict[str, bool]


@pytest.fixture(scope="module", name="finished")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    with Simulator(CLIENTS.seed()) as simulator:
        simulator.faults.add("status", status=403, path=f"/client/{CLIENTS.id_of('betula')}/", message="Forbidden")
        simulator.faults.add(
            "status", status=403, method="POST", path=f"/client/{CLIENTS.id_of('iris')}/", message="Forbidden"
        )
        folder = ClientFolder(tmp_path_factory.mktemp("faults") / "shop", simulator)
        folder.write(_files())
        ran = folder.run("apply")
        yield Finished(
            ran,
            folder.run("drift"),
            CLIENTS.done(simulator),
            CLIENTS.untouched(simulator),
            CLIENTS.parts(simulator, "cicuta"),
            CLIENTS.parts(simulator, "iris"),
        )
        assert_contract(simulator)


def test_the_others_are_done(finished: Finished) -> None:
    finished.apply.check(2)
    assert finished.done == set(WELL)
    assert finished.apply.failed() == {*BLOCKED, *REFUSED}
    for name in WELL:
        first = 100 * CLIENTS.id_of(name)
        assert f"PUT /client/{CLIENTS.id_of(name)}/client/" in finished.apply.writes
        assert any(
            write.startswith(f"DELETE /extension/{first + 5}/registration/uloc-") for write in finished.apply.writes
        )


def test_nothing_of_a_failing_client_is_half_done(finished: Finished) -> None:
    """Settings stay where the bundles fail; of two bundles the one that the quota allows is complete."""
    assert finished.untouched == {"erica", "ficus", "gloria", "betula", "lilia"}
    assert finished.iris == {"settings": True, "bundle 101": False, "bundle 103": False, "registrations": False}
    assert finished.cicuta["settings"] and not finished.cicuta["registrations"]
    assert finished.cicuta["bundle 101"] is not finished.cicuta["bundle 103"]


@pytest.mark.parametrize(
    ("host", "texts"),
    [
        (
            "erica",
            ["clients/erica.yml:6:1: client_bundels: unknown key (FIL-005)"],
        ),
        (
            "ficus",
            [
                (
                    f"clients/ficus.yml:2:12: client {CLIENTS.id_of('ficus')} "
                    "is also described in clients/ficus-copy.yml:2 (FIL-009)"
                )
            ],
        ),
        (
            "ficus-copy",
            [
                (
                    f"clients/ficus-copy.yml:2:12: client {CLIENTS.id_of('ficus')} "
                    "is also described in clients/ficus.yml:2 (FIL-009)"
                )
            ],
        ),
        (
            "gloria",
            ["clients/gloria.yml:14:23: the value cannot be decrypted: no vault password is set (FIL-003)"],
        ),
        ("betula", [f"/client/{CLIENTS.id_of('betula')}/client/: HTTP 403"]),
        ("hosta", ["/client/999/client/: HTTP 404"]),
        ("lilia", ["HTTP 401", "application_secret"]),
        ("iris", ["HTTP 403", f"/client/{CLIENTS.id_of('iris')}/extensions_bundle/", "bundle/101", "bundle/103"]),
        ("cicuta", ["1 of 2 changes were not applied", "HTTP 429 rate_limit_exceeded", "quota"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_error_names_its_place_or_its_client(finished: Finished, host: str, texts: list[str]) -> None:
    message = finished.apply.message(host)
    missing = [text for text in texts if text not in message]
    assert not missing, message
    assert "secret-0123456789" not in message and SECRET not in message


def test_a_blocked_client_is_never_asked_for(finished: Finished) -> None:
    for name in ("erica", "ficus", "gloria"):
        own = f"/client/{CLIENTS.id_of(name)}/"
        for ran in (finished.apply, finished.drift):
            assert not [entry.path for entry in ran.entries if own in entry.path]


def test_what_could_not_be_compared_is_not_clean(finished: Finished) -> None:
    finished.drift.check(2)
    assert finished.drift.writes == []
    assert finished.drift.failed() == {*BLOCKED, *REFUSED}
    table = finished.drift.shown("Report")
    rows = [line for line in table if line.startswith("CLIENT ")]
    assert {line.split()[1]: " ".join(line.split()[2:]) for line in rows} == {
        "betula": f"({CLIENTS.id_of('betula')}) FAILED",
        "cicuta": f"({CLIENTS.id_of('cicuta')}) FAILED",
        "erica": "BLOCKED, NOT CHECKED: 1 finding, 1 high",
        "ficus": "BLOCKED, NOT CHECKED: 1 finding, 1 critical",
        "ficus-copy": "BLOCKED, NOT CHECKED: 1 finding, 1 critical",
        "gloria": "BLOCKED, NOT CHECKED: 1 finding, 1 high",
        "hosta": "(999) FAILED",
        "iris": f"({CLIENTS.id_of('iris')}) drifted: 3 changes, 1 finding, 2 critical, 2 high",
        "lilia": f"({CLIENTS.id_of('lilia')}) FAILED",
    }
    assert "FLEET  12 clients: 3 clean, 1 drifted, 4 BLOCKED, 4 FAILED" in table
    assert "       NOT FULLY CHECKED: 8 of 12 clients (66.7 %)" in table
    for name in BLOCKED:
        assert "NOT CHECKED: clients/" in finished.drift.message(name)


def test_a_run_without_clients_is_no_success(tmp_path: Path, simulator: Simulator) -> None:
    """Neither with an empty folder nor without one, nor where a pattern matches no host; and no request is sent."""
    folder = ClientFolder(tmp_path / "shop", simulator)
    no_clients = "no clients found: no host of this run comes from a client file. Check the folder of client files"

    def refused(playbook: str, *args: str) -> str:
        ran = folder.run(playbook, *args)
        assert ran.run.rc != 0 and no_clients in ran.output
        return ran.output

    refused("bundles")
    shutil.rmtree(folder.path / "clients")
    text = refused("export")
    assert "the folder of client files clients cannot be read: No such file or directory. Create it" in text
    (folder.path / "clients").mkdir()
    folder.write(CLEAN)
    refused("apply", "-e", "ringme_hosts=mosocw")
    assert not simulator.journal
