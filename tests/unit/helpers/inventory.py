# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin in this process, on every supported ansible-core; vaults, and folders of client files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.plugins.loader import inventory_loader
from ansible.template import Templar

from ansible_collections.ringme.pbx.plugins.inventory import clients

PASSWORD = "right-password"
SOURCE = "plugin: ringme.pbx.clients\n"


@dataclass
class Inventory:
    """What the sources have become; ``warnings`` in the order in which they were said."""

    data: InventoryData
    loader: DataLoader
    warnings: list[str] = field(default_factory=list)

    @property
    def hosts(self) -> set[str]:
        """The names of the hosts."""
        return set(self.data.hosts)

    def variables(self, name: str) -> dict[str, Any]:
        """The variables of a host as the inventory holds them, without those that Ansible adds."""
        found = dict(self.data.get_host(name).vars)
        return {key: value for key, value in found.items() if key not in ("inventory_file", "inventory_dir")}

    def templated(self, name: str) -> dict[str, Any]:
        """The variables of a host as a task sees them."""
        variables = self.variables(name)
        return dict(Templar(loader=self.loader, variables=variables).template(variables))

    def groups(self, name: str) -> set[str]:
        """The names of the groups of a host, but for all and ungrouped."""
        return {group.name for group in self.data.get_host(name).get_groups()} - {"all", "ungrouped"}

    @property
    def blocked(self) -> dict[str, str]:
        """Why hosts are blocked, by their names."""
        return {host.name: str(host.vars["client_blocked"]) for host in self.data.groups["ringme_blocked"].get_hosts()}


def loader_with(*passwords: str) -> DataLoader:
    """Ansible's loader with these vault passwords."""
    loader = DataLoader()
    loader.set_vault_secrets([("default", VaultSecret(password.encode())) for password in passwords])
    return loader


def vault(text: str, password: str = PASSWORD) -> str:
    """A text encrypted with Ansible's vault."""
    return VaultLib([("default", VaultSecret(password.encode()))]).encrypt(text).decode()


def vault_value(text: str, password: str = PASSWORD) -> str:
    """An encrypted value of a key that is indented by two."""
    return "!vault |\n" + "".join(f"    {line}\n" for line in vault(text, password).splitlines())


def decrypted(value: Any, password: str = PASSWORD) -> str:
    """What is in an encrypted value of a host; an AttributeError where it is not encrypted any more."""
    text = value._ciphertext
    return VaultLib([("default", VaultSecret(password.encode()))]).decrypt(text).decode()


def write_clients(folder: Path, files: Mapping[str, str]) -> None:
    """Write files by their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def plugin() -> clients.InventoryModule:
    """The plugin as Ansible's loader makes it, with its options described by its documentation."""
    inventory_loader._load_config_defs(clients.InventoryModule.NAME, clients, clients.__file__)
    made = clients.InventoryModule()
    made._load_name = made.ansible_name = clients.InventoryModule.NAME
    made._original_path = clients.__file__
    made._redirected_names = []
    return made


def read_inventory(*sources: Path, passwords: tuple[str, ...] = (), cache: bool = True) -> Inventory:
    """Parse sources one after the other, as with ``-i a -i b``; raises what the plugin raises."""
    found = Inventory(InventoryData(), loader_with(*passwords))
    for source in sources:
        made = plugin()
        made.display = _Display(found.warnings)
        made.parse(found.data, found.loader, str(source), cache)
        if getattr(made, "_cache", None):  # as Ansible's manager of inventories does it
            made.update_cache_if_changed()
    found.data.reconcile_inventory()
    return found


@dataclass
class _Display:
    """Keeps warnings."""

    warnings: list[str]

    def warning(self, text: str, *_more: Any, **_options: Any) -> None:
        """Keep a warning."""
        self.warnings.append(text)

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_options: None
