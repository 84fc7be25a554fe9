# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names the line of the client file in place of the option, where a task got the value from there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import read_file, shown_path
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import place_of, plain

OPTION, KEY = "bundles", "client_bundles"
"""The option whose findings have places, and the key of client files that feeds it."""
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def with_places(result: Mapping[str, Any], arguments: Mapping[str, Any], file: object) -> dict[str, Any]:
    """Return a failed result whose ``msg`` says ``clients/alfa.yml:16`` where it said ``bundles[0].members[1]``.

    Reads the client ``file``. What the task was given and the file does not hold keeps its option.
    """
    found = dict(result)
    findings = result.get("findings")
    options = (
        [item.get("option") for item in findings if isinstance(item, Mapping)] if isinstance(findings, list) else []
    )
    if not result.get("failed") or not isinstance(file, str) or not any(options):
        return found
    tree = read_file(file).tree
    if tree is None:
        return found
    given, written = {OPTION: arguments.get(OPTION)}, {OPTION: plain(tree).get(KEY)}
    for option in sorted({str(option) for option in options if option}, key=len, reverse=True):
        value = _at(given, option)
        if value is not None and value == _at(written, option):
            line = place_of(tree, KEY + option.removeprefix(OPTION)).line
            found["msg"] = str(found["msg"]).replace(f"{option}: ", f"{shown_path(file)}:{line}: ")
    return found


def _at(values: Any, option: str) -> Any:
    """Return the value at an option's place; ``None`` where there is none."""
    for index, key in _STEP.findall(option):
        if index and isinstance(values, Sequence) and not isinstance(values, str) and int(index) < len(values):
            values = values[int(index)]
        elif key and isinstance(values, Mapping):
            values = values.get(key)
        else:
            return None
    return values
