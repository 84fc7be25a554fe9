# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks as users start them: the benchmark measures whole processes, so none comes from a loaded one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from unittest import mock

from support import playbook


def run_playbook(*arguments: Any, **options: Any) -> playbook.PlaybookRun:
    """Run a playbook by the command of this environment, as a child of this process."""
    with mock.patch.object(playbook, "bin_folder", return_value=Path(sys.executable).parent):
        return playbook.run_playbook(*arguments, **options)
