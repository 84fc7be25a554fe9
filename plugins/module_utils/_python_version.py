# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check of the Python version: an older Python would fail during an import with an unclear error."""

from __future__ import annotations

import sys

OLDEST = (3, 10)


def check_python(found: tuple[int, int]) -> None:
    """Raise ImportError if the Python version ``found`` is too old. No I/O."""
    if found < OLDEST:
        oldest, here = (".".join(map(str, version)) for version in (OLDEST, found))
        raise ImportError(
            f"the modules of ringme.pbx require Python {oldest} or later, and this is Python {here}: "
            "set ansible_python_interpreter to a newer one"
        )


check_python(sys.version_info[:2])
