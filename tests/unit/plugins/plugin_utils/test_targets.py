# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a packaged playbook refuses before its first task, and on which hosts it acts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible import context
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import AnsibleVaultError

from ansible_collections.ringme.pbx.plugins.lookup.targets import LookupModule
from ansible_collections.ringme.pbx.plugins.plugin_utils import targets as module
from ansible_collections.ringme.pbx.plugins.plugin_utils.core_version import check_core
from ansible_collections.ringme.pbx.plugins.plugin_utils.targets import INTERNAL, RUN_VARIABLES, foreign_identity
from ansible_collections.ringme.pbx.tests.unit.helpers.inventory import PASSWORD, loader_with, vault

ROOT = Path(__file__).resolve().parents[4]
ASTER = {"client_file": "clients/aster.yml", "client_id": 801}
ROUTER = {"ansible_host": "192.0.2.1"}


@pytest.fixture(name="options", autouse=True)
def _options(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options of the run, which a test may change before it looks."""
    given: dict[str, Any] = {"tags": ("all",), "skip_tags": ()}
    monkeypatch.setattr(context, "CLIARGS", given)
    return given


def look(
    hosts: Mapping[str, Mapping[str, Any]],
    extra: Mapping[str, Any] | None = None,
    others: Mapping[str, Any] | None = None,
    patterns: tuple[str, ...] = ("all",),
) -> list[str]:
    """The hosts of a run; ``others`` are variables of all hosts that lie below theirs."""
    listed = [SimpleNamespace(name=name, vars=dict(own)) for name, own in hosts.items()]
    inventory = SimpleNamespace(get_hosts=lambda found: listed if found == ["all"] else [])

    def variables(name: str) -> dict[str, Any]:
        return {**(others or {}), **hosts[name], **(extra or {})}

    return module.targets(inventory, list(patterns), variables, extra or {})


def test_only_hosts_from_client_files_are_clients() -> None:
    assert look({"aster": ASTER, "router": ROUTER}) == ["aster"]
    assert look({"aster": ASTER}) == ["all"]
    settings = {"client_settings": {"timezone": "UTC"}, "client_file": "x.yml", "client_id": 1}
    for hosts in ({}, {"router": ROUTER}):
        with pytest.raises(AnsibleError, match="no clients found: no host of this run comes from a client file"):
            look(hosts, others=settings)
    for patterns in ((), ("mosocw",)):
        with pytest.raises(AnsibleError, match="no clients found"):
            look({"aster": ASTER}, patterns=patterns)


@pytest.mark.parametrize(
    ("option", "value"),
    [("tags", ("never",)), ("tags", ("all", "x")), ("skip_tags", ("notest", "x")), ("start_at_task", "End")],
)
def test_a_run_is_whole_or_refused(options: dict[str, Any], option: str, value: Any) -> None:
    options[option] = value
    typed = f"--{option.replace('_', '-')}"
    with pytest.raises(AnsibleError, match=f"{typed} would skip tasks.*run it without {typed}"):
        look({"aster": ASTER})
    with pytest.raises(AnsibleError, match=f"{typed} would skip tasks"):
        module.check_local(lambda name: {}, {})


@pytest.mark.parametrize(
    ("own", "name", "value"),
    [
        (ASTER, "client_id", 802), (ASTER, "client_id", "@me"), (ASTER, "client_file", "clients/betula.yml"),
        ({**ASTER, "client_api": {"api_url": "https://a.example"}}, "client_api", {"api_url": "https://b.example"}),
        ({**ASTER, "extension_len": 3}, "extension_len", 4),
    ],
)  # fmt: skip
def test_what_identifies_a_client_comes_from_its_file(own: dict[str, Any], name: str, value: Any) -> None:
    with pytest.raises(
        AnsibleError, match=f"clients/aster.yml: another value hides {name}, which only the client file can set"
    ):
        look({"aster": own}, {name: value})
    assert look({"aster": own}, {name: own[name]}) == ["all"]
    assert foreign_identity(ROUTER, {name: value}) is None


def test_a_number_may_be_written_as_a_text_and_what_the_file_leaves_out_may_come_from_elsewhere() -> None:
    assert look({"aster": ASTER}, {"client_id": "801", "client_api": {"api_url": "https://b.example"}}) == ["all"]


def test_variables_that_steer_a_run_are_not_taken_from_one_client() -> None:
    for name in RUN_VARIABLES:
        with pytest.raises(
            AnsibleError, match=f"clients/aster.yml: {name} controls the whole run.*remove it from client_vars"
        ):
            look({"aster": {**ASTER, name: "none"}})
    betula = {"client_file": "clients/betula.yml", "client_id": 802}
    listed = [SimpleNamespace(name=name, vars=own) for name, own in (("aster", ASTER), ("betula", betula))]
    inventory = SimpleNamespace(get_hosts=lambda found: listed)
    of_group = {"aster": {**ASTER, "ringme_report_path": "none"}, "betula": {**betula, "ringme_report_path": "reports"}}
    with pytest.raises(
        AnsibleError, match="ringme_report_path controls the whole run, but aster and betula have different values"
    ):
        module.targets(inventory, ["all"], lambda name: of_group[name], {})
    assert look(
        {"aster": ASTER}, others={"ringme_report_path": "none"}, extra={"ringme_fail_on": {"severity": "high"}}
    ) == ["all"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("client_bundles_alow_widening", "client_bundles_allow_widening"), ("client_setings", "client_settings"),
        ("ringme_report_pth", "ringme_report_path"), ("client_registration", "client_registrations"),
    ],
)  # fmt: skip
def test_a_name_with_a_typo_is_refused(name: str, near: str) -> None:
    with pytest.raises(AnsibleError, match=f"^{name}: unknown variable; did you mean {near}"):
        look({"aster": ASTER}, others={name: 1})
    with pytest.raises(AnsibleError, match=f"^-e {name}: unknown variable; did you mean {near}"):
        look({"aster": ASTER}, {name: 1})


def test_names_of_other_people_are_left_alone() -> None:
    others = {"client_name": "Aster Ltd", "clientele": 1, "ringme_vault_secret": "x", "dealer": "moscow"}
    assert look({"aster": ASTER}, others=others) == ["all"]


def test_what_a_run_finds_out_cannot_be_given_from_outside() -> None:
    for name in INTERNAL:
        with pytest.raises(AnsibleError, match=f"-e {name}: the playbook sets this variable: remove it"):
            look({"aster": ASTER}, {name: {}})
        with pytest.raises(AnsibleError, match=f"-e {name}: the playbook sets this variable"):
            module.check_local(lambda name: {}, {name: {}})


def _set(node: Any) -> Iterator[str]:
    """The variables that a playbook or role sets, in whatever way."""
    for item in node if isinstance(node, list) else [node]:
        for key, value in item.items() if isinstance(item, dict) else ():
            if key == "register":
                yield value
            elif key == "ansible.builtin.set_fact" or (key == "vars" and isinstance(value, dict)):
                yield from value
            yield from _set(value)


def test_all_that_the_playbooks_set_is_known_as_theirs() -> None:
    files = [*ROOT.glob("playbooks/*.yml"), *ROOT.glob("playbooks/tasks/*.yml"), *ROOT.glob("roles/client/tasks/*.yml")]
    found = {name for path in files for name in _set(yaml.safe_load(path.read_text(encoding="utf-8")))}
    found |= set(yaml.safe_load((ROOT / "playbooks" / "vars" / "report.yml").read_text(encoding="utf-8")))
    assert {name for name in found if not name.startswith("ansible_")} - {"client_blocked_in_check"} == INTERNAL
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("playbooks/**/*.yml"))
    read = set(re.findall(r"\bringme_\w+", text)) - INTERNAL - {"ringme_blocked", "ringme_unknown"}
    assert read | {"ringme_in_process"} == RUN_VARIABLES


@pytest.mark.parametrize(
    ("value", "good"),
    [("never", False), ({"severity": "never"}, True), ('{"severity": "never"}', True), ("severity=never", True)],
)
def test_what_fails_a_run_is_a_mapping(value: Any, good: bool) -> None:
    if good:
        assert look({"aster": ASTER}, {"ringme_fail_on": value}) == ["all"]
        return
    with pytest.raises(AnsibleError, match=re.escape("""write -e '{"ringme_fail_on": {"severity": "never"}}'""")):
        look({"aster": ASTER}, {"ringme_fail_on": value})


def test_what_is_about_all_clients_takes_no_part_of_them(options: dict[str, Any]) -> None:
    module.check_local(lambda name: {"client_id": 801}, {"ringme_reports": []})
    with pytest.raises(AnsibleError, match="client_setings: unknown variable; did you mean client_settings"):
        module.check_local(lambda name: {"client_setings": {}}, {})
    with pytest.raises(AnsibleError, match="-e client_id: not allowed; only client files set it"):
        module.check_local(lambda name: {}, {"client_id": 801})

    def vault(name: str) -> dict[str, Any]:
        raise AnsibleVaultError("no vault secrets found")

    with pytest.raises(
        AnsibleError, match=r"cannot be decrypted: set the vault password .*or run the playbook without the inventory"
    ):
        module.check_local(vault, {})
    options["subset"] = "aster"
    with pytest.raises(AnsibleError, match="run it without --limit"):
        module.check_local(lambda name: {}, {})


def test_the_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees what the inventory plugin has read in this process, within the limit."""
    inventory = InventoryData()
    for name, own in {"aster": ASTER, "betula": {**ASTER, "client_id": 802}, "router": ROUTER}.items():
        inventory.add_host(name)
        for key, value in own.items():
            inventory.set_variable(name, key, value)
    inventory.reconcile_inventory()
    monkeypatch.setattr(module, "_inventory", [])
    lookup = LookupModule(loader=DataLoader())
    options = {"tags": ("all",), "extra_vars": (), "inventory": (), "basedir": None, "subset": None}
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(options))
    with pytest.raises(AnsibleError, match="no clients found"):
        lookup.run([])
    module.remember_inventory(inventory)
    for terms, found in (
        ([], ["aster", "betula"]),
        (["aster"], ["aster"]),
        ([["aster:betula", " "]], ["aster:betula"]),
    ):
        assert lookup.run(terms) == found
    assert lookup.run([], local=True) == ["localhost"]
    for terms in ([[]], [""], ["router"]):
        with pytest.raises(AnsibleError, match="no clients found"):
            lookup.run(terms)
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict({**options, "subset": "betula:router"}))
    assert lookup.run([]) == ["betula"]
    for name in ("syntax", "listtasks", "listtags"):
        monkeypatch.setattr(context, "CLIARGS", ImmutableDict({**options, name: True, "tags": ("x",)}))
        assert (lookup.run([["unknown"]]), lookup.run([], local=True)) == (["unknown"], ["localhost"])


def test_an_old_core_says_which_versions_are_supported() -> None:
    for good in ("2.18.0", "2.18.6rc1", "2.21.5", "3.0.0"):
        check_core(good)
    with pytest.raises(
        AnsibleError,
        match=r"requires ansible-core 2\.18 or later; this is 2\.17\.14: run pip install 'ansible-core>=2\.18'",
    ):
        check_core("2.17.14")


def test_files_of_secrets_count_as_empty_where_no_password_was_given(tmp_path: Path, options: dict[str, Any]) -> None:
    (tmp_path / "clients.ringme.yml").touch()
    options["inventory"] = (str(tmp_path / "clients.ringme.yml"), "localhost,")
    for name, text in {"all/vault.yml": vault("x: 1\n"), "all/main.yml": "y: 2\n"}.items():
        (tmp_path / "group_vars" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "group_vars" / name).write_text(text, encoding="utf-8")
    (tmp_path / "group_vars" / "all" / "gone.yml").symlink_to("nowhere")
    secret, plain = (str(tmp_path / "group_vars" / "all" / name) for name in ("vault.yml", "main.yml"))
    for passwords, found in (((), {}), ((PASSWORD,), {"x": 1})):
        loader = loader_with(*passwords)
        module.leave_out_encrypted(loader)
        assert loader.load_from_file(secret) == found
        assert loader.load_from_file(plain) == {"y": 2}
