# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guarded imports of libraries that may not be installed. The only file that imports Jinja2 and PyYAML.

ansible-core requires both, but a module may run on a host without ansible-core.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """A library by its PyPI name; ``problem`` is the traceback of a failed import, ``None`` if it is installed."""

    name: str
    problem: str | None = None


try:
    import jinja2

    JINJA2 = Library("Jinja2")
except ImportError:  # pragma: no cover - exercised where a Python has no Jinja2
    jinja2 = None  # type: ignore[assignment]
    JINJA2 = Library("Jinja2", traceback.format_exc())

try:
    import yaml

    PYYAML = Library("PyYAML")
except ImportError:  # pragma: no cover - exercised by a test that runs a Python without PyYAML
    yaml = None  # type: ignore[assignment]
    PYYAML = Library("PyYAML", traceback.format_exc())

__all__ = ["JINJA2", "PYYAML", "Library", "jinja2", "yaml"]
