# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that write: they send what --check shows, and after that nothing is left to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator import Simulator
from simulator.pytest_plugin import MakeSimulator
from support.component.client_folder import ClientFolder, Ran
from support.component.dealer_clients import DealerClients
from support.component.resource_runner import touched
from support.playbook import ROOT

CLIENTS = DealerClients(["aster", "betula", "dalia", "erica"])
ASTER, BETULA, DALIA, ERICA = (CLIENTS.id_of(name) for name in CLIENTS.names)

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
    simulator = make_simulator(CLIENTS.seed())
    _prepare(simulator)
    return simulator


def _prepare(simulator: Simulator) -> None:
    """Bring every client to its starting point, also after a run."""
    simulator.load(CLIENTS.seed())
    state = simulator.state
    state.set_client(BETULA, geo_list="BY RU", timezone="Asia/Omsk")
    state.set_bundle(100 * BETULA + 1, [100 * BETULA + 2, 100 * BETULA + 6])
    state.set_bundle(100 * DALIA + 1, [100 * DALIA + 2])
    state.set_bundle(100 * DALIA + 6, [100 * DALIA + 3])


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, simulator: Simulator) -> ClientFolder:
    folder = ClientFolder(tmp_path / "shop", simulator)
    # One of the two breaks the policy as well: it is reported once, and removed once.
    addresses = ("198.51.100.7", "203.0.113.9")
    absent = "  absent:\n" + "".join(f"    - {{extension: '105', address: [{one}]}}\n" for one in addresses)
    folder.write({**CLIENTS.files({"betula": absent}), "dalia": DALIA_FILE})
    return folder


def test_check_mode_promises_what_the_run_sends(folder: ClientFolder) -> None:
    """One state: two playbooks in check mode, then a run of each, and what a run has done is not done again."""
    simulator = folder.simulator
    before = simulator.snapshot()
    promised = folder.run("apply", "--check", "--diff").check(0)
    changes = _changes(promised)
    assert len(changes) == len(_requests(EXPECTED))
    promised_bundles = folder.run("bundles", "--check").check(0)
    assert _changes(promised_bundles) == [change for change in changes if change[2].startswith("bundle/")]
    assert simulator.writes() == [] and simulator.snapshot() == before
    assert not (folder.path / "reports").exists()

    # Settings and registrations stay unchanged, although the files want other ones; they are not even read.
    ran = folder.run("bundles").check(0)
    assert sorted(ran.writes) == _requests(["bundles"])
    assert _changes(ran) == _changes(promised_bundles) and _by_host(ran, "changed") == _by_host(
        promised_bundles, "changed"
    )
    assert _places(before, simulator.snapshot()) == {"bundles"}
    assert not [entry.path for entry in ran.entries if entry.path.endswith("/client/") or "registration" in entry.path]

    _prepare(simulator)
    before = simulator.snapshot()
    ran = folder.run("apply", "--diff").check(0)
    assert sorted(ran.writes) == _requests(EXPECTED)
    assert _changes(ran) == changes and _by_host(ran, "changed") == _by_host(promised, "changed")
    assert _places(before, simulator.snapshot()) == {"clients", "bundles", "registrations"}

    done = simulator.snapshot()
    again = folder.run("apply").check(0)
    assert again.writes == [] and _changes(again) == [] and simulator.snapshot() == done
    assert set(_by_host(again, "changed").values()) == {0}


def test_onboard_does_what_apply_does() -> None:
    """A test of one is a test of the other: they differ in their waves and in the names of their tasks only."""
    apply, onboard = (
        yaml.safe_load((ROOT / "playbooks" / f"{name}.yml").read_text())[0] for name in ("apply", "onboard")
    )
    assert _nameless(apply.pop("tasks")) == _nameless(onboard.pop("tasks"))
    waves = {"serial", "order", "max_fail_percentage"}
    assert waves <= onboard.keys()
    assert _nameless(apply) == _nameless({key: value for key, value in onboard.items() if key not in waves})


def _nameless(found: Any) -> Any:
    """Return tasks, blocks and plays without their names."""
    if isinstance(found, list):
        return [_nameless(entry) for entry in found]
    if not isinstance(found, dict):
        return found
    return {
        key: value if key == "ansible.builtin.import_role" else _nameless(value)
        for key, value in found.items()
        if key != "name"
    }


def test_limits_and_patterns_leave_the_others_alone(folder: ClientFolder) -> None:
    """Only a client that both the limit and the pattern name is touched."""
    ran = folder.run("apply", "--limit", "aster:dalia", "-e", "ringme_hosts=aster:betula").check(0)
    assert set(CLIENTS.parts(folder.simulator, "aster").values()) == {True}
    assert list(ran.run.stats) == ["aster"]
    others = [f"/client/{number}/" for number in (BETULA, DALIA, ERICA)]
    assert not [entry.path for entry in ran.entries if any(other in entry.path for other in others)]


def test_read_only_in_the_environment_stops_every_write(folder: ClientFolder) -> None:
    before = folder.simulator.snapshot()
    ran = folder.run("apply", "--limit", "aster:betula", env={"RINGME_READ_ONLY": "1"}).check(2)
    assert ran.writes == [] and folder.simulator.snapshot() == before
    assert ran.failed() == {"aster", "betula"}
    assert "read_only" in ran.message("aster")


def test_what_a_limit_stops_is_reported_in_check_mode_too(folder: ClientFolder) -> None:
    """The plan says so before anything is written; the option that the message names lets one run pass."""
    simulator = folder.simulator
    folder.write({"aster": CLIENTS.file("aster", "client_bundles_max_changes: 1\n"), "erica": CLIENTS.file("erica")})
    promised = folder.run("bundles", "--check").check(2)
    ran = folder.run("bundles").check(2)
    for each in (promised, ran):
        assert each.failed() == {"aster"}
        assert "max_changes" in each.message("aster")
    assert CLIENTS.parts(simulator, "erica")["bundle 101"]
    assert set(CLIENTS.parts(simulator, "aster").values()) == {False}
    folder.run("bundles", "--limit", "aster", extra_vars={"client_bundles_max_changes": 2}).check(0)
    assert CLIENTS.parts(simulator, "aster")["bundle 101"] and CLIENTS.parts(simulator, "aster")["bundle 103"]


def _requests(sections: Iterable[str]) -> list[str]:
    return sorted(request for section in sections for request in EXPECTED[section])


def _places(before: Any, after: Any) -> set[str]:
    """Return the kinds of objects that differ."""
    return {place.split("/")[0] for place in touched(before, after)}


def _changes(ran: Ran) -> list[tuple[str, ...]]:
    """Return what the tasks of this collection reported as changes, by host, in a stable order."""
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
