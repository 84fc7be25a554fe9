# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client files as hosts: with vaults, with files that cannot be read, and with results of earlier checks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.template import Templar
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ringme.pbx.plugins.module_utils._client_files import folder
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.findings import NOT_YAML, FileFinding
from ansible_collections.ringme.pbx.plugins.plugin_utils import client_inventory
from ansible_collections.ringme.pbx.plugins.plugin_utils.client_inventory import ClientHost, ClientHosts
from ansible_collections.ringme.pbx.tests.unit.helpers.inventory import (
    PASSWORD,
    decrypted,
    loader_with,
    vault,
    vault_value,
    write_clients,
)

SECRET = "canary-5ecret"
GOOD = "client_id: 801\nclient_settings:\n  timezone: Europe/Moscow\n"
HINT = "Set the vault password of the file with --vault-id or ANSIBLE_VAULT_PASSWORD_FILE"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clients").mkdir()


def _read(*passwords: str) -> dict[str, ClientHost]:
    made = ClientHosts(loader_with(*passwords))
    hosts, others = made.read([os.path.abspath("clients")])
    assert not others
    return {host.name: host for host in hosts}


def _one(text: str, *passwords: str) -> ClientHost:
    write_clients(Path("clients"), {"a.yml": text})
    return _read(*passwords)["a"]


def test_a_good_file() -> None:
    host = _one(GOOD + "client_tags: [moscow, wave-2]\nclient_vars: {own: [1, 0.5, null, true], extension: '010'}\n")
    assert (host.name, host.path, host.findings, host.blocked) == ("a", os.path.abspath("clients/a.yml"), (), "")
    assert host.tags == ("moscow", "wave-2")
    assert dict(host.variables) == {
        "client_id": 801, "client_settings": {"timezone": "Europe/Moscow"}, "client_tags": ["moscow", "wave-2"],
        "own": [1, 0.5, None, True], "extension": "010",
    }  # fmt: skip


def test_templates_stay_templates_and_what_is_unsafe_is_none() -> None:
    variables = '{number: 801, one: "{{ 1 + 1 }}", two: !unsafe "{{ 1 + 1 }}", three: "{{ one }}"}'
    text = f"client_id: 801\nextension_len: 3\nclient_vars: {variables}\n"
    host = _one(text)
    assert not host.findings
    assert host.variables["one"] == "{{ 1 + 1 }}"
    templar = Templar(loader=loader_with(), variables=dict(host.variables))
    found = {name: str(templar.template(host.variables[name])) for name in ("one", "two", "three")}
    assert found == {"one": "2", "two": "{{ 1 + 1 }}", "three": "2"}


class TestEncryptedValues:
    """Values that are encrypted one by one."""

    TEXT = GOOD + "client_api:\n  application_id: app\n  application_secret: "

    @pytest.mark.parametrize("passwords", [(PASSWORD,), ("another", PASSWORD)])
    def test_with_the_password(self, passwords: tuple[str, ...]) -> None:
        host = _one(self.TEXT + vault_value(SECRET), *passwords)
        assert not host.findings
        assert decrypted(host.variables["client_api"]["application_secret"], PASSWORD) == SECRET
        assert host.variables["client_api"]["application_id"] == "app"

    def test_without_any_password_they_stay_encrypted(self) -> None:
        """As an import of the inventory needs it, which has no password and is used where there is one."""
        host = _one(self.TEXT + vault_value(SECRET))
        assert not host.findings
        assert decrypted(host.variables["client_api"]["application_secret"], PASSWORD) == SECRET

    def test_a_run_needs_the_password(self) -> None:
        write_clients(Path("clients"), {"a.yml": self.TEXT + vault_value(SECRET)})
        (host,), _others = ClientHosts(loader_with(), decrypted_later=False).read(["clients"])
        assert host.blocked == "clients/a.yml:6:23: the value cannot be decrypted: no vault password is set (FIL-003)"

    def test_with_the_wrong_password(self) -> None:
        host = _one(self.TEXT + vault_value(SECRET) + "client_vars:\n  pin: " + vault_value("4711"), "wrong", "another")
        assert [finding.as_dict() for finding in host.findings] == [
            {
                "rule": "FIL-003", "severity": "high", "file": "clients/a.yml", "line": line, "column": column,
                "message": "the value cannot be decrypted: no vault password matches", "hint": HINT,
            }
            for line, column in ((6, 23), (14, 8))
        ]  # fmt: skip
        assert (host.variables, host.tags) == ({}, ())

    def test_an_invalid_vault(self) -> None:
        host = _one(self.TEXT + "!vault abc\n", PASSWORD)
        assert host.blocked == (
            "clients/a.yml:6:23: the value cannot be decrypted: no vault password matches (FIL-003)"
        )  # fmt: skip

    def test_with_other_findings(self) -> None:
        host = _one(self.TEXT + vault_value(SECRET) + "client_tag: [a]\n", "wrong")
        assert {finding.rule.id for finding in host.findings} == {"FIL-003", "FIL-005"}


class TestEncryptedFiles:
    """Files that are encrypted as a whole."""

    def test_with_the_password(self) -> None:
        host = _one(vault(GOOD + "client_tags: [moscow]\n"), PASSWORD)
        assert (host.findings, host.tags) == ((), ("moscow",))
        assert host.variables["client_settings"] == {"timezone": "Europe/Moscow"}

    @pytest.mark.parametrize(
        ("passwords", "why"),
        [((), "no vault password is set"), (("wrong",), "no vault password matches")],
    )
    def test_without_it(self, passwords: tuple[str, ...], why: str) -> None:
        host = _one(vault(GOOD), *passwords)
        assert host.blocked == f"clients/a.yml:1:1: the file is encrypted as a whole, and {why} (FIL-003)"
        assert host.findings[0].hint == HINT
        assert not host.variables

    def test_their_findings_have_the_places_of_the_text_inside(self) -> None:
        host = _one(vault("client_id: 801\nclient_tag: [a]\n"), PASSWORD)
        assert host.blocked == "clients/a.yml:2:1: client_tag: unknown key (FIL-005)"

    def test_a_text_inside_that_is_not_utf_8(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loader = loader_with(PASSWORD)
        monkeypatch.setattr(loader._vault, "decrypt", lambda _text: b"client_id: \xe4\n")
        write_clients(Path("clients"), {"a.yml": vault("x")})
        (host,), _others = ClientHosts(loader).read(["clients"])
        assert "the file is not UTF-8" in host.blocked

    @settings(max_examples=25)
    @given(st.text("0123456789abcdefz;\n. \ufeffAESv", max_size=60))
    def test_what_only_begins_like_one(self, rest: str) -> None:
        assert "encrypted as a whole" in _one("$ANSIBLE_VAULT;" + rest, PASSWORD).blocked


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"client_id: [801\n", "FIL-002"), (b"", "FIL-002"), (b"- 1\n", "FIL-007"), (b"client_id: \xe4\n", "FIL-001"),
        (b"client_id: 1\nclient_id: 2\n", "FIL-004"), (b"client_id: 801\nclient_vars: {a: !tag b}\n", "FIL-002"),
        (b"a\0b", "FIL-002"), (b"[" * 5000, "FIL-002"), (None, "FIL-001"),
    ],
    ids=["syntax", "empty", "list", "latin", "twice", "tag", "binary", "deep", "link to nothing"],
)  # fmt: skip
def test_a_file_that_cannot_be_used_becomes_a_blocked_host(content: bytes | None, rule: str) -> None:
    if content is None:
        Path("clients/a.yml").symlink_to("nowhere")
    else:
        Path("clients/a.yml").write_bytes(content)
    write_clients(Path("clients"), {"b.yml": GOOD.replace("801", "802")})
    hosts = _read()
    assert hosts.keys() == {"a", "b"}
    assert rule in {finding.rule.id for finding in hosts["a"].findings}
    assert hosts["a"].blocked.startswith("clients/a.yml:")
    assert not hosts["a"].variables
    assert hosts["b"].variables and not hosts["b"].findings


def test_what_ansible_cannot_read_though_the_checks_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_options: Any) -> None:
        raise AnsibleError(f"line 1: {SECRET}")

    loader = loader_with()
    monkeypatch.setattr(loader, "load", broken)
    write_clients(Path("clients"), {"a.yml": GOOD})
    (host,), _others = ClientHosts(loader).read(["clients"])
    assert host.blocked == "clients/a.yml:1:1: Ansible cannot parse the file (FIL-002)"
    assert not host.variables


@pytest.mark.parametrize("place", ["checks", "parser"])
def test_an_unexpected_exception_blocks_one_file(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Whichever step it comes from, and without a word of the file."""

    loader = loader_with()
    owner, name = (folder, "read_client_file") if place == "checks" else (loader, "load")
    usual = getattr(owner, name)

    def broken(*given: Any, **named: Any) -> Any:
        if any("801" in str(text) for text in given):
            raise RuntimeError(SECRET)
        return usual(*given, **named)

    monkeypatch.setattr(owner, name, broken)
    write_clients(Path("clients"), {"a.yml": GOOD, "b.yml": GOOD.replace("801", "802")})
    hosts, _others = ClientHosts(loader).read(["clients"])
    assert [host.name for host in hosts if host.findings] == ["a"], hosts[1].blocked
    assert SECRET not in hosts[0].blocked
    assert hosts[1].variables["client_id"] == 802


def test_the_text_that_was_checked_becomes_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the file is another one a moment later."""
    write_clients(Path("clients"), {"a.yml": GOOD})
    usual = client_inventory.check_across

    def later(*given: Any) -> Any:
        write_clients(Path("clients"), {"a.yml": GOOD.replace("801", "802")})
        return usual(*given)

    monkeypatch.setattr(client_inventory, "check_across", later)
    assert _read()["a"].variables["client_id"] == 801


@pytest.mark.parametrize("inside", ["", "\ufeff"])
@pytest.mark.parametrize("outside", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_of_an_encrypted_file(inside: str, outside: bytes) -> None:
    Path("clients/a.yml").write_bytes(outside + vault(inside + GOOD).encode())
    write_clients(Path("clients"), {"b.yml": GOOD.replace("801", "802")})
    hosts = _read(PASSWORD)
    assert [host.findings for host in hosts.values()] == [(), ()]
    assert hosts["a"].variables["client_id"] == 801


def test_only_the_first_findings_are_in_the_text() -> None:
    host = _one("client_id: 801\n" + "".join(f"unknown_{number}: 1\n" for number in range(7)))
    assert len(host.findings) == 7
    assert host.blocked.count("(FIL-005)") == 5
    assert host.blocked.endswith("; and 2 more, all in client_findings")


def test_files_against_each_other() -> None:
    write_clients(Path("clients"), {"a.yml": GOOD, "b.yml": GOOD, "c.yml": GOOD.replace("801", "802")})
    hosts = _read()
    assert "client 801 is also described in clients/b.yml:1 (FIL-009)" in hosts["a"].blocked
    assert "client 801 is also described in clients/a.yml:1 (FIL-009)" in hosts["b"].blocked
    assert not hosts["c"].findings


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        ClientHosts(loader_with()).read(["clients", "nowhere"])


def test_a_file_that_vanishes_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    write_clients(Path("clients"), {"a.yml": GOOD})
    mark = client_inventory.fingerprint

    def vanishing(path: str) -> Any:
        found = mark(path)
        os.unlink(path)
        return found

    monkeypatch.setattr(client_inventory, "fingerprint", vanishing)
    assert _read()["a"].blocked == (
        "clients/a.yml:1:1: the file cannot be read: No such file or directory (FIL-001)"
    )  # fmt: skip


@pytest.mark.parametrize(("count", "more"), [(1, ""), (5, ""), (6, "; and 1 more, all in client_findings")])
def test_a_blocked_client_names_five_findings(count: int, more: str) -> None:
    findings = tuple(FileFinding(NOT_YAML, "a.yml", line, 1, f"wrong {line}") for line in range(1, count + 1))
    blocked = ClientHost("a", "a.yml", findings).blocked
    assert blocked == "; ".join(finding.text() for finding in findings[:5]) + more
