# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of the collection where ansible-test and the build want it.

ansible-test insists on a real path that ends in ansible_collections/ringme/pbx and on git knowing the files; the build
packs everything that lies around. So both get a copy of what git tracks or would track.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from run.model import CACHE, ROOT, PartError

# git has to look at the clone even if it belongs to somebody else, as in a container.
_GIT = ("git", "-c", "safe.directory=*")


def files(root: Path = ROOT) -> list[Path]:
    """Paths, relative to root, of everything that git tracks or would track and that exists."""
    done = subprocess.run(
        [*_GIT, "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise PartError(f"git cannot list the files: {done.stderr.decode(errors='replace').strip()}")
    paths = sorted({Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name})
    return [path for path in paths if os.path.lexists(root / path)]


def make(name: str) -> Path:
    """A fresh copy for one part; returns its path. What ansible-test left in an older copy goes."""
    stage = CACHE / "stage" / name / "ansible_collections" / "ringme" / "pbx"
    shutil.rmtree(stage, ignore_errors=True)
    for path in files():
        target = stage / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target, follow_symlinks=False)
    subprocess.run([*_GIT, "-c", "init.defaultBranch=main", "init", "--quiet", stage], check=True)
    return stage
