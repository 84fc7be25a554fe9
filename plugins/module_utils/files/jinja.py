# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only file that imports Jinja2. ansible-core requires it, but a module may run on a machine without ansible-core."""

from __future__ import annotations

import traceback

from ..model.library import Library

try:
    import jinja2

    JINJA2 = Library("Jinja2")
except ImportError:  # pragma: no cover - exercised where a Python has no Jinja2
    jinja2 = None  # type: ignore[assignment]
    JINJA2 = Library("Jinja2", traceback.format_exc())

__all__ = ["JINJA2", "jinja2"]
