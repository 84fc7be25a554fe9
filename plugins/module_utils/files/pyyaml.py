# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only file that imports PyYAML. ansible-core brings it along, but a module may be carried out where there is none."""

from __future__ import annotations

import traceback

from ..model.library import Library

try:
    import yaml

    PYYAML = Library("PyYAML")
except ImportError:  # pragma: no cover - exercised by a test that runs a Python without PyYAML
    yaml = None  # type: ignore[assignment]
    PYYAML = Library("PyYAML", traceback.format_exc())

__all__ = ["PYYAML", "yaml"]
