# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that work on files, in-process and as separate modules: the same results, files and lines, no secret."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from simulator import Simulator
from support.component.scenario_playbooks import statuses
from support.playbook import PlaybookRun, run_playbook

WAYS = {"in-process": True, "as-module": False}
SECRETS = ("canary-application-secret", "canary-of-a-proxy")
CLIENT_FILE = """\
client_id: 801
client_tags: [moscow]
client_api:
  application_id: romashka
  application_secret: canary-application-secret
  proxy: http://user:canary-of-a-proxy@proxy.example.net:3128
client_settings: {timezone: UTC}
client_registrations: {max_registrations: 2}
"""
FILES = {
    "clients/romashka.yml": CLIENT_FILE,
    "replaced/romashka.yml": CLIENT_FILE,
    "wrong/fialka.yml": "client_id: 803\nclient_settings: {time_zone: UTC}\n",
    "wrong/vasilek.yml": 'client_id: 802\nclient_bundles:\n  - {extension: "101", members: ["101"]}\n',
    "sealed/mimoza.yml": "$ANSIBLE_VAULT;1.1;AES256\n3130\n",
    "torn/mimoza.yml": "client_id: [801\n",
    "mail.txt": "{{number}}@example.net",
}
LIVE = {
    "client": {"id": 801, "extension_len": 3},
    "settings": {"timezone": "Europe/Moscow", "geo_list": ["BY", "RU"], "disk_space_notify_email": "{{ mail }}"},
    "bundles": [{"extension": "101", "members": ["301", "201"]}, {"extension_id": 9, "bundle_list": [8, 7]}],
}
EXPORTED = """\
---
client_id: 801
client_tags: [moscow]
extension_len: 3
client_api:
  application_id: romashka
  application_secret: "{{ vault_romashka_application_secret }}"
  proxy: "{{ vault_romashka_proxy }}"
client_settings:
  disk_space_notify_email: !unsafe "{{number}}@example.net"
  geo_list: [BY, RU]
  timezone: Europe/Moscow
client_bundles:
  - {extension: "101", members: ["201", "301"]}
  - {extension_id: 9, bundle_list: [7, 8]}
client_registrations:
  max_registrations: 2
"""


@dataclass(frozen=True)
class Case:
    """A task and how it ends: ``changed``, or the kind of the failure, "" for one of Ansible itself."""

    module: str
    options: Mapping[str, Any]
    ends: bool | str
    check: bool = False


def _export(path: str, ends: bool | str, *, check: bool = False, **more: Any) -> Case:
    return Case("client_file", {**LIVE, "path": f"{{{{ folder }}}}/{path}", **more}, ends, check)


def _validate(path: str, ends: bool | str, *, check: bool = False, **more: Any) -> Case:
    return Case("validation_report", {"path": [f"{{{{ folder }}}}/{path}"], **more}, ends, check)


KEEPING = {"existing": "{{ folder }}/clients/romashka.yml"}
MAIL = "{{ lookup('ansible.builtin.file', folder ~ '/mail.txt') }}"
"""Values from the PBX are not templates, and neither are those from a file."""
NEW, SARIF = "exported/romashka.yml", "{{ folder }}/reports/found.sarif"
CASES = {
    "export in check mode": _export(NEW, True, check=True, **KEEPING),
    "export": _export(NEW, True, **KEEPING),
    "export again": _export(NEW, False, **KEEPING),
    "export elsewhere": _export("exported/other.yml", True),
    "export over another": _export("replaced/romashka.yml", "invalid_files", **KEEPING),
    "export over another in check mode": _export("replaced/romashka.yml", "invalid_files", check=True, **KEEPING),
    "export over": _export("replaced/romashka.yml", True, overwrite=True, **KEEPING),
    "export over itself": _export("clients/romashka.yml", True, overwrite=True, **KEEPING),
    "export elsewhere torn": _export(NEW, "invalid_files", existing="{{ folder }}/torn/mimoza.yml"),
    "export below a file": _export("clients/romashka.yml/x.yml", "environment"),
    "export without a client": _export(NEW, "options", client={"name": "Romashka"}),
    "export with a slip": _export(NEW, "", exsting="x"),
    "clean": _validate("clients", False),
    "findings": _validate("wrong", "invalid_files"),
    "findings in check mode": _validate("wrong", "invalid_files", check=True, sarif=SARIF),
    "report of findings": _validate("wrong", "invalid_files", sarif=SARIF),
    "report": _validate("clients", True, sarif=SARIF),
    "report again": _validate("clients", False, sarif=SARIF),
    "sealed": _validate("sealed", False),
    "nowhere": _validate("nowhere", "invalid_files"),
    "no path": Case("validation_report", {"path": []}, "options"),
    "validation with a slip": _validate("clients", "", serif="x"),
}


# A module takes half a second: as modules only these are run, each after what it needs.
AS_MODULES = (
    "export",
    "export over another",
    "export over",
    "export over itself",
    "report of findings",
    "report",
    "validation with a slip",
)
OF = {"in-process": tuple(CASES), "as-module": AS_MODULES}
SMOKE = pytest.mark.smoke
ONE_WAY = [pytest.param(way, marks=SMOKE if WAYS[way] else ()) for way in WAYS]


@dataclass(frozen=True)
class Finished:
    """The playbook of one way, and the folder in which it worked."""

    run: PlaybookRun
    folder: Path
    requests: int

    def result(self, name: str) -> dict[str, Any]:
        """What a task returned, without the name of the folder."""
        found: dict[str, Any] = json.loads(json.dumps(self.run.one(name)).replace(str(self.folder), "FOLDER"))
        return found

    def tree(self) -> dict[str, str]:
        """The files in the end, by their paths, without the name of the folder."""
        return {
            str(path.relative_to(self.folder)): path.read_text(encoding="utf-8").replace(str(self.folder), "FOLDER")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


def _perform(folder: Path, way: str) -> Finished:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    tasks = [
        {"name": name, f"ringme.pbx.{case.module}": dict(case.options), "check_mode": case.check, "ignore_errors": True}
        for name, case in CASES.items()
        if name in OF[way]
    ]
    with Simulator() as simulator:
        run = run_playbook(
            tasks,
            simulator_url=simulator.url,
            args=("-vvv", "--diff"),
            extra_vars={
                "ansible_inject_invocation": True,
                "ringme_in_process": WAYS[way],
                "folder": str(folder),
                "mail": MAIL,
            },
            timeout=300,
        )
        return Finished(run.check(), folder, len(simulator.journal))


Both = Callable[[str], Finished]


@pytest.fixture(scope="module", name="both")
def _both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Gives the playbook of one way, run once."""
    return functools.cache(lambda way: _perform(tmp_path_factory.mktemp(way), way))


def _cases(ways: Iterable[str]) -> list[Any]:
    return [
        pytest.param(name, way, id=f"{name}-{way}", marks=SMOKE if WAYS[way] else ())
        for way in ways
        for name in OF[way]
    ]


@pytest.mark.parametrize(("name", "way"), _cases(WAYS))
def test_it_ends_as_it_should(both: Both, name: str, way: str) -> None:
    case, result = CASES[name], both(way).result(name)
    if isinstance(case.ends, bool):
        assert statuses(both(way).run, name) == ["ok"]
        assert result["changed"] is case.ends and "error" not in result
    else:
        assert statuses(both(way).run, name) == ["failed"]
        assert result.get("error", {}).get("kind", "") == case.ends
        assert result["changed"] is (name == "report of findings") or not case.ends


@pytest.mark.parametrize("name", AS_MODULES)
def test_both_ways_return_the_same(both: Both, name: str) -> None:
    one, other = (both(way).result(name) for way in WAYS)
    assert one == other


def test_both_ways_leave_the_same_files(both: Both) -> None:
    one, other = (both(way).tree() for way in WAYS)
    assert one.pop("exported/other.yml") and one == other  # the one that is written in one way only


@SMOKE
def test_what_is_in_the_files(both: Both) -> None:
    tree = both("in-process").tree()
    assert tree.keys() - FILES.keys() == {NEW, "exported/other.yml", "reports/found.sarif"}
    assert {tree[name] for name in (NEW, "replaced/romashka.yml", "clients/romashka.yml")} == {EXPORTED}
    assert {name: text for name, text in tree.items() if name.startswith(("wrong", "sealed", "torn"))} == {
        name: text for name, text in FILES.items() if name.startswith(("wrong", "sealed", "torn"))
    }


@pytest.mark.parametrize("way", ONE_WAY)
def test_the_report_is_that_of_the_last_run(both: Both, way: str) -> None:
    assert json.loads(both(way).tree()["reports/found.sarif"])["runs"][0]["results"] == []
    assert len(both(way).result("report of findings")["findings"]) == 2


@pytest.mark.parametrize("way", ONE_WAY)
def test_findings_are_shown_as_lines(both: Both, way: str) -> None:
    lines = [line for line in both(way).run.output.splitlines() if line.startswith(str(both(way).folder / "wrong"))]
    # Two findings in each of these tasks.
    tasks = {"findings", "findings in check mode", "report of findings"} & set(OF[way])
    assert len(lines) == 2 * len(tasks) > 0
    assert lines[0].endswith(
        "wrong/fialka.yml:2:19: client_settings.time_zone: unknown key (FIL-005). Did you mean timezone?"
    )


@pytest.mark.parametrize("way", ONE_WAY)
def test_differences_are_shown(both: Both, way: str) -> None:
    lines = [line.strip() for line in both(way).run.stdout.splitlines()]
    assert f"--- before: {both(way).folder}/{NEW}" in lines and f"+++ after: {both(way).folder}/{NEW}" in lines
    assert "-client_settings: {timezone: UTC}" in lines and "+  timezone: Europe/Moscow" in lines


@pytest.mark.parametrize("way", ONE_WAY)
def test_no_secret_is_shown(both: Both, way: str) -> None:
    """Not of the file that is kept, and not of the one that is written over, in differences and at any verbosity."""
    done = both(way)
    assert [secret for secret in SECRETS if secret in done.run.output] == []
    assert [secret for secret in SECRETS if secret in repr(done.run.results)] == []
    result = done.result("export over another")
    assert 'application_secret: "{{ vault_romashka_application_secret }}"' in result["diff"]["after"]
    assert "application_secret: ********" in result["diff"]["before"]
    assert len(result["warnings"]) == 2
    assert [secret for secret in SECRETS for text in done.tree().values() if secret in text] == []


@pytest.mark.parametrize("way", ONE_WAY)
def test_no_request_is_sent(both: Both, way: str) -> None:
    assert both(way).requests == 0
