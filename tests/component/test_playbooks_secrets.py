# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is shown by any playbook at -vvvv with --diff: not in what is printed, and not in what a callback sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from simulator.pytest_plugin import MakeSimulator
from support.component.client_folder import DEALER, VAULT, VAULT_PASSWORD, ClientFolder, encrypted, vaulted
from support.component.dealer_clients import DealerClients

CLIENTS = DealerClients(["aster", "betula", "dalia", "erica", "ficus", "gloria"])
PROXY_PASSWORD = "canary-proxy-password-32"
TOKEN = "canary-access-token-33"
GROUP_SECRET = "erica-secret-0123456789abcdef"
SECRETS = {
    "the dealer's": DEALER["RINGME_APPLICATION_SECRET"],
    **{f"{name}'s": f"{name}-secret-0123456789abcdef" for name in CLIENTS.names},
    "of the vault": VAULT_PASSWORD,
    "of the proxy": PROXY_PASSWORD,
    "a token that was given": TOKEN,
}


# The tasks of onboard are those of apply; a test of the playbooks that write compares them.
RUNS = (
    ("validate", "-e", "ringme_sarif=findings.sarif"),
    ("drift",),
    ("apply",),
    ("export",),
    ("export", "--check", "-e", "ringme_export_path=clients", "-e", "ringme_export_overwrite=true"),
)


def _files() -> dict[str, str]:
    """Secrets in plain text, in a vault, in a variable, in an encrypted file, and in invalid files."""
    own = {name: CLIENTS.own_application(name) for name in CLIENTS.names}
    files = CLIENTS.files(
        {
            "aster": own["aster"],
            "betula": own["betula"].replace(
                "betula-secret-0123456789abcdef", vaulted("betula-secret-0123456789abcdef")
            ),
            "erica": own["erica"].replace(GROUP_SECRET, '"{{ secrets_of_all.erica }}"'),
            # Blocked: the typo is in the key of a secret.
            "ficus": own["ficus"].replace("application_secret", "aplication_secret"),
            # Nothing listens there.
            "gloria": f"{own['gloria']}  proxy: http://user:{PROXY_PASSWORD}@127.0.0.1:9\n  retries: 1\n",
        }
    )
    files["dalia"] = encrypted(f"{files['dalia']}{own['dalia']}")
    files["hosta"] = f"client_id: 999\nclient_api:\n  access_token: {TOKEN}\nclient_settings: {{timezone: UTC}}\n"
    return files


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, make_simulator: MakeSimulator) -> ClientFolder:
    folder = ClientFolder(tmp_path / "shop", make_simulator(CLIENTS.seed()))
    folder.write(_files())
    (folder.path / "group_vars").mkdir()
    variables = json.dumps({"secrets_of_all": {"erica": GROUP_SECRET}})
    (folder.path / "group_vars" / "all.yml").write_text(variables, encoding="utf-8")
    (tmp_path / "password").write_text(VAULT_PASSWORD, encoding="utf-8")
    return folder


def _tokens(folder: ClientFolder) -> dict[str, str]:
    """Return the tokens that are kept between tasks."""
    cache = folder.path.parent / "home" / ".cache" / "ringme.pbx" / "tokens"
    return {f"token {path.name}": json.loads(path.read_text())["access_token"] for path in cache.glob("*.json")}


def test_no_secret_is_shown(folder: ClientFolder) -> None:
    shown: dict[str, str] = {}
    for number, (playbook, *args) in enumerate(RUNS):
        ran = folder.run(
            playbook, *args, "-vvvv", "--diff", *VAULT, extra_vars={"ansible_inject_invocation": True}
        )  # fmt: skip
        ran.check(2)
        assert {"ficus"} <= ran.failed() or playbook == "validate"
        shown[f"output of {playbook} {number}"] = ran.run.output
        shown[f"results of {playbook} {number}"] = json.dumps([entry["result"] for entry in ran.run.results])
    assert CLIENTS.done(folder.simulator) == {"aster", "betula", "dalia", "erica"}, "the secrets were of use"
    for path in (folder.path / "exported").iterdir():
        shown[f"exported {path.name}"] = path.read_text(encoding="utf-8")
    shown["report"] = (folder.path / "findings.sarif").read_text(encoding="utf-8")
    for path in (folder.path / "reports").iterdir():
        shown[f"report {path.name}"] = path.read_text(encoding="utf-8")
    assert {"exported aster.yml", "exported betula.yml", "report drift.html", "report ledger.json"} <= shown.keys()

    tokens = _tokens(folder)
    assert len(tokens) >= 4
    leaks = [
        f"{what} in {where}"
        for where, text in shown.items()
        for what, secret in {**SECRETS, **tokens}.items()
        if secret in text
    ]
    assert not leaks
