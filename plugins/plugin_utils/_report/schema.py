# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report looks like, as a JSON Schema (draft 2020-12), and whether something looks like it. Pure.

Everything that is rendered, and everything that is read back, has this shape. Minor versions of the format only add keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

FORMAT = "ringme.report"
MAJOR, MINOR = 1, 0
VERSION = f"{MAJOR}.{MINOR}"

MODES = ("plan", "drift", "apply")
STATUSES = ("clean", "pending", "drift", "blocked", "error", "not_checked")
VERDICTS = ("clean", "pending", "drift", "blocked", "error")
CAUSES = ("out_of_band", "pending", "conflict", "side_effect", "unknown")
SEVERITIES = ("critical", "high", "medium", "low")
ACTIONS = ("create", "update", "delete")
OUTCOMES = ("planned", "verified", "not_applied", "failed", "compensated", "not_reached")

Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SHA: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_TIME: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$",
    "description": "UTC, to the second.",
}
_TIME_OR_NULL: Schema = {**_TIME, "type": ["string", "null"]}
_RATIO: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def _object(properties: Mapping[str, Schema], description: str = "", optional: Sequence[str] = ()) -> dict[str, Any]:
    """Return an object that has all properties but the optional ones, and may have more: minor versions add keys."""
    told = {"description": description} if description else {}
    required = [name for name in properties if name not in optional]
    return {"type": "object", **told, "required": required, "properties": dict(properties)}


def _list(items: Schema, description: str = "") -> dict[str, Any]:
    return {"type": "array", **({"description": description} if description else {}), "items": items}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


def _told(schema: Schema, description: str) -> dict[str, Any]:
    return {**schema, "description": description}


def _counts(names: Sequence[str], description: str = "") -> dict[str, Any]:
    return _object(dict.fromkeys(names, _COUNT), description)


def _map(values: Schema, description: str = "") -> dict[str, Any]:
    return {"type": "object", **({"description": description} if description else {}), "additionalProperties": values}


_SEVERITY: Schema = {"enum": list(SEVERITIES)}
_SOURCE = _or_null(
    _object({"file": _TEXT, "line": {"type": "integer", "minimum": 1}}, "Where the client file says what is desired.")
)
_WAIVER = _or_null(
    _object(
        {"reason": _TEXT, "owner": _TEXT, "expires": _TEXT},
        "Why this raises no alarm, who says so, and until when (a date).",
    )
)
_SEEN: Mapping[str, Schema] = {
    "first_seen": _told(_TIME, "When a report first told of it; carried over from report to report."),
    "age_seconds": _told(_COUNT, "From first_seen to the end of this run."),
    "new": _told(_FLAG, "Whether the previous report, which looked at the same, did not tell of it."),
    "waiver": _WAIVER,
    "source": _SOURCE,
}
_IDS: Mapping[str, Schema] = {
    "id": _told(_SHA, "The same difference, values included, has the same id in every report."),
    "object_id": _told(_SHA, "The same field of the same object has the same one, whatever its values are."),
}
_CHANGE = _object(
    {
        **_IDS,
        "address": _told(_TEXT, "The object within its client, for example bundle/101."),
        "resource": _told(
            _TEXT, "The module that owns the object; phone or extension for what only a side effect reaches."
        ),
        "action": {"enum": list(ACTIONS)},
        "field": _TEXT_OR_NULL,
        "before": {"description": "The value at the PBX. Secrets are masked."},
        "after": {"description": "The desired value. Secrets are masked."},
        "cause": _told(
            {"enum": list(CAUSES)},
            "out_of_band: the PBX differs from what was last applied. pending: the file has changed since. conflict: both. "
            "side_effect: another change brings it about. unknown: nothing is known of an earlier state.",
        ),
        "caused_by": _told(_TEXT_OR_NULL, "The id of the change that brings a side effect about."),
        "severity": _SEVERITY,
        "widening": _told(_FLAG, "Whether a side effect lets somebody do more or hear more than before."),
        "reversible": _FLAG,
        "result": _told(
            _object({"status": {"enum": list(OUTCOMES)}, "message": _TEXT_OR_NULL}),
            "What became of it: planned where nothing was to be written.",
        ),
        **_SEEN,
    }
)
_FINDING = _object(
    {
        **_IDS,
        "rule": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{3}$"},
        "severity": _SEVERITY,
        "address": _TEXT,
        "message": _TEXT,
        "hint": _TEXT_OR_NULL,
        "evidence": {"type": "object"},
        **_SEEN,
    }
)
_QUOTA = _or_null(
    _object(
        {"limit": _or_null(_COUNT), "remaining": _or_null(_COUNT), "reset_seconds": _or_null(_COUNT)},
        "The hourly quota of requests as the last answer told it.",
    )
)
_CLIENT = _object(
    {
        "key": _told(
            _TEXT, "The name of the host, with the client's id behind a slash where one host looked at several."
        ),
        "client_id": _told(_TEXT_OR_NULL, "The id, or @me for the application's own client."),
        "file": _told(_TEXT_OR_NULL, "The client file, as the run named it."),
        "status": {"enum": list(STATUSES)},
        "reason": _told(_TEXT_OR_NULL, "Why the status is blocked, error or not_checked; null for the others."),
        "plan_id": _told(_SHA, "The same changes have the same one."),
        "checked": _told(
            _TIME_OR_NULL, "When everything was last compared, perhaps by an earlier run; null for never."
        ),
        "compared": _list(_TEXT, "The parts that were compared in this run, for example settings."),
        "not_compared": _list(_object({"part": _TEXT, "reason": _TEXT}), "The parts that were not, and why."),
        "requests": _map(_COUNT, "How many requests were sent, by method."),
        "quota": _QUOTA,
        "registered_phones": _told(
            _or_null(_COUNT), "How many extensions have a live registration; null where nobody looked."
        ),
        "blocked": _list(
            _object(
                {"rule": _TEXT, "actual": _COUNT, "limit": _COUNT, "override": _TEXT}, "A limit that the plan exceeds."
            )
        ),
        "changes": _list(_CHANGE),
        "findings": _list(_FINDING),
    }
)
_TOTALS: Mapping[str, Schema] = {
    "clients": _counts(("total", *STATUSES)),
    "changes": _counts(CAUSES, "Changes by cause, without those that are waived or done."),
    "severity": _counts(SEVERITIES, "Changes and findings by severity, without those that are waived or done."),
    "resources": _map(_COUNT, "Changes by resource, without those that are waived or done."),
    "findings": _told(_COUNT, "Findings that are not waived."),
    "waived": _COUNT,
    "applied": _told(_COUNT, "Changes that this run carried out and read back."),
    "new": _told(_COUNT, "Changes and findings that the previous report did not tell of."),
    "resolved": _told(_COUNT, "Changes and findings of the previous report that were looked for and are gone."),
}
REPORT: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A report of ringme.pbx: what differs between clients of a PBX and the files that describe them",
    **_object(
        {
            "format": {"const": FORMAT},
            "format_version": {"type": "string", "pattern": f"^{MAJOR}\\.[0-9]+$"},
            "mode": _told(
                {"enum": list(MODES)}, "drift and plan: nothing was written. apply: the changes were carried out."
            ),
            "truncated": _told(_FLAG, "Whether the run ended before its end. What is there is valid all the same."),
            "verdict": {"enum": list(VERDICTS)},
            "exit_code": _told(
                {"enum": [0, 1, 2, 3]}, "0 clean, 2 drift or pending, 1 error or not checked, 3 blocked."
            ),
            "fail_on": _object(
                {
                    "severity": {"enum": [*SEVERITIES, "never"]},
                    "not_checked": _told(_RATIO, "The share of clients that need not have been compared."),
                    "pending": _told(_FLAG, "Whether what only waits to be applied counts."),
                },
                "What the verdict was made by.",
            ),
            "fleet_id": _told(_SHA, "The same plans of the same clients have the same one."),
            "run": _object(
                {
                    "id": _TEXT,
                    "started": _TIME,
                    "finished": _TIME,
                    "collection_version": _TEXT,
                    "requests": _map(_COUNT, "By method, of all clients."),
                    "previous": _told(_TIME_OR_NULL, "When the run of the previous report ended."),
                }
            ),
            "totals": _object(
                {
                    **_TOTALS,
                    "not_checked_share": _told(_RATIO, "The share of clients that were not compared in every part."),
                    "oldest": _or_null(
                        _object(
                            {"client": _TEXT, "address": _TEXT, "first_seen": _TIME, "age_seconds": _COUNT},
                            "What has lasted longest.",
                        )
                    ),
                }
            ),
            "history": _list(
                _object(
                    {
                        "finished": _TIME,
                        **_TOTALS,
                        "kept": _told(_COUNT, "Clients that a limited run did not look at."),
                    },
                    optional=("kept",),
                ),
                "The totals of the last reports, oldest first, this one last.",
            ),
            "waivers": _object(
                {
                    name: _list(
                        _object({"line": _COUNT, "what": _TEXT, "reason": _TEXT, "owner": _TEXT, "expires": _TEXT}),
                        description,
                    )
                    for name, description in (
                        ("used", "Those that silence something in this report."),
                        ("unused", "Those that nothing matches."),
                        ("expired", "Those whose date is over: what they silenced counts again."),
                    )
                }
            ),
            "resolved": _list(
                _object(
                    {
                        **_IDS,
                        "client": _TEXT,
                        "address": _TEXT,
                        "what": _TEXT,
                        "severity": _SEVERITY,
                        "first_seen": _TIME,
                    }
                ),
                "What the previous report told and this one looked for in vain.",
            ),
            "clients": _list(_CLIENT, "Sorted by key."),
            "kept": _list(
                _TEXT,
                "The keys of clients that a limited run did not look at: they are as the previous report had them.",
            ),
            "carried": _map(
                _object(
                    {
                        "checked": _TIME_OR_NULL,
                        "known": _list(
                            _object(
                                {
                                    **_IDS,
                                    "address": _TEXT,
                                    "what": _TEXT,
                                    "severity": _SEVERITY,
                                    "first_seen": _TIME,
                                    "part": _TEXT,
                                }
                            )
                        ),
                    }
                ),
                "By client: what earlier reports told of parts that this run did not look at. Ages rest on it.",
            ),
        },
        optional=("kept",),
    ),
}

_TYPES: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
    "boolean": bool,
    "null": type(None),
}


def misfit(data: Any, schema: Mapping[str, Any] = REPORT, path: str = "") -> str | None:
    """Return where data first differ from the schema and how, or ``None`` where they fit.

    Understands what the schema above uses, and judges as a validator of JSON Schema does.
    """
    where = path or "the report"
    if "const" in schema and data != schema["const"]:
        return f"{where} is not {schema['const']}"
    if "enum" in schema and not any(
        data == choice and isinstance(data, bool) == isinstance(choice, bool) for choice in schema["enum"]
    ):
        return f"{where} is none of {', '.join(str(choice) for choice in schema['enum'])}"
    if "type" in schema and not _is(data, schema["type"]):
        kinds = schema["type"]
        return f"{where} is no {kinds if isinstance(kinds, str) else ' or '.join(kinds)}"
    if isinstance(data, str) and "pattern" in schema and not re.search(schema["pattern"], data):
        return f"{where} has another form than {schema['pattern']}"
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        if not schema.get("minimum", data) <= data <= schema.get("maximum", data):
            return f"{where} is too small or too large"
    if isinstance(data, dict):
        return _misfit_object(data, schema, path)
    if isinstance(data, list) and "items" in schema:
        found = (misfit(item, schema["items"], f"{path}[{index}]") for index, item in enumerate(data))
        return next((text for text in found if text), None)
    return None


def _misfit_object(data: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> str | None:
    for name in schema.get("required", ()):
        if name not in data:
            return f"{path or 'the report'} has no {name}"
    known = schema.get("properties", {})
    for name, value in data.items():
        inner = known.get(name, schema.get("additionalProperties"))
        found = misfit(value, inner, f"{path}.{name}" if path else name) if inner is not None else None
        if found:
            return found
    return None


def _is(data: Any, kinds: str | Sequence[str]) -> bool:
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if isinstance(data, bool):
            if kind == "boolean":
                return True
        elif isinstance(data, _TYPES[kind]) or (kind == "integer" and isinstance(data, float) and data.is_integer()):
            return True
    return False
