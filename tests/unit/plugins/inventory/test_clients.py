# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin: one file, one host; what is wrong with a file blocks its host, and never makes it disappear."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from ansible import context
from ansible.errors import AnsibleError, AnsibleParserError

from ansible_collections.ringme.pbx.tests.unit.helpers.inventory import (
    PASSWORD,
    SOURCE,
    Inventory,
    decrypted,
    plugin,
    read_inventory,
    vault,
    vault_value,
    write_clients,
)

SECRET = "canary-5ecret"
GOOD = "client_id: {id}\nclient_settings:\n  timezone: Europe/Moscow\n"
ALWAYS = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _source(text: str = SOURCE, name: str = "clients.ringme.yml") -> Path:
    path = Path(name).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _read(files: dict[str, str], more: str = "", **options: Any) -> Inventory:
    """The inventory of these files in the folder ``clients``; ``more`` are further keys of the source."""
    write_clients(Path("clients"), files)
    return read_inventory(_source(SOURCE + more), **options)


class TestSources:
    """Which files are sources, and where they look."""

    @pytest.mark.parametrize("name", ["clients.ringme.yml", "x.ringme.yaml", "ringme.yml"])
    def test_the_name_of_a_source(self, name: str) -> None:
        assert plugin().verify_file(str(_source(name=name))) is True

    @pytest.mark.parametrize("name", ["clients.yml", "ringme.yml.bak", "clients.ringme.json"])
    def test_other_names(self, name: str) -> None:
        assert plugin().verify_file(str(_source(name=name))) is False

    def test_a_source_that_is_not_there(self) -> None:
        assert plugin().verify_file("nowhere.ringme.yml") is False

    def test_the_folder_next_to_the_source_by_default(self) -> None:
        write_clients(Path("office/clients"), {"a.yml": GOOD.format(id=801)})
        found = read_inventory(_source(name="office/clients.ringme.yml"))
        assert found.hosts == {"a"}
        assert found.variables("a")["client_file"] == "office/clients/a.yml"

    def test_several_folders_and_files(self, tmp_path: Path) -> None:
        write_clients(Path("one"), {"a.yml": GOOD.format(id=801)})
        write_clients(tmp_path / "two", {"b.yaml": GOOD.format(id=802)})
        write_clients(tmp_path / "home", {"c.yml": GOOD.format(id=803), "d.yml": GOOD.format(id=804)})
        found = read_inventory(_source(SOURCE + f"path: [one, {tmp_path}/two, home/c.yml]\n"))
        assert found.hosts == {"a", "b", "c"}
        paths = found.data.groups["all"].vars["ringme_clients_path"]
        assert paths == [str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "home" / "c.yml")]

    def test_the_folder_of_a_user(self, tmp_path: Path) -> None:
        write_clients(tmp_path / "mine", {"a.yml": GOOD.format(id=801)})  # HOME is this folder
        assert read_inventory(_source(SOURCE + "path: ~/mine\n", "elsewhere/ringme.yml")).hosts == {"a"}

    @pytest.mark.parametrize(("more", "path"), [("path: [good, nowhere]\n", "nowhere"), ("", "clients")])
    def test_a_folder_that_is_not_there(self, more: str, path: str) -> None:
        write_clients(Path("good"), {"a.yml": GOOD.format(id=801)})
        with pytest.raises(AnsibleParserError) as caught:
            read_inventory(_source(SOURCE + more))
        assert (
            f"clients.ringme.yml: the folder of client files {path} cannot be read: No such file or directory. "
            "Create it, or set path to another folder"
        ) in str(caught.value)

    def test_an_empty_folder(self) -> None:
        found = _read({})
        assert (found.hosts, found.blocked) == (set(), {})
        assert found.warnings == ["no client files in clients"]

    def test_files_that_are_no_client_files(self) -> None:
        found = _read({"a.yml": GOOD.format(id=801), "README.md": "", ".hidden.yml": "", "b.cfg": "", "b.yml~": ""})
        assert found.hosts == {"a"}
        assert found.warnings == [
            (
                "clients/b.cfg:1:1: b.cfg is not a client file (FIL-011). "
                "Rename it so that it ends in .yml or .yaml, or move it to another folder"
            )
        ]

    @pytest.mark.parametrize("text", ["", "plugin: ringme.pbx.client\n", SOURCE + "path: {a: b}\n"])
    def test_a_source_that_is_wrong(self, text: str) -> None:
        write_clients(Path("clients"), {"a.yml": GOOD.format(id=801)})
        with pytest.raises(AnsibleError):
            read_inventory(_source(text))


class TestGoodFiles:
    """What a host has of its file."""

    def test_variables_and_groups(self) -> None:
        text = (
            "client_id: 801\nclient_tags: [moscow, wave-2]\nclient_vars: {own: '{{ client_id + 1 }}', deep: {a: [1]}}\n"
            'client_bundles: [{extension: "101", members: ["201"]}]\nclient_bundles_prune: true\n'
            f"client_api:\n  application_id: app\n  application_secret: {vault_value(SECRET)}"
        )
        found = _read({"romashka.yml": text}, passwords=(PASSWORD,))
        variables = found.variables("romashka")
        assert decrypted(variables["client_api"].pop("application_secret")) == SECRET
        assert variables == {
            **ALWAYS, "client_file": "clients/romashka.yml", "client_id": 801, "client_tags": ["moscow", "wave-2"],
            "own": "{{ client_id + 1 }}", "deep": {"a": [1]}, "client_bundles_prune": True,
            "client_bundles": [{"extension": "101", "members": ["201"]}], "client_api": {"application_id": "app"},
        }  # fmt: skip
        assert found.groups("romashka") == {"moscow", "wave-2"}
        assert (found.blocked, found.warnings) == ({}, [])

    def test_templates_stay_templates(self) -> None:
        text = "client_id: 801\nclient_vars: {own: '{{ client_id + 1 }}', raw: !unsafe '{{ client_id }}'}\n"
        seen = _read({"a.yml": text}).templated("a")
        assert (int(seen["own"]), seen["raw"]) == (802, "{{ client_id }}")

    def test_own_variables_may_set_how_the_host_is_reached(self) -> None:
        text = "client_id: 801\nclient_vars: {ansible_connection: ssh}\n"
        assert _read({"a.yml": text}).variables("a")["ansible_connection"] == "ssh"

    def test_encrypted_as_a_whole(self) -> None:
        found = _read({"a.yml": vault(GOOD.format(id=801) + "client_tags: [moscow]\n")}, passwords=("x", PASSWORD))
        assert found.variables("a")["client_settings"] == {"timezone": "Europe/Moscow"}
        assert found.groups("a") == {"moscow"}


BROKEN = {
    "syntax.yml": f"client_id: [{SECRET}\n",
    "empty.yml": "",
    "list.yml": f"- {SECRET}\n",
    "unknown.yml": f"client_id: 901\nclient_tags: [moscow]\nclient_tag: {SECRET}\nclient_vars: {{own: {SECRET}}}\n",
    "value.yml": f"client_id: 902\nclient_registrations: {{max_registrations: {SECRET}}}\n",
    "refused.yml": f"client_id: 903\nclient_api: {{api_url: 'ftp://u:{SECRET}@x', application_secret: {SECRET}}}\n",
    "bundles.yml": 'client_id: 904\nclient_bundles: [{extension: "101", members: ["101"]}]\n',
    "whole.yml": vault(f"client_id: 905\nclient_vars: {{own: {SECRET}}}\n"),
    "one.yml": "client_id: 906\nclient_vars:\n  own: " + vault_value(SECRET),
    "a b.yml": GOOD.format(id=907),
}


class TestBlocked:
    """A host that is blocked says why, and has nothing of its file."""

    def test_whatever_is_wrong(self) -> None:
        found = _read({**BROKEN, "good.yml": GOOD.format(id=801)}, passwords=("wrong",))
        names = {name.partition(".")[0].replace(" ", "_") for name in BROKEN}
        assert found.hosts == {*names, "good"}
        assert found.blocked.keys() == names
        for name in names:
            variables = found.variables(name)
            assert variables.keys() == {*ALWAYS, "client_file", "client_blocked", "client_findings"}
            assert ALWAYS.items() <= variables.items()
            assert variables["client_file"] == f"clients/{name.replace('a_b', 'a b')}.yml"
            assert variables["client_blocked"].startswith(variables["client_file"] + ":")
            findings = variables["client_findings"]
            assert findings and all(item["file"] == variables["client_file"] for item in findings)
            assert all(f"({item['rule']})" in variables["client_blocked"] for item in findings)
            assert found.groups(name) == {"ringme_blocked"}
            assert SECRET not in str(variables)
        assert "client_blocked" not in found.variables("good")
        assert "moscow" not in found.data.groups

    def test_the_group_is_there_without_any(self) -> None:
        assert _read({"a.yml": GOOD.format(id=801)}).data.groups["ringme_blocked"].get_hosts() == []

    def test_their_texts_are_not_templates(self) -> None:
        found = _read({"a.yml": "client_id: 801\n'x{% y': 1\n'{{ client_file }}': 2\nclient_vars: {'a {# b': 1}\n"})
        seen = found.templated("a")
        assert seen == found.variables("a")
        assert "the key {{ client_file }} is not a plain string" in seen["client_blocked"]

    def test_a_name_is_not_a_template(self) -> None:
        seen = _read({"{{ 7 * 7 }}.yml": GOOD.format(id=801)}).templated("7___7")
        assert seen["client_file"] == "clients/{{ 7 * 7 }}.yml"
        assert seen["client_findings"][0]["file"] == "clients/{{ 7 * 7 }}.yml"

    def test_two_files_for_one_client(self) -> None:
        found = _read({"a.yml": GOOD.format(id=801), "b.yml": GOOD.format(id=801), "c.yml": GOOD.format(id=802)})
        assert found.blocked.keys() == {"a", "b"}
        assert "client 801 is also described in clients/b.yml:1 (FIL-009)" in found.blocked["a"]

    def test_two_files_for_one_host(self) -> None:
        found = _read({"a.yml": GOOD.format(id=801), "a.yaml": GOOD.format(id=802), "b.yml": GOOD.format(id=803)})
        assert found.hosts == {"a", "b"}
        assert "clients/a.yml:1:1: host a is also described in clients/a.yaml:1 (FIL-009)" in found.blocked["a"]
        assert "clients/a.yaml:1:1: host a is also described in clients/a.yml:1 (FIL-009)" in found.blocked["a"]
        assert len(found.variables("a")["client_findings"]) == 2
        assert "client_settings" not in found.variables("a")


TAGGED = "client_id: {id}\nclient_tags: [{tag}]\nclient_vars: {{own: {id}}}\n"


class TestSharedNames:
    """Ansible takes a group for a host of its name: then another client would get the variables, and be changed."""

    def _blocked(self, files: dict[str, str], places: list[str], blocked: set[str]) -> Inventory:
        """The inventory, in which these clients are blocked with findings at these places, and no client has a foreign
        variable.
        """
        found = _read({**files, "other.yml": TAGGED.format(id=899, tag="moscow")})
        assert found.hosts == {*blocked, "other"}
        assert found.blocked.keys() == blocked
        reported = [item for name in blocked for item in found.variables(name)["client_findings"]]
        assert sorted(f"{item['file']}:{item['line']}:{item['column']}" for item in reported) == sorted(places)
        assert {item["rule"] for item in reported} == {"FIL-013"}
        assert all(found.groups(name) == {"ringme_blocked"} for name in blocked)
        assert (found.variables("other")["own"], found.groups("other")) == (899, {"moscow"})
        return found

    def test_a_tag_that_is_a_host(self) -> None:
        files = {"aaa.yml": TAGGED.format(id=801, tag="zzz"), "zzz.yml": GOOD.format(id=802)}
        found = self._blocked(files, ["clients/aaa.yml:2:15", "clients/zzz.yml:1:1"], {"aaa", "zzz"})
        assert "tag zzz has the same name as the host of clients/zzz.yml (FIL-013)" in found.blocked["aaa"]
        assert "host zzz has the same name as a tag in clients/aaa.yml:2 (FIL-013)" in found.blocked["zzz"]
        assert "zzz" not in found.data.groups  # --limit zzz has to mean the host

    def test_a_tag_that_is_its_own_host(self) -> None:
        self._blocked(
            {"aaa.yml": TAGGED.format(id=801, tag="aaa")}, ["clients/aaa.yml:1:1", "clients/aaa.yml:2:15"], {"aaa"}
        )

    def test_a_broken_file_with_the_name_of_a_tag_blocks_by_name_only(self) -> None:
        found = _read({
            "aaa.yml": TAGGED.format(id=801, tag="zzz"), "zzz.yml": "client_id: [\n",
            "b.yml": TAGGED.format(id=803, tag="x"),
        })  # fmt: skip
        assert found.blocked.keys() == {"aaa", "zzz"}
        assert found.variables("b")["client_id"] == 803
        assert {group.name for group in found.data.groups["ringme_blocked"].child_groups} == set()

    @pytest.mark.parametrize("how", ["never", "always"])
    def test_names_after_ansible_has_changed_them(self, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ansible.constants.TRANSFORM_INVALID_GROUP_CHARS", how)
        files = {
            "a.yml": TAGGED.format(id=801, tag="wave-1"), "wave_1.yml": GOOD.format(id=802),
            "b.yml": TAGGED.format(id=803, tag="x-y"), "c.yml": TAGGED.format(id=804, tag="x_y"),
        }  # fmt: skip
        found = _read(files)
        assert found.blocked.keys() == ({"a", "b", "c", "wave_1"} if how == "always" else set())
        if how == "always":
            assert "tag x-y becomes the same group as x_y in clients/c.yml:2" in found.blocked["b"]

    @pytest.mark.parametrize(
        "name", ["all", "ungrouped", "localhost", "127.0.0.1", "ringme_blocked", "ringme_start_at_task"]
    )
    def test_reserved_names(self, name: str) -> None:
        files = {
            f"{name}.yml": GOOD.format(id=801),
            "b.yml": TAGGED.format(id=802, tag=name),
            "c.yml": GOOD.format(id=803),
        }
        found = _read(files)
        assert found.blocked.keys() == {f"file_{name}", "b"}
        assert (
            f"clients/{name}.yml:1:1: the host gets the name of the file, and '{name}' is reserved"
            in found.blocked[f"file_{name}"]
        )
        assert f"clients/b.yml:2:15: client_tags[0]: {name} is reserved" in found.blocked["b"]
        assert "ringme_start_at_task" not in found.data.groups
        assert found.data.localhost is None
        assert found.variables("c")["client_id"] == 803

    def test_groups_and_hosts_of_other_sources(self) -> None:
        write_clients(
            Path("clients"),
            {"a.yml": TAGGED.format(id=801, tag="router"), "b.yml": GOOD.format(id=802), "c.yml": GOOD.format(id=803)},
        )
        source = _source()
        found = read_inventory()
        found.data.add_host("router")
        found.data.add_group("b")
        found.data.set_variable("b", "own", 1)
        plugin().parse(found.data, found.loader, str(source), False)
        assert found.blocked.keys() == {"a", "b"}
        assert "tag router has the same name as the host of another inventory source" in found.blocked["a"]
        assert "host b has the same name as a group of another inventory source" in found.blocked["b"]
        assert found.data.groups["b"].vars["own"] == 1 and "client_file" not in found.data.groups["b"].vars
        assert found.variables("router") == {}


class TestTwoSources:
    """With ``-i one -i two``."""

    def _read(self, one: dict[str, str], two: dict[str, str]) -> Inventory:
        write_clients(Path("one/clients"), one)
        write_clients(Path("two/clients"), two)
        return read_inventory(_source(name="one/ringme.yml"), _source(name="two/ringme.yml"))

    def test_they_add_up(self, tmp_path: Path) -> None:
        found = self._read({"a.yml": GOOD.format(id=801)}, {"b.yml": GOOD.format(id=802)})
        assert (found.hosts, found.blocked) == ({"a", "b"}, {})
        assert found.data.groups["all"].vars["ringme_clients_path"] == [
            str(tmp_path / "one" / "clients"),
            str(tmp_path / "two" / "clients"),
        ]

    @pytest.mark.parametrize("first", ["good", "broken"])
    @pytest.mark.parametrize("second", ["good", "broken"])
    def test_one_host(self, first: str, second: str) -> None:
        texts = {"good": GOOD + "client_tags: [moscow]\nclient_vars: {{own: 1}}\n", "broken": GOOD + "client_tag: 1\n"}
        found = self._read({"a.yml": texts[first].format(id=801)}, {"a.yml": texts[second].format(id=802)})
        variables = found.variables("a")
        assert found.blocked.keys() == {"a"}
        assert variables.keys() == {*ALWAYS, "client_file", "client_blocked", "client_findings"}
        assert variables["client_file"] == "one/clients/a.yml"
        assert found.groups("a") == {"ringme_blocked"}
        assert (
            "two/clients/a.yml:1:1: host a is also described in one/clients/a.yml (FIL-009)"
            in variables["client_blocked"]
        )
        reported = [item["file"] for item in variables["client_findings"] if item["rule"] == "FIL-005"]
        assert reported == ["one/clients/a.yml"] * (first == "broken") + ["two/clients/a.yml"] * (second == "broken")
        assert all(f"{place}:4:1" in variables["client_blocked"] for place in reported)

    @pytest.mark.parametrize("first", [True, False])
    def test_a_tag_of_one_that_is_a_host_of_the_other(self, first: bool) -> None:
        tagged, host = {"aaa.yml": TAGGED.format(id=801, tag="zzz")}, {"zzz.yml": GOOD.format(id=802)}
        found = self._read(tagged, host) if first else self._read(host, tagged)
        assert found.blocked.keys() == {"aaa", "zzz"}
        assert "zzz" not in found.data.groups
        for name in ("aaa", "zzz"):
            assert found.variables(name).keys() == {*ALWAYS, "client_file", "client_blocked", "client_findings"}
            assert "(FIL-013)" in found.blocked[name]

    def test_a_third_file_is_a_finding_too(self) -> None:
        text = GOOD.format(id=801)
        found = self._read(
            {"a.yml": text, "b.yml": text, "c.yml": text, "c.yaml": text}, {"a.yml": GOOD.format(id=802)}
        )
        assert found.blocked["a"].endswith(
            "; two/clients/a.yml:1:1: host a is also described in one/clients/a.yml (FIL-009)"
        )
        found = self._read({}, {"c.yml": GOOD.format(id=803)})
        assert found.blocked["c"].endswith(
            "; two/clients/c.yml:1:1: host c is also described in one/clients/c.yaml (FIL-009)"
        )
        assert "client_settings" not in found.variables("c")

    def test_a_host_that_is_not_a_client_becomes_one(self) -> None:
        write_clients(Path("clients"), {"a.yml": GOOD.format(id=801)})
        source = _source()
        found = read_inventory()
        found.data.add_host("a")
        found.data.set_variable("a", "own", 1)
        plugin().parse(found.data, found.loader, str(source), False)
        assert (found.variables("a")["own"], found.variables("a")["client_id"]) == (1, 801)

    def test_the_same_source_twice(self) -> None:
        write_clients(Path("clients"), {"a.yml": GOOD.format(id=801)})
        source = _source()
        found = read_inventory(source, source)
        assert found.hosts == {"a"}


@pytest.mark.parametrize(("options", "blocked"), [({"export": True}, set()), ({"start_at_task": None}, {"a"})])
def test_only_a_playbook_blocks_values_that_cannot_be_decrypted(
    options: dict[str, Any], blocked: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CLIARGS", options)
    assert (
        _read({"a.yml": GOOD.format(id=801) + "client_vars:\n  own: " + vault_value(SECRET)}).blocked.keys() == blocked
    )
