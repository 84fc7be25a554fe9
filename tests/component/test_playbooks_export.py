# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook export: the client files have no drift from the live state, and a second export gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator import Simulator
from support.component.client_folder import ClientFolder
from support.component.scenario_playbooks import statuses
from support.playbook import ROOT, run_playbook

SECRET = "demo-secret-0123456789abcdef"
FILES = {
    "romashka": f"""\
# yaml-language-server: $schema=../client.schema.json
---
client_id: 801
client_tags: [moscow, pilots]
client_api: {{application_id: demo-application, application_secret: {SECRET}}}
client_settings: {{timezone: UTC}}
client_bundles_prune: true
client_registrations:
  allowed_networks: ["0.0.0.0/0", "::/0"]
client_vars: {{motd: "{{{{ 1 + 1 }}}}"}}
""",
    "vasilek": "client_id: 802\nclient_tags: [urals]\n",
}
ROMASHKA = """\
# yaml-language-server: $schema=../client.schema.json
---
client_id: 801
client_tags: [moscow, pilots]
extension_len: 3
client_api:
  application_id: demo-application
  application_secret: "{{ vault_romashka_application_secret }}"
client_settings:
  dial_rule_id: 5
  hold_music: 11
  timezone: Europe/Moscow
  reset: [disk_space_notify_email, disk_space_notify_threshold, geo_list, sip_network_permission_id]
client_bundles_prune: true
client_registrations:
  allowed_networks: [0.0.0.0/0, '::/0']
client_vars:
  motd: "{{ 1 + 1 }}"
"""
"""What only the file knows has stayed, what the PBX knows is as it is there, and the secret is a placeholder."""


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, simulator: Simulator) -> ClientFolder:
    folder = ClientFolder(tmp_path / "shop", simulator)
    folder.write(FILES)
    return folder


def _written(folder: ClientFolder) -> dict[str, str]:
    """Return the text of every file but those that were there at first."""
    first = {"clients.ringme.yml", "clients/romashka.yml", "clients/vasilek.yml"}
    found = {
        path.relative_to(folder.path).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.path.rglob("*")
        if path.is_file()
    }
    assert found["clients/romashka.yml"] == FILES["romashka"] and found["clients/vasilek.yml"] == FILES["vasilek"]
    return {name: text for name, text in found.items() if name not in first}


def test_check_mode_shows_the_files_and_writes_none(folder: ClientFolder) -> None:
    ran = folder.run("export", "--check", "--diff").check(0)
    assert _written(folder) == {} and ran.writes == []
    assert {host for host, counts in ran.run.stats.items() if counts["changed"]} == {"romashka", "vasilek"}
    result = ran.run.one("Write the file", host="romashka")
    assert result["diff"]["after"] == ROMASHKA
    assert '+  - {extension: "101", members: ["102"]}' in ran.run.stdout
    assert SECRET not in ran.run.output

    folder.run("export", "--limit", "romashka").check(0)
    assert _written(folder) == {"exported/romashka.yml": ROMASHKA}


def test_an_export_is_clean_and_the_next_one_the_same(folder: ClientFolder) -> None:
    simulator = folder.simulator
    folder.run("export", "-e", "ringme_export_path=live").check(0)
    written = _written(folder)
    assert sorted(written) == ["live/romashka.yml", "live/vasilek.yml"]
    again = folder.run("export", "-e", "ringme_export_path=live").check(0)
    assert _written(folder) == written
    assert {counts["changed"] for counts in again.run.stats.values()} == {0}

    source = folder.path / "live.ringme.yml"
    source.write_text("plugin: ringme.pbx.clients\npath: live\n", encoding="utf-8")
    variables = {"vault_romashka_application_secret": SECRET}
    ran = folder.run("drift", inventory=Path(source.name), extra_vars=variables).check(0)
    assert sorted(ran.run.stats) == ["romashka", "vasilek"]
    simulator.state.set_bundle(41001, [])
    ran = folder.run("drift", inventory=Path(source.name), extra_vars=variables).check(2)
    assert ran.failed() == {"vasilek"}
    assert not simulator.writes()


def test_clients_without_a_file_are_named_by_their_ids(folder: ClientFolder) -> None:
    """And nothing but these; what the files say of the same clients is not taken from them."""
    ran = folder.run("export", extra_vars={"ringme_export_clients": ["802", 801]}).check(0)
    written = _written(folder)
    assert set(written) == {"exported/client_801.yml", "exported/client_802.yml"}
    assert not any("client_tags" in text or "client_api" in text for text in written.values())
    assert '  - {extension: "101", members: ["102"]}\n' in written["exported/client_802.yml"]
    assert set(ran.run.stats) == {"localhost", "client_801", "client_802"}


def test_one_that_fails_leaves_the_others_exported(folder: ClientFolder) -> None:
    ran = folder.run("export", "-e", "ringme_export_clients=999,802").check(2)
    assert set(_written(folder)) == {"exported/client_802.yml"}
    assert ran.failed() == {"client_999"} and "/client/999/client/: HTTP 404" in ran.message("client_999")

    # Two files claim one client now, and both are blocked.
    (folder.path / "clients" / "zinnia.yml").write_text(FILES["vasilek"], encoding="utf-8")
    ran = folder.run("export").check(2)
    assert ran.failed() == {"vasilek", "zinnia"} and "(FIL-009)" in ran.message("vasilek")
    assert "exported/romashka.yml" in _written(folder) and "exported/vasilek.yml" not in _written(folder)


IDS: Mapping[str, tuple[Any, list[str] | None]] = {
    "a text": ("801,802", ["801", "802"]),
    "a text with spaces": ("801, 802", ["801", "802"]),
    "a number": (802, ["802"]),
    "a list of texts": (["802"], ["802"]),
    "a list of both": ([801, "802"], ["801", "802"]),
    "the own client": ("@me", ["@me"]),
    "a name": ("romashka", None),
    "an empty text": ("", None),
    "an empty list": ([], None),
    "a command": ("802 801; rm", None),
    "zero": ("0", None),
    "a negative one": ("802,-1", None),
}
"""Values of ringme_export_clients, and the ids that they mean; None for a value that is refused."""


def test_ids_may_be_given_as_a_text_a_list_or_a_number(simulator: Simulator) -> None:
    """The templates of the playbook itself, with every value in one run."""
    play = yaml.safe_load((ROOT / "playbooks" / "export.yml").read_text(encoding="utf-8"))[0]
    [check] = [task for task in play["tasks"] if "ansible.builtin.assert" in task]
    tasks = []
    for name, (value, ids) in IDS.items():
        variables = {**play["vars"], "ringme_export_clients": value, "expected_ids": ids}
        tasks.append({**check, "name": name, "vars": variables, "ignore_errors": True})
        if ids:
            same = {"that": "ringme_export_ids == expected_ids", "quiet": True}
            tasks.append({"name": f"{name}: ids", "ansible.builtin.assert": same, "vars": variables})
    run = run_playbook(tasks, simulator_url=simulator.url).check(0)
    assert {name: statuses(run, name) for name in IDS} == {
        name: ["failed"] if ids is None else ["ok"] for name, (_value, ids) in IDS.items()
    }


def test_what_is_not_an_id_is_refused(folder: ClientFolder) -> None:
    ran = folder.run("export", extra_vars={"ringme_export_clients": "802 801; rm"}).check(2)
    expected = "ringme_export_clients: expected ids of clients, as in '801,802', but the value is "
    assert expected in ran.message("localhost")
    assert _written(folder) == {} and not ran.entries


def test_ids_and_a_limit_contradict_each_other(folder: ClientFolder) -> None:
    ran = folder.run("export", "--limit", "romashka", "-e", "ringme_export_clients=802")
    assert ran.run.rc != 0 and not ran.entries and _written(folder) == {}
    assert "--limit is not supported, because this playbook works for all clients together" in ran.output


def test_files_are_replaced_only_where_that_is_wanted(folder: ClientFolder) -> None:
    ran = folder.run("export", "-e", "ringme_export_path=clients").check(2)
    assert _written(folder) == {} and ran.failed() == {"romashka", "vasilek"}
    assert "clients/vasilek.yml already exists with other contents, and was not overwritten" in ran.message("vasilek")
    overwrite = ("-e", "ringme_export_path=clients", "-e", "ringme_export_overwrite=true")
    folder.run("export", *overwrite, "--check").check(0)
    assert _written(folder) == {}
    ran = folder.run("export", *overwrite, "--limit", "romashka").check(0)
    assert (folder.path / "clients" / "romashka.yml").read_text(encoding="utf-8") == ROMASHKA
    assert (folder.path / "clients" / "vasilek.yml").read_text(encoding="utf-8") == FILES["vasilek"]
    assert (
        "application_secret was stored in plain text. It has been replaced by {{ vault_romashka_application_secret }}"
        in ran.output
    )
    assert SECRET not in ran.run.output
