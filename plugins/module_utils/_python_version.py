# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python a module needs: an older one would fail in the middle of an import, with an error that does not say why."""

from __future__ import annotations

import sys

OLDEST = (3, 10)


def check_python(found: tuple[int, int]) -> None:
    """Raise ImportError for a Python that is too old. No I/O."""
    if found < OLDEST:
        oldest, here = (".".join(map(str, version)) for version in (OLDEST, found))
        raise ImportError(
            f"ringme.pbx needs Python {oldest} or later where its modules run, and this is {here}: "
            "set ansible_python_interpreter to a newer one"
        )


check_python(sys.version_info[:2])
