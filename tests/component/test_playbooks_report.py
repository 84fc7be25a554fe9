# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of the playbooks: causes and ages over several runs, waivers, the gate, and unreadable files."""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from simulator import Simulator
from simulator.pytest_plugin import MakeSimulator
from support.component.client_folder import ClientFolder, Ran
from support.component.dealer_clients import DealerClients

CLIENTS = DealerClients(["aster", "betula"])
FILES = ("drift.json", "drift.md", "drift.html", "drift.xml", "drift.sarif", "ringme.prom", "ledger.json")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, make_simulator: MakeSimulator) -> ClientFolder:
    folder = ClientFolder(tmp_path / "shop", make_simulator(CLIENTS.seed()))
    folder.write(CLIENTS.files())
    return folder


def _report(folder: ClientFolder, name: str = "drift") -> dict[str, Any]:
    return dict(json.loads((folder.path / "reports" / f"{name}.json").read_text(encoding="utf-8")))


def _client(report: Mapping[str, Any], key: str) -> dict[str, Any]:
    return next(client for client in report["clients"] if client["key"] == key)


def _causes(client: Mapping[str, Any]) -> dict[str, str]:
    return {f"{item['address']} {item['field']}": item["cause"] for item in client["changes"]}


def _edit(folder: ClientFolder, name: str, old: str, new: str) -> None:
    path = folder.path / "clients" / f"{name}.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_causes_and_ages_over_three_nights(folder: ClientFolder) -> None:
    """Changes by hand, changes of the file, both at once, and side effects of another change."""
    pbx: Simulator = folder.simulator
    folder.run("onboard").check(0)
    applied = _report(folder, "apply")
    assert applied["mode"] == "apply" and applied["verdict"] == "clean" and applied["totals"]["applied"] == 10
    assert not applied["truncated"]
    pbx.state.set_client(901, geo_list="*")
    first = CLIENTS.id_of("aster") * 100
    pbx.state.set_bundle(first + 1, [])
    _edit(folder, "aster", 'members: ["102"]', 'members: ["102", "106"]')
    _edit(folder, "aster", "Asia/Omsk", "Asia/Tomsk")
    pbx.state.set_phone(first + 6, hold_music=12)
    one = folder.run("drift").check(2)
    night1 = _client(_report(folder), "aster")
    assert _causes(night1) | {} == {
        "settings geo_list": "out_of_band",
        "settings timezone": "pending",
        "bundle/101 members": "conflict",
        **{name: "side_effect" for name in _causes(night1) if name.startswith(("phone/", "extension/"))},
    }
    effects = [item for item in night1["changes"] if item["cause"] == "side_effect"]
    bundle = next(item for item in night1["changes"] if item["address"] == "bundle/101")
    assert effects and {item["caused_by"] for item in effects} == {bundle["id"]}
    assert all(item["new"] and item["age_seconds"] == 0 for item in night1["changes"])
    lines = (folder.path / "clients" / "aster.yml").read_text(encoding="utf-8").splitlines()
    for item, text in ((bundle, '"101"'), (night1["changes"][0], "geo_list")):
        assert text in lines[item["source"]["line"] - 1] and item["source"]["file"] == "clients/aster.yml"
    assert one.writes == [] and all((folder.path / "reports" / name).exists() for name in FILES)

    # The second night: one thing more, one thing less, and a client that cannot be reached.
    _edit(folder, "aster", "Asia/Tomsk", "Asia/Omsk")
    pbx.state.set_client(902, geo_list="*")
    folder.run("drift").check(2)
    report = _report(folder)
    night2 = _client(report, "aster")
    assert {item["id"]: item["first_seen"] for item in night2["changes"]}.items() <= {
        item["id"]: item["first_seen"] for item in night1["changes"]
    }.items()
    assert not any(item["new"] for item in night2["changes"])
    assert [item["what"] for item in report["resolved"]] == ["timezone"]
    assert report["totals"]["new"] == 1 and report["run"]["previous"] is not None

    # The third: only one client is checked. The other stays in the report, and counts for the gate and in the series.
    pbx.state.set_client(902, geo_list="BY RU")
    ran = folder.run("drift", "--limit", "betula").check(0)
    third = _report(folder)
    assert (third["kept"], third["verdict"], third["exit_code"]) == (["aster"], "drift", 2)
    kept = _client(third, "aster")
    assert {item["object_id"] for item in kept["changes"]} == {item["object_id"] for item in night2["changes"]}
    assert kept["checked"] == night2["checked"] and kept["checked"] < _client(third, "betula")["checked"]
    assert 'ringme_client_status{client="aster",status="drift"} 1' in (
        folder.path / "reports" / "ringme.prom"
    ).read_text(encoding="utf-8")
    assert any("NOT IN THIS RUN: 1 client of earlier reports, with " in line for line in ran.shown("Report"))
    assert "drift (exit code 2): aster" in _gate(folder).check(2).output
    pbx.state.set_client(902, geo_list="*")
    folder.run("drift").check(2)
    fourth = _client(_report(folder), "aster")
    assert {item["id"]: item["first_seen"] for item in fourth["changes"]} == {
        item["id"]: item["first_seen"] for item in night2["changes"]
    }
    assert all(item["age_seconds"] > 0 and not item["new"] for item in fourth["changes"])
    assert len(_report(folder)["history"]) == 4

    # The file takes over the change by hand: no difference, and the next change by hand is reported as one.
    _edit(folder, "aster", "geo_list: [RU, BY]", "geo_list: ['*']")
    folder.run("drift").check(2)
    assert "settings geo_list" not in _causes(_client(_report(folder), "aster"))
    pbx.state.set_client(901, geo_list="KZ")
    folder.run("drift").check(2)
    assert _causes(_client(_report(folder), "aster"))["settings geo_list"] == "out_of_band"


def test_waivers_silence_the_alarm_and_expire_loudly(folder: ClientFolder) -> None:
    folder.write({"aster": CLIENTS.file("aster")})
    folder.run("apply").check(0)
    folder.simulator.state.set_client(901, geo_list="*")
    waiver = (
        "waivers:\n  - {client: aster, address: settings, field: geo_list, reason: OPS-311, owner: anna, expires: %s}\n"
    )
    (folder.path / "waivers.yml").write_text(waiver % "2999-12-31", encoding="utf-8")
    ran = folder.run("drift").check(0)
    report = _report(folder)
    assert report["totals"]["waived"] == 1 and report["waivers"]["used"][0]["owner"] == "anna"
    assert _client(report, "aster")["changes"][0]["waiver"]["reason"] == "OPS-311"
    assert any("waived" in line for line in ran.shown("Report"))
    (folder.path / "waivers.yml").write_text(waiver % "2026-01-31", encoding="utf-8")
    (folder.path / "others.yml").write_text(waiver % "2999-12-31", encoding="utf-8")
    folder.run("drift", "-e", "ringme_waivers=others.yml").check(0)
    ran = folder.run("drift").check(2)
    assert (
        "waivers.yml:2: the waiver of anna (OPS-311) expired on 2026-01-31: its differences are no longer waived"
        in ran.output
    )


def _gate(folder: ClientFolder, *reports: str, variables: Mapping[str, Any] | None = None) -> Ran:
    given = {"ringme_reports": [f"{name}/drift.json" for name in reports]} if reports else {}
    ran = folder.run("gate", extra_vars={**given, **(variables or {})})
    assert not ran.entries
    return ran


def test_what_fails_and_the_gate(folder: ClientFolder) -> None:
    """``fail_on`` decides what fails a run; the gate judges the report by its own ``fail_on``.

    The gate ends with 0 where nothing fails, with 2 for drift or a blocked client, and with 1 where the report is not
    reliable: missing, too old, not a report, or with something not compared. Several reports count as one.
    """
    ran = _gate(folder)
    assert ran.run.rc == 1 and "there is no report reports/drift.json" in ran.output
    for empty in ({"ringme_reports": []}, {"ringme_gate": {"exit_code": 0}}):
        assert _gate(folder, variables=empty).run.rc != 0
    assert folder.run("gate", "--limit", "aster").run.rc != 0
    folder.run("apply").check(0)
    folder.run("drift", "--limit", "betula", "-e", "ringme_report_path=of-betula").check(0)
    _gate(folder, "of-betula").check(0)

    folder.simulator.state.set_client(901, timezone="Asia/Tomsk")
    high = {"ringme_fail_on": {"severity": "high"}}
    folder.run("drift", extra_vars=high).check(0)
    assert _report(folder)["verdict"] == "drift" and _report(folder)["exit_code"] == 0
    ran = _gate(folder).check(2)
    assert "drift (exit code 2): aster" in ran.output

    folder.simulator.state.set_client(901, geo_list="*")
    ran = folder.run("drift", "--limit", "aster", extra_vars={**high, "ringme_report_path": "of-aster"}).check(2)
    assert ran.message("aster") == '~ settings: geo_list ["*"] -> ["BY", "RU"]'
    ran = _gate(folder, "of-aster", "of-betula").check(2)
    assert "FLEET  2 clients: 1 clean, 1 drifted" in ran.shown("Read")

    folder.write({**CLIENTS.files(), "betula": "client_id: 9 0\n"})
    folder.run("drift").check(2)
    assert _report(folder)["exit_code"] == 3
    ran = _gate(folder).check(2)
    assert "blocked (exit code 3): aster, betula" in ran.output

    folder.write({**CLIENTS.files(), "betula": CLIENTS.file("betula").replace("902", "999")})
    ran = folder.run("drift", extra_vars={"ringme_fail_on": {"severity": "never", "not_checked": "40%"}}).check(2)
    assert ran.failed() == {"betula"}
    folder.run("drift", extra_vars={"ringme_fail_on": {"severity": "never", "not_checked": "50%"}}).check(0)
    assert _report(folder)["verdict"] == "error"
    ran = _gate(folder)
    assert ran.run.rc == 1 and "the report is not reliable: not all clients were compared" in ran.output

    path = folder.path / "of-betula" / "drift.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["run"]["finished"] = "2026-01-01T00:00:00Z"
    path.write_text(json.dumps(report), encoding="utf-8")
    ran = _gate(folder, "of-betula", variables={"ringme_report_max_age": 36})
    assert ran.run.rc == 1 and "hours old; the limit (ringme_report_max_age) is 36 hours" in ran.output


def test_what_the_page_offers_does_what_it_says(folder: ClientFolder) -> None:
    """Also where the folder of client files has a space in its name."""
    folder.run("apply").check(0)
    (folder.path / "clients").rename(folder.path / "our clients")
    source = "plugin: ringme.pbx.clients\npath: our clients\n"
    (folder.path / "clients.ringme.yml").write_text(source, encoding="utf-8")
    for name in CLIENTS.names:
        folder.simulator.state.set_client(CLIENTS.id_of(name), timezone="Asia/Tomsk")

    def offered(playbook: str, host: str) -> list[str]:
        page = (folder.path / "reports" / "drift.html").read_text(encoding="utf-8")
        commands = [
            shlex.split(html.unescape(text)) for text in re.findall(r"<code>(ansible-playbook [^<]+)</code>", page)
        ]
        (found,) = [one[2:] for one in commands if one[1] == f"ringme.pbx.{playbook}" and host in one]
        return found

    folder.run("drift").check(2)
    took = folder.run("export", *offered("export", "aster")).check(0)
    assert not took.writes
    assert "timezone: Asia/Tomsk" in (folder.path / "our clients" / "aster.yml").read_text(encoding="utf-8")
    gave = folder.run("apply", *offered("apply", "betula")).check(0)
    assert gave.writes == [f"PUT /client/{CLIENTS.id_of('betula')}/client/"]
    folder.run("drift").check(0)
    assert sorted(path.name for path in (folder.path / "our clients").iterdir()) == ["aster.yml", "betula.yml"]

    text = "client_id: 999\nclient_settings: {timezone: UTC}\n"
    (folder.path / "our clients" / "betula.yml").write_text(text, encoding="utf-8")
    folder.run("drift").check(2)
    before = (folder.path / "reports" / "drift.json").read_bytes()
    folder.run("drift", *offered("drift", "betula")).check(2)
    assert (folder.path / "reports" / "drift.json").read_bytes() == before


# What else can be wrong with these files, the unit tests of stored reports, ledgers and waivers show.
BAD: Mapping[str, tuple[Mapping[str, str], str]] = {
    "a folder that is a file": ({"reports": "x"}, "cannot be read: Not a directory"),
    "a report that is not JSON": ({"reports/drift.json": "{"}, "is not a valid report: not JSON"),
    "a ledger of a newer version": (
        {"reports/ledger.json": '{"format": "ringme.ledger", "format_version": "2.0"}'},
        "has the format version 2.0; the supported version is 1.x",
    ),
    "a waiver without an end": (
        {"waivers.yml": "waivers:\n  - {client: aster, address: settings, reason: x, owner: y}\n"},
        "waivers.yml:2:5: required key waivers[0].expires is missing",
    ),
}


APPLY = ("a ledger of a newer version",)


@pytest.mark.parametrize(
    ("playbook", "case"), [*(("drift", case) for case in BAD), *(("apply", case) for case in APPLY)]
)
def test_what_cannot_be_read_or_written_is_reported_before_the_first_request(
    folder: ClientFolder, playbook: str, case: str
) -> None:
    files, message = BAD[case]
    folder.write({"aster": CLIENTS.file("aster")})
    for name, text in files.items():
        path = folder.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    ran = folder.run(playbook).check(2)
    assert not ran.entries
    assert message in ran.output
    for name, text in files.items():
        assert (folder.path / name).read_text(encoding="utf-8") == text


def test_without_a_folder_nothing_is_written(folder: ClientFolder) -> None:
    folder.write({"aster": CLIENTS.file("aster")})
    before = sorted(folder.path.rglob("*"))
    ran = folder.run("drift", "-e", "ringme_report_path=none").check(2)
    assert sorted(folder.path.rglob("*")) == before
    assert any(line.startswith("FLEET ") for line in ran.shown("Report"))
    folder.run("apply", "-e", "ringme_report_path=none").check(0)
    assert sorted(folder.path.rglob("*")) == before


def test_a_wave_that_fails_leaves_a_report_that_says_where_it_ended(folder: ClientFolder) -> None:
    _edit(folder, "aster", "client_id: 901", "client_id: 999")
    ran = folder.run("onboard", "-e", "ringme_wave=1").check(2)
    assert ran.shown("Report") == ["1 of 2 clients done, 0 changed, 1 failed"]
    report = _report(folder, "apply")
    assert report["truncated"] and [client["status"] for client in report["clients"]] == ["error"]
