# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module, and everything that modules import, can be imported where they run.

``ansible-test units`` runs this where nothing of ansible-core but ``ansible.module_utils`` can be imported.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
FILES = [path for kind in ("module_utils", "modules") for path in sorted((PLUGINS / kind).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PLUGINS)))
def test_import(path: Path) -> None:
    parts = path.relative_to(PLUGINS).with_suffix("").parts
    assert importlib.import_module(".".join(("ansible_collections.ringme.pbx.plugins", *parts)))
