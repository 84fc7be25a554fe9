# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from support import stage

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"


def tracked() -> list[Path]:
    """Paths, relative to the root, of all files of the project, without links."""
    return [path for path in stage.files(ROOT) if (ROOT / path).is_file() and not (ROOT / path).is_symlink()]


def read(path: str | Path) -> str:
    """The text of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def load(path: str | Path) -> Any:
    """A YAML file of the project."""
    return yaml.safe_load(read(path))


def plugin_names(kind: str) -> set[str]:
    """Names of the plugins of a kind, by their files."""
    return {path.stem for path in (PLUGINS / kind).glob("*.py") if path.stem != "__init__"}
