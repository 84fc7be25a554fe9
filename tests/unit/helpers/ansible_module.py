# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module's main in this process, on every supported ansible-core."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible.module_utils import basic

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core before 2.19

    @contextlib.contextmanager
    def patch_module_args(args: dict[str, Any] | None = None) -> Iterator[None]:
        """Hand these arguments to the next AnsibleModule."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": args or {}}).encode())
            yield


def run_main(
    main: Callable[[], None], capsys: pytest.CaptureFixture[str], **arguments: Any
) -> tuple[int, str, dict[str, Any]]:
    """Return the exit code, everything that was printed, and the result."""
    names = {"check_mode": "_ansible_check_mode", "diff": "_ansible_diff"}
    with patch_module_args({names.get(name, name): value for name, value in arguments.items()}):
        with pytest.raises(SystemExit) as caught:
            main()
    captured = capsys.readouterr()
    printed = captured.out + captured.err
    return int(caught.value.code or 0), printed, json.loads(captured.out)
