# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of tasks as Ansible hands them to callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

FILE = {"client_id": 801, "client_file": "clients/romashka.yml"}


def returned(
    result: Mapping[str, Any],
    module: str = "client_settings",
    variables: Any = None,
    name: str = "romashka",
    private: bool = False,
    **task: Any,
) -> Any:
    """What a callback gets; ``private`` is how ansible-core before 2.19 has it."""
    given = FILE if variables is None else variables
    host = SimpleNamespace(get_name=lambda: name, get_vars=lambda: given)
    action = module if "." in module else f"ringme.pbx.{module}"
    of = SimpleNamespace(action=action, resolved_action=task.pop("resolved", None), get_name=lambda: "Compare", **task)
    values = {"host": host, "task": of, "result": result, "task_fields": task}
    return SimpleNamespace(**{f"_{key}" if private else key: value for key, value in values.items()})
