# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Export and drift of random clients in the test's own process, and what an exported file holds, read by other means.

The steps are those of the role, the files are read by Ansible's loader and templated by its templar, as the inventory
plugin and a task have it; only the playbook around them is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.ringme.pbx.plugins.module_utils._adapter import specification
from ansible_collections.ringme.pbx.plugins.module_utils._engine.base import LocalResource
from ansible_collections.ringme.pbx.plugins.module_utils._engine.execute import Connections, TaskResult, execute
from ansible_collections.ringme.pbx.plugins.module_utils._resources.client_file import ClientFileExport
from ansible_collections.ringme.pbx.plugins.module_utils._resources.validation_report import ValidationReport
from ansible_collections.ringme.pbx.plugins.plugin_utils.client_inventory import ClientHosts
from support.component.direct_transport import DirectRunner, direct_simulator
from support.component.random_clients import DEALER, DEPLOYMENT, RandomClient, seed_of
from support.component.resource_runner import Ran
from support.component.scenarios import BUNDLE_INFO, BUNDLES, CLIENT_INFO, SETTINGS

EXPORT, VALIDATION = ClientFileExport(), ValidationReport()
_CONNECTION = {"application_id": DEALER["id"], "application_secret": DEALER["secret"]}


class Exports:
    """A dealer with random clients in a simulator without sockets, and the folders that they are exported to."""

    def __init__(self, clients: Sequence[RandomClient], folder: Path, switches: Mapping[str, Any]) -> None:
        self.clients, self.folder = clients, folder
        simulator = direct_simulator(seed_of(clients))
        simulator.switches.update(switches)
        self._runner = DirectRunner(simulator, _CONNECTION)

    def export(self, name: str, existing: str | None = None) -> dict[str, str]:
        """Write the files of all clients to the folder of this name; returns their texts by the names of the hosts."""
        (self.folder / name).mkdir(exist_ok=True)
        for client in self.clients:
            path = self.folder / name / f"{host_of(client)}.yml"
            known = self.folder / existing / path.name if existing else None
            live, bundles = self._read(CLIENT_INFO, client), self._read(BUNDLE_INFO, client)
            args = {
                "path": str(path),
                "client": live.result["client"],
                "settings": live.result["settings"],
                "bundles": bundles.result["client_bundles"],
                **({"existing": str(known)} if known else {}),
            }
            outcome = locally(EXPORT, args)
            assert not outcome.failed and outcome.result["changed"], outcome.result
        return texts_in(self.folder / name)

    def drift(self, name: str) -> dict[str, Any]:
        """Compare all clients with the files of a folder; returns what is not clean, by the names of the hosts."""
        loader = DataLoader()
        hosts, others = ClientHosts(loader).read([str(self.folder / name)])
        assert not others and {host.name for host in hosts} == {host_of(client) for client in self.clients}
        found = {}
        for host in hosts:
            variables = Templar(loader=loader, variables={}).template(dict(host.variables))
            parts = [host.blocked, *(self._compared(variables) if not host.findings else ())]
            if any(parts):
                found[host.name] = [part for part in parts if part]
        return found

    def findings(self, name: str) -> list[dict[str, Any]]:
        """Check the files of a folder."""
        return list(locally(VALIDATION, {"path": [str(self.folder / name)]}).result["findings"])

    def close(self) -> None:
        """Close the connections."""
        self._runner.close()

    def _read(self, resource: Any, client: RandomClient) -> Ran:
        ran = self._runner(resource, {"client_id": str(client.id)})
        assert not ran.failed and not ran.writes, ran.result
        return ran

    def _compared(self, variables: Mapping[str, Any]) -> Iterable[Any]:
        """Yield what would be changed or is refused; nothing is written, as in a run of drift."""
        client = {"client_id": str(variables["client_id"])}
        bundles = {"bundles": variables.get("client_bundles"), "blocked_in_check": "report"}
        for resource, args in ((SETTINGS, variables.get("client_settings")), (BUNDLES, bundles)):
            if not args or args.get("bundles", True) is None:
                continue
            ran = self._runner(resource, {**client, **args}, check=True)
            assert not ran.writes
            if ran.failed or ran.changed:
                yield ran.result.get("changes") or ran.msg


def locally(resource: LocalResource[Any], args: Mapping[str, Any], *, check: bool = False) -> TaskResult:
    """Run a resource that works on files."""
    validation = ArgumentSpecValidator(**specification(resource)).validate(dict(args))
    assert not validation.error_messages, validation.error_messages
    return execute(resource, validation.validated_parameters, check_mode=check, connections=Connections())


def host_of(client: RandomClient) -> str:
    """Return the name that the playbook for exports gives a client without a file."""
    return f"client_{client.id}"


def texts_in(folder: Path) -> dict[str, str]:
    """Return the texts of the client files of a folder, byte for byte, by the names of the hosts."""
    return {path.stem: path.read_bytes().decode() for path in sorted(folder.glob("*.yml"))}


class _Loader(yaml.SafeLoader):
    """Reads what is marked as no template as the text that it is."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))  # type: ignore[type-var]


def wrong_in(text: str, client: RandomClient, *, deployment: bool) -> list[str]:
    """Return where a file does not hold what the client is. ``deployment``: it has the settings that only some have."""
    found = yaml.load(text, _Loader)
    settings = dict(found.pop("client_settings", {}))
    reset = settings.pop("reset", [])
    bundles = found.pop("client_bundles", [])
    by_number = [entry for entry in bundles if "extension" in entry]
    numbers = [number for entry in by_number for number in (entry["extension"], *entry["members"])]
    length = client.seed["extension_len"]
    expected = {
        "settings": {name: client.settings[name] for name in _had(client.settings, deployment)},
        "reset": sorted(_had(client.reset, deployment)),
        "bundles": client.bundles,
        "order": True,
        "by number": sum(map(client.by_number, client.bundles)),
        "rest": {
            "client_id": client.id,
            **({"extension_len": length} if length < 5 and all(len(number) == length for number in numbers) else {}),
        },
    }
    actual = {
        "settings": settings,
        "reset": sorted(reset),
        "bundles": _ids(bundles, client),
        "order": bundles == _ordered(bundles) and list(settings) == sorted(settings),
        "by number": len(by_number),
        "rest": found,
    }
    return [f"{what}: {actual[what]}, not {expected[what]}" for what in actual if actual[what] != expected[what]]


def _ordered(bundles: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return bundles as people count: those by number first, shorter numbers first; members in the same way."""
    numbers = sorted((entry for entry in bundles if "extension" in entry), key=lambda entry: _rank(entry["extension"]))
    ids = sorted((entry for entry in bundles if "extension" not in entry), key=lambda entry: entry["extension_id"])
    return [
        *({**entry, "members": sorted(entry["members"], key=_rank)} for entry in numbers),
        *({**entry, "bundle_list": sorted(entry["bundle_list"])} for entry in ids),
    ]


def _rank(number: str) -> tuple[int, str]:
    return len(number), number


def _had(names: Iterable[str], deployment: bool) -> set[str]:
    return {name for name in names if deployment or not name.startswith(DEPLOYMENT)}


def _ids(bundles: Sequence[Mapping[str, Any]], client: RandomClient) -> dict[int, frozenset[int]]:
    ids = {number: extension_id for extension_id, number in client.numbers.items()}
    found = {}
    for entry in bundles:
        if "extension" in entry:
            found[ids[entry["extension"]]] = frozenset(ids[item] for item in entry["members"])
        else:
            found[entry["extension_id"]] = frozenset(entry["bundle_list"])
    return found
