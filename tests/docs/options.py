# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks options against argument specs, with templates in place of values.

A template means any value that its option accepts; plain values must be valid.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from documents import is_local, resource, specification

_SAMPLES = {
    "bool": True,
    "dict": {},
    "float": 1.5,
    "int": 1,
    "jsonarg": {},
    "path": "/path",
    "raw": "text",
    "str": "text",
}
_MEMBER = 2  # an id other than 1, the id of the main extension
_ENTRY = {"extension": "101", "members": ["201"]}  # required by modules, although no spec requires it
_OBJECT = {"id": 801, **_ENTRY}  # keys of objects from the API that modules need, which no spec lists


def is_template(value: Any) -> bool:
    """Whether a value is computed by Ansible at run time."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def sample(entry: Mapping[str, Any]) -> Any:
    """Return a value that an entry of an argument spec accepts."""
    kind = entry.get("type", "str")
    if kind == "list":
        element = {"type": entry.get("elements", "raw"), **{k: entry[k] for k in ("choices", "options") if k in entry}}
        return [_MEMBER if element["type"] == "int" else sample(element)]
    if entry.get("choices"):
        return next(iter(entry["choices"]))
    if kind == "dict":
        options = entry.get("options")
        if options is None:
            return dict(_OBJECT)
        required = {name: sample(inner) for name, inner in options.items() if inner.get("required")}
        return {**required, **{name: value for name, value in _ENTRY.items() if name in options}}
    return _SAMPLES[kind]


def filled(value: Any, entry: Mapping[str, Any] | None) -> Any:
    """Replace templates by values that the entry accepts, also inside lists and dictionaries."""
    if entry is None:
        return value  # an unknown option: the validator reports it
    if is_template(value):
        return sample(entry)
    if isinstance(value, list):
        element = {"type": entry.get("elements", "raw"), **{k: entry[k] for k in ("choices", "options") if k in entry}}
        return [filled(item, element) for item in value]
    if isinstance(value, Mapping):
        options = entry.get("options")
        return {name: filled(item, options.get(name) if options else {"type": "raw"}) for name, item in value.items()}
    return value


def spec_problems(spec: Mapping[str, Any], options: Any) -> list[str]:
    """Return the errors that an argument spec (with its rules) reports for these options."""
    if is_template(options):
        return []
    if not isinstance(options, Mapping):
        return [f"the options are {type(options).__name__}, not a dictionary"]
    required = [name for name, entry in spec["argument_spec"].items() if entry.get("required")]
    given = {name: value for name, value in options.items() if not (is_template(value) and "omit" in value)}
    # If two options exclude each other, leave out one that can be omitted.
    sure = _validator(spec).validate(_filled(spec, given)).error_messages
    found = _validator(spec).validate(_filled(spec, options)).error_messages
    return [
        *(text for text in found if "mutually exclusive" not in text or text in sure),
        *(f"{name} is required and may be omitted" for name in required if name in options and name not in given),
    ]


def meaning_problems(module: str, options: Any) -> list[str]:
    """Return the errors that the module itself reports for plain values, before any request."""
    from ansible_collections.ringme.pbx.plugins.module_utils._http.settings import ConnectionSettings
    from ansible_collections.ringme.pbx.plugins.module_utils._model.errors import OptionError

    spec = specification(module)
    if not isinstance(options, Mapping) or spec_problems(spec, options):
        return []  # reported already
    arguments = spec["argument_spec"]
    known = {
        name: _written_out(value, arguments[name])
        for name, value in options.items()
        if arguments[name].get("required") or not _computed(value)
    }
    checked = _validator(spec).validate(_filled(spec, known))
    if checked.error_messages:
        return []  # it depends on a template, whose value is unknown
    values = dict(checked.validated_parameters)
    values["api_url"] = values.get("api_url") or "https://pbx.example.com"
    if not any(values.get(name) for name in ("access_token", "application_id", "application_secret")):
        values["access_token"] = "sample"
    try:
        resource(module).parse(values)
        if not is_local(module):
            ConnectionSettings.from_options(values)
    except OptionError as problem:
        return [problem.msg]
    return []


def _filled(spec: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    arguments = spec["argument_spec"]
    return {name: filled(value, arguments.get(name)) for name, value in options.items()}


def _written_out(value: Any, entry: Mapping[str, Any]) -> Any:
    """Return the parts of a required value without templates; a sample if there are none."""
    if not isinstance(value, list):
        return value
    return [item for item in value if not _computed(item)] or (sample(entry) if value else value)


def _computed(value: Any) -> bool:
    """Whether any part of the value is a template."""
    if isinstance(value, Mapping):
        return any(_computed(item) for item in value.values())
    return any(_computed(item) for item in value) if isinstance(value, list) else is_template(value)


def _validator(spec: Mapping[str, Any]) -> ArgumentSpecValidator:
    """Return a new validator, because it writes into the defaults of its spec."""
    return ArgumentSpecValidator(**copy.deepcopy(dict(spec)))
