# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook drift never writes, and calls clean only what it has compared, whatever it was started with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from component.test_playbooks_validate import OFFLINE
from simulator import Simulator
from simulator.pytest_plugin import MakeSimulator
from support.component.client_folder import CLEAN, VAULT, VAULT_PASSWORD, ClientFolder, Ran, vaulted
from support.component.dealer_clients import DealerClients

CLIENTS = DealerClients(["aster", "betula", "dalia", "erica"])
VASILEK_SECRET = "vasilek-secret-0123456789abc"
NOWHERE = '"{{ nowhere }}"'
LOOSE: Mapping[str, Any] = {
    "ansible_check_mode": False,
    "check_mode": False,
    "read_only": False,
    "client_blocked_in_check": "fail",
    "ignore_errors": True,
    "ansible_inject_invocation": True,
}
"""Variables with the names of what keeps a run from writing; the last one shows the options of each task."""


@pytest.fixture(name="dealer_simulator")
def _dealer_simulator(make_simulator: MakeSimulator) -> Simulator:
    return make_simulator(CLIENTS.seed())


def _folder(path: Path, simulator: Simulator, files: Mapping[str, str]) -> ClientFolder:
    folder = ClientFolder(path / "shop", simulator)
    folder.write(files)
    return folder


def _table(ran: Ran) -> list[str]:
    return ran.shown("Report")


@pytest.mark.smoke
def test_a_clean_folder(tmp_path: Path, simulator: Simulator) -> None:
    """Outside the clone, with nothing but the client files, by the names of the collection; a secret is in a vault."""
    own = f"client_api:\n  application_id: vasilek-application\n  application_secret: {vaulted(VASILEK_SECRET)}\n"
    folder = _folder(tmp_path, simulator, {**CLEAN, "vasilek": CLEAN["vasilek"] + own})
    folder.run("validate", env=OFFLINE).check(0)
    assert not simulator.journal
    (tmp_path / "password").write_text(VAULT_PASSWORD, encoding="utf-8")
    ran = folder.run("drift", *VAULT).check(0)
    assert ran.writes == [] and ran.reads > 0
    assert _table(ran)[0] == "FLEET  2 clients: 2 clean"
    assert [entry.body["client_id"] for entry in simulator.token_requests()].count("vasilek-application") > 0
    simulator.state.set_client(802, geo_list="*")
    ran = folder.run("drift", *VAULT).check(2)
    assert ran.failed() == {"vasilek"} and ran.writes == []
    assert ran.message("vasilek") == '~ settings: geo_list ["*"] -> ["BY", "RU"]'


@pytest.mark.parametrize(
    "loosened",
    [LOOSE, {**LOOSE, "client_api": {"read_only": False}, "ringme_in_process": False}],
    ids=["by-file-and-variables", "by-variables-as-modules"],
)
def test_nothing_makes_it_write(tmp_path: Path, dealer_simulator: Simulator, loosened: Mapping[str, Any]) -> None:
    """It is in check mode, and every request that writes is refused; no variable changes either."""
    loose = "client_api: {read_only: false}\nclient_bundles_blocked_in_check: fail\n"
    files = {"aster": CLIENTS.file("aster", loose), "erica": "client_id: 904\n"}
    folder = _folder(tmp_path, dealer_simulator, files)
    before = dealer_simulator.snapshot()
    ran = folder.run("drift", extra_vars=loosened, env={"RINGME_READ_ONLY": "0"}).check(2)
    assert ran.writes == [] and dealer_simulator.snapshot() == before
    assert ran.failed() == {"aster"}
    for task in ("Settings", "Bundles", "Registrations"):
        result = ran.run.one(task, host="aster")
        assert result["changed"] is True
        assert result["invocation"]["module_args"]["read_only"] is True
    message = ran.message("aster")
    assert (
        '~ settings: geo_list provider\'s default -> ["BY", "RU"], timezone "Europe/Moscow" -> "Asia/Omsk"' in message
    )
    assert '+ bundle/103: members [] -> ["104"]' in message
    assert "! registration/105: " in message and "(REG-001, critical)" in message


def test_the_table_at_the_end(tmp_path: Path, dealer_simulator: Simulator) -> None:
    """Every client that is not clean has a row, also one whose name or number of differences is long."""
    name = "a-name-that-is-longer-than-the-column-is-wide"
    files = CLIENTS.files()
    folder = _folder(
        tmp_path, dealer_simulator, {name: files["aster"], "betula": "client_id: 902\n", "erica": "client_id: 4 2\n"}
    )
    ran = folder.run("drift").check(2)
    table = _table(ran)
    heads = [line for line in table if line.startswith("CLIENT ")]
    assert [head.split()[1] for head in heads] == [name, "erica"]
    assert "BLOCKED, NOT CHECKED" in heads[1] and "FLEET  3 clients: 1 clean, 1 drifted, 1 BLOCKED" in table
    assert all(len(line) <= 80 for line in table)
    tasks = [entry["task"] for entry in ran.run.results]
    assert set(tasks[tasks.index("Report") + 1 :]) == {"Check that the client matches its file"}


def test_templates_that_fail_are_not_clean(tmp_path: Path, dealer_simulator: Simulator) -> None:
    """A variable that is missing does not become a setting that is not managed; the error shows where it is used."""
    names = [
        "well",
        "api",
        "ident",
        "settings",
        "setting",
        "bundles",
        "member",
        "prune",
        "policy",
        "networks",
        "absent",
    ]
    own = DealerClients(names)
    dealer_simulator.load(own.seed())
    for name in names:
        _bring_to(own, dealer_simulator, name)
    files = {name: own.file(name).replace("198.51.100.0/24", "'0.0.0.0/0'") for name in names}
    files["api"] += f"client_api: {NOWHERE}\n"
    files["ident"] = f"client_id: {NOWHERE}\nclient_settings: {{timezone: Asia/Omsk}}\n"
    files["settings"] = f"client_id: {own.id_of('settings')}\nclient_settings: {NOWHERE}\n"
    files["setting"] = files["setting"].replace("Asia/Omsk", NOWHERE)
    files["bundles"] = f"client_id: {own.id_of('bundles')}\nclient_bundles: {NOWHERE}\n"
    files["member"] = files["member"].replace('"104"', NOWHERE)
    files["prune"] += f"client_bundles_prune: {NOWHERE}\n"
    files["policy"] = f"client_id: {own.id_of('policy')}\nclient_registrations: {NOWHERE}\n"
    files["networks"] += f"  allowed_devices: {NOWHERE}\n"
    files["absent"] += f"  absent: {NOWHERE}\n"
    folder = _folder(tmp_path, dealer_simulator, files)
    # The other playbook has other templates of its own only for bundles; that a broken section stops it, one shows.
    for playbook, those in (("drift", names), ("bundles", ["well", "settings", "bundles", "member"])):
        ran = folder.run(playbook, "--limit", ",".join(those)).check(2)
        assert ran.failed() == set(those) - {"well"} and ran.writes == []
        for name in those[1:]:
            line = next(number for number, text in enumerate(files[name].splitlines(), 1) if NOWHERE in text)
            # A client that is not known cannot be asked for anything: its file is refused as it is.
            assert ("client_id: a template" if name == "ident" else "'nowhere' is undefined") in ran.message(name)
            assert f"clients/{name}.yml:{line}" in ran.run.output
        assert not [entry for entry in ran.entries if f"/client/{own.id_of('bundles')}/" in entry.path]


@pytest.mark.parametrize(
    ("playbook", "args", "env", "option"),
    [
        (
            "drift",
            ["-e", "client_bundles_result="],
            {},
            "-e client_bundles_result: the playbook sets this variable",
        ),
        ("apply", ["--start-at-task", "Settings"], {}, "--start-at-task would skip tasks"),
        ("export", [], {"ANSIBLE_RUN_TAGS": "always"}, "run it without --tags and ANSIBLE_RUN_TAGS"),
        ("gate", ["--skip-tags", "x"], {}, "--skip-tags would skip tasks"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_be_left_out_is_refused(
    tmp_path: Path, dealer_simulator: Simulator, playbook: str, args: Sequence[str], env: Mapping[str, str], option: str
) -> None:
    ran = _folder(tmp_path, dealer_simulator, {"aster": CLIENTS.file("aster")}).run(playbook, *args, env=env)
    assert ran.run.rc != 0 and not ran.entries and option in ran.output


def test_settings_of_ansible_do_not_make_it_clean(tmp_path: Path, dealer_simulator: Simulator) -> None:
    """The playbooks set what they need themselves."""
    folder = _folder(tmp_path, dealer_simulator, {"aster": CLIENTS.file("aster")})
    strange = {
        "ANSIBLE_STRATEGY": "free",
        "ANSIBLE_BECOME": "true",
        "ANSIBLE_BECOME_METHOD": "nowhere",
        "LANG": "C",
        "LC_ALL": None,
    }
    (folder.path / "group_vars").mkdir()
    (folder.path / "group_vars" / "all.yml").write_text(
        "ansible_become: true\nansible_connection: ssh\n", encoding="utf-8"
    )
    ran = folder.run("drift", env=strange).check(2)
    assert ran.failed() == {"aster"} and ran.writes == []


def test_only_hosts_from_client_files_are_clients(tmp_path: Path, dealer_simulator: Simulator) -> None:
    """A router with the settings of all clients is ignored, with its client_id too; a run over routers only fails."""
    folder = _folder(tmp_path, dealer_simulator, {"aster": CLIENTS.file("aster")})
    (folder.path / "routers.yml").write_text("all: {hosts: {router: {client_id: 902}}}\n", encoding="utf-8")
    (folder.path / "group_vars").mkdir()
    (folder.path / "group_vars" / "all.yml").write_text("client_settings: {timezone: Asia/Tomsk}\n", encoding="utf-8")
    ran = folder.run("apply", "-i", "routers.yml").check(0)
    assert (
        ran.run.stats.keys() == {"aster"}
        and ran.writes
        and all(f"/{901}/" in write or "/901" in write for write in ran.writes)
    )
    ran = folder.run("apply", inventory=Path("routers.yml"))
    assert (
        ran.run.rc != 0
        and not ran.entries
        and "no clients found: no host of this run comes from a client file" in ran.output
    )
    ran = folder.run("apply", "-e", "client_id=902")
    assert ran.run.rc != 0 and not ran.entries
    assert "clients/aster.yml: another value hides client_id, which only the client file can set" in ran.output


def _bring_to(clients: DealerClients, simulator: Simulator, name: str) -> None:
    """Bring settings and bundles of a client to where its file wants them."""
    first = 100 * clients.id_of(name)
    simulator.state.set_client(clients.id_of(name), geo_list="BY RU", timezone="Asia/Omsk")
    simulator.state.set_bundle(first + 1, [first + 2])
    simulator.state.set_bundle(first + 3, [first + 4])
