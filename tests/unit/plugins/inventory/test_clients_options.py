# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin's composed groups and variables, in which blocked clients take no part, and its cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError

from ansible_collections.ringme.pbx.plugins.plugin_utils import client_inventory
from ansible_collections.ringme.pbx.tests.unit.helpers.effort import growth
from ansible_collections.ringme.pbx.tests.unit.helpers.inventory import (
    PASSWORD,
    SOURCE,
    Inventory,
    plugin,
    read_inventory,
    vault,
    vault_value,
    write_clients,
)

SECRET = "canary-5ecret"
GOOD = "client_id: {id}\nclient_settings:\n  timezone: Europe/Moscow\n"
FILES = {
    "a.yml": GOOD.format(id=801) + "client_vars: {wave: 1}\n",
    "b.yml": "client_id: 802\n",
    "c.yml": GOOD.format(id=803) + "client_tag: 1\n",
}
CACHE = "cache: true\ncache_plugin: {plugin}\ncache_connection: {folder}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _read(files: dict[str, str], more: str = "", **options: Any) -> Inventory:
    write_clients(Path("clients"), files)
    source = Path("clients.ringme.yml").absolute()
    source.write_text(SOURCE + more, encoding="utf-8")
    return read_inventory(source, **options)


class TestConstructed:
    """compose, groups and keyed_groups see what a good file says, and nothing of a blocked one."""

    def test_compose(self) -> None:
        found = _read(FILES, "compose: {zone: client_settings.timezone, next: wave + 1, file: client_file}\n")
        seen = {name: str(value) for name, value in found.variables("a").items() if name in ("zone", "next", "file")}
        assert seen == {"zone": "Europe/Moscow", "next": "2", "file": "clients/a.yml"}
        assert {"zone", "next"} & found.variables("b").keys() == set()
        assert {"zone", "next", "file"} & found.variables("c").keys() == set()

    def test_groups(self) -> None:
        found = _read(FILES, "groups: {all_of_them: true, with_zone: client_settings is defined, late: wave > 1}\n")
        assert found.groups("a") == {"all_of_them", "with_zone"}
        assert found.groups("b") == {"all_of_them"}
        assert found.groups("c") == {"ringme_blocked"}

    def test_keyed_groups(self) -> None:
        more = "keyed_groups: [{key: \"client_settings.timezone | default('UTC')\", prefix: zone}]\n"
        found = _read(FILES, more)
        (own,) = found.groups("a")
        assert own.startswith("zone_Europe") and own.endswith("Moscow")
        assert (found.groups("b"), found.groups("c")) == ({"zone_UTC"}, {"ringme_blocked"})

    @pytest.mark.parametrize(
        "more",
        [
            "keyed_groups: [{key: client_settings.timezone | default('UTC')}]\n",
            "keyed_groups: [{key: \"client_settings['timezone']\"}]\n",
            "keyed_groups: [{key: client_settings.get('timezone')}]\n",
            "keyed_groups: [{key: \"'x' ~ (client_settings | default({}))\"}]\n",
            "groups: {moscow: client_settings.timezone is search('Moscow')}\n",
            "compose: {zone: client_settings.timezone | default('UTC')}\n",
            "keyed_groups: [{key: zone}]\n",
            "keyed_groups: [{key: 'zones[0]'}]\n",
        ],
    )
    def test_a_template_in_a_value_that_the_inventory_uses(self, more: str) -> None:
        """It would become the name of a group, or the default would be taken."""
        texts = {
            "a.yml": "client_id: 801\nclient_settings:\n  timezone: '{{ own_zone }}'\nclient_vars:\n"
            "  zone: '{{ own_zone }}'\n  zones: ['{{ own_zone }}']\n",
            "b.yml": "client_id: 802\nclient_settings: {timezone: UTC}\n"
            "client_vars: {zone: a, zones: [a], other: '{{ x }}'}\n",
        }
        found = _read(texts, more)
        assert found.blocked.keys() == {"a"}
        line = 3 if "client_settings" in more else 5 if "key: zone}" in more else 6
        assert found.blocked["a"].startswith(f"clients/a.yml:{line}:")
        assert "is a template, but " in found.blocked["a"] and "(FIL-014)" in found.blocked["a"]
        assert not any("own_zone" in name for name in found.data.groups)

    def test_a_template_in_a_value_that_the_inventory_does_not_use(self) -> None:
        text = (
            "client_id: 801\nclient_settings: {hold_music: '{{ sound }}', timezone: UTC}\nclient_vars: {x: '{{ y }}'}\n"
        )
        found = _read(
            {"a.yml": text},
            "keyed_groups: [{key: client_settings.timezone}, {key: client_settings.none | default('x')}]\n",
        )
        assert not found.blocked
        assert found.groups("a") == {"_UTC", "_x"}

    def test_an_encrypted_value_that_the_inventory_uses(self) -> None:
        text = GOOD.format(id=801) + "client_vars:\n  wave: " + vault_value("one")
        more = "keyed_groups: [{key: wave, prefix: wave}]\n"
        assert not _read({"a.yml": text}, more, passwords=(PASSWORD,)).blocked
        found = _read({}, more)
        assert "the value is encrypted, no vault password is set" in found.blocked["a"]

    @pytest.mark.parametrize(
        ("more", "group"),
        [
            ("groups: {b: client_id == 801}\n", "b"), ("groups: {a: client_id == 801}\n", "a"),
            ("keyed_groups: [{key: client_tags, prefix: '', separator: ''}]\n", "b"),
            ("keyed_groups: [{key: client_tags, prefix: '', separator: ''}]\n", "a"),
            ("keyed_groups: [{key: client_tags, parent_group: b}]\n", "b"),
        ],
    )  # fmt: skip
    def test_a_group_with_the_name_of_a_host(self, more: str, group: str) -> None:
        more = more.replace("client_tags", f"\"'{group}' if client_id == 801 else 'other'\"")
        found = _read({"a.yml": GOOD.format(id=801), "b.yml": GOOD.format(id=802), "c.yml": GOOD.format(id=803)}, more)
        assert found.hosts == {"a", "b", "c"}
        assert group not in found.data.groups
        assert "a" in found.blocked and group in found.blocked
        assert "(FIL-013)" in found.blocked["a"]
        assert ("c" in found.blocked) == ("parent_group" in more)
        assert found.variables("c")["client_file"] == "clients/c.yml"

    @pytest.mark.parametrize("name", ["ringme_blocked", "ringme_start_at_task", "localhost"])
    def test_a_group_with_the_name_of_one_that_is_reserved(self, name: str) -> None:
        found = _read(
            {"a.yml": GOOD.format(id=801), "b.yml": GOOD.format(id=802)}, f"groups: {{{name}: client_id == 801}}\n"
        )
        assert found.blocked.keys() == {"a"}
        assert f"group {name} of this client is reserved" in found.blocked["a"]

    def test_groups_that_cannot_be_made_block_one_client(self) -> None:
        """Here a group would have to be its own parent."""
        more = (
            "keyed_groups: [{key: \"'x' if client_id == 801 else 'y'\", prefix: '', separator: '', parent_group: x}]\n"
        )
        found = _read({"a.yml": GOOD.format(id=801), "b.yml": GOOD.format(id=802)}, more)
        assert found.blocked.keys() == {"a"}
        assert found.groups("b") == {"x", "y"}

    @pytest.mark.parametrize(
        "more",
        [
            "compose: {zone: client_settings.timezone}\n", "groups: {zone: client_settings.timezone == 'UTC'}\n",
            "keyed_groups: [{key: client_settings.timezone}]\n",
        ],
    )  # fmt: skip
    def test_strict(self, more: str) -> None:
        with pytest.raises(AnsibleError):
            _read(FILES, more + "strict: true\n")
        assert _read(FILES, more).hosts == {"a", "b", "c"}


class TestCache:
    """What is kept between runs are results of checks."""

    @pytest.fixture(autouse=True)
    def _counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.checked: list[str] = []
        usual = client_inventory.check_file

        def counting(path: str, *more: Any) -> Any:
            self.checked.append(os.path.basename(path))
            return usual(path, *more)

        monkeypatch.setattr(client_inventory, "check_file", counting)

    def _read(self, files: dict[str, str], kind: str = "jsonfile", **options: Any) -> Inventory:
        self.checked.clear()
        found = _read(files, CACHE.format(plugin=kind, folder=Path("cache").absolute()), **options)
        self.checked.sort()
        return found

    def _kept(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in Path("cache").iterdir())

    def test_without_it_every_file_is_checked(self) -> None:
        for _run in range(2):
            self.checked.clear()
            _read(FILES)
            assert sorted(self.checked) == sorted(FILES)
        assert not Path("cache").exists()

    def test_the_same_files_are_not_checked_twice(self) -> None:
        first = self._read(FILES)
        assert self.checked == sorted(FILES)
        times = {name: Path("clients", name).stat().st_mtime_ns for name in FILES}
        write_clients(Path("clients"), FILES)
        for name, stamp in times.items():
            os.utime(Path("clients", name), ns=(stamp, stamp))
        again = self._read({})
        assert self.checked == []
        assert again.blocked == first.blocked
        assert {name: again.variables(name) for name in again.hosts} == {
            name: first.variables(name) for name in first.hosts
        }  # fmt: skip

    def test_what_is_changed_new_or_gone(self) -> None:
        self._read(FILES)
        os.unlink("clients/b.yml")
        found = self._read({"c.yml": GOOD.format(id=803), "d.yml": GOOD.format(id=801)})
        assert self.checked == ["c.yml", "d.yml"]
        assert found.hosts == {"a", "c", "d"}
        assert found.blocked.keys() == {"a", "d"}  # files are compared with each other every time
        self._read({})
        assert self.checked == []
        assert "b.yml" not in self._kept()

    def test_a_refresh_checks_all_and_keeps_it(self) -> None:
        self._read(FILES)
        self._read({}, cache=False)
        assert self.checked == sorted(FILES)
        self._read({})
        assert self.checked == []

    def test_values_and_passwords_are_asked_for_every_time(self) -> None:
        files = {
            "a.yml": GOOD.format(id=801) + f"client_vars:\n  own: {vault_value(SECRET)}",
            "b.yml": vault(GOOD.format(id=802) + f"client_vars: {{own: {SECRET}}}\n"),
            "c.yml": GOOD.format(id=803) + f"client_vars: {{own: {SECRET}}}\nclient_api: {{access_token: {SECRET}}}\n",
        }
        for passwords, blocked in (((PASSWORD,), set()), (("wrong",), {"a", "b"}), ((PASSWORD,), set())):
            found = self._read(files if not Path("clients").exists() else {}, passwords=passwords)
            assert found.blocked.keys() == blocked
            assert found.variables("c")["own"] == SECRET
            assert {"a.yml", "b.yml"} <= set(self.checked)
            kept = self._kept()
            assert "c.yml" in kept
            assert not any(text in kept for text in (SECRET, "Moscow", "ANSIBLE_VAULT", "a.yml", "b.yml"))

    @pytest.mark.parametrize("text", ["", "{", "[]", "5", "null", '"text"', "[[1]]", '{"a": 5}', "\ud800"])
    def test_a_corrupt_cache(self, text: str) -> None:
        first = self._read(FILES)
        (path,) = Path("cache").iterdir()
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        again = self._read({})
        assert self.checked == sorted(FILES)
        assert (again.hosts, again.blocked) == (first.hosts, first.blocked)
        self._read({})
        assert self.checked == []

    @pytest.mark.parametrize("kept", [None, 5, "text", [1], [["a", "b"]], True])
    def test_a_cache_that_holds_something_else(self, kept: Any) -> None:
        made = plugin()
        made._cache = {"key": kept}
        assert made._cached_results("key") == {}

    def test_the_cache_of_one_process(self) -> None:
        assert self._read(FILES, "memory").hosts == {"a", "b", "c"}
        assert self.checked == sorted(FILES)


def test_twice_the_files_are_twice_the_work() -> None:
    """Measured: 300 files take less than two seconds; what would be quadratic takes minutes."""
    text = GOOD + "client_bundles:\n" + "".join(
        f'  - {{extension: "{number}", members: ["{number + 1}", "{number + 2}"]}}\n' for number in range(100, 160, 3)
    ).replace("{", "{{").replace("}", "}}")  # fmt: skip

    def reading(count: int) -> Callable[[], None]:
        def read() -> None:
            found = _read({f"client_{number}.yml": text.format(id=number) for number in range(1, count + 1)})
            assert len(found.hosts) == count and not found.blocked
            assert len(found.variables("client_1")["client_bundles"]) == 20

        return read

    assert growth(reading, 12) < 2.1
