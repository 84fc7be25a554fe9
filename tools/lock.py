# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resolves the development requirements anew and freezes the result into constraints*.txt.

usage: lock.py [VERSION ...]     (default: 3.13 3.11; a Python of that version is needed for each)

Two sets are needed: ansible-core 2.21 and the tools of its time run on Python 3.12 and later, and Python 3.11 gets what
still supports it. Everything is installed into a throw-away environment; the clone's own is not touched.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = {"3.13": "constraints.txt", "3.11": "constraints-py311.txt"}
# Pinned by the requirement files, from tests/matrix.yml.
NOT_HERE = {"ansible-core"}
HEADER = """\
# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# {what}: versions that pass together, made by "make lock". Not edited by hand.
"""
ABOUT = {"3.13": "Python 3.12 and later", "3.11": "Python 3.11"}


def freeze(version: str) -> list[str]:
    """Install the requirements into a new environment of this Python; returns its packages as name==version."""
    python = subprocess.run([ROOT / "tools" / "find-python", version], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python.stdout.strip(), "-m", "venv", folder], check=True)
        pip = [f"{folder}/bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
        subprocess.run([*pip, "install", "--quiet", "--requirement", ROOT / "requirements-test.txt"], check=True)
        done = subprocess.run([*pip, "freeze"], capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if re.fullmatch(r"[A-Za-z0-9._-]+==[^=\s]+", line)]
    return sorted((line for line in lines if line.split("==")[0].lower() not in NOT_HERE), key=str.lower)


def main(versions: list[str]) -> None:
    """Write the file of each version."""
    for version in versions:
        lines = freeze(version)
        (ROOT / FILES[version]).write_text(
            HEADER.format(what=ABOUT[version]) + "\n".join(lines) + "\n", encoding="utf-8"
        )
        print(f"{FILES[version]}: {len(lines)} packages")


if __name__ == "__main__":
    if set(sys.argv[1:]) - set(FILES):
        sys.exit(f"usage: lock.py [{'|'.join(FILES)} ...]")
    main(sys.argv[1:] or list(FILES))
