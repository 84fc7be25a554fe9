# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options in failed results, named as the user types them: as an option of the task, as a variable of the role, or by
line.

Modules name their own options. In the role and the packaged playbooks, variables set these options, so the texts of the
tasks there name the variables.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ringme.pbx.plugins.module_utils._client_files.folder import file_tree, shown_path
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.section_checks import BUNDLES_PREFIX
from ansible_collections.ringme.pbx.plugins.module_utils._client_files.yaml_tree import place_of, plain
from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ARGUMENTS

_BUNDLES = "bundles"
_BUNDLES_KEY = "client_bundles"
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_OPTION_VALUE = re.compile(r": (?:true|false|\d|\[|\")")
_INDEX = re.compile(r"\[\d")
_EXPORT = {"existing": "client_file", "overwrite": "client_export_overwrite", "path": "client_export_path"}
_EXPORT_PLAYBOOK = {"overwrite": "ringme_export_overwrite", "path": "ringme_export_path"}
_REPORT_PLAYBOOK = {
    "fail_on": "ringme_fail_on",
    "max_age": "ringme_report_max_age",
    "reports": "ringme_reports",
    "waivers": "ringme_waivers",
}

Specs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class TaskOrigin:
    """Where a task comes from.

    ``role`` is whether it is a task of the role ``ringme.pbx.client``. ``playbook`` is the packaged playbook of the
    run, such as ``ringme.pbx.apply``, ``None`` in any other run; ``inventory`` are the values of ``-i``. ``host`` is
    the host of the task, ``file`` its client file, ``api`` whether the host has connection options of its own
    (``client_api``).
    """

    module: str
    host: str = ""
    role: bool = False
    playbook: str | None = None
    inventory: tuple[str, ...] = ()
    file: str | None = None
    api: bool = False


def role_variable(module: str, option: str, playbook: bool = False) -> str | None:
    """Return the variable that sets an option of a module in the role, or in a packaged playbook; ``None`` if there is
    none.
    """
    if option == "client_id":
        return option
    if module == "client_bundles":
        return _BUNDLES_KEY if option == _BUNDLES else f"{BUNDLES_PREFIX}{option}"
    if module in ("client_settings", "client_registrations"):
        return f"{module}.{option}"
    if module == "client_file":
        return (_EXPORT_PLAYBOOK if playbook else {}).get(option) or _EXPORT.get(option)
    if module == "drift_report":
        return _REPORT_PLAYBOOK.get(option) if playbook else f"client_report.{option}"
    return None


def with_typed_options(
    result: Mapping[str, Any], specs: Specs, arguments: Mapping[str, Any], origin: TaskOrigin
) -> dict[str, Any]:
    """Return a failed result whose texts name the options as the user types them; any other result unchanged.

    The texts are ``msg``, ``error.hint``, and ``message`` and ``hint`` of ``findings``; their other keys stay.
    ``specs`` is the argument spec of the module, ``arguments`` are the options of the task. An option whose value comes
    from the client file is named by its line in ``msg``: ``clients/alfa.yml:16``. Reads the client file.
    """
    found = dict(result)
    if not result.get("failed"):
        return found
    if origin.file is not None:
        found["msg"] = _with_lines(found, arguments, origin.file)
    if not (origin.role or origin.playbook):
        return found
    names = _names(specs, origin)
    lists = frozenset(name for name in names if specs[name].get("type") == "list")
    found["msg"] = _with_command(_translated(found.get("msg"), names, lists), found, origin)
    if isinstance(found.get("error"), Mapping):
        hint = _with_command(_translated(found["error"].get("hint"), names, lists), found, origin)
        found["error"] = {**found["error"], "hint": hint}
    if isinstance(found.get("findings"), list):
        found["findings"] = [
            {**item, **{key: _translated(item[key], names, lists) for key in ("message", "hint") if key in item}}
            if isinstance(item, Mapping)
            else item
            for item in found["findings"]
        ]
    return found


def _names(options: Iterable[str], origin: TaskOrigin) -> dict[str, str]:
    """Return what the user types for each option, without those that have the same name."""
    names: dict[str, str] = {}
    for option in options:
        if option in ARGUMENTS:
            # The environment can set it as well, and locks every task.
            variable = f"client_api.{option}" if origin.api and option != "read_only" else None
        else:
            variable = role_variable(origin.module, option, origin.playbook is not None)
        if variable and variable != option:
            names[option] = variable
    return names


def _translated(text: Any, names: Mapping[str, str], lists: Collection[str]) -> Any:
    """Return a text with the names of options replaced.

    A name with an underscore is an option wherever it is a word. Another one can be an ordinary word, unless a text
    begins with it, or its form is that of an option: ``prune: true``, ``bundles[0]``.
    """
    if not isinstance(text, str) or not names:
        return text
    words = "|".join(sorted(map(re.escape, names), key=len, reverse=True))

    def typed(match: re.Match[str]) -> str:
        name, before, after = match[0], text[: match.start()], text[match.end() :]
        is_option = (
            "_" in name
            or _OPTION_VALUE.match(after)
            or (name in lists and _INDEX.match(after))
            or before.endswith(("value of ", "argument '"))
            or (before[-2:] in ("", "; ") and after.startswith(": "))
        )
        return names[name] if is_option else name

    return re.sub(rf"(?<![\w.])(?:{words})(?!\w)", typed, text)


def _with_command(text: Any, result: Mapping[str, Any], origin: TaskOrigin) -> Any:
    """Return a text with the complete command instead of the variables that override limits."""
    blocked = result.get("blocked")
    if not isinstance(text, str) or not isinstance(blocked, list) or not blocked or origin.playbook is None:
        return text
    variables = _overrides(blocked, origin)
    if not variables:
        return text
    typed = " and ".join(f"{role_variable(origin.module, name)}: {value}" for name, value in variables)
    values = {role_variable(origin.module, name): json.loads(value) for name, value in variables}
    words = ["ansible-playbook"]
    for source in origin.inventory:
        words += ["-i", source]
    words += [origin.playbook, "--limit", origin.host, "-e", json.dumps(values)]
    command = " ".join(map(shlex.quote, words))
    return re.sub(rf"with {re.escape(typed)}\.?(?=$|\s)", lambda match: f"with this command: {command}", text)


def _overrides(blocked: Sequence[Any], origin: TaskOrigin) -> list[tuple[str, str]]:
    """Return name and value of the options that override limits; nothing if one of them cannot be set with ``-e``."""
    found = []
    for item in blocked:
        name, separator, value = str(item.get("override") if isinstance(item, Mapping) else "").partition(": ")
        variable = role_variable(origin.module, name) if separator else None
        try:
            json.loads(value)
        except ValueError:
            return []
        if variable is None or "." in variable:
            return []
        found.append((name, value))
    return found


def _with_lines(result: Mapping[str, Any], arguments: Mapping[str, Any], file: str) -> Any:
    """Return ``msg`` with the line of the client file instead of each option whose value comes from there."""
    findings = result.get("findings")
    options = {
        str(item["option"])
        for item in (findings if isinstance(findings, list) else ())
        if isinstance(item, Mapping) and item.get("option")
    }
    tree = file_tree(file) if options else None
    if tree is None:
        return result.get("msg")
    given, written = {_BUNDLES: arguments.get(_BUNDLES)}, {_BUNDLES: plain(tree).get(_BUNDLES_KEY)}
    text = str(result["msg"])
    for option in sorted(options, key=len, reverse=True):
        value = _at(given, option)
        if value is not None and value == _at(written, option):
            line = place_of(tree, _BUNDLES_KEY + option.removeprefix(_BUNDLES)).line
            text = text.replace(f"{option}: ", f"{shown_path(file)}:{line}: ")
    return text


def _at(values: Any, option: str) -> Any:
    """Return the value at the path of an option; ``None`` if there is none."""
    for index, key in _STEP.findall(option):
        if index and isinstance(values, Sequence) and not isinstance(values, str) and int(index) < len(values):
            values = values[int(index)]
        elif key and isinstance(values, Mapping):
            values = values.get(key)
        else:
            return None
    return values
