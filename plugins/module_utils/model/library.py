# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python libraries beside the standard one, as far as the machine that carries a task out has them. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """A library by its name on PyPI; ``problem`` is the traceback of its import where that failed, ``None`` where it is here."""

    name: str
    problem: str | None = None
