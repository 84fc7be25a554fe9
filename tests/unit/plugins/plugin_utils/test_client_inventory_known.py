# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of earlier checks: taken as long as a file is the same, and holding nothing that is in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ringme.pbx.plugins.plugin_utils import client_inventory
from ansible_collections.ringme.pbx.plugins.plugin_utils.client_inventory import ClientHost, ClientHosts
from ansible_collections.ringme.pbx.tests.unit.helpers.inventory import (
    PASSWORD,
    loader_with,
    vault,
    vault_value,
    write_clients,
)

SECRET = "canary-5ecret"
GOOD = "client_id: 801\nclient_settings:\n  timezone: Europe/Moscow\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clients").mkdir()


def _read(*passwords: str, known: Any) -> dict[str, ClientHost]:
    hosts, others = ClientHosts(loader_with(*passwords), known).read([os.path.abspath("clients")])
    assert not others
    return {host.name: host for host in hosts}


class TestKnownResults:
    """With a count of the files that are checked."""

    @pytest.fixture(autouse=True)
    def _counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.checked: list[str] = []

        def counting(path: str, *more: Any) -> Any:
            self.checked.append(os.path.basename(path))
            return usual(path, *more)

        usual = client_inventory.check_file
        monkeypatch.setattr(client_inventory, "check_file", counting)

    def _again(self, known: Any, *passwords: str) -> tuple[dict[str, ClientHost], list[str]]:
        self.checked.clear()
        return _read(*passwords, known=json.loads(json.dumps(known))), sorted(self.checked)

    def test_nothing_is_checked_twice(self) -> None:
        files = {"a.yml": GOOD, "b.yml": "client_id: 802\nclient_tag: 1\n", "c.yml": GOOD.replace("Europe", "Yurop")}
        write_clients(Path("clients"), files)
        known: dict[str, Any] = {}
        first = _read(known=known)
        again, checked = self._again(known)
        assert checked == []
        assert again == first
        assert first["a"].findings and first["b"].findings  # a and c are about one client

    def test_values_are_always_read(self) -> None:
        known: dict[str, Any] = {}
        write_clients(Path("clients"), {"a.yml": GOOD})
        assert _read(known=known)["a"].variables
        assert self._again(known)[0]["a"].variables["client_settings"] == {"timezone": "Europe/Moscow"}

    @pytest.mark.parametrize("how", ["size", "time", "version"])
    def test_what_has_changed_is_checked_again(self, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
        known: dict[str, Any] = {}
        write_clients(Path("clients"), {"a.yml": GOOD, "b.yml": GOOD.replace("801", "802")})
        _read(known=known)
        path = Path("clients/a.yml")
        before = path.stat()
        if how == "size":
            path.write_text("client_id: 0\n", encoding="utf-8")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        elif how == "time":
            path.write_text(GOOD.replace("801", "000"), encoding="utf-8")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
        else:
            monkeypatch.setattr(
                "ansible_collections.ringme.pbx.plugins.module_utils._client_files.check_cache.VERSION", "next"
            )
        again, checked = self._again(known)
        assert checked == (["a.yml", "b.yml"] if how == "version" else ["a.yml"])
        assert bool(again["a"].findings) == (how != "version")

    def test_encrypted_values_are_always_tried(self) -> None:
        text = GOOD + "client_vars:\n  own: " + vault_value(SECRET)
        write_clients(Path("clients"), {"a.yml": text, "b.yml": vault(GOOD.replace("801", "802"))})
        known: dict[str, Any] = {}
        for passwords, blocked in (((PASSWORD,), False), (("wrong",), True), ((PASSWORD,), False)):
            hosts = _read(*passwords, known=known)
            assert {bool(host.findings) for host in hosts.values()} == {blocked}
            assert not known

    def test_nothing_of_a_file_is_kept(self) -> None:
        write_clients(
            Path("clients"),
            {
                "a.yml": "client_id: 801\n"
                f"client_api: {{application_secret: {SECRET}, api_url: 'https://x-{SECRET}.org'}}\n",
                "b.yml": f"client_id: '@me'\nclient_api: {{application_id: {SECRET}, access_token: [{SECRET}]}}\n",
                "c.yml": f"client_id: 803\nclient_vars: {{own: {SECRET}, no-name: {SECRET}}}\n",
            },
        )
        known: dict[str, Any] = {}
        _read(known=known)
        assert {os.path.basename(path) for path in known} == {"a.yml", "b.yml", "c.yml"}
        assert SECRET not in json.dumps(known)

    def test_files_that_are_gone_are_forgotten(self) -> None:
        write_clients(Path("clients"), {"a.yml": GOOD, "b.yml": GOOD.replace("801", "802")})
        known: dict[str, Any] = {}
        _read(known=known)
        os.unlink("clients/b.yml")
        assert _read(known=known).keys() == {"a"}
        assert {os.path.basename(path) for path in known} == {"a.yml"}

    @pytest.mark.parametrize("part", ["all", "mark", "findings", "client", "extensions", "host"])
    @pytest.mark.parametrize("value", [None, 5, "text", [], [5], ["text"], {}, {"mark": 5}, [{"rule": 1}], 1e999])
    def test_a_cache_that_holds_something_else(self, part: str, value: Any) -> None:
        text = "client_id: 801\nclient_bundles: [{extension_id: 5, bundle_list: [6]}]\nclient_tag: 1\n"
        write_clients(Path("clients"), {"a.yml": text})
        known: dict[str, Any] = {}
        first = _read(known=known)
        assert len(known) == 1
        for path, data in list(known.items()):
            known[path] = value if part == "all" else {**data, part: value}
        hosts = _read(known=known)
        assert len(hosts) == 1
        if part in ("all", "mark"):
            assert hosts == first
