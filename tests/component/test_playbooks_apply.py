# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that write: what they tell with --check is what they send without it, and then nothing is left to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from component.client_folder import ClientFolder, Ran
from component.estate import Estate
from component.harness import touched
from simulator import Simulator
from simulator.pytest_plugin import MakeSimulator

ESTATE = Estate(["aster", "betula", "dalia", "erica"])
ASTER, BETULA, DALIA, ERICA = (ESTATE.id_of(name) for name in ESTATE.names)

DALIA_FILE = f"""\
client_id: {DALIA}
client_settings:
  hold_music: 3
  timezone: "{{{{ 'Asia' }}}}/Omsk"
client_bundles:
  - {{extension: "101", state: absent}}
  - {{extension: "106", members: ["103", "104"]}}
client_registrations:
  allowed_networks: [203.0.113.0/24]
  state: compliant
"""
"""Wants a bundle away and another one grown, and the devices that the others must not have."""

# By section, the requests that the differences take. What the others need in full, betula and dalia need in part.
EXPECTED = {
    "settings": [f"PUT /client/{client}/client/" for client in (ASTER, DALIA, ERICA)],
    "bundles": [
        *(
            f"POST /client/{client}/extensions_bundle/{100 * client + main}"
            for client in (ASTER, BETULA, ERICA)
            for main in (1, 3)
        ),
        f"DELETE /client/{DALIA}/extensions_bundle/{100 * DALIA + 1}",
        f"POST /client/{DALIA}/extensions_bundle/{100 * DALIA + 6}",
    ],
    "registrations": [
        f"DELETE /extension/{100 * client + 5}/registration/uloc-{client:08x}-{index}"
        for client, index in ((ASTER, 1), (BETULA, 0), (BETULA, 1), (DALIA, 0), (ERICA, 1))
    ],
}


@pytest.fixture(name="simulator")
def _simulator(make_simulator: MakeSimulator) -> Simulator:
    simulator = make_simulator(ESTATE.seed())
    state = simulator.state
    state.set_client(BETULA, geo_list="BY RU", timezone="Asia/Omsk")
    state.set_bundle(100 * BETULA + 1, [100 * BETULA + 2, 100 * BETULA + 6])
    state.set_bundle(100 * DALIA + 1, [100 * DALIA + 2])
    state.set_bundle(100 * DALIA + 6, [100 * DALIA + 3])
    return simulator


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, simulator: Simulator) -> ClientFolder:
    folder = ClientFolder(tmp_path / "shop", simulator)
    # One of the two breaks the policy as well: it is told once, and removed once.
    absent = "  absent:\n    - {extension: '105', address: [198.51.100.7]}\n    - {extension: '105', address: [203.0.113.9]}\n"
    folder.write({**ESTATE.files({"betula": absent}), "dalia": DALIA_FILE})
    return folder


@pytest.mark.parametrize(
    ("playbook", "sections"),
    [("apply", [*EXPECTED]), ("onboard", [*EXPECTED]), ("bundles", ["bundles"])],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_check_mode_tells_what_the_run_sends(folder: ClientFolder, playbook: str, sections: list[str]) -> None:
    simulator = folder.simulator
    before = simulator.snapshot()
    told = folder.run(playbook, "--check", "--diff").check(0)
    assert told.writes == [] and simulator.snapshot() == before

    ran = folder.run(playbook, "--diff").check(0)
    expected = [request for section in sections for request in EXPECTED[section]]
    assert sorted(ran.writes) == sorted(expected)
    assert _changes(ran) == _changes(told)
    assert len(_changes(ran)) == len(expected)
    assert _by_host(ran, "changed") == _by_host(told, "changed")
    kinds = {"clients" if section == "settings" else section for section in sections}
    assert {place.split("/")[0] for place in touched(before, simulator.snapshot())} == kinds

    done = simulator.snapshot()
    again = folder.run(playbook).check(0)
    assert again.writes == [] and _changes(again) == [] and simulator.snapshot() == done
    assert set(_by_host(again, "changed").values()) == {0}


def test_bundles_leaves_settings_and_registrations_alone(folder: ClientFolder) -> None:
    """Even where the file wants other ones; it does not ask for them either."""
    folder.run("bundles", "--limit", "aster:erica").check(0)
    for name in ("aster", "erica"):
        wanted = {"settings": False, "bundle 101": True, "bundle 103": True, "registrations": False}
        assert ESTATE.parts(folder.simulator, name) == wanted
    asked = [entry.path for entry in folder.simulator.requests()]
    assert not [path for path in asked if path.endswith("/client/") or "registration" in path]


def test_limits_and_patterns_leave_the_others_alone(folder: ClientFolder) -> None:
    ran = folder.run("apply", "--limit", "aster", "-e", "ringme_hosts=aster:betula").check(0)
    assert set(ESTATE.parts(folder.simulator, "aster").values()) == {True}
    assert list(ran.run.stats) == ["aster"]
    ran = folder.run("apply", "-e", "ringme_hosts=erica:dalia").check(0)
    assert sorted(ran.run.stats) == ["dalia", "erica"]
    assert not [entry for entry in folder.simulator.requests() if f"/client/{BETULA}/" in entry.path]


def test_read_only_in_the_environment_stops_every_write(folder: ClientFolder) -> None:
    before = folder.simulator.snapshot()
    ran = folder.run("apply", env={"RINGME_READ_ONLY": "1"}).check(2)
    assert ran.writes == [] and folder.simulator.snapshot() == before
    assert ran.failed() == set(ESTATE.names)
    assert "read_only" in ran.message("aster")


def test_what_a_limit_stops_is_told_in_check_mode_too(folder: ClientFolder) -> None:
    """The plan says so before anything is written; and one run may be let through by the option that the message names."""
    simulator = folder.simulator
    folder.write({"aster": ESTATE.file("aster", "client_bundles_max_changes: 1\n"), "erica": ESTATE.file("erica")})
    told = folder.run("bundles", "--check").check(2)
    ran = folder.run("bundles").check(2)
    for each in (told, ran):
        assert each.failed() == {"aster"}
        assert "max_changes" in each.message("aster")
    assert ESTATE.parts(simulator, "erica")["bundle 101"]
    assert set(ESTATE.parts(simulator, "aster").values()) == {False}
    folder.run("bundles", extra_vars={"client_bundles_max_changes": 2}).check(0)
    assert ESTATE.parts(simulator, "aster")["bundle 101"] and ESTATE.parts(simulator, "aster")["bundle 103"]


def _changes(ran: Ran) -> list[tuple[str, ...]]:
    """Return what the tasks of this collection told to change, by host, in a stable order."""
    return sorted(_each_change(ran))


def _each_change(ran: Ran) -> Iterator[tuple[str, ...]]:
    loops = {(entry["host"], entry["task"]) for entry in ran.run.results if entry["per_item"]}
    for entry in ran.run.results:
        if entry["action"].startswith("ringme.pbx.") and (
            entry["per_item"] or (entry["host"], entry["task"]) not in loops
        ):
            for change in entry["result"].get("changes", ()):
                fields = repr([(field["name"], field["before"], field["after"]) for field in change["fields"]])
                yield entry["host"], change["resource"], change["address"], change["action"], fields


def _by_host(ran: Ran, count: str) -> dict[str, int]:
    return {host: counts[count] for host, counts in ran.run.stats.items()}
