# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of the project for tools that insist on a folder called ansible_collections/ringme/pbx.

ansible-test checks the real path, so a link is not sufficient; and it asks git for the files, so the copy is a git
repository of its own. In a folder that git ignores it would find no file and succeed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# git has to look at the clone even if it belongs to another user, as in a container.
_GIT = ("git", "-c", "safe.directory=*")


def files(root: Path = ROOT) -> list[Path]:
    """Paths, relative to root, of everything that git tracks or would track and that exists."""
    command = [*_GIT, "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout
    paths = sorted({Path(os.fsdecode(name)) for name in listed.split(b"\0") if name})
    return [path for path in paths if os.path.lexists(root / path)]


def copy(folder: Path, root: Path = ROOT) -> Path:
    """Copy the files of the project into ``folder``; returns the path of the copy."""
    stage = folder / "ansible_collections" / "ringme" / "pbx"
    for path in files(root):
        target = stage / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / path, target, follow_symlinks=False)
    subprocess.run([*_GIT, "-c", "init.defaultBranch=main", "init", "--quiet", stage], check=True)
    return stage
