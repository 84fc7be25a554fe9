# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of ``make simulator`` works: its credentials reach the clients of the guides, or of another seed."""

from __future__ import annotations

import importlib.util
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from blocks import texts
from simulator.seed import build_store, read_seed
from stories import story
from support.playbook import ROOT

SERVE = ROOT / "tools" / "serve.py"
_SPEC = importlib.util.spec_from_file_location("serve", SERVE)
assert _SPEC and _SPEC.loader
serve = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(serve)
OWN = """\
clients: [{id: 5, prefix: "1"}]
applications:
  - {id: reader, secret: reader-secret-0123456789, client_id: 5, access: read_only}
  - {id: writer, secret: writer-secret-0123456789, client_id: 5}
"""


def _started() -> tuple[subprocess.Popen[str], list[str]]:
    """Start the command; return it with its output until it is ready."""
    serving = subprocess.Popen(
        [sys.executable, str(SERVE), "--port", "0", "--no-validate"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    lines: list[str] = []
    for line in serving.stdout or ():
        lines.append(line.rstrip("\n"))
        if line.startswith("The application "):
            break
    return serving, lines


def _reached(lines: list[str], *clients: int) -> list[int]:
    """The status codes of GET for these clients, with the credentials that the printed lines export."""
    exports = "\n".join(line for line in lines if line.startswith("  export "))
    shell = f'{exports}\nprintf "%s\\n" "$RINGME_API_URL" "$RINGME_APPLICATION_ID" "$RINGME_APPLICATION_SECRET"'
    done = subprocess.run(
        ["bash", "-euc", shell.replace(".venv/bin/python", shlex.quote(sys.executable))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    url, application, secret = done.stdout.split()
    assert secret not in "\n".join(lines)
    form = {"grant_type": "client_credentials", "client_id": application, "client_secret": secret}
    token = requests.post(f"{url}/oauth/token", form, timeout=60).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return [
        requests.get(f"{url}/api/ver1.0/client/{client}/client/", headers=headers, timeout=60).status_code
        for client in clients
    ]


def test_the_credentials_of_the_guides() -> None:
    """The printed application is the one of every story in the texts."""
    serving, lines = _started()
    try:
        assert _reached(lines, 801, 802) == [200, 200]
        assert "ringme.pbx.client_info -a client_id=801" in "\n".join(lines)
        used = {found.application for path in texts() if (found := story(path))}
        assert used and f"  export RINGME_APPLICATION_ID={''.join(used)}" in lines
    finally:
        serving.terminate()
        with serving:
            assert serving.wait(30) == 0


def test_another_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the application with write access, and finds its secret."""
    seed = tmp_path / "my seed.yml"
    seed.write_text(OWN, encoding="utf-8")
    shown = serve.howto("simulator listening on http://127.0.0.1:1", seed, build_store(read_seed(seed)))
    assert (
        f"  export RINGME_APPLICATION_SECRET=\"$(.venv/bin/python tools/serve.py --secret writer --seed '{seed}')\""
        in shown
    )
    assert "client_info -a client_id=5\n" in shown and "reaches client 5.\n" in shown and "writer-secret" not in shown
    assert serve.main(["--secret", "writer", "--seed", str(seed)]) == 0
    assert capsys.readouterr().out == "writer-secret-0123456789\n"


def test_a_seed_without_an_application(tmp_path: Path) -> None:
    """The output explains what is missing."""
    shown = serve.howto("simulator listening on http://127.0.0.1:1", tmp_path, build_store({"clients": []}))
    assert "The seed has no application" in shown and "export" not in shown


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--seed", "no-such-file.yml"], "cannot read the seed no-such-file.yml"),
        (["--secret", "unknown"], "no application unknown in"),
    ],
)
def test_invalid_options(options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It exits with 2 and prints the reason."""
    assert serve.main(options) == 2
    out, error = capsys.readouterr()
    assert complaint in error and not out
