# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the clone importable as ansible_collections.ringme.pbx for every test, wherever the clone lies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent


def _collections_root() -> Path:
    """The folder that holds ansible_collections/ringme/pbx: above the clone, or the link that the commands make."""
    if ROOT.parts[-3:] == ("ansible_collections", "ringme", "pbx"):
        return ROOT.parents[2]
    link = ROOT / ".cache" / "collections" / "ansible_collections" / "ringme" / "pbx"
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        # Two test processes may start together: create the link under another name, then rename it in one step.
        fresh = link.with_name(f".pbx-{os.getpid()}")
        fresh.symlink_to(os.path.relpath(ROOT, link.parent), target_is_directory=True)
        fresh.replace(link)
    return link.parents[2]


COLLECTIONS = _collections_root()
for _folder in (str(TESTS), str(COLLECTIONS)):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)
os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(COLLECTIONS)
# Without compiled files every process compiles the collection again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the exhaustive tests to ``make test-all``."""
    if os.environ.get("RINGME_TEST_ALL") == "1":
        return
    left_out = [item for item in items if item.get_closest_marker("exhaustive")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]
