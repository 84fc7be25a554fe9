# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of client files as a user has it, and the playbooks run in it by their names.

It lies outside the clone and holds ``clients.ringme.yml`` and ``clients``, nothing else; the credentials are those of a
dealer, in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.parsing.vault import VaultLib, VaultSecret
from simulator import Simulator
from simulator.journal import Entry

from support.playbook import PlaybookRun, run_playbook

DEALER = {
    "RINGME_APPLICATION_ID": "dealer-application",
    "RINGME_APPLICATION_SECRET": "dealer-secret-0123456789abcd",
}
# Coverage counts from the root of the clone; elsewhere it would only take time.
_NO_COVERAGE = {"COVERAGE_PROCESS_CONFIG": None, "COVERAGE_PROCESS_START": None}

CLEAN = {
    "romashka": """\
---
client_id: 801
client_tags: [moscow]
client_settings:
  hold_music: 11
  timezone: Europe/Moscow
client_bundles: []
client_registrations:
  allowed_networks: ["0.0.0.0/0", "::/0"]
""",
    "vasilek": """\
---
client_id: 802
client_tags: [urals]
client_settings:
  geo_list: [RU, BY]
client_bundles:
  - {extension: "101", members: ["102"]}
""",
}
"""Files that are true of the default seed."""


VAULT_PASSWORD = "canary-vault-password-31"
VAULT = ("--vault-password-file", "../password")
"""Options for a folder with the password file of a test next to it."""


def vaulted(text: str, password: str = VAULT_PASSWORD) -> str:
    """Return what ``ansible-vault encrypt_string`` makes of a text, for a key that is indented by two."""
    return "!vault |" + "".join(f"\n    {line}" for line in encrypted(text, password).splitlines())


def encrypted(text: str, password: str = VAULT_PASSWORD) -> str:
    """Return what ``ansible-vault encrypt`` makes of a file."""
    return str(VaultLib([("default", VaultSecret(password.encode()))]).encrypt(text).decode())


@dataclass
class ClientFolder:
    """``path`` is the folder; a playbook in it may take ``timeout`` seconds."""

    path: Path
    simulator: Simulator
    timeout: float = 180

    def __post_init__(self) -> None:
        (self.path / "clients").mkdir(parents=True)
        (self.path / "clients.ringme.yml").write_text("plugin: ringme.pbx.clients\n", encoding="utf-8")

    def write(self, files: Mapping[str, str]) -> None:
        """Write client files, and no others: the names are those of the hosts."""
        for path in (self.path / "clients").iterdir():
            path.unlink()
        for name, text in files.items():
            (self.path / "clients" / f"{name}.yml").write_text(text, encoding="utf-8")

    def run(
        self,
        playbook: str,
        *args: str,
        extra_vars: Mapping[str, Any] | None = None,
        env: Mapping[str, str | None] | None = None,
        inventory: Path = Path("clients.ringme.yml"),
    ) -> Ran:
        """Run ``ringme.pbx.<playbook>`` here, with the credentials of the dealer."""
        entries = self.simulator.journal
        seen = entries[-1].index if entries else 0
        run = run_playbook(
            f"ringme.pbx.{playbook}",
            simulator_url=self.simulator.url,
            inventory=inventory,
            args=args,
            extra_vars=extra_vars,
            env={**DEALER, **_NO_COVERAGE, **(env or {})},
            cwd=self.path,
            home=self.path.parent / "home",
            timeout=self.timeout,
        )
        assert "dealer-secret" not in run.output
        return Ran(run, [entry for entry in entries if entry.index > seen])


@dataclass(frozen=True)
class Ran:
    """A playbook that has ended, and what it sent."""

    run: PlaybookRun
    entries: Sequence[Entry]

    @property
    def output(self) -> str:
        """What was shown, as one line: Ansible wraps where it likes."""
        return " ".join(self.run.output.replace("\\n", " ").split())

    @property
    def writes(self) -> list[str]:
        """The requests that asked for a change, as "PUT /client/801/client/"."""
        return [f"{entry.method} {entry.path.partition('/ver1.0')[2]}" for entry in self.entries if entry.is_write]

    @property
    def reads(self) -> int:
        """How many requests asked for something and changed nothing."""
        return sum(entry.is_api and not entry.is_write for entry in self.entries)

    def check(self, rc: int) -> Ran:
        """Return it; an AssertionError that shows its output where it did not end with ``rc``."""
        self.run.check(rc)
        return self

    def failed(self) -> set[str]:
        """The hosts that ended as failed."""
        return {host for host, counts in self.run.stats.items() if counts["failures"] or counts["unreachable"]}

    def shown(self, task: str) -> list[str]:
        """What the last of the tasks (``task`` is one of them) printed on stderr: a table, or a progress line."""
        assert f"{task}] *" in self.run.stdout
        blocks: list[list[str]] = []
        for line in self.run.stderr.splitlines():
            if re.match(r"[0-9,]+ of [0-9,]+ clients done", line) or (
                line.startswith(("CLIENT ", "FLEET ")) and not (blocks and blocks[-1])
            ):
                blocks.append([])
            if line.startswith("["):
                blocks.append([])
            elif blocks and (blocks[-1] or line.startswith(("CLIENT ", "FLEET ", *"0123456789"))):
                blocks[-1].append(line)
        return next((block for block in reversed(blocks) if block), [])

    def message(self, host: str, tasks: Iterable[str] = ()) -> str:
        """What the last failed task of a host said, or the last of these tasks."""
        found = [
            str(entry["result"].get("msg"))
            for entry in self.run.results
            if entry["host"] == host and entry["status"] == "failed" and (not tasks or entry["task"] in tasks)
        ]
        assert found, f"nothing failed on {host}:\n{self.run.output}"
        return found[-1]
